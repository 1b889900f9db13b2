"""What blocks did before, in machine code: a block that is entered in a known state of the pipeline need not be gone
through again.

What a block does follows from the state of the pipeline (`state_operations.py`), the block, how its branch was
predicted, which of its loads meet a store that is in the store buffer or cross a line, and how long its accesses take.
So the states that were met are kept, and for each of them edges: through which block, to which state, after how many
cycles, by which causes (Schnarr and Larus, "Fast out-of-order processor simulation using memoization", ASPLOS 1998).
Most accesses are certain to be answered by the first-level cache at once. An edge of a block with others tells which
of them is sent when; what happens then is kept by the time that memory takes to answer it, in a further edge. Whatever
is different goes through `retire`, with the same result: the memo changes no cycle.
"""

from __future__ import annotations

from typing import Any

from numba import carray

from emulator.jit import inlined, operation, outlined
from emulator.native import call_integers, clear_memory, copy_memory, load_int8, load_int64, pointer, store_int64
from emulator.timing.cache_operations import (
    CONTESTED,
    PREFETCHED,
    SHARED,
    STATE_BITS,
    find_way,
    touch_ways,
)
from emulator.timing.pipeline_operations import (
    access_memory,
    answer_place,
    find_exclusive_write,
    keep_answer,
    predict,
    store_place,
)
from emulator.timing.predictor_operations import NOT_TAKEN
from emulator.timing.records import (
    CACHE,
    EDGE_CAUSES,
    EDGE_SHIFT,
    LEVEL_BITS,
    MEMO,
    MOST_ANSWERS,
    MOST_STORES,
    PIPELINE,
    PREDICTOR,
    REGISTER_PLACE,
    STORE_RING,
    TLB,
    Cause,
)
from emulator.timing.state_operations import FETCHED, ISSUED, MOST_WORDS, STORES_UNDER_WAY, encode, restore
from emulator.timing.tlb_operations import is_translated
from emulator.timing.uop import ACCESS_LOADS, ACCESS_SPECIAL, ACCESS_STORES

_UOP_BYTES = 16
_WRITE_BIT = 1 << 8
_MOST_STORED = STORE_RING - 2 * MOST_STORES
_MOST_ACCESSES = MOST_ANSWERS // 2 - 8
_ALL_BITS = (1 << 62) - 1
_MULTIPLIER = 0x1E37_79B9_7F4A_7C15
_UNKNOWN = -1
_L1D = int(Cause.L1D)
_NOT_THERE = -1 << 32

# An edge: key (block number and state, or what leads to it), key (all else), next state, cycles and lines fetched in
# vain, the pieces that are unsent, causes; or, if the next state is _WAITS, which piece waits for an answer and when it
# is sent in place of cycles and lines. So it is a line of the host's cache.
_DETAIL, _NEXT, _CYCLES, _UNSENT, _CAUSES = 8, 16, 24, 32, 40
_UPPER_HALF = 32
_LOWER_HALF = (1 << _UPPER_HALF) - 1
_CAUSE_BITS, _CAUSES_PER_WORD = 16, 4
_CAUSE_MASK = (1 << _CAUSE_BITS) - 1
_WAITS = -1
_MOST_UNSENT = 62
_CROSSING = 1 << 2 * MOST_STORES
_WAITING = _CROSSING << 1
"""Of how an access meets others: it crosses the end of a line; the line, and in the next bit that behind it, may not
be there.
"""
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
    """The way of a line whose first bytes are there at cycle `certain` and that is read or written as it is, or -1."""
    way = find_way(l1, line)
    if way < 0 or load_int64(l1["fills"] + (way << 3)) > certain:
        return -1
    special = CONTESTED | PREFETCHED
    if load_int64(l1["lines"] + (way << 3)) & (special if writes == 0 else special | SHARED) != 0:
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
    fetched = _NOT_THERE
    if detail != _UNKNOWN and memo["waits"] != 0:
        # Once memory has been asked it is too late to find that there is no edge because of what is fetched.
        fetched = _find_fetched(core, memo, outcome, placed, 0)
        if fetched < 0:
            detail = _UNKNOWN
    if detail == _UNKNOWN:
        _go_through(core, memo, outcome, placed, 0, _UNKNOWN)
        return
    key = core["block_number"] << _STATE_BITS | core["state"]
    edge = _find_edge(memo, key, detail)
    if memo["waits"] != 0:
        edge = _follow(core, memo, edge)
    if load_int64(edge) == 0:
        _have_answers(core, memo)
        _go_through(core, memo, outcome, placed, key, detail)
        return
    cycles = load_int64(edge + _CYCLES)
    vain = cycles >> _UPPER_HALF
    if fetched < 0 or vain != 0:
        fetched = _find_fetched(core, memo, outcome, placed, vain)
    if fetched < 0:
        _have_answers(core, memo)
        _go_through(core, memo, outcome, placed, 0, _UNKNOWN)
        return
    memo["found"] += 1
    _fetch_lines(core, memo, outcome, placed, fetched)
    touch_ways(_cache(core["l1d"]), memo["ways"], memo["passed"], memo["pieces"], load_int64(edge + _UNSENT))
    core["stores_done"] += memo["stored"] + memo["ordered"]
    core["store_index"] += memo["stored"]
    core["loads"] += memo["loaded"]
    core["uops"] += core["block_count"]
    core["logged"] = core["block_count"] = 0
    core["now"] += cycles & _LOWER_HALF
    core["state"] = load_int64(edge + _NEXT)
    place = core["causes"]
    for i in range(EDGE_CAUSES // _CAUSES_PER_WORD):
        spent = load_int64(edge + _CAUSES + (i << 3))
        if spent != 0:
            for number in range(_CAUSES_PER_WORD):
                of_cause = place + (number << 3)
                store_int64(of_cause, load_int64(of_cause) + (spent >> number * _CAUSE_BITS & _CAUSE_MASK))
        place += _CAUSES_PER_WORD << 3


@operation
def _follow(core: Any, memo: Any, edge: Any) -> Any:
    """Have memory access what may not be answered at once, and follow the edges that the answers lead to.

    Gives the last one, or where it would be.
    """
    l1 = _cache(core["l1d"])
    now, ways = core["now"], memo["ways"]
    while load_int64(edge) != 0 and load_int64(edge + _NEXT) == _WAITS:
        waiting = load_int64(edge + _CYCLES)
        piece = waiting & _LOWER_HALF
        memo["unsent"] = load_int64(edge + _UNSENT)
        touch_ways(l1, ways, memo["passed"], piece, memo["unsent"])
        wanted = ~load_int64(ways + (piece << 3))
        sent = now + (waiting >> _UPPER_HALF)
        done = access_memory(core, wanted >> 1, sent, wanted & 1)
        memo["passed"] = piece + 1
        place = answer_place(core, piece)
        keep_answer(core, place, sent, done)
        detail = _detail_of(core, memo, piece)
        edge = _find_edge(memo, _key_behind(memo, edge), detail)
    return edge


@operation
def _detail_of(core: Any, memo: Any, piece: Any) -> Any:
    """The second key of the edge behind an answer: the answer, and which later pieces have to wait because of it.

    They were to find a line in a way that it changed, or the translation of a page that it replaced.
    """
    place = answer_place(core, piece)
    detail = load_int64(place)
    page, changed = load_int64(place + 16), load_int64(place + 32)
    if changed > 0 or page >= 0:
        lines = _cache(core["l1d"])["lines"]
        page_shift = carray(pointer(core["dtlb"]), 1, TLB)[0]["page_shift"]
        for i in range(piece + 1, memo["pieces"]):
            entry = memo["ways"] + (i << 3)
            found = load_int64(entry)
            if found >= 0:
                lost = _lost_line(place, changed, found >> 1)
                line = lost if lost >= 0 else load_int64(lines + (found >> 1 << 3)) >> STATE_BITS
                if lost >= 0 or line >> page_shift == page:
                    store_int64(entry, ~(line << 1 | found & 1))
                    detail = _mix(detail, i)
    store_int64(place + 24, detail)
    return detail


@inlined
def _lost_line(place: Any, changed: Any, way: Any) -> Any:
    """The line that was in a way before an answer changed it; -1 if it did not."""
    for number in range(changed):
        change = place + 40 + (number << 4)
        if load_int64(change) == way:
            return load_int64(change + 8)
    return -1


@inlined
def _key_behind(memo: Any, edge: Any) -> Any:
    """The first key of edges that follow one that waits."""
    return ~(edge - memo["edges"] >> EDGE_SHIFT)


@outlined
def _have_answers(core: Any, memo: Any) -> None:
    """Let `retire` know the answers to what was accessed already."""
    at_once = _answer_at_once(core)
    unsent = memo["unsent"]
    for i in range(memo["passed"]):
        if unsent != 0 and unsent >> i & 1 != 0:
            store_int64(answer_place(core, i), -1)
        elif load_int64(memo["ways"] + (i << 3)) >= 0:
            store_int64(answer_place(core, i), at_once)
    core["known"] = memo["passed"]


@inlined
def _answer_at_once(core: Any) -> Any:
    return _cache(core["l1d"])["latency"] << LEVEL_BITS | _L1D


@operation
def _look_ahead(core: Any, memo: Any, outcome: Any, placed: Any) -> Any:
    """Find the lines that a block accesses, which of them are certain to be there, and how its loads meet stores.

    _UNKNOWN if there is something else to it. Nothing is changed but room for what is found: the ways, and entries
    behind those of stores.
    """
    state = memo["words"] + (core["state"] << 3)
    l1 = _cache(core["l1d"])
    tlb = carray(pointer(core["dtlb"]), 1, TLB)[0]
    certain = core["now"] + load_int64(state + (ISSUED << 3)) - l1["tail"]
    under_way = load_int64(state + (STORES_UNDER_WAY << 3))
    log, end = core["log"], core["log"] + (core["logged"] << 4)
    place = core["block"] + core["block_count"] * _UOP_BYTES
    ways = memo["ways"]
    number = waits = 0
    stored = ordered = loaded = 0
    detail = outcome
    line_shift, page_shift = core["line_shift"], tlb["page_shift"]
    first = core["block_placed"] >> line_shift
    if core["line"] != first:
        detail |= _NEW_LINE
    access = load_int8(place)
    while access != 0:
        if access == ACCESS_SPECIAL or log >= end or number > _MOST_ACCESSES or stored > _MOST_STORED:
            return _UNKNOWN
        kind = access if access > 0 else -access
        size = kind & ACCESS_LOADS - 1 if access < 0 else kind & ACCESS_STORES - 1
        wanted = size
        if access < 0:
            if kind & ACCESS_LOADS == 0:
                found = find_exclusive_write(log, end)
                if found == 0:
                    return _UNKNOWN
                log = found
            elif kind & ACCESS_STORES != 0:
                wanted = 2 * size
        address = load_int64(log)
        if address >= REGISTER_PLACE:
            return _UNKNOWN
        while wanted > 0 and log < end:
            wanted -= load_int64(log + 8) & _WRITE_BIT - 1
            log += 16
        line = address >> line_shift
        writes = 1 if kind & ACCESS_STORES != 0 else 0
        met = 0
        last = address + size - 1 >> line_shift
        for each in range(line, last + 1):
            way = _certain_way(l1, each, certain, writes)
            if way >= 0 and is_translated(tlb, each >> page_shift):
                store_int64(ways + (number << 3), way << 1 | writes)
            else:
                store_int64(ways + (number << 3), ~(each << 1 | writes))
                waits += 1
                met |= _WAITING << each - line
            number += 1
        if last != line:
            met |= _CROSSING
        if access < 0:
            if kind & ACCESS_LOADS != 0:
                loaded += 1
            else:
                ordered += 1
        elif writes != 0:
            entry = store_place(core, core["store_index"] + stored)
            store_int64(entry, address)
            store_int64(entry + 8, size)
            stored += 1
        else:
            loaded += 1
            met |= _meet_stores(
                core, core["store_index"] + stored, min(under_way + stored, core["store_buffer"]), address, size
            )
        if met != 0:
            detail = _mix(detail, number << 44 | met << 4)
        access = load_int8(place + 1)
        place += 1
    if log != end:
        return _UNKNOWN
    memo["stored"], memo["ordered"], memo["loaded"] = stored, ordered, loaded
    memo["pieces"], memo["waits"] = number, waits
    memo["passed"] = memo["unsent"] = 0
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
def _fetch_lines(core: Any, memo: Any, outcome: Any, placed: Any, number: Any) -> None:
    """Fetch the lines of instructions that a block has fetched: as many as `_find_fetched` has listed."""
    last = placed >> core["line_shift"] if outcome != NOT_TAKEN else _last_line(core)
    core["line"] = last
    core["next_line"] = last + 1
    touch_ways(_cache(core["l1i"]), memo["ways"] + (MOST_ANSWERS << 3), 0, number, 0)


@inlined
def _last_line(core: Any) -> Any:
    """Where caches see the line of the last instruction of a block."""
    # Instructions are in lines by their own addresses; caches see them elsewhere.
    shift = core["line_shift"]
    lines = (core["block_address"] + core["block_size"] - 4 >> shift) - (core["block_address"] >> shift)
    return (core["block_placed"] >> shift) + lines


@operation
def _find_fetched(core: Any, memo: Any, outcome: Any, placed: Any, vain: Any) -> Any:
    """List the ways of lines that a block has fetched; how many, negative if one is not there.

    `vain`: lines behind the block and elsewhere that its branch has fetched.
    """
    l1 = _cache(core["l1i"])
    state = memo["words"] + (core["state"] << 3)
    certain = core["now"] + load_int64(state + (FETCHED << 3)) - l1["tail"]
    shift = core["line_shift"]
    first = core["block_placed"] >> shift
    begin = first if core["line"] != first else first + 1
    tlb = carray(pointer(core["itlb"]), 1, TLB)[0]
    target = placed >> shift
    if not is_translated(tlb, first >> tlb["page_shift"]) or not is_translated(tlb, target >> tlb["page_shift"]):
        return _NOT_THERE
    ways = memo["ways"] + (MOST_ANSWERS << 3)
    number = _find_lines(l1, begin + 1, _last_line(core) + 2 + (vain & 1), certain, ways, 0)
    if vain >> _ELSEWHERE_SHIFT != 0:
        predicted = carray(pointer(core["predictor"]), 1, PREDICTOR)[0]["predicted"]
        elsewhere = (predicted >> shift) - (core["block_address"] >> shift) + first
        number = _find_lines(l1, elsewhere, elsewhere + (vain >> _ELSEWHERE_SHIFT), certain, ways, number)
    if outcome != NOT_TAKEN:
        number = _find_lines(l1, target, target + 2, certain, ways, number)
    return number


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
    """Account for a block step by step, and keep what it did, if `detail` is known."""
    _judge(memo)
    leave_memo(core)
    before, delays = core["now"], _cache(core["l1i"])["delays"]
    copy_memory(memo["before"], core["causes"], EDGE_CAUSES << 3)
    _retire(core, outcome, placed)
    if memo["rest"] > 0:
        return
    resets = memo["resets"]
    core["state"] = _intern(core, memo)
    if detail == _UNKNOWN or resets != memo["resets"]:
        return
    if core["answered"] != memo["pieces"] or delays != _cache(core["l1i"])["delays"]:
        return
    cycles = core["now"] - before
    if cycles > _CAUSE_MASK:
        return
    edge = _keep_answers(core, memo, key, detail, before)
    if edge == 0:
        return
    store_int64(edge + _NEXT, core["state"])
    store_int64(edge + _CYCLES, cycles | (core["ahead"] | core["elsewhere"] << _ELSEWHERE_SHIFT) << _UPPER_HALF)
    place, earlier = core["causes"], memo["before"]
    for i in range(EDGE_CAUSES // _CAUSES_PER_WORD):
        spent = 0
        for number in range(_CAUSES_PER_WORD):
            spent |= load_int64(place) - load_int64(earlier) << number * _CAUSE_BITS
            place += 8
            earlier += 8
        store_int64(edge + _CAUSES + (i << 3), spent)


@operation
def _keep_answers(core: Any, memo: Any, key: Any, detail: Any, before: Any) -> Any:
    """Make the edges up to the last answer, and a new one for what followed; 0 if that is not known by them.

    `before`: when the block began.
    """
    at_once = _answer_at_once(core)
    unsent = 0
    for i in range(memo["pieces"]):
        answer = load_int64(answer_place(core, i))
        if answer < 0:
            if i > _MOST_UNSENT:
                return 0
            unsent |= 1 << i
        elif load_int64(memo["ways"] + (i << 3)) >= 0:
            if answer != at_once:
                return 0
        else:
            edge = _find_edge(memo, key, detail)
            if load_int64(edge) == 0:
                _new_edge(memo, edge, key, detail, unsent)
                store_int64(edge + _NEXT, _WAITS)
                store_int64(edge + _CYCLES, i | load_int64(answer_place(core, i) + 8) - before << _UPPER_HALF)
            key = _key_behind(memo, edge)
            detail = load_int64(answer_place(core, i) + 24) if i < memo["passed"] else _detail_of(core, memo, i)
    edge = _find_edge(memo, key, detail)
    _new_edge(memo, edge, key, detail, unsent)
    return edge


@inlined
def _new_edge(memo: Any, edge: Any, key: Any, detail: Any, unsent: Any) -> None:
    store_int64(edge, key)
    store_int64(edge + _DETAIL, detail)
    store_int64(edge + _UNSENT, unsent)
    memo["edge_count"] += 1


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
