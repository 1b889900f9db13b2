"""The sizes of the branch predictor's tables are the configuration's, and matter."""

from __future__ import annotations

import dataclasses

import pytest

from emulator.config import Fidelity, HardwareConfig, InvalidHardware, PredictorConfig
from emulator.timing.core_timing import CoreTiming, SharedTiming
from tests.emulator.a64 import program
from tests.emulator.support import RWX, Board, hardware

TURNS = 200


def _config(**sizes: int) -> HardwareConfig:
    config = hardware(fidelity=Fidelity.TIMING)
    return dataclasses.replace(config, predictor=dataclasses.replace(config.predictor, **sizes))


def _mispredicted(lines: list[str | int], **sizes: int) -> int:
    board = Board(program(*lines), RWX, _config(**sizes))
    board.engine.write_x(0, TURNS)
    board.run_to_call()
    assert board.core.timing is not None
    return int(board.core.timing.pipeline.state["mispredicted"])


def test_branches_that_share_an_entry_of_the_target_buffer_are_mispredicted() -> None:
    # Two branches that are always taken, four instructions apart.
    back = 0x54000001 | (-7 & 0x7FFFF) << 5  # b.ne to the first one
    lines: list[str | int] = [0x14000004, "nop", "nop", "nop", 0x14000002, "nop", "subs x0, x0, #1", back, "svc #0"]
    assert _mispredicted(lines, btb_entries=4) > TURNS > _mispredicted(lines)


def test_the_size_of_a_table_is_that_of_the_configuration() -> None:
    sizes = PredictorConfig(8, 16, 32, 64, 4, 2, 2)
    config = dataclasses.replace(_config(), predictor=sizes)
    arrays = CoreTiming(0, config, SharedTiming(config, 16)).predictor.arrays
    found = {name: len(array) for name, array in arrays.items()}
    assert found == {
        "local_histories": 8,
        "local_counters": 16,
        "global_counters": 32,
        "choice_counters": 32,
        "btb_tags": 64,
        "btb_targets": 64,
        "returns": 4,
        "indirect_tags": 4,
        "indirect_targets": 4,
    }


@pytest.mark.parametrize("name", [item.name for item in dataclasses.fields(PredictorConfig)])
def test_sizes_are_powers_of_two(name: str) -> None:
    with pytest.raises(InvalidHardware, match=name):
        SharedTiming(_config(**{name: 12}), 16)
