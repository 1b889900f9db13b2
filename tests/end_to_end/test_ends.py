"""How runs end: the guest's own status, a signal, a limit, or the user."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from images.build import find
from tests.end_to_end.compiling import Target, build
from tests.end_to_end.conftest import LONGEST_S, Command, command_line, environment_of
from tests.end_to_end.elf import EXIT_0, call, mov, program

LIMIT = 124


@pytest.mark.parametrize("status", [0, 1, 124, 255])
def test_the_exit_status_is_the_guests(aimc: Command, status: int) -> None:
    done = aimc("run", "--quiet", "fault-exit", str(status))
    assert (done.status, done.stdout, done.stderr) == (status, b"", "")


@pytest.mark.parametrize(
    ("name", "number", "reason"),
    [
        ("null-jump", signal.SIGSEGV, "executing 0x0, which is not mapped, at 0x0"),
        ("null-write", signal.SIGSEGV, "writing 0x0, which is not mapped, at 0x"),
        ("undefined", signal.SIGILL, "undefined instruction 0x00000000 at 0x"),
        ("aimc-reserved", signal.SIGILL, "undefined instruction 0x01000001 at 0x"),
        ("recursion", signal.SIGSEGV, "writing 0x"),
        ("abort", signal.SIGABRT, ""),
    ],
)
def test_a_signal_gives_128_and_its_number(aimc: Command, name: str, number: signal.Signals, reason: str) -> None:
    done = aimc("run", "--quiet", f"fault-{name}")
    assert (done.status, done.stdout) == (128 + number, b"before\n")
    assert done.stderr.startswith(f"aimc: fault-{name}: killed by {number.name}: ")
    assert reason in done.stderr.splitlines()[0]
    assert "    pc " in done.stderr
    assert "backtrace" in done.stderr


def test_without_quiet_the_table_says_it_too(aimc: Command) -> None:
    done = aimc("run", "fault-null-write")
    assert "killed by SIGSEGV: writing 0x0" in done.stderr
    assert "aimc: " not in done.stderr


@pytest.mark.parametrize(
    ("word", "number"),
    [
        (0x01000001, signal.SIGILL),  # CM_PROCESS with a register that it does not have
        (0x21008001 | 9 << 5, signal.SIGILL),  # CM_QUEUE with a destination
        (0x81000000, signal.SIGILL),  # the next opcode
        (0xD4200020, signal.SIGTRAP),  # BRK #1
        (0xD5381000, signal.SIGILL),  # mrs x0, sctlr_el1
        (0xD4000002, signal.SIGILL),  # HVC
        (0x00000000, signal.SIGILL),
    ],
    ids=hex,
)
def test_words_that_are_no_instructions_for_programs(tmp_path: Path, word: int, number: signal.Signals) -> None:
    from aimc import Machine

    path = tmp_path / "prog"
    path.write_bytes(program([word, *EXIT_0]))
    result = Machine().run(path, capture=True)
    assert (result.exit_status, result.signal) == (128 + number, number)


def test_an_aimc_instruction_needs_a_tile(aimc: Command) -> None:
    """The program must get it from the driver. As ALPINE has it there is no driver, and the core's tile is at hand."""
    program_path = build("unopened.c", Target.MUSL)
    done = aimc("run", "--quiet", program_path)
    assert (done.status, done.stdout) == (128 + signal.SIGILL, b"before\n")
    assert "killed by SIGILL" in done.stderr.splitlines()[0]
    done = aimc("run", "--quiet", "--set", "compat=alpine", "--set", "tile.rows=72", program_path)
    assert (done.status, done.stdout, done.stderr) == (0, b"before\n72 rows\n", "")


def test_memory_ends_at_the_limit(aimc: Command) -> None:
    """malloc refuses; the program says so and decides what to do."""
    done = aimc("run", "--quiet", "--memory", "24MiB", "fault-memory")
    assert done.status == 1
    assert done.stderr == ""
    words = done.stdout.decode().split()
    assert words[:3] == ["no", "memory", "after"]
    assert 20 <= int(words[3]) < 24


@pytest.mark.parametrize(
    ("size", "protection"), [(1 << 33, 3), (1 << 44, 0), (1 << 44, 1), (1 << 47, 0), (1 << 47, 1), (1 << 60, 0)]
)
def test_a_mapping_of_any_size_is_made_or_refused(aimc: Command, tmp_path: Path, size: int, protection: int) -> None:
    """Linux lets programs reserve address space without memory behind it; how much the host has is no matter."""
    private_anonymous_noreserve = 0x4022
    words = call(
        222, mov(0, 0), mov(1, size), mov(2, protection), mov(3, private_anonymous_noreserve), mov(4, 0), mov(5, 0)
    )
    (tmp_path / "prog").write_bytes(program([*words, *EXIT_0]))
    done = aimc("run", "--quiet", "./prog")
    assert (done.status, done.stderr) == (0, "")


def test_a_limit_on_instructions(aimc: Command, tmp_path: Path) -> None:
    done = aimc("run", "--quiet", "--max-instructions", "1000000", "--stats", "stats.json", "fault-loop")
    assert (done.status, done.stdout) == (LIMIT, b"before\n")
    assert done.stderr == "aimc: fault-loop: stopped: the limit on instructions was reached\n"
    stats = json.loads((tmp_path / "stats.json").read_text())
    # Whole blocks: the limit takes effect where the first block that would begin beyond it begins.
    assert 1_000_000 <= stats["totals"]["instructions"] < 1_000_000 + 64
    assert (stats["exit_status"], stats["reason"]) == (LIMIT, "max_instructions")


def test_a_limit_on_guest_time(aimc: Command, tmp_path: Path) -> None:
    done = aimc("run", "--quiet", "--max-seconds", "0.01", "--stats", "stats.json", "fault-loop")
    assert (done.status, done.stdout) == (LIMIT, b"before\n")
    assert done.stderr == "aimc: fault-loop: stopped: the limit on guest time was reached\n"
    stats = json.loads((tmp_path / "stats.json").read_text())
    assert stats["totals"]["guest_seconds"] == pytest.approx(0.01, rel=1e-5)


def test_a_limit_on_guest_time_ends_a_sleep(aimc: Command) -> None:
    """The program would sleep for an hour; guest time costs no host time."""
    done = aimc("run", "--quiet", "--max-seconds", "1", build("wait.c", Target.MUSL), "sleep", "3600")
    assert (done.status, done.stdout) == (LIMIT, b"waiting\n")
    assert "the limit on guest time was reached" in done.stderr


@pytest.mark.parametrize("what", ["futex", "pause"])
def test_a_program_that_waits_for_ever(aimc: Command, what: str) -> None:
    done = aimc("run", "--quiet", build("wait.c", Target.MUSL), what)
    assert (done.status, done.stdout) == (LIMIT, b"waiting\n")
    assert "nothing can happen any more, all tasks wait" in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_hour_passes_at_once(aimc: Command) -> None:
    done = aimc("run", "--quiet", build("wait.c", Target.MUSL), "sleep", "3600")
    assert (done.status, done.stdout) == (0, b"waiting\nresult 0, at least that long 1\n")


@pytest.mark.parametrize("program_name", ["fault-loop", "wait"])
def test_interrupting(program_name: str, tmp_path: Path) -> None:
    """Ctrl-C ends an endless loop of the guest, with or without system calls in it."""
    if program_name == "wait":
        # Calls getpid (172), branches back, and so on.
        (tmp_path / "calls").write_bytes(program([*call(172), 0x17FFFFFE]))
        arguments: list[str | Path] = ["./calls"]
    else:
        find("fault-loop")
        arguments = ["fault-loop"]
    process = subprocess.Popen(
        command_line("run", *arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path,
        env=environment_of(),
    )  # fmt: skip
    try:
        assert process.stdout is not None
        if program_name == "wait":
            time.sleep(2)
        else:
            assert process.stdout.readline() == b"before\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=LONGEST_S)
    finally:
        process.kill()
        process.wait()
    assert (process.returncode, errors) == (130, b"aimc: interrupted\n")


def test_a_reader_that_goes_away_kills_the_guest(aimc: Command) -> None:
    """As under Linux: the guest gets SIGPIPE, as a program in a pipeline does."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        command_line("run", "--quiet", build("streams.c", Target.MUSL), "lines", "10"),
        stdout=writing, stderr=subprocess.PIPE, env=environment_of(), timeout=LONGEST_S, check=False,
    )  # fmt: skip
    os.close(writing)
    assert done.returncode == 128 + signal.SIGPIPE
    assert b"killed by SIGPIPE" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_full_disk_is_an_error_of_the_write(aimc: Command) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            command_line("run", "--quiet", build("streams.c", Target.MUSL), "turns"),
            stdout=full, stderr=subprocess.PIPE, env=environment_of(), timeout=LONGEST_S, check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (3, b"")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", ">&- 2>&-"])
def test_a_stream_that_is_closed(tmp_path: Path, closed: str) -> None:
    """A daemon's environment: what is written there is lost, and the run goes on."""
    line = f'"$@" {closed}'
    done = subprocess.run(
        ["sh", "-c", line, "sh", *command_line("run", "--quiet", "hello")],
        stdin=subprocess.DEVNULL, capture_output=True, cwd=tmp_path, env=environment_of(), timeout=LONGEST_S,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stdout == (b"" if closed.startswith(">") else b"hello from AArch64\n")
    assert done.stderr == b""
