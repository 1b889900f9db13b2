"""Which file a program name means."""

from __future__ import annotations

from pathlib import Path

import pytest

from aimc import program
from aimc.errors import ExitStatus, ProgramNotFound


def test_paths(tmp_path: Path) -> None:
    file = tmp_path / "hello"
    file.touch()
    assert program.resolve(file) == file
    assert program.resolve(str(file)) == file


def test_a_file_in_the_current_folder_needs_no_slash_unless_an_image_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").touch()
    monkeypatch.chdir(tmp_path)
    assert program.resolve("mine") == Path("mine")


@pytest.mark.parametrize("name", ["./nope", "nope", "a/b/c", "/dev/null/x", "\0/x", "x" * 5000 + "/y"])
def test_what_is_not_there(name: str) -> None:
    with pytest.raises(ProgramNotFound) as caught:
        program.resolve(name)
    assert caught.value.exit_status is ExitStatus.NOT_FOUND


def test_a_path_is_never_an_image() -> None:
    with pytest.raises(ProgramNotFound):
        program.resolve(Path("hello-that-is-no-file"))
