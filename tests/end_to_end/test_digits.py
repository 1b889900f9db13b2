"""Handwritten digits: the core, the tile and NumPy agree on every output of every image."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pytest

from aimc import Machine
from images.models.digits import reference
from images.models.digits.format import read_images, read_model
from tests.end_to_end.conftest import Command

PRESETS = ("high-power", "low-power")


def outputs(program: str, preset: str) -> npt.NDArray[np.int64]:
    """Raw outputs of the network, shape (images, classes)."""
    result = Machine(preset).run(program, ["--outputs"], capture=True)
    assert result.exit_status == 0 and result.stdout is not None
    *lines, summary = result.stdout.decode().splitlines()
    assert summary == reference.summary()
    return np.array([[int(word) for word in line.split()[1:]] for line in lines])


@pytest.mark.parametrize("preset", PRESETS)
def test_all_three_agree_image_by_image(preset: str) -> None:
    expected = reference.infer(read_model(), read_images().pixels)
    digital, analog = outputs("digits-mlp", preset), outputs("digits-mlp-aimc", preset)
    np.testing.assert_array_equal(digital, expected)
    np.testing.assert_array_equal(analog, expected)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_demonstration(aimc: Command, preset: str) -> None:
    done = aimc("demo", "--preset", preset)
    assert done.status == 0
    text = done.stdout.decode()
    assert preset in text.splitlines()[0]
    assert text.count("98.00 %") == 2
    speed_up = re.search(r"guest time \(speed-up\) +\S+ \S?s +\S+ \S?s +([\d.]+)×", text)
    energy_gain = re.search(r"energy \(energy gain\) +\S+ \S?J +\S+ \S?J +([\d.]+)×", text)
    assert speed_up is not None and energy_gain is not None
    assert 2 < float(speed_up[1]) < 100
    assert 2 < float(energy_gain[1]) < 100
    assert text.endswith("Both computed the same outputs, to the bit (checksum 1460078e).\n")


def test_the_demonstration_with_a_tile_that_is_too_small(aimc: Command) -> None:
    """The program says so, and the command does not print a table of nonsense."""
    done = aimc("demo", "--set", "tile.rows=16")
    done.assert_complaint(125, "digits-mlp-aimc failed: exit status 1")


def test_the_tile_does_the_work() -> None:
    digital = Machine().run("digits-mlp", capture=True)
    analog = Machine().run("digits-mlp-aimc", capture=True)
    assert digital.tiles[0].mvms == 0
    assert digital.energy_joules.tile_mvm == 0
    assert analog.tiles[0].mvms == 450 * 3
    assert analog.tiles[0].misuse.total() == 0
    assert analog.totals.instructions < digital.totals.instructions
    assert analog.totals.energy_joules < digital.totals.energy_joules
