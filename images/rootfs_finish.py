"""What the packages' maintainer scripts would have done, as far as programs need it.

The scripts themselves are programs for the target and want to be root, so none runs. Users that packages create, caches
(`ld.so.cache`, fonts, manual pages) and services are left out: programs run without them.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

HOSTNAME = "aimc"
_FILES = {
    "etc/hostname": f"{HOSTNAME}\n",
    "etc/hosts": f"127.0.0.1\tlocalhost {HOSTNAME}\n::1\tlocalhost ip6-localhost ip6-loopback\n",
    # There is no route out of the machine, so no name server either.
    "etc/resolv.conf": "",
    "etc/nsswitch.conf": "".join(
        f"{database}:\t{services}\n"
        for database, services in (
            ("passwd", "files"), ("group", "files"), ("shadow", "files"), ("hosts", "files dns"), ("networks", "files"),
            ("protocols", "files"), ("services", "files"), ("ethers", "files"), ("rpc", "files"),
        )
    ),
    "etc/environment": "",
    "etc/fstab": "",
}  # fmt: skip
_COPIES = {
    "etc/passwd": "usr/share/base-passwd/passwd.master",
    "etc/group": "usr/share/base-passwd/group.master",
    "etc/profile": "usr/share/base-files/profile",
    "etc/motd": "usr/share/base-files/motd",
    "root/.profile": "usr/share/base-files/dot.profile",
    "root/.bashrc": "usr/share/base-files/dot.bashrc",
}
_LINKS = {"etc/mtab": "../proc/self/mounts", "var/run": "/run", "var/lock": "/run/lock", "var/spool/mail": "../mail"}
_FOLDERS = {
    "dev": 0o755, "home": 0o755, "media": 0o755, "mnt": 0o755, "opt": 0o755, "proc": 0o555, "root": 0o700,
    "run": 0o755, "run/lock": 0o1777, "srv": 0o755, "sys": 0o555, "tmp": 0o1777, "usr/local/bin": 0o755,
    "usr/local/lib": 0o755, "var/mail": 0o755, "var/tmp": 0o1777,
}  # fmt: skip
_SHELLS = ("sh", "dash", "bash", "rbash")


@dataclass(frozen=True)
class Alternative:
    """One offer for a generic name, such as gawk for awk."""

    link: str
    name: str
    path: str
    priority: int
    followers: tuple[tuple[str, str, str], ...] = ()
    """(link, name, path) of what goes with it."""


def finish(root: Path, scripts: Iterable[str]) -> None:
    """Complete an unpacked root; `scripts` are the packages' `postinst` texts."""
    for name, mode in _FOLDERS.items():
        folder = root / name
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)
    for target, source in _COPIES.items():
        if (root / source).is_file() and not (root / target).exists():
            shutil.copyfile(root / source, root / target)
    for name, text in _FILES.items():
        if not (root / name).exists():
            (root / name).write_text(text)
    _make_shadow(root)
    for name, to in _LINKS.items():
        _link(root, name, to)
    shells = [f"/bin/{shell}" for shell in _SHELLS if os.path.lexists(root / "usr/bin" / shell)]
    (root / "etc/shells").write_text("".join(f"{shell}\n" for shell in shells))
    set_alternatives(root, [offer for script in scripts for offer in alternatives_of(script)])


def alternatives_of(script: str) -> list[Alternative]:
    """What a `postinst` installs by plain `update-alternatives --install` commands.

    A command with a shell variable in it is left out: its value is known only to the shell.
    """
    offers = []
    for command in re.findall(r"update-alternatives\b([^\n;&|]*)", script.replace("\\\n", " ")):
        if "--install" not in command or re.search(r"[$`]", command):
            continue
        words = shlex.split(command, comments=True)
        at = words.index("--install")
        link, name, path, priority = words[at + 1 : at + 5]
        followers = []
        for position, word in enumerate(words):
            if word == "--slave":
                slave_link, slave_name, slave_path = words[position + 1 : position + 4]
                followers.append((slave_link, slave_name, slave_path))
        offers.append(Alternative(link, name, path, int(priority), tuple(followers)))
    return offers


def set_alternatives(root: Path, offers: list[Alternative]) -> None:
    """Make the links of the best offer for each name, the first of equal ones as dpkg does."""
    best: dict[str, Alternative] = {}
    for offer in offers:
        if _exists(root, offer.path) and (offer.name not in best or offer.priority > best[offer.name].priority):
            best[offer.name] = offer
    for offer in best.values():
        for link, name, path in ((offer.link, offer.name, offer.path), *offer.followers):
            if _exists(root, path):
                _link(root, f"etc/alternatives/{name}", path)
                _link(root, link.lstrip("/"), f"/etc/alternatives/{name}")


def _make_shadow(root: Path) -> None:
    passwd, shadow = root / "etc/passwd", root / "etc/shadow"
    if passwd.is_file() and not shadow.exists():
        users = [line.split(":", 1)[0] for line in passwd.read_text().splitlines() if line]
        shadow.write_text("".join(f"{user}:*:19000:0:99999:7:::\n" for user in users))
        shadow.chmod(0o640)


def _exists(root: Path, path: str) -> bool:
    """Whether the guest has something at an absolute path (the last link is not followed: it may be absolute)."""
    return os.path.lexists(root / path.lstrip("/"))


def _link(root: Path, name: str, to: str) -> None:
    """A symbolic link, in place of a file or an empty folder."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir() and not path.is_symlink():
        if any(path.iterdir()):
            return
        path.rmdir()
    path.unlink(missing_ok=True)
    path.symlink_to(to)
