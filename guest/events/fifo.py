"""Opening a FIFO (named pipe): each side waits for the other, unless told not to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.abi.flags import O_ACCMODE, OpenFlag
from guest.events.pipe import Pipe, PipeFile, PipeInode
from guest.wait import Blocking, Wait

if TYPE_CHECKING:
    from guest.fs.dentry import Dentry
    from guest.fs.inode import Inode


def _pipe_of(inode: Inode) -> Pipe:
    """The pipe of an inode of kind S_IFIFO, which keeps it as its attribute `fifo`; a new one if nobody has it open."""
    pipe = inode.fifo
    if pipe is None or not (pipe.readers or pipe.writers):
        pipe = inode.fifo = Pipe()
    return pipe


def open_fifo(inode: Inode, dentry: Dentry, flags: int) -> PipeFile | Blocking[PipeFile]:
    """The open file, or a generator that waits for the other side and then returns it (ENXIO)."""
    access = flags & O_ACCMODE
    if access == O_ACCMODE:
        raise Errno(E.EINVAL)
    pipe = _pipe_of(inode)
    nonblocking = bool(flags & OpenFlag.O_NONBLOCK)
    if access == OpenFlag.O_RDWR:
        file = PipeFile(dentry, flags)
        file.connect(pipe)
        _announce(pipe)
        return file
    if access == OpenFlag.O_WRONLY and nonblocking and not pipe.readers:
        raise Errno(E.ENXIO)
    others = pipe.writers if access == 0 else pipe.readers
    pipe.open(reads=access == 0, writes=access == OpenFlag.O_WRONLY)
    _announce(pipe)
    nameless = isinstance(inode, PipeInode)  # a pipe, through /proc/PID/fd: Linux does not wait there
    if others or nonblocking or nameless:
        return _connected(pipe, dentry, flags, writers_before=None if others else pipe.writer_opens)
    return _wait_for_other_side(pipe, dentry, flags)


def _wait_for_other_side(pipe: Pipe, dentry: Dentry, flags: int) -> Blocking[PipeFile]:
    reads = flags & O_ACCMODE == 0
    # An other side that came and went counts: what matters is the number of opens.
    before = pipe.writer_opens if reads else pipe.reader_opens
    opened = False
    try:
        while not opened:
            yield Wait((pipe.read_queue if reads else pipe.write_queue,))
            opened = (pipe.writer_opens if reads else pipe.reader_opens) != before
    finally:
        if not opened:
            pipe.close(reads=reads, writes=not reads)
    return _connected(pipe, dentry, flags)


def _connected(pipe: Pipe, dentry: Dentry, flags: int, writers_before: int | None = None) -> PipeFile:
    file = PipeFile(dentry, flags)
    file.connect(pipe, counted=True, writers_before=writers_before)
    return file


def _announce(pipe: Pipe) -> None:
    """Let those go on who wait for this side."""
    pipe.read_queue.wake()
    pipe.write_queue.wake()
