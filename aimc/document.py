"""Records that become JSON documents: dataclasses whose fields carry their documentation."""

from __future__ import annotations

import dataclasses
from dataclasses import field
from enum import StrEnum
from typing import Any


def documented(text: str, *, added: bool = False, **keywords: Any) -> Any:
    """A field with its documentation. `added`: not in the first documents of this version, which stay valid."""
    return field(metadata={"doc": text, "added": added}, **keywords)


def plain(record: Any) -> dict[str, Any]:
    """A record as nested dictionaries and lists, without the fields that do not belong into JSON."""
    return {
        item.name: _plain(getattr(record, item.name))
        for item in dataclasses.fields(record)
        if item.metadata.get("json", True)
    }


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        return plain(value)
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        # Sorted, so that the order in which things first happened does not show.
        return {name: _plain(value[name]) for name in sorted(value)}
    if isinstance(value, StrEnum):
        return value.value
    return value
