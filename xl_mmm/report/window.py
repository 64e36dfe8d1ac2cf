"""The days of a model's window."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from xl_mmm.dataset import Dataset


def last_day(dataset: Dataset) -> date:
    """Return the last day of the window's last period."""
    first = dataset.dates[-1]
    if dataset.grain == "monthly" and first == first.astype("datetime64[M]").astype("datetime64[D]"):
        end = (first.astype("datetime64[M]") + 1).astype("datetime64[D]")
    else:
        end = first + np.timedelta64(round(7 * dataset.period_weeks), "D")
    last: date = (end - np.timedelta64(1, "D")).item()
    return last
