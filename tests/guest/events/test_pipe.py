"""Pipes: what fits, what waits, and what each end learns of the other."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from guest.abi.constants import FcntlCommand, IoctlCommand, Signal
from guest.abi.errno import E
from guest.abi.events import PipeFlag
from guest.abi.flags import OpenFlag, PollEvent
from guest.abi.structs import Iovec, Pollfd
from tests.guest.events.events_guest import Waiting, make_pipe, poll, read, write

if TYPE_CHECKING:
    from tests.guest.conftest import Guest

NONBLOCK = int(PipeFlag.O_NONBLOCK)


def fill(guest: Guest, writer: int, size: int) -> int:
    """How many writes of `size` bytes a pipe takes."""
    data = guest.put(bytes(size))
    count = 0
    while guest.call("write", writer, data, size) == size:
        count += 1
    return count


def test_bytes_come_out_in_order_across_writes(guest: Guest) -> None:
    reader, writer = make_pipe(guest)
    assert write(guest, writer, b"one") == 3
    assert write(guest, writer, b"two") == 3
    assert read(guest, reader, 4) == b"onet"
    assert read(guest, reader, 10) == b"wo"


def test_an_empty_pipe_is_at_its_end_when_the_writer_is_gone(guest: Guest) -> None:
    reader, writer = make_pipe(guest, NONBLOCK)
    assert read(guest, reader, 1) == -E.EAGAIN
    write(guest, writer, b"x")
    guest.call("close", writer)
    assert read(guest, reader, 10) == b"x"
    assert read(guest, reader, 10) == b""


def test_how_many_writes_fit_depends_on_their_size(guest: Guest) -> None:
    # As on Linux: a write goes on in the last page only if its odd part fits there altogether.
    for size, count in ((1, 65536), (1000, 64), (3000, 16), (4096, 16), (5000, 10)):
        reader, writer = make_pipe(guest, NONBLOCK)
        assert fill(guest, writer, size) == count, size
        guest.call("close", reader)
        guest.call("close", writer)


def test_a_write_of_up_to_a_page_is_not_torn(guest: Guest) -> None:
    _, writer = make_pipe(guest, NONBLOCK)
    assert write(guest, writer, bytes(65536 - 100)) == 65536 - 100
    assert write(guest, writer, bytes(4096)) == -E.EAGAIN
    assert write(guest, writer, bytes(100)) == 100


def test_a_big_nonblocking_write_is_taken_in_part(guest: Guest) -> None:
    _, writer = make_pipe(guest, NONBLOCK)
    assert write(guest, writer, bytes(100_000)) == 65536


def test_a_blocking_write_waits_until_all_is_taken(guest: Guest) -> None:
    reader, writer = make_pipe(guest)
    data = bytes(range(256)) * 400
    place = guest.put(data)
    call = Waiting(guest.start("write", writer, place, len(data)))
    received = b""
    while not call.woken or not isinstance(call.go_on(), int):
        piece = read(guest, reader, 30_000)
        assert isinstance(piece, bytes)
        received += piece
    piece = read(guest, reader, 100_000)
    assert isinstance(piece, bytes)
    assert received + piece == data


def test_a_signal_ends_a_blocking_write_with_what_was_taken(guest: Guest) -> None:
    _, writer = make_pipe(guest)
    place = guest.put(bytes(100_000))
    assert Waiting(guest.start("write", writer, place, 100_000)).interrupt() == 65536
    assert Waiting(guest.start("write", writer, place, 1)).interrupt() == -E.EINTR


def test_a_reader_is_woken_by_data_and_by_the_end(guest: Guest) -> None:
    reader, writer = make_pipe(guest)
    place = guest.put(bytes(8))
    call = Waiting(guest.start("read", reader, place, 8))
    write(guest, writer, b"data")
    assert call.go_on() == 4
    call = Waiting(guest.start("read", reader, place, 8))
    guest.call("close", writer)
    assert call.go_on() == 0


def test_writing_without_a_reader_is_an_error_and_a_signal(guest: Guest) -> None:
    reader, writer = make_pipe(guest)
    guest.task.blocked = 1 << (Signal.SIGPIPE - 1)
    guest.call("close", reader)
    assert write(guest, writer, b"x") == -E.EPIPE
    assert guest.task.pending.mask == 1 << (Signal.SIGPIPE - 1)


def test_packets_keep_their_borders_and_lose_what_is_not_read(guest: Guest) -> None:
    reader, writer = make_pipe(guest, int(PipeFlag.O_DIRECT) | NONBLOCK)
    write(guest, writer, b"first")
    write(guest, writer, b"second")
    assert read(guest, reader, 3) == b"fir"
    assert read(guest, reader, 100) == b"second"
    assert fill(guest, writer, 1) == 16


def test_poll_states(guest: Guest) -> None:
    readable = PollEvent.POLLIN | PollEvent.POLLRDNORM
    writable = PollEvent.POLLOUT | PollEvent.POLLWRNORM
    reader, writer = make_pipe(guest, NONBLOCK)
    ends = (Pollfd(reader, 0xFFFF), Pollfd(writer, 0xFFFF))
    assert poll(guest, *ends)[1] == [0, writable]
    write(guest, writer, bytes(65536))
    assert poll(guest, *ends)[1] == [readable, 0]
    guest.call("close", writer)
    assert poll(guest, ends[0])[1] == [readable | PollEvent.POLLHUP]
    read(guest, reader, 65536)
    assert poll(guest, ends[0])[1] == [PollEvent.POLLHUP]
    reader, writer = make_pipe(guest)
    guest.call("close", reader)
    assert poll(guest, Pollfd(writer, 0xFFFF))[1] == [writable | PollEvent.POLLERR]


def test_size_can_be_changed_to_powers_of_two_pages(guest: Guest) -> None:
    reader, writer = make_pipe(guest, NONBLOCK)
    file = guest.task.files.get(reader)
    assert file.fcntl(guest.task, FcntlCommand.F_GETPIPE_SZ, 0) == 65536
    assert file.fcntl(guest.task, FcntlCommand.F_SETPIPE_SZ, 5000) == 8192
    assert fill(guest, writer, 4096) == 2
    assert guest.call("fcntl", reader, FcntlCommand.F_SETPIPE_SZ, 1) == -E.EBUSY
    assert guest.call("fcntl", writer, FcntlCommand.F_SETPIPE_SZ, 1 << 20) == 1 << 20


def test_bytes_available(guest: Guest) -> None:
    reader, writer = make_pipe(guest)
    write(guest, writer, bytes(4097))
    place = guest.put(bytes(4))
    assert guest.call("ioctl", reader, IoctlCommand.FIONREAD, place) == 0
    assert struct.unpack("<i", guest.read(place, 4)) == (4097,)


def test_a_vector_is_one_write(guest: Guest) -> None:
    reader, writer = make_pipe(guest, int(PipeFlag.O_DIRECT))
    pieces = [guest.put(b"head"), guest.put(b"body")]
    vector = guest.put(b"".join(Iovec(piece, 4).to_bytes() for piece in pieces))
    assert guest.call("writev", writer, vector, 2) == 8
    assert read(guest, reader, 100) == b"headbody"


def test_copied_bytes_are_charged_once(guest: Guest) -> None:
    reader, writer = make_pipe(guest)
    place = guest.put(bytes(100_000))
    before = guest.kernel.work.copy
    call = Waiting(guest.start("write", writer, place, 100_000))
    assert guest.kernel.work.copy - before == 65536
    assert guest.call("read", reader, place, 65536) == 65536
    assert call.go_on() == 100_000
    assert guest.kernel.work.copy - before == 100_000 + 65536


def test_bad_arguments(guest: Guest) -> None:
    place = guest.put(bytes(8))
    assert guest.call("pipe2", place, OpenFlag.O_APPEND) == -E.EINVAL
    assert guest.call("pipe2", 8, 0) == -E.EFAULT
    guest.task.files.limit = 4
    assert guest.call("pipe2", place, 0) == -E.EMFILE
    guest.task.files.limit = 1024
    # Nothing was left open.
    assert make_pipe(guest) == (3, 4)
    reader, writer = 3, 4
    assert guest.call("read", writer, place, 1) == -E.EBADF
    assert guest.call("write", reader, place, 1) == -E.EBADF
