"""F_NOTIFY: a signal when something in a directory changes (Linux: `fs/notify/dnotify/dnotify.c`)."""

from __future__ import annotations

from collections.abc import Callable

from guest.abi.errno import E, Errno
from guest.abi.inotify import InotifyMask
from guest.abi.sigio import DirectoryEvent
from guest.fs.directory import DirectoryFile
from guest.fs.fdtable import FileTable
from guest.fs.file import File
from guest.fs.notify import RENAMED, Notifier

_EVENTS = {
    DirectoryEvent.DN_ACCESS: InotifyMask.IN_ACCESS,
    DirectoryEvent.DN_MODIFY: InotifyMask.IN_MODIFY,
    DirectoryEvent.DN_CREATE: InotifyMask.IN_CREATE | InotifyMask.IN_MOVED_TO,
    DirectoryEvent.DN_DELETE: InotifyMask.IN_DELETE | InotifyMask.IN_MOVED_FROM,
    DirectoryEvent.DN_RENAME: RENAMED,
    DirectoryEvent.DN_ATTRIB: InotifyMask.IN_ATTRIB,
}

Tell = Callable[[int], None]
"""Sends the signal; gets the descriptor that it names."""


class _Watch:
    """What one process wants to know through one open directory."""

    def __init__(self, notifier: Notifier, file: DirectoryFile, table: FileTable) -> None:
        self._notifier = notifier
        self._file = file
        self._table = table
        self.mask = 0
        self.descriptor = -1
        self.tell: Tell = lambda descriptor: None
        self.repeats = False

    def notify(self, mask: int, name: bytes, cookie: int) -> None:
        if mask & self.mask:
            self.tell(self.descriptor)
            if not self.repeats:
                self.end()

    def end(self) -> None:
        self._notifier.remove(self._file.dentry.inode, self)
        self._file.watches.pop(self._table, None)


def watch(notifier: Notifier, file: File, table: FileTable, descriptor: int, wanted: int, tell: Tell) -> bool:
    """What F_NOTIFY does for a process with this table; no event ends the watch. Returns whether there is one now.

    A further call adds to the events. Raises ENOTDIR.
    """
    events = wanted & ~DirectoryEvent.DN_MULTISHOT
    if not events:
        if isinstance(file, DirectoryFile):
            file.closed_in(table)
        return False
    if not isinstance(file, DirectoryFile):
        raise Errno(E.ENOTDIR)
    found = file.watches.get(table)
    if not isinstance(found, _Watch):
        found = file.watches[table] = _Watch(notifier, file, table)
        notifier.add(file.dentry.inode, found)
    found.descriptor, found.tell = descriptor, tell
    found.mask |= sum(int(mask) for event, mask in _EVENTS.items() if events & event)
    found.repeats |= bool(wanted & DirectoryEvent.DN_MULTISHOT)
    return True
