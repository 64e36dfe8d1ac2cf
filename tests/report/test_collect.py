"""Results gathered for the sheets: they tie, and what cannot be shown is said."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest

from tests.diagnostics.market import dataset, frame
from xl_mmm.book.inputs import BuildInputs
from xl_mmm.book.layout import CURVE_POINTS
from xl_mmm.book.reader import read_book
from xl_mmm.book.template import build_book
from xl_mmm.diagnostics import data_checks
from xl_mmm.fitting import fit
from xl_mmm.measures import MEANINGS
from xl_mmm.planning import Constraints
from xl_mmm.report import collect as collecting
from xl_mmm.report.collect import collect, model_text
from xl_mmm.report.labels import LABELS
from xl_mmm.report.result_record import Run
from xl_mmm.report.window import last_day
from xl_mmm.rules import Roles
from xl_mmm.tables import names

RUN = Run(datetime(2026, 1, 5, 9), "planner", "ols", 1, "d" * 64, "m" * 64, "0")
ROLES = Roles("week", "sales", ("tv", "search"), controls=("price",), revenue_per_kpi=2.5)


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    table = frame(90)
    path = tmp_path_factory.mktemp("book") / "book.xlsx"
    columns = {name: table[name].tolist() for name in table}
    build_book(path, BuildInputs.start(columns, ROLES, {names.SET_MARGIN: 0.5}))
    inputs = read_book(path)
    return inputs, fit(inputs.dataset, inputs.spec, draws=12)


@pytest.fixture(scope="module")
def results(fitted):
    inputs, model = fitted
    checks = data_checks(inputs.dataset, inputs.spec)
    return collect(model, inputs, checks, model_text(model), RUN)


def test_the_same_money_stands_in_every_table(fitted, results):
    inputs, _ = fitted
    assert results.contribution.sum(axis=1).to_numpy() == pytest.approx(inputs.dataset.window_kpi, rel=1e-12)
    brought = results.roi["roi"] * results.roi["spend"]
    assert results.revenue.to_numpy() == pytest.approx(brought.to_numpy(), rel=1e-9)
    today = brought.sum()
    assert results.scenarios["outcome"].iloc[0] == pytest.approx(today, rel=1e-9)
    assert results.summary.outcome_today == pytest.approx(today, rel=1e-9)
    assert results.plan["plan"].sum() == pytest.approx(results.summary.budget, rel=1e-9)
    assert results.plan["today"].to_numpy() == pytest.approx(results.roi["spend"].to_numpy())


def test_every_row_of_the_book_has_its_result(fitted, results):
    inputs, _ = fitted
    assert list(results.scenarios.index) == [plan.name for plan in inputs.scenarios]
    assert list(results.curves) == ["tv", "search"]
    assert {len(curve) for curve in results.curves.values()} == {CURVE_POINTS}
    assert list(results.work.columns) == ["elasticity", "saturation", "half_life", "carried"]
    assert results.value == pytest.approx(2.5)
    assert (results.level, results.margin, results.kpi_unit) == (0.9, 0.5, "sales")


def test_statistics_have_a_label_each(results):
    assert list(LABELS) == list(MEANINGS)
    assert [row[0] for row in results.statistics] == list(LABELS.values())


def test_bounds_that_no_plan_keeps_leave_the_plan_blank(fitted):
    inputs, model = fitted
    tight = dataclasses.replace(inputs, constraints=Constraints(budget=1.0, default_bounds=(0.5, 1.5)))
    none = collect(model, tight, [], "", RUN)
    assert none.summary is None
    assert none.plan["plan"].isna().all()
    assert none.plan["least"].to_numpy() == pytest.approx(0.5 * none.roi["spend"].to_numpy())


def test_a_model_too_long_for_its_cells_says_so(fitted, monkeypatch):
    _, model = fitted
    monkeypatch.setattr(collecting.names, "MODEL_CHUNKS", 1)
    text = model_text(model)
    assert text.startswith(model.to_text().splitlines()[0])
    assert "not kept" in text
    assert len(text.splitlines()) == 1


def test_the_model_travels_whole(fitted, results):
    _, model = fitted
    again = type(model).from_text("\n".join(results.model_chunks))
    np.testing.assert_array_equal(again.posterior.linear, model.posterior.linear)


@pytest.mark.parametrize(
    ("dates", "last"),
    [
        (pd.date_range("2024-01-01", periods=60, freq="D"), date(2024, 2, 29)),
        (pd.date_range("2024-01-01", periods=60, freq="7D"), date(2025, 2, 23)),
        (pd.date_range("2020-01-01", periods=60, freq="MS"), date(2024, 12, 31)),
    ],
)
def test_the_last_day_of_the_last_period(dates, last):
    assert last_day(dataset(frame(60).assign(week=dates))) == last
