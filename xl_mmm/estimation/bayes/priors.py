"""Log densities of the priors, as densities of the unbounded coordinate that is sampled.

A parameter p in (low, high) is sampled as q with p = low + (high − low) / (1 + e^(−q)); p in (0, ∞) as q = ln p. The
density of q is that of p times |dp/dq|; constants are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xl_mmm.estimation.bayes.normal import quantile, share_below

Array = NDArray[np.float64]


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
    """

    density: Callable[[Array, Array, Terms], tuple[Array, Array]]
    draw: Callable[[np.random.Generator, int, Terms], Array]


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


FAMILIES: dict[str, Family] = {
    "log_normal": Family(_normal_coordinate, _draw_log),
    "logit_normal": Family(_normal_coordinate, _draw_logit),
    "gamma": Family(_gamma, _draw_gamma),
    "half_normal": Family(_truncated_normal, _draw_truncated),  # location 0 and low 0
    "normal": Family(_truncated_normal, _draw_truncated),
}
