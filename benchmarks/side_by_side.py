"""One command of a root file system, on this machine and under qemu-aarch64.

qemu-aarch64 (Debian: qemu-user) runs in namespaces of its own (util-linux's unshare): the root with a scratch layer
over it as /, loopback only, and qemu registered there, and there alone, for programs of arm64. Nothing of the host is
changed, and no root is needed.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8", "TERM": "dumb"}
"""Of the command, on both sides."""

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
_NAMESPACES = ("--user", "--map-root-user", "--mount", "--pid", "--fork", "--mount-proc", "--net", "--kill-child")


@dataclass(frozen=True)
class Run:
    """How one command went."""

    output: str
    status: int | None
    """None if it took too long."""
    seconds: float


Listener = Callable[[bytes], None]
"""Gets each piece of the output as it comes."""


def run_here(
    root: Path,
    command: Sequence[str],
    timeout_s: float,
    *,
    fidelity: str = "functional",
    options: Sequence[str] = (),
    listener: Listener | None = None,
) -> Run:
    """Run a guest command on this machine; `options` are further ones of `aimc run`."""
    ours = [sys.executable, "-m", "aimc", "run", "--quiet", "--fidelity", fidelity, "--sysroot", str(root)]
    for name, value in ENVIRONMENT.items():
        ours += ["--env", f"{name}={value}"]
    return _run([*ours, "--cwd", "/", *options, *command], timeout_s, dict(os.environ), listener)


def run_under_qemu(
    qemu: str, root: Path, command: Sequence[str], timeout_s: float, *, listener: Listener | None = None
) -> Run:
    """Run the same command under the program `qemu`, an absolute path."""
    with tempfile.TemporaryDirectory() as scratch:
        # A shell starts what it runs in the background with SIGINT ignored, which qemu would hand on.
        theirs = [
            "env",
            "--default-signal",
            "unshare",
            *_NAMESPACES,
            "sh",
            "-c",
            _ENTER,
            "sh",
            str(root.resolve()),
            qemu,
            scratch,
        ]
        return _run([*theirs, *command], timeout_s, ENVIRONMENT, listener)


def _run(command: Sequence[str], timeout_s: float, environment: dict[str, str], listener: Listener | None) -> Run:
    started = time.monotonic()
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb", buffering=0) as output:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=writing, stderr=subprocess.STDOUT, env=environment
        )
        os.close(writing)
        pieces: list[bytes] = []
        status: int | None = None
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            while (left := started + timeout_s - time.monotonic()) > 0:
                # A process that was left behind may keep the pipe open: the end of the command is the end.
                if not selector.select(min(left, 0.1)):
                    if process.poll() is not None:
                        break
                    continue
                piece = output.read(1 << 16)
                if not piece:
                    break
                pieces.append(piece)
                if listener is not None:
                    listener(piece)
        try:
            status = process.wait(timeout=max(started + timeout_s - time.monotonic(), 0.001))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        seconds = time.monotonic() - started
    if status is not None and status < 0:
        status = 128 - status
    return Run(b"".join(pieces).decode(errors="replace"), status, seconds)
