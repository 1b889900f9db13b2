"""Pages of files that are mapped: what is loaded, and what must not be any more."""

from __future__ import annotations

from emulator.memory import PhysicalMemory
from guest.mm.page_cache import PageCache

PAGE = 4096


def make(size: int) -> tuple[PageCache, list[tuple[int, int]]]:
    """A cache of a file of ones, and what it has loaded."""
    loaded: list[tuple[int, int]] = []

    def load(length: int, offset: int) -> bytes:
        loaded.append((offset, length))
        return b"\1" * length

    return PageCache(PhysicalMemory(1 << 20), size, load), loaded


def test_a_hole_takes_no_memory_however_large() -> None:
    cache, loaded = make(1 << 40)
    cache.punch(0, 1 << 40)
    assert (cache.stored_bytes, loaded) == (0, [])
    assert cache.read(1 << 39, 10) == bytes(10)
    assert not cache.has(5)


def test_pages_at_the_ends_of_a_hole_keep_their_rest() -> None:
    cache, _ = make(5 * PAGE)
    cache.punch(100, 3 * PAGE)
    expected = b"\1" * 100 + bytes(3 * PAGE) + b"\1" * (2 * PAGE - 100)
    assert cache.read(0, 5 * PAGE) == expected
    assert [cache.has(page) for page in range(5)] == [True, False, False, True, True]
    cache.write(2 * PAGE + 5, b"new")
    assert cache.read(2 * PAGE, 10) == bytes(5) + b"new" + bytes(2)


def test_a_hole_inside_one_page_and_one_up_to_the_end() -> None:
    cache, _ = make(2 * PAGE + 50)
    cache.punch(10, 20)
    cache.punch(PAGE + 8, PAGE + 42)
    assert cache.read(0, 3 * PAGE) == b"\1" * 10 + bytes(20) + b"\1" * (PAGE - 22) + bytes(PAGE + 42)
    cache.truncate(4 * PAGE)
    assert cache.read(2 * PAGE, 2 * PAGE) == bytes(2 * PAGE)
    assert list(cache.frames(2, 1)) != [-1]
    assert cache.read(2 * PAGE, PAGE) == bytes(PAGE)
