"""The command: usage errors, exit statuses, and what is printed where. Nothing here needs the machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import aimc
from aimc.cli import group, main
from aimc.cli import run as run_module


def command(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run the command in this process; its status, standard output and standard error."""
    status = main(arguments)
    captured = capfd.readouterr()
    return int(status), captured.out, captured.err


@pytest.mark.parametrize(
    ("arguments", "status", "complaint"),
    [
        (["bogus"], 125, "no such command 'bogus' (see aimc --help)"),
        (["--bogus"], 125, "no such option '--bogus' (see aimc --help)"),
        (["run"], 125, "missing argument 'PROGRAM' (see aimc run --help)"),
        (["run", "--bogus", "hello"], 125, "no such option '--bogus' (see aimc run --help)"),
        (["run", "--seed", "x", "hello"], 125, "invalid value for '--seed': 'x' is not a valid integer range"),
        (["run", "--max-instructions", "0", "hello"], 125, "invalid value for '--max-instructions'"),
        (["run", "--max-seconds", "0", "hello"], 125, "invalid value for '--max-seconds'"),
        (["run", "--set", "tile.rows", "hello"], 125, "'tile.rows' is not of the form KEY=VALUE"),
        (["run", "--set", "tile.row=3", "hello"], 125, "unknown configuration key 'tile.row'; did you mean tile.rows"),
        (["run", "--set", "core.frequency_hz=3kg", "hello"], 125, "core.frequency_hz wants Hz, got 3 kg"),
        (["run", "--cores", "0", "hello"], 125, "core.count must be 1 to 64, got 0"),
        (["run", "--cores", "2", "--set", "core.count=2", "hello"], 125, "core.count is given twice"),
        (["run", "--memory", "12 parsec", "hello"], 125, "memory.size_bytes wants byte, got 12 parsec"),
        (["run", "--fidelity", "perfect", "hello"], 125, "fidelity wants functional"),
        (["run", "--preset", "nope", "hello"], 125, "there is no preset 'nope' (there are "),
        (["run", "--env", "=x", "hello"], 125, "'=x' is not of the form K=V"),
        (["run", "--bind", "/:relative", "hello"], 125, "a bind is HOST:GUEST or HOST:GUEST:ro"),
        (
            ["run", "--bind", "/nowhere/at/all:/x", "hello"],
            125,
            "there is no '/nowhere/at/all' on the host to bind to /x",
        ),
        (["run", "--cwd", "x", "hello"], 125, "--cwd wants an absolute guest path, got 'x'"),
        (["run", "--stats", "/nowhere/at/all/x", "hello"], 125, "--stats cannot write to '/nowhere/at/all/x'"),
        (["run", "no-such-image"], 127, "there is no image and no file 'no-such-image'"),
        (["run", "helo"], 127, "did you mean hello?"),
        (["run", "./no/such/file"], 127, "there is no program 'no/such/file'"),
        (["run", "--strace", "no-such-image"], 127, "there is no image and no file 'no-such-image'"),
        (["run", "no-such-image", "--help"], 127, "there is no image and no file 'no-such-image'"),
        (["presets", "show", "nope"], 125, "there is no preset 'nope'"),
        (["images", "build", "helo"], 125, "no image is named 'helo'"),
    ],
)
def test_usage_errors(capfd: pytest.CaptureFixture[str], arguments: list[str], status: int, complaint: str) -> None:
    got, out, err = command(capfd, *arguments)
    assert got == status
    assert out == ""
    assert err.startswith("aimc: ")
    assert err.count("\n") == 1
    assert complaint in err


def test_no_arguments_is_a_usage_error_with_the_help(capfd: pytest.CaptureFixture[str]) -> None:
    status, out, err = command(capfd)
    assert (status, out) == (125, "")
    assert "Usage: aimc" in err


def test_help_lists_every_command_and_completion(capfd: pytest.CaptureFixture[str]) -> None:
    status, out, _ = command(capfd, "--help")
    assert status == 0
    for name in group.COMMANDS:
        assert f"\n  {name} " in out
    assert "_AIMC_COMPLETE" in out


def test_version(capfd: pytest.CaptureFixture[str]) -> None:
    assert command(capfd, "--version") == (0, f"aimc {aimc.__version__}\n", "")


def test_presets_show_everything(capfd: pytest.CaptureFixture[str]) -> None:
    status, out, _ = command(capfd, "presets")
    assert status == 0
    assert out.index("high-power") < out.index("tile-alpine"), "machines before parts"
    status, out, _ = command(capfd, "presets", "show", "low-power")
    assert status == 0
    assert "core.frequency_hz = 800000000 Hz" in out
    assert "12.8 TOPS/W" in out
    status, out, _ = command(capfd, "presets", "show", "low-power", "--json")
    document = json.loads(out)
    assert document["missing"] == []
    assert document["values"]["tile.mvm_ns"]["value"] == 100
    assert document["values"]["tile.mvm_ns"]["node_nm"] == 14
    assert {"value", "unit", "meaning", "source", "node_nm", "file"} == set(document["values"]["compat"])


def test_images_list(capfd: pytest.CaptureFixture[str]) -> None:
    status, out, _ = command(capfd, "images")
    assert status == 0
    assert "digits-mlp-aimc" in out


def test_an_unexpected_exception_is_a_sentence(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(program: str) -> None:
        raise RuntimeError("two\nlines")

    monkeypatch.delenv("AIMC_DEBUG", raising=False)
    monkeypatch.setattr("aimc.program.resolve", fail)
    status, _, err = command(capfd, "run", "./prog")
    assert status == 125
    assert err.startswith("aimc: internal error, please report it with the command you gave: RuntimeError: two lines (")
    assert err.count("\n") == 1
    monkeypatch.setenv("AIMC_DEBUG", "1")
    status, _, err = command(capfd, "run", "./prog")
    assert status == 125
    assert "Traceback" in err


def test_interruption(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(program: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("aimc.program.resolve", interrupt)
    assert command(capfd, "run", "./prog") == (130, "", "aimc: interrupted\n")


def test_a_reader_that_goes_away_is_no_error() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "aimc", "presets", "show", "high-power"],
        stdout=writing, stderr=subprocess.PIPE, check=False,
    )  # fmt: skip
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def test_an_ascii_terminal_is_no_error() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "aimc", "presets", "show", "high-power"],
        env={**os.environ, "PYTHONIOENCODING": "ascii"}, capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.isascii()


def test_completion(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_AIMC_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "aimc presets show high")
    monkeypatch.setenv("COMP_CWORD", "3")
    status, out, _ = command(capfd)
    assert status == 0
    assert out == "plain,high-power\n"


@pytest.mark.parametrize(
    ("arguments", "parsed"),
    [
        (["prog", "--quiet", "-x"], ("prog", ("--quiet", "-x"), None)),
        (["--", "prog", "--", "x"], ("prog", ("--", "x"), None)),
        (["--strace", "prog", "--strace"], ("prog", ("--strace",), "-")),
        (["--strace=file", "prog"], ("prog", (), "file")),
        (["--seed", "3", "--strace", "--quiet", "prog"], ("prog", (), "-")),
        (["--env", "A=--strace", "prog"], ("prog", (), None)),
        (["--preset", "--strace", "prog"], ("prog", (), None)),
    ],
)
def test_where_our_options_end(arguments: list[str], parsed: tuple[str, tuple[str, ...], str | None]) -> None:
    context = run_module.run.make_context("run", list(arguments))
    assert (context.params["program"], context.params["arguments"], context.params["strace"]) == parsed


@pytest.mark.parametrize(
    ("text", "size"), [("512M", "512MiB"), ("2g", "2GiB"), ("512MiB", "512MiB"), ("1GB", "1GB"), ("4096", "4096")]
)
def test_memory_sizes(text: str, size: str) -> None:
    assert run_module.run.make_context("run", ["--memory", text, "prog"]).params["memory"] == size


def test_binds(tmp_path: Path) -> None:
    folder = tmp_path / "a:b"
    folder.mkdir()
    context = run_module.run.make_context("run", ["--bind", f"{folder}:/data:ro", "--bind", "/:/host", "prog"])
    first, second = context.params["binds"]
    assert (first.host, str(first.guest), first.read_only) == (folder, "/data", True)
    assert (second.host, str(second.guest), second.read_only) == (Path("/"), "/host", False)


def test_a_caller_in_the_same_process_has_its_collector_back() -> None:
    import gc

    assert main(["run", "no-such-program"]) == 127
    assert gc.isenabled()
