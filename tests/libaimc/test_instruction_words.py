"""The words that compilers make of isa.h, read from the object file: right encodings for the registers they chose."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

import libaimc
from tests.libaimc.building import OPTIONS, PROGRAMS
from tests.toolchain import Target, compile_files

COMPILERS = {
    "zig cc": Target.MUSL.compiler(),
    "zig c++": Target.MUSL.compiler(is_cpp=True),
    "gcc": ("aarch64-linux-gnu-gcc",),
    "g++": ("aarch64-linux-gnu-g++",),
    "clang": ("clang", "-target", "aarch64-linux-gnu", "-ffreestanding"),
}
LEVELS = ("-O0", "-O2", "-O3", "-Os")
ALL = [f"{compiler} {level}" for compiler in COMPILERS for level in LEVELS]
OPTIMISED = [name for name in ALL if not name.endswith("-O0")]
PROCESS, QUEUE, DEQUEUE = 0x01000000, 0x21008000, 0x21000000
PARAM_READ, PARAM_WRITE, STATUS = 0x41008000, 0x41000000, 0x61000000
RD, RN, RA, RM = 0x1F, 0x1F << 5, 0x1F << 10, 0x1F << 16
ZERO = 31
FORMS = {
    PROCESS: 0,
    QUEUE: RN,
    DEQUEUE: RD,
    PARAM_READ: RD | RN | RA,
    PARAM_WRITE: RD | RN | RA | RM,
    STATUS: RD | RN,
}
Words = dict[str, list[int]]


def is_aimc(word: int) -> bool:
    """Bits 28-25 are 0 in all AIMC words and in no other word that a compiler makes (UDF is 0 throughout)."""
    return word & 0x9E000000 == 0 and word >> 24 != 0


def without_rd(word: int) -> int:
    """The word with its destination, which the compiler is free to choose, taken out."""
    return word & ~RD


@pytest.fixture(scope="module")
def words(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Words:
    """The AIMC words of each function, in order, from the compiler and optimisation level of the parameter."""
    name, level = request.param.rsplit(" ", 1)
    if shutil.which(COMPILERS[name][0]) is None:
        pytest.skip(f"{COMPILERS[name][0]} is not installed")
    folder = tmp_path_factory.mktemp("words")
    made = folder / "encodings.o"
    source = PROGRAMS / "encodings.c"
    if "++" in name:
        # C linkage, so that the names in the object are those of the source.
        wrapper = folder / "encodings.cc"
        wrapper.write_text(f'#include <aimc/isa.h>\n#include <stddef.h>\nextern "C" {{\n#include "{source}"\n}}\n')
        source = wrapper
    compile_files([*COMPILERS[name], *OPTIONS, level, "-I", libaimc.INCLUDE_DIR, "-c", source, "-o", made])
    return _functions(made)


def _functions(path: Path) -> Words:
    found: Words = {}
    with path.open("rb") as file:
        elf = ELFFile(file)
        symbols = elf.get_section_by_name(".symtab")
        assert isinstance(symbols, SymbolTableSection)
        for symbol in symbols.iter_symbols():
            if symbol["st_info"]["type"] == "STT_FUNC" and symbol.name.startswith("encode_"):
                start, size = symbol["st_value"], symbol["st_size"]
                code = elf.get_section(symbol["st_shndx"]).data()[start : start + size]
                all_words = [int.from_bytes(code[i : i + 4], "little") for i in range(0, len(code), 4)]
                found[symbol.name] = [word for word in all_words if is_aimc(word)]
    return found


@pytest.mark.parametrize("words", OPTIMISED, indirect=True)
def test_registers_of_arguments(words: Words) -> None:
    """The instruction names the register that the argument came in: nothing is copied."""
    assert words["encode_process"] == [PROCESS]
    assert words["encode_queue"][:8] == [QUEUE | n << 5 for n in (7, 0, 6, 1, 5, 2, 4, 3)]
    assert [without_rd(word) for word in words["encode_param_read"]] == [PARAM_READ | 1 << 10 | 3 << 5]
    first, second = words["encode_param_write"]
    assert without_rd(first) & ~RM == PARAM_WRITE | 0 << 10 | 3 << 5
    assert without_rd(second) & ~RM & ~RN == PARAM_WRITE | 2 << 10
    assert [without_rd(word) for word in words["encode_status"]] == [STATUS | 1 << 5]


@pytest.mark.parametrize("words", [name for name in OPTIMISED if name.startswith("g")], indirect=True)
def test_zero_register(words: Words) -> None:
    """GCC gives a constant zero the zero register; Clang loads it into another one, which is right too."""
    assert words["encode_queue"][8:] == [QUEUE | ZERO << 5]
    first, second = words["encode_param_write"]
    assert (first & RM) == (second & RM) == ZERO << 16
    assert second & RN == ZERO << 5


@pytest.mark.parametrize("words", [name for name in OPTIMISED if not name.endswith("-Os")], indirect=True)
def test_many_registers_in_order(words: Words) -> None:
    """Results in many registers, none lost, none moved over another instruction."""
    many = words["encode_many"]
    if len(many) < 41:
        pytest.skip("this compiler kept the loops, so there are few registers to see")
    before, process, after = many[:20], many[20], many[21:]
    assert process == PROCESS
    assert len({word & RD for word in before}) >= 16
    assert {without_rd(word) for word in before} == {DEQUEUE}
    assert {word & ~RN for word in after} == {QUEUE}
    assert len(after) == 20


@pytest.mark.parametrize("words", ALL, indirect=True)
def test_unused_fields_are_zero(words: Words) -> None:
    """Every AIMC word, at any optimisation level, is one of the six forms, and its unused fields are zero."""
    for word in (word for function in words.values() for word in function):
        assert any(word & ~operands == base for base, operands in FORMS.items())
