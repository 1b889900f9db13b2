"""The catalogue of guest programs. To add a program: write its sources, add one entry to `CATALOGUE`."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a program is for; lists are grouped by it."""

    PROGRAM = "program"
    BENCHMARK = "benchmark"
    FAULT = "fault"


class Language(StrEnum):
    """Language of the program's own sources; decides the compiler driver."""

    C = "c"
    CXX = "c++"


class Library(StrEnum):
    """What of `libaimc` a program is given."""

    NONE = "none"
    AIMC = "aimc"
    """The C interface: headers `aimc/…` and the library's sources linked in."""
    AIMCLIB = "aimclib"
    """Also the headers under the names that ALPINE's library AIMClib has."""


@dataclass(frozen=True)
class Image:
    """One guest program."""

    name: str
    description: str
    """One line."""
    kind: Kind
    sources: tuple[str, ...]
    """Files below `images/programs`. Every header beside them is taken to be used."""
    language: Language = Language.C
    library: Library = Library.NONE
    defines: tuple[str, ...] = ()
    """`NAME` or `NAME=VALUE`."""
    flags: tuple[str, ...] = ()
    """Compiler options in addition to the common ones, after them."""
    data: tuple[str, ...] = ()
    """Files below `images` that the sources embed."""


class UnknownImage(Exception):
    """No program of that name."""

    def __init__(self, name: str) -> None:
        self.name = name
        names = [image.name for image in CATALOGUE]
        near = difflib.get_close_matches(name, names, n=3)
        hint = f"; did you mean {' or '.join(near)}?" if near else f"; known are {', '.join(names)}"
        super().__init__(f"no image is named {name!r}{hint}")


DIGITS_SOURCES = (
    "digits-mlp/digits.c",
    "digits-mlp/data.c",
    "digits-mlp/layers_digital.c",
    "digits-mlp/layers_aimc.c",
)
DIGITS_DATA = ("models/digits/model.bin", "models/digits/test.bin")


def _fault(
    name: str,
    description: str,
    *,
    library: Library = Library.NONE,
    flags: tuple[str, ...] = (),
) -> Image:
    return Image(f"fault-{name}", description, Kind.FAULT, (f"faults/{name}.c",), library=library, flags=flags)


def _kernel(name: str, description: str) -> Image:
    return Image(f"bench-{name}", description, Kind.BENCHMARK, (f"bench-kernels/{name}.c",))


def _sites(count: int) -> Image:
    return Image(
        f"bench-aimc-sites-{count}",
        f"cost of queue and dequeue at {count} distinct instruction site{'s' if count > 1 else ''}",
        Kind.BENCHMARK,
        ("bench-aimc-sites/sites.c",),
        library=Library.AIMC,
        defines=(f"SITES={count}",),
    )


CATALOGUE: tuple[Image, ...] = (
    Image("hello", "greets; prints its arguments and environment", Kind.PROGRAM, ("hello/hello.c",)),
    Image(
        "perceptron",
        "1024×1024 perceptron, 10 inferences, through the interface of AIMClib",
        Kind.PROGRAM,
        ("perceptron/perceptron.cc",),
        language=Language.CXX,
        library=Library.AIMCLIB,
    ),
    Image(
        "digits-mlp",
        "handwritten digits on the core alone: int8 NEON",
        Kind.PROGRAM,
        DIGITS_SOURCES,
        data=DIGITS_DATA,
    ),
    Image(
        "digits-mlp-aimc",
        "handwritten digits on the AIMC tile: the same program and results",
        Kind.PROGRAM,
        DIGITS_SOURCES,
        library=Library.AIMC,
        defines=("DIGITS_AIMC",),
        data=DIGITS_DATA,
    ),
    Image(
        "bench-mvm-int8",
        "int8 matrix-vector products on the core (NEON)",
        Kind.BENCHMARK,
        ("bench-mvm-int8/mvm.c",),
    ),
    Image("bench-sort", "sorts: branches and integer loads and stores", Kind.BENCHMARK, ("bench-sort/sort.c",)),
    Image("bench-sha256", "SHA-256: dense integer arithmetic", Kind.BENCHMARK, ("bench-sha256/sha256.c",)),
    _kernel("branchy", "Collatz sequences: branches that depend on data"),
    _kernel("bytes", "run-length coding and CRC-32: work on bytes"),
    _kernel("chase", "a random ring through 4 MiB: loads that wait for each other"),
    _kernel("fft", "FFT of 4,096 points there and back: double precision"),
    _kernel("sgemm", "products of 96×96 matrices: single precision"),
    _kernel("stream", "copies and scales arrays of 4 MiB: bandwidth of memory"),
    _kernel("tree", "binary trees: calls, the heap, pointers"),
    _sites(1),
    _sites(32),
    _sites(1000),
    Image(
        "bench-threads",
        "threads that compute and share nothing: calls, loads or int8 dot products",
        Kind.BENCHMARK,
        ("bench-threads/threads.c",),
    ),
    Image(
        "bench-syscall",
        "cost of a system call: getppid, 200,000 times",
        Kind.BENCHMARK,
        ("bench-syscall/syscall.c",),
    ),
    Image(
        "bench-driver",
        "products on tiles by instructions and by jobs, alone, shared or on the move",
        Kind.BENCHMARK,
        ("bench-driver/driver.c",),
        library=Library.AIMC,
    ),
    _fault("null-jump", "jumps to address 0 (SIGSEGV)"),
    _fault("null-write", "writes to address 0 (SIGSEGV)"),
    _fault("undefined", "executes an undefined instruction (SIGILL)"),
    _fault("recursion", "recurses without end until the stack is full (SIGSEGV)"),
    _fault("loop", "loops without end"),
    _fault("memory", "allocates and touches memory until there is none, then reports and exits with 1"),
    _fault("abort", "calls abort() (SIGABRT)"),
    _fault("exit", "exits with the status given as argument"),
    _fault("aimc-queue-past-end", "queues more bytes than the input memory holds", library=Library.AIMC),
    _fault("aimc-dequeue-past-end", "dequeues more bytes than the output memory holds", library=Library.AIMC),
    _fault("aimc-dequeue-early", "dequeues before anything was processed", library=Library.AIMC),
    _fault("aimc-parameter-range", "reads and writes parameters outside the crossbar", library=Library.AIMC),
    _fault("aimc-saturation", "computes sums that do not fit int8", library=Library.AIMC),
    _fault("aimc-reserved", "executes an AIMC word with a reserved bit set (SIGILL)"),
)


def lookup(name: str) -> Image:
    """The entry of that name; raises UnknownImage."""
    for image in CATALOGUE:
        if image.name == name:
            return image
    raise UnknownImage(name)
