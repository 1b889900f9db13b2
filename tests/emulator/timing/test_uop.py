"""Micro-operations of real A64 words: registers read and written, accesses, how they are cracked."""

from __future__ import annotations

import random

import capstone
import pytest

from emulator.instruction_class import InstructionClass, classify, disassemble
from emulator.timing.uop import ADDRESS, FLAGS, NONE, PARTS, SINK, SP, UOP, Branch, Role, Unit, Uop, V, crack, pack
from tests.emulator.a64 import PROCESS, QUEUE_X1, word


def uops_of(value: int) -> list[Uop]:
    kind = classify([value])[0].instruction_class
    return crack(value, kind, *disassemble([value])[0])


def operation(line: str) -> tuple[Unit, set[int], set[int]]:
    (uop,) = uops_of(word(line))
    return uop.unit, set(uop.sources), set(uop.targets)


@pytest.mark.parametrize(
    ("line", "unit", "sources", "targets"),
    [
        ("add x0, x1, x2", Unit.ALU, {1, 2}, {0}),
        ("mov x0, #5", Unit.ALU, set(), {0}),
        ("movk x0, #5, lsl #16", Unit.ALU, {0}, {0}),
        ("cmp x0, x1", Unit.ALU, {0, 1}, {FLAGS}),
        ("csel x0, x1, x2, eq", Unit.ALU, {1, 2, FLAGS}, {0}),
        ("ccmp x0, #1, #0, eq", Unit.ALU, {0, FLAGS}, {FLAGS}),
        ("adc x0, x1, x2", Unit.ALU, {1, 2, FLAGS}, {0}),
        ("madd x0, x1, x2, x3", Unit.MULTIPLY, {1, 2, 3}, {0}),
        ("sdiv x0, x1, x2", Unit.DIVIDE, {1, 2}, {0}),
        ("fadd d0, d1, d2", Unit.SIMD, {V + 1, V + 2}, {V}),
        ("fcmp d0, d1", Unit.SIMD, {V, V + 1}, {FLAGS}),
        ("fcvtzs x0, d0", Unit.SIMD, {V}, {0}),
        ("scvtf d0, x0", Unit.SIMD, {0}, {V}),
        ("sdot v0.4s, v1.16b, v2.16b", Unit.SIMD, {V, V + 1, V + 2}, {V}),
        ("mov v0.d[1], x0", Unit.SIMD, {V, 0}, {V}),
        ("nop", Unit.ALU, set(), set()),
    ],
)
def test_operations_on_registers(line: str, unit: Unit, sources: set[int], targets: set[int]) -> None:
    assert operation(line) == (unit, sources, targets)


@pytest.mark.parametrize(
    ("line", "kind", "sources", "targets"),
    [
        ("b .+0", Branch.DIRECT, (), ()),
        ("bl .+0", Branch.CALL, (), (30,)),
        ("b.eq .+0", Branch.CONDITIONAL, (FLAGS,), ()),
        ("cbz x0, .+0", Branch.CONDITIONAL, (0,), ()),
        ("br x0", Branch.INDIRECT, (0,), ()),
        ("blr x0", Branch.INDIRECT_CALL, (0,), (30,)),
        ("ret", Branch.RETURN, (30,), ()),
    ],
)
def test_branches(line: str, kind: Branch, sources: tuple[int, ...], targets: tuple[int, ...]) -> None:
    (uop,) = uops_of(word(line))
    assert (uop.branch, uop.sources, uop.targets) == (kind, sources, targets)


LOAD, STORE = Role.LOAD, Role.STORE


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ldr x0, [x1]", [(LOAD, 8, (1,), (0,))]),
        ("ldrb w0, [x1]", [(LOAD, 1, (1,), (0,))]),
        ("ldr w0, [x1, x2]", [(LOAD, 4, (1, 2), (0,))]),
        ("ldr q0, [x1]", [(LOAD, 16, (1,), (V,))]),
        ("str x0, [x1]", [(STORE, 8, (1, 0), ())]),
        ("str q0, [x1]", [(STORE, 8, (1, V), ()), (STORE, 8, (1, V), ())]),
        ("ldp x0, x1, [x2]", [(0, 0, (2,), (ADDRESS,)), (LOAD, 16, (ADDRESS,), (0, 1))]),
        ("ldpsw x0, x1, [x2]", [(0, 0, (2,), (ADDRESS,)), (LOAD, 8, (ADDRESS,), (0, 1))]),
        (
            "stp x0, x1, [x2]",
            [(0, 0, (2,), (ADDRESS,)), (STORE, 8, (ADDRESS, 0), ()), (STORE, 8, (ADDRESS, 1), ())],
        ),
        ("ldxr x0, [x1]", [(LOAD | Role.ORDERED, 8, (1,), (0,))]),
        ("stxr w0, x1, [x2]", [(STORE | Role.ORDERED, 8, (2, 1), (0,))]),
        ("stlr x0, [x1]", [(STORE | Role.BARRIER, 8, (1, 0), ())]),
        ("ldar x0, [x1]", [(LOAD | Role.BARRIER, 8, (1,), (0,))]),
        ("ldaxr x0, [x1]", [(LOAD | Role.ORDERED | Role.BARRIER, 8, (1,), (0,))]),
        ("ldadd x0, x1, [x2]", [(LOAD | STORE | Role.ORDERED, 8, (2, 0), (1,))]),
        ("cas x0, x1, [x2]", [(LOAD | STORE | Role.ORDERED, 8, (2, 0, 1), (0,))]),
        ("ld1 {v0.16b}, [x1]", [(LOAD, 16, (1,), (PARTS,)), (0, 0, (PARTS, V + 1), (V, V + 1))]),
    ],
)
def test_accesses(line: str, expected: list[tuple[int, int, tuple[int, ...], tuple[int, ...]]]) -> None:
    found = [(uop.role & ~Role.FIRST, uop.bytes, uop.sources, uop.targets) for uop in uops_of(word(line))]
    assert found == expected


def test_aimc_instructions_have_units_of_their_own() -> None:
    assert [uop.unit for uop in uops_of(PROCESS)] == [Unit.AIMC_PROCESS]
    (queue,) = uops_of(QUEUE_X1)
    assert (queue.unit, queue.sources) == (Unit.AIMC_IO, (1,))


def test_random_words_are_cracked_within_bounds() -> None:
    """Whatever a program holds: known registers, at most ten micro-operations, the first one marked."""
    chosen = random.Random(11)
    for _ in range(20_000):
        value = chosen.getrandbits(32)
        kind = classify([value])[0].instruction_class
        uops = crack(value, kind, *disassemble([value])[0])
        assert 1 <= len(uops) <= 10
        assert [bool(uop.role & Role.FIRST) for uop in uops] == [True] + [False] * (len(uops) - 1)
        assert len(pack(uops, kind)) == len(uops) * UOP.itemsize == 16 * len(uops)
        for uop in uops:
            assert all(register < NONE for register in (*uop.sources, *uop.targets))
            assert len(uop.targets) <= 3
            assert (uop.bytes > 0) <= (uop.unit is Unit.MEMORY)


_NAMES = {f"x{i}": i for i in range(31)} | {f"w{i}": i for i in range(31)} | {"sp": SP, "wsp": SP, "fp": 29, "lr": 30}


def _general(registers: list[str]) -> set[int]:
    return {_NAMES[name] for name in registers if name in _NAMES}


def test_general_registers_agree_with_capstones_own_account() -> None:
    """Against the lists of registers read and written that Capstone keeps for each instruction of the integer side."""
    decoder = capstone.Cs(capstone.CS_ARCH_ARM64, capstone.CS_MODE_LITTLE_ENDIAN)
    decoder.detail = True
    chosen = random.Random(3)
    compared = 0
    kinds = (InstructionClass.INTEGER, InstructionClass.MULTIPLY, InstructionClass.DIVIDE)
    while compared < 3000:
        # Data processing, of immediates and of registers.
        value = chosen.getrandbits(32) & ~(0xF << 25) | chosen.choice((0x8, 0x9, 0x5, 0xD)) << 25
        kind = classify([value])[0].instruction_class
        if kind not in kinds:
            continue
        (uop,) = crack(value, kind, *disassemble([value])[0])
        (instruction,) = decoder.disasm(value.to_bytes(4, "little"), 0)
        read, written = instruction.regs_access()
        text = f"{instruction.mnemonic} {instruction.op_str}"
        named = set(uop.sources) | set(uop.targets)
        expected = _general([instruction.reg_name(r) for r in (*read, *written)])
        if not expected:
            continue  # Capstone knows nothing of some (addg)
        assert {register for register in named if register <= SP} == expected, text
        compared += 1


def test_packed_fields() -> None:
    import numpy as np

    (entry,) = np.frombuffer(pack(uops_of(word("add x0, x1, x2")), InstructionClass.INTEGER), UOP)
    assert entry["sources"].tolist() == [1, 2, NONE, NONE]
    assert entry["targets"].tolist() == [0, SINK, SINK]
    assert (entry["unit"], entry["role"], entry["kind"]) == (Unit.ALU, Role.FIRST, InstructionClass.INTEGER)
