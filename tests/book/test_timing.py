"""Optimized weeks are kept in the workbook; the plan follows them where its flighting says so."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest
from openpyxl import load_workbook

from tests.book.sample import sample_inputs
from xl_mmm.book.built import built_layout
from xl_mmm.book.job import FREEZE, WEEKS, compute, keep_book, run_book
from xl_mmm.book.reader import read_book
from xl_mmm.book.template import VALUES, build_book
from xl_mmm.book.timing import DONE, year_asked
from xl_mmm.errors import CellError
from xl_mmm.planning.frozen import read_frozen
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    from pathlib import Path

    from xl_mmm.book.block import Block

CHANNELS = ("tv", "search")


def built(path: Path) -> Path:
    inputs = sample_inputs(80, CHANNELS)
    settings = {**inputs.settings, n.SET_FLIGHTING: n.OPTIMIZED_FLIGHTING, n.SET_DRAWS: 30, n.SET_PLAN_PERIODS: 13}
    build_book(path, dataclasses.replace(inputs, settings=settings), VALUES)
    return path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = built(tmp_path_factory.mktemp("timing") / "book.xlsx")
    run_book(path)
    return path


@pytest.fixture(scope="module")
def timed(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return keep_book(run, WEEKS, out=tmp_path_factory.mktemp("timed") / "timed.xlsx").path


def block_of(path: Path, name: str) -> Block:
    return built_layout(read_book(path)).blocks[name]


def rows(path: Path, name: str) -> list[list[object]]:
    block = block_of(path, name)
    return [[cell.value for cell in row] for row in load_workbook(path)[block.sheet][block.ref]]


def test_until_weeks_are_optimized_the_sheet_says_what_to_do(run: Path) -> None:
    assert rows(run, "timing")[0] == [None] * 3
    (said,), *_ = rows(run, "year_words")
    wanted = "Weeks not optimized yet (Optimize weeks): spread as last year. The last year once more"
    assert str(said).startswith(wanted)


def test_the_plan_follows_the_kept_weeks(timed: Path) -> None:
    kept, shown = rows(timed, "timing"), rows(timed, "weeks")
    assert kept[13] == [None] * 3
    for (day, *money), week in zip(kept[:13], shown, strict=False):
        assert day == week[0]
        assert week[1:3] == pytest.approx(money, rel=1e-9, abs=1e-6)
    (what,), (proof,), (follow,) = rows(timed, "timing_words")
    assert "timed period by period" in str(what)
    assert "at most 3 times" in str(proof)
    assert "choose 'optimized' under Flighting" in str(follow)
    (said,), *_ = rows(timed, "year_words")
    assert str(said).startswith("The last year once more")


def test_what_is_frozen_are_the_optimized_weeks(timed: Path, tmp_path: Path) -> None:
    out = keep_book(timed, FREEZE, out=tmp_path / "frozen.xlsx").path
    plan = read_frozen("\n".join(str(line) for (line,) in rows(out, "frozen") if line is not None))
    money = np.array([row[1:] for row in rows(timed, "timing")[:13]], dtype=float)
    np.testing.assert_allclose(plan.future.plan_spend, money, rtol=1e-6, atol=1e-3)


def test_the_button_keeps_the_same_cells(run: Path, timed: Path) -> None:
    found = compute(run, "weeks")
    assert found.headline == DONE
    block = block_of(timed, "timing")
    assert found.cells[block.sheet][block.address("t0")] == pytest.approx(rows(timed, "timing")[0][1], rel=1e-12)


def test_weeks_changed_by_hand_are_named(timed: Path, tmp_path: Path) -> None:
    block = block_of(timed, "timing")
    book = load_workbook(timed)
    book[block.sheet][block.address("t1", 2)] = -5
    changed = tmp_path / "changed.xlsx"
    book.save(changed)
    inputs = read_book(timed)
    wrong = dataclasses.replace(inputs, path=changed)
    with pytest.raises(CellError, match=rf"Plan!{block.address('date', 2)}: the optimized weeks were changed"):
        year_asked(wrong, built_layout(inputs))


def test_without_a_model_nothing_is_written(tmp_path: Path) -> None:
    bare = built(tmp_path / "bare.xlsx")
    before = bare.read_bytes()
    with pytest.raises(CellError, match="there is no model to work with"):
        keep_book(bare, WEEKS)
    assert bare.read_bytes() == before
