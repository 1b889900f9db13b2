"""Builds the C and C++ programs of all tests: for the guest with either C library, and for this computer.

A built file lies at `<cache>/<folder>/<name>-<target>-<key>`, where the key is a hash of everything that decides it, so
that parallel test processes and later runs share it. Each is made in a folder of its own and appears by a rename:
several processes may build the same. What no test has used for a week is removed when something is built.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from enum import Enum
from pathlib import Path

import pytest

from images.build import HEADER_SUFFIXES, ROOT_FOLDER
from images.cache import cache_folder, compiler_folder
from images.strip import strip_debug

COMPILER_TIMEOUT_S = 600
_UNUSED_S = 7 * 24 * 60 * 60


def _ziglang() -> str:
    """The compiler itself: by way of `python -m ziglang`, each call would start Python first."""
    found = importlib.util.find_spec("ziglang")
    return "ziglang" if found is None or found.origin is None else str(Path(found.origin).with_name("zig"))


_ZIG = _ziglang()
# The images are built for the same target: with another one (even one without -mcpu), the first program would have to
# wait until the C library is built for that too, which takes a minute of processor time.
_MUSL = ("-target", "aarch64-linux-musl", "-mcpu=cortex_a53", "-static")


class Target(Enum):
    """What a program is built for, and by whom."""

    MUSL = "musl"
    """For the guest, static, by ziglang, as the images are."""
    GLIBC = "glibc"
    """For the guest, static, by Debian's cross compiler."""
    HOST = "host"
    """For this computer, by ziglang."""
    HOST_GCC = "host-gcc"
    """For this computer, by its own compiler."""

    def compiler(self, *, is_cpp: bool = False) -> tuple[str, ...]:
        """The command of the compiler, with what selects the target."""
        match self:
            case Target.MUSL:
                return (_ZIG, "c++" if is_cpp else "cc", *_MUSL)
            case Target.GLIBC:
                return (f"aarch64-linux-gnu-{'g++' if is_cpp else 'gcc'}", "-static")
            case Target.HOST:
                return (_ZIG, "c++" if is_cpp else "cc")
            case Target.HOST_GCC:
                return ("g++" if is_cpp else "gcc",)

    @property
    def installed(self) -> bool:
        """Whether C programs can be built for it here."""
        return shutil.which(self.compiler()[0]) is not None

    @functools.cached_property
    def _version(self) -> str:
        if self in (Target.MUSL, Target.HOST):
            return importlib.metadata.version("ziglang")
        said = subprocess.run([self.compiler()[0], "--version"], capture_output=True, text=True, check=True)
        return said.stdout.splitlines()[0]


def build(
    sources: Sequence[Path],
    target: Target,
    flags: Iterable[str],
    *,
    folder: str,
    includes: Sequence[Path] = (),
    libraries: Sequence[str] = (),
) -> Path:
    """The program made of these sources (or the object file, if `-c` is among the flags), named like the first of them.

    They are C++ if one of them ends in `.cc`; object files are linked as they are. A source that names a header other
    than those beside it and below `includes` is not built again when that header changes. Debug information, which
    ziglang's C library has too, is dropped unless a flag asks for it. Skips the test if the compiler is not installed;
    raises AssertionError with what it said if it fails.
    """
    command = [*target.compiler(is_cpp=any(source.suffix == ".cc" for source in sources)), *flags]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{Path(command[0]).name} is not installed")
    is_program = "-c" not in command
    is_stripped = is_program and not any(flag.startswith("-g") and flag != "-g0" for flag in command)
    digest = hashlib.sha256(repr((target._version, command[1:], libraries, is_stripped)).encode())
    for path in (*sources, *_headers(sources, includes)):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    made_in = cache_folder() / folder
    built = made_in / f"{sources[0].stem}-{target.value}-{digest.hexdigest()[:16]}{'' if is_program else '.o'}"
    with suppress(FileNotFoundError):
        os.utime(built)  # used now
    if not built.exists():
        made_in.mkdir(parents=True, exist_ok=True)
        _remove_unused(made_in)
        with tempfile.TemporaryDirectory(prefix=".building-", dir=made_in) as scratch:
            made = Path(scratch) / sources[0].stem
            compile_files([*command, *(f"-I{include}" for include in includes), *sources, *libraries, "-o", made])
            if is_stripped:
                made.write_bytes(strip_debug(made.read_bytes()))
            made.replace(built)
    return built


def _remove_unused(folder: Path) -> None:
    """Remove what was not used lately, and what processes left that were killed while they compiled."""
    oldest = time.time() - _UNUSED_S
    for path in folder.iterdir():
        with suppress(FileNotFoundError):  # another process removes it too
            if path.stat().st_mtime >= oldest:
                continue
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()


def _headers(sources: Iterable[Path], includes: Iterable[Path]) -> list[Path]:
    """Which of them a source includes is not asked: all in reach count."""
    beside = (path for folder in {source.parent for source in sources} for path in folder.glob("*"))
    below = (path for folder in includes for path in folder.rglob("*"))
    return sorted({path for path in (*beside, *below) if path.suffix in HEADER_SUFFIXES})


def compile_files(command: Sequence[str | Path]) -> None:
    """Run a compiler; what it says is in the AssertionError if it fails."""
    # The C libraries that ziglang builds once are those of the images. It keeps others for each folder that it runs in.
    zig = str(compiler_folder())
    environment = {**os.environ, "ZIG_GLOBAL_CACHE_DIR": zig, "ZIG_LOCAL_CACHE_DIR": zig}
    done = subprocess.run(
        command,
        cwd=ROOT_FOLDER,
        env=environment,
        capture_output=True,
        text=True,
        timeout=COMPILER_TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, command))}\n{done.stderr}")
