"""Numbers and structures of ELF64 and of the auxiliary vector."""

from __future__ import annotations

from enum import IntEnum
from typing import Annotated

from guest.abi.cstruct import I64, U16, U32, U64, Array, Struct
from guest.abi.flag_word import FlagWord

MAGIC = b"\x7fELF"
CLASS_32 = 1
CLASS_64 = 2
DATA_LITTLE = 1
DATA_BIG = 2
EM_AARCH64 = 183
ET_REL = 1
ET_EXEC = 2
ET_DYN = 3
ET_CORE = 4

TYPE_NAMES = {0: "a file of no type", ET_REL: "a relocatable object", ET_CORE: "a core dump"}
MACHINE_NAMES = {
    2: "SPARC", 3: "x86", 8: "MIPS", 20: "PowerPC", 21: "PowerPC64", 22: "S/390", 40: "ARM (32-bit)", 43: "SPARC V9",
    50: "IA-64", 62: "x86-64", 183: "AArch64", 243: "RISC-V", 247: "BPF", 258: "LoongArch",
}  # fmt: skip


class SegmentType(IntEnum):
    """Types of program headers that matter here."""

    PT_LOAD = 1
    PT_DYNAMIC = 2
    PT_INTERP = 3
    PT_NOTE = 4
    PT_PHDR = 6
    PT_TLS = 7
    PT_GNU_STACK = 0x6474E551


class SegmentFlag(FlagWord):
    """Rights of a segment."""

    PF_X = 1
    PF_W = 2
    PF_R = 4


class Ehdr(Struct):
    """Elf64_Ehdr."""

    e_ident: Annotated[bytes, Array("s", 16)]
    e_type: U16
    e_machine: U16
    e_version: U32
    e_entry: U64
    e_phoff: U64
    e_shoff: U64
    e_flags: U32
    e_ehsize: U16
    e_phentsize: U16
    e_phnum: U16
    e_shentsize: U16
    e_shnum: U16
    e_shstrndx: U16


class Phdr(Struct):
    """Elf64_Phdr."""

    p_type: U32
    p_flags: U32
    p_offset: U64
    p_vaddr: U64
    p_paddr: U64
    p_filesz: U64
    p_memsz: U64
    p_align: U64


class Dyn(Struct):
    """Elf64_Dyn."""

    d_tag: I64
    d_val: U64


class Aux(IntEnum):
    """Keys of the auxiliary vector."""

    AT_NULL = 0
    AT_PHDR = 3
    AT_PHENT = 4
    AT_PHNUM = 5
    AT_PAGESZ = 6
    AT_BASE = 7
    AT_FLAGS = 8
    AT_ENTRY = 9
    AT_UID = 11
    AT_EUID = 12
    AT_GID = 13
    AT_EGID = 14
    AT_PLATFORM = 15
    AT_HWCAP = 16
    AT_CLKTCK = 17
    AT_SECURE = 23
    AT_RANDOM = 25
    AT_HWCAP2 = 26
    AT_EXECFN = 31
    AT_SYSINFO_EHDR = 33
    AT_MINSIGSTKSZ = 51
