"""Runs a command as a child process and says what it cost, by the kernel's own account of that one process."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aimc.errors import AimcError

_LAST_WORDS = 300


@dataclass(frozen=True)
class Sample:
    """One run of a command."""

    wall_seconds: float
    cpu_seconds: float
    """User and system time of the process and of the children it waited for."""
    peak_bytes: int
    """Largest resident set."""
    started: float
    """`time.monotonic()` just before it was started; the same clock in every process of the host."""
    stdout: bytes


def run(command: Sequence[str], environment: Mapping[str, str]) -> Sample:
    """Run a command with empty input to its end. Raises `AimcError` if it fails."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        started = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=environment)
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        wall_seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)  # it is reaped; subprocess must not look for it again
        out.seek(0)
        err.seek(0)
        stdout, stderr = out.read(), err.read()
    if process.returncode != 0:
        said = stderr.decode("utf-8", "replace").strip()[-_LAST_WORDS:]
        raise AimcError(f"a measured run failed: {' '.join(command)}: status {process.returncode}: {said}")
    return Sample(wall_seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, started, stdout)


def python(module: str, *arguments: str) -> list[str]:
    """The command that runs a module in this interpreter."""
    return [sys.executable, "-m", module, *arguments]


@contextlib.contextmanager
def ordinary_environment() -> Iterator[dict[str, str]]:
    """The environment of the measured processes: this one's, but Python keeps its byte code.

    Where PYTHONDONTWRITEBYTECODE is set (containers do), each start would compile every module again, which no
    installed copy does. The byte code then goes to a temporary folder, so that the user's wish holds too.
    """
    environment = dict(os.environ)
    environment.pop("PYTHONPROFILEIMPORTTIME", None)
    with tempfile.TemporaryDirectory(prefix="aimc-bench-") as folder:
        if environment.pop("PYTHONDONTWRITEBYTECODE", ""):
            environment["PYTHONPYCACHEPREFIX"] = folder
        yield environment


@contextlib.contextmanager
def scratch_file() -> Iterator[Path]:
    """A path for a child to write to."""
    with tempfile.TemporaryDirectory(prefix="aimc-bench-") as folder:
        yield Path(folder) / "answer.json"
