"""From a path to an inode, component by component."""

from __future__ import annotations

from dataclasses import dataclass

from guest.abi.constants import NAME_MAX, PATH_MAX
from guest.abi.errno import E, Errno
from guest.abi.flag_word import FlagWord
from guest.credentials import Credentials
from guest.fs.dentry import Dentry
from guest.fs.permission import check_search

MAX_LINKS = 40
"""More symbolic links in one walk give ELOOP (MAXSYMLINKS)."""
KERNEL = Credentials()
"""Whoever may do everything: walks that the machine makes for itself."""


class Resolve(FlagWord):
    """How openat2 confines a walk."""

    RESOLVE_NO_XDEV = 0x1
    RESOLVE_NO_MAGICLINKS = 0x2
    RESOLVE_NO_SYMLINKS = 0x4
    RESOLVE_BENEATH = 0x8
    RESOLVE_IN_ROOT = 0x10
    RESOLVE_CACHED = 0x20


_NO_XDEV, _NO_MAGIC, _NO_LINKS, _BENEATH, _IN_ROOT = (int(flag) for flag in list(Resolve)[:5])


@dataclass(slots=True)
class Target:
    """Where a path leads. `dentry` is None if the last component does not exist in `directory`."""

    directory: Dentry
    name: bytes
    """Empty if the path ends in `.`, `..` or is the root: then there is no name to create, remove or rename."""
    dentry: Dentry | None
    wants_directory: bool
    """The path ends in a slash."""
    steps: int
    """Components looked up, for the cost table."""

    def existing(self) -> Dentry:
        """The dentry (ENOENT; ENOTDIR if the path ends in a slash and is no directory)."""
        if self.dentry is None:
            raise Errno(E.ENOENT)
        if self.wants_directory and not self.dentry.inode.is_directory:
            raise Errno(E.ENOTDIR)
        return self.dentry


def walk(
    root: Dentry,
    start: Dentry,
    path: bytes,
    *,
    follow: bool,
    credentials: Credentials = KERNEL,
    resolve: int = 0,
) -> Target:
    """Resolve `path` from `start` below `root`, which absolute paths and links begin at and `..` does not leave.

    `follow`: whether a symbolic link in the last place is followed; one before a slash always is. Raises ENOENT,
    ENOTDIR, ELOOP, ENAMETOOLONG, EACCES, and EXDEV for what `resolve` forbids. Only the last component may be missing.
    """
    if not path:
        raise Errno(E.ENOENT)
    if len(path) >= PATH_MAX:
        raise Errno(E.ENAMETOOLONG)
    if resolve & _IN_ROOT:
        root = start
    current = start
    if path.startswith(b"/"):
        if resolve & _BENEATH:
            raise Errno(E.EXDEV)
        current = root
    mount = current.mount
    wants_directory = path.endswith((b"/", b"/.", b"/..")) or path in (b".", b"..")
    pending = _components(path)
    links = steps = 0
    while pending:
        name = pending.pop()
        if not current.inode.is_directory:
            raise Errno(E.ENOTDIR)
        check_search(current.inode, credentials)
        if name == b".":
            continue
        if name == b"..":
            if resolve & _BENEATH and current is start:
                raise Errno(E.EXDEV)
            if current is not root:
                current = current.parent
                if resolve & _NO_XDEV and current.mount is not mount:
                    raise Errno(E.EXDEV)
            continue
        if len(name) > NAME_MAX:
            raise Errno(E.ENAMETOOLONG)
        steps += 1
        child = current.lookup(name)
        if child is not None and resolve & _NO_XDEV and child.mount is not mount:
            raise Errno(E.EXDEV)
        if child is not None and child.inode.is_link and (pending or follow or wants_directory):
            links += 1
            if links > MAX_LINKS or resolve & _NO_LINKS:
                raise Errno(E.ELOOP)
            place = child.inode.follow()
            if place is not None:
                # A magic link: it leads to the object itself, which need not have a path.
                if resolve & _NO_MAGIC:
                    raise Errno(E.ELOOP)
                if resolve & (_BENEATH | _IN_ROOT | _NO_XDEV):
                    raise Errno(E.EXDEV)
                current = place
                if not pending:
                    return Target(current.parent, b"", current, wants_directory, steps)
                continue
            link = child.inode.readlink()
            if not link:
                raise Errno(E.ENOENT)
            if link.startswith(b"/"):
                if resolve & _BENEATH:
                    raise Errno(E.EXDEV)
                current = root
                if resolve & _NO_XDEV and current.mount is not mount:
                    raise Errno(E.EXDEV)
            if not pending and link.endswith((b"/", b"/.", b"/..")):
                wants_directory = True
            pending += _components(link)
            continue
        if not pending:
            return Target(current, name, child, wants_directory, steps)
        if child is None:
            raise Errno(E.ENOENT)
        current = child
    return Target(current.parent, b"", current, True, steps)


def _components(path: bytes) -> list[bytes]:
    """Components in reverse order, so that the next is popped from the end."""
    return [component for component in reversed(path.split(b"/")) if component]
