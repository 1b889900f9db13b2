"""docs/syscalls.md says what the declarations say."""

from __future__ import annotations

from pathlib import Path

from guest.documentation import page
from guest.syscall import declarations

PAGE = Path(__file__).parents[2] / "docs" / "syscalls.md"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run: python -m guest.documentation > docs/syscalls.md"


def test_most_of_linux_is_there() -> None:
    assert len(declarations()) >= 230
