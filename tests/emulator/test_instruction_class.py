"""The class of real A64 words, and before which of them cores meet."""

from __future__ import annotations

import pytest

from emulator import isa
from emulator.instruction_class import InstructionClass, classify
from tests.emulator.a64 import aimc, word

SYNCHRONISING = {
    InstructionClass.ATOMIC: (
        "ldxr x0, [x1]", "ldaxr w0, [x1]", "stxr w0, x1, [x2]", "stlxr w0, x1, [x2]", "ldxp x0, x1, [x2]",
        "stlxp w0, x1, x2, [x3]", "ldxrb w0, [x1]", "ldar x0, [x1]", "ldarb w0, [x1]", "stlr x0, [x1]",
        "stlrh w0, [x1]",
        "ldapr x0, [x1]", "ldaprb w0, [x1]", "ldapur x0, [x1, #8]", "stlur x0, [x1, #8]", "ldlar x0, [x1]",
        "stllr x0, [x1]",
        "ldadd x0, x1, [x2]", "ldaddal w0, w1, [x2]", "ldclrb w0, w1, [x2]", "ldeor x0, x1, [x2]", "ldset x0, x1, [x2]",
        "ldsmax x0, x1, [x2]", "ldumin x0, x1, [x2]", "stadd x0, [x2]", "stclr w0, [x2]", "stumaxl x0, [x2]",
        "stset x0, [x2]", "swp x0, x1, [x2]", "swpalb w0, w1, [x2]", "cas x0, x1, [x2]", "casalb w0, w1, [x2]",
        "caspal x0, x1, x2, x3, [x4]",
    ),
    InstructionClass.SYSTEM: (
        "dmb ish", "dsb sy", "isb", "sb", "clrex", "wfe", "wfi", "yield", "sev", "sevl", "ssbb", "pssbb",
    ),
}  # fmt: skip

PLAIN = {
    InstructionClass.INTEGER: (
        "add x0, x1, x2", "mov x0, x1", "mov x0, #5", "movk x0, #5, lsl #16", "lsl x0, x1, #3", "bfi x0, x1, #2, #3",
        "cset w0, eq", "csel x0, x1, x2, eq", "ccmp x0, #1, #0, eq", "adr x0, .+0", "cmp x0, x1", "tst x0, x1",
        "clz x0, x1",
        "crc32b w0, w1, w2", "extr x0, x1, x2, #3", "adc x0, x1, x2", "nop", "bti c", "paciasp", "autiasp", "cfinv",
    ),
    InstructionClass.MULTIPLY: (
        "mul x0, x1, x2", "madd x0, x1, x2, x3", "msub x0, x1, x2, x3", "mneg x0, x1, x2", "smull x0, w1, w2",
        "umaddl x0, w1, w2, x3", "smnegl x0, w1, w2", "umulh x0, x1, x2",
    ),
    InstructionClass.DIVIDE: ("sdiv x0, x1, x2", "udiv w0, w1, w2"),
    InstructionClass.SIMD: (
        "fadd d0, d1, d2", "fmov x0, d0", "fcvtzs x0, d0", "scvtf d0, x0", "ucvtf s0, w0", "mul v0.4s, v1.4s, v2.4s",
        "add v0.16b, v1.16b, v2.16b", "dup v0.4s, w0", "mov w0, v0.s[0]", "mov v0.d[1], x0",
        "sdot v0.4s, v1.16b, v2.16b",
        "aese v0.16b, v1.16b", "sha256h q0, q1, v2.4s", "pmull v0.1q, v1.1d, v2.1d", "tbl v0.16b, {v1.16b}, v2.16b",
        "addv b0, v1.8b", "sqadd b0, b1, b2", "fcmp d0, d1", "fmadd d0, d1, d2, d3", "sqrdmlah v0.4s, v1.4s, v2.4s",
    ),
    InstructionClass.SIMD_DIVIDE: ("fdiv d0, d1, d2", "fdiv v0.4s, v1.4s, v2.4s", "fsqrt d0, d1"),
    InstructionClass.LOAD: (
        "ldr x0, [x1]", "ldr w0, [x1, x2]", "ldr x0, .+0", "ldrb w0, [x1]", "ldrsw x0, [x1]", "ldur x0, [x1, #-1]",
        "ldtr x0, [x1]", "ldr q0, [x1]", "prfm pldl1keep, [x1]", "prfum pldl1keep, [x1, #-1]",
    ),
    InstructionClass.LOAD_MULTIPLE: (
        "ldp x0, x1, [x2]", "ldpsw x0, x1, [x2]", "ldnp x0, x1, [x2]", "ldp q0, q1, [x2]", "ld1 {v0.16b}, [x1]",
        "ld1r {v0.4s}, [x1]", "ld4 {v0.16b, v1.16b, v2.16b, v3.16b}, [x1]", "ld2 {v0.s, v1.s}[1], [x1]",
    ),
    InstructionClass.STORE: ("str x0, [x1]", "strh w0, [x1]", "stur x0, [x1, #-1]", "sttr x0, [x1]", "str q0, [x1]"),
    InstructionClass.STORE_MULTIPLE: (
        "stp x0, x1, [x2]", "stnp q0, q1, [x2]", "st1 {v0.16b}, [x1]", "st4 {v0.16b, v1.16b, v2.16b, v3.16b}, [x1]",
    ),
    InstructionClass.BRANCH: (
        "b .+0", "b.eq .+0", "bl .+0", "br x0", "blr x0", "ret", "ret x1", "cbz x0, .+0", "cbnz w0, .+0",
        "tbz w0, #3, .+0", "tbnz w0, #3, .+0", "retaa", "braa x0, x1", "blraaz x0",
    ),
    InstructionClass.SYSTEM: (
        "svc #0", "brk #1", "mrs x0, tpidr_el0", "msr tpidr_el0, x0", "mrs x0, cntvct_el0", "msr fpcr, x0",
        "dc zva, x1",
        "dc cvau, x0", "ic ivau, x5", "csdb", "esb", "hlt #1", "udf #1",
    ),
}  # fmt: skip


def _cases(table: dict[InstructionClass, tuple[str, ...]]) -> list[tuple[str, InstructionClass]]:
    return [(text, kind) for kind, texts in table.items() for text in texts]


@pytest.mark.parametrize(("text", "kind"), _cases(PLAIN))
def test_class(text: str, kind: InstructionClass) -> None:
    assert classify([word(text)])[0] == (kind, False)


@pytest.mark.parametrize(("text", "kind"), _cases(SYNCHRONISING))
def test_class_of_what_cores_meet_at(text: str, kind: InstructionClass) -> None:
    assert classify([word(text)])[0] == (kind, True)


@pytest.mark.parametrize("operation", isa.Operation)
def test_aimc_instructions_have_a_class_each(operation: isa.Operation) -> None:
    assert classify([aimc(operation)])[0] == (InstructionClass[f"AIMC_{operation.name}"], False)


@pytest.mark.parametrize(
    ("alias", "kind"),
    [(0x21088000, InstructionClass.AIMC_QUEUE), (0x4108812A, InstructionClass.AIMC_PARAMETER_READ)],
)
def test_aliases_of_aimclib_belong_to_their_operation(alias: int, kind: InstructionClass) -> None:
    assert classify([alias])[0].instruction_class is kind


@pytest.mark.parametrize("value", [0xFFFFFFFF, 0x21018000])
def test_what_the_decoder_does_not_know_is_unknown(value: int) -> None:
    assert classify([value])[0] == (InstructionClass.UNKNOWN, False)


def test_words_are_classified_in_order_whatever_stands_between_them() -> None:
    """Words that are no instruction must not shift those behind them."""
    words = [word("add x1, x1, #1"), 0xFFFF_FFFF, aimc(isa.Operation.QUEUE), word("ret"), 0xFFFF_FFFF]
    assert [kind for kind, _ in classify(words)] == [
        InstructionClass.INTEGER,
        InstructionClass.UNKNOWN,
        InstructionClass.AIMC_QUEUE,
        InstructionClass.BRANCH,
        InstructionClass.UNKNOWN,
    ]
    assert classify([]) == []
