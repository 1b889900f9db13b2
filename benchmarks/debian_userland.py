"""Debian's user land on this machine and under qemu-aarch64: the same output, and how long each takes.

    python -m benchmarks.debian_userland [--only WORD] [--output docs/userland.md]

Makes the root file system `debian` as `aimc images rootfs` does if it is not there. How qemu runs:
`side_by_side.py`.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.debian_cases import CASES, PACKAGES, Case
from benchmarks.side_by_side import Run, run_here, run_under_qemu
from images.rootfs import Request, RootfsError, make

_SHOWN = 60


@dataclass(frozen=True)
class Row:
    case: Case
    ours: Run
    theirs: Run | None

    @property
    def verdict(self) -> str:
        """Whether both did the same, else what was different first."""
        if self.theirs is None:
            return "not compared" if self.ours.status == 0 else _ending(self.ours)
        ours, theirs = _compared(self.case, self.ours), _compared(self.case, self.theirs)
        if self.ours.status is None:
            return _ending(self.ours)
        if self.theirs.status is None:
            return f"qemu {_ending(self.theirs)}; here {_ending(self.ours)}"
        if ours == theirs and self.ours.status == self.theirs.status:
            return "equal"
        if ours == theirs:
            return f"status {self.ours.status}, qemu {self.theirs.status}"
        first = next((pair for pair in zip(ours, theirs, strict=False) if pair[0] != pair[1]), None)
        if first is None:
            return f"{len(ours)} lines, qemu {len(theirs)}"
        return f"`{_shorten(first[0])}`, qemu `{_shorten(first[1])}`"


def main() -> int:
    options = _options()
    try:
        root = Path(options.root) if options.root else make("debian", Request(PACKAGES))[0].path
    except RootfsError as error:
        print(error, file=sys.stderr)
        return 1
    cases = [case for case in CASES if options.only in case.name]
    qemu = None if options.no_qemu else shutil.which("qemu-aarch64")
    rows = []
    for case in cases:
        row = Row(case, _ours(case, root, options.fidelity), None if qemu is None else _theirs(case, root, qemu))
        rows.append(row)
        print(_line(row), flush=True)
        if options.show:
            print(row.ours.output, "--- qemu", row.theirs.output if row.theirs else "", sep="\n")
    if options.output:
        Path(options.output).write_text(_document(rows, options.fidelity), encoding="utf-8")
    return 0


def _ours(case: Case, root: Path, fidelity: str) -> Run:
    return run_here(root, _guest_command(case), case.timeout_s, fidelity=fidelity)


def _theirs(case: Case, root: Path, qemu: str) -> Run:
    return run_under_qemu(qemu, root, _guest_command(case), case.timeout_s)


def _guest_command(case: Case) -> tuple[str, ...]:
    program, *rest = case.command
    return (program, "sh", *rest) if program.endswith("/busybox") else case.command


def _compared(case: Case, run: Run) -> list[str]:
    lines = run.output.splitlines()
    if case.steady is None:
        return lines
    chosen = [line for line in lines if re.search(case.steady, line)]
    # The padding of a figure goes with its digits.
    return [re.sub(r" *\d+(\.\d+)?", " N", line) for line in chosen]


def _ending(run: Run) -> str:
    if run.status is None:
        return f"no end in {run.seconds:.0f} s"
    lines = run.output.strip().splitlines()
    return f"status {run.status}" + (f" (`{_shorten(lines[-1])}`)" if lines and run.status else "")


def _shorten(text: str) -> str:
    plain = text.replace("|", "\\|").replace("`", "'").strip()
    return plain if len(plain) <= _SHOWN else plain[: _SHOWN - 1] + "…"


def _line(row: Row) -> str:
    theirs = row.theirs
    both = theirs is not None and theirs.status is not None and row.ours.status is not None
    ratio = f"{row.ours.seconds / theirs.seconds:.1f}" if both and theirs is not None else "–"
    their_seconds = "–" if theirs is None else f"{theirs.seconds:.2f}"
    return f"| {row.case.name} | {row.verdict} | {row.ours.seconds:.2f} | {their_seconds} | {ratio} |"


def _document(rows: Iterable[Row], fidelity: str) -> str:
    lines = list(rows)
    equal = sum(row.verdict == "equal" for row in lines)
    return "\n".join(
        [
            "# Debian's user land",
            "",
            "Programs of Debian 12 for arm64 on this machine and under qemu-aarch64 in user mode, from the same root",
            "file system; made by `python -m benchmarks.debian_userland`. Seconds are of whole processes on one host,",
            f"start-up of the machine included; fidelity `{fidelity}`. Output is compared to the byte, but for",
            "programs that print figures of their own run: of those, the telling lines with their numbers masked.",
            "",
            "Python's own tests are in [python-tests.md](python-tests.md).",
            "",
            f"Equal: {equal} of {len(lines)}.",
            "",
            "| program | output | here, s | qemu-aarch64, s | ratio |",
            "|---|---|---|---|---|",
            *(_line(row) for row in lines),
            "",
        ]
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", metavar="WORD", help="only programs with WORD in their name")
    parser.add_argument("--root", metavar="DIR", help="use this root instead of the root file system `debian`")
    parser.add_argument("--fidelity", default="functional", choices=("functional", "timing"))
    parser.add_argument("--no-qemu", action="store_true", help="run here only")
    parser.add_argument("--show", action="store_true", help="print both outputs")
    parser.add_argument("--output", metavar="FILE", help="write the table to FILE")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
