"""Descriptors of basic blocks: what one execution of a block counts and costs, looked up by the block hook.

The work is done by `block_operations.py`, most of it without Python: a block is described by the block hook itself
unless it has words that were never met before.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from emulator import record
from emulator.block_entry import (
    COST_BYTES,
    LIST_ROOM,
    NO_ROOM,
    PAGE_BITS,
    SIZE_SHIFT,
    TIMED_ROOM,
    UOP_BYTES,
    UOP_FIRST,
    UOP_KIND,
    UOP_ROLE,
)
from emulator.config import CpiConfig, Fidelity, HardwareConfig
from emulator.instruction_class import InstructionClass
from emulator.native_code import function
from emulator.profile import SpaceProfile
from emulator.timing.records import Cause
from emulator.word_table import WordTable

_CLASSES = len(InstructionClass)
_PAGE_SHIFT = 12
_ADDRESS_END = 1 << SIZE_SHIFT
_FIRST_SLOTS = 4096
_SEQUENCE_BYTES = 1 << 26
"""Room for the classes of 64 million instructions of blocks; the host gives memory to what is used of it."""

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


def count_classes(sequence: Sequence[int] | bytes) -> ClassCounts:
    """How many instructions of each class a sequence has; shape (len(InstructionClass),)."""
    return np.bincount(np.frombuffer(bytes(sequence), np.uint8), minlength=_CLASSES).astype(np.int64)


class Decoder:
    """How the blocks of a machine are described: words and their costs, and room for what they are made of."""

    def __init__(self, config: HardwareConfig, words: WordTable, room: int = _SEQUENCE_BYTES) -> None:
        """`room`: bytes for sequences: one per instruction of each block, or 16 per micro-operation."""
        self.timed = config.fidelity is Fidelity.TIMING
        self.costs = subcycles_per_class(config)
        self.words = words
        self.sequences: npt.NDArray[np.uint8] = np.zeros(room, np.uint8)
        self.record = record.new(record.DECODER)
        state = self.record[0]
        state["costs"] = record.address_of(self.costs)
        state["sequences"] = record.address_of(self.sequences)
        state["sequence_limit"] = room
        state["timed"] = self.timed
        self.address = record.address_of(self.record)
        self.refresh()

    def learn(self, words: Sequence[int]) -> None:
        """Add instruction words that blocks may have."""
        self.words.learn(words, uops=self.timed)
        self.refresh()

    def refresh(self) -> None:
        """Look at the table of words as it is now. The one looked at so far stays until then, though another engine
        may have added to it and moved it.
        """
        self._slots, self._word_uops, self._uops = self.words.slots, self.words.word_uops, self.words.uops
        state = self.record[0]
        state["words"] = record.address_of(self._slots)
        state["word_mask"] = len(self._slots) - 1
        state["word_uops"] = record.address_of(self._word_uops)
        state["uops"] = record.address_of(self._uops)

    def has_room(self, words: int) -> bool:
        """Whether a block of so many words can be described."""
        room = COST_BYTES + words * TIMED_ROOM + LIST_ROOM if self.timed else words
        return int(self.record[0]["next_sequence"]) + room <= len(self.sequences)

    def uops(self, block: np.void) -> npt.NDArray[np.uint8]:
        """The micro-operations of a block, at timing fidelity; shape (number, UOP_BYTES)."""
        first = int(block["sequence"])
        size = (int(block["marks"]) >> 1) * UOP_BYTES
        return self.sequences[first : first + size].reshape(-1, UOP_BYTES)

    def kinds(self, block: np.void) -> npt.NDArray[np.uint8]:
        """The classes of a block's instructions."""
        if self.timed:
            uops = self.uops(block)
            kinds: npt.NDArray[np.uint8] = uops[uops[:, UOP_ROLE] & UOP_FIRST != 0, UOP_KIND]
            return kinds
        first = int(block["sequence"])
        return self.sequences[first : first + (int(block["key"]) >> SIZE_SHIFT) // 4]

    def causes(self, block: np.void) -> list[int]:
        """Cycles that a block has cost so far, by `Cause`, at timing fidelity and with a profile."""
        if not self.timed:
            return []
        first = int(block["sequence"])
        costs: list[int] = self.sequences[first - COST_BYTES : first].view(np.int64)[: len(Cause)].tolist()
        return costs

    def forget_sequences(self) -> None:
        """Begin again with the room for sequences, when no table has blocks any more."""
        state = self.record[0]
        state["next_sequence"] = 0
        state["first_number"] += len(self.sequences) // UOP_BYTES


class BlockTable:
    """The blocks of one address space that were entered or may be: the table that the block hook searches."""

    def __init__(self, decoder: Decoder, slots: int = _FIRST_SLOTS, profile: SpaceProfile | None = None) -> None:
        """`slots`: at first, a power of two. `profile` gets what blocks counted before that is lost."""
        self._decoder = decoder
        self._profile = profile
        self._pages = np.zeros(PAGE_BITS // 8, np.uint8)
        self._retired = np.zeros(_CLASSES, np.int64)
        self.record = record.new(record.BLOCK_TABLE)
        self.state = self.record[0]
        self._use(record.new(record.BLOCK, slots))
        self.state["slots"] = self.slots
        self.state["mask"] = slots - 1
        self.state["pages"] = record.address_of(self._pages)
        self.address = record.address_of(self.record)

    def add(self, address: int, code: bytes, placed: int = 0) -> None:
        """Enter a block that is not there, with the program's own words; caches see it at `placed`. The table may move.

        The decoder must know the words and have room for them.
        """
        rest = (1 << _PAGE_SHIFT) - address % (1 << _PAGE_SHIFT)
        data = np.frombuffer(code, np.uint8)
        host = record.address_of(data)
        arguments = self._decoder.address, self.address, address, len(code), host, host + rest, placed, True
        result = function("call_add_block")(*arguments)
        if result == NO_ROOM:
            self._grow()
            result = function("call_add_block")(*arguments)
        if result < 0:
            raise ValueError(f"a block at {address:#x} has unknown words or no room")

    def drop(self, start: int, end: int) -> None:
        """Forget the blocks that have bytes in [start, end): their code changed. What they counted stays counted."""
        if self.state["used"]:
            self._account(start, end)
            function("call_drop_blocks")(
                self._decoder.address, self.address, start, end, record.address_of(self._retired)
            )

    def clear(self) -> None:
        """Forget all blocks; what they counted stays counted."""
        self._retired = self.classes()
        self._account()
        self.table["key"] = 0
        self.state["used"] = 0

    def account(self) -> None:
        """The profile gets what all blocks counted, and nothing from now on."""
        self._account()
        self._profile = None

    def _account(self, start: int = 0, end: int = _ADDRESS_END) -> None:
        """The profile gets what the blocks that have bytes in [start, end) counted."""
        if self._profile is None:
            return
        keys = self.table["key"]
        addresses = keys & _ADDRESS_END - 1
        lost = (keys > 0) & (self.table["count"] > 0) & (addresses < end) & (addresses + (keys >> SIZE_SHIFT) > start)
        decoder = self._decoder
        for block in self.table[lost]:
            address = int(block["key"]) & _ADDRESS_END - 1
            self._profile.add(address, decoder.kinds(block).tobytes(), int(block["count"]), decoder.causes(block))

    def pages(self) -> list[int]:
        """Addresses of the pages that hold blocks."""
        keys = self.table["key"][self.table["key"] > 0]
        first = keys & _ADDRESS_END - 1
        last = first + (keys >> SIZE_SHIFT) - 1
        return [page << _PAGE_SHIFT for page in np.union1d(first >> _PAGE_SHIFT, last >> _PAGE_SHIFT).tolist()]

    def cut(self, core: np.void, pc: int) -> int:
        """An exception at `pc` cut the block that `core` entered last: take back what lies from `pc` on.

        Gives the number of micro-operations that are left, at timing fidelity, or -1 if no block was cut.
        """
        if core["block"] < 0:
            return -1
        block = self.table[int(core["block"]) // record.BLOCK.itemsize]
        key = int(block["key"])
        address, size = key & _ADDRESS_END - 1, key >> SIZE_SHIFT
        if key <= 0 or not address <= pc < address + size:
            return -1
        kept = (pc - address) // 4
        kinds, left = self._decoder.kinds(block), 0
        if self._decoder.timed:
            left = int(np.flatnonzero(self._decoder.uops(block)[:, UOP_ROLE] & UOP_FIRST)[kept])
        if self._profile is not None:
            self._profile.cut(address, kinds.tobytes(), kept)
        classes = count_classes(kinds[kept:].tobytes())
        if not self._decoder.timed:
            core["clock"] -= int(classes @ self._decoder.costs)
        core["instructions"] -= size // 4 - kept
        self._retired -= classes
        return left

    def classes(self) -> ClassCounts:
        """Instructions retired so far, by class; shape (len(InstructionClass),)."""
        total = self._retired.copy()
        function("call_count_blocks")(self._decoder.address, self.address, record.address_of(total))
        return total

    def _grow(self) -> None:
        """Move what is not dropped into a table with room; twice the size if most slots are alive."""
        alive = int((self.table["key"] > 0).sum())
        table = record.new(record.BLOCK, len(self.table) * (2 if 4 * alive >= len(self.table) else 1))
        function("call_move_blocks")(self.address, record.address_of(table), len(table) - 1)
        self._use(table)

    def _use(self, table: record.RecordArray) -> None:
        self.table = table
        self.slots = record.address_of(table)
        """Address of the slots; the table may move when a block is added."""
        self.mask = (len(table) - 1) * record.BLOCK.itemsize
        """What cuts the offset of a slot, in bytes."""
