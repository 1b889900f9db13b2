"""A guest changes what it sees of a sysroot, and never the sysroot."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from guest.abi.errno import E
from guest.abi.flags import AT_FDCWD, OpenFlag
from guest.abi.structs import Stat
from guest.fs.overlay import OverlayFilesystem
from guest.fs.tmpfs import FileClock

if TYPE_CHECKING:
    from tests.guest.conftest import Guest

RDWR_CREATE = OpenFlag.O_RDWR | OpenFlag.O_CREAT


def snapshot(root: Path) -> list[tuple[str, int, bytes]]:
    return [
        (str(path), path.lstat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in sorted(root.rglob("*"))
    ]


def stat_of(guest: Guest, path: str, flags: int = 0) -> Stat:
    buffer = guest.put(bytes(Stat.size))
    assert guest.call("newfstatat", AT_FDCWD, path, buffer, flags) == 0
    return Stat.from_bytes(guest.read(buffer, Stat.size))


def content_of(guest: Guest, path: str) -> bytes:
    fd = guest.call("openat", AT_FDCWD, path, 0, 0)
    assert fd >= 0
    buffer = guest.put(bytes(256))
    size = guest.call("read", fd, buffer, 256)
    guest.call("close", fd)
    return guest.read(buffer, size)


def names_in(guest: Guest, path: str) -> list[bytes]:
    fd = guest.call("openat", AT_FDCWD, path, OpenFlag.O_DIRECTORY, 0)
    buffer = guest.put(bytes(2048))
    data = guest.read(buffer, guest.call("getdents64", fd, buffer, 2048))
    guest.call("close", fd)
    names = []
    while data:
        length = int.from_bytes(data[16:18], "little")
        names.append(data[19:length].split(b"\0")[0])
        data = data[length:]
    return names[2:]


def test_every_kind_of_change_stays_in_memory(guest: Guest, sysroot: Path) -> None:
    (sysroot / "d" / "sub").mkdir(parents=True)
    (sysroot / "d" / "f").write_bytes(b"lower")
    (sysroot / "d" / "sub" / "deep").write_bytes(b"deep")
    (sysroot / "gone").write_bytes(b"x")
    (sysroot / "l").symlink_to("d/f")
    before = snapshot(sysroot)
    fd = guest.call("openat", AT_FDCWD, "/l", OpenFlag.O_RDWR, 0)
    assert guest.call("pwrite64", fd, guest.put(b"UP"), 2, 3) == 2
    assert content_of(guest, "/d/f") == b"lowUP"
    assert guest.call("fchmodat", AT_FDCWD, "/d/sub/deep", 0o600) == 0
    assert guest.call("unlinkat", AT_FDCWD, "/gone", 0) == 0
    assert guest.call("openat", AT_FDCWD, "/gone", 0, 0) == -E.ENOENT
    assert guest.call("renameat", AT_FDCWD, "/d", AT_FDCWD, "/e") == 0
    assert content_of(guest, "/e/sub/deep") == b"deep"
    assert stat.S_IMODE(stat_of(guest, "/e/sub/deep").st_mode) == 0o600
    assert guest.call("newfstatat", AT_FDCWD, "/d", guest.put(bytes(128)), 0) == -E.ENOENT
    assert guest.call("mkdirat", AT_FDCWD, "/d", 0o755) == 0
    assert names_in(guest, "/d") == []
    assert names_in(guest, "/e") == [b"f", b"sub"]
    assert b"gone" not in names_in(guest, "/")
    assert guest.call("fchownat", AT_FDCWD, "/e/f", 7, 8, 0) == 0
    assert (stat_of(guest, "/e/f").st_uid, stat_of(guest, "/e/f").st_gid) == (7, 8)
    assert snapshot(sysroot) == before


def test_a_removed_name_can_be_used_again_and_a_directory_is_then_opaque(guest: Guest, sysroot: Path) -> None:
    (sysroot / "d").mkdir()
    (sysroot / "d" / "old").write_text("")
    assert guest.call("unlinkat", AT_FDCWD, "/d", 0x200) == -E.ENOTEMPTY
    assert guest.call("unlinkat", AT_FDCWD, "/d/old", 0) == 0
    assert guest.call("unlinkat", AT_FDCWD, "/d", 0x200) == 0
    assert guest.call("mkdirat", AT_FDCWD, "/d", 0o755) == 0
    assert names_in(guest, "/d") == []
    assert guest.call("openat", AT_FDCWD, "/d/old", RDWR_CREATE, 0o600) >= 0
    assert content_of(guest, "/d/old") == b""


def test_inode_numbers_stay_and_times_are_those_of_the_content(guest: Guest, sysroot: Path) -> None:
    (sysroot / "f").write_bytes(b"x")
    os.utime(sysroot / "f", ns=(5, 1_000_000_007))
    first = stat_of(guest, "/f")
    assert (first.mtime.ns, first.ctime.ns, first.st_uid) == (1_000_000_007, 1_000_000_007, 0)
    guest.clock.ns = 10**9
    fd = guest.call("openat", AT_FDCWD, "/f", OpenFlag.O_WRONLY | OpenFlag.O_TRUNC, 0)
    guest.call("write", fd, guest.put(b"new"), 3)
    second = stat_of(guest, "/f")
    assert (second.st_ino, second.st_dev, second.st_size) == (first.st_ino, first.st_dev, 3)
    assert second.mtime.ns == guest.kernel.realtime_ns()


def test_hard_links_of_the_host_are_one_file(guest: Guest, sysroot: Path) -> None:
    (sysroot / "a").write_bytes(b"one")
    os.link(sysroot / "a", sysroot / "b")
    fd = guest.call("openat", AT_FDCWD, "/a", OpenFlag.O_WRONLY, 0)
    guest.call("write", fd, guest.put(b"ONE"), 3)
    assert content_of(guest, "/b") == b"ONE"
    assert stat_of(guest, "/a").st_nlink == 2
    guest.call("unlinkat", AT_FDCWD, "/a", 0)
    assert (stat_of(guest, "/b").st_nlink, content_of(guest, "/b")) == (1, b"ONE")


def test_a_truncated_file_does_not_get_its_old_content_back(guest: Guest, sysroot: Path) -> None:
    (sysroot / "f").write_bytes(b"A" * 100_000)
    assert guest.call("truncate", "/f", 70_000) == 0
    assert guest.call("truncate", "/f", 100_000) == 0
    fd = guest.call("openat", AT_FDCWD, "/f", 0, 0)
    buffer = guest.put(bytes(4))
    assert guest.call("pread64", fd, buffer, 4, 69_998) == 4
    assert guest.read(buffer, 4) == b"AA\0\0"


def test_exchange_of_a_lower_directory_and_a_new_file(guest: Guest, sysroot: Path) -> None:
    (sysroot / "d").mkdir()
    (sysroot / "d" / "x").write_text("x")
    guest.call("openat", AT_FDCWD, "/f", RDWR_CREATE, 0o600)
    assert guest.call("renameat2", AT_FDCWD, "/d", AT_FDCWD, "/f", 2) == 0
    assert names_in(guest, "/f") == [b"x"]
    assert content_of(guest, "/d") == b""
    assert guest.call("renameat2", AT_FDCWD, "/f", AT_FDCWD, "/f/in", 0) == -E.EINVAL


def test_few_host_descriptors_are_kept(tmp_path: Path) -> None:
    for number in range(700):
        (tmp_path / f"d{number}").mkdir()
        (tmp_path / f"d{number}" / "f").write_text(str(number))
    overlay = OverlayFilesystem(1, FileClock(), tmp_path)
    for _ in range(2):
        for number in range(700):
            directory = overlay.root.lookup(b"d%d" % number)
            file = directory.lookup(b"f")
            assert file.content.read(0, 9) == str(number).encode()  # type: ignore[attr-defined]
    assert overlay.open_handles <= 512
    overlay.close()
    assert overlay.open_handles == 0
