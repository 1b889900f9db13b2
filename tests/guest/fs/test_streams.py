"""Standard streams on real host descriptors."""

from __future__ import annotations

import io
import os
import threading
from pathlib import Path

import pytest

from guest.abi.errno import E, Errno
from guest.abi.flags import OpenFlag
from guest.fs.streams import StreamFile


def test_a_pipe_is_read_until_the_request_is_full() -> None:
    reader, writer = os.pipe()

    def feed() -> None:
        for piece in (b"ab", b"cd", b"ef"):
            os.write(writer, piece)
        os.close(writer)

    thread = threading.Thread(target=feed)
    with os.fdopen(reader, "rb", buffering=0) as stream:
        file = StreamFile(b"stdin", stream, 0, interactive=False)
        thread.start()
        assert (file.read(4), file.read(4), file.read(4)) == (b"abcd", b"ef", b"")
        thread.join()


def test_an_interactive_pipe_is_read_as_it_comes() -> None:
    reader, writer = os.pipe()
    os.write(writer, b"ab")
    with os.fdopen(reader, "rb", buffering=0) as stream, os.fdopen(writer, "wb"):
        assert StreamFile(b"stdin", stream, 0, interactive=True).read(100) == b"ab"


def test_a_file_as_stream_can_be_sought(tmp_path: Path) -> None:
    path = tmp_path / "input"
    path.write_bytes(b"0123456789")
    with path.open("rb") as stream:
        file = StreamFile(b"stdin", stream, 0, interactive=False)
        assert file.seekable
        assert file.stat().st_size == 10
        assert file.seek(4, 0) == 4
        assert file.read(2) == b"45"
        assert file.pread(2, 0) == b"01"


def test_writes_keep_their_order_with_the_callers(tmp_path: Path) -> None:
    with (tmp_path / "out").open("wb") as stream:
        stream.write(b"before ")
        file = StreamFile(b"stdout", stream, OpenFlag.O_WRONLY, interactive=False)
        file.write(b"guest")
        assert (tmp_path / "out").read_bytes() == b"before guest"


def test_a_closed_pipe_is_epipe() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb", buffering=0) as stream:
        file = StreamFile(b"stdout", stream, OpenFlag.O_WRONLY, interactive=False)
        with pytest.raises(Errno) as caught:
            file.write(b"x")
    assert caught.value.number is E.EPIPE


def test_an_object_in_memory_is_a_pipe() -> None:
    file = StreamFile(b"stdin", io.BytesIO(b"abc"), 0, interactive=False)
    assert not file.seekable
    assert file.read(2) == b"ab"
    with pytest.raises(Errno) as caught:
        file.seek(0, 0)
    assert caught.value.number is E.ESPIPE
