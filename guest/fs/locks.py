"""Locks on files: record locks of processes (POSIX) and of open files (OFD), and whole-file locks (flock)."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace

from guest.abi.errno import E, Errno
from guest.fs.file import File
from guest.fs.inode import Inode
from guest.wait import Blocking, Wait, WaitQueue

F_RDLCK, F_WRLCK, F_UNLCK = 0, 1, 2
LOCK_SH, LOCK_EX, LOCK_NB, LOCK_UN = 1, 2, 4, 8
OFFSET_MAX = (1 << 63) - 1


@dataclass(frozen=True)
class RecordLock:
    """Bytes `start` to `end` (inclusive). `owner` is a process's descriptor table or, for OFD locks, an open file."""

    owner: object
    exclusive: bool
    start: int
    end: int
    pid: int
    """As F_GETLK tells it: -1 for an open file's."""

    def conflicts(self, other: RecordLock) -> bool:
        return (
            self.owner is not other.owner
            and (self.exclusive or other.exclusive)
            and self.start <= other.end
            and other.start <= self.end
        )


class _FileLocks:
    """All locks on one file."""

    def __init__(self) -> None:
        self.records: list[RecordLock] = []
        self.whole: dict[File, bool] = {}
        """flock: open file to whether it is exclusive."""
        self.queue = WaitQueue()

    @property
    def unused(self) -> bool:
        return not self.records and not self.whole and not len(self.queue)


class LockRegistry:
    """The locks of a machine, by file."""

    def __init__(self) -> None:
        self._files: dict[Hashable, _FileLocks] = {}
        self._waiting: dict[object, object] = {}
        """Owner of a record lock that waits to the owner it waits for."""

    # -- record locks ------------------------------------------------------------------------------------------

    def find_conflict(self, inode: Inode, wanted: RecordLock) -> RecordLock | None:
        """The first lock that keeps `wanted` from being set."""
        locks = self._files.get(inode.key)
        if locks is None:
            return None
        return next((lock for lock in locks.records if lock.conflicts(wanted)), None)

    def unlock(self, inode: Inode, owner: object, start: int, end: int) -> None:
        """Take away what `owner` has in a range."""
        locks = self._files.get(inode.key)
        if locks is not None:
            self._cut(locks, owner, start, end)
            self._changed(inode.key, locks)

    def set(self, inode: Inode, wanted: RecordLock, *, wait: bool) -> Blocking[None] | None:
        """Set a record lock in place of what its owner had there (EAGAIN, EDEADLK); a generator if it must wait."""
        if self._try(inode, wanted):
            return None
        if not wait:
            raise Errno(E.EAGAIN)
        return self._wait_for(inode, wanted)

    def _wait_for(self, inode: Inode, wanted: RecordLock) -> Blocking[None]:
        try:
            while (blocker := self.find_conflict(inode, wanted)) is not None:
                if isinstance(wanted.owner, File):
                    pass  # Linux looks for deadlocks of processes only.
                elif self._leads_to(blocker.owner, wanted.owner):
                    raise Errno(E.EDEADLK)
                self._waiting[wanted.owner] = blocker.owner
                yield Wait(queues=(self._of(inode).queue,))
            self._try(inode, wanted)
        finally:
            self._waiting.pop(wanted.owner, None)

    def _leads_to(self, owner: object, target: object) -> bool:
        seen: set[int] = set()
        current: object | None = owner
        while current is not None and id(current) not in seen:
            if current is target:
                return True
            seen.add(id(current))
            current = self._waiting.get(current)
        return False

    def _try(self, inode: Inode, wanted: RecordLock) -> bool:
        if self.find_conflict(inode, wanted) is not None:
            return False
        locks = self._of(inode)
        start, end = wanted.start, wanted.end
        before = self._covered(locks, wanted)
        self._cut(locks, wanted.owner, start, end)
        # Neighbours of the same kind become one lock.
        for lock in [lock for lock in locks.records if lock.owner is wanted.owner]:
            if lock.exclusive == wanted.exclusive and lock.start <= end + 1 and start <= lock.end + 1:
                start, end = min(start, lock.start), max(end, lock.end)
                locks.records.remove(lock)
        locks.records.append(replace(wanted, start=start, end=end))
        locks.records.sort(key=lambda lock: lock.start)
        if before and not wanted.exclusive:
            # An exclusive lock became a shared one: readers may go on.
            locks.queue.wake()
        return True

    @staticmethod
    def _covered(locks: _FileLocks, wanted: RecordLock) -> bool:
        return any(
            lock.owner is wanted.owner and lock.exclusive and lock.start <= wanted.end and wanted.start <= lock.end
            for lock in locks.records
        )

    @staticmethod
    def _cut(locks: _FileLocks, owner: object, start: int, end: int) -> None:
        kept: list[RecordLock] = []
        for lock in locks.records:
            if lock.owner is not owner or lock.end < start or lock.start > end:
                kept.append(lock)
                continue
            if lock.start < start:
                kept.append(replace(lock, end=start - 1))
            if lock.end > end:
                kept.append(replace(lock, start=end + 1))
        locks.records = sorted(kept, key=lambda lock: lock.start)

    def release_owner(self, owner: object, inode: Inode) -> None:
        """A process closed a descriptor of the file."""
        if self._files:
            self.unlock(inode, owner, 0, OFFSET_MAX)

    # -- flock -------------------------------------------------------------------------------------------------

    def flock(self, file: File, operation: int) -> Blocking[None] | None:
        """LOCK_SH, LOCK_EX or LOCK_UN, with or without LOCK_NB (EWOULDBLOCK); a generator if it must wait."""
        locks = self._of(file.dentry.inode)
        exclusive = bool(operation & LOCK_EX)
        held = locks.whole.get(file)
        if held is not None and (operation & LOCK_UN or held != exclusive):
            # A change of kind gives up the old lock first.
            del locks.whole[file]
            self._changed(file.dentry.inode.key, locks)
        if operation & LOCK_UN or held == exclusive:
            return None
        if self._try_flock(file, exclusive):
            return None
        if operation & LOCK_NB:
            raise Errno(E.EAGAIN)
        return self._wait_for_flock(file, exclusive)

    def _wait_for_flock(self, file: File, exclusive: bool) -> Blocking[None]:
        file.get()
        try:
            while not self._try_flock(file, exclusive):
                yield Wait(queues=(self._of(file.dentry.inode).queue,))
        finally:
            file.put()

    def _try_flock(self, file: File, exclusive: bool) -> bool:
        locks = self._of(file.dentry.inode)
        if any(other is not file and (exclusive or held) for other, held in locks.whole.items()):
            return False
        locks.whole[file] = exclusive
        return True

    def release_file(self, file: File) -> None:
        """The last descriptor of an open file is gone, and with it its locks."""
        if not self._files:
            return
        key = file.dentry.inode.key
        locks = self._files.get(key)
        if locks is not None:
            locks.whole.pop(file, None)
            self._cut(locks, file, 0, OFFSET_MAX)
            self._changed(key, locks)

    # ----------------------------------------------------------------------------------------------------------

    def all(self) -> list[tuple[Inode | Hashable, RecordLock]]:
        """Every record lock, for /proc/locks."""
        return [(key, lock) for key, locks in self._files.items() for lock in locks.records]

    def _of(self, inode: Inode) -> _FileLocks:
        return self._files.setdefault(inode.key, _FileLocks())

    def _changed(self, key: Hashable, locks: _FileLocks) -> None:
        locks.queue.wake()
        if locks.unused:
            self._files.pop(key, None)
