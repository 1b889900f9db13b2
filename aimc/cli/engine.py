"""Loading the engine from the command line."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

from aimc.cli import say

if TYPE_CHECKING:
    from aimc.config import MachineConfig
    from aimc.machine import Machine


def load_machine(config: MachineConfig) -> Machine:
    """A machine, with a word to the user if its first run means compiling the engine's hooks first."""
    from emulator import native_code
    from emulator.config import Fidelity

    needed = native_code.needed(timing=config.hardware.fidelity is Fidelity.TIMING)
    if not native_code.is_compiled(needed) and sys.stderr.isatty():
        say("compiling the engine, once per version (up to a minute)")
    from aimc.machine import Machine

    # What is alive now stays alive to the end: not to be looked at by every collection.
    gc.freeze()
    gc.enable()
    return Machine(config)
