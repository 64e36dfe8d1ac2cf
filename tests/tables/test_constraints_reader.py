"""What a plan may do, read from cells: every kind of limit, and every fault with its place and remedy."""

from __future__ import annotations

import pytest

from xl_mmm.planning import Group
from xl_mmm.planning.constraints import TOTALS
from xl_mmm.planning.objective import GOALS, RISKS
from xl_mmm.tables import names as n
from xl_mmm.tables.constraints_reader import MOST_MONEY, read_plan_tables
from xl_mmm.tables.faults import FAIL, REVIEW
from xl_mmm.tables.scenario_reader import LARGEST_MULTIPLE
from xl_mmm.tables.settings_reader import read_settings
from xl_mmm.tables.table_rows import TableRows

PAID = ["tv", "search", "radio"]
AT = {"constraints": (n.TBL_CONSTRAINTS, 30), "groups": (n.TBL_GROUPS, 30), "settings": (n.TBL_SETTINGS, 6)}


def rows(kind, lines, headers=None):
    """A table with the given rows, each a mapping of header to value."""
    name, first = AT[kind]
    headers = headers or n.TABLE_HEADERS[name]
    columns = tuple([line.get(header) for line in lines] for header in headers)
    return TableRows(name, n.TABLE_SHEET[name], first, 2, tuple(headers), columns)


def read(constraints=(), groups=(), *, is_money=True, **settings):
    own = {getattr(n, f"SET_{key}"): value for key, value in settings.items()}
    listed = [{n.H_SETTING: name, n.H_VALUE: own.get(name)} for name in n.SETTING]
    table = rows("settings", listed)
    values, places, _ = read_settings(table)
    return read_plan_tables(
        values, PAID, rows("constraints", constraints) if constraints else None,
        rows("groups", groups) if groups else None, (table, places), is_money=is_money,
    )  # fmt: skip


def channel(name, **cells):
    return {n.H_CHANNEL: name, **{getattr(n, f"H_{key}"): value for key, value in cells.items()}}


def group(name, channels, **cells):
    return {n.H_GROUP: name, n.H_CHANNELS: channels, **{getattr(n, f"H_{key}"): value for key, value in cells.items()}}


def test_the_words_of_the_workbook_are_the_planning_s_own():
    assert set(n.RISKS.values()) == set(RISKS)
    assert (n.EXACT, n.AT_MOST, n.FREE) == TOTALS
    assert (n.REVENUE, n.PROFIT) == GOALS


def test_blank_tables_ask_for_the_defaults():
    found = read()
    assert found.faults == ()
    assert found.constraints.default_bounds == (0.5, 1.5)
    assert found.constraints.kind_of_total == n.EXACT
    assert not any(found.constraints.named.values())
    assert (found.objective.maximize, found.objective.risk) == (n.REVENUE, "mean")


def test_every_limit_of_a_channel_arrives():
    line = channel(
        "tv", LEAST=0.8, MOST=1.2, IN=n.TIMES_TODAY, COMMITTED=900.0, MINIMUM=50.0, STEP=0.1, INCREMENT=25.0, FEE=0.15
    )
    found = read([line, channel("search", FROZEN=n.YES), channel("radio", FROZEN=n.NO)])
    asked = found.constraints
    assert found.faults == ()
    assert asked.bounds == {"tv": (0.8, 1.2)}
    assert (asked.committed, asked.minimum_if_used, asked.increments) == ({"tv": 900.0}, {"tv": 50.0}, {"tv": 25.0})
    assert asked.step_of("tv") == 0.1
    assert asked.step_of("search") is None
    assert asked.frozen == ("search",)
    assert found.objective.fees == {"tv": 0.15}


@pytest.mark.parametrize(
    ("least", "most", "multiples", "money"),
    [
        (100.0, 900.0, None, (100.0, 900.0)),
        (100.0, None, (0.0, 1.4), (100.0, MOST_MONEY)),
        (None, 900.0, (0.6, LARGEST_MULTIPLE), (0.0, 900.0)),
        (None, None, None, None),
    ],
)
def test_bounds_in_money_leave_the_default_at_the_blank_end(least, most, multiples, money):
    found = read([channel("tv", LEAST=least, MOST=most, IN=n.MONEY)], LEAST=0.6, MOST=1.4).constraints
    assert found.bounds.get("tv") == multiples
    assert found.money_bounds.get("tv") == money


def test_one_step_for_all_gives_way_to_a_channel_s_own():
    asked = read([channel("tv", STEP=0.3)], STEP=0.1).constraints
    assert [asked.step_of(name) for name in PAID] == [0.3, 0.1, 0.1]


def test_groups_in_shares_and_in_money():
    lines = [group("digital", "search, radio", LEAST=0.3), group("all", "tv;search;radio", MOST=5e4, IN=n.MONEY)]
    assert read(groups=lines).constraints.groups == {
        "digital": Group(("search", "radio"), least_share=0.3), "all": Group(tuple(PAID), most=5e4)
    }  # fmt: skip


def test_a_name_with_a_comma_is_one_channel():
    table = rows("groups", [group("one", "tv, north")])
    settings, places, _ = read_settings(rows("settings", []))
    found = read_plan_tables(settings, ["tv, north", "tv"], None, table, (rows("settings", []), places))
    assert found.constraints.groups["one"].channels == ("tv, north",)


def test_settings_arrive():
    found = read(
        BUDGET=1e6, TOTAL=n.AT_MOST, MAXIMIZE=n.PROFIT, LIFETIME=1.5, DISCOUNT=0.08, LEAST_ROI=2.0, TAIL=0.2,
    )  # fmt: skip
    asked, objective = found.constraints, found.objective
    assert found.faults == ()
    assert (asked.budget, asked.kind_of_total, asked.least_roi) == (1e6, n.AT_MOST, 2.0)
    assert (objective.maximize, objective.lifetime_value, objective.discount_rate) == (n.PROFIT, 1.5, 0.08)
    assert objective.tail == 0.2
    assert read(RISK="CVaR").objective.risk == "cvar"
    assert read(LEAST_OUTCOME=5e5).constraints.kind_of_total == n.FREE
    assert read(LEAST_MROI=2.0, BUDGET=1e6).constraints.kind_of_total == n.AT_MOST


@pytest.mark.parametrize(
    ("line", "cell", "says"),
    [
        (channel("tele"), "Optimizer!B30", "Did you mean 'tv'|is no paid channel"),
        (channel("tv", LEAST=1.2, MOST=0.8), "Optimizer!C30", "1.2.*above the most.*0.8"),
        (channel("tv", LEAST=1.7), "Optimizer!C30", "1.7.*above the most.*1.5"),
        (channel("tv", LEAST=400.0), "Optimizer!C30", "out of bounds"),
        (channel("tv", LEAST="lots"), "Optimizer!C30", "'lots'"),
        (channel("tv", LEAST=9.0, MOST=3.0, IN=n.MONEY), "Optimizer!C30", "above the most"),
        (channel("tv", IN="euro"), "Optimizer!E30", "Choose one of: × today, money"),
        (channel("tv", COMMITTED=-5.0), "Optimizer!F30", "-5"),
        (channel("tv", STEP="10 percent"), "Optimizer!H30", "10 percent"),
        (channel("tv", FROZEN="perhaps"), "Optimizer!J30", "Choose one of: yes, no"),
        (channel("tv", FEE=15.0), "Optimizer!K30", "at most 1"),
    ],
)
def test_a_limit_at_fault_names_its_cell(line, cell, says):
    found = read([line])
    assert [fault.cell for fault in found.faults] == [cell]
    assert found.faults[0].status == FAIL
    with pytest.raises(AssertionError, match=says):
        raise AssertionError(found.faults[0].sentence)


@pytest.mark.parametrize(
    ("line", "cell", "says"),
    [
        (group("all", None, MOST=0.5), "Optimizer!C30", "Name its channels"),
        (group("all", " , ", MOST=0.5), "Optimizer!C30", "names no channel"),
        (group("all", "tv, serch", MOST=0.5), "Optimizer!C30", "Did you mean 'search'"),
        (group("all", "tv", MOST=40.0), "Optimizer!E30", "at most 1"),
        (group("all", "tv", LEAST=0.6, MOST=0.4), "Optimizer!D30", "above the most"),
        (group("all", "tv", MOST=0.4, IN="GRP"), "Optimizer!F30", "Choose one of: share, money"),
    ],
)
def test_a_group_at_fault_names_its_cell(line, cell, says):
    found = read(groups=[line])
    assert [fault.cell for fault in found.faults] == [cell]
    assert found.constraints.groups == {}
    assert says in found.faults[0].sentence


@pytest.mark.parametrize(
    ("settings", "at", "says", "status"),
    [
        ({"LEAST_OUTCOME": 5.0, "LEAST_ROI": 2.0}, "LEAST_OUTCOME", "Least ROI are two goals", FAIL),
        ({"MAXIMIZE": n.PROFIT, "LEAST_MROI": 2.0}, "LEAST_MROI", "1 / margin", FAIL),
        ({"RISK": "quantile", "LEAST_ROI": 2.0}, "RISK", "takes no Least ROI", FAIL),
        ({"TOTAL": n.FREE, "BUDGET": 5.0}, "TOTAL", "Budget limits nothing", REVIEW),
    ],
)
def test_goals_that_exclude_each_other_name_the_setting(settings, at, says, status):
    found = read(**settings)
    row = 6 + list(n.SETTING).index(getattr(n, f"SET_{at}"))
    assert [(fault.cell, fault.status) for fault in found.faults] == [(f"Assumptions!C{row}", status)]
    assert says in found.faults[0].sentence


def test_a_plan_for_a_bad_case_takes_no_increments():
    found = read([channel("tv", INCREMENT=10.0, MINIMUM=5.0)], RISK="CVaR")
    assert "takes no Minimum if used, Increment" in found.faults[0].sentence


@pytest.mark.parametrize("setting", [{"MAXIMIZE": n.PROFIT}, {"LIFETIME": 2.0}, {"DISCOUNT": 0.1}])
def test_money_terms_need_a_money_value(setting):
    assert read(**setting).faults == ()
    assert "money value" in read(is_money=False, **setting).faults[0].sentence


def test_a_table_of_the_last_layout_still_reads():
    old = rows("constraints", [channel("tv", LEAST=0.8, MOST=1.1)], (n.H_CHANNEL, n.H_LEAST, n.H_MOST, n.H_UNIT))
    settings, places, _ = read_settings(rows("settings", []))
    found = read_plan_tables(settings, PAID, old, None, (rows("settings", []), places))
    assert found.faults == ()
    assert found.constraints.bounds == {"tv": (0.8, 1.1)}
