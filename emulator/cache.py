"""Where compiled code is kept: a folder for each module that has some, named after everything this code depends on.

Numba's own cache notices a change of the file that holds a function, not of what the function uses from other files
(a record's layout, a constant, an inlined operation), and would go on with machine code for the old layout. So the
name holds a hash of

- the module's file and all files of this package that it imports, directly or through others, because Numba compiles
  what they define into the module's functions;
- the files that say how code is compiled and kept (`native_code.py` and what it imports);
- the versions of Python and of the packages whose code or constants get into machine code, and the host's processor.

A change of any of them gives another name, and what lies in the old folder is never looked at. A change of a file that
is not among them, such as `engine.py`, leaves the name as it is, and nothing is compiled again.

Imports are read from the text of the files, wherever they stand (also those in functions and those for type checkers,
which does no harm): importing the modules would take Numba, and Python's own parser as long as all the rest of a start.

Folders that nobody used lately are removed when something is compiled (`remove_unused`).
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from importlib.util import resolve_name
from pathlib import Path

import llvmlite
import llvmlite.binding as llvm
import numpy
import platformdirs
import unicorn

DRAFT_PREFIX = "draft-"
"""How the names of folders begin that are not complete yet."""
_KEPT = 8
"""Folders of a module that always stay, the last used ones: someone who goes from one version to another and back."""
_UNUSED_S = 24 * 60 * 60
"""Others go when they have not been used for this long."""

_PACKAGE = Path(__file__).parent
_MAKER = f"{_PACKAGE.name}.native_code"
_IMPORT = re.compile(
    r"""(?:^|[;:]) [ \t]* (?:
        from (?:[ \t]|\\\n)+ (?P<origin>[\w.]+) (?:[ \t]|\\\n)+
        import [ \t]* (?P<names>\( (?:[^)#]|\#[^\n]*)* \) | (?:\\\n|[^\n])*)
      | import [ \t]+ (?P<modules>(?:\\\n|[^\n])*)
    )""",
    re.MULTILINE | re.VERBOSE,
)


def cache_folder() -> Path:
    """Where the folders of all modules and versions are; `AIMC_CACHE` says where all caches are."""
    base = os.environ.get("AIMC_CACHE") or platformdirs.user_cache_path("aimc", appauthor=False)
    return Path(base).expanduser().absolute() / "hooks"


@cache
def compiled_folder(module: str) -> Path:
    """The folder for the code of a module of this package as it is now, on this host. It need not exist."""
    digest = hashlib.blake2b(_environment().encode(), digest_size=12)
    for name in sorted(imported_modules(module) | imported_modules(_MAKER)):
        content = _contents()[name]
        digest.update(f"{name} {len(content)}\n".encode() + content)
    folder = cache_folder() / f"{module}-{digest.hexdigest()}"
    with suppress(OSError):
        os.utime(folder)  # used now
    return folder


def imported_modules(module: str) -> frozenset[str]:
    """The module itself and all modules of this package that it imports, directly or through others."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _direct_imports(name)
    return frozenset(found)


def remove_unused() -> None:
    """Remove folders that were not used lately, and what processes left that were killed while they compiled.

    Only for who holds the lock of `native_code.py`.
    """
    by_module: dict[str, list[tuple[float, Path]]] = {}
    for folder in cache_folder().iterdir():
        if folder.name.startswith(DRAFT_PREFIX):
            shutil.rmtree(folder, ignore_errors=True)
        elif folder.is_dir():
            with suppress(OSError):  # it went just now
                used = folder.stat().st_mtime
                by_module.setdefault(folder.name.rpartition("-")[0], []).append((used, folder))
    oldest = time.time() - _UNUSED_S
    for folders in by_module.values():
        for used, folder in sorted(folders, reverse=True)[_KEPT:]:
            if used < oldest:
                shutil.rmtree(folder, ignore_errors=True)


@cache
def _environment() -> str:
    """What code depends on besides this package."""
    host = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    # Numba's version without Numba, which takes long to import.
    versions = sys.version, version("numba"), llvmlite.__version__, numpy.__version__, unicorn.__version__
    return "\n".join((*versions, *host))


@cache
def _contents() -> Mapping[str, bytes]:
    """The modules of this package by name, with what their files hold."""
    contents = {}
    for path in _PACKAGE.rglob("*.py"):
        parts = path.relative_to(_PACKAGE.parent).with_suffix("").parts
        contents[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path.read_bytes()
    return contents


@cache
def _direct_imports(module: str) -> frozenset[str]:
    """The modules of this package that a module imports itself, and the packages that they lie in."""
    is_package = (_PACKAGE.parent.joinpath(*_parts(module)) / "__init__.py").is_file()
    package = module if is_package else module.rpartition(".")[0]
    named = {module} | imported_names(_contents()[module].decode(), package)
    packages = {".".join(parts[:count]) for parts in map(_parts, named) for count in range(1, len(parts))}
    return frozenset((named | packages) & _contents().keys())


def imported_names(source: str, package: str) -> set[str]:
    """All that may be a module in the import statements of a file in a package: `a.b` and `a.b.c` for `from a.b import
    c`.
    """
    names: set[str] = set()
    position = 0
    # Lines without the word are skipped, which takes a tenth of the time.
    while (word := source.find("import", position)) >= 0:
        line = source.rfind("\n", 0, word)
        while source[line - 1 : line] == "\\":  # it continues another one
            line = source.rfind("\n", 0, line)
        match = _IMPORT.search(source, max(line + 1, position))
        if match is None:
            break
        position = match.end()
        origin = match["origin"]
        if origin is None:
            names.update(_listed(match["modules"]))
        else:
            origin = resolve_name(origin, package)
            names.update((origin, *(f"{origin}.{name}" for name in _listed(match["names"]))))
    return names


def _parts(module: str) -> list[str]:
    return module.split(".")


def _listed(text: str) -> Iterator[str]:
    """What an import statement lists: `a, b as c`, with or without parentheses, comments and line breaks."""
    for part in re.sub(r"#[^\n]*|\\\n|[()]", " ", text).split(";")[0].split(","):
        words = part.split()
        if words:
            yield words[0]
