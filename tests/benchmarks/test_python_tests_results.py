"""What the script about Python's own tests makes of their output, and what it complains about."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.python_tests import _PLAN
from benchmarks.python_tests_document import document
from benchmarks.python_tests_reporter import MARK
from benchmarks.python_tests_results import (
    Known,
    LeftOut,
    Listener,
    ModuleResult,
    Outcome,
    Plan,
    Results,
    Side,
    Verdict,
    complaints,
    to_explain,
)

NAME = "test.test_x.Case.test_one"


def told(outcome: str, test: str = NAME, detail: str = "") -> bytes:
    return f"\n{MARK}{json.dumps({'test': test, 'outcome': outcome, 'detail': detail})}\n".encode()


def listened(*pieces: bytes, status: int | None = 0) -> ModuleResult:
    listener = Listener("test_x")
    for piece in pieces:
        list(listener.feed(piece))
    return listener.end(status, 1.0)


def result(outcome: Outcome, detail: str = "") -> ModuleResult:
    return ModuleResult({NAME: Verdict(outcome, detail)}, 1.0, 0)


def plan(*known: Known) -> Plan:
    return Plan({"test_x": 10.0}, known, (LeftOut("*.test_slow", "too slow"),))


def test_records_are_found_between_what_tests_print() -> None:
    stream = b"noise" + told("started") + b"more\nnoise" + told("passed") + told("started", "b") + told("skipped", "b")
    for cut in range(len(stream)):
        tests = listened(stream[:cut], stream[cut:]).tests
        assert tests == {NAME: Verdict(Outcome.PASSED), "b": Verdict(Outcome.SKIPPED)}


def test_a_test_that_failed_in_part_has_failed() -> None:
    tests = listened(told("started"), told("failed", detail="(n=1) E: x"), told("failed", detail="later")).tests
    assert tests == {NAME: Verdict(Outcome.FAILED, "(n=1) E: x")}


@pytest.mark.parametrize(("status", "why"), [(None, "time over"), (139, "the interpreter ended with status 139")])
def test_the_test_that_ran_at_an_early_end_has_none(status: int | None, why: str) -> None:
    tests = listened(told("started", "a"), told("passed", "a"), told("started"), status=status).tests
    assert tests == {"a": Verdict(Outcome.PASSED), NAME: Verdict(Outcome.NO_END, why)}


def test_a_module_that_skips_itself_or_has_no_tests() -> None:
    assert listened(b"test_x skipped -- no such thing\n").tests == {
        "test.test_x": Verdict(Outcome.SKIPPED, "no such thing")
    }
    assert listened(b"nothing\n").tests["test.test_x"].outcome is Outcome.FAILED


def test_results_survive_a_file() -> None:
    before = listened(told("started"), told("failed", detail="E: x"))
    assert ModuleResult.from_json(json.loads(json.dumps(before.as_json()))) == before


def test_failures_and_skips_of_ours_alone_must_be_explained() -> None:
    passed, skipped = result(Outcome.PASSED), result(Outcome.SKIPPED)
    assert NAME in to_explain({Side.HERE: result(Outcome.FAILED), Side.QEMU: result(Outcome.FAILED)})
    assert NAME in to_explain({Side.HERE: skipped, Side.QEMU: passed})
    assert not to_explain({Side.HERE: skipped, Side.QEMU: skipped})
    assert not to_explain({Side.HERE: passed, Side.QEMU: result(Outcome.FAILED)})


def test_complaints() -> None:
    failed: Results = {"test_x": {Side.HERE: result(Outcome.FAILED, "E: x")}}
    passed: Results = {"test_x": {Side.HERE: result(Outcome.PASSED)}}
    known = Known(Side.HERE, "test.test_x.Case.*", "because")
    assert complaints(plan(), failed, ["test_x"]) == [f"{NAME} is not explained: failed, E: x"]
    assert complaints(plan(known), failed, ["test_x"]) == []
    assert complaints(plan(known), passed, ["test_x"]) == [f"{known.tests} (here) is explained but passes"]
    gone = Known(Side.HERE, "test.test_x.Case.test_two", "because")
    assert complaints(plan(gone), passed, ["test_x"]) == [f"{gone.tests} (here) is explained but does not exist"]
    other = Known(Side.HERE, "test.test_y.Case.test_two", "because")
    sometimes = Known(Side.HERE, NAME, "because", sometimes=True)
    assert complaints(plan(other, sometimes), passed, ["test_x"]) == []


def test_the_document_shows_figures_and_reasons() -> None:
    sides = {Side.HERE: result(Outcome.FAILED), Side.QEMU: result(Outcome.PASSED)}
    text = document(plan(Known(Side.HERE, NAME, "because")), {"test_x": sides})
    assert "| test_x | 1 | 0 | 0 | 1 | 1 | 1 | 0 | 0 | 1 |" in text
    assert "`test_x.Case.test_one`: because" in text
    assert "`*.test_slow`: too slow" in text


def test_the_data_file_is_well_formed() -> None:
    read = Plan.read(Path(_PLAN))
    assert read.modules
    assert all(entry.why for entry in (*read.known, *read.left_out))
    names = [(entry.side, entry.tests) for entry in read.known]
    assert len(names) == len(set(names))
