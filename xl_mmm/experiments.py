"""What an experiment did to the media, and what a model says it should have brought.

Conventions
-----------
* A test compares the KPI with the changed spend to the KPI without it, so money taken away has a negative effect.
* The change is spread over the tested periods like the spend in the data, evenly where there was (next to) none, and
  turned into media units by the cost per unit of those periods, or of the window where nothing was spent.
* A period is tested, or measured, when any day of it is. A date in the data is the first day of its period.
* Of a test in a part of the market the model sees that part at the size of the whole: without the test it spends what
  the whole spent without it, with the test Δ / share more, and its effect counts by its share. With x the spend of the
  tested part at that size this is share · [f(x) − f((1 − δ) x)], δ = Δ / (share · Σx).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import SpecError
from xl_mmm.response import MediaBlock, MediaParameters, effective_media, saturate

if TYPE_CHECKING:
    from xl_mmm.dataset import Dataset
    from xl_mmm.spec import LiftTest

Array = NDArray[np.float64]

ROUNDING = 0.01  # of the spend concerned: planners round what was taken away
NEXT_TO_NONE = 0.05  # of the change: so little spend does not say how the change was spread, nor that any was left


@dataclass(frozen=True, slots=True)
class Misfit:
    """Why a test cannot be used with some data.

    Attributes
    ----------
    field
        Field of the `LiftTest` that is at fault.
    message, action
        What is wrong, and what to do.
    """

    field: str
    message: str
    action: str


@dataclass(frozen=True, slots=True, eq=False)
class ChangedMedia:
    """One test as the forward model sees it.

    Attributes
    ----------
    column
        The tested channel's.
    media
        (row, 2) exposure with and without the change, from the first row of the data to the last measured one.
    first
        Row of the first tested period, which is the first one measured.
    n_tested
        Number of tested periods.
    share
        Share of the market that was tested.
    full
        Whether spend was all there on one side and (next to) none on the other.
    """

    column: int
    media: Array
    first: int
    n_tested: int
    share: float
    full: bool

    @property
    def n_measured(self) -> int:
        """Number of measured periods."""
        return len(self.media) - self.first


def changed_media(dataset: Dataset, test: LiftTest) -> ChangedMedia:
    """Line up a test with the data.

    Raises
    ------
    SpecError
        The test lies outside the window, or changed more spend than there was.
    """
    if (found := misfit(dataset, test)) is not None:
        raise SpecError(f"The lift test of {test.channel} from {test.start}: {found.message} {found.action}")
    k, (first, last, until) = dataset.channels.index(test.channel), _rows(dataset, test)
    rows = slice(first, last + 1)
    spend, n_tested = float(dataset.spend[rows, k].sum()), last + 1 - first
    actual = dataset.media[rows, k]
    if spend > NEXT_TO_NONE * abs(test.spend_change) and actual.any():
        change = actual * (test.spend_change / spend)
    else:
        window = dataset.window
        per_money = dataset.media[window, k].sum() / dataset.spend[window, k].sum()
        change = np.full(n_tested, test.spend_change / n_tested * per_money)
    without = np.maximum(actual - change, 0.0) if test.in_data else actual
    tested = np.maximum(without + change / test.population_share, 0.0)
    media = np.repeat(dataset.media[: until + 1, k : k + 1], 2, axis=1)
    media[rows] = np.column_stack([tested, without])
    less, more = sorted((tested.sum(), without.sum()))
    return ChangedMedia(k, media, first, n_tested, test.population_share, bool(less <= NEXT_TO_NONE * more))


def lift_effect(tested: ChangedMedia, media: MediaParameters, period_weeks: float) -> Array:
    """Return the effect that the model says the test had, (draw,) in the unit of the coefficients (KPI units).

    Parameters
    ----------
    tested
        The test.
    media
        Draws of all media.
    period_weeks
        Weeks in a row.
    """
    k = tested.column
    both = MediaParameters(
        (media.names[k],) * 2, (media.adstock[k],) * 2, (media.saturation[k],) * 2, (media.max_lag[k],) * 2,
        {name: value[:, [k, k]] for name, value in media.values.items()}, media.coefficient[:, [k, k]],
    )  # fmt: skip
    u = effective_media(MediaBlock(tested.media, tested.first, period_weeks), both)
    gained = saturate(u, both).sum(axis=1) * both.coefficient
    return np.asarray(tested.share * (gained[:, 0] - gained[:, 1]))


def misfit(dataset: Dataset, test: LiftTest) -> Misfit | None:
    """Return why a test cannot be used with these data; None when it can."""
    if test.channel not in dataset.channels:
        message = f"{test.channel!r} is no paid channel of the data."
        return Misfit("channel", message, f"Choose one of {', '.join(dataset.channels)}.")
    begin, end = dataset.window_dates[0], _ends(dataset)[-1]
    if np.datetime64(test.start) < begin:
        message = f"it starts on {test.start}, before the first period of the model, {begin}."
        return Misfit("start", message, "Begin the window earlier, or leave the test out.")
    if np.datetime64(test.end) > end:
        message = f"it ends on {test.end}, after the last period of the model, which ends on {end}."
        return Misfit("end", message, "Add the data of the test, or leave the test out.")
    if np.datetime64(test.until) > end:
        message = f"it is measured until {test.until}, but the last period of the model ends on {end}."
        return Misfit("measured_until", message, "Add the data up to that day, or leave the test out.")
    return _spend_misfit(dataset, test)


def _spend_misfit(dataset: Dataset, test: LiftTest) -> Misfit | None:
    """Judge the change by what was spent."""
    k, (first, last, _) = dataset.channels.index(test.channel), _rows(dataset, test)
    if not dataset.spend[dataset.window, k].any() or not dataset.media[dataset.window, k].any():
        return Misfit("channel", "nothing was spent on the channel in the window.", "Leave the test out.")
    spend, change, share = float(dataset.spend[first : last + 1, k].sum()), test.spend_change, test.population_share
    allowed = ROUNDING * max(spend, abs(change))
    otherwise = spend - change if test.in_data else spend  # what all would have spent without the test
    if otherwise < -allowed:
        message = f"it added {change:,.0f}, but in its periods the data hold {spend:,.0f}."
        return Misfit("spend_change", message, "Correct the change, or say that it is not in the data.")
    if share * otherwise + change < -allowed:
        message = f"it took {-change:,.0f} away where, without it, {share * otherwise:,.0f} would have been spent."
        action = "Correct the change, the share of the market's spend that was tested, or whether the data hold it."
        return Misfit("spend_change", message, action)
    return None


def usable_tests(dataset: Dataset, tests: tuple[LiftTest, ...]) -> tuple[LiftTest, ...]:
    """Return the tests that can be used with these data, for a model of fewer weeks or channels."""
    return tuple(test for test in tests if misfit(dataset, test) is None)


def _rows(dataset: Dataset, test: LiftTest) -> tuple[int, int, int]:
    """Return the first and last tested row, and the last measured one."""
    ends = _ends(dataset)
    first, last, until = (int(np.searchsorted(ends, np.datetime64(day))) for day in (test.start, test.end, test.until))
    return first, last, until


def _ends(dataset: Dataset) -> NDArray[np.datetime64]:
    """Return the last day of each row."""
    dates, day = dataset.dates.astype("datetime64[D]"), np.timedelta64(1, "D")
    if dataset.grain == "monthly":
        return np.asarray((dates.astype("datetime64[M]") + 1).astype("datetime64[D]") - day)
    return np.asarray(dates + day * (6 if dataset.grain == "weekly" else 0))
