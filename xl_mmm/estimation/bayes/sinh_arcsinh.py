"""Coordinates bent, one by one, so that their draws look normal: what a sampler's long steps are made for.

    q = middle + spread · sinh((arcsinh x + skew) / tail)

Skew 0 and tail 1 make it a line; a tail below 1 gives q heavier tails than x has, one above 1 lighter ones. The density
of x is that of q times dq/dx, so a bend changes how fast chains mix and nothing of what they draw.

References
----------
Jones and Pewsey (2009), "Sinh-arcsinh distributions". Parno and Marzouk (2018), "Transport map accelerated Markov chain
Monte Carlo".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xl_mmm.estimation.bayes.normal import share_below

Array = NDArray[np.float64]
Density = Callable[[Array], tuple[Array, Array]]  # (row, coordinate) -> log density (row,), gradient

LEVELS = np.linspace(-2.0, 2.0, 17)[:, None]  # normal scores, (level, 1), at which draws and bend are compared
SHARE = share_below(LEVELS)
BLUR = np.sqrt(2 * np.pi * SHARE * (1 - SHARE)) * np.exp(LEVELS**2 / 2)  # a quantile's error: this, by √draws
ALIKE = 1.0  # neighboring draws of a chain that count as one
BELIEF = np.array([np.inf, np.inf, 0.3, 0.2])  # middle, ln spread, skew, ln tail: standard deviation without draws
FURTHEST = np.array([[np.inf], [np.inf], [0.8], [0.5]])  # no bend is steeper than a few hundred draws can tell
ITERATIONS, LONGEST = 8, 0.5  # of Gauss and Newton's method


@dataclass(frozen=True, slots=True, eq=False)
class Bend:
    """Bends of some coordinates, each attribute (coordinate,)."""

    middle: Array
    spread: Array
    skew: Array
    tail: Array

    @classmethod
    def none(cls, width: int) -> Bend:
        """Return bends that change nothing."""
        return cls(np.zeros(width), np.ones(width), np.zeros(width), np.ones(width))

    @classmethod
    def learned(cls, draws: Array) -> Bend:
        """Return bends that make draws (draw, coordinate) look normal, shrunk towards lines.

        Quantiles are matched by least squares, each weighed by what so many draws tell of it.
        """
        middle, spread = draws.mean(axis=0), draws.std(axis=0)
        spread[spread == 0] = 1.0
        wanted = (np.quantile(draws, SHARE[:, 0], axis=0) - middle) / spread  # (level, coordinate)
        weight = len(draws) / ALIKE / BLUR**2
        belief, arc = np.diag(BELIEF**-2), np.arcsinh(LEVELS)
        found = np.zeros((4, draws.shape[1]))  # middle, ln spread, skew, ln tail
        for _ in range(ITERATIONS):
            width, tail = np.exp(found[1]), np.exp(found[3])
            angle = (arc + found[2]) / tail
            high, steep = width * np.sinh(angle), width * np.cosh(angle)
            slopes = np.stack([np.ones_like(high), high, steep / tail, -steep * angle])  # (4, level, coordinate)
            curvature = np.einsum("ilk,jlk->kij", slopes, weight * slopes) + belief
            fall = np.einsum("ilk,lk->ki", slopes, weight * (found[0] + high - wanted)) + found.T @ belief
            step = np.linalg.solve(curvature, fall[:, :, None])[:, :, 0].T
            found = np.clip(found - np.clip(step, -LONGEST, LONGEST), -FURTHEST, FURTHEST)
        return cls(middle + spread * found[0], spread * np.exp(found[1]), found[2], np.exp(found[3]))

    def q(self, x: Array) -> Array:
        """Return q at x, both (..., coordinate)."""
        return np.asarray(self.middle + self.spread * np.sinh(self._angle(x)))

    def x(self, q: Array) -> Array:
        """Return x at q, both (..., coordinate)."""
        return np.asarray(np.sinh(self.tail * np.arcsinh((q - self.middle) / self.spread) - self.skew))

    def slope(self, x: Array) -> Array:
        """Return dq/dx at x, both (..., coordinate)."""
        return np.asarray(self.spread * np.cosh(self._angle(x)) / (self.tail * np.sqrt(1 + x * x)))

    def density(self, of_q: Density) -> Density:
        """Return the log density of x, with its gradient, given that of q; −∞ and 0 where x is beyond all numbers."""

        def of_x(x: Array) -> tuple[Array, Array]:
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                root = np.sqrt(1 + x * x)
                angle = (np.copysign(np.log(np.abs(x) + root), x) + self.skew) / self.tail  # arcsinh, in less time
                up = np.exp(angle)
                down = 1 / up
                high, steep = (up - down) / 2, (up + down) / 2
                rate = 1 / (self.tail * root)
                slope = self.spread * steep * rate
                value, by_q = of_q(self.middle + self.spread * high)
                value = value + np.log(slope).sum(axis=1)
                gradient = by_q * slope + high / steep * rate - x / (root * root)
            good = ~np.isnan(value) & np.isfinite(gradient).all(axis=1)
            if good.all():
                return value, gradient
            return np.where(good, value, -np.inf), np.where(good[:, None], gradient, 0.0)

        return of_x

    def _angle(self, x: Array) -> Array:
        return np.asarray((np.arcsinh(x) + self.skew) / self.tail)
