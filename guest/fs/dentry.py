"""Names: the tree of directories that have been walked, with mounts.

`..` is answered from this tree, never by the host, so a walk cannot leave the root. Directories in use are unique
objects (kept weakly), so that renaming one changes the path of everything below it.
"""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakValueDictionary

from guest.abi.errno import E, Errno
from guest.fs.inode import Inode


@dataclass(frozen=True)
class Mount:
    """A file system at a place of the tree; for /proc/mounts and read-only checks."""

    path: bytes
    kind: bytes
    source: bytes
    read_only: bool


class Dentry:
    """A name in a directory and the inode it led to."""

    __slots__ = ("__weakref__", "_children", "inode", "mount", "mounted", "name", "parent")

    def __init__(self, parent: Dentry | None, name: bytes, inode: Inode, mount: Mount) -> None:
        self.parent: Dentry = parent or self
        self.name = name
        self.inode = inode
        self.mount = mount
        self.mounted: dict[bytes, Dentry] = {}
        """Roots of file systems mounted on names of this directory; they shadow what the inode has."""
        self._children: WeakValueDictionary[bytes, Dentry] = WeakValueDictionary()

    def path(self, root: Dentry | None = None) -> bytes:
        """Absolute path as seen from `root`."""
        names: list[bytes] = []
        dentry = self
        while dentry is not root and dentry.parent is not dentry:
            names.append(dentry.name)
            dentry = dentry.parent
        return b"/" + b"/".join(reversed(names))

    def lookup(self, name: bytes) -> Dentry | None:
        """The entry of a name, None if there is none. The inode is always looked up anew: the host may have changed
        it.
        """
        mounted = self.mounted.get(name)
        if mounted is not None:
            return mounted
        try:
            inode = self.inode.lookup(name)
        except Errno as error:
            if error.number is E.ENOENT:
                return None
            raise
        if not inode.is_directory:
            return Dentry(self, name, inode, self.mount)
        known = self._children.get(name)
        if known is not None and known.inode.same_as(inode):
            return known
        child = Dentry(self, name, inode, self.mount)
        self._children[name] = child
        return child

    def mount_on(self, name: bytes, inode: Inode, mount: Mount) -> Dentry:
        """Mount a file system (or a single file) on a name of this directory, which need not exist."""
        child = Dentry(self, name, inode, mount)
        self.mounted[name] = child
        return child

    def renamed(self, name: bytes, directory: Dentry, new_name: bytes) -> None:
        """The file system renamed a child: an open directory below it keeps its identity under the new path."""
        child = self._children.pop(name, None)
        directory._children.pop(new_name, None)
        if child is not None:
            child.parent, child.name = directory, new_name
            directory._children[new_name] = child

    def check_writable(self) -> None:
        """EROFS on a read-only mount."""
        if self.mount.read_only:
            raise Errno(E.EROFS)
