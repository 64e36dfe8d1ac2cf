"""Plans by channel: what scenarios bring, the best use of a budget, and a judgement of a given one.

A kept plan is a decision, as a fit is: its money stands in cells, everything beside it is judged anew under the model
and the bounds of the moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.functions.asking import MODEL, RANGE, ROWS, level_of
from xl_mmm.functions.cells import Cells, table
from xl_mmm.functions.models import model_of
from xl_mmm.functions.plan_bridges import SCENARIOS
from xl_mmm.functions.plan_tables import best, judged, planned_over, scenario_table, spend_of, wanted
from xl_mmm.functions.record import Argument, Function

if TYPE_CHECKING:
    from xl_mmm.planning import Plan

SCENARIO_HEADERS = (
    "Scenario", "Spend", "Outcome", "Low", "High", "Difference", "Difference low", "Difference high", "P better",
    "Profit", "Profit difference", "ROI", "ROI low", "ROI high", "Market and controls",
)  # fmt: skip
PLAN_HEADERS = (
    "Channel", "Today", "Plan", "Change", "Change share", "Least", "Most", "mROI today", "mROI", "Bound",
)  # fmt: skip


def _scenario(
    model: Cells, scenarios: Cells | None, level: float | None, settings: Cells | None, rows: float | None
) -> Cells:
    found = scenario_table(planned_over(model_of(model).posterior, settings), scenarios, level_of(level))
    return table(SCENARIO_HEADERS, found.reset_index().to_numpy().tolist(), rows)


def _optimize(
    model: Cells, constraints: Cells | None, settings: Cells | None, groups: Cells | None, rows: float | None
) -> Cells:
    posterior = planned_over(model_of(model).posterior, settings).posterior
    return table(PLAN_HEADERS, _by_channel(best(posterior, wanted(posterior, constraints, settings, groups))), rows)


def _plan(
    model: Cells,
    constraints: Cells | None,
    settings: Cells | None,
    spend: Cells | None,
    groups: Cells | None,
    rows: float | None,
) -> Cells:
    posterior = planned_over(model_of(model).posterior, settings).posterior
    asked, money = wanted(posterior, constraints, settings, groups), spend_of(spend, posterior)
    body = _by_channel(judged(posterior, asked, money))
    if money is None:  # today's figures and the bounds, no plan beside them
        planned = {PLAN_HEADERS.index(name) for name in ("Plan", "Change", "Change share", "mROI", "Bound")}
        body = [[None if j in planned else value for j, value in enumerate(row)] for row in body]
    return table(PLAN_HEADERS, body, rows)


def _by_channel(plan: Plan) -> list[list[object]]:
    """Return the rows of `PLAN_HEADERS`."""
    found = plan.table()
    change = found["plan"] - found["today"]
    found.insert(2, "change", change)
    found.insert(3, "change_share", (change / found["today"]).where(found["today"] > 0))
    rows: list[list[object]] = found.reset_index().to_numpy().tolist()
    return rows


CONSTRAINTS = Argument(
    "constraints", "table", "tblConstraints[#All]: bounds, commitments, steps and fees by channel.", optional=True
)
SETTINGS = Argument(
    "settings", "table", "tblSettings[#All]: budget, targets, what is maximized, what plans are over.", optional=True
)
GROUPS = Argument("groups", "table", "tblGroups[#All]: limits of several channels together.", optional=True)
SPEND = Argument(
    "spend", "column", "Money of the plan by paid channel, in the model's order; blank: no plan yet.", optional=True
)

SCENARIO = Function(
    "MMM_SCENARIO",
    "Plans",
    "Says what each scenario costs and brings, and how it differs from today's spend.",
    (
        MODEL,
        SCENARIOS,
        RANGE,
        SETTINGS,
        ROWS,
    ),
    "=MMM_SCENARIO(Model!$D$8:$D$71,tblScenarios[#All],0.9,tblSettings[#All])",
    "Scenario (Today first), spend, outcome and paired difference from today with ranges, P(better), profit, ROI.",
    _scenario,
)
OPTIMIZE = Function(
    "MMM_OPTIMIZE",
    "Plans",
    "Searches for the best use of a budget within bounds. Takes a moment: a sheet keeps its plan as values.",
    (MODEL, CONSTRAINTS, SETTINGS, GROUPS, ROWS),
    "=MMM_OPTIMIZE(Model!$D$8:$D$71,tblConstraints[#All],tblSettings[#All],tblGroups[#All])",
    "Channel, money today and planned, change, least and most, marginal ROI today and planned, bound met.",
    _optimize,
)
PLAN = Function(
    "MMM_PLAN",
    "Plans",
    "Judges a given plan by channel under the model and the bounds of the moment; searches nothing.",
    (MODEL, CONSTRAINTS, SETTINGS, SPEND, GROUPS, ROWS),
    "=MMM_PLAN(Model!$D$8:$D$71,tblConstraints[#All],tblSettings[#All],Optimizer!$M$8:$M$12,tblGroups[#All])",
    "As MMM_OPTIMIZE; without a plan today's figures and the bounds.",
    _plan,
)
PLANS: tuple[Function, ...] = (SCENARIO, OPTIMIZE, PLAN)
