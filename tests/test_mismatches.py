"""A test in which the timing model meets accesses that it did not expect is seen to be one."""

from __future__ import annotations

import subprocess
import sys

import pytest

from emulator.timing.core_timing import CoreTiming, SharedTiming
from tests.emulator.support import hardware
from tests.end_to_end.conftest import environment_of

COUNT_ONE = """
from emulator.timing.core_timing import CoreTiming, SharedTiming
from tests.emulator.support import hardware
config = hardware()
CoreTiming(0, config, SharedTiming(config, frames=16)).pipeline.state["mismatches"] += 1
"""


@pytest.mark.mismatches("the test counts one itself")
def test_in_this_process() -> None:
    config = hardware()
    CoreTiming(0, config, SharedTiming(config, frames=16)).pipeline.state["mismatches"] += 1


@pytest.mark.mismatches("the command counts one itself")
def test_in_a_command() -> None:
    subprocess.run([sys.executable, "-c", COUNT_ONE], env=environment_of(), check=True)
