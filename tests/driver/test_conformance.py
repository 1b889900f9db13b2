"""The driver does what its header says: one program for each behaviour, which checks what it sees.

A program whose comment at the top says `Needs N cores`, `Needs a small memory` or `Needs a short job timeout` runs on
such a machine.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.driver.building import build

if TYPE_CHECKING:
    from aimc import Machine

FOLDER = Path(__file__).parent / "conformance"
PROGRAMS = sorted(FOLDER.glob("*.c"))
CORES = 2
LARGE, SMALL = 1 << 31, 1 << 26
"""Bytes of memory; the larger one has room for all buffers that a client may have, the smaller one has not."""
SHORT_NS, LONG_NS = 1e6, 5e8
"""Timeouts of jobs; programming the whole crossbar takes longer than the shorter one."""
GUEST_SECONDS = 60.0
"""None takes nearly as long; a program that hangs should not hang the tests."""
MAX_INSTRUCTIONS = 2_000_000_000


@functools.cache
def machine(cores: int, memory_bytes: int, job_timeout_ns: float) -> Machine:
    """With a small crossbar, of two different sides, and programming so slow that a job is under way for a while."""
    from aimc import Machine

    overrides: dict[str, str | float | int] = {
        "fidelity": "functional",
        "tile.rows": 256,
        "tile.columns": 192,
        "tile.parameter_write_ns": 100,
        "memory.size_bytes": memory_bytes,
        "driver.job_timeout_ns": job_timeout_ns,
    }
    return Machine(cores=cores, overrides=overrides)


@pytest.mark.parametrize("source", PROGRAMS, ids=lambda source: source.stem)
def test_program(source: Path) -> None:
    comment = source.read_text(encoding="utf-8").partition("*/")[0]
    cores = re.search(r"Needs (\d+) cores", comment)
    chosen = machine(
        int(cores[1]) if cores else CORES,
        SMALL if "Needs a small memory" in comment else LARGE,
        SHORT_NS if "Needs a short job timeout" in comment else LONG_NS,
    )
    result = chosen.run(build(source), capture=True, max_seconds=GUEST_SECONDS, max_instructions=MAX_INSTRUCTIONS)
    output = (result.stdout or b"").decode(errors="replace") + (result.stderr or b"").decode(errors="replace")
    if output != "ok\n" or result.exit_status != 0:
        pytest.fail(
            f"{source.name}: {result.reason} {result.exit_status} {result.detail or ''}\n{output}", pytrace=False
        )


def test_every_program_says_what_it_shows() -> None:
    assert len(PROGRAMS) >= 120
    for source in PROGRAMS:
        assert source.read_text(encoding="utf-8").startswith("/* "), source.name
