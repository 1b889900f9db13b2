"""GuestMemory against a dictionary of pages, and its observer against the observer's own book of runs."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.memory import (
    ADDRESS_BITS,
    PAGE_SIZE,
    ZONE_SIZE,
    BadAddress,
    GuestMemory,
    PhysicalMemoryError,
    Protection,
    Run,
)
from tests.emulator.support import RW, RWX, RX, R

# The pages around the first border of two zones.
FIRST = ZONE_SIZE - 6 * PAGE_SIZE
PAGES = 12
NONE = Protection.NONE


@dataclass
class Page:
    """What the model knows of a page."""

    protection: Protection
    content: bytearray = field(default_factory=lambda: bytearray(PAGE_SIZE))


class Change(NamedTuple):
    """One step of a random history; `first` and `pages` are pages after FIRST."""

    what: str
    first: int
    pages: int
    protection: Protection
    offset: int
    data: bytes


@dataclass
class Observer:
    """Keeps the runs that it was told of, as the engine's view of them would be."""

    runs: dict[int, tuple[Run, int]] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)

    def run_added(self, run: Run, host_address: int) -> None:
        assert run.start < run.end
        assert all(other.end <= run.start or run.end <= other.start for other, _ in self.runs.values())
        self.runs[run.start] = (run, host_address)

    def run_removed(self, run: Run) -> None:
        assert self.runs.pop(run.start)[0] == run

    def code_changed(self, start: int, end: int) -> None:
        self.changed.update(range(start // PAGE_SIZE, -(-end // PAGE_SIZE)))

    def protection(self, page: int) -> Protection:
        """What the guest may do with a page; NONE also if it is not mapped."""
        return next((r.protection for r, _ in self.runs.values() if r.start <= page * PAGE_SIZE < r.end), NONE)


CHANGES = st.builds(
    Change,
    st.sampled_from(["map", "map", "unmap", "protect", "protect", "write", "write"]),
    st.integers(0, PAGES - 1),
    st.integers(1, 5),
    st.sampled_from([NONE, R, RW, RX, RWX]),
    st.integers(0, PAGE_SIZE - 1),
    st.binary(min_size=1, max_size=9),
)


def _apply(change: Change, memory: GuestMemory, model: dict[int, Page], observer: Observer) -> set[int]:
    """Do one step to both; returns the pages whose code changed by the model."""
    start = FIRST + change.first * PAGE_SIZE
    size = change.pages * PAGE_SIZE
    pages = range(start // PAGE_SIZE, start // PAGE_SIZE + change.pages)
    there = [page for page in pages if page in model]
    match change.what:
        case "map":
            if there:
                with pytest.raises(PhysicalMemoryError):
                    memory.map(start, size, change.protection)
            else:
                memory.map(start, size, change.protection)
                model.update({page: Page(change.protection) for page in pages})
            return set()
        case "unmap":
            memory.unmap(start, size)
            return {page for page in there if model.pop(page).protection & Protection.EXECUTE}
        case "protect":
            memory.protect(start, size, change.protection)
            became = {page for page in there if change.protection & ~model[page].protection & Protection.EXECUTE}
            for page in there:
                model[page].protection = change.protection
            return became
        case _:
            address = start + change.offset
            touched = range(address // PAGE_SIZE, (address + len(change.data) - 1) // PAGE_SIZE + 1)
            if any(page not in model for page in touched):
                before = {page: bytes(model[page].content) for page in touched if page in model}
                with pytest.raises(BadAddress) as bad:
                    memory.write(address, change.data)
                assert bad.value.address == max(
                    address, next(page for page in touched if page not in model) * PAGE_SIZE
                )
                assert all(memory.read(page * PAGE_SIZE, PAGE_SIZE) == content for page, content in before.items())
                return set()
            memory.write(address, change.data)
            for i, byte in enumerate(change.data, address):
                model[i // PAGE_SIZE].content[i % PAGE_SIZE] = byte
            return {page for page in touched if model[page].protection & Protection.EXECUTE}


def _expected_runs(model: dict[int, Page]) -> list[Run]:
    runs: list[Run] = []
    for page in sorted(model):
        start, protection = page * PAGE_SIZE, model[page].protection
        if runs and runs[-1].end == start and runs[-1].protection == protection and start % ZONE_SIZE:
            runs[-1] = runs[-1]._replace(end=start + PAGE_SIZE)
        else:
            runs.append(Run(start, start + PAGE_SIZE, protection))
    return runs


@given(st.lists(CHANGES, max_size=25))
def test_any_history_equals_the_dictionary_of_pages(changes: list[Change]) -> None:
    observer = Observer()
    memory = GuestMemory(observer)
    model: dict[int, Page] = {}
    for change in changes:
        observer.changed.clear()
        changed = _apply(change, memory, model, observer)
        assert changed <= observer.changed
        assert list(memory.runs()) == _expected_runs(model)
        for page in range(FIRST // PAGE_SIZE, FIRST // PAGE_SIZE + PAGES + 5):
            known = model.get(page)
            assert memory.is_mapped(page * PAGE_SIZE, PAGE_SIZE) == (known is not None)
            assert observer.protection(page) == (known.protection if known else NONE)
            if known:
                assert memory.read(page * PAGE_SIZE, PAGE_SIZE) == known.content
    for run, host_address in observer.runs.values():
        assert ctypes.string_at(host_address, run.end - run.start) == memory.read(run.start, run.end - run.start)


@given(st.sets(st.integers(0, PAGES - 1)), st.integers(0, PAGES * PAGE_SIZE), st.integers(0, 3 * PAGE_SIZE))
def test_reading_works_exactly_where_everything_is_mapped(pages: set[int], offset: int, size: int) -> None:
    memory = GuestMemory()
    for page in pages:
        memory.map(FIRST + page * PAGE_SIZE, PAGE_SIZE, R)
    missing = [a for a in range(offset, offset + size) if a // PAGE_SIZE not in pages][:1]
    assert memory.is_mapped(FIRST + offset, size) == (not missing)
    if missing:
        with pytest.raises(BadAddress) as bad:
            memory.read(FIRST + offset, size)
        assert bad.value.address == FIRST + missing[0]
    else:
        assert memory.read(FIRST + offset, size) == bytes(size)


@pytest.mark.parametrize(
    ("address", "size"),
    [(1, PAGE_SIZE), (0, 1), (0, 0), (0, -PAGE_SIZE), (-PAGE_SIZE, PAGE_SIZE), (1 << ADDRESS_BITS, PAGE_SIZE)],
)
def test_ranges_that_are_not_pages_of_the_address_space_are_refused(address: int, size: int) -> None:
    memory = GuestMemory()
    with pytest.raises(PhysicalMemoryError):
        memory.map(address, size, RW)
    with pytest.raises(PhysicalMemoryError):
        memory.unmap(address, size)
    with pytest.raises(PhysicalMemoryError):
        memory.protect(address, size, RW)


@pytest.mark.parametrize("address", [0, (1 << ADDRESS_BITS) - PAGE_SIZE])
def test_the_first_and_the_last_page_can_be_mapped(address: int) -> None:
    memory = GuestMemory()
    memory.map(address, PAGE_SIZE, RW)
    memory.write(address, b"edge")
    assert memory.read(address, 4) == b"edge"


def test_a_mapping_across_zones_reads_and_writes_as_one() -> None:
    memory = GuestMemory()
    memory.map(ZONE_SIZE - PAGE_SIZE, 2 * PAGE_SIZE, RW)
    memory.write(ZONE_SIZE - 3, b"border")
    assert memory.read(ZONE_SIZE - 4, 8) == b"\0border\0"
    assert [run.start for run in memory.runs()] == [ZONE_SIZE - PAGE_SIZE, ZONE_SIZE]
    with pytest.raises(PhysicalMemoryError):
        memory.view(ZONE_SIZE - 3, 6)


def test_pages_are_zero_when_they_are_mapped_again() -> None:
    memory = GuestMemory()
    for protection in (RW, NONE):
        memory.map(PAGE_SIZE, 3 * PAGE_SIZE, protection)
        assert memory.read(PAGE_SIZE, 3 * PAGE_SIZE) == bytes(3 * PAGE_SIZE)
        memory.write(2 * PAGE_SIZE, b"\xff" * PAGE_SIZE)
        memory.unmap(2 * PAGE_SIZE, PAGE_SIZE)
        memory.map(2 * PAGE_SIZE, PAGE_SIZE, protection)
        assert memory.read(2 * PAGE_SIZE, PAGE_SIZE) == bytes(PAGE_SIZE)
        memory.unmap(PAGE_SIZE, 3 * PAGE_SIZE)


def test_content_survives_no_access() -> None:
    memory = GuestMemory(Observer())
    memory.map(PAGE_SIZE, PAGE_SIZE, RW)
    memory.write(PAGE_SIZE, b"kept")
    memory.protect(PAGE_SIZE, PAGE_SIZE, NONE)
    memory.protect(PAGE_SIZE, PAGE_SIZE, R)
    assert memory.read(PAGE_SIZE, 4) == b"kept"


def test_a_view_is_the_memory_itself() -> None:
    memory = GuestMemory()
    memory.map(PAGE_SIZE, PAGE_SIZE, RW)
    view = memory.view(PAGE_SIZE + 8, 4)
    view[:] = b"view"
    assert memory.read(PAGE_SIZE + 8, 4) == b"view"
    memory.write(PAGE_SIZE + 8, b"back")
    assert view.tobytes() == b"back"


def test_a_view_of_memory_that_is_not_mapped_is_refused() -> None:
    with pytest.raises(BadAddress):
        GuestMemory().view(PAGE_SIZE, 1)


def test_an_empty_view_is_empty() -> None:
    memory = GuestMemory()
    memory.map(PAGE_SIZE, PAGE_SIZE, RW)
    assert memory.view(PAGE_SIZE, 0).nbytes == 0


def test_any_buffer_can_be_written() -> None:
    memory = GuestMemory()
    memory.map(PAGE_SIZE, PAGE_SIZE, RW)
    memory.write(PAGE_SIZE, memoryview(bytearray(b"\1\0\2\0")).cast("H"))
    memory.write(PAGE_SIZE + 4, bytearray(b"ok"))
    memory.write(1, b"")
    assert memory.read(PAGE_SIZE, 6) == b"\1\0\2\0ok"


def test_equal_neighbours_are_one_run_in_either_order() -> None:
    memory = GuestMemory()
    for page in (3, 1, 2):
        memory.map(page * PAGE_SIZE, PAGE_SIZE, RW)
    assert memory.runs() == (Run(PAGE_SIZE, 4 * PAGE_SIZE, RW),)


def test_protecting_what_is_so_already_tells_nobody() -> None:
    observer = Observer()
    memory = GuestMemory(observer)
    memory.map(PAGE_SIZE, 4 * PAGE_SIZE, RX)
    before = dict(observer.runs)
    memory.protect(2 * PAGE_SIZE, PAGE_SIZE, RX)
    assert observer.runs == before
    assert not observer.changed


def test_memory_without_access_costs_no_reservation_until_it_is_used() -> None:
    memory = GuestMemory(Observer())
    memory.map(0, 4 * ZONE_SIZE, NONE)
    memory.unmap(0, 4 * ZONE_SIZE)
    assert memory.runs() == ()


@pytest.mark.parametrize("size", [1, 4, 6, 12])
def test_reads_show_the_programs_own_words_where_the_engine_put_its_own(size: int) -> None:
    memory = GuestMemory()
    memory.map(PAGE_SIZE, PAGE_SIZE, RX)
    own = bytes(range(1, 13))
    memory.write(PAGE_SIZE, own)
    memory.view(PAGE_SIZE + 4, 4)[:] = b"\xee" * 4
    memory.shadow[PAGE_SIZE + 4] = int.from_bytes(own[4:8], "little")
    for offset in range(13 - size):
        assert memory.read(PAGE_SIZE + offset, size) == own[offset : offset + size]


class CodeReader(Observer):
    """An observer that, like the engine, looks at the code that is about to change."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[bytes] = []
        self.memory = GuestMemory(self)

    def code_changed(self, start: int, end: int) -> None:
        self.seen.append(self.memory.read(start, 4))


def test_the_observer_hears_of_code_that_vanishes_while_it_can_still_read_it() -> None:
    observer = CodeReader()
    observer.memory.map(PAGE_SIZE, PAGE_SIZE, RX)
    observer.memory.write(PAGE_SIZE, b"code")
    observer.memory.unmap(PAGE_SIZE, PAGE_SIZE)
    assert observer.seen == [bytes(4), b"code"]


def test_the_observer_hears_of_code_that_may_no_longer_be_executed() -> None:
    """Otherwise what it keeps about the code goes stale: a page without EXECUTE is written without telling it."""
    observer = CodeReader()
    observer.memory.map(PAGE_SIZE, PAGE_SIZE, RX)
    observer.memory.protect(PAGE_SIZE, PAGE_SIZE, RW)
    assert len(observer.seen) == 1
