"""A process that compiles hooks for another one, which started it (`compile_pool.py`).

Each line of its input asks for some functions of a module: its name, theirs and the folder for their object files, as
JSON. Each is answered by a line with the functions' symbols, or with what went wrong. The process ends when its input
does, also in the middle of its work: nobody waits for that any more.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from importlib import import_module
from pathlib import Path
from queue import SimpleQueue
from threading import Thread


def main() -> None:
    """Serve until the input ends."""
    # What anything prints should not come between the answers.
    answers = open(os.dup(1), "w", encoding="utf-8")  # noqa: SIM115 (open as long as the process)
    os.dup2(2, 1)

    from emulator import jit

    jit.make_objects_only()
    asked: SimpleQueue[str] = SimpleQueue()
    Thread(target=_read_all, args=[asked], daemon=True).start()
    while True:
        module, names, folder = json.loads(asked.get())
        symbols = {}
        at = module
        try:
            for name in names:
                at = f"{module}.{name}"
                symbols[name], code = getattr(import_module(module), name).machine_code()
                Path(folder, f"{name}.o").write_bytes(code)
            answer: dict[str, object] = {"symbols": symbols}
        except Exception as error:  # noqa: BLE001 (whatever it is, the one who asked reports it)
            said = " ".join(f"{type(error).__name__}: {error}".split())
            answer = {"error": f"{at} could not be compiled: {said}", "traceback": traceback.format_exc()}
        print(json.dumps(answer), file=answers, flush=True)


def _read_all(asked: SimpleQueue[str]) -> None:
    """Pass on what is asked for, and end the process with its input."""
    for line in sys.stdin:
        asked.put(line)
    os._exit(0)


if __name__ == "__main__":
    main()
