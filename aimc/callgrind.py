"""A profile in the format of Valgrind's Callgrind, version 1, for KCachegrind and its relatives.

The format is described in Valgrind's manual ("Callgrind Format Specification"). Costs are integers there, so cycles
are rounded. Calls are not known, so there are none. What cycles were spent on is an event for each cause.
"""

from __future__ import annotations

from aimc.profile import FunctionCost, LineCost, Profile

PREFIX = "callgrind.out"
"""Files whose names begin so are written in this format: KCachegrind looks for them."""
_UNKNOWN = "???"


def callgrind(profile: Profile) -> str:
    """The document."""
    causes = sorted({cause for function in profile.functions for cause in function.causes})
    lines = [
        "# callgrind format",
        "version: 1",
        "creator: aimc",
        f"cmd: {_one_line(' '.join((profile.program, *profile.arguments)))}",
        "positions: line",
        "event: Cycles : core cycles",
        "event: Ir : instructions",
        *(f"event: {cause} : cycles spent on {cause}" for cause in causes),
        " ".join(["events: Cycles Ir", *causes]),
    ]
    for function in profile.functions:
        lines += ["", *_function(function, causes)]
    totals = profile.totals
    spent = [round(sum(function.causes.get(cause, 0) for function in profile.functions)) for cause in causes]
    lines += ["", _costs("totals:", round(totals.cycles - totals.idle_cycles), totals.instructions, *spent)]
    return "\n".join(lines) + "\n"


def _function(function: FunctionCost, causes: list[str]) -> list[str]:
    source = _one_line(function.source or _UNKNOWN)
    owner = function.file or function.program or _UNKNOWN
    if function.file is not None and function.program is not None and function.file != function.program:
        owner = f"{function.file} in {function.program}"
    lines = [f"ob={_one_line(owner)}", f"fl={source}", f"fn={_one_line(function.function)}"]
    named = [0.0] * (2 + len(causes))
    now = source
    for cost in sorted(function.lines, key=lambda cost: (_one_line(cost.source) != source, cost.source, cost.line)):
        if (there := _one_line(cost.source)) != now:
            now = there
            lines.append(f"fi={there}")
        of_line = _amounts(cost, causes)
        lines.append(_costs(cost.line, *map(round, of_line)))
        named = [sum(pair) for pair in zip(named, of_line, strict=True)]
    if now != source:
        lines.append(f"fe={source}")
    rest = [round(whole - part) for whole, part in zip(_amounts(function, causes), named, strict=True)]
    if any(rest):
        lines.append(_costs(function.line or 0, *rest))
    return lines


def _amounts(cost: FunctionCost | LineCost, causes: list[str]) -> list[float]:
    return [cost.cycles, cost.instructions, *(cost.causes.get(cause, 0.0) for cause in causes)]


def _costs(*columns: object) -> str:
    return " ".join(map(str, columns))


def _one_line(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode().replace("\n", " ")
