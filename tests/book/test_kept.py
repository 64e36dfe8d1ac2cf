"""What a run keeps stands in its own cells, every one of them written, and nowhere else."""

from __future__ import annotations

import dataclasses
from datetime import datetime

import numpy as np
import pytest
from openpyxl.utils import range_boundaries

from tests.book.sample import MANY, sample_inputs
from xl_mmm.book.kept import Kept, RunRow, kept_cells, owned_ranges, plain
from xl_mmm.book.layout import RUN_ROWS, Layout, letters
from xl_mmm.diagnostics import Check
from xl_mmm.errors import CellError, MmmError, SpecError
from xl_mmm.tables import names as n

RUN = RunRow(datetime(2026, 11, 22, 18, 30), "planner", "ols", 1, "ab12cd34ef56ab12", "3f2a9c77aa10bb20", "0.1")


def kept(channels: int) -> Kept:
    check = Check("Holdout", "REVIEW", 0.2, 0.1, "Seen.", "Do.")
    return Kept(("xl_mmm model", "x" * 8000), tuple(float(i) for i in range(channels)), ("ab12", 9.0), (check,), RUN)


def addresses(ranges: list[str]) -> set[str]:
    found = set()
    for ref in ranges:
        left, top, right, bottom = range_boundaries(ref)
        found |= {f"{letters(col - 1)}{row}" for row in range(top, bottom + 1) for col in range(left, right + 1)}
    return found


@pytest.mark.parametrize("channels", [("only",), ("a", "b", "c"), MANY])
def test_a_run_writes_every_kept_cell_and_no_other(channels: tuple[str, ...]) -> None:
    layout = sample_inputs(60, channels).layout
    cells, owned = kept_cells(kept(len(channels)), layout), owned_ranges(layout)
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


def test_what_does_not_fit_is_refused() -> None:
    layout = sample_inputs(60, ("a", "b")).layout
    late = dataclasses.replace(kept(2), run=dataclasses.replace(RUN, index=RUN_ROWS))
    with pytest.raises(MmmError, match="Log is full: 40 runs"):
        kept_cells(late, layout)
    with pytest.raises(MmmError, match=r"The plan has 3 rows; Optimizer!M8:M9 holds 2\."):
        kept_cells(kept(3), layout)
    with pytest.raises(MmmError, match="The model's text has 65 rows"):
        kept_cells(dataclasses.replace(kept(2), lines=("x",) * 65), layout)


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (np.float64("nan"), None),
        (np.inf, None),
        (np.int64(3), 3.0),
        (np.bool_(True), True),
        (datetime(2024, 1, 22), datetime(2024, 1, 22)),
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
        Layout.from_stamp("layout 4; periods x; scenarios 3; ahead 53", layout.channels, (), ())


def test_inputs_refuse_what_tables_cannot_hold() -> None:
    inputs = sample_inputs(60)
    with pytest.raises(SpecError, match=r"Columns of unequal length: \{'week': 60, 'tv': 1\}"):
        dataclasses.replace(inputs, columns={"week": inputs.columns["week"], "tv": [1.0]})
    with pytest.raises(SpecError, match="No setting is called 'Margins'"):
        dataclasses.replace(inputs, settings={"Margins": 0.5})
    with pytest.raises(SpecError, match="'scenario' is a header of tblScenarios"):
        sample_inputs(60, ("tv", "scenario"))
