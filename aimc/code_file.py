"""Functions and source lines of the code in a mapped file, by its offsets in the file."""

from __future__ import annotations

import posixpath
from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from aimc.source_lines import SourceLine, UnreadableDebugInformation, source_lines, unwound_functions
from emulator.memory import OutOfMemory
from guest.mm.page_cache import PageCache
from guest.signal.symbols import FunctionTable, read_functions


class CodeFunction(NamedTuple):
    """A function, or something else that code belongs to."""

    name: str
    begin: int | None
    """Offset in the file; None for what is no file."""


class CodeFile:
    """What is known of some instructions of a file."""

    def __init__(self, name: str, content: PageCache, offsets: Sequence[int]) -> None:
        """`offsets`: where the instructions are, in ascending order."""
        self.name = name
        self.lines: dict[int, SourceLine] = {}
        """Source lines of the instructions, and of the begins of their functions."""
        self.warnings: list[str] = []
        """What could not be found out, in sentences."""
        self._functions: dict[int, CodeFunction] = {}
        try:
            table = read_functions(content)
            if table is not None:
                self._find_functions(table, content, offsets)
                begins = [one.begin for one in self._functions.values() if one.begin is not None]
                self._find_lines(table, content, [*offsets, *begins])
        except OutOfMemory:
            self.warnings.append(f"the machine has no memory left to read the symbols of {name}")
        except UnreadableDebugInformation as error:
            self.warnings.append(f"the debug information of {name} cannot be read: {error}")

    def function(self, offset: int) -> CodeFunction | None:
        """The function that an instruction belongs to, if that is known."""
        return self._functions.get(offset)

    def unnamed(self, begin: int) -> CodeFunction:
        """Code that is known by its place only."""
        return CodeFunction(f"{posixpath.basename(self.name)}+{begin:#x}", begin)

    def _find_functions(self, table: FunctionTable, content: PageCache, offsets: Sequence[int]) -> None:
        left = []
        for offset in offsets:
            address = table.address_of(offset)
            if address is None:
                continue
            found = table.find(address)
            if found is None:
                left.append((offset, address))
            else:
                self._functions[offset] = CodeFunction(found[0], offset - found[1])
        if left:
            functions = unwound_functions(content)
            for offset, address in left:
                index = bisect_right(functions, address, key=lambda function: function.begin) - 1
                if index >= 0 and address < functions[index].end:
                    self._functions[offset] = self.unnamed(offset - (address - functions[index].begin))

    def _find_lines(self, table: FunctionTable, content: PageCache, offsets: Sequence[int]) -> None:
        of_address = {address: offset for offset in offsets if (address := table.address_of(offset)) is not None}
        for address, line in source_lines(content, sorted(of_address)).items():
            self.lines[of_address[address]] = line
