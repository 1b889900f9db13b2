"""Page tables: histories of several address spaces against dictionaries of pages, faults, large entries, exhaustion."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator import memory_calls, page_entry, page_table_operations, record
from emulator.memory import PAGE_SIZE, GuestMemory, OutOfMemory, PhysicalMemory, Protection
from tests.emulator.support import RW, RX, R

NONE = Protection.NONE
LARGE, HUGE = 1 << 21, 1 << 30
FIRST = HUGE - 6 * PAGE_SIZE
"""The pages around a border of tables of two levels."""
PAGES = 12
KINDS = ("map", "map", "unmap", "protect", "write", "write", "read", "fork", "move", "share", "copy")

Step = tuple[str, int, int, int, Protection, bytes]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(KINDS),
        st.integers(0, 1),
        st.integers(0, PAGES - 1),
        st.integers(1, 4),
        st.sampled_from([NONE, R, RW, RX]),
        st.binary(min_size=1, max_size=9),
    ),
    max_size=30,
)


def at(page: int) -> int:
    """The address of a page of the tests."""
    return FIRST + page * PAGE_SIZE


def tables(physical: PhysicalMemory) -> int:
    """Page tables in use."""
    state = physical.record[0]
    return int(state["next_table"] - state["free_tables"])


@dataclass
class Page:
    """What the model knows of a page; the content is one object for all that share it."""

    protection: Protection
    content: bytearray
    shared: bool = False


class History:
    """Two address spaces and their models. `fork` lets one be a copy of the other; files are frames of their own."""

    def __init__(self) -> None:
        self.physical = PhysicalMemory(400 * PAGE_SIZE)
        self.memories = [GuestMemory(self.physical), GuestMemory(self.physical)]
        self.models: list[dict[int, Page]] = [{}, {}]
        self.files: list[tuple[int, bytearray]] = []
        """Frames, with what they hold."""

    def do(self, step: Step) -> None:
        """One step in memory and model."""
        what, which, first, count, protection, data = step
        memory, model, size = self.memories[which], self.models[which], count * PAGE_SIZE
        pages = range(first, first + count)
        if what == "map":
            memory.map(at(first), size, protection)
            model.update({page: Page(protection, bytearray(PAGE_SIZE)) for page in pages})
        elif what == "unmap":
            memory.unmap(at(first), size)
            for page in pages:
                model.pop(page, None)
        elif what == "protect":
            memory.protect(at(first), size, protection)
            for page in pages:
                if page in model:
                    model[page].protection = protection
        elif what == "write" and first in model:
            offset = PAGE_SIZE - len(data) if count % 2 else 0
            memory.write(at(first) + offset, data)
            model[first].content[offset : offset + len(data)] = data
        elif what == "read" and first in model:
            assert memory.read(at(first), PAGE_SIZE) == model[first].content
        elif what == "fork":
            self.memories[1 - which].close()
            self.memories[1 - which] = memory.fork()
            self.models[1 - which] = {
                number: Page(page.protection, page.content if page.shared else page.content[:], page.shared)
                for number, page in model.items()
            }
        elif what == "move":
            target = first + PAGES
            memory.protect(at(first), size, protection)
            memory.map(at(target), size, protection)
            memory.move(at(first), at(target), size)
            memory.unmap(at(first), size)
            for page in pages:
                fresh = Page(protection, bytearray(PAGE_SIZE))
                moved = model.pop(page, fresh)
                moved.protection = protection
                model[page + PAGES] = moved
        elif what in ("share", "copy"):
            self._install(memory, model, pages, protection, data, shared=what == "share")

    def _install(
        self,
        memory: GuestMemory,
        model: dict[int, Page],
        pages: range,
        protection: Protection,
        data: bytes,
        *,
        shared: bool,
    ) -> None:
        frames = []
        memory.map_backed(at(pages[0]), len(pages) * PAGE_SIZE, protection, shared=shared)
        for page in pages:
            frame = self.physical.take_frame()
            self.physical.page(frame)[: len(data)] = data
            content = bytearray(data.ljust(PAGE_SIZE, b"\0"))
            self.files.append((frame, content))
            frames.append(frame)
            model[page] = Page(protection, content if shared else content[:], shared)
        memory.install(at(pages[0]), np.array(frames, np.int32), protection, shared=shared)

    def check(self) -> None:
        """Memory is as the models say, and so are the files."""
        for memory, model in zip(self.memories, self.models, strict=True):
            for number in range(2 * PAGES + 4):
                page = model.get(number)
                assert memory.is_mapped(at(number), PAGE_SIZE) == (page is not None)
                assert memory.protection(at(number)) == (page.protection if page else NONE)
                if page is not None:
                    assert memory.read(at(number), PAGE_SIZE) == page.content
        for frame, content in self.files:
            assert self.physical.page(frame) == content

    def end(self) -> None:
        """Everything is given back."""
        for memory in self.memories:
            memory.close()
            memory.close()
        assert self.physical.used_bytes == len(self.files) * PAGE_SIZE
        self.physical.drop_frames(np.array([frame for frame, _ in self.files], np.int32))
        assert self.physical.used_bytes == 0
        assert tables(self.physical) == 0
        assert all((memory.resident_pages, memory.file_pages) == (0, 0) for memory in self.memories)


@settings(max_examples=200)
@given(STEPS)
def test_any_history_equals_dictionaries_of_pages(steps: list[Step]) -> None:
    history = History()
    for step in steps:
        history.do(step)
    history.check()
    history.end()


# -- faults and frames -------------------------------------------------------------------------------------------


def test_a_fault_is_counted_once_per_page() -> None:
    physical = PhysicalMemory(64 * PAGE_SIZE)
    memory = GuestMemory(physical)
    memory.map(at(0), 8 * PAGE_SIZE, RW)
    assert (memory.faults, memory.resident_pages) == (0, 0)
    for _ in range(2):
        memory.write(at(0), bytes(4 * PAGE_SIZE))
    assert (memory.faults, memory.resident_pages) == (4, 4)
    for _ in range(2):
        memory.read(at(0), 8 * PAGE_SIZE)
    assert (memory.faults, memory.resident_pages) == (8, 4)
    assert physical.used_bytes == 4 * PAGE_SIZE


def test_pages_that_were_only_read_are_the_zero_page() -> None:
    physical = PhysicalMemory(64 * PAGE_SIZE)
    memory = GuestMemory(physical)
    memory.map(at(0), 2 * PAGE_SIZE, RW)
    assert [memory.frame(at(page)) for page in range(2)] == [0, 0]
    assert physical.used_bytes == 0
    memory.write(at(1), b"x")
    assert (memory.frame(at(0)), memory.frame(at(1)) != 0) == (0, True)
    assert bytes(physical.page(0)) == bytes(PAGE_SIZE)
    assert memory.faults == 3, "the second page was touched, and later copied"


def test_the_last_owner_of_a_copied_page_keeps_the_frame() -> None:
    physical = PhysicalMemory(64 * PAGE_SIZE)
    parent = GuestMemory(physical)
    parent.map(at(0), PAGE_SIZE, RW)
    parent.write(at(0), b"one")
    frame = parent.frame(at(0))
    child = parent.fork()
    assert (child.frame(at(0)), physical.references(frame)) == (frame, 2)
    child.write(at(0), b"two")
    assert (child.frame(at(0)) != frame, physical.references(frame)) == (True, 1)
    parent.write(at(0), b"six")
    assert parent.frame(at(0)) == frame
    assert (parent.read(at(0), 3), child.read(at(0), 3)) == (b"six", b"two")
    assert physical.used_bytes == 2 * PAGE_SIZE


def test_frames_that_were_used_are_zero_when_they_are_used_again() -> None:
    physical = PhysicalMemory(4 * PAGE_SIZE)
    memory = GuestMemory(physical)
    for _ in range(3):
        memory.map(at(0), 4 * PAGE_SIZE, RW)
        for page in range(4):
            memory.write(at(page), b"x")
        assert memory.read(at(0), 4 * PAGE_SIZE) == b"x".ljust(PAGE_SIZE, b"\0") * 4


# -- large entries -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "upper"), [(HUGE, 1), (4 * HUGE, 1), (LARGE, 2), (8 * LARGE, 2)])
def test_a_large_mapping_costs_no_tables_until_it_is_touched(size: int, upper: int) -> None:
    physical = PhysicalMemory(64 * PAGE_SIZE)
    memory = GuestMemory(physical)
    before = tables(physical)
    memory.map(HUGE, size, RW)
    assert tables(physical) - before == upper
    assert memory.is_mapped(HUGE, size)
    assert not memory.is_mapped(HUGE, size + 1)
    memory.protect(HUGE, size, R)
    assert memory.protection(HUGE + size - 1) == R
    assert tables(physical) - before == upper
    memory.read(HUGE + size - 1, 1)
    assert tables(physical) - before == 3
    memory.unmap(HUGE, size)
    assert tables(physical) - before == upper
    memory.close()
    assert tables(physical) == 0


def test_a_large_entry_is_split_where_a_part_differs() -> None:
    memory = GuestMemory(PhysicalMemory(64 * PAGE_SIZE))
    memory.map(HUGE, 2 * HUGE, RW)
    memory.unmap(HUGE + LARGE, PAGE_SIZE)
    memory.protect(HUGE + LARGE + PAGE_SIZE, LARGE, R)
    assert memory.protection(HUGE + LARGE - 1) == RW
    assert not memory.is_mapped(HUGE + LARGE, 1)
    assert memory.protection(HUGE + LARGE + PAGE_SIZE) == memory.protection(HUGE + 2 * LARGE) == R
    assert memory.protection(HUGE + 2 * LARGE + PAGE_SIZE) == RW
    assert memory.accessible(HUGE, 2 * HUGE, Protection.WRITE) == LARGE
    child = memory.fork()
    assert not child.is_mapped(HUGE + LARGE, 1)
    assert child.protection(3 * HUGE - 1) == RW


# -- the end of memory -------------------------------------------------------------------------------------------


def test_a_copy_for_which_no_frame_is_left_changes_nothing() -> None:
    physical = PhysicalMemory(2 * PAGE_SIZE)
    parent = GuestMemory(physical)
    parent.map(at(0), 3 * PAGE_SIZE, RW)
    parent.write(at(0), b"parent")
    parent.write(at(1), b"second")
    with pytest.raises(OutOfMemory):
        parent.write(at(2), b"third")
    child = parent.fork()
    assert child.touch(at(0), Protection.WRITE) == page_entry.EXHAUSTED
    with pytest.raises(OutOfMemory):
        child.write(at(0), b"child")
    assert parent.read(at(0), 6) == child.read(at(0), 6) == b"parent"
    parent.unmap(at(1), PAGE_SIZE)
    child.unmap(at(1), PAGE_SIZE)
    child.write(at(0), b"child!")
    assert (parent.read(at(0), 6), child.read(at(0), 6)) == (b"parent", b"child!")


def test_the_end_of_page_tables_is_told_and_they_come_back() -> None:
    physical = PhysicalMemory(PAGE_SIZE)
    memory = GuestMemory(physical)
    with pytest.raises(OutOfMemory):
        for place in range(1 << 15):
            memory.map(place * HUGE, PAGE_SIZE, RW)
    with pytest.raises(OutOfMemory):
        memory.fork()
    memory.close()
    assert (tables(physical), physical.used_bytes) == (0, 0)
    memory = GuestMemory(physical)
    memory.map(0, PAGE_SIZE, RW)
    memory.write(0, b"again")


# -- compiled and plain ------------------------------------------------------------------------------------------

_PLAIN = {
    name: operation.py_func for name, operation in vars(page_table_operations).items() if hasattr(operation, "py_func")
}


def _plain_function(name: str) -> Callable[..., int]:
    """As `native_code.function`, in plain Python."""

    def call(*arguments: int | bytes) -> int:
        numbers = [
            (ctypes.cast(ctypes.c_char_p(value), ctypes.c_void_p).value or 0)
            if isinstance(value, bytes)
            else int(value)
            for value in arguments
        ]
        return int(getattr(memory_calls, name).__wrapped__(*numbers))

    return call


@contextmanager
def _uncompiled() -> Iterator[None]:
    calls: dict[str, Any] = {name: plain for name, plain in _PLAIN.items() if name in vars(memory_calls)}
    with (
        patch.multiple(page_table_operations, **_PLAIN),
        patch.multiple(memory_calls, **calls),
        patch("emulator.memory.function", _plain_function),
        patch("emulator.physical_memory.function", _plain_function),
    ):
        yield


def _state(history: History) -> list[object]:
    """All that operations change, without addresses in the host's memory."""
    physical = history.physical
    numbers = ("next_frame", "free_frames", "next_table", "free_tables", "stale_frames")
    used = int(physical.record[0]["next_table"])
    return [
        [int(physical.record[0][name]) for name in numbers],
        [[int(memory.record[0][name]) for name in record.SPACE.names[1:]] for memory in history.memories],  # type: ignore[index]
        physical._references.tolist(),
        physical._tables[:used].tolist(),
    ]


@settings(max_examples=12)
@given(STEPS)
def test_operations_compiled_and_plain_agree(steps: list[Step]) -> None:
    compiled = History()
    for step in steps[:10]:
        compiled.do(step)
    with _uncompiled():
        plain = History()
        for step in steps[:10]:
            plain.do(step)
        assert _state(plain) == _state(compiled)
        plain.check()
    compiled.check()
    assert _state(plain) == _state(compiled)
    with _uncompiled():
        plain.end()
    compiled.end()
    assert _state(plain) == _state(compiled)
