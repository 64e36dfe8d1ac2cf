"""The sheet Regions: there where the data have regions, filled by one job, tied to the data."""

from __future__ import annotations

import dataclasses
import zipfile
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from openpyxl import load_workbook

from tests.book.sample import DRAWS, sample_inputs
from xl_mmm.book.inputs import BuildInputs
from xl_mmm.book.job import REGIONS, carry_over, compute, keep_book, run_book
from xl_mmm.book.layout import Layout
from xl_mmm.book.reader import read_book
from xl_mmm.book.region_places import WORDS, region_blocks
from xl_mmm.book.regions_job import regions_cells, where
from xl_mmm.book.sheets.regions import MOVED, NOT_YET
from xl_mmm.book.shown import block_rows
from xl_mmm.book.template import LIVE, VALUES, build_book
from xl_mmm.book.writer import write_cells
from xl_mmm.errors import CellError
from xl_mmm.rules import Roles
from xl_mmm.simulation import simulate_regions
from xl_mmm.tables import names as n
from xl_mmm.tables.cell_values import place_name

if TYPE_CHECKING:
    from pathlib import Path

SIZES = {"North": 1.0, "South": 0.5}
CHANNELS = ("TV", "Search")
SUMMED = ("today", "plan", "outcome_today", "outcome", "gain")


def inputs_of(**settings: object) -> BuildInputs:
    market = simulate_regions(
        SIZES, seed=4, weeks=60, channels=2, controls=0, history=0, trend_break=False, noise=0.02, confounding=0.2
    )
    frame = market.frame.assign(date=market.frame["date"].dt.date)
    roles = Roles("date", "revenue", CHANNELS, geo="region")
    own = {n.SET_METHOD: "ols", n.SET_DRAWS: DRAWS, **settings}
    return BuildInputs.start({name: list(frame[name]) for name in frame.columns}, roles, own)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def inputs() -> BuildInputs:
    return inputs_of()


@pytest.fixture(scope="module")
def planned(inputs: BuildInputs, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("regions") / "book.xlsx"
    build_book(path, inputs)
    run_book(path)
    keep_book(path, REGIONS)
    return path


def rows(path: Path, layout: Layout, name: str) -> tuple[dict[str, object], ...]:
    return block_rows(path, layout, name)


def test_only_books_of_regional_data_have_the_sheet(inputs: BuildInputs, planned: Path, tmp_path: Path) -> None:
    assert inputs.layout.regions == 2
    assert Layout.from_stamp(inputs.layout.stamp, CHANNELS, (), ()) == inputs.layout
    sheets = load_workbook(planned).sheetnames
    assert [name for name in sheets if name != n.REGIONS] == list(n.SHEETS)
    assert sheets.index(n.REGIONS) == sheets.index(n.OPTIMIZER) + 1
    national = sample_inputs(60, CHANNELS)
    assert region_blocks(national.layout) == {}
    assert "regions" not in national.layout.stamp
    build_book(tmp_path / "national.xlsx", national)
    assert load_workbook(tmp_path / "national.xlsx").sheetnames == list(n.SHEETS)
    with pytest.raises(CellError, match="no sheet Regions: its data had no region column"):
        keep_book(tmp_path / "national.xlsx", REGIONS)


def test_totals_tie_with_their_parts_and_with_the_data(inputs: BuildInputs, planned: Path) -> None:
    layout = inputs.layout
    cells, totals, channels, market = (
        rows(planned, layout, f"region_{name}") for name in ("cells", "totals", "channels", "market")
    )
    assert [row["name"] for row in totals] == list(SIZES)
    assert [row["name"] for row in channels] == list(CHANNELS)
    assert [(row["region"], row["channel"]) for row in cells] == [(r, c) for r in SIZES for c in CHANNELS]
    for key in SUMMED:
        whole = float(market[0][key])  # type: ignore[arg-type]
        for part in (cells, totals, channels):
            assert sum(float(row[key]) for row in part) == pytest.approx(whole)  # type: ignore[arg-type]
        for row in totals:
            own = sum(float(cell[key]) for cell in cells if cell["region"] == row["name"])  # type: ignore[arg-type]
            assert row[key] == pytest.approx(own)
    spent = sum(float(value) for name in CHANNELS for value in inputs.columns[name])  # type: ignore[arg-type]
    sold = sum(float(value) for value in inputs.columns["revenue"])  # type: ignore[arg-type]
    assert market[0]["today"] == pytest.approx(spent)
    ties = [row["value"] for row in rows(planned, layout, "region_ties")]
    assert ties == pytest.approx([spent, spent, sold, sold])
    sheet, block = load_workbook(planned, data_only=True)[n.REGIONS], layout.blocks["region_ties"]
    assert [sheet.cell(block.row + i + 1, block.col).value for i in (0, 2)] == [n.PASS, n.PASS]
    proof = {row["line"]: row["value"] for row in rows(planned, layout, "region_proof")}
    assert proof["Feasible"] == n.YES
    assert proof["Gain"] == pytest.approx(market[0]["gain"])
    assert (proof["Gain, low"], proof["Gain, high"]) == (market[0]["gain_low"], market[0]["gain_high"])
    assert float(proof["Gap"]) < 1e-3  # type: ignore[arg-type]


def test_the_words_name_data_seed_release_and_where_money_goes(inputs: BuildInputs, planned: Path) -> None:
    headline, evidence, stamp, data = (str(row["text"]) for row in rows(planned, inputs.layout, "region_words"))
    totals = rows(planned, inputs.layout, "region_totals")
    shift = {str(row["name"]): float(row["change"]) for row in totals}  # type: ignore[arg-type]
    assert f"most goes to {max(shift, key=shift.__getitem__)} (" in headline
    assert f"most comes from {min(shift, key=shift.__getitem__)} (" in headline
    assert evidence.startswith(("Enough", "Not enough"))
    assert "2 regions, each fitted by itself, ols, seed 1, 20 draws" in stamp
    assert f"data {data}" in stamp


@pytest.mark.parametrize(
    ("north", "south", "said"),
    [
        (5e6, -4e6, "most goes to North (+5.00m), most comes from South (\u22124.00m)"),
        (-5e6, -4e6, "most comes from North (\u22125.00m)"),
        (0.0, 4e6, "most goes to South (+4.00m)"),
        (1.0, -1.0, "regions keep their money"),
    ],
)
def test_a_region_that_gives_is_not_said_to_get(north: float, south: float, said: str) -> None:
    assert where({"North": north, "South": south}, 100.0) == said


def test_without_revenue_the_heads_speak_of_kpi_units(tmp_path: Path) -> None:
    book = inputs_of(**{n.SET_REVENUE_PER_KPI: n.NONE, n.SET_KPI_UNIT: "orders"})
    build_book(tmp_path / "orders.xlsx", book)
    keep_book(tmp_path / "orders.xlsx", REGIONS)
    block = book.layout.blocks["region_totals"]
    sheet = load_workbook(tmp_path / "orders.xlsx")[n.REGIONS]
    heads = [sheet.cell(block.row, block.col + 1 + j).value for j in range(len(block.keys))]
    assert "orders per money today" in heads
    assert not any("ROI" in str(head) for head in heads)
    assert " orders against today" in str(rows(tmp_path / "orders.xlsx", book.layout, "region_words")[0]["text"])


def line(path: Path, layout: Layout) -> object:
    block = layout.blocks["region_words"]
    return load_workbook(path, data_only=True)[n.REGIONS].cell(block.row + len(WORDS), block.col + 2).value


def test_it_says_when_it_was_never_made_and_when_the_data_moved_on(
    inputs: BuildInputs, planned: Path, tmp_path: Path
) -> None:
    fresh, moved = tmp_path / "fresh.xlsx", tmp_path / "moved.xlsx"
    build_book(fresh, inputs)
    assert line(fresh, inputs.layout) == NOT_YET
    assert line(planned, inputs.layout) in (None, "")
    table = read_book(planned).tables[n.TBL_DATA]
    cell = place_name(table.first_row + 14, table.first_column + table.headers.index("TV"))
    changed = 1.1 * float(table.get(14, "TV")) + 1000.0  # type: ignore[arg-type]
    write_cells(planned, {n.DATA: {cell: changed}}, owned={n.DATA: [cell]}, out=moved, backup_dir=tmp_path)
    run_book(moved)
    assert line(moved, inputs.layout) == MOVED


def test_limits_of_the_optimizer_hold_for_all_regions_together(tmp_path: Path, inputs: BuildInputs) -> None:
    spent = {name: sum(map(float, inputs.columns[name])) for name in CHANNELS}  # type: ignore[arg-type]
    budget = 0.8 * sum(spent.values())
    wanted = inputs_of(**{n.SET_BUDGET: budget})
    limit = {n.H_CHANNEL: "TV", n.H_LEAST: 0.6, n.H_MOST: 0.7}
    others = [row for row in wanted.constraints if row.get(n.H_CHANNEL) != "TV"]
    book = dataclasses.replace(wanted, constraints=(limit, *others))
    path = tmp_path / "limits.xlsx"
    build_book(path, book)
    keep_book(path, REGIONS)
    found = {row["name"]: row["plan"] for row in rows(path, book.layout, "region_channels")}
    assert sum(found.values()) == pytest.approx(budget)  # type: ignore[arg-type]
    assert 0.6 * spent["TV"] * (1 - 1e-9) <= found["TV"] <= 0.7 * spent["TV"] * (1 + 1e-9)  # type: ignore[operator]
    impossible = dataclasses.replace(wanted, constraints=({**limit, n.H_LEAST: 2.0, n.H_MOST: 3.0}, *others))
    build_book(path, impossible)
    before = path.read_bytes()
    with pytest.raises(CellError, match=r"Optimizer: .*TV in all regions at least"):
        keep_book(path, REGIONS)
    assert path.read_bytes() == before


def test_the_year_ahead_is_planned_by_region_too(tmp_path: Path) -> None:
    book = inputs_of(**{n.SET_PLAN_OVER: n.YEAR_AHEAD, n.SET_PLAN_PERIODS: 26.0})
    path = tmp_path / "ahead.xlsx"
    build_book(path, book)
    keep_book(path, REGIONS)
    ties = [row["value"] for row in rows(path, book.layout, "region_ties")]
    assert ties[0] == pytest.approx(ties[1])
    stamp = str(rows(path, book.layout, "region_words")[2]["text"])
    assert "for 2022-02-28 to" in stamp


@pytest.mark.parametrize("flavor", [VALUES, LIVE])
def test_the_job_touches_its_own_sheet_alone(
    tmp_path: Path, inputs: BuildInputs, flavor: str, validate_ooxml: Any
) -> None:
    path = tmp_path / ("book.xlsm" if flavor == LIVE else "book.xlsx")
    build_book(path, inputs, flavor)
    seen: list[tuple[int, int]] = []
    done = compute(path, "regions", progress=lambda one, of: seen.append((one, of)))
    assert done.headline == "The budget is planned by region and channel."
    kept = {sheet for sheet, cells in done.cells.items() if any(value is not None for value in cells.values())}
    assert n.REGIONS in kept
    if flavor == LIVE:
        assert set(done.cells) == {n.REGIONS}
    shares = [one / of for one, of in seen]
    assert shares == sorted(shares)
    keep_book(path, REGIONS)
    assert rows(path, inputs.layout, "region_market")[0]["name"] == n.ALL_REGIONS
    assert validate_ooxml(path) == []


def test_a_plan_by_region_is_carried_over_and_its_button_stands_on_its_sheet_alone(
    tmp_path: Path, inputs: BuildInputs, planned: Path
) -> None:
    target = tmp_path / "live.xlsm"
    build_book(target, inputs, LIVE)
    with zipfile.ZipFile(target) as archive:
        drawings = [archive.read(name).decode() for name in archive.namelist() if "vmlDrawing" in name]
    (own,) = [text for text in drawings if "!MMM_PressRegions<" in text]
    assert "!MMM_PressFit<" not in own
    carry_over(planned, target)
    assert rows(target, inputs.layout, "region_cells") == rows(planned, inputs.layout, "region_cells")


def test_experiments_on_the_whole_market_are_refused(tmp_path: Path) -> None:
    day = np.datetime64("2021-06-07").item()
    test = {
        n.H_CHANNEL: "TV", n.H_START: day, n.H_END: day, n.H_SPEND_CHANGE: 1000.0, n.H_INCREMENTAL_KPI: 500.0,
        n.H_STANDARD_ERROR: 200.0, n.H_IN_DATA: n.NO,
    }  # fmt: skip
    book = dataclasses.replace(inputs_of(**{n.SET_METHOD: "bayes"}), lift_tests=(test,))
    build_book(tmp_path / "book.xlsx", book)
    with pytest.raises(CellError, match=r"Experiments: .*'Lift tests' on Assumptions to 'leave out'"):
        keep_book(tmp_path / "book.xlsx", REGIONS)


def test_another_number_of_regions_is_refused(inputs: BuildInputs, planned: Path) -> None:
    with pytest.raises(CellError, match="Data holds 2 regions, the book was built for 3: build it again"):
        regions_cells(read_book(planned), dataclasses.replace(inputs.layout, regions=3))
