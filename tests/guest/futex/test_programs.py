"""The locks of a C library, under contention on one and several cores.

The results are those of Linux. qemu-aarch64 is no help here: it knows neither robust lists nor priority inheritance.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.toolchain import Target, build

PROGRAM = Path(__file__).parent / "programs" / "locks.c"
EXPECTED = """\
normal 1200
recursive 1200
errorcheck 1200
robust 1200
inherit 1200
robust inherit 1200
relock: 35
unlock by another: 1
robust try: 16, lock: 130, consistent: 0, unlock: 0
robust later: 130
robust lost: 131
robust inherit try: 16, lock: 130, consistent: 0, unlock: 0
robust inherit later: 130
robust inherit lost: 131
timed wait: 110
timed lock: 110
condition: 300 taken, 0 left
rwlock: 600 written, 0 torn
barrier: 0 early
semaphore: 300 answers
"""


@pytest.fixture(scope="module")
def binary() -> Path:
    return build([PROGRAM], Target.MUSL, ["-O2", "-g0"], folder="guest-tests")


@pytest.mark.parametrize("cores", [1, 3])
def test_every_lock_of_a_c_library_works_under_contention(binary: Path, cores: int) -> None:
    from aimc import Machine

    runs = [Machine(cores=cores).run(binary, capture=True) for _ in range(2)]
    assert runs[0].stdout is not None
    assert runs[0].stdout.decode() == EXPECTED
    assert (runs[0].stdout, runs[0].totals) == (runs[1].stdout, runs[1].totals)
