"""What is in the register page of a tile. A module of its own: compiled code needs nothing else of the registers.

The bus moves aligned words of 4 bytes; larger loads and stores are several, in the order of their addresses. Registers
take 8 bytes, of which the upper four are zero.
"""

from __future__ import annotations

from enum import IntEnum

IDENTITY = 0x434D_4941
"""What the register ID holds: "AIMC", low byte first."""
WINDOW_BYTES = 64


class Register(IntEnum):
    """Offsets in the page. Windows are of 64 bytes, so that loads and stores of pairs and vectors reach them too."""

    ID = 0x00
    BUSY = 0x08
    """1 while a multiplication that was started here is under way."""
    PROCESS = 0x10
    """A store of anything starts a multiplication, behind one that is under way."""
    STATUS = 0x40
    """Window: what CM_STATUS returns for the selector n at 8 n."""
    INPUT = 0x80
    """Window: each store appends to the input memory, wherever in the window it is."""
    OUTPUT = 0xC0
    """Window: each load takes the next bytes of the output memory; it waits for a multiplication that is under way."""
