from __future__ import annotations

import dataclasses
from datetime import datetime

import numpy as np
import pytest
from openpyxl.utils import range_boundaries

from tests.book.sample import sample_inputs, sample_results
from xl_mmm.book.layout import CHART_CHANNELS, RUN_ROWS, Layout, letters
from xl_mmm.book.results import blank_cells, owned_ranges, plain, result_cells
from xl_mmm.errors import CellError, MmmError, SpecError
from xl_mmm.tables import names as n

MANY = tuple(f"channel {i}" for i in range(1, 16))


def addresses(ranges: tuple[str, ...]) -> set[str]:
    found = set()
    for ref in ranges:
        left, top, right, bottom = range_boundaries(ref)
        found |= {f"{letters(col - 1)}{row}" for row in range(top, bottom + 1) for col in range(left, right + 1)}
    return found


@pytest.mark.parametrize("channels", [("only",), ("a", "b", "c"), MANY])
def test_a_run_writes_every_owned_cell_and_no_other(channels: tuple[str, ...]) -> None:
    inputs = sample_inputs(60, channels)
    layout = inputs.layout
    cells, owned = result_cells(sample_results(inputs), layout), owned_ranges(layout)
    assert set(cells) == set(owned)
    for sheet, ranges in owned.items():
        if sheet == n.LOG:
            assert set(cells[sheet]) == {layout.blocks["runs"].address(key) for key in layout.blocks["runs"].keys}
        else:
            assert set(cells[sheet]) == addresses(ranges)


@pytest.mark.parametrize("channels", [("only",), ("a", "b", "c"), MANY])
def test_blocks_never_overlap(channels: tuple[str, ...]) -> None:
    layout = sample_inputs(60, channels).layout
    seen: set[tuple[str, int, int]] = set()
    for block in layout.blocks.values():
        own = {(block.sheet, row, col) for row, col, _ in block.cells()}
        assert not own & seen, block
        seen |= own


def test_blank_cells_cover_the_same_cells_but_the_log() -> None:
    layout = sample_inputs(60).layout
    blank, owned = blank_cells(layout), owned_ranges(layout)
    assert {sheet: set(cells) for sheet, cells in blank.items()} == {
        sheet: addresses(ranges) for sheet, ranges in owned.items() if sheet != n.LOG
    }


def test_money_in_the_cells_is_the_money_of_the_model() -> None:
    inputs = sample_inputs(60)
    results, blocks = sample_results(inputs), inputs.layout.blocks
    cells = result_cells(results, inputs.layout)
    weekly, roi = blocks["weekly"], blocks["roi"]
    for i, name in enumerate(inputs.layout.channels):
        key = f"c{inputs.layout.components.index(name)}"
        column = [cells[n.CONTRIBUTIONS][weekly.address(key, t)] for t in range(60)]
        assert sum(column) == pytest.approx(results.roi.loc[name, "contribution"], rel=1e-12)
        spent, back = (cells[n.ROI][roi.address(key, i)] for key in ("spend", "roi"))
        assert spent * back == pytest.approx(sum(column), rel=1e-12)
    assert cells[n.CONTRIBUTIONS][weekly.address("date", 60)] is None


def test_a_bridge_climbs_from_the_base_to_the_kpi() -> None:
    inputs = sample_inputs(60, MANY)
    results, block = sample_results(inputs), inputs.layout.blocks["waterfall"]
    own = result_cells(results, inputs.layout)[n.CHART_DATA]
    assert block.height == CHART_CHANNELS + 4  # base, named media, other media, residual, total
    level = own[block.address("total")]
    for i in range(1, block.height - 1):
        up, down = own[block.address("up", i)] or 0.0, own[block.address("down", i)] or 0.0
        assert own[block.address("base", i)] == pytest.approx(min(level, level + up - down))
        level += up - down
    assert own[block.address("total", block.height - 1)] == pytest.approx(level)
    assert level == pytest.approx(sum(inputs.columns["revenue"]))


def test_another_models_channels_are_refused() -> None:
    results = sample_results(sample_inputs(60, ("a", "b")))
    with pytest.raises(MmmError, match=r"The model has a, b; the book was built for a, c\. Build the book again"):
        result_cells(results, sample_inputs(60, ("a", "c")).layout)


def test_a_full_log_is_refused() -> None:
    inputs = sample_inputs(60)
    results = sample_results(inputs)
    late = dataclasses.replace(results, run=dataclasses.replace(results.run, index=RUN_ROWS))
    with pytest.raises(MmmError, match="Log is full: 40 runs"):
        result_cells(late, inputs.layout)


def test_more_weeks_than_the_book_keeps_are_refused() -> None:
    inputs = sample_inputs(60)
    with pytest.raises(MmmError, match="weekly has 200 rows"):
        result_cells(sample_results(sample_inputs(200)), inputs.layout)


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (np.float64("nan"), None),
        (np.inf, None),
        (np.int64(3), 3.0),
        (np.bool_(True), True),
        (np.datetime64("2024-01-22"), datetime(2024, 1, 22).date()),
        ("=1+1", "=1+1"),
        (None, None),
    ],
)
def test_values_become_cells(value: object, cell: object) -> None:
    assert plain(value) == cell
    assert type(plain(value)) is type(cell)


def test_the_layout_travels_as_a_line_of_text() -> None:
    layout = sample_inputs(60).layout
    assert Layout.from_stamp(layout.stamp, layout.channels, layout.organic, layout.controls) == layout
    with pytest.raises(CellError, match="ChartData!C5: 'layout 0; periods 3' is not this version's layout line"):
        Layout.from_stamp("layout 0; periods 3", layout.channels, (), ())
    with pytest.raises(CellError, match="holds no whole sizes"):
        Layout.from_stamp("layout 1; periods x; scenarios 3", layout.channels, (), ())


def test_inputs_refuse_what_tables_cannot_hold() -> None:
    inputs = sample_inputs(60)
    with pytest.raises(SpecError, match=r"Columns of unequal length: \{'week': 60, 'tv': 1\}"):
        dataclasses.replace(inputs, columns={"week": inputs.columns["week"], "tv": [1.0]})
    with pytest.raises(SpecError, match="No setting is called 'Margins'"):
        dataclasses.replace(inputs, settings={"Margins": 0.5})
    with pytest.raises(SpecError, match="'scenario' is a header of tblScenarios"):
        sample_inputs(60, ("tv", "scenario"))
