"""The line discipline N_TTY: editing of lines, echo, and the characters that send signals.

Knows neither files nor tasks: bytes typed come in by `receive`, programs take them with `read`, and what they write
passes `process_output`. Semantics are those of `drivers/tty/n_tty.c`.
"""

from __future__ import annotations

from collections.abc import Callable

from guest.abi.constants import Signal
from guest.abi.tty import ControlCharacter as Control
from guest.abi.tty import InputFlag, LocalFlag, OutputFlag, Termios2

BUFFER_SIZE = 4096
"""N_TTY_BUF_SIZE: what has been typed and not read; in canonical mode the last place is kept for the line's end."""
_DISABLED = 0
_BACKSPACE = b"\b \b"
_SIGNALS = ((Control.VINTR, Signal.SIGINT), (Control.VQUIT, Signal.SIGQUIT), (Control.VSUSP, Signal.SIGTSTP))


class LineDiscipline:
    """`echo` takes bytes for the screen, `signal` a signal for the foreground group, `wake` is called at a change."""

    def __init__(
        self,
        settings: Termios2,
        *,
        echo: Callable[[bytes], None],
        signal: Callable[[int], None],
        wake: Callable[[], None],
    ) -> None:
        self.settings = settings
        self._echo_out = echo
        self._signal = signal
        self._wake = wake
        self._ready = bytearray()
        """Bytes that may be read. In canonical mode whole lines; `_ends` says where each ends."""
        self._ends: list[tuple[int, bool]] = []
        """Ends of the lines in `_ready`, as positions, and whether the last byte is an end-of-file mark."""
        self._line = bytearray()
        """The line being typed (canonical mode)."""
        self._literal = False
        self.output_stopped = False

    # -- settings ----------------------------------------------------------------------------------------------

    @property
    def canonical(self) -> bool:
        return bool(self.settings.c_lflag & LocalFlag.ICANON)

    def set(self, settings: Termios2) -> None:
        """New settings; what was typed stays, and leaving canonical mode makes an unfinished line readable."""
        was_canonical = self.canonical
        self.settings = settings
        if was_canonical and not self.canonical:
            # End-of-file marks are plain bytes for what reads now.
            self._ready += self._line
            self._line.clear()
            self._ends.clear()
        elif self.canonical and not was_canonical and self._ready:
            self._ends = [(len(self._ready), False)]
        if not settings.c_iflag & InputFlag.IXON:
            self.output_stopped = False
        self._wake()

    def flush_input(self) -> None:
        """Throw away what was typed."""
        self._ready.clear()
        self._ends.clear()
        self._line.clear()
        self._literal = False
        self._wake()

    # -- input -------------------------------------------------------------------------------------------------

    def room(self) -> int:
        """How many bytes `receive` can take."""
        if self.canonical and not self._ends:
            # A line that is too long must still be ended.
            return BUFFER_SIZE
        return max(BUFFER_SIZE - len(self._ready) - len(self._line), 0)

    def receive(self, data: bytes) -> None:
        """Bytes were typed."""
        for byte in data:
            self._receive(byte)
        self._wake()

    def receive_edited(self, data: bytes, *, end_of_file: bool = False) -> None:
        """Bytes came that another terminal has edited and echoed already; with `end_of_file` the last is its mark."""
        self._ready += data
        if self.canonical:
            end = len(self._ready) - len(data)
            for line in data.splitlines(keepends=True):
                end += len(line)
                self._ends.append((end, end_of_file and end == len(self._ready)))
        self._wake()

    def _receive(self, byte: int) -> None:
        flags, local = self.settings.c_iflag, self.settings.c_lflag
        if self._literal:
            self._literal = False
            self._put(byte, literal=True)
            return
        if flags & InputFlag.ISTRIP:
            byte &= 0x7F
        if flags & InputFlag.IUCLC and local & LocalFlag.IEXTEN:
            byte = ord(bytes([byte]).lower())
        if flags & InputFlag.IXON and self._flow_control(byte):
            return
        if local & LocalFlag.ISIG:
            for control, signal in _SIGNALS:
                if self._is(byte, control):
                    self._interrupt(byte, signal)
                    return
        if byte == 13:
            if flags & InputFlag.IGNCR:
                return
            if flags & InputFlag.ICRNL:
                byte = 10
        elif byte == 10 and flags & InputFlag.INLCR:
            byte = 13
        if local & LocalFlag.ICANON and self._edit(byte):
            return
        self._put(byte)

    def _is(self, byte: int, control: Control) -> bool:
        character = self.settings.c_cc[control]
        return character != _DISABLED and byte == character

    def _flow_control(self, byte: int) -> bool:
        if self._is(byte, Control.VSTART):
            self.output_stopped = False
        elif self._is(byte, Control.VSTOP):
            self.output_stopped = True
        else:
            if self.output_stopped and self.settings.c_iflag & InputFlag.IXANY:
                self.output_stopped = False
            return False
        return True

    def _interrupt(self, byte: int, signal: int) -> None:
        self.output_stopped = False
        if not self.settings.c_lflag & LocalFlag.NOFLSH:
            self.flush_input()
        if self.settings.c_lflag & LocalFlag.ECHO:
            self._echo(self._shown(byte))
        self._signal(signal)

    def _edit(self, byte: int) -> bool:
        """Canonical mode: handle an editing character or the end of a line; False for an ordinary one."""
        local = self.settings.c_lflag
        extended = bool(local & LocalFlag.IEXTEN)
        if self._is(byte, Control.VERASE):
            self._erase(1)
        elif extended and self._is(byte, Control.VWERASE):
            self._erase(len(self._line) - self._word_start())
        elif self._is(byte, Control.VKILL):
            self._kill(byte)
        elif extended and self._is(byte, Control.VLNEXT):
            self._literal = True
            if local & LocalFlag.ECHO and local & LocalFlag.ECHOCTL:
                self._echo(b"^\b")
        elif extended and local & LocalFlag.ECHO and self._is(byte, Control.VREPRINT):
            self._echo(self._shown(byte) + b"\n" + b"".join(map(self._shown, self._line)))
        elif self._is(byte, Control.VEOF):
            self._line.append(byte)
            self._end_line(end_of_file=True)
        elif byte == 10:
            if local & (LocalFlag.ECHO | LocalFlag.ECHONL):
                self._echo(b"\n")
            self._line.append(byte)
            self._end_line()
        elif self._is(byte, Control.VEOL) or (extended and self._is(byte, Control.VEOL2)):
            if local & LocalFlag.ECHO:
                self._echo(self._shown(byte))
            self._line.append(byte)
            self._end_line()
        else:
            return False
        return True

    def _put(self, byte: int, *, literal: bool = False) -> None:
        canonical = self.canonical
        if len(self._ready) + len(self._line) >= BUFFER_SIZE - (1 if canonical else 0):
            if self.settings.c_iflag & InputFlag.IMAXBEL:
                self._echo_out(b"\a")
            return
        if self.settings.c_lflag & LocalFlag.ECHO:
            self._echo(b"\n" if byte == 10 and not literal else self._shown(byte))
        (self._line if canonical else self._ready).append(byte)

    def _end_line(self, *, end_of_file: bool = False) -> None:
        self._ready += self._line
        self._line.clear()
        self._ends.append((len(self._ready), end_of_file))

    def _word_start(self) -> int:
        """Where the last word of the line begins: WERASE takes it with the blanks after it."""
        position = len(self._line)
        while position and not _is_word(self._line[position - 1]):
            position -= 1
        while position and _is_word(self._line[position - 1]):
            position -= 1
        return position

    def _erase(self, count: int) -> None:
        """Take back characters; with IUTF8 one may be several bytes."""
        for _ in range(count):
            if not self._line:
                return
            taken = [self._line.pop()]
            if self.settings.c_iflag & InputFlag.IUTF8:
                while taken[-1] & 0xC0 == 0x80 and self._line:
                    taken.append(self._line.pop())
            self._rub_out(taken[-1])

    def _rub_out(self, byte: int) -> None:
        local = self.settings.c_lflag
        if not local & LocalFlag.ECHO:
            return
        if not local & LocalFlag.ECHOE:
            self._echo(self._shown(self.settings.c_cc[Control.VERASE]))
        elif byte == 9:
            # Back to where the tab began, by what is left of the line; a prompt before it counts as well.
            self._echo_out(b"\b" * (8 - self._width() % 8))
        else:
            width = len(self._shown(byte)) if byte < 0x80 else 1
            self._echo(_BACKSPACE * width)

    def _width(self) -> int:
        return sum(len(self._shown(byte)) for byte in self._line)

    def _kill(self, byte: int) -> None:
        local = self.settings.c_lflag
        if local & LocalFlag.ECHO and local & LocalFlag.ECHOK and local & LocalFlag.ECHOKE and local & LocalFlag.ECHOE:
            self._erase(len(self._line))
            return
        self._line.clear()
        if local & LocalFlag.ECHO:
            self._echo(self._shown(byte) + (b"\n" if local & LocalFlag.ECHOK else b""))

    def _shown(self, byte: int) -> bytes:
        """A byte as it is echoed: control characters as ^X, but tab and line feed."""
        control = (byte < 32 and byte not in (9, 10)) or byte == 127
        if control and self.settings.c_lflag & LocalFlag.ECHOCTL:
            return bytes([ord("^"), byte ^ 0x40])
        return bytes([byte])

    def _echo(self, data: bytes) -> None:
        self._echo_out(self.process_output(data))

    # -- reading -----------------------------------------------------------------------------------------------

    def readable(self) -> bool:
        """Whether a read gives something (an end of file too)."""
        if self.canonical:
            return bool(self._ends)
        minimum, time = self.settings.c_cc[Control.VMIN], self.settings.c_cc[Control.VTIME]
        return len(self._ready) >= (minimum if minimum and not time else 1)

    def available(self) -> int:
        """Bytes for FIONREAD."""
        if self.canonical:
            return sum(-1 if mark else 0 for _, mark in self._ends) + (self._ends[-1][0] if self._ends else 0)
        return len(self._ready)

    def buffered(self) -> int:
        """Bytes that a read without canonical mode could take at once."""
        return len(self._ready)

    def read(self, size: int) -> bytes:
        """Up to `size` bytes, in canonical mode at most one line. Call only when there is something."""
        if not self.canonical:
            return self._take(size)
        end, mark = self._ends[0]
        if size >= end - mark:
            data = self._take(end)
            del self._ends[0]
            data = data[:-1] if mark else data
        else:
            end = size
            data = self._take(size)
        self._ends = [(position - end, is_mark) for position, is_mark in self._ends]
        return data

    def _take(self, size: int) -> bytes:
        data = bytes(self._ready[:size])
        del self._ready[:size]
        return data

    # -- output ------------------------------------------------------------------------------------------------

    def process_output(self, data: bytes | memoryview) -> bytes:
        """What a program writes, as it goes to the screen."""
        flags = self.settings.c_oflag
        text = bytes(data)
        if not flags & OutputFlag.OPOST:
            return text
        if flags & OutputFlag.OLCUC:
            text = text.upper()
        if flags & OutputFlag.OCRNL:
            text = text.replace(b"\r", b"\n")
        if flags & OutputFlag.ONLRET:
            return text
        if flags & OutputFlag.ONLCR:
            text = text.replace(b"\n", b"\r\n")
        return text


def _is_word(byte: int) -> bool:
    return bytes([byte]).isalnum() or byte == ord("_") or byte >= 0x80
