"""Each weakness of a model is found by its check; a sound model passes."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.diagnostic import acorr_ljungbox, het_breuschpagan
from statsmodels.stats.stattools import durbin_watson, jarque_bera

from tests.diagnostics.market import MEDIA, dataset, frame
from xl_mmm.diagnostics import (
    CHECKS,
    FAIL,
    PASS,
    REVIEW,
    Check,
    Refits,
    model_checks,
    refit_checks,
    standing_checks,
    to_frame,
)
from xl_mmm.diagnostics.check import overall
from xl_mmm.diagnostics.model import MODEL_CHECKS
from xl_mmm.diagnostics.refitted import REFIT_CHECKS
from xl_mmm.fitting import evaluate
from xl_mmm.measures import contribution, summary
from xl_mmm.posterior import Posterior
from xl_mmm.spec import ChannelSpec, ModelSpec

SPEC = ModelSpec(default=ChannelSpec(saturation="power"))



def model(table: pd.DataFrame, spec: ModelSpec = SPEC, media: dict[str, dict[str, float]] = MEDIA) -> Posterior:
    return evaluate(dataset(table), spec, media).posterior


def check(key: str, posterior: Posterior, **options: object) -> Check:
    return {c.name: c for c in model_checks(posterior, **options)}[CHECKS[key].name]


def refits_of_evaluate(posterior: Posterior, media: dict[str, dict[str, float]] = MEDIA) -> Refits:
    """Fit again by hand-set media: baseline, controls and noise are estimated; a channel not named does nothing."""
    nothing = {"decay": 0.0, "exponent": 0.5, "coefficient": 0.0}

    def fit(data, spec, *, ranges, progress):
        return evaluate(data, spec, {name: media.get(name, nothing) for name in data.channels}).posterior

    return Refits(posterior, fit)


@pytest.fixture
def table() -> pd.DataFrame:
    return frame()


def with_draws(posterior: Posterior, coefficient: np.ndarray) -> Posterior:
    """Repeat a one-draw model with other coefficients, (draw, column)."""
    many = posterior.take(np.zeros(len(coefficient), dtype=np.intp))
    return dataclasses.replace(many, media=dataclasses.replace(many.media, coefficient=coefficient))


def test_every_check_reports_once_in_the_order_of_the_list(table):
    names = [c.name for c in model_checks(model(table))]
    assert names == [limit.name for limit in CHECKS.values() if limit.stage == "model"]
    assert sorted([*MODEL_CHECKS, *REFIT_CHECKS]) == sorted(k for k, limit in CHECKS.items() if limit.stage == "model")


def test_standing_and_refitted_checks_are_the_model_checks_in_two_parts(table):
    posterior = model(table)
    refits = refits_of_evaluate(posterior)
    standing, again = standing_checks(posterior), refit_checks(posterior, refits)
    assert len(again) == len(REFIT_CHECKS)
    assert sorted([*standing, *again], key=repr) == sorted(model_checks(posterior, refits), key=repr)


def test_the_true_model_passes_everything_when_it_may_be_refitted(table):
    posterior = model(table)
    checks = model_checks(posterior, refits_of_evaluate(posterior))
    assert [(c.name, c.message) for c in checks if c.status != PASS] == []
    assert all(c.action == "" for c in checks)


def test_fit_statistics_are_those_of_the_summary(table):
    posterior = model(table)
    statistics = summary(posterior)
    for key in ("r_squared", "mape", "wmape", "nrmse"):
        assert check(key, posterior).value == pytest.approx(statistics[key], rel=1e-12)


def test_residual_tests_are_those_of_statsmodels(table):
    posterior = model(table)
    residual = contribution(posterior)["residual"].to_numpy()
    fitted = posterior.dataset.window_kpi - residual
    expected = {
        "durbin_watson": durbin_watson(residual),
        "ljung_box": acorr_ljungbox(residual, lags=[10])["lb_pvalue"].iloc[0],
        "breusch_pagan": het_breuschpagan(residual, np.column_stack([np.ones_like(fitted), fitted / 1e5]))[1],
        "jarque_bera": jarque_bera(residual)[1],
    }
    for key, value in expected.items():
        assert check(key, posterior).value == pytest.approx(value, rel=1e-6), key


def test_a_mean_alone_explains_nothing(table):
    table["sales"] = np.random.default_rng(1).normal(1e5, 1e4, len(table))
    none = {name: {**values, "coefficient": 0.0} for name, values in MEDIA.items()}
    assert check("r_squared", model(table, media=none)).status == REVIEW


def test_mape_with_a_zero_week_points_to_wmape(table):
    table.loc[12, "sales"] = 0
    found = check("mape", model(table))
    assert (found.status, found.value) == (PASS, None)
    assert "wMAPE" in found.message


def test_errors_that_persist_are_found_twice(table):
    slow = np.convolve(np.random.default_rng(2).normal(0, 2_000, len(table) + 7), np.ones(8), "valid")
    table["sales"] += np.round(slow)
    posterior = model(table)
    found = check("durbin_watson", posterior)
    assert (found.status, found.threshold) == (REVIEW, 1.5)
    assert found.value < 1.5
    assert check("ljung_box", posterior).status == REVIEW
    assert "related" in check("ljung_box", posterior).message


def test_errors_that_grow_with_sales_are_found(table):
    growth = np.linspace(0, 1, len(table))
    table["sales"] += np.round(growth * 60_000 + growth * np.random.default_rng(3).normal(0, 8_000, len(table)))
    assert check("breusch_pagan", model(table)).status == REVIEW


def test_one_odd_week_is_named(table):
    table.loc[33, "sales"] += 40_000
    found = check("jarque_bera", model(table))
    assert found.status == REVIEW
    assert "2022-08-22" in found.message


def test_a_baseline_below_zero_fails(table):
    huge = {name: {**values, "coefficient": 2_000.0} for name, values in MEDIA.items()}
    found = check("negative_baseline", model(table, media=huge))
    assert (found.status, found.value) == (FAIL, 1.0)
    assert check("media_share", model(table, media=huge)).status == REVIEW


def test_roi_is_judged_by_the_given_range_or_the_usual_one(table):
    posterior = model(table)
    assert check("roi", posterior).status == PASS
    narrow = ModelSpec(channels={"tv": ChannelSpec(saturation="power", roi=(0.01, 0.02))}, default=SPEC.default)
    found = check("roi", model(table, narrow))
    assert (found.status, found.value) == (REVIEW, 1)
    assert "tv returns" in found.message
    assert "outside 0.01 to 0.02" in found.message
    nothing = {**MEDIA, "tv": {**MEDIA["tv"], "coefficient": 0.0}}
    assert "tv returns 0.00" in check("roi", model(table, media=nothing)).message


def test_without_revenue_there_is_no_roi_to_judge(table):
    posterior = evaluate(dataset(table, revenue_per_kpi=None), SPEC, MEDIA).posterior
    found = check("roi", posterior)
    assert found.status == PASS
    assert "CPIK" in found.message


def test_channels_that_trade_places_over_draws_are_named(table):
    swing = np.linspace(-60, 60, 40)
    traded = with_draws(model(table), np.column_stack([120 + swing, 150 - swing]))
    found = check("indistinguishable", traded)
    assert found.status == REVIEW
    assert found.value == pytest.approx(1)
    assert found.action.startswith("Group tv and search, or run a geo test on one of them")
    apart = with_draws(model(table), np.random.default_rng(4).normal([120, 150], 10, (40, 2)))
    assert check("indistinguishable", apart).status == PASS


def test_what_two_channels_bring_together_is_said(table):
    """60 more for the one is 60 less for the other, so that the sum is the same in every draw."""
    swing = np.linspace(-60, 60, 41)
    roots = np.sqrt(table[["tv", "search"]]).sum().to_numpy()
    traded = with_draws(model(table), np.column_stack([120 + swing, 150 - swing * roots[0] / roots[1]]))
    together = float((120 * roots[0] + 150 * roots[1]) / table[["tv", "search"]].to_numpy().sum())
    found = check("indistinguishable", traded)
    assert f"Together they return {together:.2f} ({together:.2f} to {together:.2f}); apart they cannot" in found.message
    free = dataclasses.replace(traded, dataset=dataset(table, revenue_per_kpi=None))
    share = float((120 * roots[0] + 150 * roots[1]) / table["sales"].sum())
    assert f"Together they add {share:.1%} of the KPI ({share:.1%} to" in check("indistinguishable", free).message


def test_channels_that_can_be_told_apart_are_not_summed(table):
    apart = with_draws(model(table), np.random.default_rng(4).normal([120, 150], 10, (40, 2)))
    assert "ogether" not in check("indistinguishable", apart).message


def test_a_channel_is_no_pair_with_itself(table):
    swing = np.linspace(-20, 20, 40)
    found = check("indistinguishable", with_draws(model(table), np.column_stack([120 + swing, 150 + swing])))
    assert (found.status, found.value) == (PASS, 0)
    assert "tv and search; their estimates have correlation +1.00" in found.message


def test_with_one_draw_equal_shapes_are_told(table):
    table["search"] = table["tv"] * 0.5
    assert check("indistinguishable", model(table)).status == REVIEW


def test_the_table_has_the_promised_columns(table):
    checks = model_checks(model(table))
    shown = to_frame(checks)
    assert list(shown.columns) == ["check", "status", "value", "threshold", "message", "action"]
    assert shown["value"].isna().sum() == len(REFIT_CHECKS) + 3
    assert overall(checks) == REVIEW
    assert overall([]) == PASS


def test_what_is_no_number_never_passes():
    assert CHECKS["r_squared"].status(float("nan")) == REVIEW
