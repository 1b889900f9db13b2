"""Ordinary C and C++ programs: the same binary writes the same under QEMU and in the machine, with musl and glibc."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import pytest

from aimc import Machine
from tests.end_to_end.compiling import Target, build
from tests.end_to_end.conftest import LONGEST_S

Ended = tuple[int, bytes, bytes]
FILES_AND_LINKS = [
    "mkdir", "d", "write", "d/a", "text", "append", "d/a", "more", "read", "d/a", "symlink", "a", "d/b", "list", "d",
]  # fmt: skip
INPUT = b"one line\nanother\n\nand a last one without an end"


@pytest.fixture(params=[Target.MUSL, Target.GLIBC], ids=lambda target: target.value)
def target(request: pytest.FixtureRequest) -> Target:
    if request.param is Target.GLIBC:
        request.getfixturevalue("debian_compiler")
    found: Target = request.param
    return found


def in_the_machine(binary: Path, arguments: list[str], folder: Path) -> Ended:
    (folder / "machine").mkdir()
    result = Machine().run(binary, arguments, sysroot=folder / "machine", stdin=io.BytesIO(INPUT), capture=True)
    assert result.warnings == ()
    assert result.stdout is not None and result.stderr is not None
    return result.exit_status, result.stdout, result.stderr


def in_qemu(qemu: str, binary: Path, arguments: list[str], folder: Path) -> Ended:
    (folder / "qemu").mkdir()
    done = subprocess.run(
        ["sh", "-c", 'ulimit -c 0; exec "$@"', "sh", qemu, binary, *arguments], input=INPUT, capture_output=True,
        cwd=folder / "qemu", env={}, timeout=LONGEST_S, check=False,
    )  # fmt: skip
    errors = b"".join(line for line in done.stderr.splitlines(keepends=True) if not line.startswith(b"qemu: "))
    return (done.returncode if done.returncode >= 0 else 128 - done.returncode), done.stdout, errors


@pytest.mark.parametrize(
    ("source", "arguments", "status"),
    [
        ("library.c", [], 0),
        ("language.cc", [], 0),
        ("language.cc", ["throw"], 134),
        ("streams.c", ["copy"], 0),
        ("streams.c", ["lines", "1000"], 0),
        ("files.c", FILES_AND_LINKS, 0),
        ("files.c", ["mkdir", "a", "remove", "a", "read", "a", "remove", "a", "rename", "a", "b", "describe", "."], 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)
def test_as_under_qemu(
    qemu_aarch64: str, target: Target, tmp_path: Path, source: str, arguments: list[str], status: int
) -> None:
    binary = build(source, target)
    ended = in_the_machine(binary, arguments, tmp_path)
    assert ended[0] == status
    assert len(ended[1] + ended[2]) > 30
    assert ended == in_qemu(qemu_aarch64, binary, arguments, tmp_path)


def test_the_c_library_without_qemu(tmp_path: Path) -> None:
    """What C prescribes, so that a machine without QEMU checks something too."""
    status, stdout, _ = in_the_machine(build("library.c", Target.MUSL), [], tmp_path)
    lines = stdout.decode().splitlines()
    assert status == 0
    assert lines[0] == "[-42] [   42] [42   ] [00042] [+42] [beef] [010] [CAFE]"
    assert lines[1] == "[-9223372036854775808] [18446744073709551615] [4] [-128]"
    assert lines[2] == "[1.500000] [3.142] [     -2.50] [1.234568e+04] [1e-05] [1e+10] [0x1.999999999999ap-4]"
    assert f"2000 lines, sum {sum(i + i * i for i in range(2000))}, end 1, at" in stdout.decode()
    assert "2023-11-14 22:13:20 318 Tue" in lines
    assert "after 2023 1, forward 1, busy 1" in lines
    assert lines[-1] == "at exit"
