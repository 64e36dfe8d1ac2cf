"""Flighting: how a channel's money for the year is spread over its periods, and how spending keeps pace with it.

Conventions: money is (period, channel) or (channel,). A template says how the money would lie if nothing were bought
yet; where more is already committed than it gives, the commitment stands and the other periods give way in proportion.
What is spread adds up to what was given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import PlanError

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
Dates = NDArray[np.datetime64]

AS_LAST_YEAR, EVEN, FRONT, BACK, BURSTS = "as last year", "even", "front-loaded", "back-loaded", "bursts"
TEMPLATES = (AS_LAST_YEAR, EVEN, FRONT, BACK, BURSTS)
OPTIMIZED = "optimized"  # no template: money by period as a search timed it (`xl_mmm.planning.timing`)
STEEPNESS = 3.0  # money of the first period over that of the last, front-loaded
BURST_WEEKS = 4.0  # on, then as long off


def template(kind: str, last_year: Array, period_weeks: float) -> Array:
    """Return the weights of a template, (period, channel); any scale.

    Parameters
    ----------
    kind
        One of `TEMPLATES`: as last year (channels without spend then: even), even, front-loaded (falling in a straight
        line, the first period three times the last), back-loaded (its mirror image), bursts (four weeks on, four off).
    last_year
        (period, channel) money of the same periods a year before.
    period_weeks
        Length of a period in weeks.

    Raises
    ------
    PlanError
        No such template.
    """
    n = len(last_year)
    if kind not in TEMPLATES:
        raise PlanError(f"The flighting is {kind!r}; choose one of {', '.join(TEMPLATES)}.")
    if kind == AS_LAST_YEAR:
        return np.where(last_year.sum(axis=0) > 0, last_year, 1.0)
    falling = np.linspace(STEEPNESS, 1.0, n)
    on = np.floor(np.arange(n) / max(1.0, np.round(BURST_WEEKS / period_weeks))) % 2 == 0
    shape = {EVEN: np.ones(n), FRONT: falling, BACK: falling[::-1], BURSTS: on.astype(float)}[kind]
    return np.tile(shape[:, None], (1, last_year.shape[1]))


def spread(money: Array, weights: Array, committed: Array | None = None, names: tuple[str, ...] = ()) -> Array:
    """Spread each channel's money over the periods, (period, channel).

    Parameters
    ----------
    money
        (channel,) of the year.
    weights
        (period, channel) of a template.
    committed
        (period, channel) already bought; none when None.
    names
        Channels, for the sentence of an error.

    Raises
    ------
    PlanError
        More is committed than a channel's money.
    """
    bought = np.zeros_like(weights) if committed is None else committed
    over = np.flatnonzero(bought.sum(axis=0) > money * (1 + 1e-9) + 1e-9)
    if over.size:
        k = int(over[0])
        name = names[k] if names else f"Channel {k + 1}"
        raise PlanError(
            f"{name}: {bought[:, k].sum():,.2f} is already committed and the plan gives it {money[k]:,.2f}. Give it at "
            "least what is committed, or correct the commitments.", [name],
        )  # fmt: skip
    return np.column_stack([_filled(float(money[k]), weights[:, k], bought[:, k]) for k in range(len(money))])


def _filled(money: float, weight: Array, least: Array) -> Array:
    """Return max(least, λ weight) with the λ that makes it sum to `money`."""
    missing = money - least.sum()
    if missing <= 0:
        return least * (money / least.sum()) if least.sum() > 0 else least.copy()
    largest = weight.max()
    weight = weight / largest if largest > 0 else np.ones_like(weight)
    usable = weight > 0
    # λ rises from 0; a period starts to grow once λ weight passes what is committed there
    begins = np.divide(least, weight, out=np.full_like(least, np.inf), where=usable)
    order = np.argsort(begins, kind="stable")
    order = order[: int(usable.sum())]
    growing, held = np.cumsum(weight[order]), least.sum() - np.cumsum(least[order])
    level = (money - held) / growing  # λ if the first j + 1 periods grow
    last = np.append(begins[order][1:], np.inf)
    j = int(np.flatnonzero(level <= last)[0])
    spent = np.maximum(least, level[j] * weight)
    spent[np.argmax(np.where(spent > least, spent, -1.0))] += money - spent.sum()  # the rounding, where it may move
    return np.asarray(spent)


def pacing(plan_dates: Dates, plan: Array, dates: Dates, spent: Array, names: tuple[str, ...]) -> pd.DataFrame:
    """Compare what was spent with what was planned by now.

    Parameters
    ----------
    plan_dates, plan
        (P,), (P, K) money planned by period.
    dates, spent
        (A,), (A, K) money of the actual periods; those outside the plan are not looked at.
    names
        (K,) channels.

    Returns
    -------
    DataFrame
        Index `channel`, `All channels` last: `planned` and `spent` in the periods that are over, `difference`, `pace`
        = spent / planned (NaN when nothing was planned), `left` of the year's money, `per_period` = `left` over the
        periods to come (NaN when none), `year_at_pace` = what the year ends at when the rest goes as planned times the
        pace so far.
    """
    import pandas as pd

    inside = np.isin(dates, plan_dates)
    over = np.isin(plan_dates, dates)
    planned, done = plan[over].sum(axis=0), spent[inside].sum(axis=0)
    rest = plan[~over].sum(axis=0)
    planned, done, rest = (np.append(values, values.sum()) for values in (planned, done, rest))
    pace = np.divide(done, planned, out=np.full_like(done, np.nan), where=planned > 0)
    left, coming = planned + rest - done, int((~over).sum())
    return pd.DataFrame(
        {
            "planned": planned,
            "spent": done,
            "difference": done - planned,
            "pace": pace,
            "left": left,
            "per_period": left / coming if coming else np.full_like(left, np.nan),
            "year_at_pace": done + rest * np.where(np.isfinite(pace), pace, 1.0),
        },
        index=pd.Index([*names, "All channels"], name="channel"),
    )
