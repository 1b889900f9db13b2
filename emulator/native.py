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
_I64 = ir.IntType(64)
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


def call_integers(function: int, first: int, second: int, third: int) -> int:
    """Call `int64 function(int64, int64, int64)`: one of our own compiled functions, so that large ones are compiled
    once and not into each caller.
    """
    prototype = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)
    return int(prototype(int(function))(int(first), int(second), int(third)))


def _type_call_integers(typingctx: Any, function: Any, first: Any, second: Any, third: Any) -> Any:
    return types.int64(types.int64, types.int64, types.int64, types.int64), _call(_I64, (_I64, _I64, _I64))


_call_integers: Any = intrinsic(_type_call_integers)


@overload(call_integers, inline="always", strict=False)
def _overload_call_integers(function: Any, first: Any, second: Any, third: Any) -> Callable[..., Any]:
    return lambda function, first, second, third: _call_integers(function, first, second, third)


def call_start(function: int, engine: Any, begin: int, until: int) -> int:
    """Call `int function(void *engine, uint64 begin, uint64 until, uint64 timeout, size_t count)`: `uc_emu_start`,
    without a limit of time or instructions.
    """
    integers = [ctypes.c_uint64] * 4
    prototype = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, *integers)
    return int(prototype(int(function))(engine, int(begin) & _MASK, int(until) & _MASK, 0, 0))


_MASK = (1 << 64) - 1


def _type_call_start(typingctx: Any, function: Any, engine: Any, begin: Any, until: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        zero = ir.Constant(_I64, 0)
        return _call(_I32, (_POINTER, _I64, _I64, _I64, _I64))(context, builder, signature, [*values, zero, zero])

    return types.int32(types.int64, types.voidptr, types.int64, types.int64), generate


_call_start: Any = intrinsic(_type_call_start)


@overload(call_start, inline="always", strict=False)
def _overload_call_start(function: Any, engine: Any, begin: Any, until: Any) -> Callable[..., Any]:
    return lambda function, engine, begin, until: _call_start(function, engine, begin, until)


def call_context(function: int, engine: Any, context: Any) -> int:
    """Call `int function(void *engine, void *context)`: `uc_context_save` or `uc_context_restore`."""
    return int(ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(int(function))(engine, context))


def _type_call_context(typingctx: Any, function: Any, engine: Any, context: Any) -> Any:
    return types.int32(types.int64, types.voidptr, types.voidptr), _call(_I32, (_POINTER, _POINTER))


_call_context: Any = intrinsic(_type_call_context)


@overload(call_context, inline="always", strict=False)
def _overload_call_context(function: Any, engine: Any, context: Any) -> Callable[[Any, Any, Any], Any]:
    return lambda function, engine, context: _call_context(function, engine, context)


def call_control(function: int, engine: Any, control: Any) -> int:
    """Call `int function(void *engine, int control, ...)` with no more arguments: `uc_ctl`."""
    return int(ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)(int(function))(engine, int(control)))


def _type_call_control(typingctx: Any, function: Any, engine: Any, control: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        prototype = ir.FunctionType(_I32, (_POINTER, _I32), var_arg=True)
        return builder.call(builder.inttoptr(values[0], prototype.as_pointer()), values[1:])

    return types.int32(types.int64, types.voidptr, types.int32), generate


_call_control: Any = intrinsic(_type_call_control)


@overload(call_control, inline="always", strict=False)
def _overload_call_control(function: Any, engine: Any, control: Any) -> Callable[[Any, Any, Any], Any]:
    return lambda function, engine, control: _call_control(function, engine, control)


# Single values in memory. Not `carray(pointer(…))[i] = …`: Numba removes a store into an array that it saw being made
# and does not see being read again.


def _load(name: str, width: int) -> Any:
    ctype = {8: ctypes.c_int8, 32: ctypes.c_int32, 64: ctypes.c_int64}[width]

    def load(address: int) -> int:
        return int(ctype.from_address(int(address)).value)

    def type_load(typingctx: Any, address: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            value = builder.load(builder.inttoptr(arguments[0], ir.IntType(width).as_pointer()))
            return value if width == 64 else builder.sext(value, ir.IntType(64))

        return types.int64(types.int64), generate

    compiled: Any = intrinsic(type_load)
    load.__name__ = load.__qualname__ = name
    overload(load, inline="always", strict=False)(lambda address: lambda address: compiled(address))
    return load


def _store(name: str, width: int) -> Any:
    ctype = {8: ctypes.c_int8, 32: ctypes.c_int32, 64: ctypes.c_int64}[width]

    def store(address: int, value: int) -> None:
        ctype.from_address(int(address)).value = int(value)

    def type_store(typingctx: Any, address: Any, value: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            target = ir.IntType(width)
            stored = arguments[1] if width == 64 else builder.trunc(arguments[1], target)
            builder.store(stored, builder.inttoptr(arguments[0], target.as_pointer()))
            return context.get_dummy_value()

        return types.void(types.int64, types.int64), generate

    compiled: Any = intrinsic(type_store)
    store.__name__ = store.__qualname__ = name
    overload(store, inline="always", strict=False)(
        lambda address, value: lambda address, value: compiled(address, value)
    )
    return store


load_int8 = _load("load_int8", 8)
"""The signed byte at an address."""
load_int32 = _load("load_int32", 32)
load_int64 = _load("load_int64", 64)
store_int8 = _store("store_int8", 8)
"""Store the low bits of a value at an address."""
store_int32 = _store("store_int32", 32)
store_int64 = _store("store_int64", 64)


def copy_memory(target: int, source: int, size: int) -> None:
    """Copy `size` bytes between addresses; the stretches do not overlap."""
    ctypes.memmove(int(target), int(source), int(size))


def _type_copy_memory(typingctx: Any, target: Any, source: Any, size: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        target, source = (builder.inttoptr(argument, cgutils.voidptr_t) for argument in arguments[:2])
        cgutils.raw_memcpy(builder, target, source, arguments[2], 1)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, types.int64), generate


_copy_memory: Any = intrinsic(_type_copy_memory)


@overload(copy_memory, inline="always", strict=False)
def _overload_copy_memory(target: Any, source: Any, size: Any) -> Callable[[Any, Any, Any], Any]:
    return lambda target, source, size: _copy_memory(target, source, size)


def clear_memory(target: int, size: int) -> None:
    """Fill with zeros."""
    ctypes.memset(int(target), 0, int(size))


def _type_clear_memory(typingctx: Any, target: Any, size: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        cgutils.memset(builder, builder.inttoptr(arguments[0], cgutils.voidptr_t), arguments[1], 0)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


_clear_memory: Any = intrinsic(_type_clear_memory)


@overload(clear_memory, inline="always", strict=False)
def _overload_clear_memory(target: Any, size: Any) -> Callable[[Any, Any], Any]:
    return lambda target, size: _clear_memory(target, size)
