"""The AIMC instruction table: five words of ALPINE, one of ours, two aliases of AIMClib, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from emulator.isa import ALIASES, FORMS, Instruction, Operation, decode, disassemble, encode, form_of

REGISTERS = st.integers(0, 31)
FIELDS = ("rd", "rn", "ra", "rm")
SHIFTS = {"rd": 0, "rn": 5, "ra": 10, "rm": 16}


@st.composite
def instructions(draw: st.DrawFn) -> Instruction:
    form = draw(st.sampled_from(FORMS))
    return Instruction(form.operation, **{name: draw(REGISTERS) for name in form.operands})


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("cm_process", 0x01000000),
        ("cm_queue x0", 0x21008000),
        ("cm_queue x5", 0x21008000 | 5 << 5),
        ("cm_queue xzr", 0x210083E0),
        ("cm_dequeue x10", 0x2100000A),
        ("cm_param_read x10, x9, x7", 0x41008000 | 7 << 10 | 9 << 5 | 10),
        ("cm_param_write x10, x9, x7, x8", 0x41081D2A),
        ("cm_status x1, x2", 0x61000000 | 2 << 5 | 1),
    ],
)
def test_words_of_the_table(text: str, word: int) -> None:
    assert disassemble(word) == text
    instruction = decode(word)
    assert instruction is not None
    assert encode(instruction) == word


@pytest.mark.parametrize(
    ("word", "meaning", "text"),
    [
        (0x21088000, Instruction(Operation.QUEUE, rn=9), "cm_queue x9"),
        (0x4108812A, Instruction(Operation.PARAMETER_READ, rd=10, rn=9, ra=7), "cm_param_read x10, x9, x7"),
    ],
)
def test_aliases_of_aimclib_read_the_registers_that_the_library_loads(
    word: int, meaning: Instruction, text: str
) -> None:
    assert decode(word) == meaning
    assert disassemble(word) == text
    assert encode(meaning) != word


@pytest.mark.parametrize("word", [0x21018000, 0x21098000, 0x21088020, 0x4108812B, 0x41098120, 0x4108852A])
def test_neighbours_of_an_alias_are_undefined(word: int) -> None:
    assert decode(word) is None
    assert disassemble(word) is None


@given(instructions())
def test_decoding_undoes_encoding(instruction: Instruction) -> None:
    assert decode(encode(instruction)) == instruction


@given(st.integers(0, 0xFFFFFFFF))
@example(0x00000000)
@example(0xFFFFFFFF)
@example(0x01000001)
@example(0x01008000)
@example(0x61008000)
def test_a_word_is_defined_if_and_only_if_the_table_has_it(word: int) -> None:
    instruction = decode(word)
    if instruction is None:
        assert all(word & form.mask != form.word for form in FORMS)
    else:
        assert word in ALIASES or encode(instruction) == word


@given(instructions(), st.integers(0, 31))
def test_a_bit_outside_the_operands_makes_another_instruction_or_none(instruction: Instruction, bit: int) -> None:
    word = encode(instruction)
    if form_of(instruction.operation).mask >> bit & 1:
        assert decode(word ^ 1 << bit) != instruction or (word ^ 1 << bit) in ALIASES


def test_no_word_belongs_to_two_forms() -> None:
    for first in FORMS:
        for second in FORMS:
            if first is not second:
                common = first.mask & second.mask
                assert first.word & common != second.word & common


@pytest.mark.parametrize("operation", Operation)
@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("register", [-1, 32])
def test_a_register_outside_the_file_cannot_be_encoded(operation: Operation, name: str, register: int) -> None:
    with pytest.raises(ValueError, match=name):
        encode(Instruction(operation, **{name: register}))


@pytest.mark.parametrize("operation", Operation)
@pytest.mark.parametrize("name", FIELDS)
def test_an_operand_that_an_instruction_lacks_cannot_be_encoded(operation: Operation, name: str) -> None:
    form = form_of(operation)
    if name in form.operands:
        assert encode(Instruction(operation, **{name: 3})) >> SHIFTS[name] & 31 == 3
    else:
        with pytest.raises(ValueError, match="no operand"):
            encode(Instruction(operation, **{name: 3}))
