"""How entries of the tables of blocks and of instruction words are made up, for Python and compiled code alike.

A module of its own because `block_operations.py` needs Numba, which takes long to import.
"""

from __future__ import annotations

from emulator.timing.records import Cause

FREE = 0
"""Key of a slot that was never used since the table was made; ends a search."""
DROPPED = -1
"""Key of a slot whose block is gone."""
SIZE_SHIFT = 48
"""Where a block's size in bytes begins in its key; its address is below."""
PAGE_BITS = 1 << 15
"""Bits of a table's field of pages, which goes by the low bits of a page's number."""

CLASS_SHIFT = 32
"""Where a word's class begins in its entry; the word is below."""
CLASS_MASK = 0xFF
SYNCHRONISING = 1 << 40
"""Cores must meet before a block with this word."""
EXAMINE = 1 << 41
"""Python must look at each new block with this word."""

UOP_BYTES = 16
UOP_ROLE = 8
UOP_KIND = 11
UOP_ACCESS = 12
UOP_FIRST = 32
"""A micro-operation (`timing/uop.py`): its size, where its role, its instruction's class and its access are, and the
role of the first one of an instruction.
"""
COST_BYTES = -(-8 * len(Cause) // UOP_BYTES) * UOP_BYTES
"""Ahead of a block's micro-operations is an int64 per `Cause`, for a profile: the cycles that it has cost so far."""
MOST_UOPS = 10
"""Of one instruction: st4 of four registers of 16 bytes with a base update has seven."""
TIMED_ROOM = MOST_UOPS * (UOP_BYTES + 1)
"""Bytes that one instruction takes at most in the room for sequences: its micro-operations, and their accesses in the
list behind those of the whole block.
"""
LIST_ROOM = 2 * UOP_BYTES
"""What the end of that list may take."""
UOPS_SHIFT = 8
UOPS_MASK = 0xFF
"""In an entry of the table of words' micro-operations: their offset is above, their number below."""

NO_ROOM = -1
"""The table, or the room for sequences, is full."""
UNFAMILIAR = -2
"""A word of the block is not known, or is to be examined."""
