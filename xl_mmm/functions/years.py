"""The time ahead: the plan by fiscal period and by week, the forecast, and plan against actual.

The scenario that the setting `Plan follows` names is laid over the coming periods; what is known of them stands in
`tblCalendar`. A frozen plan is text in cells, with the model that it was made with.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from xl_mmm.errors import CellError, MmmError, SpecError
from xl_mmm.functions.asking import MODEL, RANGE, ROWS, day_number, day_of, level_of
from xl_mmm.functions.cells import Cells, table
from xl_mmm.functions.fitting import CHANNELS, CONTROLS, COSTS, DATA, FX, PARAMETERS, tables_of
from xl_mmm.functions.input_tables import dated_rows, inputs_of, is_empty, stop_at
from xl_mmm.functions.models import NoModel, is_blank, model_of, text_of
from xl_mmm.functions.plan_tables import scenarios_of, settings_of
from xl_mmm.functions.record import Argument, Function
from xl_mmm.tables import names
from xl_mmm.tables.faults import stops

if TYPE_CHECKING:
    import pandas as pd

    from xl_mmm.dataset import Dataset
    from xl_mmm.planning.frozen import FrozenPlan
    from xl_mmm.planning.planned_year import Known, PlannedYear, Timing, YearAsked
    from xl_mmm.planning.year import YearPlan
    from xl_mmm.posterior import Posterior

YEAR_SETTINGS = (
    names.SET_LEVEL, names.SET_FOLLOWS, names.SET_PLAN_OVER, names.SET_PLAN_START, names.SET_PLAN_PERIODS,
    names.SET_FISCAL, names.SET_FISCAL_START, names.SET_FLIGHTING, names.SET_PAYMENT,
)  # fmt: skip
YEAR_HEADERS = (
    "Period", "From", "To", "Spend", "Cash", "Outcome", "Low", "High", "Carry-in", "Profit", "KPI", "KPI low",
    "KPI high",
)  # fmt: skip
FORECAST_HEADERS = ("Date", "KPI", "Low", "High")
VARIANCE_HEADERS = ("Step", "KPI", "Low", "High", "Meaning")
PACING_HEADERS = ("Channel", "Planned", "Spent", "Difference", "Pace", "Left", "Per period", "Year at this pace")
STEP_WORDS: dict[str, tuple[str, str]] = {  # step -> its name in front of a reader, what it is
    "plan": ("Plan", "what was expected of the periods that are over when the plan was frozen"),
    "volume": ("Volume", "more or less money in all, in the planned mix and timing"),
    "mix": ("Mix", "the same money in other channels and weeks"),
    "rate": ("Rate", "dearer or cheaper media: what the money bought"),
    "drivers": ("Drivers", "price, competitors and other controls otherwise than expected"),
    "forecast": ("Forecast", "what the model of the plan expects of what was spent and of the drivers as they were"),
    "effect": ("Effectiveness", "media work otherwise than the plan's model says; blank until a new fit"),
    "baseline": ("Baseline", "the rest of the market stands elsewhere; blank until a new fit"),
    "noise": ("Noise", "what no model explains; before a new fit it holds effectiveness and baseline too"),
    "actual": ("Actual", "what was observed"),
}
WEEKS, YEARS, WORDS = "weeks", "year", "words"
KEPT = 4  # plans shared between functions; each holds on to its posterior
NOT_FROZEN = "Nothing is frozen yet. Press Freeze plan, or run xl-mmm freeze with this file."


def year_of(
    posterior: Posterior, scenarios: Cells | None, calendar: Cells | None, settings: Cells | None, timing: Cells | None
) -> PlannedYear:
    """Plan the time ahead as the planner's tables ask.

    Raises
    ------
    CellError, PlanError
        A table is at fault, or the plan is impossible.
    """
    from xl_mmm.tables.calendar_reader import asked_of, read_calendar, unknown_scenario

    values, _ = settings_of(settings, YEAR_SETTINGS)
    plans = scenarios_of(posterior, scenarios)
    if wrong := unknown_scenario(values, plans):
        raise CellError(f"{names.TBL_SETTINGS}: {names.SET_FOLLOWS}: {wrong}")
    known: tuple[Known, ...] = ()
    if calendar is not None and not is_empty(calendar):
        rows = dated_rows(names.TBL_CALENDAR, calendar)
        known, faults = read_calendar(rows, posterior.dataset.channels, posterior.dataset.controls)
        stop_at(faults)
    return _planned(posterior, replace(asked_of(values, plans, known), timing=timing_of(timing)))


def timing_of(cells: Cells | None) -> Timing:
    """Return money by period from cells: a row of headers (date, then channels), and a row a period; spare rows blank.

    Raises
    ------
    CellError
        A cell that is no date or no money.
    """
    if cells is None or is_empty(cells):
        return ()
    found = []
    for row in cells[1:]:
        day = day_of([[row[0]]], "timing")
        if day is None:
            continue
        for name, money in zip(cells[0][1:], row[1:], strict=True):
            if not isinstance(money, float) or money < 0:
                raise CellError(f"timing: {money!r} of {name} on {day} is no money. Press Optimize weeks again.")
        pairs = zip(map(str, cells[0][1:]), (float(str(money)) for money in row[1:]), strict=True)
        found.append((day.isoformat(), tuple(pairs)))
    return tuple(found)


@lru_cache(maxsize=KEPT)
def _planned(posterior: Posterior, asked: YearAsked) -> PlannedYear:
    from xl_mmm.planning.planned_year import planned_year

    return planned_year(posterior, asked)


@lru_cache(maxsize=KEPT)
def year_table(posterior: Posterior, year: PlannedYear, level: float) -> YearPlan:
    """Tell a plan by fiscal period; each is worked out once."""
    from xl_mmm.planning.year import year_plan

    return year_plan(
        posterior, year.future, year.calendar, payment_days=year.payment_days, level=level, market=year.market
    )


def _calendar(
    model: Cells,
    part: str,
    scenarios: Cells | None,
    calendar: Cells | None,
    settings: Cells | None,
    timing: Cells | None,
    rows: float | None,
) -> Cells:
    if part not in (YEARS, WEEKS, WORDS):
        raise CellError(f"part is {part!r}; give {YEARS}, {WEEKS} or {WORDS}.")
    if part == WORDS and is_blank(model):
        return table(("Sentence",), [], rows)
    posterior = model_of(model).posterior
    try:
        year = year_of(posterior, scenarios, calendar, settings, timing)
    except MmmError as error:
        if part != WORDS:
            raise
        return table(("Sentence",), [(error.sentences[0],)], rows)  # the sheet says why its tables have no numbers
    if part == WEEKS:
        return table(week_headers(posterior.dataset), _week_rows(posterior.dataset, year), rows)
    level = settings_of(settings, (names.SET_LEVEL,))[0][names.SET_LEVEL]
    found = year_table(posterior, year, float(str(level))).table
    if part == WORDS:
        unit = settings_of(settings, (names.SET_KPI_UNIT,))[0][names.SET_KPI_UNIT]
        return table(("Sentence",), [(said,) for said in _sentences(posterior, year, found, str(unit))], rows)
    body = [[name, *row] for name, row in zip(found.index, found.to_numpy(dtype=object).tolist(), strict=True)]
    return table(YEAR_HEADERS, [[_day(value) for value in row] for row in body], rows)


def _sentences(posterior: Posterior, year: PlannedYear, found: pd.DataFrame, kpi_unit: str) -> list[str]:
    """Say what the plan brings, what the KPI is expected to be, and when money flows."""
    from xl_mmm.planning.year import AFTER, WHOLE
    from xl_mmm.report import year_words

    periods = found.drop(index=[WHOLE, AFTER])

    def of(row: str, column: str) -> float:
        return float(found[column].to_dict()[row])

    most, least = str(periods["spend"].idxmax()), str(periods["spend"].idxmin())
    known, n = posterior.dataset.kpi, year.future.n_periods
    facts = year_words.YearFacts(
        name=year.name, first=str(year.future.plan_dates[0]), last=str(found["to"].to_dict()[WHOLE])[:10],
        spend=of(WHOLE, "spend"), cash=float(periods["cash"].sum()), outcome=of(WHOLE, "outcome"),
        low=of(WHOLE, "outcome_low"), high=of(WHOLE, "outcome_high"), after=of(AFTER, "outcome"),
        carry_in=of(WHOLE, "carry_in"), kpi=of(WHOLE, "kpi"), kpi_low=of(WHOLE, "kpi_low"),
        kpi_high=of(WHOLE, "kpi_high"),
        kpi_before=float(known[-n:].sum()) if year.future.lead == 0 and len(known) >= n else float("nan"),
        most=most, most_spend=of(most, "spend"), least=least, least_spend=of(least, "spend"),
        unit="revenue" if posterior.dataset.revenue_per_kpi is not None else kpi_unit, kpi_unit=kpi_unit,
        ranged=posterior.n_draws > 1,
    )  # fmt: skip
    first = f"{year.remark} {year_words.headline(facts)}".strip()
    return [first, year_words.outlook(facts), year_words.flow(facts)]


def week_headers(dataset: Dataset) -> tuple[str, ...]:
    """Return the headers of a plan by period: those of the data that a forecast needs, and the market."""
    from xl_mmm.dataset import MONEY

    media = [unit for unit in dataset.media_units if unit != MONEY]
    return (names.H_DATE, *dataset.channels, *media, *dataset.organic, *dataset.controls, names.H_MARKET)


def _week_rows(dataset: Dataset, year: PlannedYear) -> list[list[object]]:
    from xl_mmm.dataset import MONEY

    future, last = year.future, slice(year.future.lead, None)
    own = [k for k, unit in enumerate(dataset.media_units) if unit != MONEY]
    columns = (future.spend, future.media[:, own], future.organic_media, future.control_values)
    return [
        [day_number(day), *(value for column in columns for value in column[last][i]), year.market[i]]
        for i, day in enumerate(future.plan_dates)
    ]


def _forecast(model: Cells, future: Cells | None, level: float | None, rows: float | None) -> Cells:
    from xl_mmm.measures import repeated
    from xl_mmm.measures.ahead import YEAR
    from xl_mmm.measures.draws import interval
    from xl_mmm.measures.forecast import forecast_paths, future_of

    posterior = model_of(model).posterior
    if future is None or is_empty(future):
        coming, market = repeated(posterior.dataset, YEAR[posterior.dataset.grain]), None
    else:
        frame = _frame(future)
        try:
            coming = future_of(posterior.dataset, frame)
        except SpecError as error:
            raise CellError(f"future: {error}") from error
        given = frame.get(names.H_MARKET)
        market = None if given is None else given.to_numpy(dtype=float)
    expected, paths = forecast_paths(posterior, coming, market)
    low, high = interval(paths, level_of(level))
    return table(FORECAST_HEADERS, zip(map(day_number, coming.plan_dates), expected, low, high, strict=True), rows)


def _frame(cells: Cells) -> pd.DataFrame:
    """Return a table with headers as a frame, spare rows left out, its first column as dates."""
    import pandas as pd

    from xl_mmm.functions.asking import day_of

    headers = [str(value) for value in cells[0]]
    body = [row for row in cells[1:] if row[0] is not None and row[0] != ""]
    frame = pd.DataFrame(body, columns=headers)
    days = [day_of([[row[0]]], headers[0]) for row in body]
    frame[headers[0]] = pd.to_datetime(pd.Series(days, dtype=object))
    return frame.rename(columns={headers[0]: "date"})


def _variance(
    frozen: Cells,
    data: Cells,
    channels: Cells,
    settings: Cells,
    controls: Cells | None,
    parameters: Cells | None,
    model: Cells | None,
    fx: Cells | None,
    costs: Cells | None,
    rows: float | None,
) -> Cells:
    from xl_mmm.planning.variance import periods_over, variance

    tables = tables_of(data, channels, controls, settings, parameters, fx=fx, costs=costs)
    plan, actual = _plan_and_actual(frozen, tables)
    if plan is None or actual is None or periods_over(plan.future, actual) == 0:
        return table(VARIANCE_HEADERS, [], rows)
    level = settings_of(settings, (names.SET_LEVEL,))[0][names.SET_LEVEL]
    found = variance(
        plan.posterior, plan.future, actual, _seen(model, plan, actual), market=plan.market, level=float(str(level))
    )
    body = [
        (STEP_WORDS[str(step)][0], *row, STEP_WORDS[str(step)][1])
        for step, row in zip(found.index, found.to_numpy().tolist(), strict=True)
    ]
    return table(VARIANCE_HEADERS, body, rows)


def _pacing(
    frozen: Cells,
    data: Cells,
    channels: Cells,
    settings: Cells,
    controls: Cells | None,
    parameters: Cells | None,
    fx: Cells | None,
    costs: Cells | None,
    rows: float | None,
) -> Cells:
    from xl_mmm.planning.flighting import pacing

    tables = tables_of(data, channels, controls, settings, parameters, fx=fx, costs=costs)
    plan, actual = _plan_and_actual(frozen, tables)
    if plan is None or actual is None:
        return table(PACING_HEADERS, [], rows)
    future = plan.future
    found = pacing(future.plan_dates, future.plan_spend, actual.dates, actual.spend, actual.channels)
    return table(PACING_HEADERS, found.reset_index().to_numpy().tolist(), rows)


def _plan_and_actual(frozen: Cells, tables: dict[str, Cells | None]) -> tuple[FrozenPlan | None, Dataset | None]:
    """Return the frozen plan and the data as they are; None for a plan where nothing is frozen."""
    text = text_of(frozen)
    if not text.strip():
        return None, None
    try:
        plan = _read(text)
    except MmmError as error:
        raise NoModel(str(error)) from error
    inputs = inputs_of(tables)
    if inputs.dataset is None:
        raise CellError(stops(inputs.faults))
    return plan, inputs.dataset


@lru_cache(maxsize=2)
def _read(text: str) -> FrozenPlan:
    """Return the frozen plan in a text; each is read once."""
    from xl_mmm.planning.frozen import read_frozen

    return read_frozen(text)


def _seen(model: Cells | None, plan: FrozenPlan, actual: Dataset) -> Posterior | None:
    """Return the model in use when it was fitted to all of the plan's periods that are over; None otherwise."""
    import numpy as np

    if model is None or is_blank(model):
        return None
    try:
        posterior = model_of(model).posterior
    except NoModel:
        return None
    over = actual.dates[np.isin(actual.dates, plan.future.plan_dates)]
    return posterior if np.isin(over, posterior.dataset.window_dates).all() else None


def _day(value: object) -> object:
    """Return a pandas moment as the number of its day, as all functions give days; anything else as it is."""
    import numpy as np
    import pandas as pd

    if value is pd.NaT:
        return None
    return day_number(np.datetime64(value, "D")) if isinstance(value, pd.Timestamp) else value


_SCENARIOS = Argument("scenarios", "table", "Plans: tblScenarios[#All].", optional=True)
_CALENDAR = Argument("calendar", "table", "What is known of single periods: tblCalendar[#All].", optional=True)
_FROZEN = Argument("frozen", "column", "The frozen plan: a column of text on the sheet Plan.")
_NEEDED_SETTINGS = Argument("settings", "table", "Settings and their values: tblSettings[#All].")
_SEEN = Argument(
    "model", "model", "The model in use: tells effectiveness from noise once it has seen the actuals.", optional=True
)

CALENDAR = Function(
    "MMM_CALENDAR",
    "Plans",
    "Lays the scenario of the setting Plan follows over the time ahead: by fiscal period, or period by period.",
    (
        MODEL,
        Argument("part", "text", "year (a row a fiscal period, then the year), weeks (a row a period) or words."),
        _SCENARIOS,
        _CALENDAR,
        Argument("settings", "table", "tblSettings[#All]: start, fiscal calendar, flighting, level.", optional=True),
        Argument("timing", "table", "Money by period of the flighting `optimized`, headers first.", optional=True),
        ROWS,
    ),
    '=MMM_CALENDAR(Model!$D$8:$D$71,"year",tblScenarios[#All],tblCalendar[#All],tblSettings[#All])',
    "year: spend, cash, outcome with range, carry-in, profit, KPI with range. weeks: spend, exposure, drivers, market.",
    _calendar,
)
FORECAST = Function(
    "MMM_FORECAST",
    "Plans",
    "Forecasts the KPI of the periods after the data, noise and what earlier spend still brings included.",
    (
        MODEL,
        Argument(
            "future",
            "table",
            "Headers and a row a period: date, spend by channel, organic media, drivers; blank: the last year again.",
            optional=True,
        ),
        RANGE,
        ROWS,
    ),
    "=MMM_FORECAST(Model!$D$8:$D$71,Plan!$AB$9:$AJ$62,0.9)",
    "Date, KPI expected, low and high end of the range of what will be observed.",
    _forecast,
)
VARIANCE = Function(
    "MMM_VARIANCE",
    "Plans",
    "Explains why the KPI is not what the frozen plan expected: volume, mix, rate, drivers, effectiveness, baseline.",
    (_FROZEN, DATA, CHANNELS, _NEEDED_SETTINGS, CONTROLS, PARAMETERS, _SEEN, FX, COSTS, ROWS),
    "=MMM_VARIANCE(Plan!$AQ$10:$AQ$77,tblData[#All],tblChannels[#All],tblSettings[#All],tblControls[#All])",
    "Step from plan to actual, KPI units with range, meaning; nothing before the first actuals.",
    _variance,
)
PACING = Function(
    "MMM_PACING",
    "Plans",
    "Compares what was spent with what the frozen plan says by now, by channel.",
    (_FROZEN, DATA, CHANNELS, _NEEDED_SETTINGS, CONTROLS, PARAMETERS, FX, COSTS, ROWS),
    "=MMM_PACING(Plan!$AQ$10:$AQ$77,tblData[#All],tblChannels[#All],tblSettings[#All],tblControls[#All])",
    "Channel, planned and spent so far, difference, pace, money left, per period to come, year at this pace.",
    _pacing,
)

YEARS_AHEAD: tuple[Function, ...] = (CALENDAR, FORECAST, VARIANCE, PACING)
