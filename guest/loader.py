"""Starting a program: maps it and its interpreter into an empty address space and lays out the initial stack.

Follows `fs/binfmt_elf.c`. Differences: static position-independent programs go to the same base as dynamic ones, as
newer kernels do with randomisation; there is no vDSO, since its functions read a hardware counter that is virtual here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from emulator.memory import PAGE_SIZE, Protection
from guest.abi.constants import CLOCK_TICKS_PER_SECOND
from guest.abi.elf import Aux, Phdr, SegmentFlag
from guest.abi.errno import E, Errno
from guest.credentials import Credentials
from guest.elf import ElfFile, ExecError, ExecErrorKind, parse
from guest.fs.file import File
from guest.mm.address_space import AddressSpace
from guest.mm.layout import MMAP_MIN_ADDRESS, page_down, page_up
from guest.services import CpuDescription
from guest.signal import trampoline

STACK_RESERVE = 128 * 1024
"""The stack is mapped this far below its content from the start (stack_expand in setup_arg_pages)."""
MAX_STRING = 32 * PAGE_SIZE
"""Longest argument or environment string (MAX_ARG_STRLEN)."""
_UNSIGNED_LONG = (1 << 64) - 1
_MINIMUM_SIGNAL_STACK = 4720
"""AT_MINSIGSTKSZ of an arm64 kernel on a core without SVE."""


@dataclass(frozen=True)
class EntryState:
    """Registers of a program at its first instruction; all others are zero."""

    pc: int
    sp: int


@dataclass(frozen=True)
class ProgramArguments:
    """What a program is started with."""

    path: bytes
    """As executed, for AT_EXECFN."""
    argv: Sequence[bytes]
    environment: Sequence[bytes]
    """`NAME=value` each."""


@dataclass(frozen=True)
class Identity:
    """Users and groups for the auxiliary vector."""

    uid: int
    gid: int
    euid: int
    egid: int
    secure: bool
    """The program runs with more rights than its caller: C libraries then trust the environment less."""

    @classmethod
    def of(cls, credentials: Credentials, *, secure: bool) -> Identity:
        return cls(credentials.uid, credentials.gid, credentials.euid, credentials.egid, secure)


OpenInterpreter = Callable[[bytes], File | None]
"""Opens the interpreter of a dynamic program by its guest path; None if there is no such file."""


def load(
    mm: AddressSpace,
    image: File,
    arguments: ProgramArguments,
    *,
    open_interpreter: OpenInterpreter,
    cpu: CpuDescription,
    identity: Identity,
    random_bytes: bytes,
) -> EntryState:
    """Load a program into `mm`, which is empty. `random_bytes` (16) are for AT_RANDOM. Raises ExecError."""
    program = parse(image, mm.layout.task_size)
    interpreter = _open_interpreter(program, mm.layout.task_size, open_interpreter)
    try:
        bias = _program_bias(mm, program)
        _map(mm, image, program, bias)
        mm.set_brk_start(program.end + bias)
        entry, base = program.entry + bias, 0
        if interpreter is not None:
            interpreter_file, interpreter_elf = interpreter
            base = _interpreter_bias(mm, interpreter_elf)
            _map(mm, interpreter_file, interpreter_elf, base)
            entry = interpreter_elf.entry + base
        if not 0 <= entry < mm.layout.task_size:
            raise ExecError(ExecErrorKind.BAD_HEADER, "its first instruction lies outside the address space")
        mm.executable = image.path
        mm.program = image.dentry
        trampoline.map_page(mm)
        auxiliary = {
            Aux.AT_HWCAP: cpu.hwcap,
            Aux.AT_PAGESZ: PAGE_SIZE,
            Aux.AT_CLKTCK: CLOCK_TICKS_PER_SECOND,
            Aux.AT_PHDR: program.header_address + bias,
            Aux.AT_PHENT: Phdr.size,
            Aux.AT_PHNUM: program.header_count,
            Aux.AT_BASE: base,
            Aux.AT_FLAGS: 0,
            Aux.AT_ENTRY: program.entry + bias,
            Aux.AT_UID: identity.uid,
            Aux.AT_EUID: identity.euid,
            Aux.AT_GID: identity.gid,
            Aux.AT_EGID: identity.egid,
            Aux.AT_SECURE: int(identity.secure),
            Aux.AT_HWCAP2: cpu.hwcap2,
            Aux.AT_MINSIGSTKSZ: _MINIMUM_SIGNAL_STACK,
        }
        stack = _Stack(arguments, auxiliary, random_bytes, cpu.platform, mm.layout.stack_top)
        sp = stack.place(mm, executable=program.executable_stack)
    except Errno as error:
        if error.number is E.EPERM:
            message = f"a segment lies below {MMAP_MIN_ADDRESS:#x}, where nobody may map memory"
            raise ExecError(ExecErrorKind.BAD_SEGMENT, message) from error
        if error.number is not E.ENOMEM:
            raise
        raise ExecError(ExecErrorKind.TOO_BIG, f"it does not fit into the guest's memory: {error}") from error
    return EntryState(entry, sp)


def _open_interpreter(
    program: ElfFile, task_size: int, open_interpreter: OpenInterpreter
) -> tuple[File, ElfFile] | None:
    if program.interpreter is None:
        return None
    name = os.fsdecode(program.interpreter)
    try:
        file = open_interpreter(program.interpreter)
    except Errno as error:
        raise ExecError(ExecErrorKind.INTERPRETER, f"its interpreter {name} cannot be opened: {error}") from error
    if file is None:
        raise ExecError(
            ExecErrorKind.INTERPRETER,
            f"it needs the interpreter {name}, which is not there"
            " (a dynamic program needs a sysroot with its libraries)",
        )
    try:
        interpreter = parse(file, task_size)
    except ExecError as error:
        raise ExecError(ExecErrorKind.INTERPRETER, f"its interpreter {name} cannot be used: {error}") from error
    if interpreter.interpreter is not None:
        raise ExecError(ExecErrorKind.INTERPRETER, f"its interpreter {name} needs an interpreter itself")
    return file, interpreter


def _program_bias(mm: AddressSpace, program: ElfFile) -> int:
    if not program.position_independent:
        return 0
    base = mm.layout.program_base & -program.alignment
    bias = base - page_down(program.start) if program.start < base else 0
    if page_up(program.end + bias) > mm.mmap_base:
        raise ExecError(ExecErrorKind.BAD_SEGMENT, "its segments do not fit between the program base and the stack")
    return bias


def _interpreter_bias(mm: AddressSpace, interpreter: ElfFile) -> int:
    if not interpreter.position_independent:
        return 0
    size = page_up(interpreter.end) - interpreter.start + interpreter.alignment - PAGE_SIZE
    # Find room for all of it, with slack for the alignment, and give it back: the segments are mapped one by one.
    place = mm.map(0, size, Protection.NONE)
    mm.unmap(place, size)
    end = place + size - (page_up(interpreter.end) - interpreter.start)
    return (end & -interpreter.alignment) - interpreter.start


def _map(mm: AddressSpace, image: File, program: ElfFile, bias: int) -> None:
    pages = image.mmap(shared=False, writable=False)
    for segment in program.segments:
        protection = _protection(segment.p_flags)
        start = page_down(segment.p_vaddr + bias)
        file_end = segment.p_vaddr + segment.p_filesz + bias
        end = segment.p_vaddr + segment.p_memsz + bias
        if segment.p_filesz:
            offset = segment.p_offset - (segment.p_vaddr + bias - start)
            mm.map(start, file_end - start, protection, fixed=True, file=pages, offset=offset)
            if end > file_end:
                # What follows in the file is not part of the segment: bss begins in the same page.
                mm.memory.write(file_end, bytes(min(page_up(file_end), page_up(end)) - file_end))
            start = page_up(file_end)
        if page_up(end) > start:
            mm.map(start, page_up(end) - start, protection, fixed=True)


def _protection(flags: int) -> Protection:
    protection = Protection.NONE
    for flag, right in (
        (SegmentFlag.PF_R, Protection.READ),
        (SegmentFlag.PF_W, Protection.WRITE),
        (SegmentFlag.PF_X, Protection.EXECUTE),
    ):
        if flags & flag:
            protection |= right
    return protection


class _Stack:
    """The initial stack, from the top down: end marker, path, environment, arguments, platform, random bytes,
    vectors.
    """

    def __init__(
        self, arguments: ProgramArguments, auxiliary: dict[Aux, int], random_bytes: bytes, platform: bytes, top: int
    ) -> None:
        self._top = top
        self._sp = top - 8
        self._pieces: list[tuple[int, bytes]] = []
        path = self._string(arguments.path)
        environment_end = self._sp
        environment = [self._string(text) for text in reversed(arguments.environment)][::-1]
        environment_start = argument_end = self._sp
        argv = [self._string(text) for text in reversed(arguments.argv)][::-1]
        self.argument_range = (self._sp, argument_end)
        self.environment_range = (environment_start, environment_end)
        self._sp &= ~15
        platform_address = self._string(platform)
        random_address = self._push(random_bytes)
        vector: list[int] = []
        for key, value in {
            **auxiliary,
            Aux.AT_RANDOM: random_address,
            Aux.AT_EXECFN: path,
            Aux.AT_PLATFORM: platform_address,
            Aux.AT_NULL: 0,
        }.items():
            vector += [key, value]
        self.auxiliary_vector = _words(vector)
        words = [len(argv), *argv, 0, *environment, 0, *vector]
        self._sp = (self._sp - 8 * len(words)) & ~15
        self._pieces.append((self._sp, _words(words)))

    def place(self, mm: AddressSpace, *, executable: bool) -> int:
        """Map the stack and write it; the stack pointer."""
        if self._top - self._sp > mm.stack_limit_bytes // 4:
            raise ExecError(
                ExecErrorKind.TOO_BIG, "its arguments and environment are longer than a quarter of the stack limit"
            )
        protection = Protection.READ | Protection.WRITE | (Protection.EXECUTE if executable else Protection.NONE)
        size = min(page_up(self._top - self._sp + STACK_RESERVE), page_up(mm.stack_limit_bytes))
        mm.map(self._top - size, size, protection, fixed=True, name=b"[stack]", grows_down=True)
        for address, data in self._pieces:
            mm.memory.write(address, data)
        mm.arguments, mm.environment = self.argument_range, self.environment_range
        mm.auxiliary_vector = self.auxiliary_vector
        return self._sp

    def _string(self, text: bytes) -> int:
        if len(text) >= MAX_STRING:
            raise ExecError(
                ExecErrorKind.TOO_BIG, f"an argument or environment string is longer than {MAX_STRING} bytes"
            )
        return self._push(text + b"\0")

    def _push(self, data: bytes) -> int:
        self._sp -= len(data)
        self._pieces.append((self._sp, data))
        return self._sp


def _words(values: Sequence[int]) -> bytes:
    # Modulo 2^64: a load bias may be negative, and so the addresses that a file's odd headers give with it.
    return b"".join((value & _UNSIGNED_LONG).to_bytes(8, "little") for value in values)
