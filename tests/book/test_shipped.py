"""The workbook that is shipped: of this version, readable, with the model inside and its numbers tied.

Made anew by `xl-mmm demo --out FOLDER`: `demo_results.xlsx` there is `workbook/demo.xlsx` here.
"""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

from tests.book.judged import judge_file
from xl_mmm import __version__
from xl_mmm.book.reader import read_book
from xl_mmm.simulation import simulate

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
