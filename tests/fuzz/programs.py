"""Corrupt programs: ELF files whose headers hold anything, sound ones with bytes changed or cut off, and scripts."""

from __future__ import annotations

from random import Random

from hypothesis import strategies

from guest.abi.elf import Ehdr, Phdr, SegmentType
from guest.elf import MAX_HEADERS
from tests.end_to_end.elf import BASE, SVC, mov, program
from tests.fuzz import generate as st
from tests.fuzz.generate import Generator, mixed
from tests.fuzz.stub import STUB

_EDGES = [
    0,
    1,
    2,
    63,
    64,
    119,
    120,
    0x1000,
    0xFFF,
    0x1001,
    0x2000,
    BASE,
    BASE - 0x1000,
    BASE + 0x1000,
    BASE + 0x78,
    0xFFFF,
    0x10000,
    1 << 20,
    1 << 31,
    (1 << 32) - 1,
    1 << 40,
    (1 << 47) - 0x1000,
    (1 << 48) - 0x1000,
    1 << 48,
    (1 << 63) - 1,
    1 << 63,
    (1 << 64) - 0x1000,
    (1 << 64) - 1,
]
_offsets = st.sampled_from(_EDGES)
_types = st.sampled_from([*(int(kind) for kind in SegmentType), 0, 1, 1, 1, 0x6474E553, 0xFFFFFFFF])
_CODE_START = 64 + 4 * Phdr.size
_APART = 0x10_0000
_CODE = program((mov(8, 93), SVC, 0x14000000))[120:]


def _segment(
    kind: int, flags: int, offset: int, address: int, file_size: int, memory_size: int, alignment: int
) -> Phdr:
    return Phdr(kind, flags, offset, address, address, file_size, memory_size, alignment)


_sound_segments = st.builds(
    _segment, st.just(1), st.sampled_from([5, 6, 7, 4]), st.just(0),
    st.sampled_from([BASE, BASE + 0x1000, BASE + 0x10000, BASE + 0x3000, 0, 0x10000, 1 << 40]),
    st.integers(0, 400), st.sampled_from([400, 4096, 5000, 1 << 20]), st.sampled_from([0, 1, 4096, 65536]),
)  # fmt: skip
_odd_segments = st.builds(
    _segment, _types, st.sampled_from([5, 6, 7, 4, 0, 0xFFFFFFFF]), *[_offsets] * 4,
    st.sampled_from([0, 1, 3, 4096, 65536, 1 << 40, 1 << 47, 1 << 63]),
)  # fmt: skip


_segments = st.lists(mixed(*[_sound_segments] * 5, _odd_segments), 0, 4)
_interpreters = st.sampled_from(
    [b""] * 12
    + [
        b"/bin/prog\0",
        b"/bin/prog",
        b"\0",
        b"/bin/text\0",
        b"/\0",
        b"/bin/mutant\0",
        b"/loop\0",
        b"/out/secret\0",
        b"x" * 5000 + b"\0",
    ]
)
_header_sizes = st.sampled_from([56] * 40 + [0, 55, 64])
_header_counts = st.sampled_from([0, 1, 5, 100, MAX_HEADERS, 0xFFFF])


def _made(random: Random) -> bytes:
    """A file made of headers, mostly with some that Linux would accept."""
    segments = _segments.make(random)
    if random.random() < 0.7:
        segments.sort(key=lambda segment: segment.p_vaddr)
    if random.random() < 0.8:
        for number, segment in enumerate(segments):
            segment.p_vaddr = BASE + number * _APART
    interpreter = _interpreters.make(random)
    if interpreter:
        size = len(interpreter) if random.random() < 0.7 else _offsets.make(random)
        segments.append(Phdr(3, 4, _CODE_START + len(_CODE), 0, 0, size, 0, 1))

    def mostly(value: int, other: Generator[int]) -> int:
        return value if random.random() < 0.95 else other.make(random)

    header = Ehdr(
        b"\x7fELF\x02\x01\x01", random.choice([2] * 8 + [3] * 8 + [0, 4]), 183, 1, mostly(BASE + _CODE_START, _offsets),
        mostly(64, _offsets), _offsets.make(random), 0, 64, _header_sizes.make(random),
        mostly(len(segments), _header_counts), 64, 0, 0,
    )  # fmt: skip
    headers = b"".join(segment.to_bytes() for segment in segments)
    image = (header.to_bytes() + headers).ljust(_CODE_START, b"\0") + _CODE + interpreter
    return image.ljust(random.choice([0, 5000, 20000]), b"\x1f")


_SOUND = [STUB, program((SVC, 0x14000000), interpreter=b"/bin/prog"), program((mov(8, 93), SVC))]


def _mutated(random: Random) -> bytes:
    """A sound file with some bytes changed, most of them in its headers, perhaps cut off."""
    image = bytearray(random.choice(_SOUND))
    for _ in range(random.randint(1, 5)):
        width = random.choice([1, 2, 4, 8])
        place = random.randrange(176 if random.random() < 0.8 else len(image)) % len(image) // width * width
        value = random.choice(_EDGES) if random.random() < 0.5 else random.getrandbits(64)
        image[place : place + width] = (value & (1 << 8 * width) - 1).to_bytes(width, "little")
    return bytes(image if random.random() < 0.85 else image[: random.randrange(len(image))])


_names = st.sampled_from(
    [
        b"/bin/prog",
        b"/bin/script",
        b"/bin/loop",
        b"/bin/mutant",
        b"/bin/text",
        b"/bin/dynamic",
        b"",
        b" ",
        b"\t/bin/prog\t",
        b"/data",
        b"x" * 253,
        b"x" * 254,
        b"x" * 300,
        b"/out/secret",
        b"/proc/self/exe",
        b"/dev/zero",
        b"\0",
        b"/bin/prog\0arg",
        b".",
    ]
)
_scripts = st.builds(
    lambda gap, name, argument, end: b"#!" + gap + name + argument + end,
    st.sampled_from([b"", b" ", b"\t \t"]),
    _names,
    st.sampled_from([b"", b" arg", b" two args ", b" " * 300, b" \xff\0"]),
    st.sampled_from([b"\n", b"", b"\r\n", b"\n#!/bin/prog\n"]),
)

_images = mixed(*[Generator(_made)] * 4, *[Generator(_mutated)] * 3, _scripts, st.binary(0, 200))


def image(seed: int) -> bytes:
    """The file that a number stands for, which somebody wants to run."""
    return _images.make(Random(seed))


@strategies.composite
def images(draw: strategies.DrawFn) -> bytes:
    """Such files."""
    # See strategies.sequences for why the number is drawn so.
    return image(draw(strategies.randoms(use_true_random=False)).getrandbits(23))
