"""Where a program named on the host's command line appears in the guest, and what is mounted."""

from __future__ import annotations

from pathlib import Path

import pytest

from guest.abi.errno import Errno
from guest.fs.devices import CharacterDevice, NullFile, add_device
from guest.fs.path_walk import walk
from guest.fs.tree import Bind, FileTree, SysrootError
from guest.random import RandomStream


def tree(sysroot: Path | None, *binds: Bind) -> FileTree:
    return FileTree(sysroot, RandomStream(0, "dev"), binds)


def test_without_a_sysroot_the_program_is_all_there_is(tmp_path: Path) -> None:
    (tmp_path / "prog").write_text("x")
    files = tree(None)
    assert files.place_program(tmp_path / "prog") == b"/prog"
    root = files.root
    assert walk(root, root, b"/prog", follow=True).existing().mount.read_only
    with pytest.raises(Errno):
        walk(root, root, b"/etc", follow=True).existing()
    with pytest.raises(Errno):
        files.place_program(tmp_path / "nothing")


def test_with_a_sysroot_a_guest_path_comes_first(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "bin").mkdir(parents=True)
    (root / "bin" / "sh").write_text("guest")
    (tmp_path / "own").write_text("host")
    files = tree(root)
    assert files.place_program(Path("/bin/sh")) == b"/bin/sh"
    assert files.place_program(root / "bin" / "sh") == b"/bin/sh"
    assert files.place_program(tmp_path / "own") == b"/own"
    assert not (root / "own").exists()


def test_what_cannot_be_mounted_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for bad in (
        lambda: tree(tmp_path / "no"),
        lambda: tree(tmp_path / "file"),
        lambda: tree(tmp_path, Bind(tmp_path, b"/")),
    ):
        with pytest.raises(SysrootError):
            bad()
    with pytest.raises(SysrootError):
        tree(tmp_path, Bind(tmp_path, b"/file/below"))


def test_a_driver_adds_its_device(tmp_path: Path) -> None:
    files = tree(tmp_path)
    add_device(files.dev, b"accel/accel0", CharacterDevice(261, 0, NullFile))
    found = walk(files.root, files.root, b"/dev/accel/accel0", follow=True).existing()
    assert found.inode.kind == 0o020000
    assert found.inode.open(found, 0).read(1) == b""
