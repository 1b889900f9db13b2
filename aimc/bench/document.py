"""The result of `aimc bench --json`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aimc.bench.benchmark import Benchmark
from aimc.bench.rows import Row

SCHEMA = 1
"""Version of the layout. Fields may be added to a version; any other change makes a new one."""

Section = tuple[type[Benchmark], Sequence[Row]]


def to_json(host: Mapping[str, str], repetitions: int, quick: bool, sections: Sequence[Section]) -> str:
    """Indented JSON with a final newline."""
    document = {
        "schema": SCHEMA,
        "host": dict(host),
        "repetitions": repetitions,
        "quick": quick,
        "rows": [_row(benchmark, row) for benchmark, rows in sections for row in rows],
    }
    return json.dumps(document, indent=2, allow_nan=False) + "\n"


def _row(benchmark: type[Benchmark], row: Row) -> dict[str, Any]:
    target = {"bound": row.target.bound.value, "value": row.target.value} if row.target is not None else None
    return {
        "benchmark": benchmark.name,
        "title": row.title,
        "unit": row.unit,
        "clock": row.clock.value or None,
        "median": row.median,
        "minimum": min(row.samples, default=None),
        "maximum": max(row.samples, default=None),
        "samples": list(row.samples),
        "target": target,
        "met": row.met,
        "note": row.note,
    }
