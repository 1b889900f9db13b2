"""What smaps says of memory: exact counts of pages, shared or not, found without visiting what was never touched."""

from __future__ import annotations

from emulator.memory import PAGE_SIZE, GuestMemory, PhysicalMemory, Protection

RW = Protection.READ | Protection.WRITE
BASE = 1 << 40


def test_pages_that_a_fork_shares_are_split_until_one_side_writes() -> None:
    memory = GuestMemory(PhysicalMemory(1 << 20))
    memory.map(BASE, 8 * PAGE_SIZE, RW)
    memory.copy_out(BASE, bytes(3 * PAGE_SIZE))
    alone = memory.usage(BASE, BASE + 8 * PAGE_SIZE)
    assert (alone.pages, alone.dirty, alone.shared, alone.split_bytes) == (3, 3, 0, 3 * PAGE_SIZE)
    child = memory.fork()
    child.copy_out(BASE, b"x")
    for space in (memory, child):
        usage = space.usage(BASE, BASE + 8 * PAGE_SIZE)
        assert (usage.pages, usage.shared, usage.shared_dirty) == (3, 2, 2)
        assert usage.split_bytes == usage.split_dirty_bytes == 2 * PAGE_SIZE


def test_a_page_of_zeros_is_clean() -> None:
    memory = GuestMemory(PhysicalMemory(1 << 20))
    memory.map(BASE, 4 * PAGE_SIZE, RW)
    memory.copy_in(BASE, 1)
    assert memory.usage(BASE, BASE + 4 * PAGE_SIZE)[:3] == (1, 0, 0)


def test_a_large_area_is_counted_by_what_was_touched() -> None:
    memory = GuestMemory(PhysicalMemory(1 << 20))
    size = 1 << 46
    memory.map(0, size, RW)
    for place in (0, 1 << 33, size - PAGE_SIZE):
        memory.copy_out(place, b"x")
    assert memory.usage(0, size).pages == 3
    assert memory.take_written(0, 1 << 40) == []
