"""splice, tee, vmsplice and sendfile."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from guest.abi.errno import E
from guest.abi.events import PipeFlag, SpliceFlag
from guest.abi.flags import OpenFlag
from guest.abi.structs import Iovec
from tests.guest.events.events_guest import Waiting, make_pipe, read, write

if TYPE_CHECKING:
    from tests.guest.conftest import Guest

NONBLOCK = int(SpliceFlag.SPLICE_F_NONBLOCK)
DATA = bytes(range(256)) * 1000


def test_data_goes_from_a_file_through_a_pipe_into_a_file(guest: Guest, sysroot: Path) -> None:
    (sysroot / "in").write_bytes(DATA[:10_000])
    source = guest.call("openat", -100, "/in", 0, 0)
    target = guest.call("openat", -100, "/tmp/out", OpenFlag.O_CREAT | OpenFlag.O_RDWR, 0o644)
    assert target > 0
    reader, writer = make_pipe(guest)
    offset = guest.put((100).to_bytes(8, "little"))
    assert guest.call("splice", source, offset, writer, 0, 5000, 0) == 5000
    assert int.from_bytes(guest.read(offset, 8), "little") == 5100
    assert guest.call("lseek", source, 0, 1) == 0
    before = guest.kernel.work.copy
    assert guest.call("splice", reader, 0, target, 0, 100_000, 0) == 5000
    assert guest.kernel.work.copy - before == 5000
    assert guest.call("lseek", target, 0, 0) == 0
    assert read(guest, target, 10_000) == DATA[100:5100]
    assert guest.call("splice", source, 0, writer, 0, 100_000, 0) == 10_000
    assert guest.call("splice", source, 0, writer, 0, 100_000, 0) == 0


def test_between_pipes_it_waits_for_data(guest: Guest) -> None:
    (reader, writer), (end, sink) = make_pipe(guest), make_pipe(guest)
    assert guest.call("splice", reader, 0, sink, 0, 10, NONBLOCK) == -E.EAGAIN
    call = Waiting(guest.start("splice", reader, 0, sink, 0, 10, 0))
    write(guest, writer, b"0123456789abc")
    assert call.go_on() == 10
    assert read(guest, end, 100) == b"0123456789"
    assert read(guest, reader, 100) == b"abc"
    guest.call("close", writer)
    assert guest.call("splice", reader, 0, sink, 0, 10, 0) == 0


def test_tee_leaves_the_data(guest: Guest) -> None:
    (reader, writer), (end, sink) = make_pipe(guest), make_pipe(guest)
    write(guest, writer, b"twice")
    assert guest.call("tee", reader, sink, 100, 0) == 5
    assert read(guest, reader, 100) == read(guest, end, 100) == b"twice"
    assert guest.call("tee", reader, writer, 100, 0) == -E.EINVAL
    assert guest.call("tee", reader, sink, 100, NONBLOCK) == -E.EAGAIN


def test_vmsplice_fills_and_empties_a_pipe(guest: Guest) -> None:
    reader, writer = make_pipe(guest)
    vector = guest.put(Iovec(guest.put(b"abc"), 3).to_bytes() + Iovec(guest.put(b"defg"), 4).to_bytes())
    assert guest.call("vmsplice", writer, vector, 2, 0) == 7
    place = guest.put(bytes(16))
    assert guest.call("vmsplice", reader, guest.put(Iovec(place, 16).to_bytes()), 1, 0) == 7
    assert guest.read(place, 7) == b"abcdefg"


def test_sendfile_waits_for_room(guest: Guest, sysroot: Path) -> None:
    (sysroot / "in").write_bytes(DATA)
    source = guest.call("openat", -100, "/in", 0, 0)
    reader, writer = make_pipe(guest)
    call = Waiting(guest.start("sendfile", writer, source, 0, len(DATA)))
    received = b""
    while not call.woken or not isinstance(call.go_on(), int):
        piece = read(guest, reader, 50_000)
        assert isinstance(piece, bytes)
        received += piece
    piece = read(guest, reader, 65536)
    assert isinstance(piece, bytes)
    assert received + piece == DATA
    assert guest.call("lseek", source, 0, 1) == len(DATA)


def test_sendfile_is_interrupted_with_what_was_sent(guest: Guest, sysroot: Path) -> None:
    (sysroot / "in").write_bytes(DATA)
    source = guest.call("openat", -100, "/in", 0, 0)
    _, writer = make_pipe(guest)
    offset = guest.put((1000).to_bytes(8, "little"))
    assert Waiting(guest.start("sendfile", writer, source, offset, len(DATA))).interrupt() == 65536
    assert int.from_bytes(guest.read(offset, 8), "little") == 66536
    assert guest.call("lseek", source, 0, 1) == 0


def test_bad_arguments(guest: Guest, sysroot: Path) -> None:
    (sysroot / "in").write_bytes(b"x")
    source = guest.call("openat", -100, "/in", 0, 0)
    reader, writer = make_pipe(guest, int(PipeFlag.O_NONBLOCK))
    zero = guest.put(bytes(8))
    assert guest.call("splice", reader, zero, writer, 0, 1, 0) == -E.ESPIPE
    assert guest.call("splice", reader, 0, writer, 0, 1, 0) == -E.EINVAL
    assert guest.call("splice", source, 0, source, 0, 1, 0) == -E.EBADF
    assert guest.call("splice", source, 0, writer, 0, 1, 64) == -E.EINVAL
    assert guest.call("vmsplice", source, 0, 0, 0) == -E.EBADF
    assert guest.call("sendfile", writer, reader, 0, 1) == -E.EINVAL
    assert guest.call("sendfile", reader, source, 0, 1) == -E.EBADF
    guest.call("close", reader)
    guest.task.blocked = -1
    assert guest.call("splice", source, 0, writer, 0, 1, 0) == -E.EPIPE
