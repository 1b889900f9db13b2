"""Builds the guest programs of these tests, with the compiler that comes with the project or with Debian's.

Built programs lie in the project's cache under a hash of everything that decides the binary, so that parallel test
processes and later runs share them.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import subprocess
import tempfile
from collections.abc import Iterable
from enum import Enum
from pathlib import Path

from images.cache import cache_folder
from tests.libaimc.toolchain import ZIG, compile_files

PROGRAMS = Path(__file__).parent / "programs"
DEBIAN_CC, DEBIAN_CXX = "aarch64-linux-gnu-gcc", "aarch64-linux-gnu-g++"


class Target(Enum):
    """What a program is built for, and by whom."""

    MUSL = "musl"
    """Static, by ziglang, as the images are."""
    GLIBC = "glibc"
    """Static, by Debian's cross compiler."""
    HOST = "host"
    """For this computer, by ziglang."""


_FLAGS = {
    Target.MUSL: ("-target", "aarch64-linux-musl", "-mcpu=cortex_a53", "-static", "-O2", "-g0"),
    Target.GLIBC: ("-static", "-O3"),
    Target.HOST: ("-O2",),  # the same as in the library's tests, so that the C++ library is built only once
}


def build(source: str | Path, target: Target, flags: Iterable[str] = (), *, headers: Iterable[Path] = ()) -> Path:
    """The program made of one source of `programs/` (or a path). `headers` are those that a rebuild depends on.

    Raises AssertionError with what the compiler said if it fails.
    """
    path = PROGRAMS / source
    is_cpp = path.suffix == ".cc"
    options = [*_FLAGS[target], "-std=c++17" if is_cpp else "-std=gnu11", *flags]
    digest = hashlib.sha256(repr((_compiler_version(target), options)).encode())
    for file in (path, *sorted(headers)):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    folder = cache_folder() / "end-to-end-tests"
    binary = folder / f"{path.stem}-{target.value}-{digest.hexdigest()[:16]}"
    if not binary.exists():
        folder.mkdir(parents=True, exist_ok=True)
        # Several processes may build the same program: each in a folder of its own, then a rename.
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            made = Path(scratch) / path.stem
            libraries = () if "-nostdlib" in options else ("-lm",)
            compile_files([*_compiler(target, is_cpp), *options, path, *libraries, "-o", made])
            made.replace(binary)
    return binary


def _compiler(target: Target, is_cpp: bool) -> tuple[str, ...]:
    if target is Target.GLIBC:
        return (DEBIAN_CXX if is_cpp else DEBIAN_CC,)
    return (*ZIG, "c++" if is_cpp else "cc")


@functools.cache
def _compiler_version(target: Target) -> str:
    if target is not Target.GLIBC:
        return importlib.metadata.version("ziglang")
    said = subprocess.run([DEBIAN_CXX, "--version"], capture_output=True, text=True, check=True)
    return said.stdout.splitlines()[0]
