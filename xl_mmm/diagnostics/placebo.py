"""What a channel that never ran would be credited with.

The copy holds the media of the channel with the largest spend, shifted in time by about half of the data: flights stay
flights but fall on other weeks. It sold nothing; what the model gives it, it may be giving others too. A method without
a prior should give it next to nothing for sure; with a prior, a copy that the data say nothing about keeps what was
believed before, so that its low end may be the prior's, and no more.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.bayesian.unknowns import default_size
from xl_mmm.dataset.changed import with_shifted_copy
from xl_mmm.errors import FitError, SpecError
from xl_mmm.estimation.search_space import NORMAL_90
from xl_mmm.measures.draws import earned, interval, per_spend, window_spend
from xl_mmm.response import outcome_weights

if TYPE_CHECKING:
    from xl_mmm.dataset import Dataset
    from xl_mmm.diagnostics.refits import Work
    from xl_mmm.posterior import Posterior
    from xl_mmm.spec import ChannelSpec

Array = NDArray[np.float64]

NAME = "placebo"
NEAREST, FARTHEST = 0.35, 0.65  # shifts that are tried, in shares of all rows
MOST_ALIKE = 0.5  # correlation with a real channel above which a copy is no placebo


@dataclass(frozen=True, slots=True, eq=False)
class Placebo:
    """A model with a channel too many.

    Attributes
    ----------
    copied, shift
        The channel that was copied, and by how many periods the copy is later.
    alike
        Largest |correlation| of its media with those of a real channel.
    returned
        (draw, 2) revenue per money of the copy and of the channel itself; KPI where it has no revenue.
    spend_share
        Money of the copy as a share of the KPI's value: a return times this is a share of the KPI.
    prior
        90 % range of the copy's return before the data; None for methods without a prior.
    stopped
        Why there is none; the rest is empty then.
    """

    copied: str
    shift: int
    alike: float
    returned: Array
    spend_share: float
    prior: tuple[float, float] | None
    stopped: str = ""

    def least(self, level: float) -> float:
        """Return the low end of what the copy is credited with, as a share of the KPI's value."""
        return self.spend_share * float(interval(self.returned[:, 0], level)[0])

    def allowed(self, share: float) -> float:
        """Return the limit for `least`: a share of the KPI, or what the prior's low end comes to where that is more."""
        return share if self.prior is None else max(share, self.spend_share * self.prior[0])


def placebo(posterior: Posterior, work: Work) -> Placebo:
    """Fit the model with a shifted copy of a channel as one more."""
    data = posterior.dataset
    found = quiet_copy(data)
    if found is None:
        return _none("every shifted copy of a channel still moves with a channel that ran")
    k, shift, alike = found
    channel, name = data.channels[k], free_name(data)
    longer = with_shifted_copy(data, channel, shift, name)
    choice = posterior.spec.channel(channel)
    prior = believed(choice, longer) if posterior.method == "bayes" else None
    choice = dataclasses.replace(choice, roi=prior, mroi=None, share=None)
    spec = dataclasses.replace(posterior.spec, channels={**posterior.spec.channels, name: choice})
    try:
        fitted = work.fit(longer, spec, ranges=True)
    except (FitError, SpecError) as error:
        return _none(f"the model cannot be fitted with one more channel: {error}")
    revenue, copy = earned(fitted).revenue, len(data.channels)
    spend = window_spend(fitted)[[copy, k]]
    returned = per_spend(revenue[:, [copy, k]], spend)
    return Placebo(channel, shift, alike, returned, float(spend[0] / (outcome_weights(data) @ data.window_kpi)), prior)


def believed(choice: ChannelSpec, dataset: Dataset) -> tuple[float, float]:
    """Return the 90 % prior range of the copy's return: the channel's own, or the default where that is no range."""
    if isinstance(choice.roi, tuple):
        return choice.roi
    prior = default_size(dataset)
    away = NORMAL_90 * prior.scale
    return math.exp(prior.location - away), math.exp(prior.location + away)


def _none(why: str) -> Placebo:
    return Placebo("", 0, math.nan, np.empty((0, 2)), math.nan, None, why)


def quiet_copy(dataset: Dataset) -> tuple[int, int, float] | None:
    """Return the channel to copy, the shift, and how alike the copy is to the real channel that it resembles most.

    Of the channels by spend, the first with a shift by about half of the rows whose copy resembles none; its quietest
    shift. None when there is no such channel.
    """
    rows, window, media = len(dataset.dates), dataset.window, dataset.media
    shifts = np.arange(max(1, math.ceil(NEAREST * rows)), math.floor(FARTHEST * rows) + 1)
    spend = dataset.spend[window].sum(axis=0)
    for k in np.argsort(-spend, kind="stable"):
        if spend[k] <= 0:
            break
        copies = np.column_stack([np.roll(media[:, k], shift)[window] for shift in shifts])
        moving = copies.std(axis=0) > 0
        alike = np.where(moving, np.abs(correlations(copies, media[window])).max(axis=1), 1.0)
        best = int(np.argmin(alike))
        if alike[best] <= MOST_ALIKE:
            return int(k), int(shifts[best]), float(alike[best])
    return None


def correlations(columns: Array, others: Array) -> Array:
    """Return (column, other) correlations; zero with a column that never changes."""

    def standard(values: Array) -> Array:
        centred = values - values.mean(axis=0)
        length = np.linalg.norm(centred, axis=0)
        scaled: Array = centred / np.where(length > 0, length, 1.0)
        return scaled

    return standard(columns).T @ standard(others)


def free_name(dataset: Dataset) -> str:
    """Return a name for the copy that no column of the data has."""
    taken = {*dataset.channels, *dataset.organic, *dataset.controls, *dataset.roles.media.values()}
    return next(name for name in (NAME, *(f"{NAME} {i}" for i in range(2, len(taken) + 3))) if name not in taken)
