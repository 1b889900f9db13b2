"""Pages of files in frames of the machine's memory, shared by all mappings of a file (Linux: address_space).

A file in memory has no other content than its cache once it was mapped. A file of the host is read into its cache when
it is mapped; what a program writes to a shared mapping of it goes back at msync, munmap and exit.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Iterator
from typing import TYPE_CHECKING
from weakref import WeakSet

import numpy as np

from emulator.memory import PAGE_SIZE, PhysicalMemory
from emulator.physical_memory import FrameNumbers

if TYPE_CHECKING:
    from guest.mm.address_space import AddressSpace

Load = Callable[[int, int], bytes]
"""Content of a file: (size, offset) to at most `size` bytes."""
_LOAD_PAGES = 256
"""Pages that are read from a file at once."""


class PageCache:
    """The pages of one file. Pages that are neither loaded nor written are zeros, or what `load` gives."""

    def __init__(self, physical: PhysicalMemory, size: int, load: Load | None = None) -> None:
        self._physical = physical
        self._load = load
        self._load_end = size if load is not None else 0
        self._frames: dict[int, int] = {}
        self._holes: list[range] = []
        """Pages that `load` must not be asked for any more."""
        self.size = size
        self.mappers: WeakSet[AddressSpace] = WeakSet()

    def __del__(self) -> None:
        if not sys.is_finalizing():
            self.drop()

    @property
    def stored_bytes(self) -> int:
        """Memory that the cache takes."""
        return len(self._frames) * PAGE_SIZE

    @property
    def is_mapped(self) -> bool:
        """Whether an address space may refer to its frames."""
        return not self._physical.is_closed and any(
            self._physical.references(frame) > 1 for frame in self._frames.values()
        )

    def has_writable_mapping(self) -> bool:
        """Whether an area through which a program may write, now or after mprotect, refers to it."""
        return any(area.cache is self and area.shared and area.may_write for mm in self.mappers for area in mm.vmas)

    def drop(self) -> None:
        """Give all frames back; mappings keep theirs."""
        frames, self._frames = self._frames, {}
        if frames and not self._physical.is_closed:
            self._physical.drop_frames(np.fromiter(frames.values(), np.int32, len(frames)))

    def frames(self, first: int, count: int) -> FrameNumbers:
        """The frames of `count` pages from page `first` on, loaded; -1 for pages beyond the end. Raises OutOfMemory."""
        found = np.full(count, -1, np.int32)
        known = self._frames
        end = min(first + count, -(-self.size // PAGE_SIZE))
        page = first
        while page < end:
            frame = known.get(page)
            if frame is None:
                self._fill(page, min(end - page, _LOAD_PAGES))
                frame = known[page]
            found[page - first] = frame
            page += 1
        return found

    def _fill(self, first: int, count: int) -> None:
        """Load pages from `first` on, up to the next one that is there."""
        data = b""
        if self._load is not None and first * PAGE_SIZE < self._load_end:
            data = self._load(min(count * PAGE_SIZE, self._load_end - first * PAGE_SIZE), first * PAGE_SIZE)
        for page in range(first, first + count):
            if page in self._frames:
                break
            frame = self._physical.take_frame()
            piece = data[(page - first) * PAGE_SIZE : (page - first + 1) * PAGE_SIZE]
            if piece and self._would_load(page):
                self._physical.page(frame)[: len(piece)] = piece
            self._frames[page] = frame

    # -- as the content of a file in memory ---------------------------------------------------------------------

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes at `offset`; fewer at the end."""
        size = min(size, self.size - offset)
        if size <= 0:
            return b""
        page, start = divmod(offset, PAGE_SIZE)
        if start + size <= PAGE_SIZE and (frame := self._frames.get(page)) is not None:
            # Most of what is read lies in one page that is there.
            return bytes(self._physical.page(frame)[start : start + size])
        return b"".join(bytes(piece) for piece in self._pieces(offset, size, write=False))

    def write(self, offset: int, data: bytes | memoryview) -> int:
        """Store `data`, which makes the file longer if need be. Raises OutOfMemory before anything is stored."""
        size = len(data)
        self.size = max(self.size, offset + size)
        page, start = divmod(offset, PAGE_SIZE)
        if start + size <= PAGE_SIZE and (frame := self._frames.get(page)) is not None:
            self._physical.page(frame)[start : start + size] = data
            return size
        done = 0
        for piece in self._pieces(offset, len(data), write=True):
            piece[:] = data[done : done + len(piece)]
            done += len(piece)
        return done

    def truncate(self, size: int) -> None:
        """Cut, or grow by zeros. Mappings lose the pages beyond the end."""
        if size < self.size:
            self.punch(size, self.size - size, whole_file=True)
            self._load_end = min(self._load_end, size)
            old, self.size = self.size, size
            for mm in list(self.mappers):
                mm.file_shrunk(self, size, old)
        self.size = size

    def punch(self, offset: int, size: int, *, whole_file: bool = False) -> None:
        """Make a range read as zeros; pages that mappings refer to are cleared, not given back."""
        end = min(offset + size, self.size)
        first, last = offset // PAGE_SIZE, -(-end // PAGE_SIZE)
        if self._load_end > offset and not whole_file:
            # What `load` would give here must not come back.
            self._never_load(offset, min(end, self._load_end))
        # Of a sparse file there are fewer pages than numbers.
        everything = range(first, last)
        pages = everything if len(everything) < len(self._frames) else [p for p in self._frames if p in everything]
        for page in sorted(pages):
            frame = self._frames.get(page)
            if frame is None:
                continue
            start, stop = max(offset - page * PAGE_SIZE, 0), min(end - page * PAGE_SIZE, PAGE_SIZE)
            if whole_file and start == 0:
                self._physical.drop_frames(np.array([self._frames.pop(page)], np.int32))
            else:
                self._physical.page(frame)[start : PAGE_SIZE if whole_file else stop] = bytes(
                    (PAGE_SIZE if whole_file else stop) - start
                )

    def _never_load(self, offset: int, end: int) -> None:
        """What was not loaded of a range is a hole from now on; pages that are only touched by it are loaded now."""
        inside = end < self._load_end
        first, last = -(-offset // PAGE_SIZE), end // PAGE_SIZE if inside else -(-end // PAGE_SIZE)
        if offset % PAGE_SIZE:
            self.frames(offset // PAGE_SIZE, 1)
        if inside and end % PAGE_SIZE:
            self.frames(end // PAGE_SIZE, 1)
        if first < last:
            self._holes.append(range(first, last))

    def _would_load(self, page: int) -> bool:
        return page * PAGE_SIZE < self._load_end and not any(page in hole for hole in self._holes)

    def has(self, page: int) -> bool:
        """Whether a page is there or would be loaded: it is not a hole."""
        return page in self._frames or self._would_load(page)

    def _pieces(self, offset: int, size: int, *, write: bool) -> Iterator[memoryview]:
        first, last = offset // PAGE_SIZE, (offset + size - 1) // PAGE_SIZE
        position, end = offset, offset + size
        zeros = memoryview(bytes(PAGE_SIZE))
        for page in range(first, last + 1) if size else ():
            start = position - page * PAGE_SIZE
            stop = min(end - page * PAGE_SIZE, PAGE_SIZE)
            if page not in self._frames:
                if not write and not self._would_load(page):
                    yield zeros[start:stop]
                    position = (page + 1) * PAGE_SIZE
                    continue
                self._fill(page, 1)
            yield self._physical.page(self._frames[page])[start:stop]
            position = (page + 1) * PAGE_SIZE


class PageCaches:
    """The caches of host files, by identity and version of the file. One per machine."""

    def __init__(self, physical: PhysicalMemory) -> None:
        self.physical = physical
        self._caches: dict[Hashable, PageCache] = {}

    def of(self, key: Hashable, size: int, load: Load) -> PageCache:
        """The cache of the file with this key, made if there is none."""
        cache = self._caches.get(key)
        if cache is None:
            cache = self._caches[key] = PageCache(self.physical, size, load)
        return cache

    def new(self, size: int = 0) -> PageCache:
        """A cache of its own: anonymous shared memory, a file in memory."""
        return PageCache(self.physical, size)

    @property
    def stored_bytes(self) -> int:
        """Memory that the caches of host files take."""
        return sum(cache.stored_bytes for cache in self._caches.values())

    def evict(self) -> bool:
        """Memory is short: drop what no program has mapped; whether that gave any."""
        unused = [key for key, cache in self._caches.items() if not cache.is_mapped]
        gained = any(self._caches[key].stored_bytes for key in unused)
        for key in unused:
            self._caches.pop(key).drop()
        return gained
