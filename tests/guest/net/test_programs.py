"""Programs that use sockets in every way print what they print on Linux.

The expected outputs were recorded on Linux 6.18 (x86-64, the same sources): qemu-aarch64 loses MSG_CTRUNC when it
converts ancillary data, so it cannot be the judge of all of them. It is asked too where it is installed.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.toolchain import Target, build

PROGRAMS = Path(__file__).parent / "programs"
NAMES = ["netlink", "options", "tcp", "udp", "unix"]
WRONG_UNDER_QEMU = ("three in room for two", "cut: 3")


@pytest.fixture(scope="module")
def compiled() -> dict[str, Path]:
    """The programs, for the guest."""
    flags = ["-O1", "-g0", "-w"]
    return {name: build([PROGRAMS / f"{name}.c"], Target.MUSL, flags, folder="guest-tests") for name in NAMES}


def expected(name: str) -> list[str]:
    return (PROGRAMS / f"{name}.expected").read_text().splitlines()


@pytest.mark.parametrize("cores", [1, 2])
@pytest.mark.parametrize("name", NAMES)
def test_programs_print_what_they_print_on_linux(
    compiled: dict[str, Path], tmp_path: Path, name: str, cores: int
) -> None:
    from aimc import Machine

    result = Machine(cores=cores).run(compiled[name], sysroot=tmp_path, capture=True)
    assert result.stdout is not None
    assert result.stdout.decode().splitlines() == expected(name)
    assert result.exit_status == 0


@pytest.mark.skipif(shutil.which("qemu-aarch64") is None, reason="needs qemu-aarch64")
@pytest.mark.parametrize("name", ["tcp", "udp", "unix"])
def test_the_expected_output_is_that_of_a_real_linux(compiled: dict[str, Path], tmp_path: Path, name: str) -> None:
    """Not of `options`: which interfaces there are is the host's own business. Not of `netlink`, which needs root."""
    run = subprocess.run(
        ["qemu-aarch64", str(compiled[name])], cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, check=True
    )
    pairs = zip(run.stdout.decode().splitlines(), expected(name), strict=True)
    assert [pair for pair in pairs if pair[0] != pair[1] and not pair[1].startswith(WRONG_UNDER_QEMU)] == []
