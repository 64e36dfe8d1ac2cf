"""The workbook that is shipped: of this version, readable, with the model inside and its numbers tied.

Made anew by install/make_books.py, the pictures by install/make_pictures.py.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.book.judged import judge_file
from xl_mmm import __version__
from xl_mmm.book.built import built_layout
from xl_mmm.book.calls import calls
from xl_mmm.book.reader import read_book
from xl_mmm.functions import FUNCTIONS
from xl_mmm.functions.help import functions_md
from xl_mmm.simulation import simulate
from xl_mmm.tables import names

SHIPPED = Path(__file__).parents[2] / "workbook"
BOOK = SHIPPED / "xl_mmm.xlsx"


def parts() -> dict[str, str]:
    with zipfile.ZipFile(BOOK) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist() if name.endswith((".xml", ".rels"))}


def test_it_reads_clean_and_is_the_demo_of_this_version() -> None:
    report = judge_file(BOOK)
    assert report["status"] != "fail"
    assert any(f"xl_mmm {__version__}" in text for text in parts().values())


def test_its_data_are_the_simulator_s_of_today() -> None:
    inputs = read_book(BOOK)
    assert inputs.dataset is not None
    market = simulate(156, 5, seed=1, rho=0.3).dataset
    assert inputs.dataset.window_kpi == pytest.approx(market.window_kpi)
    assert inputs.dataset.channels == market.channels


def test_it_holds_no_path_of_the_machine_that_made_it_and_recalculates_nothing() -> None:
    every = "\n".join(parts().values())
    assert not re.search(r"[\"'>](/(home|root|tmp|Users)/|[A-Z]:\\)", every)
    assert "fullCalcOnLoad" not in every


def test_the_picture_of_the_readme_is_there() -> None:
    readme = (SHIPPED.parent / "README.md").read_text(encoding="utf-8")
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", readme)
    assert pictures
    assert all((SHIPPED.parent / picture).read_bytes().startswith(b"\x89PNG") for picture in pictures)


def test_the_list_of_functions_is_the_registry_s_and_each_has_its_picture() -> None:
    assert (SHIPPED / "FUNCTIONS.md").read_text(encoding="utf-8") == functions_md()
    pictures = {path.name: path.read_bytes() for path in (SHIPPED / "pictures").iterdir()}
    assert set(pictures) == {f"{name.lower()}.png" for name in FUNCTIONS}
    assert all(data.startswith(b"\x89PNG") and 1_000 < len(data) < 80_000 for data in pictures.values())


@pytest.mark.parametrize("name", ["xl_mmm.xlsm", "xl_mmm_buttons.xlsm", "xl_mmm.xlsx"])
def test_every_shipped_book_reads_ties_and_shows_the_same(name: str) -> None:
    path = SHIPPED / name
    assert judge_file(path)["status"] != "fail"
    shown, first = (load_workbook(one, data_only=True) for one in (path, BOOK))
    verdicts = [row[0].value for row in shown[names.CHECKS]["C12:C24"]]
    assert verdicts == [names.PASS] * len(verdicts)
    for sheet in (names.ROI, names.SCENARIOS, names.OPTIMIZER):
        for row in first[sheet].iter_rows():
            for cell in row:
                other = shown[sheet][cell.coordinate].value
                if isinstance(cell.value, float):
                    assert other == pytest.approx(cell.value, rel=1e-9, abs=1e-9), (sheet, cell.coordinate)


def test_the_live_book_holds_the_calls_of_this_version() -> None:
    inputs = read_book(SHIPPED / "xl_mmm.xlsm")
    layout = built_layout(inputs)
    workbook = load_workbook(SHIPPED / "xl_mmm.xlsm")
    for name, text in calls(layout).items():
        block = layout.blocks[name]
        cell = workbook[block.sheet].cell(block.row + 1, block.col + 1).value
        assert (cell.ref, cell.text) == (block.ref, text)
