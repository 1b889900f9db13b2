"""VMA arithmetic against a plain set of pages."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from emulator.memory import PhysicalMemory, Protection
from guest.mm.page_cache import PageCache
from guest.mm.vma import Vma, VmaList

PAGE = 4096
ranges = st.tuples(st.integers(0, 30), st.integers(1, 8)).map(lambda r: (r[0] * PAGE, (r[0] + r[1]) * PAGE))
rights = st.sampled_from([Protection.READ, Protection.READ | Protection.WRITE, Protection.NONE])


@given(st.lists(st.tuples(st.booleans(), ranges, rights), max_size=30))
def test_list_agrees_with_a_set_of_pages(steps: list[tuple[bool, tuple[int, int], Protection]]) -> None:
    areas = VmaList()
    pages: dict[int, Protection] = {}
    for add, (start, end), protection in steps:
        removed = areas.remove(start, end)
        assert sum(area.size for area in removed) == PAGE * sum(1 for p in range(start, end, PAGE) if p in pages)
        for page in range(start, end, PAGE):
            pages.pop(page, None)
        if add:
            areas.insert(Vma(start, end, protection))
            pages.update(dict.fromkeys(range(start, end, PAGE), protection))
        found = {page: area.protection for area in areas for page in range(area.start, area.end, PAGE)}
        assert found == pages
        assert areas.charged_bytes == PAGE * sum(1 for right in pages.values() if right & Protection.WRITE)
        listed = list(areas)
        for lower, upper in pairwise(listed):
            assert lower.end < upper.start or lower.protection != upper.protection, "neighbours are merged"
    for address in range(0, 40 * PAGE, PAGE):
        area = areas.find(address)
        assert (area.protection if area else None) == pages.get(address)
        assert areas.covers(address, address + 2 * PAGE) == (address in pages and address + PAGE in pages)


def test_file_offsets_move_with_the_start_and_decide_merging() -> None:
    cache = PageCache(PhysicalMemory(PAGE), 0)
    areas = VmaList()
    areas.insert(Vma(0x1000, 0x5000, Protection.READ, b"/f", None, 0x2000, cache=cache))
    areas.remove(0x2000, 0x3000)
    assert [(area.start, area.offset) for area in areas] == [(0x1000, 0x2000), (0x3000, 0x4000)]
    areas.insert(Vma(0x2000, 0x3000, Protection.READ, b"/f", None, 0x3000, cache=cache))
    assert [(area.start, area.end) for area in areas] == [(0x1000, 0x5000)]
    areas.remove(0x2000, 0x3000)
    areas.insert(Vma(0x2000, 0x3000, Protection.READ, b"/f", None, 0x9000, cache=cache))
    assert len(areas) == 3
