"""The optimizer in a book: its plan is kept with its proof and listed as a scenario; a conflict writes nothing."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from tests.book.sample import sample_columns
from xl_mmm.book.block_keys import CERTIFICATE
from xl_mmm.book.built import built_layout, kept_values
from xl_mmm.book.inputs import BuildInputs
from xl_mmm.book.job import carry_over, compute, run_book
from xl_mmm.book.reader import read_book
from xl_mmm.book.template import LIVE, VALUES, build_book
from xl_mmm.book.writer import write_cells
from xl_mmm.errors import CellError
from xl_mmm.rules import Roles
from xl_mmm.tables import names as n
from xl_mmm.tables.cell_values import parse_place, place_name

if TYPE_CHECKING:
    from pathlib import Path

    from xl_mmm.book.reader import BookInputs

CHANNELS = ("tv", "search")
GROUP = {n.H_GROUP: "both", n.H_CHANNELS: "tv, search", n.H_LEAST: 0.5, n.H_IN: n.SHARE}


def inputs() -> BuildInputs:
    from dataclasses import replace

    settings = {n.SET_DRAWS: 20.0, n.SET_LEVEL: 0.8, n.SET_METHOD: "ols"}
    start = BuildInputs.start(sample_columns(80, CHANNELS), Roles("week", "revenue", CHANNELS), settings)
    return replace(start, groups=(GROUP,))


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book of values after a run."""
    path = tmp_path_factory.mktemp("planned") / "book.xlsx"
    build_book(path, inputs(), VALUES)
    run_book(path)
    return path


def put(path: Path, table: str, row: int, header: str, value: object) -> None:
    """Type into a table."""
    found = read_book(path).tables[table]
    cell = place_name(found.first_row + row, found.first_column + found.headers.index(header))
    write_cells(path, {found.sheet: {cell: value}})  # type: ignore[dict-item]


def block(path: Path, name: str) -> dict[str, object]:
    book = read_book(path)
    layout = built_layout(book)
    return dict(kept_values(path, layout, (name,))[layout.blocks[name].sheet])


def scenarios(book: BookInputs) -> dict[str, dict[str, float]]:
    return {scenario.name: dict(scenario.lines[0].spend) for scenario in book.scenarios}


def test_a_run_lists_its_plan_as_a_scenario(ran: Path) -> None:
    kept = list(block(ran, "kept_plan").values())
    found = scenarios(read_book(ran))["Optimized 1"]
    assert list(found.values()) == kept
    proved = list(block(ran, "kept_search").values())
    assert len(str(proved[0])) == 16
    assert isinstance(proved[1], float)


def test_the_kept_bound_shows_on_the_sheet(ran: Path) -> None:
    values = list(block(ran, "certificate").values())[1::3]
    shown = dict(zip(CERTIFICATE, values, strict=True))
    assert shown["feasible"] == n.YES
    assert shown["upper_bound"] == pytest.approx(block(ran, "kept_search")["N9"], rel=1e-9)
    assert 0 <= float(str(shown["gap"])) < 1e-3
    notes = [str(value) for value in block(ran, "notes").values() if value is not None]
    assert any(note.startswith("Proven: no plan within the limits") for note in notes)


def test_the_scenario_brings_what_the_certificate_says(ran: Path) -> None:
    rows = block(ran, "scenarios")
    layout = built_layout(read_book(ran))
    own = layout.blocks["scenarios"]
    at = next(i for i in range(own.height) if rows[own.address("scenario", i)] == "Optimized 1")
    certificate = layout.blocks["certificate"]
    shown = block(ran, "certificate")
    assert rows[own.address("outcome", at)] == pytest.approx(shown[certificate.address("value", 1)], rel=1e-9)
    assert rows[own.address("difference", at)] == pytest.approx(shown[certificate.address("value", 2)], rel=1e-6)


def test_the_button_adds_a_row_for_a_new_plan_only(ran: Path, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(ran.read_bytes())
    table = read_book(path).tables[n.TBL_SCENARIOS]
    first, last = table.first_row, table.first_row + table.n_rows - 1

    def listed() -> dict[str, object]:
        found = compute(path, "optimize").cells[n.SCENARIOS]
        return {cell: value for cell, value in found.items() if first <= parse_place(cell)[0] <= last}

    assert listed() == {}  # the same plan again
    put(path, n.TBL_SETTINGS, list(n.SETTING).index(n.SET_STEP), n.H_VALUE, 0.05)
    row = listed()
    assert "Optimized 2" in row.values()
    money = [value for value in row.values() if isinstance(value, float)]
    today = scenarios(read_book(path))
    assert money != pytest.approx(list(today["Optimized 1"].values()), rel=1e-3)
    book = read_book(path)
    at = [row for row in range(table.n_rows) if table.get(row, n.H_SCENARIO) is None]
    assert {parse_place(cell)[0] for cell in row} == {first + at[0]}
    assert scenarios(book) == today  # computing writes nothing


def test_over_the_year_ahead_the_same_figures_tie(ran: Path, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(ran.read_bytes())
    put(path, n.TBL_SETTINGS, list(n.SETTING).index(n.SET_PLAN_OVER), n.H_VALUE, n.YEAR_AHEAD)
    put(path, n.TBL_SETTINGS, list(n.SETTING).index(n.SET_PLAN_PERIODS), n.H_VALUE, 26.0)
    run_book(path)
    layout = built_layout(read_book(path))
    shown, plan, rows = block(path, "certificate"), layout.blocks["plan"], block(path, "plan")
    line = {key: shown[layout.blocks["certificate"].address("value", i)] for i, key in enumerate(CERTIFICATE)}
    assert line["feasible"] == n.YES
    assert 0 <= float(str(line["gap"])) < 1e-3
    today = [float(str(rows[plan.address("today", i)])) for i in range(len(CHANNELS))]
    weeks = list(read_book(path).dataset.spend[-52:-26].sum(axis=0))  # the same 26 weeks a year earlier
    assert today == pytest.approx(weeks)
    own = layout.blocks["scenarios"]
    scenario = block(path, "scenarios")
    at = next(i for i in range(own.height) if scenario[own.address("scenario", i)] == "Optimized 2")
    assert scenario[own.address("outcome", at)] == pytest.approx(line["outcome_plan"], rel=1e-9)
    assert scenario[own.address("difference", at)] == pytest.approx(line["gain"], rel=1e-6)


def test_limits_in_conflict_are_named_and_nothing_is_written(ran: Path, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(ran.read_bytes())
    put(path, n.TBL_GROUPS, 1, n.H_GROUP, "tv alone")
    put(path, n.TBL_GROUPS, 1, n.H_CHANNELS, "tv")
    put(path, n.TBL_GROUPS, 1, n.H_LEAST, 0.9)
    before = path.read_bytes()
    with pytest.raises(CellError, match=r"^Optimizer: No plan can keep all of these: .*tv alone at least 0.9") as told:
        compute(path, "optimize")
    assert "search at least 0.5 × today" in str(told.value)
    assert path.read_bytes() == before

    report = run_book(path)  # the fit is a decision of its own: it is written, and the plan is left out
    assert any(remark.startswith("Optimizer: No plan can keep all of these") for remark in report.remarks)
    assert set(block(path, "kept_plan").values()) == {None}
    assert "Optimized 2" not in scenarios(read_book(path))
    assert any(str(note).startswith("No plan can keep all of these") for note in block(path, "notes").values())


def test_a_live_copy_gets_the_row_too(ran: Path, tmp_path: Path) -> None:
    live = tmp_path / "live.xlsm"
    build_book(live, inputs(), LIVE)
    carry_over(ran, live)
    assert scenarios(read_book(live)) == scenarios(read_book(ran))


def test_a_year_that_cannot_be_planned_is_told(ran: Path, tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(ran.read_bytes())
    put(path, n.TBL_SETTINGS, list(n.SETTING).index(n.SET_PLAN_OVER), n.H_VALUE, n.YEAR_AHEAD)
    put(path, n.TBL_SETTINGS, list(n.SETTING).index(n.SET_PLAN_START), n.H_VALUE, date(2045, 1, 1))
    with pytest.raises(CellError, match=r"^Optimizer: .*2045"):
        compute(path, "optimize")
