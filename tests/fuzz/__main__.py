"""A long run of the fuzzer, in portions: `make fuzz`, or

    python -m tests.fuzz [--calls N] [--programs N] [--commands N] [--rounds N] [--seed N]
    python -m tests.fuzz --replay FILE      # a Sequence, as a failure prints it

Portions run one after the other, each in a process of its own. The exit status says whether everything held.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from guest.syscall import declarations
from guest.syscall_table import make_table
from tests.fuzz import campaign, guest_program, values
from tests.fuzz.campaign import LAST_EXAMPLE, Outcome
from tests.fuzz.machine import Fuzzer, Tally
from tests.fuzz.world import Audit, World

_PORTIONS = {"calls": 250, "programs": 500, "commands": 200}
"""Examples of one portion."""
_SEEDS_APART = 1_000_000
_LONGEST_S = 1200
_MOST_FAILURES = 5
_COLUMNS = 4


class Total:
    """Everything so far."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.ends: dict[str, Counter[str]] = {"programs": Counter(), "commands": Counter()}
        self.failures: list[str] = []

    def add(self, outcome: Outcome) -> None:
        self.tally.add(outcome.tally)
        self.ends["programs"] += outcome.programs
        self.ends["commands"] += outcome.commands
        if outcome.failure:
            self.failures.append(outcome.failure)

    def done(self, kind: str) -> int:
        return sum(self.tally.calls.values()) if kind == "calls" else self.ends[kind].total()


def main() -> int:
    """Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Throws hostile input at the machine.")
    parser.add_argument("--calls", type=int, default=100_000, metavar="N", help="random system calls (100,000)")
    parser.add_argument("--programs", type=int, default=3000, metavar="N", help="corrupt programs (3,000)")
    parser.add_argument("--commands", type=int, default=400, metavar="N", help="odd command lines and presets (400)")
    parser.add_argument("--rounds", type=int, default=200, metavar="N", help="rounds of the guest program (200)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="another seed, other examples (0)")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="run one sequence that a failure printed")
    wanted = parser.parse_args()
    if wanted.replay is not None:
        return _replay(wanted.replay)
    total, started = Total(), time.monotonic()
    for kind in _PORTIONS:
        portion = 0
        while total.done(kind) < getattr(wanted, kind) and len(total.failures) < _MOST_FAILURES:
            start = wanted.seed * _SEEDS_APART + portion
            total.add(_in_a_process(kind, start, min(_PORTIONS[kind], 2 * getattr(wanted, kind))))
            portion += 1
            print(f"{time.monotonic() - started:6.0f} s  {kind}: {total.done(kind):,} of {getattr(wanted, kind):,}, "
                  f"{len(total.failures)} failures (seed {start})", flush=True)  # fmt: skip
    if wanted.rounds:
        said, failure = guest_program.check(wanted.seed, wanted.rounds)
        total.failures += [failure] if failure else []
        print(f"{time.monotonic() - started:6.0f} s  guest program: {said}", flush=True)
    _report(total)
    return 1 if total.failures else 0


def _in_a_process(kind: str, start: int, examples: int) -> Outcome:
    with tempfile.NamedTemporaryFile(prefix="aimc-fuzz-last-") as last:
        command = [sys.executable, "-m", "tests.fuzz.campaign", kind, str(start), str(examples)]
        again = f"(again: {' '.join(command[1:])})"
        try:
            done = subprocess.run(
                command, env={**os.environ, LAST_EXAMPLE: last.name}, capture_output=True,
                timeout=_LONGEST_S, check=False, text=True,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return Outcome(Tally(), failure=f"no end after {_LONGEST_S} s, in {Path(last.name).read_text()} {again}")
        try:
            outcome = campaign.read(done.stdout.splitlines()[-1])
        except (IndexError, ValueError):
            example = Path(last.name).read_text()
            return Outcome(Tally(), failure=f"exit status {done.returncode}, in {example} {again}\n{done.stderr}")
        if outcome.failure:
            outcome.failure += f"\n{again}"
        return outcome


def _replay(file: Path) -> int:
    """The file holds Python, as it was printed for whoever runs this."""
    sequence = eval(file.read_text(encoding="utf-8"), vars(values))
    with tempfile.TemporaryDirectory(prefix="aimc-fuzz-") as folder:
        explained, failed = Fuzzer(World(Path(folder) / "world"), Audit()).explain(sequence)
    print(explained)
    return int(failed)


def _report(total: Total) -> None:
    tally = total.tally
    names = [declaration.name for declaration in declarations()]
    slots = [name for name in names if tally.calls[name]]
    succeeded = [name for name in names if tally.succeeded[name]]
    unimplemented = sum(count for name, count in tally.calls.items() if name not in set(names))
    print(f"\n{'call':24}{'made':>9}{'succeeded':>11}" * 2)
    rows = [f"{name:24}{tally.calls[name]:9,}{tally.succeeded[name]:11,}" for name in names]
    half = -(-len(rows) // 2)
    for left, right in zip(rows[:half], [*rows[half:], ""], strict=False):
        print(left + right)
    print(f"{'(not implemented)':24}{unimplemented:9,}\n\nErrors:")
    errors = [f"  {name:18}{count:9,}" for name, count in tally.errors.most_common()]
    for start in range(0, len(errors), _COLUMNS):
        print("".join(errors[start : start + _COLUMNS]))
    print(f"\n{sum(tally.calls.values()):,} calls in {tally.sequences:,} sequences; {tally.blocked:,} calls waited.")
    print(f"Coverage of the call table: {len(slots)} of {len(names)} calls made, {len(succeeded)} of them succeeded.")
    never = [name for name in names if not tally.succeeded[name]]
    print(f"Never succeeded: {', '.join(never) or 'none'}.")
    for title, ends in (("Ends of sequences", tally.ends), ("Programs", total.ends["programs"]),
                        ("Exit statuses of commands", total.ends["commands"])):  # fmt: skip
        print(f"{title}: {', '.join(f'{name} {count:,}' for name, count in ends.most_common()) or 'none'}.")
    for number, failure in enumerate(total.failures, 1):
        print(f"\n== Failure {number} ==\n{failure}")
    print(f"\n{'Everything held.' if not total.failures else f'{len(total.failures)} failures.'}")


if __name__ == "__main__":
    make_table()
    sys.exit(main())
