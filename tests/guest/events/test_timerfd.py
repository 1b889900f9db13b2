"""timerfd."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.constants import ClockId
from guest.abi.errno import E
from guest.abi.events import TimerfdFlag
from guest.abi.flags import PollEvent
from guest.abi.structs import Itimerspec, Pollfd
from tests.guest.events.events_guest import MS, Waiting, pass_time, poll, read, set_timer, write

if TYPE_CHECKING:
    from tests.guest.conftest import Guest

NONBLOCK = int(TimerfdFlag.TFD_NONBLOCK)
ABSOLUTE = 1


def create(guest: Guest, clock: ClockId = ClockId.CLOCK_MONOTONIC) -> int:
    return guest.call("timerfd_create", clock, NONBLOCK)


def left(guest: Guest, fd: int) -> tuple[int, int]:
    """Time to the next expiry and interval."""
    place = guest.put(bytes(Itimerspec.size))
    assert guest.call("timerfd_gettime", fd, place) == 0
    value = Itimerspec.from_bytes(guest.read(place, Itimerspec.size))
    return value.it_value.ns, value.it_interval.ns


def count(guest: Guest, fd: int) -> int:
    data = read(guest, fd, 8)
    return int.from_bytes(data, "little") if isinstance(data, bytes) else data


def test_a_single_expiry(guest: Guest) -> None:
    fd = create(guest)
    set_timer(guest, fd, 10 * MS)
    pass_time(guest, 4 * MS)
    assert left(guest, fd) == (6 * MS, 0)
    assert count(guest, fd) == -E.EAGAIN
    pass_time(guest, 6 * MS)
    assert poll(guest, Pollfd(fd, PollEvent.POLLIN))[1] == [PollEvent.POLLIN]
    assert left(guest, fd) == (0, 0)
    assert count(guest, fd) == 1
    assert count(guest, fd) == -E.EAGAIN


def test_a_periodic_timer_counts_what_was_missed(guest: Guest) -> None:
    fd = create(guest)
    set_timer(guest, fd, 5 * MS, 10 * MS)
    pass_time(guest, 38 * MS)
    assert count(guest, fd) == 4
    assert left(guest, fd) == (7 * MS, 10 * MS)
    pass_time(guest, 7 * MS)
    assert count(guest, fd) == 1


def test_an_unread_periodic_timer_leaves_no_timer_behind(guest: Guest) -> None:
    fd = create(guest)
    set_timer(guest, fd, MS, MS)
    pass_time(guest, MS)
    assert guest.kernel.timers.next_deadline_ns() is None
    pass_time(guest, 99 * MS)
    assert count(guest, fd) == 100


def test_absolute_times_count_on_the_clock_of_the_timer(guest: Guest) -> None:
    guest.clock.ns = 50 * MS
    monotonic, real = create(guest), create(guest, ClockId.CLOCK_REALTIME)
    set_timer(guest, monotonic, 60 * MS, flags=ABSOLUTE)
    set_timer(guest, real, guest.kernel.realtime_ns() + 20 * MS, flags=ABSOLUTE)
    assert left(guest, monotonic)[0] == 10 * MS
    assert left(guest, real)[0] == 20 * MS
    set_timer(guest, monotonic, 10 * MS, flags=ABSOLUTE)
    pass_time(guest, 0)
    assert count(guest, monotonic) == 1


def test_a_reader_waits_for_the_expiry(guest: Guest) -> None:
    fd = guest.call("timerfd_create", ClockId.CLOCK_MONOTONIC, 0)
    set_timer(guest, fd, 3 * MS)
    call = Waiting(guest.start("read", fd, guest.put(bytes(8)), 8))
    pass_time(guest, 3 * MS)
    assert call.go_on() == 8


def test_setting_forgets_what_was(guest: Guest) -> None:
    fd = create(guest)
    set_timer(guest, fd, MS, MS)
    pass_time(guest, 5 * MS)
    set_timer(guest, fd, 0)
    pass_time(guest, 5 * MS)
    assert count(guest, fd) == -E.EAGAIN
    assert left(guest, fd) == (0, 0)
    set_timer(guest, fd, MS)
    guest.call("close", fd)
    assert guest.kernel.timers.next_deadline_ns() is None


def test_bad_arguments(guest: Guest) -> None:
    assert guest.call("timerfd_create", ClockId.CLOCK_THREAD_CPUTIME_ID, 0) == -E.EINVAL
    assert guest.call("timerfd_create", ClockId.CLOCK_MONOTONIC, 1) == -E.EINVAL
    fd = create(guest)
    assert set_timer(guest, fd, 1, flags=8) == -E.EINVAL
    assert set_timer(guest, 0, 1) == -E.EINVAL
    assert guest.call("timerfd_settime", fd, 0, 8, 0) == -E.EFAULT
    assert write(guest, fd, bytes(8)) == -E.EINVAL
    assert read(guest, fd, 4) == -E.EINVAL
