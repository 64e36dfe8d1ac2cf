"""Which weeks of a plan a period's name means.

A period is named as a planner writes it: `2026`, `Q3`, `2026 Q3`, `2026-07` for a month, or `2026-06-29 to 2026-09-27`
for any stretch of days. A name without a year means that period of every year. A week belongs to the period in which
it begins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Callable

Dates = NDArray[np.datetime64]
Flags = NDArray[np.bool_]
Labels = frozenset[str]

UNTIL = " to "
EXAMPLES = "'2026', 'Q3', '2026 Q3', '2026-07' or '2026-06-29 to 2026-09-27'"


def calendar_labels(day: np.datetime64) -> Labels:
    """Return the names of the periods of the common calendar that a day lies in."""
    year, month = str(day)[:4], str(day)[5:7]
    quarter = f"q{(int(month) - 1) // 3 + 1}"
    return frozenset({year, quarter, f"{year} {quarter}", f"{year}-{month}"})


def weeks_of(period: str, dates: Dates, labels: Callable[[np.datetime64], Labels] = calendar_labels) -> Flags:
    """Return which weeks a period means.

    Parameters
    ----------
    period
        Its name; blank for all weeks.
    dates
        (week,) first days.
    labels
        Names of the periods that a day lies in, in lower case.

    Returns
    -------
    (week,) flags, at least one of them true.

    Raises
    ------
    PlanError
        No week is meant.
    """
    name = " ".join(period.casefold().split())
    if not name:
        return np.ones(len(dates), dtype=bool)
    inside = _between(name, dates) if UNTIL in name else np.array([name in labels(day) for day in dates], dtype=bool)
    if not inside.any():
        raise PlanError(
            f"No period called {period!r} begins between {dates[0]} and {dates[-1]}. Name one as {EXAMPLES}, or leave "
            "the cell blank for all of them."
        )
    return inside


def _between(name: str, dates: Dates) -> Flags:
    """Return the weeks that begin from one day to another."""
    first, last = (_day(text) for text in name.split(UNTIL, 1))
    return np.asarray((dates >= first) & (dates <= last))


def _day(text: str) -> np.datetime64:
    try:
        return np.datetime64(text.strip(), "D")
    except ValueError as error:
        raise PlanError(f"{text!r} is no day; write it as 2026-06-29.") from error
