"""Memory that a driver shares with programs by mmap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.memory import PAGE_SIZE
from guest.mm.page_cache import PageCache

if TYPE_CHECKING:
    from guest.mm.page_cache import PageCaches
    from guest.services import KernelServices


class DeviceMemory:
    """Pages of the machine's memory. Driver and programs see each other's writes at once; fork shares them.

    A `File.mmap` returns one of these; all mappings of the same object show the same pages.
    """

    def __init__(self, kernel: KernelServices, path: bytes, size: int) -> None:
        """`path` is what /proc/PID/maps shows. Raises OutOfMemory where the machine has no page left."""
        self.path = path
        self._pages = PageCache(kernel.caches.physical, size)

    @property
    def size(self) -> int:
        return self._pages.size

    def fill(self) -> None:
        """Take all pages from the machine's memory now, so that none lacks later. Raises OutOfMemory."""
        self._pages.frames(0, -(-self.size // PAGE_SIZE))

    def frame(self, page: int) -> int:
        """The frame of one of its pages, by number, for what gives it a meaning of its own. Raises OutOfMemory."""
        return int(self._pages.frames(page, 1)[0])

    def read(self, offset: int, size: int) -> bytes:
        """What lies there now; shorter at the end."""
        return self._pages.read(offset, size)

    def write(self, offset: int, data: bytes) -> None:
        """Store data inside the memory (ValueError beyond its end)."""
        if offset < 0 or offset + len(data) > self.size:
            raise ValueError(f"{offset:#x}..{offset + len(data):#x} is outside of {self.path.decode()}")
        self._pages.write(offset, data)

    # What a mapping asks for (guest.mm.vma.MappedFile).

    def pages(self, caches: PageCaches) -> PageCache:
        return self._pages

    def write_back(self, offset: int, data: bytes) -> None:
        """There is nothing behind the pages."""
