"""The folder of a module's compiled code has another name exactly if something changed that the code depends on."""

from __future__ import annotations

import ast
import functools
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import llvmlite
import numpy
import pytest
import unicorn

from emulator import cache, native_code

ROOT = Path(cache.__file__).parents[1]
MODULES = sorted(native_code.needed(timing=True))
FILES = sorted(path.relative_to(ROOT) for path in ROOT.joinpath("emulator").rglob("*.py"))


def module_of(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


@functools.cache
def named(path: Path) -> set[str]:
    """What Python's own parser finds in the import statements of a file."""
    found: set[str] = set()
    for node in ast.walk(ast.parse((ROOT / path).read_bytes())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None
            assert node.level == 0
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def needed_by(module: str) -> set[str]:
    """The modules of the package that a module needs, by Python's own parser."""
    paths = {module_of(path): path for path in FILES}
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in paths and name not in found:
            found.add(name)
            waiting += [name.rpartition(".")[0], *named(paths[name])]
    return found


@pytest.mark.parametrize("path", FILES, ids=str)
def test_a_module_depends_on_what_it_imports_directly_or_not(path: Path) -> None:
    assert cache.imported_modules(module_of(path)) == needed_by(module_of(path))


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ("import a.b", {"a.b"}),
        ("import a, b.c as d", {"a", "b.c"}),
        ("from a import b", {"a", "a.b"}),
        ("from a import b as c, d", {"a", "a.b", "a.d"}),
        ("from a import (\n    b,  # (see c)\n    d,\n)", {"a", "a.b", "a.d"}),
        ("from a import b, \\\n    c", {"a", "a.b", "a.c"}),
        ("from a \\\n    import b", {"a", "a.b"}),
        ("import a, \\\n    b", {"a", "b"}),
        ("x = 1; import a; y = 2", {"a"}),
        ("if x: from a import b", {"a", "a.b"}),
        ("def f():\n\tfrom a import b", {"a", "a.b"}),
        ("from . import b", {"p.q", "p.q.b"}),
        ("from .a import b", {"p.q.a", "p.q.a.b"}),
        ("from ..a import b", {"p.a", "p.a.b"}),
        ("from a import b # as c", {"a", "a.b"}),
        ("important = from_a", set()),
    ],
)
def test_every_form_of_import_is_read(statement: str, names: set[str]) -> None:
    assert cache.imported_names(statement, "p.q") == names


def fresh_folder() -> Path:
    """A module's folder, found anew."""
    cache._environment.cache_clear()
    cache.compiled_folder.cache_clear()
    return cache.compiled_folder(MODULES[0])


CHANGE_EACH = """
import importlib, sys
from pathlib import Path
from emulator import cache
def folders():
    importlib.reload(cache)
    return [cache.compiled_folder(module) for module in sys.argv[1:]]
before = folders()
assert folders() == before
for path in sorted(Path("emulator").rglob("*.py")):
    content = path.read_bytes()
    path.write_bytes(content + b"# changed")
    changed = [module for module, old, new in zip(sys.argv[1:], before, folders()) if old != new]
    path.write_bytes(content)
    print(path, *changed)
"""


def test_a_change_of_a_file_gives_new_folders_to_the_modules_that_need_it(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "emulator", tmp_path / "emulator", ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(
        [sys.executable, "-c", CHANGE_EACH, *MODULES],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    changed = {path: modules for path, *modules in map(str.split, done.stdout.splitlines())}
    maker = needed_by("emulator.native_code")
    assert changed == {
        str(path): [module for module in MODULES if module_of(path) in needed_by(module) | maker] for path in FILES
    }
    for idle in (
        "engine",
        "loop",
        "core",
        "energy",
        "config",
        "stop",
        "memory",
        "physical_memory",
        "tile",
        "tile_registers",
    ):
        assert changed[f"emulator/{idle}.py"] == []
    assert set(changed["emulator/record.py"]) == set(MODULES)
    assert changed["emulator/timing/memo_operations.py"] == ["emulator.timing.timing_calls"]


@pytest.mark.parametrize("package", [llvmlite, numpy, unicorn, None], ids=["llvmlite", "numpy", "unicorn", "numba"])
def test_another_version_of_a_package_makes_a_new_folder(
    package: ModuleType | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fresh_folder()
    if package is None:
        monkeypatch.setattr(cache, "version", lambda name: "0")
    else:
        monkeypatch.setattr(package, "__version__", "0")
    assert fresh_folder() != before
    monkeypatch.undo()
    assert fresh_folder() == before


DAY_S = 24 * 60 * 60


def test_folders_that_nobody_used_lately_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIMC_CACHE", str(tmp_path))
    now = time.time()
    for module, count, days in (("emulator.hooks", 10, 2.0), ("emulator.memory_calls", 3, 90.0), ("", 12, 0.5)):
        for number in range(count):
            folder = tmp_path / "hooks" / f"{module}-{number:02}"
            folder.mkdir(parents=True)
            (folder / "file").touch()
            used = now - days * DAY_S - number
            os.utime(folder, (used, used))
    (tmp_path / "hooks" / f"{cache.DRAFT_PREFIX}of a killed process").mkdir()
    (tmp_path / "hooks" / "lock").touch()
    cache.remove_unused()
    assert sorted(path.name for path in (tmp_path / "hooks").iterdir()) == [
        *(f"-{number:02}" for number in range(12)),  # used today
        *(f"emulator.hooks-{number:02}" for number in range(8)),  # the last used ones
        *(f"emulator.memory_calls-{number:02}" for number in range(3)),
        "lock",
    ]


def test_a_folder_that_is_asked_for_counts_as_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIMC_CACHE", str(tmp_path))
    folder = fresh_folder()
    folder.mkdir(parents=True)
    os.utime(folder, (0, 0))
    assert fresh_folder().stat().st_mtime > 0
    monkeypatch.undo()
    fresh_folder()
