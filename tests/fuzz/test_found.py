"""What the fuzzer found, each as the shortest sequence that failed, with the results that Linux gives."""

from __future__ import annotations

import struct
from typing import NamedTuple

import pytest

from guest.abi.errno import E
from tests.end_to_end.elf import BASE
from tests.fuzz.machine import Fuzzer
from tests.fuzz.prologue import PROLOGUE, call
from tests.fuzz.values import Call, Place, Pointer, Sequence
from tests.fuzz.world import Audit, World

BUFFER = Pointer(Place.ARENA, 0x8000)
EIGHT = struct.pack("<QQ", 0x2000_8000, 8)
"""A vector of eight bytes there."""


class Found(NamedTuple):
    """One failure of the past."""

    what: str
    calls: tuple[Call, ...]
    results: tuple[int, ...]
    traced: bool = False


FOUND = [
    Found(
        "a path that is NULL, under strace",
        (call("mount", 0, b"/tmp\0", 0, 0x1000, 0), call("statx", 5, 0, 0x1000, 0xFFF, BUFFER)), (-E.EINVAL, 0),
        traced=True,
    ),
    Found(
        "a negative priority",
        (call("sched_setparam", 0, struct.pack("<i", -1)), call("sched_getattr", 0, BUFFER, 48, 0)), (-E.EINVAL, 0),
    ),
    Found(
        "the memory of a zombie",
        (
            call("clone", 17, 0, 0, 0, 0), call("exit", 0),
            call("process_vm_readv", 2, EIGHT, 1, EIGHT, 1, 0),
        ),
        (2, -E.ESRCH),
    ),
    Found(
        "/proc/self/mem where the mapped file has lost the page",
        (
            call("ftruncate", 5, 0), call("pread64", 9, BUFFER, 100, 0x3000_0000), call("lseek", 9, 0x3000_0000, 0),
            call("read", 9, BUFFER, 100), call("sendfile", 5, 9, 0, 100),
        ),
        (0, -E.EIO, 0x3000_0000, -E.EIO, -E.EIO),
    ),
    Found("the upper half of the addresses in /proc/self/mem", (call("lseek", 9, -1 << 62, 0),), (-1 << 62,)),
    Found(
        "the report of a crash where the file of the code is cut",
        (
            call("mprotect", 0x3000_0000, 4096, 5), call("ftruncate", 5, 0),
            call("rt_sigaction", 10, struct.pack("<QQQQ", 0x3000_0000, 0, 0, 0), 0, 8),
            call("kill", 1, 10),
        ),
        (0, 0, 0, 0),
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def fuzzer(tmp_path_factory: pytest.TempPathFactory) -> Fuzzer:
    return Fuzzer(World(tmp_path_factory.mktemp("found") / "world"), Audit())


@pytest.mark.parametrize("found", FOUND, ids=[found.what for found in FOUND])
def test_found(fuzzer: Fuzzer, found: Found) -> None:
    fuzzer.run(Sequence(found.calls, traced=found.traced))
    assert tuple(fuzzer.results[len(PROLOGUE) :][: len(found.results)]) == found.results


def test_an_entry_point_outside_the_address_space(fuzzer: Fuzzer) -> None:
    """With the load bias it did not fit into the auxiliary vector's word."""
    header = b"\x7fELF\2\1\1".ljust(16, b"\0") + struct.pack(
        "<HHIQQQIHHHHHH", 3, 183, 1, (1 << 64) - 0x1000, 64, 0, 0, 64, 56, 1, 0, 0, 0
    )  # fmt: skip
    segment = struct.pack("<IIQQQQQQ", 1, 5, 0, BASE, BASE, 120, 4096, 4096)
    assert fuzzer.execute(header + segment, directly=True) == "refused: BAD_HEADER"
    assert fuzzer.execute(header + segment, directly=False) == "execve: ENOEXEC"
