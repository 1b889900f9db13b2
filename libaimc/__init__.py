"""The C library that guest programs link, also built for the host against a software tile.

What lives here:

- `include/uapi/` is the interface of the kernel driver.
- `include/aimc/` is C11, also valid C++11: `aimc.h` (the library), `isa.h` (one function per AIMC instruction),
  `driver.h` (gets the tile from the driver), `software_tile.h` (the tile in C) and `reference.h` (a plain MVM for
  tests).
- `include/aimclib/` is the C++ face that programs written for ALPINE's AIMClib compile against unchanged
  (`#include "aimc.hh"`). It needs only the include path, except off AArch64 without `-DUSE_CHECKER`, where it also
  needs `SOURCES`.
- `src/` holds the library's sources. There is no makefile: a build compiles `SOURCES` together with the program.
- `tests/` holds small programs that print what they saw. The same source runs on the host and in the machine, and must
  print the same.

On AArch64 the library uses the AIMC instructions; elsewhere, or with `-DAIMC_SOFTWARE_TILE`, the software tile. Program
and library must be compiled with the same choice. `-pthread` is needed where the C library keeps threads apart.

This package imports nothing of the project and may be imported by `images`. It holds paths only: compiling is the
business of whoever needs a program.
"""

from pathlib import Path

_FOLDER = Path(__file__).resolve().parent

INCLUDE_DIR = _FOLDER / "include"
"""For `#include <aimc/aimc.h>`."""

AIMCLIB_INCLUDE_DIR = INCLUDE_DIR / "aimclib"
"""For `#include "aimc.hh"`, as AIMClib programs write it."""

SOURCES = tuple(_FOLDER / "src" / name for name in ("device.c", "driver.c", "matrix.c", "probe.c", "software_tile.c"))
"""All C11 sources of the library."""

HEADERS = tuple(sorted(path for path in _FOLDER.rglob("*.h*") if path.suffix in {".h", ".hh"}))
"""All headers, public and internal: what a build's content hash must cover besides its sources."""
