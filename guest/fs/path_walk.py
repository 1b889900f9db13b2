"""From a path to an inode, component by component."""

from __future__ import annotations

from dataclasses import dataclass

from guest.abi.constants import NAME_MAX, PATH_MAX
from guest.abi.errno import E, Errno
from guest.fs.dentry import Dentry

MAX_LINKS = 40
"""More symbolic links in one walk give ELOOP (MAXSYMLINKS)."""


@dataclass(frozen=True)
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


def walk(root: Dentry, start: Dentry, path: bytes, *, follow: bool) -> Target:
    """Resolve `path` from `start` below `root`, which absolute paths and links begin at and `..` does not leave.

    `follow`: whether a symbolic link in the last place is followed; one before a slash always is. Raises ENOENT,
    ENOTDIR, ELOOP, ENAMETOOLONG. Only the last component may be missing.
    """
    if not path:
        raise Errno(E.ENOENT)
    if len(path) >= PATH_MAX:
        raise Errno(E.ENAMETOOLONG)
    current = root if path.startswith(b"/") else start
    wants_directory = path.endswith((b"/", b"/.", b"/..")) or path in (b".", b"..")
    pending = _components(path)
    links = steps = 0
    while pending:
        name = pending.pop()
        if not current.inode.is_directory:
            raise Errno(E.ENOTDIR)
        if name == b".":
            continue
        if name == b"..":
            if current is not root:
                current = current.parent
            continue
        if len(name) > NAME_MAX:
            raise Errno(E.ENAMETOOLONG)
        steps += 1
        child = current.lookup(name)
        if child is not None and child.inode.is_link and (pending or follow or wants_directory):
            links += 1
            if links > MAX_LINKS:
                raise Errno(E.ELOOP)
            link = child.inode.readlink()
            if not link:
                raise Errno(E.ENOENT)
            if link.startswith(b"/"):
                current = root
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
