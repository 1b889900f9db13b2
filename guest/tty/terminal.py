"""A terminal (Linux: tty_struct): settings, size, owner, and its line discipline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from guest.abi.constants import Signal
from guest.abi.structs import Winsize
from guest.abi.tty import Termios2, default_settings
from guest.tty.job_control import signal_group
from guest.tty.line_discipline import LineDiscipline
from guest.wait import WaitQueue

if TYPE_CHECKING:
    from guest.services import KernelServices


class TerminalDriver(Protocol):
    """What carries a terminal's bytes."""

    def put(self, data: bytes) -> None:
        """Bytes for the screen; all are taken (see `room`)."""

    def room(self) -> int:
        """How many bytes for the screen can be taken now."""

    def seek_input(self) -> None:
        """Somebody wants to read or polls: fetch what was typed, and tell of what will be."""


@dataclass(frozen=True)
class TerminalName:
    """Where a terminal is in the tree."""

    path: bytes
    device: int
    """Device number."""


class Terminal:
    """Open files of one terminal share this."""

    def __init__(
        self, kernel: KernelServices, name: TerminalName, driver: TerminalDriver, *, cooked_elsewhere: bool = False
    ) -> None:
        self.kernel = kernel
        self.path = name.path
        self.device = name.device
        self.driver = driver
        self.cooked_elsewhere = cooked_elsewhere
        """Lines are edited, echoed and ended by the host's terminal."""
        self.winsize = Winsize()
        self.session = 0
        """The session whose controlling terminal this is; 0 for none."""
        self.foreground_group = 0
        self.hung_up = False
        self.exclusive = False
        self.opened = 0
        self.readiness = WaitQueue()
        self.discipline = LineDiscipline(
            default_settings(), echo=self._echo, signal=self.signal_foreground, wake=self.changed
        )

    @property
    def settings(self) -> Termios2:
        return self.discipline.settings

    def changed(self) -> None:
        """Something that a reader, writer or poller waits for may have happened."""
        self.readiness.wake()

    def signal_foreground(self, signal: int) -> None:
        """A key or a new size: tell the foreground group."""
        signal_group(self.kernel, self.foreground_group, signal)

    def set_size(self, size: Winsize) -> None:
        """TIOCSWINSZ; the foreground group learns of a change."""
        if size != self.winsize:
            self.winsize = size
            self.signal_foreground(Signal.SIGWINCH)

    def typed(self, data: bytes) -> None:
        """Bytes came from the keyboard."""
        self.discipline.receive(data)

    def writable(self) -> bool:
        """Whether a write takes something now."""
        return not self.discipline.output_stopped and self.driver.room() > 0

    def write(self, data: bytes | memoryview) -> int:
        """As much as there is room for; how many bytes were taken. Call only when `writable`."""
        room = self.driver.room()
        if self.cooked_elsewhere:
            taken = bytes(data[:room])
            self.driver.put(taken)
            return len(taken)
        # A line feed may become two bytes: half of the room is always enough.
        taken = bytes(data[: max(room // 2, 1)])
        self.driver.put(self.discipline.process_output(taken))
        return len(taken)

    def _echo(self, data: bytes) -> None:
        if not self.cooked_elsewhere:
            self.driver.put(data)
