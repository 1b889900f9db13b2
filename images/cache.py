"""The folder for build products: `AIMC_CACHE` or the user's cache folder."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """The cache folder of this project; not created here.

    `AIMC_CACHE` wins where it is set and not empty; else the platform's user cache folder, named `aimc`.
    """
    override = os.environ.get("AIMC_CACHE", "")
    if override:
        return Path(override).expanduser().absolute()
    from platformdirs import user_cache_path  # imported late: importing `images` must stay cheap

    return user_cache_path("aimc", appauthor=False)


def images_folder() -> Path:
    """Where built programs lie: `<name>/<key>/<name>`."""
    return cache_folder() / "images"


def compiler_folder() -> Path:
    """Where the compiler keeps its own cache (the C libraries it builds once)."""
    return cache_folder() / "zig"
