"""Event descriptors share one inode, as on Linux: they are told apart by their name only."""

from __future__ import annotations

from guest.fs.anonymous import AnonymousFile, AnonymousInode

_INODE = AnonymousInode(0x7000_0000, 0o600)
"""Has no state; its number is out of the way of those that the machine counts."""


class AnonymousEventFile(AnonymousFile):
    """A file that shows as `anon_inode:NAME` in /proc/self/fd. Neither read nor write unless it says so."""

    def __init__(self, name: bytes, flags: int) -> None:
        super().__init__(b"anon_inode:" + name, _INODE, flags)
