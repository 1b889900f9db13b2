"""Loading of ELF programs: layout, initial stack, and a clear error for every file that is none."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.memory import Protection
from guest.abi import elf
from guest.abi.elf import Aux, Ehdr, Phdr, SegmentFlag, SegmentType
from guest.elf import ExecError, ExecErrorKind, parse
from guest.exec import create_first_task
from guest.fs.streams import Streams
from guest.fs.tree import FileTree
from guest.loader import EntryState
from guest.mm.page_cache import PageCaches
from guest.random import RandomStream
from guest.services import CpuTime, KernelServices
from guest.task import Task
from tests.guest.conftest import ManualScheduling

BASE = 0x400000
TEXT = Phdr(SegmentType.PT_LOAD, SegmentFlag.PF_R | SegmentFlag.PF_X, 0, BASE, BASE, 0x1100, 0x1100, 0x10000)
DATA = Phdr(SegmentType.PT_LOAD, SegmentFlag.PF_R | SegmentFlag.PF_W, 0x1100, BASE + 0x11100, 0, 0x100, 0x3000, 0x10000)


def header(**changes: object) -> Ehdr:
    ident = elf.MAGIC + bytes([elf.CLASS_64, elf.DATA_LITTLE, 1]) + bytes(9)
    value = Ehdr(ident, elf.ET_EXEC, elf.EM_AARCH64, 1, BASE + 0x1000, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    return dataclasses.replace(value, **changes)  # type: ignore[type-var]


def program(head: Ehdr | None = None, segments: tuple[Phdr, ...] = (TEXT, DATA), tail: bytes = b"") -> bytes:
    head = head or header()
    data = dataclasses.replace(head, e_phnum=len(segments)).to_bytes()  # type: ignore[type-var]
    data += b"".join(segment.to_bytes() for segment in segments)
    return data.ljust(0x1100, b"T") + b"D" * 0x100 + tail


class Clock:
    def now_ns(self) -> int:
        return 0

    def cpu_time(self, task: Task) -> CpuTime:
        return CpuTime()

    def current_core(self, task: Task) -> int:
        return 0


def start(
    image: bytes, folder: Path, argv: tuple[bytes, ...] = (b"prog",), environment: tuple[bytes, ...] = (),
    sysroot: Path | None = None,
) -> tuple[Task, EntryState]:  # fmt: skip
    path = folder / "prog"
    path.write_bytes(image)
    tree = FileTree(sysroot, RandomStream(1, "dev"))
    scheduling = ManualScheduling()
    kernel = KernelServices(
        clock=Clock(), tree=tree, seed=1, memory_bytes=64 << 20, scheduling=scheduling,
        caches=PageCaches(scheduling.physical),
    )  # fmt: skip
    streams = Streams(io.BytesIO(), io.BytesIO(), io.BytesIO())
    return create_first_task(kernel, scheduling.new_memory(), tree.place_program(path), argv, environment, streams)


def test_segments_bss_heap_and_entry(tmp_path: Path) -> None:
    task, entry = start(program(), tmp_path)
    memory = task.mm.memory
    assert entry.pc == BASE + 0x1000
    assert memory.read(BASE + 0x1000, 4) == b"TTTT"
    assert memory.read(BASE + 0x11100, 0x100) == b"D" * 0x100
    assert memory.read(BASE + 0x11200, 0x2F00) == bytes(0x2F00)
    assert task.mm.brk_start == BASE + 0x15000
    rights = [(area.start, area.protection) for area in task.mm.vmas if area.start < BASE + 0x20000]
    assert rights[0] == (BASE, Protection.READ | Protection.EXECUTE)
    assert all(right == Protection.READ | Protection.WRITE for _, right in rights[1:])
    assert task.name == b"prog"
    assert task.mm.executable == b"/prog"


def test_position_independent_program_goes_to_its_base(tmp_path: Path) -> None:
    segments = tuple(dataclasses.replace(s, p_vaddr=s.p_vaddr - BASE) for s in (TEXT, DATA))  # type: ignore[type-var]
    task, entry = start(program(header(e_type=elf.ET_DYN, e_entry=0x1000), segments), tmp_path)
    assert entry.pc == task.mm.layout.program_base + 0x1000 == 0xAAAAAAAA1000


def test_initial_stack(tmp_path: Path) -> None:
    argv, environment = (b"prog", b"", b"two words"), (b"HOME=/root", b"A=")
    task, entry = start(program(), tmp_path, argv, environment)
    read = task.mm.memory.read
    assert entry.sp % 16 == 0

    def word(address: int) -> int:
        return int.from_bytes(read(address, 8), "little")

    def text(address: int) -> bytes:
        return (
            read(address, 64).split(b"\0")[0]
            if address + 64 < 1 << 48
            else read(address, (1 << 48) - address).split(b"\0")[0]
        )

    position = entry.sp
    assert word(position) == 3
    assert tuple(text(word(position + 8 + 8 * i)) for i in range(3)) == argv
    assert word(position + 32) == 0
    assert tuple(text(word(position + 40 + 8 * i)) for i in range(2)) == environment
    assert word(position + 56) == 0
    position += 64
    auxiliary = {}
    while True:
        auxiliary[word(position)] = word(position + 8)
        if word(position) == Aux.AT_NULL:
            break
        position += 16
    assert auxiliary[Aux.AT_PHDR] == BASE + 64
    assert auxiliary[Aux.AT_PHNUM] == 2
    assert auxiliary[Aux.AT_ENTRY] == BASE + 0x1000
    assert auxiliary[Aux.AT_PAGESZ] == 4096
    assert auxiliary[Aux.AT_CLKTCK] == 100
    assert auxiliary[Aux.AT_BASE] == auxiliary[Aux.AT_SECURE] == 0
    assert text(auxiliary[Aux.AT_EXECFN]) == b"/prog"
    assert text(auxiliary[Aux.AT_PLATFORM]) == b"aarch64"
    first = read(auxiliary[Aux.AT_RANDOM], 16)
    again, _ = start(program(), tmp_path, argv, environment)
    assert again.mm.memory.read(auxiliary[Aux.AT_RANDOM], 16) == first != bytes(16)
    assert read((1 << 48) - 8, 8) == bytes(8)


def test_dynamic_program_starts_in_its_interpreter(tmp_path: Path) -> None:
    name = b"/lib/ld.so\0"
    interp = Phdr(SegmentType.PT_INTERP, SegmentFlag.PF_R, 0x1200, 0, 0, len(name), len(name), 1)
    image = program(segments=(interp, TEXT, DATA), tail=name)
    with pytest.raises(ExecError) as caught:
        start(image, tmp_path)
    assert caught.value.kind is ExecErrorKind.INTERPRETER
    assert "/lib/ld.so" in str(caught.value)
    root = tmp_path / "root"
    (root / "lib").mkdir(parents=True)
    segments = tuple(dataclasses.replace(s, p_vaddr=s.p_vaddr - BASE) for s in (TEXT, DATA))  # type: ignore[type-var]
    (root / "lib" / "ld.so").write_bytes(program(header(e_type=elf.ET_DYN, e_entry=0x1010), segments))
    (root / "lib" / "ld.so").chmod(0o755)
    task, entry = start(image, tmp_path, sysroot=root)
    base = entry.pc - 0x1010
    assert base % 0x10000 == 0
    assert base > task.mm.layout.program_base
    assert task.mm.memory.read(entry.pc, 2) == b"TT"
    (root / "lib" / "ld.so").write_bytes(b"rubbish")
    with pytest.raises(ExecError, match="interpreter /lib/ld.so cannot be used"):
        start(image, tmp_path, sysroot=root)


def changed(segment: Phdr, **changes: int) -> Phdr:
    return dataclasses.replace(segment, **changes)  # type: ignore[type-var]


CASES = [
    (b"", ExecErrorKind.NOT_ELF, "empty"),
    (b"MZ rubbish", ExecErrorKind.NOT_ELF, "not an ELF"),
    (program()[:40], ExecErrorKind.TRUNCATED, "header"),
    (program()[:100], ExecErrorKind.TRUNCATED, "program headers"),
    (program()[:0x1000], ExecErrorKind.BAD_SEGMENT, "beyond the end"),
    (program(header(e_machine=62)), ExecErrorKind.WRONG_MACHINE, "x86-64"),
    (b"\x7fELF\1\1\1" + bytes(11) + b"\x28\0" + bytes(60), ExecErrorKind.IS_32_BIT, "ARM"),
    (b"\x7fELF\2\2\1" + bytes(11) + b"\0\xb7" + bytes(60), ExecErrorKind.WRONG_ENDIANNESS, "AArch64"),
    (program(header(e_type=elf.ET_REL)), ExecErrorKind.NOT_EXECUTABLE, "relocatable"),
    (program(header(e_type=elf.ET_CORE)), ExecErrorKind.NOT_EXECUTABLE, "core dump"),
    (program(header(e_phentsize=32)), ExecErrorKind.BAD_HEADER, "32 bytes"),
    (program(segments=()), ExecErrorKind.BAD_HEADER, "0 program headers"),
    (program(segments=(TEXT, changed(DATA, p_vaddr=BASE + 0x100))), ExecErrorKind.BAD_SEGMENT, "overlaps"),
    (program(segments=(DATA, TEXT)), ExecErrorKind.BAD_SEGMENT, "out of order"),
    (program(segments=(changed(TEXT, p_vaddr=0),)), ExecErrorKind.BAD_SEGMENT, "below 0x10000"),
    (program(segments=(changed(TEXT, p_vaddr=2**64 - 0x1000),)), ExecErrorKind.BAD_SEGMENT, "outside"),
    (program(segments=(changed(TEXT, p_memsz=0x10),)), ExecErrorKind.BAD_SEGMENT, "smaller"),
    (program(segments=(TEXT, changed(DATA, p_offset=0x1000))), ExecErrorKind.BAD_SEGMENT, "differently"),
    (program(segments=(TEXT, changed(DATA, p_align=3))), ExecErrorKind.BAD_SEGMENT, "power of two"),
    (program(segments=(TEXT, changed(DATA, p_memsz=1 << 40))), ExecErrorKind.TOO_BIG, "memory"),
]


@pytest.mark.parametrize(("image", "kind", "words"), CASES, ids=[f"{c[1].name}-{c[2]}" for c in CASES])
def test_what_is_not_a_program_is_refused_by_name(
    image: bytes, kind: ExecErrorKind, words: str, tmp_path: Path
) -> None:
    with pytest.raises(ExecError, match=words) as caught:
        start(image, tmp_path)
    assert caught.value.kind is kind


def test_arguments_may_be_too_long(tmp_path: Path) -> None:
    with pytest.raises(ExecError, match="longer"):
        start(program(), tmp_path, (b"x" * 200_000,))
    with pytest.raises(ExecError, match="quarter"):
        start(program(), tmp_path, tuple(b"x" * 100_000 for _ in range(40)))


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    flips=st.lists(st.tuples(st.integers(0, 64 + 2 * 56 - 1), st.integers(0, 255)), max_size=6),
    cut=st.integers(0, 0x1200),
)
def test_corruption_never_gives_anything_but_an_exec_error(
    flips: list[tuple[int, int]], cut: int, tmp_path: Path
) -> None:
    image = bytearray(program())
    for position, value in flips:
        image[position] = value
    for data in (bytes(image), bytes(image[:cut])):
        try:
            task, entry = start(data, tmp_path)
        except ExecError as error:
            assert str(error)
        else:
            assert entry.sp % 16 == 0
            task.release()
            task.mm.release()


@given(st.binary(max_size=300))
def test_any_bytes_are_parsed_or_refused(data: bytes) -> None:
    class Image:
        def pread(self, size: int, offset: int) -> bytes:
            return data[offset : offset + size]

        def size(self) -> int:
            return len(data)

    with pytest.raises(ExecError):
        parse(Image(), 1 << 48)
