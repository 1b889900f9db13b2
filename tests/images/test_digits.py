"""The digits network: NumPy, the core and the tile agree on every raw output of every image."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from images.build import IMAGES_FOLDER, build_image, find
from images.catalogue import lookup
from images.models.digits import reference
from images.models.digits.format import (
    TEST_FILE,
    FormatError,
    Images,
    Layer,
    Model,
    read_images,
    read_model,
    write_images,
    write_model,
)

Run = Callable[..., tuple[int, bytes]]

PROGRAMS = ("digits-mlp", "digits-mlp-aimc")


@pytest.fixture(scope="module")
def expected_outputs() -> np.ndarray:
    return reference.infer(read_model(), read_images().pixels)


@pytest.fixture(scope="module")
def software_tile_program() -> Path:
    """The tile's program with the library's tile in C instead of the instructions, for machines without a tile."""
    image = lookup("digits-mlp-aimc")
    return build_image(dataclasses.replace(image, defines=(*image.defines, "AIMC_SOFTWARE_TILE"))).path


def check_all_outputs(run: Run, binary: Path, expected: np.ndarray) -> None:
    status, stdout = run(binary, ["--outputs"])
    assert status == 0
    *lines, summary = stdout.decode().splitlines()
    table = np.array([[int(word) for word in line.split()] for line in lines])
    np.testing.assert_array_equal(table[:, 0], np.arange(len(expected)))
    np.testing.assert_array_equal(table[:, 1:], expected)
    assert summary == reference.summary()


def check_verbose(run: Run, binary: Path, expected: np.ndarray) -> None:
    status, stdout = run(binary, ["--verbose", "--images", "20"])
    assert status == 0
    *lines, summary = stdout.decode().splitlines()
    predicted = reference.predictions(expected)
    labels = read_images().labels
    assert lines == [f"{i} {predicted[i]} {labels[i]}" for i in range(20)]
    assert summary.startswith("images 20 correct ")


# --- the model ---


def test_accuracy() -> None:
    labels = read_images().labels
    outputs = reference.infer(read_model(), read_images().pixels)
    assert np.mean(reference.predictions(outputs) == labels) >= 0.95
    assert reference.summary() == "images 450 correct 441 accuracy 98.00% checksum 1460078e"


def test_the_readme_states_the_figures() -> None:
    readme = (IMAGES_FOLDER / "models" / "digits" / "README.md").read_text()
    assert "98.00 % (441 of 450)" in readme and "1460078e" in readme


def test_saturation_takes_part(expected_outputs: np.ndarray) -> None:
    """Otherwise agreement would not show that all implementations saturate alike."""
    model, images = read_model(), read_images()
    first = model.layers[0]
    sums = (images.pixels >> first.input_shift).astype(int) @ first.weights.astype(int)
    assert (sums > 127).any() and (sums < -128).any()
    assert (expected_outputs == 127).any() and (expected_outputs == -128).any()


def test_the_reference_saturates_to_int8() -> None:
    inputs = np.array([[1, 1], [100, 100]], dtype=np.int8)
    weights = np.array([[127, -128, 5], [1, -1, -3]], dtype=np.int8)
    np.testing.assert_array_equal(reference.matrix_vector(inputs, weights), [[127, -128, 2], [127, -128, 127]])


def test_the_checksum_folds_unsigned_bytes() -> None:
    assert reference.checksum(np.array([[1, -1], [2, 3]], dtype=np.int8)) == ((1 * 31 + 255) * 31 + 2) * 31 + 3


# --- file formats ---

SMALL = st.integers(1, 6)


@given(st.data(), st.lists(SMALL, min_size=2, max_size=4))
def test_models_survive_a_round_trip(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, sizes: list[int]
) -> None:
    layers = [Layer(data.draw(st.integers(0, 7)), data.draw(arrays(np.int8, shape))) for shape in pairwise(sizes)]
    path = tmp_path_factory.mktemp("model") / "model.bin"
    write_model(path, Model(tuple(layers)))
    read = read_model(path)
    assert [layer.input_shift for layer in read.layers] == [layer.input_shift for layer in layers]
    for got, wanted in zip(read.layers, layers, strict=True):
        np.testing.assert_array_equal(got.weights, wanted.weights)


@pytest.mark.parametrize("length", [0, 7, 15, 30, 51, 1000, 300_083])
def test_a_truncated_model_is_refused(tmp_path: Path, length: int) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes((IMAGES_FOLDER / "models" / "digits" / "model.bin").read_bytes()[:length])
    with pytest.raises(FormatError):
        read_model(path)


@pytest.mark.parametrize("length", [0, 19, 20, 1000])
def test_truncated_images_are_refused(tmp_path: Path, length: int) -> None:
    path = tmp_path / "test.bin"
    path.write_bytes(TEST_FILE.read_bytes()[:length])
    with pytest.raises(FormatError):
        read_images(path)


# --- under qemu ---


def test_the_core_agrees_with_numpy_in_qemu(run_in_qemu: Run, expected_outputs: np.ndarray) -> None:
    check_all_outputs(run_in_qemu, find("digits-mlp"), expected_outputs)
    check_verbose(run_in_qemu, find("digits-mlp"), expected_outputs)


def test_the_library_agrees_with_numpy_in_qemu(
    run_in_qemu: Run, software_tile_program: Path, expected_outputs: np.ndarray
) -> None:
    check_all_outputs(run_in_qemu, software_tile_program, expected_outputs)


def test_images_of_ones_own(run_in_qemu: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    # Beyond the range of the data set: every implementation takes any pixels from 0 to 127.
    pixels = rng.integers(0, 128, size=(30, 64), dtype=np.int8)
    images = Images(pixels, rng.integers(0, 10, size=30, dtype=np.uint8))
    path = tmp_path / "own.bin"
    write_images(path, images)
    outputs = reference.infer(read_model(), pixels)
    status, stdout = run_in_qemu(find("digits-mlp"), [str(path)])
    correct = int(np.count_nonzero(reference.predictions(outputs) == images.labels))
    assert status == 0
    assert stdout.decode().startswith(f"images 30 correct {correct} ")
    assert stdout.decode().endswith(f"checksum {reference.checksum(outputs):08x}\n")


@pytest.mark.parametrize(
    ("arguments", "status"),
    [(["--nonsense"], 2), (["--images", "0"], 2), (["--images"], 2), (["/nonexistent"], 1), (["/dev/null"], 1)],
)
def test_wrong_usage_is_refused(run_in_qemu: Run, arguments: list[str], status: int) -> None:
    assert run_in_qemu(find("digits-mlp"), arguments) == (status, b"")


# --- in the machine ---


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_machine_agrees_with_numpy(run_in_machine: Run, name: str, expected_outputs: np.ndarray) -> None:
    check_all_outputs(run_in_machine, find(name), expected_outputs)


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_machine_prints_predictions(run_in_machine: Run, name: str, expected_outputs: np.ndarray) -> None:
    check_verbose(run_in_machine, find(name), expected_outputs)
