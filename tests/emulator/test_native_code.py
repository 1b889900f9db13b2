"""Compiled hooks come from the cache without Numba, and a cache of another version is never used."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from emulator import cache, hooks, native_code

RUN = """
import sys
from emulator.native_code import HOOKS, function, hook_addresses, is_compiled
before = is_compiled()
assert set(HOOKS) < set(hook_addresses()) and all(hook_addresses().values())
function("call_word_slot")
print(before, is_compiled(), "numba" in sys.modules)
"""


def start(cache_folder: Path, root: Path | None = None) -> subprocess.Popen[str]:
    """A process of its own that asks for the hooks; `root` holds the package `emulator`."""
    root = root or Path(cache.__file__).parents[1]
    environment = {**os.environ, "AIMC_CACHE": str(cache_folder), "PYTHONPATH": str(root)}
    return subprocess.Popen([sys.executable, "-c", RUN], env=environment, cwd=root, stdout=subprocess.PIPE, text=True)


def said(process: subprocess.Popen[str]) -> list[str]:
    """Whether the hooks were compiled before, whether they are now, and whether Numba was imported."""
    with process:
        output, _ = process.communicate()
    assert process.returncode == 0
    return output.split()


def test_the_second_start_does_without_numba(tmp_path: Path) -> None:
    assert said(start(tmp_path)) == ["False", "True", "True"]
    assert said(start(tmp_path)) == ["True", "True", "False"]


def test_two_processes_may_compile_at_once(tmp_path: Path) -> None:
    both = [start(tmp_path), start(tmp_path)]
    for process in both:
        assert said(process)[1] == "True"
    (version,) = (tmp_path / "hooks").iterdir()
    assert {path.name for path in version.iterdir()} == {"numba", "objects"}, "no draft is left"


def test_a_change_of_any_file_of_the_package_makes_a_new_cache(tmp_path: Path) -> None:
    package = tmp_path / "emulator"
    shutil.copytree(Path(cache.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    assert said(start(tmp_path / "cache", tmp_path))[0] == "False"
    (package / "record.py").write_text((package / "record.py").read_text() + "# changed\n")
    assert said(start(tmp_path / "cache", tmp_path))[0] == "False"
    assert len(list((tmp_path / "cache" / "hooks").iterdir())) == 2


@pytest.mark.parametrize("name", native_code.HOOKS)
def test_every_hook_is_a_compiled_function(name: str) -> None:
    assert callable(getattr(hooks, name).__wrapped__)
    assert native_code.hook_addresses()[name] != 0
