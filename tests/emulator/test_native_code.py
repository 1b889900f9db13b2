"""Compiled hooks come from the cache without Numba, by one process for all, and never from another version."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator import cache, hooks, native_code

CALLS = """
import os
from pathlib import Path

from emulator.jit import hook, integers
from emulator.sample_operations import add_number

with open(os.environ["COMPILED_BY"], "a") as log:
    log.write(f"{os.getpid()}\\n")
exec(os.environ.get("ON_COMPILING", ""))


@hook(integers(1))
def call_sample(value):
    return add_number(value)
"""
OPERATIONS = """
from emulator.jit import inlined
from emulator.sample_number import NUMBER


@inlined
def add_number(value):
    return value + NUMBER
"""
RUN = """
import ctypes, sys
from emulator.native_code import is_compiled, load

modules = {"emulator.sample_calls": [["call_sample"]]}
before = is_compiled(modules)
call = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(load(modules)["call_sample"])
print(before, call(1), "numba" in sys.modules)
"""


class Package:
    """A copy of the package `emulator` with a small module of hooks besides, and a cache for it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "emulator"
        self.cache = root / "cache"
        self.log = root / "compiled-by"
        shutil.copytree(Path(cache.__file__).parent, self.folder, ignore=shutil.ignore_patterns("__pycache__"))
        (self.folder / "sample_calls.py").write_text(CALLS)
        (self.folder / "sample_operations.py").write_text(OPERATIONS)
        self.set_number(41)

    def set_number(self, number: int) -> None:
        (self.folder / "sample_number.py").write_text(f"NUMBER = {number}\n")

    def start(self, on_compiling: str = "") -> subprocess.Popen[str]:
        """A process of its own that asks for the hook. `on_compiling` is run by the process that compiles it."""
        variables = {"AIMC_CACHE": self.cache, "PYTHONPATH": self.root, "COMPILED_BY": self.log}
        return subprocess.Popen(
            [sys.executable, "-c", RUN],
            env={**os.environ, **{name: str(value) for name, value in variables.items()}, "ON_COMPILING": on_compiling},
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, on_compiling: str = "") -> list[str]:
        return said(self.start(on_compiling))

    def compilations(self) -> int:
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0

    def cached(self) -> list[str]:
        """What is in the cache, without the names of versions."""
        folder = self.cache / "hooks"
        paths = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
        return sorted("/".join((path.parts[0].partition("-")[0], *path.parts[1:])) for path in paths)


COMPLETE = ["emulator.sample_calls/objects/call_sample.o", "emulator.sample_calls/objects/symbols.json", "lock"]


def said(process: subprocess.Popen[str]) -> list[str]:
    """Whether the hook was compiled before, what it made of 1, and whether Numba was imported."""
    with process:
        output, complaints = process.communicate()
    assert process.returncode == 0, complaints
    return output.split()


@pytest.fixture(scope="module")
def copy_once(tmp_path_factory: pytest.TempPathFactory) -> Package:
    return Package(tmp_path_factory.mktemp("package"))


@pytest.fixture
def package(copy_once: Package) -> Iterator[Package]:
    """The package with an empty cache."""
    yield copy_once
    shutil.rmtree(copy_once.cache, ignore_errors=True)
    copy_once.log.unlink(missing_ok=True)
    copy_once.set_number(41)


def test_the_second_start_does_without_numba(package: Package) -> None:
    assert package.run() == ["False", "42", "False"]
    assert package.cached() == COMPLETE
    assert package.run() == ["True", "42", "False"]
    assert package.compilations() == 1


def test_a_change_of_what_a_hook_uses_is_seen_and_any_other_costs_nothing(package: Package) -> None:
    assert package.run() == ["False", "42", "False"]
    with (package.folder / "engine.py").open("a") as file:
        file.write("# changed\n")
    assert package.run() == ["True", "42", "False"]
    package.set_number(99)  # in a module that the hook's imports
    assert package.run() == ["False", "100", "False"]
    package.set_number(41)
    assert package.run() == ["True", "42", "False"]
    assert package.compilations() == 2


def test_of_processes_that_start_at_once_one_compiles(package: Package) -> None:
    for process in [package.start() for _ in range(3)]:
        assert said(process)[1] == "42"
    assert package.compilations() == 1
    assert package.cached() == COMPLETE, "no draft is left"


def test_who_compiles_ends_with_the_process_that_asked(package: Package) -> None:
    with package.start("import time; time.sleep(600)") as process:
        while not package.compilations():
            time.sleep(0.01)
        process.kill()
    compiler = Path("/proc", package.log.read_text().split()[0], "stat")
    deadline = time.monotonic() + 60
    while compiler.exists() and compiler.read_text().rpartition(")")[2].split()[0] != "Z":
        assert time.monotonic() < deadline, "it still runs"
        time.sleep(0.01)


def test_a_process_that_is_killed_while_it_compiles_leaves_no_lock(package: Package) -> None:
    going_on = package.root / "going on"
    first = package.start(f"import time\nwhile not Path({str(going_on)!r}).exists(): time.sleep(0.01)")
    try:
        while not package.compilations():
            time.sleep(0.01)
        with first:
            first.send_signal(signal.SIGKILL)
        assert package.run() == ["False", "42", "False"]
        assert package.cached() == COMPLETE, "the draft of the killed process is gone"
    finally:
        going_on.touch()  # for the process that compiled for it


@pytest.mark.parametrize(
    ("on_compiling", "reason"),
    [
        ("raise ValueError('no such\\nluck')", ".call_sample could not be compiled: ValueError: no such luck"),
        ("add_number = None", ".call_sample could not be compiled: TypingError: "),
        ("print('no answer'); os._exit(3)", " could not be compiled: the compiling process ended with status 3"),
        ("os.kill(os.getpid(), 9)", " could not be compiled: the compiling process ended with signal 9"),
    ],
)
def test_an_error_of_a_compiling_process_is_told_and_nothing_is_kept(
    on_compiling: str, reason: str, package: Package
) -> None:
    with package.start(on_compiling) as process:
        _, complaints = process.communicate()
    assert process.returncode == 1
    assert f"CompileError: emulator.sample_calls{reason}" in complaints
    assert package.cached() == ["lock"]
    assert package.run() == ["False", "42", "False"]


@pytest.mark.parametrize("name", native_code.HOOKS)
def test_every_hook_is_a_compiled_function(name: str) -> None:
    assert callable(getattr(hooks, name).__wrapped__)
    assert native_code.hook_addresses()[name] != 0


def test_the_machine_code_of_all_that_python_calls_is_found() -> None:
    assert set(native_code.CALLS) < {*native_code.hook_addresses(), *native_code.timing_addresses()}
