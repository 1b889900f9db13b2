"""Unpacks Debian packages into a folder. No script of a package is run; those that configure it are handed back."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from images.rootfs_apt import Progress, RootfsError

MERGED_FOLDERS = ("bin", "sbin", "lib")
"""Links into /usr since Debian 12; packages still ship files under both names."""


def unpack(packages: Sequence[Path], root: Path, progress: Progress) -> list[str]:
    """Unpack packages in their order; returns the text of their `postinst` scripts. Raises RootfsError."""
    command = shutil.which("dpkg-deb")
    if command is None:
        raise RootfsError("this host has no dpkg-deb, which unpacks packages: install the package dpkg")
    scripts = []
    for done, package in enumerate(packages):
        progress("unpack", done, len(packages))
        _run([command, "--extract", str(package), str(root)], package)
        # The archive's list is of no use to us, but it says without an error whether there is such a script.
        if "postinst" in _run([command, "--info", str(package)], package):
            scripts.append(_run([command, "--info", str(package), "postinst"], package))
    progress("unpack", len(packages), len(packages))
    for name in MERGED_FOLDERS:
        merge_into_usr(root, name)
    return scripts


def merge_into_usr(root: Path, name: str) -> None:
    """Make `/name` a link to `usr/name`, with all that lay in it."""
    folder, target = root / name, root / "usr" / name
    if folder.is_symlink():
        return
    target.mkdir(parents=True, exist_ok=True)
    if folder.exists():
        _move_contents(folder, target)
    folder.symlink_to(f"usr/{name}")


def _move_contents(folder: Path, target: Path) -> None:
    for entry in sorted(folder.iterdir()):
        other = target / entry.name
        if entry.is_dir() and not entry.is_symlink() and other.is_dir() and not other.is_symlink():
            _move_contents(entry, other)
        elif entry.is_symlink() and os.path.lexists(other):
            entry.unlink()  # compatibility link to the file that is there
        else:
            if other.is_symlink():
                other.unlink()  # compatibility link to the file that comes
            entry.rename(other)
    folder.rmdir()


def _run(command: list[str], package: Path) -> str:
    result = subprocess.run(command, capture_output=True, check=False)
    if result.returncode != 0:
        output = result.stderr.decode(errors="replace")
        if "No space left on device" in output:
            raise RootfsError("the disk of the cache is full (set AIMC_CACHE to a folder with room)")
        reason = " ".join(output.split()) or f"exit status {result.returncode}"
        raise RootfsError(f"the package {package.name} cannot be unpacked: {reason}")
    return result.stdout.decode(errors="replace")
