"""The demo as a planner sees it: one process, one screen, two workbooks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from xl_mmm import cli
from xl_mmm.book.demonstration import BOOK, CHANNELS, RESULTS, WEEKS, demo_book, demo_inputs
from xl_mmm.book.reader import read_book
from xl_mmm.errors import CellError
from xl_mmm.tables import names


@pytest.fixture(scope="module")
def shown(tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("demo") / "one"
    command = [sys.executable, "-m", "xl_mmm.cli", "demo", "--out", str(folder)]
    root = Path(cli.__file__).parents[2]
    return folder, subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)


def test_it_ends_well_and_without_a_bar_in_a_pipe(shown):
    _, done = shown
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout


def test_one_screen_shows_findings_beside_the_truth(shown):
    folder, done = shown
    lines = done.stdout.splitlines()
    assert len(lines) <= 50
    header = next(line for line in lines if line.startswith("channel"))
    for word in (
        "spend",
        "ROI",
        "90% credible range",
        "truth",
        "next unit returns",
        "of its limit",
        "optimized spend",
    ):
        assert word in header
    for channel in read_book(folder / BOOK).dataset.channels:
        assert any(line.startswith(channel) for line in lines)
    assert any(line.startswith("Checks: ") and "PASS" in line for line in lines)
    assert str(folder / RESULTS) in done.stdout.replace("\n", "")


def test_both_workbooks_read_without_a_fault(shown):
    folder, _ = shown
    for name in (BOOK, RESULTS):
        inputs = read_book(folder / name)
        assert inputs.faults == ()
        assert (inputs.dataset.n_weeks, len(inputs.dataset.channels)) == (WEEKS, CHANNELS)


def test_its_lift_test_is_the_truth_measured_with_an_error():
    market, inputs = demo_inputs(seed=1)
    (row,) = inputs.lift_tests
    data, k = market.dataset, market.dataset.channels.index(row[names.H_CHANNEL])
    dates = data.window_dates.astype(object)
    dark = np.ones((data.n_weeks, len(market.truth.names)))
    dark[(dates >= row[names.H_START]) & (dates <= row[names.H_END]), k] = 0.0
    measured = (dates >= row[names.H_START]) & (dates <= row[names.H_MEASURED_UNTIL])
    lost = (market.contribution(dark) - market.contribution())[measured, k].sum() * row[names.H_POPULATION_SHARE]
    assert lost < 0
    assert 0 < abs(row[names.H_INCREMENTAL_KPI] - lost) < 3 * row[names.H_STANDARD_ERROR]
    saved = data.spend[data.window][dark[:, k] == 0, k].sum() * row[names.H_POPULATION_SHARE]
    assert row[names.H_SPEND_CHANGE] == -round(saved)


def test_a_demo_is_not_written_over(shown):
    folder, _ = shown
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(CellError, match=r"demo.xlsx, demo_results.xlsx, demo_live.xlsm already"):
        demo_book(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
