"""docs/python-tests.md, from results and explanations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from benchmarks.python_tests_results import ModuleResult, Outcome, Plan, Results, Side, Verdict, to_explain

_FAILED = (Outcome.FAILED, Outcome.NO_END)
_LONGEST = 600
_LISTED = 4
"""Tests for each reason why they fail under qemu; all that fail here are listed."""

_HEAD = """\
# Python's own tests

Modules of CPython's test suite, from Debian 12's `python3` and `libpython3.11-testsuite` for arm64, on this machine
(two cores, fidelity `functional`) and under qemu-aarch64 in user mode, from the same root file system, as root, without
regrtest's optional resources; made by `python -m benchmarks.python_tests`. Seconds are of a shared host, start-up
included: an indication. The script fails if a test that does not pass here is not explained, or an explained one
passes.

| module | tests | passed | skipped | failed | s | under qemu: passed | skipped | failed | s |
|---|---|---|---|---|---|---|---|---|---|
"""


def document(plan: Plan, results: Results) -> str:
    """The whole text."""
    parts = [_HEAD + "".join(f"{_row(module, sides)}\n" for module, sides in results.items()) + _total(results)]
    parts.append(
        "\n## Tests that do not pass here\n\nThose that fail, and those skipped here that qemu does not skip.\n"
    )
    parts.append(_explained(plan, results, Side.HERE))
    parts.append("\n## Tests that fail under qemu\n")
    parts.append(_explained(plan, results, Side.QEMU))
    if plan.left_out:
        parts.append("\n## Tests that are left out\n\n")
        parts += [f"- `{entry.tests}`: {entry.why}\n" for entry in plan.left_out]
    return "".join(parts)


def _row(module: str, sides: Mapping[Side, ModuleResult]) -> str:
    here, qemu = sides.get(Side.HERE), sides.get(Side.QEMU)
    tests = len(set(here.tests if here else ()) | set(qemu.tests if qemu else ()))
    return f"| {module} | {tests} | {_figures(here)} | {_figures(qemu)} |"


def _figures(result: ModuleResult | None) -> str:
    if result is None:
        return "– | – | – | –"
    counts = [result.count(Outcome.PASSED), result.count(Outcome.SKIPPED), result.count(*_FAILED)]
    return " | ".join([*map(str, counts), f"{result.seconds:.0f}"])


def _total(results: Results) -> str:
    figures = []
    for side in Side:
        these = [sides[side] for sides in results.values() if side in sides]
        columns = ((Outcome.PASSED,), (Outcome.SKIPPED,), _FAILED)
        figures += [str(sum(result.count(*outcomes) for result in these)) for outcomes in columns]
        figures.append(f"{sum(result.seconds for result in these):.0f}")
    return f"| all | | {' | '.join(figures)} |\n"


def _explained(plan: Plan, results: Results, side: Side) -> str:
    """One entry for each reason, with the tests that have it."""
    tests: dict[str, list[str]] = {}
    for name, result in _of(results, side):
        why = plan.why(side, name)
        if why is None:
            why = f"Not explained. {result.detail}"
        tests.setdefault(" ".join(why.split()), []).append(name)
    if not tests:
        return "\nNone.\n"
    lines = []
    for why, names in tests.items():
        if side is Side.QEMU and len(names) > _LISTED:
            names = [*names[:_LISTED], f"and {len(names) - _LISTED} more"]
        listed = ", ".join(f"`{_plain(name)}`" if " " not in name else name for name in names)
        lines.append(f"\n- {listed}: {_plain(why)}")
    return "".join(lines) + "\n"


def _of(results: Results, side: Side) -> Iterator[tuple[str, Verdict]]:
    for sides in results.values():
        if side is Side.HERE:
            yield from to_explain(sides).items()
        elif side in sides:
            yield from ((name, result) for name, result in sides[side].tests.items() if result.outcome in _FAILED)


def _plain(text: str) -> str:
    plain = text.replace("`", "'").replace("\n", " ").removeprefix("test.")
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…"
