"""fit and evaluate: recovery, determinism, one type, refusals that name the columns."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from xl_mmm.dataset import Dataset
from xl_mmm.errors import FitError, SpecError
from xl_mmm.fitting import FittedMMM, bootstrap_draws, evaluate, fit, refits_of
from xl_mmm.response import media_contribution
from xl_mmm.simulation import simulate
from xl_mmm.spec import ChannelSpec, ModelSpec
from xl_mmm.transforms import ADSTOCKS, SATURATIONS

MARKET = simulate(weeks=130, channels=3, seed=21, noise=0.02)
DAILY_AND_WEEKLY = {"decay": 0.6, "peak_lag": 2.0, "weibull_shape": 1.5, "weibull_scale": 3.0}


@pytest.fixture(scope="module")
def model() -> FittedMMM:
    return fit(MARKET.dataset, draws=40)


def with_media(values: np.ndarray):
    """The market's data with other media in the first channel."""
    media = MARKET.dataset.media.copy()
    media[:, 0] = values
    return dataclasses.replace(MARKET.dataset, media=media)


def test_contributions_are_recovered_within_their_ranges(model: FittedMMM) -> None:
    draws = media_contribution(model.posterior)[0].sum(axis=1)
    low, high = np.quantile(draws, [0.005, 0.995], axis=0)
    truth = MARKET.truth.contribution.sum(axis=0)
    assert ((low <= truth) & (truth <= high)).all()
    assert (draws >= 0).all()


@pytest.mark.parametrize("method", ["ols", "ridge", "lasso"])
def test_every_method_carries_draws_and_the_same_type(method: str) -> None:
    fitted = fit(MARKET.dataset, method=method, draws=5)
    assert fitted.posterior.n_draws == 5
    assert fitted.estimate.n_draws == 1
    assert fitted.method == method
    assert ("stability" in fitted.posterior.range_label) == (method != "ols")


def test_same_seed_same_bits_in_a_fresh_process(model: FittedMMM) -> None:
    again = fit(MARKET.dataset, draws=40)
    np.testing.assert_array_equal(again.posterior.media.coefficient, model.posterior.media.coefficient)
    code = (
        "from xl_mmm.simulation import simulate; from xl_mmm.fitting import fit;"
        "m = fit(simulate(weeks=130, channels=3, seed=21, noise=0.02).dataset, draws=40);"
        "print(m.posterior.media.coefficient.tobytes().hex())"
    )
    printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert printed.strip() == model.posterior.media.coefficient.tobytes().hex()
    other = fit(MARKET.dataset, draws=40, seed=2)
    assert (other.posterior.media.coefficient != model.posterior.media.coefficient).any()


def test_evaluate_at_the_estimate_gives_the_estimate(model: FittedMMM) -> None:
    media = model.estimate.media
    hand = {
        name: {**{p: float(v[0, k]) for p, v in media.values.items()}, "coefficient": float(media.coefficient[0, k])}
        for k, name in enumerate(media.names)
    }
    made = evaluate(MARKET.dataset, model.spec, hand)
    assert type(made) is FittedMMM
    assert made.posterior.n_draws == 1
    np.testing.assert_allclose(made.posterior.linear, model.estimate.linear, rtol=1e-4, atol=1.0)
    np.testing.assert_allclose(made.contribution().sum(axis=1), MARKET.dataset.window_kpi, rtol=1e-10)


def test_evaluate_takes_overrides_and_names_what_is_wrong() -> None:
    spec = ModelSpec(default=ChannelSpec(decay=0.5, half_saturation=3e4, slope=1.0))
    hand = {name: {"coefficient": 1e5} for name in MARKET.dataset.channels}
    made = evaluate(MARKET.dataset, spec, {**hand, "baseline": {"trend": 0.0}})
    assert made.posterior.linear[0, made.posterior.design.names.index("trend")] == 0.0
    first = MARKET.dataset.channels[0]
    with pytest.raises(SpecError, match="No channel is called 'Tvv'"):
        evaluate(MARKET.dataset, spec, {**hand, "Tvv": {}})
    with pytest.raises(SpecError, match=f"{first} lacks coefficient"):
        evaluate(MARKET.dataset, spec, {**hand, first: {}})
    with pytest.raises(SpecError, match=f"{first} has peak_lag"):
        evaluate(MARKET.dataset, spec, {**hand, first: {"coefficient": 1.0, "peak_lag": 2.0}})
    with pytest.raises(SpecError, match="baseline is"):
        evaluate(MARKET.dataset, spec, {**hand, "baseline": {"price": 2.0}})


def test_daily_and_weekly_data_of_one_market_give_the_same_contributions() -> None:
    rng = np.random.default_rng(1)
    spend = rng.gamma(2, 7000, 104) * (rng.random(104) < 0.7)
    for adstock in ADSTOCKS:
        shape = {p.name: DAILY_AND_WEEKLY[p.name] for p in ADSTOCKS[adstock].parameters}
        spec = ModelSpec(seasonality=0, trend=False, default=ChannelSpec(adstock, half_saturation=9e3, slope=1.3))
        tables = []
        for days in (7, 1):
            times = 7 // days
            frame = pd.DataFrame({
                "date": pd.date_range("2022-01-03", periods=104 * times, freq=f"{days}D"),
                "kpi": np.repeat(7e4 / times + np.arange(104.0), times),
                "tv": np.repeat(spend / times, times),
            })  # fmt: skip
            data = Dataset.from_frame(frame, date="date", kpi="kpi", spend=["tv"])
            tables.append(evaluate(data, spec, {"tv": {**shape, "coefficient": 2e4 / times}}).roi())
        for column in ("contribution", "roi", "roi_long", "mroi", "cpik"):  # a day's spend works within its week
            assert tables[1][column]["tv"] == pytest.approx(tables[0][column]["tv"], rel=0.02), (adstock, column)


@pytest.mark.parametrize("adstock", list(ADSTOCKS))
def test_every_family_fits_and_its_numbers_tie(adstock: str) -> None:
    market = simulate(weeks=104, channels=len(SATURATIONS), seed=3, adstock=adstock, saturation=list(SATURATIONS))
    fitted = fit(market.dataset, market.spec, draws=5)
    table, weekly, names = fitted.roi(), fitted.contribution(), list(market.dataset.channels)
    np.testing.assert_allclose(weekly.sum(axis=1), market.dataset.window_kpi, rtol=1e-12)
    np.testing.assert_allclose(weekly[names].sum(), table["contribution"], rtol=1e-10)
    for name in names:
        curve = fitted.response_curve(name, [1 - 1e-5, 1.0, 1 + 1e-5])
        slope = (curve["outcome"][2] - curve["outcome"][0]) / (curve["spend"][2] - curve["spend"][0])
        assert slope == pytest.approx(table["mroi"][name], rel=1e-6, abs=1e-9)
        assert curve["outcome"][1] == pytest.approx(table["roi"][name] * table["spend"][name], rel=1e-10)
    again = FittedMMM.from_text(fitted.to_text())
    np.testing.assert_array_equal(again.roi().to_numpy(), table.to_numpy())


@pytest.mark.parametrize(
    "choice",
    [
        ChannelSpec(decay=0.0), ChannelSpec("delayed", decay=0.0), ChannelSpec("binomial", decay=0),
        ChannelSpec("delayed", max_lag=0), ChannelSpec("weibull_cdf", max_lag=0), ChannelSpec("weibull_pdf", max_lag=0),
        ChannelSpec(decay=(0.0, 0.5), slope=(1.0, 1.2)), ChannelSpec(decay=(0.9, 1.0)),
        ChannelSpec(saturation="power", exponent=(0.5, 1.0)), ChannelSpec(saturation="power", exponent=1.0),
        ChannelSpec(decay=0.3, half_saturation=2e4, slope=1.0),
    ],
)  # fmt: skip
def test_fixed_and_ranged_choices_are_honoured(choice: ChannelSpec) -> None:
    first = MARKET.dataset.channels[0]
    drawn = fit(MARKET.dataset, ModelSpec(channels={first: choice}), draws=5).posterior.media
    at_once = choice.max_lag == 0
    for name, values in drawn.values.items():
        chosen = getattr(choice, name)
        if chosen is not None:
            low, high = chosen if isinstance(chosen, tuple) else (chosen, chosen)
            assert (values[:, 0] >= np.float32(low)).all()
            assert (values[:, 0] <= np.float32(high)).all()
    assert (drawn.max_lag[0] == 0) == at_once


@pytest.mark.parametrize("bad", [{"draws": 2.5}, {"draws": 0}, {"seed": -1}, {"seed": "a"}])
def test_draws_and_seed_are_counts(bad: dict[str, object]) -> None:
    with pytest.raises(SpecError, match=f"{next(iter(bad))} is"):
        fit(MARKET.dataset, **bad)


def test_what_cannot_be_estimated_is_refused_by_name() -> None:
    first, second = MARKET.dataset.channels[:2]
    other = MARKET.dataset.media[:, 1]
    with pytest.raises(FitError, match=f"{first} moves with {second} almost exactly") as caught:
        fit(with_media(other * 3.0), draws=1)
    assert caught.value.columns == (first, second)
    one_week = np.zeros(len(other))
    one_week[-5] = 1e4
    with pytest.raises(FitError, match=f"{first}: fewer than 4 weeks"):
        fit(with_media(one_week), draws=1)
    with pytest.raises(FitError, match=f"{first}: the same media in every week"):
        fit(with_media(np.full(len(other), 100.0)), draws=1)
    flat = dataclasses.replace(MARKET.dataset, kpi=np.full(len(other), 7.0))
    with pytest.raises(FitError, match="the same in every week"):
        fit(flat, draws=1)
    with pytest.raises(FitError, match="12 weeks cannot carry"):
        fit(MARKET.dataset.without_last(MARKET.dataset.n_weeks - 12), draws=1)
    with pytest.raises(SpecError, match="method is 'nuts'"):
        fit(MARKET.dataset, method="nuts")
    with pytest.raises(SpecError, match="No channel is called 'tvv'"):
        fit(MARKET.dataset, ModelSpec(channels={"tvv": ChannelSpec()}))


def test_currency_and_channel_order_do_not_change_shares() -> None:
    plain = fit(MARKET.dataset, draws=1)
    data = MARKET.dataset
    dear = dataclasses.replace(
        data, kpi=data.kpi * 4.0, spend=data.spend * 4.0, media=data.media * 4.0
    )  # a power of two: the same bits, so the same search
    scaled = fit(dear, draws=1)
    np.testing.assert_allclose(scaled.estimate.media.coefficient, 4 * plain.estimate.media.coefficient, rtol=1e-6)
    np.testing.assert_allclose(scaled.estimate.media.values["decay"], plain.estimate.media.values["decay"], rtol=1e-6)


@pytest.mark.parametrize("method", ["ols", "bayes"])
def test_refits_are_fits_by_the_models_own_method_and_seed(method: str) -> None:
    data = MARKET.dataset
    model = fit(data, method=method, seed=4, draws=1)
    again = refits_of(model)
    assert again.estimate is model.estimate
    same = again.fit(data, model.spec, ranges=False, progress=None)
    assert (same.method, same.seed, same.n_draws) == (method, 4, 1)
    np.testing.assert_array_equal(same.media.coefficient, model.estimate.media.coefficient)
    told: list[tuple[int, int]] = []
    shorter = again.fit(data.without_last(13), model.spec, ranges=True, progress=lambda *at: told.append(at))
    assert shorter.dataset.n_weeks == 117
    assert shorter.n_draws > 50
    assert told[-1][0] == told[-1][1]


@pytest.mark.parametrize(("weeks", "channels", "draws"), [(156, 8, 80), (1_000, 20, 50), (3_650, 50, 10)])
def test_large_data_are_fitted_again_with_fewer_draws(weeks: int, channels: int, draws: int) -> None:
    assert bootstrap_draws(simulate(weeks=weeks, channels=channels, seed=1).dataset) == draws


def test_checks_of_a_model_set_by_hand_say_why_nothing_is_fitted_again(model: FittedMMM) -> None:
    shape = {"coefficient": 1e4, "half_saturation": 5e3, "slope": 1.0, "decay": 0.3}
    values = dict.fromkeys(model.dataset.channels, shape)
    checks = evaluate(model.dataset, model.spec, values).checks(refit=True)
    assert checks["message"].str.contains("set by hand").sum() == 7


def test_progress_reaches_its_end() -> None:
    seen: list[tuple[int, int]] = []
    fit(MARKET.dataset, draws=5, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1][0] == seen[-1][1]
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
