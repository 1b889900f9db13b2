"""Builds the conformance programs: one binary for each folder of them, kept in the project's cache."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import importlib.util
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from images.cache import cache_folder
from tests.libaimc.toolchain import ZIG, compile_files

FOLDER = Path(__file__).parent
COMMON = (FOLDER / "conformance.c", FOLDER / "conformance.h")
# -O1: the programs are small, and what they compute on purpose should stay.
FLAGS = ("-O1", "-g0", "-w", "-std=gnu11", "-fno-stack-protector")


class Toolchain(Enum):
    """What a program is built for, and by whom."""

    MUSL = "musl"
    """Static, by ziglang, as the images are."""
    GLIBC = "glibc"
    """Static, by Debian's cross compiler."""
    HOST = "host"
    """For this computer, by its own compiler."""

    @property
    def command(self) -> tuple[str, ...]:
        """The compiler with what selects the target."""
        if self is Toolchain.MUSL:
            return (
                *ZIG,
                "cc",
                "-target",
                "aarch64-linux-musl",
                "-mcpu=cortex_a53",
                "-static",
                "-fno-sanitize=undefined",
            )
        return ("aarch64-linux-gnu-gcc", "-static") if self is Toolchain.GLIBC else ("gcc",)

    @property
    def installed(self) -> bool:
        """Whether it can be used here."""
        if self is Toolchain.MUSL:
            return importlib.util.find_spec("ziglang") is not None
        return shutil.which(self.command[0]) is not None


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
def binary(group: str, toolchain: Toolchain) -> Path:
    """The binary with all programs of a group; its first argument names the one to run.

    Raises AssertionError with what the compiler said if it fails.
    """
    sources = [program.source for program in programs() if program.group == group]
    names = "".join(f"PROGRAM({source.stem})\n" for source in sources)
    digest = hashlib.sha256(repr((_version(toolchain), toolchain.command[-4:], FLAGS, names)).encode())
    for path in (*COMMON, *sources):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    folder = cache_folder() / "conformance-tests"
    built = folder / f"{group}-{toolchain.value}-{digest.hexdigest()[:16]}"
    if not built.exists():
        folder.mkdir(parents=True, exist_ok=True)
        # Several processes may build the same binary: each in a folder of its own, then a rename.
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            (Path(scratch) / "programs.inc").write_text(names)
            made = Path(scratch) / group
            options = [*FLAGS, "-pthread", f"-I{FOLDER}", f"-I{scratch}"]
            libraries = () if toolchain is Toolchain.MUSL else ("-lrt",)
            compile_files([*toolchain.command, *options, COMMON[0], *sources, *libraries, "-o", made])
            made.replace(built)
    return built


@functools.cache
def _version(toolchain: Toolchain) -> str:
    if toolchain is Toolchain.MUSL:
        return importlib.metadata.version("ziglang")
    command = [toolchain.command[0], "--version"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]


def run_on_host(command: list[str], folder: Path, timeout_s: float = 30) -> tuple[str, int]:
    """Run a command in a folder without input; its output and status, 128 + N if signal N ended it."""
    # No core files when a program faults on purpose.
    guarded = ["sh", "-c", 'ulimit -c 0; exec "$@"', "sh", *command]
    done = subprocess.run(
        guarded, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s, check=False
    )
    status = done.returncode if done.returncode >= 0 else 128 - done.returncode
    return done.stdout.decode(errors="replace"), status
