"""The command as a user starts it, and what its answers look like."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

import images
from images.build import find

ROOT = Path(images.__file__).resolve().parents[1]
LONGEST_S = 60
"""Nothing that these tests start takes nearly as long, even on a busy machine."""


@dataclass(frozen=True)
class Finished:
    """A process that ended."""

    status: int
    """As a shell shows it: 128 + N for signal N."""
    stdout: bytes
    stderr: str

    def assert_complaint(self, status: int, *words: str) -> None:
        """The command refused: its exit status, one sentence on standard error that has all the words, no more."""
        assert self.stderr.startswith("aimc: ")
        assert self.stderr.count("\n") == 1
        assert self.stderr.endswith("\n")
        for word in words:
            assert word in self.stderr
        assert (self.status, self.stdout) == (status, b"")


Command = Callable[..., Finished]
"""`aimc(*arguments, stdin=b"", cwd=..., environment={})`"""


def environment_of(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """The tests' environment without what changes our own output."""
    inherited = {name: value for name, value in os.environ.items() if name not in ("AIMC_DEBUG", "COLUMNS")}
    path = os.pathsep.join((str(ROOT / "tests" / "child"), str(ROOT)))
    return {**inherited, "PYTHONPATH": path, **(variables or {})}


def command_line(*arguments: str | Path) -> list[str]:
    """What starts the command with these arguments."""
    return [sys.executable, "-m", "aimc", *map(str, arguments)]


@pytest.fixture
def aimc(tmp_path: Path) -> Command:
    """Start the command in an empty folder and wait for its end."""

    def run(
        *arguments: str | Path,
        stdin: bytes = b"",
        cwd: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Finished:
        done = subprocess.run(
            command_line(*arguments),
            input=stdin,
            capture_output=True,
            cwd=cwd or tmp_path,
            env=environment_of(environment),
            timeout=LONGEST_S,
            check=False,
        )
        status = done.returncode if done.returncode >= 0 else 128 - done.returncode
        return Finished(status, done.stdout, done.stderr.decode(errors="replace"))

    return run


@pytest.fixture(scope="session")
def hello() -> Path:
    """A sound program to spoil."""
    return find("hello")
