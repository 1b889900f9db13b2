"""epoll: a set of watched files and the list of those that may be ready.

A watched file's wake puts its item on the ready list; waiting looks only at that list, so a call costs what is ready,
not what is watched. Whether an item really is ready is asked of the file when the list is read.
"""

from __future__ import annotations

import struct
from collections import OrderedDict

from guest.abi.errno import E, Errno
from guest.abi.events import EP_MAX_NESTS, EpollEventFlag
from guest.abi.flags import OpenFlag
from guest.events.anon_inode import AnonymousEventFile
from guest.events.pipe import READABLE
from guest.fs.file import File
from guest.wait import WaitQueue

ALWAYS = int(EpollEventFlag.EPOLLERR | EpollEventFlag.EPOLLHUP)
ONESHOT = int(EpollEventFlag.EPOLLONESHOT)
EDGE = int(EpollEventFlag.EPOLLET)
EXCLUSIVE = int(EpollEventFlag.EPOLLEXCLUSIVE)
_PRIVATE = int(
    EpollEventFlag.EPOLLONESHOT | EpollEventFlag.EPOLLET | EpollEventFlag.EPOLLEXCLUSIVE | EpollEventFlag.EPOLLWAKEUP
)
"""Bits that say how to watch, not for what; all that a fired one-shot item has left."""
_EVENT = struct.Struct("<I4xQ")


class EpollItem:
    """One file under one descriptor number, watched by one epoll."""

    __slots__ = ("data", "epoll", "events", "fd", "file")

    def __init__(self, epoll: EpollFile, file: File, fd: int, events: int, data: int) -> None:
        self.epoll = epoll
        self.file = file
        self.fd = fd
        self.events = events
        self.data = data

    def ready_events(self) -> int:
        """What is asked for and true now."""
        return self.file.poll() & self.events & ~_PRIVATE

    def notice(self, mask: int) -> bool:
        """The file woke its queue; whether somebody who waits was woken by that (see `WaitQueue.watch`)."""
        wanted = self.events & ~_PRIVATE
        if not wanted & mask:
            return False
        return self.epoll.item_ready(self)

    def forget(self) -> None:
        """The file is being released: the epoll does not keep it open."""
        self.epoll.remove(self)


class EpollFile(AnonymousEventFile):
    """An epoll descriptor."""

    def __init__(self) -> None:
        super().__init__(b"[eventpoll]", OpenFlag.O_RDWR)
        self.items: dict[tuple[File, int], EpollItem] = {}
        self.ready: OrderedDict[EpollItem, None] = OrderedDict()
        self.waiters = WaitQueue()
        """Tasks in epoll_wait, of which an event wakes one; `readiness` is for those who poll this descriptor."""
        self.parents: dict[EpollItem, None] = {}
        """Items of other epolls that watch this one."""

    def poll(self) -> int:
        ready = self.ready
        while ready:
            item = next(iter(ready))
            if item.ready_events():
                return READABLE
            ready.popitem(last=False)
        return 0

    def release(self) -> None:
        for item in list(self.items.values()):
            self.remove(item)

    # -- the set -----------------------------------------------------------------------------------------------

    def add(self, file: File, fd: int, events: int, data: int) -> None:
        """EPOLL_CTL_ADD (EEXIST, ELOOP)."""
        if (file, fd) in self.items:
            raise Errno(E.EEXIST)
        if isinstance(file, EpollFile):
            self._check_nesting(file)
        item = EpollItem(self, file, fd, events | ALWAYS, data)
        self.items[file, fd] = item
        file.readiness.watch(item.notice, exclusive=bool(events & EXCLUSIVE))
        file.watchers.append(item.forget)
        if isinstance(file, EpollFile):
            file.parents[item] = None
        if item.ready_events():
            self.item_ready(item)

    def modify(self, file: File, fd: int, events: int, data: int) -> None:
        """EPOLL_CTL_MOD (ENOENT)."""
        item = self._find(file, fd)
        if (events | item.events) & EXCLUSIVE:
            raise Errno(E.EINVAL)
        item.events = events | ALWAYS
        item.data = data
        if item.ready_events():
            self.item_ready(item)

    def delete(self, file: File, fd: int) -> None:
        """EPOLL_CTL_DEL (ENOENT)."""
        self.remove(self._find(file, fd))

    def remove(self, item: EpollItem) -> None:
        """Stop watching."""
        item.file.readiness.unwatch(item.notice)
        item.file.watchers.remove(item.forget)
        if isinstance(item.file, EpollFile):
            del item.file.parents[item]
        del self.items[item.file, item.fd]
        self.ready.pop(item, None)

    def _find(self, file: File, fd: int) -> EpollItem:
        try:
            return self.items[file, fd]
        except KeyError:
            raise Errno(E.ENOENT) from None

    # -- the ready list ----------------------------------------------------------------------------------------

    def item_ready(self, item: EpollItem) -> bool:
        """Put an item on the ready list and wake one waiter; whether there was one."""
        self.ready[item] = None
        woken = self.waiters.wake(1)
        self.readiness.wake(mask=READABLE)
        return bool(woken)

    def collect(self, maximum: int) -> list[tuple[EpollItem, int]]:
        """Up to `maximum` ready items with their events, taken off the list. `report` or `put_back` must follow."""
        found: list[tuple[EpollItem, int]] = []
        ready = self.ready
        while ready and len(found) < maximum:
            item, _ = ready.popitem(last=False)
            events = item.ready_events()
            if events:
                found.append((item, events))
        return found

    def report(self, found: list[tuple[EpollItem, int]]) -> bytes:
        """The events as the array that user space gets; items that stay ready go to the end of the list."""
        answers: list[bytes] = []
        for item, events in found:
            answers.append(_EVENT.pack(events, item.data))
            if item.events & ONESHOT:
                item.events &= _PRIVATE
            elif not item.events & EDGE:
                self.ready[item] = None
        if self.ready:
            self.waiters.wake(1)
        return b"".join(answers)

    def put_back(self, found: list[tuple[EpollItem, int]]) -> None:
        """The events could not be delivered: they are the first of the list again."""
        for item, _ in reversed(found):
            self.ready[item] = None
            self.ready.move_to_end(item, last=False)

    # -- nesting -----------------------------------------------------------------------------------------------

    def _check_nesting(self, child: EpollFile) -> None:
        """ELOOP if watching `child` would make a cycle or too deep a nest."""
        if child.reaches(self) or self._height() + 1 + child.depth() > EP_MAX_NESTS:
            raise Errno(E.ELOOP)

    def reaches(self, other: EpollFile) -> bool:
        """Whether `other` is this epoll or watched by it, directly or not."""
        return self is other or any(child.reaches(other) for child in self._children())

    def depth(self) -> int:
        """How many epolls watch each other below this one."""
        return max((1 + child.depth() for child in self._children()), default=0)

    def _height(self) -> int:
        return max((1 + item.epoll._height() for item in self.parents), default=0)

    def _children(self) -> list[EpollFile]:
        return [item.file for item in self.items.values() if isinstance(item.file, EpollFile)]
