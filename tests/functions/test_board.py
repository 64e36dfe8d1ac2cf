"""The Board's figures, bridge and words as the planning has them."""

from __future__ import annotations

import pytest

from tests.functions.blocks import block, bursty, columns, kept, orders, run
from tests.functions.test_plans import CONSTRAINTS, settings
from xl_mmm.errors import CellError
from xl_mmm.functions.board import BOARD, FIGURES, MOST_CHANNELS, OTHERS, WORDS_SAID, n_steps
from xl_mmm.functions.certificate import CERTIFICATE
from xl_mmm.functions.plans import SCENARIO
from xl_mmm.planning import Constraints, judge
from xl_mmm.report.findings import money
from xl_mmm.tables import names as n

PLAN = [[9000.0], [4000.0], [6500.0]]


@pytest.fixture(scope="module")
def cells():
    return block(bursty())


def board(cells, part, spend=PLAN, **changed):
    return columns(run(BOARD, cells, part, CONSTRAINTS, settings(**changed), spend))


def test_figures_are_those_of_the_judged_plan(cells):
    found = board(cells, "figures")
    value = dict(zip(found["Line"], found["Value"], strict=True))
    proof = columns(run(CERTIFICATE, cells, CONSTRAINTS, settings(), PLAN))
    proved = dict(zip(proof["Line"], proof["Value"], strict=True))
    for mine, theirs in (("today", "Outcome today"), ("outcome", "Outcome of the plan"), ("gain", "Gain")):
        assert value[FIGURES[mine]] == proved[theirs]
    i = found["Line"].index("Gain")
    assert (found["Low"][i], found["High"][i]) == (proved["Gain, low"], proved["Gain, high"])
    assert value["Spend of the plan"] == 19_500.0
    model = kept(cells)
    gain, more = value["Gain"], 19_500.0 - value["Spend today"]
    assert value["Change in profit"] == pytest.approx(model.spec.margin * gain - more)


def test_without_a_plan_only_today_is_known(cells):
    found = board(cells, "figures", [[None]] * 3)
    known = {line for line, value in zip(found["Line"], found["Value"], strict=True) if value not in (None, "")}
    assert known == {"Outcome today", "Spend today"}
    said = dict(zip(WORDS_SAID, board(cells, "words", [[None]] * 3)["Sentence"], strict=True))
    assert said["headline"].startswith("No plan yet")


def test_the_bridge_leads_from_today_to_the_plan(cells):
    found = board(cells, "steps")
    assert found["Part"][0] == "Today"
    assert found["Part"][-1] == "Plan"
    assert sorted(found["Part"][1:-1]) == ["channel0", "channel1", "channel2"]
    assert sum(found["Value"][:-1]) == pytest.approx(found["Value"][-1])
    money = [max(pair) for pair in zip(found["Spend today"][1:-1], found["Spend, plan"][1:-1], strict=True)]
    assert money == sorted(money, reverse=True)


def test_many_channels_end_in_the_others_together():
    from tests.posteriors import market

    model = market(60, 11, 5, revenue_per_kpi=1.0)
    cells, limits = block(model), Constraints(default_bounds=(0.0, 3.0))
    today = judge(model, limits, {}).spend_today
    plan = [[1.1 * value] for value in today]
    found = columns(run(BOARD, cells, "steps", None, settings(), plan))
    assert len(found["Part"]) == n_steps(11) == MOST_CHANNELS + 3
    assert found["Part"][-2] == OTHERS
    assert sum(found["Value"][:-1]) == pytest.approx(found["Value"][-1])
    assert sum(found["Spend, plan"][1:-1]) == pytest.approx(1.1 * today.sum(), rel=1e-5)


def test_words_follow_the_figures(cells):
    wide = settings(TOTAL="free", LEAST=0.0, MOST=9.0)
    less = [[0.2 * value] for value in judge(kept(cells), None, {}).spend_today]
    figures, words = (columns(run(BOARD, cells, part, None, wide, less)) for part in ("figures", "words"))
    said = dict(zip(WORDS_SAID, words["Sentence"], strict=True))
    gain = dict(zip(figures["Line"], figures["Value"], strict=True))["Gain"]
    assert len(words["Topic"]) == len(WORDS_SAID)
    assert gain < 0
    assert f"costs {money(-gain)}" in said["headline"]
    assert " less (less on " in said["headline"]
    assert said["rests0"].startswith("•  Model: ")


def test_a_kpi_without_a_value_has_no_profit():
    cells = block(orders())
    found = columns(run(BOARD, cells, "figures", None, settings(KPI_UNIT="orders"), PLAN))
    assert dict(zip(found["Line"], found["Value"], strict=True))["Change in profit"] in (None, "")
    said = columns(run(BOARD, cells, "words", None, settings(KPI_UNIT="orders"), PLAN))["Sentence"]
    assert said[WORDS_SAID.index("profit")] == "the KPI has no money value"


SCENARIOS = [
    ["Scenario", "Period", "channel0", "channel1", "channel2", n.H_MARKET, n.H_MEDIA_COST],
    ["Push", None, 1.5, None, 0.5, None, None],
    ["Dear", None, 1.2, None, None, 0.95, 1.1],
    ["Dear", "Q2", None, 2.0, None, None, None],
]


@pytest.mark.parametrize("over", [n.THE_WINDOW, n.YEAR_AHEAD])
@pytest.mark.parametrize("name", ["Push", "Dear", "Today"])
def test_a_scenario_is_shown_with_the_figures_of_scenarios(cells, name, over):
    asked = settings(BOARD=name, PLAN_OVER=over)
    table = columns(run(SCENARIO, cells, SCENARIOS, 0.8, asked))
    row = {key: values[table["Scenario"].index(name)] for key, values in table.items()}

    def shown(part):
        return columns(run(BOARD, cells, part, CONSTRAINTS, asked, PLAN, None, SCENARIOS))

    figures = shown("figures")
    value = dict(zip(figures["Line"], figures["Value"], strict=True))
    assumed = row["Market and controls"]
    assert value["Outcome of the plan"] == pytest.approx(row["Outcome"], rel=1e-9)
    assert value["Gain"] == pytest.approx(row["Difference"] - assumed, rel=1e-9, abs=1e-6)
    assert value["Outcome today"] == pytest.approx(table["Outcome"][0] + assumed, rel=1e-9)
    assert value["Spend of the plan"] == pytest.approx(row["Spend"], rel=1e-9)
    steps = shown("steps")
    assert sum(steps["Value"][:-1]) == pytest.approx(steps["Value"][-1])
    assert steps["Value"][-1] == value["Outcome of the plan"]
    said = dict(zip(WORDS_SAID, shown("words")["Sentence"], strict=True))
    assert said["scope"].startswith(name)
    if name == "Today":
        assert said["headline"] == "Today spends as today and brings the same."
    elif name == "Dear":
        assert "Market and drivers as assumed bring" in " ".join(said.values())


def test_a_scenario_that_is_none_is_named(cells):
    said = columns(run(BOARD, cells, "words", None, settings(BOARD="Nobody"), PLAN, None, SCENARIOS))["Sentence"]
    assert "'Nobody'" in said[WORDS_SAID.index("rests0")]


def test_faults_are_said_and_unknown_parts_refused(cells):
    wrong = [[*CONSTRAINTS[0]], ["nobody", 0.5, 1.0, None, None]]
    said = columns(run(BOARD, cells, "words", wrong, settings(), PLAN))["Sentence"]
    assert "at fault" in said[WORDS_SAID.index("headline")]
    assert "nobody" in said[WORDS_SAID.index("rests0")]
    with pytest.raises(CellError, match="give one of figures, steps, words"):
        run(BOARD, cells, "pictures")
