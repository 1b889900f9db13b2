"""The library's own programs: right on the host against the software tile, and the same in the machine."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import images
from aimc import Machine
from tests.libaimc.building import Program, build_program
from tests.toolchain import Target

RunInMachine = Callable[[Path, Sequence[str]], tuple[int, bytes]]

C_PROGRAMS = tuple(Program(f"{name}.c") for name in ("intrinsics", "matrices", "bounds", "errors", "misuse", "threads"))
FACE_PROGRAMS = (
    Program("aimclib.cc"),
    Program("aimclib.cc", ("-std=c++20",)),
    Program("aimclib.cc", ("-DUSE_CHECKER",), needs_library=False),
    Program("checker.cc", ("-DUSE_CHECKER",), needs_library=False),
)
PROGRAMS = C_PROGRAMS + FACE_PROGRAMS
PERCEPTRON = str(Path(images.__file__).parent / "programs" / "perceptron" / "perceptron.cc")
GEOMETRY = "AIMC_SOFTWARE_TILE_GEOMETRY"
NO_TILE = b"this core has no AIMC tile that the program may use\npassed\n"


def run_on_host(command: Sequence[str | Path], variables: Mapping[str, str] | None = None) -> tuple[int, bytes]:
    """Exit status (128 + N for signal N) and standard output."""
    environment = {name: value for name, value in os.environ.items() if name != GEOMETRY} | dict(variables or {})
    done = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=False)
    return done.returncode if done.returncode >= 0 else 128 - done.returncode, done.stdout


@pytest.mark.parametrize("program", [*PROGRAMS, Program("software_tile.c")], ids=str)
def test_on_the_host(program: Program) -> None:
    status, output = run_on_host([build_program(program, Target.HOST)])
    assert status == 0, output.decode()
    assert output.endswith(b"passed\n")


def in_the_machine(program: Program) -> Any:
    """A program as a case of a test that runs it in the machine."""
    return pytest.param(program, id=str(program))


@pytest.mark.parametrize("program", [in_the_machine(program) for program in PROGRAMS])
def test_in_the_machine(run_in_machine: RunInMachine, program: Program) -> None:
    expected = run_on_host([build_program(program, Target.HOST)])
    assert run_in_machine(build_program(program, Target.MUSL), []) == expected


@pytest.mark.parametrize("program", PROGRAMS, ids=str)
def test_software_tile_on_aarch64(program: Program) -> None:
    """-DAIMC_SOFTWARE_TILE takes the place of the instructions, also on AArch64."""
    qemu = shutil.which("qemu-aarch64")
    if qemu is None:
        pytest.skip("qemu-aarch64 is not installed")
    software = Program(program.source, (*program.flags, "-DAIMC_SOFTWARE_TILE"), program.needs_library)
    expected = run_on_host([build_program(program, Target.HOST)])
    assert run_on_host([qemu, build_program(software, Target.MUSL)]) == expected


def test_no_tile() -> None:
    """Under plain QEMU the instructions are undefined, as on any ARM machine without a tile."""
    qemu = shutil.which("qemu-aarch64")
    if qemu is None:
        pytest.skip("qemu-aarch64 is not installed")
    status, output = run_on_host([qemu, build_program(Program("no_device.c"), Target.MUSL)])
    assert (status, output) == (0, NO_TILE)


def test_no_device_file(run_in_machine: RunInMachine) -> None:
    """In the machine too, where the program cannot see the driver's device file."""
    assert run_in_machine(build_program(Program("no_device.c"), Target.MUSL), ["/proc"]) == (0, NO_TILE)


def run_on_cores(source: str, cores: int, compat: str, arguments: Sequence[str] = ()) -> bytes | None:
    """What a program of this name prints in a machine with so many cores; it must end well."""
    machine = Machine(cores=cores, overrides={"fidelity": "functional", "compat": compat})
    program = Program(source, needs_library=not source.endswith(".cc"))
    result = machine.run(build_program(program, Target.MUSL), arguments, capture=True)
    assert (result.exit_status, result.stderr) == (0, b""), result.stdout
    return result.stdout


@pytest.mark.parametrize("compat", ["none", "alpine"])
def test_two_cores_have_a_tile_each(compat: str) -> None:
    assert run_on_cores("two_cores.c", 2, compat) == "core 0: 0, 2, … 22\ncore 1: 0, 3, … 33\npassed\n".encode()


@pytest.mark.parametrize("cores", [1, 3])
def test_a_tile_in_use_is_refused(cores: int) -> None:
    """To another thread and another process, and only for as long as it is in use."""
    lines = (
        "others are told that the tile is in use",
        "closed, it can be opened by others",
        "a killed process gives the tile back",
        "a child does not keep the tile",
        "no file descriptor is an error",
        "a file that is no device, or may not be opened, is an error",
        "passed",
    )
    assert run_on_cores("busy.c", cores, "none") == "".join(f"{line}\n" for line in lines).encode()


@pytest.mark.parametrize("compat", ["none", "alpine"])
def test_threads_of_the_face(compat: str) -> None:
    """Threads of one core share the tile's weights, and where there is a driver not its input and output memories."""
    lines = ["weights outlive the thread that mapped them", "cores have tiles of their own"]
    if compat == "none":
        lines.append("threads of one core have input memories of their own")
    expected = "".join(f"{line}\n" for line in [*lines, "passed"]).encode()
    assert run_on_cores("aimclib_threads.cc", 2, compat, ["own"] if compat == "none" else []) == expected


def test_perceptron_in_the_checker() -> None:
    """The checksum that AIMClib's own headers give for the same program."""
    if platform.libc_ver()[0] != "glibc":
        pytest.skip("the checksum is that of glibc's rand()")
    program = Program(PERCEPTRON, ("-DUSE_CHECKER",), needs_library=False)
    expected = b"10 inferences of 1024 x 1024, checksum cdb59f94\n"
    assert run_on_host([build_program(program, Target.HOST)]) == (0, expected)


def test_perceptron_in_the_machine(run_in_machine: RunInMachine) -> None:
    """The face's instructions compute what its checker computes on the same C library, musl."""
    program = Program(PERCEPTRON, needs_library=False)
    expected = b"10 inferences of 1024 x 1024, checksum 07310e32\n"
    assert run_in_machine(build_program(program, Target.MUSL), []) == (0, expected)


@pytest.mark.parametrize("geometry", ["151x149", "104x130", "65536x200"])
@pytest.mark.parametrize("program", [Program("matrices.c"), Program("bounds.c"), Program("misuse.c")], ids=str)
def test_other_geometries(program: Program, geometry: str) -> None:
    """Sizes that end inside a word too; the programs ask for the geometry they are given."""
    if program.source == "matrices.c" and geometry == "104x130":
        geometry = "111x113"  # the smallest that its matrices need
    status, output = run_on_host([build_program(program, Target.HOST)], {GEOMETRY: geometry})
    assert status == 0, output.decode()


@pytest.mark.parametrize("geometry", ["", "12", "12x", "0x5", "5x-1", "5x65537", "5x5x5", "5 x5"])
@pytest.mark.parametrize("program", [Program("intrinsics.c"), FACE_PROGRAMS[-1]], ids=str)
def test_malformed_geometry(program: Program, geometry: str) -> None:
    """A mistake is never answered with the default geometry."""
    status, output = run_on_host([build_program(program, Target.HOST)], {GEOMETRY: geometry})
    assert (status, output) == (128 + 6, b"")
