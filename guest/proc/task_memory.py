"""A task's memory as files: cmdline, environ, auxv and mem."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.memory import Protection
from guest.abi.constants import Whence
from guest.abi.errno import E, Errno
from guest.fs.file import File
from guest.kernfs import Attribute
from guest.mm.user_copy import accessible_bytes, peek_user

if TYPE_CHECKING:
    from guest.fs.dentry import Dentry
    from guest.kernfs import GeneratedFilesystem, Owner
    from guest.task import Task


def _strings(task: Task, start: int, end: int) -> bytes:
    """What lies in the range now: programs overwrite their arguments to change their title."""
    size = accessible_bytes(task.mm, start, end - start, Protection.READ) if end > start else 0
    return peek_user(task.mm, start, size)


def cmdline(task: Task) -> bytes:
    """/proc/PID/cmdline: arguments, each ended by NUL."""
    if task.exited:
        return b""
    text = _strings(task, *task.mm.arguments)
    if text and not text.endswith(b"\0"):
        # A title that runs over into the environment (`fs/proc/base.c`, get_mm_proctitle): up to its own end.
        return (text + _strings(task, *task.mm.environment)).split(b"\0", 1)[0] + b"\0"
    return text


def environ(task: Task) -> bytes:
    """/proc/PID/environ: the environment that the program was started with."""
    return b"" if task.exited else _strings(task, *task.mm.environment)


def auxv(task: Task) -> bytes:
    """/proc/PID/auxv."""
    return b"" if task.exited else task.mm.auxiliary_vector


class MemoryInode(Attribute):
    """/proc/PID/mem."""

    def __init__(self, filesystem: GeneratedFilesystem, task: Task, number: int, owner: Owner) -> None:
        super().__init__(filesystem, None, permissions=0o600, number=number, owner=owner, subject=task)
        self._task = task

    def open(self, dentry: Dentry, flags: int) -> File:
        return MemoryFile(dentry, flags, self._task)


class MemoryFile(File):
    """The offset is an address. Protections do not bind the reader, holes do."""

    seekable = True

    def __init__(self, dentry: Dentry, flags: int, task: Task) -> None:
        super().__init__(dentry, flags)
        self._mm = task.mm

    def seek(self, offset: int, whence: int) -> int:
        if whence not in (Whence.SEEK_SET, Whence.SEEK_CUR):
            raise Errno(E.EINVAL)
        self.offset = (offset + (self.offset if whence == Whence.SEEK_CUR else 0)) & (1 << 64) - 1
        # A signed result, as every call's; of the upper half of all addresses it looks like an error (also on Linux).
        return self.offset - (self.offset >> 63 << 64)

    def read(self, size: int) -> bytes:
        data = self.pread(size, self.offset)
        self.offset += len(data)
        return data

    def pread(self, size: int, offset: int) -> bytes:
        end = position = offset
        while position < offset + size:
            area = self._mm.vmas.find(position)
            if area is None or not area.protection:
                break
            end = position = min(area.end, offset + size)
        data = peek_user(self._mm, offset, end - offset)
        if size and not data:
            raise Errno(E.EIO)
        return data

    def write(self, data: bytes | memoryview) -> int:
        # Debuggers write breakpoints this way; there is none that could attach.
        raise Errno(E.EACCES)

    def pwrite(self, data: bytes | memoryview, offset: int) -> int:
        raise Errno(E.EACCES)
