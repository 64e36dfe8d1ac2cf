"""Where the tables of Assumptions stand: side by side, so that each may grow downwards."""

from __future__ import annotations

from xl_mmm.tables import names as n


def _starts(first: int, *tables: str) -> tuple[int, ...]:
    """Return the first column of each table and of what follows the last, one empty column between two."""
    starts = [first]
    for table in tables:
        starts.append(starts[-1] + len(n.TABLE_HEADERS[table]) + 1)
    return tuple(starts)


SETTINGS_COL, CHANNELS_COL, PARAMETERS_COL, CONTROLS_COL, PRIORS_COL = _starts(
    1, n.TBL_SETTINGS, n.TBL_CHANNELS, n.TBL_PARAMETERS, n.TBL_CONTROLS
)
UNKNOWNS = 5  # of a medium at most: its size, two of carryover, two of saturation
PRIOR_KEYS = (
    "channel", "unknown", "believed_low", "believed_middle", "believed_high", "found_mean", "found_low", "found_high",
    "unit", "from_data", "belief",
)  # fmt: skip
