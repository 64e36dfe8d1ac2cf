"""The comparison in the workbook: made by a command, kept, flagged when the data moved on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from openpyxl import load_workbook

from tests.book.sample import run_sample, sample_inputs
from tests.comparison.made_up import candidate, comparison
from xl_mmm.book.block_keys import RETURN_KEYS
from xl_mmm.book.job import COMPARE, compute, keep_book, run_book
from xl_mmm.book.shown import shown
from xl_mmm.book.template import LIVE, build_book
from xl_mmm.book.writer import write_cells
from xl_mmm.comparison import Comparison
from xl_mmm.spec import METHODS
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    from pathlib import Path

CHANNELS = ("tv", "search")


@pytest.fixture(scope="module")
def inputs() -> object:
    return sample_inputs(80, CHANNELS)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, inputs: object) -> Comparison:
    """A comparison that costs nothing, of the very data and choices of the book."""

    def compare(dataset: object, spec: object, **_: object) -> Comparison:
        from xl_mmm.comparison import choices_sha

        moved = candidate("ridge", returns=((9.0, 8.0, 10.0), (1.0, 0.5, 1.5)))
        return comparison(moved, channels=CHANNELS, data_sha=dataset.sha, choices_sha=choices_sha(spec))  # type: ignore

    monkeypatch.setattr("xl_mmm.comparison.compare", compare)
    return comparison()


@pytest.mark.parametrize("flavor", ["values", LIVE])
def test_a_comparison_is_kept_and_shown_beside_the_model(
    tmp_path: Path, inputs: object, quick: Comparison, flavor: str
) -> None:
    path = tmp_path / ("book.xlsm" if flavor == LIVE else "book.xlsx")
    run_sample(path, inputs, flavor)  # type: ignore[arg-type]
    before = load_workbook(path, data_only=True)[n.MODEL]["D8"].value
    report = keep_book(path, COMPARE)
    book = load_workbook(path, data_only=True)
    assert book[n.MODEL]["D8"].value == before
    found = shown(path, report.layout)
    assert found.advice[0].startswith("Read bayes: ")
    assert not any("compare again" in sentence for sentence in found.advice)
    assert [row["method"] for row in found.methods] == list(METHODS)
    returns = report.layout.blocks["returns"]
    values = {key: book[n.COMPARE][returns.address(key)].value for key in RETURN_KEYS}
    assert (values["channel"], values["ridge"], values["ridge_high"], values["overlap"]) == ("tv", 9.0, 10.0, n.NO)
    contrast = report.layout.blocks["contrast"]
    feed = {key: book[n.CHART_DATA][contrast.address(key)].value for key in contrast.keys}
    assert (feed["channel"], feed["ridge"], feed["ridge_minus"], feed["ridge_plus"], feed["high"]) == (
        "tv", 9.0, 1.0, 1.0, 10.0,
    )  # fmt: skip


def test_a_later_run_keeps_the_comparison_and_says_when_the_data_moved(
    tmp_path: Path, inputs: object, quick: Comparison
) -> None:
    path = tmp_path / "book.xlsx"
    run_sample(path, inputs)  # type: ignore[arg-type]
    keep_book(path, COMPARE)
    edited = 1.1 * load_workbook(path)[n.DATA]["C20"].value
    write_cells(path, {n.DATA: {"C20": edited}}, owned={n.DATA: ["C20"]})
    report = run_book(path)
    assert "The data changed since the methods were compared: compare again." in shown(path, report.layout).advice


@pytest.mark.parametrize("flavor", ["values", LIVE])
def test_methods_can_be_compared_before_the_first_fit(
    tmp_path: Path, inputs: object, quick: Comparison, flavor: str
) -> None:
    path = tmp_path / ("book.xlsm" if flavor == LIVE else "book.xlsx")
    build_book(path, inputs, flavor)  # type: ignore[arg-type]
    layout = keep_book(path, COMPARE).layout
    assert shown(path, layout).advice[0].startswith("Read bayes: ")
    book = load_workbook(path, data_only=True)
    assert str(book[n.MODEL]["D8"].value).startswith("NO MODEL")
    if flavor == "values":
        assert book[n.ROI][layout.blocks["roi"].address("channel")].value is None


def test_before_a_comparison_the_sheet_says_how_to_get_one(tmp_path: Path, inputs: object) -> None:
    path = tmp_path / "book.xlsx"
    run_sample(path, inputs)  # type: ignore[arg-type]
    layout = inputs.layout  # type: ignore[attr-defined]
    found = shown(path, layout)
    assert found.advice[0].startswith("Not compared yet. Press Compare")
    assert found.methods == ()


def test_the_button_s_work_is_the_kept_cells_alone(tmp_path: Path, inputs: object, quick: Comparison) -> None:
    path = tmp_path / "book.xlsm"
    run_sample(path, inputs, LIVE)  # type: ignore[arg-type]
    done = compute(path, "compare")
    assert done.headline == "The methods are compared."
    assert set(done.cells) == {n.COMPARE}
    block = inputs.layout.blocks["compared"]  # type: ignore[attr-defined]
    assert len(done.cells[n.COMPARE]) == block.height
