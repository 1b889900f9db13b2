"""The files of /proc, /sys and /dev, as they are in this version of the machine."""

from __future__ import annotations

import functools

from guest.fs.dentry import Dentry
from tests.guest.conftest import Guest

_DEEPEST = 8


@functools.cache
def kernel_files() -> list[bytes]:
    """Every path, those of the first process below `/proc/1`."""
    guest = Guest(None)
    guest.kernel.current = guest.task
    found: list[bytes] = []
    for name in (b"proc", b"sys", b"dev"):
        top = guest.kernel.tree.root.lookup(name)
        assert top is not None
        _collect(top, b"/" + name, found, _DEEPEST)
    guest.task.release()
    return found


def _collect(directory: Dentry, path: bytes, found: list[bytes], deeper: int) -> None:
    for entry in directory.inode.entries():
        child = directory.lookup(entry.name)
        if child is None:
            continue
        found.append(path + b"/" + entry.name)
        if child.inode.is_directory and deeper:
            _collect(child, found[-1], found, deeper - 1)
