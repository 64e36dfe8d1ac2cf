"""The linear part of the model: named columns for intercept, trend, seasons, holidays, knots and controls.

Conventions
-----------
Rows are all rows of the dataset, history included; scales are those of the window. The year is 365.25 days. The trend
runs from -0.5 to 0.5 over the window. Knots are linear hats that are zero at both ends of the window, so that with
intercept and trend they make a continuous piecewise line. Controls are measured from their reference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xl_mmm.dataset import Dataset
    from xl_mmm.spec import ModelSpec

Array = NDArray[np.float64]
Dates = NDArray[np.datetime64]

YEAR = 365.25  # days
SPANNED = 1e-6  # share of a column's length outside the others below which it adds nothing
PREFIX, JOINT = "holiday:", " + "  # of a holiday's column; between the holidays of one column
_GRAIN_DAYS = {"daily": 1, "weekly": 7}


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """The baseline's and the controls' columns.

    Attributes
    ----------
    names
        `intercept`, `trend`, `sin1`, `cos1`, ..., `holiday:<name>`, `knot1`, ..., then the controls' names.
    group
        `"baseline"` or `"control"` by column.
    matrix
        (n_rows, n_columns) for all rows of the dataset.
    """

    names: tuple[str, ...]
    group: tuple[str, ...]
    matrix: Array


def build_design(dataset: Dataset, spec: ModelSpec) -> Design:
    """Return the design that `spec` asks for.

    Parameters
    ----------
    dataset
        Gives dates, window and controls.
    spec
        Gives trend, seasonality, holidays and knots.

    Returns
    -------
    Design

    Raises
    ------
    SpecError
        When the country is unknown, or there are as many knots as rows.
    """
    days = dataset.dates.astype("datetime64[D]").astype(float)
    line = scaled_time(days, dataset.n_history)
    columns: dict[str, Array] = {"intercept": np.ones(len(days))}
    if spec.trend:
        columns["trend"] = line
    columns |= fourier(days, spec.seasonality)
    if spec.holidays is not None:
        columns |= holiday_columns(dataset.dates, dataset.grain, spec.holidays, dataset.n_history)
    if spec.knots >= dataset.n_weeks - 1:
        raise SpecError(f"{spec.knots} knots are too many for a window of {dataset.n_weeks} rows.")
    columns |= hats(line, spec.knots)
    taken = [name for name in dataset.controls if name in columns]
    if taken:
        raise SpecError(f"The control {taken[0]!r} has the name of a baseline column; rename it.")
    controls = dataset.control_values - dataset.control_reference
    matrix = np.column_stack([*columns.values(), controls])
    matrix.flags.writeable = False
    return Design(
        names=(*columns, *dataset.controls),
        group=("baseline",) * len(columns) + ("control",) * len(dataset.controls),
        matrix=matrix,
    )


def scaled_time(days: Array, n_history: int) -> Array:
    """Return time as a line from -0.5 at the window's first row to 0.5 at its last (n_rows,)."""
    first, last = days[n_history], days[-1]
    return (days - first) / (last - first) - 0.5 if last > first else np.zeros(len(days))


def fourier(days: Array, order: int) -> dict[str, Array]:
    """Return sin and cos of 2πk·day/365.25 for k = 1…order, days counted from 1970-01-01."""
    columns = {}
    for k in range(1, order + 1):
        angle = 2 * np.pi * k * days / YEAR
        columns[f"sin{k}"] = np.sin(angle)
        columns[f"cos{k}"] = np.cos(angle)
    return columns


def hats(line: Array, knots: int) -> dict[str, Array]:
    """Return `knots` hats max(0, 1 - |t - t_j|/h) at equal distances h inside the window, t in [-0.5, 0.5]."""
    width = 1.0 / (knots + 1)
    return {f"knot{j}": np.maximum(0.0, 1.0 - np.abs(line + 0.5 - j * width) / width) for j in range(1, knots + 1)}


def holiday_columns(dates: Dates, grain: str, country: str, n_history: int = 0) -> dict[str, Array]:
    """Return the share of each period's days that is a public holiday, one column a holiday.

    Parameters
    ----------
    dates
        (n_rows,) first day of each period.
    grain
        `"daily"`, `"weekly"` or `"monthly"`.
    country
        ISO code, for example `"US"`.
    n_history
        Rows before the window; a holiday that never or always falls into the window is left out, since nothing can be
        learned about it.

    Raises
    ------
    SpecError
        When the country is unknown.

    Notes
    -----
    Observed days (a Monday in lieu) count under the holiday's own name. Holidays that always share a period are one
    column, `holiday:A + B`; one that others add up to is left out. Source: the `holidays` package.
    """
    columns = _by_name(dates, grain, country)
    moving = {name: column for name, column in columns.items() if np.ptp(column[n_history:]) > 0}
    return _independent(_joined(moving, n_history), n_history)


def continued_holidays(names: Iterable[str], dates: Dates, grain: str, country: str) -> dict[str, Array]:
    """Return columns that `holiday_columns` named for one window, over the dates of another (n_rows,).

    Which holidays share a column depends on the window: Christmas Day and the day after lie in one week until a year
    comes in which Christmas is a Sunday. A joint column stays the sum of its holidays.
    """
    single = _by_name(dates, grain, country)
    columns = {}
    for name in names:
        parts = [name] if name in single else [PREFIX + part for part in name.removeprefix(PREFIX).split(JOINT)]
        columns[name] = np.sum([single.get(part, np.zeros(len(dates))) for part in parts], axis=0)
    return columns


def _by_name(dates: Dates, grain: str, country: str) -> dict[str, Array]:
    """Return the share of each period's days by holiday, in order of first appearance."""
    ends = _period_ends(dates, grain)
    length = (ends - dates).astype(float)
    columns: dict[str, Array] = {}
    for day, name in _public_holidays(dates[0], ends[-1], country):
        row = int(np.searchsorted(dates, day, side="right")) - 1
        if row >= 0 and day < ends[row]:
            columns.setdefault(PREFIX + name, np.zeros(len(dates)))[row] += 1.0 / length[row]
    return columns


def _joined(columns: dict[str, Array], n_history: int) -> dict[str, Array]:
    """Join holidays that fall into the same periods in the same measure, such as Japan's May holidays in weeks."""
    groups: dict[bytes, list[str]] = {}
    for name, column in columns.items():
        inside = column[n_history:]
        groups.setdefault(np.round(inside / inside.max(), 9).tobytes(), []).append(name)
    joined = {}
    for names in groups.values():
        name = JOINT.join([names[0], *(other.removeprefix(PREFIX) for other in names[1:])])
        joined[name] = np.sum([columns[one] for one in names], axis=0)
    return joined


def _independent(columns: dict[str, Array], n_history: int) -> dict[str, Array]:
    """Leave out holidays that the intercept and earlier ones already add up to."""
    kept: dict[str, Array] = {}
    basis: list[Array] = []  # orthonormal
    for name, column in columns.items():
        if not basis:
            basis.append(np.full(len(column) - n_history, (len(column) - n_history) ** -0.5))
        rest = column[n_history:] / np.linalg.norm(column[n_history:])
        for direction in basis:
            rest = rest - (direction @ rest) * direction
        length = np.linalg.norm(rest)
        if length > SPANNED:
            basis.append(rest / length)
            kept[name] = column
    return kept


def _period_ends(dates: Dates, grain: str) -> Dates:
    """Return the day after each period."""
    if grain in _GRAIN_DAYS:
        return np.asarray(dates + np.timedelta64(_GRAIN_DAYS[grain], "D"))
    following = (dates.astype("datetime64[M]") + 1).astype("datetime64[D]")
    if len(dates) < 2 or np.all(dates == dates.astype("datetime64[M]")):
        return np.asarray(following)
    return np.append(dates[1:], dates[-1] + (dates[-1] - dates[-2]))


def _public_holidays(first: np.datetime64, last: np.datetime64, country: str) -> list[tuple[np.datetime64, str]]:
    """Return (day, name) pairs in order of time; a day with two names gives two pairs."""
    import holidays

    years = range(int(str(first)[:4]), int(str(last)[:4]) + 1)
    try:
        calendar = holidays.country_holidays(country, years=years, language="en_US")
    except NotImplementedError as error:
        raise SpecError(
            f"No holidays are known for country {country!r}; give an ISO code such as 'US', 'GB' or 'DE'."
        ) from error
    pairs = set()
    for day, names in calendar.items():
        pairs |= {(np.datetime64(day, "D"), _own_name(name)) for name in names.split("; ")}
    return sorted(pairs)


def _own_name(name: str) -> str:
    for mark in (" (observed)", " (Observed)", " (substitute)", " (estimated)", " (observed, estimated)"):
        name = name.removesuffix(mark)
    return "Day off in lieu" if name.startswith("Day off (substituted") else name
