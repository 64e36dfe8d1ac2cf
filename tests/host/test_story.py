"""A planner's story in the real spreadsheet: from a budget to a plan that is frozen, and to what became of it.

LibreOffice holds the live workbook and computes every formula. A button's work is done as Excel's buttons do it: on a
saved copy, its cells written into the open book.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from xl_mmm.book.block_keys import SPLITS
from xl_mmm.book.inputs import BuildInputs
from xl_mmm.book.job import FIT, FREEZE, OPTIMIZE, compute, run_book
from xl_mmm.book.layout import BRIDGE_INPUTS, letters
from xl_mmm.book.template import LIVE, build_book
from xl_mmm.functions.certificate import CERTIFICATE_LINES
from xl_mmm.functions.years import STEP_WORDS
from xl_mmm.planning.frozen import MARK
from xl_mmm.rules import CellErrorValue
from xl_mmm.simulation import simulate
from xl_mmm.tables import names as n
from xl_mmm.tables.cell_values import parse_area, place_name, plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.host.office import Book, Office
    from xl_mmm.book.layout import Layout

Row = dict[str, object]

CHANNELS = ("TV", "Search", "Social")
WEEKS, BUDGET = 4, 1.05  # of actuals; times what was spent
LESS_TV, OVERSPENT, SOLD = 0.8, 1.3, 0.95  # of today's TV; of planned TV; of what was expected
CUT = "A fifth less TV"


class Planner:
    """Somebody in front of the open workbook who knows its tables and blocks by name."""

    def __init__(self, book: Book, layout: Layout, folder: Path) -> None:
        self.book, self.layout, self.folder = book, layout, folder

    def read(self, block: str) -> list[Row]:
        """Return the rows of a block that say something, by key."""
        found = self.layout.blocks[block]
        rows = self.book.values(f"{found.sheet}!{found.ref}")
        assert not [cell for row in rows for cell in row if isinstance(cell, CellErrorValue)], block
        return [dict(zip(found.keys, row, strict=True)) for row in rows if row[0] is not None]

    def table(self, name: str) -> list[Row]:
        """Return the rows of a table by header, blank ones too."""
        headers, *rows = self.book.values(self.book.table(name))
        return [dict(zip(headers, row, strict=True)) for row in rows]

    def enter(self, name: str, row: int, values: Row) -> None:
        """Type values into a row of a table, by header; its first row is 0."""
        sheet, area = self.book.table(name).split("!")
        top, left, _, right = parse_area(area)
        headers = self.book.values(f"{sheet}!{place_name(top, left)}:{place_name(top, right)}")[0]
        for header, value in values.items():
            self.book.set(f"{sheet}!{place_name(top + 1 + row, left + headers.index(header))}", value)

    def choose(self, setting: str, value: object) -> None:
        """Type the value of a setting."""
        rows = [row[n.H_SETTING] for row in self.table(n.TBL_SETTINGS)]
        self.enter(n.TBL_SETTINGS, rows.index(setting), {n.H_VALUE: value})

    def press(self, task: str) -> set[str]:
        """Do a button's work; return the sheets that it wrote on."""
        done = compute(self.book.store(self.folder / f"{task}.xlsm"), task)
        for sheet, cells in done.cells.items():
            for address, value in cells.items():
                self.book.set(f"{sheet}!{address}", plain(value, False, address))
        return set(done.cells)

    def scenario(self, name: str) -> Row:
        """Return what is shown of a scenario."""
        (found,) = (row for row in self.read("scenarios") if row["scenario"] == name)
        return found


@pytest.fixture
def planner(office: Office, tmp_path: Path) -> Iterator[Planner]:
    """A planner with a workbook that was run."""
    market = simulate(78, len(CHANNELS), seed=2, controls=1, trend_break=False, names=CHANNELS)
    columns = {str(header): market.frame[header].tolist() for header in market.frame.columns}
    settings: dict[str, object] = {n.SET_METHOD: "ols", n.SET_MARGIN: 0.5, n.SET_DRAWS: 50.0}
    settings[n.SET_WINDOW_START] = market.dataset.window_dates[0].item()
    path = tmp_path / "plan.xlsm"
    build_book(path, BuildInputs.start(columns, market.dataset.roles, settings), LIVE)
    layout = run_book(path).layout
    with office.open(path) as book:
        book.calculate(everything=True)
        yield Planner(book, layout, tmp_path)
    assert office.log() == ""


def test_from_a_budget_to_a_variance(planner: Planner) -> None:
    budget = type_a_budget(planner)
    cut_television(planner)
    follow(planner, optimize(planner, budget))
    weeks, expected = freeze(planner)
    actual = paste_actuals(planner, weeks, expected)
    read_the_variance(planner, weeks, expected, actual)
    learn_from_it(planner, actual)


def type_a_budget(planner: Planner) -> float:
    """Raise the budget: the plan that is kept is none for it, and the sheet says so."""
    budget = round(BUDGET * float(planner.scenario(n.TODAY)["spend"]), -3)
    assert said(planner, "Feasible") == n.YES
    planner.choose(n.SET_BUDGET, budget)
    assert said(planner, "Feasible") == n.NO
    return budget


def cut_television(planner: Planner) -> None:
    """Add a scenario, then read what lies between it and today."""
    before = planner.read("scenarios")
    blank = [row[n.H_SCENARIO] for row in planner.table(n.TBL_SCENARIOS)].index(None)
    planner.enter(n.TBL_SCENARIOS, blank, {n.H_SCENARIO: CUT, n.H_IN: n.TIMES_TODAY, "TV": LESS_TV})
    planner.book.set(below_heading(planner, "start"), n.TODAY)
    planner.book.set(below_heading(planner, "end"), CUT)
    assert [row for row in planner.read("scenarios") if row["scenario"] != CUT] == before
    today, cut = planner.scenario(n.TODAY), planner.scenario(CUT)
    first, *reasons, last = planner.read("bridge_reasons")
    assert (first["value"], last["value"]) == pytest.approx((today["outcome"], cut["outcome"]))
    assert sum(row["value"] for row in reasons) == pytest.approx(cut["difference"])
    assert cut["difference"] < 0
    channels = {row["part"]: row for row in planner.read("bridge_channels")}
    tv = channels["TV"]
    assert tv["money"] == pytest.approx(cut["spend"] - today["spend"])
    assert tv["value"] == pytest.approx(cut["difference"])
    assert sum(tv[split] for split in SPLITS) == pytest.approx(tv["value"])
    assert tv["spend"] < 0 < tv["efficiency"]  # what is left of a saturating channel returns more
    assert [channels[name]["value"] for name in CHANNELS[1:]] == pytest.approx([0, 0], abs=1e-6)
    assert CUT in planner.read("bridge_words")[0]["text"]


def optimize(planner: Planner, budget: float) -> str:
    """Press Optimize: a plan for the budget, proved, in a row of its own."""
    before = [row for row in planner.table(n.TBL_SCENARIOS) if row[n.H_SCENARIO] is not None]
    assert planner.press(OPTIMIZE) == {n.OPTIMIZER, n.SCENARIOS}
    *others, new = (row for row in planner.table(n.TBL_SCENARIOS) if row[n.H_SCENARIO] is not None)
    assert others == before
    assert new[n.H_IN] == n.MONEY
    name = str(new[n.H_SCENARIO])
    plan = {row["channel"]: row["plan"] for row in planner.read("plan")}
    assert [new[channel] for channel in CHANNELS] == pytest.approx([plan[channel] for channel in CHANNELS])
    assert sum(plan[channel] for channel in CHANNELS) == pytest.approx(budget, rel=1e-6)
    assert said(planner, "Feasible") == n.YES
    assert said(planner, "KKT residual") < 1e-4
    shown = planner.scenario(name)
    assert shown["spend"] == pytest.approx(budget, rel=1e-6)
    assert shown["outcome"] == pytest.approx(said(planner, "Outcome of the plan"))
    assert shown["difference"] > planner.scenario(CUT)["difference"]
    return name


def follow(planner: Planner, scenario: str) -> None:
    """Lay the optimized plan over the time ahead."""
    before = planner.read("weeks")
    planner.choose(n.SET_FOLLOWS, scenario)
    after = planner.read("weeks")
    assert [week["date"] for week in after] == [week["date"] for week in before]
    money = {name: sum(float(week[f"w{j}"]) for week in after) for j, name in enumerate(CHANNELS)}
    today = {name: sum(float(week[f"w{j}"]) for week in before) for j, name in enumerate(CHANNELS)}
    change = {row["channel"]: row["plan"] / row["today"] for row in planner.read("plan")}
    assert {name: money[name] / today[name] for name in CHANNELS} == pytest.approx(
        {name: change[name] for name in CHANNELS}
    )
    assert scenario in planner.read("year_words")[0]["text"]


def freeze(planner: Planner) -> tuple[list[Row], list[float]]:
    """Press Freeze plan; return the first weeks of the plan and the KPI expected of them."""
    assert planner.read("frozen") == planner.read("variance") == planner.read("pacing") == []
    weeks, forecast = planner.read("weeks")[:WEEKS], planner.read("forecast")[:WEEKS]
    assert planner.press(FREEZE) == {n.PLAN}
    assert planner.read("frozen")[0]["text"].startswith(MARK)
    assert planner.read("variance") == []  # nothing is over yet
    assert {row["spent"] for row in planner.read("pacing")} == {0}
    return weeks, [float(week["kpi"]) for week in forecast]


def paste_actuals(planner: Planner, weeks: list[Row], expected: list[float]) -> float:
    """Paste what happened: more TV than planned, all else as planned, and less sold; return the KPI of it."""
    sheet, area = planner.book.table(n.TBL_DATA).split("!")
    top, left, bottom, right = parse_area(area)
    last = planner.table(n.TBL_DATA)[-1]
    settings = {row[n.H_SETTING]: row[n.H_VALUE] for row in planner.table(n.TBL_SETTINGS)}
    keys = (*CHANNELS, *planner.layout.controls)
    rows: list[list[object]] = []
    for week, kpi in zip(weeks, expected, strict=True):
        happened: dict[object, object] = {key: week[f"w{j}"] for j, key in enumerate(keys)}
        happened["TV"] = OVERSPENT * float(week["w0"])
        happened |= {settings[n.SET_DATE]: week["date"], settings[n.SET_KPI]: SOLD * kpi}
        rows.append([happened[header] for header in last])
    planner.book.insert_rows(sheet, bottom, WEEKS)  # inside the table, so that it grows
    planner.book.fill(f"{sheet}!{place_name(bottom, left)}", [list(last.values()), *rows])
    assert planner.book.table(n.TBL_DATA) == f"{sheet}!{place_name(top, left)}:{place_name(bottom + WEEKS, right)}"
    return SOLD * sum(expected)


def read_the_variance(planner: Planner, weeks: list[Row], expected: list[float], actual: float) -> None:
    """Read why it is not what was planned, and whether the money lasts."""
    words = [words for words, _ in STEP_WORDS.values()]
    rows = planner.read("variance")
    assert [row["step"] for row in rows] == words
    step = {row["step"]: row["kpi"] for row in rows}
    assert step["Plan"] == pytest.approx(sum(expected))
    assert step["Actual"] == pytest.approx(actual)
    assert step["Volume"] > 0
    assert step["Rate"] == pytest.approx(0, abs=1e-6 * actual)
    assert step["Drivers"] == pytest.approx(0, abs=1e-6 * actual)
    parts = sum(step[name] for name in ("Plan", "Volume", "Mix", "Rate", "Drivers"))
    assert step["Forecast"] == pytest.approx(parts)
    assert step["Effectiveness"] is step["Baseline"] is None  # the model has not seen these weeks yet
    assert step["Noise"] == pytest.approx(actual - step["Forecast"])
    assert step["Noise"] < actual - sum(expected) < 0
    told = planner.book.value(f"{n.PLAN}!B{planner.layout.blocks['variance'].row - 1}")
    assert told == f"Actual is {100 * (1 - actual / sum(expected)):.1f} % below plan."
    pace = {row["channel"]: row for row in planner.read("pacing")}
    assert pace["TV"]["pace"] == pytest.approx(OVERSPENT)
    assert [pace[name]["pace"] for name in CHANNELS[1:]] == pytest.approx([1, 1])
    assert pace["TV"]["planned"] == pytest.approx(sum(float(week["w0"]) for week in weeks))


def learn_from_it(planner: Planner, actual: float) -> None:
    """Press Fit: a model that has seen the weeks tells media and market from noise."""
    before = planner.read("variance")
    planner.press(FIT)
    after = planner.read("variance")
    step = {row["step"]: row["kpi"] for row in after}
    assert after[:6] == before[:6]  # from plan to forecast, all by the model that is frozen
    parts = sum(step[name] for name in ("Forecast", "Effectiveness", "Baseline", "Noise"))
    assert step["Actual"] == pytest.approx(actual)
    assert parts == pytest.approx(actual)
    assert abs(step["Noise"]) < abs(before[8]["kpi"])


def said(planner: Planner, line: str) -> object:
    """Return a line of the certificate."""
    block = planner.layout.blocks["certificate"]
    lines = list(CERTIFICATE_LINES)
    return planner.book.value(f"{n.OPTIMIZER}!{block.address(block.keys[1], lines.index(line))}")


def below_heading(planner: Planner, key: str) -> str:
    """Return the address of an input of the bridge."""
    down, column = BRIDGE_INPUTS[key]
    return f"{n.SCENARIOS}!{letters(column)}{planner.layout.plan_bridge_row() + down + 1}"
