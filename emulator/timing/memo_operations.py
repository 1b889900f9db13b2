"""What blocks did before, in machine code: a block that is entered in a known state of the pipeline need not be gone
through again.

If all accesses of a block are answered by the first-level caches at once, what it does follows from the state of the
pipeline (`state_operations.py`), the block, how its branch was predicted, and which of its loads meet a store that is
in the store buffer or cross a line. So the states that were met are kept, and for each of them edges: through which
block, to which state, after how many cycles, by which causes (Schnarr and Larus, "Fast out-of-order processor
simulation using memoization", ASPLOS 1998). Whatever is different goes through `retire`, with the same result: the
memo changes no cycle.
"""

from __future__ import annotations

from typing import Any

from numba import carray

from emulator.jit import inlined, operation, outlined
from emulator.native import call_integers, clear_memory, copy_memory, load_int8, load_int64, pointer, store_int64
from emulator.timing.cache_operations import CONTESTED, LINE_SHIFT, LINE_TRANSFER, SHARED, find_way, touch_ways
from emulator.timing.pipeline_operations import predict, store_place
from emulator.timing.predictor_operations import NOT_TAKEN
from emulator.timing.records import CACHE, EDGE_SHIFT, MEMO, MEMO_CAUSES, PIPELINE, PREDICTOR, STORE_BUFFER, STORE_RING
from emulator.timing.state_operations import FETCHED, ISSUED, MOST_WORDS, STORES_UNDER_WAY, encode, restore
from emulator.timing.uop import ACCESS_SPECIAL, ACCESS_STORES

_UOP_BYTES = 16
_LINE_MASK = (1 << LINE_SHIFT) - 1
_WRITE_BIT = 1 << 8
MOST_WAYS = 256
"""Lines that the accesses of one block may touch."""
_MOST_STORES = STORE_RING - 2 * STORE_BUFFER
_ACCESSES = MOST_WAYS // 2 - 8
_ALL_BITS = (1 << 62) - 1
_MULTIPLIER = 0x1E37_79B9_7F4A_7C15
_UNKNOWN = -1
_NOT_THERE = -1 << 32

# An edge: key (block number and state), key (all else), next state, cycles, lines fetched in vain, causes.
_DETAIL, _NEXT, _CYCLES, _LINES, _CAUSES = 8, 16, 24, 32, 40
_NEW_LINE = 8
"""In an edge's second key, beside the outcome: the block begins in a line that nothing was taken from before."""
_ELSEWHERE_SHIFT = 1
"""In an edge's lines: one behind the block below, lines elsewhere above."""
_STATE_BITS = 22

_WINDOW = 4096
"""Blocks gone through after which is judged whether the memo is worth its time."""
_WORTH = 2
"""Blocks that must be found for each one that is gone through, as that takes longer than without a memo."""
_REST = 16 * _WINDOW
"""Blocks for which there is no memo if they are not."""


@inlined
def _cache(address: Any) -> Any:
    return carray(pointer(address), 1, CACHE)[0]


@inlined
def _memo(core: Any) -> Any:
    return carray(pointer(core["memo"]), 1, MEMO)[0]


@inlined
def _mix(value: Any, more: Any) -> Any:
    mixed = (value ^ more) * _MULTIPLIER & _ALL_BITS
    return mixed ^ mixed >> 29


@inlined
def _certain_way(l1: Any, line: Any, certain: Any, writes: Any) -> Any:
    """The way of a line whose access is answered at once from cycle `certain` on; -1 if there is none."""
    way = find_way(l1, line)
    if way < 0 or load_int64(l1["fills"] + (way << 3)) + LINE_TRANSFER > certain:
        return -1
    if load_int64(l1["lines"] + (way << 3)) & (CONTESTED if writes == 0 else CONTESTED | SHARED) != 0:
        return -1
    return way


@operation
def leave_memo(core: Any) -> None:
    """Let the record of the pipeline have all of its state."""
    if core["memo"] != 0 and core["state"] >= 0:
        restore(core, _memo(core)["words"] + (core["state"] << 3))
        core["state"] = -1


@inlined
def _retire(core: Any, outcome: Any, placed: Any) -> None:
    """`pipeline_operations.retire`, which is large and so compiled only once."""
    call_integers(core["retire"], core["self"], outcome, placed)


@operation
def retire_cut_block(core: Any, target: Any, placed: Any) -> None:
    """`retire_block` for a block that may have ended before its end."""
    leave_memo(core)
    if core["block_count"] == 0:
        core["logged"] = 0
    else:
        _retire(core, predict(core, target, placed), placed)


@operation
def retire_block(core: Any, target: Any, placed: Any) -> None:
    """Account for the block entered last, which `target` follows; caches see that at `placed`."""
    if core["block_count"] == 0:
        core["logged"] = 0
        return
    outcome = predict(core, target, placed)
    if core["memo"] == 0:
        _retire(core, outcome, placed)
        return
    memo = _memo(core)
    if core["state"] < 0:
        if memo["rest"] > 0:
            memo["rest"] -= 1
            _retire(core, outcome, placed)
        else:
            _go_through(core, memo, outcome, placed, 0, _UNKNOWN)
        return
    detail = _look_ahead(core, memo, outcome, placed)
    if detail == _UNKNOWN:
        _go_through(core, memo, outcome, placed, 0, _UNKNOWN)
        return
    key = core["block_number"] << _STATE_BITS | core["state"]
    edge = _find_edge(memo, key, detail)
    if load_int64(edge) == 0:
        _go_through(core, memo, outcome, placed, key, detail)
        return
    if not _fetch_lines(core, memo, outcome, placed, load_int64(edge + _LINES)):
        _go_through(core, memo, outcome, placed, 0, _UNKNOWN)
        return
    memo["found"] += 1
    touch_ways(_cache(core["l1d"]), memo["ways"])
    core["stores_done"] += memo["stored"]
    core["store_index"] += memo["stored"]
    core["loads"] += memo["loaded"]
    core["uops"] += core["block_count"]
    core["logged"] = core["block_count"] = 0
    core["now"] += load_int64(edge + _CYCLES)
    core["state"] = load_int64(edge + _NEXT)
    causes = core["causes"]
    for i in range(MEMO_CAUSES):
        place = causes + (i << 3)
        store_int64(place, load_int64(place) + load_int64(edge + _CAUSES + (i << 3)))


@operation
def _look_ahead(core: Any, memo: Any, outcome: Any, placed: Any) -> Any:
    """Find the lines that a block accessed, and how its loads met stores; _UNKNOWN if not all is answered at once.

    Nothing is changed but room for what is found: the ways, and entries behind those of stores.
    """
    state = memo["words"] + (core["state"] << 3)
    l1 = _cache(core["l1d"])
    certain = core["now"] + load_int64(state + (ISSUED << 3))
    under_way = load_int64(state + (STORES_UNDER_WAY << 3))
    log, end = core["log"], core["log"] + (core["logged"] << 4)
    place = core["block"] + core["block_count"] * _UOP_BYTES
    ways = memo["ways"]
    number = 0
    stored = loaded = 0
    detail = outcome
    first = core["block_placed"] >> LINE_SHIFT
    if core["line"] != first:
        detail |= _NEW_LINE
    access = load_int8(place)
    while access != 0:
        if access == ACCESS_SPECIAL or log >= end or number > _ACCESSES or stored > _MOST_STORES:
            return _UNKNOWN
        size = access & ACCESS_STORES - 1
        address = load_int64(log)
        wanted = size
        while wanted > 0 and log < end:
            wanted -= load_int64(log + 8) & _WRITE_BIT - 1
            log += 16
        line = address >> LINE_SHIFT
        writes = access & ACCESS_STORES
        way = _certain_way(l1, line, certain, writes)
        if way < 0:
            return _UNKNOWN
        met = 0
        store_int64(ways + (number << 3), way << 1 | (1 if writes != 0 else 0))
        number += 1
        if (address & _LINE_MASK) + size > _LINE_MASK + 1:
            way = _certain_way(l1, line + 1, certain, writes)
            if way < 0:
                return _UNKNOWN
            store_int64(ways + (number << 3), way << 1 | (1 if writes != 0 else 0))
            number += 1
            met = 1 << 2 * STORE_BUFFER
        if writes != 0:
            entry = store_place(core, core["store_index"] + stored)
            store_int64(entry, address)
            store_int64(entry + 8, size)
            stored += 1
        else:
            loaded += 1
            met |= _meet_stores(
                core, core["store_index"] + stored, min(under_way + stored, STORE_BUFFER), address, size
            )
        if met != 0:
            detail = _mix(detail, number << 16 | met << 4)
        access = load_int8(place + 1)
        place += 1
    if log != end:
        return _UNKNOWN
    store_int64(ways + (number << 3), -1)
    memo["stored"], memo["loaded"] = stored, loaded
    return detail


@inlined
def _meet_stores(core: Any, index: Any, count: Any, address: Any, size: Any) -> Any:
    """Two bits for each of the last `count` stores before `index`: a load needs bytes of it, has all of them there."""
    met = 0
    for back in range(1, count + 1):
        entry = store_place(core, index - back)
        begin = load_int64(entry)
        end = begin + load_int64(entry + 8)
        if begin < address + size and address < end:
            met |= (3 if begin <= address and address + size <= end else 1) << 2 * (back - 1)
    return met


@operation
def _fetch_lines(core: Any, memo: Any, outcome: Any, placed: Any, vain: Any) -> bool:
    """Fetch the lines of instructions that a block has fetched; False, and nothing done, if one is not there.

    `vain`: lines behind the block and elsewhere that its branch has fetched.
    """
    l1 = _cache(core["l1i"])
    state = memo["words"] + (core["state"] << 3)
    certain = core["now"] + load_int64(state + (FETCHED << 3))
    first = core["block_placed"] >> LINE_SHIFT
    # Instructions are in lines by their own addresses; caches see them elsewhere.
    virtual = core["block_address"] >> LINE_SHIFT
    last = first + (core["block_address"] + core["block_size"] - 4 >> LINE_SHIFT) - virtual
    begin = first if core["line"] != first else first + 1
    ways = memo["ways"] + (MOST_WAYS << 3)
    number = _find_lines(l1, begin + 1, last + 2 + (vain & 1), certain, ways, 0)
    if vain >> _ELSEWHERE_SHIFT != 0:
        predicted = carray(pointer(core["predictor"]), 1, PREDICTOR)[0]["predicted"]
        elsewhere = (predicted >> LINE_SHIFT) - virtual + first
        number = _find_lines(l1, elsewhere, elsewhere + (vain >> _ELSEWHERE_SHIFT), certain, ways, number)
    if outcome != NOT_TAKEN:
        last = placed >> LINE_SHIFT
        number = _find_lines(l1, last, last + 2, certain, ways, number)
    if number < 0:
        return False
    core["line"] = last
    core["next_line"] = last + 1
    store_int64(ways + (number << 3), -1)
    touch_ways(l1, ways)
    return True


@inlined
def _find_lines(l1: Any, begin: Any, end: Any, certain: Any, ways: Any, number: Any) -> Any:
    """Append the ways of lines to `number` others; how many there are then, negative if one is not there."""
    for line in range(begin, end):
        way = _certain_way(l1, line, certain, 0)
        if way < 0:
            number = _NOT_THERE
        if number >= 0:
            store_int64(ways + (number << 3), way << 1)
        number += 1
    return number


@inlined
def _find_edge(memo: Any, key: Any, detail: Any) -> Any:
    """Where the edge with these keys is, or would be."""
    mask = memo["edge_mask"]
    slot = _mix(key, detail) & mask
    while True:
        edge = memo["edges"] + (slot << EDGE_SHIFT)
        found = load_int64(edge)
        if found == 0 or (found == key and load_int64(edge + _DETAIL) == detail):
            return edge
        slot = slot + 1 & mask


@outlined
def _go_through(core: Any, memo: Any, outcome: Any, placed: Any, key: Any, detail: Any) -> None:
    """Account for a block step by step, and keep what it did, as an edge if `detail` is known."""
    _judge(memo)
    leave_memo(core)
    delays = _delays(core)
    before = core["now"]
    causes = core["causes"]
    copy_memory(memo["before"], causes, MEMO_CAUSES << 3)
    _retire(core, outcome, placed)
    if delays != _delays(core):
        return
    if memo["rest"] > 0:
        return
    resets = memo["resets"]
    core["state"] = _intern(core, memo)
    if detail == _UNKNOWN or resets != memo["resets"]:
        return
    edge = _find_edge(memo, key, detail)
    store_int64(edge, key)
    store_int64(edge + _DETAIL, detail)
    store_int64(edge + _NEXT, core["state"])
    store_int64(edge + _CYCLES, core["now"] - before)
    store_int64(edge + _LINES, core["ahead"] | core["elsewhere"] << _ELSEWHERE_SHIFT)
    for i in range(MEMO_CAUSES):
        spent = load_int64(causes + (i << 3)) - load_int64(memo["before"] + (i << 3))
        store_int64(edge + _CAUSES + (i << 3), spent)
    memo["edge_count"] += 1


@inlined
def _delays(core: Any) -> Any:
    return _cache(core["l1i"])["delays"] + _cache(core["l1d"])["delays"]


@inlined
def _judge(memo: Any) -> None:
    """Do without for a while if little is found."""
    memo["missed"] += 1
    if memo["missed"] >= _WINDOW:
        if memo["found"] < _WORTH * memo["missed"]:
            memo["rest"] = _REST
        memo["missed"] = memo["found"] = 0


@inlined
def _intern(core: Any, memo: Any) -> Any:
    """Where the state of a pipeline is among those that are kept; it is added if it is new."""
    if memo["next_word"] + MOST_WORDS + 1 > memo["word_limit"] or 2 * memo["edge_count"] > memo["edge_mask"]:
        _reset(memo)
    words = memo["words"] + (memo["next_word"] + 1 << 3)
    count = encode(core, words)
    spread = count
    for i in range(count):
        spread = _mix(spread, load_int64(words + (i << 3)))
    mask = memo["state_mask"]
    slot = spread & mask
    while True:
        place = memo["states"] + (slot << 3)
        found = load_int64(place)
        if found == 0:
            break
        other = memo["words"] + (found << 3)
        if load_int64(other - 8) == spread:
            same = True
            for i in range(count):
                if load_int64(other + (i << 3)) != load_int64(words + (i << 3)):
                    same = False
                    break
            if same:
                return found
        slot = slot + 1 & mask
    store_int64(words - 8, spread)
    state = memo["next_word"] + 1
    memo["next_word"] = state + count
    store_int64(place, state)
    return state


@outlined
def _reset(memo: Any) -> None:
    """Forget all states and edges."""
    for i in range(memo["core_count"]):
        leave_memo(carray(pointer(load_int64(memo["cores"] + (i << 3))), 1, PIPELINE)[0])
    clear_memory(memo["states"], memo["state_mask"] + 1 << 3)
    clear_memory(memo["edges"], memo["edge_mask"] + 1 << EDGE_SHIFT)
    memo["next_word"] = memo["edge_count"] = 0
    memo["resets"] += 1
