"""MMM_CERTIFICATE: what is proven about a plan, what each limit costs, and what must be known before it is signed.

A search takes a moment, so a sheet keeps its plan and what it proved (`xl_mmm.functions.kept_search`) and judges both
anew under the model and the limits of the moment.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING

from xl_mmm.errors import CellError
from xl_mmm.functions.asking import MODEL, ROWS
from xl_mmm.functions.cells import Cells, table
from xl_mmm.functions.kept_search import searched_of
from xl_mmm.functions.models import model_of
from xl_mmm.functions.plan_tables import Wanted, best, judged, planned_over, spend_of, wanted
from xl_mmm.functions.plans import CONSTRAINTS, GROUPS, SETTINGS, SPEND
from xl_mmm.functions.record import Argument, Function
from xl_mmm.tables import names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xl_mmm.planning import Plan, Searched
    from xl_mmm.posterior import Posterior

CERTIFICATE_HEADERS = ("Line", "Value", "Meaning")
LIMIT_HEADERS = ("One more unit", "Without it", "Limit")
NOTE_HEADERS = ("Kind", "Sentence")
CERTIFICATE_LINES: dict[str, str] = {  # line -> its meaning
    "Outcome today": "what today's spend brings, mean over draws",
    "Outcome of the plan": "what the plan brings, mean over draws",
    "Gain": "the plan's outcome less today's",
    "Gain, low": "low end of the gain's range, same draw under both plans",
    "Gain, high": "high end of the gain's range",
    "Chance of a gain": "share of the draws in which the plan beats today",
    "Bad case": "mean gain in the tenth of the draws where it is smallest",
    "Profit gain": "profit of the plan less today's, after fees",
    "Budget": "what the plan spends",
    "Feasible": "whether the plan keeps the budget, every limit and target",
    "KKT residual": "relative distance from optimality; optimal below 0.0001",
    "Shadow price": "worth of one more unit of budget, where it has one price",
    "Binding": "limits that hold the plan back, listed below",
    "Worth": "what is maximized; minus the cost for an outcome goal",
    "Upper bound": "no plan within the limits is worth more; blank: unproven",
    "Gap": "(upper bound - worth) / worth",
}
PROOF = "proof"
LINE = 125  # characters of a note in one row of a sheet


def _certificate(
    model: Cells,
    constraints: Cells | None,
    settings: Cells | None,
    spend: Cells | None,
    groups: Cells | None,
    search: Cells | None,
    part: str | None,
    rows: float | None,
) -> Cells:
    from xl_mmm.planning import proven

    wanted_part = PROOF if part is None else part
    if wanted_part not in PARTS:
        raise CellError(f"part is {part!r}; give one of {', '.join(PARTS)}.")
    posterior = planned_over(model_of(model).posterior, settings).posterior
    asked, money, searched = wanted(posterior, constraints, settings, groups), spend_of(spend, posterior), None
    if spend is None:
        plan = best(posterior, asked)
    else:
        plan, searched = judged(posterior, asked, money), searched_of(search)
        if searched is not None:
            plan = proven(plan, searched, posterior, asked.constraints, asked.objective)
    headers, body = PARTS[wanted_part]
    planned = spend is None or money is not None
    return table(headers, fitted(body(posterior, asked, plan, searched, planned), len(headers), rows), rows)


def fitted(body: list[Sequence[object]], width: int, rows: float | None) -> list[Sequence[object]]:
    """Return as many rows as are prepared: the last counts what does not fit."""
    if rows is None or len(body) <= rows or rows < 1:
        return body
    shown = int(rows) - 1
    return [*body[:shown], (*[None] * (width - 1), f"... and {len(body) - shown} more")]


def _proof_rows(
    _posterior: Posterior, _asked: Wanted, plan: Plan, _searched: Searched | None, planned: bool
) -> list[Sequence[object]]:
    return proof_rows(plan, planned=planned)


def proof_rows(plan: Plan, *, planned: bool = True) -> list[Sequence[object]]:
    """Return line, value and meaning of what is proven of a plan; without a plan, today's outcome alone."""
    proof = plan.certificate
    lines: list[object] = [
        plan.outcome_today, plan.outcome, plan.gain, plan.gain_low, plan.gain_high, plan.p_better, plan.downside,
        plan.profit - plan.profit_today, float(plan.spend.sum()), names.YES if proof.feasible else names.NO,
        proof.kkt_residual, proof.shadow_price, f"{len(proof.costs)} limits" if proof.costs else names.NONE,
        proof.value, proof.upper_bound, proof.gap,
    ]  # fmt: skip
    if not planned:  # today's figure alone
        lines[1:] = [None] * (len(lines) - 1)
    return [(line, lines[i], CERTIFICATE_LINES[line]) for i, line in enumerate(CERTIFICATE_LINES)]


def _limit_rows(
    _posterior: Posterior, _asked: Wanted, plan: Plan, _searched: Searched | None, planned: bool
) -> list[Sequence[object]]:
    if not planned:
        return []
    costs = sorted(plan.certificate.costs, key=lambda cost: math.inf if math.isnan(cost.per_unit) else -cost.per_unit)
    return [(cost.per_unit, cost.in_all, cost.constraint) for cost in costs]


def _note_rows(
    posterior: Posterior, asked: Wanted, plan: Plan, searched: Searched | None, planned: bool
) -> list[Sequence[object]]:
    from xl_mmm.planning import conflict, moves
    from xl_mmm.planning.evidence import price_of_money
    from xl_mmm.planning.searched import problem_of
    from xl_mmm.report.certificate import Circumstances, notes

    same = searched is None or searched.problem == problem_of(posterior, asked.constraints, asked.objective)
    ranged = planned and posterior.n_draws > 1
    judged_moves = moves(posterior, plan, asked.level) if ranged else None
    told = notes(
        plan,
        Circumstances(
            planned=planned,
            conflict=conflict(posterior, asked.constraints),
            refused=searched.refused if searched is not None and same else "",
            risk=next(word for word, risk in names.RISKS.items() if risk == asked.objective.risk),
            same_problem=same,
            outcome="revenue" if posterior.dataset.revenue_per_kpi is not None else asked.kpi_unit,
            level=asked.level,
            ranged=posterior.n_draws > 1,
            unsure=() if judged_moves is None else tuple(judged_moves.index[~judged_moves["sure"]]),
            price=price_of_money(plan),
        ),
    )
    return [
        (kind if i == 0 else None, line)
        for kind, sentence in told
        for i, line in enumerate(textwrap.wrap(sentence, LINE))
    ]


Body = Callable[["Posterior", Wanted, "Plan", "Searched | None", bool], "list[Sequence[object]]"]
PARTS: dict[str, tuple[tuple[str, ...], Body]] = {
    PROOF: (CERTIFICATE_HEADERS, _proof_rows),
    "limits": (LIMIT_HEADERS, _limit_rows),
    "notes": (NOTE_HEADERS, _note_rows),
}

CERTIFICATE = Function(
    "MMM_CERTIFICATE",
    "Plans",
    "Says what is proven about a plan: whether it keeps the limits, how far it is from optimal, what it gains and "
    "risks; what each limit costs; what must be known before it is signed.",
    (
        MODEL,
        CONSTRAINTS,
        SETTINGS,
        SPEND,
        GROUPS,
        Argument("search", "column", "What the search of the plan proved: cells kept beside it.", optional=True),
        Argument("part", "text", "proof (the default), limits (what each costs) or notes (sentences).", optional=True),
        ROWS,
    ),
    "=MMM_CERTIFICATE(Model!$D$8:$D$71,tblConstraints[#All],tblSettings[#All],Optimizer!$M$8:$M$12,tblGroups[#All],"
    'Optimizer!$N$8:$N$13,"proof")',
    "proof: line, value, meaning. limits: worth of one more unit of room, of leaving it out, name. notes: kind and "
    "sentence. Without the argument spend the best plan is searched first.",
    _certificate,
)
