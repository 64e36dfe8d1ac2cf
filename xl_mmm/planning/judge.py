"""A given plan under a model and constraints: what `optimize` says of its own plan, without a search.

A plan that meets the optimality conditions of these draws was chosen by them, whoever typed it in, and flatters itself
on them: the range of its gain is judged as `optimize` judges its own. Any other plan is judged on all draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from xl_mmm.measures.curves import ResponseCurves
from xl_mmm.planning.certificate import OPTIMAL
from xl_mmm.planning.constraints import Constraints, limits_of
from xl_mmm.planning.optimize import judging_plans
from xl_mmm.planning.outcome import MONEY, plan_multiples
from xl_mmm.planning.plan import Plan, dressed
from xl_mmm.posterior import Posterior

if TYPE_CHECKING:
    from xl_mmm.fitting import FittedMMM


def judge(
    model: FittedMMM | Posterior, constraints: Constraints | None, spend: Mapping[str, float], *, level: float = 0.90
) -> Plan:
    """Judge a plan.

    Parameters
    ----------
    model
        A fitted model, or its posterior.
    constraints
        Budget and bounds; today's budget and the default bounds when None.
    spend
        Channel -> money over the window; channels left out keep today's.
    level
        Width of the ranges.

    Returns
    -------
    Plan
        Its certificate says whether the constraints hold and how far the plan is from optimal; no upper bound.

    Raises
    ------
    PlanError
        Unknown channels, impossible amounts, or money for a channel without spend to scale.
    """
    posterior = model if isinstance(model, Posterior) else model.posterior
    limits, multiples = limits_of(posterior, constraints or Constraints()), plan_multiples(posterior, spend, MONEY)
    curves = ResponseCurves.of(posterior)
    plan = dressed(curves, limits, multiples, None, [], level)
    if not optimal(plan):
        return plan
    return dressed(curves, limits, multiples, None, judging_plans(curves, limits), level)


def optimal(plan: Plan) -> bool:
    """Whether a plan meets the constraints and the optimality conditions."""
    return plan.certificate.feasible and plan.certificate.kkt_residual < OPTIMAL
