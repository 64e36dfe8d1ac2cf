"""Everything that is sampled, as one row of unbounded coordinates, and the way there and back.

The row holds the free transform parameters column by column, each column's size (ROI, or share of the KPI), the
coefficients of controls with a sign, the knots' smoothness, sigma and rho. What is fixed is no coordinate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from xl_mmm.estimation.bayes.priors import FAMILIES, Terms
from xl_mmm.transforms import Prior

Array = NDArray[np.float64]
Density = Callable[[Array, Array, Terms], tuple[Array, Array]]
Label = TypeVar("Label")

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
    middle
        (coordinate,) median of the prior, as a coordinate.
    low, high, open_end
        (coordinate,) ends, and whether there is no upper one.
    longest, from_here
        (coordinate,) how far, and from where, coordinates are told apart.
    families
        Family -> which coordinates it holds for, and its numbers.
    densities
        The same by density, which families share; neighbors as a slice, which is not copied.
    places
        Name -> places in the row, and the media columns they belong to.
    """

    coordinates: tuple[Coordinate, ...]
    fixed: Mapping[str, Array]
    middle: Array
    low: Array
    high: Array
    open_end: NDArray[np.bool_]
    longest: Array
    from_here: Array
    families: Mapping[str, tuple[NDArray[np.intp], Terms]]
    densities: Mapping[Density, tuple[NDArray[np.intp] | slice, Terms]]
    places: Mapping[str, tuple[NDArray[np.intp], NDArray[np.intp]]]

    @classmethod
    def of(cls, coordinates: Sequence[Coordinate], fixed: Mapping[str, Array]) -> Parameters:
        """Arrange coordinates."""
        low, high = (np.array([getattr(c, end) for c in coordinates], dtype=float) for end in ("low", "high"))
        location, scale = np.array([(c.prior.location, c.prior.scale) for c in coordinates]).T

        def gathered_by(labels: Sequence[Label]) -> dict[Label, tuple[NDArray[np.intp], Terms]]:
            each = {label: np.flatnonzero([other == label for other in labels]) for label in dict.fromkeys(labels)}
            return {
                label: (at, Terms(location[at], scale[at], low[at], high[at])) for label, at in each.items()
            }  # fmt: skip

        names = [c.prior.family for c in coordinates]
        families, each = gathered_by(names), gathered_by([FAMILIES[name].density for name in names])
        densities = {
            of: (slice(at[0], at[-1] + 1) if len(at) == np.ptp(at) + 1 else at, terms)
            for of, (at, terms) in each.items()
        }
        places = {}
        for name in dict.fromkeys(c.name for c in coordinates):
            at = np.flatnonzero([c.name == name for c in coordinates])
            places[name] = (at, np.array([c.column for c in coordinates if c.name == name]))
        open_end, middle = np.isinf(high), np.zeros(len(coordinates))
        longest = np.where(open_end, LONGEST_LOG, LONGEST_LOGIT)
        made = cls(tuple(coordinates), fixed, middle, low, high, open_end, longest, middle, families, densities, places)
        middle = np.median(made.prior_draws(np.random.default_rng(0), 999), axis=0)
        return replace(made, middle=middle, from_here=np.where(open_end, middle, 0.0))

    def __len__(self) -> int:
        """Return the number of coordinates."""
        return len(self.coordinates)

    def find(self, name: str) -> NDArray[np.intp]:
        """Return the places of a parameter in the row."""
        return self.places[name][0] if name in self.places else np.array([], dtype=np.intp)

    def at(self, q: Array) -> Array:
        """Return the parameters at coordinates, both (batch, coordinate)."""
        p = np.exp(q)
        closed = ~self.open_end
        low, high = self.low[closed], self.high[closed]
        p[:, closed] = low + (high - low) / (1 + 1 / p[:, closed])
        return p

    def coordinate(self, p: Array) -> Array:
        """Return the coordinates of parameters strictly inside their ends, both (batch, coordinate)."""
        open_end = self.open_end
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
        return np.asarray((np.abs(q - self.from_here) <= self.longest).all(axis=1))

    def held(self, q: Array) -> Array:
        """Return coordinates brought back to where `inside` holds; what is no number goes to the prior's median."""
        low, high = self.from_here - self.longest, self.from_here + self.longest
        return np.clip(np.where(np.isnan(q), self.middle, q), low, high)

    def columns(self, p: Array) -> dict[str, Array]:
        """Return name -> (column, batch) of the media's parameters, `SIZE` included, at parameters."""
        across, out = p.T, {}
        for name, value in self.fixed.items():
            at, columns = self.places.get(name, (None, None))
            if at is not None and len(at) == len(value):
                out[name] = across[at]
                continue
            out[name] = np.repeat(value[:, None], len(p), axis=1)
            if at is not None:
                out[name][columns] = across[at]
        return out

    def gathered(self, by_name: Mapping[str, Array]) -> Array:
        """Return (batch, coordinate) of name -> (column, batch), or (batch,) where the whole model has but one."""
        batch = next(iter(by_name.values())).shape[-1]
        out = np.empty((len(self), batch))
        for name, (at, columns) in self.places.items():
            own = by_name[name]
            out[at] = own if own.ndim == 1 else own[columns]
        return out.T

    def log_prior(self, q: Array, p: Array) -> tuple[Array, Array]:
        """Return the log prior density of the coordinates (batch,), constants left out, and its gradient in q."""
        total, gradient = np.zeros(len(q)), np.empty_like(q)
        for density_of, (at, terms) in self.densities.items():
            density, gradient[:, at] = density_of(q[:, at], p[:, at], terms)
            total += density.sum(axis=1)
        return total, gradient

    def log_prior_each(self, q: Array, p: Array) -> Array:
        """Return the log prior density of each coordinate, (batch, coordinate), constants left out."""
        each = np.empty_like(q)
        for density_of, (at, terms) in self.densities.items():
            each[:, at] = density_of(q[:, at], p[:, at], terms)[0]
        return each

    def prior_draws(self, rng: np.random.Generator, n: int) -> Array:
        """Return draws from the prior, (n, coordinate)."""
        p = np.empty((n, len(self)))
        for family, (at, terms) in self.families.items():
            p[:, at] = FAMILIES[family].draw(rng, n, terms)
        return self.coordinate(p)
