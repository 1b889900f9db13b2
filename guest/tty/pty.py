"""Pseudo-terminals: what a program writes to the master is typed on the terminal, and the master reads its screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.abi.flags import OpenFlag, PollEvent
from guest.abi.tty import TtyCommand
from guest.fs.file import File
from guest.mm.user_copy import copy_from_user, copy_to_user
from guest.tty.commands import terminal_command
from guest.tty.file import TerminalFile, prepare_open
from guest.tty.job_control import hang_up
from guest.tty.terminal import Terminal, TerminalName
from guest.wait import WaitQueue

if TYPE_CHECKING:
    from guest.fs.dentry import Dentry
    from guest.services import KernelServices
    from guest.task import Task
    from guest.tty.terminals import Terminals
    from guest.wait import Blocking

_SCREEN_SIZE = 8192
"""Bytes for the screen that the master has not read."""
_PACKET_DATA = b"\0"
"""TIOCPKT_DATA: what each read begins with in packet mode."""


class PseudoTerminal:
    """Both ends. The screen is what the slave wrote; it is the driver of its terminal."""

    def __init__(self, kernel: KernelServices, number: int, name: TerminalName, owner: tuple[int, int]) -> None:
        self.number = number
        self.owner = owner
        self.mode = 0o620
        self.locked = True
        self.packet_mode = False
        self.ever_opened = False
        self.screen = bytearray()
        self.master_readiness = WaitQueue()
        self.terminal = Terminal(kernel, name, self)

    def put(self, data: bytes) -> None:
        self.screen += data
        self.master_readiness.wake()

    def room(self) -> int:
        return max(_SCREEN_SIZE - len(self.screen), 0)

    def seek_input(self) -> None:
        """What the master writes arrives at once."""

    @property
    def slave_gone(self) -> bool:
        """Whether it was opened and nobody has it open any more."""
        return self.ever_opened and not self.terminal.opened


class SlaveFile(TerminalFile):
    """/dev/pts/N."""

    def __init__(self, dentry: Dentry, flags: int, pty: PseudoTerminal) -> None:
        super().__init__(dentry, flags, pty.terminal)
        self._pty = pty
        pty.ever_opened = True

    def release(self) -> None:
        super().release()
        # The master learns that nobody is there any more.
        self._pty.master_readiness.wake()


class MasterFile(File):
    """/dev/ptmx: each open makes a new pseudo-terminal."""

    whole_transfers = True

    def __init__(self, dentry: Dentry, flags: int, pty: PseudoTerminal, terminals: Terminals) -> None:
        super().__init__(dentry, flags)
        self.pty = pty
        self._terminals = terminals
        self.readiness = pty.master_readiness

    def release(self) -> None:
        self._terminals.remove(self.pty)
        hang_up(self.pty.terminal.kernel, self.pty.terminal)

    def read(self, size: int) -> bytes:
        screen = self.pty.screen
        if not screen:
            raise Errno(E.EIO if self.pty.slave_gone else E.EAGAIN)
        if self.pty.packet_mode:
            size -= 1
        data = bytes(screen[:size])
        del screen[:size]
        self.pty.terminal.changed()
        return _PACKET_DATA + data if self.pty.packet_mode else data

    def write(self, data: bytes | memoryview) -> int:
        if not data:
            return 0
        room = self.pty.terminal.discipline.room()
        if not room:
            raise Errno(E.EAGAIN)
        taken = bytes(data[:room])
        self.pty.terminal.typed(taken)
        return len(taken)

    def available(self) -> int:
        return len(self.pty.screen)

    def poll(self) -> int:
        events = 0
        if self.pty.screen:
            events |= PollEvent.POLLIN | PollEvent.POLLRDNORM
        if self.pty.slave_gone:
            events |= PollEvent.POLLHUP
        if self.pty.terminal.discipline.room():
            events |= PollEvent.POLLOUT | PollEvent.POLLWRNORM
        return int(events)

    def ioctl(self, task: Task, command: int, argument: int) -> int | Blocking[int]:
        pty = self.pty
        match command:
            case TtyCommand.TIOCGPTN:
                copy_to_user(task.mm, argument, pty.number.to_bytes(4, "little"))
            case TtyCommand.TIOCSPTLCK:
                pty.locked = copy_from_user(task.mm, argument, 4) != bytes(4)
            case TtyCommand.TIOCGPTLCK:
                copy_to_user(task.mm, argument, int(pty.locked).to_bytes(4, "little"))
            case TtyCommand.TIOCPKT:
                pty.packet_mode = copy_from_user(task.mm, argument, 4) != bytes(4)
            case TtyCommand.TIOCGPKT:
                copy_to_user(task.mm, argument, int(pty.packet_mode).to_bytes(4, "little"))
            case TtyCommand.FIONREAD:
                copy_to_user(task.mm, argument, len(pty.screen).to_bytes(4, "little"))
            case TtyCommand.TIOCGPTPEER:
                return self._open_peer(task, argument)
            case TtyCommand.TIOCGPGRP:
                # The master may ask whose its terminal is without having it as its own.
                copy_to_user(task.mm, argument, pty.terminal.foreground_group.to_bytes(4, "little"))
            case TtyCommand.TIOCGSID:
                copy_to_user(task.mm, argument, pty.terminal.session.to_bytes(4, "little"))
            case TtyCommand.TIOCSCTTY | TtyCommand.TIOCNOTTY | TtyCommand.TIOCSPGRP:
                raise Errno(E.ENOTTY)
            case _:
                return terminal_command(pty.terminal, task, command, argument)
        return 0

    def _open_peer(self, task: Task, flags: int) -> int:
        dentry = self._terminals.slave_dentry(self.pty)
        file = open_slave(task, dentry, flags, self.pty)
        return task.files.install(file, close_on_exec=bool(flags & OpenFlag.O_CLOEXEC))


def open_slave(task: Task, dentry: Dentry, flags: int, pty: PseudoTerminal) -> SlaveFile:
    """open(2) of /dev/pts/N (EIO while it is locked or when the master is gone)."""
    if pty.locked:
        raise Errno(E.EIO)
    prepare_open(task, flags, pty.terminal)
    return SlaveFile(dentry, flags, pty)
