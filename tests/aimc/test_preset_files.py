"""Reading preset files: includes, scales, and one clear sentence for each thing that can be wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from aimc import config
from aimc.errors import ConfigError


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def complaint(path: Path | str) -> str:
    with pytest.raises(ConfigError) as caught:
        config.load_preset(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_file_may_include_a_built_in_preset_and_change_it(tmp_path: Path) -> None:
    path = write(tmp_path, "my.toml", 'include = ["high-power"]\n[tile]\nrows = 512\n[core]\nfrequency_hz = "1.5GHz"\n')
    machine = config.machine_config(path)
    assert machine.hardware.tile.rows == 512
    assert machine.hardware.core.frequency_hz == 1.5e9
    assert machine.hardware.tile.columns == config.machine_config("high-power").hardware.tile.columns
    assert config.load_preset(path).settings["tile.rows"].source == "given in my.toml without a source"


def test_includes_are_relative_to_the_including_file(tmp_path: Path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    write(folder, "b.toml", "[tile]\nrows = 3\n")
    write(folder, "a.toml", 'include = ["./b.toml"]')
    path = write(tmp_path, "top.toml", 'include = ["inner/a.toml"]')
    assert config.load_preset(path).settings["tile.rows"].value == 3


def test_a_scale_multiplies_and_keeps_both_sources(tmp_path: Path) -> None:
    entry = '[energy.tile_mvm_pj_per_cell]\nscale = 2\nsource = "half the cells"\nnode_nm = 7\n'
    setting = config.load_preset(write(tmp_path, "x.toml", f'include = ["tile-alpine"]\n{entry}')).settings[
        "energy.tile_mvm_pj_per_cell"
    ]
    assert setting.value == 0.3125
    assert setting.node_nm == 7
    assert "12.8 TOPS/W" in setting.source
    assert setting.source.endswith("; × 2: half the cells")


def test_the_same_part_may_be_included_along_two_ways(tmp_path: Path) -> None:
    write(tmp_path, "a.toml", 'include = ["tile-alpine"]')
    write(tmp_path, "b.toml", 'include = ["tile-alpine"]')
    path = write(tmp_path, "c.toml", 'include = ["./a.toml", "./b.toml"]')
    assert config.load_preset(path).settings["tile.rows"].value == 2000


def test_includes_that_differ_need_a_decision(tmp_path: Path) -> None:
    write(tmp_path, "a.toml", "[tile]\nrows = 3\n")
    write(tmp_path, "b.toml", "[tile]\nrows = 4\n")
    undecided = write(tmp_path, "c.toml", 'include = ["./a.toml", "./b.toml"]')
    assert "which differ about tile.rows; give it a value in c.toml itself" in complaint(undecided)
    decided = write(tmp_path, "d.toml", 'include = ["./a.toml", "./b.toml"]\n[tile]\nrows = 5\n')
    assert config.load_preset(decided).settings["tile.rows"].value == 5


def test_unknown_preset_lists_the_known_ones() -> None:
    message = complaint("high-powr")
    assert "there is no preset 'high-powr'" in message
    assert "low-power" in message
    assert message.endswith("did you mean high-power?")


def test_unknown_preset_with_a_file_of_that_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "mine.toml", "")
    monkeypatch.chdir(tmp_path)
    assert complaint("mine").endswith("to use the file of that name, write ./mine.toml")


def test_a_part_is_no_machine() -> None:
    with pytest.raises(ConfigError, match="preset tile-alpine does not describe a whole machine"):
        config.machine_config("tile-alpine")


def test_a_circle_is_shown(tmp_path: Path) -> None:
    write(tmp_path, "a.toml", 'include = ["./b.toml"]')
    path = write(tmp_path, "b.toml", 'include = ["./a.toml"]')
    message = complaint(path)
    assert "include each other in a circle" in message
    assert message.count("b.toml") == 2


GOOD = 'value = 1\nunit = "Hz"\nsource = "s"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[core\n", "is not valid TOML: Expected ']' at the end of a table declaration (at line 1, column 6)"),
        ('include = "x"', "include must be a list of preset names or paths"),
        ('include = ["nope"]', "includes an unknown preset: there is no preset 'nope'"),
        ('include = ["./nope.toml"]', "there is no preset file"),
        ("description = 3", "the description must be a text"),
        ("[core]\nfrequency = 1\n", "unknown key core.frequency; did you mean core.frequency_hz?"),
        ("[cores]\ncount = 1\n", "unknown key cores"),
        ("core = 3\n", "unknown key core"),
        ("include_ = []\n", "unknown key include_; did you mean include?"),
        ('[core.frequency_hz]\nvalue = 3\nunit = "kg"\nsource = "s"\n', "core.frequency_hz wants Hz, got 3 kg"),
        (
            '[core.frequency_hz]\nvalue = 3\nunit = "Hz"\nsource = "s"\n',
            "core.frequency_hz must be 1000 to 1000000000000 Hz",
        ),
        (
            '[core.frequency_hz]\nvalue = "3"\nunit = "Hz"\nsource = "s"\n',
            "core.frequency_hz wants a number, got the text '3'",
        ),
        ('[core.frequency_hz]\nvalue = 3e9\nunit = 5\nsource = "s"\n', "core.frequency_hz: the unit must be a text"),
        ('[core.frequency_hz]\nvalue = 3e9\nsource = "s"\n', "core.frequency_hz has no unit"),
        ('[core.frequency_hz]\nunit = "Hz"\nsource = "s"\n', "core.frequency_hz has no value"),
        ('[core.frequency_hz]\nvalue = 3e9\nunit = "Hz"\n', "core.frequency_hz has no source"),
        ('[core.frequency_hz]\nvalue = 3e9\nunit = "Hz"\nsource = " "\n', "core.frequency_hz has no source"),
        (
            f"[core.frequency_hz]\n{GOOD}sorce = 3\n",
            "core.frequency_hz has an unknown field sorce; did you mean source or scale?",
        ),
        (f"[core.frequency_hz]\n{GOOD}node_nm = -1\n", "node_nm must be a positive number"),
        (f"[core.frequency_hz]\n{GOOD}scale = 2\n", "has a scale together with a value"),
        ('[core.frequency_hz]\nscale = 2\nsource = "s"\n', "has a scale, but no included preset gives it a value"),
        (
            'include=["run-defaults"]\n[compat]\nscale = 2\nsource = "s"\n',
            "compat cannot be scaled: it is not a number",
        ),
        (
            'include=["tile-alpine"]\n[tile.rows]\nscale = 0\nsource = "s"\n',
            "tile.rows: scale must be a positive number",
        ),
        ('include=["tile-alpine"]\n[tile.rows]\nscale = 1000\nsource = "s"\n', "tile.rows must be 1 to 65536, got"),
        ("[core]\ncount = inf\n", "core.count wants a plain number, got inf"),
        ("[core]\ncount = 2024-01-01\n", "core.count wants a plain number, got 2024-01-01"),
        ("compat = 'other'\n", "compat wants none or alpine, got other"),
    ],
)
def test_malformed_files(tmp_path: Path, text: str, message: str) -> None:
    complained = complaint(write(tmp_path, "bad.toml", text))
    assert message in complained
    assert "bad.toml" in complained or "nope.toml" in complained


def test_unreadable_files(tmp_path: Path) -> None:
    assert complaint(tmp_path / "missing.toml").startswith("there is no preset file")
    assert complaint(tmp_path).startswith("cannot read the preset file")
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    assert "is not a TOML file" in complaint(binary)
