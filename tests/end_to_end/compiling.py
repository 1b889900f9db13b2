"""Builds the guest programs of these tests, with the compiler that comes with the project or with Debian's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from tests import toolchain
from tests.toolchain import Target

__all__ = ["PROGRAMS", "Target", "build"]

PROGRAMS = Path(__file__).parent / "programs"

_FLAGS = {
    Target.MUSL: ("-O2", "-g0"),
    Target.GLIBC: ("-O3",),
    Target.HOST: ("-O2",),  # the same as in the library's tests, so that the C++ library is built only once
}


def build(source: str | Path, target: Target, flags: Iterable[str] = (), *, includes: Sequence[Path] = ()) -> Path:
    """The program made of one source of `programs/` (or a path)."""
    path = PROGRAMS / source
    options = [*_FLAGS[target], "-std=c++17" if path.suffix == ".cc" else "-std=gnu11", *flags]
    libraries = () if "-nostdlib" in options else ("-lm",)
    return toolchain.build([path], target, options, folder="end-to-end-tests", includes=includes, libraries=libraries)
