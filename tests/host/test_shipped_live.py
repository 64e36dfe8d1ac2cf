"""The shipped live workbook in LibreOffice, unmodified: every cell, edits, faults, new weeks, and what is printed."""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.book.judged import judge_file
from tests.host.shipped import SHIPPED, block, differences, grid, headless, layout
from xl_mmm.book.layout import BRIDGE_INPUTS, GOAL_INPUTS
from xl_mmm.functions import NOT_AVAILABLE
from xl_mmm.tables import names
from xl_mmm.tables.cell_values import parse_area, parse_place, place_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.host.office import Book, Office


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped file, byte for byte: LibreOffice puts its lock file beside what it opens."""
    return shutil.copy(SHIPPED, tmp_path_factory.mktemp("shipped") / SHIPPED.name)


@pytest.fixture(scope="module")
def live(office: Office, copy: Path) -> Iterator[Book]:
    """The open workbook; who edits it, restores it."""
    with office.open(copy) as book:
        yield book


@pytest.fixture
def own(office: Office, copy: Path) -> Iterator[Book]:
    """The open workbook, to be spoiled."""
    with office.open(copy) as book:
        yield book


@contextmanager
def edited(book: Book, edits: dict[str, object]) -> Iterator[None]:
    """Type values, and in the end the old ones."""
    before = {place: book.value(place) for place in edits}
    for place, value in edits.items():
        book.set(place, value)
    book.calculate()
    yield
    for place, value in before.items():
        book.set(place, value)
    book.calculate()


def below(table: str, header: str, row: int) -> str:
    """Return the address of a table's cell; its first row of values is row 1."""
    found = next(known for known in grid().tables if known.name == table)
    top, left, *_ = found.area
    return f"{found.sheet}!{place_name(top + row, left + found.headers.index(header))}"


def setting(name: str) -> str:
    """Return the address of a setting's value."""
    return below(names.TBL_SETTINGS, names.H_VALUE, list(names.SETTING).index(name) + 1)


def asked(row: int, place: tuple[int, int]) -> str:
    """Return the address of an input cell on Scenarios; places count from a heading's row, from 0."""
    return f"{names.SCENARIOS}!{place_name(row + place[0] + 1, place[1] + 1)}"


SPEND = {below(names.TBL_DATA, "TV", 60): 250_000.0}
BY_HAND = {below(names.TBL_PARAMETERS, names.H_BY_HAND, 1): 0.85}
SCENARIO = {below(names.TBL_SCENARIOS, "TV", 2): 1.7}
PLAN_B = {asked(layout().plan_bridge_row(), BRIDGE_INPUTS["end"]): "A harder year"}
TARGET, MEASURE = (asked(layout().goal_row(), GOAL_INPUTS[key]) for key in ("target", "measure"))
GOAL = {TARGET: 3.0, MEASURE: "ROI"}
NO_GOAL = {TARGET: None}
YEAR = {setting(names.SET_PLAN_OVER): names.YEAR_AHEAD}
MARGIN = {setting(names.SET_MARGIN): 0.4}
REFIT = {setting(names.SET_REFIT): names.LIVE, setting(names.SET_DRAWS): 30.0, **SPEND}
BAD = {below(names.TBL_DATA, "Search", 5): "12,50"}
CALLED = [layout().blocks[name] for name in layout().called]


def test_every_formula_agrees_with_the_headless_runner(live: Book) -> None:
    live.calculate(everything=True)
    wanted = headless({})
    assert all((found.sheet, (row + 1, column + 1)) in wanted for found in CALLED for row, column, _ in found.cells())
    assert differences(live, wanted) == []
    cell = names.ROI, parse_place(layout().blocks["roi"].address("roi"))
    assert len(differences(live, {**wanted, cell: wanted[cell] * (1 + 1e-8)})) == 1


def test_macros_do_not_take_the_functions_over(office: Office, copy: Path) -> None:
    with office.open(copy, macros=True) as book:
        assert book.macros()["VBAProject"]
        book.calculate(everything=True)
        assert differences(book, headless({})) == []


@pytest.mark.parametrize(
    ("edits", "moved", "still"),
    [
        (SPEND, ("model", "weekly", "bridge", "roi", "work", "plan", "curve0", "bars", "timeline", "findings"), ()),
        (BY_HAND, ("model", "weekly", "bridge", "roi", "work", "plan", "curve0", "bars", "timeline"), ("fitted",)),
        (SCENARIO, ("scenarios", "differences", "bridge_reasons"), ("model", "weekly", "roi", "plan")),
        (PLAN_B, ("bridge_words", "bridge_reasons", "bridge_channels", "steps"), ("scenarios", "goal")),
        (GOAL, ("goal_words", "goal"), ("scenarios", "bridge_reasons")),
        (NO_GOAL, ("goal_words", "goal"), ("scenarios",)),
        (YEAR, ("scenarios", "bridge_reasons", "goal", "certificate"), ("roi", "weekly")),
        (MARGIN, ("roi", "scenarios"), ("weekly",)),
        (REFIT, ("fitted", "model", "statistics", "parameters", "weekly", "roi", "certificate", "bars"), ("kept",)),
        (BAD, ("fitted", "model", "checks", "weekly", "roi", "findings"), ("kept", "kept_plan")),
    ],
    ids=[
        "a spend cell", "a decay by hand", "a scenario", "plan B", "a goal", "no goal", "the year ahead", "the margin",
        "refit live", "text for spend",
    ],
)  # fmt: skip
def test_an_edit_moves_what_depends_on_it_as_the_headless_runner_says(
    live: Book, edits: dict[str, object], moved: tuple[str, ...], still: tuple[str, ...]
) -> None:
    def seen() -> dict[str, list[list[object]]]:
        return {name: live.values(block(name)) for name in (*moved, *still)}

    before = seen()
    with edited(live, edits):
        after = seen()
        assert differences(live, headless(edits)) == []
    assert [name for name in moved if after[name] == before[name]] == []
    assert [name for name in still if after[name] != before[name]] == []
    assert seen() == before


def test_refit_live_follows_the_data_and_the_kept_model_does_not(live: Book) -> None:
    first = block("model").replace(":", " ").split()[0]
    with edited(live, SPEND):
        assert "STALE" in live.value(first)
    with edited(live, REFIT):
        assert "STALE" not in live.value(first)
        assert "30 draws" in live.value(first)


def failing(book: Book) -> list[list[object]]:
    """Return the rows of Checks that fail."""
    return [row for row in book.values(block("checks")) if row[1] == names.FAIL]


def test_bad_input_shows_error_values_and_a_sentence_with_its_place(live: Book) -> None:
    (place,) = BAD
    with edited(live, BAD):
        assert {cell for row in live.values(block("roi")) for cell in row} == {NOT_AVAILABLE}
        assert str(live.value(block("model").split(":")[0])).startswith("FAULT")
        (row,) = failing(live)
        table = next(known for known in grid().tables if known.name == names.TBL_DATA)
        assert row[6] == names.TBL_DATA
        placed = place_name(table.area[0] + int(row[7]) - 1, table.area[1] + int(row[8]) - 1)
        assert f"{names.DATA}!{placed}" == place
        assert "'12,50'" in row[4]
    assert failing(live) == []


def test_new_weeks_inside_the_table_are_told_and_a_live_refit_takes_them(own: Book) -> None:
    top, left, bottom, right = parse_area(own.table(names.TBL_DATA).split("!")[1])
    last = own.values(f"{names.DATA}!{place_name(bottom, left)}:{place_name(bottom, right)}")[0]
    own.insert_rows(names.DATA, bottom, 4)
    weeks = [[last[0] + 7 * i, *last[1:]] for i in range(5)]
    own.fill(f"{names.DATA}!{place_name(bottom, left)}", weeks)
    own.calculate()
    assert own.table(names.TBL_DATA) == f"{names.DATA}!{place_name(top, left)}:{place_name(bottom + 4, right)}"
    (told,) = [row for row in own.values(block("checks")) if row[0] == "Model is current"]
    assert told[1] == names.REVIEW
    assert "other dates" in told[4]
    own.set(setting(names.SET_DRAWS), 30.0)
    own.set(setting(names.SET_REFIT), names.LIVE)
    own.calculate()
    days = [row[0] for row in own.values(block("weekly")) if row[0] is not None]
    assert days[-1] == weeks[-1][0]
    assert len(days) == layout().periods + 4


def test_a_row_below_the_table_is_no_part_of_it_and_the_file_is_refused(own: Book, tmp_path: Path) -> None:
    _, left, bottom, right = parse_area(own.table(names.TBL_DATA).split("!")[1])
    last = own.values(f"{names.DATA}!{place_name(bottom, left)}:{place_name(bottom, right)}")[0]
    before = own.values(block("model"))
    own.fill(f"{names.DATA}!{place_name(bottom + 1, left)}", [[last[0] + 7, *last[1:]]])
    own.calculate()
    assert own.values(block("model")) == before
    report = judge_file(own.store(tmp_path / "saved.xlsx"))
    assert report["status"] == "fail"
    assert f"{names.DATA}!{place_name(bottom + 1, left)}" in str(report)


def rename(book: Book) -> None:
    book.set(below(names.TBL_DATA, "TV", 0), "Television")


def delete(book: Book) -> None:
    _, column = parse_area(below(names.TBL_DATA, "TV", 0).split("!")[1])[:2]
    book.delete_columns(names.DATA, column)


@pytest.mark.parametrize("change", [rename, delete])
def test_a_channel_s_column_that_is_gone_is_a_fault_with_its_name(own: Book, change: Callable[[Book], None]) -> None:
    change(own)
    own.calculate()
    (row,) = failing(own)
    assert "There is no column 'TV'" in row[4]
    assert {cell for line in own.values(block("roi")) for cell in line} == {NOT_AVAILABLE}
    own.calculate(everything=True)
    assert failing(own) == [row]


def test_the_printed_sheets_show_no_fault(live: Book, pdftotext: Callable[[Path], str], tmp_path: Path) -> None:
    text = pdftotext(live.pdf(tmp_path / "printed.pdf"))
    assert layout().channels[0] in text
    assert re.findall(r"#{3,}|#NAME\?|#REF!|#VALUE!|#N/A|#DIV/0!|#NUM!|Err:\d+", text) == []


def test_no_failure_was_hidden(office: Office, live: Book) -> None:
    assert office.log() == ""
