"""The three shipped workbooks: of this version, readable, tied, alike, and what install/make_books.py makes today."""

from __future__ import annotations

import importlib
import re
import zipfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.book.judged import judge_file
from xl_mmm import __version__
from xl_mmm.book.built import built_layout, model_in_use
from xl_mmm.book.calls import calls
from xl_mmm.book.editing.opened import OpenedBook
from xl_mmm.book.formulas.grid import Formula, cached_values
from xl_mmm.book.layout import TIES, TIES_ROW
from xl_mmm.book.reader import read_book
from xl_mmm.fitting import fit
from xl_mmm.measures.draws import earned
from xl_mmm.simulation import simulate
from xl_mmm.tables import names
from xl_mmm.tables.cell_values import Place, parse_area, parse_place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xl_mmm.book.layout import Layout
    from xl_mmm.book.reader import BookInputs
    from xl_mmm.fitting import FittedMMM

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "workbook"
LIVE, BUTTONS, VALUES = BOOKS = ("xl_mmm.xlsm", "xl_mmm_buttons.xlsm", "xl_mmm.xlsx")
TIMES = {(names.LOG, parse_place("B15")), (names.START, parse_place("D29"))}  # when the run was

Contents = dict[tuple[str, Place], object]


@cache
def content(path: Path) -> Contents:
    """Return what was typed into every cell: values and formulas."""
    grid = OpenedBook(path.read_bytes(), path.name).grid()
    return {(sheet, place): value for sheet, cells in grid.cells.items() for place, value in cells.items()}


@cache
def shown(path: Path) -> Contents:
    """Return what every cell shows; blank ones and empty texts are left out."""
    found: Contents = {}
    for (sheet, place), value in content(path).items():
        if isinstance(value, Formula):
            found |= {(sheet, filled): cached for filled, cached in cached_values(place, value)}
        else:
            found.setdefault((sheet, place), value)
    return {cell: value for cell, value in found.items() if value not in (None, "")}


@cache
def layout() -> Layout:
    return built_layout(read_book(SHIPPED / LIVE))


def parts(name: str) -> dict[str, str]:
    with zipfile.ZipFile(SHIPPED / name) as archive:
        return {part: archive.read(part).decode() for part in archive.namelist() if part.endswith((".xml", ".rels"))}


def formulas(cells: Mapping[tuple[str, Place], object]) -> dict[tuple[str, Place], str]:
    return {cell: value.text for cell, value in cells.items() if isinstance(value, Formula)}


def differing(one: Contents, other: Contents) -> set[tuple[str, Place]]:
    """Return the cells that differ; numbers by more than the sixteenth digit, which a file does not keep."""
    return {cell for cell in one.keys() | other.keys() if not alike(one.get(cell), other.get(cell))}


def alike(one: object, other: object) -> bool:
    both = isinstance(one, float) and isinstance(other, float)
    return one == (pytest.approx(other, rel=1e-14, abs=0) if both else other)


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The books as they are made today around the shipped model, which another machine's fit meets but for noise."""
    folder = tmp_path_factory.mktemp("rebuilt")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOGNAME", "demo")  # as the module sets it; taken back in the end
        patch.syspath_prepend(str(ROOT / "install"))
        importlib.import_module("make_books").write_books(folder, SHIPPED / LIVE)
    return folder


@pytest.mark.parametrize("name", BOOKS)
def test_it_reads_clean_and_is_of_this_version(name: str) -> None:
    report = judge_file(SHIPPED / name)
    assert report["status"] != "fail"
    assert any(f"xl_mmm {__version__}" in text for text in parts(name).values())


@pytest.mark.parametrize("name", BOOKS)
def test_its_data_are_the_simulator_s_of_today(name: str) -> None:
    inputs = read_book(SHIPPED / name)
    assert inputs.dataset is not None
    market = simulate(156, 5, seed=1, rho=0.3).dataset
    assert inputs.dataset.window_kpi == pytest.approx(market.window_kpi)
    assert inputs.dataset.channels == market.channels


@pytest.mark.parametrize("name", BOOKS)
def test_it_holds_no_path_of_the_machine_that_made_it_and_recalculates_nothing(name: str) -> None:
    every = "\n".join(parts(name).values())
    assert not re.search(r"[\"'>](/(home|root|tmp|work|Users)/|[A-Z]:\\)", every)
    assert "fullCalcOnLoad" not in every


@pytest.mark.parametrize("name", BOOKS)
def test_every_tie_out_passes(name: str) -> None:
    first = TIES_ROW + 2
    statuses = [shown(SHIPPED / name).get((names.CHECKS, (first + i, 3))) for i in range(TIES + len(layout().channels))]
    assert statuses == [names.PASS] * len(statuses)


@pytest.mark.parametrize("name", [BUTTONS, VALUES])
def test_all_three_show_the_same(name: str) -> None:
    live, other = shown(SHIPPED / LIVE), shown(SHIPPED / name)
    conf = {cell for cell in live if cell[0] == "xlwings.conf"} if name == VALUES else set()  # no macros, no sheet
    assert differing(live, other) - conf <= TIMES


def test_the_live_book_s_blocks_are_its_calls() -> None:
    arrays = {
        (sheet, value.area): value.text.removeprefix("=")
        for (sheet, _), value in content(SHIPPED / LIVE).items()
        if isinstance(value, Formula) and "MMM_" in value.text
    }
    blocks = layout().blocks
    assert arrays == {
        (blocks[name].sheet, parse_area(blocks[name].ref.replace("$", ""))): text.removeprefix("=")
        for name, text in calls(layout()).items()
    }


@pytest.mark.parametrize("name", [BUTTONS, VALUES])
def test_the_others_hold_no_call(name: str) -> None:
    assert [text for text in formulas(content(SHIPPED / name)).values() if "MMM_" in text] == []


@pytest.mark.parametrize("name", BOOKS)
def test_it_is_what_is_made_today(name: str, rebuilt: Path) -> None:
    """Formulas and texts exactly, numbers but for rounding, and not when the run was."""
    assert formulas(content(rebuilt / name)) == formulas(content(SHIPPED / name))
    shipped, today = ({k: v for k, v in shown(at / name).items() if k not in TIMES} for at in (SHIPPED, rebuilt))
    assert {k: v for k, v in today.items() if not isinstance(v, float)} == {
        k: v for k, v in shipped.items() if not isinstance(v, float)
    }
    numbers = {k: v for k, v in shipped.items() if isinstance(v, float)}
    assert {k: v for k, v in today.items() if isinstance(v, float)} == pytest.approx(numbers, rel=1e-6, abs=1e-6)


def test_the_shipped_model_is_what_a_fit_finds_today() -> None:
    """Means of effects agree within Monte Carlo error, which is 0.03 standard deviations of a thousand draws."""
    inputs = read_book(SHIPPED / LIVE)
    kept, today = model_in_use(inputs, layout()), fit_again(inputs)
    assert (kept.method, kept.spec, kept.dataset.sha) == (today.method, today.spec, today.dataset.sha)
    one, other = (np.log(earned(model.posterior).contribution) for model in (kept, today))
    np.testing.assert_allclose(one.mean(axis=0), other.mean(axis=0), rtol=0, atol=0.15 * float(other.std(axis=0).min()))


def fit_again(inputs: BookInputs) -> FittedMMM:
    assert inputs.dataset is not None
    return fit(inputs.dataset, inputs.spec, method=inputs.method, seed=inputs.seed, draws=inputs.draws)


def test_the_picture_of_the_readme_is_there() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", readme)
    assert pictures
    assert all((ROOT / picture).read_bytes().startswith(b"\x89PNG") for picture in pictures)
