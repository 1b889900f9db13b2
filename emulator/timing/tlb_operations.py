"""Translation lookaside buffers, in machine code: when the address of an access is known to memory.

Each core has a micro TLB for instructions and one for data, small and fully associative, whose entries are replaced in
turn, and a main TLB for both. What the main one lacks is looked up in page tables: their last level is read through
the second-level cache, the one above too unless the walk cache has it; those above that are taken to be at hand. A hit
in a micro TLB costs nothing and changes nothing.

A page is known by where caches see it. So a frame that is mapped in several places, or by several processes, has one
entry; and entries outlive their mappings.
"""

from __future__ import annotations

from typing import Any

from numba import carray

from emulator.jit import inlined, operation, outlined
from emulator.native import load_int64, pointer, store_int64
from emulator.timing.cache_operations import choose_victim, count_miss, find_way, install, l2_access, touch_way
from emulator.timing.records import CACHE, TLB_HINTS

_TABLE_SHIFT = 9
"""Entries in one table."""
_LAST_LEVEL, _LEVEL_ABOVE = 1 << 44, 1 << 45
"""Numbers of lines in which caches see tables: beyond those of all memory."""


@inlined
def _cache(address: Any) -> Any:
    return carray(pointer(address), 1, CACHE)[0]


@operation
def is_translated(tlb: Any, page: Any) -> bool:
    """Whether a micro TLB has a page, or there is none and translation costs nothing."""
    hint = tlb["hints"] + ((page & TLB_HINTS - 1) << 3)
    if load_int64(hint) == page or tlb["entries"] == 0:
        return True
    for i in range(tlb["entries"]):
        if load_int64(tlb["pages"] + (i << 3)) == page:
            store_int64(hint, page)
            return True
    return False


@outlined
def fetch_translation(tlb: Any, l2: Any, dram: Any, page: Any, now: Any) -> Any:
    """Put a page that a micro TLB lacks into it; the cycle at which it is there."""
    entry = tlb["pages"] + (tlb["next"] << 3)
    lost = load_int64(entry)
    store_int64(entry, page)
    hint = tlb["hints"] + ((lost & TLB_HINTS - 1) << 3)
    if load_int64(hint) == lost:
        store_int64(hint, -1)
    store_int64(tlb["hints"] + ((page & TLB_HINTS - 1) << 3), page)
    tlb["next"] = tlb["next"] + 1 if tlb["next"] + 1 < tlb["entries"] else 0
    tlb["lost"] = lost
    main = _cache(tlb["main"])
    main["reads"] += 1
    done = now + main["latency"]
    way = find_way(main, page)
    if way >= 0:
        touch_way(main, way, 0)
        return done
    count_miss(main, 0)
    walked = _cache(tlb["walks"])
    walked["reads"] += 1
    table = page >> _TABLE_SHIFT
    way = find_way(walked, table)
    if way >= 0:
        touch_way(walked, way, 0)
    else:
        count_miss(walked, 0)
        done = l2_access(l2, dram, _LEVEL_ABOVE + (table >> tlb["entries_shift"]), done, 0)
        install(walked, choose_victim(walked, table), table, done, 0)
    done = l2_access(l2, dram, _LAST_LEVEL + (page >> tlb["entries_shift"]), done, 0)
    install(main, choose_victim(main, page), page, done, 0)
    return done


@operation
def translate(tlb: Any, l2: Any, dram: Any, page: Any, now: Any) -> Any:
    """The cycle at which an access to a page may go to the first-level cache, if it is asked for at `now`."""
    if is_translated(tlb, page):
        return now
    return fetch_translation(tlb, l2, dram, page, now)
