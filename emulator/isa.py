"""The AIMC instructions: one table from which decoding, encoding, disassembly and documentation follow.

Five instructions are ALPINE's (Klein et al., IEEE TC 2023); fields: opcode 31-21 (operation in 30-29), rm 20-16,
direction 15, ra 14-10, rn 9-5, rd 4-0. A field that an instruction does not use must be zero: those bits are kept for
extended forms (8-byte transfers, tile select, ...), so another value there is an undefined instruction. The sixth,
CM_STATUS, is ours and uses the operation that ALPINE leaves free.

AIMClib's words for queue and parameter read disagree with ALPINE's own decoder (they name register 0 where the library
loads another), so exactly these two words are aliases that read the library's registers.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

ZERO_REGISTER = 31


class Operation(IntEnum):
    """What an AIMC instruction does."""

    PROCESS = 0
    QUEUE = 1
    DEQUEUE = 2
    PARAMETER_READ = 3
    PARAMETER_WRITE = 4
    STATUS = 5


class StatusSelector(IntEnum):
    """What CM_STATUS returns, by the value of its source register; any other selector gives 0."""

    INTERFACE_VERSION = 0
    ROWS = 1
    COLUMNS = 2
    MISUSE = 3
    SATURATED_OUTPUTS = 4


INTERFACE_VERSION = 1

_SHIFT = {"rd": 0, "rn": 5, "ra": 10, "rm": 16}


@dataclass(frozen=True)
class Form:
    """One row of the encoding table. `operands` are the register fields it uses, in the order of the assembly text."""

    operation: Operation
    mnemonic: str
    word: int
    operands: tuple[str, ...]
    meaning: str

    @property
    def mask(self) -> int:
        """The bits that must equal `word`."""
        mask = 0xFFFFFFFF
        for name in self.operands:
            mask &= ~(0x1F << _SHIFT[name])
        return mask


FORMS = (
    Form(Operation.PROCESS, "cm_process", 0x01000000, (), "MVM, saturate to int8; clear inputs and both counters"),
    Form(Operation.QUEUE, "cm_queue", 0x21008000, ("rn",), "append 4 packed int8, low byte first, to the input memory"),
    Form(Operation.DEQUEUE, "cm_dequeue", 0x21000000, ("rd",), "rd = next 4 packed int8 of the output memory"),
    Form(Operation.PARAMETER_READ, "cm_param_read", 0x41008000, ("rd", "rn", "ra"), "rd = crossbar[y = ra][x = rn]"),
    Form(
        Operation.PARAMETER_WRITE,
        "cm_param_write",
        0x41000000,
        ("rd", "rn", "ra", "rm"),
        "crossbar[y = ra][x = rn] = low 8 bits of rm; rd = 0, or 1 if out of range",
    ),
    Form(Operation.STATUS, "cm_status", 0x61000000, ("rd", "rn"), "rd = what the selector in rn names"),
)


@dataclass(frozen=True)
class Instruction:
    """A decoded AIMC instruction; register numbers 0-31, 31 being the zero register."""

    operation: Operation
    rd: int = ZERO_REGISTER
    rn: int = ZERO_REGISTER
    ra: int = ZERO_REGISTER
    rm: int = ZERO_REGISTER


ALIASES = {
    0x21088000: Instruction(Operation.QUEUE, rn=9),
    0x4108812A: Instruction(Operation.PARAMETER_READ, rd=10, rn=9, ra=7),
}

_BY_OPERATION = {form.operation: form for form in FORMS}
_MASKED = tuple((form.mask, form.word, form) for form in FORMS)


def form_of(operation: Operation) -> Form:
    """The encoding of an operation."""
    return _BY_OPERATION[operation]


def decode(word: int) -> Instruction | None:
    """The AIMC instruction that a 32-bit word encodes, or None."""
    if word in ALIASES:
        return ALIASES[word]
    for mask, value, form in _MASKED:
        if word & mask == value:
            fields = {name: word >> _SHIFT[name] & 0x1F for name in form.operands}
            return Instruction(form.operation, **fields)
    return None


def encode(instruction: Instruction) -> int:
    """The general word of an instruction. Raises ValueError for a register outside 0-31 or in a field that it lacks."""
    form = _BY_OPERATION[instruction.operation]
    word = form.word
    for name, shift in _SHIFT.items():
        register = getattr(instruction, name)
        if not 0 <= register <= 31:
            raise ValueError(f"{form.mnemonic}: {name} = {register} is not a register number")
        if name in form.operands:
            word |= register << shift
        elif register != ZERO_REGISTER:
            raise ValueError(f"{form.mnemonic} has no operand {name}")
    return word


def disassemble(word: int) -> str | None:
    """Assembly text such as `cm_param_write x10, x9, x7, x8`, or None if the word is no AIMC instruction."""
    instruction = decode(word)
    if instruction is None:
        return None
    form = _BY_OPERATION[instruction.operation]
    registers = (getattr(instruction, name) for name in form.operands)
    return f"{form.mnemonic} {', '.join('xzr' if n == ZERO_REGISTER else f'x{n}' for n in registers)}".rstrip()
