"""The time ahead as a posterior: the same draws, all known periods as history, the periods to come as the window.

Whatever is a function of a posterior then speaks of the future: contributions, ROI, curves, scenarios, plans. What
actual spend still brings is `carry_in`; the KPI of the window is what the model expects of it, so shares have a whole.

Conventions
-----------
* A `Future` is what is planned and expected; the model adds nothing to it but the baseline. Its first `lead` periods
  lie between the data and the plan: they are history of the plan's window, spent as given.
* Periods follow each other by the data's grain, from the one after the last known on.
* A year is 52 weeks, 364 days or 12 months: weekdays, and weeks of the season, stay where they were.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.dataset import freeze
from xl_mmm.design import Design
from xl_mmm.errors import SpecError
from xl_mmm.measures.draws import weekly_media
from xl_mmm.measures.predictive import continued
from xl_mmm.response import carry_out_weeks

if TYPE_CHECKING:
    from xl_mmm.dataset import Dataset
    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]
Dates = NDArray[np.datetime64]

YEAR = {"daily": 364, "weekly": 52, "monthly": 12}
DAYS = {"daily": 1, "weekly": 7}
MOST_PERIODS = 1100  # three years of days


@dataclass(frozen=True, slots=True, eq=False)
class Future:
    """What is planned and expected for the periods after the data.

    Attributes
    ----------
    dates
        (P,) `datetime64[D]`, the first one follows the last known.
    spend, media
        (P, K) money and exposure of the paid channels.
    organic_media
        (P, M).
    control_values
        (P, C).
    revenue_per_kpi
        (P,) money per KPI unit; None when the KPI has no revenue.
    lead
        How many of the periods come before the plan.
    """

    dates: Dates
    spend: Array
    media: Array
    organic_media: Array
    control_values: Array
    revenue_per_kpi: Array | None
    lead: int = 0

    def __post_init__(self) -> None:
        freeze(self)

    @property
    def n_periods(self) -> int:
        """Periods of the plan."""
        return len(self.dates) - self.lead

    @property
    def plan_dates(self) -> Dates:
        """(n_periods,) dates of the plan."""
        return self.dates[self.lead :]

    @property
    def plan_spend(self) -> Array:
        """(n_periods, K) money of the plan."""
        return self.spend[self.lead :]

    def with_spend(self, spend: Array) -> Future:
        """Return the same future with other money in the plan, (n_periods, K): exposure at each channel's own price.

        Raises
        ------
        SpecError
            Another shape, or amounts below zero.
        """
        if spend.shape != self.plan_spend.shape or not (np.isfinite(spend).all() and (spend >= 0).all()):
            raise SpecError(f"The plan's spend is no table of {self.plan_spend.shape} amounts of zero or more.")
        money = self.spend.copy()
        money[self.lead :] = spend
        return dataclasses.replace(self, spend=money, media=money * bought(self.media, self.spend))

    def with_controls(self, control_values: Array) -> Future:
        """Return the same future with other controls in the plan, (n_periods, C)."""
        values = self.control_values.copy()
        values[self.lead :] = control_values
        return dataclasses.replace(self, control_values=values)


def periods_after(dataset: Dataset, n: int) -> Dates:
    """Return the first days of the `n` periods after a dataset's last, (n,)."""
    last = dataset.dates[-1].astype("datetime64[D]")
    steps = np.arange(1, n + 1)
    if dataset.grain in DAYS:
        return np.asarray(last + steps * np.timedelta64(DAYS[dataset.grain], "D"))
    month = last.astype("datetime64[M]")
    months = month + steps
    lengths = ((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")).astype(int)
    day = int((last - month.astype("datetime64[D]")).astype(int))
    ends = last + 1 == (month + 1).astype("datetime64[D]")
    days = lengths - 1 if ends else np.minimum(day, lengths - 1)
    return np.asarray(months.astype("datetime64[D]") + days.astype("timedelta64[D]"))


def repeated(dataset: Dataset, periods: int, start: np.datetime64 | None = None) -> Future:
    """Return the last year once more: spend, media, controls and revenue per KPI of the same periods a year before.

    Parameters
    ----------
    dataset
        The known periods.
    periods
        Periods of the plan.
    start
        First period of the plan; the one after the last known when None. Periods before it are its `lead`.

    Notes
    -----
    With less than a year known, all that is known is repeated in order.

    Raises
    ------
    SpecError
        No period, too many, or a start that no period ahead begins with.
    """
    if not 1 <= periods <= MOST_PERIODS:
        raise SpecError(f"A plan of {periods} periods cannot be made; give 1 to {MOST_PERIODS}.")
    lead = 0
    if start is not None:
        coming = periods_after(dataset, MOST_PERIODS)
        found = np.flatnonzero(coming == start)
        if not found.size:
            raise SpecError(
                f"A plan cannot start on {start}: the periods ahead begin on {coming[0]}, {coming[1]}, {coming[2]} and "
                "so on."
            )
        lead = int(found[0])
    n = lead + periods
    dates, known = periods_after(dataset, n), len(dataset.dates)
    back = min(YEAR[dataset.grain], known)
    rows = known - back + np.arange(n) % back
    value = dataset.revenue_per_kpi
    return Future(
        dates, dataset.spend[rows], dataset.media[rows], dataset.organic_media[rows], dataset.control_values[rows],
        None if value is None else value[rows], lead,
    )  # fmt: skip


def bought(media: Array, spend: Array) -> Array:
    """Return exposure per money of (period, channel), by channel over all periods, (channel,); one without spend."""
    money, exposure = spend.sum(axis=0), media.sum(axis=0)
    rate: Array = np.divide(exposure, money, out=np.ones_like(money), where=money > 0)
    return rate


def ahead(posterior: Posterior, future: Future, *, carry_out: bool = False) -> Posterior:
    """Return the same draws with the future as the window.

    Parameters
    ----------
    posterior
        The model.
    future
        What follows the posterior's own data.
    carry_out
        Whether the window goes on after the plan, without spend, until what it carries over has worked
        (`response.carry_out_weeks`), so that sums over the window hold it.

    Raises
    ------
    SpecError
        A future of other columns, or one that does not follow the data.
    """
    longer = data_ahead(posterior, future, carry_out=carry_out)
    matrix = continued(posterior, longer)
    matrix.flags.writeable = False
    design = Design(names=posterior.design.names, group=posterior.design.group, matrix=matrix)
    made = dataclasses.replace(posterior, dataset=longer, design=design, loo=None)
    media, carry_in = weekly_media(made)
    expected = posterior.linear.mean(axis=0) @ matrix[longer.window].T + media.sum(axis=1) + carry_in
    kpi = longer.kpi.copy()
    kpi[longer.window] = expected
    return dataclasses.replace(made, dataset=dataclasses.replace(longer, kpi=kpi))


def data_ahead(posterior: Posterior, future: Future, *, carry_out: bool = False) -> Dataset:
    """Return the data of `ahead`, their KPI after what is known zero.

    Raises
    ------
    SpecError
        As `ahead`.
    """
    own = posterior.dataset
    _check(own, future)
    tail = math.ceil(carry_out_weeks(posterior.media) / own.period_weeks) if carry_out else 0
    dates = periods_after(own, len(future.dates) + tail)
    n = len(dates)

    def joined(known: Array, coming: Array, last: Array) -> Array:
        return np.concatenate([known, coming, np.repeat(last[None], tail, axis=0)])

    nothing = np.zeros(len(own.channels))
    value = None
    if own.revenue_per_kpi is not None and future.revenue_per_kpi is not None:
        value = joined(own.revenue_per_kpi, future.revenue_per_kpi, future.revenue_per_kpi[-1])
    return dataclasses.replace(
        own,
        dates=np.concatenate([own.dates, dates]),
        kpi=np.concatenate([own.kpi, np.zeros(n)]),
        spend=joined(own.spend, future.spend, nothing),
        media=joined(own.media, future.media, nothing),
        organic_media=joined(own.organic_media, future.organic_media, np.zeros(len(own.organic))),
        control_values=joined(own.control_values, future.control_values, own.control_reference),
        revenue_per_kpi=value,
        n_history=len(own.dates) + future.lead,
        geo=None,
    )


def _check(own: Dataset, future: Future) -> None:
    """Raise SpecError when a future does not continue a dataset."""
    n = len(future.dates)
    shapes = {
        "spend": (n, len(own.channels)), "media": (n, len(own.channels)), "organic_media": (n, len(own.organic)),
        "control_values": (n, len(own.controls)),
    }  # fmt: skip
    for name, shape in shapes.items():
        values = getattr(future, name)
        if values.shape != shape or not np.isfinite(values).all():
            raise SpecError(f"The future's {name} is no table of {shape[0]} periods and {shape[1]} columns of numbers.")
    if not 0 <= future.lead < n or not np.array_equal(future.dates, periods_after(own, n)):
        raise SpecError(f"The future does not follow the data: its first period must be {periods_after(own, 1)[0]}.")
    if (own.revenue_per_kpi is None) != (future.revenue_per_kpi is None):
        raise SpecError("The future and the data disagree on whether the KPI has a money value.")
