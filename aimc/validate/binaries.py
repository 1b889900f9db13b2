"""The very programs that were measured: those of the reference folder, or built from its sources into the cache.

A built program lies at `<cache>/reference/<key>/<name>`, where the key is a hash of the compiler's version, its options
and the sources. Whether it is the one that was measured, its SHA-256 tells.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from aimc.errors import BuildFailed
from aimc.validate.reference import CHECKSUMS, Reference
from images.build import BuildError, compiler_version
from images.cache import cache_folder, compiler_folder

_OPTIONS = ("-target", "aarch64-linux-musl", "-mcpu=cortex_a53", "-O2", "-static", "-s")


class Binaries:
    """Where the programs of a reference are."""

    def __init__(self, reference: Reference) -> None:
        self._folder = reference.folder
        self._suite = reference.suite
        self._checksums = _checksums(reference.folder / CHECKSUMS)
        self.warnings: list[str] = []
        """Sentences about programs that may not be those that were measured."""

    def missing(self, name: str) -> bool:
        """Whether the program has to be built."""
        return not self._given(name).is_file() and not self._built(name).is_file()

    def find(self, name: str) -> Path:
        """The program of that name, built now if it is missing. Raises BuildFailed."""
        path = self._given(name)
        if not path.is_file():
            path = self._built(name)
            if not path.is_file():
                self._build(name, path)
        self._check(name, path)
        return path

    def _given(self, name: str) -> Path:
        return self._folder / self._suite.binaries / name

    def _built(self, name: str) -> Path:
        try:
            version = compiler_version(name)
        except BuildError as error:
            raise BuildFailed(f"cannot build the reference program {error}") from None
        sources = self._folder / self._suite.sources
        files = sorted(sources.glob("*.[ch]")) if sources.is_dir() else [sources]
        digest = hashlib.sha256("\0".join((version, *_OPTIONS)).encode())
        for file in files:
            contents = file.read_bytes() if file.is_file() else b""
            digest.update(f"\0{file.name}\0{len(contents)}\0".encode() + contents)
        return cache_folder() / "reference" / digest.hexdigest()[:24] / name

    def _build(self, name: str, path: Path) -> None:
        sources = self._folder / self._suite.sources
        source = sources / f"{name}.c" if self._suite.is_folder else sources
        if not source.is_file():
            raise BuildFailed(f"the reference program {name} is missing, and so is its source {str(source)!r}")
        environment = {
            **os.environ,
            "ZIG_GLOBAL_CACHE_DIR": str(compiler_folder()),
            "ZIG_LOCAL_CACHE_DIR": str(compiler_folder()),
        }
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix=".building-", dir=path.parent) as scratch:
                if self._suite.is_folder:
                    compiler = [sys.executable, "-m", "ziglang", "cc", *_OPTIONS]
                    command = [*compiler, str(source.absolute()), "-lm", "-o", str(Path(scratch) / name)]
                else:
                    command = [sys.executable, str(source.absolute()), scratch, name]
                done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
                if done.returncode != 0 or not (Path(scratch) / name).is_file():
                    lines = [line for line in done.stderr.splitlines() if line.strip()] or ["it says nothing"]
                    said = next((line for line in lines if "error:" in line), lines[-1])
                    raise BuildFailed(f"cannot build the reference program {name}: {said.strip()}")
                for built in Path(scratch).iterdir():
                    built.replace(path.parent / built.name)
        except OSError as error:
            raise BuildFailed(f"cannot keep the reference program {name} in the cache: {error}") from None

    def _check(self, name: str, path: Path) -> None:
        expected = self._checksums.get(f"{self._suite.binaries}/{name}")
        if expected is None:
            self.warnings.append(f"{CHECKSUMS} does not say which binary of {name} was measured")
        elif hashlib.sha256(path.read_bytes()).hexdigest() != expected:
            self.warnings.append(f"{str(path)!r} is not the binary that was measured: its SHA-256 differs")


def _checksums(file: Path) -> dict[str, str]:
    """Hashes by path, as `sha256sum` writes them; none if there is no such file."""
    if not file.is_file():
        return {}
    pairs = [line.split(maxsplit=1) for line in file.read_text(encoding="utf-8", errors="replace").splitlines()]
    return {pair[1].removeprefix("*"): pair[0] for pair in pairs if len(pair) == 2}
