"""A book with foreign spend and media booked in units: read, run, and told where it is wrong."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import openpyxl
import pytest

from tests.book.sample import sample_inputs
from xl_mmm.book.job import check_book, run_book
from xl_mmm.book.reader import read_book
from xl_mmm.book.template import build_book
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    from pathlib import Path

    from xl_mmm.book.inputs import BuildInputs

CHANGE = date(2024, 5, 6)


def inputs_in_two_currencies() -> BuildInputs:
    """The sample, search in dollars, television in rating points that became dearer."""
    inputs = sample_inputs(70, ("tv", "search"))
    columns = dict(inputs.columns)
    columns["grp"] = [float(str(v)) / 500 for v in columns.pop("tv")]
    tv, search = inputs.channels
    return dataclasses.replace(
        inputs,
        columns=columns,
        channels=(
            {**tv, n.H_SPEND_COLUMN: None, n.H_MEDIA_COLUMN: "grp", n.H_TYPICAL_WEEK: None},
            {**search, n.H_CURRENCY: "USD"},
        ),
        fx=({n.H_CURRENCY: "USD", n.H_RATE: 0.9}, {n.H_CURRENCY: "USD", n.H_RATE: 0.8, n.H_FROM: CHANGE}),
        costs=({n.H_CHANNEL: "tv", n.H_UNIT: "GRP", n.H_COST: 500.0},),
    )


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("money") / "book.xlsx"
    build_book(path, inputs_in_two_currencies())
    run_book(path)
    return path


def test_the_model_is_in_the_reporting_currency(book: Path) -> None:
    inputs = read_book(book)
    assert inputs.dataset is not None, inputs.messages
    plain = sample_inputs(70, ("tv", "search")).columns
    tv, search = (np.array(plain[name], dtype=float) for name in ("tv", "search"))
    early = inputs.dataset.dates < np.datetime64(CHANGE)
    np.testing.assert_allclose(inputs.dataset.spend[:, 0], tv, rtol=1e-12)
    np.testing.assert_allclose(inputs.dataset.spend[:, 1], search * np.where(early, 0.9, 0.8), rtol=1e-15)


def test_results_are_of_that_spend_and_every_check_has_an_answer(book: Path) -> None:
    spend = openpyxl.load_workbook(book, data_only=True)[n.ROI]
    dataset = read_book(book).dataset
    assert dataset is not None
    shown = {row[1]: row[2] for row in spend.iter_rows(min_row=7, max_row=8, values_only=True)}
    expected = dict(zip(dataset.channels, dataset.spend[dataset.window].sum(axis=0), strict=True))
    assert shown == pytest.approx(expected, rel=1e-9)
    assert check_book(book).status == "pass"


def test_a_missing_rate_is_named_with_its_cell(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    build_book(path, dataclasses.replace(inputs_in_two_currencies(), fx=()))
    report = check_book(path)
    assert report.status == "fail"
    assert "Assumptions!R8 (Currency, search): tblFX has no rate of 'USD'." in report.messages[0]


def test_a_book_without_the_two_tables_reads_as_ever(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    build_book(path, sample_inputs(70, ("tv", "search")))
    book = openpyxl.load_workbook(path)
    for name in (n.TBL_FX, n.TBL_COSTS):
        del book[n.ASSUMPTIONS].tables[name]
    book.save(path)
    inputs = read_book(path)
    assert inputs.faults == ()
    assert inputs.dataset is not None
    assert inputs.dataset.sha == read_sha(tmp_path)


def read_sha(folder: Path) -> str:
    path = folder / "whole.xlsx"
    build_book(path, sample_inputs(70, ("tv", "search")))
    found = read_book(path).data_sha
    assert found is not None
    return found
