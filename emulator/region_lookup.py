"""A faster look-up of memory regions for Unicorn.

With a memory hook Unicorn looks up the region of each access, and of each store a second time, by a walk through its
map of all regions (`flatview_translate`): a tenth of the time of programs that load and store much. Its own structure
holds the address of the function that does so. It gets the address of a few instructions that compare with the two
regions there are, and leave all other addresses to that function.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import llvmlite.binding as llvm
from unicorn.unicorn_py3.unicorn import uclib

_SEARCHED_WORDS = 128
"""Of the structure, which is much larger; its functions come first."""
_UNSIGNED = ctypes.c_uint64

_REGION = """
region{number}:
  %offset{number} = sub i64 %address, {first}
  %inside{number} = icmp ult i64 %offset{number}, {size}
  br i1 %inside{number}, label %found{number}, label %region{following}
found{number}:
  ret i64 {region}
"""
_FUNCTION = """
define i64 @look_up(i64 %engine, i64 %address) {{
  br label %region0
{regions}
region{count}:
  %function = inttoptr i64 {original} to i64 (i64, i64)*
  %found = tail call i64 %function(i64 %engine, i64 %address)
  ret i64 %found
}}
"""


class RegionLookup:
    """The function of one Unicorn instance, which must not outlive it; `close` gives Unicorn its own one back."""

    def __init__(self, handle: Any, regions: Sequence[tuple[int, int]]) -> None:
        """`regions`: begins and sizes in bytes, which are mapped and stay so. Where Unicorn does not look as expected
        everything stays as it is.
        """
        self.installed = False
        function = getattr(uclib, "find_memory_mapping_aarch64", None)
        if function is None:
            return
        self._original = ctypes.cast(function, ctypes.c_void_p).value or 0
        words = (_UNSIGNED * _SEARCHED_WORDS).from_address(handle.value)
        places = [number for number, word in enumerate(words) if word == self._original]
        if len(places) != 1:
            return
        look_up = ctypes.CFUNCTYPE(_UNSIGNED, _UNSIGNED, _UNSIGNED)(self._original)
        found = [look_up(handle.value, first) for first, _ in regions]
        if 0 in found:
            return
        text = "".join(
            _REGION.format(number=number, first=first, size=size, region=region, following=number + 1)
            for number, ((first, size), region) in enumerate(zip(regions, found, strict=True))
        )
        text = _FUNCTION.format(regions=text, count=len(regions), original=self._original)
        machine = llvm.Target.from_default_triple().create_target_machine()
        self._code = llvm.create_mcjit_compiler(llvm.parse_assembly(text), machine)
        self._code.finalize_object()
        self._words, self._place = words, places[0]
        words[self._place] = self._code.get_function_address("look_up")
        self.installed = True

    def close(self) -> None:
        """Let Unicorn use its own function again."""
        if self.installed:
            self._words[self._place] = self._original
            self.installed = False
