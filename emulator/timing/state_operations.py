"""The state of a pipeline as numbers that can be compared, in machine code.

Two pipelines behave alike from now on if their times are equal relative to the last commit, but for times that can
make no difference any more because everything to come is later. `encode` writes just what matters, so equal behaviour
means equal words; `restore` is its inverse. What it leaves out: counters, the branch predictor, caches, and the
addresses of stores, which stay in their records.
"""

from __future__ import annotations

from typing import Any

from emulator.jit import inlined, operation
from emulator.native import clear_memory, load_int64, store_int64
from emulator.timing.pipeline_operations import store_place
from emulator.timing.records import BUFFER_RING, LEVEL_BITS, MOST_STORES, STALL_RING, UNITS
from emulator.timing.uop import REGISTERS

# Words of a state, those that are read most often first. The stores in the store buffer, the entries of the buffers
# behind Fetch2 and Decode, stalls and registers follow, as many as there are or matter.
FETCHED = 0
ISSUED = 1
STORES_UNDER_WAY = 2
"""How many stores, the last one first, lie between the last one and the oldest that is still in the store buffer."""
_COMMITTED = 3
_MEMORY_COMMITTED = 4
_FETCHED_COUNT = 5
_LINE_AT = 6
_NEXT_AT = 7
_FETCH_CAUSE = 8
_DECODED = 9
_DECODED_COUNT = 10
_ISSUED_COUNT = 11
_MEMORY_ISSUED = 12
_REQUEST_FREE = 13
_ACCESS_1 = 14
_ACCESS_2 = 15
_STORE_UNTIL = 16
_PORT_1 = 17
_PORT_2 = 18
_STORE_SENT = 19
_STORE_SENT_COUNT = 20
_TILE_FREE = 21
_WAITING = 22
_UNITS = 26
_STORES = _UNITS + UNITS
MOST_WORDS = _STORES + MOST_STORES + 2 * BUFFER_RING + UNITS * (2 + 2 * STALL_RING) + 2 * (1 + 2 * REGISTERS)
"""Of a state, whatever is under way."""

_RING_MASK = BUFFER_RING - 1


@inlined
def _put(words: Any, index: Any, value: Any) -> None:
    store_int64(words + (index << 3), value)


@inlined
def _get(words: Any, index: Any) -> Any:
    return load_int64(words + (index << 3))


@operation
def encode(core: Any, words: Any) -> Any:
    """Write the state of a pipeline to `words`; how many words it has."""
    now = core["now"]
    # Whatever comes is fetched, decoded and issued no earlier than what came last.
    fetched, decoded, issued = core["fetched"] - now, core["decoded"] - now, core["issued"] - now
    _put(words, _COMMITTED, core["committed"])
    _put(words, _MEMORY_COMMITTED, max(core["memory_committed"] - now, -1))
    _put(words, FETCHED, fetched)
    _put(words, _FETCHED_COUNT, core["fetched_count"])
    _put(words, _LINE_AT, max(core["line_at"] - now, fetched))
    _put(words, _NEXT_AT, max(core["next_at"] - now, fetched - 1))
    _put(words, _FETCH_CAUSE, core["fetch_cause"])
    _put(words, _DECODED, decoded)
    _put(words, _DECODED_COUNT, core["decoded_count"])
    _put(words, ISSUED, issued)
    _put(words, _ISSUED_COUNT, core["issued_count"])
    _put(words, _MEMORY_ISSUED, max(core["memory_issued"] - now, issued - 1))
    _put(words, _REQUEST_FREE, max(core["request_free"] - now, issued))
    # These three count half cycles.
    _put(words, _ACCESS_1, max(core["access_1"] - 2 * now, 2 * issued))
    _put(words, _ACCESS_2, max(core["access_2"] - 2 * now, 2 * issued))
    _put(words, _STORE_UNTIL, max(core["store_until"] - 2 * now, 2 * issued))
    _put(words, _PORT_1, max(min(core["port_1"], core["port_2"]) - now, issued))
    _put(words, _PORT_2, max(max(core["port_1"], core["port_2"]) - now, issued))
    sent = core["store_sent"] - now
    _put(words, _STORE_SENT, max(sent, 0))
    _put(words, _STORE_SENT_COUNT, core["store_sent_count"] if sent > 0 else 0)
    _put(words, _TILE_FREE, max(core["tile_free"] - now, issued))
    _encode_waiting(words, _WAITING, core["waiting_from_1"] - now, core["waiting_to_1"] - now, issued)
    _encode_waiting(words, _WAITING + 2, core["waiting_from_2"] - now, core["waiting_to_2"] - now, issued)
    under_way = 0
    end = _STORES
    for back in range(1, core["store_buffer"] + 1):
        place = store_place(core, core["store_index"] - back)
        done = load_int64(place + 16) - now
        level = 0
        if done > issued:
            under_way = back
            level = load_int64(place + 24)
        _put(words, end, max(done, issued) << LEVEL_BITS | level)
        end += 1
    _put(words, STORES_UNDER_WAY, under_way)
    for i in range(core["decode_buffer"]):
        place = core["decode_ring"] + ((core["decode_entry"] + i & _RING_MASK) << 3)
        _put(words, end, max(load_int64(place) - now, fetched))
        end += 1
    for i in range(core["execute_buffer"]):
        place = core["execute_ring"] + ((core["execute_entry"] + i & _RING_MASK) << 3)
        _put(words, end, max(load_int64(place) - now, decoded))
        end += 1
    for unit in range(UNITS):
        interval = load_int64(core["intervals"] + (unit << 3))
        _put(words, _UNITS + unit, max(load_int64(core["unit_issued"] + (unit << 3)) - now, issued - interval))
        end = _encode_stalls(core, words, end, unit, now, issued)
    _put(words, end, -1)
    end += 1
    end = _encode_registers(core["ready"], words, end, now, issued)
    return _encode_registers(core["written"], words, end, now, issued)


@inlined
def _encode_waiting(words: Any, index: Any, begin: Any, end: Any, issued: Any) -> None:
    """Between `begin` and `end` no access is asked for."""
    _put(words, index, max(begin, issued) if end > issued else issued)
    _put(words, index + 1, max(end, issued))


@inlined
def _encode_stalls(core: Any, words: Any, end: Any, unit: Any, now: Any, issued: Any) -> Any:
    """The unit, how many of its stalls are not over, and their times."""
    if load_int64(core["stall_end"] + (unit << 3)) - now > issued:
        head = end
        end += 2
        stalls = core["stalls"] + (unit * STALL_RING * 2 << 3)
        index = load_int64(core["stall_index"] + (unit << 3))
        count = 0
        for back in range(STALL_RING, 0, -1):
            place = stalls + ((index - back & STALL_RING - 1) * 2 << 3)
            until = load_int64(place + 8) - now
            if until > issued:
                _put(words, end, max(load_int64(place) - now, issued))
                _put(words, end + 1, until)
                end += 2
                count += 1
        _put(words, head, unit)
        _put(words, head + 1, count)
    return end


@inlined
def _encode_registers(times: Any, words: Any, end: Any, now: Any, issued: Any) -> Any:
    """How many registers are waited for, which and until when."""
    head = end
    end += 1
    count = 0
    for register in range(REGISTERS):
        time = load_int64(times + (register << 3)) - now
        if time > issued:
            _put(words, end, register)
            _put(words, end + 1, time)
            end += 2
            count += 1
    _put(words, head, count)
    return end


@operation
def restore(core: Any, words: Any) -> None:
    """Let a pipeline be in the state that was written to `words`, at its present time."""
    now = core["now"]
    issued = now + _get(words, ISSUED)
    core["committed"] = _get(words, _COMMITTED)
    core["memory_committed"] = now + _get(words, _MEMORY_COMMITTED)
    core["fetched"] = now + _get(words, FETCHED)
    core["fetched_count"] = _get(words, _FETCHED_COUNT)
    core["line_at"] = now + _get(words, _LINE_AT)
    core["next_at"] = now + _get(words, _NEXT_AT)
    core["fetch_cause"] = _get(words, _FETCH_CAUSE)
    core["decoded"] = now + _get(words, _DECODED)
    core["decoded_count"] = _get(words, _DECODED_COUNT)
    core["issued"] = issued
    core["issued_count"] = _get(words, _ISSUED_COUNT)
    core["memory_issued"] = now + _get(words, _MEMORY_ISSUED)
    core["request_free"] = now + _get(words, _REQUEST_FREE)
    core["access_1"] = 2 * now + _get(words, _ACCESS_1)
    core["access_2"] = 2 * now + _get(words, _ACCESS_2)
    core["store_until"] = 2 * now + _get(words, _STORE_UNTIL)
    core["port_1"] = now + _get(words, _PORT_1)
    core["port_2"] = now + _get(words, _PORT_2)
    core["store_sent"] = now + _get(words, _STORE_SENT)
    core["store_sent_count"] = _get(words, _STORE_SENT_COUNT)
    core["tile_free"] = now + _get(words, _TILE_FREE)
    core["waiting_from_1"], core["waiting_to_1"] = now + _get(words, _WAITING), now + _get(words, _WAITING + 1)
    core["waiting_from_2"], core["waiting_to_2"] = now + _get(words, _WAITING + 2), now + _get(words, _WAITING + 3)
    index = _STORES
    for back in range(1, core["store_buffer"] + 1):
        place = store_place(core, core["store_index"] - back)
        store = _get(words, index)
        index += 1
        store_int64(place + 16, now + (store >> LEVEL_BITS))
        store_int64(place + 24, store & (1 << LEVEL_BITS) - 1)
    core["decode_entry"] = core["execute_entry"] = 0
    for i in range(core["decode_buffer"]):
        store_int64(core["decode_ring"] + (i << 3), now + _get(words, index))
        index += 1
    for i in range(core["execute_buffer"]):
        store_int64(core["execute_ring"] + (i << 3), now + _get(words, index))
        index += 1
    for unit in range(UNITS):
        store_int64(core["unit_issued"] + (unit << 3), now + _get(words, _UNITS + unit))
        store_int64(core["stall_end"] + (unit << 3), issued)
    clear_memory(core["stalls"], UNITS * STALL_RING * 2 << 3)
    while _get(words, index) >= 0:
        index = _restore_stalls(core, words, index, now)
    index = _restore_registers(core["ready"], words, index + 1, now, issued)
    _restore_registers(core["written"], words, index, now, issued)


@inlined
def _restore_stalls(core: Any, words: Any, index: Any, now: Any) -> Any:
    unit, count = _get(words, index), _get(words, index + 1)
    stalls = core["stalls"] + (unit * STALL_RING * 2 << 3)
    index += 2
    for place in range(STALL_RING - count, STALL_RING):
        until = now + _get(words, index + 1)
        store_int64(stalls + (2 * place << 3), now + _get(words, index))
        store_int64(stalls + (2 * place + 1 << 3), until)
        store_int64(core["stall_end"] + (unit << 3), until)
        index += 2
    store_int64(core["stall_index"] + (unit << 3), 0)
    return index


@inlined
def _restore_registers(times: Any, words: Any, index: Any, now: Any, issued: Any) -> Any:
    for register in range(REGISTERS):
        store_int64(times + (register << 3), issued)
    count = _get(words, index)
    index += 1
    for _ in range(count):
        store_int64(times + (_get(words, index) << 3), now + _get(words, index + 1))
        index += 2
    return index
