"""Forecasts from shorter windows: exact where the truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from tests.diagnostics.market import dataset, frame
from tests.diagnostics.test_model import MEDIA
from xl_mmm.diagnostics.backtest import backtest, continued, predict, weighted_error
from xl_mmm.fitting import evaluate
from xl_mmm.spec import ChannelSpec, ModelSpec

POWER = ChannelSpec(saturation="power")
SPEC = ModelSpec(default=POWER)


def noiseless(spec: ModelSpec, **options: object):
    """Return a market that the model describes exactly: its own fitted values."""
    table = frame()
    posterior = evaluate(dataset(table, **options), spec, MEDIA).posterior
    rows = posterior.design.matrix @ posterior.linear[0]
    media = 120.0 * np.sqrt(table["tv"]) + 150.0 * np.sqrt(table["search"])
    return table.assign(sales=rows + media.to_numpy())


@pytest.mark.parametrize("options", [{}, {"window": ("2022-03-07", None)}])
def test_a_market_without_noise_is_forecast_exactly(options):
    table = noiseless(SPEC, **options)
    data = dataset(table, **options)
    whole = evaluate(data, SPEC, MEDIA).posterior
    shorter = evaluate(data.without_last(26), SPEC, MEDIA).posterior
    assert predict(shorter, whole) == pytest.approx(data.window_kpi, rel=1e-5)


def test_columns_of_the_shorter_design_continue_themselves():
    spec = ModelSpec(default=POWER, knots=2, holidays="US")
    data = dataset(frame())
    whole, shorter = (evaluate(d, spec, MEDIA).posterior for d in (data, data.without_last(20)))
    columns = continued(shorter, whole)
    assert columns.shape == (130, len(shorter.design.names))
    assert columns[:110] == pytest.approx(shorter.design.matrix, abs=1e-12)
    line = columns[:, shorter.design.names.index("trend")]
    assert np.diff(line) == pytest.approx(1 / 109)
    assert (columns[110:, shorter.design.names.index("knot1")] == 0).all()


def test_holidays_that_part_only_after_the_shorter_window():
    """Christmas Day and the day after share a week until 2022, when Christmas is a Sunday."""
    spec = ModelSpec(default=POWER, holidays="DE")
    table = frame()
    data = dataset(table.assign(week=table["week"] - np.timedelta64(364, "D")))
    keep = int((data.dates < np.datetime64("2022-12-01")).sum())
    whole, shorter = (evaluate(d, spec, MEDIA).posterior for d in (data, data.without_last(data.n_weeks - keep)))
    both = "holiday:Christmas Day + Second Day of Christmas"
    assert both in shorter.design.names
    assert both not in whole.design.names
    columns = continued(shorter, whole)
    assert columns[:keep] == pytest.approx(shorter.design.matrix, abs=1e-12)
    christmas = dict(zip(data.dates.astype(str), columns[:, shorter.design.names.index(both)], strict=True))
    assert christmas["2021-12-20"] == pytest.approx(2 / 7)
    assert christmas["2022-12-19"] == christmas["2022-12-26"] == pytest.approx(1 / 7)


def test_four_quarters_each_from_before_it():
    table = frame(170)
    asked = []

    def refit(dropped: int):
        asked.append(dropped)
        return evaluate(dataset(table).without_last(dropped), SPEC, MEDIA).posterior

    result = backtest(evaluate(dataset(table), SPEC, MEDIA).posterior, refit)
    assert asked == [13, 26, 39, 52]
    assert result.actual.shape == (4, 13)
    assert result.stopped == ""
    assert result.actual[0] == pytest.approx(table["sales"].to_numpy()[-13:])
    assert result.repeated[1] == pytest.approx(table["sales"].to_numpy()[-26 - 52 : -13 - 52])
    assert result.wmape() < result.wmape_repeated() < 0.2


def test_a_short_window_is_tested_as_far_as_it_goes():
    table = frame(80)

    def refit(dropped: int):
        return evaluate(dataset(table).without_last(dropped), SPEC, MEDIA).posterior

    result = backtest(evaluate(dataset(table), SPEC, MEDIA).posterior, refit)
    assert len(result.actual) == 2
    assert "less than 52 weeks" in result.stopped


def test_wmape_on_paper():
    assert weighted_error(np.array([100.0, 50.0]), np.array([90.0, 60.0])) == pytest.approx(20 / 150)
    assert np.isnan(weighted_error(np.zeros(2), np.ones(2)))
