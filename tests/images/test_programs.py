"""What the benchmark and fault programs do, against computations of our own; under qemu and in the machine."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from images.build import build_image, find
from images.catalogue import CATALOGUE, Library, lookup

Run = Callable[..., tuple[int, bytes]]

SIGILL, SIGABRT, SIGSEGV = 132, 134, 139
SITES = (1, 32, 1000)

QUEUE_WORDS = range(0x21008000, 0x210083E1, 0x20)
DEQUEUE_WORDS = range(0x21000000, 0x21000020)


@pytest.fixture(params=["qemu", "machine"])
def run(request: pytest.FixtureRequest) -> Run:
    """Each program that needs no tile is run in both."""
    found: Run = request.getfixturevalue(f"run_in_{request.param}")
    return found


@pytest.fixture(params=["software tile in qemu", "machine"])
def run_with_tile(request: pytest.FixtureRequest) -> Callable[..., tuple[int, str]]:
    """Run an image that needs a tile: in the machine, and with the library's tile in C."""
    software = request.param != "machine"
    run: Run = request.getfixturevalue("run_in_qemu" if software else "run_in_machine")

    def by_name(name: str, arguments: tuple[str, ...] = ()) -> tuple[int, str]:
        image = lookup(name)
        assert image.library is Library.AIMC
        if software:
            image = dataclasses.replace(image, defines=(*image.defines, "AIMC_SOFTWARE_TILE"))
        status, stdout = run(build_image(image).path, arguments)
        return status, stdout.decode()

    return by_name


def splitmix64(state: int) -> Iterator[int]:
    """The generator of `programs/common/random.h`."""
    mask = 2**64 - 1
    while True:
        state = (state + 0x9E3779B97F4A7C15) & mask
        z = state
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & mask
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB & mask
        yield z ^ (z >> 31)


def fold(data: bytes) -> int:
    value = 0
    for byte in data:
        value = (31 * value + byte) & 0xFFFFFFFF
    return value


# --- programs and benchmarks ---


def test_hello_shows_its_arguments(run: Run) -> None:
    status, stdout = run(find("hello"), ["one", "two words"])
    assert status == 0
    lines = stdout.decode().splitlines()
    assert lines[:3] == ["hello from AArch64", "argument 1: one", "argument 2: two words"]
    assert all(line.startswith("environment: ") for line in lines[3:])


def test_sha256(run: Run) -> None:
    numbers = splitmix64(3)
    message = bytes(next(numbers) & 255 for _ in range(1 << 20))
    expected = [hashlib.sha256(b"abc").hexdigest(), hashlib.sha256(message).hexdigest()]
    assert run(find("bench-sha256")) == (0, "".join(f"{line}\n" for line in expected).encode())


def test_sort(run: Run) -> None:
    numbers = splitmix64(2)
    values = sorted(next(numbers) & 0xFFFFFFFF for _ in range(100_000))
    assert run(find("bench-sort")) == (0, f"{fold(struct.pack('<100000I', *values)):08x}\n".encode())


def test_mvm_int8(run: Run) -> None:
    numbers = splitmix64(1)
    size = 512
    matrix = np.array([next(numbers) % 15 - 7 for _ in range(size * size)]).reshape(size, size)
    vector = np.array([next(numbers) % 4 for _ in range(size)])
    outputs = []
    for _ in range(500):
        result = np.clip(vector @ matrix, -128, 127)
        outputs.append(result.astype(np.int8).tobytes())
        vector = (result & 127) >> 5
    assert run(find("bench-mvm-int8")) == (0, f"{fold(b''.join(outputs)):08x}\n".encode())


def test_branchy(run: Run) -> None:
    def steps(value: int) -> int:
        count = 0
        while value != 1:
            value = 3 * value + 1 if value & 1 else value >> 1
            count += 1
        return count

    assert run(find("bench-branchy"), ["2"]) == (0, f"{2 * sum(map(steps, range(1, 12_001)))}\n".encode())


def test_threads(run: Run) -> None:
    def calls(seed: int) -> int:
        x = next(splitmix64(seed))
        for i in range(3_000):
            a, b = (x, i) if x & 3 else (i, x)
            a ^= a << 13 & (1 << 64) - 1
            a ^= a >> 7
            a ^= a << 17 & (1 << 64) - 1
            x = a + b & (1 << 64) - 1
        return x

    def loads(seed: int) -> int:
        table, x = list(itertools.islice(splitmix64(seed), 1024)), 0
        for turn in range(3):
            for i, word in enumerate(table):
                x = x + (word ^ table[(i + turn) % 1024]) & (1 << 64) - 1
                x = (x << 1 | x >> 63) & (1 << 64) - 1
        return x

    def dots(seed: int) -> int:
        bits = np.array(list(itertools.islice(splitmix64(seed), 4096)), np.uint64)
        a, b, x = bits.astype(np.int8), (bits >> np.uint64(8)).astype(np.int8), 0
        for turn in range(3):
            result = int(a.astype(np.int32) @ b.astype(np.int32))
            a[turn] ^= np.uint8(result & 255).astype(np.int8)
            x = 31 * x + (result & 0xFFFF_FFFF) & (1 << 64) - 1
        return x

    for work in (calls, loads, dots):
        expected = fold(struct.pack("<2Q", work(0), work(1)))
        assert run(find("bench-threads"), [work.__name__, "2", "6"]) == (0, f"{expected:08x}\n".encode())


def test_bytes(run: Run) -> None:
    text = bytearray()
    for number in splitmix64(8):
        text += bytes([number >> 32 & 255]) * (1 + (number & 7))
        if len(text) >= 96 * 1024:
            break
    code = bytearray()
    for value, group in itertools.groupby(text[: 96 * 1024]):
        length = len(list(group))
        for done in range(0, length, 255):
            code += bytes([min(255, length - done), value])
    assert run(find("bench-bytes")) == (0, f"{zlib.crc32(code):08x}\n".encode())


def test_chase(run: Run) -> None:
    following = list(range(1 << 16))
    for i, number in zip(range(len(following) - 1, 0, -1), splitmix64(7), strict=False):
        j = number % i
        following[i], following[j] = following[j], following[i]
    place = 0
    for _ in range(2_000_000):
        place = following[place]
    assert run(find("bench-chase"), ["2"]) == (0, f"{place}\n".encode())


def test_fft_there_and_back(run: Run) -> None:
    values = bytes(number & 255 for number in itertools.islice(splitmix64(5), 4096))
    assert run(find("bench-fft"), ["3"]) == (0, f"{fold(values):08x}\n".encode())


def test_sgemm(run: Run) -> None:
    numbers = np.array([number % 15 for number in itertools.islice(splitmix64(4), 2 * 96 * 96)], np.float32) - 7
    product = numbers[::2].reshape(96, 96) @ numbers[1::2].reshape(96, 96)
    product += np.float32(0)  # C sums from 0, so that no zero has a sign
    assert run(find("bench-sgemm"), ["2"]) == (0, f"{fold(product.tobytes()):08x}\n".encode())


def test_stream(run: Run) -> None:
    values = np.arange(1 << 19, dtype=np.uint64)
    for _ in range(3):
        values = np.uint64(3) * (values + np.uint64(1))
    assert run(find("bench-stream"), ["3"]) == (0, f"{int(values.sum()):016x}\n".encode())


def test_tree(run: Run) -> None:
    numbers = splitmix64(6)
    walked = b""
    for _ in range(2):
        keys = sorted(number & 0xFFFFFFFF for number in itertools.islice(numbers, 6000))
        walked += struct.pack("<6000I", *keys)
    assert run(find("bench-tree"), ["2"]) == (0, f"{fold(walked):08x}\n".encode())


@pytest.mark.parametrize("sites", SITES)
def test_the_binary_has_as_many_sites_as_its_name_says(sites: int) -> None:
    data = find(f"bench-aimc-sites-{sites}").read_bytes()
    words = struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4])
    assert sum(word in QUEUE_WORDS for word in words) == sites
    assert sum(word in DEQUEUE_WORDS for word in words) == sites


@pytest.mark.parametrize("what", ["queue", "dequeue", "queue-none", "dequeue-none"])
@pytest.mark.parametrize("sites", SITES)
def test_sites_never_misuse_the_tile(run_with_tile: Callable[..., tuple[int, str]], sites: int, what: str) -> None:
    assert run_with_tile(f"bench-aimc-sites-{sites}", (what, "3")) == (
        0,
        f"sites {sites} operations {3 * sites}\nmisuse 0\n",
    )


@pytest.mark.parametrize(
    "arguments",
    ["", "tight", "tight 16", "tight 17 1", "tight 16 x", "poll 16 2000 1", "move 16 3 4 1", "nothing 16 1"],
)
def test_the_driver_program_says_how_it_is_used(run: Run, arguments: str) -> None:
    assert run(find("bench-driver"), arguments.split()) == (2, b"")


# --- faults ---


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("null-jump", SIGSEGV),
        ("null-write", SIGSEGV),
        ("recursion", SIGSEGV),
        ("undefined", SIGILL),
        ("aimc-reserved", SIGILL),
        ("abort", SIGABRT),
    ],
)
def test_faults_end_by_their_signal(run: Run, name: str, status: int) -> None:
    assert run(find(f"fault-{name}")) == (status, b"before\n")


@pytest.mark.parametrize("status", [0, 1, 7, 255])
def test_exit_status(run: Run, status: int) -> None:
    assert run(find("fault-exit"), [str(status)]) == (status, b"")


def test_memory_within_a_limit_of_its_own(run: Run) -> None:
    assert run(find("fault-memory"), ["20"]) == (0, b"took 20 MiB\n")


@pytest.mark.parametrize("name", [image.name for image in CATALOGUE if image.library is Library.AIMC])
def test_without_a_tile_no_program_seems_to_work(run_in_qemu: Run, name: str) -> None:
    """Programs that use instructions die by SIGILL; those that use library or driver say that there is no tile."""
    arguments = {"bench-driver": ["tight", "16", "1"]}.get(name, ["queue", "1"] if name.startswith("bench-") else [])
    status, _ = run_in_qemu(find(name), arguments)
    assert status == (1 if name in {"digits-mlp-aimc", "bench-driver"} else SIGILL)


def test_queue_past_the_end(run_with_tile: Callable[..., tuple[int, str]]) -> None:
    assert run_with_tile("fault-aimc-queue-past-end") == (
        0,
        "full: misuse 0, saturated 0\npast the end: misuse 1, saturated 0\n",
    )


def test_dequeue_past_the_end(run_with_tile: Callable[..., tuple[int, str]]) -> None:
    assert run_with_tile("fault-aimc-dequeue-past-end") == (
        0,
        "empty: misuse 0, saturated 0\nword 00000000\npast the end: misuse 1, saturated 0\n",
    )


def test_dequeue_before_process(run_with_tile: Callable[..., tuple[int, str]]) -> None:
    assert run_with_tile("fault-aimc-dequeue-early") == (
        0,
        "before: misuse 0, saturated 0\nword 00000000\ndequeued early: misuse 1, saturated 0\n",
    )


def test_parameters_out_of_range(run_with_tile: Callable[..., tuple[int, str]]) -> None:
    status, stdout = run_with_tile("fault-aimc-parameter-range")
    assert status == 0
    assert stdout.splitlines() == [
        "write status 0, read -5",
        "last weight: misuse 0, saturated 0",
        "write status 1, read 0",
        "column past the end: misuse 2, saturated 0",
        "write status 1, read 0",
        "row past the end: misuse 4, saturated 0",
        "write status 1, read 0",
        "far outside: misuse 6, saturated 0",
    ]


def test_saturation(run_with_tile: Callable[..., tuple[int, str]]) -> None:
    status, stdout = run_with_tile("fault-aimc-saturation")
    assert status == 0
    assert stdout.splitlines() == [
        "127 64 127 -128 -65 -128 ",
        "so far: misuse 0, saturated 2",
        "127 127 127 -128 -128 -128 ",
        "so far: misuse 0, saturated 8",
    ]


# With the numbers of musl's rand(); the C library decides them.
PERCEPTRON = b"10 inferences of 1024 x 1024, checksum 07310e32\n"


def test_the_perceptron_in_the_machine(run_in_machine: Run) -> None:
    assert run_in_machine(find("perceptron")) == (0, PERCEPTRON)


def test_the_perceptron_with_the_tile_in_c(run_in_qemu: Run) -> None:
    checker = dataclasses.replace(lookup("perceptron"), defines=("USE_CHECKER",))
    assert run_in_qemu(build_image(checker).path) == (0, PERCEPTRON)


def test_find_gives_files_that_exist(tmp_path: Path) -> None:
    assert all(find(image.name).is_file() for image in CATALOGUE if image.library is Library.NONE)
