"""The JSON Schemas of the `--stats` and `--profile` documents, made from the dataclasses behind them.

`stats-1.json` and `profile-1.json` beside this file are the published copies; `python -m aimc.schema` writes them, and
a test compares. Additional fields are allowed, so that a reader of version 1 survives fields that are added to it.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from enum import StrEnum
from pathlib import Path
from typing import Any

from aimc import profile, result

PATH = Path(__file__).parent / f"stats-{result.SCHEMA}.json"
PROFILE_PATH = Path(__file__).parent / f"profile-{profile.SCHEMA}.json"
"""The published schemas."""

_SIMPLE = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}


def stats_schema() -> dict[str, Any]:
    """The schema of the document that `Result.to_json` writes."""
    return _document("Statistics of a run of aimc", result.SCHEMA, result.Result)


def profile_schema() -> dict[str, Any]:
    """The schema of the document that `Profile.to_json` writes."""
    return _document("Profile of a run of aimc", profile.SCHEMA, profile.Profile)


def texts() -> dict[Path, str]:
    """The schemas as the files have them."""
    schemas = {PATH: stats_schema(), PROFILE_PATH: profile_schema()}
    return {path: json.dumps(schema, indent=2, ensure_ascii=False) + "\n" for path, schema in schemas.items()}


def _document(title: str, number: int, record: type) -> dict[str, Any]:
    body = _record(record)
    version = {"const": number, "description": "version of this layout"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        **body,
        "properties": {"schema": version, **body["properties"]},
        "required": ["schema", *body["required"]],
    }


def _record(record: type) -> dict[str, Any]:
    hints = typing.get_type_hints(record)
    fields = [item for item in dataclasses.fields(record) if item.metadata.get("json", True)]
    properties = {item.name: {"description": item.metadata["doc"], **_type(hints[item.name])} for item in fields}
    # What was added to this version later is missing in older documents, which stay valid.
    required = [item.name for item in fields if not item.metadata["added"]]
    return {"type": "object", "properties": properties, "required": required}


def _type(kind: Any) -> dict[str, Any]:
    if kind in _SIMPLE:
        return {"type": _SIMPLE[kind]}
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is types.UnionType:
        choices = [_type(argument) for argument in arguments]
        if all(set(choice) == {"type"} for choice in choices):
            return {"type": [choice["type"] for choice in choices]}
        return {"anyOf": choices}
    if origin is tuple:
        return {"type": "array", "items": _type(arguments[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": _type(arguments[1])}
    if issubclass(kind, StrEnum):
        return {"enum": [member.value for member in kind]}
    return _record(kind)
