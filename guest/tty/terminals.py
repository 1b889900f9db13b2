"""All terminals of a machine: pseudo-terminals by number, the console, and the nodes that lead to them."""

from __future__ import annotations

import stat as _stat
from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.abi.structs import Stat, make_device
from guest.fs.devices import CharacterDevice
from guest.fs.inode import Entry, Inode
from guest.kernfs import Directory, GeneratedFilesystem, GeneratedInode
from guest.tty.file import TerminalFile, prepare_open
from guest.tty.pty import MasterFile, PseudoTerminal, open_slave
from guest.tty.terminal import TerminalName

if TYPE_CHECKING:
    from guest.fs.dentry import Dentry
    from guest.fs.file import File
    from guest.services import KernelServices
    from guest.task import Task
    from guest.tty.console import HostTerminal
    from guest.tty.terminal import Terminal

DEVPTS_MAGIC = 0x1CD1
_FIRST_SLAVE_MAJOR = 136
_MASTER_MAJOR, _MASTER_MINOR = 5, 2
_TTY_GROUP = 5
"""The group of pseudo-terminals (mount option gid=5 of devpts)."""
_LIMIT = 4096
"""kernel.pty.max"""


class Terminals:
    """One per machine."""

    def __init__(self, kernel: KernelServices) -> None:
        self._kernel = kernel
        self._pseudo: dict[int, PseudoTerminal] = {}
        self.console: Terminal | None = None
        """Stands for the host's terminal, if the standard streams are one."""
        self.host: HostTerminal | None = None
        self.devpts_root: Dentry | None = None
        """Where `devpts` is mounted."""
        self.devpts = PtsDirectory(self, kernel)
        devices = kernel.devices
        devices.add_node("ptmx", _MASTER_MAJOR, _MASTER_MINOR, self.open_master)
        devices.add_node("tty", 5, 0, self.open_own)
        devices.add_node("console", 5, 1, self.open_console, mode=0o600)

    def open_master(self, task: Task, dentry: Dentry, flags: int) -> File:
        """Make a pseudo-terminal with the lowest free number (ENOSPC)."""
        number = next((number for number in range(_LIMIT) if number not in self._pseudo), None)
        if number is None:
            raise Errno(E.ENOSPC)
        name = TerminalName(b"/dev/pts/%d" % number, make_device(_FIRST_SLAVE_MAJOR, number))
        owner = task.credentials.fsuid, _TTY_GROUP
        pty = self._pseudo[number] = PseudoTerminal(self._kernel, number, name, owner)
        return MasterFile(dentry, flags, pty, self)

    def open_own(self, task: Task, dentry: Dentry, flags: int) -> File:
        """/dev/tty: the controlling terminal (ENXIO without one)."""
        terminal: Terminal | None = task.process.controlling_terminal
        if terminal is None:
            raise Errno(E.ENXIO)
        return TerminalFile(dentry, flags, terminal)

    def open_console(self, task: Task, dentry: Dentry, flags: int) -> File:
        """/dev/console (ENXIO if the standard streams are no terminal)."""
        if self.console is None:
            raise Errno(E.ENXIO)
        prepare_open(task, flags, self.console)
        return TerminalFile(dentry, flags, self.console)

    def current(self) -> Task:
        """Whose system call is being served."""
        task = self._kernel.current
        assert task is not None, "terminals are opened by system calls only"
        return task

    def close(self) -> None:
        """The machine is off: the host's terminal becomes what it was."""
        if self.host is not None:
            self.host.close()

    def remove(self, pty: PseudoTerminal) -> None:
        """The master is closed: the number is free again. The slave's node is gone, open files of it hang up."""
        if self._pseudo.get(pty.number) is pty:
            del self._pseudo[pty.number]

    def pseudo_terminal(self, number: int) -> PseudoTerminal | None:
        """The pseudo-terminal with a number."""
        return self._pseudo.get(number)

    def pseudo_terminals(self) -> list[PseudoTerminal]:
        """All by number."""
        return [self._pseudo[number] for number in sorted(self._pseudo)]

    def slave_dentry(self, pty: PseudoTerminal) -> Dentry:
        """Where the slave is in the tree."""
        found = self.devpts_root.lookup(b"%d" % pty.number) if self.devpts_root is not None else None
        if found is None:
            raise Errno(E.EIO)
        return found


class PtsDirectory(Directory):
    """/dev/pts."""

    def __init__(self, terminals: Terminals, kernel: KernelServices) -> None:
        filesystem = GeneratedFilesystem(DEVPTS_MAGIC, make_device(0, 24), kernel.identity.epoch_ns)
        super().__init__(filesystem, permissions=0o755)
        self._terminals = terminals
        # As on Linux without the mount option ptmxmode: nobody but root gets in this way.
        self.children[b"ptmx"] = CharacterDevice(_MASTER_MAJOR, _MASTER_MINOR, self._open_master, mode=0)

    def _open_master(self, dentry: Dentry, flags: int) -> File:
        task = self._terminals.current()
        return self._terminals.open_master(task, dentry, flags)

    def lookup(self, name: bytes) -> Inode:
        if name == b"ptmx":
            return self.children[name]
        if name.isdigit() and (name == b"0" or not name.startswith(b"0")) and len(name) < 6:
            pty = self._terminals.pseudo_terminal(int(name))
            if pty is not None:
                return SlaveInode(self.filesystem, pty)
        raise Errno(E.ENOENT)

    def entries(self) -> list[Entry]:
        return super().entries() + [
            Entry(b"%d" % pty.number, SlaveInode(self.filesystem, pty).number, _stat.S_IFCHR)
            for pty in self._terminals.pseudo_terminals()
        ]


class SlaveInode(GeneratedInode):
    """/dev/pts/N."""

    def __init__(self, filesystem: GeneratedFilesystem, pty: PseudoTerminal) -> None:
        super().__init__(
            filesystem, _stat.S_IFCHR | pty.mode, number=pty.number + 3, owner=lambda: pty.owner, subject=pty
        )
        self._pty = pty
        self.device = pty.terminal.device

    def stat(self) -> Stat:
        result = super().stat()
        result.st_rdev = self.device
        return result

    def open(self, dentry: Dentry, flags: int) -> File:
        task = self._pty.terminal.kernel.current
        assert task is not None, "terminals are opened by system calls only"
        return open_slave(task, dentry, flags, self._pty)

    def truncate(self, size: int) -> None:
        raise Errno(E.EINVAL)

    def chmod(self, mode: int) -> None:
        self._pty.mode = mode & 0o7777

    def chown(self, uid: int, gid: int) -> None:
        old_uid, old_gid = self._pty.owner
        self._pty.owner = (old_uid if uid == -1 else uid, old_gid if gid == -1 else gid)
