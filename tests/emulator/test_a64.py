"""The table of words that the other tests assemble from says what Capstone says."""

from __future__ import annotations

import re

import capstone
import pytest

from tests.emulator.a64 import bytes_of, program, word
from tests.emulator.a64_words import WORDS

_BASE = 0x10000
_PC_RELATIVE = re.compile(r"(b|bl|cbn?z|tbn?z|adr|ldr|b\.\w+)\b.*#(0x[0-9a-f]+)$")


def _text(value: int) -> str:
    """Capstone's text with distances instead of addresses."""
    disassembler = capstone.Cs(capstone.CS_ARCH_ARM64, capstone.CS_MODE_LITTLE_ENDIAN)
    ((_, _, mnemonic, operands),) = disassembler.disasm_lite(bytes_of(value), _BASE)
    text = f"{mnemonic} {operands}".rstrip()
    target = _PC_RELATIVE.match(text)
    if target and "[" not in text:
        text = text[: target.start(2) - 1] + f".{int(target[2], 16) - _BASE:+d}"
    return text


@pytest.mark.parametrize("text", WORDS)
def test_each_word_is_what_its_text_says(text: str) -> None:
    assert _text(word(text)) == text


def test_labels_become_distances() -> None:
    assert program("loop:", "nop", "b loop") == program("nop", "b .-4")
