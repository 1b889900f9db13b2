"""Flag words whose complement has every other bit, as in C."""

from __future__ import annotations

from enum import EnumType, IntFlag
from typing import Any


def _complement(self: IntFlag) -> int:
    return ~int(self)


class _FlagType(EnumType):
    # Enum gives each subclass of Flag operators of its own, so an inherited one would not be used.
    def __new__(metacls, name: str, bases: tuple[type, ...], namespace: Any, **options: Any) -> _FlagType:
        made = super().__new__(metacls, name, bases, namespace, **options)
        setattr(made, "__invert__", _complement)  # noqa: B010 - mypy takes the assignment for an operator of the class
        return made


class FlagWord(IntFlag, metaclass=_FlagType):
    """An IntFlag to check arguments with: `flags & ~(F.A | F.B)` finds unknown bits too.

    In Python 3.11 the complement of a plain IntFlag has known bits only, so such a check lets unknown ones pass.
    """
