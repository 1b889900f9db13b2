"""`--strace`: one line per system call, as strace writes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.compiling import Target, build
from tests.end_to_end.conftest import Command

EXPECTED = Path(__file__).parent / "strace.expected"


@pytest.fixture(scope="module")
def strace_me() -> Path:
    return build("strace_me.c", Target.MUSL, ["-nostdlib", "-ffreestanding"])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


def test_to_standard_error(aimc: Command, strace_me: Path, root: Path) -> None:
    done = aimc("run", "--quiet", "--strace", "--sysroot", root, strace_me)
    assert (done.status, done.stdout) == (3, b"a line\n")
    assert done.stderr == EXPECTED.read_text()


def test_to_a_file(aimc: Command, strace_me: Path, root: Path, tmp_path: Path) -> None:
    done = aimc("run", "--strace=calls", "--sysroot", root, strace_me)
    assert (tmp_path / "calls").read_text() == EXPECTED.read_text()
    assert "mkdirat(" not in done.stderr
    assert "the program called syscall_0x3e8, which is not implemented" in done.stderr


def test_a_program_that_is_killed(aimc: Command) -> None:
    done = aimc("run", "--quiet", "--strace", "fault-abort")
    assert "+++ killed by SIGABRT +++\n" in done.stderr
    assert "\naimc: fault-abort: killed by SIGABRT" in done.stderr


def test_calls_as_they_happen(aimc: Command) -> None:
    """Output of the guest and lines about it keep their order in one stream."""
    done = aimc("run", "--quiet", "--strace", build("streams.c", Target.MUSL), "turns")
    lines = done.stderr.splitlines()
    assert lines.index('write(2, "error 1\\n", 8) = 8') == lines.index("error 1") + 1
