"""Lengths of 2^40 with memory behind them that may be used: a sparse file, mapped. The host must not notice."""

from __future__ import annotations

import struct

import pytest

from guest.abi.errno import E
from tests.fuzz.machine import Fuzzer
from tests.fuzz.prologue import PROLOGUE, call
from tests.fuzz.values import Call, Sequence
from tests.fuzz.world import Audit, World

PLACE = 0x1000_0000_0000
HUGE = 1 << 40
BUFFER = 0x2000_8000


def words(*values: int) -> bytes:
    return struct.pack(f"<{len(values)}Q", *[value & (1 << 64) - 1 for value in values])


VECTOR = words(PLACE, HUGE)
MAPPED = (call("mmap", PLACE, HUGE, 3, 0x11, 22, 0), call("ftruncate", 22, HUGE))
CALLS: dict[str, tuple[Call, ...]] = {
    "write to /dev/null": (call("write", 11, PLACE, HUGE),),
    "write to a file in memory": (call("write", 35, PLACE, HUGE),),
    "write to a file of the sysroot": (call("write", 5, PLACE, HUGE),),
    "write to a pipe": (call("write", 4, PLACE, HUGE),),
    "write to a terminal": (call("write", 15, PLACE, HUGE),),
    "write to the kernel's log": (call("write", 16, PLACE, HUGE),),
    "write to standard output": (call("write", 1, PLACE, HUGE),),
    "write to a file of /proc": (call("write", 40, PLACE, HUGE),),
    "writev": (call("writev", 35, VECTOR, 1),),
    "vmsplice": (call("vmsplice", 4, VECTOR, 1, 0),),
    "send to a Unix stream": (call("sendto", 24, PLACE, HUGE, 0x40, 0, 0),),
    "send to a connection": (call("sendto", 29, PLACE, HUGE, 0x40, 0, 0),),
    "a datagram": (call("sendto", 26, PLACE, HUGE, 0x40, 0, 0),),
    "a datagram that SO_SNDBUFFORCE would allow": (
        call("setsockopt", 26, 1, 32, struct.pack("<i", 2**31 - 1), 4),
        call("sendto", 26, PLACE, HUGE, 0x40, 0, 0),
        call("write", 26, PLACE, HUGE),
    ),
    "a stream that SO_SNDBUFFORCE lets take all": (
        call("setsockopt", 24, 1, 32, struct.pack("<i", 2**31 - 1), 4),
        call("sendto", 24, PLACE, HUGE, 0x40, 0, 0),
    ),
    "read from /dev/zero": (call("read", 12, PLACE, HUGE),),
    "read from /dev/urandom": (call("read", 13, PLACE, 8 << 20), call("readv", 13, words(PLACE, 4 << 20), 1)),
    "read of itself": (call("pread64", 22, PLACE, HUGE, 0),),
    "read of /proc/self/mem": (call("pread64", 9, PLACE, HUGE, PLACE),),
    "readv": (call("preadv", 12, VECTOR, 1, 0),),
    "receive": (call("recvfrom", 24, PLACE, HUGE, 0x40, 0, 0),),
    "process_vm_readv": (call("process_vm_readv", 1, VECTOR, 1, VECTOR, 1, 0),),
    "process_vm_writev": (call("process_vm_writev", 1, VECTOR, 1, VECTOR, 1, 0),),
    "sendfile": (call("sendfile", 35, 22, words(0), HUGE),),
    "copy_file_range": (call("copy_file_range", 22, words(0), 35, words(0), HUGE, 0),),
    "splice": (call("splice", 22, words(0), 4, 0, HUGE, 0),),
    "an attribute": (call("setxattr", b"/tmp/a\0", b"user.a\0", PLACE, HUGE, 0),),
    "a path": (call("openat", -100, PLACE + 1, 0),),
    "arguments of a program": (call("execve", b"/bin/prog\0", PLACE, PLACE),),
    "poll": (call("prlimit64", 0, 7, words(1 << 30, 1 << 30), 0), call("ppoll", PLACE, 1 << 29, words(0, 0), 0, 8)),
    "select": (call("pselect6", 1 << 30, PLACE, PLACE, PLACE, words(0, 0), 0),),
    "epoll_wait": (call("epoll_pwait", 17, PLACE, (1 << 31) // 12 - 1, 0, 0, 8),),
    "setgroups": (call("setgroups", 65536, PLACE), call("setgroups", 1 << 31, PLACE)),
    "getdents": (call("getdents64", 38, PLACE, 1 << 30),),
    "mincore": (call("mincore", PLACE, HUGE, PLACE),),
    "madvise": tuple(call("madvise", PLACE, HUGE, advice) for advice in (3, 4, 8, 9, 22, 23)),
    "msync, mlock, mprotect": (
        call("msync", PLACE, HUGE, 4), call("mlock", PLACE, HUGE), call("mprotect", PLACE, HUGE, 1),
        call("mprotect", PLACE + 4096, 4096, 0),
    ),
    "mremap, munmap": (call("mremap", PLACE, HUGE, 2 * HUGE, 1), call("munmap", PLACE + 8192, HUGE // 2)),
    "mmap": (call("mmap", 0, HUGE, 3, 0x8001, 22, 0), call("mmap", 0, HUGE, 3, 0x22, -1, 0)),
    "fork": (call("clone", 17, 0, 0, 0, 0),),
    "fallocate": tuple(call("fallocate", 22, mode, 0, HUGE) for mode in (0, 3, 16, 8, 32)),
    "a file of 2^60 bytes": (
        call("ftruncate", 35, 1 << 60), call("pread64", 35, BUFFER, 100, 1 << 59), call("lseek", 35, 0, 3),
        call("lseek", 35, 0, 4), call("fallocate", 35, 3, 0, 1 << 60), call("ftruncate", 35, 0),
    ),
    "sets of cores": (call("sched_setaffinity", 0, 1 << 31, PLACE), call("sched_getaffinity", 0, 1 << 31, PLACE)),
    "a pipe's size": (call("fcntl", 3, 1031, 1 << 31), call("fcntl", 3, 1031, 1 << 30)),
}  # fmt: skip


@pytest.fixture(scope="module")
def fuzzer(tmp_path_factory: pytest.TempPathFactory) -> Fuzzer:
    return Fuzzer(World(tmp_path_factory.mktemp("huge") / "world"), Audit())


@pytest.mark.parametrize("what", CALLS)
def test_a_huge_length(fuzzer: Fuzzer, what: str) -> None:
    fuzzer.run(Sequence((*MAPPED, *CALLS[what])))
    results = fuzzer.results[len(PROLOGUE) :]
    assert results[:2] == [PLACE, 0]


def test_datagrams_that_are_too_long_are_not_fetched(fuzzer: Fuzzer) -> None:
    fuzzer.run(Sequence((*MAPPED, *CALLS["a datagram that SO_SNDBUFFORCE would allow"])))
    assert fuzzer.results[len(PROLOGUE) + 2 :][:3] == [0, -E.EMSGSIZE, -E.EMSGSIZE]


def test_a_stream_says_how_much_it_took_before_a_bad_address(fuzzer: Fuzzer) -> None:
    """What lay behind the bad address was once counted as sent."""
    size = 8 << 20
    header = words(0, 0, 0x2000_0100, 2, 0, 0, 0)
    sequence = Sequence(
        (
            call("setsockopt", 24, 1, 32, struct.pack("<i", 2**30), 4),
            call("mmap", PLACE, size, 3, 0x32, -1, 0),
            call("munmap", PLACE + size - 4096, 4096),
            call("sendmsg", 24, header + bytes(200) + words(PLACE, size, PLACE, size), 0x40),
        )
    )
    fuzzer.run(sequence)
    assert 0 < fuzzer.results[len(PROLOGUE) + 3] < size
