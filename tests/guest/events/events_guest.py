"""Calls of events, with their structures packed and unpacked."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from guest.abi.events import EpollEvent, EpollOperation
from guest.abi.structs import Itimerspec, Pollfd, Timespec
from guest.syscall import Pending
from guest.wait import Waiter, Wakeup

if TYPE_CHECKING:
    from tests.guest.conftest import Guest

MS = 1_000_000


def make_pipe(guest: Guest, flags: int = 0) -> tuple[int, int]:
    """The reading and the writing descriptor of a new pipe."""
    place = guest.put(bytes(8))
    assert guest.call("pipe2", place, flags) == 0
    reader, writer = struct.unpack("<2i", guest.read(place, 8))
    return reader, writer


def write(guest: Guest, fd: int, data: bytes) -> int:
    """The result of a write that does not wait."""
    return guest.call("write", fd, guest.put(data), len(data))


def read(guest: Guest, fd: int, size: int) -> bytes | int:
    """What a read gives that does not wait; -errno for a failure."""
    place = guest.put(bytes(size))
    result = guest.call("read", fd, place, size)
    return guest.read(place, result) if result >= 0 else result


def control(guest: Guest, epoll: int, operation: EpollOperation, fd: int, events: int = 0, data: int = 0) -> int:
    """epoll_ctl."""
    return guest.call("epoll_ctl", epoll, operation, fd, guest.put(EpollEvent(events, data or fd).to_bytes()))


def wait(guest: Guest, epoll: int, maximum: int = 8) -> list[tuple[int, int]]:
    """The events that are there now: pairs of events and data."""
    place = guest.put(bytes(EpollEvent.size * maximum))
    count = guest.call("epoll_pwait", epoll, place, maximum, 0, 0, 8)
    assert count >= 0
    return _events(guest, place, count)


class Waiting:
    """A call that waits, with its place in the queues taken as the scheduler does."""

    def __init__(self, pending: int | Pending) -> None:
        assert isinstance(pending, Pending)
        self.pending = pending
        self.woken = False
        self._waiter = Waiter(pending.wait, self._wake)

    def _wake(self) -> None:
        self.woken = True

    def go_on(self) -> int | Pending:
        """Run the call after it was woken."""
        assert self.woken
        result = self.pending.resume(Wakeup.WOKEN)
        if isinstance(result, Pending):
            self.woken = False
            self._waiter = Waiter(result.wait, self._wake)
        return result

    def time_out(self) -> int | Pending:
        """Run the call after its deadline."""
        self._waiter.cancel()
        return self.pending.resume(Wakeup.TIMEOUT)

    def interrupt(self) -> int | Pending:
        """A signal comes."""
        self._waiter.cancel()
        return self.pending.interrupt()


def start_wait(guest: Guest, epoll: int, maximum: int = 8, timeout_ms: int = -1) -> tuple[Waiting, int]:
    """An epoll_pwait that waits, and where its events go."""
    place = guest.put(bytes(EpollEvent.size * maximum))
    return Waiting(guest.start("epoll_pwait", epoll, place, maximum, timeout_ms, 0, 8)), place


def _events(guest: Guest, place: int, count: int) -> list[tuple[int, int]]:
    size = EpollEvent.size
    items = [EpollEvent.from_bytes(guest.read(place + n * size, size)) for n in range(count)]
    return [(item.events, item.data) for item in items]


def poll(guest: Guest, *files: Pollfd) -> tuple[int | Pending, list[int]]:
    """The result of ppoll and the `revents` of each file, with a timeout of zero."""
    place = guest.put(b"".join(file.to_bytes() for file in files))
    result = guest.start("ppoll", place, len(files), guest.put(Timespec(0, 0).to_bytes()), 0, 8)
    if isinstance(result, Pending):
        result = Waiting(result).time_out()
    size = Pollfd.size
    return result, [Pollfd.from_bytes(guest.read(place + size * n, size)).revents for n in range(len(files))]


def set_timer(guest: Guest, fd: int, first_ns: int, interval_ns: int = 0, flags: int = 0) -> int:
    """timerfd_settime."""
    value = Itimerspec(Timespec.from_ns(interval_ns), Timespec.from_ns(first_ns))
    return guest.call("timerfd_settime", fd, flags, guest.put(value.to_bytes()), 0)


def pass_time(guest: Guest, ns: int) -> None:
    """Move the clock and fire the timers."""
    guest.clock.ns += ns
    guest.kernel.timers.fire(guest.clock.ns)
