"""The pipeline of an in-order core, in machine code: when each micro-operation is fetched, issued and committed.

The mechanisms are those of gem5's MinorCPU (its source, v24): Fetch1 fetches lines, one at a time, into two buffers;
Fetch2 predicts branches and passes on two instructions per cycle; Decode makes two micro-operations per cycle;
Execute issues up to two in order into pipelined units, and commits up to two in order. A unit whose oldest operation
may not commit yet stands still. Accesses are sent when their address is certain, at most two at a time, but none while
the oldest operation waits for its own; they commit when they are answered, and stores go through a store buffer. A
pipeline in which nothing moves stops and is woken by the next answer. Instead of stepping through cycles, each
micro-operation's times follow from those before it.
"""

from __future__ import annotations

from typing import Any

from numba import carray

from emulator.block_entry import COST_BYTES
from emulator.jit import inlined, operation, outlined
from emulator.native import load_int8, load_int64, pointer, store_int64
from emulator.page_entry import FRAME_SHIFT
from emulator.record import REGISTER_PAGES, SUBCYCLES, TILE
from emulator.register_layout import Register
from emulator.register_operations import is_window, registers_of
from emulator.timing.cache_operations import WHOLE_LINE, l1_access
from emulator.timing.predictor_operations import NOT_TAKEN, TAKEN, WRONG, WRONG_ELSEWHERE, WRONG_ON, resolve
from emulator.timing.records import (
    ANSWER_SHIFT,
    BUFFER_RING,
    CACHE,
    DRAM,
    LEVEL_BITS,
    MOST_ANSWERS,
    PREDICTOR,
    REGISTER_PLACE,
    SECOND_ALU,
    STALL_RING,
    STORE_RING,
    TLB,
    Cause,
)
from emulator.timing.tlb_operations import fetch_translation, is_translated, translate
from emulator.timing.uop import SINK, Role, Unit

_LOAD, _STORE, _ORDERED = int(Role.LOAD), int(Role.STORE), int(Role.ORDERED)
_FLUSH, _FIRST, _PREFETCH = int(Role.FLUSH), int(Role.FIRST), int(Role.PREFETCH)
_BOTH = _LOAD | _STORE
_ALU, _MEMORY, _PROCESS = int(Unit.ALU), int(Unit.MEMORY), int(Unit.AIMC_PROCESS)
_SECOND_ALU = SECOND_ALU
_UOP_BYTES = 16
_RING_MASK = BUFFER_RING - 1
_PAGE_MASK = (1 << 12) - 1
_NEVER = -1
_PAIR_SHIFT = 3
"""From bytes of instructions to the cycles that Fetch2 takes to go through them: two of four bytes in each."""
_ZEROED = 64
"""Bytes that DC ZVA writes."""
_RESTART = 5
"""An empty pipeline has instructions again so long after it was told where: Fetch1 hears of it (1), gets the line (2),
is woken by it (1), and Fetch2 has it (1)."""
_FORGOTTEN = 64
"""So long before the last issue it makes no difference when exactly something was fetched or decoded: what the buffers
hold comes first. That there are fewer different states is what lets blocks be known (`memo_operations.py`).
"""
_IDLE_AFTER = 16
"""A pipeline that waits for an answer longer than this stands still, and needs one more cycle to be woken by it."""
_WRITE_BIT = 1 << 8
_OUTPUT, _START = int(Register.OUTPUT), int(Register.PROCESS)
_BUS_BYTES, _BUS_SHIFT = 4, 2
"""Of the bus to registers."""
_CAUSES = len(Cause)

_BASE, _DEPENDENCY, _UNIT, _FETCH = int(Cause.BASE), int(Cause.DEPENDENCY), int(Cause.UNIT), int(Cause.FETCH)
_MISPREDICTED, _L1D, _AIMC, _TLB = int(Cause.BRANCH), int(Cause.L1D), int(Cause.AIMC), int(Cause.TLB)


@inlined
def _cache(address: Any) -> Any:
    return carray(pointer(address), 1, CACHE)[0]


@inlined
def _dram(address: Any) -> Any:
    return carray(pointer(address), 1, DRAM)[0]


@inlined
def _tlb(address: Any) -> Any:
    return carray(pointer(address), 1, TLB)[0]


@operation
def _find_instructions(core: Any, line: Any, now: Any) -> Any:
    """The cycle at which it is known where a line of instructions is that is asked for at `now`."""
    tlb = _tlb(core["itlb"])
    known = translate(tlb, _cache(core["l2"]), _dram(core["dram"]), line >> tlb["page_shift"], now)
    if known > now:
        core["fetch_cause"] = _TLB
        _cache(core["l1i"])["delays"] += 1
    return known


@operation
def _fetch_line(core: Any, line: Any, now: Any) -> Any:
    """Fetch1 asks for a line at `now`; the cycle at which it has it."""
    at = l1_access(_cache(core["l1i"]), _cache(core["l2"]), _dram(core["dram"]), line, now, 0)
    return at + 1 if at - now > _IDLE_AFTER else at


@operation
def redirect(core: Any, line: Any, seen: Any, mispredicted: Any) -> None:
    """Fetch goes on at another line: Fetch1 knows at `seen`. Fetches that are under way are waited for."""
    begin = seen
    if core["next_at"] >= seen:
        begin = core["next_at"] + 1
    elif mispredicted == 0 and core["next_at"] < seen - 1:
        # Both buffers were full. They are emptied with the prediction, and the line behind them is asked for at once.
        core["ahead"] = 1
        begin = max(begin, _fetch_line(core, core["next_line"] + 1, seen - 1) + 1)
    core["fetch_cause"] = _MISPREDICTED if mispredicted != 0 else _FETCH
    at = _fetch_line(core, line, _find_instructions(core, line, begin))
    if mispredicted != 0 and begin > seen:
        at += 1  # nothing else was under way any more
    core["line"] = line
    core["line_at"] = at + 1
    core["next_line"] = line + 1
    core["next_at"] = _fetch_line(core, line + 1, at + 1)


@inlined
def _buffered(core: Any) -> Any:
    """Entries of the buffers behind Fetch2, each filled in a cycle."""
    return core["decode_buffer"] + core["execute_buffer"]


@operation
def _fetch_on(core: Any, address: Any, until: Any) -> None:
    """Lines that Fetch1 asks for behind a branch not predicted taken, wrongly: what of it is on its way at `until`."""
    line_bytes = 1 << core["line_shift"]
    left = line_bytes - (address & line_bytes - 1) >> 2
    used = core["fetched"] + (left - core["fetched_count"] + 1 >> 1)
    last = core["fetched"] + _buffered(core)
    begin = max(core["next_at"] + 1, used)
    while begin < until and begin <= last:
        if begin + 2 >= until:
            core["next_at"] = begin + 2
        used += line_bytes >> _PAIR_SHIFT
        begin = max(begin + 3, used)


@operation
def _fetch_elsewhere(core: Any, line: Any, until: Any) -> None:
    """Lines that Fetch1 asks for where a wrong prediction sends it: what of it is on its way at `until`."""
    begin = max(core["fetched"] + 1, core["next_at"] + 1)
    if core["next_at"] < core["fetched"]:
        begin = core["fetched"] + 3
    if begin < until:
        core["next_at"] = _fetch_line(core, line, begin)
        core["elsewhere"] = 1
        if core["next_at"] + 1 < until:
            core["next_at"] = _fetch_line(core, line + 1, core["next_at"] + 1)
            core["elsewhere"] = 2


@operation
def _next_line(core: Any, line: Any, popped: Any) -> None:
    """The line that Fetch2 took instructions from is used up, at cycle `popped`."""
    arrived = core["next_at"] + 1
    if core["fetch_cause"] == _TLB:
        core["fetch_cause"] = _FETCH
    if line & (1 << _tlb(core["itlb"])["page_shift"]) - 1 == 0:
        arrived = _find_instructions(core, line, arrived)
    core["line"] = line
    core["line_at"] = max(arrived, popped)
    core["next_line"] = line + 1
    core["next_at"] = _fetch_line(core, line + 1, max(arrived, popped))


@operation
def _stall_shift(core: Any, unit: Any, issue: Any) -> Any:
    """The first cycle from `issue` on in which a unit moves."""
    stalls = core["stalls"] + (unit * STALL_RING * 2 << 3)
    index = load_int64(core["stall_index"] + (unit << 3))
    for back in range(STALL_RING - 1, -1, -1):
        place = stalls + ((index - 1 - back & STALL_RING - 1) * 2 << 3)
        if load_int64(place) <= issue < load_int64(place + 8):
            issue = load_int64(place + 8)
    return issue


@operation
def _stall_time(core: Any, unit: Any, issue: Any) -> Any:
    """How long a unit stands still after `issue`, by what it holds already."""
    stalls = core["stalls"] + (unit * STALL_RING * 2 << 3)
    total = 0
    for i in range(STALL_RING):
        place = stalls + (i * 2 << 3)
        begin = load_int64(place)
        if begin > issue:
            total += load_int64(place + 8) - begin
    return total


@operation
def _take_port(core: Any, now: Any) -> Any:
    """The first cycle from `now` on in which memory takes a further access; it is held by `_hold_port`."""
    return max(now, min(core["port_1"], core["port_2"]))


@operation
def _hold_port(core: Any, until: Any) -> None:
    if core["port_1"] <= core["port_2"]:
        core["port_1"] = until
    else:
        core["port_2"] = until


@inlined
def store_place(core: Any, index: Any) -> Any:
    """Where the store of that number is remembered."""
    return core["stores"] + ((index & STORE_RING - 1) << 5)


@inlined
def answer_place(core: Any, number: Any) -> Any:
    """Where the answer to the access of a line is, by its number in the block."""
    return core["answers"] + (number << ANSWER_SHIFT)


@operation
def access_memory(core: Any, line: Any, now: Any, write: Any) -> Any:
    """Have a line accessed at `now`; when that is answered. By whom, and what made room for it, is in the records."""
    l1, l2, dram, tlb = _cache(core["l1d"]), _cache(core["l2"]), _dram(core["dram"]), _tlb(core["dtlb"])
    l1["changed"], core["dropped"] = 0, -1
    begin = now
    page = line >> tlb["page_shift"]
    if not is_translated(tlb, page):
        begin = fetch_translation(tlb, l2, dram, page, now)
        core["dropped"] = tlb["lost"]
    done = l1_access(l1, l2, dram, line, begin, write)
    core["served"] = _TLB if begin - now > done - begin else l1["served"]
    return done


@inlined
def keep_answer(core: Any, place: Any, sent: Any, done: Any) -> None:
    """Note what `access_memory` did."""
    l1 = _cache(core["l1d"])
    store_int64(place, done - sent << LEVEL_BITS | core["served"])
    store_int64(place + 8, sent)
    store_int64(place + 16, core["dropped"])
    changed = l1["changed"]
    store_int64(place + 32, changed)
    for word in range(2 * changed):
        store_int64(place + 40 + (word << 3), load_int64(l1["changes"] + (word << 3)))


@operation
def _ask(core: Any, line: Any, now: Any, write: Any) -> Any:
    """Have memory access a line at `now`; when it has answered. What is known already is not asked for again."""
    number = core["answered"]
    core["answered"] = number + 1
    place = answer_place(core, number)
    if number < core["known"]:
        answer = load_int64(place)
        core["served"] = answer & (1 << LEVEL_BITS) - 1
        done = now + (answer >> LEVEL_BITS)
    else:
        done = access_memory(core, line, now, write)
        if number < MOST_ANSWERS:
            keep_answer(core, place, now, done)
    _hold_port(core, done)
    return done


@outlined
def _reach_registers(core: Any, place: Any, size: Any, now: Any, write: Any) -> Any:
    """Have registers of a tile accessed at `now`; when that is done, which is when a multiplication begins.

    The core's bus to them does one access at a time.
    """
    pages = carray(pointer(core["register_pages"]), 1, REGISTER_PAGES)[0]
    tile = registers_of(pages, (place & REGISTER_PLACE - 1) >> FRAME_SHIFT)
    offset = place & _PAGE_MASK
    words = size + _BUS_BYTES - 1 >> _BUS_SHIFT
    begin = max(now, core["bus_free"])
    if write == 0:
        each = pages["read"] // SUBCYCLES
        if tile != 0 and is_window(offset, _OUTPUT):
            begin = max(begin, carray(pointer(tile), 1, TILE)[0]["free_at"] - (each >> 1))
        done = begin + words * each
    else:
        done = begin + words * (pages["write"] // SUBCYCLES)
        if tile != 0 and offset == _START:
            state = carray(pointer(tile), 1, TILE)[0]
            state["free_at"] = max(state["free_at"], done) + pages["mvm"] // SUBCYCLES
            state["busy_until"] = state["free_at"] * SUBCYCLES
    core["bus_free"] = done
    return done


@operation
def _registers_written(core: Any) -> Any:
    """When the last store to registers that is in the store buffer is done: a load from some waits for it."""
    done = 0
    for back in range(1, core["store_buffer"] + 1):
        place = store_place(core, core["store_index"] - back)
        if load_int64(place) >= REGISTER_PLACE:
            done = max(done, load_int64(place + 16))
    return done


@operation
def _send(core: Any, address: Any, size: Any, now: Any, write: Any) -> Any:
    """Send an access, at `now` or when memory takes it; when it is answered. One over a line's end is two accesses."""
    if address >= REGISTER_PLACE:
        sent = _take_port(core, now)
        done = _reach_registers(core, address, size, sent, write)
        core["sent"], core["served"] = sent, _AIMC
        _hold_port(core, done)
        return done
    line = address >> core["line_shift"]
    sent = _take_port(core, now)
    answer = _ask(core, line, sent, write)
    if address + size - 1 >> core["line_shift"] != line:
        sent = _take_port(core, sent + 1)
        answer = max(answer, _ask(core, line + 1, sent, write))
    core["sent"] = sent
    return answer


@operation
def _keep(core: Any, address: Any, size: Any) -> None:
    """Note that an access is not sent."""
    last = address + size - 1 >> core["line_shift"]
    for _ in range(address >> core["line_shift"], last + 1):
        number = core["answered"]
        core["answered"] = number + 1
        if number < MOST_ANSWERS:
            store_int64(answer_place(core, number), _NEVER)


@operation
def _forwarded(core: Any, address: Any, size: Any, now: Any) -> Any:
    """A store in the store buffer that a load needs: 0 none, negative all of it, positive the cycle when it is gone."""
    index = core["store_index"]
    for back in range(1, core["store_buffer"] + 1):
        place = store_place(core, index - back)
        done = load_int64(place + 16)
        if done > now:
            begin = load_int64(place)
            end = begin + load_int64(place + 8)
            if begin < address + size and address < end:
                return _NEVER if begin <= address and address + size <= end else done
    return 0


@operation
def _stand_still(load: Any, held: Any) -> Any:
    """Whether what follows a load stands still while it is answered: accesses, the first of which has issued.

    `held`: cycles between the load's issue and its sending; a result counts as there two cycles after the issue.
    """
    following = load + _UOP_BYTES
    for i in range(3):
        if load_int8(following + i * _UOP_BYTES + 7) != _MEMORY:
            return False
    if held < 2:
        for i in range(4):
            source = load_int8(following + i)
            if source == load_int8(load + 4) or source == load_int8(load + 5):
                return False
    return True


@operation
def predict(core: Any, target: Any, placed: Any) -> Any:
    """How the fetch of what follows the block entered last was predicted (`predictor_operations.py`).

    `target` follows it, which caches see at `placed`. A jump without a branch (an exception's return) counts as WRONG.
    """
    last = core["block"] + (core["block_count"] - 1) * _UOP_BYTES
    kind = load_int8(last + 10)
    following = core["block_address"] + core["block_size"]
    if kind != 0:
        core["branches"] += 1
        predictor = carray(pointer(core["predictor"]), 1, PREDICTOR)[0]
        outcome = resolve(predictor, kind, following - 4, following, target)
        if outcome == WRONG:
            core["mispredicted"] += 1
            if predictor["predicted"] == following:
                return WRONG_ON
            if (predictor["predicted"] ^ following - 4) & ~_PAGE_MASK == 0:
                return WRONG_ELSEWHERE
        return outcome
    shift = core["line_shift"]
    if target != following and core["block_placed"] + core["block_size"] - 4 >> shift != placed >> shift:
        return WRONG
    return NOT_TAKEN


@operation
def find_exclusive_write(log: Any, end: Any) -> Any:
    """Where in the log the write of an exclusive store is; 0 if it made none.

    Unicorn reads before an exclusive store, to compare; one that fails makes no access at all. The page may be another
    one for the write, if that was its first.
    """
    entry = log
    while entry < end and load_int64(entry + 8) & _WRITE_BIT == 0 and entry - log < 2 << 4:
        entry += 16
    if entry >= end or load_int64(entry + 8) & _WRITE_BIT == 0:
        return 0
    return entry if (load_int64(entry) ^ load_int64(log)) & _PAGE_MASK == 0 else 0


@operation
def _forget(core: Any) -> None:
    """What was fetched and decoded long before the last issue might as well have been a little later."""
    bound = core["issued"] - _FORGOTTEN
    oldest = load_int64(core["execute_ring"] + ((core["execute_entry"] & _RING_MASK) << 3))
    if oldest < bound or core["fetched"] < bound:
        core["line_at"] = max(core["line_at"], bound + 1 if core["line_at"] > core["fetched"] else bound)
        core["fetched"] = max(core["fetched"], bound)
        core["next_at"] = max(core["next_at"], bound)
        core["decoded"] = max(core["decoded"], bound)
        for i in range(core["decode_buffer"]):
            place = core["decode_ring"] + ((core["decode_entry"] + i & _RING_MASK) << 3)
            store_int64(place, max(load_int64(place), bound))
        for i in range(core["execute_buffer"]):
            place = core["execute_ring"] + ((core["execute_entry"] + i & _RING_MASK) << 3)
            store_int64(place, max(load_int64(place), bound))


@operation
def retire(core: Any, outcome: Any, placed: Any) -> None:
    """Account for the block entered last, of which `predict` says `outcome`; caches see what follows at `placed`."""
    count = core["block_count"]
    uops = core["block"]
    virtual = core["block_address"]
    line_shift = core["line_shift"]
    line_offset = (core["block_placed"] >> line_shift) - (virtual >> line_shift)
    decode_buffer, execute_buffer, store_buffer = core["decode_buffer"], core["execute_buffer"], core["store_buffer"]
    ready, written = core["ready"], core["written"]
    log, logged, seen = core["log"], core["logged"], 0
    core["answered"] = 0
    now, committed = core["now"], core["committed"]
    fetched, fetched_count = core["fetched"], core["fetched_count"]
    decoded, decoded_count = core["decoded"], core["decoded_count"]
    issued, issued_count = core["issued"], core["issued_count"]
    causes = core["causes"]
    address = virtual - 4
    for number in range(count):
        uop = uops + number * _UOP_BYTES
        unit = load_int8(uop + 7)
        role = load_int8(uop + 8)
        # Fetch2
        if role & _FIRST != 0:
            address += 4
            line = (address >> line_shift) + line_offset
            if line != core["line"]:
                _next_line(core, line, fetched)
            at = fetched if fetched_count < 2 else fetched + 1
            at = max(at, core["line_at"])
            if at != fetched or fetched_count == 2:
                # A new entry of Decode's buffer: there must be room.
                entry = core["decode_entry"]
                at = max(at, load_int64(core["decode_ring"] + ((entry & _RING_MASK) << 3)))
                core["decode_entry"] = entry + 1
                fetched, fetched_count = at, 1
            else:
                fetched_count += 1
        # Decode
        at = max(fetched + 1, decoded if decoded_count < 2 else decoded + 1)
        if at != decoded or decoded_count == 2:
            entry = core["execute_entry"]
            at = max(at, load_int64(core["execute_ring"] + ((entry & _RING_MASK) << 3)))
            core["execute_entry"] = entry + 1
            decoded, decoded_count = at, 1
        else:
            decoded_count += 1
        # The entries behind this one, as many as the buffer holds, wait until it is taken.
        store_int64(core["decode_ring"] + ((core["decode_entry"] + decode_buffer - 1 & _RING_MASK) << 3), at)
        # Issue
        cause = core["fetch_cause"]
        in_order = issued if issued_count < 2 else issued + 1
        if core["memory_issued"] == in_order:
            in_order += 1
        issue = decoded + 1
        if in_order >= issue:
            issue = in_order
            cause = _BASE
        relative = load_int64(core["relative"] + (unit << 3))
        needed = (
            max(
                max(load_int64(ready + (load_int8(uop) << 3)), load_int64(ready + (load_int8(uop + 1) << 3))),
                max(load_int64(ready + (load_int8(uop + 2) << 3)), load_int64(ready + (load_int8(uop + 3) << 3))),
            )
            - relative
        )
        if needed > issue:
            issue = needed
            cause = _DEPENDENCY
        latency = load_int64(core["latencies"] + (unit << 3))
        own = unit
        if unit == _ALU:
            # The first ALU unless it took an operation in this cycle or stands still.
            first = issue
            if load_int64(core["unit_issued"]) == issue:
                first = issue + 1
            if load_int64(core["stall_end"]) > first:
                first = _stall_shift(core, _ALU, first)
            if first > issue:
                second = issue
                if load_int64(core["unit_issued"] + (_SECOND_ALU << 3)) == issue:
                    second = issue + 1
                if load_int64(core["stall_end"] + (_SECOND_ALU << 3)) > second:
                    second = _stall_shift(core, _SECOND_ALU, second)
                if second < first:
                    first = second
                    own = _SECOND_ALU
            free = first
        else:
            free = max(
                issue, load_int64(core["unit_issued"] + (unit << 3)) + load_int64(core["intervals"] + (unit << 3))
            )
            if load_int64(core["stall_end"] + (unit << 3)) > free:
                free = _stall_shift(core, unit, free)
        if free > issue:
            issue = free
            cause = _UNIT
        if issue != issued:
            issued, issued_count = issue, 1
        else:
            issued_count += 1
        store_int64(core["unit_issued"] + (own << 3), issue)
        store_int64(core["execute_ring"] + ((core["execute_entry"] + execute_buffer - 1 & _RING_MASK) << 3), issue)
        done = issue + latency
        if load_int64(core["stall_end"] + (own << 3)) > issue:
            done += _stall_time(core, own, issue)
        # Commit
        slot = now if committed < 2 else now + 1
        if unit == _MEMORY and role & _PREFETCH == 0:
            core["memory_issued"] = issue
            size = load_int8(uop + 9)
            place = 0
            made = seen < logged
            if made and role & (_LOAD | _STORE | _ORDERED) == _STORE | _ORDERED:
                found = find_exclusive_write(log + (seen << 4), log + (logged << 4))
                made = found != 0
                if made:
                    seen = found - log >> 4
            if made:
                place = load_int64(log + (seen << 4))
                # An atomic operation reads and writes; a comparison in it that fails writes the old value.
                wanted = 2 * size if role & _BOTH == _BOTH else size
                while wanted > 0 and seen < logged:
                    wanted -= load_int64(log + (seen << 4) + 8) & _WRITE_BIT - 1
                    seen += 1
                if size == _ZEROED and role & _STORE != 0:
                    # DC ZVA: it writes byte by byte, some of them more than once.
                    while seen < logged and load_int64(log + (seen << 4) + 8) == _WRITE_BIT + 1:
                        if (load_int64(log + (seen << 4)) ^ place) & -_ZEROED != 0:
                            break
                        seen += 1
            certain = max(
                max(load_int64(written + (load_int8(uop) << 3)), load_int64(written + (load_int8(uop + 1) << 3))),
                max(load_int64(written + (load_int8(uop + 2) << 3)), load_int64(written + (load_int8(uop + 3) << 3))),
            )
            asked = max(max(done, certain), core["request_free"])
            # No access is asked for in a cycle that begins with an older one, the oldest operation there is, waiting.
            if core["waiting_from_2"] < asked < core["waiting_to_2"]:
                asked = core["waiting_to_2"]
            if core["waiting_from_1"] < asked < core["waiting_to_1"]:
                asked = core["waiting_to_1"]
            sent = asked
            level = _L1D
            # Two accesses wait for their answers at most. Asked before the older one committed, this one tries again
            # in the next cycle; what committed first in its cycle did so before new accesses are asked for.
            if core["access_2"] > 2 * asked:
                sent = (core["access_2"] >> 1) + 1
            if role & _LOAD != 0:
                core["loads"] += 1
                if core["store_until"] > 2 * asked:
                    sent = max(sent, (core["store_until"] >> 1) + 1)
                found = 0
                if place >= REGISTER_PLACE:
                    # Not before it is known that it is to happen, and in order with all others to registers.
                    sent = max(max(sent, slot), _registers_written(core))
                else:
                    found = _forwarded(core, place, size, sent)
                if role & _ORDERED != 0:
                    sent = max(sent, slot)
                    found = 0
                if found == _NEVER:
                    answer = sent
                    _keep(core, place, size)
                else:
                    if found > 0:
                        sent = found + 1
                    answer = _send(core, place, size, sent, 1 if role & _STORE != 0 else 0)
                    sent = core["sent"]
                    level = core["served"]
            elif role & _ORDERED != 0:
                core["stores_done"] += 1
                sent = max(sent, slot)
                for back in range(1, store_buffer + 1):
                    sent = max(sent, load_int64(store_place(core, core["store_index"] - back) + 16))
                answer = sent
                if made:
                    answer = _send(core, place, size, sent, 1)
                    sent = core["sent"]
                    level = core["served"]
            else:
                core["stores_done"] += 1
                index = core["store_index"]
                oldest = store_place(core, index - store_buffer)
                answer = sent
                if load_int64(oldest + 16) > sent:
                    answer = load_int64(oldest + 16)
                    level = load_int64(oldest + 24)
            core["request_free"] = sent
            # While the oldest operation waits and all others stand still the pipeline stops, until the answer wakes it.
            waits = answer - max(now, sent)
            if waits > _IDLE_AFTER or (
                waits > 1
                and role & _LOAD != 0
                and issue - decoded > 2 * (decode_buffer + execute_buffer)  # so that nothing more is fetched
                and number + 3 < count
                and _stand_still(uop, sent - issue)
            ):
                answer += 1
            commit = max(answer, slot)
            if core["memory_committed"] == commit:
                commit += 1
            core["memory_committed"] = commit
            core["access_2"] = core["access_1"]
            core["access_1"] = 2 * commit + (1 if commit == now and committed != 0 else 0)
            core["waiting_from_2"], core["waiting_to_2"] = core["waiting_from_1"], core["waiting_to_1"]
            core["waiting_from_1"], core["waiting_to_1"] = max(now, asked), answer
            if asked > done:
                # The access did not leave its unit at once.
                index = load_int64(core["stall_index"] + (own << 3))
                stall = core["stalls"] + ((own * STALL_RING + (index & STALL_RING - 1)) * 2 << 3)
                store_int64(stall, done)
                store_int64(stall + 8, asked)
                store_int64(core["stall_index"] + (own << 3), index + 1)
                store_int64(core["stall_end"] + (own << 3), asked)
            if role & _STORE != 0 and role & _ORDERED == 0:
                core["store_until"] = 2 * commit + (1 if commit == now and committed != 0 else 0)
                leaves = max(commit + 1, core["store_sent"])
                if leaves == core["store_sent"]:
                    core["store_sent_count"] += 1
                    if core["store_sent_count"] > 2:
                        leaves += 1
                gone = _send(core, place, size, leaves, WHOLE_LINE if size >> line_shift != 0 else 1)
                if core["sent"] != core["store_sent"]:
                    core["store_sent"] = core["sent"]
                    core["store_sent_count"] = 1
                index = core["store_index"]
                entry_place = store_place(core, index)
                store_int64(entry_place, place)
                store_int64(entry_place + 8, size)
                store_int64(entry_place + 16, gone)
                store_int64(entry_place + 24, core["served"])
                core["store_index"] = index + 1
            if answer > slot:
                cause = level
            # What depends on a load issues as if it took the usual time, or when it has committed.
            result = min(issue + latency + core["load_extra"], commit + 1)
        else:
            if unit == _PROCESS:
                # A tile does one MVM at a time.
                done = max(done, core["tile_free"] + latency)
                core["tile_free"] = done
            commit = max(done, slot)
            if commit > done:
                index = load_int64(core["stall_index"] + (own << 3))
                stall = core["stalls"] + ((own * STALL_RING + (index & STALL_RING - 1)) * 2 << 3)
                store_int64(stall, done)
                store_int64(stall + 8, commit)
                store_int64(core["stall_index"] + (own << 3), index + 1)
                store_int64(core["stall_end"] + (own << 3), commit)
            result = issue + latency
            if unit > _MEMORY and done > slot:
                cause = _AIMC
        for i in range(4, 7):
            register = load_int8(uop + i)
            if register != SINK:
                store_int64(ready + (register << 3), result)
                # After the second commit of a cycle no more accesses are asked for in it.
                store_int64(written + (register << 3), commit if commit != now else commit + 1)
        gap = commit - now
        if gap > 0:
            if gap > 1:
                store_int64(causes + (cause << 3), load_int64(causes + (cause << 3)) + gap - 1)
            store_int64(causes, load_int64(causes) + 1)
            now, committed = commit, 1
        else:
            committed += 1
        if role & _FLUSH != 0:
            core["fetched"], core["fetched_count"] = fetched, fetched_count
            _fetch_on(core, address, commit + 1)
            redirect(core, ((address + 4) >> line_shift) + line_offset, commit + 1, 1)
            fetched, fetched_count = core["line_at"], 0
    core["known"] = 0
    core["uops"] += count
    if seen != logged:
        core["mismatches"] += 1
    core["logged"] = 0
    core["now"], core["committed"] = now, committed
    core["fetched"], core["fetched_count"] = fetched, fetched_count
    core["decoded"], core["decoded_count"] = decoded, decoded_count
    core["issued"], core["issued_count"] = issued, issued_count
    core["block_count"] = 0
    core["ahead"] = core["elsewhere"] = 0
    if outcome == TAKEN:
        redirect(core, placed >> line_shift, fetched + 1, 0)
        core["fetched_count"] = 2
    elif outcome != NOT_TAKEN:
        if outcome == WRONG_ON:
            _fetch_on(core, address, now + 1)
        elif outcome == WRONG_ELSEWHERE:
            predicted = carray(pointer(core["predictor"]), 1, PREDICTOR)[0]["predicted"]
            _fetch_elsewhere(core, (predicted >> line_shift) + line_offset, now + 1)
        redirect(core, placed >> line_shift, now + 1, 1)
        core["fetched_count"] = 2
    _forget(core)


@outlined
def note_costs(core: Any) -> None:
    """Add what the block before cost to its account."""
    for cause in range(_CAUSES):
        place = core["block"] - COST_BYTES + (cause << 3)
        noted = core["noted"] + (cause << 3)
        spent = load_int64(core["causes"] + (cause << 3))
        store_int64(place, load_int64(place) + spent - load_int64(noted))
        store_int64(noted, spent)


@operation
def advance(core: Any, now: Any) -> None:
    """The core did something else until `now`, in the kernel or idle: nothing is under way any more."""
    core["now"], core["committed"] = now, 0
    core["issued"], core["issued_count"] = max(core["issued"], now), 2
    core["fetched"], core["fetched_count"] = max(core["fetched"], now), 2
    core["line_at"] = max(core["line_at"], now + _RESTART)
