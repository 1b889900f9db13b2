"""Root file systems: Debian user lands for arm64 in a folder, made without root and without touching the host.

    rootfs.py          a root by name: what was asked for, where it lies, when it is made anew
    rootfs_apt.py      apt's resolver and downloads, with a private state
    rootfs_unpack.py   packages to files
    rootfs_finish.py   what the packages' maintainer scripts would have done, as far as programs need it

A root lies at `<cache>/rootfs/<name>/root` with its description beside it in `rootfs.json`. The description is written
last and removed first, so a root that has one is whole. Packages and their lists stay in `<cache>/rootfs-apt`.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from images.cache import cache_folder
from images.rootfs_apt import Apt, Download, Progress, RootfsError, Source, Trust, host_mirror
from images.rootfs_finish import finish
from images.rootfs_unpack import unpack

__all__ = ["Progress", "Request", "Rootfs", "RootfsError", "built", "find", "is_rootfs", "make"]

DEFAULT_SUITE = "bookworm"
BASE_PACKAGES = ("base-files", "base-passwd", "dash", "libc-bin", "usr-is-merged")
"""In every root: the folders and /etc/passwd of Debian, /bin/sh, and what glibc's programs read."""

# Raised when what is made of the same packages changes.
_FORMAT = 1
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+(=[A-Za-z0-9.+:~-]+)?")


@dataclass(frozen=True)
class Request:
    """What the user asks for."""

    packages: tuple[str, ...]
    """Names, or `name=version`; what they depend on comes along."""
    suite: str = DEFAULT_SUITE
    mirror: str | None = None
    """None: the one that the host's own apt uses for Debian, else Debian's."""
    trust: Trust = dataclasses.field(default_factory=Trust)


@dataclass(frozen=True)
class Rootfs:
    """A root file system that lies whole in the cache."""

    name: str
    key: str
    """Hash of the packages' versions."""
    suite: str
    mirror: str
    verified: bool
    """Whether the signature of the archive was checked."""
    requested: tuple[str, ...]
    packages: tuple[str, ...]
    """`name=version` of each, sorted."""
    size_bytes: int
    """Of all regular files."""

    @property
    def path(self) -> Path:
        """The folder to use as `--sysroot`."""
        return _folder(self.name) / "root"


class _Description(TypedDict):
    """`rootfs.json`."""

    format: int
    key: str
    suite: str
    mirror: str
    verified: bool
    requested: list[str]
    packages: list[str]
    size_bytes: int


def is_rootfs(name: str) -> bool:
    """Whether a root of that name lies in the cache."""
    return _read(name) is not None


def find(name: str) -> Rootfs:
    """The root of that name; raises RootfsError if there is none."""
    found = _read(name)
    if found is None:
        known = ", ".join(root.name for root in built()) or "none is made yet"
        raise RootfsError(f"there is no root file system {name!r} ({known}; `aimc images rootfs` makes one)")
    return found


def built() -> list[Rootfs]:
    """All roots in the cache, by name."""
    folder = cache_folder() / "rootfs"
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    return [root for name in names if (root := _read(name)) is not None]


def make(name: str, request: Request, *, force: bool = False, progress: Progress | None = None) -> tuple[Rootfs, bool]:
    """Make the root `name`, unless it is there with these packages; returns it and whether it was made now.

    With `force` the archive is asked again, and the root is unpacked anew even if no version has changed.
    `progress(phase, done, total)` is called in this thread. Raises RootfsError.
    """
    _check(name, request)
    folder = _folder(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _locked(folder / ".lock"):
            present = _read(name)  # another process may have made it while we waited
            if present is not None and not force and _satisfies(present, request):
                return present, False
            return _make(name, request, progress or _silent), True
    except OSError as error:
        raise RootfsError(_os_sentence(error)) from error


def _make(name: str, request: Request, progress: Progress) -> Rootfs:
    mirror = request.mirror or host_mirror(request.suite)
    keyring = request.trust.keyring_for(mirror)
    source = Source(mirror.rstrip("/"), request.suite, keyring)
    state = cache_folder() / "rootfs-apt" / source.key
    state.mkdir(parents=True, exist_ok=True)
    with _locked(state / ".lock"):
        apt = Apt(state, source)
        apt.update(progress)
        wanted = [*BASE_PACKAGES, *request.packages]
        downloads = apt.download(wanted, progress)
    folder = _folder(name)
    (folder / "rootfs.json").unlink(missing_ok=True)
    for left in folder.glob(".building-*"):  # of a build that was killed
        _remove(left)
    building = Path(tempfile.mkdtemp(prefix=".building-", dir=folder))
    try:
        building.chmod(0o755)
        scripts = unpack([item.path for item in downloads], building, progress)
        progress("finish", 0, 1)
        finish(building, scripts)
        size_bytes = _size(building)
        target = folder / "root"
        if target.exists():
            _remove(target)
        building.rename(target)
    except BaseException:
        _remove(building)
        raise
    made = Rootfs(
        name=name,
        key=_key(downloads),
        suite=request.suite,
        mirror=source.mirror,
        verified=keyring is not None,
        requested=request.packages,
        packages=tuple(sorted(f"{item.package}={item.version}" for item in downloads)),
        size_bytes=size_bytes,
    )
    _write(made)
    progress("finish", 1, 1)
    return made


def _check(name: str, request: Request) -> None:
    if _NAME.fullmatch(name) is None:
        raise RootfsError(f"{name!r} cannot name a root file system: small letters, digits, '.', '_' and '-' only")
    if not request.packages:
        raise RootfsError("a root file system needs at least one --package")
    for package in request.packages:
        if _PACKAGE.fullmatch(package) is None:
            raise RootfsError(f"{package!r} is not the name of a Debian package")
    if re.fullmatch(r"[a-z0-9][a-z0-9.-]*", request.suite) is None:
        raise RootfsError(f"{request.suite!r} is not the name of a Debian suite")
    if request.mirror is not None and re.fullmatch(r"(https?|file|mirror\+https?)://?[^\s\"]+", request.mirror) is None:
        raise RootfsError(f"{request.mirror!r} is not the address of a Debian mirror (http://…, https://… or file:/…)")


def _satisfies(present: Rootfs, request: Request) -> bool:
    same_mirror = request.mirror is None or request.mirror.rstrip("/") == present.mirror
    same_trust = present.verified or request.trust.insecure
    same_packages = sorted(set(present.requested)) == sorted(set(request.packages))
    return same_packages and same_mirror and same_trust and present.suite == request.suite


def _key(downloads: list[Download]) -> str:
    names = sorted(f"{item.package}={item.version}={item.digest}" for item in downloads)
    return hashlib.sha256("\0".join((str(_FORMAT), *names)).encode()).hexdigest()[:24]


def _folder(name: str) -> Path:
    return cache_folder() / "rootfs" / name


def _read(name: str) -> Rootfs | None:
    """The description of a root; None if there is none, or one of another format."""
    if _NAME.fullmatch(name) is None:
        return None
    try:
        text = (_folder(name) / "rootfs.json").read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    found: _Description = json.loads(text)
    if found["format"] != _FORMAT:
        return None
    return Rootfs(
        name=name,
        key=found["key"],
        suite=found["suite"],
        mirror=found["mirror"],
        verified=found["verified"],
        requested=tuple(found["requested"]),
        packages=tuple(found["packages"]),
        size_bytes=found["size_bytes"],
    )


def _write(root: Rootfs) -> None:
    content: _Description = {
        "format": _FORMAT,
        "key": root.key,
        "suite": root.suite,
        "mirror": root.mirror,
        "verified": root.verified,
        "requested": list(root.requested),
        "packages": list(root.packages),
        "size_bytes": root.size_bytes,
    }
    path = _folder(root.name) / "rootfs.json"
    scratch = path.with_suffix(".new")
    scratch.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    scratch.replace(path)


def _size(folder: Path) -> int:
    """Bytes of the regular files, each inode once: packages ship hard links."""
    sizes: dict[int, int] = {}
    for parent, _, names in os.walk(folder):
        for name in names:
            found = os.lstat(Path(parent) / name)
            sizes[found.st_ino] = found.st_size
    return sum(sizes.values())


def _remove(folder: Path) -> None:
    """Remove a tree, also folders in it that are not writable to their owner."""
    if os.geteuid() != 0:
        for parent, names, _ in os.walk(folder):
            for name in names:
                with contextlib.suppress(OSError):
                    path = Path(parent) / name
                    if not path.is_symlink():
                        path.chmod(0o700)
    shutil.rmtree(folder)


def _os_sentence(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk of the cache {cache_folder()} is full (set AIMC_CACHE to a folder with room)"
    return f"a root file system cannot be kept in the cache: {error} (set AIMC_CACHE to a folder that can be written)"


def _silent(phase: str, done: int, total: int) -> None:
    """Progress that nobody sees."""


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock that other processes and threads of this one respect (each opens the file for itself)."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
