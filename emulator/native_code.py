"""The hooks' machine code: loaded from the cache in a few milliseconds, compiled by Numba where it is not there yet."""

from __future__ import annotations

import ctypes
import fcntl
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm

from emulator.cache import DRAFT_PREFIX, cache_folder, compiled_folder, remove_unused

HOOKS = (
    "on_block",
    "on_interrupt",
    "on_invalid_access",
    "on_tlb_fill",
    "on_system_read",
    "on_register_read",
    "on_register_write",
)
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
_TILE_CALLS = {"call_multiply": 7}
_TIMING_CALLS = {"call_retire_block": 3, "call_retire": 3, "call_retire_cut_block": 3, "call_advance": 2}
CALLS = {**_MEMORY_CALLS, **_BLOCK_CALLS, **_TURN_CALLS, **_TILE_CALLS, **_TIMING_CALLS}
"""The functions of `memory_calls.py`, `block_calls.py`, `turn_operations.py`, `tile_calls.py` and
`timing/timing_calls.py` that Python calls, with their numbers of arguments.
"""

Modules = Mapping[str, Sequence[Iterable[str]]]
"""By the names of their modules, groups of functions, each compiled by one process and linked on its own."""
BASE: Modules = {
    "emulator.memory_calls": [_MEMORY_CALLS],
    "emulator.hooks": [HOOKS],
    "emulator.block_calls": [_BLOCK_CALLS],
    "emulator.turn_operations": [_TURN_CALLS],
    "emulator.tile_calls": [_TILE_CALLS],
}
TIMING: Modules = {
    "emulator.timing.timing_calls": [[name] for name in _TIMING_CALLS],
    "emulator.timing.hooks": [TIMING_HOOKS],
}
"""What each run needs, and what timing fidelity needs besides. What takes longest to compile comes first."""

_OBJECTS, _SYMBOLS, _LOCK = "objects", "symbols.json", "lock"


def needed(*, timing: bool) -> Modules:
    """What a run needs."""
    return {**TIMING, **BASE} if timing else BASE


def is_compiled(modules: Modules) -> bool:
    """Whether the code of these modules was compiled before; otherwise starting takes up to a minute."""
    return all(_folder(module).is_dir() for module in modules)


def make_ready(modules: Modules) -> None:
    """Compile what was not compiled before, all at once, which is faster than where each part is first needed.

    Raises CompileError, and OSError if the cache cannot be written.
    """
    if not is_compiled(modules):
        _compile(modules)


@cache
def hook_addresses() -> Mapping[str, int]:
    """Host addresses of the hooks and of what Python calls, by name."""
    return load(BASE)


@cache
def timing_addresses() -> Mapping[str, int]:
    """The same for timing fidelity."""
    return load(TIMING)


def load(modules: Modules) -> Mapping[str, int]:
    """Host addresses of functions, which are compiled if they were not before."""
    make_ready(modules)
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    # Named by a function of Numba's run-time library that comes with every object and that no hook calls.
    llvm.add_symbol("NRT_MemInfo_call_dtor", 1)
    machine = llvm.Target.from_default_triple().create_target_machine()
    addresses: dict[str, int] = {}
    for folder in map(_folder, modules):
        groups: list[dict[str, str]] = json.loads((folder / _SYMBOLS).read_text())
        for symbols in groups:
            # Not all together: objects of two processes may call different operations by the same name, since Numba
            # tells types and versions of a function apart by numbers that it gives away as it goes.
            engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
            for name in symbols:
                engine.add_object_file(llvm.ObjectFileRef.from_data((folder / f"{name}.o").read_bytes()))
            engine.finalize_object()
            _keep_alive.append(engine)
            addresses |= {name: engine.get_function_address(symbol) for name, symbol in symbols.items()}
    return addresses


@cache
def function(name: str) -> Callable[..., int]:
    """One of `CALLS`. Arguments are integers; for an address in the host's memory also `bytes`."""
    addresses = timing_addresses() if name in _TIMING_CALLS else hook_addresses()
    # c_void_p takes integers of 64 bits, negative ones too, and bytes objects.
    return ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_void_p] * CALLS[name])(addresses[name])


_keep_alive: list[Any] = []


def _folder(module: str) -> Path:
    return compiled_folder(module) / _OBJECTS


def _compile(modules: Modules) -> None:
    """Compile the modules that are not in the cache and put their object files there, each whole or not at all.

    One process does it for all that wait for it. The lock of one that is killed is released by the kernel.
    """
    from emulator.compile_pool import Job, compile_all

    root = cache_folder()
    root.mkdir(parents=True, exist_ok=True)
    with (root / _LOCK).open("w") as lock, ExitStack() as cleanup:
        fcntl.flock(lock, fcntl.LOCK_EX)
        remove_unused()
        missing = [module for module in modules if not _folder(module).is_dir()]
        drafts = {module: Path(tempfile.mkdtemp(prefix=DRAFT_PREFIX, dir=root)) for module in missing}
        for draft in drafts.values():
            cleanup.callback(shutil.rmtree, draft, ignore_errors=True)
        jobs = [Job(module, tuple(names), drafts[module]) for module in missing for names in modules[module]]
        symbols = compile_all(jobs)
        for module, draft in drafts.items():
            of_module = [found for job, found in zip(jobs, symbols, strict=True) if job.module == module]
            (draft / _SYMBOLS).write_text(json.dumps(of_module))
            _folder(module).parent.mkdir(exist_ok=True)
            draft.rename(_folder(module))
