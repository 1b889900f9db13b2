"""Numbers as people read them: SI prefixes, thousands, shares, ratios, bars."""

from __future__ import annotations

import math

_PREFIXES = {-15: "f", -12: "p", -9: "n", -6: "µ", -3: "m", 0: "", 3: "k", 6: "M", 9: "G", 12: "T", 15: "P"}


def si(value: float, unit: str) -> str:
    """Three significant digits and an SI prefix: `si(0.00531, "s")` is `5.31 ms`."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g} {unit}"
    exponent = min(max(3 * math.floor(math.log10(abs(value)) / 3), -15), 15)
    if exponent < 15 and abs(value) / 10.0**exponent >= 999.5:
        exponent += 3  # 999.6 would be rounded to four digits
    scaled = value / 10.0**exponent
    digits = max(0, 2 - math.floor(math.log10(abs(scaled)))) if abs(scaled) >= 1e-3 else 3
    return f"{scaled:.{min(digits, 2)}f} {_PREFIXES[exponent]}{unit}"


def count(value: int, singular: str = "", plural: str = "") -> str:
    """A count with separators, and what is counted: `count(1024, "MVM")` is `1,024 MVMs`."""
    if not singular:
        return f"{value:,}"
    return f"{value:,} {singular if value == 1 else plural or singular + 's'}"


def share(part: float, whole: float) -> str:
    """A share in percent; a small one is never shown as nothing."""
    if not whole:
        return "–"
    percent = 100 * part / whole
    return "< 0.1 %" if 0 < percent < 0.05 else f"{percent:.1f} %"


def ratio(before: float, after: float) -> str:
    """How many times smaller `after` is than `before`: `2.5×`; `–` where there is no such number."""
    if not before or not after:
        return "–"
    times = before / after
    return f"{times:,.0f}×" if times >= 100 else f"{times:.3g}×"


def bar(part: float, whole: float, width: int, full: str = "█") -> str:
    """A bar of at most `width` characters; anything above zero shows at least one."""
    if part <= 0 or whole <= 0:
        return ""
    return full * max(1, round(width * part / whole))
