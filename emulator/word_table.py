"""The instruction words that were met so far, with their classes and micro-operations: searched by compiled code for
every new block.

One table for all engines of a process. It is kept on disk for later processes, because decoding takes most of the
time in which a large program starts.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from zipfile import BadZipFile

import capstone
import numpy as np
import numpy.typing as npt

from emulator import record, system_registers
from emulator.aimc_sites import PATCH_WORD
from emulator.block_entry import CLASS_MASK, CLASS_SHIFT, EXAMINE, SYNCHRONISING, UOP_BYTES, UOPS_SHIFT
from emulator.cache import compiled_folder
from emulator.instruction_class import Classified, InstructionClass, classify, disassemble
from emulator.native_code import function
from emulator.timing.uop import crack, pack

_FIRST_SLOTS = 1 << 12
_FIRST_UOPS = 1 << 12
_SAVED_AT_MOST = 1 << 20
_SAVED_AT_LEAST = 1000
"""Words that are worth a new file: a program of some size."""
_FORBIDDEN = 0
"""What the engine writes in the place of a word that must not be executed (`udf #0`)."""

Integers = npt.NDArray[np.int64]


class WordTable:
    """A hash table with open addressing of entries as `block_entry.py` describes them; 0 is a free slot."""

    def __init__(self) -> None:
        self._count = 0
        self._cracked = 0
        self._saved = 0
        self.slots: Integers = np.zeros(_FIRST_SLOTS, np.int64)
        self.word_uops: Integers = np.zeros(_FIRST_SLOTS, np.int64)
        """Per slot, where the word's micro-operations are and how many; 0 if they were not asked for yet."""
        self.uops = np.zeros(_FIRST_UOPS, np.uint8)
        """Packed micro-operations (`timing/uop.py`)."""
        self._uop_bytes = 0

    def __len__(self) -> int:
        return self._count

    def classified(self, word: int) -> Classified:
        """What is known of a word, which is looked up now if need be."""
        entry = int(self.slots[self._slot(word)])
        if not entry:
            self.learn([word])
            entry = int(self.slots[self._slot(word)])
        return Classified(InstructionClass(entry >> CLASS_SHIFT & CLASS_MASK), bool(entry & SYNCHRONISING))

    def learn(self, words: Iterable[int], *, uops: bool = False) -> None:
        """Add the words that are new, with their micro-operations if those are wanted. The tables may move."""
        missing = self.word_uops if uops else self.slots
        new = [word for word in dict.fromkeys(words) if not missing[self._slot(word)]]
        if not new:
            return
        classes = classify(new)
        entries = np.array([_entry(*pair) for pair in zip(new, classes, strict=True)], np.int64)
        entry_uops = np.zeros(len(new), np.int64)
        if uops:
            texts = disassemble(new)
            for i, (word, known, text) in enumerate(zip(new, classes, texts, strict=True)):
                entry_uops[i] = self._keep(pack(crack(word, known.instruction_class, *text), known.instruction_class))
        self._add(entries, entry_uops)

    def save(self) -> None:
        """Keep the table for later processes, if there is much more in it than is kept already."""
        if self._count + self._cracked < self._saved + _SAVED_AT_LEAST:
            return
        file = _file()
        used = np.flatnonzero(self.slots)[:_SAVED_AT_MOST]
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".npz", delete=False) as draft:
                np.savez(
                    draft,
                    entries=self.slots[used],
                    entry_uops=self.word_uops[used],
                    uops=self.uops[: self._uop_bytes],
                )
            Path(draft.name).rename(file)
        except OSError:
            return  # without room in the cache the next process decodes again
        self._saved = self._count + self._cracked

    def restore(self, entries: Integers, entry_uops: Integers, uops: npt.NDArray[np.uint8]) -> None:
        """Fill an empty table with what another one kept."""
        self.uops = uops.copy()
        self._uop_bytes = len(uops)
        self._add(entries, entry_uops)
        self._saved = self._count + self._cracked

    def _slot(self, word: int) -> int:
        return int(function("call_word_slot")(record.address_of(self.slots), len(self.slots) - 1, word))

    def _keep(self, packed: bytes) -> int:
        """Store micro-operations; what `word_uops` says of them."""
        first, end = self._uop_bytes, self._uop_bytes + len(packed)
        if end > len(self.uops):
            larger = np.zeros(max(2 * len(self.uops), end), np.uint8)
            larger[:first] = self.uops[:first]
            self.uops = larger
        self.uops[first:end] = np.frombuffer(packed, np.uint8)
        self._uop_bytes = end
        return first << UOPS_SHIFT | len(packed) // UOP_BYTES

    def _add(self, entries: Integers, entry_uops: Integers) -> None:
        size = len(self.slots)
        while size < 2 * (self._count + len(entries)):
            size *= 2
        if size != len(self.slots):
            used = np.flatnonzero(self.slots)
            old, old_uops = self.slots[used], self.word_uops[used]
            self.slots, self.word_uops = np.zeros(size, np.int64), np.zeros(size, np.int64)
            self._insert(old, old_uops)
        self._insert(entries, entry_uops)
        self._count = int(np.count_nonzero(self.slots))
        self._cracked = int(np.count_nonzero(self.word_uops))

    def _insert(self, entries: Integers, entry_uops: Integers) -> None:
        function("call_add_words")(
            record.address_of(self.slots),
            record.address_of(self.word_uops),
            len(self.slots) - 1,
            record.address_of(entries),
            record.address_of(entry_uops),
            len(entries),
        )


def _entry(word: int, classified: Classified) -> int:
    entry = word | classified.instruction_class << CLASS_SHIFT
    if classified.synchronising:
        entry |= SYNCHRONISING
    if (
        classified.instruction_class is InstructionClass.UNKNOWN
        or word in (PATCH_WORD, _FORBIDDEN)
        or system_registers.reads_random_number(word)
    ):
        entry |= EXAMINE
    return entry


def _file() -> Path:
    return compiled_folder(__name__) / f"words-capstone-{capstone.__version__}.npz"


def saved_table() -> WordTable:
    """A table of what earlier processes kept; an empty one if that cannot be read."""
    table = WordTable()
    try:
        with np.load(_file(), allow_pickle=False) as kept:
            parts = kept["entries"], kept["entry_uops"], kept["uops"]
    except (OSError, ValueError, EOFError, KeyError, BadZipFile):
        return table
    entries, entry_uops, uops = parts
    if entries.dtype == entry_uops.dtype == np.int64 and uops.dtype == np.uint8 and len(entries) == len(entry_uops):
        table.restore(entries, entry_uops, uops)
    return table


@cache
def shared_table() -> WordTable:
    """The table of this process."""
    return saved_table()


def words_of(code: bytes) -> list[int]:
    """The instruction words of machine code."""
    words: list[int] = np.frombuffer(code, np.uint32).tolist()
    return words
