"""The demo: a simulated market through every station, with the truth beside the findings."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np

from xl_mmm.book.inputs import BuildInputs, Row
from xl_mmm.book.job import carry_over, run_book
from xl_mmm.book.reports import RunReport
from xl_mmm.book.template import LIVE, build_book
from xl_mmm.errors import CellError
from xl_mmm.simulation import Simulated, simulate
from xl_mmm.tables import names

WEEKS, CHANNELS, RHO = 156, 5, 0.3
MARGIN = 0.5
TESTED = "Search"  # went dark in a part of the market
TEST_WEEKS, WEEKS_AFTER = slice(110, 118), 2  # weeks of the window without it, and measured beyond them
TEST_SHARE, TEST_ERROR = 0.2, 0.15  # of the market; standard error, of the effect
_PLANS: tuple[tuple[str, Row], ...] = (
    (names.TODAY, {}),
    ("TV: 20 % less", {"TV": 0.8}),
    ("Search money to TV", {"TV": 1.14, "Search": 0.7, names.H_NOTE: "about the same money"}),
    ("A harder year", {names.H_MARKET: 0.97, names.H_MEDIA_COST: 1.08, names.CHANGE + "Price index": 1.0}),
    ("A harder year", {names.H_PERIOD: "Q4", "TV": 1.2, names.H_NOTE: "more TV before Christmas"}),
)
PLANS = tuple({names.H_SCENARIO: name, names.H_IN: names.TIMES_TODAY, **said} for name, said in _PLANS)
GOAL: Row = {"target": 2.2e6, "measure": "profit", "channel": "TV"}
LIMITS: Mapping[str, Mapping[str, Any]] = {  # one of each useful kind
    "TV": {names.H_LEAST: 0.6, names.H_COMMITTED: 3_000_000.0, names.H_NOTE: "upfront is bought"},
    "Search": {
        names.H_LEAST: None, names.H_MOST: 3_000_000.0, names.H_IN: names.MONEY, names.H_NOTE: "no more queries to buy",
    },
    "Social": {names.H_STEP: 0.2, names.H_NOTE: "measured steps: at most a fifth at once"},
    "Display": {names.H_MINIMUM: 400_000.0, names.H_INCREMENT: 50_000.0, names.H_NOTE: "sold in packages"},
    "Radio": {names.H_FEE: 0.05, names.H_NOTE: "agency fee on top"},
}  # fmt: skip
DIGITAL: Mapping[str, Any] = {
    names.H_GROUP: "Digital", names.H_CHANNELS: "Search, Social, Display", names.H_LEAST: 0.4, names.H_MOST: 0.6,
    names.H_IN: names.SHARE, names.H_NOTE: "media policy",
}  # fmt: skip
BOOK, RESULTS, ALIVE = "demo.xlsx", "demo_results.xlsx", "demo_live.xlsm"


@dataclass(frozen=True, slots=True, eq=False)
class DemoReport:
    """A demo that was run.

    Attributes
    ----------
    what
        The market in words.
    run
        The run of its workbook.
    truth
        Channel -> true ROI of the window.
    live
        The same results in a live workbook.
    seconds
        Time from nothing to results.
    """

    what: str
    run: RunReport
    truth: Mapping[str, float]
    live: Path
    seconds: float


def demo_book(
    folder: Path | None = None, *, seed: int = 1, progress: Callable[[int, int], None] | None = None
) -> DemoReport:
    """Simulate a market, build its workbook, fit it, write the results; the same results in a live workbook.

    Parameters
    ----------
    folder
        Where the three workbooks go; a new folder beside the caller when None.
    seed
        Of the market and of the fit.
    progress
        As in `run_book`.

    Raises
    ------
    CellError
        The folder holds a demo already; nothing is overwritten.
    """
    started = time.perf_counter()
    folder = _new_folder() if folder is None else folder
    if taken := [name for name in (BOOK, RESULTS, ALIVE) if (folder / name).exists()]:
        raise CellError(f"'{folder}' holds {', '.join(taken)} already. Name another folder with --out.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CellError(f"The folder '{folder}' cannot be made ({error.strerror}). Name another with --out.") from error
    market, inputs = demo_inputs(seed)
    build_book(folder / BOOK, inputs)
    report = run_book(folder / BOOK, out=folder / RESULTS, seed=seed, progress=progress)
    build_book(folder / ALIVE, inputs, LIVE)
    carry_over(folder / RESULTS, folder / ALIVE)
    spend = market.dataset.spend[market.dataset.window].sum(axis=0)
    revenue = market.contribution().sum(axis=0)
    truth = {name: float(revenue[k] / spend[k]) for k, name in enumerate(market.dataset.channels)}
    what = (
        f"{WEEKS} weeks, {CHANNELS} channels in flights, promotions that raise sales and spend alike, a trend that "
        f"breaks, errors that persist; margin {MARGIN:.0%}, so break-even ROI is {1 / MARGIN:.1f}"
    )
    return DemoReport(what, report, truth, folder / ALIVE, time.perf_counter() - started)


def demo_inputs(seed: int = 1) -> tuple[Simulated, BuildInputs]:
    """Return a simulated market, and what its planner fills in."""
    market = simulate(WEEKS, CHANNELS, seed=seed, rho=RHO)
    columns = {str(header): market.frame[header].tolist() for header in market.frame.columns}
    settings = {
        names.SET_MARGIN: MARGIN, names.SET_WINDOW_START: market.dataset.window_dates[0].item(),
        names.SET_KNOTS: float(market.spec.knots),
    }  # fmt: skip
    start = BuildInputs.start(columns, market.dataset.roles, settings)
    limits = tuple({**row, **LIMITS.get(str(row[names.H_CHANNEL]), {})} for row in start.constraints)
    return market, replace(
        start, lift_tests=(holdout(market, seed),), scenarios=PLANS, constraints=limits, groups=(DIGITAL,), goal=GOAL,
        calendar=tuple(known_ahead(market)),
    )  # fmt: skip


def known_ahead(market: Simulated) -> list[Mapping[str, Any]]:
    """Return rows of the calendar: two weeks of television are bought, and one week's market is expected to be weak."""
    dataset = market.dataset
    last, first = dataset.dates[-1].item(), dataset.channels[0]
    usual = float(dataset.spend[dataset.window, 0].mean())
    bought = names.COMMITTED + first
    return [
        {names.H_DATE: last + timedelta(weeks=9), bought: round(usual, -3), names.H_NOTE: "booked at the upfront"},
        {names.H_DATE: last + timedelta(weeks=10), bought: round(usual, -3), names.H_NOTE: "booked at the upfront"},
        {names.H_DATE: last + timedelta(weeks=26), names.H_MARKET: 0.95, names.H_NOTE: "works on the main road"},
    ]


def holdout(market: Simulated, seed: int) -> Mapping[str, Any]:
    """Return a row of the lift tests: the true effect of a channel gone dark in a part of the market, with an error."""
    dataset, k = market.dataset, market.dataset.channels.index(TESTED)
    dark = np.ones((dataset.n_weeks, len(market.truth.names)))
    dark[TEST_WEEKS, k] = 0.0
    measured = slice(TEST_WEEKS.start, TEST_WEEKS.stop + WEEKS_AFTER)
    lost = TEST_SHARE * float((market.contribution(dark) - market.contribution())[measured, k].sum())
    error = TEST_ERROR * abs(lost)
    dates, week = dataset.window_dates.astype(object), timedelta(days=6)
    return {
        names.H_CHANNEL: TESTED,
        names.H_START: dates[TEST_WEEKS.start],
        names.H_END: dates[TEST_WEEKS.stop - 1] + week,
        names.H_SPEND_CHANGE: -round(TEST_SHARE * float(dataset.spend[dataset.window][TEST_WEEKS, k].sum())),
        names.H_INCREMENTAL_KPI: round(lost + error * np.random.default_rng(seed).normal()),
        names.H_STANDARD_ERROR: round(error),
        names.H_MEASURED_UNTIL: dates[measured.stop - 1] + week,
        names.H_POPULATION_SHARE: TEST_SHARE,
        names.H_IN_DATA: names.NO,
        names.H_NOTE: "a fifth of the market went dark",
    }


def _new_folder() -> Path:
    """Return the first name that is free, so that a second demo leaves the first alone."""
    folder, count = Path("xl_mmm_demo"), 1
    while folder.exists():
        count += 1
        folder = Path(f"xl_mmm_demo_{count}")
    return folder
