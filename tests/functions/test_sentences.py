"""Sentences at fixed rows: from figures alone, honest about what is missing, stale or at fault."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from tests.functions.blocks import block, bursty, columns, kept, orders, run, with_organic
from tests.functions.test_plans import CONSTRAINTS, SCENARIOS, settings
from xl_mmm import __version__
from xl_mmm.errors import CellError
from xl_mmm.fitting import FittedMMM
from xl_mmm.functions import BLANK
from xl_mmm.functions.certificate import CERTIFICATE
from xl_mmm.functions.models import block_of, model_lines
from xl_mmm.functions.plans import OPTIMIZE, SCENARIO
from xl_mmm.functions.returns import ROI
from xl_mmm.functions.sentences import FINDINGS, OF_PLAN, ROW_OF, SENTENCES_OF
from xl_mmm.report.chart_titles import TITLES
from xl_mmm.report.findings import NOT_RUN, money
from xl_mmm.rules import CellErrorValue
from xl_mmm.tables import names as n


@pytest.fixture(scope="module")
def cells():
    return block(bursty())


@pytest.fixture(scope="module")
def best(cells):
    return [[spend] for spend in columns(run(OPTIMIZE, cells, CONSTRAINTS, settings()))["Plan"]]


def said(cells, *given, **named):
    rows = run(FINDINGS, cells, *given, **named)
    assert rows[0] == ["Topic", "Sentence"]
    assert len(rows) == 1 + len(SENTENCES_OF)
    return dict(zip(SENTENCES_OF, [row[1] for row in rows[1:]], strict=True))


def test_topics_stand_at_fixed_rows_whatever_the_model(cells):
    wanted = list(SENTENCES_OF.values())
    for other in (cells, block(with_organic()), [[None]]):
        assert [row[0] for row in run(FINDINGS, other)[1:]] == wanted
    assert [ROW_OF[key] for key in ("headline", "card1", "card4", "next_money", "stamp")] == [0, 1, 4, 8, 14]
    assert list(ROW_OF)[-len(TITLES) :] == list(TITLES)


def test_sentences_repeat_the_figures_of_the_other_functions(cells, best):
    found = said(cells, SCENARIOS, CONSTRAINTS, settings(KPI_UNIT="sales"), best, [["PASS"], ["REVIEW"], [None]])
    returns = columns(run(ROI, cells, 0.8))
    back = sum(returns["Revenue"]) / sum(returns["Spend"])
    assert "of the sales: " in found["headline"]
    assert f"{money(sum(returns['Revenue']))} from {money(sum(returns['Spend']))}, {back:.2f}×" in found["headline"]
    first = int(np.argmax(returns["mROI"]))
    ends = f"80 %: {returns['mROI low'][first]:.2f} to {returns['mROI high'][first]:.2f}"
    assert f"To channel{first}: the next unit returns {returns['mROI'][first]:.2f} ({ends})" in found["next_money"]
    assert "checks: 0 failing, 1 to review" in found["sure"]
    push = columns(run(SCENARIO, cells, SCENARIOS, 0.8))
    assert found["scenarios"].startswith(f"Push: {money(push['Difference'][1], sign=True)} revenue against today")
    proof = {row[0]: row[1] for row in run(CERTIFICATE, cells, CONSTRAINTS, settings(), best)[1:]}
    assert money(abs(proof["Gain"])) in found["plan"]
    assert found["plan_headline"] == found["plan"]
    assert found["card3"] == f"80 %: {money(proof['Gain, low'], sign=True)} to {money(proof['Gain, high'], sign=True)}"
    assert found["curve0"].startswith("channel2: 20 % less spend, ")
    assert [found[f"curve{i}"] for i in (3, 4, 5)] == [BLANK] * 3


def test_the_stamp_carries_the_notes_of_the_model(cells):
    posterior = kept(cells)
    one = FittedMMM(posterior, posterior.take(slice(0, 1)))
    flagged = said(block_of(model_lines(one, ["STALE: data changed", "BY HAND: channel0 decay 0.5"])))
    plain = said(block_of(model_lines(one)))
    sha, last = posterior.dataset.sha[:6], posterior.dataset.window_dates[-1]
    checksum = str(block_of(model_lines(one))[0][0])[-64:]
    assert plain["stamp"] == f"model {checksum[:6]} · data {sha} to {last} · xl_mmm {__version__}"
    assert flagged["stamp"].endswith(" · STALE: data changed · BY HAND: channel0 decay 0.5")
    assert flagged["model"].endswith("; STALE: data changed; BY HAND: channel0 decay 0.5")
    assert flagged["headline"] == plain["headline"]


def test_plans_that_are_missing_broken_impossible_or_old_are_not_praised(cells, best):
    none = said(cells, None, CONSTRAINTS, settings(), [[None], [None], [None]])
    assert none["plan"].startswith("No plan yet")
    assert none["card3"] == "no plan"
    tight = [CONSTRAINTS[0], ["channel2", 0.1, 0.2, None, None]]
    missed = said(cells, None, tight, settings(LEAST=0.1, MOST=9.0), best)["plan"]
    assert missed.startswith("The kept plan does not keep every limit")
    assert said(cells, None, None, settings(BUDGET=1e9), best)["plan"].startswith("No plan can keep all limits at once")
    assert said(cells, None, None, settings(LEAST=0.1, MOST=9.0), best)["shift"].startswith("No longer the best")


@pytest.mark.parametrize(
    ("table", "cell", "value", "hit", "sentence"),
    [
        ("scenarios", (2, 1), "more", ("scenarios",), "tblScenarios row 3, channel0, Push: "),
        ("constraints", (1, 1), "half", OF_PLAN, "tblConstraints row 2, Least, channel0: "),
    ],
)
def test_a_table_at_fault_costs_its_own_sentences_only(cells, best, table, cell, value, hit, sentence):
    tables = {"scenarios": [list(row) for row in SCENARIOS], "constraints": [list(row) for row in CONSTRAINTS]}
    sound = said(cells, **tables, settings=settings(), spend=best)
    tables[table][cell[0]][cell[1]] = value
    found = said(cells, **tables, settings=settings(), spend=best)
    assert all(found[key].startswith(sentence) for key in hit)
    different = {key for key in sound if sound[key] != found[key]} - set(hit)
    assert different <= {"card3"}


def test_settings_at_fault_leave_nothing_to_say(cells):
    with pytest.raises(CellError, match="tblSettings row"):
        run(FINDINGS, cells, settings=settings(LEVEL="wide"))


def test_a_check_that_is_an_error_has_failed(cells):
    found = said(cells, statuses=[["PASS"], [CellErrorValue("#VALUE!")], [None], ["FAIL"]])
    assert found["sure"].endswith("checks: 2 failing, 0 to review.")


def test_before_the_first_fit_every_sentence_says_so():
    for empty in ([[None]], [["NO MODEL: nothing is estimated yet."], [None]]):
        found = said(empty)
        assert found["headline"].startswith("Nothing is estimated yet")
        assert found["plan_headline"] == found["fit"] == NOT_RUN
        assert found["card1"] == found["stamp"] == BLANK


def test_without_a_money_value_cost_leads():
    rows = run(FINDINGS, block(orders()), settings=settings(KPI_UNIT="orders"))
    found = dict(zip(SENTENCES_OF, [row[1] for row in rows[1:]], strict=True))
    assert rows[1 + ROW_OF["roi"]][0] == "Title: Cost per incremental KPI unit, with range"
    assert "costs least per incremental unit of orders" in found["pays"]
    assert "orders: " in found["headline"]
    assert found["card2"] == "no money value given"


def test_one_draw_is_sure_of_nothing(cells):
    found = said(block(kept(cells).take(slice(0, 1))), SCENARIOS)
    assert "no range, so nothing is sure" in found["pays"]
    assert found["scenarios"].endswith("range unknown")
    assert " sure it " not in " ".join(found.values())


def test_long_names_stay_within_a_cell_of_a_table():
    model = bursty()
    long = tuple(f"{'a channel with an unusually long name ' * 7}{i}" for i in range(3))
    data = dataclasses.replace(model.dataset, channels=long)
    renamed = dataclasses.replace(model, dataset=data, media=dataclasses.replace(model.media, names=long))
    for sentence in said(block(renamed)).values():
        assert len(sentence) <= 160
        assert not sentence.endswith("…")


def test_settings_name_the_words_and_the_level(cells):
    assert said(cells, settings=settings(LEVEL=0.5))["next_money"].count("(50 %: ") == 1
    assert n.SETTING[n.SET_KPI_UNIT].default in said(cells)["headline"]
