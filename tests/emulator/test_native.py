"""Memory and C functions at integer addresses, from compiled code and from plain Python."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import pytest
from numba import carray, int32, njit

from emulator import record
from emulator.native import call_context, call_control, call_register, call_start, call_stop, pointer

Compiled = pytest.mark.parametrize("compiled", [False, True], ids=["plain", "compiled"])


@njit
def _double(address: Any, count: Any) -> None:
    values = carray(pointer(address), count, np.int64)
    for i in range(count):
        values[i] *= 2


@njit
def _stop(function: Any, uc: Any) -> Any:
    return call_stop(function, pointer(uc))


@njit
def _register(function: Any, uc: Any, number: Any, value: Any) -> Any:
    return call_register(function, pointer(uc), int32(number), pointer(value))


@njit
def _start(function: Any, uc: Any, begin: Any, until: Any) -> Any:
    return call_start(function, pointer(uc), begin, until)


@njit
def _context(function: Any, uc: Any, context: Any) -> Any:
    return call_context(function, pointer(uc), pointer(context))


@njit
def _control(function: Any, uc: Any, control: Any) -> Any:
    return call_control(function, pointer(uc), int32(control))


def _body(function: Any, compiled: bool) -> Any:
    return function if compiled else function.py_func


@Compiled
def test_an_address_becomes_an_array(compiled: bool) -> None:
    values = np.arange(5)
    _body(_double, compiled)(record.address_of(values), len(values))
    assert values.tolist() == [0, 2, 4, 6, 8]


@Compiled
def test_the_stop_function_gets_the_engine_and_its_result_returns(compiled: bool) -> None:
    seen: list[int | None] = []

    def stop(uc: int | None) -> int:
        seen.append(uc)
        return -7

    function = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(stop)
    address = ctypes.cast(function, ctypes.c_void_p).value
    assert _body(_stop, compiled)(address, 0x7000_0000_1234) == -7
    assert seen == [0x7000_0000_1234]


@Compiled
def test_a_register_function_gets_its_number_and_place(compiled: bool) -> None:
    seen: list[tuple[int, int]] = []
    place = np.array([41])

    def register(uc: int, number: int, value: Any) -> int:
        seen.append((uc, number))
        value[0] += 1
        return 0

    prototype = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(ctypes.c_int64))
    function = prototype(register)
    address = ctypes.cast(function, ctypes.c_void_p).value
    assert _body(_register, compiled)(address, 99, 217, record.address_of(place)) == 0
    assert seen == [(99, 217)]
    assert place[0] == 42


@Compiled
def test_a_start_has_its_addresses_and_no_limits(compiled: bool) -> None:
    seen: list[tuple[int, ...]] = []

    def start(*arguments: int) -> int:
        seen.append(arguments)
        return 8

    function = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, *[ctypes.c_uint64] * 4)(start)
    address = ctypes.cast(function, ctypes.c_void_p).value
    assert _body(_start, compiled)(address, 99, 0x1000, -4) == 8
    assert seen == [(99, 0x1000, (1 << 64) - 4, 0, 0)]


@Compiled
def test_context_and_control_functions_get_their_arguments(compiled: bool) -> None:
    seen: list[tuple[int, int]] = []

    def note(uc: int, other: int) -> int:
        seen.append((uc, other))
        return 0

    for call, kind, value in ((_context, ctypes.c_void_p, 1 << 40), (_control, ctypes.c_int, 1 << 30 | 23)):
        function = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, kind)(note)
        assert _body(call, compiled)(ctypes.cast(function, ctypes.c_void_p).value, 99, value) == 0
    assert seen == [(99, 1 << 40), (99, 1 << 30 | 23)]
