"""The plan for the time ahead: a scenario laid over the coming periods, flighted, with what is known of them.

From the planner's words to a `Future`: the same periods of the year before are today; the scenario says what of each
channel's money, market, prices and media cost differs; the template spreads the money; commitments stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import PlanError, SpecError
from xl_mmm.measures.ahead import YEAR, Future, ahead, repeated
from xl_mmm.measures.draws import window_spend
from xl_mmm.planning.fiscal import MONTHS, FiscalCalendar, calendar_of
from xl_mmm.planning.flighting import AS_LAST_YEAR, OPTIMIZED, spread, template
from xl_mmm.planning.outcome import MONEY, MULTIPLES, money_of_nothing
from xl_mmm.planning.periods import Horizon
from xl_mmm.planning.scenario import Scenario, week_by_week

if TYPE_CHECKING:
    from xl_mmm.dataset import Dataset
    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]
Amounts = tuple[tuple[str, float], ...]
Timing = tuple[tuple[str, Amounts], ...]  # (first day of a period, ISO; (channel, money) pairs)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a period ahead.

    Attributes
    ----------
    date
        Its first day, ISO.
    controls
        (control, level) pairs; others are as a year before.
    market
        Multiple of the baseline; None for one.
    committed
        (channel, money) pairs already bought.
    """

    date: str
    controls: Amounts = ()
    market: float | None = None
    committed: Amounts = ()


@dataclass(frozen=True, slots=True)
class YearAsked:
    """How the time ahead is planned.

    Attributes
    ----------
    scenario
        What is planned; nothing but today's when it has no lines.
    start
        First period, ISO; None for the one after the data.
    periods
        How many; None for a year of the data's grain.
    calendar, year_starts
        Kind of fiscal calendar and month that its year starts in.
    flighting
        A template of `xl_mmm.planning.flighting`, or `OPTIMIZED`.
    payment_days
        Days from the end of a period to its payment.
    known
        What is known of single periods.
    over_window
        Whether money in the scenario is for the window of the data: the year then has the same multiples of its own.
    timing
        Money by period as a search timed it; it says when, the scenario how much.
    """

    scenario: Scenario = field(default_factory=lambda: Scenario("Today"))
    start: str | None = None
    periods: int | None = None
    calendar: str = MONTHS
    year_starts: int = 1
    flighting: str = AS_LAST_YEAR
    payment_days: int = 0
    known: Sequence[Known] = ()
    over_window: bool = True
    timing: Timing = ()


@dataclass(frozen=True, slots=True, eq=False)
class PlannedYear:
    """A plan for the time ahead.

    Attributes
    ----------
    name
        The scenario that it follows.
    future
        Its periods.
    market
        (n_periods,) multiples of the baseline.
    calendar
        Its fiscal calendar.
    payment_days
        As asked.
    committed
        (n_periods, channel) money already bought.
    remark
        Why the plan is not flighted as asked; empty when it is.
    """

    name: str
    future: Future
    market: Array
    calendar: FiscalCalendar
    payment_days: int
    committed: Array
    remark: str = ""


def planned_year(posterior: Posterior, asked: YearAsked) -> PlannedYear:
    """Plan the time ahead.

    Raises
    ------
    PlanError
        A start or period that does not exist, commitments beyond the money, impossible scenarios.
    """
    dataset = posterior.dataset
    try:
        start = None if asked.start is None else np.datetime64(asked.start, "D")
        year = repeated(dataset, asked.periods or YEAR[dataset.grain], start)
    except SpecError as error:
        raise PlanError(str(error)) from error
    year, market, committed = _with_known(dataset, year, asked.known)
    calendar = calendar_of(asked.calendar, asked.year_starts, dataset.dates, dataset.grain)
    calendar.places(year.plan_dates[:1], dataset.grain)  # raises where the grain cannot be told so
    scenario = _in_multiples(posterior, asked.scenario) if asked.over_window else asked.scenario
    # today is flighted first and a scenario scales its weeks, as scenarios over the year ahead do: the two tie
    base = year.plan_spend
    if asked.flighting not in (AS_LAST_YEAR, OPTIMIZED):
        weights = template(asked.flighting, base, dataset.period_weeks)
        base = spread(base.sum(axis=0), weights, np.zeros_like(base), dataset.channels)
    wanted = week_by_week(ahead(posterior, year.with_spend(base)), scenario, Horizon(None, calendar))
    planned, remark = base * wanted.multiples, ""
    if asked.flighting == OPTIMIZED:
        weights, remark = _timed(asked.timing, year, dataset.channels)
    else:
        weights = np.where(planned.sum(axis=0) > 0, planned, 1.0)
    money = spread(planned.sum(axis=0), weights, committed, dataset.channels)
    changed = year.with_spend(money).with_controls(year.control_values[year.lead :] + wanted.changes)
    media = changed.media.copy()
    media[changed.lead :] /= wanted.media_cost[:, None]
    return PlannedYear(
        asked.scenario.name, replace(changed, media=media), market * wanted.market, calendar, asked.payment_days,
        committed, remark,
    )  # fmt: skip


def _in_multiples(posterior: Posterior, scenario: Scenario) -> Scenario:
    """Return a scenario whose money for the whole window is multiples of what the window spent.

    Raises
    ------
    PlanError
        Money for a single period, or where nothing was spent.
    """
    today = dict(zip(posterior.dataset.channels, window_spend(posterior), strict=True))
    lines = []
    for line in scenario.lines:
        if line.unit == MONEY and line.spend:
            if line.period:
                raise PlanError(
                    f"{scenario.name}: money for {line.period} is of the data's window. Give multiples, or plan over "
                    "the year ahead."
                )
            for channel, money in line.spend:
                if money and not today.get(channel):
                    raise money_of_nothing(channel, money, "")
            pairs = ((channel, money / today[channel] if money else 0.0) for channel, money in line.spend)
            line = replace(line, spend=tuple(pairs), unit=MULTIPLES)
        lines.append(line)
    return replace(scenario, lines=tuple(lines))


def _with_known(dataset: Dataset, year: Future, known: Sequence[Known]) -> tuple[Future, Array, Array]:
    """Return the future with expected controls, the market, and the commitments (n_periods, channel)."""
    controls, market = year.control_values.copy(), np.ones(len(year.dates))
    committed = np.zeros(year.spend.shape)
    rows = {str(day): i for i, day in enumerate(year.dates)}
    for one in known:
        if np.datetime64(one.date, "D") <= dataset.dates[-1]:
            continue  # over by now: the data tell what happened
        if one.date not in rows:
            first, last = year.dates[0], year.dates[-1]
            raise PlanError(f"{one.date} is no period of the plan; its periods begin on {first} to {last}.")
        i = rows[one.date]
        for name, level in one.controls:
            controls[i, _place(dataset.controls, name, "control")] = level
        for name, money in one.committed:
            committed[i, _place(dataset.channels, name, "paid channel")] = money
        if one.market is not None:
            market[i] = one.market
    return replace(year, control_values=controls), market[year.lead :], committed[year.lead :]


def _timed(timing: Timing, year: Future, channels: tuple[str, ...]) -> tuple[Array, str]:
    """Return the weights (n_periods, channel) of a timing; a channel that it gives nothing is spread as last year.

    So is all of a plan that has a period which was not timed, with a remark: data move on, and a timing grows old.
    """
    usual = template(AS_LAST_YEAR, year.plan_spend, 1.0)
    rows, money = dict(timing), np.zeros_like(year.plan_spend)
    for i, day in enumerate(year.plan_dates):
        if str(day) not in rows:
            which = f"from {day} on " if i else ""
            return usual, f"Weeks {which}not optimized yet (Optimize weeks): spread as last year."
        for name, amount in rows[str(day)]:
            money[i, _place(channels, name, "paid channel")] = amount
    return np.where(money.sum(axis=0) > 0, money, usual), ""


def _place(names: tuple[str, ...], name: str, what: str) -> int:
    if name not in names:
        raise PlanError(f"No {what} is called {name!r}; the model has {', '.join(names) or 'none'}.", [name])
    return names.index(name)
