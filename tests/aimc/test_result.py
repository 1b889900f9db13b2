"""The `--stats` document and its schema."""

from __future__ import annotations

import dataclasses
import json
import math

import jsonschema
import pytest

from aimc import schema
from aimc.result import SCHEMA, EndReason, EnergyJoules, Result

PUBLISHED = json.loads(schema.PATH.read_text(encoding="utf-8"))


def test_published_schema_is_what_the_dataclasses_say() -> None:
    """If this fails after a change of `aimc.result` or `aimc.profile`: python -m aimc.schema."""
    for path, text in schema.texts().items():
        assert path.read_text(encoding="utf-8") == text
        jsonschema.Draft202012Validator.check_schema(json.loads(text))


def test_document_fits_the_schema(result: Result) -> None:
    jsonschema.validate(json.loads(result.to_json()), PUBLISHED)


def test_schema_is_strict_about_missing_and_mistyped_figures(result: Result) -> None:
    document = json.loads(result.to_json())
    del document["totals"]["cycles"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, PUBLISHED)
    document["totals"]["cycles"] = "many"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, PUBLISHED)


def test_names_and_nulls(result: Result) -> None:
    document = json.loads(result.to_json())
    assert document["schema"] == SCHEMA == 1
    assert document["reason"] == "exited"
    assert document["l2"] is None
    assert document["dram"] is None
    assert document["energy_joules"]["dram"] is None
    assert document["cores"][0]["l1d"] is None
    assert document["tiles"][0]["misuse"]["queue_past_end"] == 5
    assert list(document["syscalls"]) == ["exit_group", "openat", "write"]
    assert document["warnings"][0]["subject"] == "io_uring_setup"
    assert "stdout" not in document
    assert set(document["energy_joules"]) == {
        *("core_active", "core_idle", "l1", "l2", "dram", "tile_mvm", "tile_io", "tile_program", "tile_idle"),
        *("core_static", "l1_static", "l2_static", "dram_static"),
    }


def test_only_the_host_figures_may_differ(result: Result) -> None:
    slower = dataclasses.replace(result, host=dataclasses.replace(result.host, seconds=9.0))
    assert slower == result
    first, second = json.loads(result.to_json()), json.loads(slower.to_json())
    assert first.pop("host") != second.pop("host")
    assert first == second


def test_figures_that_are_not_numbers_are_refused(result: Result) -> None:
    broken = dataclasses.replace(result, totals=dataclasses.replace(result.totals, energy_joules=math.nan))
    with pytest.raises(ValueError, match="not JSON compliant"):
        broken.to_json()


def test_arguments_need_not_be_text(result: Result) -> None:
    odd = dataclasses.replace(result, arguments=(b"\xff\xc3\xa9".decode("utf-8", "surrogateescape"),))
    assert odd.to_json().isascii()
    assert json.loads(odd.to_json())["arguments"] == list(odd.arguments)


def test_energy_total_leaves_out_what_is_not_modelled() -> None:
    assert EnergyJoules(1.0, 2.0, 3.0, None, None, 4.0, 0.0, 0.0, 0.0).total() == 10.0


def test_limits() -> None:
    assert [reason for reason in EndReason if reason.is_limit] == [
        EndReason.MAX_INSTRUCTIONS,
        EndReason.MAX_SECONDS,
        EndReason.DEADLOCK,
    ]
