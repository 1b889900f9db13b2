"""Every kind of kernel work has a price, and all of them are charged."""

from __future__ import annotations

from dataclasses import fields

import pytest

from guest.costs import KernelConfig, WorkCounters, price_list

PRICES = {field.name: float(2 ** (index + 1)) for index, field in enumerate(fields(KernelConfig))}


KINDS = {field.name for field in fields(WorkCounters)} - {"device"}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_of_work_costs_its_price(kind: str) -> None:
    costs = KernelConfig(**PRICES)  # type: ignore[arg-type]
    price = costs.copy_cycles_per_byte if kind == "copy" else getattr(costs, f"{kind}_cycles")
    assert price_list(costs)(WorkCounters(**{kind: 3})) == 3 * price


def test_prices_and_kinds_of_work_correspond() -> None:
    assert {name.removesuffix("_cycles").removesuffix("_cycles_per_byte") for name in PRICES} == KINDS


def test_work_of_drivers_is_in_cycles() -> None:
    assert price_list(KernelConfig(**PRICES))(WorkCounters(device=7)) == 7  # type: ignore[arg-type]


def test_fractions_of_a_cycle_add_up() -> None:
    costs = KernelConfig(**{**PRICES, "copy_cycles_per_byte": 0.25})  # type: ignore[arg-type]
    assert [price_list(costs)(WorkCounters(copy=n)) for n in range(6)] == [0, 0, 0, 0, 1, 1]
