"""Forecasts from shorter windows: exact where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from tests.diagnostics.market import MEDIA, POWER, dataset, frame
from tests.diagnostics.test_model import refits_of_evaluate
from xl_mmm.diagnostics.backtest import backtest, last_year
from xl_mmm.diagnostics.refits import Work
from xl_mmm.fitting import evaluate
from xl_mmm.spec import ModelSpec

SPEC = ModelSpec(default=POWER)


def forecasts(table, level=0.9, **options):
    """Backtest the true model of a table; returns it with the windows that were fitted again."""
    posterior = evaluate(dataset(table, **options), SPEC, MEDIA).posterior
    refits, asked = refits_of_evaluate(posterior), []

    def fit(data, spec, *, ranges, progress):
        asked.append((len(table) - len(data.dates), ranges))
        return refits.fit(data, spec, ranges=ranges, progress=progress)

    return backtest(posterior, Work(fit, 400, None), level), asked


def test_four_quarters_each_from_before_it():
    table = frame(170)
    result, asked = forecasts(table)
    assert asked == [(13, True), (26, True), (39, True), (52, True)]
    assert result.actual.shape == result.low.shape == result.score.shape == (4, 13)
    assert result.stopped == ""
    assert result.actual[0] == pytest.approx(table["sales"].to_numpy()[-13:])
    assert result.actual[3] == pytest.approx(table["sales"].to_numpy()[-52:-39])
    assert result.repeated[1] == pytest.approx(table["sales"].to_numpy()[-26 - 52 : -13 - 52])
    assert result.wmape() < result.wmape_repeated() < 0.2


def test_ranges_of_the_true_model_cover_what_they_say():
    """Over 15 markets of 52 weeks each: 780 weeks, standard error 1.1 % when independent, and one refit each."""
    inside = [forecasts(frame(170, seed))[0].inside for seed in range(15)]
    assert np.mean(inside) == pytest.approx(0.9, abs=0.03)
    narrow = [forecasts(frame(170, seed), level=0.5)[0].inside for seed in range(15)]
    assert np.mean(narrow) == pytest.approx(0.5, abs=0.06)


def test_scores_of_the_true_model_are_those_of_its_noise():
    """A normal forecast of the right size scores σ/√π on average, one number its mean absolute error σ √(2/π)."""
    score = np.mean([forecasts(frame(170, seed))[0].score.mean() for seed in range(15)])
    assert score == pytest.approx(1_500 / np.sqrt(np.pi), rel=0.08)


def test_a_short_window_is_tested_as_far_as_it_goes():
    result, _ = forecasts(frame(80))
    assert len(result.actual) == 2
    assert "less than 52 weeks" in result.stopped


def test_repeating_last_year_on_paper():
    kpi = np.array([10.0, 20.0, 12.0, 24.0, 15.0, 20.0])  # years of two periods, the last one to be forecast
    repeated, (score, ranged) = last_year(kpi, 2, 2)
    assert repeated.tolist() == [12.0, 24.0]
    assert score.tolist() == [3.0, 4.0]
    # changes seen so far: +2 and +4, so 14 or 16 and 26 or 28: E|X - y| - E|X - X'| / 2
    assert ranged == pytest.approx([1.0 - 0.5, 7.0 - 0.5])
    repeated, (score, ranged) = last_year(kpi[:3], 2, 2)
    assert np.isnan(repeated[0])
    assert repeated[1] == 10.0
    assert np.isnan(ranged).all()
