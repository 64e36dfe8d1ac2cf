"""The validated panel that every model is fitted to: checked once here, then trusted.

Conventions
-----------
Rows are periods in order of time: history first (media only matter, as carry-in), then the fit window. Arrays are
(week, channel), where "week" stands for one period of the data's grain; regional arrays are (geo, week, channel).
National figures are regional sums, except that controls are means over regions, each counting alike, and revenue per
KPI is weighted by KPI. Weeks begin on Monday when days are gathered into weeks; a week belongs to the month that holds
its fourth day. Arrays cannot be written to.
"""

from __future__ import annotations

from xl_mmm.dataset.panel import GeoPanel, freeze
from xl_mmm.dataset.record import MONEY, Dataset
from xl_mmm.dataset.storage import from_arrays, to_arrays

__all__ = ["MONEY", "Dataset", "GeoPanel", "freeze", "from_arrays", "to_arrays"]
