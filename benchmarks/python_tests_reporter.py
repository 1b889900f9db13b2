"""Runs in the guest: regrtest (`python3 -m test`), with one line of JSON on standard output for each test.

Handed to the guest's `python3 -c`, so it imports nothing of this repository. A line begins with MARK, after a line feed
of its own, since tests print what they like.
"""

from __future__ import annotations

import importlib
import json
import os
from typing import Any

MARK = "@test@"


def install(descriptor: int) -> None:
    """Let regrtest's class of results also tell `descriptor`."""
    results: Any = importlib.import_module("test.support.testresult").RegressionTestResult

    def tell(outcome: str, test: Any, detail: object = "") -> None:
        record = {"test": str(test.id()), "outcome": outcome, "detail": str(detail)}
        os.write(descriptor, f"\n{MARK}{json.dumps(record)}\n".encode())

    def telling(method: str, outcome: str) -> None:
        original = getattr(results, method)

        def add(self: Any, test: Any, *rest: Any) -> Any:
            detail: object = ""
            if rest:
                # A skip comes with its reason, a failure with what sys.exc_info gives.
                detail = rest[0] if isinstance(rest[0], str) else f"{rest[0][0].__name__}: {rest[0][1]}"
            tell(outcome, test, detail)
            return original(self, test, *rest)

        setattr(results, method, add)

    for method, outcome in (
        ("startTest", "started"),
        ("addSuccess", "passed"),
        ("addExpectedFailure", "passed"),
        ("addSkip", "skipped"),
        ("addFailure", "failed"),
        ("addError", "failed"),
        ("addUnexpectedSuccess", "failed"),
    ):
        telling(method, outcome)
    of_part = results.addSubTest

    def add_part(self: Any, test: Any, part: Any, error: Any) -> Any:
        if error is not None:
            tell("failed", test, f"{part._subDescription()} {error[0].__name__}: {error[1]}")
        return of_part(self, test, part, error)

    results.addSubTest = add_part


if __name__ == "__main__":
    install(os.dup(1))
    importlib.import_module("test.libregrtest").main()
