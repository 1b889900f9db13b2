"""Odd programs and presets for the command `aimc run`: it must answer in one sentence with a documented status."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from random import Random
from unittest import mock

from hypothesis import strategies

from aimc import cli
from aimc.preset import FOLDER
from tests.end_to_end.elf import EXIT_0, program
from tests.fuzz import programs

_SENTENCE_LIMIT = 4000
_RUNS = program(EXIT_0)


@dataclass(frozen=True)
class Invocation:
    """`aimc run` of a program with a preset."""

    image: bytes
    preset: bytes


def _valid_presets() -> list[bytes]:
    return [path.read_bytes() for path in sorted(FOLDER.glob("*.toml"))]


_VALUES = [
    b"0",
    b"-1",
    b"1e400",
    b"nan",
    b"inf",
    b'""',
    b'"x"',
    b"[]",
    b"{}",
    b"true",
    b"1979-05-27",
    b"99999999999999999999",
    b"0.5",
    b'"2 GHz"',
    b'"GHz"',
    b'"1e9999 GHz"',
    b'"1 ns"',
    b'"\\u0000"',
    b"[1, 2]",
    b"{value = 1}",
    b'{value = "x", scale = 2}',
    b"1_000",
    b"0x10",
    b"-0.0",
    b"9223372036854775808",
    b'"1/0"',
    b'"**"',
    b'"1 GHz GHz"',
    b'"-5 MiB"',
    b'"1 kg"',
    b'"\xc2\xb5s"',
]
_KEYS = [
    b"core.count",
    b"core.frequency_hz",
    b"memory.size_bytes",
    b"tile.rows",
    b"tile.columns",
    b"tile.mvm_ns",
    b"include",
    b"description",
    b"compat",
    b"fidelity",
    b"scheduler.slice_us",
    b"kernel.syscall_cycles",
    b"nothing",
    b"core",
    b"tile.queue_ns",
    b'"a.b"',
    b"core.count.value",
    b"tile.output_scale",
]


def _toml(random: Random) -> bytes:
    """A preset of random keys and values, or one of ours with some of its text changed."""
    if random.random() < 0.5:
        lines = [b'include = ["high-power"]'] if random.random() < 0.8 else []
        lines += [random.choice(_KEYS) + b" = " + random.choice(_VALUES) for _ in range(random.randint(0, 3))]
        return b"\n".join(lines)
    text = bytearray(random.choice(_valid_presets()))
    for _ in range(random.randint(1, 4)):
        place = random.randrange(len(text))
        kind = random.randrange(5)
        if kind == 0:
            text[place : place + random.randint(1, 30)] = b""
        elif kind == 1:
            text[place:place] = random.randbytes(random.randint(1, 4))
        elif kind == 2:
            text[place : place + 1] = random.choice(
                [b'"', b"[", b"]", b"=", b"\n", b"#", b".", b"{", b"-", b"9", b"\0"]
            )
        elif kind == 3:
            text = text[:place]
        else:
            start = text.find(b"value = ", place)
            if start >= 0:
                end = text.find(b"\n", start)
                text[start + 8 : end] = random.choice(_VALUES)
        if not text:
            break
    return bytes(text)


@strategies.composite
def invocations(draw: strategies.DrawFn) -> Invocation:
    """Runs of which a part is odd."""
    random = Random(draw(strategies.randoms(use_true_random=False)).getrandbits(23))
    if random.random() < 0.4:
        return Invocation(programs.image(random.getrandbits(23)), b"")
    return Invocation(_RUNS, _toml(random))


def check(folder: Path, invocation: Invocation) -> int:
    """Run it; the exit status. Raises AssertionError if the answer is not what a user should get."""
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        path = Path(scratch) / "prog"
        path.write_bytes(invocation.image)
        arguments = ["run", "--quiet", "--max-instructions", "2000", "--max-seconds", "1"]
        if invocation.preset:
            preset = Path(scratch) / "odd.toml"
            preset.write_bytes(invocation.preset)
            arguments += ["--preset", str(preset), "--set", "memory.size_bytes=64MiB"]
        written = io.BytesIO()
        errors = io.TextIOWrapper(written, write_through=True)
        output = io.TextIOWrapper(io.BytesIO())
        with (
            contextlib.redirect_stderr(errors), contextlib.redirect_stdout(output),
            mock.patch("sys.stdin", io.TextIOWrapper(io.BytesIO())), mock.patch.dict(os.environ, AIMC_DEBUG=""),
        ):  # fmt: skip
            status = cli.main([*arguments, str(path)])
    said = written.getvalue().decode()
    assert "Traceback" not in said, said
    assert "internal error" not in said, said
    assert len(said) < _SENTENCE_LIMIT, said
    if status in (125, 126, 127):
        assert said.startswith("aimc: "), said
        assert said.count("\n") == 1, said
    else:
        assert status in (0, 124, 128 + 4, 128 + 5, 128 + 7, 128 + 11, 128 + 9), f"exit status {status}: {said}"
    return status
