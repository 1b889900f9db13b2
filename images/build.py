"""Cross-compiles guest programs with the `ziglang` package: static AArch64 Linux binaries, no root, no system packages.

A built program lies at `<cache>/images/<name>/<key>/<name>`, where the key is a hash of everything that decides the
binary: sources, headers, embedded data, options, compiler version. So a program is stale exactly when the file for its
present key is missing, and two builders (or two checkouts) can share one cache. A program appears there by a rename,
whole or not at all.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import importlib.metadata
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from images.cache import compiler_folder, images_folder
from images.catalogue import CATALOGUE, Image, Language, Library, lookup
from images.strip import StripError, strip_debug

IMAGES_FOLDER = Path(__file__).resolve().parent
PROGRAMS_FOLDER = IMAGES_FOLDER / "programs"
COMMON_FOLDER = PROGRAMS_FOLDER / "common"
# The compiler runs here and is given relative paths, so that no path of the host can end up in a binary.
ROOT_FOLDER = IMAGES_FOLDER.parent

TARGET_FLAGS = ("-target", "aarch64-linux-musl", "-mcpu=cortex_a53", "-static")
COMMON_FLAGS = ("-O2", "-g0", "-Wall", "-Wextra", "-fno-sanitize=undefined")
HEADER_SUFFIXES = frozenset({".h", ".hh", ".hpp", ".inc"})
ERROR_LINES = 6
# Raised when what happens after the compiler changes.
BUILDER = ("2",)

Progress = Callable[[int, int, str], None]
"""Called as `progress(done, total, name)` in the calling thread: first with (0, total, "" or FIRST_TIME), then after
each program."""

FIRST_TIME = "(the first time, the C library is compiled too: a minute or two)"


class BuildError(Exception):
    """A program could not be built. The message names it and says why; `output` is all that the compiler said."""

    def __init__(self, name: str, reason: str, output: str = "") -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.output = output


@dataclass(frozen=True)
class BuiltImage:
    """A program that lies built in the cache."""

    image: Image
    path: Path
    compiled: bool
    """False if it was there already."""
    seconds: float
    """Host time spent on it."""


def catalogue() -> tuple[Image, ...]:
    """All programs that can be built."""
    return CATALOGUE


def find(name: str) -> Path:
    """The built program of that name, built now if it is missing or stale; raises UnknownImage, BuildError."""
    return build_image(lookup(name)).path


def build(
    names: Iterable[str] | None = None, jobs: int | None = None, progress: Progress | None = None
) -> list[BuiltImage]:
    """Build programs (all by default), `jobs` at once (default: one per usable CPU); results in the order of `names`.

    Raises UnknownImage before anything is built, and the first BuildError after the builds under way have ended.
    """
    chosen = list(CATALOGUE) if names is None else [lookup(name) for name in names]
    workers = len(os.sched_getaffinity(0)) if jobs is None else jobs
    if workers < 1:
        raise ValueError(f"jobs must be at least 1, got {workers}")
    if progress is not None:
        progress(0, len(chosen), "" if compiler_folder().exists() else FIRST_TIME)
    with ThreadPoolExecutor(max_workers=workers) as pool:
        futures: list[Future[BuiltImage]] = [pool.submit(build_image, image) for image in chosen]
        try:
            for done, future in enumerate(as_completed(futures), start=1):
                built = future.result()
                if progress is not None:
                    progress(done, len(chosen), built.image.name)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [future.result() for future in futures]


def build_image(image: Image) -> BuiltImage:
    """Build one catalogue entry unless its present version is in the cache; raises BuildError."""
    start = time.monotonic()
    folder = images_folder() / image.name / image_key(image)
    path = folder / image.name
    compiled = False
    if not path.exists():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with _locked(folder / ".lock"):
                compiled = not path.exists()  # a second builder may have made it while we waited
                if compiled:
                    _compile(image, path)
        except OSError as error:
            where = "set AIMC_CACHE to a folder that can be written"
            raise BuildError(image.name, f"cannot be kept in the cache: {error} ({where})") from error
    return BuiltImage(image, path, compiled=compiled, seconds=time.monotonic() - start)


def image_key(image: Image) -> str:
    """Hash of all that decides the binary: 24 hexadecimal digits. Raises BuildError for a file that is missing."""
    digest = hashlib.sha256()
    parts = [compiler_version(image.name), image.name, *_arguments(image), *BUILDER]
    digest.update("\0".join(parts).encode())
    for path in _input_files(image):
        contents = _read(image, path)
        digest.update(f"\0{os.path.relpath(path, ROOT_FOLDER)}\0{len(contents)}\0".encode())
        digest.update(contents)
    return digest.hexdigest()[:24]


def compiler_version(name: str) -> str:
    """Version of the installed compiler; raises BuildError (for program `name`) if there is none."""
    version = _installed_compiler()
    if version is None:
        raise BuildError(name, "the cross compiler is not installed; install the Python package ziglang")
    return version


@functools.cache
def _installed_compiler() -> str | None:
    try:
        return "ziglang " + importlib.metadata.version("ziglang")
    except importlib.metadata.PackageNotFoundError:
        return None


def _source_files(image: Image) -> list[Path]:
    files = [PROGRAMS_FOLDER / source for source in image.sources]
    if image.library is not Library.NONE:
        import libaimc

        files += [Path(source) for source in libaimc.SOURCES]
    return files


def _include_folders(image: Image) -> list[Path]:
    folders = [COMMON_FOLDER]
    if image.library is not Library.NONE:
        import libaimc

        folders.append(Path(libaimc.INCLUDE_DIR))
        if image.library is Library.AIMCLIB:
            folders.append(Path(libaimc.AIMCLIB_INCLUDE_DIR))
    return folders


def _input_files(image: Image) -> list[Path]:
    """Everything the compiler may read of ours. Which headers a source includes is not asked: all in reach count."""
    sources = _source_files(image)
    files = {*sources, *_data_files(image)}
    for folder in {source.parent for source in sources}:
        files.update(path for path in folder.glob("*") if path.suffix in HEADER_SUFFIXES)
    for folder in _include_folders(image):
        files.update(path for path in folder.rglob("*") if path.suffix in HEADER_SUFFIXES)
    return sorted(files)


def _data_files(image: Image) -> list[Path]:
    return [IMAGES_FOLDER / data for data in image.data]


def _read(image: Image, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise BuildError(image.name, f"the file {os.path.relpath(path, ROOT_FOLDER)} is missing") from None


def _arguments(image: Image) -> list[str]:
    """The compiler's arguments but for the output file."""
    arguments = ["cc" if image.language is Language.C else "c++", *TARGET_FLAGS, *COMMON_FLAGS]
    arguments += [f"-I{os.path.relpath(folder, ROOT_FOLDER)}" for folder in _include_folders(image)]
    arguments += [f"-D{define}" for define in image.defines]
    if image.data:
        # `.incbin` looks along the include path. The compiler's own cache does not see what it reads, so the contents
        # are named in the options.
        contents = hashlib.sha256(b"".join(_read(image, path) for path in _data_files(image))).hexdigest()
        arguments += [f"-I{IMAGES_FOLDER.name}", f"-DEMBEDDED_DATA_{contents[:16]}"]
    arguments += image.flags
    arguments += [os.path.relpath(source, ROOT_FOLDER) for source in _source_files(image)]
    return arguments


def _compile(image: Image, path: Path) -> None:
    """Compile to a file beside `path`, then rename it."""
    environment = {
        **os.environ,
        "ZIG_GLOBAL_CACHE_DIR": str(compiler_folder()),
        "ZIG_LOCAL_CACHE_DIR": str(compiler_folder()),
    }
    with tempfile.TemporaryDirectory(prefix=".building-", dir=path.parent) as scratch:
        # Always the same file name: it takes part in the compiler's cache key.
        output = Path(scratch) / image.name
        command = [sys.executable, "-m", "ziglang", *_arguments(image), "-o", str(output)]
        result = subprocess.run(command, cwd=ROOT_FOLDER, env=environment, capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise BuildError(image.name, f"cannot be compiled\n{_first_errors(result.stderr)}", result.stderr)
        if not output.exists():
            raise BuildError(image.name, "the compiler wrote no file", result.stderr)
        stripped = Path(scratch) / "stripped"
        try:
            stripped.write_bytes(strip_debug(output.read_bytes()))
        except StripError as error:
            raise BuildError(image.name, f"the compiler wrote a strange file: {error}", result.stderr) from error
        stripped.chmod(0o755)
        stripped.replace(path)


def _first_errors(output: str) -> str:
    """The first lines of the compiler's output that state errors, else its first lines."""
    lines = [line.rstrip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if "error:" in line]
    chosen = (errors or lines)[:ERROR_LINES]
    return "\n".join(f"  {line}" for line in chosen)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock that other processes and threads of this one respect (each opens the file for itself)."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
