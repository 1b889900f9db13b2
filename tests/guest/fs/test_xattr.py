"""Extended attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.errno import E
from guest.abi.flags import AT_FDCWD, OpenFlag
from guest.credentials import Credentials

if TYPE_CHECKING:
    from tests.guest.conftest import Guest


def test_set_get_list_remove(guest: Guest) -> None:
    fd = guest.call("openat", AT_FDCWD, "/tmp/f", OpenFlag.O_RDWR | OpenFlag.O_CREAT, 0o666)
    value, buffer = guest.put(b"value"), guest.put(bytes(64))
    assert guest.call("setxattr", "/tmp/f", "user.b", value, 5, 0) == 0
    assert guest.call("fsetxattr", fd, "trusted.a", value, 2, 0) == 0
    assert guest.call("setxattr", "/tmp/f", "user.b", value, 5, 1) == -E.EEXIST
    assert guest.call("setxattr", "/tmp/f", "user.c", value, 5, 2) == -E.ENODATA
    assert guest.call("setxattr", "/tmp/f", "nospace", value, 5, 0) == -E.EOPNOTSUPP
    assert guest.call("fgetxattr", fd, "user.b", 0, 0) == 5
    assert guest.call("fgetxattr", fd, "user.b", buffer, 4) == -E.ERANGE
    assert guest.call("getxattr", "/tmp/f", "user.b", buffer, 64) == 5
    assert guest.read(buffer, 5) == b"value"
    assert guest.call("listxattr", "/tmp/f", buffer, 64) == 17
    assert guest.read(buffer, 17) == b"trusted.a\0user.b\0"
    guest.task.credentials = Credentials(uid=5, euid=5, fsuid=5, effective=0, permitted=0)
    assert guest.call("flistxattr", fd, buffer, 64) == 7
    assert guest.call("fgetxattr", fd, "trusted.a", buffer, 64) == -E.ENODATA
    assert guest.call("removexattr", "/tmp/f", "trusted.a") == -E.EPERM
    guest.task.credentials = Credentials()
    assert guest.call("fremovexattr", fd, "user.b") == 0
    assert guest.call("fremovexattr", fd, "user.b") == -E.ENODATA


def test_links_have_none_of_the_user(guest: Guest) -> None:
    guest.call("symlinkat", "nowhere", AT_FDCWD, "/tmp/l")
    assert guest.call("lsetxattr", "/tmp/l", "user.a", guest.put(b"x"), 1, 0) == -E.EPERM
    assert guest.call("setxattr", "/tmp/l", "user.a", guest.put(b"x"), 1, 0) == -E.ENOENT
    assert guest.call("llistxattr", "/tmp/l", 0, 0) == 0
