"""The simulator's truth adds up to its data, and its markets have what makes attribution hard."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from xl_mmm.design import build_design
from xl_mmm.errors import SpecError
from xl_mmm.simulation import simulate
from xl_mmm.spec import ADSTOCK_NAMES, SATURATION_NAMES


@pytest.mark.parametrize(("adstock", "saturation"), [
    *((name, "hill") for name in ADSTOCK_NAMES), *(("geometric", name) for name in SATURATION_NAMES),
])  # fmt: skip
def test_truth_adds_up_to_the_kpi(adstock: str, saturation: str) -> None:
    market = simulate(seed=3, channels=3, adstock=adstock, saturation=saturation, organic=1, rho=0.5)
    truth, data = market.truth, market.dataset
    total = truth.baseline + truth.controls.sum(1) + truth.contribution.sum(1) + truth.carry_in.sum(1) + truth.noise
    np.testing.assert_allclose(total, data.window_kpi, rtol=1e-12)
    assert data.faults == ()
    assert truth.names == ("TV", "Search", "Social", "Newsletter")
    assert (truth.contribution.sum(axis=0) > 0).all()
    np.testing.assert_allclose(truth.roi, truth.contribution.sum(0)[:3] / data.spend[data.window].sum(0), rtol=1e-12)
    assert {market.spec.channel(name).adstock for name in truth.names} == {adstock}
    assert {market.spec.channel(name).saturation for name in truth.names} == {saturation}


def test_same_seed_same_bits_other_seed_other_market() -> None:
    one, again, other = (simulate(seed=seed) for seed in (7, 7, 8))
    pd.testing.assert_frame_equal(one.frame, again.frame, check_exact=True)
    assert one.dataset.sha == again.dataset.sha != other.dataset.sha
    assert one.truth.parameters == again.truth.parameters


def test_a_family_for_each_channel() -> None:
    market = simulate(seed=1, channels=2, adstock=["delayed", "weibull_cdf"], saturation=["log", "power"])
    assert set(market.truth.parameters["TV"]) == {"decay", "peak_lag", "curvature", "coefficient"}
    assert set(market.truth.parameters["Search"]) == {"weibull_shape", "weibull_scale", "exponent", "coefficient"}
    assert np.isnan(market.truth.values("exponent")[0])


def test_magnitudes_of_a_retailer() -> None:
    for seed in range(20):
        market = simulate(seed=seed, channels=8)
        kpi = market.dataset.window_kpi
        assert 6e5 < kpi.mean() < 2.2e6
        assert kpi.min() > 0
        assert 0.05 < market.truth.contribution.sum() / kpi.sum() < 0.45
        assert ((market.truth.roi > 0.59) & (market.truth.roi < 4.01)).all()


def test_spend_before_the_window_carries_over() -> None:
    market = simulate(seed=2, history=26)
    assert market.dataset.n_history == 26
    assert (market.truth.carry_in[0] > 0).any()
    assert market.truth.carry_in[-1].max() < 1e-3 * market.truth.carry_in.max()
    assert simulate(seed=2, history=0).truth.carry_in.max() == 0


def test_spend_follows_demand_when_told_to() -> None:
    def link(confounding: float) -> float:
        found = []
        for seed in range(20):
            data = simulate(seed=seed, confounding=confounding).dataset
            found.append(np.corrcoef(data.spend[:, 1], data.control_values[:, 0])[0, 1])
        return float(np.mean(found))

    assert abs(link(0.0)) < 0.06  # 20 correlations of 182 rows: standard error 0.017
    assert link(1.0) > 0.4


def test_channels_move_together_and_television_comes_in_flights() -> None:
    pairs = []
    for seed in range(20):
        spend = simulate(seed=seed).dataset.spend
        pairs.append(np.corrcoef(spend[:, 1], spend[:, 2])[0, 1])
        off_air = (spend[:, 0] == 0).mean()
        assert 0.2 < off_air < 0.8
        assert spend[:, 1].min() > 0
    assert 0.2 < np.mean(pairs) < 0.8


def test_noise_has_the_size_and_memory_asked_for() -> None:
    found = [simulate(seed=seed, rho=0.5, noise=0.04, weeks=400).truth.noise for seed in range(10)]
    lag_one = [noise[1:] @ noise[:-1] / (noise @ noise) for noise in found]
    assert abs(np.mean(lag_one) - 0.5) < 0.06  # 10 × 400 values: standard error 0.014, bias -0.006
    relative = [s.std() / simulate(seed=i, rho=0.5, noise=0.04, weeks=400).dataset.window_kpi.mean()
                for i, s in enumerate(found)]  # fmt: skip
    assert abs(np.mean(relative) - 0.04) < 0.003


def test_the_choices_handed_out_can_be_right() -> None:
    for bends in (True, False):
        market = simulate(seed=4, trend_break=bends)
        assert (market.truth.break_date is not None) == bends
        matrix = build_design(market.dataset, market.spec).matrix[market.dataset.window]
        fitted = matrix @ np.linalg.lstsq(matrix, market.truth.baseline)[0]
        np.testing.assert_allclose(fitted, market.truth.baseline, rtol=1e-6)


def test_outcome_of_a_plan() -> None:
    market = simulate(seed=5, organic=1)
    truth = market.truth
    today = market.outcome()
    np.testing.assert_allclose(today, truth.contribution[:, :4].sum(), rtol=1e-12)
    np.testing.assert_allclose(market.contribution(), truth.contribution, rtol=1e-9, atol=1e-6)
    assert market.outcome(0.0) == 0.0
    more_tv = market.contribution({"TV": 1.2})
    assert more_tv[:, 0].sum() > truth.contribution[:, 0].sum()
    np.testing.assert_array_equal(more_tv[:, 1:], market.contribution()[:, 1:])
    np.testing.assert_allclose(market.outcome([1.2, 1, 1, 1]), market.outcome({"TV": 1.2}), rtol=1e-15)
    stopped = np.ones((market.dataset.n_weeks, 4))
    stopped[80:] = 0.0
    assert 0 < market.outcome(stopped) < today
    with pytest.raises(SpecError, match=r"No channel is called \['Cinema'\]"):
        market.outcome({"Cinema": 1.0})


@pytest.mark.parametrize(("grain", "rows", "history"), [("daily", 1092, 182), ("weekly", 156, 26), ("monthly", 36, 6)])
def test_grains(grain: str, rows: int, history: int) -> None:
    market = simulate(seed=6, grain=grain)
    assert (market.dataset.grain, market.dataset.n_weeks, market.dataset.n_history) == (grain, rows, history)
    week = market.dataset.window_kpi.mean() / market.dataset.period_weeks
    assert 6e5 < week < 2.2e6


def test_names_and_counts() -> None:
    market = simulate(seed=9, channels=2, names=["Cinema", "Podcast"], controls=0, organic=4)
    assert market.dataset.channels == ("Cinema", "Podcast")
    assert market.dataset.organic == ("Newsletter", "Blog", "PR", "Organic 4")
    assert market.dataset.controls == ()
    assert simulate(seed=9, channels=9, weeks=110).dataset.channels[-1] == "Channel 9"
    with pytest.raises(SpecError, match="1 names are given for 2 channels"):
        simulate(seed=9, channels=2, names=["Cinema"])
    with pytest.raises(SpecError, match="does not name a family for each of 4 channels; choose from geometric"):
        simulate(seed=9, adstock="exponential")
    with pytest.raises(SpecError, match="grain is 'yearly'"):
        simulate(seed=9, grain="yearly")
