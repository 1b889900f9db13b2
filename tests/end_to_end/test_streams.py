"""Streams, arguments, environment: what the caller gives arrives, what the guest writes comes out, in order."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path

import pytest

from tests.end_to_end.compiling import Target, build
from tests.end_to_end.conftest import LONGEST_S, Command, command_line, environment_of


@pytest.fixture(scope="module")
def streams() -> Path:
    return build("streams.c", Target.MUSL)


def test_input_reaches_the_guest_byte_by_byte(aimc: Command, streams: Path) -> None:
    data = bytes(range(256)) * 1000
    done = aimc("run", "--quiet", streams, "copy", stdin=data)
    assert (done.status, done.stdout, done.stderr) == (0, data, "")


def test_output_of_several_megabytes_through_a_pipe(aimc: Command, streams: Path) -> None:
    done = aimc("run", "--quiet", "--fidelity", "functional", streams, "lines", "200000")
    assert done.status == 0
    assert done.stdout == b"".join(b"line %d of many\n" % i for i in range(200_000))


def test_output_and_error_keep_their_order(streams: Path) -> None:
    """Both streams lead to one pipe, as in `2>&1`; the table comes last."""
    done = subprocess.run(
        command_line("run", streams, "turns"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, env=environment_of(), timeout=LONGEST_S, check=False,
    )  # fmt: skip
    lines = done.stdout.decode().splitlines()
    assert lines[:5] == ["output 0", "error 1", "output 2", "error 3", "output 4"]
    assert "exit status 0" in lines[6]


def test_the_hosts_timing_of_input_does_not_show(aimc: Command, streams: Path, tmp_path: Path) -> None:
    """A writer that takes its time gives the same run as one that has all ready."""
    pieces = [b"first\n", b"second\n" * 1000, b"third"]
    assert aimc("run", "--quiet", "--stats", "fast", streams, "copy", stdin=b"".join(pieces)).status == 0
    with subprocess.Popen(
        command_line("run", "--quiet", "--stats", "slow", streams, "copy"), stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, env=environment_of(), cwd=tmp_path,
    ) as process:  # fmt: skip
        assert process.stdin is not None and process.stdout is not None
        for piece in pieces:
            time.sleep(0.7)
            process.stdin.write(piece)
            process.stdin.flush()
        process.stdin.close()
        assert process.stdout.read() == b"".join(pieces)
        assert process.wait(timeout=LONGEST_S) == 0
    fast, slow = (json.loads((tmp_path / name).read_text()) for name in ("fast", "slow"))
    del fast["host"], slow["host"]
    assert fast == slow


def test_arguments_and_environment_arrive_unchanged(aimc: Command) -> None:
    arguments = ["", " two  spaces ", "--quiet", "grüße €", "a=b", "*", "'\"\\", "tab\tand\nline"]
    done = aimc(
        "run", "--quiet", "--env", "NAME=valué with = and spaces", "--env", "EMPTY=", "hello", *arguments,
        environment={"HOST_ONLY": "1"},
    )  # fmt: skip
    assert done.status == 0
    expected = "hello from AArch64\n"
    expected += "".join(f"argument {number}: {text}\n" for number, text in enumerate(arguments, start=1))
    expected += "environment: NAME=valué with = and spaces\nenvironment: EMPTY=\n"
    assert done.stdout.decode() == expected


def test_arguments_that_are_no_text(aimc: Command) -> None:
    """Linux's arguments are bytes."""
    done = subprocess.run(
        [*command_line("run", "--quiet", "hello"), b"\xff\xfe"], capture_output=True, env=environment_of(),
        timeout=LONGEST_S, check=False,
    )  # fmt: skip
    assert done.stdout == b"hello from AArch64\nargument 1: \xff\xfe\n"


def test_statistics_on_standard_output_follow_the_guests_output(aimc: Command) -> None:
    done = aimc("run", "--quiet", "--stats", "-", "hello")
    assert done.stdout.startswith(b"hello from AArch64\n{\n")
    assert done.stdout.endswith(b"}\n")
