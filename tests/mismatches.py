"""Counts blocks that accessed memory otherwise than their micro-operations say, over all machines of a process.

Tests watch their own process (`tests/conftest.py`), and the commands that they start (`tests/child/sitecustomize.py`).
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

REPORT = "AIMC_TESTS_MISMATCHES"
"""The environment variable with the file to which commands append their numbers, if not 0."""

_pipelines: list[Any] = []


def watch(core_timing: ModuleType) -> None:
    """Note the pipelines that the module `emulator.timing.core_timing` makes from now on."""
    make = core_timing.CoreTiming.__init__

    def make_and_note(self: Any, *arguments: Any, **options: Any) -> None:
        make(self, *arguments, **options)
        _pipelines.append(self.pipeline)

    core_timing.CoreTiming.__init__ = make_and_note  # type: ignore[attr-defined]


def take() -> int:
    """How many such blocks there were since this was asked last."""
    count = sum(int(pipeline.state["mismatches"]) for pipeline in _pipelines)
    _pipelines.clear()
    return count
