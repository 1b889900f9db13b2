"""Every kind of kernel work has a price, and all of them are charged."""

from __future__ import annotations

from dataclasses import fields

import pytest

from guest.costs import KernelConfig, WorkCounters, price_list

PRICES = {field.name: float(2 ** (index + 1)) for index, field in enumerate(fields(KernelConfig))}


@pytest.mark.parametrize("kind", [field.name for field in fields(WorkCounters)])
def test_each_kind_of_work_costs_its_price(kind: str) -> None:
    costs = KernelConfig(**PRICES)  # type: ignore[arg-type]
    price = costs.copy_cycles_per_byte if kind == "copy" else getattr(costs, f"{kind}_cycles")
    assert price_list(costs)(WorkCounters(**{kind: 3})) == 3 * price


def test_prices_and_kinds_of_work_correspond() -> None:
    kinds = {field.name for field in fields(WorkCounters)}
    assert {name.removesuffix("_cycles").removesuffix("_cycles_per_byte") for name in PRICES} == kinds


def test_fractions_of_a_cycle_add_up() -> None:
    costs = KernelConfig(**{**PRICES, "copy_cycles_per_byte": 0.25})  # type: ignore[arg-type]
    assert [price_list(costs)(WorkCounters(copy=n)) for n in range(6)] == [0, 0, 0, 0, 1, 1]
