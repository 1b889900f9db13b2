"""The console on a terminal of the host (a pseudo-terminal that the test makes)."""

from __future__ import annotations

import os
import termios
from collections.abc import Iterator
from typing import Any

import pytest

from guest.abi.tty import LocalFlag
from guest.fs.streams import Streams
from guest.host_ready import readable
from guest.tty.console import HostTerminal, open_standard_files
from guest.tty.file import TerminalFile


@pytest.fixture
def host() -> Iterator[tuple[int, int]]:
    master, slave = os.openpty()
    yield master, slave
    os.close(master)
    os.close(slave)


def shown(master: int, length: int) -> bytes:
    """What the terminal shows, `length` bytes of it: the host may hand over its output in pieces."""
    data = b""
    while len(data) < length:
        data += os.read(master, length - len(data))
    assert not readable([master]), "no more than that"
    return data


def test_host_settings_come_back(guest: Any, host: tuple[int, int]) -> None:
    _, slave = host
    before = termios.tcgetattr(slave)
    console = HostTerminal(guest.kernel, slave, slave, raw=True)
    assert not termios.tcgetattr(slave)[3] & termios.ECHO
    console.close()
    assert termios.tcgetattr(slave) == before


def test_raw_keys_pass_the_guests_line_discipline(guest: Any, host: tuple[int, int]) -> None:
    master, slave = host
    console = HostTerminal(guest.kernel, slave, slave, raw=True)
    try:
        os.write(master, b"ab\x7f\r")
        assert guest.kernel.host_inputs.wait(10**9)
        assert console.terminal.discipline.read(10) == b"a\n"
        assert shown(master, 7) == b"ab\b \b\r\n"
        os.write(master, b"x\r")
        assert guest.kernel.host_inputs.wait(10**9), "it goes on watching"
    finally:
        console.close()
    assert not guest.kernel.host_inputs


def test_lines_edited_by_the_host_are_not_echoed_again(guest: Any, host: tuple[int, int]) -> None:
    master, slave = host
    before = termios.tcgetattr(slave)
    console = HostTerminal(guest.kernel, slave, slave, raw=False)
    assert termios.tcgetattr(slave) == before
    os.write(master, b"line\n")
    assert shown(master, 6) == b"line\r\n"
    console.seek_input()
    assert console.terminal.discipline.read(10) == b"line\n"
    assert console.terminal.write(b"out\n") == 4
    assert shown(master, 5) == b"out\r\n", "the host's terminal adds the carriage return, once"
    os.write(master, b"\x04")
    console.seek_input()
    assert console.terminal.discipline.readable()
    assert console.terminal.discipline.read(10) == b""


def test_standard_streams_are_the_console(guest: Any, host: tuple[int, int]) -> None:
    _, slave = host
    with open(slave, "rb", buffering=0, closefd=False) as stdin, open(os.devnull, "wb") as stdout:
        streams = Streams(stdin, stdout, stdout)
        files = open_standard_files(guest.kernel, streams, guest.task.process)
    assert isinstance(files[0], TerminalFile)
    assert not isinstance(files[1], TerminalFile)
    assert files[0].path == b"/dev/console"
    assert guest.task.process.controlling_terminal is files[0].terminal
    assert files[0].terminal.settings.c_lflag & LocalFlag.ECHO
    assert guest.call("openat", -100, "/dev/console", 2) >= 0
