"""The log posterior density of everything that is not linear, with its exact gradient, for a batch of chains.

A column's coefficient follows from its size: c = size · unit / A with A = Σ_t w_t [S(u_t) − S(u0_t)], so that its
contribution (times w) is size · unit exactly. `unit` is the window's spend and w revenue per KPI for paid media;
for organic media `unit` is the KPI's sum and w is one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xl_mmm.estimation.bayes.likelihood import LinearBlock, Marginal, draw_linear, linear_mean, marginal
from xl_mmm.estimation.bayes.parameters import RHO, SIGMA, SIZE, SMOOTHNESS, WHOLE, Parameters
from xl_mmm.response import MediaBlock, MediaParameters, effective_media, saturate, saturated_with_gradient

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
        Baseline and controls.
    unit
        (column,) what a size of one means, over the mean KPI.
    weights
        (week, column) w.
    """

    y: Array
    block: MediaBlock
    families: MediaParameters
    parameters: Parameters
    linear: LinearBlock
    unit: Array
    weights: Array

    @property
    def carried(self) -> MediaBlock | None:
        """History alone; None when it holds no media."""
        return self.block.scaled(np.zeros(len(self.unit))) if self.block.media[: self.block.n_history].any() else None

    def media(self, q: Array) -> MediaParameters:
        """Return transforms and coefficients (KPI over its mean) at coordinates (batch, coordinate)."""
        return self._media(q)[0]

    def noise(self, q: Array) -> tuple[Array, Array, Array]:
        """Return sigma (KPI over its mean), rho and smoothness at coordinates, each (batch,)."""
        return self._noise(self.parameters.at(q))

    def linear_mean(self, q: Array) -> Array:
        """Return the mean of the linear block's scaled coefficients given coordinates, (batch, linear)."""
        return linear_mean(self.linear, self._unexplained(*self._media(q)), *self.noise(q))

    def linear_draws(self, q: Array, rng: np.random.Generator) -> tuple[MediaParameters, Array]:
        """Draw the linear block's scaled coefficients given coordinates; returns the media too, and (batch, linear)."""
        media, s = self._media(q)
        return media, draw_linear(self.linear, self._unexplained(media, s), *self.noise(q), rng)

    def log_density(self, q: Array) -> tuple[Array, Array]:
        """Return the log density (batch,) and its gradient (batch, coordinate); −∞ and 0 where `inside` fails."""
        inside = self.parameters.inside(q)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            value, gradient = self._density(q if inside.all() else self.parameters.held(q))
        good = inside & np.isfinite(value) & np.isfinite(gradient).all(axis=1)
        if good.all():
            return value, gradient
        return np.where(good, value, -np.inf), np.where(good[:, None], gradient, 0.0)

    def _density(self, q: Array) -> tuple[Array, Array]:
        unknowns = self.parameters
        p = unknowns.at(q)
        slope = unknowns.slope(p)
        log_prior, gradient = unknowns.log_prior(q, p)
        transforms, size = self._transforms(p)
        s, by_parameter = saturated_with_gradient(self.block, transforms)
        gained = np.einsum("btk,tk->bk", s, self.weights)
        carried = self.carried
        if carried is not None:
            s0, by_parameter0 = saturated_with_gradient(carried, transforms)
            gained = gained - np.einsum("btk,tk->bk", s0, self.weights)
        gained = np.maximum(gained, SMALLEST)
        c = size * self.unit / gained
        sigma, rho, smoothness = self._noise(p)
        fit = marginal(self.linear, self.y - np.einsum("btk,bk->bt", s, c), sigma, rho, smoothness)
        # a = d value / d media; with c fixed by A, d value / d parameter = c Σ (a − b w) dS + c b Σ w dS0, b = Σ a S / A
        a = -fit.by_residual
        by_size = np.einsum("btk,bt->bk", s, a)  # times c: d value / d ln size
        b = by_size / gained
        pull = c[:, None] * (a[:, :, None] - b[:, None] * self.weights)
        push = (c * b)[:, None] * self.weights if carried is not None else None
        by_name = {name: np.einsum("btk,btk->bk", pull, ds) for name, ds in by_parameter.items()}
        if push is not None:
            for name, ds in by_parameter0.items():
                by_name[name] += np.einsum("btk,btk->bk", push, ds)
        by_name[SIZE] = c * by_size / size
        whole = self._whole(fit, sigma, rho, smoothness)
        for j, coordinate in enumerate(unknowns.coordinates):
            own = whole[coordinate.name] if coordinate.column == WHOLE else by_name[coordinate.name][:, coordinate.column]
            gradient[:, j] += own * slope[:, j]
        return log_prior + fit.value, gradient

    def _media(self, q: Array) -> tuple[MediaParameters, Array]:
        """Return the media with their coefficients, and S(u) (batch, week, column)."""
        f, size = self._transforms(self.parameters.at(q))
        s = saturate(effective_media(self.block, f), f)
        gained = np.einsum("btk,tk->bk", s, self.weights)
        if (carried := self.carried) is not None:
            gained = gained - np.einsum("btk,tk->bk", saturate(effective_media(carried, f), f), self.weights)
        coefficient = size * self.unit / np.maximum(gained, SMALLEST)
        return MediaParameters(f.names, f.adstock, f.saturation, f.max_lag, f.values, coefficient), s

    def _unexplained(self, media: MediaParameters, s: Array) -> Array:
        """Return the KPI less media, (batch, week)."""
        return self.y - np.einsum("btk,bk->bt", s, media.coefficient)

    def _transforms(self, p: Array) -> tuple[MediaParameters, Array]:
        """Return the transforms without coefficients, and the sizes (batch, column)."""
        values, f = self.parameters.columns(p), self.families
        size = values.pop(SIZE)
        return MediaParameters(f.names, f.adstock, f.saturation, f.max_lag, values, np.ones_like(size)), size

    def _noise(self, p: Array) -> tuple[Array, Array, Array]:
        """Return sigma, rho and smoothness (one without knots) from parameters."""
        sigma, rho, smoothness = (self.parameters.find(name) for name in (SIGMA, RHO, SMOOTHNESS))
        tau = p[:, smoothness[0]] if smoothness.size else np.ones(len(p))
        return p[:, sigma[0]], p[:, rho[0]], tau

    @staticmethod
    def _whole(fit: Marginal, sigma: Array, rho: Array, smoothness: Array) -> dict[str, Array]:
        """Return d value / d parameter of what belongs to the whole model."""
        return {
            SIGMA: fit.by_log_sigma / sigma, RHO: fit.by_rho, SMOOTHNESS: fit.by_log_smoothness / smoothness,
        }  # fmt: skip
