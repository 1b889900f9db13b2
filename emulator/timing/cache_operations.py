"""Caches and main memory, in machine code: when the data of an access arrive.

Set-associative, write-back, write-allocate, least recently used. A miss takes a miss register; a line that is on its
way is there for whoever asks next, at the time of its fill.
"""

from __future__ import annotations

from typing import Any

from emulator.jit import operation
from emulator.native import load_int64, store_int64

LINE_SHIFT = 6
WHOLE_LINE = 2
"""A write of all bytes of a line, which need not be fetched for it."""
_TRANSFER = 2
"""Cycles from the first to the last bytes of a line on its way to a first-level cache: 64 bytes, 32 per cycle."""
_VALID, _WRITTEN = 1, 2
_STATE_BITS = 2


@operation
def find_way(cache: Any, line: Any) -> Any:
    """Index of the way that holds a line, or -1."""
    first = (line & cache["sets"] - 1) * cache["ways"]
    for way in range(first, first + cache["ways"]):
        if load_int64(cache["lines"] + (way << 3)) | _WRITTEN == line << _STATE_BITS | _WRITTEN | _VALID:
            return way
    return -1


@operation
def choose_victim(cache: Any, line: Any) -> Any:
    """The way for a new line of a set: an empty one, else the one used least recently."""
    first = (line & cache["sets"] - 1) * cache["ways"]
    victim = first
    oldest = load_int64(cache["stamps"] + (first << 3))
    for way in range(first, first + cache["ways"]):
        if load_int64(cache["lines"] + (way << 3)) & _VALID == 0:
            return way
        stamp = load_int64(cache["stamps"] + (way << 3))
        if stamp < oldest:
            oldest = stamp
            victim = way
    return victim


@operation
def touch_way(cache: Any, way: Any, write: Any) -> None:
    """Note a use."""
    cache["clock"] += 1
    store_int64(cache["stamps"] + (way << 3), cache["clock"])
    if write != 0:
        place = cache["lines"] + (way << 3)
        store_int64(place, load_int64(place) | _WRITTEN)


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
    store_int64(cache["lines"] + (way << 3), line << _STATE_BITS | _VALID)
    store_int64(cache["fills"] + (way << 3), filled)
    touch_way(cache, way, write)


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
            dram["bus_ready"] = begin + count * dram["t_burst"] + dram["t_turn"]
            dram["queued_writes"] = dram["low_writes"]
            for bank in range(dram["banks"]):
                store_int64(dram["open_rows"] + (bank << 3), -1)
        return now
    dram["reads"] += 1
    address = line << LINE_SHIFT
    bank = (address >> dram["bank_shift"]) & dram["banks"] - 1
    row = address >> dram["row_shift"]
    open_row = load_int64(dram["open_rows"] + (bank << 3))
    start = max(time + dram["frontend"], load_int64(dram["bank_ready"] + (bank << 3)))
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
    data = max(start + dram["t_column"], dram["bus_ready"])
    dram["bus_ready"] = data + dram["t_burst"]
    if uses >= dram["row_limit"]:
        open_row = -1
        start += dram["t_precharge"]
    store_int64(dram["row_uses"] + (bank << 3), uses)
    store_int64(dram["open_rows"] + (bank << 3), open_row)
    store_int64(dram["bank_ready"] + (bank << 3), start)
    return (data + dram["t_burst"] + dram["backend"] + dram["period"] - 1) // dram["period"]


@operation
def l2_access(l2: Any, dram: Any, line: Any, now: Any, write: Any) -> Any:
    """Cycle at which the second-level cache gives a line; for a line written back to it nobody waits."""
    if write != 0:
        l2["writes"] += 1
    else:
        l2["reads"] += 1
    way = find_way(l2, line)
    if way >= 0:
        touch_way(l2, way, write)
        return max(now, load_int64(l2["fills"] + (way << 3))) + l2["latency"]
    count_miss(l2, write)
    victim = choose_victim(l2, line)
    old = load_int64(l2["lines"] + (victim << 3))
    if old & _VALID != 0 and old & _WRITTEN != 0:
        l2["writebacks"] += 1
        dram_access(dram, old >> _STATE_BITS, now + l2["latency"], 1)
    done = now + l2["latency"]
    if write == 0:
        done = dram_access(dram, line, done, 0) + l2["response"]
    install(l2, victim, line, done, write)
    return done


@operation
def l2_give_up(l2: Any, dram: Any, line: Any, now: Any) -> Any:
    """When a first-level cache may write a whole line: the second level and the memory bus hear of it, no data move."""
    way = find_way(l2, line)
    done = now + l2["latency"]
    if way >= 0:
        store_int64(l2["lines"] + (way << 3), 0)
        return done
    return (done * dram["period"] + dram["bus"] + dram["period"] - 1) // dram["period"] + l2["latency"]


@operation
def l1_miss(l1: Any, l2: Any, dram: Any, line: Any, now: Any, write: Any) -> Any:
    """Fetch a line into a first-level cache; the cycle at which it is there."""
    count_miss(l1, write)
    register = take_miss_register(l1)
    place = l1["misses_in_flight"] + (register << 3)
    begin = max(now + l1["latency"], load_int64(place))
    done = l2_give_up(l2, dram, line, begin) if write == WHOLE_LINE else l2_access(l2, dram, line, begin, 0)
    done += l1["response"]
    store_int64(place, done)
    victim = choose_victim(l1, line)
    old = load_int64(l1["lines"] + (victim << 3))
    if old & _VALID != 0 and old & _WRITTEN != 0:
        l1["writebacks"] += 1
        l2_access(l2, dram, old >> _STATE_BITS, done, 1)
    install(l1, victim, line, done, write)
    return done


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
    answer = now + l1["latency"]
    filled = load_int64(l1["fills"] + (way << 3))
    whole = filled + _TRANSFER
    if now < filled - l1["response"]:
        # The line is under way: another miss.
        count_miss(l1, write)
        return whole
    if write == 0 and whole > answer:
        # It has begun to come.
        return whole + l1["latency"]
    return answer
