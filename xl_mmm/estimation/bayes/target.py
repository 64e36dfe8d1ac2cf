"""The log posterior density of everything that is not linear, with its exact gradient, for a batch of chains.

A column's coefficient follows from its size: c = size · unit / A with A = Σ_t w_t [S(u_t) − S(u0_t)], so that its
contribution (times w) is size · unit exactly. Where the size is ROI, `unit` is the window's spend and w revenue per
KPI; where it is the share of the KPI, `unit` is the KPI's sum and w is one. A control whose sign is known is no part of
the linear block, which is normal: its column is turned so that the coefficient is positive, and that is sampled.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import DTypeLike, NDArray

from xl_mmm.estimation.bayes.forward import Group, Part
from xl_mmm.estimation.bayes.lift import LiftBlock
from xl_mmm.estimation.bayes.likelihood import LinearBlock, draw_linear, linear_mean, marginal
from xl_mmm.estimation.bayes.parameters import RHO, SIGMA, SIGNED, SIZE, SMOOTHNESS, WHOLE, Parameters
from xl_mmm.response import MediaBlock, MediaParameters

Array = NDArray[np.float64]

SMALLEST = 1e-200  # of A: a column whose media never work has no coefficient


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """Data and unknowns of a posterior.

    Attributes
    ----------
    y
        (week,) KPI over its mean.
    block
        Exposure, history first.
    families
        Transforms of the columns; its draws are not used.
    parameters
        The unknowns.
    linear
        Baseline, and the controls of either sign.
    signed
        (week, signed control) the other controls, scaled to unit prior variance and turned to a positive effect.
    unit
        (column,) what a size of one means, over the mean KPI.
    weights
        (week, column) w.
    on_marginal
        Columns whose size is ROI and has its prior on the marginal ROI.
    lift
        Experiments whose effects the media must explain too; None where there are none.
    precision
        Of the media's part of the density; the rest is double, whatever it is.
    groups
        The columns, those of equal families together.
    """

    y: Array
    block: MediaBlock
    families: MediaParameters
    parameters: Parameters
    linear: LinearBlock
    signed: Array
    unit: Array
    weights: Array
    on_marginal: tuple[int, ...] = ()
    lift: LiftBlock | None = None
    precision: DTypeLike = np.float64
    groups: tuple[Group, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Group the columns whose families agree."""
        groups = Group.all_of(self.block, self.families, self.weights, self.precision)
        object.__setattr__(self, "groups", groups)

    def rough(self) -> Target:
        """Return the same in single precision, which takes two thirds of the time: a slope to follow."""
        return replace(self, precision=np.float32)

    def transforms(self, q: Array) -> MediaParameters:
        """Return the transforms at coordinates (batch, coordinate), every coefficient one."""
        return self._media(self.parameters.columns(self.parameters.at(q)), None)

    def media(self, q: Array) -> MediaParameters:
        """Return transforms and coefficients (KPI over its mean) at coordinates (batch, coordinate)."""
        run = self._run(self.parameters.at(q))
        return self._media(run.values, run.c)

    def noise(self, q: Array) -> tuple[Array, Array, Array]:
        """Return sigma (KPI over its mean), rho and smoothness at coordinates, each (batch,)."""
        return self._noise(self.parameters.at(q))

    def signed_effect(self, q: Array) -> Array:
        """Return the scaled coefficients of the signed controls at coordinates, (batch, signed control)."""
        return self.parameters.at(q)[:, self.parameters.find(SIGNED)]

    def unexplained(self, q: Array) -> Array:
        """Return the KPI (over its mean) less media and signed controls at coordinates, (week, batch)."""
        return self._run(self.parameters.at(q)).left

    def linear_mean(self, q: Array) -> Array:
        """Return the mean of the linear block's scaled coefficients given coordinates, (batch, linear)."""
        return linear_mean(self.linear, self.unexplained(q), *self.noise(q))

    def completed(self, q: Array, rng: np.random.Generator) -> Completed:
        """Draw the linear block given coordinates, and tell what else follows from them."""
        p = self.parameters.at(q)
        run = self._run(p)
        linear = draw_linear(self.linear, run.left, *self._noise(p), rng)
        marginal_effect = np.empty_like(run.c)
        for part in run.parts:
            columns = part.group.columns
            marginal_effect[columns] = run.c[columns] * part.marginal()
        return Completed(linear, run.c.T, marginal_effect.T)

    def log_density(self, q: Array) -> tuple[Array, Array]:
        """Return the log density (batch,) and its gradient (batch, coordinate); −∞ and 0 where `inside` fails."""
        inside = self.parameters.inside(q)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            value, gradient = self._density(q if inside.all() else self.parameters.held(q))
        good = inside & np.isfinite(value) & np.isfinite(gradient).all(axis=1)
        if good.all():
            return value, gradient
        return np.where(good, value, -np.inf), np.where(good[:, None], gradient, 0.0)

    def log_priors(self, q: Array) -> tuple[Array, Array, Array]:
        """Return the log prior of the sizes, of the transforms and of the rest at coordinates, each (batch,)."""
        p = self.parameters.at(q)
        each = self.parameters.log_prior_each(q, p)
        sizes = np.array([c.name == SIZE for c in self.parameters.coordinates])
        rest = np.array([c.column == WHOLE or c.name == SIGNED for c in self.parameters.coordinates])
        of_sizes = each[:, sizes].sum(axis=1)
        if self.on_marginal:
            values = self.parameters.columns(p)
            by_name = {name: np.zeros_like(value) for name, value in values.items()}
            of_sizes = of_sizes + self._moved_priors([group.run(values) for group in self.groups], values, by_name)
        return of_sizes, each[:, ~sizes & ~rest].sum(axis=1), each[:, rest].sum(axis=1)

    def _density(self, q: Array) -> tuple[Array, Array]:
        unknowns = self.parameters
        p = unknowns.at(q)
        log_prior, gradient = unknowns.log_prior(q, p)
        run = self._run(p)
        values, parts, c, gained, size = run.values, run.parts, run.c, run.gained, run.values[SIZE]
        sigma, rho, smoothness = self._noise(p)
        fit = marginal(self.linear, run.left, sigma, rho, smoothness)
        # a = d value / d media, b = Σ a S / A; c follows A, so d value / d p = c Σ (a − b w) dS/dp + c b Σ w dS0/dp;
        # what experiments say of c comes into b, what they say of p at given c is added
        a = -fit.by_residual
        by_name = {name: np.zeros_like(size) for name in values} | {SIGNED: self.signed.T @ a}
        lift = None if self.lift is None else self.lift.density(values, c)
        for part in parts:
            at = part.group.columns
            by_size = part.along(a)
            if lift is not None:
                by_size = by_size + lift.by_coefficient[at]
            for name, slope in part.back(a, by_size / gained[at]).items():
                by_name[name][at] = c[at] * slope
            by_name[SIZE][at] = by_size * c[at] / np.maximum(size[at], SMALLEST)
        value = log_prior + self._moved_priors(parts, values, by_name) + fit.value
        if lift is not None:
            value = value + lift.value
            for name, slope in lift.by_parameter.items():
                by_name[name] += slope
        whole = {
            SIGMA: fit.by_log_sigma / sigma, RHO: fit.by_rho, SMOOTHNESS: fit.by_log_smoothness / smoothness,
        }  # fmt: skip
        return value, gradient + unknowns.slope(p) * unknowns.gathered(by_name | whole)

    def _moved_priors(self, parts: list[Part], values: dict[str, Array], by_name: dict[str, Array]) -> Array | float:
        """Return what priors on the marginal ROI change in the log prior (batch,); adds their slopes to `by_name`."""
        change: Array | float = 0.0
        if not self.on_marginal:
            return change
        priors = {c.column: c.prior for c in self.parameters.coordinates if c.name == SIZE}
        for part in parts:
            for i, k in enumerate(part.group.columns):
                if k not in self.on_marginal:
                    continue
                slope = part.log_slope(i)
                prior, size = priors[k], values[SIZE][k]
                away, moved = np.log(size) - prior.location, slope.value[0]
                change = change - (moved * (2 * away + moved)) / (2 * prior.scale**2)
                by_name[SIZE][k] -= moved / (prior.scale**2 * size)
                for name, by_slope in slope.by_parameter.items():
                    by_name[name][k] -= (away + moved) / prior.scale**2 * by_slope[0]
        return change

    def _run(self, p: Array) -> _Run:
        """Run the forward model at parameters."""
        values = self.parameters.columns(p)
        parts = [group.run(values) for group in self.groups]
        gained = np.empty_like(values[SIZE])
        for part in parts:
            gained[part.group.columns] = part.gained()
        gained = np.maximum(gained, SMALLEST)
        c = values[SIZE] * self.unit[:, None] / gained
        explained = self.signed @ p[:, self.parameters.find(SIGNED)].T  # (week, draw)
        for part in parts:
            explained += part.times(c[part.group.columns])
        return _Run(values, parts, gained, c, np.subtract(self.y[:, None], explained, out=explained))

    def _media(self, values: dict[str, Array], c: Array | None) -> MediaParameters:
        """Return name -> (column, batch) and coefficients, one where None, as the forward model's parameters."""
        f, across = self.families, {name: np.ascontiguousarray(value.T) for name, value in values.items()}
        size = across.pop(SIZE)
        coefficient = np.ones_like(size) if c is None else np.ascontiguousarray(c.T)
        return MediaParameters(f.names, f.adstock, f.saturation, f.max_lag, across, coefficient)

    def _noise(self, p: Array) -> tuple[Array, Array, Array]:
        """Return sigma, rho and smoothness (one without knots) from parameters."""
        sigma, rho, smoothness = (self.parameters.find(name) for name in (SIGMA, RHO, SMOOTHNESS))
        tau = p[:, smoothness[0]] if smoothness.size else np.ones(len(p))
        return p[:, sigma[0]], p[:, rho[0]], tau


@dataclass(frozen=True, slots=True, eq=False)
class Completed:
    """What coordinates leave open or imply.

    Attributes
    ----------
    linear
        (batch, linear) a draw of the linear block's scaled coefficients.
    coefficient
        (batch, column) of the media, KPI over its mean.
    marginal_effect
        (batch, column) Σ_t w c S'(u) (u − u0): what mROI is but for the spend.
    """

    linear: Array
    coefficient: Array
    marginal_effect: Array


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """The forward model run: values, A and c (column, draw), and the KPI left unexplained (week, draw)."""

    values: dict[str, Array]
    parts: list[Part]
    gained: Array
    c: Array
    left: Array
