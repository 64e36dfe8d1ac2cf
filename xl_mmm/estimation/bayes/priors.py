"""Log densities of the priors, as densities of the unbounded coordinate that is sampled.

A parameter p in (low, high) is sampled as q with p = low + (high − low) / (1 + e^(−q)); p in (0, ∞) as q = ln p. The
density of q is that of p times |dp/dq|; constants are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.estimation.bayes.normal import quantile, share_below

if TYPE_CHECKING:
    from xl_mmm.transforms import Prior

Array = NDArray[np.float64]

STEPS, POINTS = 400, 4000  # of grids of shares, and of values
GRID = (-12.0, 6.0)  # of ln (p / mean): a gamma's


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """Numbers of several priors of one family, each (coordinate,).

    Attributes
    ----------
    location, scale
        As in `xl_mmm.transforms.Prior`.
    low, high
        Ends of the parameter.
    """

    location: Array
    scale: Array
    low: Array
    high: Array


@dataclass(frozen=True, slots=True)
class Family:
    """A family of priors.

    Attributes
    ----------
    density
        (q, p, terms) -> log density of q and its derivative, each (batch, coordinate).
    draw
        (rng, n, terms) -> (n, coordinate) draws of the parameter.
    quantile
        (shares (n,), terms) -> (n, coordinate) the parameter below which a share lies.
    bell
        (parameter (n,) or (n, coordinate), terms) -> the number whose density is a bell curve, or nearest to one.
    exact
        Whether `bell` is normal with the scale as its standard deviation.
    """

    density: Callable[[Array, Array, Terms], tuple[Array, Array]]
    draw: Callable[[np.random.Generator, int, Terms], Array]
    quantile: Callable[[Array, Terms], Array]
    bell: Callable[[Array, Terms], Array]
    exact: bool = False

    def spread(self, terms: Terms) -> Array:
        """Return the standard deviation of `bell`, (coordinate,)."""
        if self.exact:
            return terms.scale
        shares = (np.arange(STEPS) + 0.5) / STEPS
        return np.asarray(self.bell(self.quantile(shares, terms), terms).std(axis=0))


def terms_of(priors: Sequence[Prior], low: Sequence[float], high: Sequence[float]) -> Terms:
    """Gather the numbers of priors of one family."""
    location, scale = np.array([(prior.location, prior.scale) for prior in priors]).T
    return Terms(location, scale, np.asarray(low, dtype=float), np.asarray(high, dtype=float))


def _normal_coordinate(q: Array, _p: Array, terms: Terms) -> tuple[Array, Array]:
    """Return −½ ((q − m) / s)²: the logit or the logarithm is normal."""
    away = (q - terms.location) / terms.scale
    return -0.5 * away**2, -away / terms.scale


def _draw_log(rng: np.random.Generator, n: int, terms: Terms) -> Array:
    return np.exp(terms.location + terms.scale * rng.normal(size=(n, len(terms.scale))))


def _draw_logit(rng: np.random.Generator, n: int, terms: Terms) -> Array:
    q = terms.location + terms.scale * rng.normal(size=(n, len(terms.scale)))
    return np.asarray(terms.low + (terms.high - terms.low) / (1 + np.exp(-q)))


def _gamma(q: Array, p: Array, terms: Terms) -> tuple[Array, Array]:
    """Return a q − b p with a = (mean / sd)² and b = mean / sd²."""
    shape, rate = (terms.location / terms.scale) ** 2, terms.location / terms.scale**2
    return shape * q - rate * p, shape - rate * p


def _draw_gamma(rng: np.random.Generator, n: int, terms: Terms) -> Array:
    shape, rate = (terms.location / terms.scale) ** 2, terms.location / terms.scale**2
    return rng.gamma(shape, 1 / rate, size=(n, len(rate)))


def _truncated_normal(_q: Array, p: Array, terms: Terms) -> tuple[Array, Array]:
    """Return −½ ((p − m) / s)² + ln(p − low) + ln(1 − share): a normal cut off at both ends, or below alone."""
    away, share = (p - terms.location) / terms.scale, (p - terms.low) / (terms.high - terms.low)
    density = -0.5 * away**2 + np.log(p - terms.low) + np.log1p(-share)
    return density, -away / terms.scale * (p - terms.low) * (1 - share) + 1 - 2 * share


def _draw_truncated(rng: np.random.Generator, n: int, terms: Terms) -> Array:
    first, last = (share_below((end - terms.location) / terms.scale) for end in (terms.low, terms.high))
    return terms.location + terms.scale * quantile(first + (last - first) * rng.random((n, len(terms.scale))))


def _log_quantile(shares: Array, terms: Terms) -> Array:
    return np.exp(terms.location + terms.scale * quantile(shares)[:, None])


def _logit_quantile(shares: Array, terms: Terms) -> Array:
    q = terms.location + terms.scale * quantile(shares)[:, None]
    return np.asarray(terms.low + (terms.high - terms.low) / (1 + np.exp(-q)))


def _gamma_quantile(shares: Array, terms: Terms) -> Array:
    """Return quantiles by adding up the density of ln p on a fine grid."""
    q = np.log(terms.location) + np.linspace(*GRID, POINTS)[:, None]
    density = np.exp(_gamma(q, np.exp(q), terms)[0])
    below = np.cumsum(density / density.sum(axis=0), axis=0)
    return np.asarray(np.exp([np.interp(shares, own, at) for own, at in zip(below.T, q.T, strict=True)]).T)


def _truncated_quantile(shares: Array, terms: Terms) -> Array:
    first, last = (share_below((end - terms.location) / terms.scale) for end in (terms.low, terms.high))
    return terms.location + terms.scale * quantile(first + (last - first) * shares[:, None])


def _log(p: Array, _terms: Terms) -> Array:
    return np.asarray(np.log(p))


def _logit(p: Array, terms: Terms) -> Array:
    return np.asarray(np.log((p - terms.low) / (terms.high - p)))


def _itself(p: Array, _terms: Terms) -> Array:
    return p


FAMILIES: dict[str, Family] = {
    "log_normal": Family(_normal_coordinate, _draw_log, _log_quantile, _log, exact=True),
    "logit_normal": Family(_normal_coordinate, _draw_logit, _logit_quantile, _logit, exact=True),
    "gamma": Family(_gamma, _draw_gamma, _gamma_quantile, _log),
    "half_normal": Family(_truncated_normal, _draw_truncated, _truncated_quantile, _itself),  # location 0 and low 0
    "normal": Family(_truncated_normal, _draw_truncated, _truncated_quantile, _itself),
}
