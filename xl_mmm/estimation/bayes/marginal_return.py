"""A prior on the marginal return of a channel whose sampled size is its ROI.

mROI = ROI g(θ) with g = M / A, A = Σ_t w_t [S(u) − S(u0)] and M = Σ_t w S'(u) (u − u0). The map from (θ, ln ROI) to
(θ, ln mROI) has Jacobian one, so a prior N(m, s) of ln mROI is the prior of ln ROI taken at ln ROI + ln g.

M is a central difference: in-window spend scaled by 1 ± `STEP` moves u to u ± `STEP` (u − u0), because carryover is
linear, and leaves u0. It is off by about `STEP`² / 6 of itself (2e-7), and its gradient is exact for what is computed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xl_mmm.estimation.bayes.carryover import Array, Carryover, Values, held, lined_up
from xl_mmm.estimation.bayes.saturated import saturated

STEP = 1e-3
SMALLEST = 1e-200  # stands for A and M of a column whose media never work


@dataclass(frozen=True, slots=True, eq=False)
class LogSlope:
    """ln g of some columns with its derivatives.

    Attributes
    ----------
    value
        (column, draw) ln g.
    by_parameter
        Transform parameter -> (column, draw) d ln g / dp.
    """

    value: Array
    by_parameter: Values


def log_slope(carried: Carryover, saturation: str, values: Values, weights: Array) -> LogSlope:
    """Return ln g.

    Parameters
    ----------
    carried
        Effective media of the columns.
    saturation
        Their family.
    values
        Parameter -> (column, draw).
    weights
        (column, 1, week) w.
    """
    w, beside = weights.transpose(0, 2, 1), lined_up(values)

    def summed(u: Array) -> tuple[Array, dict[str, Array], Array]:
        """Return Σ_t w S(u), its derivatives, and what it pulls u with."""
        one = saturated(u, saturation, beside)
        return np.matmul(weights, one.s)[:, 0].astype(float), *one.pulled(np.broadcast_to(w, u.shape).copy())

    u, before = carried.u, carried.before
    moved = STEP * (u if before is None else u - before)
    gained, by_gained, pull_gained = summed(u)
    up, by_up, pull_up = summed(held(u + moved))
    down, by_down, pull_down = summed(held(u - moved))
    if before is not None:
        lost, by_lost, pull_lost = summed(before)
        gained, by_gained = gained - lost, {name: slope - by_lost[name] for name, slope in by_gained.items()}
    gained, marginal = np.maximum(gained, SMALLEST), np.maximum((up - down) / (2 * STEP), SMALLEST)
    per_gained, per_step = 1 / gained, 1 / (2 * STEP * marginal)
    by_parameter = {
        name: (by_up[name] - by_down[name]) * per_step - slope * per_gained for name, slope in by_gained.items()
    }
    scale_gained, scale_step = (scale.astype(u.dtype)[:, None] for scale in (per_gained, per_step))
    moving = STEP * (pull_up + pull_down) * scale_step
    pull = (pull_up - pull_down) * scale_step + moving - pull_gained * scale_gained
    pull_before = None if before is None else pull_lost * scale_gained - moving
    return LogSlope(np.log(marginal) - np.log(gained), by_parameter | carried.back(pull, pull_before))
