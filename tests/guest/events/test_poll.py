"""Polling of files, and of none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.errno import E
from guest.abi.flags import PollEvent
from guest.abi.structs import Pollfd, Timespec
from guest.syscall import Pending
from guest.wait import Wakeup

if TYPE_CHECKING:
    from tests.guest.conftest import Guest


def poll(guest: Guest, *files: Pollfd) -> tuple[int | Pending, list[int]]:
    """The call's result and the `revents` of each file, with a timeout of zero."""
    place = guest.put(b"".join(file.to_bytes() for file in files))
    result = guest.start("ppoll", place, len(files), guest.put(Timespec(0, 0).to_bytes()), 0, 8)
    size = Pollfd.size
    return result, [Pollfd.from_bytes(guest.read(place + size * n, size)).revents for n in range(len(files))]


def test_open_files_are_ready_for_what_was_asked(guest: Guest) -> None:
    assert poll(guest, Pollfd(0, PollEvent.POLLIN), Pollfd(1, PollEvent.POLLOUT)) == (
        2,
        [PollEvent.POLLIN, PollEvent.POLLOUT],
    )


def test_a_descriptor_that_is_not_open_is_invalid_and_a_negative_one_is_passed_over(guest: Guest) -> None:
    assert poll(guest, Pollfd(77, PollEvent.POLLIN), Pollfd(-1, PollEvent.POLLIN)) == (1, [PollEvent.POLLNVAL, 0])


def test_without_files_it_sleeps(guest: Guest) -> None:
    guest.clock.ns = 100
    pending = guest.start("ppoll", 0, 0, guest.put(Timespec(1, 0).to_bytes()), 0, 8)
    assert isinstance(pending, Pending)
    assert pending.wait.deadline_ns == 1_000_000_100
    assert pending.resume(Wakeup.TIMEOUT) == 0


def test_pause_waits_for_a_signal_only(guest: Guest) -> None:
    pending = guest.start("ppoll", 0, 0, 0, 0, 8)
    assert isinstance(pending, Pending)
    assert pending.wait.deadline_ns is None
    assert pending.interrupt() == -E.EINTR


def test_bad_arguments(guest: Guest) -> None:
    assert guest.call("ppoll", 0, 0, guest.put(Timespec(0, 10**9).to_bytes()), 0, 8) == -E.EINVAL
    assert guest.call("ppoll", 0, 1 << 20, 0, 0, 8) == -E.EINVAL
    assert guest.call("ppoll", 8, 1, guest.put(Timespec(0, 0).to_bytes()), 0, 8) == -E.EFAULT
