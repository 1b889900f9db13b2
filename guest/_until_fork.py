"""TEMPORARY: reference counts of address spaces, until `AddressSpace` has them itself. To be deleted then."""

from __future__ import annotations

from typing import Any

from guest.abi.errno import E, Errno
from guest.mm.address_space import AddressSpace


def _get(self: Any) -> Any:
    self.users += 1
    return self


def _put(self: Any) -> None:
    self.users -= 1


def _fork(self: Any) -> Any:
    raise Errno(E.ENOSYS)


for _name, _value in (("users", 1), ("get", _get), ("put", _put), ("fork", _fork)):
    if not hasattr(AddressSpace, _name) and not (_name == "users" and hasattr(AddressSpace, "get")):
        setattr(AddressSpace, _name, _value)
