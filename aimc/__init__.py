"""The face of the machine: the `aimc` command, the Python API, configuration, results and reports.

May import every other layer (`driver`, `guest`, `emulator`) and the data folders `images` and `libaimc`; nothing
imports it. Invariant: importing `aimc` is cheap. The names below are found on first use, so that `aimc --version`
and the usage errors of the command line load neither the engine nor the compiler of its hooks.

    import aimc

    result = aimc.Machine("high-power").run("hello", ["world"])
    print(result.totals.guest_seconds, result.totals.energy_joules)
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aimc.bind import Bind as Bind
    from aimc.config import MachineConfig as MachineConfig
    from aimc.errors import AimcError as AimcError
    from aimc.errors import ConfigError as ConfigError
    from aimc.errors import ExecError as ExecError
    from aimc.errors import ProgramNotFound as ProgramNotFound
    from aimc.machine import Machine as Machine
    from aimc.result import Result as Result

__version__ = "0.1.0"

_HOME = {
    "AimcError": "aimc.errors",
    "Bind": "aimc.bind",
    "ConfigError": "aimc.errors",
    "ExecError": "aimc.errors",
    "Machine": "aimc.machine",
    "MachineConfig": "aimc.config",
    "ProgramNotFound": "aimc.errors",
    "Result": "aimc.result",
}

__all__ = [
    "AimcError",
    "Bind",
    "ConfigError",
    "ExecError",
    "Machine",
    "MachineConfig",
    "ProgramNotFound",
    "Result",
    "__version__",
]


def __getattr__(name: str) -> object:
    """Find a public name on its first use (PEP 562)."""
    try:
        home = _HOME[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    value = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
