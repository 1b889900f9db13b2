"""Runs the `aimc` command and notes, from the inside, when the guest began and what the run loop took.

    python -m aimc.bench.probe FILE run hello

The notes go to FILE as JSON (`Notes`); output and exit status are the command's.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aimc.bench import child


@dataclass(frozen=True)
class Notes:
    """What a run looks like from the inside."""

    entered: float
    """`time.monotonic()` when the run loop began: the first guest instruction is next."""
    loop_wall_seconds: float
    loop_cpu_seconds: float


@dataclass(frozen=True)
class Probed:
    """A run of `aimc run`, from both sides."""

    sample: child.Sample
    notes: Notes

    @property
    def start_up_seconds(self) -> float:
        """Wall clock from the start of the process to the first guest instruction."""
        return self.notes.entered - self.sample.started


def run(program: Sequence[str], environment: Mapping[str, str]) -> Probed:
    """Run `aimc run --quiet PROGRAM ARGUMENTS…` in a process of its own."""
    with child.scratch_file() as file:
        command = child.python("aimc.bench.probe", str(file), "run", "--quiet", *program)
        sample = child.run(command, environment)
        return Probed(sample, Notes(**json.loads(file.read_text())))


def main(file: Path, arguments: list[str]) -> int:
    """In the child: run the command with these arguments."""
    from aimc.cli import main as command
    from guest.kernel import End, Kernel, Limits

    run_loop = Kernel.run

    def noted(self: Kernel, limits: Limits | None = None) -> End:
        entered, cpu = time.monotonic(), time.process_time()
        try:
            return run_loop(self, limits)
        finally:
            notes = Notes(entered, time.monotonic() - entered, time.process_time() - cpu)
            file.write_text(json.dumps(dataclasses.asdict(notes)))

    Kernel.run = noted  # type: ignore[method-assign]
    return command(arguments)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
