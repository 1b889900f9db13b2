"""What travels with a message besides its bytes: open files and the sender's identity."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from guest.fs.file import File
    from guest.task import Task

OVERFLOW_ID = 65534
"""What stands for an unknown user or group."""


class PeerIdentity(NamedTuple):
    """struct ucred."""

    pid: int
    uid: int
    gid: int

    @classmethod
    def of(cls, task: Task) -> PeerIdentity:
        """As Linux takes it for SO_PEERCRED: the effective user and group."""
        return cls(task.pid, task.credentials.euid, task.credentials.egid)

    @classmethod
    def real(cls, task: Task) -> PeerIdentity:
        """As Linux takes it for messages: the real user and group."""
        return cls(task.pid, task.credentials.uid, task.credentials.gid)

    def to_bytes(self) -> bytes:
        return b"".join((value & 0xFFFFFFFF).to_bytes(4, "little") for value in self)


NOBODY = PeerIdentity(0, OVERFLOW_ID, OVERFLOW_ID)
"""A message whose sender was not asked who it is."""


class Ancillary:
    """Of one message. Holds a reference to each file until it is received or dropped."""

    __slots__ = ("files", "identity")

    def __init__(self, identity: PeerIdentity | None = None, files: tuple[File, ...] = ()) -> None:
        self.identity = identity
        self.files = files
        for file in files:
            file.get()

    def duplicate(self) -> Ancillary:
        """For a message that is looked at and stays (MSG_PEEK)."""
        return Ancillary(self.identity, self.files)

    def take_files(self) -> tuple[File, ...]:
        """The files with their references: the caller puts them."""
        files, self.files = self.files, ()
        return files

    def release(self) -> None:
        """Nobody will receive it."""
        for file in self.take_files():
            file.put()
