"""The coordinates in which transforms are searched: one unbounded-looking number per free parameter.

A share (decay, exponent) is searched as its logit, a positive quantity as its logarithm, a lag as it is. Ranges come
from the specification; where it is silent they are the defaults below, resolved from the data's own scale
(`reference`: mean exposure per calendar week in active weeks).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import SpecError
from xl_mmm.transforms import ADSTOCKS, SATURATIONS

Array = NDArray[np.float64]

NORMAL_90 = 1.6448536269514722  # standard deviations from the middle of a normal to the ends of its 90 % range
SHARE_FLOOR = 1e-4  # least share searched: the logit of zero is infinite
SHARE_CEILING = {"decay": 0.999, "exponent": 1 - 1e-4}  # half of a decay of 0.999 has passed after 13 years
ALLOWED = {
    p.name: p
    for parameters in ([a.parameters for a in ADSTOCKS.values()] + [s.parameters for s in SATURATIONS.values()])
    for p in parameters
}


@dataclass(frozen=True, slots=True)
class Link:
    """A change of variable.

    Attributes
    ----------
    forward, inverse
        Parameter -> coordinate and back.
    slope
        d parameter / d coordinate, given the parameter.
    """

    forward: Callable[[Array], Array]
    inverse: Callable[[Array], Array]
    slope: Callable[[Array], Array]


LINKS: dict[str, Link] = {
    "logit": Link(lambda p: np.log(p / (1 - p)), lambda q: 1 / (1 + np.exp(-q)), lambda p: p * (1 - p)),
    "log": Link(np.log, np.exp, lambda p: p),
    "identity": Link(lambda p: p, lambda q: q, np.ones_like),
}


@dataclass(frozen=True, slots=True)
class Default:
    """How a parameter is searched when the specification is silent.

    Attributes
    ----------
    link
        Name in `LINKS`.
    low, high
        Search range; multiples of the channel's reference exposure where `relative`.
    grid
        Values tried first; multiples of the reference where `relative`.
    centre, sd
        Prior of the coordinate (`MATH.md`), used as a weak penalty that keeps the search identified.
    """

    link: str
    low: float
    high: float
    grid: tuple[float, ...]
    centre: float
    sd: float
    relative: bool = False


DEFAULTS: dict[str, Default] = {
    "decay": Default("logit", 0.01, 0.95, (0.35, 0.7, 0.1, 0.5, 0.85, 0.2, 0.6, 0.02), -0.6, 0.9),
    "peak_lag": Default("identity", 0.0, 6.0, (1.0, 3.0, 0.0, 5.0), 1.6, 1.5),
    "weibull_shape": Default("log", 0.4, 6.0, (1.2, 2.5, 0.7, 4.0), 0.7, 0.5),
    "weibull_scale": Default("log", 0.3, 10.0, (1.5, 4.0, 0.6, 8.0), 0.6, 0.6),
    "half_saturation": Default("log", 0.1, 8.0, (1.0, 3.0, 0.4, 6.0, 0.15, 1.8), 0.0, 0.7, relative=True),
    "slope": Default("log", 0.5, 3.0, (1.1, 1.8, 0.7, 2.6), 0.1, 0.3),
    "exponent": Default("logit", 0.1, 0.98, (0.5, 0.75, 0.25, 0.9), 0.0, 1.0),
    "curvature": Default("log", 0.05, 20.0, (1.0, 4.0, 0.25, 12.0), 0.0, 1.0, relative=True),
}


@dataclass(frozen=True, slots=True)
class Coordinate:
    """One free parameter of one column.

    Attributes
    ----------
    column, parameter
        Where it belongs.
    link
        Name in `LINKS`.
    low, high
        Bounds, in the coordinate.
    grid
        Coordinates tried first, the most useful first.
    centre, sd
        Weak prior, in the coordinate.
    """

    column: int
    parameter: str
    link: str
    low: float
    high: float
    grid: tuple[float, ...]
    centre: float
    sd: float


@dataclass(frozen=True, slots=True, eq=False)
class SearchSpace:
    """Free coordinates of all columns, and what is fixed.

    Attributes
    ----------
    coordinates
        In order of column, then parameter.
    fixed
        Parameter -> (column,), NaN where the column's family lacks it or the coordinate is free.
    n_columns
        Media columns.
    """

    coordinates: tuple[Coordinate, ...]
    fixed: Mapping[str, Array]
    n_columns: int

    @property
    def low(self) -> Array:
        """Lower bounds, (coordinate,)."""
        return np.array([c.low for c in self.coordinates])

    @property
    def high(self) -> Array:
        """Upper bounds, (coordinate,)."""
        return np.array([c.high for c in self.coordinates])

    @property
    def centre(self) -> Array:
        """Prior centres, (coordinate,)."""
        return np.array([c.centre for c in self.coordinates])

    @property
    def sd(self) -> Array:
        """Prior standard deviations, (coordinate,)."""
        return np.array([c.sd for c in self.coordinates])

    def values(self, theta: Array) -> dict[str, Array]:
        """Turn coordinates (batch, coordinate) into parameter -> (batch, column)."""
        out = {name: np.tile(value, (len(theta), 1)) for name, value in self.fixed.items()}
        for j, c in enumerate(self.coordinates):
            out[c.parameter][:, c.column] = LINKS[c.link].inverse(theta[:, j])
        return out

    def slopes(self, values: Mapping[str, Array]) -> Array:
        """Return d parameter / d coordinate, (batch, coordinate)."""
        return np.stack([LINKS[c.link].slope(values[c.parameter][:, c.column]) for c in self.coordinates], axis=1)

    def candidates(self, column: int, limit: int) -> Array:
        """Return at most `limit` grid points of one column, (candidate, coordinate of the column)."""
        grids = [c.grid for c in self.coordinates if c.column == column]
        if not grids:
            return np.empty((1, 0))
        sizes = [1] * len(grids)
        grown = True
        while grown:  # add one point at a time to each grid in turn, while the product stays within the limit
            grown = False
            for j, grid in enumerate(grids):
                product = int(np.prod(sizes)) // sizes[j] * (sizes[j] + 1)
                if sizes[j] < len(grid) and product <= limit:
                    sizes[j] += 1
                    grown = True
        return np.array(list(itertools.product(*(grid[:n] for grid, n in zip(grids, sizes, strict=True)))))

    def positions(self, column: int) -> list[int]:
        """Return the coordinate numbers of one column."""
        return [j for j, c in enumerate(self.coordinates) if c.column == column]


def search_space(
    parameters: Sequence[Sequence[str]],
    choices: Sequence[Mapping[str, object]],
    reference: Array,
    max_lag: Sequence[int],
    names: Sequence[str],
) -> SearchSpace:
    """Build the search space.

    Parameters
    ----------
    parameters
        Transform parameters of each column's families.
    choices
        For each column, parameter -> None (default), a float (fixed) or a (low, high) range.
    reference
        (column,) mean exposure per calendar week in active weeks, media units.
    max_lag
        (column,) last lag, weeks: a peak lag cannot lie beyond it.
    names
        Column names, for messages.

    Returns
    -------
    SearchSpace

    Raises
    ------
    SpecError
        A range or a fixed value that its family does not allow.
    """
    every = list(dict.fromkeys(name for own in parameters for name in own))
    fixed = {name: np.full(len(parameters), np.nan) for name in every}
    coordinates = []
    for k, own in enumerate(parameters):
        for name in own:
            choice, default = choices[k].get(name), DEFAULTS[name]
            if isinstance(choice, int | float):
                check_value(names[k], name, float(choice), max_lag[k])
                fixed[name][k] = float(choice)
                continue
            unit = float(reference[k]) if default.relative else 1.0
            link = LINKS[default.link]
            centre, sd, grid = default.centre, default.sd, np.array(default.grid) * unit
            low, high = default.low * unit, default.high * unit
            if name == "peak_lag":
                high = min(high, float(max_lag[k]))
            if default.relative:
                centre += float(np.log(unit))
            if isinstance(choice, tuple):
                low, high = _searched(name, choice, names[k], max_lag[k])
                ends = [float(link.forward(np.array(end))) for end in _centred_on(name, choice, low, high)]
                centre, sd = (ends[0] + ends[1]) / 2, (ends[1] - ends[0]) / (2 * NORMAL_90)
                inside = np.linspace(ends[0], ends[1], 7)[[3, 5, 1, 4, 2]]
                grid = link.inverse(inside)
            bounds = [float(link.forward(np.array(end))) for end in (low, high)]
            points = tuple(float(p) for p in link.forward(grid) if bounds[0] <= p <= bounds[1])
            coordinates.append(Coordinate(k, name, default.link, bounds[0], bounds[1], points, centre, sd))
    return SearchSpace(tuple(coordinates), fixed, len(parameters))


def check_value(channel: str, name: str, value: float, max_lag: float) -> None:
    """Refuse a parameter that its transform does not know, as stored (float32).

    Raises
    ------
    SpecError
        Naming the channel, the value and what is allowed.
    """
    stored = np.asarray(value, dtype=np.float32).astype(float)
    if not ALLOWED[name].holds(stored) or (name == "peak_lag" and value > max_lag):
        raise SpecError(f"{channel}: {name} is {value!r}; allowed: {_allowed(name, max_lag)}.")


def _allowed(name: str, max_lag: float) -> str:
    """Return a parameter's range in words."""
    return f"0 <= peak_lag <= max_lag = {max_lag:g}" if name == "peak_lag" else ALLOWED[name].allowed


def _searched(name: str, choice: tuple[float, float], channel: str, max_lag: float) -> tuple[float, float]:
    """Return a range as it is searched, its ends moved to where the link is finite, or refuse it."""
    low, high = choice
    said = f"{channel}: {name} runs from {low!r} to {high!r}"
    if DEFAULTS[name].link == "log" and low <= 0:
        raise SpecError(f"{said}; both ends must be above zero.")
    if low < ALLOWED[name].low or high > (max_lag if name == "peak_lag" else ALLOWED[name].high):
        raise SpecError(f"{said}; allowed: {_allowed(name, max_lag)}.")
    if DEFAULTS[name].link == "logit":
        low, high = max(low, SHARE_FLOOR), min(high, SHARE_CEILING[name])
    if not low < high:
        raise SpecError(f"{said}; no value that can be searched lies between.")
    return low, high


def _centred_on(name: str, choice: tuple[float, float], low: float, high: float) -> tuple[float, float]:
    """Return the part of a range that its prior and its grid stand for.

    A range that runs to 0 or 1 is endless as a logit, and its middle there would be no share anybody means: such an
    end is taken at the default's.
    """
    default = DEFAULTS[name]
    if default.link != "logit":
        return low, high
    first = default.low if choice[0] < SHARE_FLOOR and default.low < high else low
    last = default.high if choice[1] > SHARE_CEILING[name] and default.high > first else high
    return first, last
