"""Compilation of hooks by Numba. Imported only when there is something to compile, or to run an operation from Python:
machine code that is in the cache already is loaded by `native_code.py` without Numba, which takes long to import.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numba
from llvmlite import ir
from numba.core.cpu import CPUContext

from emulator.cache import compiled_folder

_settings: Any = numba.config
_options: dict[str, Any] = {"cache": True, "error_model": "numpy"}
"""Of all operations."""


def make_objects_only() -> None:
    """Say, before modules with operations are imported, that in this process Python calls none of them.

    Then operations need no entries of their own, which would have to be compiled too. They are not kept in Numba's
    cache, where processes that compile the same operation at once for different arguments could take each other's file.
    """
    _options.update(cache=False, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def integers(count: int) -> Any:
    """The signature of a function of `count` integers that gives one."""
    return numba.int64(*[numba.int64] * count)


class Hook:
    """A function that Unicorn or Python calls; `__wrapped__` is the plain Python one."""

    def __init__(self, function: Callable[..., Any], signature: Any) -> None:
        self.__wrapped__ = function
        self.signature = signature

    def machine_code(self) -> tuple[str, bytes]:
        """Symbol and object file (ELF) of the compiled function.

        Compiled when asked for, so that a process compiles only what is its part; not in Numba's cache, because
        `native_code.py` keeps the object file.
        """
        with _bare_entries():
            compiled: Any = numba.cfunc(self.signature, error_model="numpy")(self.__wrapped__)
        # No public way leads to the object file.
        return compiled.native_name, compiled._library._get_compiled_object()


def hook(signature: Any) -> Callable[[Callable[..., Any]], Hook]:
    """Makes a `Hook` of a function."""

    def make(function: Callable[..., Any]) -> Hook:
        return Hook(function, signature)

    return make


def operation(function: Callable[..., Any]) -> Any:
    """A function that hooks call; `py_func` is the plain Python one. Compiled code has it inlined: calls between the
    operations of the timing model would cost a quarter of its speed.
    """
    return _operation(function, forceinline=True)


def inlined(function: Callable[..., Any]) -> Any:
    """An operation that is copied into its callers."""
    return _operation(function, inline="always")


def outlined(function: Callable[..., Any]) -> Any:
    """An operation that is kept out of its callers, because it is rarely reached and would cost them registers."""
    return _operation(function, inline="never")


def _operation(function: Callable[..., Any], **options: Any) -> Any:
    # Read by Numba when a function is decorated.
    _settings.CACHE_DIR = str(compiled_folder(function.__module__) / "numba")
    return numba.njit(**_options, **options)(function)


def _bare_entry(self: Any, library: Any, fndesc: Any, env: Any, call_helper: Any) -> None:
    """The C entry of a hook: calls the compiled function and drops its status.

    Numba's own entry reports Python exceptions, which ties the machine code to the interpreter and to Numba's
    run-time library. Hooks raise none.
    """
    module = self.create_module("cfunc_wrapper")
    callee_type = self.call_conv.get_function_type(fndesc.restype, fndesc.argtypes)
    callee = ir.Function(module, callee_type, fndesc.llvm_func_name)
    arguments = [self.get_value_type(argument) for argument in fndesc.argtypes]
    entry_type = ir.FunctionType(self.get_value_type(fndesc.restype), arguments)
    entry = ir.Function(module, entry_type, fndesc.llvm_cfunc_wrapper_name)
    builder = ir.IRBuilder(entry.append_basic_block("entry"))
    _, result = self.call_conv.call_function(builder, callee, fndesc.restype, fndesc.argtypes, entry.args)
    builder.ret(result)
    library.enable_object_caching()
    library.add_ir_module(module)
    # Numba links the function in without looking at it again; inlined, a block hook takes half as long.
    library._final_module.get_function(fndesc.llvm_func_name).add_function_attribute("alwaysinline")


@contextmanager
def _bare_entries() -> Iterator[None]:
    context: Any = CPUContext
    original = context.create_cfunc_wrapper
    context.create_cfunc_wrapper = _bare_entry
    try:
        yield
    finally:
        context.create_cfunc_wrapper = original
