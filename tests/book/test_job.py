"""A run fits, and checks by fitting again: both show in its progress, and the checks in its cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.book.sample import sample_columns
from xl_mmm.book.inputs import BuildInputs
from xl_mmm.book.job import compute
from xl_mmm.book.progress import CHECK_STEPS, FIT_STEPS
from xl_mmm.book.template import VALUES, build_book
from xl_mmm.diagnostics import CHECKS
from xl_mmm.diagnostics.refitted import REFIT_CHECKS
from xl_mmm.rules import Roles
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    from pathlib import Path

CHANNELS = ("tv", "search")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    columns = sample_columns(80, CHANNELS)
    settings: dict[str, float] = {n.SET_DRAWS: 20.0, n.SET_LEVEL: 0.8}
    path = tmp_path / "book.xlsx"
    build_book(path, BuildInputs.start(columns, Roles("week", "revenue", CHANNELS), settings), VALUES)
    return path


def test_progress_of_a_run_is_that_of_its_fit_and_its_checks(book: Path) -> None:
    told: list[tuple[int, int]] = []
    cells = compute(book, "fit", progress=lambda done, total: told.append((done, total))).cells
    done = [at for at, _ in told]
    assert done == sorted(done)
    assert {total for _, total in told} == {FIT_STEPS + CHECK_STEPS}
    assert FIT_STEPS in done
    assert done[-1] == FIT_STEPS + CHECK_STEPS
    written = [str(value) for value in cells[n.CHECKS].values()]
    assert {CHECKS[key].name for key in REFIT_CHECKS} <= set(written)
    assert any("fell inside their 80% range" in value for value in written)  # the level of the settings
