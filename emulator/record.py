"""Records shared by compiled hooks and Python: the only place where the two meet.

A NumPy structured array of one element is read and written by Python as `core.record["clock"]` and by compiled hooks
through its address. All fields are signed 64-bit integers, so that compiled arithmetic has no mixed signedness (Numba
turns int64 + uint64 into a float). Pointers are integers too.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

RecordArray = npt.NDArray[np.void]

SUBCYCLES = 1024
"""Resolution of a clock: fractions of a cycle, so that CPI tables with fractions stay exact integers."""


class ExitReason(IntEnum):
    """Why a core came back from translated code to Python."""

    NONE = 0
    UNKNOWN_BLOCK = 1
    """A block without descriptor is next; it has not run."""
    SLICE = 2
    """The clock reached the end of the slice, or a synchronising block is too far ahead of the other cores."""
    INSTRUCTION_LIMIT = 3
    EXCEPTION = 4
    """The processor raised an exception; its number is in `exit_detail`."""
    MEMORY_FAULT = 5
    """An access was not allowed; `exit_detail` is Unicorn's access type, `exit_address` the address."""


class TurnsEnd(IntEnum):
    """Why cores that take turns came back to Python."""

    PAUSED = 0
    """The one chosen did not run: an event is due, no more instructions may retire, or it is held."""
    NOT_READY = 1
    """The one chosen may run, but what it runs in must be prepared first."""
    STOPPED = 2
    """The one chosen ran, and something else than the end of its slice happened, or it is to be looked at."""


def integers(*names: str) -> np.dtype[np.void]:
    """A record of int64 fields."""
    return np.dtype([(name, np.int64) for name in names], align=True)


ENGINE = integers(
    "core",  # address of the CORE record of the core that runs now
    "emu_stop",  # address of uc_emu_stop
    "reg_read",  # address of uc_reg_read
    "reg_write",  # address of uc_reg_write
    "registers",  # address of the table of Unicorn's register numbers for X0..X30
    "blocks",  # address of the block table
    "block_mask",  # (its number of slots - 1) * bytes of a slot
    "block_table",  # address of the BLOCK_TABLE record
    "decoder",  # address of the DECODER record
    "sites",  # address of the table of patched AIMC instructions
    "site_mask",  # its size - 1
    "exit_reason",
    "exit_address",
    "exit_size",
    "exit_detail",
    "space",  # address of the SPACE record of the address space that runs now
    "linear",  # 1: addresses with bit 63 set reach physical memory (only while Python drops translations)
    "locating",  # 1: let an access that is not allowed reach `nowhere`, to learn its address
    "nowhere",  # physical address of a page that does not exist
    "fault_subcycles",  # what the first touch of a page costs
    "tlb_fills",  # since Unicorn's TLB was flushed last
    "tlb_fill_limit",  # number of fills at which to stop for a flush, which lets it grow
    "scratch",  # address of room for one register value
    "skip_sync",  # address of a flag of Unicorn's: 1 spares it finding PC at each access; 0 if it was not found
    "placement",  # address of an int32 per frame: where caches see it, as a page number; 0 to leave frames alone
    "placed",  # address of an int64 per page colour: pages given to it
    "colours",  # how many there are
    "register_pages",  # address of the REGISTER_PAGES record
)

CORE = integers(
    "number",
    "clock",  # subcycles since the machine started
    "instructions",
    "slice_end",  # clock at which to come back
    "sync_end",  # clock at which to come back before a synchronising block
    "contention_end",  # clock at which to come back once a line was taken from another core's cache
    "instruction_end",  # number of instructions at which to come back
    "faults",  # pages touched for the first time
    "block",  # offset in bytes of the block entered last in this stretch of native execution, or -1
    "tile",  # address of the TILE record; 0 while AIMC instructions raise an exception
    "pipeline",  # address of the PIPELINE record; 0 at functional fidelity
)

# Saved registers of something that runs in an engine (engine.py).
CONTEXT = integers(
    "saved",  # address of Unicorn's own context
    "pc",
    "space",  # address of the SPACE record of its address space
)

# A context that is to run on a core, one of several that take turns (turns.py).
TURN = integers(
    "core",  # address of the CORE record
    "context",  # address of the CONTEXT record
    "look_at",  # clock from which on Python must look at it after its turn
    "held",  # 1: Python has something to do when its turn has come
)

# Cores that take turns: the smallest clock first.
TURNS = integers(
    "entries",  # address of an array of TURN, in the order of the cores' numbers
    "count",
    "engine",  # address of the ENGINE record
    "handle",  # address of Unicorn's instance
    "emu_start",  # address of uc_emu_start
    "context_save",  # address of uc_context_save
    "context_restore",  # address of uc_context_restore
    "ctl",  # address of uc_ctl
    "registers",  # address of the processor's registers (context_layout.py); 0 to let Unicorn copy them
    "context_data",  # bytes ahead of them in a context
    "vectors",  # bytes ahead of V0
    "vector_stride",  # bytes from one vector register to the next
    "rest",  # bytes ahead of what follows the vector registers
    "rest_bytes",
    "advance",  # address of the compiled `call_advance`; 0 at functional fidelity
    "slice",  # subcycles
    "skew",  # subcycles
    "until",  # clock of the next event outside the cores
    "pause",  # clock from which on Python has a look although nothing happened
    "instructions",  # how many may still be retired; NO_LIMIT if there is no limit
    "current",  # address of the CONTEXT record whose registers the processor has, or 0
    "chosen",  # number of the entry whose turn it is or was
    "last",  # number of the entry that ran last, or -1
    "error",  # what uc_emu_start said last
    "slice_end",  # where the slice of the entry that ran last was to end
)

# One slot of a hash table with open addressing; key 0 is free. 32 bytes, so that a slot's offset is a shift.
BLOCK = np.dtype(
    [
        ("key", np.int64),  # address, and size in bytes from bit 48 on; -1 for a block that was dropped
        ("count", np.int64),  # times entered
        ("clock", np.int64),  # subcycles of one execution; at timing fidelity its code's address as caches see it
        # Where the classes of its instructions begin; at timing fidelity its micro-operations, behind its cycles.
        ("sequence", np.int32),
        ("marks", np.int32),  # bit 0: synchronising; from bit 1 on: how many micro-operations
    ]
)

# The blocks of one address space (block.py).
BLOCK_TABLE = integers(
    "slots",  # address of an array of BLOCK
    "mask",  # number of slots - 1
    "used",  # slots that are not free
    "largest",  # bytes of the largest block ever added
    "pages",  # address of a bit field: pages that may hold code, by the low bits of their numbers
)

# How blocks are described, for all address spaces (block.py).
DECODER = integers(
    "words",  # address of the table of known instruction words (word_table.py)
    "word_mask",  # its size - 1
    "costs",  # address of an int64 per class: subcycles
    "sequences",  # address of the room for sequences: one int8 per instruction, its class, or cycles, micro-operations
    "next_sequence",
    "sequence_limit",  # bytes of that room
    "timed",  # 1: sequences are of micro-operations
    "first_number",  # number of the block whose micro-operations are at the begin of the room
    "word_uops",  # address of an int64 per slot of `words`: offset of its micro-operations << 8 | their number, or 0
    "uops",  # address of the micro-operations of known words
)

# The machine's physical memory (physical_memory.py).
MEMORY = integers(
    "base",  # host address of frame 0
    "frames",  # number of frames
    "own_zeros",  # 1 if a read of memory that nobody wrote takes a frame, and does not see the shared page of zeros
    "next_frame",  # this one and all after it were never used, so they are zero
    "references",  # address of one int32 per frame: page-table entries and page caches that refer to it
    "marks",  # address of one int8 per frame: what is special about it (page_entry.CODE_FRAME, REGISTER_FRAME)
    "free",  # address of a stack of int32: frames that were used before
    "free_frames",  # how many are on it
    "tables",  # address of all page tables, 512 int64 each
    "table_limit",  # how many there is room for
    "next_table",
    "free_table",  # address of a stack of int32: page tables that were used before
    "free_tables",  # how many are on it
    "stale",  # address of a list of int32: frames with translations whose content changed
    "stale_frames",  # how many changed; the list holds the first of them
    "stale_limit",  # room in the list
)

# One address space (memory.py).
SPACE = integers(
    "memory",  # address of the MEMORY record
    "root",  # number of its top-level page table
    "anonymous_pages",  # present and not of a file
    "file_pages",  # present, touched and of a file
    "faults",  # pages touched for the first time
    "copies",  # pages copied because they were written while shared
    "changed",  # present entries that changed since Unicorn's TLB was flushed
    "block_table",  # address of the BLOCK_TABLE record
    "site_table",  # address of the SITE_TABLE record
)

# Unicorn's uc_tlb_entry.
TLB_ENTRY = np.dtype([("physical", np.int64), ("permissions", np.int32)], align=True)

# A patched AIMC instruction, likewise in a hash table by address.
SITE = integers("address", "operation", "rd", "rn", "ra", "rm")

# The patched AIMC instructions of one address space (aimc_sites.py).
SITE_TABLE = integers(
    "sites",  # address of an array of SITE
    "mask",  # its size - 1
)

TILE = integers(
    "rows",
    "columns",
    "stride",  # bytes from one column's weights to the next's
    "weights",  # address; weight of (column, row) at column * stride + row
    "inputs",  # address of `rows` int8
    "outputs",  # address of `columns` int8
    "input_counter",
    "output_counter",
    "used_columns",  # columns at and beyond this one hold only zeros
    "output_shift",
    "alpine",  # 1: reproduce the known faults of ALPINE's tile
    "processed",  # an MVM was done since the start
    "mvms",
    "active_cells",  # over all MVMs: rows with an input queued * columns with weights
    "queued_words",
    "dequeued_words",
    "programmed_weights",
    "read_weights",
    "status_reads",
    "saturated_outputs",
    "queue_past_end",
    "dequeue_past_end",
    "dequeue_before_process",
    "parameter_out_of_range",
    "unknown_register",  # accesses to its register page that reach no register
    "busy_until",  # clock at which the MVM that was started through a register is done, as far as it is known
    "free_at",  # the same in cycles, at timing fidelity, once what started it is accounted for
)

# A frame of memory that stands for the registers of a tile, and which.
REGISTER_PAGE = integers(
    "frame",
    "tile",  # address of the TILE record
)

# All of them, with what 4 bytes and an MVM take, in subcycles (tile_registers.py).
REGISTER_PAGES = integers(
    "pages",  # address of an array of REGISTER_PAGE
    "count",
    "read",
    "write",
    "mvm",
)


def new(dtype: np.dtype[np.void], count: int = 1) -> RecordArray:
    """`count` zeroed records."""
    return np.zeros(count, dtype)


def address_of(array: npt.NDArray[Any]) -> int:
    """The host address of an array's first byte; the caller keeps the array alive."""
    return int(array.ctypes.data)


def words(array: RecordArray) -> memoryview:
    """The same memory as Python integers, one per field: several times as fast as the fields of a NumPy record.

    For records whose fields are all int64; `field` gives a field's number.
    """
    return array.view(np.int64).data


def field(dtype: np.dtype[np.void], name: str) -> int:
    """Number of a field, for `words`."""
    assert dtype.names is not None
    return dtype.names.index(name)
