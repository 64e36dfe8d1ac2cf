"""Crossing the border: what hosts hand over, and what they get back."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest

from xl_mmm.errors import CellError
from xl_mmm.functions.cells import BLANK, LONGEST, MOST_ROWS, NUMBER, cell, rectangle, result, single, table
from xl_mmm.rules import CellErrorValue


@pytest.mark.parametrize(
    ("given", "held"),
    [
        (None, None), ("", None), ("a", "a"), (3, 3.0), (np.int64(3), 3.0), (True, True), (np.bool_(False), False),
        (-2146826246, CellErrorValue("#N/A")), (-2146826265.0, CellErrorValue("#REF!")), (np.nan, NUMBER),
        (float("inf"), NUMBER), (datetime(2024, 1, 1), date(2024, 1, 1)),
        (datetime(2024, 1, 1, tzinfo=UTC), date(2024, 1, 1)), (datetime(2024, 1, 1, 6), datetime(2024, 1, 1, 6)),
    ],
)  # fmt: skip
def test_a_cell(given: object, held: object) -> None:
    found = cell(given)
    assert found == held
    assert type(found) is type(held)


@pytest.mark.parametrize(
    ("given", "rows"),
    [
        (1, [[1.0]]), ("ab", [["ab"]]), ([1, 2], [[1.0], [2.0]]), (((1, 2),), [[1.0, 2.0]]), ([], [[None]]),
        (["ab", "c"], [["ab"], ["c"]]), (np.eye(2), [[1.0, 0.0], [0.0, 1.0]]), ([[1], [None]], [[1.0], [None]]),
    ],
)  # fmt: skip
def test_a_rectangle(given: object, rows: object) -> None:
    assert rectangle(given) == rows


def test_what_no_cell_holds_is_the_host_s_fault() -> None:
    with pytest.raises(TypeError, match="object"):
        cell(object())
    with pytest.raises(TypeError, match="length"):
        rectangle([[1], [1, 2]])


def test_a_single_cell() -> None:
    assert single([["a"]]) == "a"
    with pytest.raises(CellError, match="2 × 1"):
        single([1, 2])


def test_results_are_cells() -> None:
    assert [result(v) for v in (None, np.nan, np.float64(2), "a", np.datetime64("2024-01-01"))] == [
        BLANK, BLANK, 2.0, "a", date(2024, 1, 1),
    ]  # fmt: skip
    assert len(result("x" * 300)) == LONGEST
    assert result("x" * 300).endswith("…")


def test_a_table_is_exactly_as_high_as_prepared() -> None:
    rows = [(1, None), ("a", np.nan)]
    assert table(("A", "B"), rows, None) == [["A", "B"], [1.0, BLANK], ["a", BLANK]]
    assert table(("A", "B"), rows, 3.0) == [[1.0, BLANK], ["a", BLANK], [BLANK, BLANK]]
    with pytest.raises(CellError, match="2 rows are needed and 1 are prepared"):
        table(("A", "B"), rows, 1.0)


@pytest.mark.parametrize("rows", [0.0, -1.0, 2.5, 1e300, MOST_ROWS + 1.0])
def test_no_number_of_rows(rows: float) -> None:
    with pytest.raises(CellError, match="whole number from 1"):
        table(("A",), [], rows)
