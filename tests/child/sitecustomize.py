"""Runs at the start of commands that tests start with this folder on the path of Python: they say at their end how many
blocks did not access memory as the timing model expected.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

from tests.mismatches import REPORT, take, watch

_WATCHED = "emulator.timing.core_timing"


class _Watch:
    """Watches the module when it is imported: importing it here would slow down commands that do without."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != _WATCHED:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.loader is not None
        execute = spec.loader.exec_module

        def execute_and_watch(module: ModuleType) -> None:
            execute(module)
            watch(module)
            atexit.register(_report)

        spec.loader.exec_module = execute_and_watch  # type: ignore[method-assign]
        return spec


def _report() -> None:
    count = take()
    if count:
        with open(os.environ[REPORT], "a", encoding="utf-8") as report:
            report.write(f"{count}\n")


if REPORT in os.environ:
    sys.meta_path.insert(0, _Watch())
