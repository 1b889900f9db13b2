"""Where the guest's time went, by function and source line: the record behind `--profile` and `Result.profile`.

Two runs of the same program with the same input, configuration and seed give the same document, to the bit. The field
documentation below is also that of the JSON Schema, `aimc/schema/profile-1.json`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from aimc.document import documented, plain

SCHEMA = 1
"""Version of the JSON layout. Fields may be added to a version; any other change makes a new one."""

KERNEL = "[kernel]"
"""What kernel work is called among the functions."""
ANONYMOUS = "[anonymous]"
"""What code in memory of no file and no name is called."""

_CAUSES = (
    "cycles by what they were spent on, named as in cycle_causes of --stats, without those that are 0; "
    "empty at functional fidelity"
)


@dataclass(frozen=True)
class LineCost:
    """One source line of a function; of inlined functions and headers too."""

    source: str = documented("path of the source file, as the compiler was given it")
    line: int = documented("line number, from 1 on")
    cycles: float = documented("core cycles, exact to 1/1024")
    share: float = documented("of the cycles that are not idle, from 0 to 1")
    instructions: int = documented("instructions executed")
    executions: int = documented("how often the instruction of the line that was executed most was executed")
    causes: dict[str, float] = documented(_CAUSES, added=True, default_factory=dict, hash=False)


@dataclass(frozen=True)
class FunctionCost:
    """One function of one program, or code that is known by its place only."""

    program: str | None = documented("guest path of the program that executed it; null for the kernel")
    file: str | None = documented("guest path of the file that it is in; null for memory of no file and the kernel")
    function: str = documented("its symbol; file+offset if there is none; [kernel], [anonymous] or another area's name")
    offset: int | None = documented("where it begins in the file, in bytes; null without a file")
    source: str | None = documented("path of the source file in which it begins; null without debug information")
    line: int | None = documented("line in which it begins; null without debug information")
    cycles: float = documented("core cycles in the function itself, without those it calls, exact to 1/1024")
    share: float = documented("of the cycles that are not idle, from 0 to 1")
    instructions: int = documented("instructions executed")
    executions: int | None = documented(
        "how often its first instruction was executed: calls, and jumps back to it; null where that is not known"
    )
    lines: tuple[LineCost, ...] = documented("its source lines that were executed, the most expensive first")
    causes: dict[str, float] = documented(_CAUSES, added=True, default_factory=dict, hash=False)


@dataclass(frozen=True)
class ProfileTotals:
    """The whole machine; `cycles` is the sum of the functions' cycles and `idle_cycles`."""

    cycles: float = documented("core cycles of all cores together, from start to end, exact to 1/1024")
    idle_cycles: float = documented("of these: nothing to run")
    kernel_cycles: int = documented("of these: kernel work, the function [kernel]")
    instructions: int = documented("instructions executed by all cores")


@dataclass(frozen=True)
class Profile:
    """Where the guest's time went."""

    program: str = documented("the program as it was asked for")
    arguments: tuple[str, ...] = documented("its arguments")
    seed: int = documented("seed of everything random")
    preset: str = documented("name or path of the preset")
    overrides: dict[str, bool | int | float | str] = documented("values changed from the preset, in the declared units")
    fidelity: str = documented("how cycles were found")
    totals: ProfileTotals = documented("the whole machine")
    functions: tuple[FunctionCost, ...] = documented("each function that was executed, the most expensive first")
    warnings: tuple[str, ...] = documented("what could not be found out, in sentences for people")

    def to_json(self) -> str:
        """The `--profile` document: indented JSON in ASCII with a final newline."""
        return json.dumps({"schema": SCHEMA, **plain(self)}, indent=2, allow_nan=False) + "\n"
