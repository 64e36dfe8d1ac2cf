"""Everything that is sampled, as one row of unbounded coordinates, and the way there and back.

The row holds the free transform parameters column by column, each column's size (ROI, or share of the KPI), the
coefficients of controls with a sign, the knots' smoothness, sigma and rho. What is fixed is no coordinate.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xl_mmm.estimation.bayes.priors import FAMILIES, Terms
from xl_mmm.transforms import Prior

Array = NDArray[np.float64]

SIZE, SIGNED, SMOOTHNESS, SIGMA, RHO = "size", "signed control", "smoothness", "sigma", "rho"
WHOLE = -1  # column of a parameter that belongs to the whole model
LONGEST_LOGIT = 15.0  # beyond it a share cannot be told from its end in float32
LONGEST_LOG = 25.0  # of a positive parameter, from the median of the prior's draws


@dataclass(frozen=True, slots=True)
class Coordinate:
    """One unknown number.

    Attributes
    ----------
    column
        Media column, number of the signed control, or `WHOLE`.
    name
        Transform parameter, or `SIZE`, `SIGNED`, `SMOOTHNESS`, `SIGMA`, `RHO`.
    low, high
        Ends of the parameter; `high` is infinite for a positive one, whose `low` is 0.
    prior
        Family and two numbers, in the parameter's own unit.
    """

    column: int
    name: str
    low: float
    high: float
    prior: Prior


@dataclass(frozen=True, slots=True, eq=False)
class Parameters:
    """The unknowns of a model.

    Attributes
    ----------
    coordinates
        In the order of the row.
    fixed
        Name -> (column,), NaN where free or where the column's family lacks the parameter; `SIZE` included.
    low, high
        (coordinate,) ends.
    middle
        (coordinate,) median of the prior, as a coordinate.
    families
        Family -> which coordinates it holds for, and its numbers.
    """

    coordinates: tuple[Coordinate, ...]
    fixed: Mapping[str, Array]
    low: Array
    high: Array
    middle: Array
    families: Mapping[str, tuple[NDArray[np.intp], Terms]]

    @classmethod
    def of(cls, coordinates: Sequence[Coordinate], fixed: Mapping[str, Array]) -> Parameters:
        """Arrange coordinates."""
        low, high = (np.array([getattr(c, end) for c in coordinates], dtype=float) for end in ("low", "high"))
        families = {}
        for family in dict.fromkeys(c.prior.family for c in coordinates):
            at = np.flatnonzero([c.prior.family == family for c in coordinates])
            own = [c.prior for c in coordinates if c.prior.family == family]
            location, scale = np.array([(prior.location, prior.scale) for prior in own]).T
            families[family] = (at, Terms(location, scale, low[at], high[at]))
        made = cls(tuple(coordinates), fixed, low, high, np.zeros(len(coordinates)), families)
        draws = made.prior_draws(np.random.default_rng(0), 999)
        return cls(tuple(coordinates), fixed, low, high, np.median(draws, axis=0), families)

    def __len__(self) -> int:
        """Return the number of coordinates."""
        return len(self.coordinates)

    def find(self, name: str) -> NDArray[np.intp]:
        """Return the places of a parameter in the row."""
        return np.flatnonzero([c.name == name for c in self.coordinates])

    def at(self, q: Array) -> Array:
        """Return the parameters at coordinates, both (batch, coordinate)."""
        open_end = np.isinf(self.high)
        p = np.empty_like(q)
        p[:, open_end] = np.exp(q[:, open_end])
        low, high = self.low[~open_end], self.high[~open_end]
        p[:, ~open_end] = low + (high - low) / (1 + np.exp(-q[:, ~open_end]))
        return p

    def coordinate(self, p: Array) -> Array:
        """Return the coordinates of parameters strictly inside their ends, both (batch, coordinate)."""
        open_end = np.isinf(self.high)
        q = np.empty_like(p)
        q[:, open_end] = np.log(p[:, open_end])
        low, high = self.low[~open_end], self.high[~open_end]
        q[:, ~open_end] = np.log((p[:, ~open_end] - low) / (high - p[:, ~open_end]))
        return q

    def slope(self, p: Array) -> Array:
        """Return dp/dq at parameters, both (batch, coordinate)."""
        return np.asarray((p - self.low) * (1 - (p - self.low) / (self.high - self.low)))

    def inside(self, q: Array) -> NDArray[np.bool_]:
        """Tell which rows (batch,) are where exponentials and float32 still tell values apart."""
        longest = np.where(np.isinf(self.high), LONGEST_LOG, LONGEST_LOGIT)
        from_here = np.where(np.isinf(self.high), self.middle, 0.0)
        return np.asarray((np.abs(q - from_here) <= longest).all(axis=1))

    def held(self, q: Array) -> Array:
        """Return coordinates brought back to where `inside` holds; what is no number goes to the prior's median."""
        longest = np.where(np.isinf(self.high), LONGEST_LOG, LONGEST_LOGIT)
        from_here = np.where(np.isinf(self.high), self.middle, 0.0)
        return np.clip(np.where(np.isnan(q), self.middle, q), from_here - longest, from_here + longest)

    def columns(self, p: Array) -> dict[str, Array]:
        """Return name -> (batch, column) of the media's parameters, `SIZE` included."""
        out = {name: np.tile(value, (len(p), 1)) for name, value in self.fixed.items()}
        for j, c in enumerate(self.coordinates):
            if c.name in out:
                out[c.name][:, c.column] = p[:, j]
        return out

    def log_prior(self, q: Array, p: Array) -> tuple[Array, Array]:
        """Return the log prior density of the coordinates (batch,), constants left out, and its gradient in q."""
        total, gradient = np.zeros(len(q)), np.empty_like(q)
        for family, (at, terms) in self.families.items():
            density, gradient[:, at] = FAMILIES[family].density(q[:, at], p[:, at], terms)
            total += density.sum(axis=1)
        return total, gradient

    def log_prior_each(self, q: Array, p: Array) -> Array:
        """Return the log prior density of each coordinate, (batch, coordinate), constants left out."""
        each = np.empty_like(q)
        for family, (at, terms) in self.families.items():
            each[:, at] = FAMILIES[family].density(q[:, at], p[:, at], terms)[0]
        return each

    def prior_draws(self, rng: np.random.Generator, n: int) -> Array:
        """Return draws from the prior, (n, coordinate)."""
        p = np.empty((n, len(self)))
        for family, (at, terms) in self.families.items():
            p[:, at] = FAMILIES[family].draw(rng, n, terms)
        return self.coordinate(p)
