"""Mapping, heap, stack and limits of one address space, on real memory."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.memory import GuestMemory, PhysicalMemory, Protection
from guest.abi.errno import E, Errno
from guest.mm.address_space import AddressSpace
from guest.mm.layout import STACK_GUARD_GAP, Layout
from guest.mm.user_copy import copy_from_user, copy_to_user, strncpy_from_user

RW = Protection.READ | Protection.WRITE
PAGE = 4096


def make(limit: int = 64 << 20) -> AddressSpace:
    return AddressSpace(GuestMemory(PhysicalMemory(256 << 20)), limit_bytes=limit)


def with_stack() -> AddressSpace:
    mm = make()
    top = mm.layout.stack_top
    mm.map(top - 0x20000, 0x20000, RW, fixed=True, name=b"[stack]", grows_down=True)
    return mm


def error_of(action: object) -> E | None:
    try:
        action()  # type: ignore[operator]
    except Errno as error:
        return error.number
    return None


def test_layout_is_that_of_linux_without_randomisation() -> None:
    layout = Layout()
    assert layout.program_base == 0xAAAAAAAA0000
    assert layout.stack_top == 1 << 48
    assert layout.mmap_base(8 << 20) == (1 << 48) - (128 << 20)


def test_mappings_are_placed_top_down_and_fill_holes() -> None:
    mm = make()
    first, second, third = (mm.map(0, PAGE, RW) for _ in range(3))
    assert (first, second, third) == (mm.mmap_base - PAGE, mm.mmap_base - 2 * PAGE, mm.mmap_base - 3 * PAGE)
    assert len(mm.vmas) == 1
    mm.unmap(second, PAGE)
    assert mm.map(0, 2 * PAGE, RW) == third - 2 * PAGE
    assert mm.map(0, PAGE, RW) == second


def test_a_hint_is_taken_if_free() -> None:
    mm = make()
    assert mm.map(0x500000, PAGE, RW) == 0x500000
    assert mm.map(0x500000, PAGE, RW) == mm.mmap_base - PAGE


def test_fixed_replaces_and_noreplace_refuses() -> None:
    mm = make()
    mm.map(0x500000, 3 * PAGE, RW, fixed=True)
    mm.memory.write(0x500000, b"x" * 3 * PAGE)
    assert error_of(lambda: mm.map(0x501000, PAGE, RW, fixed=True, may_replace=False)) is E.EEXIST
    mm.map(0x501000, PAGE, Protection.READ, fixed=True)
    assert mm.memory.read(0x500FFF, 2) == b"x\0"
    assert [area.protection for area in mm.vmas] == [RW, Protection.READ, RW]
    assert error_of(lambda: mm.map(0x1000, PAGE, RW, fixed=True)) is E.EPERM
    assert error_of(lambda: mm.map(0x500001, PAGE, RW, fixed=True)) is E.EINVAL


def test_memory_limit_counts_writable_bytes_only() -> None:
    mm = make(limit=4 * PAGE)
    mm.map(0, 1 << 30, Protection.NONE)
    place = mm.map(0, 4 * PAGE, RW)
    assert error_of(lambda: mm.map(0, PAGE, RW)) is E.ENOMEM
    reserved = mm.map(0, PAGE, Protection.READ)
    assert error_of(lambda: mm.protect(reserved, PAGE, RW)) is E.ENOMEM
    mm.unmap(place, PAGE)
    mm.protect(reserved, PAGE, RW)


def test_protect_changes_what_is_before_a_hole() -> None:
    mm = make()
    mm.map(0x500000, PAGE, RW, fixed=True)
    mm.map(0x502000, PAGE, RW, fixed=True)
    assert error_of(lambda: mm.protect(0x500000, 3 * PAGE, Protection.READ)) is E.ENOMEM
    assert [area.protection for area in mm.vmas] == [Protection.READ, RW]


def test_stack_grows_on_a_fault_down_to_its_limit() -> None:
    mm = with_stack()
    top = mm.layout.stack_top
    assert not mm.fault(top - (8 << 20) - 1, Protection.WRITE)
    assert mm.fault(top - 0x30000, Protection.WRITE)
    assert mm.memory.is_mapped(top - 0x30000, 0x30000)
    assert mm.fault(top - (8 << 20), Protection.WRITE)
    assert not mm.fault(top - 0x1000, Protection.EXECUTE), "a right that the area does not give"
    assert [(area.start, area.end) for area in mm.vmas] == [(top - (8 << 20), top)]


def test_stack_keeps_its_guard_gap() -> None:
    mm = with_stack()
    top = mm.layout.stack_top
    below = top - (2 << 20)
    mm.map(below, PAGE, RW, fixed=True)
    assert not mm.fault(below + PAGE + STACK_GUARD_GAP - 1, Protection.WRITE)
    assert mm.fault(below + PAGE + STACK_GUARD_GAP, Protection.WRITE)


def test_brk_moves_and_stops_at_the_next_mapping() -> None:
    mm = make()
    mm.set_brk_start(0x500000)
    assert mm.brk(0) == 0x500000
    assert mm.brk(0x500010) == 0x500010
    copy_to_user(mm, 0x500FFF, b"x")
    assert mm.brk(0x503000) == 0x503000
    mm.map(0x504000, PAGE, RW, fixed=True)
    assert mm.brk(0x505000) == 0x503000
    assert mm.brk(0x500800) == 0x500800
    assert mm.brk(0x501800) == 0x501800
    assert mm.memory.read(0x501000, 1) == b"\0"


def test_remap_grows_in_place_moves_and_shrinks() -> None:
    mm = make()
    place = mm.map(0x500000, 2 * PAGE, RW, fixed=True)
    mm.memory.write(place, b"abc")
    assert mm.remap(place, 2 * PAGE, 3 * PAGE, may_move=False) == place
    mm.map(0x503000, PAGE, Protection.READ, fixed=True)
    assert error_of(lambda: mm.remap(place, 3 * PAGE, 4 * PAGE, may_move=False)) is E.ENOMEM
    moved = mm.remap(place, 3 * PAGE, 4 * PAGE, may_move=True)
    assert moved != place
    assert mm.memory.read(moved, 3) == b"abc"
    assert not mm.memory.is_mapped(place, 1)
    assert mm.remap(moved, 4 * PAGE, PAGE, may_move=False) == moved
    assert not mm.memory.is_mapped(moved + PAGE, 1)
    assert error_of(lambda: mm.remap(0x900000, PAGE, 2 * PAGE, may_move=True)) is E.EFAULT


def test_discard_zeroes_private_memory() -> None:
    mm = make()
    place = mm.map(0, 2 * PAGE, RW)
    mm.memory.write(place, b"x" * 2 * PAGE)
    mm.discard(place, PAGE)
    assert mm.memory.read(place + PAGE - 1, 2) == b"\0x"


def test_user_copies_check_rights() -> None:
    mm = make()
    place = mm.map(0x500000, 2 * PAGE, RW, fixed=True)
    copy_to_user(mm, place + PAGE - 2, b"abcd")
    assert copy_from_user(mm, place + PAGE - 2, 4) == b"abcd"
    mm.protect(place + PAGE, PAGE, Protection.READ)
    with pytest.raises(Errno) as caught:
        copy_to_user(mm, place + PAGE - 2, b"wxyz")
    assert caught.value.number is E.EFAULT
    assert copy_from_user(mm, place + PAGE - 2, 4) == b"wxcd", "what lies before the refusal is stored"
    assert error_of(lambda: copy_from_user(mm, place + 2 * PAGE - 1, 2)) is E.EFAULT
    assert error_of(lambda: copy_from_user(mm, 0, 1)) is E.EFAULT
    mm.protect(place, PAGE, Protection.NONE)
    assert error_of(lambda: copy_from_user(mm, place, 1)) is E.EFAULT


def test_strings_end_at_nul_limit_or_fault() -> None:
    mm = make()
    place = mm.map(0x500000, PAGE, RW, fixed=True)
    mm.memory.write(place + PAGE - 4, b"abc\0")
    assert strncpy_from_user(mm, place + PAGE - 4) == b"abc"
    mm.memory.write(place + PAGE - 1, b"d")
    assert strncpy_from_user(mm, place + PAGE - 4, 4) is None
    assert error_of(lambda: strncpy_from_user(mm, place + PAGE - 4)) is E.EFAULT


def test_kernel_access_grows_the_stack_too() -> None:
    mm = with_stack()
    address = mm.layout.stack_top - 0x40000
    copy_to_user(mm, address, b"deep")
    assert copy_from_user(mm, address, 4) == b"deep"


operations = st.one_of(
    st.tuples(st.just("map"), st.integers(0, 40), st.integers(1, 6)),
    st.tuples(st.just("unmap"), st.integers(0, 40), st.integers(1, 6)),
    st.tuples(st.just("protect"), st.integers(0, 40), st.integers(1, 6)),
)


@given(st.lists(operations, max_size=25))
def test_memory_is_mapped_exactly_where_an_area_is(steps: list[tuple[str, int, int]]) -> None:
    mm = make()
    for name, page, count in steps:
        address, size = 0x500000 + page * PAGE, count * PAGE
        if name == "map":
            mm.map(address, size, RW, fixed=True)
        elif name == "unmap":
            mm.unmap(address, size)
        else:
            error_of(lambda a=address, s=size: mm.protect(a, s, Protection.READ))
    for page in range(0x500000, 0x500000 + 48 * PAGE, PAGE):
        area = mm.vmas.find(page)
        assert mm.memory.is_mapped(page, PAGE) == (area is not None)
        assert mm.memory.protection(page) == (area.protection if area is not None else Protection.NONE)
