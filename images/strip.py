"""Drops debug information from an ELF executable and keeps its symbols.

The C library that the compiler package builds carries debug information with absolute paths of the host: it makes
binaries five times larger and different on each machine. The linker's own option also drops the symbol table, which
profiles and debuggers want, and the package has no working objcopy.
"""

from __future__ import annotations

import struct

_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_SYMBOL = struct.Struct("<IBBHQQ")
_SEGMENT = struct.Struct("<IIQQQQQQ")
_PT_LOAD = 1
_SHT_NULL = 0
_SHT_SYMTAB = 2
_SHT_NOBITS = 8
_SHF_ALLOC = 2


class StripError(Exception):
    """Not a file that `strip_debug` understands."""


def strip_debug(data: bytes) -> bytes:
    """The same little-endian ELF64 executable without the contents of its `.debug*` sections; raises StripError.

    Loaded bytes keep their places. Section and symbol numbers stay too: a dropped section leaves an unused (SHT_NULL)
    header, and a symbol in one (such as `$d`, whose value depends on the lengths of the host's paths) becomes empty.
    """
    if len(data) < _HEADER.size or data[:6] != b"\x7fELF\x02\x01":
        raise StripError("not a little-endian ELF64 file")
    header = list(_HEADER.unpack_from(data))
    segments_at, sections_at, segment_count, section_count, names_index = (header[i] for i in (5, 6, 10, 12, 13))
    try:
        segments = [_SEGMENT.unpack_from(data, segments_at + i * _SEGMENT.size) for i in range(segment_count)]
        sections = [list(_SECTION.unpack_from(data, sections_at + i * _SECTION.size)) for i in range(section_count)]
        names_at = sections[names_index][4]
    except (struct.error, IndexError) as error:
        raise StripError("the tables lie outside the file") from error

    loaded_end = max((offset + size for kind, _, offset, _, _, size, _, _ in segments if kind == _PT_LOAD), default=0)
    output = bytearray(data[: max(loaded_end, segments_at + segment_count * _SEGMENT.size)])
    names = [data[names_at + section[0] : names_at + section[0] + 6] for section in sections]
    dropped = {i for i, name in enumerate(names) if name == b".debug" and not sections[i][2] & _SHF_ALLOC}
    for index, (_, kind, flags, _, offset, size, _, _, alignment, _) in enumerate(sections):
        if index in dropped:
            sections[index] = [0] * len(sections[index])
        elif kind not in {_SHT_NULL, _SHT_NOBITS} and not flags & _SHF_ALLOC:
            contents = data[offset : offset + size]
            output += bytes(-len(output) % max(alignment, 1))
            sections[index][4] = len(output)
            output += _without_symbols_in(dropped, contents) if kind == _SHT_SYMTAB else contents
    output += bytes(-len(output) % 8)
    header[6] = len(output)
    for section in sections:
        output += _SECTION.pack(*section)
    _HEADER.pack_into(output, 0, *header)
    return bytes(output)


def _without_symbols_in(dropped: set[int], table: bytes) -> bytes:
    """A symbol table with the entries of dropped sections emptied."""
    kept = bytearray(table)
    for offset in range(0, len(table) - _SYMBOL.size + 1, _SYMBOL.size):
        if _SYMBOL.unpack_from(table, offset)[3] in dropped:
            kept[offset : offset + _SYMBOL.size] = bytes(_SYMBOL.size)
    return bytes(kept)
