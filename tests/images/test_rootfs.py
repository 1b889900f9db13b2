"""Root file systems, made from a small archive of packages that lies in a folder: no network is needed."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from images.rootfs import Request, RootfsError, built, find, is_rootfs, make
from images.rootfs_apt import Trust
from images.rootfs_finish import Alternative, alternatives_of, set_alternatives
from images.rootfs_unpack import merge_into_usr

needs_apt = pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in ("apt-get", "dpkg-deb")), reason="needs apt and dpkg-deb"
)

POSTINST = """#!/bin/sh
update-alternatives --quiet --install /usr/bin/greet greet /usr/bin/hello 10 \\
  --slave /usr/share/greet.txt greet.txt /usr/share/hello.txt
update-alternatives --install "$link" other /usr/bin/hello 10
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AIMC_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


class Archive:
    """A Debian archive of one suite without a signature."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._entries: list[str] = []
        (folder / "pool").mkdir(parents=True)

    def add(
        self,
        name: str,
        version: str = "1",
        *,
        depends: str = "",
        files: dict[str, str] | None = None,
        postinst: str = "",
    ) -> None:
        tree = self.folder / "trees" / f"{name}-{version}"
        control = f"Package: {name}\nVersion: {version}\nArchitecture: arm64\nMaintainer: none <none@example.org>\n"
        control += f"Depends: {depends}\n" * bool(depends) + "Installed-Size: 1\nDescription: for a test\n"
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "DEBIAN/control").write_text(control)
        if postinst:
            (tree / "DEBIAN/postinst").write_text(postinst)
            (tree / "DEBIAN/postinst").chmod(0o755)
        for path, text in (files or {}).items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_text(text)
        package = self.folder / "pool" / f"{name}_{version}_arm64.deb"
        command = ["dpkg-deb", "--root-owner-group", "--build", str(tree), str(package)]
        subprocess.run(command, check=True, capture_output=True)
        content = package.read_bytes()
        self._entries.append(
            f"{control}Filename: pool/{package.name}\nSize: {len(content)}\n"
            f"SHA256: {hashlib.sha256(content).hexdigest()}\n\n"
        )
        self._write()

    def _write(self) -> None:
        suite = self.folder / "dists" / "bookworm"
        (suite / "main/binary-arm64").mkdir(parents=True, exist_ok=True)
        packages = "".join(self._entries).encode()
        (suite / "main/binary-arm64/Packages").write_bytes(packages)
        entry = f" {hashlib.sha256(packages).hexdigest()} {len(packages)} main/binary-arm64/Packages\n"
        (suite / "Release").write_text(
            f"Suite: bookworm\nCodename: bookworm\nArchitectures: arm64\nComponents: main\nSHA256:\n{entry}"
        )

    def request(self, *packages: str) -> Request:
        return Request(packages, mirror=f"file:{self.folder}", trust=Trust(insecure=True))


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    made = Archive(tmp_path / "archive")
    passwd = {"usr/share/base-passwd/passwd.master": "root:*:0:0:root:/root:/bin/bash\n"}
    made.add("base-passwd", files=passwd)
    made.add("base-files", files={"etc/debian_version": "12\n"})
    made.add("dash", files={"bin/dash": "dash", "usr/bin/other": "other"})
    made.add("libc-bin")
    made.add("usr-is-merged")
    files = {"usr/bin/hello": "hello", "usr/share/hello.txt": "text"}
    made.add("hello", depends="words", files=files, postinst=POSTINST)
    made.add("words", files={"lib/words": "words"})
    return made


@needs_apt
def test_a_root_has_the_packages_and_what_they_depend_on(archive: Archive) -> None:
    phases: list[str] = []
    root, new = make("test", archive.request("hello"), progress=lambda phase, done, total: phases.append(phase))
    assert new
    assert {"lists", "download", "unpack", "finish"} <= set(phases)
    assert "hello=1" in root.packages and "words=1" in root.packages
    assert not root.verified
    assert find("test") == root and built() == [root] and is_rootfs("test")
    path = root.path
    assert (path / "usr/bin/hello").read_text() == "hello"
    assert (path / "bin").readlink() == Path("usr/bin")
    assert (path / "usr/bin/dash").read_text() == "dash" and (path / "usr/bin/other").read_text() == "other"
    assert (path / "usr/lib/words").read_text() == "words"
    assert (path / "etc/alternatives/greet").readlink() == Path("/usr/bin/hello")
    assert (path / "usr/bin/greet").readlink() == Path("/etc/alternatives/greet")
    assert (path / "etc/alternatives/greet.txt").readlink() == Path("/usr/share/hello.txt")
    assert (path / "etc/passwd").read_text().startswith("root:")
    assert (path / "etc/shells").read_text() == "/bin/dash\n"
    assert (path / "tmp").stat().st_mode & 0o7777 == 0o1777


@needs_apt
def test_a_root_is_made_once_and_anew_when_something_changes(archive: Archive) -> None:
    first, _ = make("test", archive.request("hello"))
    (first.path / "mark").write_text("")
    assert make("test", archive.request("hello")) == (first, False)
    archive.add("words", "2", files={"lib/words": "new words"})
    assert make("test", archive.request("hello")) == (first, False)
    second, new = make("test", archive.request("hello"), force=True)
    assert new and "words=2" in second.packages and second.key != first.key
    assert (second.path / "lib/words").read_text() == "new words"
    assert not (second.path / "mark").exists()
    third, new = make("test", archive.request("words=1"))
    assert new and not (third.path / "usr/bin/hello").exists()
    assert (third.path / "lib/words").read_text() == "words"


@needs_apt
def test_two_at_once_make_one(archive: Archive) -> None:
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda _: make("test", archive.request("hello")), range(2)))
    assert sorted(new for _, new in made) == [False, True]


@needs_apt
def test_what_a_killed_build_left_is_removed(archive: Archive, cache: Path) -> None:
    left = cache / "rootfs/test/.building-1"
    left.mkdir(parents=True)
    make("test", archive.request("hello"))
    assert not left.exists()


@needs_apt
def test_the_host_is_left_alone(archive: Archive, cache: Path) -> None:
    make("test", archive.request("hello"))
    configuration = next((cache / "rootfs-apt").glob("*/apt.conf"))
    environment = {**os.environ, "APT_CONFIG": str(configuration)}
    dumped = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True, env=environment).stdout
    folders = [
        line for line in dumped.splitlines() if line.startswith(("Dir ", "Dir::State ", "Dir::Cache ", "Dir::Etc "))
    ]
    assert len(folders) == 4
    assert all(str(cache) in line for line in folders)


@needs_apt
@pytest.mark.parametrize(
    ("package", "complaint"),
    [("nonesuch", "has no package 'nonesuch'"), ("words=7", "has no version 7 of 'words'")],
)
def test_an_unknown_package(archive: Archive, package: str, complaint: str) -> None:
    with pytest.raises(RootfsError, match=complaint):
        make("test", archive.request(package))
    assert not is_rootfs("test")


@needs_apt
def test_packages_that_do_not_fit(archive: Archive) -> None:
    archive.add("broken", depends="nonesuch")
    with pytest.raises(RootfsError, match="cannot be installed together: broken : Depends: nonesuch"):
        make("test", archive.request("broken"))


@needs_apt
def test_an_archive_without_a_signature_is_refused_unless_asked_for(archive: Archive) -> None:
    keyring = archive.folder / "keys.gpg"
    keyring.write_bytes(b"")
    trust = Trust(keyring=keyring)
    with pytest.raises(RootfsError, match=r"signature of the suite bookworm .* cannot be verified .*--insecure"):
        make("test", Request(("hello",), mirror=f"file:{archive.folder}", trust=trust))


def test_no_keys_on_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("images.rootfs_apt.HOST_KEYRINGS", ())
    with pytest.raises(RootfsError, match="install the package debian-archive-keyring"):
        make("test", Request(("hello",), mirror="http://example.org/debian"))


def test_no_apt_on_the_host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RootfsError, match="this host has no apt-get.*install the package apt"):
        make("test", Request(("hello",), trust=Trust(insecure=True)))


@needs_apt
def test_a_full_disk(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("images.rootfs_apt.shutil.disk_usage", lambda path: shutil._ntuple_diskusage(100, 100, 0))
    with pytest.raises(RootfsError, match="has 0 MiB free"):
        make("test", archive.request("hello"))


@pytest.mark.parametrize(
    ("name", "request_", "complaint"),
    [
        ("../x", Request(("bash",)), "cannot name a root file system"),
        ("x", Request(()), "needs at least one --package"),
        ("x", Request(("-y",)), "not the name of a Debian package"),
        ("x", Request(("bash",), suite="a b"), "not the name of a Debian suite"),
        ("x", Request(("bash",), mirror="gopher://x"), "not the address of a Debian mirror"),
    ],
)
def test_requests_that_make_no_sense(name: str, request_: Request, complaint: str) -> None:
    with pytest.raises(RootfsError, match=complaint):
        make(name, request_)


def test_the_best_alternative_wins(tmp_path: Path) -> None:
    for name in ("mawk", "gawk"):
        (tmp_path / name).write_text("")
    offers = [Alternative("/awk", "awk", f"/{name}", priority) for name, priority in (("mawk", 5), ("gawk", 10))]
    set_alternatives(tmp_path, [*offers, Alternative("/awk", "awk", "/absent", 99)])
    assert (tmp_path / "etc/alternatives/awk").readlink() == Path("/gawk")


def test_alternatives_with_shell_variables_are_left_out() -> None:
    assert [offer.name for offer in alternatives_of(POSTINST)] == ["greet"]


def test_merging_keeps_files_and_drops_links_between_the_two_names(tmp_path: Path) -> None:
    for folder in ("bin", "usr/bin"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "bin/a").write_text("a")
    (tmp_path / "usr/bin/a").symlink_to("/bin/a")
    (tmp_path / "usr/bin/b").write_text("b")
    (tmp_path / "bin/b").symlink_to("/usr/bin/b")
    merge_into_usr(tmp_path, "bin")
    assert {path.name: path.read_text() for path in (tmp_path / "bin").iterdir()} == {"a": "a", "b": "b"}


# --- the command ---


@needs_apt
def test_the_command_makes_lists_and_uses_a_root(archive: Archive, capfd: pytest.CaptureFixture[str]) -> None:
    from aimc.cli import main
    from aimc.cli.images import sysroot_folder

    mirror = f"file:{archive.folder}"
    assert main(["images", "rootfs", "test", "-p", "hello", "--mirror", mirror, "--insecure"]) == 0
    out, err = capfd.readouterr()
    assert Path(out.strip()) == find("test").path
    assert "no signature was checked" in err
    assert main(["images", "rootfs", "test"]) == 0
    assert capfd.readouterr().out == out
    for arguments in (["images", "rootfs", "--list"], ["images", "list"]):
        assert main(arguments) == 0
        assert "Debian bookworm" in capfd.readouterr().out
    assert sysroot_folder("test") == find("test").path


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["images", "rootfs"], "say the NAME of the root file system"),
        (["images", "rootfs", "none"], "there is no root file system 'none' (none is made yet"),
        (["images", "rootfs", "x", "-p", "B"], "'B' is not the name of a Debian package"),
        (["run", "--sysroot", "none", "hello"], "--sysroot 'none' is neither a folder nor a root file system"),
    ],
)
def test_the_command_complains_in_one_sentence(
    capfd: pytest.CaptureFixture[str], arguments: list[str], complaint: str
) -> None:
    from aimc.cli import main

    assert main(arguments) == 125
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert complaint in err
