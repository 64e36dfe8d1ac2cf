"""Formulas laid over a book of values give what the live book shows."""

from __future__ import annotations

import io

import pytest
import xlsxwriter

from xl_mmm.book.editing.opened import OpenedBook
from xl_mmm.book.overlay import evaluate_formulas
from xl_mmm.book.recalculate import Formula, Grid, recalculate
from xl_mmm.errors import CellError

SPEND = {(1, 1): 100.0, (2, 1): 0.0, (3, 1): 50.0}
CARRY = 'MMM_ADSTOCK(A1:A3,"geometric",0.5)'
BEND = 'MMM_SATURATE(B1:B3,"hill",30,1.2)'


def test_values_and_live_formulas_agree() -> None:
    native = {(1, 4): Formula("SUM(C1:C3)", 0.0), (2, 4): Formula("D1*2", 0.0), (3, 4): Formula("A1+1", 0.0)}
    live = Grid({"S": {**SPEND, (1, 2): Formula(CARRY, area=(1, 2, 3, 2)), (1, 3): Formula(BEND, area=(1, 3, 3, 3)),
                       **native}})  # fmt: skip
    flat = Grid({"S": {**SPEND, **{(i, j): 0.0 for i in (1, 2, 3) for j in (2, 3)}, **native}})
    laid = evaluate_formulas(flat, {"S": {(1, 3, 3, 3): f"={BEND}", (1, 2, 3, 2): CARRY}})
    expected = recalculate(live).values["S"]
    assert laid.values["S"] == {place: value for place, value in expected.items() if place != (3, 4)}
    assert flat.cells["S"][1, 2] == 0.0  # the workbook stays


def test_formulas_beneath_are_covered() -> None:
    beneath = Formula("A1:A3*9", [[1.0], [2.0], [3.0]], (1, 2, 3, 2))
    book = Grid({"S": {**SPEND, (1, 2): beneath, (1, 3): Formula("B1")}})
    laid = evaluate_formulas(book, {"S": {(2, 2, 3, 2): "A2:A3*2"}})
    assert laid.values == {"S": {(2, 2): 0.0, (3, 2): 100.0, (1, 3): 1.0}}
    with pytest.raises(KeyError, match="T"):
        evaluate_formulas(book, {"T": {(1, 1, 1, 1): "1"}})


def test_a_formula_that_cannot_be_evaluated_is_reported_and_the_value_beneath_stands() -> None:
    book = Grid({"S": {**SPEND, (1, 2): 5.0, (1, 3): Formula("B1*2", 0.0)}})
    laid = evaluate_formulas(book, {"S": {(1, 2, 1, 2): "SORT(A1:A3)", (2, 3, 2, 3): "B1+1"}})
    assert (laid.values, laid.left_alone) == ({"S": {(1, 3): 10.0, (2, 3): 6.0}}, (("S", 1, 2),))


def test_a_file_is_read_as_far_as_the_formulas_reach() -> None:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as workbook:
        data, out = workbook.add_worksheet("Data"), workbook.add_worksheet("Out")
        workbook.add_worksheet("Far").write("A1", 7)
        data.write_column("A2", [100.0, 0.0, 50.0])
        data.add_table("A1:A4", {"name": "tblData", "columns": [{"header": "tv"}]})
        out.write_column("A1", [0.0, 0.0, 0.0])
        out.write_formula("B1", "=SUM(A1:A3)", None, 0)
    book = OpenedBook(buffer.getvalue(), "book.xlsx")
    laid = evaluate_formulas(book, {"Out": {(1, 1, 3, 1): 'MMM_ADSTOCK(tblData[tv],"geometric",0.5)'}})
    plain = recalculate(Grid({"S": {**SPEND, (1, 2): Formula(CARRY, area=(1, 2, 3, 2))}})).values["S"]
    assert [laid.values["Out"][row, 1] for row in (1, 2, 3)] == [plain[row, 2] for row in (1, 2, 3)]
    assert laid.values["Out"][1, 2] == pytest.approx(sum(laid.values["Out"][row, 1] for row in (1, 2, 3)))  # type: ignore[misc]
    assert book.changed_parts == ()
    far = evaluate_formulas(book, {"Far": {(2, 1, 2, 1): "A1+1"}})
    assert far.values == {"Far": {(2, 1): 8.0}}
    with pytest.raises(CellError, match="no sheet 'Gone'"):
        evaluate_formulas(book, {"Gone": {(2, 1, 2, 1): "A1+1"}})
