"""A64 machine code for the tests, written as assembly text; runs without a toolchain.

`program("loop:", "subs x0, x0, #1", "b.ne loop", "svc #0")` looks each line up in a table of words. The table is in
Capstone's spelling, and `test_a64.py` lets Capstone confirm every entry. Labels become distances (`.-4`).
"""

from __future__ import annotations

import re

from emulator import isa
from emulator.instruction_class import InstructionClass as Kind
from tests.emulator.a64_words import WORDS

_LABEL = re.compile(r"(\w+):$")


def word(text: str) -> int:
    """The instruction word of one line. Raises KeyError for a line that the table lacks."""
    return WORDS[text]


def bytes_of(*words: int) -> bytes:
    """Words as they lie in memory."""
    return b"".join(value.to_bytes(4, "little") for value in words)


def program(*lines: str | int) -> bytes:
    """Machine code of lines of assembly, labels and plain words."""
    labels: dict[str, int] = {}
    body: list[str | int] = []
    for line in lines:
        label = _LABEL.match(line) if isinstance(line, str) else None
        if label:
            labels[label[1]] = 4 * len(body)
        else:
            body.append(line)
    return bytes_of(
        *(line if isinstance(line, int) else word(_resolve(line, 4 * i, labels)) for i, line in enumerate(body))
    )


def _resolve(line: str, position: int, labels: dict[str, int]) -> str:
    head, _, last = line.rpartition(" ")
    return f"{head} .{labels[last] - position:+d}" if last in labels else line


def aimc(operation: isa.Operation, **registers: int) -> int:
    """The word of an AIMC instruction."""
    return isa.encode(isa.Instruction(operation, **registers))


PROCESS = aimc(isa.Operation.PROCESS)
QUEUE_X0 = aimc(isa.Operation.QUEUE, rn=0)
QUEUE_X1 = aimc(isa.Operation.QUEUE, rn=1)
DEQUEUE_X2 = aimc(isa.Operation.DEQUEUE, rd=2)
STATUS_X3_OF_X4 = aimc(isa.Operation.STATUS, rd=3, rn=4)


_LINES = {
    Kind.INTEGER: "add x0, x1, x2",
    Kind.MULTIPLY: "mul x0, x1, x2",
    Kind.DIVIDE: "sdiv x0, x1, x2",
    Kind.SIMD: "fadd d0, d1, d2",
    Kind.SIMD_DIVIDE: "fdiv d0, d1, d2",
    Kind.LOAD: "ldr x0, [x1]",
    Kind.LOAD_MULTIPLE: "ldp x0, x1, [x2]",
    Kind.STORE: "str x0, [x1]",
    Kind.STORE_MULTIPLE: "stp x0, x1, [x2]",
    Kind.ATOMIC: "ldxr x0, [x1]",
    Kind.BRANCH: "ret",
    Kind.SYSTEM: "svc #0",
}
UNKNOWN = 0xFFFF_FFFF
"""A word that is no instruction."""


def word_of(kind: Kind) -> int:
    """An instruction word of a class; those of class ATOMIC are synchronising, no other ones."""
    if kind is Kind.UNKNOWN:
        return UNKNOWN
    if kind.name.startswith("AIMC_"):
        return aimc(isa.Operation[kind.name.removeprefix("AIMC_")])
    return word(_LINES[kind])
