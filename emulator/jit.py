"""Compilation of hooks by Numba, with a cache on disk that cannot go stale.

Numba's own cache notices a change of the file that holds a function, not of what the function uses from other files
(a record's layout, a constant, an inlined operation), and would go on with machine code for the old layout. So the
folder of the cache is named after the content of every file of this package.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import platformdirs


def _cache_folder() -> str:
    """A folder for this version of the package; `AIMC_CACHE` says where all caches are."""
    digest = hashlib.blake2b(digest_size=12)
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    base = os.environ.get("AIMC_CACHE") or platformdirs.user_cache_path("aimc")
    return str(Path(base) / "numba" / digest.hexdigest())


# Read by Numba when a function is decorated, so set before the first one is.
_settings: Any = numba.config
_settings.CACHE_DIR = _cache_folder()


def is_warm() -> bool:
    """Whether the hooks of this version were compiled before; otherwise importing them takes some seconds."""
    return Path(_settings.CACHE_DIR).is_dir()


def hook(signature: Any) -> Callable[[Callable[..., Any]], Any]:
    """A function that Unicorn calls; `__wrapped__` is the plain Python one, `address` the compiled one's."""
    return numba.cfunc(signature, cache=True, error_model="numpy")


def operation(function: Callable[..., Any]) -> Any:
    """A function that hooks call; `py_func` is the plain Python one."""
    return numba.njit(cache=True, error_model="numpy")(function)


def inlined(function: Callable[..., Any]) -> Any:
    """An operation that is copied into its callers."""
    return numba.njit(cache=True, error_model="numpy", inline="always")(function)


def outlined(function: Callable[..., Any]) -> Any:
    """An operation that is kept out of its callers, because it is rarely reached and would cost them registers."""
    return numba.njit(cache=True, error_model="numpy", inline="never")(function)
