"""Programs written for ALPINE's library AIMClib: compiled by two compilers with two C libraries, they compute in the
machine what the library's checker computes on the host.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import libaimc
from aimc import Machine, Result
from images.build import PROGRAMS_FOLDER
from tests.end_to_end.compiling import Target, build

INCLUDES = (libaimc.INCLUDE_DIR, libaimc.AIMCLIB_INCLUDE_DIR)
PERCEPTRON = PROGRAMS_FOLDER / "perceptron" / "perceptron.cc"


@pytest.fixture(params=[Target.MUSL, Target.GLIBC], ids=lambda target: target.value)
def target(request: pytest.FixtureRequest) -> Target:
    if request.param is Target.GLIBC:
        request.getfixturevalue("debian_compiler")
    found: Target = request.param
    return found


def built(source: str | Path, target: Target, *flags: str) -> Path:
    return build(source, target, flags, includes=INCLUDES)


def run(binary: Path) -> Result:
    result = Machine().run(binary, capture=True)
    assert (result.exit_status, result.stderr, result.warnings) == (0, b"", ())
    return result


def test_the_perceptron(target: Target) -> None:
    """ALPINE's example in our words. Weights and inputs are the C library's rand(): so is the checksum."""
    result = run(built(PERCEPTRON, target))
    checksum = "cdb59f94" if target is Target.GLIBC else "07310e32"
    assert result.stdout == f"10 inferences of 1024 x 1024, checksum {checksum}\n".encode()
    (tile,) = result.tiles
    assert (tile.mvms, tile.programmed_weights, tile.misuse.total()) == (10, 1024 * 1024, 0)
    assert tile.queued_bytes == tile.dequeued_bytes == 10 * 1024


def test_every_overload(target: Target) -> None:
    host = built("overloads.cc", Target.HOST, "-DUSE_CHECKER")
    expected = subprocess.run([host], capture_output=True, check=True, timeout=60).stdout
    assert expected.count(b"\n") > 30
    assert run(built("overloads.cc", target)).stdout == expected


def product(weights: list[list[int]], inputs: list[int]) -> list[int]:
    """One row of weights per input; a sum that does not fit int8 saturates."""
    sums = [sum(x * row[column] for x, row in zip(inputs, weights, strict=True)) for column in range(len(weights[0]))]
    return [min(max(total, -128), 127) for total in sums]


def test_alpines_exact_words(target: Target) -> None:
    """Two of AIMClib's words disagree with ALPINE's own decoder; here both do what the library means."""
    weights = [[1, -2, 3, 127, -128], [5, 6, -7, 100, -100], [0, 1, 0, 1, 2]]
    outputs = bytes(value & 0xFF for value in product(weights, [2, -2, 3])) + bytes(7)
    words = " ".join(f"{int.from_bytes(outputs[place : place + 4], 'little'):08x}" for place in (0, 4, 8))
    rows = "".join(" ".join(map(str, row)) + "\n" for row in weights)
    result = run(built("alpine_words.c", target))
    assert result.stdout == f"{rows}{words}\n{words}\n".encode()
    assert result.tiles[0].misuse.total() == 0
