"""The hooks' machine code: loaded from the cache in a few milliseconds, compiled by Numba where it is not there yet."""

from __future__ import annotations

import ctypes
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm

from emulator.cache import compiled_folder

HOOKS = ("on_block", "on_interrupt", "on_invalid_access", "on_tlb_fill", "on_system_read")
"""The functions of `hooks.py` that Unicorn calls."""
TIMING_HOOKS = ("on_timed_block", "on_access")
"""Those of `timing/hooks.py`, which are compiled only where timing fidelity is asked for."""

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
    "call_touch_range": 4,
    "call_look_up": 2,
    "call_new_root": 1,
    "call_take_frame": 1,
    "call_drop_frames": 3,
}
_BLOCK_CALLS = {
    "call_word_slot": 3,
    "call_add_words": 6,
    "call_add_block": 8,
    "call_count_blocks": 3,
    "call_drop_blocks": 5,
    "call_move_blocks": 3,
}
_TURN_CALLS = {"call_take_turns": 1}
_TIMING_CALLS = {"call_retire": 3, "call_retire_block": 3, "call_retire_cut_block": 3, "call_advance": 2}
CALLS = {**_MEMORY_CALLS, **_BLOCK_CALLS, **_TURN_CALLS, **_TIMING_CALLS}
"""The functions of `memory_calls.py`, `block_calls.py`, `turn_operations.py` and `timing/timing_calls.py` that Python
calls, with their numbers of arguments.
"""

_SYMBOLS = "symbols.json"
_BASE, _TIMING = "objects", "timing-objects"
_GROUPS: Mapping[str, Mapping[str, Iterable[str]]] = {
    _BASE: {
        "emulator.hooks": HOOKS,
        "emulator.memory_calls": _MEMORY_CALLS,
        "emulator.block_calls": _BLOCK_CALLS,
        "emulator.turn_operations": _TURN_CALLS,
    },
    _TIMING: {"emulator.timing.hooks": TIMING_HOOKS, "emulator.timing.timing_calls": _TIMING_CALLS},
}
"""What is compiled together, by the name of its folder: modules and their functions."""


def is_compiled(*, timing: bool = False) -> bool:
    """Whether the code of this version was compiled before, with that for timing fidelity if it is needed; otherwise
    starting takes some seconds.
    """
    return _folder(_BASE).is_dir() and (not timing or _folder(_TIMING).is_dir())


def hook_addresses() -> Mapping[str, int]:
    """Host addresses of the hooks and of what Python calls, by name."""
    return _addresses(_BASE)


def timing_addresses() -> Mapping[str, int]:
    """The same for timing fidelity."""
    return _addresses(_TIMING)


@cache
def _addresses(group: str) -> Mapping[str, int]:
    folder = _folder(group)
    if not folder.is_dir():
        _compile(group)
    symbols: dict[str, str] = json.loads((folder / _SYMBOLS).read_text())
    engine = _linker()
    for name in symbols:
        engine.add_object_file(llvm.ObjectFileRef.from_data((folder / f"{name}.o").read_bytes()))
    engine.finalize_object()
    _keep_alive.append(engine)
    return {name: engine.get_function_address(symbol) for name, symbol in symbols.items()}


@cache
def function(name: str) -> Callable[..., int]:
    """One of `CALLS`. Arguments are integers; for an address in the host's memory also `bytes`."""
    addresses = timing_addresses() if name in _TIMING_CALLS else hook_addresses()
    # c_void_p takes integers of 64 bits, negative ones too, and bytes objects.
    return ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * CALLS[name])(addresses[name])


_keep_alive: list[Any] = []


def _folder(group: str) -> Path:
    return compiled_folder() / group


def _linker() -> Any:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    # Named by a function of Numba's run-time library that comes with every object and that no hook calls.
    llvm.add_symbol("NRT_MemInfo_call_dtor", 1)
    machine = llvm.Target.from_default_triple().create_target_machine()
    return llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)


def _compile(group: str) -> None:
    """Compile the functions of a group and put their object files into the cache, whole or not at all."""
    from emulator import jit

    folder = _folder(group)
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=folder.parent))
    symbols = {}
    for module_name, names in _GROUPS[group].items():
        module = import_module(module_name)
        for name in names:
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
