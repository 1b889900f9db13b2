"""The instruction words that were met so far, with their classes: searched by compiled code for every new block.

One table for all engines of a process. It is kept on disk for later processes, because decoding takes most of the
time in which a large program starts.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import capstone
import numpy as np
import numpy.typing as npt

from emulator import record, system_registers
from emulator.aimc_sites import PATCH_WORD
from emulator.block_entry import CLASS_MASK, CLASS_SHIFT, EXAMINE, SYNCHRONISING
from emulator.cache import compiled_folder
from emulator.instruction_class import Classified, InstructionClass, classify
from emulator.native_code import function

_FIRST_SIZE = 1 << 12
_SAVED_AT_MOST = 1 << 20
_SAVED_AT_LEAST = 1000
"""Words that are worth a new file: a program of some size."""
_FORBIDDEN = 0
"""What the engine writes in the place of a word that must not be executed (`udf #0`)."""

Entries = npt.NDArray[np.int64]


class WordTable:
    """A hash table with open addressing of entries as `block_entry.py` describes them; 0 is a free slot."""

    def __init__(self, entries: Entries) -> None:
        """`entries`: what is known from the beginning, without repetition."""
        self._count = 0
        self._saved = len(entries)
        self.slots: Entries = np.zeros(_FIRST_SIZE, np.int64)
        self._add(entries)

    def __len__(self) -> int:
        return self._count

    def classified(self, word: int) -> Classified:
        """What is known of a word, which is looked up now if need be."""
        entry = self._find(word)
        if not entry:
            self.learn([word])
            entry = self._find(word)
        return Classified(InstructionClass(entry >> CLASS_SHIFT & CLASS_MASK), bool(entry & SYNCHRONISING))

    def learn(self, words: Iterable[int]) -> None:
        """Add the words that are new. The table may move."""
        new = [word for word in dict.fromkeys(words) if not self._find(word)]
        if new:
            self._add(np.array([_entry(*pair) for pair in zip(new, classify(new), strict=True)], np.int64))

    def save(self) -> None:
        """Keep the table for later processes, if there is much more in it than is kept already."""
        if self._count < self._saved + _SAVED_AT_LEAST:
            return
        file = _file()
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=file.parent, suffix=".npy", delete=False) as draft:
                np.save(draft, self.slots[self.slots != 0][:_SAVED_AT_MOST])
            Path(draft.name).rename(file)
        except OSError:
            return  # without room in the cache the next process decodes again
        self._saved = self._count

    def _find(self, word: int) -> int:
        slot = function("call_word_slot")(record.address_of(self.slots), len(self.slots) - 1, word)
        return int(self.slots[slot])

    def _add(self, entries: Entries) -> None:
        self._count += len(entries)
        size = len(self.slots)
        while size < 2 * self._count:
            size *= 2
        if size != len(self.slots):
            old = self.slots[self.slots != 0]
            self.slots = np.zeros(size, np.int64)
            self._insert(old)
        self._insert(entries)

    def _insert(self, entries: Entries) -> None:
        function("call_add_words")(
            record.address_of(self.slots), len(self.slots) - 1, record.address_of(entries), len(entries)
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
    return compiled_folder() / f"words-capstone-{capstone.__version__}.npy"


def saved_table() -> WordTable:
    """A table of what earlier processes kept; an empty one if that cannot be read."""
    try:
        entries = np.load(_file(), allow_pickle=False)
    except (OSError, ValueError, EOFError):
        entries = None
    if entries is None or entries.dtype != np.int64 or entries.ndim != 1:
        entries = np.zeros(0, np.int64)
    return WordTable(entries)


@cache
def shared_table() -> WordTable:
    """The table of this process."""
    return saved_table()


def words_of(code: bytes) -> list[int]:
    """The instruction words of machine code."""
    words: list[int] = np.frombuffer(code, np.uint32).tolist()
    return words
