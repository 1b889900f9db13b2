"""Starting the command is quick because it loads little."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("numba", "unicorn", "capstone", "numpy", "pint", "rich")


def modules_after(code: str) -> set[str]:
    """The top-level modules that a new interpreter has loaded after some code."""
    script = f"import sys\n{code}\nsys.stderr.write(' '.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stderr.split()}


@pytest.mark.parametrize(
    "code",
    [
        "import aimc",
        "from aimc.cli import main; assert main(['--version']) == 0",
        "from aimc.cli import main; main(['run', '--help'])",
    ],
)
def test_loads_nothing_heavy(code: str) -> None:
    assert not modules_after(code) & set(HEAVY)


def test_a_built_in_preset_loads_without_unit_conversion() -> None:
    code = "from aimc.config import machine_config; machine_config('high-power', {'tile.rows': '256'})"
    assert not modules_after(code) & {"pint", "unicorn", "numba"}


def test_public_names_are_found_on_use() -> None:
    import aimc

    assert aimc.Result.__name__ == "Result"
    assert set(aimc.__all__) <= set(dir(aimc))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = aimc.nothing
