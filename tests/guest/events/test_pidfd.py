"""pidfds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.errno import E
from guest.abi.flags import PollEvent
from guest.abi.structs import Pollfd
from tests.guest.events.events_guest import make_pipe, poll, write

if TYPE_CHECKING:
    from tests.guest.conftest import Guest


def test_it_is_readable_once_the_process_has_ended(guest: Guest) -> None:
    fd = guest.call("pidfd_open", 1, 0)
    assert poll(guest, Pollfd(fd, PollEvent.POLLIN))[0] == 0
    guest.task.process.exit_code = 0
    assert poll(guest, Pollfd(fd, PollEvent.POLLIN))[0] == 1
    guest.task.process.exit_code = None


def test_a_descriptor_can_be_taken_over(guest: Guest) -> None:
    fd = guest.call("pidfd_open", 1, 0)
    _, writer = make_pipe(guest)
    copy = guest.call("pidfd_getfd", fd, writer, 0)
    assert guest.task.files.get(copy) is guest.task.files.get(writer)
    assert guest.call("pidfd_getfd", fd, 99, 0) == -E.EBADF
    assert guest.call("pidfd_getfd", writer, 0, 0) == -E.EBADF


def test_bad_arguments(guest: Guest) -> None:
    assert guest.call("pidfd_open", 0, 0) == -E.EINVAL
    assert guest.call("pidfd_open", 1, 1) == -E.EINVAL
    assert guest.call("pidfd_open", 4711, 0) == -E.ESRCH
    fd = guest.call("pidfd_open", 1, 0)
    assert write(guest, fd, b"x") == -E.EINVAL
