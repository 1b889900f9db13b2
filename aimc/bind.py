"""Folders and files of the host that a guest program sees, in addition to its sysroot."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from aimc.errors import UsageError


@dataclass(frozen=True)
class Bind:
    """One host path shown at a place of the guest's file system."""

    host: Path
    guest: PurePosixPath
    """Absolute and without `..`."""
    read_only: bool = False

    @classmethod
    def parse(cls, text: str) -> Bind:
        """Read `HOST:GUEST` or `HOST:GUEST:ro`. The host path must exist. Raises `UsageError`."""
        body, read_only = (text[:-3], True) if text.endswith(":ro") else (text, False)
        # The guest path is what follows the last colon: a host path may contain colons.
        host, colon, guest = body.rpartition(":")
        if not colon or not host or not guest.startswith("/"):
            raise UsageError(f"a bind is HOST:GUEST or HOST:GUEST:ro with an absolute guest path, got {text!r}")
        if ".." in PurePosixPath(guest).parts:
            raise UsageError(f"the guest path of a bind must not contain .., got {text!r}")
        if "\0" in host or not Path(host).exists():
            raise UsageError(f"there is no {host!r} on the host to bind to {guest}")
        return cls(Path(host), PurePosixPath(guest), read_only)
