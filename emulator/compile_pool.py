"""Compilation of many hooks at once, each processor with a process of its own (`compile_worker.py`).

Threads would not do, because much of Numba's time is Python's, and `multiprocessing` would import the user's main
module again.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from emulator import compile_worker


class CompileError(Exception):
    """A hook could not be compiled. Notes hold what the compiling process said."""


@dataclass(frozen=True)
class Job:
    """Functions of a module to compile in one process, and the folder for their object files (`NAME.o`)."""

    module: str
    names: tuple[str, ...]
    folder: Path


Symbols = dict[str, str]
"""What functions are called in their object files."""


def compile_all(jobs: Sequence[Job]) -> list[Symbols]:
    """Do jobs, the first ones first, and give the symbols of each. Raises CompileError."""
    todo = deque(enumerate(jobs))
    symbols: list[Symbols] = [{} for _ in jobs]

    def serve(worker: _Worker) -> None:
        while todo:
            try:
                index, job = todo.popleft()
            except IndexError:  # another thread took the last one
                return
            symbols[index] = worker.compile(job)

    count = min(len(os.sched_getaffinity(0)), len(jobs))
    with ExitStack() as ends, ThreadPoolExecutor(max(count, 1)) as threads:
        workers = [ends.enter_context(_Worker()) for _ in range(count)]
        try:
            served = [threads.submit(serve, worker) for worker in workers]
            done, _ = wait(served, return_when=FIRST_EXCEPTION)
        finally:
            # All is done, or nothing is worth waiting for: this makes the other threads end.
            todo.clear()
            for worker in workers:
                worker.kill()
    for future in done:
        future.result()
    return symbols


class _Worker:
    """A process that does one job after the other."""

    def __init__(self) -> None:
        # It finds modules where this process finds them, and not in the working folder (-P).
        path = os.pathsep.join([str(Path(__file__).parents[1]), *filter(None, sys.path)])
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 (a pipe that nobody reads could fill)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", compile_worker.__name__],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            text=True,
            encoding="utf-8",
        )

    def compile(self, job: Job) -> Symbols:
        """Do a job. Raises CompileError."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            print(json.dumps([job.module, job.names, str(job.folder)]), file=self._process.stdin, flush=True)
            line = self._process.stdout.readline()
        except OSError:  # it has ended
            line = ""
        if not line:
            status = self._process.wait()
            how = f"signal {-status}" if status < 0 else f"status {status}"
            failure = CompileError(f"{job.module} could not be compiled: the compiling process ended with {how}")
            self._complaints.seek(0)
            failure.add_note(self._complaints.read().decode(errors="replace"))
            raise failure
        answer = json.loads(line)
        if "error" in answer:
            failure = CompileError(answer["error"])
            failure.add_note(answer["traceback"])
            raise failure
        symbols: Symbols = answer["symbols"]
        return symbols

    def kill(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        with self._process, self._complaints:  # closes its pipes and waits for it
            pass
