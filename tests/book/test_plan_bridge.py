"""Scenarios in a book: the bridge between two plans, goal seek, and plans over the year ahead."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.book.sample import CHANNELS, run_sample, sample_inputs
from tests.book.test_template import ties
from xl_mmm.book import layout as lay
from xl_mmm.book.inputs import BuildInputs
from xl_mmm.tables import names as n

PLANS = (
    {n.H_SCENARIO: n.TODAY},
    {n.H_SCENARIO: "Softer", "tv": 0.7, n.H_MARKET: 0.95, n.H_MEDIA_COST: 1.1, n.CHANGE + "competitor_price": -1.0},
    {n.H_SCENARIO: "Softer", n.H_PERIOD: "Q4", "search": 1.5},
)


def inputs(**settings: object) -> BuildInputs:
    sample = sample_inputs(80)
    goal = {"target": 1.1, "measure": "ROI", "channel": "tv", "plan": "Softer"}
    return replace(sample, settings={**sample.settings, **settings}, scenarios=PLANS, goal=goal)


@pytest.fixture(scope="module", params=[n.THE_WINDOW, n.YEAR_AHEAD])
def sheet(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Worksheet:
    path = run_sample(tmp_path_factory.mktemp("plans") / "plans.xlsx", inputs(**{n.SET_PLAN_OVER: request.param}))
    assert set(ties(path, len(CHANNELS))) == {n.PASS}
    shown = load_workbook(path, data_only=True)[n.SCENARIOS]
    assert shown.cell(lay.BODY - 1, 3).value == f"Over {request.param}"
    return shown


def cells(sheet: Worksheet, block: str, key: str) -> list[object]:
    found = inputs().layout.blocks[block]
    return [sheet[found.address(key, i)].value for i in range(found.height)]


def test_the_bridge_goes_from_one_plan_to_the_other(sheet: Worksheet) -> None:
    parts, values = cells(sheet, "bridge_reasons", "part"), cells(sheet, "bridge_reasons", "value")
    assert parts == [
        n.TODAY, "Spend", "Efficiency", "Media cost", "Carryover timing", "Market", "competitor_price", "Softer",
    ]  # fmt: skip
    names, outcomes = cells(sheet, "scenarios", "scenario"), cells(sheet, "scenarios", "outcome")
    for end in (0, -1):
        assert values[end] == pytest.approx(outcomes[names.index(parts[end])], rel=1e-9)
    assert sum(values[:-1]) == pytest.approx(values[-1], rel=1e-9)
    assert values[3] < 0 > values[5]  # dearer media, a smaller market
    by_channel = dict(
        zip(cells(sheet, "bridge_channels", "part"), cells(sheet, "bridge_channels", "value"), strict=True)
    )
    assert list(by_channel) == [*CHANNELS, "Market", "competitor_price"]
    assert sum(by_channel.values()) == pytest.approx(values[-1] - values[0], rel=1e-9)


def test_the_goal_is_answered_from_its_inputs(sheet: Worksheet) -> None:
    words = cells(sheet, "goal_words", "text")
    answer = dict(zip(cells(sheet, "goal", "line"), cells(sheet, "goal", "value"), strict=True))
    assert "tv" in words[0]
    assert words[0].endswith(".")
    assert answer["Reached"] in (n.YES, n.NO)
    assert (answer["Value"] == pytest.approx(1.1)) == (answer["Reached"] == n.YES)


def test_the_bridge_is_asked_in_two_cells_that_offer_the_plans(tmp_path: Path) -> None:
    from xl_mmm.book.template import build_book

    build_book(tmp_path / "new.xlsx", inputs())
    page = load_workbook(tmp_path / "new.xlsx")[n.SCENARIOS]
    row = inputs().layout.plan_bridge_row()
    asked = [page.cell(row + 1 + down, col + 1) for down, col in lay.BRIDGE_INPUTS.values()]
    assert [cell.value for cell in asked] == [n.TODAY, "Softer"]
    offered = [rule for rule in page.data_validations.dataValidation if asked[0].coordinate in rule.sqref]
    assert [rule.formula1 for rule in offered] == [inputs().layout.blocks["scenarios"].column("scenario").split("!")[1]]
