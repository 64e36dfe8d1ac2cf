"""How well the model foretells a week that it has not seen: PSIS-LOO (`xl_mmm.estimation.bayes.psis`).

A week's density is that of its KPI given the weeks before it, ε_t | ε_(t−1) ~ N(ρ ε_(t−1), σ²): what is left out is
what this week adds to the likelihood. It needs the drawn baseline and controls, so it is made from the kept draws.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from xl_mmm.estimation.bayes.psis import highest_k, left_out, log_sum
from xl_mmm.posterior import Loo, Posterior
from xl_mmm.response import effective_media, media_block, saturate

Array = NDArray[np.float64]

FEWEST_DRAWS = 100  # below which no tail of weights can be judged
MOST_DRAWS = 4000  # more tell no more of a week
BLOCK = 256  # draws worked on at once


def loo(posterior: Posterior) -> Loo | None:
    """Leave each week of a sampled posterior out; None when too few draws were kept."""
    if posterior.n_draws < FEWEST_DRAWS:
        return None
    few = posterior.take(slice(0, MOST_DRAWS))  # kept draws are in random order
    density = np.concatenate([week_densities(block) for block in few.blocks(BLOCK)])
    each, k = left_out(density)
    inside = log_sum(density) - np.log(len(density))
    worst, limit = int(np.argmax(k)), highest_k(len(density))
    return Loo(
        float(each.sum()), float(np.sqrt(len(each)) * each.std()), float((inside - each).sum()), float(k[worst]),
        limit, int((k > limit).sum()), str(posterior.dataset.window_dates[worst]),
    )  # fmt: skip


def week_densities(posterior: Posterior) -> Array:
    """Return the log density of each week's KPI given the weeks before it, KPI units, (draw, week)."""
    dataset, media, rho = posterior.dataset, posterior.media, posterior.rho[:, None]
    s = saturate(effective_media(media_block(dataset), media), media)
    linear = posterior.linear @ posterior.design.matrix[dataset.window].T
    error = dataset.window_kpi - linear - np.einsum("btk,bk->bt", s, media.coefficient)
    news = error.copy()
    news[:, 1:] -= rho * error[:, :-1]
    sd = np.repeat(posterior.sigma[:, None], error.shape[1], axis=1)
    sd[:, 1:] *= np.sqrt(1 - rho**2)
    return np.asarray(-0.5 * (news / sd) ** 2 - np.log(sd) - 0.5 * np.log(2 * np.pi))
