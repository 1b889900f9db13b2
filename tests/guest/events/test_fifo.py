"""Opening FIFOs."""

from __future__ import annotations

import stat
from types import GeneratorType

import pytest

from guest.abi.errno import E, Errno
from guest.abi.flags import OpenFlag, PollEvent
from guest.events.fifo import open_fifo
from guest.events.pipe import PipeFile
from guest.fs.anonymous import AnonymousInode
from guest.fs.dentry import Dentry, Mount
from guest.wait import Wait, Waiter, Wakeup

READ, WRITE, BOTH = 0, int(OpenFlag.O_WRONLY), int(OpenFlag.O_RDWR)
NONBLOCK = int(OpenFlag.O_NONBLOCK)
DENTRY = Dentry(None, b"fifo", AnonymousInode(1, stat.S_IFIFO), Mount(b"", b"", b"", read_only=False))


class Opening:
    """An open that waits."""

    def __init__(self, inode: AnonymousInode, flags: int) -> None:
        call = open_fifo(inode, DENTRY, flags)
        assert isinstance(call, GeneratorType)
        self.call = call
        wait = next(call)
        assert isinstance(wait, Wait)
        self.woken = False
        self._waiter = Waiter(wait, self._wake)

    def _wake(self) -> None:
        self.woken = True

    def finish(self) -> PipeFile:
        assert self.woken
        with pytest.raises(StopIteration) as stop:
            self.call.send(Wakeup.WOKEN)
        file = stop.value.value
        assert isinstance(file, PipeFile)
        file.get()
        return file


@pytest.fixture
def inode() -> AnonymousInode:
    return AnonymousInode(1, stat.S_IFIFO | 0o600)


def opened(inode: AnonymousInode, flags: int) -> PipeFile:
    file = open_fifo(inode, DENTRY, flags)
    assert isinstance(file, PipeFile)
    file.get()
    return file


def test_the_sides_wait_for_each_other(inode: AnonymousInode) -> None:
    for first, second in ((READ, WRITE), (WRITE, READ)):
        waiting = Opening(inode, first)
        other = opened(inode, second)
        ends = {first: waiting.finish(), second: other}
        assert ends[WRITE].write(b"x") == 1
        assert ends[READ].read(5) == b"x"
        for end in ends.values():
            end.put()


def test_an_open_that_is_interrupted_leaves_nothing(inode: AnonymousInode) -> None:
    opening = Opening(inode, READ)
    with pytest.raises(Errno):
        opening.call.throw(Errno(E.EINTR))
    with pytest.raises(Errno, match="ENXIO"):
        open_fifo(inode, DENTRY, WRITE | NONBLOCK)


def test_a_side_that_came_and_went_counts(inode: AnonymousInode) -> None:
    waiting = Opening(inode, READ)
    writer = opened(inode, WRITE)
    writer.write(b"gone")
    writer.put()
    reader = waiting.finish()
    assert reader.read(10) == b"gone"
    assert reader.read(10) == b""


def test_a_nonblocking_reader_sees_no_hang_up_before_the_first_writer(inode: AnonymousInode) -> None:
    reader = opened(inode, READ | NONBLOCK)
    assert reader.poll() == 0
    assert reader.read(1) == b""
    writer = opened(inode, WRITE)
    writer.put()
    assert reader.poll() == PollEvent.POLLHUP


def test_both_sides_in_one_never_wait_nor_end(inode: AnonymousInode) -> None:
    file = opened(inode, BOTH)
    with pytest.raises(Errno, match="EAGAIN"):
        file.read(1)
    woken: list[int] = []
    file.readiness.observe(lambda: woken.append(1))
    file.write(b"x")
    assert woken == [1]
    assert file.read(1) == b"x"
