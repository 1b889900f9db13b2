"""Access to the 32-bit words of user memory that futexes are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from guest.abi.errno import E, Errno
from guest.mm.user_copy import copy_from_user, copy_to_user

if TYPE_CHECKING:
    from guest.mm.address_space import AddressSpace


def check_alignment(address: int) -> None:
    """Words are aligned (EINVAL)."""
    if address % 4:
        raise Errno(E.EINVAL)


def read_word(mm: AddressSpace, address: int) -> int:
    """The word, unsigned (EFAULT)."""
    return int.from_bytes(copy_from_user(mm, address, 4), "little")


def write_word(mm: AddressSpace, address: int, value: int) -> None:
    """Store the word (EFAULT)."""
    copy_to_user(mm, address, (value & 0xFFFFFFFF).to_bytes(4, "little"))


def signed(value: int) -> int:
    """A word as C int."""
    return value - (1 << 32) if value >> 31 else value
