"""Options and values that make no sense: one sentence that says which and why, and status 125, before anything runs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.end_to_end.conftest import Command

USAGE = 125


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--preset", "high-powr"], "there is no preset 'high-powr'"),
        (["--set", "tile.rowz=3"], "unknown configuration key 'tile.rowz'; did you mean tile.rows"),
        (["--set", "core.frequency_hz=3 kg"], "core.frequency_hz wants Hz, got 3 kg"),
        (["--set", "tile.rows=0"], "tile.rows must be 1 to 65536, got 0"),
        (["--set", "tile.rows=many"], "tile.rows"),
        (["--set", "tile.rows=1.5"], "tile.rows"),
        (["--set", "compat=gem5"], "compat wants none or alpine"),
        (["--set", "l1.ways=3"], "has no power of two of sets"),
        (["--set", "l2.ways=3"], "has no power of two of sets"),
        (["--set", "tlb.ways=3"], "has no power of two of sets"),
        (["--set", "tlb.walk_entries=12"], "12 entries with 4 ways has no power of two of sets"),
        (["--set", "predictor.btb_entries=1000"], "predictor.btb_entries is 1000, which is no power of two"),
        (["--memory", "-1G"], "memory"),
        (["--env", "NO_VALUE"], "'NO_VALUE' is not of the form K=V"),
        (["--bind", "nowhere:/x"], "there is no 'nowhere' on the host to bind to /x"),
        (["--bind", ".:/"], "/"),
        (["--bind", ".:/a/../../b"], "must not contain .."),
        (["--cwd", "relative"], "--cwd wants an absolute guest path"),
        (["--cwd", "/no/such/folder"], "/no/such/folder"),
        (["--sysroot", "nowhere"], "nowhere"),
        (["--stats", "no/such/folder/stats.json"], "--stats cannot write to 'no/such/folder/stats.json'"),
        (["--stats", "."], "it is a folder"),
        (["--profile", "no/such/folder/profile.json"], "--profile cannot write to 'no/such/folder/profile.json'"),
        (["--profile", "."], "it is a folder"),
        (["--strace=no/such/folder/calls"], "cannot write the system calls to 'no/such/folder/calls'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_option_that_makes_no_sense(aimc: Command, arguments: list[str], reason: str) -> None:
    aimc("run", *arguments, "hello").assert_complaint(USAGE, reason)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('include = ["high-power"]\n[tile.rows]\nvalue = "12"\nsource = "a test"\n', "tile.rows"),
        ('include = ["high-power"]\n[tile.mvm_ns]\nvalue = "100 kg"\nsource = "a test"\n', "tile.mvm_ns"),
        ('include = ["high-power"]\n[tile.nonsense]\nvalue = 1\nsource = "a test"\n', "tile.nonsense"),
        ("[tile.rows\n", "own.toml"),
        ("", "own.toml"),
    ],
    ids=["type", "unit", "key", "syntax", "incomplete"],
)
def test_a_preset_file_of_ones_own(aimc: Command, tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "own.toml").write_text(text)
    aimc("run", "--preset", "./own.toml", "hello").assert_complaint(USAGE, reason)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_statistics_where_one_may_not_write(aimc: Command, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o500)
    for option in ("--stats", "--profile"):
        done = aimc("run", "--quiet", option, "folder/out.json", "hello")
        done.assert_complaint(USAGE, f"{option} cannot write to 'folder/out.json'", "it is not writable")


def test_a_program_that_does_not_fit_the_memory(aimc: Command) -> None:
    done = aimc("run", "--memory", "64KiB", "hello")
    done.assert_complaint(126, "cannot run 'hello'", "does not fit into the guest's memory")


def test_the_smallest_memory_is_a_page_multiple_or_refused(aimc: Command) -> None:
    done = aimc("run", "--memory", "1", "hello")
    done.assert_complaint(USAGE, "memory.size_bytes must be 65536 to")


def test_a_cache_that_cannot_be_written(aimc: Command, hello: Path) -> None:
    done = aimc("run", hello, environment={"AIMC_CACHE": "/dev/null"})
    done.assert_complaint(USAGE, "compiled hooks cannot be kept in the cache", "set AIMC_CACHE")
