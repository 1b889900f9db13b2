"""Names of the functions in the mapped files, from their ELF symbol tables, for reports."""

from __future__ import annotations

import struct
from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from emulator.memory import OutOfMemory, Protection
from guest.abi.cstruct import U32, U64, Struct
from guest.abi.elf import MAGIC, Ehdr, Phdr, SegmentType

if TYPE_CHECKING:
    from guest.mm.address_space import AddressSpace
    from guest.mm.page_cache import PageCache

T = TypeVar("T", bound=Struct)
_SHT_SYMTAB = 2
_SHT_DYNSYM = 11
_STT_FUNC = 2
_STT_NOTYPE = 0
_MOST_BYTES = 64 << 20
"""Of one symbol or string table: a larger one is a corrupt file, not worth a report."""


class _Section(Struct):
    """Elf64_Shdr."""

    sh_name: U32 = 0
    sh_type: U32 = 0
    sh_flags: U64 = 0
    sh_addr: U64 = 0
    sh_offset: U64 = 0
    sh_size: U64 = 0
    sh_link: U32 = 0
    sh_info: U32 = 0
    sh_addralign: U64 = 0
    sh_entsize: U64 = 0


_SYMBOL = struct.Struct("<IBBHQQ")
"""Elf64_Sym: name, info, other, section, value, size. Not a `Struct`: a library has tens of thousands."""


@dataclass(frozen=True)
class Place:
    """Where a code address is."""

    file: str
    """Path of the mapped file, or the name of the mapping; empty for anonymous memory."""
    symbol: str = ""
    offset: int = 0
    """In the function, or in the file if no function is known."""

    def moved(self, distance: int) -> Place:
        """The same function or file, a little further on."""
        return replace(self, offset=self.offset + distance)

    def __str__(self) -> str:
        if self.symbol:
            return f"{self.symbol}+{self.offset:#x} ({self.file})"
        return f"{self.file}+{self.offset:#x}" if self.file else "unknown"


class Symbols:
    """Looks up addresses of one address space; reads each file once."""

    def __init__(self, mm: AddressSpace) -> None:
        self._mm = mm
        self._tables: dict[bytes, FunctionTable | None] = {}

    def find(self, address: int) -> Place:
        """What is at an address."""
        area = self._mm.vmas.find(address)
        if area is None:
            return Place("")
        name = area.name.decode(errors="replace")
        if area.cache is None or area.file is None:
            return Place(name, offset=address - area.start) if name else Place("")
        offset = area.offset + address - area.start
        table = self._table(area.file.path, area.cache)
        if table is not None:
            value = table.address_of(offset)
            found = table.find(value) if value is not None else None
            if found is not None:
                return Place(name, *found)
        return Place(name, offset=offset)

    def is_code(self, address: int) -> bool:
        """Whether a program may execute the address."""
        area = self._mm.vmas.find(address)
        return area is not None and bool(area.protection & Protection.EXECUTE)

    def _table(self, path: bytes, content: PageCache) -> FunctionTable | None:
        if path not in self._tables:
            try:
                self._tables[path] = read_functions(content)
            except OutOfMemory:  # a report is not worth the machine's last pages
                self._tables[path] = None
        return self._tables[path]


class FunctionTable:
    """Functions of one file by address in it."""

    def __init__(self, segments: list[Phdr], symbols: list[tuple[int, int, str]]) -> None:
        self._segments = segments
        self._symbols = sorted(symbols)
        self._starts = [start for start, _, _ in self._symbols]

    def address_of(self, offset: int) -> int | None:
        """Link-time address of a file offset."""
        for segment in self._segments:
            if segment.p_offset <= offset < segment.p_offset + segment.p_filesz:
                return offset - segment.p_offset + segment.p_vaddr
        return None

    def find(self, address: int) -> tuple[str, int] | None:
        """Name of the function that holds an address, and the offset in it."""
        index = bisect_right(self._starts, address) - 1
        if index < 0:
            return None
        start, size, name = self._symbols[index]
        return (name, address - start) if address < start + size or size == 0 else None


def read_functions(file: PageCache) -> FunctionTable | None:
    """The table of a file, empty if it has none; None if it is no sound ELF file. Never raises for what it holds."""
    data = file.read(0, Ehdr.size)
    if len(data) < Ehdr.size or not data.startswith(MAGIC):
        return None
    header = Ehdr.from_bytes(data)
    if header.e_phentsize != Phdr.size or header.e_shentsize != _Section.size:
        return None
    segments = [
        segment for segment in _array(file, header.e_phoff, header.e_phnum * Phdr.size, Phdr)
        if segment.p_type == SegmentType.PT_LOAD
    ]  # fmt: skip
    sections = _array(file, header.e_shoff, header.e_shnum * _Section.size, _Section)
    for kind in (_SHT_SYMTAB, _SHT_DYNSYM):
        for section in sections:
            if section.sh_type == kind and section.sh_link < len(sections):
                symbols = _functions(file, section, sections)
                if symbols:
                    return FunctionTable(segments, symbols)
    return FunctionTable(segments, [])


def _array(file: PageCache, offset: int, size: int, kind: type[T]) -> list[T]:
    if size > _MOST_BYTES or offset >= 1 << 63:
        return []
    data = file.read(offset, size)
    return [kind.from_bytes(data[i : i + kind.size]) for i in range(0, len(data) - kind.size + 1, kind.size)]


def _functions(file: PageCache, section: _Section, sections: list[_Section]) -> list[tuple[int, int, str]]:
    strings = sections[section.sh_link]
    if max(section.sh_size, strings.sh_size) > _MOST_BYTES or max(section.sh_offset, strings.sh_offset) >= 1 << 63:
        return []
    names = file.read(strings.sh_offset, strings.sh_size)
    data = file.read(section.sh_offset, section.sh_size)
    found = []
    for name, info, _, index, value, size in _SYMBOL.iter_unpack(data[: len(data) // _SYMBOL.size * _SYMBOL.size]):
        # Mapping symbols ($x, $d) mark code and data; they are no names.
        if index and name < len(names) and info & 15 in (_STT_FUNC, _STT_NOTYPE) and names[name : name + 1] != b"$":
            text = names[name : names.find(b"\0", name)].decode(errors="replace")
            if text and (info & 15 == _STT_FUNC or size):
                if not size and index < len(sections):
                    # Assembly functions often have no size: they reach to the next one, but not into another section.
                    size = max(sections[index].sh_addr + sections[index].sh_size - value, 0)
                found.append((value, size, text))
    return found
