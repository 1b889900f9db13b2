"""The operations of `block_operations.py` that Python calls, with integers for all arguments and results."""

from __future__ import annotations

from typing import Any

from numba import carray

from emulator.block_operations import add_block, add_words, count_blocks, drop_blocks, move_blocks, word_slot
from emulator.jit import hook, inlined, integers
from emulator.native import pointer
from emulator.record import BLOCK_TABLE, DECODER


@inlined
def _decoder(address: Any) -> Any:
    return carray(pointer(address), 1, DECODER)[0]


@inlined
def _table(address: Any) -> Any:
    return carray(pointer(address), 1, BLOCK_TABLE)[0]


@hook(integers(3))
def call_word_slot(words: Any, mask: Any, word: Any) -> Any:
    return word_slot(words, mask, word)


@hook(integers(6))
def call_add_words(words: Any, word_uops: Any, mask: Any, entries: Any, entry_uops: Any, count: Any) -> Any:
    add_words(words, word_uops, mask, entries, entry_uops, count)
    return 0


@hook(integers(8))
def call_add_block(
    decoder: Any, table: Any, address: Any, size: Any, code: Any, rest: Any, placed: Any, examined: Any
) -> Any:
    return add_block(_decoder(decoder), _table(table), address, size, code, rest, placed, examined)


@hook(integers(3))
def call_count_blocks(decoder: Any, table: Any, counts: Any) -> Any:
    count_blocks(_decoder(decoder), _table(table), counts)
    return 0


@hook(integers(5))
def call_drop_blocks(decoder: Any, table: Any, start: Any, end: Any, counts: Any) -> Any:
    drop_blocks(_decoder(decoder), _table(table), start, end, counts)
    return 0


@hook(integers(3))
def call_move_blocks(table: Any, slots: Any, mask: Any) -> Any:
    move_blocks(_table(table), slots, mask)
    return 0
