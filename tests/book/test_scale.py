"""What a first book is given once: typical weeks, and default ranges that follow from the data's scale."""

from __future__ import annotations

import numpy as np

from tests.book.sample import CHANNELS, sample_columns, sample_inputs
from xl_mmm.book.inputs import BuildInputs
from xl_mmm.rules import Roles
from xl_mmm.tables import names as n


def test_a_first_book_holds_typical_weeks() -> None:
    inputs = sample_inputs(60)
    for row in inputs.channels:
        spend = np.array(inputs.columns[str(row[n.H_CHANNEL])], dtype=float)
        assert row[n.H_TYPICAL_WEEK] == float(f"{spend[spend > 0].mean():.4g}")
        assert row.get(n.H_PRIOR_LOW) is None


def test_without_revenue_it_holds_the_default_range_too() -> None:
    columns = sample_columns(60)
    inputs = BuildInputs.start(columns, Roles("week", "revenue", CHANNELS, revenue_per_kpi=None))
    spend = sum(sum(columns[name]) for name in CHANNELS)
    middle = 0.4 * sum(columns["revenue"]) / spend  # KPI per money if media bring 40 % of the KPI
    for row in inputs.channels:
        low, high = float(str(row[n.H_PRIOR_LOW])), float(str(row[n.H_PRIOR_HIGH]))
        assert low < middle < high
        assert (low, high) == (float(f"{low:.3g}"), float(f"{high:.3g}"))
        assert row[n.H_PRIOR_ON] == "ROI"


def test_data_that_cannot_be_read_leave_the_cells_blank() -> None:
    columns = sample_columns(60)
    columns["tv"][3] = "none"
    columns["tv"][4] = -5.0
    inputs = BuildInputs.start(columns, Roles("week", "revenue", CHANNELS))
    assert all(row.get(n.H_TYPICAL_WEEK) is None for row in inputs.channels)
