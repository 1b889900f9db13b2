"""Writes the .expected files: python -m tests.conformance.expect [GROUP[/NAME]…]

Each program is built for this computer, whose Linux decides, and for qemu-aarch64. A program on which they differ is
reported unless its first comment says that (and why) qemu-aarch64 is not followed. Run as root on x86-64, as some
programs need privileges.
"""

from __future__ import annotations

import difflib
import sys
import tempfile
from pathlib import Path

from tests.conformance.building import Program, binary, programs, run_on_host
from tests.toolchain import Target


def main(arguments: list[str]) -> int:
    """Returns how many programs want a look."""
    chosen = [program for program in programs() if not arguments or {program.group, str(program)} & set(arguments)]
    return sum(not write(program) for program in chosen)


def write(program: Program) -> bool:
    """Write what a program prints; returns whether nothing about it is strange."""
    with tempfile.TemporaryDirectory() as folder:
        here, status = run_on_host([str(binary(program.group, Target.HOST_GCC)), program.name], Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        command = ["qemu-aarch64", str(binary(program.group, Target.GLIBC)), program.name]
        there = run_on_host(command, Path(folder))[0] if program.follows_qemu else here
    program.expected.write_text(here, encoding="utf-8")
    if status == 0 and here == there:
        return True
    print(f"{program}: exit status {status}")
    print(*difflib.unified_diff(here.splitlines(), there.splitlines(), "Linux", "qemu", lineterm=""), sep="\n")
    return False


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
