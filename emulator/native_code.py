"""The hooks' machine code: loaded from the cache in a few milliseconds, compiled by Numba where it is not there yet."""

from __future__ import annotations

import ctypes
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm

from emulator.cache import compiled_folder

HOOKS = ("on_block", "on_interrupt", "on_invalid_access", "on_tlb_fill", "on_system_read")
"""The functions of `hooks.py` that Unicorn calls."""

_MEMORY_CALLS = {
    "call_set_range": 4,
    "call_protect_range": 4,
    "call_install": 5,
    "call_move_range": 4,
    "call_clean_range": 4,
    "call_measure_range": 4,
    "call_copy_all": 2,
    "call_release_all": 1,
    "call_accessible": 4,
    "call_mapped": 3,
    "call_copy_bytes": 6,
    "call_touch": 4,
    "call_look_up": 2,
    "call_new_root": 1,
    "call_take_frame": 1,
    "call_drop_frames": 3,
}
_BLOCK_CALLS = {
    "call_word_slot": 3,
    "call_add_words": 4,
    "call_add_block": 7,
    "call_count_blocks": 3,
    "call_drop_blocks": 5,
    "call_move_blocks": 3,
}
CALLS = {**_MEMORY_CALLS, **_BLOCK_CALLS}
"""The functions of `memory_calls.py` and `block_calls.py` that Python calls, with their numbers of arguments."""

_SYMBOLS = "symbols.json"


def is_compiled() -> bool:
    """Whether the hooks of this version were compiled before; otherwise `hook_addresses` takes some seconds."""
    return _objects().is_dir()


@cache
def hook_addresses() -> Mapping[str, int]:
    """Host addresses of the hooks, by name."""
    if not is_compiled():
        _compile()
    symbols: dict[str, str] = json.loads((_objects() / _SYMBOLS).read_text())
    engine = _linker()
    for name in (*HOOKS, *CALLS):
        engine.add_object_file(llvm.ObjectFileRef.from_data((_objects() / f"{name}.o").read_bytes()))
    engine.finalize_object()
    _keep_alive.append(engine)
    return {name: engine.get_function_address(symbols[name]) for name in (*HOOKS, *CALLS)}


@cache
def function(name: str) -> Callable[..., int]:
    """One of `CALLS`. Arguments are integers; for an address in the host's memory also `bytes`."""
    # c_void_p takes integers of 64 bits, negative ones too, and bytes objects.
    return ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * CALLS[name])(hook_addresses()[name])


_keep_alive: list[Any] = []


def _objects() -> Path:
    return compiled_folder() / "objects"


def _linker() -> Any:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    # Named by a function of Numba's run-time library that comes with every object and that no hook calls.
    llvm.add_symbol("NRT_MemInfo_call_dtor", 1)
    machine = llvm.Target.from_default_triple().create_target_machine()
    return llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)


def _compile() -> None:
    """Compile all hooks and put their object files into the cache, whole or not at all."""
    from emulator import block_calls, hooks, jit, memory_calls

    folder = _objects()
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=folder.parent))
    symbols = {}
    modules = {hooks: HOOKS, memory_calls: _MEMORY_CALLS, block_calls: _BLOCK_CALLS}
    for module, name in ((module, name) for module, names in modules.items() for name in names):
        symbols[name], code = jit.machine_code(getattr(module, name))
        (draft / f"{name}.o").write_bytes(code)
    (draft / _SYMBOLS).write_text(json.dumps(symbols))
    try:
        draft.rename(folder)
    except OSError:
        # Another process was faster; its objects are the same.
        shutil.rmtree(draft)
        if not folder.is_dir():
            raise
