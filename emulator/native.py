"""What compiled hooks need beyond Numba's own: memory at an integer address, and calls of C functions at an integer
address.

Addresses kept as integers in records leave the hooks free of constants of this process, so that their machine code
can be cached on disk. Each function here has two bodies, one compiled and one in plain Python, so that hooks also run
uncompiled.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload


def pointer(address: int) -> Any:
    """An untyped pointer to `address`, for `numba.carray`."""
    return ctypes.c_void_p(int(address))


def _type_pointer(typingctx: Any, address: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(types.int64), generate


_pointer: Any = intrinsic(_type_pointer)


@overload(pointer, inline="always", strict=False)
def _overload_pointer(address: Any) -> Callable[[Any], Any]:
    return lambda address: _pointer(address)


def _call(result: ir.Type, arguments: tuple[ir.Type, ...]) -> Callable[[Any, Any, Any, Any], Any]:
    """Code that calls the C function whose address is the first argument with the others."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        function = builder.inttoptr(values[0], ir.FunctionType(result, arguments).as_pointer())
        return builder.call(function, values[1:])

    return generate


_I32 = ir.IntType(32)
_POINTER = cgutils.voidptr_t


def call_stop(function: int, engine: Any) -> int:
    """Call `int function(void *engine)`: `uc_emu_stop`."""
    return int(ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(int(function))(engine))


def _type_call_stop(typingctx: Any, function: Any, engine: Any) -> Any:
    return types.int32(types.int64, types.voidptr), _call(_I32, (_POINTER,))


_call_stop: Any = intrinsic(_type_call_stop)


@overload(call_stop, inline="always", strict=False)
def _overload_call_stop(function: Any, engine: Any) -> Callable[[Any, Any], Any]:
    return lambda function, engine: _call_stop(function, engine)


def call_register(function: int, engine: Any, register: int, value: Any) -> int:
    """Call `int function(void *engine, int register, void *value)`: `uc_reg_read` or `uc_reg_write`."""
    prototype = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
    return int(prototype(int(function))(engine, int(register), value))


def _type_call_register(typingctx: Any, function: Any, engine: Any, register: Any, value: Any) -> Any:
    signature = types.int32(types.int64, types.voidptr, types.int32, types.voidptr)
    return signature, _call(_I32, (_POINTER, _I32, _POINTER))


_call_register: Any = intrinsic(_type_call_register)


@overload(call_register, inline="always", strict=False)
def _overload_call_register(function: Any, engine: Any, register: Any, value: Any) -> Callable[..., Any]:
    return lambda function, engine, register, value: _call_register(function, engine, register, value)
