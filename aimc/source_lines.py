"""Where the machine code of a file comes from: source lines from DWARF 4 and 5, functions from unwind tables.

Both by link-time addresses. What is asked for decides what is read: of a large program only the parts that it executed.
"""

from __future__ import annotations

import io
import posixpath
import struct
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from elftools.common.exceptions import DWARFError, ELFError
from elftools.construct import ConstructError
from elftools.dwarf.callframe import FDE
from elftools.dwarf.compileunit import CompileUnit
from elftools.dwarf.dwarfinfo import DWARFInfo
from elftools.dwarf.ranges import BaseAddressEntry
from elftools.elf.elffile import ELFFile

from guest.mm.page_cache import PageCache

_BUFFER_BYTES = 1 << 16
_DIRECTORY_FROM_0 = 5
"""From this DWARF version on, files and folders of a line table are numbered from 0."""
_CORRUPT = (
    *(ELFError, DWARFError, ConstructError, struct.error),
    *(ValueError, LookupError, TypeError, AttributeError, AssertionError, ArithmeticError, NotImplementedError),
    *(MemoryError, RecursionError),
)
"""What pyelftools raises for files that are not as they should be: it checks little, lengths neither."""


class UnreadableDebugInformation(Exception):
    """The debug information of a file is corrupt, or of a kind that is not known."""


class SourceLine(NamedTuple):
    """A line of a source file."""

    source: str
    """Path, as the compiler was given it."""
    line: int


class UnwoundFunction(NamedTuple):
    """Link-time addresses of a function without a name."""

    begin: int
    end: int


class _Content(io.RawIOBase):
    """A mapped file as a stream."""

    def __init__(self, content: PageCache) -> None:
        super().__init__()
        self._content = content
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._content.size}[whence]
        if start + offset < 0:
            raise ValueError("a negative position")
        self._position = start + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        data = self._content.read(self._position, len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


def source_lines(content: PageCache, addresses: Sequence[int]) -> dict[int, SourceLine]:
    """The lines of those of the ascending `addresses` that have one. Raises UnreadableDebugInformation, OutOfMemory."""
    found: dict[int, SourceLine] = {}
    try:
        dwarf = _debug_information(content)
        if dwarf is not None and dwarf.has_debug_info:
            for unit in dwarf.iter_CUs():
                if _has_any(dwarf, unit, addresses):
                    _read_lines(dwarf, unit, addresses, found)
    except _CORRUPT as error:
        raise UnreadableDebugInformation(str(error)) from error
    return found


def unwound_functions(content: PageCache) -> list[UnwoundFunction]:
    """The functions that the file says how to unwind: compilers keep that when symbols are stripped.

    In ascending order. Raises UnreadableDebugInformation, OutOfMemory.
    """
    try:
        dwarf = _debug_information(content)
        if dwarf is None or not dwarf.has_EH_CFI():
            return []
        entries = [entry.header for entry in dwarf.EH_CFI_entries() if isinstance(entry, FDE)]
        return sorted(
            UnwoundFunction(entry.initial_location, entry.initial_location + entry.address_range) for entry in entries
        )
    except _CORRUPT as error:
        raise UnreadableDebugInformation(str(error)) from error


def _debug_information(content: PageCache) -> DWARFInfo | None:
    if content.read(0, 4) != b"\x7fELF":
        return None
    file = ELFFile(io.BufferedReader(_Content(content), _BUFFER_BYTES))
    return file.get_dwarf_info(follow_links=False) if file.has_dwarf_info() else None


def _has_any(dwarf: DWARFInfo, unit: CompileUnit, addresses: Sequence[int]) -> bool:
    return any(bisect_left(addresses, begin) < bisect_left(addresses, end) for begin, end in _ranges(dwarf, unit))


def _ranges(dwarf: DWARFInfo, unit: CompileUnit) -> Iterator[tuple[int, int]]:
    """Address ranges of a compilation unit."""
    attributes = unit.get_top_DIE().attributes
    low = attributes["DW_AT_low_pc"].value if "DW_AT_low_pc" in attributes else 0
    lists = dwarf.range_lists() if "DW_AT_ranges" in attributes else None
    if lists is not None:
        base = low
        for entry in lists.get_range_list_at_offset(attributes["DW_AT_ranges"].value, cu=unit):
            if isinstance(entry, BaseAddressEntry):
                base = entry.base_address
            else:
                start = 0 if entry.is_absolute else base
                yield start + entry.begin_offset, start + entry.end_offset
    elif "DW_AT_high_pc" in attributes:
        high = attributes["DW_AT_high_pc"]
        yield low, high.value if high.form == "DW_FORM_addr" else low + high.value


def _read_lines(dwarf: DWARFInfo, unit: CompileUnit, addresses: Sequence[int], found: dict[int, SourceLine]) -> None:
    program = dwarf.line_program_for_CU(unit)
    if program is None:
        return
    folder = unit.get_top_DIE().attributes.get("DW_AT_comp_dir")
    paths = _paths(program, "" if folder is None else _text(folder.value))
    previous: Any = None
    dropped = False
    for entry in program.get_entries():
        state = entry.state
        if state is None:
            continue
        if previous is None:
            # Linkers leave the lines of code that they dropped, at address 0, where other code may lie in a library.
            dropped = state.address == 0
        # A row holds up to the next one; line 0 is for code that belongs to none.
        if previous is not None and not dropped and previous.line and previous.file < len(paths):
            for index in range(bisect_left(addresses, previous.address), bisect_left(addresses, state.address)):
                found[addresses[index]] = SourceLine(paths[previous.file], previous.line)
        previous = None if state.end_sequence else state


def _paths(program: Any, working_folder: str) -> list[str]:
    """Paths of the files of a line table, by their numbers there."""
    header = program.header
    folders = [_text(name) for name in header["include_directory"]]
    files = header["file_entry"]
    if header["version"] < _DIRECTORY_FROM_0:
        # Folder 0 is the working folder, and there is no file 0.
        folders = [working_folder, *folders]
    paths = [
        posixpath.normpath(posixpath.join(working_folder, folders[file.dir_index], _text(file.name))) for file in files
    ]
    return paths if header["version"] >= _DIRECTORY_FROM_0 else ["", *paths]


def _text(name: bytes) -> str:
    return name.decode(errors="backslashreplace")
