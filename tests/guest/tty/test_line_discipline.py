"""N_TTY, without files and tasks."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guest.abi.constants import Signal
from guest.abi.tty import InputFlag, LocalFlag, OutputFlag, default_settings
from guest.tty.line_discipline import BUFFER_SIZE, LineDiscipline


class Screen:
    """Collects what a discipline shows and sends."""

    def __init__(self) -> None:
        self.shown = bytearray()
        self.signals: list[int] = []
        self.tty = LineDiscipline(
            default_settings(), echo=self.shown.extend, signal=self.signals.append, wake=lambda: None
        )

    def change(self, *, iflag: int = 0, lflag: int = 0, lflag_off: int = 0, **controls: int) -> None:
        old = self.tty.settings
        characters = list(old.c_cc)
        for name, value in controls.items():
            characters[{"vmin": 6, "vtime": 5}[name]] = value
        new = replace(
            old, c_iflag=old.c_iflag | iflag, c_lflag=(old.c_lflag | lflag) & ~lflag_off, c_cc=tuple(characters)
        )
        self.tty.set(new)

    def raw(self) -> None:
        self.change(lflag_off=int(LocalFlag.ICANON | LocalFlag.ECHO | LocalFlag.ISIG))


@pytest.fixture
def screen() -> Screen:
    return Screen()


def test_a_line_is_read_when_it_is_ended(screen: Screen) -> None:
    screen.tty.receive(b"hel")
    assert not screen.tty.readable()
    screen.tty.receive(b"lo\r")
    assert screen.tty.readable()
    assert screen.tty.read(100) == b"hello\n"
    assert screen.shown == b"hello\r\n"


def test_each_read_takes_one_line_or_less(screen: Screen) -> None:
    screen.tty.receive(b"one\ntwo\n")
    assert screen.tty.available() == 8
    assert screen.tty.read(2) == b"on"
    assert screen.tty.read(100) == b"e\n"
    assert screen.tty.read(100) == b"two\n"
    assert not screen.tty.readable()


def test_erase_word_and_line(screen: Screen) -> None:
    screen.tty.receive(b"two words\x7f\x7f\n")
    assert screen.tty.read(100) == b"two wor\n"
    screen.tty.receive(b"two words \x17x\n")
    assert screen.tty.read(100) == b"two x\n"
    screen.tty.receive(b"gone\x15kept\n")
    assert screen.tty.read(100) == b"kept\n"


def test_erase_is_shown(screen: Screen) -> None:
    screen.tty.receive(b"a\x01\x7f\x7f\x7f")
    assert screen.shown == b"a^A\b \b\b \b\b \b"


def test_erase_takes_whole_characters(screen: Screen) -> None:
    screen.change(iflag=int(InputFlag.IUTF8))
    screen.tty.receive("aé\x7f\n".encode())
    assert screen.tty.read(100) == b"a\n"


def test_end_of_file(screen: Screen) -> None:
    screen.tty.receive(b"part\x04")
    assert screen.tty.read(100) == b"part"
    assert not screen.tty.readable()
    screen.tty.receive(b"\x04")
    assert screen.tty.readable()
    assert screen.tty.read(100) == b""
    assert not screen.tty.readable()


def test_a_read_of_exactly_the_line_before_an_end_of_file_takes_the_mark(screen: Screen) -> None:
    screen.tty.receive(b"part\x04")
    assert screen.tty.read(4) == b"part"
    assert not screen.tty.readable()


def test_literal_next(screen: Screen) -> None:
    screen.tty.receive(b"\x16\x03\n")
    assert screen.tty.read(100) == b"\x03\n"
    assert not screen.signals


@pytest.mark.parametrize(("key", "signal"), [(3, Signal.SIGINT), (28, Signal.SIGQUIT), (26, Signal.SIGTSTP)])
def test_signals_throw_the_line_away(screen: Screen, key: int, signal: int) -> None:
    screen.tty.receive(b"half" + bytes([key]) + b"new\n")
    assert screen.signals == [signal]
    assert screen.tty.read(100) == b"new\n"


def test_flow_control(screen: Screen) -> None:
    screen.tty.receive(b"\x13")
    assert screen.tty.output_stopped
    screen.tty.receive(b"\x11")
    assert not screen.tty.output_stopped


def test_raw_mode_gives_bytes(screen: Screen) -> None:
    screen.raw()
    screen.tty.receive(b"\x03\x04x")
    assert screen.tty.read(100) == b"\x03\x04x"
    assert not screen.shown
    assert not screen.signals
    screen.change(vmin=3)
    screen.tty.receive(b"ab")
    assert not screen.tty.readable()
    screen.tty.receive(b"c")
    assert screen.tty.readable()


def test_an_unfinished_line_becomes_readable_in_raw_mode(screen: Screen) -> None:
    screen.tty.receive(b"half")
    screen.raw()
    assert screen.tty.read(100) == b"half"


def test_a_line_that_is_too_long_can_be_ended(screen: Screen) -> None:
    screen.tty.receive(b"x" * (BUFFER_SIZE + 10) + b"\n")
    assert screen.tty.read(2 * BUFFER_SIZE) == b"x" * (BUFFER_SIZE - 1) + b"\n"


def test_output(screen: Screen) -> None:
    assert screen.tty.process_output(b"a\nb") == b"a\r\nb"
    settings = screen.tty.settings
    screen.tty.set(replace(settings, c_oflag=settings.c_oflag & ~OutputFlag.OPOST))
    assert screen.tty.process_output(b"a\nb") == b"a\nb"


@given(st.binary(max_size=200), st.integers(1, 30))
def test_any_input_can_be_read_to_its_end(data: bytes, size: int) -> None:
    screen = Screen()
    screen.tty.receive(data)
    for _ in range(2 * len(data) + 2):
        if not screen.tty.readable():
            break
        screen.tty.read(size)
    assert not screen.tty.readable()
    assert screen.tty.available() == 0


@given(st.binary(min_size=1, max_size=100))
def test_raw_mode_changes_nothing(data: bytes) -> None:
    screen = Screen()
    screen.raw()
    settings = screen.tty.settings
    screen.tty.set(replace(settings, c_iflag=0))
    screen.tty.receive(data)
    assert screen.tty.read(1000) == data
