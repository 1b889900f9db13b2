"""Caches and main memory, in machine code: when the data of an access arrive.

Set-associative, write-back, write-allocate, least recently used. A miss takes a miss register; a line that is on its
way is there for whoever asks next, at the time of its fill. Data caches of different cores are kept coherent: a line
that another core wrote to comes from its cache, and a write takes the other cores' copies (the protocol of gem5's
classic caches: modified, owned, exclusive, shared, invalid).
"""

from __future__ import annotations

from typing import Any

from numba import carray

from emulator.jit import inlined, operation, outlined
from emulator.native import load_int64, pointer, store_int64
from emulator.timing.records import CACHE, DIRECTORY_SLOTS, LRU, MOST_CHANGES, RANDOM, Cause

NOBODY, CLEAN = -2, -1
_MOST_CORES = 64  # the bits of an integer, the last of which is its sign
_L1D, _L2, _DRAM = int(Cause.L1D), int(Cause.L2), int(Cause.DRAM)
VALID, WRITTEN, SHARED, CONTESTED, FAR, PREFETCHED = 1, 2, 4, 8, 16, 32
"""State of a line in a way: there, differing from the next level's copy, perhaps also in another core's cache, wanted
by another core at the same time, come from main memory, prefetched and not used yet.
"""
_FLAGS = WRITTEN | SHARED | CONTESTED | FAR | PREFETCHED
STATE_BITS = 6
WHOLE_LINE = 2
"""A write of all bytes of a line, which need not be fetched for it."""
MOST_STRIDE = 4
"""Lines between two misses that may be of one stream (Arm Cortex-A35 Technical Reference Manual, A6.5)."""
_STREAM_WORDS = 4
_MULTIPLIER, _INCREMENT = 0x5851_F42D_4C95_7F2D, 0x1405_7B7E_F767_814F
"""Of a linear congruential generator of 64 bits (D. Knuth, MMIX)."""


@operation
def find_way(cache: Any, line: Any) -> Any:
    """Index of the way that holds a line, or -1."""
    first = (line & cache["sets"] - 1) * cache["ways"]
    for way in range(first, first + cache["ways"]):
        if load_int64(cache["lines"] + (way << 3)) | _FLAGS == line << STATE_BITS | VALID | _FLAGS:
            return way
    return -1


@operation
def choose_victim(cache: Any, line: Any) -> Any:
    """The way for a new line of a set: an empty one, else the one that the cache's policy gives up.

    That has the oldest stamp, of its last use or of its fill, or is any.
    """
    first = (line & cache["sets"] - 1) * cache["ways"]
    victim = first
    oldest = load_int64(cache["stamps"] + (first << 3))
    for way in range(first, first + cache["ways"]):
        if load_int64(cache["lines"] + (way << 3)) & VALID == 0:
            return way
        stamp = load_int64(cache["stamps"] + (way << 3))
        if stamp < oldest:
            oldest = stamp
            victim = way
    if cache["policy"] == RANDOM:
        cache["seed"] = cache["seed"] * _MULTIPLIER + _INCREMENT
        victim = first + (cache["seed"] >> 33 & 0x3FFF_FFFF) % cache["ways"]
    return victim


@inlined
def _stamp(cache: Any, way: Any) -> None:
    cache["clock"] += 1
    store_int64(cache["stamps"] + (way << 3), cache["clock"])


@operation
def touch_way(cache: Any, way: Any, write: Any) -> None:
    """Note a use."""
    if cache["policy"] == LRU:
        _stamp(cache, way)
    if write != 0:
        place = cache["lines"] + (way << 3)
        store_int64(place, load_int64(place) | WRITTEN)


@outlined
def _use_ways(cache: Any, ways: Any, begin: Any, end: Any, but: Any) -> None:
    """`touch_ways` where uses leave no stamps."""
    for number in range(begin, end):
        if but == 0 or but >> number & 1 == 0:
            entry = load_int64(ways + (number << 3))
            touch_way(cache, entry >> 1, entry & 1)
            if entry & 1 != 0:
                cache["writes"] += 1
            else:
                cache["reads"] += 1


@operation
def touch_ways(cache: Any, ways: Any, begin: Any, end: Any, but: Any) -> None:
    """Note uses of ways, listed in order with a low bit that says if it is written to, from `begin` up to `end`.

    `but`: bits for those that are not used.
    """
    if cache["policy"] != LRU:
        _use_ways(cache, ways, begin, end, but)
        return
    clock, lines, stamps = cache["clock"], cache["lines"], cache["stamps"]
    before = clock
    writes = 0
    for number in range(begin, end):
        if but != 0 and but >> number & 1 != 0:
            continue
        entry = load_int64(ways + (number << 3))
        place = entry >> 1 << 3
        clock += 1
        store_int64(stamps + place, clock)
        if entry & 1 != 0:
            store_int64(lines + place, load_int64(lines + place) | WRITTEN)
            writes += 1
    cache["clock"] = clock
    cache["writes"] += writes
    cache["reads"] += clock - before - writes


@operation
def take_miss_register(cache: Any) -> Any:
    """The number of the miss register that is free first."""
    best = 0
    free = load_int64(cache["misses_in_flight"])
    for number in range(1, cache["miss_registers"]):
        other = load_int64(cache["misses_in_flight"] + (number << 3))
        if other < free:
            free = other
            best = number
    return best


@operation
def count_miss(cache: Any, write: Any) -> None:
    """Note a miss."""
    if write != 0:
        cache["write_misses"] += 1
    else:
        cache["read_misses"] += 1


@operation
def install(cache: Any, way: Any, line: Any, filled: Any, write: Any) -> None:
    """Give a way to a line, which is there from cycle `filled` on."""
    store_int64(cache["lines"] + (way << 3), line << STATE_BITS | VALID)
    store_int64(cache["fills"] + (way << 3), filled)
    _stamp(cache, way)
    if write != 0:
        store_int64(cache["lines"] + (way << 3), line << STATE_BITS | VALID | WRITTEN)


@inlined
def _note_change(cache: Any, way: Any, lost: Any) -> None:
    """Remember that the line in a way, which was `lost`, is not answered at once any more."""
    number = cache["changed"]
    if number < MOST_CHANGES:
        place = cache["changes"] + (number << 4)
        store_int64(place, way)
        store_int64(place + 8, lost)
        cache["changed"] = number + 1


@inlined
def _cycles(dram: Any, time: Any) -> Any:
    """The first cycle of the cores that begins at a time or later."""
    return (time + dram["period"] - 1) // dram["period"]


@operation
def dram_access(dram: Any, line: Any, now: Any, write: Any) -> Any:
    """Cycle at which a line has arrived from memory; writes wait in a queue and give `now`."""
    time = now * dram["period"]
    if write != 0:
        dram["writes"] += 1
        dram["queued_writes"] += 1
        if dram["queued_writes"] >= dram["high_writes"]:
            # Drained in one go, most of them to open rows; reads that come meanwhile wait.
            count = dram["queued_writes"] - dram["low_writes"]
            begin = max(time, dram["bus_ready"])
            dram["bus_begin"] = begin
            dram["bus_ready"] = begin + count * dram["t_burst"] + dram["t_turn"]
            dram["queued_writes"] = dram["low_writes"]
            for bank in range(dram["banks"]):
                store_int64(dram["open_rows"] + (bank << 3), -1)
        return now
    dram["reads"] += 1
    bank = (line >> dram["bank_shift"]) & dram["banks"] - 1
    row = line >> dram["row_shift"]
    open_row = load_int64(dram["open_rows"] + (bank << 3))
    start = time + dram["frontend"]
    if start + dram["t_row"] + dram["t_column"] <= load_int64(dram["bank_begin"] + (bank << 3)):
        # It comes from a core that is behind in time, and is served before what was asked for last.
        return _cycles(dram, start + dram["t_row"] + dram["t_column"] + dram["t_burst"] + dram["backend"])
    start = max(start, load_int64(dram["bank_ready"] + (bank << 3)))
    uses = load_int64(dram["row_uses"] + (bank << 3))
    if open_row == row:
        dram["row_hits"] += 1
        uses += 1
    else:
        if open_row >= 0:
            start += dram["t_precharge"]
        start += dram["t_row"]
        uses = 1
        open_row = row
    store_int64(dram["bank_begin"] + (bank << 3), start)
    data = start + dram["t_column"]
    if data + dram["t_burst"] > dram["bus_begin"]:
        data = max(data, dram["bus_ready"])
        dram["bus_begin"] = data
        dram["bus_ready"] = data + dram["t_burst"]
    if uses >= dram["row_limit"]:
        open_row = -1
        start += dram["t_precharge"]
    store_int64(dram["row_uses"] + (bank << 3), uses)
    store_int64(dram["open_rows"] + (bank << 3), open_row)
    store_int64(dram["bank_ready"] + (bank << 3), start)
    return _cycles(dram, data + dram["t_burst"] + dram["backend"])


@outlined
def l2_access(l2: Any, dram: Any, line: Any, now: Any, write: Any) -> Any:
    """Cycle at which the second-level cache gives a line; for a line written back to it nobody waits."""
    if write != 0:
        l2["writes"] += 1
    else:
        l2["reads"] += 1
    way = find_way(l2, line)
    if way >= 0:
        touch_way(l2, way, write)
        # A core that is behind in time finds lines that one ahead fetched, and would have had to fetch them itself.
        return min(max(now, load_int64(l2["fills"] + (way << 3))), now + l2["miss_time"]) + l2["latency"]
    count_miss(l2, write)
    victim = choose_victim(l2, line)
    old = load_int64(l2["lines"] + (victim << 3))
    if old & VALID != 0 and old & WRITTEN != 0:
        l2["writebacks"] += 1
        dram_access(dram, old >> STATE_BITS, now + l2["latency"], 1)
    done = now + l2["latency"]
    if write == 0:
        done = dram_access(dram, line, done, 0) + l2["response"]
        l2["miss_time"] = done - now
    install(l2, victim, line, done, write)
    return done


@outlined
def snoop(l1: Any, line: Any, write: Any) -> Any:
    """Ask the caches of other cores for a line, of which a write takes their copies.

    Gives the cycle since when the core that wrote to it has it, -1 if nobody did, -2 if nobody has it. Whom to ask is
    known from a directory: cores that ever had a line with the same low bits, a few too many at worst.
    """
    directory = l1["directory"] + ((line & DIRECTORY_SLOTS - 1) << 3)
    holders = load_int64(directory)
    store_int64(directory, holders | 1 << l1["number"])
    others = holders & ~(1 << l1["number"])
    supplied = NOBODY
    number = 0
    while others != 0 and number < _MOST_CORES:
        if others & 1 != 0:
            other = carray(pointer(load_int64(l1["peers"] + (number << 3))), 1, CACHE)[0]
            way = find_way(other, line)
            if way >= 0:
                place = other["lines"] + (way << 3)
                state = load_int64(place)
                if state & WRITTEN != 0:
                    supplied = max(load_int64(other["fills"] + (way << 3)), 0)
                elif supplied == NOBODY:
                    supplied = CLEAN
                store_int64(l1["contended"], 1)
                l1["contested"] = max(l1["contested"], load_int64(other["core_now"]))
                if write != 0:
                    store_int64(place, 0)
                    other["invalidations"] += 1
                else:
                    store_int64(place, state | SHARED)
        others >>= 1
        number += 1
    return supplied


@outlined
def _upgrade(l1: Any, l2: Any, way: Any, line: Any, now: Any) -> Any:
    """Take the copies that others have of a line that is written to; the cycle at which that is done."""
    _note_change(l1, way, line)
    l1["served"] = _L2
    l1["upgrades"] += 1
    owner = snoop(l1, line, 1)
    place = l1["lines"] + (way << 3)
    store_int64(place, load_int64(place) & ~SHARED)
    begin = max(now + l1["latency"], load_int64(l1["fills"] + (way << 3)))
    done = (max(begin, owner) + l1["transfer"] if owner >= 0 else begin + l2["latency"]) + l1["response"]
    store_int64(l1["fills"] + (way << 3), done)
    return done


@operation
def l2_give_up(l2: Any, dram: Any, line: Any, now: Any) -> Any:
    """When a first-level cache may write a whole line: the second level and the memory bus hear of it, no data move."""
    way = find_way(l2, line)
    done = now + l2["latency"]
    if way >= 0:
        store_int64(l2["lines"] + (way << 3), 0)
        return done
    return _cycles(dram, done * dram["period"] + dram["bus"]) + l2["latency"]


@operation
def _replace(l1: Any, l2: Any, dram: Any, line: Any, filled: Any, write: Any) -> Any:
    """Give a line that is there from `filled` on the way of another, which is written back if need be; which way."""
    victim = choose_victim(l1, line)
    old = load_int64(l1["lines"] + (victim << 3))
    if old & VALID != 0 and old & WRITTEN != 0:
        l1["writebacks"] += 1
        l2_access(l2, dram, old >> STATE_BITS, filled, 1)
    install(l1, victim, line, filled, write)
    _note_change(l1, victim, old >> STATE_BITS)
    return victim


@outlined
def _is_elsewhere(l1: Any, line: Any) -> bool:
    """Whether another core's cache has a line; this one's is noted to have it else."""
    directory = l1["directory"] + ((line & DIRECTORY_SLOTS - 1) << 3)
    holders = load_int64(directory)
    for number in range(_MOST_CORES):
        if holders >> number & 1 != 0 and number != l1["number"]:
            other = carray(pointer(load_int64(l1["peers"] + (number << 3))), 1, CACHE)[0]
            if find_way(other, line) >= 0:
                return True
    store_int64(directory, holders | 1 << l1["number"])
    return False


@operation
def _find_stream(l1: Any, line: Any) -> Any:
    """The stream that a line goes on with, or else begins."""
    chosen = l1["streams"]
    best, oldest = -1, 0
    for number in range(l1["stream_count"]):
        stream = l1["streams"] + (number * _STREAM_WORDS << 3)
        distance = line - load_int64(stream)
        fit = 0
        if distance != 0 and load_int64(stream + 16) != 0:
            if distance == load_int64(stream + 8):
                fit = 2
            elif -MOST_STRIDE <= distance <= MOST_STRIDE:
                fit = 1
        stamp = load_int64(stream + 24)
        if fit > best or (fit == best and stamp < oldest):
            chosen, best, oldest = stream, fit, stamp
    length = 1
    if best == 2:
        length = load_int64(chosen + 16) + 1
    elif best == 1:
        length = 2
    store_int64(chosen + 8, line - load_int64(chosen) if best > 0 else 0)
    store_int64(chosen, line)
    store_int64(chosen + 16, length)
    store_int64(chosen + 24, l1["clock"])
    return chosen


@outlined
def _prefetch(l1: Any, l2: Any, dram: Any, line: Any, begin: Any) -> None:
    """A line missed, or was used for the first time after it was prefetched: prefetch those that may come next.

    A prefetch leaves a miss register to accesses, does not leave the page, and takes nothing from other cores' caches.
    """
    stream = _find_stream(l1, line)
    if load_int64(stream + 16) < l1["trigger"]:
        return
    wanted = line
    for _ in range(l1["depth"]):
        wanted += load_int64(stream + 8)
        if wanted >> l1["page_shift"] != line >> l1["page_shift"]:
            return
        if find_way(l1, wanted) >= 0:
            continue
        busy = 0
        for number in range(l1["miss_registers"]):
            if load_int64(l1["misses_in_flight"] + (number << 3)) > begin:
                busy += 1
        if busy + 1 >= l1["miss_registers"]:
            return
        if l1["peers"] != 0 and _is_elsewhere(l1, wanted):
            continue
        l1["prefetches"] += 1
        missed = l2["read_misses"]
        done = l2_access(l2, dram, wanted, begin, 0) + l1["response"]
        store_int64(l1["misses_in_flight"] + (take_miss_register(l1) << 3), done)
        place = l1["lines"] + (_replace(l1, l2, dram, wanted, done, 0) << 3)
        store_int64(place, load_int64(place) | (PREFETCHED | FAR if l2["read_misses"] != missed else PREFETCHED))


@outlined
def l1_miss(l1: Any, l2: Any, dram: Any, line: Any, now: Any, write: Any) -> Any:
    """Fetch a line into a first-level cache; the cycle at which it is there."""
    l1["delays"] += 1
    count_miss(l1, write)
    owner = NOBODY
    l1["contested"] = now
    if l1["peers"] != 0:
        owner = snoop(l1, line, write)
    register = take_miss_register(l1)
    place = l1["misses_in_flight"] + (register << 3)
    begin = max(now + l1["latency"], load_int64(place))
    l1["served"] = _L2
    if owner >= 0:
        l1["transfers"] += 1
        done = max(begin, owner) + l1["transfer"] + l1["response"]
    elif write == WHOLE_LINE:
        done = l2_give_up(l2, dram, line, begin) + l1["response"]
    else:
        missed = l2["read_misses"]
        done = l2_access(l2, dram, line, begin, 0) + l1["response"]
        if l2["read_misses"] != missed:
            l1["served"] = _DRAM
    store_int64(place, done)
    victim = _replace(l1, l2, dram, line, done, write)
    flags = FAR if l1["served"] == _DRAM else 0
    if owner != NOBODY:
        if write == 0:
            flags |= SHARED
        if l1["contested"] > done:
            # Another core that is ahead in time used the line meanwhile: until then they take it from each other.
            flags |= CONTESTED
            store_int64(l1["contests"] + (victim << 3), l1["contested"])
    if flags != 0:
        place = l1["lines"] + (victim << 3)
        store_int64(place, load_int64(place) | flags)
    if l1["stream_count"] != 0 and write != WHOLE_LINE:
        _prefetch(l1, l2, dram, line, begin)
    return done


@outlined
def _contest(l1: Any, way: Any, now: Any, write: Any) -> Any:
    """Take a line back from another core that uses it at the same time; the cycle at which it is there."""
    if now >= load_int64(l1["contests"] + (way << 3)):
        place = l1["lines"] + (way << 3)
        store_int64(place, load_int64(place) & ~CONTESTED)
        return max(now + l1["latency"], load_int64(l1["fills"] + (way << 3)))
    _note_change(l1, way, load_int64(l1["lines"] + (way << 3)) >> STATE_BITS)
    place = l1["fills"] + (way << 3)
    filled = load_int64(place)
    l1["served"] = _L2
    if filled <= now:
        count_miss(l1, write)
        l1["transfers"] += 1
        l1["invalidations"] += 1
        filled = now + l1["latency"] + l1["transfer"] + l1["response"]
        store_int64(place, filled)
    return max(filled, now + l1["latency"])


@operation
def l1_access(l1: Any, l2: Any, dram: Any, line: Any, now: Any, write: Any) -> Any:
    """Cycle at which an access of one line, sent at `now`, is answered."""
    if write != 0:
        l1["writes"] += 1
    else:
        l1["reads"] += 1
    way = find_way(l1, line)
    if way < 0:
        return l1_miss(l1, l2, dram, line, now, write)
    touch_way(l1, way, write)
    flags = load_int64(l1["lines"] + (way << 3))
    if flags & PREFETCHED != 0:
        store_int64(l1["lines"] + (way << 3), flags & ~PREFETCHED)
        l1["prefetch_hits"] += 1
        _prefetch(l1, l2, dram, line, now + l1["latency"])
    if flags & CONTESTED != 0:
        return _contest(l1, way, now, write)
    if write != 0 and flags & SHARED != 0:
        return _upgrade(l1, l2, way, line, now)
    answer = now + l1["latency"]
    filled = load_int64(l1["fills"] + (way << 3))
    whole = filled + l1["tail"]
    l1["served"] = _DRAM if flags & FAR != 0 else _L2
    if now < filled - l1["response"]:
        # The line is under way: another miss.
        l1["delays"] += 1
        count_miss(l1, write)
        return whole
    if write == 0 and whole > answer:
        # It has begun to come.
        l1["delays"] += 1
        return whole + l1["latency"]
    l1["served"] = _L1D
    return answer
