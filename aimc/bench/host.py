"""The host that a measurement was made on: numbers mean nothing without it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import subprocess
from pathlib import Path

import aimc
from aimc.bench.against_qemu import QEMU

PACKAGES = ("unicorn", "numba", "numpy", "capstone")


def describe() -> dict[str, str]:
    """What the header of a result says, by name, in order."""
    load = " ".join(f"{value:.2f}" for value in os.getloadavg())
    packages = ", ".join(f"{name} {_version(name)}" for name in PACKAGES)
    return {
        "processor": f"{_processor()}, {len(os.sched_getaffinity(0))} usable",
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "load": f"{load} (1, 5 and 15 minutes before the start)",
        "versions": f"aimc {aimc.__version__}, Python {platform.python_version()}, {packages}",
        "qemu": _qemu(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _qemu() -> str:
    path = shutil.which(QEMU)
    if path is None:
        return f"{QEMU} is not installed (Debian: qemu-user)"
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    return said.splitlines()[0] if said else path
