"""MMM_CHECK and MMM_WHY: rules first, with their places; then the checks; sentences that fit into cells."""

from __future__ import annotations

import pytest

from tests.functions.planner import LIVE, Edit, by_hand, check, evaluate, fit, planner_tables, put, setting, why
from xl_mmm.diagnostics import data_checks, standing_checks
from xl_mmm.functions import BLANK, NOT_AVAILABLE, VALUE, Cells, call
from xl_mmm.functions.checks import CURRENT, DATA_RULES, HEADERS, LIMITS
from xl_mmm.functions.input_tables import inputs_of
from xl_mmm.functions.models import block_of, fault_lines, model_of
from xl_mmm.tables import names as n


@pytest.fixture(scope="module")
def fitted() -> Cells:
    return fit(planner_tables(LIVE))


def test_sound_tables_pass_the_rules_and_the_checks_follow(fitted: Cells) -> None:
    headers, rules, *found = check(planner_tables(), fitted)
    assert tuple(headers) == HEADERS
    assert rules[:2] == [DATA_RULES, n.PASS]
    inputs = inputs_of({name: rows for name, rows in planner_tables().items() if name not in _PLANS})
    own = [*data_checks(inputs.dataset, inputs.spec), *standing_checks(model_of(fitted).posterior)]
    assert [row[:2] for row in found] == [[one.name, one.status] for one in own]
    assert all(row[6:] == [BLANK] * 3 for row in found)
    alone = check(planner_tables())
    assert alone == [headers, rules, *found[: len(alone) - 2]]
    assert len(alone) < len(found)


_PLANS = (n.TBL_SCENARIOS, n.TBL_CONSTRAINTS, n.TBL_GROUPS)


def test_a_fault_stands_first_with_table_row_and_column(fitted: Cells) -> None:
    tables = planner_tables(put(n.TBL_DATA, 4, "search", -120.0), put(n.TBL_CHANNELS, 2, n.H_ADSTOCK, "geometrik"))
    rows = check(tables, fitted, 40.0)
    assert len(rows) == 40
    places = {row[6]: row[7:] for row in rows if row[0] == DATA_RULES}
    assert places == {"tblData": [4.0, 4.0], "tblChannels": [2.0, 5.0]}
    assert rows[0][1] == n.FAIL
    assert any("'geometric'" in row[4] for row in rows[:2])
    assert any(row[2] == -120.0 for row in rows[:2])


def test_failures_come_before_remarks_and_many_are_counted() -> None:
    edits = [put(n.TBL_DATA, row, "tv", -1.0) for row in range(2, 32)]
    rows = check(planner_tables(put(n.TBL_CHANNELS, 2, n.H_MAX_LAG, 8.0), *edits), rows=12.0)
    assert [row[1] for row in rows] == [n.FAIL] * 11 + [BLANK]
    assert rows[10][4] == "... and 21 more findings."
    remark = check(planner_tables(put(n.TBL_CHANNELS, 2, n.H_MAX_LAG, 8.0)))[1]
    assert remark[:2] == [DATA_RULES, n.REVIEW]
    assert remark[6:] == ["tblChannels", 2.0, 7.0]


def test_too_few_prepared_rows_give_an_error_value() -> None:
    assert check(planner_tables(), rows=3.0) == VALUE


def test_how_the_model_stands_to_its_sheet_is_a_row_to_review(fitted: Cells) -> None:
    tables = planner_tables(put(n.TBL_DATA, 7, "tv", 5e4), by_hand("decay", 0.5))
    rows = [row for row in check(tables, evaluate(tables, fit(tables, fitted))) if row[0] == CURRENT]
    assert [row[1] for row in rows] == [n.REVIEW] * 2
    assert "data changed" in rows[0][4]
    assert rows[0][5] == "Press Fit, or run xl-mmm run, to fit it again."
    assert "tv decay 0.5" in rows[1][4]
    (damaged,) = [row for row in check(planner_tables(), [["hello"]]) if row[0] == CURRENT]
    assert damaged[1] == n.FAIL
    assert "not a stored model" in damaged[4]
    wrong = planner_tables(put(n.TBL_DATA, 4, "tv", -1.0))
    assert check(wrong, fit(wrong, fitted)) == check(wrong), "what the rules said is not said twice"
    assert check(planner_tables(), fit(planner_tables())) == check(planner_tables())


def test_sentences_fill_exactly_the_prepared_rows(fitted: Cells) -> None:
    assert call("MMM_WHY", [fitted, 3.0]) == [[BLANK]] * 3
    block = block_of(fault_lines([f"Sentence {i}." for i in range(9)]))
    assert call("MMM_WHY", [block, 9.0])[-1] == ["Sentence 8."]
    assert call("MMM_WHY", [block, 3.0]) == [["Sentence 0."], ["Sentence 1."], ["... and 7 more."]]


def test_a_long_sentence_goes_on_in_the_next_row() -> None:
    words = " ".join(f"word{i}" for i in range(200))
    told = why(block_of(fault_lines([words])))
    assert max(map(len, told)) <= 255
    assert " ".join(told) == words


def test_what_a_setting_forbids_is_placed_in_its_cell() -> None:
    row = check(planner_tables(setting(n.SET_MARGIN, 4.0)))[1]
    assert row[6:] == ["tblSettings", float(1 + list(n.SETTING).index(n.SET_MARGIN) + 1), 2.0]


def test_a_plan_that_cannot_be_read_is_named_and_leaves_the_data_s_checks_standing() -> None:
    row = 3
    tables = planner_tables(put(n.TBL_SCENARIOS, row, "tv", "lots"))
    order = (n.TBL_DATA, n.TBL_CHANNELS, n.TBL_CONTROLS, n.TBL_LIFT_TESTS, n.TBL_SETTINGS, n.TBL_PARAMETERS)
    rows = call("MMM_CHECK", [*(tables.get(name) for name in order), tables[n.TBL_SCENARIOS]])
    fault = next(line for line in rows if line[6] == n.TBL_SCENARIOS and line[1] == n.FAIL)
    assert "lots" in fault[4]
    assert fault[7:] == [row, tables[n.TBL_SCENARIOS][0].index("tv") + 1]
    alone = check(tables)
    assert [line[0] for line in rows[2:]] == [line[0] for line in alone[2:]]


def test_limits_that_no_plan_can_keep_fail_and_are_named() -> None:
    model = fit(planner_tables(LIVE))

    def limits(*edits: Edit) -> list[list[object]]:
        changed = planner_tables(LIVE, *edits)
        order = (n.TBL_DATA, n.TBL_CHANNELS, n.TBL_CONTROLS, n.TBL_LIFT_TESTS, n.TBL_SETTINGS, n.TBL_PARAMETERS)
        plans = [changed[name] for name in (n.TBL_SCENARIOS, n.TBL_CONSTRAINTS, n.TBL_GROUPS, n.TBL_CALENDAR)]
        rows = call("MMM_CHECK", [*(changed.get(name) for name in order), *plans, model])
        return [row[1:6] for row in rows if row[0] == LIMITS]

    assert [row[0] for row in limits()] == [n.PASS]
    frozen = put(n.TBL_CONSTRAINTS, 2, n.H_FROZEN, n.YES)
    told = limits(frozen, put(n.TBL_GROUPS, 2, n.H_CHANNELS, "tv"), put(n.TBL_GROUPS, 2, n.H_LEAST, 1.0))
    assert told[0][0] == n.FAIL
    assert "all at least 1 of the total" in str(told[0][3])
    assert n.TBL_GROUPS in str(told[0][4])


def test_a_model_that_is_none_comes_before_whatever_else_is_wrong() -> None:
    nothing: Cells = [[None]] * 3
    assert call("MMM_RESPONSE_CURVE", [nothing, None]) == NOT_AVAILABLE
    assert call("MMM_ROI", [nothing, "wide"]) == NOT_AVAILABLE
