"""The time ahead in cells: plan by period, forecast, variance and pace, from the planner's own tables."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.functions.planner import LIVE, Edit, Tables, fit, frozen, planner_tables, put, serials, setting
from xl_mmm.functions import NOT_AVAILABLE, VALUE, Cells, call
from xl_mmm.functions.asking import day_number
from xl_mmm.functions.input_tables import inputs_of
from xl_mmm.functions.models import model_of
from xl_mmm.functions.years import STEP_WORDS
from xl_mmm.planning.year import AFTER, WHOLE
from xl_mmm.tables import names as n

NEXT = date(2024, 2, 26)  # the week after the data
PLANS = (n.TBL_SCENARIOS, n.TBL_CALENDAR, n.TBL_SETTINGS)


@pytest.fixture(scope="module")
def model() -> Cells:
    return fit(planner_tables(LIVE))


def calendar(model: Cells, part: str, *edits: Edit, rows: float | None = None) -> Cells:
    tables = planner_tables(*edits)
    return call("MMM_CALENDAR", [model, part, *(tables[name] for name in PLANS), rows])


def by_name(cells: Cells) -> dict[object, dict[object, object]]:
    return {row[0]: dict(zip(cells[0], row, strict=True)) for row in cells[1:]}


def with_actuals(weeks: int, factor: float = 1.0) -> Edit:
    """Append weeks to the data: the same as the year before, spend times a factor."""

    def edit(tables: Tables) -> None:
        rows = tables[n.TBL_DATA]
        for i in range(weeks):
            row = list(rows[1 + 60 - 52 + i])
            row[0] = NEXT + timedelta(weeks=i)
            row[2:5] = [value * factor for value in row[2:5]]
            rows.append(row)

    return edit


def ask(function: str, block: Cells, *edits: Edit, model: Cells | None = None) -> Cells:
    tables = planner_tables(*edits)
    order = (n.TBL_DATA, n.TBL_CHANNELS, n.TBL_SETTINGS, n.TBL_CONTROLS, n.TBL_PARAMETERS)
    last = [model] if function == "MMM_VARIANCE" else []
    return call(function, [block, *(tables[name] for name in order), *last])


def test_the_year_by_month_adds_up(model: Cells) -> None:
    rows = by_name(calendar(model, "year"))
    periods = [name for name in rows if name not in (AFTER, WHOLE)]
    assert periods[:2] == ["2024-02", "2024-03"]
    assert len(periods) in (12, 13)
    for header in ("Spend", "Outcome", "Carry-in", "KPI"):
        parts = sum(rows[name][header] or 0 for name in (*periods, AFTER))
        assert parts == pytest.approx(rows[WHOLE][header])
    assert rows[WHOLE]["From"] == day_number(NEXT)
    assert rows[AFTER]["To"] == ""


def test_settings_say_how_the_year_is_told(model: Cells) -> None:
    edits = (setting(n.SET_FISCAL, "ISO weeks"), setting(n.SET_PLAN_PERIODS, 8.0), setting(n.SET_PAYMENT, 14.0))
    weeks = calendar(model, "year", *edits)
    assert [row[0] for row in weeks[1:3]] == ["2024 W09", "2024 W10"]
    assert len(weeks) == 1 + 8 + 2
    rows = by_name(weeks)
    assert rows[AFTER]["Cash"] == pytest.approx(rows["2024 W15"]["Spend"] + rows["2024 W16"]["Spend"])
    later = calendar(model, "weeks", setting(n.SET_PLAN_START, NEXT + timedelta(weeks=2)))
    assert later[1][0] == day_number(NEXT + timedelta(weeks=2))


def test_the_plan_follows_a_scenario_and_what_is_known(model: Cells) -> None:
    plain = by_name(calendar(model, "weeks"))
    more = by_name(calendar(model, "weeks", setting(n.SET_FOLLOWS, "More TV")))
    first, second = day_number(NEXT), day_number(NEXT + timedelta(weeks=1))
    assert more[second]["tv"] == pytest.approx(1.2 * plain[second]["tv"])
    assert more[second]["search"] == pytest.approx(plain[second]["search"])
    assert (plain[first]["price"], plain[first]["Market"]) == (11.0, 0.95)
    assert plain[first]["tv"] >= 500.0
    assert plain[second]["Market"] == 1.0


def test_what_the_plan_follows_is_no_matter_of_the_model() -> None:
    follows = setting(n.SET_FOLLOWS, "More TV")
    assert model_of(fit(planner_tables(LIVE, follows))).posterior.n_draws > 1  # asked without the scenarios
    wrong = setting(n.SET_FOLLOWS, "No such plan")
    told = [inputs_of(dict(planner_tables(edit))).faults for edit in (follows, wrong)]
    assert [[fault.rule for fault in faults] for faults in told] == [[], ["unknown_scenario"]]


def test_dates_come_as_serial_numbers_too(model: Cells) -> None:
    assert calendar(model, "weeks", serials) == calendar(model, "weeks")
    start = setting(n.SET_PLAN_START, NEXT + timedelta(weeks=1))
    assert calendar(model, "year", start, serials) == calendar(model, "year", start)


def test_weeks_are_what_a_forecast_is_made_of(model: Cells) -> None:
    weeks = calendar(model, "weeks")
    found = call("MMM_FORECAST", [model, weeks, 0.9])
    assert [row[0] for row in found[1:]] == [row[0] for row in weeks[1:]]
    year = by_name(calendar(model, "year"))
    assert sum(row[1] for row in found[1:]) == pytest.approx(year[WHOLE]["KPI"])
    assert all(row[2] < row[1] < row[3] for row in found[1:])
    spare = [*weeks, *([[None] * len(weeks[0])] * 3)]
    assert call("MMM_FORECAST", [model, spare, 0.9]) == found
    assert len(call("MMM_FORECAST", [model])) == 53


@pytest.mark.parametrize(
    "edit",
    [
        setting(n.SET_FOLLOWS, "No such plan"), setting(n.SET_FISCAL, "lunar"), setting(n.SET_FISCAL_START, 13.0),
        put(n.TBL_CALENDAR, 2, n.H_DATE, date(2024, 2, 27)), put(n.TBL_CALENDAR, 2, n.COMMITTED + "tv", -1.0),
        put(n.TBL_CALENDAR, 2, n.COMMITTED + "tv", 1e12), put(n.TBL_CALENDAR, 3, n.H_MARKET, 0.5),
        setting(n.SET_PLAN_START, date(2024, 2, 28)),
    ],
)  # fmt: skip
def test_a_table_at_fault_is_an_error_value(model: Cells, edit: Edit) -> None:
    assert calendar(model, "year", edit) == VALUE


def test_before_actuals_there_is_no_variance(model: Cells) -> None:
    block = frozen(model)
    assert len(ask("MMM_VARIANCE", block)) == 1
    assert len(ask("MMM_VARIANCE", [[None]])) == 1
    assert len(ask("MMM_PACING", [[None]])) == 1
    pace = by_name(ask("MMM_PACING", block))
    assert pace["tv"]["Planned"] == 0
    assert pace["tv"]["Pace"] == ""


def test_variance_adds_up_from_plan_to_actual(model: Cells) -> None:
    rows = ask("MMM_VARIANCE", frozen(model), with_actuals(4, 1.3))
    assert [row[0] for row in rows[1:]] == [words for words, _ in STEP_WORDS.values()]
    steps = {row[0]: row[1] for row in rows[1:]}
    sums = sum(steps[name] for name in ("Plan", "Volume", "Mix", "Rate", "Drivers"))
    assert sums == pytest.approx(steps["Forecast"])
    assert steps["Effectiveness"] == steps["Baseline"] == ""
    assert steps["Forecast"] + steps["Noise"] == pytest.approx(steps["Actual"])
    assert steps["Volume"] > 0
    tables = planner_tables(with_actuals(4, 1.3))
    assert steps["Actual"] == pytest.approx(sum(row[1] for row in tables[n.TBL_DATA][-4:]))


def test_a_model_fitted_to_the_actuals_tells_effectiveness(model: Cells) -> None:
    edits = (with_actuals(4, 1.3), LIVE)
    current = fit(planner_tables(*edits))
    rows = ask("MMM_VARIANCE", frozen(model), *edits, model=current)
    steps = {row[0]: row[1] for row in rows[1:]}
    parts = sum(steps[name] for name in ("Forecast", "Effectiveness", "Baseline", "Noise"))
    assert parts == pytest.approx(steps["Actual"])
    old = ask("MMM_VARIANCE", frozen(model), with_actuals(4, 1.3), model=model)
    assert {row[0]: row[1] for row in old[1:]}["Effectiveness"] == ""


def test_pace_is_told_by_channel(model: Cells) -> None:
    pace = by_name(ask("MMM_PACING", frozen(model), with_actuals(4, 1.5)))
    assert pace["tv"]["Pace"] == pytest.approx(1.5)
    assert pace["All channels"]["Difference"] == pytest.approx(pace["All channels"]["Planned"] / 2)


def test_a_damaged_plan_is_no_number(model: Cells) -> None:
    block = frozen(model)
    block[1][0] = str(block[1][0])[:-5] + "99999"
    assert ask("MMM_VARIANCE", block, with_actuals(2)) == NOT_AVAILABLE
    assert ask("MMM_PACING", [["hello"]], with_actuals(2)) == NOT_AVAILABLE
