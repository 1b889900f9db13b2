"""Shared memory segments (`ipc/shm.c`): pages of their own that programs map as they map files in memory.

How often a segment is attached is not counted but looked up: it is the number of areas that show its pages, which fork,
mremap, munmap and exit change without a word to us.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.memory import PAGE_SIZE
from guest.abi.ipc import SHM_DEST, SHM_LOCKED, ShmidDs
from guest.ipc.ids import Identifiers, IpcObject

if TYPE_CHECKING:
    from guest.credentials import Credentials
    from guest.mm.page_cache import PageCache, PageCaches


class Segment(IpcObject):
    """One segment."""

    def __init__(
        self, key: int, mode: int, creator: Credentials, pages: PageCache, size: int, pid: int, now_s: int
    ) -> None:
        super().__init__(key, mode, creator)
        self.pages = pages
        self.size = size
        """As asked for; the pages round it up."""
        self.creator_pid, self.last_pid = pid, 0
        self.attached_s = self.detached_s = 0
        self.changed_s = now_s
        self.locked = False
        self.doomed = False
        """IPC_RMID: it goes with the last detach."""

    @property
    def page_count(self) -> int:
        return -(-self.size // PAGE_SIZE)

    @property
    def attached(self) -> int:
        """How many areas show it."""
        pages = self.pages
        return sum(area.cache is pages for mm in pages.mappers for area in mm.vmas)

    @property
    def shown_mode(self) -> int:
        return self.mode | (SHM_DEST if self.doomed else 0) | (SHM_LOCKED if self.locked else 0)

    def status(self) -> ShmidDs:
        """For IPC_STAT."""
        return ShmidDs(
            self.perm(), self.size, self.attached_s, self.detached_s, self.changed_s, self.creator_pid, self.last_pid,
            self.attached,
        )  # fmt: skip


class Attachment:
    """What one shmat maps. Each has its own, so that neighbouring ones stay apart."""

    def __init__(self, segment: Segment) -> None:
        self.segment = segment

    @property
    def path(self) -> bytes:
        return b"/SYSV%08x (deleted)" % (self.segment.key & 0xFFFFFFFF)

    def pages(self, caches: PageCaches) -> PageCache:
        return self.segment.pages

    def write_back(self, offset: int, data: bytes) -> None:
        """The pages are all there is."""


class Segments(Identifiers[Segment]):
    """All segments."""

    @property
    def total_pages(self) -> int:
        """What counts against shmall."""
        return sum(segment.page_count for segment in self)

    def doom(self, segment: Segment) -> None:
        """IPC_RMID: no longer found by its key, and gone as soon as nobody has it attached."""
        segment.doomed = True
        self.forget_key(segment)
        segment.key = 0
        self.sweep()

    def sweep(self) -> None:
        """Drop what is doomed and no longer attached: detaching happens in munmap, exec and exit."""
        for segment in self:
            if segment.doomed and not segment.attached:
                self.remove(segment)
