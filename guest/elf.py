"""Reading and checking of ELF files: everything that a loader relies on is verified here, before anything is mapped.

Stricter than Linux, which kills a program whose segments lie beyond the end of the file only when it touches them.
"""

from __future__ import annotations

import itertools
import struct
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from emulator.memory import PAGE_SIZE
from guest.abi import elf
from guest.abi.constants import PATH_MAX
from guest.abi.elf import Ehdr, Phdr, SegmentFlag, SegmentType

MAX_HEADERS = 65536 // Phdr.size
"""Linux refuses program headers of more than 64 KiB."""


class ExecErrorKind(Enum):
    """Why a program cannot be started."""

    NOT_ELF = auto()
    TRUNCATED = auto()
    IS_32_BIT = auto()
    WRONG_ENDIANNESS = auto()
    WRONG_MACHINE = auto()
    NOT_EXECUTABLE = auto()
    BAD_HEADER = auto()
    BAD_SEGMENT = auto()
    INTERPRETER = auto()
    TOO_BIG = auto()
    """Program, arguments and environment do not fit the memory limit."""


class ExecError(Exception):
    """A program cannot be started; `message` is a clause that begins with the reason, without the program's name."""

    def __init__(self, kind: ExecErrorKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


class Image(Protocol):
    """What is read of a program file: an open `File`."""

    def pread(self, size: int, offset: int) -> bytes: ...

    def size(self) -> int: ...


@dataclass(frozen=True)
class ElfFile:
    """A checked AArch64 program: addresses and sizes as in the file, not yet moved by a load bias."""

    entry: int
    position_independent: bool
    header_count: int
    header_address: int
    """Where the program headers are in memory (0 if in no segment)."""
    segments: tuple[Phdr, ...]
    """PT_LOAD with a size, ascending and disjoint."""
    interpreter: bytes | None
    executable_stack: bool

    @property
    def start(self) -> int:
        """First byte of the first segment's page."""
        return self.segments[0].p_vaddr & ~(PAGE_SIZE - 1)

    @property
    def end(self) -> int:
        """End of the last segment."""
        return max(segment.p_vaddr + segment.p_memsz for segment in self.segments)

    @property
    def alignment(self) -> int:
        """Alignment that the load bias must keep."""
        return max([PAGE_SIZE, *(segment.p_align for segment in self.segments)])


def parse(image: Image, task_size: int) -> ElfFile:
    """Read and check a program. Raises ExecError for anything that is not a sound AArch64 program."""
    file_size = image.size()
    header = _read_header(image)
    headers = _read_program_headers(image, header)
    segments = tuple(ph for ph in headers if ph.p_type == SegmentType.PT_LOAD and ph.p_memsz)
    if not segments:
        raise ExecError(ExecErrorKind.BAD_SEGMENT, "it has no loadable segment")
    for segment in segments:
        _check_segment(segment, file_size, task_size)
    for lower, upper in itertools.pairwise(segments):
        if lower.p_vaddr + lower.p_memsz > upper.p_vaddr:
            raise _bad(upper, "overlaps the one before it or is out of order")
    size = len(headers) * Phdr.size
    address = next(
        (
            segment.p_vaddr + header.e_phoff - segment.p_offset
            for segment in segments
            if segment.p_offset <= header.e_phoff and header.e_phoff + size <= segment.p_offset + segment.p_filesz
        ),
        0,
    )
    stack = next((ph for ph in headers if ph.p_type == SegmentType.PT_GNU_STACK), None)
    return ElfFile(
        entry=header.e_entry,
        position_independent=header.e_type == elf.ET_DYN,
        header_count=len(headers),
        header_address=address,
        segments=segments,
        interpreter=_read_interpreter(image, headers, file_size),
        executable_stack=stack is not None and bool(stack.p_flags & SegmentFlag.PF_X),
    )


def _read_header(image: Image) -> Ehdr:
    data = image.pread(Ehdr.size, 0)
    if data[:2] == b"#!":
        raise ExecError(ExecErrorKind.NOT_ELF, "it is a script, not an ELF program")
    if not data.startswith(elf.MAGIC):
        raise ExecError(ExecErrorKind.NOT_ELF, "it is not an ELF file" if data else "it is empty")
    if len(data) < Ehdr.size:
        raise ExecError(ExecErrorKind.TRUNCATED, "its ELF header is cut off")
    kind, order = data[4], data[5]
    if kind == elf.CLASS_32:
        raise ExecError(ExecErrorKind.IS_32_BIT, f"it is a 32-bit program{_machine_of(data, order)}")
    if kind != elf.CLASS_64:
        raise ExecError(ExecErrorKind.BAD_HEADER, f"its ELF class is {kind}, not 64-bit")
    if order == elf.DATA_BIG:
        raise ExecError(ExecErrorKind.WRONG_ENDIANNESS, f"it is a big-endian program{_machine_of(data, order)}")
    if order != elf.DATA_LITTLE:
        raise ExecError(ExecErrorKind.BAD_HEADER, f"its byte order is {order}, neither little nor big")
    header = Ehdr.from_bytes(data)
    if header.e_machine != elf.EM_AARCH64:
        name = elf.MACHINE_NAMES.get(header.e_machine, f"machine number {header.e_machine}")
        raise ExecError(ExecErrorKind.WRONG_MACHINE, f"it is a program for {name}, not for AArch64")
    if header.e_type not in (elf.ET_EXEC, elf.ET_DYN):
        name = elf.TYPE_NAMES.get(header.e_type, f"an ELF file of type {header.e_type}")
        raise ExecError(ExecErrorKind.NOT_EXECUTABLE, f"it is {name}, not a program")
    return header


def _machine_of(data: bytes, order: int) -> str:
    machine = struct.unpack_from(">H" if order == elf.DATA_BIG else "<H", data, 18)[0]
    name = elf.MACHINE_NAMES.get(machine)
    return f" for {name}" if name else ""


def _read_program_headers(image: Image, header: Ehdr) -> list[Phdr]:
    if header.e_phentsize != Phdr.size:
        raise ExecError(
            ExecErrorKind.BAD_HEADER, f"its program headers have {header.e_phentsize} bytes, not {Phdr.size}"
        )
    if not 0 < header.e_phnum <= MAX_HEADERS:
        raise ExecError(ExecErrorKind.BAD_HEADER, f"it has {header.e_phnum} program headers")
    size = header.e_phnum * Phdr.size
    if header.e_phoff + size > image.size():
        raise ExecError(ExecErrorKind.TRUNCATED, "its program headers are cut off")
    data = image.pread(size, header.e_phoff)
    if len(data) < size:
        raise ExecError(ExecErrorKind.TRUNCATED, "its program headers are cut off")
    return [Phdr.from_bytes(data[i : i + Phdr.size]) for i in range(0, size, Phdr.size)]


def _check_segment(segment: Phdr, file_size: int, task_size: int) -> None:
    if segment.p_memsz < segment.p_filesz:
        raise _bad(segment, "is smaller in memory than in the file")
    if segment.p_vaddr + segment.p_memsz > task_size:
        raise _bad(segment, "is outside the address space")
    if segment.p_offset + segment.p_filesz > file_size:
        raise _bad(segment, "reaches beyond the end of the file")
    if segment.p_align & (segment.p_align - 1) if segment.p_align else 0:
        raise _bad(segment, f"has an alignment of {segment.p_align:#x}, not a power of two")
    if segment.p_align > task_size // 16:
        raise _bad(segment, f"has an alignment of {segment.p_align:#x}, which is too large")
    if segment.p_filesz and (segment.p_vaddr - segment.p_offset) % PAGE_SIZE:
        raise _bad(segment, "lies differently in its page in memory and in the file")


def _bad(segment: Phdr, what: str) -> ExecError:
    return ExecError(ExecErrorKind.BAD_SEGMENT, f"its segment at {segment.p_vaddr:#x} {what}")


def _read_interpreter(image: Image, headers: list[Phdr], file_size: int) -> bytes | None:
    header = next((ph for ph in headers if ph.p_type == SegmentType.PT_INTERP), None)
    if header is None:
        return None
    if not 2 <= header.p_filesz <= PATH_MAX or header.p_offset + header.p_filesz > file_size:
        raise ExecError(ExecErrorKind.BAD_SEGMENT, "the name of its interpreter is cut off or too long")
    name = image.pread(header.p_filesz, header.p_offset)
    if not name.endswith(b"\0"):
        raise ExecError(ExecErrorKind.BAD_SEGMENT, "the name of its interpreter does not end")
    return name.split(b"\0", 1)[0]
