"""The guest's files: a sysroot and binds, read and written, and no way out of them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from aimc import Machine
from aimc.bind import Bind
from tests.end_to_end.compiling import Target, build
from tests.end_to_end.conftest import Command

MISSING = "No such file or directory"


@pytest.fixture(scope="module")
def files() -> Path:
    return build("files.c", Target.MUSL)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A sysroot, with a file outside it that no guest may reach."""
    (tmp_path / "secret").write_text("the host's")
    root = tmp_path / "root"
    root.mkdir()
    return root


def did(files: Path, root: Path | None, *operations: str, binds: Iterable[Bind] = (), cwd: str = "/") -> list[str]:
    """Let the guest do these operations; what it said of each."""
    result = Machine().run(files, operations, sysroot=root, writable=True, binds=binds, cwd=cwd, capture=True)
    assert (result.exit_status, result.stderr, result.warnings) == (0, b"", ())
    assert result.stdout is not None
    return result.stdout.decode().splitlines()


def test_files_below_the_sysroot_are_the_hosts(files: Path, root: Path) -> None:
    (root / "etc").mkdir()
    (root / "etc" / "motd").write_text("from the host")
    said = did(
        files, root, "read", "/etc/motd", "mkdir", "/out", "write", "/out/file", "from the guest", "append",
        "/out/file", ", twice", "rename", "/out/file", "/out/renamed", "list", "/out", "remove", "/etc/motd",
    )  # fmt: skip
    assert said == ["from the host", "done", "done", "done", "done", ". .. renamed ", "done"]
    assert (root / "out" / "renamed").read_text() == "from the guest, twice"
    assert not (root / "etc" / "motd").exists()


def test_the_command_with_a_sysroot(aimc: Command, files: Path, root: Path) -> None:
    (root / "work").mkdir()
    done = aimc(
        "run",
        "--quiet",
        "--sysroot",
        root,
        "--writable",
        "--cwd",
        "/work",
        files,
        "where",
        "write",
        "file",
        "x",
        "list",
        ".",
    )
    assert (done.status, done.stdout.decode()) == (0, "/work\ndone\n. .. file \n")
    assert (root / "work" / "file").read_text() == "x"


def test_a_program_inside_the_sysroot_is_named_by_its_guest_path(aimc: Command, files: Path, root: Path) -> None:
    (root / "bin").mkdir()
    (root / "bin" / "tool").write_bytes(files.read_bytes())
    done = aimc("run", "--quiet", "--sysroot", root, "/bin/tool", "where", "list", "/bin")
    assert (done.status, done.stdout.decode()) == (0, "/\n. .. tool \n")


def test_without_a_sysroot_there_is_nothing_to_read_or_to_write(files: Path) -> None:
    assert did(files, None, "read", "/etc/passwd", "write", "/file", "x", "mkdir", "/folder", "list", "/home") == [
        MISSING, "Read-only file system", "Read-only file system", MISSING,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "path", ["../secret", "/../secret", "/a/../../../secret", "a/b/../../../../secret", "//..//secret"]
)
def test_dots_do_not_lead_out(files: Path, root: Path, path: str) -> None:
    (root / "a" / "b").mkdir(parents=True)
    assert did(files, root, "read", path, "write", path + "2", "x") == [MISSING, "done"]
    assert not (root.parent / "secret2").exists()
    assert (root / "secret2").exists()


def test_links_of_the_host_do_not_lead_out(files: Path, root: Path) -> None:
    secret = root.parent / "secret"
    (root / "absolute").symlink_to(secret)
    (root / "relative").symlink_to("../secret")
    (root / "folder").symlink_to("..")
    (root / "whole").symlink_to(root.parent)
    (root / "chain3").symlink_to("folder/secret")
    (root / "chain2").symlink_to("chain3")
    (root / "chain1").symlink_to("/chain2")
    paths = ["absolute", "relative", "folder/secret", "whole/secret", "chain1", "chain2", "chain3", "folder/../secret"]
    reads = [word for path in paths for word in ("read", path)]
    assert did(files, root, *reads) == [MISSING] * len(paths)


def test_links_of_the_guest_do_not_lead_out(files: Path, root: Path) -> None:
    secret = str(root.parent / "secret")
    said = did(
        files, root, "symlink", secret, "/a", "read", "/a", "symlink", "../../secret", "/b", "read", "/b",
        "symlink", "b", "/c", "read", "/c", "symlink", "..", "/up", "read", "/up/up/up/secret", "follow", "/a",
        "write", "/c", "inside",
    )  # fmt: skip
    assert said == ["done", MISSING, "done", MISSING, "done", MISSING, "done", MISSING, secret, "done"]
    assert (root.parent / "secret").read_text() == "the host's"
    assert (root / "secret").read_text() == "inside"


def test_a_hard_link_or_a_rename_does_not_lead_out(files: Path, root: Path) -> None:
    secret = str(root.parent / "secret")
    assert (
        did(files, root, "link", secret, "/a", "rename", secret, "/b", "rename", "/../../secret", "/c") == [MISSING] * 3
    )
    assert (root.parent / "secret").exists()


def test_a_folder_that_moves_while_the_guest_is_in_it(files: Path, root: Path) -> None:
    """The classical escape: be in a folder, have it moved up, and walk out by `..`."""
    said = did(
        files, root, "mkdir", "/a", "mkdir", "/a/b", "enter", "/a/b", "rename", "/a/b", "/c", "where",
        "read", "../../secret", "read", "../secret", "list", "..",
    )  # fmt: skip
    assert said[:7] == [*["done"] * 4, "/c", MISSING, MISSING]
    assert said[7].startswith(". .. a c dev ") and "secret" not in said[7]


def test_links_that_go_in_circles(files: Path, root: Path) -> None:
    (root / "a").symlink_to("b")
    (root / "b").symlink_to("a")
    assert did(files, root, "read", "a", "describe", "a") == ["Symbolic link loop", "link of 1 bytes"]


def test_binds(files: Path, root: Path) -> None:
    shared = root.parent / "shared"
    shared.mkdir()
    (shared / "data").write_text("shared")
    (shared / "out").symlink_to(root.parent / "secret")
    binds = [Bind.parse(f"{shared}:/mnt/rw"), Bind.parse(f"{shared}:/ro:ro"), Bind.parse(f"{shared}/data:/one")]
    said = did(
        files, root, "read", "/mnt/rw/data", "read", "/ro/data", "read", "/one", "write", "/mnt/rw/new", "x",
        "write", "/ro/other", "x", "read", "/mnt/rw/out", "read", "/mnt/rw/../../secret", "read", "/ro/../../secret",
        "remove", "/ro/data", binds=binds,
    )  # fmt: skip
    assert said == [
        "shared", "shared", "shared", "done", "Read-only file system", MISSING, MISSING, MISSING,
        "Read-only file system",
    ]  # fmt: skip
    assert sorted(path.name for path in shared.iterdir()) == ["data", "new", "out"]


def test_names_that_are_no_text_or_unusual(files: Path, root: Path) -> None:
    name = "grüße \t\u20ac " + "x" * 200
    assert did(files, root, "write", f"/{name}", "x", "read", f"/{name}") == ["done", "x"]
    assert [os.fsdecode(path.name) for path in root.iterdir()] == [name]
    assert did(files, root, "write", "/" + "y" * 256, "x", "read", "/" + "z/" * 2100) == ["Filename too long"] * 2
