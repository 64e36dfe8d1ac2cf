"""The certificate in cells: kept proofs, what limits cost, and sentences that follow from the plan."""

from __future__ import annotations

import math

import pytest

from tests.functions.blocks import block, bursty, columns, kept, orders, run
from tests.functions.test_plans import CONSTRAINTS, lines, settings
from xl_mmm.errors import CellError, PlanError
from xl_mmm.functions import BLANK
from xl_mmm.functions.certificate import CERTIFICATE
from xl_mmm.functions.kept_search import HEIGHT, searched_cells, searched_of
from xl_mmm.functions.plan_tables import best, wanted
from xl_mmm.functions.plans import OPTIMIZE, PLAN
from xl_mmm.planning import Cost, Searched, optimize
from xl_mmm.planning.searched import problem_of
from xl_mmm.tables import names as n

GROUPS = [
    list(n.TABLE_HEADERS[n.TBL_GROUPS]),
    ["first two", "channel0, channel1", 0.45, 0.5, "share", None],
    [None] * 6,
]
LIMITS = [
    list(n.TABLE_HEADERS[n.TBL_CONSTRAINTS]),
    ["channel0", None, 1.2, n.TIMES_TODAY, 500.0, None, 0.1, 50.0, n.NO, 0.15, None],
    ["channel1", 100.0, None, n.MONEY, None, 300.0, None, None, None, None, None],
    ["channel2", None, None, None, None, None, None, None, n.YES, None, None],
]


@pytest.fixture(scope="module")
def cells():
    return block(bursty())


def search(cells, constraints, asked_settings, groups=None):
    """The plan and what its search proved, as columns: what a run keeps."""
    posterior = kept(cells)
    asked = wanted(posterior, constraints, asked_settings, groups)
    plan = best(posterior, asked)
    proved = Searched.of(posterior, asked.constraints, asked.objective, plan)
    return [[money] for money in plan.spend], [[cell] for cell in searched_cells(proved)]


def part(cells, name, constraints, asked_settings, spend, groups=None, proved=None, rows=None):
    return run(CERTIFICATE, cells, constraints, asked_settings, spend, groups, proved, name, rows)


def test_the_kept_bound_stands_as_long_as_model_and_limits_do(cells):
    spend, proved = search(cells, CONSTRAINTS, settings())
    fresh = lines(run(CERTIFICATE, cells, CONSTRAINTS, settings()))
    again = lines(part(cells, "proof", CONSTRAINTS, settings(), spend, proved=proved))
    assert again["Upper bound"] == pytest.approx(fresh["Upper bound"], rel=1e-9)
    assert again["Gap"] == pytest.approx(fresh["Gap"], abs=1e-9)
    moved = lines(part(cells, "proof", CONSTRAINTS, settings(BUDGET=40_000.0), spend, proved=proved))
    assert (moved["Upper bound"], moved["Gap"], moved["Feasible"]) == (BLANK, BLANK, n.NO)
    looser = lines(part(cells, "proof", CONSTRAINTS, settings(MOST=1.6), spend, proved=proved))
    assert (looser["Upper bound"], looser["Feasible"]) == (BLANK, n.YES)


def test_every_kind_of_limit_reaches_the_plan(cells):
    """Each limit is compared with the plan, not with the code that read it."""
    asked = settings(TOTAL=n.AT_MOST, STEP=0.3, MAXIMIZE=n.PROFIT)
    found = columns(run(OPTIMIZE, cells, LIMITS, asked, GROUPS))
    today, plan = found["Today"], found["Plan"]
    assert plan[2] == pytest.approx(today[2])  # frozen
    assert 0.9 * today[0] - 1e-6 <= plan[0] <= 1.1 * today[0] + 1e-6  # its own step, narrower than 1.2 and 0.3
    assert plan[0] / 50.0 == pytest.approx(round(plan[0] / 50.0))  # increments
    assert plan[0] >= 500.0
    assert 0.7 * today[1] - 1e-6 <= plan[1] <= 1.3 * today[1] + 1e-6  # the step of all
    assert 0.45 - 1e-9 <= (plan[0] + plan[1]) / sum(plan) <= 0.5 + 1e-9
    assert sum(plan) <= sum(today) * (1 + 1e-9)


def test_what_a_limit_costs_is_confirmed_by_loosening_it(cells):
    asked = settings()
    spend, proved = search(cells, CONSTRAINTS, asked)
    rows = part(cells, "limits", CONSTRAINTS, asked, spend, proved=proved)[1:]
    name = "channel0 at most 1.1 × today"
    per_unit = next(unit for unit, _, limit in rows if limit.startswith(name))
    today = columns(run(PLAN, cells, CONSTRAINTS, asked))["Today"][0]
    loose = [list(row) for row in CONSTRAINTS]
    loose[1][2] = 1.1 + 1e-3
    step = kept(cells)
    more = [best(step, wanted(step, table, asked)).outcome for table in (CONSTRAINTS, loose)]
    assert per_unit == pytest.approx((more[1] - more[0]) / (1e-3 * today), rel=0.02)
    assert [unit for unit, _, _ in rows] == sorted((unit for unit, _, _ in rows), reverse=True)


def test_increments_cost_what_the_search_found(cells):
    asked = settings(TOTAL=n.AT_MOST)
    steps = [[*LIMITS[0]], ["channel0", *[None] * 6, 900.0, None, None, None]]
    spend, proved = search(cells, steps, asked)
    rows = part(cells, "limits", steps, asked, spend, proved=proved)[1:]
    lost = [in_all for _, in_all, limit in rows if "increments of 900.00" in limit]
    free = optimize(kept(cells), wanted(kept(cells), None, asked).constraints, level=0.8)
    posterior = kept(cells)
    assert lost == pytest.approx([free.outcome - best(posterior, wanted(posterior, steps, asked)).outcome], rel=1e-3)
    assert not any("increments" in limit for *_, limit in part(cells, "limits", steps, asked, spend)[1:])


def test_notes_follow_the_plan(cells):
    asked = settings()
    spend, proved = search(cells, CONSTRAINTS, asked)

    def notes(constraints=CONSTRAINTS, wanted_settings=asked, money=spend, kept_search=proved):
        return dict(part(cells, "notes", constraints, wanted_settings, money, proved=kept_search)[1:])

    own = notes()
    assert own["Proof"].startswith("Proven: no plan within the limits is worth more than 0.0")
    certificate = lines(part(cells, "proof", CONSTRAINTS, asked, spend))
    assert f"in {certificate['Chance of a gain']:.0%} of the draws".replace("%", " %") in own["Risk"]
    assert (
        "bound is gone"
        in notes(wanted_settings=settings(MOST=1.6), constraints=[CONSTRAINTS[0], *CONSTRAINTS[1:]])["Proof"]
        or "Not the best" in notes(wanted_settings=settings(MOST=1.6))["Proof"]
    )
    today = [[money] for money in columns(run(PLAN, cells, CONSTRAINTS, asked))["Today"]]
    assert notes(money=today)["Proof"].startswith("Not the best: plans within the limits may be worth up to ")
    assert notes(money=today, kept_search=None)["Proof"].startswith("Not the best any more")
    assert notes(money=today)["Evidence"] == "The plan is today's spend: nothing is moved."
    assert own["Evidence"].startswith("Not enough evidence" if certificate["Gain, low"] <= 0 else "Enough to move")
    bad = notes(wanted_settings=settings(BUDGET=40_000.0))
    assert bad["Missed"].startswith("The kept plan does not keep: budget 40,000.00")
    assert "Proof" not in bad
    assert notes(wanted_settings=settings(RISK="CVaR"))["Proof"].startswith("The best of several starts for the CVaR")


def test_limits_in_conflict_are_named_and_nothing_is_planned(cells):
    groups = [GROUPS[0], ["first two", "channel0, channel1", 0.9, None, None, None]]
    with pytest.raises(PlanError, match=r"No plan can keep all of these: .*first two at least 0.9 of the total"):
        run(OPTIMIZE, cells, LIMITS, settings(), groups)
    told = part(cells, "notes", LIMITS, settings(), [[None]] * 3, groups)[1:]
    assert told[0][0] == "Conflict"
    assert "first two at least 0.9" in " ".join(sentence for _, sentence in told)


def test_a_target_out_of_reach_is_told_where_the_plan_would_be(cells):
    asked = settings(LEAST_OUTCOME=1e9)
    with pytest.raises(PlanError) as told:
        run(OPTIMIZE, cells, CONSTRAINTS, asked)
    posterior = kept(cells)
    own = wanted(posterior, CONSTRAINTS, asked)
    refused = Searched(problem_of(posterior, own.constraints, own.objective), None, (), str(told.value))
    proved = [[cell] for cell in searched_cells(refused)]
    rows = part(cells, "notes", CONSTRAINTS, asked, [[None]] * 3, proved=proved)[1:]
    assert rows[0][0] == "No plan"
    assert " ".join(row[1] for row in rows) == str(told.value)
    other = part(cells, "notes", CONSTRAINTS, settings(LEAST_OUTCOME=1e8), [[None]] * 3, proved=proved)[1:]
    assert other == []


@pytest.mark.parametrize(
    ("limits", "groups", "changed", "named"),
    [
        ({"FROZEN": n.YES, "LEAST": 1.2}, None, {}, ["channel0 frozen at", "channel0 at least 1.2 × today"]),
        ({"COMMITTED": 1e5}, None, {}, ["channel0 committed to 100,000.00"]),
        ({"COMMITTED": 4e3}, None, {"STEP": 0.1}, ["channel0 committed to 4,000.00", "a step of 0.1 from today"]),
        ({"LEAST": 1e4, "IN": n.MONEY}, None, {"STEP": 0.2}, ["channel0 at least 10,000.00"]),
        ({"INCREMENT": 1e6, "COMMITTED": 10.0}, None, {}, ["channel0 in increments of 1,000,000.00"]),
        ({"MINIMUM": 5e4, "COMMITTED": 10.0}, None, {}, ["channel0 at zero or at least 50,000.00"]),
        ({}, [["a", "channel0", 0.9, None, None, None]], {}, ["a at least 0.9 of the total"]),
        ({}, [["a", "channel0", None, 9.0, n.MONEY, None]], {}, ["a at most 9.00", "channel0 at least 0.6 × today"]),
        ({}, None, {"BUDGET": 1e9}, ["budget of 1,000,000,000.00"]),
    ],
)
def test_every_kind_of_limit_in_conflict_is_named_in_the_sheet_s_words(cells, limits, groups, changed, named):
    row = {n.H_CHANNEL: "channel0"} | {getattr(n, f"H_{key}"): value for key, value in limits.items()}
    table = [LIMITS[0], [row.get(header) for header in LIMITS[0]]]
    together = None if groups is None else [GROUPS[0], *groups]
    told = part(cells, "notes", table, settings(**changed), [[None]] * 3, together)[1:]
    sentence = " ".join(row[1] for row in told)
    assert told[0][0] == "Conflict"
    for words in named:
        assert words in sentence
    with pytest.raises(PlanError) as raised:
        run(OPTIMIZE, cells, table, settings(**changed), together)
    assert str(raised.value) == sentence


def test_nothing_planned_has_no_notes_and_no_costs(cells):
    for name in ("notes", "limits"):
        assert (
            part(cells, name, CONSTRAINTS, settings(), [[None]] * 3, rows=2.0)
            == [[BLANK] * (2 + (name != "notes"))] * 2
        )


def test_more_than_fits_is_counted(cells):
    spend, proved = search(cells, CONSTRAINTS, settings())
    every = part(cells, "limits", CONSTRAINTS, settings(), spend, proved=proved)[1:]
    short = part(cells, "limits", CONSTRAINTS, settings(), spend, proved=proved, rows=1.0)
    assert short == [[BLANK, BLANK, f"... and {len(every)} more"]]


def test_profit_and_fees_count_in_the_certificate(cells):
    fees = [[*LIMITS[0]], ["channel0", *[None] * 8, 0.5, None]]
    asked = settings(MAXIMIZE=n.PROFIT, TOTAL=n.FREE, MARGIN=0.5)
    plain = lines(run(CERTIFICATE, cells, None, asked))
    dear = lines(run(CERTIFICATE, cells, fees, asked))
    assert dear["Worth"] < plain["Worth"]
    assert plain["Profit gain"] >= -1e-9
    without = lines(run(CERTIFICATE, block(orders()), None, settings()))
    assert without["Profit gain"] == BLANK


def test_an_unknown_part_is_refused(cells):
    with pytest.raises(CellError, match="give one of proof, limits, notes"):
        run(CERTIFICATE, cells, None, None, None, None, None, "proofs")


# ---------------------------------------------------------------- cells of a search
@pytest.mark.parametrize(
    "searched",
    [
        Searched("ab12", 5.5, ()),
        Searched("ab12", None, ()),
        Searched("ab12", None, (), "Out of reach."),
        Searched("ab12", None, (Cost("tv in increments of 5.00", math.nan, 2.0),)),
        Searched("ab12", 5.5, (Cost("one", math.nan, 2.0), Cost("two", math.nan, 0.0))),
    ],
)
def test_what_a_search_proved_survives_its_cells(searched):
    cells = searched_cells(searched)
    assert len(cells) == HEIGHT
    assert searched_of([[cell] for cell in cells]) == searched


def test_blank_cells_prove_nothing_and_changed_ones_are_refused():
    assert searched_of([[None]] * HEIGHT) is None
    assert searched_of(None) is None
    for cells in (
        [[5.0]],
        [["ab"], ["cd"], ["ef"]],
        [["ab"], [True]],
        [["ab"], [1.0], ["name"]],
        [["ab"], [1.0], [2.0], [3.0]],
    ):
        with pytest.raises(CellError, match="Press Optimize to make them anew"):
            searched_of(cells)
