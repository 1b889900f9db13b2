"""Known instruction words: found again, kept for later processes, remarkable ones marked."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from emulator import word_table
from emulator.aimc_sites import PATCH_WORD
from emulator.block_entry import EXAMINE
from emulator.instruction_class import Classified, InstructionClass, classify, disassemble
from emulator.timing.uop import Uop, crack, pack
from emulator.word_table import WordTable
from tests.emulator.a64 import UNKNOWN, word


def entries(table: WordTable) -> dict[int, int]:
    return {entry & 0xFFFF_FFFF: entry for entry in table.slots[table.slots != 0].tolist()}


def test_words_are_found_as_they_were_classified() -> None:
    chosen = random.Random(5)
    words = [chosen.getrandbits(32) for _ in range(5000)]
    table = WordTable()
    for first in range(0, len(words), 700):
        table.learn(words[first : first + 700])
    assert [table.classified(each) for each in words] == classify(words)
    assert len(table) == len(entries(table)) == len(set(words))


def test_a_word_that_was_not_learnt_is_looked_up() -> None:
    table = WordTable()
    assert table.classified(word("ldxr x0, [x1]")) == Classified(InstructionClass.ATOMIC, True)
    assert len(table) == 1


def test_learning_twice_changes_nothing() -> None:
    table = WordTable()
    table.learn([word("ret"), word("nop")])
    before = table.slots.copy()
    table.learn([word("nop"), word("ret"), word("ret")])
    assert np.array_equal(table.slots, before)


@pytest.mark.parametrize(
    ("value", "remarkable"),
    [
        (UNKNOWN, True),
        (0, True),
        (PATCH_WORD, True),
        (0xD53B2400, True),  # mrs x0, rndr
        (word("mrs x0, tpidr_el0"), False),
        (word("ret"), False),
    ],
)
def test_words_that_python_must_look_at_are_marked(value: int, remarkable: bool) -> None:
    table = WordTable()
    table.learn([value])
    assert bool(entries(table)[value] & EXAMINE) is remarkable


def test_much_that_is_new_is_kept_for_later_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_table, "_file", lambda: tmp_path / "cache" / "words.npz")
    table = WordTable()
    table.learn(range(0x9100_0000, 0x9100_0000 + 999))
    table.save()
    assert not (tmp_path / "cache").exists()
    table.learn([word("ret")])
    table.save()
    later = word_table.saved_table()
    assert entries(later) == entries(table)
    later.learn([word("nop")])
    later.save()
    assert len(word_table.saved_table()) == 1000, "one word more is not worth a new file"


@pytest.mark.parametrize("content", [b"", b"rubbish", b"\x93NUMPY"])
def test_a_spoilt_file_is_as_none(content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "words.npz"
    file.write_bytes(content)
    monkeypatch.setattr(word_table, "_file", lambda: file)
    assert len(word_table.saved_table()) == 0


def test_a_file_of_another_kind_is_as_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word_table, "_file", lambda: tmp_path / "words.npz")
    np.savez(tmp_path / "words.npz", entries=np.zeros((3, 4), np.uint32), entry_uops=np.zeros(3), uops=np.zeros(3))
    assert len(word_table.saved_table()) == 0


def test_micro_operations_are_made_when_they_are_asked_for_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_table, "_file", lambda: tmp_path / "words.npz")
    chosen = random.Random(7)
    words = [chosen.getrandbits(32) for _ in range(1500)]
    table = WordTable()
    table.learn(words)
    assert not table.word_uops.any()
    table.learn(words, uops=True)
    table.save()
    later = word_table.saved_table()
    for each in words:
        assert packed(later, each) == packed(table, each) == pack(*cracked(each))


def packed(table: WordTable, value: int) -> bytes:
    where = int(table.word_uops[np.flatnonzero(table.slots & 0xFFFF_FFFF == value)[0]])
    first, count = where >> 8, where & 0xFF
    return table.uops[first : first + 16 * count].tobytes()


def cracked(value: int) -> tuple[list[Uop], InstructionClass]:
    kind = classify([value])[0].instruction_class
    return crack(value, kind, *disassemble([value])[0]), kind
