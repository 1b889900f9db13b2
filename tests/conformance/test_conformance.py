"""Each conformance program prints on this machine what it prints on Linux.

KNOWN_FAILURES lists the programs that do not, with the reason; one that passes must be taken off the list.
"""

from __future__ import annotations

import functools
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.conformance.building import FOLDER, Program, binary, programs, run_on_host
from tests.toolchain import Target

if TYPE_CHECKING:
    from types import FrameType

    from aimc import Machine

GUEST_SECONDS = 20.0
"""None takes nearly as long; a program that hangs should not hang the tests."""
MAX_INSTRUCTIONS = 2_000_000_000
HOST_SECONDS = 60
"""Of processor time, so that neither a busy host nor the compilation of a program counts."""
WAITING_SECONDS = 600
NEEDS_ROOT = frozenset({
    "fs/chown", "fs/chroot", "fs/mount_propagation", "fs/permissions", "ipc/permissions", "ipc/sysvipc_limits",
    "process/credentials", "sched/fifo_order", "sched/real_time", "signal/kill_permission",
})  # fmt: skip
"""On the host, that is: the guest's user is root."""

SECONDS_OF_WORK = frozenset({"limits/cpu", "proc/switches", "process/cpu_time_of_threads", "time/times"})
"""These compute for whole seconds of guest time, and so run on a machine with a slow clock."""
SLOW_HZ = 20e6

GUEST_TARGETS = (Target.MUSL, Target.GLIBC)


def known_failures() -> dict[str, str]:
    """The reason by `group/name`, or by `group/name@target` for one that fails with one C library only."""
    lines = (FOLDER / "KNOWN_FAILURES").read_text(encoding="utf-8").splitlines()
    entries = [line.partition(": ") for line in lines if line and not line.startswith("#")]
    return {name: reason for name, _, reason in entries}


@functools.cache
def machine(*, slow: bool = False) -> Machine:
    from aimc import Machine

    return Machine(overrides={"core.frequency_hz": SLOW_HZ} if slow else None)


@pytest.fixture(autouse=True)
def time_limit() -> Iterator[None]:
    """End a test that hangs the host."""

    def ended(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"more than {HOST_SECONDS} s of processor time, or {WAITING_SECONDS} s altogether")

    limits = ((signal.SIGPROF, signal.ITIMER_PROF, HOST_SECONDS), (signal.SIGALRM, signal.ITIMER_REAL, WAITING_SECONDS))
    previous = [signal.signal(number, ended) for number, _, _ in limits]
    for _, timer, seconds in limits:
        signal.setitimer(timer, seconds)
    yield
    for (number, timer, _), handler in zip(limits, previous, strict=True):
        signal.setitimer(timer, 0)
        signal.signal(number, handler)


@functools.cache
def sysroot(base: Path) -> Path:
    """A root with one folder; what a program writes is gone after its run."""
    root = base / "root"
    for name in ("work", "tmp", "etc"):
        (root / name).mkdir(parents=True)
    return root


def run(program: Program, target: Target, root: Path) -> str:
    """What a program prints on this machine, with how it ended where that is not with status 0."""
    result = machine(slow=str(program) in SECONDS_OF_WORK).run(
        binary(program.group, target),
        [program.name],
        sysroot=root,
        cwd="/work",
        capture=True,
        max_seconds=GUEST_SECONDS,
        max_instructions=MAX_INSTRUCTIONS,
    )
    output = (result.stdout or b"").decode(errors="replace")
    if result.exit_status != 0 or result.stderr:
        errors = (result.stderr or b"").decode(errors="replace")
        output += f"[{result.reason}, status {result.exit_status}] {result.detail or ''} {errors}\n"
    return output


@pytest.mark.parametrize("target", GUEST_TARGETS, ids=lambda target: target.value)
@pytest.mark.parametrize("program", programs(), ids=str)
def test_program(program: Program, target: Target, tmp_path_factory: pytest.TempPathFactory) -> None:
    failures = known_failures()
    reason = failures.get(str(program), failures.get(f"{program}@{target.value}"))
    expected = program.expected.read_text(encoding="utf-8")
    output = run(program, target, sysroot(tmp_path_factory.getbasetemp()))
    if reason is None:
        assert output.splitlines() == expected.splitlines()
    elif output != expected:
        pytest.xfail(reason)
    else:
        pytest.fail(f"{program} passes with {target.value}: take it off KNOWN_FAILURES")


@pytest.mark.parametrize("program", [program for program in programs() if program.follows_qemu], ids=str)
def test_program_under_qemu(program: Program, tmp_path: Path) -> None:
    """The expected output is right: an independent implementation prints the same."""
    if shutil.which("qemu-aarch64") is None or not Target.GLIBC.installed:
        pytest.skip("needs qemu-aarch64 and aarch64-linux-gnu-gcc")
    if str(program) in NEEDS_ROOT and os.geteuid() != 0:
        pytest.skip("needs root on the host")
    command = ["qemu-aarch64", str(binary(program.group, Target.GLIBC)), program.name]
    output, status = run_on_host(command, tmp_path)
    assert output.splitlines() == program.expected.read_text(encoding="utf-8").splitlines()
    assert status == 0


def test_every_program_is_complete() -> None:
    assert len(programs()) >= 150
    for program in programs():
        assert program.expected.is_file(), f"{program} has no .expected: python -m tests.conformance.expect {program}"
        assert f"TEST({program.name})" in program.source.read_text(encoding="utf-8")
    expected = set(FOLDER.glob("*/*.expected"))
    assert expected == {program.expected for program in programs()}


def test_known_failures_name_programs() -> None:
    names = {str(program) for program in programs()}
    for name, reason in known_failures().items():
        base, _, target = name.partition("@")
        assert base in names
        assert target in ("", *(target.value for target in GUEST_TARGETS))
        assert reason
