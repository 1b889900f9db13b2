"""The host as the guest must not touch it: a sysroot with ways out of it, and what lies around."""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from images.cache import cache_folder
from tests.end_to_end.elf import program
from tests.fuzz.stub import STUB

_CACHE = f"{cache_folder()}/"
"""The machine's own: compiled hooks, decoded instructions."""


_OURS = {"root", "outside", "pattern"}


class World:
    """A folder with a `root` for the guest and an `outside` next to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "root"
        self.outside = folder / "outside"
        self._pattern = folder / "pattern"
        self.outside.mkdir(parents=True)
        (self.outside / "secret").write_bytes(b"the host's secret\n")
        (self.outside / "folder").mkdir()
        (self.outside / "folder" / "file").write_bytes(b"also the host's\n")
        _populate(self._pattern, self.outside)
        self.renew()
        self._around = snapshot(self.outside)
        self._inside = snapshot(self.root)

    def renew(self) -> None:
        """Make the sysroot as it was in the beginning."""
        if self.root.exists():
            # The guest may have made its folders unreadable.
            for path in [self.root, *self.root.rglob("*")]:
                if not path.is_symlink() and path.is_dir():
                    path.chmod(0o755)
            shutil.rmtree(self.root)
        shutil.copytree(self._pattern, self.root, symlinks=True, copy_function=_copy)
        self._inside = snapshot(self.root)

    def place_mutant(self, image: bytes) -> None:
        """Put a program into the sysroot, as `/bin/mutant`."""
        path = self.root / "bin" / "mutant"
        path.write_bytes(image)
        path.chmod(0o755)
        self._inside = snapshot(self.root)

    def changes(self, *, inside: bool) -> list[str]:
        """What is not as it was: around the sysroot, and also inside it if that must not change."""
        found = [f"outside: {name}" for name in _different(self._around, snapshot(self.outside))]
        found += [f"folder: {name}" for name in sorted({path.name for path in self.folder.iterdir()} - _OURS)]
        if inside:
            found += [f"sysroot: {name}" for name in _different(self._inside, snapshot(self.root))]
        return found


def _copy(source: str, target: str) -> str:
    if stat.S_ISFIFO(os.lstat(source).st_mode):
        os.mkfifo(target)
        return target
    return str(shutil.copy2(source, target))


def _populate(root: Path, outside: Path) -> None:
    for name in ("bin", "data/sub", "etc", "tmp", "run", "private"):
        (root / name).mkdir(parents=True)
    (root / "etc" / "passwd").write_bytes(b"root:x:0:0:root:/:/bin/sh\n")
    (root / "data" / "file").write_bytes(bytes(range(256)) * 20)
    (root / "data" / "empty").write_bytes(b"")
    (root / "data" / "sub" / "deep").write_bytes(b"deep\n")
    (root / "private" / "key").write_bytes(b"key\n")
    programs = {
        "prog": STUB, "setid": STUB, "script": b"#!/bin/prog  an argument\n", "loop": b"#! /bin/loop\n",
        "text": b"only text\n", "dynamic": program((0xD4000001,), interpreter=b"/bin/prog"),
    }  # fmt: skip
    for name, content in programs.items():
        (root / "bin" / name).write_bytes(content)
        (root / "bin" / name).chmod(0o6755 if name == "setid" else 0o755)
    (root / "out").symlink_to("../outside")
    (root / "absolute").symlink_to(outside)
    (root / "dots").symlink_to("../../../../../../../../..")
    (root / "loop").symlink_to("loop")
    (root / "dangling").symlink_to("nowhere")
    (root / "data" / "up").symlink_to("../../outside/secret")
    os.mkfifo(root / "hostfifo")
    (root / "private").chmod(0o700)


Snapshot = dict[str, tuple[Any, ...]]


def snapshot(folder: Path) -> Snapshot:
    """What lies in a folder: contents, kinds, modes, owners and times."""
    found: Snapshot = {}
    for path in [folder, *sorted(folder.rglob("*"))]:
        status = path.lstat()
        content: Any = None
        if stat.S_ISREG(status.st_mode):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
        elif stat.S_ISLNK(status.st_mode):
            content = str(path.readlink())
        # Not the access time: looking is allowed, and this function looks too.
        found[str(path.relative_to(folder))] = (
            status.st_mode, status.st_uid, status.st_gid, status.st_nlink, status.st_size, status.st_mtime_ns, content
        )  # fmt: skip
    return found


def _different(before: Snapshot, after: Snapshot) -> list[str]:
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))


# -- what Python itself says of its accesses to files ----------------------------------------------------------

_ONE_NAME = {"os.mkdir": (0, 2), "os.rmdir": (0, 1), "os.remove": (0, 1)}
_TWO_NAMES = {"os.rename": (0, 1, 2, 3), "os.link": (0, 1, 2, 3)}
_ONE_PATH = {"os.chmod", "os.chown", "os.truncate", "os.utime", "os.setxattr", "os.removexattr", "os.listdir",
             "os.scandir", "os.getxattr", "os.listxattr"}  # fmt: skip
_NEVER = {"os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty", "subprocess.Popen", "os.chdir", "os.kill",
          "os.killpg", "os.chroot", "shutil.rmtree", "shutil.copyfile", "socket.connect", "socket.bind",
          "socket.sendto", "ctypes.dlopen", "os.putenv", "os.unsetenv", "signal.pthread_kill"}  # fmt: skip


_watching: list[Audit] = []
"""Whom an event is told; empty most of the time."""


@functools.cache
def _install() -> None:
    """Python never takes an audit hook off again, so there is one for a process, which costs little."""

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if _watching:
            _watching[-1].hear(event, arguments)

    sys.addaudithook(hook)


class Audit:
    """Notes every access to a file of the host outside the sysroot, by Python's audit events.

    A path of one component is fine: the machine opens those relative to a folder that it holds. So is
    /proc/self/fd/N if that descriptor is of something inside. And Python may load its modules.
    """

    def __init__(self) -> None:
        self._root = ""
        self._program = ""
        self.found: list[str] = []
        self.events = 0
        _install()

    @contextmanager
    def watch(self, world: World, program: Path | None = None) -> Iterator[None]:
        """Note what happens meanwhile. Only `program` may also be read. The working folder is `world.outside`, so that
        what is made there is seen.
        """
        before = Path.cwd()
        os.chdir(world.outside)
        _watching.append(self)
        self._root, self.found, self._program = str(world.root), [], str(program)
        try:
            yield
        finally:
            _watching.remove(self)
            os.chdir(before)

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        """An audit event."""
        if event == "open":
            self.events += 1
            path, _, flags = arguments
            if isinstance(path, int):
                return
            text = os.fsdecode(path)
            is_module = text.endswith((".py", ".pyc", ".so", ".json")) and not flags & (os.O_WRONLY | os.O_RDWR)
            # Its own folder again: the machine lists a folder that it holds, through a descriptor.
            is_listing = text == "." and flags & os.O_DIRECTORY
            if not is_module and not is_listing:
                self._check(event, path)
        elif event in _ONE_NAME:
            where, folder = _ONE_NAME[event]
            self._check(event, arguments[where], arguments[folder])
        elif event in _TWO_NAMES:
            first, second, folder, second_folder = _TWO_NAMES[event]
            self._check(event, arguments[first], arguments[folder])
            self._check(event, arguments[second], arguments[second_folder])
        elif event == "os.symlink":
            self._check(event, arguments[1], arguments[2])
        elif event in _ONE_PATH:
            self._check(event, arguments[0])
        elif event in _NEVER:
            self.found.append(f"{event}{arguments!r}")

    def _check(self, event: str, path: Any, folder: int | None = None) -> None:
        if isinstance(path, int):
            return
        text = os.fsdecode(path)
        if text.startswith("/proc/self/fd/") and text.count("/") == 4:
            text = str(Path(text).readlink())
            if text.startswith("/") and text != self._program and not (text + "/").startswith(f"{self._root}/"):
                self.found.append(f"{event} of {text!r} by its descriptor")
            return
        if text in (self._root, self._program) or text.startswith(_CACHE):
            return
        if "/" in text or text in ("..", ".") or folder == -1:
            self.found.append(f"{event} {text!r}")
