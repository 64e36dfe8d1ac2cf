"""Results in cells are the measures' own numbers, and they tie with each other."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from tests.functions.blocks import LEVEL, block, bursty, columns, kept, orders, run, with_organic
from xl_mmm import measures
from xl_mmm.errors import CellError, PlanError
from xl_mmm.functions import BLANK
from xl_mmm.functions.asking import day_number
from xl_mmm.functions.models import NoModel
from xl_mmm.functions.plans import PLANS
from xl_mmm.functions.results import (
    BRIDGE,
    CONTRIBUTION,
    PARAMETERS,
    RESPONSE_CURVE,
    RESULTS,
    SUMMARY,
)
from xl_mmm.functions.returns import ELASTICITY, HALF_LIFE, MEDIA, MROI, ROI
from xl_mmm.functions.sentences import SENTENCES
from xl_mmm.report.labels import LABELS
from xl_mmm.response import outcome_weights
from xl_mmm.rules import CellErrorValue

EVERY = (*RESULTS, *PLANS, *SENTENCES)
TABLES = tuple(function for function in EVERY if function is not MROI)
NEEDED = {"channel": "channel0", "scenarios": [["Scenario"], ["Today"], ["As today, under another name"]]}


@pytest.fixture(scope="module")
def cells():
    return block(bursty())


@pytest.fixture(scope="module")
def organic():
    return block(with_organic())


def needed(function):
    return {name: value for name, value in NEEDED.items() if name in [a.name for a in function.arguments]}


def blanked(values):
    return [BLANK if np.isnan(value) else pytest.approx(value, rel=1e-12) for value in values]


# ---------------------------------------------------------------- laws of every table
@pytest.mark.parametrize("function", TABLES, ids=lambda f: f.name)
def test_prepared_rows_hold_the_table_and_blanks_and_never_less_than_it(function, cells):
    whole = run(function, cells, **needed(function))
    body, n = whole[1:], len(whole) - 1
    padded = run(function, cells, **needed(function), rows=float(n + 3))
    assert padded == body + [[BLANK] * len(whole[0])] * 3
    assert run(function, cells, **needed(function), rows=float(n)) == body
    with pytest.raises(CellError, match=f"{n} rows are needed and {n - 1} are prepared"):
        run(function, cells, **needed(function), rows=float(n - 1))


@pytest.mark.parametrize("function", EVERY, ids=lambda f: f.name)
def test_without_a_sound_model_there_is_no_number(function, cells):
    damaged = [[cells[0][0]], [str(cells[1][0])[:-9] + "AAAAAAAAA"], *cells[2:]]
    for text in ([["FAULT 2 problems"], ["tblData row 3: ..."]], damaged, [["a stranger's words"]]):
        with pytest.raises(NoModel):
            run(function, text, **needed(function))


@pytest.mark.parametrize("function", TABLES, ids=lambda f: f.name)
def test_every_cell_is_finite_number_or_short_text(function, organic):
    own = {"channel": "tv"} if "channel" in needed(function) else {}
    for value in np.ravel(np.array(run(function, organic, **own)[1:], dtype=object)):
        assert isinstance(value, str) or np.isfinite(value)
        assert not isinstance(value, str) or len(value) <= 255


@pytest.mark.parametrize("function", EVERY, ids=lambda f: f.name)
def test_records_speak_briefly(function):
    assert function.category in ("Results", "Plans")
    assert function.example.startswith(f"={function.name}(Model!")
    assert all(len(text) <= 255 for text in (function.help, *(a.help for a in function.arguments)))
    optional = [argument.optional for argument in function.arguments]
    assert optional == sorted(optional)


@pytest.mark.parametrize("function", [ROI, PARAMETERS, MEDIA, RESPONSE_CURVE], ids=lambda f: f.name)
def test_one_draw_has_no_width(function, cells):
    one = block(kept(cells).take(slice(0, 1)))
    found = columns(run(function, one, **needed(function)))
    for low in [name for name in found if name.lower().endswith("low")]:
        high = low.replace("low", "high").replace("Low", "High")
        assert found[low] == pytest.approx(found[high])


# ---------------------------------------------------------------- table by table
def test_summary_names_the_window_then_every_statistic(cells):
    model = kept(cells)
    found = columns(run(SUMMARY, cells))
    assert found["Statistic"] == ["First day", "Last day", *LABELS.values()]
    first, last = model.dataset.window_dates[[0, -1]]
    assert found["Value"][:2] == [day_number(first), day_number(last) + 6]
    assert found["Value"][2:] == [
        "" if value != value else pytest.approx(value, rel=1e-12) for value in measures.summary(model)
    ]
    assert found["Meaning"][2:] == list(measures.MEANINGS.values())


def test_days_are_serial_numbers():
    assert day_number(date(2024, 1, 1)) == 45292.0
    assert day_number(np.datetime64("2024-01-01")) == 45292.0


def test_parameters(cells):
    wanted = measures.parameters(kept(cells), LEVEL)
    found = columns(run(PARAMETERS, cells, LEVEL))
    assert list(zip(found["Channel"], found["Parameter"], strict=True)) == list(wanted.index)
    for header in ("Mean", "Low", "High"):
        assert found[header] == pytest.approx(wanted[header.lower()].to_list())
    assert found["Unit"] == wanted["unit"].to_list()


def test_components_of_every_period_add_up_to_its_kpi(cells):
    model = kept(cells)
    rows = run(CONTRIBUTION, cells)
    assert rows[0] == [
        "Period", "Actual", "Fitted", "Baseline", "price", "Carry-in", "channel0", "channel1", "channel2", "Residual",
        "Value",
    ]  # fmt: skip
    body = np.array(rows[1:], dtype=float)
    assert body[:, 1] == pytest.approx(model.dataset.window_kpi, rel=1e-12)
    assert body[:, 3:-1].sum(axis=1) == pytest.approx(body[:, 1], rel=1e-12)
    assert body[:, 2] == pytest.approx(body[:, 1] - body[:, -2], rel=1e-12)
    assert body[:, 3:-1] == pytest.approx(measures.contribution(model).to_numpy())
    assert (np.diff(body[:, 0]) == 7).all()
    assert (body[:, -1] == 2.0).all()


def test_another_number_of_columns_than_prepared_is_refused(cells):
    assert run(CONTRIBUTION, cells, columns=11.0)[0][0] == "Period"
    with pytest.raises(CellError, match="11 columns are needed and 12 are prepared"):
        run(CONTRIBUTION, cells, columns=12.0)


def test_the_bridge_steps_up_to_the_kpi_of_its_days(cells):
    model = kept(cells)
    whole = columns(run(BRIDGE, cells))
    assert whole["Component"] == run(CONTRIBUTION, cells)[0][3:-1]
    assert sum(whole["KPI"]) == pytest.approx(model.dataset.window_kpi.sum(), rel=1e-12)
    assert sum(whole["Share"]) == pytest.approx(1.0)
    dates = model.dataset.window_dates
    serial = columns(run(BRIDGE, cells, [[day_number(dates[10])]], [[day_number(dates[19])]]))
    assert sum(serial["KPI"]) == pytest.approx(model.dataset.window_kpi[10:20].sum(), rel=1e-12)
    assert serial == columns(run(BRIDGE, cells, [[dates[10].item()]], [[dates[19].item()]]))
    assert run(BRIDGE, cells, [[None]]) == run(BRIDGE, cells)


@pytest.mark.parametrize("bad", [["soon"], [True], [12.0], [CellErrorValue("#REF!")]])
def test_a_bridge_from_no_day_is_refused(cells, bad):
    with pytest.raises(CellError, match=r"first_day is .* give one cell with a date"):
        run(BRIDGE, cells, [bad])


def test_returns_tie_with_spend_revenue_and_contribution(cells):
    model = kept(cells)
    wanted, cost = measures.roi(model, LEVEL), measures.cpik(model, LEVEL)
    found = columns(run(ROI, cells, LEVEL))
    assert found["Channel"] == list(model.dataset.channels)
    returned = np.array(found["ROI"]) * np.array(found["Spend"])
    assert found["Revenue"] == pytest.approx(returned.tolist(), rel=1e-10)
    weekly = measures.contribution(model)[list(model.dataset.channels)].to_numpy()
    assert found["Revenue"] == pytest.approx((outcome_weights(model.dataset) @ weekly).tolist(), rel=1e-10)
    names = {
        "ROI low": "roi_low", "ROI high": "roi_high", "P above break-even": "p_above_breakeven", "Net ROI": "net_roi",
        "mROI": "mroi", "mROI low": "mroi_low", "mROI high": "mroi_high",
    }  # fmt: skip
    for header, column in names.items():
        assert found[header] == blanked(wanted[column]), header
    for header, column in {"CPIK": "cpik", "CPIK low": "cpik_low", "CPIK high": "cpik_high"}.items():
        assert found[header] == blanked(cost[column]), header


def test_the_level_widens_the_range_and_is_ninety_percent_when_left_out(cells):
    assert run(ROI, cells) == run(ROI, cells, 0.9)
    wide, narrow = (columns(run(ROI, cells, level)) for level in (0.95, 0.5))
    assert wide["ROI high"][0] - wide["ROI low"][0] > narrow["ROI high"][0] - narrow["ROI low"][0]


def test_without_a_money_value_returns_are_blank_and_cost_leads():
    cells = block(orders())
    found = columns(run(ROI, cells))
    assert set(found["ROI"] + found["mROI"] + found["Net ROI"] + found["P above break-even"]) == {BLANK}
    assert all(cost > 0 for cost in found["CPIK"])
    assert found["Revenue"] == pytest.approx([s / c for s, c in zip(found["Spend"], found["CPIK"], strict=True)])
    assert run(MROI, cells, "channel0") == BLANK
    assert set(columns(run(CONTRIBUTION, cells))["Value"]) == {1.0}


def test_organic_media_work_but_return_no_money(organic):
    model = kept(organic)
    found = columns(run(MEDIA, organic, LEVEL))
    assert found["Channel"] == ["tv", "idle", "posts"]
    assert found["Share of spend"] == [1.0, 0.0, BLANK]
    assert found["ROI median"][1:] == [BLANK, BLANK]
    added = measures.contribution(model)[["tv", "idle", "posts"]].sum()
    assert found["Contribution"] == pytest.approx(added.to_list())
    assert sum(found["Share of effect"]) == pytest.approx(1.0)
    assert found["Share of KPI"] == pytest.approx((added / model.dataset.window_kpi.sum()).to_list())
    assert found["Elasticity"] == blanked(measures.elasticity(model)["elasticity"])
    assert found["Saturation"] == blanked(measures.saturation_level(model)["saturation"])
    assert found["Half-life"] == blanked(measures.half_life(model)["half_life"])
    assert found["Carried"] == blanked(measures.immediate_and_carried(model)["carried_share"])
    assert found["Long ROI"][0] == pytest.approx(measures.roi(model).loc["tv", "roi_long"])
    assert [row[0] for row in run(ROI, organic)[1:]] == ["tv", "idle"]


def test_elasticity_and_half_life_alone_equal_the_table(organic):
    table = columns(run(MEDIA, organic))
    assert columns(run(ELASTICITY, organic)) == {k: table[k] for k in ("Channel", "Elasticity")}
    assert columns(run(HALF_LIFE, organic)) == {k: table[k] for k in ("Channel", "Half-life")}


def test_the_next_unit_of_money(cells, organic):
    found = columns(run(ROI, cells))
    assert run(MROI, cells, "channel1") == pytest.approx(found["mROI"][1], rel=1e-12)
    spend = found["Spend"][1]
    step = 1e-3 * spend
    ends = [1.5 - step / spend, 1.5 + step / spend]
    curve = measures.response_curve(kept(cells), "channel1", ends)["outcome"]
    by_difference = (curve[1] - curve[0]) / (2 * step)
    assert run(MROI, cells, "channel1", 1.5 * spend) == pytest.approx(by_difference, rel=1e-4)
    assert run(MROI, organic, "idle") == BLANK
    with pytest.raises(PlanError, match="'radio'; the model has channel0, channel1, channel2"):
        run(MROI, cells, "radio")
    with pytest.raises(PlanError, match="zero or more"):
        run(MROI, cells, "channel1", -1.0)


def test_response_curve(cells):
    found = columns(run(RESPONSE_CURVE, cells, "channel2", level=LEVEL))
    wanted = measures.response_curve(kept(cells), "channel2", level=LEVEL)
    for header, column in zip(found, wanted, strict=True):
        assert found[header] == pytest.approx(wanted[column].to_list())
    own = columns(run(RESPONSE_CURVE, cells, "channel2", [[0.0], [1.0], [None]]))
    returns = columns(run(ROI, cells))
    assert own["Spend"] == pytest.approx([0.0, returns["Spend"][2]])
    assert own["Outcome"] == pytest.approx([0.0, returns["Revenue"][2]])
    with pytest.raises(PlanError, match="'radio'; the model has"):
        run(RESPONSE_CURVE, cells, "radio")
    with pytest.raises(CellError, match="multipliers: cell 2 holds 'x'; give a number"):
        run(RESPONSE_CURVE, cells, "channel2", [[0.5, "x", 1.0]])
    with pytest.raises(CellError, match="a row or column is wanted"):
        run(RESPONSE_CURVE, cells, "channel2", [[0.5, 1.0], [1.0, 2.0]])
