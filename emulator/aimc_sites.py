"""AIMC instructions that were met in a program and replaced, so that a compiled hook does their work.

ALPINE's encodings are undefined in ARMv8. The first time one raises an exception, it and the AIMC words that directly
follow it are replaced by an MRS into the zero register. Unicorn compiles a direct call of our MRS hook into the
translated code of each MRS, with PC in place, so the work is done without leaving it. The MRS itself is not allowed at
EL0: it raises an exception where the hook does not say that it was dealt with, as on a core whose tile is not enabled.
The cost (14 ns) depends neither on how many such words a program has nor on what stands between them; with a code hook
over ranges of addresses it did (14 ns for one site, 414 ns for 1,000 sites in 40 KB), since Unicorn calls a code hook
for every instruction of its range and walks a list of hooks.
"""

from __future__ import annotations

from emulator import isa, record

PATCH_WORD = 0xD53B9CBF
"""`mrs xzr, pmselr_el0`: whether it is allowed at EL0 is looked up when it runs (PMUSERENR_EL0), and it is not."""

_FREE = -1


class AimcSites:
    """The table of replaced words that the MRS hook searches."""

    def __init__(self) -> None:
        self.words: dict[int, int] = {}
        """The program's own word at each replaced address."""
        self.record = record.new(record.SITE_TABLE)
        self._use(self._build(64))

    def add(self, words: dict[int, int]) -> None:
        """Take over the AIMC words (address: word). The table may move."""
        self.words.update(words)
        if len(self.table) < 4 * len(self.words):
            self._rebuild()
        else:
            for address, word in words.items():
                self._insert(self.table, address, word)

    def copy(self) -> AimcSites:
        """The same sites, for a copy of the address space."""
        other = AimcSites()
        other.words = dict(self.words)
        other._use(self.table.copy())
        return other

    def remove(self, start: int, end: int) -> dict[int, int]:
        """Give up the sites that have bytes in [start, end); returns their words. The table may move."""
        removed = {address: word for address, word in self.words.items() if start < address + 4 and address < end}
        for address in removed:
            del self.words[address]
        if removed:
            self._rebuild()
        return removed

    def _rebuild(self) -> None:
        size = len(self.table)
        while size < 8 * len(self.words):
            size *= 2
        self._use(self._build(size))

    def _use(self, table: record.RecordArray) -> None:
        self.table = table
        self.address = record.address_of(table)
        self.mask = len(table) - 1
        self.record[0] = self.address, self.mask

    def _build(self, size: int) -> record.RecordArray:
        table = record.new(record.SITE, size)
        table["address"] = _FREE
        for address, word in self.words.items():
            self._insert(table, address, word)
        return table

    @staticmethod
    def _insert(table: record.RecordArray, address: int, word: int) -> None:
        """Put a site into its slot; into the one that it has already if it is known."""
        instruction = isa.decode(word)
        assert instruction is not None
        mask = len(table) - 1
        slot = address >> 2 & mask
        while table[slot]["address"] not in (_FREE, address):
            slot = slot + 1 & mask
        table[slot] = (
            address,
            instruction.operation,
            instruction.rd,
            instruction.rn,
            instruction.ra,
            instruction.rm,
        )
