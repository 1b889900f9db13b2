"""Descriptors of basic blocks: what one execution of a block counts and costs, decoded once, looked up by the block
hook.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from emulator import record
from emulator.config import CpiConfig, HardwareConfig
from emulator.instruction_class import InstructionClass, classify

_FREE = -1
_DROPPED = -2
_PAGE_SHIFT = 12
_CLASSES = len(InstructionClass)
_WORDS = record.BLOCK.itemsize // 8

ClassCounts = npt.NDArray[np.int64]


def subcycles_per_class(config: HardwareConfig) -> ClassCounts:
    """Cost of one instruction of each class in subcycles; AIMC classes take the tile's latencies, in core cycles."""
    costs = np.zeros(_CLASSES, np.int64)
    cycles_per_ns = config.core.frequency_hz * 1e-9
    tile = config.tile
    aimc_ns = {
        InstructionClass.AIMC_PROCESS: tile.mvm_ns,
        InstructionClass.AIMC_QUEUE: tile.queue_ns,
        InstructionClass.AIMC_DEQUEUE: tile.dequeue_ns,
        InstructionClass.AIMC_PARAMETER_READ: tile.parameter_read_ns,
        InstructionClass.AIMC_PARAMETER_WRITE: tile.parameter_write_ns,
        InstructionClass.AIMC_STATUS: tile.status_ns,
    }
    for name in CpiConfig.__dataclass_fields__:
        costs[InstructionClass[name.upper()]] = round(getattr(config.cpi, name) * record.SUBCYCLES)
    for instruction_class, latency_ns in aimc_ns.items():
        costs[instruction_class] = round(latency_ns * cycles_per_ns * record.SUBCYCLES)
    return costs


@dataclass(frozen=True)
class Block:
    """A stretch of instructions that runs from its first to its last unless an exception cuts it short."""

    address: int
    sequence: bytes
    """The class of each instruction, in order."""
    synchronising: bool

    @property
    def size(self) -> int:
        """Length of the code in bytes."""
        return 4 * len(self.sequence)


def count_classes(sequence: bytes) -> ClassCounts:
    """How many instructions of each class a sequence has; shape (len(InstructionClass),)."""
    return np.bincount(np.frombuffer(sequence, np.uint8), minlength=_CLASSES).astype(np.int64)


def decode_block(address: int, code: bytes) -> Block:
    """Describe the block whose machine code (the program's own words, not patches) is `code`."""
    classified = classify(struct.unpack(f"<{len(code) // 4}I", code))
    return Block(address, bytes([kind for kind, _ in classified]), any(meets for _, meets in classified))


def _slot(key: int, mask: int) -> int:
    """First slot to look at; the block hook computes the same."""
    return key >> 2 & mask


class BlockTable:
    """The table that the block hook searches, with the class counts that only Python needs beside it."""

    def __init__(self, costs: ClassCounts, capacity: int = 4096) -> None:
        """`costs`: subcycles per class; `capacity`: slots at first, a power of two."""
        self._costs = costs
        self._cost_of: list[int] = costs.tolist()
        self._blocks: dict[int, Block] = {}
        self._by_page: defaultdict[int, set[int]] = defaultdict(set)
        self._retired = np.zeros(_CLASSES, np.int64)
        self._used = 0
        self._replace_table(self._empty(capacity))

    @staticmethod
    def _empty(capacity: int) -> record.RecordArray:
        """A table of free slots. Field order matters to `add`."""
        table = record.new(record.BLOCK, capacity)
        table["key"] = _FREE
        return table

    def add(self, block: Block) -> bool:
        """Insert a block; whether the table moved, so that its address must be told to the hooks again."""
        moved = 2 * (self._used + 1) > len(self.table)
        if moved:
            self._grow()
        key = block.address | block.size << 48
        self._blocks[key] = block
        for page in self._pages(block.address, block.address + block.size):
            self._by_page[page].add(key)
        clock = sum(map(self._cost_of.__getitem__, block.sequence))
        # Through a view of integers: several times as fast as a NumPy record, and every new block passes here.
        words, mask = self._words, len(self.table) - 1
        slot = _slot(key, mask)
        while words[slot * _WORDS] != _FREE:
            slot = slot + 1 & mask
        first = slot * _WORDS
        words[first] = key
        words[first + 1] = 0
        words[first + 2] = clock
        words[first + 3] = len(block.sequence) | block.synchronising << 32
        self._used += 1
        return moved

    def drop(self, start: int, end: int) -> None:
        """Forget the blocks that have bytes in [start, end): their code changed. What they counted stays counted."""
        pages = self._pages(start, end)
        # A large mapping may go away of which little was code.
        touched = pages if len(pages) <= len(self._by_page) else [page for page in self._by_page if page in pages]
        for page in touched:
            for key in list(self._by_page.get(page, ())):
                block = self._blocks[key]
                block_end = block.address + block.size
                if block.address >= end or block_end <= start:
                    continue
                for other in self._pages(block.address, block_end):
                    self._by_page[other].discard(key)
                del self._blocks[key]
                entry = self.table[self._find(key)]
                self._retired += count_classes(block.sequence) * int(entry["count"])
                entry["key"] = _DROPPED

    def pages(self) -> list[int]:
        """Addresses of the pages that hold blocks."""
        return [page << _PAGE_SHIFT for page, keys in self._by_page.items() if keys]

    def copy(self) -> BlockTable:
        """The same blocks, not yet counted: for an address space that begins as a copy."""
        other = BlockTable.__new__(BlockTable)
        other._costs, other._cost_of = self._costs, self._cost_of
        other._blocks = dict(self._blocks)
        other._by_page = defaultdict(set, {page: set(keys) for page, keys in self._by_page.items()})
        other._retired = np.zeros(_CLASSES, np.int64)
        other._used = self._used
        table = self.table.copy()
        table["count"] = 0
        other._replace_table(table)
        return other

    def cut(self, core: np.void, pc: int) -> None:
        """An exception at `pc` cut the block that `core` entered last: take back what lies from `pc` on."""
        if core["block"] < 0:
            return
        block = self._blocks.get(int(self.table[int(core["block"]) // record.BLOCK.itemsize]["key"]))
        if block is None or not block.address <= pc < block.address + block.size:
            return
        rest = block.sequence[(pc - block.address) // 4 :]
        classes = count_classes(rest)
        core["clock"] -= int(classes @ self._costs)
        core["instructions"] -= len(rest)
        self._retired -= classes

    def classes(self) -> ClassCounts:
        """Instructions retired so far, by class; shape (len(InstructionClass),)."""
        total = self._retired.copy()
        for entry in self.table[self.table["key"] >= 0]:
            if entry["count"]:
                total += count_classes(self._blocks[int(entry["key"])].sequence) * int(entry["count"])
        return total

    def retire(self, core: np.void, instruction_class: InstructionClass) -> None:
        """Count one instruction that Python carried out in the core's stead."""
        core["clock"] += int(self._costs[instruction_class])
        core["instructions"] += 1
        self._retired[instruction_class] += 1

    @staticmethod
    def _pages(start: int, end: int) -> range:
        """Numbers of the pages that hold [start, end)."""
        return range(start >> _PAGE_SHIFT, (end - 1 >> _PAGE_SHIFT) + 1)

    def _find(self, key: int) -> int:
        """The slot that holds `key`."""
        mask = len(self.table) - 1
        slot = _slot(key, mask)
        while self.table[slot]["key"] != key:
            slot = slot + 1 & mask
        return slot

    def _grow(self) -> None:
        """Move what is not dropped into a table with room; twice the size if most slots are alive."""
        alive = self.table[self.table["key"] >= 0]
        table = self._empty(len(self.table) * (2 if 4 * len(alive) >= len(self.table) else 1))
        mask = len(table) - 1
        taken = bytearray(len(table))
        slots = []
        for key in alive["key"].tolist():
            slot = _slot(key, mask)
            while taken[slot]:
                slot = slot + 1 & mask
            taken[slot] = 1
            slots.append(slot)
        table[slots] = alive
        self._replace_table(table)
        self._used = len(alive)

    def _replace_table(self, table: record.RecordArray) -> None:
        self.table = table
        self._words = table.view(np.int64).data
