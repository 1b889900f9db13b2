"""Types of arguments of the futex calls."""

from __future__ import annotations

from typing import Annotated

from guest.abi.flags import show_flags
from guest.abi.futex import Futex2Flag
from guest.arguments import Integer, unsigned32

Futex2Flags = Annotated[int, Integer(unsigned32, lambda value: show_flags(Futex2Flag, value))]
