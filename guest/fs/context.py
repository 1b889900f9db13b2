"""A process's view of the file tree (Linux: fs_struct): root, current directory, umask."""

from __future__ import annotations

from dataclasses import dataclass, replace

from guest.abi.errno import E, Errno
from guest.abi.flags import AT_FDCWD, OpenFlag
from guest.costs import WorkCounters
from guest.fs.dentry import Dentry
from guest.fs.devices import DescriptorNode
from guest.fs.fdtable import FileTable
from guest.fs.file import File, PathFile
from guest.fs.path_walk import Target, walk


@dataclass
class FsContext:
    """Tasks that share it (CLONE_FS) share the object."""

    root: Dentry
    cwd: Dentry
    work: WorkCounters
    umask: int = 0o022

    def copy(self) -> FsContext:
        """A context of its own (fork)."""
        return replace(self)

    def start(self, files: FileTable, directory: int, path: bytes) -> Dentry:
        """Where the walk of a path begins (EBADF, ENOTDIR); absolute paths do not look at the descriptor."""
        if directory == AT_FDCWD or path.startswith(b"/"):
            return self.cwd
        dentry = files.get(directory).dentry
        if not dentry.inode.is_directory:
            raise Errno(E.ENOTDIR)
        return dentry

    def walk(self, files: FileTable, directory: int, path: bytes, *, follow: bool) -> Target:
        """Resolve a path of an *at call."""
        target = walk(self.root, self.start(files, directory, path), path, follow=follow)
        self.work.path_component += target.steps
        return target

    def find(self, files: FileTable, directory: int, path: bytes, *, follow: bool = True) -> Dentry:
        """Resolve a path that must exist."""
        return self.walk(files, directory, path, follow=follow).existing()

    def open(self, files: FileTable, directory: int, path: bytes, flags: int, mode: int) -> File:
        """open(2) without the descriptor."""
        create = bool(flags & OpenFlag.O_CREAT)
        exclusive = create and bool(flags & OpenFlag.O_EXCL)
        if flags & OpenFlag.O_TMPFILE & ~OpenFlag.O_DIRECTORY:
            raise Errno(E.EOPNOTSUPP)
        if flags & OpenFlag.O_PATH:
            flags &= OpenFlag.O_PATH | OpenFlag.O_DIRECTORY | OpenFlag.O_NOFOLLOW | OpenFlag.O_CLOEXEC
            create = exclusive = False
        if create and flags & OpenFlag.O_DIRECTORY:
            raise Errno(E.EINVAL)
        follow = not flags & OpenFlag.O_NOFOLLOW and not exclusive
        target = self.walk(files, directory, path, follow=follow)
        if target.dentry is None and create:
            if target.wants_directory:
                raise Errno(E.EISDIR)
            target.directory.check_writable()
            inode = target.directory.inode.create(target.name)
            dentry = Dentry(target.directory, target.name, inode, target.directory.mount)
            file = inode.open(dentry, flags & ~OpenFlag.O_TRUNC)
            # Only now: a new file may be opened for writing although its mode says read-only.
            inode.chmod(mode & ~self.umask & 0o7777)
            return file
        if exclusive and target.dentry is not None:
            raise Errno(E.EEXIST)
        existing = target.existing()
        if isinstance(existing.inode, DescriptorNode) and not flags & OpenFlag.O_PATH:
            return files.get_io(existing.inode.descriptor)
        return self._open_existing(existing, flags, create)

    def _open_existing(self, dentry: Dentry, flags: int, create: bool) -> File:
        inode = dentry.inode
        if flags & OpenFlag.O_DIRECTORY and not inode.is_directory:
            raise Errno(E.ENOTDIR)
        if flags & OpenFlag.O_PATH:
            return PathFile(dentry, flags)
        if inode.is_link:
            raise Errno(E.ELOOP)
        if inode.is_directory and create:
            raise Errno(E.EISDIR)
        # Devices are written through, not on, their file system.
        if (flags & (OpenFlag.O_WRONLY | OpenFlag.O_RDWR) or flags & OpenFlag.O_TRUNC) and inode.kind in (
            0o100000,
            0o040000,
        ):
            if inode.is_directory:
                raise Errno(E.EISDIR)
            dentry.check_writable()
        return inode.open(dentry, flags)
