"""What tests of several folders need: the machine, a second implementation of it, and a second compiler; and what holds
for all tests: the timing model sees the accesses that it expects.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from emulator.timing import core_timing
from tests import mismatches

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # As a shell without job control starts what it runs in the background. Programs of the tests would inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)

Run = Callable[..., tuple[int, bytes]]
"""`run(binary, arguments=()) -> (status, stdout)`; a program killed by signal N has status 128 + N."""


@pytest.fixture(scope="session")
def run_in_machine() -> Run:
    """Run a program in the default machine. Each run starts from power-on.

    At functional fidelity, which is several times as fast. That programs compute the same at both is a matter of
    tests/end_to_end/test_fidelities.py, for all images.
    """
    from aimc import Machine

    machine = Machine(overrides={"fidelity": "functional"})

    def run(binary: Path, arguments: Sequence[str] = ()) -> tuple[int, bytes]:
        result = machine.run(binary, arguments, capture=True)
        # For whoever reads of a failure: pytest shows it then.
        sys.stderr.write((result.stderr or b"").decode(errors="replace"))
        if result.detail is not None:
            sys.stderr.write(f"{result.detail}\n")
        return result.exit_status, result.stdout or b""

    return run


@pytest.fixture(scope="session")
def qemu_aarch64() -> str:
    """The command of QEMU's user-mode emulator, which runs the same binaries but has no tile."""
    command = shutil.which("qemu-aarch64")
    if command is None:
        pytest.skip("qemu-aarch64 is not installed (Debian: apt install qemu-user)")
    return command


@pytest.fixture(scope="session")
def debian_compiler() -> str:
    """Debian's cross compiler, whose programs have glibc instead of musl."""
    command = shutil.which("aarch64-linux-gnu-g++")
    if command is None:
        pytest.skip("aarch64-linux-gnu-g++ is not installed (Debian: apt install g++-aarch64-linux-gnu)")
    return command


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "mismatches(reason): blocks of this test access memory otherwise than their micro-operations say, and why",
    )
    mismatches.watch(core_timing)


@pytest.fixture(scope="session")
def mismatches_of_commands(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file in which commands that tests start tell of theirs."""
    path = tmp_path_factory.getbasetemp() / "mismatches"
    os.environ[mismatches.REPORT] = str(path)
    return path


@pytest.fixture(autouse=True)
def no_mismatches(request: pytest.FixtureRequest, mismatches_of_commands: Path) -> Iterator[None]:
    """The timing model matches each block's accesses with its micro-operations. Where that fails, cycles are wrong: a
    test in which it does says so with the marker `mismatches` and a reason.
    """
    yield
    count = mismatches.take()
    if mismatches_of_commands.exists():
        count += sum(map(int, mismatches_of_commands.read_text().split()))
        mismatches_of_commands.unlink()
    if request.node.get_closest_marker("mismatches") is None:
        assert count == 0, f"{count} blocks accessed memory otherwise than their micro-operations say"
    else:
        assert count > 0, "the marker `mismatches` is not needed"
