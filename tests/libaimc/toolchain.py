"""Builds the library's test programs with the compiler that the guest programs are built with."""

from __future__ import annotations

import hashlib
import importlib.metadata
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import libaimc
from images.cache import cache_folder, compiler_folder

PROGRAMS = Path(libaimc.__file__).parent / "tests"
ZIG = (sys.executable, "-m", "ziglang")
OPTIONS = ("-O2", "-Wall", "-Wextra", "-Wpedantic", "-Werror")
COMPILER_TIMEOUT_S = 600


class Target(Enum):
    """What a program is built for; the value is the compiler's options."""

    HOST = ()
    GUEST = ("-target", "aarch64-linux-musl", "-mcpu=cortex_a53", "-static")


@dataclass(frozen=True)
class Program:
    """One program of `libaimc/tests`."""

    source: str
    flags: tuple[str, ...] = ()
    needs_library: bool = True

    @property
    def is_cpp(self) -> bool:
        return self.source.endswith(".cc")

    def __str__(self) -> str:
        return "".join((self.source, *self.flags))


def compile_files(command: Sequence[str | Path]) -> None:
    """Run a compiler; what it says is in the AssertionError if it fails."""
    # The C libraries that ziglang builds once are shared with the images: building them takes minutes.
    zig = str(compiler_folder())
    environment = {**os.environ, "ZIG_GLOBAL_CACHE_DIR": zig, "ZIG_LOCAL_CACHE_DIR": zig}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=COMPILER_TIMEOUT_S, check=False
    )
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}\n{done.stderr}")


def build_program(program: Program, target: Target) -> Path:
    """The built program, from the cache if all that decides the binary is as it was."""
    source = PROGRAMS / program.source
    standard = "-std=c++11" if program.is_cpp else "-std=c11"
    flags = [*target.value, *OPTIONS, standard, *program.flags]
    digest = hashlib.sha256(repr((importlib.metadata.version("ziglang"), flags, program.needs_library)).encode())
    for path in [source, *libaimc.SOURCES, *libaimc.HEADERS]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    cache = cache_folder() / "libaimc-tests"
    binary = cache / f"{source.stem}-{target.name.lower()}-{digest.hexdigest()[:16]}"
    if binary.exists():
        return binary
    cache.mkdir(parents=True, exist_ok=True)
    includes: list[str | Path] = ["-I", libaimc.INCLUDE_DIR, "-I", libaimc.AIMCLIB_INCLUDE_DIR]
    # Several workers may build the same program: each in a folder of its own, then a rename.
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        work = Path(folder)
        objects: list[Path] = []
        # Apart from the program, whose language and standard may be others.
        for path in libaimc.SOURCES if program.needs_library else ():
            objects.append(work / f"{path.stem}.o")
            definitions = [flag for flag in program.flags if flag.startswith("-D")]
            c_flags = [*target.value, *OPTIONS, "-std=c11", *definitions, *includes]
            compile_files([*ZIG, "cc", *c_flags, "-c", path, "-o", objects[-1]])
        made = work / source.stem
        compiler = "c++" if program.is_cpp else "cc"
        compile_files([*ZIG, compiler, *flags, *includes, source, *objects, "-pthread", "-o", made])
        made.replace(binary)
    return binary
