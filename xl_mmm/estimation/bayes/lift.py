"""Experiments in the likelihood: each measured effect is normal around what the model says of it.

    E_j = share_j c_k Σ_t [S(u_t) − S(u⁻_t)]   over the measured weeks, u⁻ without the change
    ln p = −½ Σ_j ((E_j − measured_j) / se_j)² − Σ_j ln(se_j √2π)

c follows the size of the column and its transforms; that chain is the target's. Here the derivatives are taken in c and
in the transform parameters as if they were free of each other. Effects are in units of the mean KPI.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xl_mmm.estimation.bayes.forward import effective, parameter_names, pulled_back, saturated
from xl_mmm.experiments import ChangedMedia
from xl_mmm.response import MediaParameters

Array = NDArray[np.float64]

WITH_LESS_WITHOUT = np.array([1.0, -1.0])  # columns of `ChangedMedia.media`


@dataclass(frozen=True, slots=True, eq=False)
class LiftBlock:
    """The experiments.

    Attributes
    ----------
    tested
        Their media, by test.
    measured, se
        (test,) over the mean KPI.
    period_weeks
        Weeks in a row.
    """

    tested: tuple[ChangedMedia, ...]
    measured: Array
    se: Array
    period_weeks: float

    def density(self, families: MediaParameters, values: Mapping[str, Array], c: Array) -> LiftDensity:
        """Evaluate for a batch.

        Parameters
        ----------
        families
            Transforms of the columns; its draws are not used.
        values
            Parameter -> (column, draw).
        c
            (column, draw) coefficients over the mean KPI.
        """
        value = np.full(c.shape[1], -np.log(self.se * np.sqrt(2 * np.pi)).sum())
        by_coefficient = np.zeros_like(c)
        by_parameter: dict[str, Array] = {}
        for tested, measured, se in zip(self.tested, self.measured, self.se, strict=True):
            k, sign = tested.column, tested.share * WITH_LESS_WITHOUT
            family, bent = families.adstock[k], families.saturation[k]
            own = {name: np.repeat(values[name][k : k + 1], 2, axis=0) for name in parameter_names(family, bent)}
            u, _ = effective(tested.media, tested.first, family, own, families.max_lag[k], self.period_weeks)
            one = saturated(u.u, bent, own)
            per_unit = np.einsum("tib,i->b", one.s, sign)  # E / c
            away = (c[k] * per_unit - measured) / se
            value -= 0.5 * away**2
            by_coefficient[k] -= away / se * per_unit
            pull = np.broadcast_to(sign[:, None] * (-away / se * c[k]), one.s.shape)
            for name, slope in pulled_back(pull, u, one, own).items():
                by_parameter.setdefault(name, np.zeros_like(c))[k] += slope.sum(axis=0)
        return LiftDensity(value, by_coefficient, by_parameter)


@dataclass(frozen=True, slots=True, eq=False)
class LiftDensity:
    """The log density of the measured effects, with its derivatives.

    Attributes
    ----------
    value
        (draw,).
    by_coefficient
        (column, draw) in c, transform parameters held.
    by_parameter
        Transform parameter -> (column, draw), c held; those of tested families only.
    """

    value: Array
    by_coefficient: Array
    by_parameter: Mapping[str, Array]
