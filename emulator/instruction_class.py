"""Classes of instructions, and which class a word belongs to, found by Capstone (`word_table.py` remembers them)."""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

import capstone

from emulator import isa


class InstructionClass(IntEnum):
    """What an instruction costs at `functional` fidelity follows from its class."""

    INTEGER = 0
    MULTIPLY = 1
    DIVIDE = 2
    SIMD = 3
    SIMD_DIVIDE = 4
    LOAD = 5
    LOAD_MULTIPLE = 6
    STORE = 7
    STORE_MULTIPLE = 8
    ATOMIC = 9
    BRANCH = 10
    SYSTEM = 11
    UNKNOWN = 12
    AIMC_PROCESS = 13
    AIMC_QUEUE = 14
    AIMC_DEQUEUE = 15
    AIMC_PARAMETER_READ = 16
    AIMC_PARAMETER_WRITE = 17
    AIMC_STATUS = 18


class Classified(NamedTuple):
    """The class of a word, and whether cores must meet before a block that holds it."""

    instruction_class: InstructionClass
    synchronising: bool


_OF_OPERATION = {
    isa.Operation.PROCESS: InstructionClass.AIMC_PROCESS,
    isa.Operation.QUEUE: InstructionClass.AIMC_QUEUE,
    isa.Operation.DEQUEUE: InstructionClass.AIMC_DEQUEUE,
    isa.Operation.PARAMETER_READ: InstructionClass.AIMC_PARAMETER_READ,
    isa.Operation.PARAMETER_WRITE: InstructionClass.AIMC_PARAMETER_WRITE,
    isa.Operation.STATUS: InstructionClass.AIMC_STATUS,
}

# Exclusives, acquire and release accesses, and the atomic read-modify-write instructions of ARMv8.1 (LSE).
_ATOMIC = re.compile(
    r"(ldx|ldax|stx|stlx|ldar|ldapr|ldapur|ldlar|stlr|stllr|stlur|cas|swp"
    r"|(ld|st)(add|clr|eor|set|smax|smin|umax|umin))(?!ur)"
)
_BRANCH = re.compile(
    r"(b|bl|br|blr|ret|cbz|cbnz|tbz|tbnz|braaz?|brabz?|blraaz?|blrabz?|retaa|retab|eret|eretaa|eretab|b\..+|bc\..+)$"
)
_BARRIERS = frozenset({"dmb", "dsb", "isb", "sb", "ssbb", "pssbb", "wfe", "wfi", "yield", "sev", "sevl", "clrex"})
_SYSTEM = _BARRIERS | {
    "msr", "mrs", "svc", "hvc", "smc", "brk", "hlt", "udf", "sys", "sysl", "dc", "ic", "at", "tlbi", "hint",
    "dcps1", "dcps2", "dcps3", "csdb", "esb", "psb", "tsb",
}  # fmt: skip
_MULTIPLY = frozenset({
    "mul", "madd", "msub", "mneg", "smull", "umull", "smaddl", "umaddl", "smsubl", "umsubl", "smnegl", "umnegl",
    "smulh", "umulh",
})  # fmt: skip
_DIVIDE = frozenset({"sdiv", "udiv"})
_SIMD_DIVIDE = frozenset({"fdiv", "fsqrt"})
_SIMD_REGISTER = re.compile(r"\b[vqdshb]\d{1,2}\b")
_LOAD_MULTIPLE = re.compile(r"(ldp|ldnp|ldpsw|ld[1-4]r?)$")
_STORE_MULTIPLE = re.compile(r"(stp|stnp|st[1-4])$")

_disassembler = capstone.Cs(capstone.CS_ARCH_ARM64, capstone.CS_MODE_LITTLE_ENDIAN)
_disassembler.skipdata = True  # a word that is no instruction comes out as data, and the next one is looked at
_DATA = ".byte"


def disassemble(words: Sequence[int]) -> list[tuple[str, str]]:
    """Mnemonic and operands of each 32-bit instruction word as Capstone writes them, decoded all at once."""
    code = struct.pack(f"<{len(words)}I", *words)
    return [(mnemonic, operands) for _, _, mnemonic, operands in _disassembler.disasm_lite(code, 0)]


def classify(words: Sequence[int]) -> list[Classified]:
    """The class of each instruction word."""
    return [_classify(word, *text) for word, text in zip(words, disassemble(words), strict=True)]


def _classify(word: int, mnemonic: str, operands: str) -> Classified:
    instruction = isa.decode(word)
    if instruction is not None:
        return Classified(_OF_OPERATION[instruction.operation], False)
    if mnemonic == _DATA:
        return Classified(InstructionClass.UNKNOWN, False)
    return Classified(*_classify_text(mnemonic, operands))


def _classify_text(mnemonic: str, operands: str) -> tuple[InstructionClass, bool]:
    if _BRANCH.match(mnemonic):
        return InstructionClass.BRANCH, False
    if mnemonic in _SYSTEM:
        return InstructionClass.SYSTEM, mnemonic in _BARRIERS
    if _ATOMIC.match(mnemonic):
        return InstructionClass.ATOMIC, True
    if _LOAD_MULTIPLE.match(mnemonic):
        return InstructionClass.LOAD_MULTIPLE, False
    if _STORE_MULTIPLE.match(mnemonic):
        return InstructionClass.STORE_MULTIPLE, False
    if mnemonic.startswith(("ldr", "ldur", "ldtr", "prf")):
        return InstructionClass.LOAD, False
    if mnemonic.startswith(("str", "stur", "sttr")):
        return InstructionClass.STORE, False
    if mnemonic in _SIMD_DIVIDE:
        return InstructionClass.SIMD_DIVIDE, False
    if mnemonic.startswith("f") or _SIMD_REGISTER.search(operands):
        return InstructionClass.SIMD, False
    if mnemonic in _MULTIPLY:
        return InstructionClass.MULTIPLY, False
    if mnemonic in _DIVIDE:
        return InstructionClass.DIVIDE, False
    return InstructionClass.INTEGER, False
