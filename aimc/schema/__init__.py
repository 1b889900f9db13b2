"""The JSON Schema of the `--stats` document, made from the dataclasses of `aimc.result`.

`stats-1.json` beside this file is the published copy; `python -m aimc.schema` prints what it has to be, and a test
compares the two. Additional fields are allowed, so that a reader of version 1 survives fields that are added to it.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from enum import StrEnum
from pathlib import Path
from typing import Any

from aimc import result

PATH = Path(__file__).parent / f"stats-{result.SCHEMA}.json"
"""The published schema."""

_SIMPLE = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}


def stats_schema() -> dict[str, Any]:
    """The schema of the document that `Result.to_json` writes."""
    body = _record(result.Result)
    version = {"const": result.SCHEMA, "description": "version of this layout"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Statistics of a run of aimc",
        **body,
        "properties": {"schema": version, **body["properties"]},
        "required": ["schema", *body["required"]],
    }


def text() -> str:
    """The schema as the file has it."""
    return json.dumps(stats_schema(), indent=2, ensure_ascii=False) + "\n"


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
