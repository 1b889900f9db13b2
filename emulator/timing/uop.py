"""Micro-operations: what one instruction word asks of the pipeline.

gem5's ARM decoder cracks instructions with several memory accesses or a base update into micro-operations, and its
in-order core issues and commits those. `crack` gives the same ones, found from the word's fields and Capstone's text:
    ldp x0, x1, [x2], #16   load of 16 bytes (x0, x1), addition (x2)
    ldp x0, x1, [x2, #16]   address (u0), load of 16 bytes
    str q0, [x1]            two stores of 8 bytes
    ld1 {v0.4s-v1.4s}, [x1] two loads of 16 bytes (t0, t1), a shuffle (v0, v1)
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import IntEnum, IntFlag

import numpy as np

from emulator.instruction_class import InstructionClass as Kind


class Unit(IntEnum):
    """Functional units."""

    ALU = 0
    MULTIPLY = 1
    DIVIDE = 2
    SIMD = 3
    MEMORY = 4
    AIMC_PROCESS = 5
    AIMC_IO = 6
    AIMC_PARAMETER = 7


class Role(IntFlag):
    """What a micro-operation is besides an operation on registers."""

    LOAD = 1
    STORE = 2
    ORDERED = 4
    """An exclusive or atomic access: it goes past the store buffer, when all before it has been committed."""
    BARRIER = 8
    """Orders accesses: barriers, acquire, release. Costs nothing of itself, as on MinorCPU, whose stores leave in order
    and whose accesses begin in order.
    """
    FLUSH = 16
    """What was fetched behind it is fetched again."""
    FIRST = 32
    """Begins an instruction."""
    PREFETCH = 64


class Branch(IntEnum):
    """How a branch is predicted."""

    NONE = 0
    DIRECT = 1
    CONDITIONAL = 2
    CALL = 3
    INDIRECT = 4
    INDIRECT_CALL = 5
    RETURN = 6


# Registers by number: X0 to X30 and SP, V0 to V31, the flags, and what only micro-operations see.
SP = 31
V = 32
FLAGS = 64
ADDRESS = 65
"""Holds the address of a pair's accesses (gem5: ureg0)."""
PARTS = 66
"""The first of four that hold parts of several vector registers."""
NONE = 70
"""No register: always ready."""
SINK = 71
"""No register: written and never read."""
REGISTERS = 72

UOP = np.dtype(
    [
        ("sources", np.uint8, 4),
        ("targets", np.uint8, 3),
        ("unit", np.uint8),
        ("role", np.uint8),
        ("bytes", np.uint8),
        ("branch", np.uint8),
        ("kind", np.uint8),  # InstructionClass
        ("access", np.int8),  # what `_access` says
        ("unused", np.uint8, 3),
    ]
)
"""A micro-operation as compiled code sees it: 16 bytes."""


MOST_PLAIN_BYTES = 32
ACCESS_STORES = 64
ACCESS_LOADS = 32
ACCESS_SPECIAL = 127
"""In a micro-operation's `access`, a signed byte."""

_PLAIN = Role(0)


@dataclass(frozen=True)
class Uop:
    """One micro-operation."""

    unit: Unit
    sources: tuple[int, ...] = ()
    targets: tuple[int, ...] = ()
    role: Role = _PLAIN
    bytes: int = 0
    """Of a memory access."""
    branch: Branch = Branch.NONE


_UNITS = {
    Kind.INTEGER: Unit.ALU,
    Kind.MULTIPLY: Unit.MULTIPLY,
    Kind.DIVIDE: Unit.DIVIDE,
    Kind.SIMD: Unit.SIMD,
    Kind.SIMD_DIVIDE: Unit.SIMD,
    Kind.BRANCH: Unit.ALU,
    Kind.UNKNOWN: Unit.ALU,
}
_REGISTER = re.compile(r"\b(?:([xw])(\d{1,2})|([vqdshb])(\d{1,2})|(w?sp)|([xw]zr))\b")
_ACCUMULATING = re.compile(
    r"(mla|mls|fmla|fmls|[su]ml[as]l2?|fml[as]l2?|sqdml[as]l2?|sqrdml[as]h|[su]aba|[su]abal2?|[su]adalp|[su]sra|[su]rsra"
    r"|sri|sli|bsl|bit|bif|tbx|ins|movk|bfm|bfi|bfxil|bfc|[su]dot|usdot|fcmla|aese|aesd|sha1[cmp]|sha1su[01]"
    r"|sha256h2?|sha256su[01]|sha512h2?|sha512su[01]|xar|suqadd|usqadd|\w*n2|\w*hn2|fcvtxn2|[su]mmla|bfdot|bfmlal[bt])$"
)
"""Mnemonics of instructions that read what they write to."""
_SETS_FLAGS = re.compile(
    r"(adds|subs|ands|bics|adcs|sbcs|negs|ngcs|cmp|cmn|tst|ccmp|ccmn|fcmpe?|fccmpe?|setf8|setf16|rmif|cfinv|axflag|xaflag)$"
)
_READS_FLAGS = re.compile(
    r"(adcs?|sbcs?|ngcs?|csel|cset|csetm|csinc|csinv|csneg|cinc|cinv|cneg|ccmp|ccmn|fcsel|fccmpe?|b\..+|bc\..+|cfinv|axflag|xaflag)$"
)
_NO_TARGET = frozenset(
    {"cmp", "cmn", "tst", "ccmp", "ccmn", "fcmp", "fcmpe", "fccmp", "fccmpe", "nop", "hint", "setf8", "setf16", "rmif"}
)
_FLUSHING = frozenset({"isb", "svc", "hvc", "smc", "brk", "hlt", "dsb", "eret"})
_BARRIERS = frozenset({"dmb", "dsb"})


def crack(word: int, kind: Kind, mnemonic: str, operands: str) -> list[Uop]:
    """The micro-operations of an instruction word of class `kind`, given its text by Capstone."""
    if kind.name.startswith("AIMC_"):
        uops = [_aimc(word, kind)]
    elif kind in (Kind.LOAD, Kind.STORE, Kind.LOAD_MULTIPLE, Kind.STORE_MULTIPLE, Kind.ATOMIC):
        uops = _memory(word, mnemonic)
    elif kind is Kind.SYSTEM:
        uops = [_system(word, mnemonic)]
    elif kind is Kind.BRANCH:
        uops = [_branch(word, mnemonic)]
    else:
        uops = [_operation(kind, mnemonic, operands)]
    return [replace(uops[0], role=uops[0].role | Role.FIRST), *uops[1:]]


def pack(uops: list[Uop], kind: Kind) -> bytes:
    """As compiled code sees them."""
    table = np.zeros(len(uops), UOP)
    for entry, uop in zip(table, uops, strict=True):
        entry["sources"] = (*uop.sources, NONE, NONE, NONE, NONE)[:4]
        entry["targets"] = (*uop.targets, SINK, SINK, SINK)[:3]
        entry["unit"], entry["role"], entry["bytes"] = uop.unit, uop.role, uop.bytes
        entry["branch"], entry["kind"], entry["access"] = uop.branch, kind, _access(uop)
    return table.tobytes()


def _access(uop: Uop) -> int:
    """Of a load or store its bytes and ACCESS_STORES, 0 without access; ACCESS_SPECIAL for what the memo does not know.

    Of an ordered access, the negative of its bytes and ACCESS_LOADS, ACCESS_STORES or both.
    """
    stores = ACCESS_STORES if uop.role & Role.STORE else 0
    if uop.role & Role.FLUSH or uop.bytes > MOST_PLAIN_BYTES:
        return ACCESS_SPECIAL
    if uop.role & Role.ORDERED:
        return -(uop.bytes | stores | (ACCESS_LOADS if uop.role & Role.LOAD else 0))
    return uop.bytes | stores


def _x(number: int, *, stack: bool = False) -> tuple[int, ...]:
    """Xn; number 31 is SP or nothing."""
    if number == 31:
        return (SP,) if stack else ()
    return (number,)


def _field(word: int, low: int) -> int:
    return word >> low & 31


def _registers(text: str) -> list[tuple[int, ...]]:
    """The registers of an operand text in order; none for a zero register."""
    found: list[tuple[int, ...]] = []
    for match in _REGISTER.finditer(text):
        general, number, _, vector, stack, _ = match.groups()
        if general:
            found.append((int(number),))
        elif vector:
            found.append((V + int(vector),))
        else:
            found.append((SP,) if stack else ())
    return found


def _operation(kind: Kind, mnemonic: str, operands: str) -> Uop:
    """Arithmetic on registers: the first one named is written, the others are read."""
    registers = _registers(operands)
    targets: tuple[int, ...] = ()
    if registers and mnemonic not in _NO_TARGET:
        targets = registers[0]
        if not _ACCUMULATING.match(mnemonic) and not (mnemonic == "mov" and "[" in operands.split(",")[0]):
            registers = registers[1:]
    sources = tuple(register for each in registers for register in each)
    if _READS_FLAGS.match(mnemonic):
        sources += (FLAGS,)
    if _SETS_FLAGS.match(mnemonic):
        targets += (FLAGS,)
    return Uop(_UNITS[kind], sources[:4], targets[:3])


def _branch(word: int, mnemonic: str) -> Uop:
    if mnemonic == "b":
        return Uop(Unit.ALU, branch=Branch.DIRECT)
    if mnemonic == "bl":
        return Uop(Unit.ALU, targets=(30,), branch=Branch.CALL)
    if mnemonic.startswith(("b.", "bc.")):
        return Uop(Unit.ALU, (FLAGS,), branch=Branch.CONDITIONAL)
    if mnemonic in ("cbz", "cbnz", "tbz", "tbnz"):
        return Uop(Unit.ALU, _x(_field(word, 0)), branch=Branch.CONDITIONAL)
    source = _x(_field(word, 5))
    if mnemonic.startswith("ret"):
        return Uop(Unit.ALU, source, branch=Branch.RETURN)
    if mnemonic.startswith("blr"):
        return Uop(Unit.ALU, source, (30,), branch=Branch.INDIRECT_CALL)
    return Uop(Unit.ALU, source, branch=Branch.INDIRECT)


def _system(word: int, mnemonic: str) -> Uop:
    role = Role(0)
    if mnemonic in _BARRIERS:
        role |= Role.BARRIER
    if mnemonic in _FLUSHING:
        role |= Role.FLUSH
    if mnemonic == "mrs":
        return Uop(Unit.ALU, (), _x(_field(word, 0)))
    if mnemonic == "msr":
        return Uop(Unit.ALU, _x(_field(word, 0)))
    if mnemonic == "dc" and word & 0xFFFF_FFE0 == 0xD50B_7420:  # DC ZVA: a store of a line
        return Uop(Unit.MEMORY, _x(_field(word, 0)), (), Role.STORE, 64)
    return Uop(Unit.ALU, role=role)


def _aimc(word: int, kind: Kind) -> Uop:
    """Registers are the general fields, as ALPINE's decoder has them."""
    rd, rn, ra, rm = (_x(_field(word, low)) for low in (0, 5, 10, 16))
    if kind is Kind.AIMC_PROCESS:
        return Uop(Unit.AIMC_PROCESS)
    if kind is Kind.AIMC_QUEUE:
        return Uop(Unit.AIMC_IO, rn)
    if kind is Kind.AIMC_DEQUEUE:
        return Uop(Unit.AIMC_IO, (), rd)
    return Uop(Unit.AIMC_PARAMETER, rn + ra + rm, rd)


# -- memory ------------------------------------------------------------------------------------------------------


def _memory(word: int, mnemonic: str) -> list[Uop]:
    match word >> 28 & 3:
        case 0:
            return _structures(word) if word >> 26 & 1 else _ordered(word)
        case 1:
            return _literal_or_unscaled(word)
        case 2:
            return _pair(word)
    return _single(word, mnemonic)


def _single(word: int, mnemonic: str) -> list[Uop]:
    """One register, with an offset in the word or in a register, perhaps with a base update; atomic operations."""
    size, vector, opc = word >> 30, word >> 26 & 1, word >> 22 & 3
    rt, rn = _field(word, 0), _field(word, 5)
    base = _x(rn, stack=True)
    indexed = not word >> 24 & 1 and not word >> 21 & 1 and word >> 10 & 1
    if not word >> 24 & 1 and word >> 21 & 1 and word >> 10 & 3 == 0:
        # Atomic read-modify-write: Rs in, Rt out.
        return [Uop(Unit.MEMORY, base + _x(_field(word, 16)), _x(rt), Role.LOAD | Role.STORE | Role.ORDERED, 1 << size)]
    if word >> 21 & 1 and not word >> 24 & 1 and word >> 10 & 3 == 2:
        base += _x(_field(word, 16))
    if vector:
        length = 16 if opc & 2 else 1 << size
        data: tuple[int, ...] = (V + rt,)
        load = opc & 1
    else:
        length, data, load = 1 << size, _x(rt), opc != 0
    if mnemonic.startswith("prf"):
        return [Uop(Unit.MEMORY, base, (), Role.LOAD | Role.PREFETCH, 0)]
    update = [Uop(Unit.ALU, _x(rn, stack=True), _x(rn, stack=True))] if indexed else []
    return [*_accesses(base, [data], length, load=bool(load)), *update]


def _accesses(base: tuple[int, ...], data: list[tuple[int, ...]], length: int, *, load: bool) -> list[Uop]:
    """One access per register; a vector register of 16 bytes is stored in two halves."""
    if load:
        return [Uop(Unit.MEMORY, base, each, Role.LOAD, length) for each in data]
    halves, part = (2, 8) if length == 16 else (1, length)
    return [Uop(Unit.MEMORY, base + each, (), Role.STORE, part) for each in data for _ in range(halves)]


def _pair(word: int) -> list[Uop]:
    """Two registers. A pair of 8 bytes in all, and loads of two registers of 8, are one access."""
    vector, load, mode = word >> 26 & 1, bool(word >> 22 & 1), word >> 23 & 3
    opc = word >> 30
    length = 4 << opc if vector else (8 if opc == 2 else 4)
    rt, rn, rt2 = _field(word, 0), _field(word, 5), _field(word, 10)
    first, second = ((V + rt,), (V + rt2,)) if vector else (_x(rt), _x(rt2))
    stack = _x(rn, stack=True)
    post, update = mode == 1, mode in (1, 3)
    base = stack if post else (ADDRESS,)
    uops = [] if post else [Uop(Unit.ALU, stack, (ADDRESS,))]
    if length == 4 or (length == 8 and load):
        if load:
            uops.append(Uop(Unit.MEMORY, base, first + second, Role.LOAD, 2 * length))
        else:
            uops.append(Uop(Unit.MEMORY, base + first + second, (), Role.STORE, 2 * length))
    else:
        uops += _accesses(base, [first, second], length, load=load)
    if update:
        uops.append(Uop(Unit.ALU, base, stack))
    return uops


def _literal_or_unscaled(word: int) -> list[Uop]:
    rt, vector = _field(word, 0), word >> 26 & 1
    if not word >> 24 & 1:  # relative to PC
        opc = word >> 30
        if vector:
            return [Uop(Unit.MEMORY, (), (V + rt,), Role.LOAD, 4 << opc)]
        if opc == 3:
            return [Uop(Unit.MEMORY, (), (), Role.LOAD | Role.PREFETCH, 0)]
        return [Uop(Unit.MEMORY, (), _x(rt), Role.LOAD, 8 if opc == 1 else 4)]
    base, length, opc = _x(_field(word, 5), stack=True), 1 << (word >> 30), word >> 22 & 3
    if opc == 0:
        return [Uop(Unit.MEMORY, base + _x(rt), (), Role.STORE | Role.BARRIER, length)]
    return [Uop(Unit.MEMORY, base, _x(rt), Role.LOAD | Role.BARRIER, length)]


def _ordered(word: int) -> list[Uop]:
    """Exclusive, acquire and release accesses, compare and swap."""
    size, load = word >> 30, bool(word >> 22 & 1)
    rt, rn, rt2, rs = _field(word, 0), _field(word, 5), _field(word, 10), _field(word, 16)
    base = _x(rn, stack=True)
    pair = bool(word >> 21 & 1)
    if pair and rt2 == 31 and (word >> 23 & 1 or not word >> 31):
        # Compare and swap; of a pair if bit 23 is clear.
        whole = not word >> 23 & 1
        length = (8 << (word >> 30 & 1)) if whole else 1 << size
        compared, swapped = _x(rs), _x(rt)
        return [Uop(Unit.MEMORY, base + compared + swapped, compared, Role.LOAD | Role.STORE | Role.ORDERED, length)]
    length = (1 << size) * (2 if pair else 1)
    data = _x(rt) + (_x(rt2) if pair else ())
    alone = bool(word >> 23 & 1)  # not exclusive: load-acquire, store-release
    role = (_PLAIN if alone else Role.ORDERED) | (Role.BARRIER if word >> 15 & 1 else _PLAIN)
    if load:
        return [Uop(Unit.MEMORY, base, data, Role.LOAD | role, length)]
    return [Uop(Unit.MEMORY, base + data, () if alone else _x(rs), Role.STORE | role, length)]


_COUNT_OF_OPCODE = {0b0000: 4, 0b0010: 4, 0b0100: 3, 0b0110: 3, 0b0111: 1, 0b1000: 2, 0b1010: 2}
"""Registers of a multiple-structure access by its opcode field."""


def _structures(word: int) -> list[Uop]:
    """ld1 to ld4 and st1 to st4: accesses of at most 16 bytes, and shuffles between them and the registers."""
    load, update = bool(word >> 22 & 1), bool(word >> 23 & 1)
    rt, rn, rm = _field(word, 0), _field(word, 5), _field(word, 16)
    base = _x(rn, stack=True)
    if word >> 24 & 1:  # one element of each register
        count = (word >> 13 & 1) * 2 + (word >> 21 & 1) + 1
        scale = word >> 14 & 3
        double = scale == 2 and word >> 10 & 1
        # Scale 3: one element to all lanes.
        element = 1 << (word >> 10 & 3) if scale == 3 else 8 if double else 1 << scale
        total = count * element
    else:
        count = _COUNT_OF_OPCODE.get(word >> 12 & 15, 1)
        total = count * (16 if word >> 30 & 1 else 8)
    registers = [V + (rt + i) % 32 for i in range(count)]
    sizes = [min(16, total - done) for done in range(0, total, 16)]
    parts = [PARTS + i for i in range(len(sizes))]
    shuffles = []
    one_element = bool(word >> 24 & 1)
    unit = Unit.SIMD
    for first in range(0, count, 2):
        # Two registers at a time, of which the second is read and written even where there is only one.
        some = (registers[first], V + (registers[first] - V + 1) % 32)
        if load and one_element:
            shuffles.append(Uop(unit, (*parts[:2], *some), some))
        elif load:
            shuffles.append(Uop(unit, (*parts[:3], some[1]), some))
        elif first == 0 or total > 32:
            shuffles.append(Uop(unit, tuple(registers[:4]), tuple(parts[first : first + 2])))
    addition = [Uop(Unit.ALU, base + (_x(rm) if rm != 31 else ()), base)] if update else []
    if load:
        accesses = [Uop(Unit.MEMORY, base, (part,), Role.LOAD, size) for part, size in zip(parts, sizes, strict=True)]
        return [*accesses, *addition, *shuffles]
    stores = [Uop(Unit.MEMORY, (*base, part), (), Role.STORE, size) for part, size in zip(parts, sizes, strict=True)]
    return [*shuffles, *stores, *addition]
