"""Makes a failing sequence small: as few calls, and as plain arguments, as still fail in the same way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.fuzz.machine import Fuzzer, Tally
from tests.fuzz.values import Argument, Block, Call, Pointer, Sequence

_TRIES = 600


def minimise(fuzzer: Fuzzer, sequence: Sequence, failure: type[BaseException]) -> Sequence:
    """The smallest that is found within some hundred tries."""
    tally, fuzzer.tally = fuzzer.tally, Tally()
    left = _TRIES

    def still_fails(candidate: Sequence) -> bool:
        nonlocal left
        left -= 1
        if left < 0:
            return False
        try:
            fuzzer.run(candidate)
        except Exception as error:  # noqa: BLE001 (the very thing that is looked for)
            return type(error) is failure
        return False

    for change in ({"traced": False}, {"writable": False}):
        plainer = replace(sequence, **change)
        if plainer != sequence and still_fails(plainer):
            sequence = plainer
    sequence = _fewer(sequence, still_fails)
    sequence = _plainer(sequence, still_fails)
    fuzzer.tally = tally
    return sequence


def _fewer(sequence: Sequence, still_fails: Callable[[Sequence], bool]) -> Sequence:
    """Leave out halves, quarters … and single calls."""
    size = len(sequence.calls)
    while size := size // 2:
        position = 0
        while position < len(sequence.calls):
            shorter = replace(sequence, calls=sequence.calls[:position] + sequence.calls[position + size :])
            if still_fails(shorter):
                sequence = shorter
            else:
                position += size
    return sequence


def _plainer(sequence: Sequence, still_fails: Callable[[Sequence], bool]) -> Sequence:
    """Put 0 in the place of arguments, or nothing in that of tags and odd places."""
    for position, call in enumerate(sequence.calls):
        for index, argument in enumerate(call.arguments):
            for plain in _plainer_than(argument):
                arguments = (*call.arguments[:index], plain, *call.arguments[index + 1 :])
                candidate = Call(call.number, arguments)
                calls = (*sequence.calls[:position], candidate, *sequence.calls[position + 1 :])
                if still_fails(replace(sequence, calls=calls)):
                    sequence, call = replace(sequence, calls=calls), candidate
                    break
    return sequence


def _plainer_than(argument: Argument) -> list[Argument]:
    if argument == 0:
        return []
    if isinstance(argument, Block):
        return [0, Block(argument.pieces)] if argument != Block(argument.pieces) else [0]
    if isinstance(argument, Pointer) and argument.tag:
        return [0, replace(argument, tag=0)]
    return [0]
