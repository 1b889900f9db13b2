"""Python's own tests on this machine and under qemu-aarch64: what passes, and why the rest does not.

    python -m benchmarks.python_tests [MODULE…] [--keep FILE] [--output docs/python-tests.md]

Runs modules of Debian's python3 (package libpython3.11-testsuite) with Python's regrtest in the root file system
`python-tests`, which is made as `aimc images rootfs` does if it is not there. `python_tests.toml` says which modules,
and explains each test that does not pass here. The exit status is 1 if a result is not explained, or an explanation is
no longer true.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from benchmarks.python_tests_document import document
from benchmarks.python_tests_results import (
    Listener,
    ModuleResult,
    Outcome,
    Plan,
    Results,
    Side,
    complaints,
    to_explain,
)
from benchmarks.side_by_side import Run, run_here, run_under_qemu
from images.rootfs import Request, RootfsError, make

PACKAGES = ("python3", "libpython3.11-testsuite", "bash", "coreutils", "netbase", "procps", "tzdata", "util-linux")
"""For `aimc images rootfs`. Some tests run other programs, or need names of services and time zones."""
CORES = 2
_COMPILE_S = 3600.0
_PLAN = Path(__file__).with_suffix(".toml")
_REPORTER = Path(__file__).with_name("python_tests_reporter.py")
_USUAL_TESTS = 100
"""For the bar, where nothing is known of a module."""


def main() -> int:
    options = _options()
    console = Console(stderr=True)
    plan = Plan.read(_PLAN)
    if unknown := [name for name in options.modules if name not in plan.modules]:
        console.print(f"{_PLAN.name} does not name {', '.join(unknown)}")
        return 2
    try:
        root = Path(options.root) if options.root else make("python-tests", Request(PACKAGES))[0].path
    except RootfsError as error:
        console.print(str(error))
        return 1
    keep = Path(options.keep) if options.keep else None
    if not _compile(root, console):
        console.print("Python's modules could not be compiled")
        return 1
    results = _read(keep)
    qemu = None if options.no_qemu else shutil.which("qemu-aarch64")
    chosen = [name for name in plan.modules if not options.modules or name in options.modules]
    with _progress(console) as progress:
        for module in chosen:
            sides = results.setdefault(module, {})
            if not options.no_machine:
                sides[Side.HERE] = _run(progress, plan, module, Side.HERE, _here(root, plan, module), results)
                _write(keep, results)
            if qemu is not None:
                side = _qemu(qemu, root, plan, module)
                sides[Side.QEMU] = _run(progress, plan, module, Side.QEMU, side, results)
                _write(keep, results)
    ordered = {name: results[name] for name in plan.modules if name in results}
    for module in chosen:
        for name, result in to_explain(ordered[module]).items():
            console.print(f"{name}: {result.outcome}: {result.detail}", markup=False, highlight=False)
    if options.output:
        Path(options.output).write_text(document(plan, ordered), encoding="utf-8")
    wrong = complaints(plan, ordered, chosen)
    for sentence in wrong:
        console.print(f"{_PLAN.name}: {sentence}", markup=False, highlight=False)
    return 1 if wrong else 0


def _compile(root: Path, console: Console) -> bool:
    """Compile Python's modules in the root, once, as Debian does when it installs them: each start of Python would do
    it again otherwise.
    """
    library = root / "usr/lib/python3.11"
    marker = library / "test/__pycache__/test_os.cpython-311.pyc"
    if not marker.exists():
        console.print("compiling Python's modules in the root file system: some minutes, once")
        # Some files of the test suite are not meant to compile: the marker tells, not the status.
        command = ("/usr/bin/python3", "-m", "compileall", "-q", "/usr/lib/python3.11")
        run_here(root, command, _COMPILE_S, options=("--writable",))
    return marker.exists()


def _command(plan: Plan, module: str) -> list[str]:
    """Of the guest: regrtest with our reporter, without the tests that are left out."""
    ignored = [word for entry in plan.left_out for word in ("--ignore", entry.tests)]
    return ["/usr/bin/python3", "-c", _REPORTER.read_text(encoding="utf-8"), "-v", *ignored, module]


_Runner = Callable[[Callable[[bytes], None]], Run]


def _here(root: Path, plan: Plan, module: str) -> _Runner:
    command, timeout_s = _command(plan, module), plan.modules[module]
    options = ("--cores", str(CORES))
    return lambda listener: run_here(root, command, timeout_s, options=options, listener=listener)


def _qemu(qemu: str, root: Path, plan: Plan, module: str) -> _Runner:
    command, timeout_s = _command(plan, module), plan.modules[module]
    return lambda listener: run_under_qemu(qemu, root, command, timeout_s, listener=listener)


def _run(progress: Progress, plan: Plan, module: str, side: Side, runner: _Runner, results: Results) -> ModuleResult:
    """Run one module on one side and show how far it is."""
    listener = Listener(module)
    before = [len(result.tests) for result in results[module].values()]
    bar = progress.add_task(f"{module} ({side})", total=max(before, default=_USUAL_TESTS), test="")

    def hear(piece: bytes) -> None:
        for test in listener.feed(piece):
            _show(progress, bar, listener, test)

    run = runner(hear)
    result = listener.end(run.status, run.seconds)
    count = len(result.tests)
    failed = result.count(Outcome.FAILED, Outcome.NO_END)
    passed, skipped = result.count(Outcome.PASSED), result.count(Outcome.SKIPPED)
    progress.update(
        bar, total=count, completed=count, test=f"{passed} passed, {skipped} skipped, {failed} failed"
    )  # fmt: skip
    progress.stop_task(bar)
    return result


def _show(progress: Progress, bar: TaskID, listener: Listener, test: str) -> None:
    progress.update(bar, completed=len(listener.tests), test=test.removeprefix("test."))


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[test]}", markup=False),
        console=console,
    )


def _read(path: Path | None) -> Results:
    if path is None or not path.is_file():
        return {}
    content = json.loads(path.read_text(encoding="utf-8"))
    return {
        module: {Side(side): ModuleResult.from_json(result) for side, result in sides.items()}
        for module, sides in content.items()
    }


def _write(path: Path | None, results: Results) -> None:
    if path is not None:
        content = {
            module: {side: result.as_json() for side, result in sides.items()} for module, sides in results.items()
        }
        path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"of those in {_PLAN.name}; default: all")
    parser.add_argument("--root", metavar="DIR", help="use this root instead of the root file system `python-tests`")
    parser.add_argument("--no-qemu", action="store_true", help="run on this machine only")
    parser.add_argument("--no-machine", action="store_true", help="run under qemu only")
    parser.add_argument("--keep", metavar="FILE", help="add to the results of earlier runs in FILE")
    parser.add_argument("--output", metavar="FILE", help="write the document about all results to FILE")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
