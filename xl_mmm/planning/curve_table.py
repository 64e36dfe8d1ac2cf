"""Response curves as a table, and what reading a plan off it by straight lines costs in accuracy.

A channel's mean outcome is tabulated at even multiples of today's spend. Between two of them a straight line stands for
the curve. Channels share nothing, so a plan's outcome is the sum over channels, and so is its error. At the tabulated
multiples, today's among them, there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.measures.curves import curves_of
from xl_mmm.measures.draws import window_spend

if TYPE_CHECKING:
    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]

MOST, STEP = 3.0, 0.05  # multiples of today's spend: up to three times, in steps of a twentieth
N_TESTED, SEED = 200, 20_261  # plans drawn at random that the error is measured on


@dataclass(frozen=True, slots=True, eq=False)
class CurveTable:
    """Outcome by channel at even multiples of today's spend.

    Attributes
    ----------
    channels
        Names.
    spend
        (channel,) money today.
    multiples
        (point,) from 0 to `MOST`.
    outcome
        (point, channel) mean over draws: revenue, KPI units without a money value.
    error
        Largest distance of a read outcome from the model's own, as a share of today's outcome, over `N_TESTED` plans
        with every multiple between 0 and `MOST`.
    """

    channels: tuple[str, ...]
    spend: Array
    multiples: Array
    outcome: Array
    error: float

    @classmethod
    def of(cls, posterior: Posterior) -> CurveTable:
        """Tabulate a model's curves and measure the error."""
        channels = posterior.dataset.channels
        multiples: Array = np.arange(round(MOST / STEP) + 1, dtype=np.float64) * STEP
        outcome = _means(posterior, np.repeat(multiples[:, None], len(channels), axis=1))
        bare = cls(channels, window_spend(posterior), multiples, outcome, 0.0)
        tested = np.random.default_rng(SEED).uniform(0.0, MOST, (N_TESTED, len(channels)))
        missed = np.abs(_means(posterior, tested).sum(axis=1) - bare.read(tested).sum(axis=1))
        today = abs(bare.read(np.ones((1, len(channels)))).sum())
        return cls(channels, bare.spend, multiples, outcome, float(missed.max() / today) if today else 0.0)

    def read(self, plans: Array) -> Array:
        """Read plans of (plan, channel) multiples off the table: (plan, channel) outcome."""
        columns = [np.interp(plans[:, k], self.multiples, self.outcome[:, k]) for k in range(len(self.channels))]
        return np.stack(columns, axis=1)


def _means(posterior: Posterior, plans: Array) -> Array:
    """Return (plan, channel) mean outcome of (plan, channel) multiples, a few plans at a time."""
    curves = curves_of(posterior)
    parts = [curves.revenue(plans[i : i + 8]).mean(axis=0) for i in range(0, len(plans), 8)]
    return np.concatenate(parts)
