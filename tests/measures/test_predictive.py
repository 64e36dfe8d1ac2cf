"""Paths of the KPI ahead: exact where the truth is known, and as wide as the noise says."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.diagnostics.market import MEDIA, POWER, dataset, frame, noiseless
from xl_mmm.errors import SpecError
from xl_mmm.fitting import evaluate
from xl_mmm.measures.predictive import continued, fanning_out, predictive
from xl_mmm.spec import ModelSpec

SPEC = ModelSpec(default=POWER)
RNG = np.random.default_rng(1)


@pytest.mark.parametrize("options", [{}, {"window": ("2022-03-07", None)}])
def test_a_market_without_noise_is_forecast_exactly(options):
    table = noiseless(SPEC, **options)
    data = dataset(table, **options)
    shorter = evaluate(data.without_last(26), SPEC, MEDIA).posterior
    assert predictive(shorter, data, RNG).point == pytest.approx(data.window_kpi[-26:], rel=1e-5)


def test_columns_of_the_shorter_design_continue_themselves():
    spec = ModelSpec(default=POWER, knots=2, holidays="US")
    data = dataset(frame())
    shorter = evaluate(data.without_last(20), spec, MEDIA).posterior
    columns = continued(shorter, data)
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
    columns = continued(shorter, data)
    assert columns[:keep] == pytest.approx(shorter.design.matrix, abs=1e-12)
    christmas = dict(zip(data.dates.astype(str), columns[:, shorter.design.names.index(both)], strict=True))
    assert christmas["2021-12-20"] == pytest.approx(2 / 7)
    assert christmas["2022-12-19"] == christmas["2022-12-26"] == pytest.approx(1 / 7)


def with_noise(sigma: float, rho: float, weeks: int = 40):
    """Return a fitted posterior of one draw whose noise is set, and the longer data."""
    data = dataset(frame())
    posterior = evaluate(data.without_last(weeks), SPEC, MEDIA).posterior
    return dataclasses.replace(posterior, sigma=np.array([sigma]), rho=np.array([rho])), data


def test_the_last_residual_fades_and_the_noise_fans_out():
    posterior, data = with_noise(1_000.0, 0.8)
    ahead = predictive(posterior, data, np.random.default_rng(2), paths=20_000)
    calm = predictive(dataclasses.replace(posterior, rho=np.zeros(1)), data, np.random.default_rng(2))
    carried = (ahead.expected - calm.expected)[0]
    assert carried[1:] / carried[:-1] == pytest.approx(0.8, rel=1e-6)
    assert abs(carried[0]) > 10
    spread = ahead.paths.std(axis=0)
    known = 1_000 * np.sqrt(1 - 0.8 ** (2 * np.arange(1, 41)))  # stationary variance less what the start still tells
    assert spread == pytest.approx(known, rel=0.03)
    assert ahead.paths.shape == (20_000, 40)
    assert ahead.point == pytest.approx(ahead.paths.mean(axis=0), abs=40)


def test_noise_remembers_as_told():
    paths = fanning_out(np.full(4_000, 2.0), np.full(4_000, 0.6), 60, np.random.default_rng(3))
    late = paths[:, 40:]
    assert late.std() == pytest.approx(2.0, rel=0.03)
    assert np.corrcoef(late[:, 0], late[:, 1])[0, 1] == pytest.approx(0.6, abs=0.04)
    assert fanning_out(np.zeros(2), np.zeros(2), 3, RNG).tolist() == [[0, 0, 0], [0, 0, 0]]


def test_the_same_seed_gives_the_same_paths_and_the_kpi_ahead_is_not_looked_at():
    posterior, data = with_noise(1_000.0, 0.5)
    other = dataset(frame().assign(sales=lambda t: t["sales"].where(t.index < 90, 1.0)))
    first, again, blind = (
        predictive(posterior, one, np.random.default_rng(4), paths=3).paths for one in (data, data, other)
    )
    assert (first == again).all()
    assert first == pytest.approx(blind)


def test_media_before_the_first_week_ahead_carries_into_it():
    lasting = {**MEDIA, "tv": {**MEDIA["tv"], "decay": 0.7}}
    table = frame()
    dark = table.assign(tv=table["tv"].where(table.index < 117, 0.0))
    posterior = evaluate(dataset(dark).without_last(13), SPEC, lasting).posterior
    never = dataclasses.replace(
        posterior, media=dataclasses.replace(posterior.media, coefficient=np.array([[0.0, 150.0]]))
    )
    with_tv, without = (continued_level(one, dataset(dark)) for one in (posterior, never))
    carried = with_tv - without
    assert (carried > 0).all()
    assert carried[1:] / carried[:-1] == pytest.approx(np.sqrt(0.7), rel=1e-6)  # √ of what is left


def continued_level(posterior, data):
    """Return what is expected without the last residual."""
    return predictive(dataclasses.replace(posterior, rho=np.zeros(1)), data, RNG).expected[0]


def test_rows_that_do_not_continue_the_model_are_refused():
    posterior, data = with_noise(1.0, 0.0)
    with pytest.raises(SpecError, match="do not continue"):
        predictive(posterior, posterior.dataset, RNG)
    with pytest.raises(SpecError, match="do not continue"):
        predictive(posterior, dataset(frame().iloc[1:]), RNG)
    assert continued(posterior, data).shape == (130, len(posterior.design.names))
