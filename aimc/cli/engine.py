"""Loading the engine from the command line."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

from aimc.cli import say

if TYPE_CHECKING:
    from aimc.machine import Machine


def load_machine() -> type[Machine]:
    """The class `Machine`, imported with a word to the user if that means compiling the engine's hooks first."""
    from emulator import native_code

    if not native_code.is_compiled() and sys.stderr.isatty():
        say("compiling the engine, once per version (some seconds)")
    from aimc.machine import Machine

    # What is alive now stays alive to the end: not to be looked at by every collection.
    gc.freeze()
    gc.enable()
    return Machine
