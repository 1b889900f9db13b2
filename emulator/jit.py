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

# Read by Numba when a function is decorated, so set before the first one is.
_settings: Any = numba.config
_settings.CACHE_DIR = str(compiled_folder() / "numba")


def integers(count: int) -> Any:
    """The signature of a function of `count` integers that gives one."""
    return numba.int64(*[numba.int64] * count)


def hook(signature: Any) -> Callable[[Callable[..., Any]], Any]:
    """A function that Unicorn calls; `__wrapped__` is the plain Python one, `address` the compiled one's."""

    def compile_hook(function: Callable[..., Any]) -> Any:
        with _bare_entries():
            # Not in Numba's cache: `native_code.py` keeps the object file.
            return numba.cfunc(signature, error_model="numpy")(function)

    return compile_hook


def operation(function: Callable[..., Any]) -> Any:
    """A function that hooks call; `py_func` is the plain Python one."""
    return numba.njit(cache=True, error_model="numpy")(function)


def inlined(function: Callable[..., Any]) -> Any:
    """An operation that is copied into its callers."""
    return numba.njit(cache=True, error_model="numpy", inline="always")(function)


def outlined(function: Callable[..., Any]) -> Any:
    """An operation that is kept out of its callers, because it is rarely reached and would cost them registers."""
    return numba.njit(cache=True, error_model="numpy", inline="never")(function)


def machine_code(compiled_hook: Any) -> tuple[str, bytes]:
    """Symbol and object file (ELF) of a compiled hook."""
    # No public way leads to the object file.
    return compiled_hook.native_name, compiled_hook._library._get_compiled_object()


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
