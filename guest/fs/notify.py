"""Who is told of what happens to files (Linux: fsnotify). Listeners: `inotify.py` and `dnotify.py`."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Protocol

from guest.abi.inotify import InotifyMask as Event

if TYPE_CHECKING:
    from guest.fs.dentry import Dentry
    from guest.fs.file import File
    from guest.fs.inode import Inode

RENAMED = 0x10000000
"""A name in the directory became another (FS_RENAME); no event of inotify."""
_SELF = Event.IN_DELETE_SELF | Event.IN_MOVE_SELF


class Listener(Protocol):
    """A watch on one object."""

    def notify(self, mask: int, name: bytes, cookie: int) -> None:
        """Something of `mask` happened to the object, or to `name` in it."""

    def end(self) -> None:
        """The object is gone."""


class Notifier:
    """The watches of a machine, by object. Without any, an event costs one test."""

    def __init__(self) -> None:
        self._watches: dict[Hashable, list[Listener]] = {}
        self._cookie = 0

    def add(self, inode: Inode, listener: Listener) -> None:
        """Tell `listener` of events on an object."""
        self._watches.setdefault(inode.key, []).append(listener)

    def remove(self, inode: Inode, listener: Listener) -> None:
        """Tell it no more."""
        listeners = self._watches.get(inode.key, [])
        if listener in listeners:
            listeners.remove(listener)
        if not listeners:
            self._watches.pop(inode.key, None)

    # -- what happened -----------------------------------------------------------------------------------------

    def event(self, dentry: Dentry, mask: int) -> None:
        """To an object and, with its name, to the directory it is in."""
        if self._watches:
            if dentry.inode.is_directory:
                mask |= Event.IN_ISDIR
            if dentry.parent is not dentry:
                self._send(dentry.parent.inode, mask, dentry.name)
            self._send(dentry.inode, mask)

    def closed(self, file: File) -> None:
        """The last descriptor of an open file is gone."""
        if self._watches and (file.readable or file.writable):
            self.event(file.dentry, Event.IN_CLOSE_WRITE if file.writable else Event.IN_CLOSE_NOWRITE)

    def created(self, directory: Inode, name: bytes, *, is_directory: bool) -> None:
        """A name was added."""
        self._send(directory, Event.IN_CREATE | (Event.IN_ISDIR if is_directory else 0), name)

    def linked(self, directory: Inode, name: bytes, inode: Inode) -> None:
        """An object got a further name."""
        self._send(inode, Event.IN_ATTRIB)
        self._send(directory, Event.IN_CREATE, name)

    def removed(self, directory: Inode, name: bytes, inode: Inode) -> None:
        """A name was removed."""
        if not self._watches:
            return
        if not inode.is_directory:
            self._send(inode, Event.IN_ATTRIB)
        # The object goes before its name does, as in d_delete_notify.
        self._gone(inode)
        self._send(directory, Event.IN_DELETE | (Event.IN_ISDIR if inode.is_directory else 0), name)

    def moved(self, directory: Inode, name: bytes, target: Inode, new_name: bytes, inode: Inode) -> None:
        """A name became another."""
        if self._watches:
            self._cookie += 1
            kind = Event.IN_ISDIR if inode.is_directory else 0
            self._send(directory, Event.IN_MOVED_FROM | kind, name, self._cookie)
            self._send(directory, RENAMED | kind, name)
            self._send(target, Event.IN_MOVED_TO | kind, new_name, self._cookie)
            self._send(inode, Event.IN_MOVE_SELF | kind)

    def replaced(self, inode: Inode) -> None:
        """An object lost its name to another that was moved there."""
        if self._watches:
            if not inode.is_directory:
                self._send(inode, Event.IN_ATTRIB)
            self._gone(inode)

    def deleted(self, inode: Inode) -> None:
        """The object itself is no more."""
        if self._watches:
            self._send(inode, Event.IN_DELETE_SELF)
            self._end(inode)

    def unmounted(self, inode: Inode) -> None:
        """The file system of the object was unmounted."""
        if self._watches:
            self._send(inode, Event.IN_UNMOUNT)
            self._end(inode)

    def _gone(self, inode: Inode) -> None:
        if inode.key in self._watches:
            links = 0 if inode.is_directory else inode.stat().st_nlink
            if links == 0 and not getattr(inode, "opens", 0):
                self.deleted(inode)

    def _end(self, inode: Inode) -> None:
        for listener in self._watches.pop(inode.key, []):
            listener.end()

    def _send(self, inode: Inode, mask: int, name: bytes = b"", cookie: int = 0) -> None:
        listeners = self._watches.get(inode.key)
        if listeners:
            if not name and mask & _SELF:
                # As they always were.
                mask &= ~Event.IN_ISDIR
            for listener in tuple(listeners):
                listener.notify(mask, name, cookie)
