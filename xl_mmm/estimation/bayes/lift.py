"""Experiments in the likelihood: each measured effect is normal around what the model says of it.

    E_j = share_j c_k Σ_t [S(u_t) − S(u⁻_t)]   over the measured weeks, u⁻ without the change
    ln p = −½ Σ_j ((E_j − measured_j) / se_j)² − Σ_j ln(se_j √2π)

c follows the size of the column and its transforms; that chain is the target's. Here the derivatives are taken in c and
in the transform parameters as if they were free of each other. Effects are in units of the mean KPI.

Tests whose channels share their families are run together, lined up at their last measured week: zeros in front of a
series change no carryover.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xl_mmm.estimation.bayes.carryover import Exposure, carryover, lined_up
from xl_mmm.estimation.bayes.forward import grouped, parameter_names
from xl_mmm.estimation.bayes.saturated import saturated
from xl_mmm.experiments import ChangedMedia
from xl_mmm.response import MediaParameters

Array = NDArray[np.float64]

WITH_LESS_WITHOUT = np.array([1.0, -1.0])  # columns of `ChangedMedia.media`


@dataclass(frozen=True, slots=True, eq=False)
class LiftBlock:
    """The experiments.

    Attributes
    ----------
    batches
        The tests, those of like families together.
    """

    batches: tuple[_Batch, ...]

    @classmethod
    def of(
        cls,
        changes: Sequence[ChangedMedia],
        measured: Array,
        se: Array,
        families: MediaParameters,
        period_weeks: float,
    ) -> LiftBlock:
        """Line up tests; `measured` and `se` (test,) over the mean KPI."""
        columns = [change.column for change in changes]
        labels = [[of[k] for k in columns] for of in (families.adstock, families.max_lag, families.saturation)]
        batches = [
            _Batch.of([changes[j] for j in own], measured[own], se[own], families, columns[first], period_weeks)
            for first, own in grouped(*labels)
        ]
        return cls(tuple(batches))

    def density(self, values: Mapping[str, Array], c: Array) -> LiftDensity:
        """Evaluate for a batch of draws.

        Parameters
        ----------
        values
            Parameter -> (column, draw).
        c
            (column, draw) coefficients over the mean KPI.
        """
        value, by_coefficient = np.zeros(c.shape[1]), np.zeros_like(c)
        by_parameter: dict[str, Array] = {}
        for batch in self.batches:
            own = {name: values[name][batch.pairs] for name in parameter_names(batch.adstock, batch.saturation)}
            carried = carryover(batch.exposure, batch.adstock, own, batch.max_lag)
            one = saturated(carried.u, batch.saturation, lined_up(own))
            columns = batch.pairs[::2]
            per_unit = np.einsum("itb,ti->ib", one.s, batch.sign).reshape(len(columns), 2, -1).sum(axis=1)  # E / c
            away = (c[columns] * per_unit - batch.measured[:, None]) / batch.se[:, None]
            value += -0.5 * (away**2).sum(axis=0) - np.log(batch.se * np.sqrt(2 * np.pi)).sum()
            by_effect = -away / batch.se[:, None]
            np.add.at(by_coefficient, columns, by_effect * per_unit)
            pull = batch.sign.T[:, :, None] * np.repeat(by_effect * c[columns], 2, axis=0)[:, None]
            slopes, pull = one.pulled(pull)
            for name, slope in (slopes | carried.back(pull, None)).items():
                np.add.at(by_parameter.setdefault(name, np.zeros_like(c)), batch.pairs, slope)
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


@dataclass(frozen=True, slots=True, eq=False)
class _Batch:
    """Tests of one pair of families, each with two series, with and without its change.

    Attributes
    ----------
    adstock, max_lag, saturation
        Their families.
    pairs
        (series,) column of the model.
    exposure
        The series' media, lined up at the last measured week; their window begins with the first measurement.
    sign
        (measured week, series) share of the market where it was measured, negative without the change, else zero.
    measured, se
        (test,).
    """

    adstock: str
    max_lag: int
    saturation: str
    pairs: NDArray[np.intp]
    exposure: Exposure
    sign: Array
    measured: Array
    se: Array

    @classmethod
    def of(
        cls, changes: Sequence[ChangedMedia], measured: Array, se: Array, families: MediaParameters, k: int,
        period_weeks: float,
    ) -> _Batch:  # fmt: skip
        """Line up tests of columns whose families are those of column `k`."""
        n_rows, n_weeks = max(len(c.media) for c in changes), max(c.n_measured for c in changes)
        media, sign = np.zeros((n_rows, 2 * len(changes))), np.zeros((n_weeks, 2 * len(changes)))
        for j, change in enumerate(changes):
            media[n_rows - len(change.media) :, 2 * j : 2 * j + 2] = change.media
            sign[n_weeks - change.n_measured :, 2 * j : 2 * j + 2] = change.share * WITH_LESS_WITHOUT
        pairs = np.repeat([change.column for change in changes], 2)
        adstock, max_lag, saturation = families.adstock[k], families.max_lag[k], families.saturation[k]
        exposure = Exposure.of(media, n_rows - n_weeks, period_weeks, apart=False)
        return cls(adstock, max_lag, saturation, pairs, exposure, sign, measured, se)
