"""Where what stands side by side begins, on Assumptions, Experiments and Optimizer: each table may grow downwards."""

from __future__ import annotations

from xl_mmm.tables import names as n


def _starts(first: int, *tables: str) -> tuple[int, ...]:
    """Return the first column of each table and of what follows the last, one empty column between two."""
    starts = [first]
    for table in tables:
        starts.append(starts[-1] + len(n.TABLE_HEADERS[table]) + 1)
    return tuple(starts)


SETTINGS_COL, CHANNELS_COL, PARAMETERS_COL, CONTROLS_COL, FX_COL, COSTS_COL, PRIORS_COL = _starts(
    1, n.TBL_SETTINGS, n.TBL_CHANNELS, n.TBL_PARAMETERS, n.TBL_CONTROLS, n.TBL_FX, n.TBL_COSTS
)
_, GROUPS_COL = _starts(1, n.TBL_CONSTRAINTS)
UNKNOWNS = 5  # of a medium at most: its size, two of carryover, two of saturation
PRIOR_KEYS = (
    "channel", "unknown", "believed_low", "believed_middle", "believed_high", "found_mean", "found_low", "found_high",
    "unit", "from_data", "belief",
)  # fmt: skip
LIFT_KEYS = (
    "channel", "start", "measured", "measured_low", "measured_high", "before", "before_low", "before_high", "after",
    "after_low", "after_high", "roi_before", "roi_before_low", "roi_before_high", "roi_after", "roi_after_low",
    "roi_after_high", "conflict_z", "verdict",
)  # fmt: skip
LIFT_PRIOR_KEYS = (
    "channel", "start", "informs", "estimate", "se", "p", "p_exact", "gamma", "tau_duration", "tau_spend",
    "tau_recency", "mean", "sd", "low", "high", "used",
)  # fmt: skip


def lift_columns() -> tuple[int, int]:
    """Return the columns where the two tables beside `tblLiftTests` begin."""
    _, first = _starts(1, n.TBL_LIFT_TESTS)
    return first, first + len(LIFT_KEYS) + 1
