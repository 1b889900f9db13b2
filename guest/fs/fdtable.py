"""Descriptors of a process (Linux: files_struct)."""

from __future__ import annotations

from collections.abc import Iterator

from guest.abi.errno import E, Errno
from guest.fs.file import File, PathFile


class FileTable:
    """Numbers to open files. Tasks that share it (CLONE_FILES) share the object; `users` counts them."""

    def __init__(self, limit: int = 1024) -> None:
        self.limit = limit
        """RLIMIT_NOFILE, set by prlimit64: the limit belongs to the process."""
        self.users = 1
        self._files: list[File | None] = []
        self._close_on_exec: set[int] = set()

    def __iter__(self) -> Iterator[tuple[int, File]]:
        return iter([(number, file) for number, file in enumerate(self._files) if file is not None])

    def get(self, fd: int) -> File:
        """The file of a descriptor, one opened with O_PATH included (EBADF)."""
        if 0 <= fd < len(self._files):
            file = self._files[fd]
            if file is not None:
                return file
        raise Errno(E.EBADF)

    def get_io(self, fd: int) -> File:
        """The file of a descriptor that is good for more than naming a place (EBADF for O_PATH)."""
        file = self.get(fd)
        if isinstance(file, PathFile):
            raise Errno(E.EBADF)
        return file

    def check_room(self) -> None:
        """EMFILE if there is no free descriptor: to be found out before a file is made."""
        if len(self._files) >= self.limit and all(file is not None for file in self._files[: self.limit]):
            raise Errno(E.EMFILE)

    def install(self, file: File, *, close_on_exec: bool = False, lowest: int = 0) -> int:
        """Give a file the lowest free descriptor from `lowest` on (EMFILE)."""
        fd = lowest
        while fd < len(self._files) and self._files[fd] is not None:
            fd += 1
        if fd >= self.limit:
            # The file came here to stay: without a descriptor nothing refers to it.
            file.get().put()
            raise Errno(E.EMFILE)
        self._set(fd, file, close_on_exec)
        return fd

    def duplicate(self, fd: int, *, lowest: int = 0, close_on_exec: bool = False) -> int:
        """A further descriptor of the same file (EBADF, EMFILE, EINVAL)."""
        if not 0 <= lowest < self.limit:
            raise Errno(E.EINVAL)
        return self.install(self.get(fd), close_on_exec=close_on_exec, lowest=lowest)

    def duplicate_to(self, fd: int, target: int, *, close_on_exec: bool) -> int:
        """Make `target` refer to the file of `fd`, closing what it was."""
        file = self.get(fd)
        if not 0 <= target < self.limit:
            raise Errno(E.EBADF)
        file.get()
        if target < len(self._files) and self._files[target] is not None:
            self.close(target)
        self._set(target, file, close_on_exec)
        file.put()
        return target

    def close(self, fd: int) -> None:
        """Close a descriptor (EBADF)."""
        file = self.get(fd)
        self._files[fd] = None
        self._close_on_exec.discard(fd)
        locks = file.dentry.mount.locks
        if locks is not None:
            # POSIX: closing any descriptor of a file ends the process's record locks on it.
            locks.release_owner(self, file.dentry.inode)
        file.closed_in(self)
        file.put()

    def close_on_exec(self, fd: int) -> bool:
        """FD_CLOEXEC of a descriptor (EBADF)."""
        self.get(fd)
        return fd in self._close_on_exec

    def set_close_on_exec(self, fd: int, value: bool) -> None:
        """Set or clear FD_CLOEXEC (EBADF)."""
        self.get(fd)
        (self._close_on_exec.add if value else self._close_on_exec.discard)(fd)

    def exec(self) -> None:
        """A new program starts: close what is marked."""
        for fd in sorted(self._close_on_exec):
            self.close(fd)

    def copy(self) -> FileTable:
        """A table of its own that refers to the same files (fork)."""
        other = FileTable(self.limit)
        other._files = [file.get() if file is not None else None for file in self._files]
        other._close_on_exec = set(self._close_on_exec)
        return other

    def release(self) -> None:
        """One user less; the last one closes everything."""
        self.users -= 1
        if self.users == 0:
            for fd, _ in self:
                self.close(fd)

    def _set(self, fd: int, file: File, close_on_exec: bool) -> None:
        while len(self._files) <= fd:
            self._files.append(None)
        self._files[fd] = file.get()
        self.set_close_on_exec(fd, close_on_exec)
