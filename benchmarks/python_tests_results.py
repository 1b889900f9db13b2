"""What Python's own tests gave, and what is known about those that did not pass."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from benchmarks.python_tests_reporter import MARK

_ENDED_WELL = (0, 2)
"""regrtest's exit statuses for a module whose tests all ran: all passed, some failed."""
_MODULE_SKIPPED = " skipped -- "


class Side(StrEnum):
    """Where tests ran."""

    HERE = "here"
    QEMU = "qemu"


class Outcome(StrEnum):
    """How a test went."""

    PASSED = "passed"
    SKIPPED = "skipped"
    FAILED = "failed"
    NO_END = "no end"
    """It ran when the time of its module was over, or when the interpreter died."""


@dataclass(frozen=True)
class Verdict:
    """One test, or a class or module that could not be set up."""

    outcome: Outcome
    detail: str = ""
    """The reason of a skip, or the exception."""


@dataclass
class ModuleResult:
    """One module on one side."""

    tests: dict[str, Verdict] = field(default_factory=dict)
    seconds: float = 0.0
    """Of the host."""
    status: int | None = None
    """Of the interpreter; None if it was ended because it took too long."""

    def count(self, *outcomes: Outcome) -> int:
        """How many tests went so."""
        counts = Counter(result.outcome for result in self.tests.values())
        return sum(counts[outcome] for outcome in outcomes)

    def as_json(self) -> dict[str, Any]:
        """For a file; `from_json` is its opposite."""
        tests = {name: [result.outcome, result.detail] for name, result in self.tests.items()}
        return {"seconds": round(self.seconds, 1), "status": self.status, "tests": tests}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> ModuleResult:
        tests = {name: Verdict(Outcome(outcome), detail) for name, (outcome, detail) in content["tests"].items()}
        return cls(tests, content["seconds"], content["status"])


class Listener:
    """Reads what the reporter tells between whatever the tests print."""

    def __init__(self, module: str) -> None:
        self._module = f"test.{module}"
        self._rest = b""
        self._text: list[str] = []
        self._running: str | None = None
        self.tests: dict[str, Verdict] = {}

    def feed(self, piece: bytes) -> Iterator[str]:
        """The next piece of output; yields the tests that begin in it."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            text = line.decode(errors="replace")
            if not text.startswith(MARK):
                self._text.append(text)
                continue
            record = json.loads(text.removeprefix(MARK))
            name, told, detail = record["test"], record["outcome"], record["detail"]
            if told == "started":
                self._running = name
                yield name
                continue
            self._running = None
            known = self.tests.get(name)
            # A test that failed in part or in its clean-up is told of twice.
            if known is None or known.outcome is not Outcome.FAILED:
                self.tests[name] = Verdict(Outcome(told), detail)

    def end(self, status: int | None, seconds: float) -> ModuleResult:
        """The interpreter has ended."""
        if status not in _ENDED_WELL:
            why = "time over" if status is None else f"the interpreter ended with status {status}"
            self.tests[self._running or self._module] = Verdict(Outcome.NO_END, why)
        elif not self.tests:
            skip = next((line for line in self._text if _MODULE_SKIPPED in line), None)
            outcome = Outcome.FAILED if skip is None else Outcome.SKIPPED
            detail = "no test ran" if skip is None else skip.partition(_MODULE_SKIPPED)[2]
            self.tests[self._module] = Verdict(outcome, detail)
        return ModuleResult(self.tests, seconds, status)


@dataclass(frozen=True)
class Known:
    """Why tests do not pass."""

    side: Side
    tests: str
    """A test's name, or a pattern of several."""
    why: str
    sometimes: bool = False
    """It may pass too: the test depends on the host's speed, for one."""


@dataclass(frozen=True)
class LeftOut:
    """Tests that are not run."""

    tests: str
    """A pattern, as for regrtest's --ignore."""
    why: str


@dataclass(frozen=True)
class Plan:
    """The data file: what to run, and what is known."""

    modules: dict[str, float]
    """With the seconds of host time that each may take."""
    known: tuple[Known, ...]
    left_out: tuple[LeftOut, ...]

    @classmethod
    def read(cls, path: Path) -> Plan:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        known = (Known(Side(entry.pop("side")), **entry) for entry in content.get("known", ()))
        left_out = (LeftOut(**entry) for entry in content.get("left_out", ()))
        return cls(content["modules"], tuple(known), tuple(left_out))

    def why(self, side: Side, test: str) -> str | None:
        """Why a test does not pass, if that is known."""
        return next((entry.why for entry in self.known if entry.side is side and fnmatchcase(test, entry.tests)), None)


Results = dict[str, dict[Side, ModuleResult]]
"""By module."""


def to_explain(sides: Mapping[Side, ModuleResult]) -> dict[str, Verdict]:
    """The tests of a module that do not pass here: those that fail, and those skipped that qemu does not skip."""
    here, qemu = sides.get(Side.HERE), sides.get(Side.QEMU)
    if here is None:
        return {}
    found = {}
    for name, result in here.tests.items():
        theirs = None if qemu is None else qemu.tests.get(name)
        skipped = result.outcome is Outcome.SKIPPED
        if result.outcome is not Outcome.PASSED and not (
            skipped and (theirs is None or theirs.outcome is Outcome.SKIPPED)
        ):
            found[name] = result
    return found


def complaints(plan: Plan, results: Results, modules: Iterable[str]) -> list[str]:
    """What must be changed in the data file: results that it does not explain, explanations that are no longer true."""
    found = []
    for module in modules:
        sides = results[module]
        wanting = to_explain(sides)
        found += [
            f"{name} is not explained: {result.outcome}, {result.detail}"
            for name, result in wanting.items()
            if plan.why(Side.HERE, name) is None
        ]
        for entry in plan.known:
            if entry.side not in sides or entry.sometimes:
                continue
            ran = {name for name in sides[entry.side].tests if fnmatchcase(name, entry.tests)}
            stale = ran and not any(_wants(sides, entry.side, name, wanting) for name in ran)
            belongs = fnmatchcase(entry.tests, f"test.{module}.*") or entry.tests == f"test.{module}"
            if stale or (belongs and not ran):
                found.append(f"{entry.tests} ({entry.side}) is explained but {'passes' if stale else 'does not exist'}")
    return found


def _wants(sides: Mapping[Side, ModuleResult], side: Side, name: str, wanting: Mapping[str, Verdict]) -> bool:
    if side is Side.HERE:
        return name in wanting
    return sides[side].tests[name].outcome is not Outcome.PASSED
