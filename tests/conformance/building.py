"""Builds the conformance programs: one binary for each folder of them, kept in the project's cache."""

from __future__ import annotations

import functools
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.toolchain import Target, build

FOLDER = Path(__file__).parent
MAIN = FOLDER / "conformance.c"
# -O1: the programs are small, and what they compute on purpose should stay.
FLAGS = ("-O1", "-g0", "-w", "-std=gnu11", "-fno-stack-protector", "-fno-sanitize=undefined", "-pthread")


@dataclass(frozen=True)
class Program:
    """One behaviour."""

    group: str
    name: str

    @property
    def source(self) -> Path:
        return FOLDER / self.group / f"{self.name}.c"

    @property
    def expected(self) -> Path:
        """What it prints on Linux."""
        return self.source.with_suffix(".expected")

    @property
    def follows_qemu(self) -> bool:
        """Whether qemu-aarch64 does what Linux does here; the comment at the top of the source says so."""
        return "Expected output: qemu-aarch64 and" in self.source.read_text(encoding="utf-8")

    def __str__(self) -> str:
        return f"{self.group}/{self.name}"


def programs() -> list[Program]:
    """All programs, by group and name."""
    return [Program(path.parent.name, path.stem) for path in sorted(FOLDER.glob("*/*.c"))]


@functools.cache
def binary(group: str, target: Target) -> Path:
    """The binary with all programs of a group; its first argument names the one to run.

    Raises AssertionError with what the compiler said if it fails.
    """
    sources = [program.source for program in programs() if program.group == group]
    # For the `main` of the binary: one PROGRAM(name) for each.
    names = "".join(f"PROGRAM({source.stem})" for source in sources)
    libraries = () if target is Target.MUSL else ("-lrt",)
    flags = [*FLAGS, f"-DPROGRAMS_OF_THE_GROUP={names}"]
    return build([MAIN, *sources], target, flags, folder="conformance-tests", includes=[FOLDER], libraries=libraries)


def run_on_host(command: list[str], folder: Path, timeout_s: float = 30) -> tuple[str, int]:
    """Run a command in a folder without input; its output and status, 128 + N if signal N ended it."""
    # No core files when a program faults on purpose.
    guarded = ["sh", "-c", 'ulimit -c 0; exec "$@"', "sh", *command]
    done = subprocess.run(
        guarded, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s, check=False
    )
    status = done.returncode if done.returncode >= 0 else 128 - done.returncode
    return done.stdout.decode(errors="replace"), status
