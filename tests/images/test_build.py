"""The catalogue and its build."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from images import build as builder
from images.build import BuildError, build, build_image, catalogue, find, image_key
from images.cache import cache_folder
from images.catalogue import CATALOGUE, Image, Kind, Library, UnknownImage, lookup

SOURCE = '#include "answer.h"\n#include <stdio.h>\nint main(void) { printf("%d\\n", ANSWER); return 0; }\n'


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project of its own in place of ours; the compiler's cache of C libraries stays the real one."""
    root = tmp_path / "project"
    monkeypatch.setattr(builder, "ROOT_FOLDER", root)
    monkeypatch.setattr(builder, "IMAGES_FOLDER", root / "images")
    monkeypatch.setattr(builder, "PROGRAMS_FOLDER", root / "images" / "programs")
    monkeypatch.setattr(builder, "COMMON_FOLDER", root / "images" / "programs" / "common")
    monkeypatch.setattr(builder, "images_folder", lambda: tmp_path / "built")
    answer = root / "images" / "programs" / "answer"
    answer.mkdir(parents=True)
    (answer / "answer.c").write_text(SOURCE)
    (answer / "answer.h").write_text("#define ANSWER 42\n")
    (root / "images" / "programs" / "common").mkdir()
    return root


ANSWER = Image("answer", "prints the answer", Kind.PROGRAM, ("answer/answer.c",))


def program(project: Path, name: str) -> Path:
    return project / "images" / "programs" / "answer" / name


# --- catalogue ---


def test_names_are_unique_and_usable_as_commands() -> None:
    names = [image.name for image in catalogue()]
    assert len(set(names)) == len(names)
    assert all(name == name.lower() and name.replace("-", "").isalnum() for name in names)


@pytest.mark.parametrize("image", CATALOGUE, ids=lambda image: image.name)
def test_an_entry_is_complete(image: Image) -> None:
    assert image.description and "\n" not in image.description and len(image.description) < 80
    assert image.sources
    for source in image.sources:
        assert (builder.PROGRAMS_FOLDER / source).is_file()
    for data in image.data:
        assert (builder.IMAGES_FOLDER / data).is_file()


def test_every_source_belongs_to_an_entry() -> None:
    listed = {builder.PROGRAMS_FOLDER / source for image in CATALOGUE for source in image.sources}
    present = {path for path in builder.PROGRAMS_FOLDER.rglob("*") if path.suffix in {".c", ".cc", ".S"}}
    assert present == listed


def test_an_unknown_name_suggests_near_ones() -> None:
    with pytest.raises(UnknownImage, match="did you mean digits-mlp"):
        lookup("digit-mlp")
    with pytest.raises(UnknownImage):
        build(["hello", "no such program"])


def test_importing_is_cheap() -> None:
    code = "import sys, images.build; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=builder.ROOT_FOLDER)
    assert not {"numpy", "platformdirs", "ziglang", "libaimc"} & set(result.stdout.split())


def test_the_cache_folder_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AIMC_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.setenv("AIMC_CACHE", "")
    assert cache_folder().name == "aimc"


# --- keys ---


def test_the_key_depends_on_everything_that_decides_the_binary(project: Path) -> None:
    (project / "images" / "data.bin").write_bytes(b"data")
    keys = [image_key(ANSWER), image_key(dataclasses.replace(ANSWER, data=("data.bin",)))]
    changed = [
        dataclasses.replace(ANSWER, flags=("-O3",)),
        dataclasses.replace(ANSWER, defines=("X",)),
        dataclasses.replace(ANSWER, defines=("X=1",)),
        dataclasses.replace(ANSWER, library=Library.AIMC),
    ]
    keys += [image_key(image) for image in changed]
    (project / "images" / "data.bin").write_bytes(b"DATA")
    keys.append(image_key(dataclasses.replace(ANSWER, data=("data.bin",))))
    program(project, "answer.h").write_text("#define ANSWER 43\n")
    keys.append(image_key(ANSWER))
    program(project, "answer.c").write_text(SOURCE + "\n")
    keys.append(image_key(ANSWER))
    (project / "images" / "programs" / "common" / "common.h").write_text("")
    keys.append(image_key(ANSWER))
    assert len(set(keys)) == len(keys)
    assert image_key(ANSWER) == keys[-1]


def test_the_key_depends_on_the_compiler(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = image_key(ANSWER)
    monkeypatch.setattr(builder, "_installed_compiler", lambda: "another")
    assert image_key(ANSWER) != before


# --- building ---


def test_a_second_build_does_nothing(project: Path) -> None:
    first = build_image(ANSWER)
    stamp = first.path.stat().st_mtime_ns
    second = build_image(ANSWER)
    assert first.compiled and not second.compiled
    assert second.path == first.path and second.path.stat().st_mtime_ns == stamp
    assert first.path.name == "answer" and first.path.read_bytes()[:4] == b"\x7fELF"
    assert [path.name for path in first.path.parent.iterdir() if path.name != ".lock"] == ["answer"]


def test_embedded_data_is_never_stale(project: Path) -> None:
    embed = Path(__file__).resolve().parents[2] / "images" / "programs" / "common" / "embed.h"
    shutil.copy(embed, project / "images" / "programs" / "common")
    program(project, "answer.c").write_text(
        '#include "embed.h"\nEMBED(data, "data.bin");\nint main(void) { return data[0]; }\n'
    )
    image = dataclasses.replace(ANSWER, data=("data.bin",))
    for contents in (b"first contents", b"other contents", b"first contents"):
        (project / "images" / "data.bin").write_bytes(contents)
        assert contents in build_image(image).path.read_bytes()


def test_the_binary_does_not_depend_on_where_it_is_built(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = build_image(ANSWER).path.read_bytes()
    elsewhere = tmp_path / "elsewhere" / "deeper"
    shutil.copytree(project, elsewhere)
    monkeypatch.setattr(builder, "ROOT_FOLDER", elsewhere)
    monkeypatch.setattr(builder, "IMAGES_FOLDER", elsewhere / "images")
    monkeypatch.setattr(builder, "PROGRAMS_FOLDER", elsewhere / "images" / "programs")
    monkeypatch.setattr(builder, "COMMON_FOLDER", elsewhere / "images" / "programs" / "common")
    monkeypatch.setattr(builder, "images_folder", lambda: tmp_path / "built elsewhere")
    second = build_image(ANSWER)
    assert second.compiled
    assert second.path.read_bytes() == first
    assert str(tmp_path).encode() not in first and str(Path.home()).encode() not in first


def test_a_broken_source_is_one_clear_error(project: Path) -> None:
    program(project, "answer.c").write_text("int main(void) { return nonsense; }\n")
    with pytest.raises(BuildError) as caught:
        build_image(ANSWER)
    message = str(caught.value)
    assert message.startswith("answer: cannot be compiled\n")
    assert "answer.c:1:" in message and "nonsense" in message
    assert len(message.splitlines()) <= 1 + builder.ERROR_LINES
    assert not [path for path in (project.parent / "built" / "answer").rglob("answer") if path.is_file()]


def test_an_undefined_symbol_is_one_clear_error(project: Path) -> None:
    program(project, "answer.c").write_text("int missing(void);\nint main(void) { return missing(); }\n")
    with pytest.raises(BuildError, match=r"answer: cannot be compiled\n.*missing"):
        build_image(ANSWER)


def test_a_missing_source_is_an_error(project: Path) -> None:
    program(project, "answer.c").unlink()
    with pytest.raises(BuildError, match="answer: the file images/programs/answer/answer.c is missing"):
        build_image(ANSWER)


def test_a_missing_compiler_is_an_error(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builder, "_installed_compiler", lambda: None)
    with pytest.raises(BuildError, match="answer: the cross compiler is not installed"):
        build_image(ANSWER)


def test_a_cache_that_cannot_be_written_is_an_error(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(builder, "images_folder", lambda: tmp_path / "file" / "images")
    with pytest.raises(BuildError, match="answer: cannot be kept in the cache.*AIMC_CACHE"):
        build_image(ANSWER)


def test_threads_that_build_the_same_program_compile_it_once(project: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(build_image, [ANSWER] * 4))
    assert [result.compiled for result in results].count(True) == 1
    assert len({result.path for result in results}) == 1


def test_processes_that_build_the_same_program_compile_it_once(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib, images.build as b\n"
        "b.images_folder = lambda: pathlib.Path(sys.argv[1])\n"
        "built = b.build(['hello'])[0]\n"
        "print(built.compiled, built.path)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=builder.ROOT_FOLDER) for _ in range(3)]
    outputs = [process.communicate(timeout=300)[0].split() for process in running]
    assert sorted(output[0] for output in outputs) == ["False", "False", "True"]
    assert len({output[1] for output in outputs}) == 1


def test_build_reports_progress_and_keeps_the_order() -> None:
    seen: list[tuple[int, int, str]] = []
    names = ["fault-exit", "hello", "fault-abort"]
    built = build(names, jobs=2, progress=lambda done, total, name: seen.append((done, total, name)))
    assert [result.image.name for result in built] == names
    assert seen[0] in {(0, 3, ""), (0, 3, builder.FIRST_TIME)}
    assert [done for done, _, _ in seen] == [0, 1, 2, 3]
    assert {name for _, _, name in seen[1:]} == set(names)
    assert find("hello") == built[1].path


def test_jobs_must_be_positive() -> None:
    with pytest.raises(ValueError, match="jobs"):
        build(["hello"], jobs=0)


def test_our_programs_compile_without_warnings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builder, "images_folder", lambda: tmp_path)
    strict = [dataclasses.replace(image, flags=(*image.flags, "-Werror")) for image in CATALOGUE]
    with ThreadPoolExecutor(2) as pool:
        assert all(result.compiled for result in pool.map(build_image, strict))
