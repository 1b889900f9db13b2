"""Every kind of kernel work has a price, and all of them are charged."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from guest.costs import KernelConfig, WorkCounters, price_list

PRICES = {field.name: float(2 ** (index + 1)) for index, field in enumerate(fields(KernelConfig))}
COSTS = KernelConfig(**PRICES)


KINDS = {field.name for field in fields(WorkCounters)} - {"device"}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_of_work_costs_its_price(kind: str) -> None:
    price = COSTS.copy_cycles_per_byte if kind == "copy" else getattr(COSTS, f"{kind}_cycles")
    assert price_list(COSTS)(WorkCounters(**{kind: 3})) == 3 * price


def test_prices_and_kinds_of_work_correspond() -> None:
    assert {name.removesuffix("_cycles").removesuffix("_cycles_per_byte") for name in PRICES} == KINDS


def test_work_of_drivers_is_in_cycles() -> None:
    assert price_list(COSTS)(WorkCounters(device=7)) == 7


def test_fractions_of_a_cycle_add_up() -> None:
    costs = replace(COSTS, copy_cycles_per_byte=0.25)
    assert [price_list(costs)(WorkCounters(copy=n)) for n in range(6)] == [0, 0, 0, 0, 1, 1]
