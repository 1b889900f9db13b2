"""Page tables of address spaces: against a model of pages in a dictionary, and what they share and give back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator import page_entry
from emulator.memory import (
    PAGE_SIZE,
    BadAddress,
    GuestMemory,
    OutOfMemory,
    PhysicalMemory,
    PhysicalMemoryError,
    Protection,
)

R = Protection.READ
RW = Protection.READ | Protection.WRITE
BASE = 0x7F_FFFF_F000
"""Near the end of a top-level entry, so that ranges cross one."""
PAGES = 12

page = st.integers(0, PAGES - 1)
count = st.integers(1, 6)
operation = st.one_of(
    st.tuples(st.just("map"), st.integers(0, 1), page, count, st.sampled_from([R, RW, Protection.NONE])),
    st.tuples(st.just("unmap"), st.integers(0, 1), page, count, st.just(R)),
    st.tuples(st.just("protect"), st.integers(0, 1), page, count, st.sampled_from([R, RW, Protection.NONE])),
    st.tuples(st.just("write"), st.integers(0, 1), page, count, st.just(R)),
    st.tuples(st.just("fork"), st.integers(0, 1), page, count, st.just(R)),
)


def at(number: int) -> int:
    return BASE + number * PAGE_SIZE


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(operation, max_size=40))
def test_two_address_spaces_behave_like_dictionaries_of_pages(
    steps: list[tuple[str, int, int, int, Protection]],
) -> None:
    physical = PhysicalMemory(4 << 20)
    spaces = [GuestMemory(physical), GuestMemory(physical)]
    models: list[dict[int, tuple[Protection, bytes]]] = [{}, {}]
    for stamp, (what, which, first, length, protection) in enumerate(steps):
        memory, model = spaces[which], models[which]
        numbers = range(first, first + length)
        if what == "map":
            memory.map(at(first), length * PAGE_SIZE, protection)
            model.update(dict.fromkeys(numbers, (protection, bytes(8))))
        elif what == "unmap":
            memory.unmap(at(first), length * PAGE_SIZE)
            for number in numbers:
                model.pop(number, None)
        elif what == "protect":
            memory.protect(at(first), length * PAGE_SIZE, protection)
            model.update({number: (protection, model[number][1]) for number in numbers if number in model})
        elif what == "write":
            data = stamp.to_bytes(8, "little")
            allowed = first in model and bool(model[first][0] & Protection.WRITE)
            assert memory.copy_out(at(first), data) == (8 if allowed else 0)
            if allowed:
                model[first] = (model[first][0], data)
        else:
            spaces[1 - which].close()
            spaces[1 - which], models[1 - which] = memory.fork(), dict(model)
    for memory, model in zip(spaces, models, strict=True):
        for number in range(PAGES + 6):
            protection, content = model.get(number, (Protection.NONE, b""))
            assert memory.is_mapped(at(number), 1) == (number in model)
            assert memory.protection(at(number)) == protection
            assert memory.copy_in(at(number), 8) == (content if protection & R else b"")
            if number in model:
                assert memory.read(at(number), 8) == content
        memory.close()
    assert physical.used_bytes == 0


def test_memory_costs_nothing_until_it_is_touched() -> None:
    physical = PhysicalMemory(1 << 20)
    memory = GuestMemory(physical)
    memory.map(1 << 40, 1 << 39, RW)
    assert (physical.used_bytes, memory.faults, memory.resident_pages) == (0, 0, 0)
    memory.copy_out((1 << 40) + 12345, b"x")
    assert (physical.used_bytes, memory.faults, memory.resident_pages) == (PAGE_SIZE, 1, 1)


def test_what_was_only_read_shares_one_page_of_zeros() -> None:
    physical = PhysicalMemory(1 << 20)
    memory = GuestMemory(physical)
    memory.map(at(0), 100 * PAGE_SIZE, RW)
    assert memory.copy_in(at(0), 100 * PAGE_SIZE) == bytes(100 * PAGE_SIZE)
    assert (physical.used_bytes, memory.faults) == (0, 100)


def test_a_machine_may_give_each_page_its_own_zeros() -> None:
    physical = PhysicalMemory(1 << 20, own_zeros=True)
    memory = GuestMemory(physical)
    memory.map(at(0), 100 * PAGE_SIZE, RW)
    assert memory.copy_in(at(0), 100 * PAGE_SIZE) == bytes(100 * PAGE_SIZE)
    assert (physical.used_bytes, memory.faults) == (100 * PAGE_SIZE, 100)


def test_a_fork_copies_a_page_when_one_of_the_two_writes_it() -> None:
    physical = PhysicalMemory(1 << 20)
    parent = GuestMemory(physical)
    parent.map(at(0), 4 * PAGE_SIZE, RW)
    parent.copy_out(at(0), bytes(range(256)) * 64)
    child = parent.fork()
    assert physical.used_bytes == 4 * PAGE_SIZE
    child.copy_out(at(1), b"child")
    assert physical.used_bytes == 5 * PAGE_SIZE
    parent.copy_out(at(1), b"parent")  # the last owner needs no copy
    assert physical.used_bytes == 5 * PAGE_SIZE
    assert (parent.copy_in(at(1), 6), child.copy_in(at(1), 5)) == (b"parent", b"child")


def test_installed_frames_are_shared_or_copied() -> None:
    physical = PhysicalMemory(1 << 20)
    frame = physical.take_frame()
    physical.page(frame)[:4] = b"file"
    frames = np.array([frame, -1], np.int32)
    memory = GuestMemory(physical)
    for place, shared in ((0, True), (2, False)):
        memory.map_backed(at(place), 2 * PAGE_SIZE, RW, shared=shared)
        memory.install(at(place), frames, RW, shared=shared)
    assert memory.copy_in(at(0), 4) == memory.copy_in(at(2), 4) == b"file"
    memory.copy_out(at(2), b"mine")
    assert bytes(physical.page(frame)[:4]) == b"file"
    memory.copy_out(at(0), b"both")
    assert bytes(physical.page(frame)[:4]) == b"both"
    assert memory.take_written(at(0), 2 * PAGE_SIZE) == [0]
    assert memory.take_written(at(0), 2 * PAGE_SIZE) == []
    assert memory.touch(at(1), R) == page_entry.NOT_BACKED
    memory.close()
    assert physical.references(frame) == 1


def test_the_pager_is_asked_for_what_is_missing() -> None:
    physical = PhysicalMemory(1 << 20)
    memory = GuestMemory(physical)
    asked: list[tuple[int, Protection]] = []

    def pager(address: int, access: Protection) -> bool:
        asked.append((address, access))
        memory.map(address & -PAGE_SIZE, PAGE_SIZE, RW)
        return len(asked) < 3

    memory.pager = pager
    assert memory.copy_out(at(0), bytes(2 * PAGE_SIZE)) == 2 * PAGE_SIZE
    assert asked == [(at(0), Protection.WRITE), (at(1), Protection.WRITE)]


def test_pages_move_with_their_content() -> None:
    physical = PhysicalMemory(1 << 20)
    memory = GuestMemory(physical)
    memory.map(at(0), 3 * PAGE_SIZE, RW)
    memory.copy_out(at(1), b"moved")
    memory.map(at(6), 3 * PAGE_SIZE, RW)
    memory.move(at(0), at(6), 3 * PAGE_SIZE)
    assert memory.read(at(7), 5) == b"moved"
    assert physical.used_bytes == PAGE_SIZE


def test_an_end_of_memory_is_told() -> None:
    physical = PhysicalMemory(4 * PAGE_SIZE)
    memory = GuestMemory(physical)
    memory.map(at(0), 8 * PAGE_SIZE, RW)
    assert memory.copy_out(at(0), bytes(8 * PAGE_SIZE)) == 4 * PAGE_SIZE
    assert memory.touch(at(5), Protection.WRITE) == page_entry.EXHAUSTED
    with pytest.raises(OutOfMemory):
        memory.write(at(5), b"x")


@pytest.mark.parametrize(
    ("address", "size"), [(1, PAGE_SIZE), (PAGE_SIZE, 1), (-PAGE_SIZE, PAGE_SIZE), (0, 0), (0, 1 << 49)]
)
def test_ranges_that_make_no_sense_are_refused(address: int, size: int) -> None:
    with pytest.raises(PhysicalMemoryError):
        GuestMemory(PhysicalMemory(1 << 20)).map(address, size, RW)


def test_bad_addresses_are_told() -> None:
    memory = GuestMemory(PhysicalMemory(1 << 20))
    memory.map(at(0), PAGE_SIZE, RW)
    with pytest.raises(BadAddress, match=f"{at(1):#x}"):
        memory.read(at(0), 2 * PAGE_SIZE)
    with pytest.raises(BadAddress, match=f"{at(1):#x}"):
        memory.write(at(0), bytes(2 * PAGE_SIZE))
    assert memory.copy_in(1 << 60, 4) == b""
