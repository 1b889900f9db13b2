"""pselect6."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.errno import E
from guest.abi.structs import Timespec
from guest.syscall import Pending
from tests.guest.events.events_guest import MS, Waiting, make_pipe, write

if TYPE_CHECKING:
    from tests.guest.conftest import Guest


def bits(*descriptors: int) -> bytes:
    return sum(1 << fd for fd in descriptors).to_bytes(8, "little")


def select(
    guest: Guest, inputs: list[int], outputs: list[int], timeout_ns: int | None = 0
) -> tuple[int | Pending, int, int]:
    """The result, and where the two sets are."""
    one, two = guest.put(bits(*inputs)), guest.put(bits(*outputs))
    timeout = 0 if timeout_ns is None else guest.put(Timespec.from_ns(timeout_ns).to_bytes())
    return guest.start("pselect6", 64, one, two, 0, timeout, 0), one, two


def test_ready_files_stay_in_their_sets(guest: Guest) -> None:
    (reader, writer), (empty, _) = make_pipe(guest), make_pipe(guest)
    write(guest, writer, b"x")
    result, inputs, outputs = select(guest, [reader, empty], [writer])
    assert result == 2
    assert guest.read(inputs, 8) == bits(reader)
    assert guest.read(outputs, 8) == bits(writer)


def test_the_end_of_a_pipe_is_ready_to_read(guest: Guest) -> None:
    reader, writer = make_pipe(guest)
    guest.call("close", writer)
    assert select(guest, [reader], [])[0] == 1


def test_a_wait_ends_by_data_or_with_empty_sets(guest: Guest) -> None:
    reader, writer = make_pipe(guest)
    pending, inputs, _ = select(guest, [reader], [], None)
    call = Waiting(pending)
    write(guest, writer, b"x")
    assert call.go_on() == 1
    assert guest.read(inputs, 8) == bits(reader)
    pending, inputs, _ = select(guest, [writer + 0, reader], [], 5 * MS)
    assert pending == 1
    other, _ = make_pipe(guest)
    pending, inputs, _ = select(guest, [other], [], 5 * MS)
    call = Waiting(pending)
    guest.clock.ns += 5 * MS
    assert call.time_out() == 0
    assert guest.read(inputs, 8) == bits()


def test_a_signal_ends_it_and_the_rest_of_the_timeout_is_told(guest: Guest) -> None:
    timeout = guest.put(Timespec.from_ns(5 * MS).to_bytes())
    call = Waiting(guest.start("pselect6", 0, 0, 0, 0, timeout, 0))
    guest.clock.ns += 2 * MS
    assert call.interrupt() == -E.EINTR
    assert Timespec.from_bytes(guest.read(timeout, 16)).ns == 3 * MS


def test_bad_arguments(guest: Guest) -> None:
    assert select(guest, [60], [])[0] == -E.EBADF
    assert guest.call("pselect6", -1, 0, 0, 0, 0, 0) == -E.EINVAL
    assert guest.call("pselect6", 64, 8, 0, 0, 0, 0) == -E.EFAULT
    assert guest.call("pselect6", 0, 0, 0, 0, guest.put(Timespec(-1, 0).to_bytes()), 0) == -E.EINVAL
    mask = guest.put((0x100000).to_bytes(8, "little") + (4).to_bytes(8, "little"))
    assert guest.call("pselect6", 0, 0, 0, 0, 0, mask) == -E.EINVAL
