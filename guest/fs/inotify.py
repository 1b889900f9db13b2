"""The file that inotify_init gives: watches on files, and a queue of what happened to them."""

from __future__ import annotations

from collections import deque

from guest.abi.errno import E, Errno
from guest.abi.flags import PollEvent
from guest.abi.inotify import ALL_EVENTS, InotifyMask
from guest.fs.anonymous import AnonymousFile, AnonymousInode
from guest.fs.inode import Inode
from guest.fs.notify import Notifier

MAX_QUEUED_EVENTS = 16_384
_HEADER = 16
_ALWAYS = InotifyMask.IN_UNMOUNT | InotifyMask.IN_IGNORED | InotifyMask.IN_Q_OVERFLOW


class _Watch:
    """One watched object of one queue."""

    def __init__(self, queue: InotifyFile, number: int, inode: Inode, mask: int) -> None:
        self.queue = queue
        self.number = number
        self.inode = inode
        self.mask = mask

    def notify(self, mask: int, name: bytes, cookie: int) -> None:
        if mask & (self.mask | _ALWAYS) & ~int(InotifyMask.IN_ISDIR):
            self.queue.enqueue(self.number, mask, cookie, name)
            if self.mask & InotifyMask.IN_ONESHOT:
                self.queue.remove(self.number)

    def end(self) -> None:
        self.queue.ended(self)


class InotifyFile(AnonymousFile):
    """The queue."""

    def __init__(self, notifier: Notifier, number: int, flags: int) -> None:
        super().__init__(b"anon_inode:inotify", AnonymousInode(number, 0o600), flags)
        self._notifier = notifier
        self._watches: dict[int, _Watch] = {}
        self._next = 1
        self._events: deque[tuple[int, int, int, bytes]] = deque()

    def release(self) -> None:
        for watch in self._watches.values():
            self._notifier.remove(watch.inode, watch)
        self._watches.clear()

    def add(self, inode: Inode, mask: int) -> int:
        """Watch an object; its watch descriptor, the old one if it is watched already."""
        wanted = mask & (ALL_EVENTS | InotifyMask.IN_ONESHOT | InotifyMask.IN_EXCL_UNLINK)
        for watch in self._watches.values():
            if watch.inode.key == inode.key:
                if mask & InotifyMask.IN_MASK_CREATE:
                    raise Errno(E.EEXIST)
                watch.mask = watch.mask | wanted if mask & InotifyMask.IN_MASK_ADD else wanted
                return watch.number
        watch = self._watches[self._next] = _Watch(self, self._next, inode, wanted)
        self._next += 1
        self._notifier.add(inode, watch)
        return watch.number

    def remove(self, number: int) -> None:
        """Watch an object no more (EINVAL)."""
        watch = self._watches.get(number)
        if watch is None:
            raise Errno(E.EINVAL)
        self._notifier.remove(watch.inode, watch)
        self.ended(watch)

    def ended(self, watch: _Watch) -> None:
        """A watch is gone, by request or with its object."""
        if self._watches.pop(watch.number, None) is not None:
            self.enqueue(watch.number, InotifyMask.IN_IGNORED, 0, b"")

    def enqueue(self, number: int, mask: int, cookie: int, name: bytes) -> None:
        """Add an event. One equal to the last is left out, as nobody could tell."""
        event = (number, int(mask), cookie, name)
        if self._events and self._events[-1] == event:
            return
        if len(self._events) >= MAX_QUEUED_EVENTS:
            overflow = (-1, int(InotifyMask.IN_Q_OVERFLOW), 0, b"")
            if self._events[-1] == overflow:
                return
            event = overflow
        self._events.append(event)
        self.readiness.wake()

    def poll(self) -> int:
        return int(PollEvent.POLLIN | PollEvent.POLLRDNORM) if self._events else 0

    def read(self, size: int) -> bytes:
        if not self._events:
            raise Errno(E.EAGAIN)
        pieces: list[bytes] = []
        while self._events:
            piece = _encode(*self._events[0])
            if len(piece) > size:
                break
            size -= len(piece)
            pieces.append(piece)
            self._events.popleft()
        if not pieces:
            raise Errno(E.EINVAL)
        return b"".join(pieces)

    def available(self) -> int:
        """For FIONREAD."""
        return sum(len(_encode(*event)) for event in self._events)


def _encode(number: int, mask: int, cookie: int, name: bytes) -> bytes:
    """struct inotify_event with its name, which is padded to a multiple of the header's size."""
    length = -(-(len(name) + 1) // _HEADER) * _HEADER if name else 0
    head = number.to_bytes(4, "little", signed=True) + mask.to_bytes(4, "little") + cookie.to_bytes(4, "little")
    return head + length.to_bytes(4, "little") + name.ljust(length, b"\0")
