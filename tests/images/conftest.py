"""Running guest programs under qemu-aarch64, where it is installed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

Run = Callable[..., tuple[int, bytes]]
"""`run(binary, arguments=()) -> (status, stdout)`; a program killed by signal N has status 128 + N."""


@pytest.fixture(scope="session")
def run_in_qemu() -> Run:
    """A second implementation of the machine, without a tile."""
    qemu = shutil.which("qemu-aarch64")
    if qemu is None:
        pytest.skip("qemu-aarch64 is not installed")

    def run(binary: Path, arguments: Sequence[str] = ()) -> tuple[int, bytes]:
        # No core files in the working folder when a program faults on purpose.
        command = ["sh", "-c", 'ulimit -c 0; exec "$@"', "sh", qemu, str(binary), *arguments]
        result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
        status = result.returncode
        return (128 - status if status < 0 else status), result.stdout

    return run
