"""A process's view of the file tree (Linux: fs_struct): root, current directory, umask."""

from __future__ import annotations

import stat as _stat
from dataclasses import dataclass, replace
from types import GeneratorType
from typing import cast

from guest.abi.errno import E, Errno
from guest.abi.flags import AT_FDCWD, O_ACCMODE, OpenFlag
from guest.abi.inotify import InotifyMask
from guest.costs import WorkCounters
from guest.credentials import Capability, Credentials
from guest.fs.dentry import Dentry
from guest.fs.fdtable import FileTable
from guest.fs.file import File, PathFile
from guest.fs.path_walk import KERNEL, Target, walk
from guest.fs.permission import (
    READ,
    WRITE,
    attributes_of_new,
    check,
    check_create,
    check_owner,
    mode_after_write,
)
from guest.fs.tmpfs import TmpfsRegular
from guest.wait import Blocking

_TMPFILE = int(OpenFlag.O_TMPFILE & ~OpenFlag.O_DIRECTORY)
_WANTED = (READ, WRITE, READ | WRITE, READ | WRITE)
_PATH_FLAGS = OpenFlag.O_PATH | OpenFlag.O_DIRECTORY | OpenFlag.O_NOFOLLOW | OpenFlag.O_CLOEXEC


@dataclass
class FsContext:
    """Tasks that share it (CLONE_FS) share the object.

    Whoever acts for a task gives its `credentials`; without them everything is allowed, as for the machine itself.
    """

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

    def walk(
        self,
        files: FileTable,
        directory: int,
        path: bytes,
        *,
        follow: bool,
        credentials: Credentials = KERNEL,
        resolve: int = 0,
    ) -> Target:
        """Resolve a path of an *at call."""
        if not path:
            # Found out when the path is fetched, before the descriptor is looked at.
            raise Errno(E.ENOENT)
        if resolve and directory != AT_FDCWD:
            # A confined walk begins at the descriptor even where the path is absolute.
            start = self.start(files, directory, b".")
        else:
            start = self.start(files, directory, path)
        target = walk(self.root, start, path, follow=follow, credentials=credentials, resolve=resolve)
        self.work.path_component += target.steps
        return target

    def find(
        self,
        files: FileTable,
        directory: int,
        path: bytes,
        *,
        follow: bool = True,
        credentials: Credentials = KERNEL,
    ) -> Dentry:
        """Resolve a path that must exist."""
        return self.walk(files, directory, path, follow=follow, credentials=credentials).existing()

    def open(
        self,
        files: FileTable,
        directory: int,
        path: bytes,
        flags: int,
        mode: int,
        *,
        credentials: Credentials = KERNEL,
    ) -> File:
        """open(2) without the descriptor; what would have to wait (a fifo) gives EAGAIN."""
        file = self.open_waiting(files, directory, path, flags, mode, credentials=credentials)
        if isinstance(file, GeneratorType):
            file.close()
            raise Errno(E.EAGAIN)
        return cast(File, file)

    def open_waiting(
        self,
        files: FileTable,
        directory: int,
        path: bytes,
        flags: int,
        mode: int,
        *,
        credentials: Credentials = KERNEL,
        resolve: int = 0,
    ) -> File | Blocking[File]:
        """open(2) without the descriptor; a generator if the file is a fifo whose other side is not there."""
        create = bool(flags & OpenFlag.O_CREAT)
        exclusive = create and bool(flags & OpenFlag.O_EXCL)
        if flags & OpenFlag.O_PATH:
            flags &= _PATH_FLAGS
            create = exclusive = False
        elif flags & _TMPFILE:
            return self._open_unnamed(files, directory, path, flags, mode, credentials, resolve)
        if create and flags & OpenFlag.O_DIRECTORY:
            raise Errno(E.EINVAL)
        follow = not flags & OpenFlag.O_NOFOLLOW and not exclusive
        target = self.walk(files, directory, path, follow=follow, credentials=credentials, resolve=resolve)
        if target.dentry is None and create:
            return self._create(target, flags, mode, credentials)
        if exclusive and target.dentry is not None:
            raise Errno(E.EEXIST)
        return self.open_dentry(target.existing(), flags, credentials, create=create)

    def _create(self, target: Target, flags: int, mode: int, credentials: Credentials) -> File:
        """A new file, which may be opened for anything whatever its mode says."""
        if target.wants_directory:
            raise Errno(E.EISDIR)
        directory = target.directory
        directory.check_writable()
        check_create(directory.inode, credentials)
        attributes = attributes_of_new(directory.inode, mode & ~self.umask & 0o7777, credentials, is_directory=False)
        inode = directory.inode.create(target.name, attributes)
        dentry = directory.child(target.name, inode)
        # The inode that made the file is the one that may open it.
        file = inode.open(dentry, flags & ~OpenFlag.O_TRUNC)
        notifier = directory.mount.notifier
        if notifier is not None:
            notifier.created(directory.inode, target.name, is_directory=False)
            notifier.event(dentry, InotifyMask.IN_OPEN)
        return file

    def _open_unnamed(
        self,
        files: FileTable,
        directory: int,
        path: bytes,
        flags: int,
        mode: int,
        credentials: Credentials,
        resolve: int,
    ) -> File:
        """O_TMPFILE."""
        if not flags & OpenFlag.O_DIRECTORY or flags & O_ACCMODE not in (1, 2) or flags & OpenFlag.O_CREAT:
            raise Errno(E.EINVAL)
        follow = not flags & OpenFlag.O_NOFOLLOW
        place = self.walk(files, directory, path, follow=follow, credentials=credentials, resolve=resolve).existing()
        if not place.inode.is_directory:
            raise Errno(E.ENOTDIR)
        place.check_writable()
        check_create(place.inode, credentials)
        attributes = attributes_of_new(place.inode, mode & ~self.umask & 0o7777, credentials, is_directory=False)
        inode = place.inode.tmpfile(attributes)
        if isinstance(inode, TmpfsRegular):
            inode.may_be_linked = not flags & OpenFlag.O_EXCL
        dentry = Dentry(place, b"#%d" % inode.stat().st_ino, inode, place.mount)
        dentry.deleted = True
        return inode.open(dentry, flags & ~(_TMPFILE | OpenFlag.O_DIRECTORY))

    def open_dentry(
        self, dentry: Dentry, flags: int, credentials: Credentials = KERNEL, *, create: bool = False
    ) -> File | Blocking[File]:
        """Open what exists."""
        inode = dentry.inode
        if flags & OpenFlag.O_DIRECTORY and not inode.is_directory:
            raise Errno(E.ENOTDIR)
        if flags & OpenFlag.O_PATH:
            return PathFile(dentry, flags)
        if inode.is_link:
            raise Errno(E.ELOOP)
        wanted = _WANTED[flags & O_ACCMODE] | (WRITE if flags & OpenFlag.O_TRUNC else 0)
        if inode.is_directory and (create or wanted & WRITE):
            raise Errno(E.EISDIR)
        if wanted & WRITE and inode.kind == _stat.S_IFREG:
            # Devices, fifos and sockets are written through, not on, their file system.
            dentry.check_writable()
        check(inode, credentials, wanted)
        if flags & OpenFlag.O_NOATIME:
            check_owner(inode, credentials)
        truncates = bool(flags & OpenFlag.O_TRUNC) and inode.kind == _stat.S_IFREG
        file = inode.open_waiting(dentry, flags)
        if truncates:
            strip_privileges(dentry, credentials)
        notifier = dentry.mount.notifier
        if notifier is not None:
            if truncates:
                notifier.event(dentry, InotifyMask.IN_MODIFY)
            notifier.event(dentry, InotifyMask.IN_OPEN)
        return file


def strip_privileges(dentry: Dentry, credentials: Credentials) -> None:
    """The content was changed: set-user-ID and set-group-ID go, unless the writer may keep them (CAP_FSETID)."""
    if credentials.capable(Capability.CAP_FSETID):
        return
    mode = dentry.inode.access()[0]
    stripped = mode_after_write(mode)
    if stripped != mode:
        dentry.inode.chmod(stripped & 0o7777)
