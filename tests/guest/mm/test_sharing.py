"""What address spaces share: fork, shared anonymous memory, mappings of files, and what is advised about them."""

from __future__ import annotations

import pytest

from emulator.memory import GuestMemory, PhysicalMemory, Protection
from guest.abi.errno import E, Errno
from guest.mm.address_space import AddressSpace
from guest.mm.page_cache import PageCache, PageCaches
from guest.mm.user_copy import copy_from_user, copy_to_user

R = Protection.READ
RW = Protection.READ | Protection.WRITE
PAGE = 4096


class File:
    """A file of the host: its content is loaded, and what is written back is noted."""

    path = b"/file"

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.written: list[tuple[int, bytes]] = []

    def pages(self, caches: PageCaches) -> PageCache:
        return caches.of(self, len(self.content), lambda size, offset: self.content[offset : offset + size])

    def write_back(self, offset: int, data: bytes) -> None:
        self.written.append((offset, data))


def make() -> AddressSpace:
    return AddressSpace(GuestMemory(PhysicalMemory(64 << 20)), limit_bytes=32 << 20)


def error_of(action: object) -> E | None:
    try:
        action()  # type: ignore[operator]
    except Errno as error:
        return error.number
    return None


# -- fork --------------------------------------------------------------------------------------------------------


def test_a_child_has_a_copy_of_private_memory() -> None:
    mm = make()
    place = mm.map(0, 2 * PAGE, RW)
    copy_to_user(mm, place, b"before")
    child = mm.fork()
    copy_to_user(mm, place, b"parent")
    copy_to_user(child, place, b"child!")
    copy_to_user(child, place + PAGE, b"more")
    assert copy_from_user(mm, place, 6) == b"parent"
    assert copy_from_user(child, place, 6) == b"child!"
    assert copy_from_user(mm, place + PAGE, 4) == bytes(4)
    assert list(child.vmas) == list(mm.vmas)
    child.unmap(place, PAGE)
    assert copy_from_user(mm, place, 6) == b"parent"


def test_a_childs_heap_and_limits_are_those_of_its_parent_and_then_its_own() -> None:
    mm = make()
    mm.set_brk_start(0x500000)
    mm.brk(0x502000)
    mm.data_limit_bytes = 1 << 20
    child = mm.fork()
    assert (child.brk(0), child.data_limit_bytes) == (0x502000, 1 << 20)
    child.brk(0x504000)
    assert (mm.brk(0), child.brk(0)) == (0x502000, 0x504000)


def test_everything_is_given_back_when_the_last_user_is_gone() -> None:
    mm = make()
    physical = mm.memory.physical
    for shared in (False, True):
        place = mm.map(0, 4 * PAGE, RW, shared=shared)
        copy_to_user(mm, place, b"x" * 4 * PAGE)
    child = mm.fork()
    mm.get()
    mm.put()
    mm.put()
    assert physical.used_bytes == 8 * PAGE
    child.put()
    assert physical.used_bytes == 0


# -- shared anonymous memory -------------------------------------------------------------------------------------


def test_shared_anonymous_memory_stays_shared() -> None:
    mm = make()
    place = mm.map(0, 2 * PAGE, RW, shared=True)
    child = mm.fork()
    copy_to_user(child, place + PAGE, b"child")
    assert copy_from_user(mm, place + PAGE, 5) == b"child"
    grandchild = child.fork()
    copy_to_user(mm, place, b"parent")
    assert copy_from_user(grandchild, place, 6) == b"parent"


def test_shared_memory_can_be_mapped_twice() -> None:
    mm = make()
    place = mm.map(0, PAGE, RW, shared=True)
    copy_to_user(mm, place, b"one")
    again = mm.remap(place, 0, PAGE, may_move=True)
    assert again != place
    copy_to_user(mm, again, b"two")
    assert copy_from_user(mm, place, 3) == b"two"
    private = mm.map(0, PAGE, RW)
    assert error_of(lambda: mm.remap(private, 0, PAGE, may_move=True)) is E.EINVAL


def test_a_punched_hole_of_shared_memory_reads_as_zeros_everywhere() -> None:
    mm = make()
    place = mm.map(0, 3 * PAGE, RW, shared=True)
    copy_to_user(mm, place, b"x" * 3 * PAGE)
    child = mm.fork()
    mm.punch(place + PAGE, PAGE)
    assert copy_from_user(child, place, 3 * PAGE) == b"x" * PAGE + bytes(PAGE) + b"x" * PAGE
    private = mm.map(0, PAGE, RW)
    assert error_of(lambda: mm.punch(private, PAGE)) is E.EINVAL


def test_futexes_are_the_same_where_memory_is_shared() -> None:
    mm = make()
    shared, private = mm.map(0, 2 * PAGE, RW, shared=True), mm.map(0, PAGE, RW)
    child = mm.fork()
    again = child.remap(shared + PAGE, 0, PAGE, may_move=True)
    assert mm.futex_key(shared + PAGE + 8) == child.futex_key(shared + PAGE + 8) == child.futex_key(again + 8)
    assert mm.futex_key(shared) != mm.futex_key(shared + PAGE)
    assert mm.futex_key(private) != child.futex_key(private)
    assert mm.futex_key(private) == mm.futex_key(private)


# -- files -------------------------------------------------------------------------------------------------------


def test_a_private_mapping_shows_the_file_and_keeps_its_own_changes() -> None:
    mm, file = make(), File(b"a" * PAGE + b"b" * PAGE + b"end")
    place = mm.map(0, 3 * PAGE, RW, file=file)
    assert copy_from_user(mm, place, 3 * PAGE) == file.content + bytes(PAGE - 3)
    copy_to_user(mm, place, b"own")
    other = mm.map(0, PAGE, RW, file=file, offset=PAGE)
    assert copy_from_user(mm, other, 1) == b"b"
    child = mm.fork()
    copy_to_user(child, place, b"new")
    assert copy_from_user(mm, place, 4) == b"owna"
    mm.unmap(place, 3 * PAGE)
    assert file.written == []
    assert file.pages(mm.caches).read(0, 3) == b"aaa"


def test_a_shared_mapping_is_the_file_for_all() -> None:
    mm, file = make(), File(b"a" * 2 * PAGE)
    other = AddressSpace(GuestMemory(mm.memory.physical), limit_bytes=1 << 20, caches=mm.caches)
    place, there = mm.map(0, 2 * PAGE, RW, shared=True, file=file), other.map(0, PAGE, R, file=file, offset=PAGE)
    copy_to_user(mm, place + PAGE, b"new")
    assert copy_from_user(other, there, 4) == b"newa"
    assert mm.futex_key(place)[0] is file.pages(mm.caches)
    mm.write_back(place, 2 * PAGE)
    assert file.written == [(PAGE, b"new" + b"a" * (PAGE - 3))]
    mm.write_back(place, 2 * PAGE)
    assert len(file.written) == 1, "nothing was written since"
    copy_to_user(mm, place, b"x")
    mm.release()
    assert [offset for offset, _ in file.written] == [PAGE, 0]


def test_what_is_read_only_cannot_be_written() -> None:
    mm, file = make(), File(b"a" * PAGE)
    place = mm.map(0, PAGE, R, shared=True, file=file)
    assert error_of(lambda: copy_to_user(mm, place, b"x")) is E.EFAULT
    assert not mm.fault(place, Protection.WRITE)


@pytest.mark.parametrize("shared", [False, True])
def test_whole_pages_beyond_the_end_of_the_file_are_errors(shared: bool) -> None:
    mm, file = make(), File(b"a" * (PAGE + 1))
    place = mm.map(0, 4 * PAGE, RW, shared=shared, file=file)
    assert copy_from_user(mm, place + PAGE, PAGE) == b"a" + bytes(PAGE - 1)
    assert not mm.fault(place + 2 * PAGE, Protection.READ)
    assert error_of(lambda: copy_from_user(mm, place + 2 * PAGE, 1)) is E.EFAULT


@pytest.mark.parametrize("shared", [False, True])
def test_truncation_takes_pages_from_mappings_and_growth_gives_zeros(shared: bool) -> None:
    mm, file = make(), File(b"a" * 4 * PAGE)
    cache = file.pages(mm.caches)
    place = mm.map(0, 4 * PAGE, RW, shared=shared, file=file)
    child = mm.fork()
    for space in (mm, child):
        copy_to_user(space, place + 3 * PAGE, b"written")
    cache.truncate(PAGE + 10)
    for space in (mm, child):
        assert copy_from_user(space, place, PAGE + 11) == b"a" * (PAGE + 10) + b"\0"
        assert not space.fault(place + 2 * PAGE, Protection.READ)
        assert not space.fault(place + 3 * PAGE, Protection.WRITE)
        assert error_of(lambda mm=space: copy_from_user(mm, place + 3 * PAGE, 1)) is E.EFAULT
    cache.truncate(4 * PAGE)
    assert copy_from_user(mm, place + 2 * PAGE, 2 * PAGE) == bytes(2 * PAGE)


def test_unused_files_are_evicted_and_used_ones_stay() -> None:
    mm = make()
    used, unused = File(b"u" * PAGE), File(b"n" * PAGE)
    place = mm.map(0, PAGE, R, file=used)
    mm.unmap(mm.map(0, PAGE, R, file=unused), PAGE)
    assert mm.caches.stored_bytes == 2 * PAGE
    assert mm.caches.evict()
    assert mm.caches.stored_bytes == PAGE
    assert copy_from_user(mm, place, 1) == b"u"
    assert not mm.caches.evict()


# -- moving and advice -------------------------------------------------------------------------------------------


def test_moving_a_mapping_moves_its_pages_and_copies_none() -> None:
    mm = make()
    place = mm.map(0x500000, 3 * PAGE, RW, fixed=True)
    copy_to_user(mm, place, b"first")
    copy_to_user(mm, place + 2 * PAGE, b"third")
    frames = [mm.memory.frame(place), mm.memory.frame(place + 2 * PAGE)]
    used, faults = mm.memory.physical.used_bytes, mm.memory.faults
    moved = mm.remap(place, 3 * PAGE, 5 * PAGE, may_move=True, target=0x900000)
    assert moved == 0x900000
    assert [mm.memory.frame(moved), mm.memory.frame(moved + 2 * PAGE)] == frames
    assert (mm.memory.physical.used_bytes, mm.memory.faults) == (used, faults)
    assert copy_from_user(mm, moved + 2 * PAGE, 2 * PAGE) == b"third" + bytes(2 * PAGE - 5)
    assert not mm.memory.is_mapped(place, 1)


@pytest.mark.parametrize("shared", [False, True])
def test_a_mapping_of_a_file_moves_with_its_place_in_the_file(shared: bool) -> None:
    mm, file = make(), File(b"a" * PAGE + b"b" * PAGE + b"c" * PAGE)
    place = mm.map(0, 3 * PAGE, RW, shared=shared, file=file)
    copy_to_user(mm, place + PAGE, b"own")
    moved = mm.remap(place + PAGE, 2 * PAGE, 2 * PAGE, may_move=True, target=0x900000)
    assert copy_from_user(mm, moved, 4) == b"ownb"
    assert copy_from_user(mm, moved + PAGE, 1) == b"c"
    assert copy_from_user(mm, place, 1) == b"a"
    if shared:
        mm.release()
        assert [(offset, data[:4]) for offset, data in file.written] == [(PAGE, b"ownb")]


def test_discarded_private_pages_are_the_files_or_zeros_again() -> None:
    mm, file = make(), File(b"a" * 2 * PAGE)
    anonymous, private = mm.map(0, 2 * PAGE, RW), mm.map(0, 2 * PAGE, RW, file=file)
    shared = mm.map(0, PAGE, RW, shared=True)
    for place in (anonymous, private, shared):
        copy_to_user(mm, place, b"x" * PAGE)
        mm.discard(place, PAGE)
    assert copy_from_user(mm, anonymous, PAGE) == bytes(PAGE)
    assert copy_from_user(mm, private, PAGE) == b"a" * PAGE
    assert copy_from_user(mm, shared, PAGE) == b"x" * PAGE


def test_memory_may_be_kept_from_children_or_wiped_for_them() -> None:
    mm = make()
    place = mm.map(0x500000, 4 * PAGE, RW, fixed=True)
    copy_to_user(mm, place, b"x" * 4 * PAGE)
    mm.advise_fork(place + PAGE, PAGE, dont_fork=True)
    mm.advise_fork(place + 2 * PAGE, PAGE, wipe_on_fork=True)
    child = mm.fork()
    assert copy_from_user(child, place, PAGE) == b"x" * PAGE
    assert not child.memory.is_mapped(place + PAGE, 1)
    assert child.vmas.find(place + PAGE) is None
    assert copy_from_user(child, place + 2 * PAGE, 2 * PAGE) == bytes(PAGE) + b"x" * PAGE
    assert copy_from_user(mm, place, 4 * PAGE) == b"x" * 4 * PAGE
    mm.advise_fork(place, 4 * PAGE, dont_fork=False, wipe_on_fork=False)
    assert len(mm.vmas) == 1
    assert copy_from_user(mm.fork(), place, 4 * PAGE) == b"x" * 4 * PAGE


def test_populating_touches_every_page_as_far_as_it_goes() -> None:
    mm, file = make(), File(b"a" * PAGE)
    place = mm.map(0, 3 * PAGE, RW)
    assert mm.populate(place, 3 * PAGE, Protection.WRITE)
    assert mm.resident_pages == 3
    assert not mm.populate(mm.map(0, 2 * PAGE, R, file=file), 2 * PAGE, Protection.READ)


def test_memory_that_the_machine_has_not_is_missing_in_the_guest() -> None:
    mm = AddressSpace(GuestMemory(PhysicalMemory(2 * PAGE)), limit_bytes=1 << 20)
    place = mm.map(0, 3 * PAGE, RW)
    assert error_of(lambda: copy_to_user(mm, place, b"x" * 3 * PAGE)) is E.EFAULT
    assert copy_from_user(mm, place, 2 * PAGE) == b"x" * 2 * PAGE
