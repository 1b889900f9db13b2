"""The driver does what its header says: one program for each behaviour, which checks what it sees.

A program whose comment at the top says `Needs N cores`, `Needs a small memory` or `Needs a short job timeout` runs on
such a machine.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import libaimc
from images.cache import cache_folder
from tests.libaimc.toolchain import ZIG, compile_files

if TYPE_CHECKING:
    from aimc import Machine

FOLDER = Path(__file__).parent / "conformance"
PROGRAMS = sorted(FOLDER.glob("*.c"))
HEADERS = sorted(FOLDER.glob("*.h"))
TARGET = ("-target", "aarch64-linux-musl", "-mcpu=cortex_a53", "-static", "-fno-sanitize=undefined")
FLAGS = ("-O1", "-g0", "-Wall", "-Wextra", "-Werror", "-std=gnu11", "-pthread")
CORES = 2
LARGE, SMALL = 1 << 31, 1 << 26
"""Bytes of memory; the larger one has room for all buffers that a client may have, the smaller one has not."""
SHORT_NS, LONG_NS = 1e6, 5e8
"""Timeouts of jobs; programming the whole crossbar takes longer than the shorter one."""
GUEST_SECONDS = 60.0
"""None takes nearly as long; a program that hangs should not hang the tests."""
MAX_INSTRUCTIONS = 2_000_000_000


@functools.cache
def compiler_version() -> str:
    return importlib.metadata.version("ziglang")


def build(source: Path) -> Path:
    """The built program, from the cache if all that decides the binary is as it was."""
    digest = hashlib.sha256(repr((compiler_version(), TARGET, FLAGS)).encode())
    for path in (source, *HEADERS, *libaimc.HEADERS):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    cache = cache_folder() / "driver-tests"
    binary = cache / f"{source.stem}-{digest.hexdigest()[:16]}"
    if not binary.exists():
        cache.mkdir(parents=True, exist_ok=True)
        # Several workers may build the same program: each in a folder of its own, then a rename.
        with tempfile.TemporaryDirectory(dir=cache) as scratch:
            made = Path(scratch) / source.stem
            compile_files([*ZIG, "cc", *TARGET, *FLAGS, "-I", libaimc.INCLUDE_DIR, source, "-o", made])
            made.replace(binary)
    return binary


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
