"""Where the time of programs went: functions, lines, processes, libraries; and all of it, exactly."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from aimc import Machine, Result, schema
from aimc.profile import ANONYMOUS, KERNEL, FunctionCost, Profile
from images.strip import strip_debug
from tests.end_to_end.compiling import PROGRAMS, Target, build
from tests.end_to_end.conftest import Command

TURNS = 20_000
SOURCE = (PROGRAMS / "profiled.c").read_text().splitlines()
LINE = {name: 1 + next(n for n, text in enumerate(SOURCE) if f"void {name}(" in text) for name in ("light", "heavy")}
"""Where the functions begin."""
LIBRARIES = Path("/usr/aarch64-linux-gnu/lib")


def profile_of(program: str | Path, *arguments: str, fidelity: str = "functional", **changes: Any) -> Profile:
    """Of a run that ends well; its sums are checked."""
    machine = Machine(cores=2, overrides={"fidelity": fidelity})
    result = machine.run(program, arguments, capture=True, profile=True, **changes)
    assert result.exit_status == 0, (result.detail, result.stderr)
    assert result.profile is not None
    assert_complete(result.profile)
    assert result.profile.totals.instructions == result.totals.instructions
    assert int(result.profile.totals.cycles) // 2 == result.totals.cycles
    if fidelity == "timing":
        assert_same_causes(result, result.profile)
    return result.profile


def assert_same_causes(result: Result, profile: Profile) -> None:
    """Functions spent cycles on what the cores spent them on. What the kernel carried out counts as instructions."""
    of_cores: Counter[str] = Counter()
    for core in result.cores:
        assert core.cycle_causes is not None
        of_cores.update(dataclasses.asdict(core.cycle_causes))
    of_functions: Counter[str] = Counter()
    for function in profile.functions:
        assert sum(function.causes.values()) == function.cycles
        of_functions.update(function.causes)
        lines: Counter[str] = Counter()
        for line in function.lines:
            assert sum(line.causes.values()) == line.cycles
            lines.update(line.causes)
        assert all(cycles <= function.causes[cause] for cause, cycles in lines.items())
    for causes in (of_cores, of_functions):
        causes["base"] += causes.pop("kernel")
    del of_cores["idle"]
    assert +of_cores == pytest.approx(of_functions)


def assert_complete(profile: Profile) -> None:
    """The functions and idle time are all cycles of the cores, exactly."""
    totals = profile.totals
    assert sum(function.cycles for function in profile.functions) + totals.idle_cycles == totals.cycles
    assert sum(function.instructions for function in profile.functions) == totals.instructions
    assert sum(function.share for function in profile.functions) == pytest.approx(1)
    assert find(profile, KERNEL).cycles == totals.kernel_cycles
    for function in profile.functions:
        assert sum(line.cycles for line in function.lines) <= function.cycles
        assert sum(line.instructions for line in function.lines) <= function.instructions
    cycles = [function.cycles for function in profile.functions]
    assert cycles == sorted(cycles, reverse=True)


def find(profile: Profile, name: str, program: str | None = None) -> FunctionCost:
    (found,) = [one for one in profile.functions if one.function == name and program in (None, one.program)]
    return found


@pytest.fixture(scope="module")
def plain() -> Path:
    """Without debug information."""
    return build("profiled.c", Target.MUSL)


@pytest.fixture(scope="module")
def debian_c() -> str:
    """Debian's cross compiler for C, with its C library."""
    command = shutil.which("aarch64-linux-gnu-gcc")
    if command is None or not (LIBRARIES / "libc.so.6").exists():
        pytest.skip("aarch64-linux-gnu-gcc is not installed (Debian: apt install gcc-aarch64-linux-gnu)")
    return command


@pytest.fixture(params=["functional", "timing"])
def fidelity(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def test_functions_have_their_instructions_and_executions(plain: Path, fidelity: str) -> None:
    profile = profile_of(plain, str(TURNS), fidelity=fidelity)
    light, heavy = find(profile, "light"), find(profile, "heavy")
    assert 2 * TURNS <= light.instructions < 2 * TURNS + 8
    assert 6 * TURNS <= heavy.instructions < 6 * TURNS + 8
    assert (light.executions, heavy.executions) == (1, 1)
    assert heavy.cycles > light.cycles > TURNS
    assert {heavy, find(profile, KERNEL)} == set(profile.functions[:2]) or heavy is profile.functions[0]
    assert light.program == light.file == f"/{plain.name}"
    assert (light.source, light.line, light.lines) == (None, None, ())
    assert profile.warnings == ()


@pytest.mark.parametrize("version", [4, 5])
def test_lines_of_programs_with_debug_information(version: int, fidelity: str) -> None:
    binary = build("profiled.c", Target.MUSL, ["-g", f"-gdwarf-{version}"])
    profile = profile_of(binary, str(TURNS), fidelity=fidelity)
    for name, instructions in (("light", 2 * TURNS), ("heavy", 6 * TURNS)):
        function = find(profile, name)
        assert function.source is not None and Path(function.source).name == "profiled.c"
        assert function.line in (LINE[name], LINE[name] + 2), "its first instruction may be that of its body"
        loop = function.lines[0]
        assert (loop.source, loop.line) == (function.source, LINE[name] + 2)
        assert loop.instructions >= instructions
        assert loop.executions == TURNS
        assert sum(line.cycles for line in function.lines) == function.cycles


@pytest.mark.parametrize("version", [4, 5])
def test_lines_of_debians_compiler(debian_c: str, tmp_path: Path, version: int) -> None:
    options = ["-static", "-O1", f"-gdwarf-{version}", PROGRAMS / "profiled.c", "-o", tmp_path / "profiled"]
    subprocess.run([debian_c, *options], check=True)
    assert find(profile_of(tmp_path / "profiled", str(TURNS)), "heavy").lines[0].line == LINE["heavy"] + 2


def test_stripped_code_goes_by_its_place_in_the_file(plain: Path, tmp_path: Path) -> None:
    stripped = tmp_path / "stripped"
    stripped.write_bytes(without_symbols(plain.read_bytes()))
    stripped.chmod(0o755)
    named, profile = profile_of(plain, str(TURNS)), profile_of(stripped, str(TURNS))
    heavy = find(named, "heavy")
    assert heavy.offset is not None
    hottest = next(one for one in profile.functions if one.function != KERNEL)
    assert hottest.function == f"stripped+{hottest.offset:#x}"
    assert hottest.offset is not None and 0 <= hottest.offset - heavy.offset <= 8
    assert hottest.instructions >= 6 * (TURNS - 1)


def without_symbols(data: bytes) -> bytes:
    """The file without section headers, as `sstrip` makes it."""
    assert strip_debug(data)[:4] == b"\x7fELF"
    return data[:40] + bytes(8) + data[48:58] + bytes(6) + data[64:]


def test_a_fork_is_its_parents_program(plain: Path, fidelity: str) -> None:
    light = find(profile_of(plain, str(TURNS), "fork", fidelity=fidelity), "light")
    assert light.executions == 2
    assert 4 * TURNS <= light.instructions < 4 * TURNS + 16


def test_after_exec_it_is_another_program(plain: Path, tmp_path: Path, fidelity: str) -> None:
    for name in ("first", "second"):
        shutil.copy(plain, tmp_path / name)
    profile = profile_of("/first", str(TURNS), "exec", "/second", sysroot=tmp_path, fidelity=fidelity)
    for program in ("/first", "/second"):
        for name in ("light", "heavy"):
            assert find(profile, name, program).executions == 1


def test_code_of_no_file_is_anonymous_even_after_it_is_gone(plain: Path, fidelity: str) -> None:
    anonymous = find(profile_of(plain, str(TURNS), "code", fidelity=fidelity), ANONYMOUS)
    assert anonymous.instructions == 3 * (3 * TURNS + 1)
    assert (anonymous.file, anonymous.offset, anonymous.executions) == (None, None, None)
    assert anonymous.program == f"/{plain.name}"


@pytest.mark.parametrize("program", ["threads.c"])
def test_threads_on_several_cores(program: str, fidelity: str) -> None:
    profile = profile_of(build(program, Target.MUSL), "4", "2000", "contend", fidelity=fidelity)
    assert profile.totals.idle_cycles > 0


def test_a_program_that_is_killed(fidelity: str) -> None:
    result = Machine(overrides={"fidelity": fidelity}).run("fault-recursion", capture=True, profile=True)
    assert result.signal is not None and result.profile is not None
    assert_complete(result.profile)


def test_a_run_that_is_cut_short(plain: Path, fidelity: str) -> None:
    machine = Machine(overrides={"fidelity": fidelity})
    result = machine.run(plain, [str(TURNS)], capture=True, profile=True, max_instructions=30_000)
    assert result.profile is not None
    assert_complete(result.profile)


def test_shared_libraries_and_position_independent_programs(debian_c: str, tmp_path: Path, fidelity: str) -> None:
    root = tmp_path / "root"
    (root / "lib").mkdir(parents=True)
    for name in ("libc.so.6", "ld-linux-aarch64.so.1"):
        shutil.copy(LIBRARIES / name, root / "lib")
    (tmp_path / "library.c").write_text(
        "__attribute__((noinline)) static int inner(int n) { int s = 1; while (n--) s = s * 3 + n; return s; }\n"
        "int outer(int n) { return inner(n) + 1; }\n"
    )
    (tmp_path / "main.c").write_text("int outer(int);\nint main(void) { return outer(30000) == 0; }\n")
    for arguments in (
        ["-shared", "-fPIC", "-g", "library.c", "-o", "root/lib/libouter.so"],
        ["-pie", "-fPIE", "-g0", "main.c", "-Lroot/lib", "-louter", "-o", "root/main"],
    ):
        subprocess.run([debian_c, "-O1", *arguments], cwd=tmp_path, check=True)
    profile = profile_of("/main", sysroot=root, fidelity=fidelity)
    inner, main = find(profile, "inner"), find(profile, "main")
    assert (inner.program, inner.file) == ("/main", "/lib/libouter.so")
    assert inner.source is not None and (Path(inner.source).name, inner.line) == ("library.c", 1)
    assert (main.program, main.file) == ("/main", "/main")
    # The libraries of Debian are stripped: their exported functions have names.
    assert find(profile, "outer").executions == 1
    assert any(one.file == "/lib/libc.so.6" and "+0x" not in one.function for one in profile.functions)


# -- the command -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fidelity", ["functional", "timing"])
def test_two_runs_write_the_same(aimc: Command, plain: Path, tmp_path: Path, fidelity: str) -> None:
    for turn in ("1", "2"):
        done = aimc(
            "run", "--quiet", "--cores", "2", "--fidelity", fidelity, "--profile", f"{turn}.json", plain, "1000",
            "fork", environment={"PYTHONHASHSEED": turn},
        )  # fmt: skip
        assert (done.status, done.stderr) == (0, "")
    first, second = ((tmp_path / f"{turn}.json").read_bytes() for turn in ("1", "2"))
    assert first == second
    document = json.loads(first)
    jsonschema.validate(document, json.loads(schema.PROFILE_PATH.read_text(encoding="utf-8")))
    assert document["schema"] == 1
    assert {"light", "heavy", KERNEL} <= {function["function"] for function in document["functions"]}


def test_the_ten_most_expensive_functions_follow_the_table(aimc: Command, plain: Path) -> None:
    done = aimc("run", "--profile", "profile.json", plain, "100000")
    table = done.stderr[done.stderr.index("\nfunction  ") + 1 :].splitlines()
    assert table[1].startswith("heavy") and "%" in table[1]
    assert table[11].split()[1] == "more"
    assert len(table) == 12


def test_kcachegrinds_format(aimc: Command, tmp_path: Path) -> None:
    binary = build("profiled.c", Target.MUSL, ["-g", "-gdwarf-5"])
    assert aimc("run", "-q", "--profile", "callgrind.out.1", binary, "1000").status == 0
    text = (tmp_path / "callgrind.out.1").read_text()
    assert text.startswith("# callgrind format\n")
    heavy = text[text.index("fn=heavy") :].split("\n\n")[0].splitlines()
    (events,) = [row.split()[1:] for row in text.splitlines() if row.startswith("events: ")]
    assert events[:2] == ["Cycles", "Ir"] and "dependency" in events
    line, cycles, instructions, *causes = map(int, heavy[1].split())
    assert line == LINE["heavy"] + 2
    assert cycles > 0
    assert instructions >= 6000
    assert len(causes) == len(events) - 2
    assert sum(causes) == pytest.approx(cycles, abs=len(causes)), "rounded"
