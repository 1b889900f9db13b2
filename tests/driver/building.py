"""Builds the guest programs of these tests."""

from __future__ import annotations

from pathlib import Path

import libaimc
from tests import toolchain
from tests.toolchain import Target

# -O1: the programs are small, and what they compute on purpose should stay.
FLAGS = (
    "-O1", "-g0", "-Wall", "-Wextra", "-Werror", "-std=gnu11", "-fno-sanitize=undefined", "-pthread",
)  # fmt: skip


def build(source: Path) -> Path:
    """The built program."""
    return toolchain.build([source], Target.MUSL, FLAGS, folder="driver-tests", includes=[libaimc.INCLUDE_DIR])
