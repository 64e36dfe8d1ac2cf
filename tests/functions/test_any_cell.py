"""Whatever stands in one cell of a planner's tables: a model, or a fault with sentences; never anything else."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.functions.planner import LIVE, check, evaluate, fit, planner_tables, why
from xl_mmm.functions import BLANK, NOT_AVAILABLE, Cells, call
from xl_mmm.rules import CellErrorValue

ODD = (
    None, "", "hello", "tv", "#N/A", "=1+1", "2024-01-01", "x" * 300, "\ud800", "a\nb", True, 0.0, -1.0, 12.5, 1e-300,
    1e15, 1e300, float("nan"), float("inf"), date(2024, 1, 1), datetime(2024, 1, 1, 6), CellErrorValue("#REF!"),
    -2146826246,
)  # fmt: skip


@pytest.fixture(scope="module")
def kept() -> Cells:
    return fit(planner_tables(LIVE))


@settings(max_examples=40)
@given(st.data())
def test_one_odd_cell_gives_a_model_or_sentences(kept: Cells, data: st.DataObject) -> None:
    tables = planner_tables()
    rows = tables[data.draw(st.sampled_from(sorted(tables)))]
    row = data.draw(st.sampled_from(rows))
    row[data.draw(st.integers(0, len(row) - 1))] = data.draw(st.sampled_from(ODD))
    model = evaluate(tables, fit(tables, kept))
    listed = check(tables, model)
    assert {one[1] for one in listed[1:]} <= {"PASS", "REVIEW", "FAIL"}
    if model[0][0].startswith("FAULT"):
        assert call("MMM_ROI", [model]) == NOT_AVAILABLE
        assert why(model) != [BLANK]
        assert "FAIL" in [one[1] for one in listed[1:]]
    else:
        assert model[0][0].startswith("xl_mmm model")
        assert len(call("MMM_ROI", [model])) == 3 or why(model) != [BLANK]
