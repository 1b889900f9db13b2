"""Files that are no programs for this machine: one sentence, status 126 or 127, and the reason in words."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest

from aimc import Machine
from aimc.errors import AimcError, ExecError
from tests.end_to_end.conftest import Command
from tests.end_to_end.elf import EXIT_0, program

NOT_EXECUTABLE, NOT_FOUND = 126, 127
E_TYPE, E_MACHINE = 16, 18


def spoiled(data: bytes, place: int, value: bytes) -> bytes:
    return data[:place] + value + data[place + len(value) :]


def made(folder: Path, data: bytes) -> str:
    (folder / "prog").write_bytes(data)
    return "./prog"


def test_a_hand_made_program_runs(aimc: Command, tmp_path: Path) -> None:
    """So what the tests below see comes from what they spoil."""
    done = aimc("run", "--quiet", made(tmp_path, program(EXIT_0)))
    assert (done.status, done.stdout, done.stderr) == (0, b"", "")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is empty"),
        (b"neither ELF nor script\n" * 10, "it is not an ELF file"),
        (b"#!/bin/sh\nexit 0\n", "its interpreter /bin/sh is not there"),
    ],
    ids=["empty", "text", "script"],
)
def test_not_an_elf_file(aimc: Command, tmp_path: Path, data: bytes, reason: str) -> None:
    aimc("run", made(tmp_path, data)).assert_complaint(NOT_EXECUTABLE, "cannot run './prog'", reason)


@pytest.mark.parametrize(
    ("place", "value", "reason"),
    [
        (4, b"\x01", "it is a 32-bit program"),
        (5, b"\x02", "it is a big-endian program"),
        (E_MACHINE, struct.pack("<H", 62), "it is a program for x86-64, not for AArch64"),
        (E_TYPE, struct.pack("<H", 1), "it is a relocatable object, not a program"),
        (E_TYPE, struct.pack("<H", 4), "it is a core dump, not a program"),
    ],
    ids=["32 bits", "big-endian", "x86-64", "object", "core dump"],
)
def test_another_kind_of_elf_file(
    aimc: Command, tmp_path: Path, hello: Path, place: int, value: bytes, reason: str
) -> None:
    data = spoiled(hello.read_bytes(), place, value)
    aimc("run", made(tmp_path, data)).assert_complaint(NOT_EXECUTABLE, "cannot run './prog'", reason)


@pytest.mark.parametrize("length", [20, 100, 20_000])
def test_a_program_that_is_cut_off(aimc: Command, tmp_path: Path, hello: Path, length: int) -> None:
    """In its header, in its program headers, in a segment."""
    reason = "reaches beyond the end of the file" if length == 20_000 else "cut off"
    data = hello.read_bytes()[:length]
    aimc("run", made(tmp_path, data)).assert_complaint(NOT_EXECUTABLE, "cannot run './prog'", reason)


def test_no_cut_of_a_small_program_runs_or_breaks_the_machine(tmp_path: Path) -> None:
    whole = program(EXIT_0)
    path = tmp_path / "prog"
    machine = Machine()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(ExecError):
            machine.run(path, capture=True)
    path.write_bytes(whole)
    assert machine.run(path, capture=True).exit_status == 0


def test_no_value_of_a_header_byte_breaks_the_machine(tmp_path: Path) -> None:
    """Such a file is refused, or it runs, at worst until it is killed."""
    whole = program(EXIT_0)
    path = tmp_path / "prog"
    machine = Machine(overrides={"fidelity": "functional"})
    broken: list[str] = []
    for place in range(120):
        for value in (0x00, 0x80, 0xFF):
            path.write_bytes(spoiled(whole, place, bytes([value])))
            try:
                result = machine.run(path, capture=True, max_instructions=1000)
            except ExecError:
                continue
            except (AimcError, OSError) as error:
                broken.append(f"byte {place} = {value:#x}: {error!r}")
                continue
            if result.exit_status not in (0, 128 + 4, 128 + 7, 128 + 11):
                broken.append(f"byte {place} = {value:#x}: exit status {result.exit_status}")
    assert broken == []


def test_a_missing_file(aimc: Command) -> None:
    aimc("run", "./no/such/prog").assert_complaint(NOT_FOUND, "there is no program", "no/such/prog")


def test_a_name_that_is_no_image(aimc: Command) -> None:
    aimc("run", "digits-mlp-aimk").assert_complaint(NOT_FOUND, "did you mean digits-mlp-aimc")


def test_a_folder(aimc: Command, tmp_path: Path) -> None:
    """As in a shell, which says `Is a directory` with 126: it is there, but is no program."""
    (tmp_path / "folder").mkdir()
    aimc("run", "./folder").assert_complaint(NOT_EXECUTABLE, "./folder", "it is not a regular file")


@pytest.mark.parametrize("kind", ["fifo", "device"])
def test_a_file_that_is_none(aimc: Command, tmp_path: Path, kind: str) -> None:
    """Opening a named pipe that nobody writes would wait for ever."""
    path = "/dev/zero"
    if kind == "fifo":
        path = "./fifo"
        os.mkfifo(tmp_path / "fifo")
    aimc("run", path).assert_complaint(NOT_EXECUTABLE, path)


def test_a_link_to_itself(aimc: Command, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("link")
    done = aimc("run", "./link")
    done.assert_complaint(done.status, "link", "symbolic links")
    assert done.status in (NOT_EXECUTABLE, NOT_FOUND)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file(aimc: Command, tmp_path: Path, hello: Path) -> None:
    path = tmp_path / "prog"
    path.write_bytes(hello.read_bytes())
    path.chmod(0)
    aimc("run", "./prog").assert_complaint(NOT_EXECUTABLE, "./prog", "readable")


def test_a_dynamic_program_without_a_sysroot(aimc: Command, tmp_path: Path) -> None:
    dynamic = program(EXIT_0, interpreter=b"/lib/ld-linux-aarch64.so.1")
    aimc("run", made(tmp_path, dynamic)).assert_complaint(
        NOT_EXECUTABLE, "it needs the interpreter /lib/ld-linux-aarch64.so.1", "a dynamic program needs a sysroot"
    )


def test_a_dynamic_program_whose_interpreter_is_no_program(aimc: Command, tmp_path: Path) -> None:
    dynamic = made(tmp_path, program(EXIT_0, interpreter=b"/lib/ld.so"))
    (tmp_path / "root" / "lib").mkdir(parents=True)
    (tmp_path / "root" / "lib" / "ld.so").write_text("not really")
    (tmp_path / "root" / "lib" / "ld.so").chmod(0o755)
    done = aimc("run", "--sysroot", "root", dynamic)
    done.assert_complaint(NOT_EXECUTABLE, "its interpreter /lib/ld.so cannot be used", "not an ELF file")
