"""The branch predictor, in machine code: tournament of a local and a global predictor, branch target buffer, return
stack, indirect targets; as gem5's TournamentBP and BTB.

A program's branches are predicted and resolved one after the other, so histories need no repair; counters of branches
in flight are updated a little earlier than in gem5.
"""

from __future__ import annotations

from typing import Any

from emulator.jit import operation
from emulator.native import load_int8, load_int64, store_int8, store_int64
from emulator.timing.uop import Branch

_TAKEN_FROM = 2  # of a two-bit counter
_CONDITIONAL, _CALL = int(Branch.CONDITIONAL), int(Branch.CALL)
_INDIRECT, _INDIRECT_CALL, _RETURN = int(Branch.INDIRECT), int(Branch.INDIRECT_CALL), int(Branch.RETURN)

NOT_TAKEN, TAKEN, WRONG, WRONG_ON, WRONG_ELSEWHERE = 0, 1, 2, 3, 4
"""What the predictor said was right: go on, redirect at Fetch2; or it was wrong, and meanwhile nothing, the lines
behind the branch, or those of another place in its page were fetched.
"""


@operation
def _count(place: Any, up: Any) -> None:
    value = load_int8(place)
    if up and value < 3:
        store_int8(place, value + 1)
    elif not up and value > 0:
        store_int8(place, value - 1)


@operation
def resolve(predictor: Any, kind: Any, address: Any, following: Any, target: Any) -> Any:
    """A branch at `address` went to `target` (`following` if it was not taken): NOT_TAKEN, TAKEN or WRONG."""
    taken = target != following
    direction = True
    history = predictor["history"]
    local_place = predictor["local_histories"] + ((address >> 2 & predictor["local_history_entries"] - 1) << 3)
    local_history = load_int64(local_place)
    local_counter = predictor["local_counters"] + (local_history & predictor["local_counter_entries"] - 1)
    global_counter = predictor["global_counters"] + (history & predictor["global_counter_entries"] - 1)
    choice_counter = predictor["choice_counters"] + (history & predictor["global_counter_entries"] - 1)
    if kind == _CONDITIONAL:
        local = load_int8(local_counter) >= _TAKEN_FROM
        whole = load_int8(global_counter) >= _TAKEN_FROM
        direction = whole if load_int8(choice_counter) >= _TAKEN_FROM else local
    # The target that is predicted: nothing if no table knows the branch.
    entry = address >> 2 & predictor["btb_entries"] - 1
    known = load_int64(predictor["btb_tags"] + (entry << 3)) == address
    predicted = load_int64(predictor["btb_targets"] + (entry << 3)) if known else following
    if kind in (_CALL, _INDIRECT_CALL):
        top = predictor["return_top"] + 1 & predictor["return_entries"] - 1
        predictor["return_top"] = top
        store_int64(predictor["returns"] + (top << 3), following)
    elif kind == _RETURN:
        top = predictor["return_top"]
        predicted = load_int64(predictor["returns"] + (top << 3))
        predictor["return_top"] = top - 1 & predictor["return_entries"] - 1
    way = -1
    if kind in (_INDIRECT, _INDIRECT_CALL):
        first = ((address >> 2 ^ predictor["path"]) & predictor["indirect_sets"] - 1) * predictor["indirect_ways"]
        for i in range(first, first + predictor["indirect_ways"]):
            if load_int64(predictor["indirect_tags"] + (i << 3)) == address:
                way = i
                predicted = load_int64(predictor["indirect_targets"] + (i << 3))
        if way < 0:
            way = first + (predictor["path"] >> 8 & predictor["indirect_ways"] - 1)
        store_int64(predictor["indirect_tags"] + (way << 3), address)
        store_int64(predictor["indirect_targets"] + (way << 3), target)
        predictor["path"] = predictor["path"] << 4 ^ target >> 2
    if not direction or predicted == 0:
        predicted = following
    predictor["predicted"] = predicted
    # Learn.
    if kind == _CONDITIONAL:
        if local != whole:
            _count(choice_counter, whole == taken)
        _count(global_counter, taken)
        _count(local_counter, taken)
        store_int64(local_place, local_history << 1 | taken)
    else:
        _count(global_counter, True)
    predictor["history"] = (history << 1 | taken) & predictor["global_counter_entries"] - 1
    if taken:
        store_int64(predictor["btb_tags"] + (entry << 3), address)
        store_int64(predictor["btb_targets"] + (entry << 3), target)
    if predicted != target:
        return WRONG
    return TAKEN if taken else NOT_TAKEN
