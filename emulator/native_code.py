"""The hooks' machine code: loaded from the cache in a few milliseconds, compiled by Numba where it is not there yet."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm

from emulator.cache import compiled_folder

HOOKS = ("on_block", "on_interrupt", "on_invalid_access", "on_tlb_fill", "on_system_read")
"""The functions of `hooks.py` that Unicorn calls."""

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
    for name in HOOKS:
        engine.add_object_file(llvm.ObjectFileRef.from_data((_objects() / f"{name}.o").read_bytes()))
    engine.finalize_object()
    _keep_alive.append(engine)
    return {name: engine.get_function_address(symbols[name]) for name in HOOKS}


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
    from emulator import hooks, jit

    folder = _objects()
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=folder.parent))
    symbols = {}
    for name in HOOKS:
        symbols[name], code = jit.machine_code(getattr(hooks, name))
        (draft / f"{name}.o").write_bytes(code)
    (draft / _SYMBOLS).write_text(json.dumps(symbols))
    try:
        draft.rename(folder)
    except OSError:
        # Another process was faster; its objects are the same.
        shutil.rmtree(draft)
        if not folder.is_dir():
            raise
