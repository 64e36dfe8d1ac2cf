"""Where a plan leaves what was ever observed: there the response is extrapolated, however narrow its range."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from xl_mmm.dataset import Dataset
    from xl_mmm.planning.setup import Setup

Array = NDArray[np.float64]

MUCH = 0.1  # share of a channel's planned money, or of the weeks, from which a caution is due
ROUNDING = 1e-9


def cautions(setup: Setup, money: Array) -> tuple[str, ...]:
    """Return a sentence for each channel whose plan leaves the observed range of weekly spend.

    Parameters
    ----------
    setup
        The problem.
    money
        (channel,) the plan.
    """
    dataset = setup.posterior.dataset
    return weekly_cautions(dataset, setup.limits.multiples(money) * dataset.spend[dataset.window], setup.today)


def weekly_cautions(dataset: Dataset, spend: Array, today: Array) -> tuple[str, ...]:
    """Return a sentence for each channel whose spend leaves the observed range.

    Parameters
    ----------
    dataset
        What was observed.
    spend
        (week, channel) money planned in the window.
    today
        (channel,) today's money: where there is none, the window holds no observed spend.
    """
    sentences = []
    for k, name in enumerate(dataset.channels):
        seen = dataset.spend[:, k] if today[k] > 0 else dataset.spend[: dataset.n_history, k]
        planned = spend[:, k]
        most, least = float(seen.max(initial=0.0)), float(seen.min(initial=np.inf))
        above = share_above(planned, most)
        below = float((planned < least * (1 - ROUNDING)).mean()) if np.isfinite(least) else 0.0
        if above > MUCH:
            sentences.append(
                f"{name}: {above:.0%} of the planned money falls in periods above {most:,.2f}, the most ever spent in "
                "one. What it returns there is extrapolated."
            )
        if below > MUCH:
            sentences.append(
                f"{name}: {below:.0%} of the planned periods lie below {least:,.2f}, the least ever spent in one. What "
                "is lost there is extrapolated."
            )
    return tuple(sentences)


def share_above(planned: Array, most: float) -> float:
    """Return the share of (week,) planned money that falls in weeks above `most`."""
    return float(planned[planned > most * (1 + ROUNDING)].sum() / (planned.sum() or 1.0))


def leaves_above(planned: Array, most: float) -> bool:
    """Whether so much of it does that a caution is due."""
    return share_above(planned, most) > MUCH
