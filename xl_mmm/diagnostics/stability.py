"""How far a channel's return hangs on another channel, or on a part of the window.

Estimates are compared with estimates. A move is told in half-widths of the channel's own range: at 1 the return has
moved as far as the range's end lies from its middle. A range narrower than `SMALL` of the KPI counts as that wide: less
is no story.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.dataset.changed import with_later_start, without_channel
from xl_mmm.errors import FitError, SpecError
from xl_mmm.measures.draws import earned, interval, per_spend, window_spend
from xl_mmm.response import outcome_weights

if TYPE_CHECKING:
    from xl_mmm.dataset import Dataset
    from xl_mmm.diagnostics.refits import Work
    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]

SMALL = 0.005  # of the KPI
PART = 0.8  # of the window that each part holds
MOST_CELLS = 40_000  # periods x media columns of all the fits that leave a channel out: work is counted, never timed


@dataclass(frozen=True, slots=True)
class Moved:
    """The return that moved most.

    Attributes
    ----------
    channel
        Whose return it is.
    cause
        What was left out.
    before, after
        Its estimate, money per money, before and after.
    size
        |after - before| in half-widths of the channel's range, wider where misses grow (see `leave_one_out`); NaN when
        nothing could be compared.
    fits
        How many fits it was looked for in.
    remark
        What else is to be said; empty when nothing is.
    """

    channel: str
    cause: str
    before: float
    after: float
    size: float
    fits: int
    remark: str = ""


NOTHING = Moved("", "", math.nan, math.nan, math.nan, 0)


def half_widths(posterior: Posterior, level: float) -> Array:
    """Return (channel,) half the width of each return's range, at least what `SMALL` of the KPI comes to."""
    spend, data = window_spend(posterior), posterior.dataset
    low, high = interval(returns(posterior), level)
    least = per_spend(np.full(len(spend), SMALL * float(outcome_weights(data) @ data.window_kpi)), spend)
    width: Array = np.maximum((high - low) / 2, least)
    return width


def returns(posterior: Posterior) -> Array:
    """Return (draw, channel) revenue per money over the window, KPI per money without revenue; NaN without spend."""
    spend = window_spend(posterior)
    return per_spend(earned(posterior).revenue[:, : len(spend)], spend)


def leave_one_out(posterior: Posterior, estimate: Posterior, work: Work, level: float) -> Moved:
    """Leave each paid channel out in turn, the largest spend first, and find the return that moves most.

    Without a strong channel the model misses by more, and every other estimate moves by that much more at random:
    ranges count as wider by as much as the misses have grown. One that another channel stands in for leaves them as
    they are.
    """
    data = posterior.dataset
    width, whole = half_widths(posterior, level), returns(estimate)[0]
    spend = window_spend(posterior)
    worst, fits, failed = NOTHING, 0, []
    for k in np.argsort(-spend, kind="stable")[: n_left_out(data)]:
        left = data.channels[k]
        try:
            fitted = work.fit(without_channel(data, left), posterior.spec, ranges=False)
        except (FitError, SpecError) as error:
            failed.append(f"without {left} the model cannot be fitted: {error}")
            continue
        fits += 1
        after = np.insert(returns(fitted)[0], k, np.nan)
        noise = max(1.0, float(fitted.sigma[0] / max(estimate.sigma[0], 1e-300)))
        worst = _worse(worst, data, left, whole, after, noise * width)
    return dataclasses.replace(worst, fits=fits, remark="; ".join(failed[:1]))


def n_left_out(dataset: Dataset) -> int:
    """Return how many channels are left out in turn: all of them, unless the data are large."""
    channels = len(dataset.channels)
    cells = dataset.n_weeks * (channels + len(dataset.organic))
    return 0 if channels < 2 else min(channels, max(1, MOST_CELLS // cells))


def subsets(posterior: Posterior, estimate: Posterior, work: Work, level: float) -> Moved:
    """Fit on the first and on the last part of the window, and find the return that moves most.

    The estimate on the whole window is taken over the same weeks as that on the part, so that different spend is no
    difference.
    """
    data = posterior.dataset
    width = half_widths(posterior, level)
    dropped = data.n_weeks - round(PART * data.n_weeks)
    parts = {
        f"the first {PART:.0%}": data.without_last(dropped),
        f"the last {PART:.0%}": with_later_start(data, dropped),
    }
    worst, fits, remarks = NOTHING, 0, []
    for words, part in parts.items():
        try:
            fitted = work.fit(part, posterior.spec, ranges=False)
        except (FitError, SpecError) as error:
            remarks.append(f"on {words} of the window the model cannot be fitted: {error}")
            continue
        fits += 1
        whole = dataclasses.replace(estimate, dataset=part)
        worst = _worse(worst, data, words, returns(whole)[0], returns(fitted)[0], width)
        remarks += _changed_places(data, words, whole, fitted)
    return dataclasses.replace(worst, fits=fits, remark="; ".join(remarks))


def _worse(worst: Moved, data: Dataset, cause: str, before: Array, after: Array, width: Array) -> Moved:
    """Return the larger move: the worst so far, or the largest from `before` to `after`, (channel,) each."""
    size = np.abs(after - before) / width
    if np.isnan(size).all():
        return worst
    k = int(np.nanargmax(size))
    if not (math.isnan(worst.size) or size[k] > worst.size):
        return worst
    return Moved(data.channels[k], cause, float(before[k]), float(after[k]), float(size[k]), 0)


def _changed_places(data: Dataset, words: str, whole: Posterior, part: Posterior) -> list[str]:
    """Say whether the two paid channels that add most change places."""
    added, there = (earned(one).contribution[0, : len(data.channels)] for one in (whole, part))
    if len(added) < 2:
        return []
    first, second = np.argsort(-added, kind="stable")[:2]
    if there[second] <= there[first]:
        return []
    return [f"{data.channels[first]} adds most, but on {words} {data.channels[second]} does"]
