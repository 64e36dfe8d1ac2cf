"""A prior on the marginal return of a channel whose sampled size is its ROI.

mROI = ROI g(θ) with g = M / A, A = Σ_t w [S(u) − S(u0)] and M = Σ_t w S'(u) (u − u0). The map from (θ, ln ROI) to
(θ, ln mROI) has Jacobian one, so a prior N(m, s) of ln mROI is the prior of ln ROI taken at ln ROI + ln g.

M is a central difference: in-window spend scaled by 1 ± `STEP` moves u to u ± `STEP` (u − u0), because carryover is
linear, and leaves u0. It is off by about `STEP`² / 6 of itself (2e-7), and its gradient is exact for what is computed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xl_mmm.estimation.bayes.forward import Effective, Values, held, lined_up, pulled_back, saturated

Array = NDArray[np.float64]

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


def log_slope(
    effective: Effective, effective0: Effective | None, saturation: str, values: Values, weights: Array
) -> LogSlope:
    """Return ln g.

    Parameters
    ----------
    effective, effective0
        Of all media and of history alone; None without history.
    saturation
        Family of the columns.
    values
        Parameter -> (column, draw).
    weights
        (week, column) w.
    """
    w = weights.T[:, :, None]
    gained, by_gained = _sums(w, effective, saturation, values)
    if effective0 is not None:
        before, by_before = _sums(w, effective0, saturation, values)
        gained = gained - before
        by_gained = {name: slope - by_before[name] for name, slope in by_gained.items()}
    up, by_up = _sums(w, _scaled(effective, effective0, STEP), saturation, values)
    down, by_down = _sums(w, _scaled(effective, effective0, -STEP), saturation, values)
    gained, marginal = np.maximum(gained, SMALLEST), np.maximum((up - down) / (2 * STEP), SMALLEST)
    by_parameter = {
        name: (by_up[name] - by_down[name]) / (2 * STEP * marginal) - slope / gained
        for name, slope in by_gained.items()
    }
    return LogSlope(np.log(marginal) - np.log(gained), by_parameter)


def _scaled(effective: Effective, effective0: Effective | None, step: float) -> Effective:
    """Return effective media with the window's spend scaled by 1 + `step`."""
    u = (1 + step) * effective.u
    by_parameter = {name: (1 + step) * du for name, du in effective.by_parameter.items()}
    if effective0 is None:
        return Effective(u, by_parameter)
    before = effective0.by_parameter
    slopes = {name: du - step * before[name] for name, du in by_parameter.items()}
    return Effective(held(u - step * effective0.u), slopes)


def _sums(w: Array, effective: Effective, saturation: str, values: Values) -> tuple[Array, dict[str, Array]]:
    """Return Σ_t w S (column, draw) and its derivatives."""
    one = saturated(effective.u, saturation, lined_up(values))
    every = np.broadcast_to(w, one.s.shape)
    return np.asarray(np.einsum("ktb,ktb->kb", every, one.s)), pulled_back(every, effective, one, values)
