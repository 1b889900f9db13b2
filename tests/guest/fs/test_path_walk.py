"""The walk never leaves the root, and agrees with Linux's own confined walk (openat2 with RESOLVE_IN_ROOT)."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guest.abi.errno import E, Errno
from guest.costs import WorkCounters
from guest.fs.context import FsContext
from guest.fs.dentry import Dentry
from guest.fs.fdtable import FileTable
from guest.fs.host import HostInode
from guest.fs.path_walk import walk
from guest.fs.tree import Bind, FileTree
from guest.random import RandomStream

_OPENAT2 = 437  # the same number on all architectures
_RESOLVE_IN_ROOT = 0x10


def tree_at(root: Path, **options: object) -> FileTree:
    return FileTree(root, RandomStream(0, "dev"), **{"writable": True, **options})  # type: ignore[arg-type]


def host_answer(root: Path, path: bytes, follow: bool) -> tuple[int, int] | int | None:
    """Identity or errno of `path` as Linux resolves it in `root`; None if this host has no openat2."""
    how = struct.pack("<QQQ", os.O_PATH | (0 if follow else os.O_NOFOLLOW), 0, _RESOLVE_IN_ROOT)
    directory = os.open(root, os.O_PATH)
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        fd = libc.syscall(_OPENAT2, directory, ctypes.c_char_p(path), ctypes.c_char_p(how), ctypes.c_size_t(24))
        if fd < 0:
            number = ctypes.get_errno()
            return None if number in (errno.ENOSYS, errno.EPERM) else number
        found = os.fstat(fd)
        os.close(fd)
        return found.st_dev, found.st_ino
    finally:
        os.close(directory)


def our_answer(tree: FileTree, path: bytes, follow: bool) -> tuple[int, int] | int:
    try:
        dentry = walk(tree.root, tree.root, path, follow=follow).existing()
    except Errno as error:
        return error.number.value
    assert isinstance(dentry.inode, HostInode)
    found = os.fstat(dentry.inode.handle)
    return found.st_dev, found.st_ino


names = st.sampled_from([b"a", b"b", b"c", b"..", b"."])
relative = st.lists(names, min_size=1, max_size=6).map(b"/".join)
paths = st.tuples(st.sampled_from([b"", b"/", b"//"]), relative, st.sampled_from([b"", b"/", b"/."])).map(b"".join)
outside = st.sampled_from(
    [b"/etc/passwd", b"../../../../../../etc", b"../outside", b"/outside", b"../../outside/secret"]
)
nodes = st.one_of(
    st.just(("directory", b"")), st.just(("file", b"")), st.tuples(st.just("link"), st.one_of(paths, outside))
)
places = st.lists(st.sampled_from([b"a", b"b", b"c"]), min_size=1, max_size=3).map(b"/".join)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(places, nodes), max_size=12), st.lists(st.tuples(paths, st.booleans()), min_size=1, max_size=8)
)
def test_walk_is_confined_and_agrees_with_linux(
    made: list[tuple[bytes, tuple[str, bytes]]], asked: list[tuple[bytes, bool]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        root.mkdir()
        (Path(folder) / "outside").mkdir()
        (Path(folder) / "outside" / "secret").write_text("secret")
        for place, (kind, target) in made:
            path = os.path.join(os.fsencode(root), place)  # noqa: PTH118
            try:
                if kind == "directory":
                    os.mkdir(path)  # noqa: PTH102
                elif kind == "file":
                    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW))
                elif os.path.realpath(os.path.dirname(path)).startswith(os.fsencode(root)):  # noqa: PTH120
                    Path(os.fsdecode(path)).symlink_to(os.fsdecode(target))
            except OSError:
                continue
        inside = {(found.st_dev, found.st_ino) for found in [os.lstat(root), *map(os.lstat, root.rglob("*"))]}
        tree = tree_at(root)
        for path_asked, follow in asked:
            ours = our_answer(tree, path_asked, follow)
            assert isinstance(ours, int) or ours in inside
            theirs = host_answer(root, path_asked, follow)
            assert theirs is None or ours == theirs, (path_asked, follow)


def test_links_are_resolved_in_the_guest_root(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "passwd").write_text("guest")
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "up").symlink_to("../../../../etc/passwd")
    tree = tree_at(tmp_path)
    for name in (b"/link", b"/up", b"/etc/../../../link"):
        assert our_answer(tree, name, True) == our_answer(tree, b"/etc/passwd", True)


def test_forty_links_are_followed_and_no_more(tmp_path: Path) -> None:
    (tmp_path / "0").write_text("")
    for number in range(1, 42):
        (tmp_path / str(number)).symlink_to(str(number - 1))
    tree = tree_at(tmp_path)
    assert not isinstance(our_answer(tree, b"/40", True), int)
    assert our_answer(tree, b"/41", True) == E.ELOOP


def test_a_directory_swapped_for_a_link_during_the_walk_does_not_lead_out(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "d").mkdir(parents=True)
    (root / "d" / "f").write_text("inside")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "f").write_text("outside")
    tree = tree_at(root)
    held = walk(tree.root, tree.root, b"d", follow=True).existing()
    (root / "d").rename(root / "e")
    (root / "d").symlink_to(tmp_path / "out")
    found = held.lookup(b"f")
    assert found is not None
    assert found.inode.same_as(walk(tree.root, tree.root, b"/e/f", follow=True).existing().inode)
    with pytest.raises(Errno):
        walk(tree.root, tree.root, b"/d/f", follow=True).existing()


def test_open_directories_follow_a_rename(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    tree = tree_at(tmp_path)
    inner = walk(tree.root, tree.root, b"/a/b", follow=True).existing()
    tree.root.inode.rename(b"a", tree.root.inode, b"z")
    tree.root.renamed(b"a", tree.root, b"z")
    assert inner.path() == b"/z/b"
    assert walk(tree.root, tree.root, b"/z/b", follow=True).existing() is inner


def test_mounts_shadow_the_sysroot_and_dots_lead_back(tmp_path: Path) -> None:
    root, other = tmp_path / "root", tmp_path / "other"
    (root / "dev").mkdir(parents=True)
    (root / "dev" / "hidden").write_text("")
    (other / "sub").mkdir(parents=True)
    tree = tree_at(root, binds=[Bind(other, b"/mnt/deep/here", read_only=True)])

    def find(path: bytes) -> Dentry:
        return walk(tree.root, tree.root, path, follow=True).existing()

    with pytest.raises(Errno):
        find(b"/dev/hidden")
    assert find(b"/dev/null").inode.kind == 0o020000
    assert find(b"/mnt/deep/here/sub/../..").path() == b"/mnt/deep"
    assert find(b"/mnt/deep/here/sub").mount.read_only
    assert find(b"/dev/..") is tree.root


def test_no_race_with_the_host_leads_out(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "inside").mkdir(parents=True)
    (root / "inside" / "f").write_text("inside")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "f").write_text("outside")
    (root / "swap").mkdir()
    (root / "swap" / "f").write_text("inside")
    (root / "link").symlink_to(tmp_path / "outside")
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            for source, target in (("swap", "away"), ("link", "swap"), ("swap", "link"), ("away", "swap")):
                (root / source).rename(root / target)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        tree = tree_at(root)
        context = FsContext(tree.root, tree.root, WorkCounters())
        seen = set()
        for _ in range(1500):
            try:
                file = context.open(FileTable(), -100, b"/swap/../swap/f", 0, 0).get()
            except Errno as error:
                assert error.number in (E.ENOENT, E.ENOTDIR, E.ELOOP)
                continue
            seen.add(file.read(10))
            file.put()
        assert seen <= {b"inside"}
    finally:
        stop.set()
        thread.join()
