"""A frozen plan is kept in the workbook, with its model, whatever is run later."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook

from tests.book.sample import sample_inputs
from xl_mmm.book.built import built_layout
from xl_mmm.book.freezing import DONE
from xl_mmm.book.job import FREEZE, compute, keep_book, run_book
from xl_mmm.book.reader import read_book
from xl_mmm.book.template import VALUES, build_book
from xl_mmm.errors import CellError
from xl_mmm.planning.frozen import read_frozen
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    from pathlib import Path

CHANNELS = ("tv", "search")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("freezing") / "book.xlsx"
    build_book(path, sample_inputs(80, CHANNELS), VALUES)
    run_book(path)
    return path


def lines(path: Path) -> list[str]:
    block = built_layout(read_book(path)).blocks["frozen"]
    rows = load_workbook(path)[block.sheet][block.ref]
    return [str(cell.value) for (cell,) in rows if cell.value is not None]


def test_what_is_frozen_comes_back_from_the_cells(run: Path, tmp_path: Path) -> None:
    out = tmp_path / "frozen.xlsx"
    report = keep_book(run, FREEZE, out=out)
    assert report.path == out
    assert lines(run) == []
    plan = read_frozen("\n".join(lines(out)))
    assert plan.name == n.TODAY
    assert plan.future.n_periods == 52
    assert plan.posterior.dataset.channels == CHANNELS
    sheet = load_workbook(out)[n.PLAN]
    pace = built_layout(read_book(out)).blocks["pacing"]
    assert sheet[pace.address("planned")].value == 0
    assert sheet[pace.address("left", len(CHANNELS))].value == pytest.approx(plan.future.spend.sum())
    run_book(out, seed=7)  # a new model leaves the frozen plan alone
    again = read_frozen("\n".join(lines(out)))
    assert again.posterior.seed == plan.posterior.seed != 7


def test_the_button_keeps_the_same_cells(run: Path) -> None:
    found = compute(run, "freeze")
    assert found.headline == DONE
    block = built_layout(read_book(run)).blocks["frozen"]
    assert str(found.cells[block.sheet][block.address("text")]).startswith("xl_mmm frozen plan · Today")


def test_without_a_model_or_with_an_impossible_plan_nothing_is_written(run: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.xlsx"
    build_book(bare, sample_inputs(80, CHANNELS), VALUES)
    before = bare.read_bytes()
    with pytest.raises(CellError, match="there is no model to work with"):
        keep_book(bare, FREEZE)
    assert bare.read_bytes() == before
    inputs = sample_inputs(80, CHANNELS)
    wrong = dataclasses.replace(inputs, settings={**inputs.settings, n.SET_FOLLOWS: "Next year"})
    build_book(bare, wrong, VALUES)
    with pytest.raises(CellError, match=r"Assumptions!C\d+ .*'Next year' is no scenario; name one of Today, "):
        keep_book(bare, FREEZE)
