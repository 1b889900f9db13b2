"""An open terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.constants import Signal
from guest.abi.errno import E, Errno
from guest.abi.flags import OpenFlag, PollEvent
from guest.abi.tty import ControlCharacter, LocalFlag
from guest.credentials import Capability
from guest.fs.file import File
from guest.tty.commands import terminal_command
from guest.tty.job_control import may_use, take_if_free

if TYPE_CHECKING:
    from guest.fs.dentry import Dentry
    from guest.task import Task
    from guest.timer import Timer
    from guest.tty.terminal import Terminal
    from guest.wait import Blocking

_TENTH_NS = 10**8
"""The unit of VTIME."""


class TerminalFile(File):
    """Reads and writes belong to whoever makes the call: background groups are stopped."""

    whole_transfers = True

    def __init__(self, dentry: Dentry, flags: int, terminal: Terminal) -> None:
        super().__init__(dentry, flags)
        self.terminal = terminal
        self.readiness = terminal.readiness
        self._timer: Timer | None = None
        self._seen = 0
        terminal.opened += 1

    def release(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self.terminal.opened -= 1
        self.terminal.changed()

    def _current(self) -> Task:
        task = self.terminal.kernel.current
        assert task is not None, "terminals are used by system calls only"
        return task

    # -- reading -----------------------------------------------------------------------------------------------

    def read(self, size: int) -> bytes:
        terminal = self.terminal
        if terminal.hung_up:
            return b""
        if not may_use(terminal, self._current(), Signal.SIGTTIN):
            # Stopped; when the group is in the foreground again, the terminal has changed and this is tried again.
            raise Errno(E.EAGAIN)
        discipline = terminal.discipline
        if not discipline.readable():
            terminal.driver.seek_input()
        if discipline.canonical:
            if not discipline.readable():
                raise Errno(E.EAGAIN)
            return discipline.read(size)
        if not self._satisfied(size):
            raise Errno(E.EAGAIN)
        self._stop_timer()
        return discipline.read(size)

    def _satisfied(self, size: int) -> bool:
        """Whether a read without canonical mode is over, by VMIN and VTIME (termios(3), cases A to D)."""
        have = self.terminal.discipline.buffered()
        minimum = self.terminal.settings.c_cc[ControlCharacter.VMIN]
        time_ns = self.terminal.settings.c_cc[ControlCharacter.VTIME] * _TENTH_NS
        if have >= min(max(minimum, 1), size) or (have and self.nonblocking):
            return True
        if not time_ns:
            return minimum == 0 and not self.nonblocking
        if self.nonblocking:
            return False
        return self._timed_out(have, minimum, time_ns)

    def _timed_out(self, have: int, minimum: int, time_ns: int) -> bool:
        timer = self._timer
        if timer is not None and not timer.pending:
            return True
        # Without a minimum the time runs from the call, with one from the last byte.
        if (minimum == 0 and timer is None) or (minimum and have and (timer is None or have != self._seen)):
            self._stop_timer()
            self._seen = have
            now = self.terminal.kernel.clock.now_ns()
            self._timer = self.terminal.kernel.timers.add(now + time_ns, self.terminal.changed)
        return False

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def available(self) -> int:
        self.terminal.driver.seek_input()
        return self.terminal.discipline.available()

    # -- writing -----------------------------------------------------------------------------------------------

    def write(self, data: bytes | memoryview) -> int:
        terminal = self.terminal
        if terminal.hung_up:
            raise Errno(E.EIO)
        stops = terminal.settings.c_lflag & LocalFlag.TOSTOP
        if stops and not may_use(terminal, self._current(), Signal.SIGTTOU):
            raise Errno(E.EAGAIN)
        if not data:
            return 0
        if not terminal.writable():
            raise Errno(E.EAGAIN)
        return terminal.write(data)

    # -- other -------------------------------------------------------------------------------------------------

    def poll(self) -> int:
        terminal = self.terminal
        if terminal.hung_up:
            return int(
                PollEvent.POLLIN | PollEvent.POLLOUT | PollEvent.POLLRDNORM | PollEvent.POLLWRNORM | PollEvent.POLLERR
                | PollEvent.POLLHUP
            )  # fmt: skip
        if not terminal.discipline.readable():
            terminal.driver.seek_input()
        events = 0
        if terminal.discipline.readable():
            events |= PollEvent.POLLIN | PollEvent.POLLRDNORM
        if terminal.writable():
            events |= PollEvent.POLLOUT | PollEvent.POLLWRNORM
        return int(events)

    def ioctl(self, task: Task, command: int, argument: int) -> int | Blocking[int]:
        return terminal_command(self.terminal, task, command, argument)

    def sync(self) -> None:
        raise Errno(E.EINVAL)

    @property
    def path(self) -> bytes:
        return self.terminal.path


def prepare_open(task: Task, flags: int, terminal: Terminal) -> None:
    """What open(2) of every terminal checks (EIO, EBUSY), and who gets it as controlling terminal."""
    if terminal.hung_up:
        raise Errno(E.EIO)
    if terminal.exclusive and not task.credentials.capable(Capability.CAP_SYS_ADMIN):
        raise Errno(E.EBUSY)
    if not flags & OpenFlag.O_NOCTTY:
        take_if_free(terminal, task.process)
