"""Rules of whole columns: units that change, copies of the KPI, channels that never run, spend without delivery."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from xl_mmm.rules.calendar import PERIOD_WEEKS
from xl_mmm.rules.catalog import Fault, Spot, fault
from xl_mmm.rules.roles import Roles

Array = NDArray[np.float64]
Place = Callable[[int], Spot]  # position among the kept rows -> the row as given

JUMP = 50.0  # empty ratio between neighboring sizes from which a change of unit is suspected
PRICE_JUMP = 5.0  # the same of what a unit of media costs, which moves less than how much of it is bought
FEWEST_FOR_JUMP = 8  # positive values below which sizes say nothing
FEWEST_BELOW = 3  # one or two tiny amounts after a campaign are usual, a stretch of them is another unit
PERCENT_RATIO = (50.0, 200.0)  # ratio of medians that shares and percentages of one thing have
SAME = 1e-9  # 1 - |correlation| at which a column is the KPI in another unit
FULL_YEAR = 52.0  # weeks
FEWEST_ROWS = 20  # below, and below two rows a parameter, nothing can be fitted


def check_figures(values: dict[str, Array], in_window: NDArray[np.bool_], roles: Roles, place: Place) -> list[Fault]:
    """Check every numeric column as a whole.

    Parameters
    ----------
    values
        Header -> (n_rows,) figures, NaN where the cell is blank or at fault.
    in_window
        (n_rows,) whether the row is in the window.
    roles
        Headers by role.
    place
        Position -> the row as given.

    Returns
    -------
    list of Fault
        Unordered.
    """
    faults: list[Fault] = []
    kpi = values.get(roles.kpi)
    for header, role in roles.numeric:
        if header not in values:
            continue
        figures = values[header]
        faults += _unmoving(header, role, figures[in_window])
        faults += _units(header, role, figures, place)
        if kpi is not None and header != roles.kpi:
            faults += _copies(header, role, figures, kpi)
    for channel, header in roles.media.items():
        if channel in values and header in values and header != channel:
            faults += _delivery(channel, header, values, place)
            if not {fault.column for fault in faults if fault.rule == "scale_jump"} & {channel, header}:
                faults += _prices(channel, header, values, place)
    return faults


def check_length(n_window: int, grain: str, roles: Roles) -> list[Fault]:
    """Check that the window is long enough for a year and for the number of parameters."""
    weeks = n_window * PERIOD_WEEKS[grain]
    parameters = 1 + len(roles.controls) + 3 * (len(roles.spend) + len(roles.organic))
    if n_window < FEWEST_ROWS and n_window < 2 * parameters:
        return [fault("too_few_rows", value=n_window, count=n_window, parameters=parameters)]
    if weeks < FULL_YEAR * (1 - 1e-9):
        return [fault("few_rows", value=n_window, count=n_window, weeks=weeks)]
    return []


def _unmoving(header: str, role: str, figures: Array) -> list[Fault]:
    known = figures[np.isfinite(figures)]
    if len(known) < 2 or role == "revenue_per_kpi" or np.ptp(known) > 0:
        return []
    if known[0] == 0 and role in {"spend", "media", "organic"}:
        return [fault("zero_channel", column=header, value=0)]
    return [fault("constant", column=header, value=float(known[0]))]


def _units(header: str, role: str, figures: Array, place: Place) -> list[Fault]:
    """Find a change of unit: an empty stretch between sizes, or shares among percentages."""
    present = np.flatnonzero(figures > 0)
    if len(present) < FEWEST_FOR_JUMP or np.any(figures < 0):
        return []  # a figure that crosses zero has every size
    order = present[np.argsort(figures[present], kind="stable")]
    if role in {"control", "revenue_per_kpi"}:
        mixed = _percent_mix(header, figures, order, place)
        if mixed:
            return mixed
    ratios = figures[order][1:] / figures[order][:-1]
    widest = int(np.argmax(ratios))
    if ratios[widest] < JUMP:
        return []
    low, high = order[: widest + 1], order[widest + 1 :]
    odd, side = (high, "above") if len(high) <= len(low) else (low, "below")
    if side == "below" and role != "kpi" and len(low) < FEWEST_BELOW:
        return []
    ratio = float(np.median(figures[high]) / np.median(figures[low]))
    first = int(odd.min())
    return [
        fault("scale_jump", column=header, value=float(figures[first]), count=len(odd), ratio=ratio, side=side,
              at=place(first))
    ]  # fmt: skip


def _percent_mix(header: str, figures: Array, order: NDArray[np.int64], place: Place) -> list[Fault]:
    """Find shares in (0, 1) among percentages up to 100 of the same thing."""
    if np.any(figures[order] > 100):
        return []
    shares = order[(figures[order] < 1)]
    percents = order[figures[order] > 1]
    if not len(shares) or not len(percents) or len(shares) + len(percents) < len(order):
        return []
    ratio = np.median(figures[percents]) / np.median(figures[shares])
    if not PERCENT_RATIO[0] <= ratio <= PERCENT_RATIO[1]:
        return []
    odd, form = (shares, "fractions") if len(shares) <= len(percents) else (percents, "percentages")
    first = int(odd.min())
    return [
        fault("percent_mix", column=header, value=float(figures[first]), at=place(first), count=len(odd), form=form)
    ]


def _prices(channel: str, header: str, values: dict[str, Array], place: Place) -> list[Fault]:
    """Find a stretch of sizes that no price of a unit lies in, with a few prices at least on both sides."""
    spend, media = values[channel], values[header]
    present = np.flatnonzero((spend > 0) & (media > 0))
    if len(present) < FEWEST_FOR_JUMP:
        return []
    prices = spend[present] / media[present]
    order = np.argsort(prices, kind="stable")
    ratios = prices[order][1:] / prices[order][:-1]
    widest = int(np.argmax(ratios))
    low, high = order[: widest + 1], order[widest + 1 :]
    odd, side = (high, "above") if len(high) <= len(low) else (low, "below")
    if ratios[widest] < PRICE_JUMP or len(odd) < FEWEST_BELOW:
        return []
    ratio = float(np.median(prices[high]) / np.median(prices[low]))
    first = int(present[odd].min())
    return [
        fault("price_jump", column=channel, value=float(spend[first]), count=len(odd), ratio=ratio, side=side,
              unit=header, at=place(first))
    ]  # fmt: skip


def _copies(header: str, role: str, figures: Array, kpi: Array) -> list[Fault]:
    both = np.isfinite(figures) & np.isfinite(kpi)
    if role == "revenue_per_kpi" or both.sum() < 3 or np.ptp(kpi[both]) == 0 or np.ptp(figures[both]) == 0:
        return []
    if np.array_equal(figures[both], kpi[both]):
        return [fault("kpi_repeated", column=header, value=float(figures[both][0]))]
    x = (figures[both] - figures[both].mean()) / np.ptp(figures[both])
    y = (kpi[both] - kpi[both].mean()) / np.ptp(kpi[both])
    correlation = float(x @ y / np.sqrt((x @ x) * (y @ y)))
    return [fault("kpi_scaled", column=header, value=round(correlation, 6))] if 1 - abs(correlation) < SAME else []


def _delivery(channel: str, header: str, values: dict[str, Array], place: Place) -> list[Fault]:
    spend, media = values[channel], values[header]
    faults = []
    for name, where, figures in (
        ("spend_without_media", (spend > 0) & (media == 0), spend),
        ("media_without_spend", (spend == 0) & (media > 0), media),
    ):
        rows = np.flatnonzero(where)
        if len(rows):
            first = int(rows[0])
            faults.append(
                fault(name, column=channel, value=float(figures[first]), at=place(first), count=len(rows), unit=header)
            )
    return faults
