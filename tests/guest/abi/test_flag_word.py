"""Checks for unknown flags find them, whatever the Python version makes of the complement of a flag."""

from __future__ import annotations

import importlib
import pkgutil
from enum import IntFlag

import pytest

import guest.abi
from guest.abi.flag_word import FlagWord
from guest.fs.path_walk import Resolve


def _words() -> list[type[IntFlag]]:
    modules = [importlib.import_module(f"guest.abi.{found.name}") for found in pkgutil.iter_modules(guest.abi.__path__)]
    found = {value for module in modules for value in vars(module).values() if isinstance(value, type)}
    words = [value for value in found if issubclass(value, IntFlag) and value not in (IntFlag, FlagWord)]
    return sorted([*words, Resolve], key=lambda word: word.__name__)


@pytest.mark.parametrize("word", _words(), ids=lambda word: word.__name__)
def test_complement_has_all_other_bits(word: type[IntFlag]) -> None:
    first = next(iter(word))
    assert int(~first) == ~int(first)
    assert 1 << 62 & ~(first | first)


def test_there_are_many() -> None:
    assert len(_words()) > 30
