"""Test programs are built once, without debug information, and go when nobody uses them any more."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from tests.toolchain import Target, build

FOLDER = "toolchain-tests"
EIGHT_DAYS_S = 8 * 24 * 60 * 60


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "program.c"
    path.write_text('#include "answer.h"\nint main(void) { return ANSWER; }\n')
    (tmp_path / "answer.h").write_text("#define ANSWER 42\n")
    return path


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Only for targets that need no C library from the cache, which would take a minute to make."""
    monkeypatch.setenv("AIMC_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / FOLDER


def test_a_program_is_built_again_when_what_decides_it_has_changed(source: Path, own_cache: Path) -> None:
    first = build([source], Target.HOST_GCC, ["-O1"], folder=FOLDER)
    made = first.stat().st_ino
    again = build([source], Target.HOST_GCC, ["-O1"], folder=FOLDER)
    assert (again, again.stat().st_ino) == (first, made)
    assert build([source], Target.HOST_GCC, ["-O2"], folder=FOLDER) != first
    (source.parent / "answer.h").write_text("#define ANSWER 43\n")
    assert build([source], Target.HOST_GCC, ["-O1"], folder=FOLDER) != first


def test_what_was_not_used_for_a_week_goes_at_the_next_build(source: Path, own_cache: Path) -> None:
    old, used = (build([source], Target.HOST_GCC, [flag], folder=FOLDER) for flag in ("-O1", "-O2"))
    abandoned = own_cache / ".building-killed"
    abandoned.mkdir()
    (abandoned / "program").touch()
    long_ago = time.time() - EIGHT_DAYS_S
    for path in (old, used, abandoned):
        os.utime(path, (long_ago, long_ago))
    build([source], Target.HOST_GCC, ["-O2"], folder=FOLDER)
    assert old.exists(), "nothing had to be built"
    new = build([source], Target.HOST_GCC, ["-O3"], folder=FOLDER)
    assert set(own_cache.iterdir()) == {used, new}


def test_what_the_compiler_says_is_told(source: Path, own_cache: Path) -> None:
    source.write_text("#error not today\n")
    with pytest.raises(AssertionError, match="not today"):
        build([source], Target.HOST_GCC, [], folder=FOLDER)
    assert list(own_cache.iterdir()) == []


@pytest.mark.parametrize(("flags", "has_debug"), [([], False), (["-g0"], False), (["-g"], True), (["-g0", "-g"], True)])
def test_debug_information_is_there_if_it_was_asked_for(source: Path, flags: list[str], has_debug: bool) -> None:
    with build([source], Target.MUSL, ["-O1", *flags], folder=FOLDER).open("rb") as file:
        elf = ELFFile(file)
        assert bool(elf.get_section_by_name(".debug_info")) is has_debug
        assert elf.get_section_by_name(".symtab").get_symbol_by_name("main") is not None
