"""Names: the tree of directories that have been walked, with mounts.

`..` is answered from this tree, never by the host, so a walk cannot leave the root. Names in use are unique objects
(kept weakly), so that renaming a directory changes the path of everything below it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from guest.abi.errno import E, Errno
from guest.fs.inode import Inode

if TYPE_CHECKING:
    from guest.fs.locks import LockRegistry
    from guest.fs.notify import Notifier


@dataclass(eq=False)
class Mount:
    """A file system at a place of the tree; for /proc/mounts and read-only checks."""

    path: bytes
    kind: bytes
    source: bytes
    read_only: bool
    identifier: int = 0
    """Number in statx and mountinfo; 0 for what is not in the tree."""
    options: bytes = b""
    """Further options as /proc/mounts shows them, after `rw` or `ro`."""
    filesystem_path: bytes = b"/"
    """What of its file system the mount shows: below this (a bind may show a part)."""
    peer_group: int = 0
    """Mounts with the same number follow each other (shared); 0 for none. See `propagation.py`."""
    master: int = 0
    """The group that this mount follows (slave); 0 for none."""
    unbindable: bool = False
    locks: LockRegistry | None = field(default=None, repr=False)
    """Where locks of its files are kept; None where they cannot be locked (pipes, sockets)."""
    notifier: Notifier | None = field(default=None, repr=False)
    root: Dentry | None = field(default=None, repr=False)
    """Keeps the place alive: the tree itself holds names only weakly."""


class Dentry:
    """A name in a directory and the inode it led to."""

    __slots__ = ("__weakref__", "_children", "covered", "deleted", "inode", "mount", "mounted", "name", "parent")

    def __init__(self, parent: Dentry | None, name: bytes, inode: Inode, mount: Mount) -> None:
        self.parent: Dentry = parent or self
        self.name = name
        self.inode = inode
        self.mount = mount
        self.mounted: dict[bytes, Dentry] | None = None
        """Roots of file systems mounted on names of this directory; they shadow what the inode has."""
        self.covered: Dentry | None = None
        """What was mounted here before (mounts stack)."""
        self.deleted = False
        """The name was removed, or given to something else; only open files still refer to it."""
        self._children: WeakValueDictionary[bytes, Dentry] | None = None

    def path(self, root: Dentry | None = None) -> bytes:
        """Absolute path as seen from `root`. What has no place in the tree (a pipe) has only a name."""
        if self.parent is self and self.name:
            return self.name
        names: list[bytes] = []
        dentry = self
        while dentry is not root and dentry.parent is not dentry:
            names.append(dentry.name)
            dentry = dentry.parent
        return b"/" + b"/".join(reversed(names))

    def shown_path(self, root: Dentry | None = None) -> bytes:
        """`path` as Linux shows it to people (d_path): it says so if the name is gone."""
        return self.path(root) + (b" (deleted)" if self.deleted else b"")

    def lookup(self, name: bytes) -> Dentry | None:
        """The entry of a name, None if there is none. The inode is asked each time: it knows what it may remember."""
        mounted = self.mounted
        if mounted is not None and name in mounted:
            return mounted[name]
        try:
            inode = self.inode.lookup(name)
        except Errno as error:
            if error.number is E.ENOENT:
                return None
            raise
        return self.child(name, inode)

    def child(self, name: bytes, inode: Inode) -> Dentry:
        """The entry for a name that leads to `inode`: the one in use if there is one."""
        children = self._children
        if children is None:
            children = self._children = WeakValueDictionary()
        known = children.get(name)
        if known is not None and known.inode.same_as(inode):
            return known
        child = Dentry(self, name, inode, self.mount)
        children[name] = child
        return child

    def mount_on(self, name: bytes, inode: Inode, mount: Mount) -> Dentry:
        """Mount a file system (or a single file) on a name of this directory, which need not exist."""
        child = Dentry(self, name, inode, mount)
        if self.mounted is None:
            self.mounted = {}
        child.covered = self.mounted.get(name)
        self.mounted[name] = child
        return child

    def mount_existing(self, name: bytes, root: Dentry) -> None:
        """Mount the root of a tree that is in use on a name of this directory (pivot_root)."""
        if self.mounted is None:
            self.mounted = {}
        root.parent, root.name, root.covered = self, name, self.mounted.get(name)
        self.mounted[name] = root

    def unmount(self, name: bytes) -> None:
        """Take away what was mounted last on a name; what it covered shows again."""
        assert self.mounted is not None
        covered = self.mounted.pop(name).covered
        if covered is not None:
            self.mounted[name] = covered

    def is_mount_point(self, name: bytes) -> bool:
        """Whether something is mounted on a name of this directory."""
        return self.mounted is not None and name in self.mounted

    def removed(self, name: bytes) -> None:
        """The file system removed a name: what is in use under it is without one."""
        child = self._children.pop(name, None) if self._children is not None else None
        if child is not None:
            child.deleted = True

    def renamed(self, name: bytes, directory: Dentry, new_name: bytes, *, exchange: bool = False) -> None:
        """The file system renamed a child: what is in use below it keeps its identity under the new path."""
        child = self._children.pop(name, None) if self._children is not None else None
        other = directory._children.pop(new_name, None) if directory._children is not None else None
        if child is not None:
            directory._adopt(child, new_name)
        if other is not None:
            if exchange:
                self._adopt(other, name)
            else:
                other.deleted = True

    def _adopt(self, child: Dentry, name: bytes) -> None:
        if self._children is None:
            self._children = WeakValueDictionary()
        child.parent, child.name = self, name
        self._children[name] = child

    def is_below(self, ancestor: Dentry) -> bool:
        """Whether `ancestor` is this directory or one above it."""
        dentry = self
        while dentry is not ancestor:
            if dentry.parent is dentry:
                return False
            dentry = dentry.parent
        return True

    def check_writable(self) -> None:
        """EROFS on a read-only mount."""
        if self.mount.read_only:
            raise Errno(E.EROFS)
