"""The page of all system calls, made from their declarations: `python -m guest.documentation > docs/syscalls.md`."""

from __future__ import annotations

import guest.syscall_table  # noqa: F401 - declares the calls
from guest.abi import syscalls
from guest.syscall import Declaration, declarations


def page() -> str:
    """The page in Markdown."""
    found = declarations()
    names = {declaration.name for declaration in found}
    partial = sum(bool(declaration.partial) for declaration in found)
    missing = [name for name in syscalls.NUMBERS if name not in names]
    rows = [_row(declaration) for declaration in found]
    return "\n".join([
        "# System calls",
        "",
        "Made from the declarations in `guest/` by `python -m guest.documentation`; do not edit.",
        "",
        f"{len(found)} of arm64's {len(syscalls.NUMBERS)} calls are implemented, {partial} of them with something",
        "missing that is known and said below. Any other call returns ENOSYS, is counted, and is named at the end of a",
        "run.",
        "",
        "| number | call | known to be missing | remark |",
        "|---:|---|---|---|",
        *rows,
        "",
        f"Not implemented ({len(missing)}): {', '.join(f'`{name}`' for name in missing)}.",
        "",
    ])  # fmt: skip


def _row(declaration: Declaration) -> str:
    cells = (str(declaration.number), f"`{declaration.name}`", declaration.partial, declaration.note)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    print(page(), end="")
