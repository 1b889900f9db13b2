"""The same programs on this machine and under qemu-aarch64, which passes system calls on to a real Linux."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.toolchain import Target, build

PROGRAMS = Path(__file__).parent / "programs"


@pytest.mark.skipif(shutil.which("qemu-aarch64") is None, reason="needs qemu-aarch64")
@pytest.mark.parametrize("cores", [1, 2])
@pytest.mark.parametrize("name", ["pipes", "waits"])
def test_event_calls_give_the_results_of_linux(tmp_path: Path, name: str, cores: int) -> None:
    from aimc import Machine

    binary = build([PROGRAMS / f"{name}.c"], Target.MUSL, ["-O1", "-g0", "-w"], folder="guest-tests")
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    theirs.mkdir()
    ours.mkdir()
    expected = subprocess.run(
        ["qemu-aarch64", str(binary)], cwd=theirs, stdin=subprocess.DEVNULL, capture_output=True, check=True
    )
    result = Machine(cores=cores).run(binary, sysroot=ours, capture=True)
    assert result.exit_status == 0
    assert result.stdout is not None
    assert result.stdout.decode().splitlines() == expected.stdout.decode().splitlines()
