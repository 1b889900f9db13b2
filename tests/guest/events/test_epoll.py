"""epoll: what is reported, to whom, and when it is again."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from guest.abi.errno import E
from guest.abi.events import EpollEventFlag, EpollOperation
from guest.wait import Wakeup
from tests.guest.events.events_guest import MS, control, make_pipe, read, start_wait, wait, write

if TYPE_CHECKING:
    from tests.guest.conftest import Guest

IN, OUT, HUP = int(EpollEventFlag.EPOLLIN), int(EpollEventFlag.EPOLLOUT), int(EpollEventFlag.EPOLLHUP)
EDGE, ONESHOT = int(EpollEventFlag.EPOLLET), int(EpollEventFlag.EPOLLONESHOT)
EXCLUSIVE = int(EpollEventFlag.EPOLLEXCLUSIVE)
ADD, MOD, DEL = EpollOperation.EPOLL_CTL_ADD, EpollOperation.EPOLL_CTL_MOD, EpollOperation.EPOLL_CTL_DEL


def test_level_triggered_reports_as_long_as_it_is_ready(guest: Guest) -> None:
    epoll, (reader, writer) = guest.call("epoll_create1", 0), make_pipe(guest)
    assert control(guest, epoll, ADD, reader, IN, 0x1234_5678_9ABC) == 0
    assert wait(guest, epoll) == []
    write(guest, writer, b"ab")
    assert wait(guest, epoll) == [(IN, 0x1234_5678_9ABC)]
    read(guest, reader, 1)
    assert wait(guest, epoll) == [(IN, 0x1234_5678_9ABC)]
    read(guest, reader, 1)
    assert wait(guest, epoll) == []


def test_edge_triggered_reports_once_for_each_arrival(guest: Guest) -> None:
    epoll, (reader, writer) = guest.call("epoll_create1", 0), make_pipe(guest)
    write(guest, writer, b"x")
    control(guest, epoll, ADD, reader, IN | EDGE)
    assert wait(guest, epoll) == [(IN, reader)]
    assert wait(guest, epoll) == []
    write(guest, writer, b"y")
    assert wait(guest, epoll) == [(IN, reader)]
    # A change of the interest asks anew.
    control(guest, epoll, MOD, reader, IN | EDGE)
    assert wait(guest, epoll) == [(IN, reader)]


def test_a_one_shot_item_is_silent_until_it_is_changed(guest: Guest) -> None:
    epoll, (reader, writer) = guest.call("epoll_create1", 0), make_pipe(guest)
    control(guest, epoll, ADD, reader, IN | ONESHOT)
    write(guest, writer, b"x")
    assert wait(guest, epoll) == [(IN, reader)]
    write(guest, writer, b"x")
    guest.call("close", writer)
    assert wait(guest, epoll) == []
    control(guest, epoll, MOD, reader, IN | ONESHOT)
    assert wait(guest, epoll) == [(IN | HUP, reader)]


def test_hang_up_is_reported_without_being_asked_for(guest: Guest) -> None:
    epoll, (reader, writer) = guest.call("epoll_create1", 0), make_pipe(guest)
    control(guest, epoll, ADD, reader, 0)
    guest.call("close", writer)
    assert wait(guest, epoll) == [(HUP, reader)]


def test_more_ready_files_than_asked_for_take_turns(guest: Guest) -> None:
    epoll = guest.call("epoll_create1", 0)
    readers = []
    for _ in range(3):
        reader, writer = make_pipe(guest)
        control(guest, epoll, ADD, reader, IN)
        write(guest, writer, b"x")
        readers.append(reader)
    seen = [wait(guest, epoll, 2) for _ in range(3)]
    assert [data for events in seen for _, data in events] == readers * 2


def test_a_wait_ends_by_an_event_a_timeout_or_a_signal(guest: Guest) -> None:
    epoll, (reader, writer) = guest.call("epoll_create1", 0), make_pipe(guest)
    control(guest, epoll, ADD, reader, IN)
    call, _ = start_wait(guest, epoll, timeout_ms=5)
    assert call.pending.wait.deadline_ns == 5 * MS
    assert call.time_out() == 0
    call, _ = start_wait(guest, epoll)
    assert call.interrupt() == -E.EINTR
    call, place = start_wait(guest, epoll)
    write(guest, writer, b"x")
    assert call.go_on() == 1
    assert int.from_bytes(guest.read(place + 8, 8), "little") == reader


def test_an_event_wakes_one_waiter_and_another_one_if_that_is_interrupted(guest: Guest) -> None:
    epoll, (reader, writer) = guest.call("epoll_create1", 0), make_pipe(guest)
    control(guest, epoll, ADD, reader, IN | EDGE)
    first, _ = start_wait(guest, epoll)
    second, _ = start_wait(guest, epoll)
    write(guest, writer, b"x")
    assert first.woken and not second.woken
    assert first.interrupt() == -E.EINTR
    assert second.go_on() == 1


def test_a_waiter_that_leaves_something_wakes_the_next(guest: Guest) -> None:
    epoll, (one, writer), (two, other) = guest.call("epoll_create1", 0), make_pipe(guest), make_pipe(guest)
    control(guest, epoll, ADD, one, IN | EDGE)
    control(guest, epoll, ADD, two, IN | EDGE)
    first, _ = start_wait(guest, epoll, maximum=1)
    second, _ = start_wait(guest, epoll, maximum=1)
    write(guest, writer, b"x")
    write(guest, other, b"x")
    assert first.go_on() == 1
    assert second.go_on() == 1


def test_a_closed_file_is_forgotten_when_its_last_descriptor_is(guest: Guest) -> None:
    epoll, (reader, writer) = guest.call("epoll_create1", 0), make_pipe(guest)
    control(guest, epoll, ADD, reader, IN)
    copy = guest.call("dup", reader)
    write(guest, writer, b"x")
    guest.call("close", reader)
    assert wait(guest, epoll) == [(IN, reader)]
    guest.call("close", copy)
    assert wait(guest, epoll) == []
    guest.call("close", epoll)


def test_what_cannot_be_watched(guest: Guest, sysroot: Path) -> None:
    (sysroot / "file").write_bytes(b"")
    epoll = guest.call("epoll_create1", 0)
    for path in ("/file", "/"):
        fd = guest.call("openat", -100, path, 0, 0)
        assert control(guest, epoll, ADD, fd, IN) == -E.EPERM
    assert control(guest, epoll, ADD, epoll, IN) == -E.EINVAL
    assert control(guest, epoll, ADD, 99, IN) == -E.EBADF
    assert control(guest, 99, ADD, epoll, IN) == -E.EBADF
    reader, writer = make_pipe(guest)
    assert control(guest, reader, ADD, writer, OUT) == -E.EINVAL
    assert control(guest, epoll, MOD, reader, IN) == -E.ENOENT
    assert control(guest, epoll, DEL, reader) == -E.ENOENT
    assert control(guest, epoll, ADD, reader, IN) == 0
    assert control(guest, epoll, ADD, reader, IN) == -E.EEXIST
    assert guest.call("epoll_ctl", epoll, ADD, writer, 8) == -E.EFAULT
    assert guest.call("epoll_pwait", epoll, guest.put(bytes(16)), 0, 0, 0, 8) == -E.EINVAL
    assert guest.call("epoll_pwait", reader, guest.put(bytes(16)), 1, 0, 0, 8) == -E.EINVAL


def test_exclusive_watching_wakes_one_of_several_epolls(guest: Guest) -> None:
    reader, writer = make_pipe(guest)
    epolls = [guest.call("epoll_create1", 0) for _ in range(2)]
    for epoll in epolls:
        assert control(guest, epoll, ADD, reader, IN | EXCLUSIVE) == 0
        assert control(guest, epoll, MOD, reader, IN) == -E.EINVAL
    assert control(guest, epolls[0], ADD, writer, OUT | EXCLUSIVE | ONESHOT) == -E.EINVAL
    calls = [start_wait(guest, epoll)[0] for epoll in epolls]
    write(guest, writer, b"x")
    assert [call.woken for call in calls] == [True, False]


def test_an_epoll_watches_another(guest: Guest) -> None:
    outer, inner = guest.call("epoll_create1", 0), guest.call("epoll_create1", 0)
    reader, writer = make_pipe(guest)
    control(guest, inner, ADD, reader, IN)
    control(guest, outer, ADD, inner, IN)
    call, _ = start_wait(guest, outer)
    write(guest, writer, b"x")
    assert call.go_on() == 1
    read(guest, reader, 1)
    assert wait(guest, outer) == []


def test_epolls_may_not_watch_in_a_circle_nor_too_deep(guest: Guest) -> None:
    chain = [guest.call("epoll_create1", 0) for _ in range(6)]
    for outer, inner in pairwise(chain[:5]):
        assert control(guest, outer, ADD, inner, IN) == 0
    assert control(guest, chain[4], ADD, chain[5], IN) == -E.ELOOP
    assert control(guest, chain[2], ADD, chain[0], IN) == -E.ELOOP


def test_an_answer_that_cannot_be_stored_is_not_lost(guest: Guest) -> None:
    epoll, (reader, writer) = guest.call("epoll_create1", 0), make_pipe(guest)
    control(guest, epoll, ADD, reader, IN | EDGE)
    write(guest, writer, b"x")
    assert guest.call("epoll_pwait", epoll, 8, 1, 0, 0, 8) == -E.EFAULT
    assert wait(guest, epoll) == [(IN, reader)]


def test_the_cost_of_a_wait_is_that_of_what_is_ready(guest: Guest) -> None:
    guest.task.files.limit = 20_000
    epoll = guest.call("epoll_create1", 0)
    polled = 0
    for _ in range(500):
        reader, writer = make_pipe(guest)
        control(guest, epoll, ADD, reader, IN)
    file = guest.task.files.get(reader)
    original = type(file).poll

    def counting(self: object) -> int:
        nonlocal polled
        polled += 1
        return original(self)  # type: ignore[arg-type]

    type(file).poll = counting  # type: ignore[method-assign, assignment]
    try:
        write(guest, writer, b"x")
        assert wait(guest, epoll) == [(IN, reader)]
    finally:
        type(file).poll = original  # type: ignore[method-assign]
    assert polled == 1


def test_a_mask_is_in_force_during_the_wait_only(guest: Guest) -> None:
    epoll = guest.call("epoll_create1", 0)
    guest.task.blocked = 0b10
    pending = guest.start(
        "epoll_pwait", epoll, guest.put(bytes(16)), 1, 10, guest.put((1 << 20).to_bytes(8, "little")), 8
    )
    assert not isinstance(pending, int)
    assert guest.task.blocked == 1 << 20
    assert guest.task.saved_blocked == 0b10
    assert pending.resume(Wakeup.TIMEOUT) == 0
    assert guest.task.blocked == 0b10
    assert guest.task.saved_blocked is None
