"""The data lined up for sampling: scaled KPI, media, and linear columns of unit prior variance.

Prior standard deviations, in units of the mean KPI: intercept 2, standardized controls and trend 1, seasons and
holidays 0.2. Knots follow a Brownian bridge whose size, the smoothness, is sampled, so that more knots bend the
baseline more finely and not more freely. A control whose sign is known is no linear column: it is turned to a positive
effect, and its coefficient sampled.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.bayesian.experiments import lift_block
from xl_mmm.bayesian.unknowns import sized_by, unknowns
from xl_mmm.classical import media_families
from xl_mmm.design import PREFIX, Design, build_design
from xl_mmm.estimation.bayes.likelihood import LinearBlock
from xl_mmm.estimation.bayes.target import Target
from xl_mmm.response import media_block, outcome_weights
from xl_mmm.spec import SIGNS

if TYPE_CHECKING:
    from xl_mmm.dataset import Dataset
    from xl_mmm.spec import ModelSpec

Array = NDArray[np.float64]

INTERCEPT_SD, LINE_SD, SEASON_SD = 2.0, 1.0, 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """A target with the way back to the data's units.

    Attributes
    ----------
    target
        What is sampled.
    design
        The linear columns.
    scale
        Mean KPI.
    back
        (design column, linear + signed control): coefficients in KPI units = scale · back @ scaled coefficients.
    """

    target: Target
    design: Design
    scale: float
    back: Array

    def coefficients(self, q: Array, linear: Array) -> Array:
        """Return the design's coefficients in KPI units (draw, design column) from coordinates and linear block."""
        return np.asarray(self.scale * np.concatenate([linear, self.target.signed_effect(q)], axis=1) @ self.back.T)


def problem_of(dataset: Dataset, spec: ModelSpec) -> Problem:
    """Line up data and choices.

    Raises
    ------
    SpecError
        Choices that are impossible.
    """
    design, families = build_design(dataset, spec), media_families(dataset, spec)
    z, kpi = design.matrix[dataset.window], dataset.window_kpi
    scale = float(np.abs(kpi).mean())
    kinds = zip(design.names, design.group, strict=True)
    knots = np.array([name.startswith("knot") and group == "baseline" for name, group in kinds])
    back = np.diag(_prior_sd(design, z))
    back[np.ix_(knots, knots)] = bridge_factor(int(knots.sum()))
    turn = np.array([SIGNS.get(spec.control_signs.get(name, ""), 0.0) for name in design.names])
    linear, signed = back[:, turn == 0], (back * turn)[:, turn != 0]
    spend = dataset.spend[dataset.window].sum(axis=0)
    quantity = np.array(sized_by(dataset, spec))
    unit = np.full(len(families.names), kpi.sum())
    unit[: len(spend)] = np.where(quantity[: len(spend)] == "share", kpi.sum(), spend)
    weights = np.where(quantity == "share", 1.0, outcome_weights(dataset)[:, None])
    target = Target(
        kpi / scale, media_block(dataset), families, unknowns(dataset, spec, families),
        LinearBlock.of(z @ linear, knots[turn == 0]), z @ signed, unit / scale, weights,
        tuple(np.flatnonzero(quantity == "mroi").tolist()),
        lift_block(dataset, spec, families, scale),
    )  # fmt: skip
    return Problem(target, design, scale, np.concatenate([linear, signed], axis=1))


def _prior_sd(design: Design, z: Array) -> Array:
    """Return the prior standard deviation of each coefficient, per unit of its column, in mean KPI."""
    sd = np.full(len(design.names), LINE_SD)
    for j, (name, group) in enumerate(zip(design.names, design.group, strict=True)):
        if group == "control":
            sd[j] = LINE_SD / max(float(z[:, j].std()), 1e-300)
        elif name == "intercept":
            sd[j] = INTERCEPT_SD
        elif name.startswith((PREFIX, "sin", "cos")):
            sd[j] = SEASON_SD
    return sd


def bridge_factor(n: int) -> Array:
    """Return the Cholesky factor of min(s, t) − s t at n equal steps inside (0, 1): a walk that returns to zero."""
    at = np.arange(1, n + 1) / (n + 1)
    return np.asarray(np.linalg.cholesky(np.minimum.outer(at, at) - np.outer(at, at)), dtype=float)
