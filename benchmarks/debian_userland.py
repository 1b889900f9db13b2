"""Debian's user land on this machine and under qemu-aarch64: the same output, and how long each takes.

    python -m benchmarks.debian_userland [--only WORD] [--long] [--output docs/userland.md]

Makes the root file system `debian` as `aimc images rootfs` does if it is not there. qemu-aarch64 (Debian: qemu-user)
runs in namespaces of its own (util-linux's unshare): the root with a scratch layer over it as /, loopback only, and
qemu registered there, and there alone, for programs of arm64. Nothing of the host is changed, and no root is needed.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.debian_cases import CASES, PACKAGES, Case
from images.rootfs import Request, RootfsError, make

ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8", "TERM": "dumb"}
_MAGIC = r"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00"
_MASK = r"\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff"

# Run by sh in fresh namespaces: $1 is the root, $2 qemu, $3 a scratch folder, the rest the command.
_ENTER = rf"""set -e
root=$1 qemu=$2 scratch=$3; shift 3
mount -t tmpfs none "$scratch"; mkdir "$scratch/new" "$scratch/work" "$scratch/root"
mount -t overlay -o "lowerdir=$root,upperdir=$scratch/new,workdir=$scratch/work" none "$scratch/root"
cd "$scratch/root"
mount --rbind /dev dev; mount --rbind /sys sys; mount -t proc proc proc; mount -t tmpfs none tmp; chmod 1777 tmp
# qemu itself is a program of the host and finds its libraries where the host has them.
for folder in lib64 usr/lib/x86_64-linux-gnu usr/lib64; do
    if [ -d "/$folder" ]; then mkdir -p "$folder"; mount --bind "/$folder" "$folder"; fi
done
mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
echo ':aarch64:M::{_MAGIC}:{_MASK}:'"$qemu"':FP' > /proc/sys/fs/binfmt_misc/register
ip link set lo up 2>/dev/null || true
ulimit -c 0
exec chroot . "$@"
"""
_SHOWN = 60


@dataclass(frozen=True)
class Run:
    """How one command went."""

    output: str
    status: int | None
    """None if it took too long."""
    seconds: float


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
    cases = [case for case in CASES if options.only in case.name and (options.long or not case.is_long)]
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
    command = [sys.executable, "-m", "aimc", "run", "--quiet", "--fidelity", fidelity, "--sysroot", str(root)]
    for name, value in ENVIRONMENT.items():
        command += ["--env", f"{name}={value}"]
    return _run([*command, "--cwd", "/", *_guest_command(case)], case.timeout_s, dict(os.environ))


def _theirs(case: Case, root: Path, qemu: str) -> Run:
    namespaces = ["--user", "--map-root-user", "--mount", "--pid", "--fork", "--mount-proc", "--net", "--kill-child"]
    with tempfile.TemporaryDirectory() as scratch:
        command = ["unshare", *namespaces, "sh", "-c", _ENTER, "sh", str(root.resolve()), qemu, scratch]
        host_path = {"PATH": ENVIRONMENT["PATH"]}
        return _run([*command, *_guest_command(case)], case.timeout_s, {**ENVIRONMENT, **host_path})


def _guest_command(case: Case) -> tuple[str, ...]:
    program, *rest = case.command
    return (program, "sh", *rest) if program.endswith("/busybox") else case.command


def _run(command: list[str], timeout_s: float, environment: dict[str, str]) -> Run:
    started = time.monotonic()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment
        )
        try:
            status: int | None = process.wait(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            status = None
        seconds = time.monotonic() - started
        output.seek(0)
        text = output.read().decode(errors="replace")
    if status is not None and status < 0:
        status = 128 - status
    return Run(text, status, seconds)


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
    parser.add_argument("--long", action="store_true", help="also Python's own tests, which take many minutes")
    parser.add_argument("--root", metavar="DIR", help="use this root instead of the root file system `debian`")
    parser.add_argument("--fidelity", default="functional", choices=("functional", "timing"))
    parser.add_argument("--no-qemu", action="store_true", help="run here only")
    parser.add_argument("--show", action="store_true", help="print both outputs")
    parser.add_argument("--output", metavar="FILE", help="write the table to FILE")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
