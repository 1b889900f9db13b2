"""Where compiled hooks are kept: a folder named after everything they depend on.

Numba's own cache notices a change of the file that holds a function, not of what the function uses from other files
(a record's layout, a constant, an inlined operation), and would go on with machine code for the old layout. So the
name is a hash of every file of this package, and of the compiler's and the host processor's names.
"""

from __future__ import annotations

import hashlib
import os
from functools import cache
from importlib.metadata import version
from pathlib import Path

import llvmlite.binding as llvm
import platformdirs


@cache
def compiled_folder() -> Path:
    """The folder for this version of the package on this host; `AIMC_CACHE` says where all caches are."""
    digest = hashlib.blake2b(digest_size=12)
    for source in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(source.read_bytes())
    host = llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()
    for part in (version("numba"), version("llvmlite"), *host):
        digest.update(part.encode())
    base = os.environ.get("AIMC_CACHE") or platformdirs.user_cache_path("aimc", appauthor=False)
    return Path(base).expanduser().absolute() / "hooks" / digest.hexdigest()
