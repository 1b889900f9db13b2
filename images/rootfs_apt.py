"""apt with a state of its own: lists, cache, configuration and trust lie in one folder of ours, nothing of the host's.

apt's resolver decides which packages a root gets, apt's own methods fetch them and check the archive's signature and
each package's hash. Of the host's configuration only how it reaches the network is taken over (proxies, certificates).
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import urllib.parse
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

ARCHITECTURE = "arm64"
DEBIAN_MIRROR = "http://deb.debian.org/debian"
HOST_KEYRINGS = (
    Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
    Path("/usr/share/keyrings/debian-archive-keyring.pgp"),
)
"""Where Debian's package debian-archive-keyring puts its keys, on Debian and on distributions that carry it."""

Progress = Callable[[str, int, int], None]
"""Called as `progress(phase, done, total)`; the phases are "lists", "download", "unpack" and "finish"."""

_NETWORK_OPTIONS = ("Acquire::http::", "Acquire::https::", "Acquire::ForceIPv4", "Acquire::ForceIPv6")
_URI_LINE = re.compile(r"'(?P<uri>[^']+)' (?P<file>\S+) (?P<size>\d+) ?(?P<hash>\S*)")
_SPACE_LINE = re.compile(r"After this operation, ([\d,.]+) ([kMGT]?B) of additional disk space")
_UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}


class RootfsError(Exception):
    """A root file system cannot be made or found; the message is one sentence."""


@dataclass(frozen=True)
class Trust:
    """How an archive's signature is checked."""

    keyring: Path | None = None
    """None: the host's keyring of Debian."""
    insecure: bool = False
    """Take packages from an archive whose signature nobody checked."""

    def keyring_for(self, mirror: str) -> Path | None:
        """The keyring to check with; None only if the user said `insecure`. Raises RootfsError if there is none."""
        if self.insecure:
            return None
        if self.keyring is not None:
            if not self.keyring.is_file():
                raise RootfsError(f"there is no keyring {str(self.keyring)!r}")
            return self.keyring.absolute()
        for path in HOST_KEYRINGS:
            if path.is_file():
                return path
        raise RootfsError(
            f"the packages of {mirror} cannot be verified, as this host has no keys of Debian: install the package "
            "debian-archive-keyring, name a file with --keyring, or say --insecure to do without"
        )


@dataclass(frozen=True)
class Source:
    """One suite of one archive."""

    mirror: str
    suite: str
    keyring: Path | None

    @property
    def key(self) -> str:
        """Name of the folder of its state."""
        digest = hashlib.sha256(repr((self.mirror, str(self.keyring))).encode()).hexdigest()[:12]
        return f"{self.suite}-{digest}"

    def line(self) -> str:
        """The entry for sources.list."""
        option = "trusted=yes" if self.keyring is None else f"signed-by={self.keyring}"
        return f"deb [{option}] {self.mirror} {self.suite} main\n"


@dataclass(frozen=True)
class Download:
    """A package file that lies in the cache."""

    package: str
    version: str
    digest: str
    path: Path


def host_mirror(suite: str) -> str:
    """The mirror of Debian's suite that the host's own apt uses; Debian's own mirror if it uses none."""
    apt_get = shutil.which("apt-get")
    if apt_get is None:
        return DEBIAN_MIRROR
    form = "$(CODENAME)|$(RELEASE)|$(COMPONENT)|$(ORIGIN)|$(REPO_URI)"
    command = [apt_get, "indextargets", "--format", form, "Created-By: Packages"]
    result = subprocess.run(command, capture_output=True, text=True, env=_environment(None), check=False)
    for line in result.stdout.splitlines():
        codename, release, component, origin, uri = line.split("|", maxsplit=4)
        # Before the host's first `apt-get update` the origin is not known; the field's name stands there then.
        is_debian = origin == "Debian" or (origin.startswith("$(") and uri.rstrip("/").endswith("/debian"))
        if is_debian and suite in (codename, release) and component == "main" and uri.startswith("http"):
            return uri.rstrip("/")
    return DEBIAN_MIRROR


class Apt:
    """apt on a private state. The caller holds a lock on the folder."""

    def __init__(self, folder: Path, source: Source) -> None:
        """Raises RootfsError if the host has no apt."""
        self._folder = folder
        self._source = source
        self._apt_get = _tool("apt-get", "apt")
        if source.keyring is not None:
            _tool("gpgv", "gpgv")
        self._configuration = folder / "apt.conf"
        for path in ("lists/partial", "archives/partial", "plan/partial", "etc/empty", "log"):
            (folder / path).mkdir(parents=True, exist_ok=True)
        (folder / "status").write_text("")
        (folder / "etc" / "sources.list").write_text(source.line())
        self._configuration.write_text("".join(f"{line};\n" for line in self._options()))

    def update(self, progress: Progress) -> None:
        """Fetch the lists of packages, or look that they are still the newest."""
        self._run(["update"], "lists", progress)

    def download(self, packages: Iterable[str], progress: Progress) -> list[Download]:
        """Fetch these packages and what they depend on, in the order in which apt would unpack them."""
        install = ["install", "--yes", "--no-install-recommends"]
        wanted = ["--", *packages]
        # apt prints only what it would have to fetch: for the plan, no package is there yet.
        nothing = f"Dir::Cache::archives={self._folder / 'plan'}"
        planned = self._run([*install, "--print-uris", "-o", nothing, *wanted], "plan", progress)
        uris = [match for line in planned.splitlines() if (match := _URI_LINE.fullmatch(line)) is not None]
        if not uris:
            raise RootfsError("apt found nothing to install")
        missing = [match for match in uris if not (self._folder / "archives" / match["file"]).exists()]
        self._check_space(planned, sum(int(match["size"]) for match in missing))
        self._run([*install, "--download-only", *wanted], "download", progress)
        return [self._downloaded(match) for match in uris]

    def _downloaded(self, planned: re.Match[str]) -> Download:
        path = self._folder / "archives" / planned["file"]
        if not path.is_file():  # a `file:` mirror is used in place
            path = Path(urllib.parse.unquote(urllib.parse.urlparse(planned["uri"]).path))
        if not path.is_file():
            raise RootfsError(f"apt did not fetch {planned['file']}")
        package, version, _ = urllib.parse.unquote(planned["file"]).split("_", maxsplit=2)
        return Download(package, version, planned["hash"], path)

    def _check_space(self, planned: str, download_bytes: int) -> None:
        unpacked = _SPACE_LINE.search(planned)
        needed = download_bytes
        if unpacked is not None:
            needed += int(float(unpacked[1].replace(",", "")) * _UNITS[unpacked[2]])
        free = shutil.disk_usage(self._folder).free
        if free < needed:
            raise RootfsError(
                f"the disk of the cache {self._folder.parent.parent} has {free >> 20} MiB free, {needed >> 20} MiB are "
                "needed (set AIMC_CACHE to a folder with room)"
            )

    def _run(self, arguments: list[str], phase: str, progress: Progress) -> str:
        """Run apt-get and return what it printed; progress comes from its status lines."""
        progress(phase, 0, 100)
        reader, writer = os.pipe()
        command = [self._apt_get, "-q", "-o", f"APT::Status-Fd={writer}", *arguments]
        # Its output goes to files: reading it and the status lines in turn could lock up.
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            with open(reader, encoding="utf-8", errors="replace") as status:
                try:
                    process = subprocess.Popen(
                        command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, pass_fds=(writer,),
                        env=_environment(self._configuration),
                    )  # fmt: skip
                finally:
                    os.close(writer)
                try:
                    for line in status:
                        if line.startswith("dlstatus:"):
                            progress(phase, int(float(line.split(":", maxsplit=3)[2])), 100)
                except BaseException:
                    process.terminate()
                    raise
                finally:
                    code = process.wait()
            texts = []
            for file in (output, errors):
                file.seek(0)
                texts.append(file.read().decode(errors="replace"))
        if code != 0:
            raise RootfsError(_sentence(texts[0], texts[1], self._source))
        progress(phase, 100, 100)
        return texts[0]

    def _options(self) -> list[str]:
        folder = self._folder
        paths = {
            "Dir": folder,
            "Dir::State": folder,
            "Dir::State::lists": folder / "lists",
            "Dir::State::status": folder / "status",
            "Dir::Cache": folder,
            "Dir::Cache::archives": folder / "archives",
            "Dir::Etc": folder / "etc",
            "Dir::Etc::parts": folder / "etc" / "empty",
            "Dir::Etc::sourcelist": folder / "etc" / "sources.list",
            "Dir::Etc::sourceparts": folder / "etc" / "empty",
            "Dir::Etc::preferencesparts": folder / "etc" / "empty",
            "Dir::Etc::trusted": folder / "etc" / "none",
            "Dir::Etc::trustedparts": folder / "etc" / "empty",
            "Dir::Log": folder / "log",
        }
        values = {
            "APT::Architecture": ARCHITECTURE,
            "APT::Install-Recommends": "false",
            # Without this apt, started by root, would fetch as a user who may not read our folder.
            "APT::Sandbox::User": "root",
            # Else `update` ends well when nothing could be fetched.
            "APT::Update::Error-Mode": "any",
            "Acquire::Languages": "none",
            "Acquire::Retries": "2",
            "Acquire::http::Timeout": "30",
            "Acquire::https::Timeout": "30",
        }
        lines = [f'{key} "{value}"' for key, value in {**paths, **values}.items()]
        return [*lines, f'APT::Architectures {{ "{ARCHITECTURE}"; }}', *_host_network_options()]


def _host_network_options() -> list[str]:
    """How the host reaches the network: lines of its apt configuration, without their semicolon."""
    command = shutil.which("apt-config")
    if command is None:
        return []
    result = subprocess.run([command, "dump"], capture_output=True, text=True, env=_environment(None), check=False)
    lines = (line.rstrip(";") for line in result.stdout.splitlines())
    return [line for line in lines if line.startswith(_NETWORK_OPTIONS) and not line.endswith('""')]


def _environment(configuration: Path | None) -> dict[str, str]:
    """The environment of apt: messages in English, and our configuration if one is given."""
    inherited = {name: value for name, value in os.environ.items() if name not in ("LANGUAGE", "LANG")}
    return {**inherited, "LC_ALL": "C", **({} if configuration is None else {"APT_CONFIG": str(configuration)})}


def _tool(name: str, package: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise RootfsError(f"this host has no {name}, which makes root file systems: install the package {package}")
    return path


def _sentence(explained: str, output: str, source: Source) -> str:
    """One sentence for what apt said: its explanations on standard output, its errors on standard error."""
    suite = f"the suite {source.suite} of {source.mirror}"
    if found := re.search(
        r"(?:Unable to locate package|Couldn't find any package by (?:glob|regex)) '?([^\s']+)", output
    ):
        return f"{suite} has no package {found[1]!r}"
    if found := re.search(r"Package '?([^\s']+)'? has no installation candidate", output):
        return f"{suite} has no package {found[1]!r} for {ARCHITECTURE}"
    if found := re.search(r"Version '([^']+)' for '([^']+)' was not found", output):
        return f"{suite} has no version {found[1]} of {found[2]!r}"
    if re.search(r"No space left on device|enough free space", output):
        return "the disk of the cache is full (set AIMC_CACHE to a folder with room)"
    if re.search(r"NO_PUBKEY|is not signed|not (?:be )?verified|invalid signature|EXPKEYSIG|BADSIG", output):
        with_keys = "" if source.keyring is None else f" with the keys of {source.keyring}"
        return (
            f"the signature of {suite} cannot be verified{with_keys} (--keyring names others, --insecure does without)"
        )
    if re.search(r"does not have a Release file|404 +Not Found", output):
        return f"{source.mirror} has no suite {source.suite!r}"
    if re.search(
        r"resolv|[Cc]ould not connect|[Uu]nable to connect|unreachable|timed out|refused|Failed to fetch", output
    ):
        return f"cannot reach {source.mirror}: {_first_error(output)} (--mirror names another)"
    if found := re.search(r"unmet dependencies:\n +(.+)", explained):
        return f"the packages cannot be installed together: {' '.join(found[1].split())}"
    return f"apt failed: {_first_error(output)}"


def _first_error(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line[2:].strip() for line in lines if line.startswith("E:")] or lines or ["it did not say why"]
    return " ".join(errors[0].split()).rstrip(".")
