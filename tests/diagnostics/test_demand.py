"""Spend that follows demand: found where it is, not where spend is planned ahead."""

from __future__ import annotations

import numpy as np

from xl_mmm.diagnostics.demand import FREE_ROWS, lead_test

N, MONTH = 156, 4


def market(seed: int, follows: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """KPI, baseline and spend of two channels; the second follows last month's demand shock by `follows`."""
    rng = np.random.default_rng(seed)
    week = np.arange(N)
    season = 2 * np.pi * week / 52.18
    baseline = np.column_stack([np.ones(N), week / N, np.sin(season), np.cos(season)])
    shock = np.zeros(N)
    for t in range(1, N):
        shock[t] = 0.5 * shock[t - 1] + rng.normal()
    tv = rng.lognormal(0, 0.8, N) * (rng.random(N) < 0.6)
    search = np.exp(rng.normal(0, 0.3, N))
    for t in range(MONTH, N):
        search[t] *= np.exp(follows * shock[t - MONTH : t].mean())
    kpi = baseline @ [50, 3, 4, 2] + 3 * np.sqrt(tv) + 1.5 * search + shock
    return kpi, baseline, np.column_stack([tv, search])


def test_spend_that_follows_sales_is_found():
    found = [lead_test(k, b, s, s, MONTH, 0).p[1] for k, b, s in (market(seed, 0.8) for seed in range(20))]
    assert np.mean(np.array(found) < 0.005) >= 0.8


def test_spend_that_was_planned_is_rarely_accused():
    p = np.array([lead_test(k, b, s, s, MONTH, 0).p for k, b, s in (market(seed, 0.0) for seed in range(100))])
    assert (p.min(axis=1) * 2 < 0.01).mean() <= 0.05


def test_money_unit_does_not_matter():
    kpi, baseline, spend = market(1, 0.5)
    one, other = (lead_test(kpi, baseline, spend * k, spend * k, MONTH, 0) for k in (1.0, 1e6))
    np.testing.assert_allclose(one.p, other.p, rtol=1e-7)
    np.testing.assert_allclose(one.effect, other.effect * 1e6, rtol=1e-7)


def test_too_few_rows_are_not_tested():
    kpi, baseline, spend = market(1, 0.5)
    short = lead_test(kpi[:30], baseline[:30], spend[:30], spend[:30], MONTH, 0)
    assert short.free < FREE_ROWS
    assert np.isnan(short.p).all()


def test_history_rows_supply_lags_and_are_not_explained():
    kpi, baseline, spend = market(2, 0.8)
    kpi[:26] = np.nan
    assert lead_test(kpi, baseline, spend, spend, MONTH, 26).p[1] < 0.05
