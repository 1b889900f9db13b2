"""The code to which a handler returns if the program names none (SA_RESTORER): `mov x8, #139; svc #0`.

Linux has it in the vDSO, which does not exist here, so one page holds it, named as what it is. glibc relies on it (it
never sets SA_RESTORER on arm64); musl brings its own. Unwinders know a signal frame by exactly these two words.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from emulator.memory import PAGE_SIZE, Protection
from guest.abi.syscalls import NUMBERS

if TYPE_CHECKING:
    from guest.mm.address_space import AddressSpace

NAME = b"[sigpage]"
_NOP = 0xD503201F
_SVC = 0xD4000001
_MOV_X8 = 0xD2800008
CODE = struct.pack("<III", _NOP, _MOV_X8 | NUMBERS["rt_sigreturn"] << 5, _SVC)
"""The NOP comes first because unwinders look up the address before the one a function returns to."""
_ENTRY = 4


def map_page(mm: AddressSpace) -> int:
    """Map the page, once in an address space's life; the address of the code. Raises ENOMEM."""
    page = mm.map(0, PAGE_SIZE, Protection.READ | Protection.EXECUTE, name=NAME)
    mm.memory.write(page, CODE)
    return page + _ENTRY


def address(mm: AddressSpace) -> int:
    """Where the code is; maps it again if the program has unmapped it. Raises ENOMEM."""
    # Looked for by name, so that fork and munmap need not know of it.
    for area in mm.vmas.highest_first():
        if area.name == NAME:
            return area.start + _ENTRY
    return map_page(mm)
