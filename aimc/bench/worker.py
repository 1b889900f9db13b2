"""A process that runs many programs, one after the other: for costs that the start-up of a process would drown.

It reads one JSON list (an image and its arguments, or the word `blocks` and what `blocks.measure` wants) per line and
answers each with a line of JSON (`Work`).
"""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType

from aimc.bench import child
from aimc.errors import AimcError


@dataclass(frozen=True)
class Work:
    """One run."""

    wall_seconds: float
    cpu_seconds: float
    instructions: int
    error: str = ""


class Worker:
    """The parent's side; started at first use. To be used in a `with` statement."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            with self._process as process:
                if kind is not None:
                    process.kill()

    def run(self, *job: str) -> Work:
        """Run an image with arguments. Raises `AimcError` if it fails."""
        if self._process is None:
            self._process = subprocess.Popen(
                child.python("aimc.bench.worker"),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self._environment,
            )  # fmt: skip
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise AimcError(f"a measuring process ended before its time, asked for {' '.join(job)}")
        work = Work(**json.loads(answer))
        if work.error:
            raise AimcError(f"a measured run failed: {' '.join(job)}: {work.error}")
        return work


def _run(job: list[str]) -> Work:
    from aimc.machine import Machine

    program, *arguments = job
    wall, cpu = time.perf_counter(), time.process_time()
    result = Machine(overrides={"fidelity": "functional"}).run(program, arguments, capture=True)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    error = "" if result.exit_status == 0 else f"status {result.exit_status}: {(result.stderr or b'').decode()}"
    return Work(wall, cpu, result.totals.instructions, error)


def main() -> None:
    """In the child: answer until the input ends."""
    for line in sys.stdin:
        job: list[str] = json.loads(line)
        if job[0] == "blocks":
            from aimc.bench import blocks

            work = blocks.measure(job[1], int(job[2]))
        else:
            work = _run(job)
        print(json.dumps(dataclasses.asdict(work)), flush=True)


if __name__ == "__main__":
    main()
