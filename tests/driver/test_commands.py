"""Every command with any argument: a result or an error number, and an error changes nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from driver import uapi
from guest.abi.cstruct import Struct
from guest.syscall import Pending
from tests.driver.support import FOREVER, NUMBERS, Bench

_SMALL = st.integers(0, 4)
_NUMBERS = st.one_of(_SMALL, _SMALL, st.sampled_from([8, 16, 17, 4096, 65536]), st.integers(0, 2**32 - 1))
_LONG = st.one_of(_NUMBERS, st.integers(0, 2**64 - 1), st.sampled_from([0x10_0000, 0x10_1000, 0x1F_FFF0, 0x20_0000]))
_TIMES = st.one_of(st.integers(-(2**63), 2**63 - 1), st.just(FOREVER))


def _members(kind: type[Struct]) -> dict[str, st.SearchStrategy[int]]:
    values: dict[str, st.SearchStrategy[int]] = {}
    for name in kind.__dataclass_fields__:
        if name in ("timeout_ns",):
            values[name] = _TIMES
        elif name in ("fence_fd", "status"):
            values[name] = st.integers(-2, 8)
        elif name == "pad":
            values[name] = st.sampled_from([0, 0, 0, 1])
        elif name in ("data", "mvms", "length", "core_mask", "input_offset", "output_offset", "delta_ns", "fence"):
            values[name] = _LONG
        else:
            values[name] = _NUMBERS
    # Not all members of a Struct are as wide as the strategies above.
    if kind is uapi.Query:
        values["length"] = _NUMBERS
    return values


_ARGUMENTS = st.one_of([st.builds(kind, **_members(kind)) for kind in uapi.COMMANDS])


def _state(bench: Bench) -> Any:
    """All that programs could find changed."""
    device = bench.accelerator
    contexts = [
        (one.number, one.tile_mask, one.priority, one.submitted, one.completed, len(one.waiting), one.paused)
        for one in device.contexts()
    ]
    tiles = [
        (
            tile.resident,
            tuple(tile.bindings),
            tile.registers,
            tile.running,
            len(tile.contexts),
            tile.tile.crossbar.tobytes(),
        )
        for tile in device.tiles
    ]
    buffers = [(handle, one.size, one.offset, one.jobs) for handle, one in bench.client().buffers.items()]
    files = [fd for fd, _ in bench.guest.task.files]
    return contexts, tiles, buffers, device.aged_ns, device.resets, files


def _bench() -> Bench:
    bench = Bench()
    assert bench.context(shared := 1, flags=shared) == 1
    assert bench.context(1, flags=1) == 2
    assert bench.buffer() == 1
    return bench


@settings(max_examples=150, deadline=None)
@given(st.lists(_ARGUMENTS, max_size=12))
def test_any_sequence_of_commands_with_any_arguments(sequence: list[Struct]) -> None:
    bench = _bench()
    for arguments in sequence:
        before = _state(bench)
        result, _ = bench.start(arguments)
        if isinstance(result, Pending):
            result.cancel()
        elif result < 0:
            assert _state(bench) == before, (arguments, result)
    bench.pass_time(10**9)
    bench.guest.call("close", bench.fd)
    assert bench.accelerator.contexts() == []
    assert all(not tile.contexts and not tile.bindings for tile in bench.accelerator.tiles)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32 - 1), st.binary(max_size=256), st.integers(0, 2**64 - 1) | st.none())
def test_any_number_with_any_bytes(number: int, data: bytes, address: int | None) -> None:
    bench = _bench()
    before = _state(bench)
    place = bench.guest.put(data) if address is None else address
    result = bench.guest.start("ioctl", bench.fd, number, place)
    if not isinstance(result, Pending) and result < 0:
        assert _state(bench) == before


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(uapi.COMMANDS), st.binary(min_size=96, max_size=96))
def test_any_command_with_any_bytes(kind: type[Struct], data: bytes) -> None:
    bench = _bench()
    before = _state(bench)
    address = bench.guest.put(data)
    result = bench.guest.start("ioctl", bench.fd, uapi.command(NUMBERS[kind]), address)
    if not isinstance(result, Pending) and result < 0:
        assert _state(bench) == before


def test_arguments_that_cannot_be_written_back_change_nothing() -> None:
    """The last bytes of the memory that the process has: each structure begins in it and ends beyond."""
    bench = _bench()
    before = _state(bench)
    for number, kind in enumerate(uapi.COMMANDS):
        address = 0x20_0000 - kind.size + 4
        assert bench.guest.call("ioctl", bench.fd, uapi.command(number), address) == -14  # EFAULT
    assert _state(bench) == before
