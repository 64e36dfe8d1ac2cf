"""Plans: what scenarios bring, the best use of a budget, and a judgement of a given one.

A kept plan is a decision, as a fit is: its money stands in cells, everything beside it is judged anew under the model
and the bounds of the moment.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.functions.asking import MODEL, RANGE, ROWS, level_of
from xl_mmm.functions.cells import Cells, table
from xl_mmm.functions.models import model_of
from xl_mmm.functions.plan_bridges import SCENARIOS, SETTINGS
from xl_mmm.functions.plan_tables import Wanted, judged, planned_over, scenario_table, spend_of, wanted
from xl_mmm.functions.record import Argument, Function
from xl_mmm.tables import names

if TYPE_CHECKING:
    from xl_mmm.planning import Plan
    from xl_mmm.posterior import Posterior

SCENARIO_HEADERS = (
    "Scenario", "Spend", "Outcome", "Low", "High", "Difference", "Difference low", "Difference high", "P better",
    "Profit", "Profit difference", "ROI", "ROI low", "ROI high", "Market and controls",
)  # fmt: skip
PLAN_HEADERS = (
    "Channel", "Today", "Plan", "Change", "Change share", "Least", "Most", "mROI today", "mROI", "Bound",
)  # fmt: skip
CERTIFICATE_HEADERS = ("Line", "Value", "Meaning")
CERTIFICATE_LINES: dict[str, str] = {  # line -> its meaning
    "Outcome today": "what today's spend brings over the window, mean over draws",
    "Outcome of the plan": "what the plan brings, mean over draws",
    "Gain": "the plan's outcome less today's",
    "Gain, low": "low end of the gain's range, same draw under both plans",
    "Gain, high": "high end of the gain's range",
    "Budget": "what the plan spends",
    "Feasible": "whether the plan spends Budget to one in a million and keeps every bound",
    "KKT residual": "distance from the optimality conditions relative to the shadow price; optimal below 0.0001",
    "Shadow price": "outcome of one more unit of budget; blank when every channel is at a bound",
    "Binding": "channels held at a bound",
    "Upper bound": "no plan within the constraints brings more; blank where that is not proven",
    "Gap": "(upper bound - outcome) / outcome",
}
SEARCHED = 2  # the last lines, which only a search can prove


def _scenario(
    model: Cells, scenarios: Cells | None, level: float | None, settings: Cells | None, rows: float | None
) -> Cells:
    found = scenario_table(planned_over(model_of(model).posterior, settings), scenarios, level_of(level))
    return table(SCENARIO_HEADERS, found.reset_index().to_numpy().tolist(), rows)


def _optimize(
    model: Cells, constraints: Cells | None, settings: Cells | None, groups: Cells | None, rows: float | None
) -> Cells:
    posterior = model_of(model).posterior
    return table(PLAN_HEADERS, _by_channel(_best(posterior, wanted(posterior, constraints, settings, groups))), rows)


def _plan(
    model: Cells,
    constraints: Cells | None,
    settings: Cells | None,
    spend: Cells | None,
    groups: Cells | None,
    rows: float | None,
) -> Cells:
    posterior = model_of(model).posterior
    asked, money = wanted(posterior, constraints, settings, groups), spend_of(spend, posterior)
    body = _by_channel(judged(posterior, asked, money))
    if money is None:  # today's figures and the bounds, no plan beside them
        planned = {PLAN_HEADERS.index(name) for name in ("Plan", "Change", "Change share", "mROI", "Bound")}
        body = [[None if j in planned else value for j, value in enumerate(row)] for row in body]
    return table(PLAN_HEADERS, body, rows)


def _certificate(
    model: Cells,
    constraints: Cells | None,
    settings: Cells | None,
    spend: Cells | None,
    groups: Cells | None,
    rows: float | None,
) -> Cells:
    posterior = model_of(model).posterior
    asked, money = wanted(posterior, constraints, settings, groups), spend_of(spend, posterior)
    plan = _best(posterior, asked) if spend is None else judged(posterior, asked, money)
    lines: list[object]
    if spend is not None and money is None:  # nothing is planned yet
        lines = [plan.outcome_today, *[None] * (len(CERTIFICATE_LINES) - 1)]
    else:
        lines = _proof(plan)
    body = [(line, lines[i], CERTIFICATE_LINES[line]) for i, line in enumerate(CERTIFICATE_LINES)]
    return table(CERTIFICATE_HEADERS, body if spend is None else body[:-SEARCHED], rows)


def _best(posterior: Posterior, asked: Wanted) -> Plan:
    """Search for the best plan."""
    from xl_mmm.planning import optimize

    return optimize(posterior, asked.constraints, objective=asked.objective, level=asked.level)


def _by_channel(plan: Plan) -> list[list[object]]:
    """Return the rows of `PLAN_HEADERS`."""
    found = plan.table()
    change = found["plan"] - found["today"]
    found.insert(2, "change", change)
    found.insert(3, "change_share", (change / found["today"]).where(found["today"] > 0))
    rows: list[list[object]] = found.reset_index().to_numpy().tolist()
    return rows


def _proof(plan: Plan) -> list[object]:
    """Return the values of `CERTIFICATE_LINES`."""
    proof = plan.certificate
    binding = f"{len(proof.binding)} of {len(plan.spend)} channels" if proof.binding else names.NONE
    return [
        plan.outcome_today, plan.outcome, plan.gain, plan.gain_low, plan.gain_high, float(plan.spend.sum()),
        names.YES if proof.feasible else names.NO, proof.kkt_residual, proof.shadow_price, binding, proof.upper_bound,
        proof.gap,
    ]  # fmt: skip


_CONSTRAINTS = Argument(
    "constraints", "table", "tblConstraints[#All]: bounds, commitments, steps and fees by channel.", optional=True
)
_SETTINGS = Argument(
    "settings", "table", "tblSettings[#All]: budget, targets, what is maximized, level of the ranges.", optional=True
)
GROUPS = Argument("groups", "table", "tblGroups[#All]: limits of several channels together.", optional=True)
_SPEND = Argument(
    "spend", "column", "Money over the window by paid channel, in the model's order; blank: no plan yet.", optional=True
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
    (MODEL, _CONSTRAINTS, _SETTINGS, GROUPS, ROWS),
    "=MMM_OPTIMIZE(Model!$D$8:$D$71,tblConstraints[#All],tblSettings[#All],tblGroups[#All])",
    "Channel, money today and planned, change, least and most, marginal ROI today and planned, bound met.",
    _optimize,
)
PLAN = Function(
    "MMM_PLAN",
    "Plans",
    "Judges a given plan by channel under the model and the bounds of the moment; searches nothing.",
    (MODEL, _CONSTRAINTS, _SETTINGS, _SPEND, GROUPS, ROWS),
    "=MMM_PLAN(Model!$D$8:$D$71,tblConstraints[#All],tblSettings[#All],Optimizer!$M$8:$M$12,tblGroups[#All])",
    "As MMM_OPTIMIZE; without a plan today's figures and the bounds.",
    _plan,
)
CERTIFICATE = Function(
    "MMM_CERTIFICATE",
    "Plans",
    "Says what is proven about a plan: whether it keeps the constraints, how far it is from optimal, what it gains.",
    (MODEL, _CONSTRAINTS, _SETTINGS, _SPEND, GROUPS, ROWS),
    "=MMM_CERTIFICATE(Model!$D$8:$D$71,tblConstraints[#All],tblSettings[#All],Optimizer!$M$8:$M$12,tblGroups[#All])",
    "Line, value, meaning; without the argument spend the best plan is searched first and its bound and gap are added.",
    _certificate,
)

PLANS: tuple[Function, ...] = (SCENARIO, OPTIMIZE, PLAN, CERTIFICATE)
