"""Array formulas over several cells and `MMM_` calls: how areas are filled, who waits for whom, what breaks down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest

from xl_mmm.book.recalculate import Formula, Grid, Recalculation, Table, recalculate
from xl_mmm.functions import FUNCTIONS, Function
from xl_mmm.functions.call import forget
from xl_mmm.rules import CellErrorValue
from xl_mmm.transforms import adstock

SPEND = [100.0, 0.0, 50.0]
CARRIED = adstock([[value] for value in SPEND], "geometric", {"decay": 0.5}, max_lag=12)[:, 0].tolist()


def sheet(**cells: object) -> Grid:
    """Grid of one sheet S: three weeks of spend in A1:A3, a table beside it, and the cells given by address."""
    from xl_mmm.tables.cell_values import parse_place

    filled: dict[tuple[int, int], object] = {(i, 1): value for i, value in enumerate(SPEND, start=1)}
    filled |= {(1, 20): "week", (1, 21): "tv"} | {(i + 1, 20): float(i) for i in (1, 2, 3)}
    filled |= {(i + 2, 21): value for i, value in enumerate(SPEND)}
    filled |= {parse_place(address): value for address, value in cells.items()}
    return Grid({"S": filled}, [Table("tblX", "S", (1, 20, 4, 21), ("week", "tv"))])


def array(text: str, *area: int, cached: object = None, spills: bool = False) -> Formula:
    return Formula(text, cached, (area[0], area[1], area[2], area[3]), spills)


def column(found: Recalculation, number: int, last: int) -> list[object]:
    values = found.values["S"]
    return [value.code if isinstance(value, CellErrorValue) else value
            for value in (values[row, number] for row in range(1, last + 1))]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "rows", "columns", "expected"),
    [
        ("A1:A3*2", 3, 1, [[200.0], [0.0], [100.0]]),
        ("A1:A3", 2, 1, [[100.0], [0.0]]),
        ("A1:A3", 4, 1, [[100.0], [0.0], [50.0], ["#N/A"]]),
        ("A1:A3", 3, 2, [[100.0, 100.0], [0.0, 0.0], [50.0, 50.0]]),
        ("T2:U2", 2, 3, [[1.0, 100.0, "#N/A"], [1.0, 100.0, "#N/A"]]),
        ("SUM(A1:A3)", 2, 2, [[150.0, 150.0], [150.0, 150.0]]),
        ("A9:A10", 2, 1, [[0.0], [0.0]]),
        ("1/A1:A3", 3, 1, [[0.01], ["#DIV/0!"], [0.02]]),
        ('IF(A1:A3>60,"high","low")', 3, 1, [["high"], ["low"], ["low"]]),
        ('IF(A1:A3>60,"high")', 2, 1, [["high"], [False]]),
        ('IF(A1>60,A1:A3,"")', 4, 1, [[100.0], [0.0], [50.0], ["#N/A"]]),
        ('IF(A2>60,A1:A3,"none")', 4, 1, [["none"]] * 4),
        ("IF(A2,1/0,A1:A3)", 2, 1, [[100.0], [0.0]]),
        ('IFERROR(1/A1:A3,"x")', 3, 1, [[0.01], ["x"], [0.02]]),
        ("IFNA(MATCH(A1:A3,A2:A3,0),-1)", 3, 1, [[-1.0], [1.0], [2.0]]),
        ("IFERROR(A1/A2,A1:A3)", 2, 1, [[100.0], [0.0]]),
        ('CHOOSE(T2:T4,"a","b")', 3, 1, [["a"], ["b"], ["#VALUE!"]]),
        ("CHOOSE(A2+1,A1:A3*2,1/0)", 2, 1, [[200.0], [0.0]]),
        ('SUM(A1&"")', 1, 1, [[100.0]]),
        ("ROW(A1:A3)", 3, 1, [[1.0], [2.0], [3.0]]),
        ("ROW()", 2, 1, [[1.0], [2.0]]),
        ("tblX[#All]", 2, 2, [["week", "tv"], [1.0, 100.0]]),
        ("tblX[[#Headers],[tv]]", 1, 1, [["tv"]]),
        ('MMM_ADSTOCK(A1:A3,"geometric",0.5)', 3, 1, [[value] for value in CARRIED]),
        ('mmm_adstock(tblX[[#Data],[tv]],"geometric",0.5)', 4, 1, [*([value] for value in CARRIED), ["#N/A"]]),
        ('MMM_ADSTOCK(A1:A3,"geometric",0.5)*2', 2, 1, [[2 * value] for value in CARRIED[:2]]),
        ('MMM_ADSTOCK(A1:A3,"geometric",0.5,,A3)', 1, 1, [[CARRIED[0]]]),
        ('MMM_ADSTOCK(A1:A3,"geometric",A1:A3)', 1, 2, [["#VALUE!", "#VALUE!"]]),
        ('MMM_ADSTOCK(A1:A3,"geometric",1/0)', 1, 1, [["#DIV/0!"]]),
    ],
)
def test_an_area_is_filled_from_one_evaluation(
    text: str, rows: int, columns: int, expected: list[list[object]]
) -> None:
    found = recalculate(sheet(D1=array(text, 1, 4, rows, 3 + columns)))
    shown = [[found.values["S"][1 + i, 4 + j] for j in range(columns)] for i in range(rows)]
    assert [[v.code if isinstance(v, CellErrorValue) else v for v in row] for row in shown] == expected
    assert len(found.values["S"]) == rows * columns
    assert (found.left_alone, found.failures) == ((), ())


def test_a_plain_cell_shows_the_first_value_of_a_table() -> None:
    found = recalculate(sheet(D1=Formula('MMM_ADSTOCK(A1:A3,"geometric",0.5)'), D2=Formula("MMM_VERSION()&A1")))
    assert found.values["S"][1, 4] == CARRIED[0]
    assert str(found.values["S"][2, 4]).startswith("xl_mmm ")


def test_functions_may_stand_inside_each_other() -> None:
    nested = 'MMM_SATURATE(MMM_ADSTOCK(A1:A3,"geometric",0.5),"hill",30,1.2)'
    apart = sheet(
        D1=array('MMM_ADSTOCK(A1:A3,"geometric",0.5)', 1, 4, 3, 4),
        E1=array('MMM_SATURATE(D1:D3,"hill",30,1.2)', 1, 5, 3, 5),
        F1=array(nested, 1, 6, 3, 6),
        G1=Formula(f"SUM({nested})"),
    )
    found = recalculate(apart)
    assert column(found, 5, 3) == column(found, 6, 3)
    assert found.values["S"][1, 7] == pytest.approx(sum(column(found, 5, 3)), rel=1e-15)  # type: ignore[arg-type]


def chained() -> Grid:
    """A1:A3 -> native B1:B3 -> MMM C1:C3 -> native D1, listed backwards so that the order must be found."""
    return sheet(
        D1=Formula("SUM(C2:C3)", 0.0),
        C1=array('MMM_ADSTOCK(B1:B3,"geometric",0.5)', 1, 3, 3, 3, cached=[[0.0], [0.0], [0.0]]),
        B1=array("A1:A3*2", 1, 2, 3, 2, cached=[[0.0], [0.0], [0.0]]),
        E1=Formula("T2+1", 7.0),
    )


@pytest.mark.parametrize("changed", [None, {("S", 2, 1)}, {("S", 1, 2)}])
def test_a_chain_of_native_and_mmm_formulas_is_followed(changed: set[tuple[str, int, int]] | None) -> None:
    found = recalculate(chained(), changed)
    assert column(found, 2, 3) == [200.0, 0.0, 100.0]
    assert column(found, 3, 3) == pytest.approx([2 * value for value in CARRIED])
    assert found.values["S"][1, 4] == pytest.approx(2 * sum(CARRIED[1:]))
    assert ((1, 5) in found.values["S"]) == (changed is None)


def test_what_does_not_depend_on_the_change_stays() -> None:
    assert list(recalculate(chained(), {("S", 2, 20)}).values["S"]) == [(1, 5)]
    assert recalculate(chained(), {("S", 9, 9)}).values == {}


def test_a_circle_through_an_array_is_reported() -> None:
    circle = sheet(
        B1=array("D1:D3+1", 1, 2, 3, 2, cached=[[1.0], [2.0], [3.0]]), D2=Formula("B3*2", 5.0), E1=Formula("B2*2", 0.0)
    )
    found = recalculate(circle)
    assert found.left_alone == (("S", 1, 2), ("S", 2, 4))
    assert found.values == {"S": {(1, 5): 4.0}}
    itself = sheet(B1=array("SUM(B1:B9)", 1, 2, 3, 2, cached=4.0))
    assert recalculate(itself).left_alone == (("S", 1, 2),)


def test_an_array_outside_the_list_keeps_its_values_and_is_reported() -> None:
    found = recalculate(sheet(B1=array("SORT(A1:A3)", 1, 2, 3, 2, cached=[[1.0], [2.0], [3.0]]), D1=Formula("B2+B3")))
    assert found.left_alone == (("S", 1, 2),)
    assert found.values == {"S": {(1, 4): 5.0}}


def test_a_spill_whose_size_changed_is_left_to_excel() -> None:
    text = 'MMM_ADSTOCK(A1:A3,"geometric",0.5)'
    fits = recalculate(sheet(B1=array(text, 1, 2, 3, 2, cached=0.0, spills=True)))
    assert column(fits, 2, 3) == CARRIED
    grown = recalculate(sheet(B1=array(text, 1, 2, 2, 2, cached=0.0, spills=True)))
    assert (grown.values, grown.left_alone) == ({}, (("S", 1, 2),))


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (lambda: [1, 2][5], "IndexError: list index out of range"),
        (lambda: [[1.0, 2.0], [3.0]], "TypeError: its rows differ in length"),
        (lambda: float("nan"), "CellError: MMM_BROKEN: nan is not a number a cell can hold"),
    ],
)
def test_a_function_that_breaks_down_keeps_its_value_and_is_reported(
    monkeypatch: pytest.MonkeyPatch, answer: Callable[[], Any], why: str
) -> None:
    record = Function("MMM_BROKEN", "Checks", "Breaks down.", (), "=MMM_BROKEN()", "Nothing.", answer)
    forget()  # what the function said before
    monkeypatch.setitem(FUNCTIONS, record.name, record)
    found = recalculate(
        sheet(
            B1=array("MMM_BROKEN()", 1, 2, 2, 2, cached=[[3.0], [4.0]]),
            D1=Formula("B2*2"),
            D2=Formula("IFERROR(MMM_BROKEN(),1)"),
        )
    )
    assert [cell for cell, _ in found.failures] == [("S", 1, 2), ("S", 2, 4)]
    assert all(sentence.startswith(f"MMM_BROKEN broke down: {why}") for _, sentence in found.failures)
    assert found.values == {"S": {(1, 4): 8.0}}


def test_a_workbook_that_counts_from_1904_is_left_to_excel() -> None:
    grid = sheet(D1=Formula("MMM_VERSION()", "old"), D2=Formula("A1*2"))
    found = recalculate(Grid(grid.cells, grid.tables, date1904=True))
    assert (found.values, found.left_alone) == ({"S": {(2, 4): 200.0}}, (("S", 1, 4),))


READERS = (
    "SUM({a})", "{a}*2", "IF({a}>5,{b},{a})", 'MMM_ADSTOCK({a},"geometric",0.5)', "IFERROR({b}/{a},1)", "ROW({a})",
)  # fmt: skip


@st.composite
def books(draw: st.DrawFn) -> dict[tuple[int, int], object]:
    """Make a sheet of numbers in column 1 and array formulas of three rows in columns 2 to 9, in any order."""
    cells: dict[tuple[int, int], object] = {(row, 1): float(draw(st.integers(0, 9))) for row in range(1, 10)}
    for number in draw(st.permutations(range(2, 10))):
        for top in (1, 4, 7):
            ranges = []
            for _ in "ab":
                # columns to the left only, so that there are no circles
                first, last = sorted((draw(st.integers(1, 9)), draw(st.integers(1, 9))))
                letter = "ABCDEFGH"[draw(st.integers(0, number - 2))]
                ranges.append(f"{letter}{first}:{letter}{last}")
            text = draw(st.sampled_from(READERS)).format(a=ranges[0], b=ranges[1])
            cells[top, number] = Formula(text, area=(top, number, top + 2, number))
    return cells


@hypothesis.given(books(), st.integers(1, 9), st.floats(0, 100))
@hypothesis.settings(max_examples=60)
def test_following_a_change_gives_what_a_whole_calculation_gives(
    cells: dict[tuple[int, int], object], row: int, value: float
) -> None:
    first = recalculate(Grid({"S": cells}))
    assert (first.left_alone, first.failures, len(first.values["S"])) == ((), (), 72)
    known = {
        place: Formula(cell.text, [[first.values["S"][place[0] + i, place[1]]] for i in range(3)], cell.area)
        if isinstance(cell, Formula)
        else cell
        for place, cell in cells.items()
    }
    changed = {(row, 1): value}
    followed = recalculate(Grid({"S": {**known, **changed}}), {("S", row, 1)})
    whole = recalculate(Grid({"S": {**cells, **changed}}))
    assert {**first.values["S"], **followed.values.get("S", {})} == whole.values["S"]
