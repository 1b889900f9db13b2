"""Builds the library's test programs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import libaimc
from tests import toolchain
from tests.toolchain import Target

PROGRAMS = Path(libaimc.__file__).parent / "tests"
OPTIONS = ("-O2", "-Wall", "-Wextra", "-Wpedantic", "-Werror")
FOLDER = "libaimc-tests"


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


def build_program(program: Program, target: Target) -> Path:
    """The built program, linked with the library if it needs that."""
    includes = [libaimc.INCLUDE_DIR, libaimc.AIMCLIB_INCLUDE_DIR]
    # The library apart from the program, whose language and standard may be others.
    definitions = [flag for flag in program.flags if flag.startswith("-D")]
    objects = [
        toolchain.build([path], target, [*OPTIONS, "-std=c11", *definitions, "-c"], folder=FOLDER, includes=includes)
        for path in (libaimc.SOURCES if program.needs_library else ())
    ]
    standard = "-std=c++11" if program.is_cpp else "-std=c11"
    flags = [*OPTIONS, standard, *program.flags, "-pthread"]
    return toolchain.build([PROGRAMS / program.source, *objects], target, flags, folder=FOLDER, includes=includes)
