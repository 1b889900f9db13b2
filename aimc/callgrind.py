"""A profile in the format of Valgrind's Callgrind, version 1, for KCachegrind and its relatives.

The format is described in Valgrind's manual ("Callgrind Format Specification"). Costs are integers there, so cycles
are rounded. Calls are not known, so there are none.
"""

from __future__ import annotations

from aimc.profile import FunctionCost, Profile

PREFIX = "callgrind.out"
"""Files whose names begin so are written in this format: KCachegrind looks for them."""
_UNKNOWN = "???"


def callgrind(profile: Profile) -> str:
    """The document."""
    lines = [
        "# callgrind format",
        "version: 1",
        "creator: aimc",
        f"cmd: {_one_line(' '.join((profile.program, *profile.arguments)))}",
        "positions: line",
        "event: Cycles : core cycles",
        "event: Ir : instructions",
        "events: Cycles Ir",
    ]
    for function in profile.functions:
        lines += ["", *_function(function)]
    totals = profile.totals
    lines += ["", f"totals: {round(totals.cycles - totals.idle_cycles)} {totals.instructions}"]
    return "\n".join(lines) + "\n"


def _function(function: FunctionCost) -> list[str]:
    source = _one_line(function.source or _UNKNOWN)
    owner = function.file or function.program or _UNKNOWN
    if function.file is not None and function.program is not None and function.file != function.program:
        owner = f"{function.file} in {function.program}"
    lines = [f"ob={_one_line(owner)}", f"fl={source}", f"fn={_one_line(function.function)}"]
    named_cycles, named_instructions, now = 0.0, 0, source
    for cost in sorted(function.lines, key=lambda cost: (_one_line(cost.source) != source, cost.source, cost.line)):
        if (there := _one_line(cost.source)) != now:
            now = there
            lines.append(f"fi={there}")
        lines.append(f"{cost.line} {round(cost.cycles)} {cost.instructions}")
        named_cycles += cost.cycles
        named_instructions += cost.instructions
    if now != source:
        lines.append(f"fe={source}")
    rest = round(function.cycles - named_cycles), function.instructions - named_instructions
    if any(rest):
        lines.append(f"{function.line or 0} {rest[0]} {rest[1]}")
    return lines


def _one_line(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode().replace("\n", " ")
