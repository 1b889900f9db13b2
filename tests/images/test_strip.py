"""Dropping debug information."""

from __future__ import annotations

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection
from hypothesis import given
from hypothesis import strategies as st

from images.build import find
from images.strip import StripError, strip_debug


def test_built_programs_keep_symbols_and_no_debug_information() -> None:
    data = find("hello").read_bytes()
    assert b"\0main\0" in data
    assert b".c\0" in data and b"/libc/" not in data
    assert len(data) < 200_000


def test_no_symbol_refers_to_a_dropped_section() -> None:
    """Their values come from the lengths of host paths: a binary would differ from machine to machine."""
    with find("hello").open("rb") as file:
        elf = ELFFile(file)
        table = elf.get_section_by_name(".symtab")
        assert isinstance(table, SymbolTableSection)
        kinds = [section["sh_type"] for section in elf.iter_sections()]
        places = [symbol["st_shndx"] for symbol in table.iter_symbols()]
    assert "SHT_NULL" in kinds[1:]
    assert not [place for place in places if isinstance(place, int) and kinds[place] == "SHT_NULL"]


def test_stripping_twice_changes_nothing() -> None:
    data = find("hello").read_bytes()
    assert strip_debug(data) == data


@given(st.binary(max_size=200))
def test_other_files_are_refused(data: bytes) -> None:
    with pytest.raises(StripError):
        strip_debug(data)


@given(st.integers(min_value=6, max_value=2000))
def test_a_truncated_file_is_refused(size: int) -> None:
    with pytest.raises(StripError):
        strip_debug(find("hello").read_bytes()[:size])
