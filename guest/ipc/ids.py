"""Identifiers, keys and permissions of System V objects (`ipc/util.c`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Generic, TypeVar

from guest.abi.errno import E, Errno
from guest.abi.ipc import IPC_PRIVATE, GetFlag, IpcPerm
from guest.credentials import Capability

if TYPE_CHECKING:
    from guest.credentials import Credentials

READ, WRITE = 0o444, 0o222
"""Rights to ask for; the bits of the class that applies count."""

_INDEX_BITS = 15
_MAX_INDEX = (1 << _INDEX_BITS) - 1
_MAX_SEQUENCE = (1 << 31 - _INDEX_BITS) - 1
_SHORTEST_CYCLE = 64


class IpcObject:
    """What the kinds have in common (struct kern_ipc_perm)."""

    def __init__(self, key: int, mode: int, creator: Credentials) -> None:
        self.key = key
        self.mode = mode & 0o777
        self.uid = self.cuid = creator.euid
        self.gid = self.cgid = creator.egid
        self.id = -1
        self.removed = False
        """IPC_RMID: whoever still holds it finds EIDRM."""

    @property
    def shown_mode(self) -> int:
        """As IPC_STAT gives it."""
        return self.mode

    def perm(self) -> IpcPerm:
        """For the *_ds structures."""
        return IpcPerm(
            self.key, self.uid, self.gid, self.cuid, self.cgid, self.shown_mode, self.id >> _INDEX_BITS
        )  # fmt: skip

    def allows(self, credentials: Credentials, wanted: int) -> bool:
        """Whether the task has the rights, given as in the nine low bits of a mode (ipcperms)."""
        wanted = wanted >> 6 | wanted >> 3 | wanted
        granted = self.mode
        if credentials.euid in (self.cuid, self.uid):
            granted >>= 6
        elif {self.cgid, self.gid} & {credentials.egid, *credentials.groups}:
            granted >>= 3
        return not wanted & ~granted & 7 or credentials.capable(Capability.CAP_IPC_OWNER)

    def check(self, credentials: Credentials, wanted: int) -> None:
        """EACCES without the rights."""
        if not self.allows(credentials, wanted):
            raise Errno(E.EACCES)

    def check_owner(self, credentials: Credentials) -> None:
        """EPERM unless the task may change or remove it."""
        if credentials.euid not in (self.cuid, self.uid) and not credentials.capable(Capability.CAP_SYS_ADMIN):
            raise Errno(E.EPERM)

    def set_perm(self, new: IpcPerm) -> None:
        """IPC_SET: owner, group and permissions (EINVAL)."""
        if 0xFFFFFFFF in (new.uid, new.gid):
            raise Errno(E.EINVAL)
        self.uid, self.gid = new.uid, new.gid
        self.mode = self.mode & ~0o777 | new.mode & 0o777


T = TypeVar("T", bound=IpcObject)


class Identifiers(Generic[T]):
    """The objects of one kind, by identifier and by key. An identifier that was given back is not soon given again."""

    def __init__(self) -> None:
        self._objects: dict[int, T] = {}
        self._by_key: dict[int, T] = {}
        self._sequence = 0
        self._last = -1
        self._next = 0

    def __len__(self) -> int:
        return len(self._objects)

    def __iter__(self) -> Iterator[T]:
        """By index, which is the order of /proc/sysvipc."""
        return iter([self._objects[index] for index in sorted(self._objects)])

    @property
    def highest_index(self) -> int:
        """What IPC_INFO returns."""
        return max(self._objects, default=0)

    def get(
        self,
        key: int,
        flags: int,
        credentials: Credentials,
        *,
        make: Callable[[], T],
        check: Callable[[T], None] = lambda found: None,
    ) -> int:
        """shmget, semget, msgget: the identifier of the object with the key, of a new one if need be (ENOENT, EEXIST,
        EACCES). `check` looks at one that exists.
        """
        found = None if key == IPC_PRIVATE else self._by_key.get(key)
        if found is None:
            if key != IPC_PRIVATE and not flags & GetFlag.IPC_CREAT:
                raise Errno(E.ENOENT)
            return self._add(make())
        if flags & GetFlag.IPC_CREAT and flags & GetFlag.IPC_EXCL:
            raise Errno(E.EEXIST)
        check(found)
        found.check(credentials, flags & 0o777)
        return found.id

    def _add(self, made: T) -> int:
        # Indices are used in turn, as by idr_alloc_cyclic; the sequence number grows when they begin anew.
        limit = max(len(self._objects) * 3 // 2, _SHORTEST_CYCLE)
        index = self._next if self._next < limit else 0
        while index in self._objects:
            index = index + 1 if index + 1 < limit else 0
        if index <= self._last:
            self._sequence = self._sequence + 1 if self._sequence < _MAX_SEQUENCE else 0
        self._last, self._next = index, index + 1
        made.id = self._sequence << _INDEX_BITS | index
        self._objects[index] = made
        if made.key != IPC_PRIVATE:
            self._by_key[made.key] = made
        return made.id

    def find(self, number: int) -> T:
        """The object of an identifier (EINVAL, EIDRM)."""
        found = self._objects.get(number & _MAX_INDEX) if number >= 0 else None
        if found is None:
            raise Errno(E.EINVAL)
        if found.id != number:
            raise Errno(E.EIDRM)
        return found

    def at(self, index: int) -> T:
        """The object at an index of the table, for the *_STAT commands (EINVAL)."""
        found = self._objects.get(index & _MAX_INDEX) if index >= 0 else None
        if found is None:
            raise Errno(E.EINVAL)
        return found

    def remove(self, gone: T) -> None:
        """The identifier and the key lead to it no more."""
        gone.removed = True
        self.forget_key(gone)
        del self._objects[gone.id & _MAX_INDEX]

    def forget_key(self, one: T) -> None:
        """The key leads to it no more, and may be given to another."""
        if self._by_key.get(one.key) is one:
            del self._by_key[one.key]
