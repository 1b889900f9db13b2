"""One portion of fuzzing: so many examples of a kind, from a seed, in a process of its own.

    python -m tests.fuzz.campaign KIND SEED EXAMPLES

A portion has its own process so that what a long run would gather in memory is gone, and so that a crash or a hang of
the machine ends only that. The last example lies in a file meanwhile. The answer is one line of JSON.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz import command_line, programs, strategies
from tests.fuzz.machine import Fuzzer, Tally
from tests.fuzz.minimise import minimise
from tests.fuzz.values import Sequence
from tests.fuzz.world import Audit, World

LAST_EXAMPLE = "AIMC_FUZZ_LAST"
"""Environment variable: the file for the example that is being tried."""


@dataclasses.dataclass
class Outcome:
    """What came of a portion."""

    tally: Tally
    programs: Counter[str] = dataclasses.field(default_factory=Counter)
    """What became of programs, and how often."""
    commands: Counter[str] = dataclasses.field(default_factory=Counter)
    failure: str = ""


def quiet(examples: int, **changes: Any) -> settings:
    """Hypothesis without its files and its advice."""
    return settings(
        max_examples=examples, database=None, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True,
        **changes,
    )  # fmt: skip


def fuzz_calls(fuzzer: Fuzzer, examples: int, start: int) -> str:
    """Random sequences of calls; an explanation of the first failure, made small, or nothing."""
    failing: list[Sequence] = []

    @seed(start)
    @quiet(examples, phases=[Phase.generate])
    @given(strategies.sequences())
    def sequences_hold(sequence: Sequence) -> None:
        _note(sequence)
        try:
            fuzzer.run(sequence)
        except BaseException:
            failing.append(sequence)
            raise

    try:
        sequences_hold()
    except Exception as error:
        if not failing:
            raise
        return fuzzer.explain(minimise(fuzzer, failing[-1], type(error)))[0]
    return ""


def fuzz_programs(fuzzer: Fuzzer, examples: int, start: int) -> tuple[Counter[str], str]:
    """Corrupt programs, as process 1 and by execve: what became of them, and an explanation of a failure."""
    ends: Counter[str] = Counter()

    @seed(start)
    @quiet(examples, phases=[Phase.generate, Phase.shrink])
    @given(programs.images(), st.booleans())
    def programs_hold(image: bytes, directly: bool) -> None:
        _note((image, directly))
        ends[fuzzer.execute(image, directly=directly)] += 1

    return ends, _explained(programs_hold)


def fuzz_command_line(folder: Path, examples: int, start: int) -> tuple[Counter[str], str]:
    """Odd programs and presets for the command: exit statuses, and an explanation of a failure."""
    ends: Counter[str] = Counter()

    @seed(start)
    @quiet(examples, phases=[Phase.generate, Phase.shrink])
    @given(command_line.invocations())
    def commands_hold(invocation: command_line.Invocation) -> None:
        _note(invocation)
        ends[str(command_line.check(folder, invocation))] += 1

    return ends, _explained(commands_hold)


def _explained(test: Callable[[], None]) -> str:
    """Hypothesis's report on a failure holds the example, made small."""
    try:
        test()
    except Exception as error:  # noqa: BLE001 (any of them is what is looked for)
        return "".join(traceback.format_exception(error)) + "\n".join(getattr(error, "__notes__", ()))
    return ""


def _note(example: object) -> None:
    if path := os.environ.get(LAST_EXAMPLE):
        Path(path).write_text(repr(example), encoding="utf-8")


def run(kind: str, start: int, examples: int) -> Outcome:
    """A portion, in a world of its own."""
    with tempfile.TemporaryDirectory(prefix="aimc-fuzz-") as folder:
        world = World(Path(folder) / "world")
        if kind == "commands":
            ends, failure = fuzz_command_line(Path(folder), examples, start)
            return Outcome(Tally(), commands=ends, failure=failure)
        fuzzer = Fuzzer(world, Audit())
        if kind == "programs":
            ends, failure = fuzz_programs(fuzzer, examples, start)
            return Outcome(Tally(), programs=ends, failure=failure)
        failure = fuzz_calls(fuzzer, examples, start)
        return Outcome(fuzzer.tally, failure=failure)


def main(kind: str, start: str, examples: str) -> None:
    """See the top of the file."""
    warnings.simplefilter("ignore")
    outcome = run(kind, int(start), int(examples))
    print(json.dumps({**vars(outcome), "tally": vars(outcome.tally)}))


def read(text: str) -> Outcome:
    """The outcome that `main` printed."""
    found = json.loads(text)
    tally = Tally(
        **{name: Counter(value) if isinstance(value, dict) else value for name, value in found.pop("tally").items()}
    )
    return Outcome(tally, Counter(found["programs"]), Counter(found["commands"]), found["failure"])


if __name__ == "__main__":
    main(*sys.argv[1:])
