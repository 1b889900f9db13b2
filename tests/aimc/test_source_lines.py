"""Debug information of any content gives lines or one complaint."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from aimc import Machine
from aimc.source_lines import UnreadableDebugInformation, source_lines, unwound_functions
from emulator.physical_memory import PhysicalMemory
from guest.mm.page_cache import PageCache
from tests.end_to_end.compiling import Target, build


@pytest.fixture(scope="module")
def binary() -> Path:
    return build("profiled.c", Target.MUSL, ["-g", "-gdwarf-4"])


@pytest.fixture(scope="module")
def physical() -> PhysicalMemory:
    return PhysicalMemory(1 << 26)


def content_of(data: bytes, physical: PhysicalMemory) -> PageCache:
    return PageCache(physical, len(data), lambda size, offset: data[offset : offset + size])


def sections(binary: Path, *names: str) -> list[tuple[int, int]]:
    with binary.open("rb") as stream:
        file = ELFFile(stream)
        return [
            (section["sh_offset"], section["sh_size"])
            for section in file.iter_sections()
            if section.name.startswith(names)
        ]


def function(binary: Path, name: str) -> list[int]:
    """Addresses of its instructions."""
    with binary.open("rb") as stream:
        (symbol,) = ELFFile(stream).get_section_by_name(".symtab").get_symbol_by_name(name)
        return list(range(symbol["st_value"], symbol["st_value"] + symbol["st_size"], 4))


def test_lines_and_functions(binary: Path, physical: PhysicalMemory) -> None:
    content, addresses = content_of(binary.read_bytes(), physical), function(binary, "heavy")
    found = source_lines(content, addresses)
    assert list(found) == addresses
    assert {Path(line.source).name for line in found.values()} == {"profiled.c"}
    assert source_lines(content, [0, 1 << 60]) == {}
    assert addresses[0] in [one.begin for one in unwound_functions(content)]


def test_a_file_that_is_no_program_has_none(physical: PhysicalMemory) -> None:
    for data in (b"", b"#!/bin/sh\n", b"\x7fELF"[:3]):
        assert source_lines(content_of(data, physical), [0]) == {}
        assert unwound_functions(content_of(data, physical)) == []


def test_corrupt_debug_information_is_one_complaint(binary: Path, physical: PhysicalMemory) -> None:
    data, addresses = binary.read_bytes(), function(binary, "heavy")
    places = [(0, 64), *sections(binary, ".debug", ".eh_frame")]
    complaints = 0
    for seed in range(100):
        chosen, spoiled = random.Random(seed), bytearray(data)
        start, size = chosen.choice(places)
        for _ in range(4):
            spoiled[start + chosen.randrange(size)] = chosen.randrange(256)
        content = content_of(bytes(spoiled), physical)
        try:
            source_lines(content, addresses)
            unwound_functions(content)
        except UnreadableDebugInformation:
            complaints += 1
    assert 0 < complaints < 100


def test_a_profile_says_that_lines_are_missing(binary: Path, tmp_path: Path) -> None:
    spoiled = bytearray(binary.read_bytes())
    ((start, size),) = sections(binary, ".debug_abbrev")
    spoiled[start : start + size] = b"\xff" * size
    program = tmp_path / "spoiled"
    program.write_bytes(spoiled)
    program.chmod(0o755)
    profile = Machine().run(program, ["100"], capture=True, profile=True).profile
    assert profile is not None
    (warning,) = profile.warnings
    assert warning.startswith("the debug information of /spoiled cannot be read: ")
    heavy = next(one for one in profile.functions if one.function == "heavy")
    assert (heavy.source, heavy.lines) == (None, ())
