"""A given plan under a model and constraints: what `optimize` says of its own plan, without a search.

A plan that meets the optimality conditions of these draws was chosen by them, whoever typed it in, and flatters itself
on them: the range of its gain is judged as `optimize` judges its own. Any other plan is judged on all draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from xl_mmm.errors import PlanError
from xl_mmm.planning.certificate import OPTIMAL, with_bound
from xl_mmm.planning.conflicts import check_possible, possible_within
from xl_mmm.planning.constraints import Constraints
from xl_mmm.planning.limits import limits_of
from xl_mmm.planning.objective import Objective
from xl_mmm.planning.optimize import judging_plans
from xl_mmm.planning.outcome import MONEY, plan_multiples
from xl_mmm.planning.plan import Plan, dressed
from xl_mmm.planning.searched import Searched, problem_of
from xl_mmm.planning.setup import prepared
from xl_mmm.posterior import Posterior

if TYPE_CHECKING:
    from xl_mmm.fitting import FittedMMM


def judge(
    model: FittedMMM | Posterior,
    constraints: Constraints | None,
    spend: Mapping[str, float],
    *,
    objective: Objective | None = None,
    level: float = 0.90,
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
    objective
        What plans are for; revenue when None.
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
    setup = prepared(model, constraints, objective)
    multiples = plan_multiples(setup.posterior, spend, MONEY)
    given = np.array([name in spend for name in setup.limits.channels])
    money = np.where(given, multiples * setup.limits.unit, setup.limits.today)
    plan = dressed(setup, money, None, [], level)
    if not optimal(plan):
        return plan
    halves = judging_plans(setup)
    return dressed(setup, money, None, halves, level) if halves else plan


def proven(
    plan: Plan,
    searched: Searched,
    model: FittedMMM | Posterior,
    constraints: Constraints | None = None,
    objective: Objective | None = None,
) -> Plan:
    """Return a judged plan with what a search proved, when it was a search of this very problem.

    Parameters
    ----------
    plan
        A plan that `judge` gave for the other arguments.
    searched
        What was proved. A plan that keeps the constraints gets the bound; the optimal one what constraints cost in all.
    model, constraints, objective
        As for `judge`.
    """
    posterior = model if isinstance(model, Posterior) else model.posterior
    problem = problem_of(posterior, constraints or Constraints(), objective or Objective())
    if searched.problem != problem or not plan.certificate.feasible:
        return plan
    proof = with_bound(plan.certificate, searched.upper_bound, searched.costs if optimal(plan) else ())
    return replace(plan, certificate=proof)


def conflict(model: FittedMMM | Posterior, constraints: Constraints) -> str:
    """Return the sentence that names the constraints which cannot stand together; empty where some plan keeps all."""
    try:
        check_possible(limits_of(model if isinstance(model, Posterior) else model.posterior, constraints))
    except PlanError as error:
        return str(error)
    return ""


def possible(model: FittedMMM | Posterior, constraints: Constraints) -> bool:
    """Whether any plan keeps every constraint, targets aside.

    Raises
    ------
    PlanError
        As `limits_of`.
    """
    return possible_within(limits_of(model if isinstance(model, Posterior) else model.posterior, constraints))


def still_best(plan: Plan) -> bool:
    """Whether nothing speaks against a plan: it meets the constraints, and the optimality conditions where it has any.

    A plan of a quantile or CVaR has none: it is the best of several starts for as long as it meets the constraints.
    """
    return plan.certificate.feasible and not plan.certificate.kkt_residual >= OPTIMAL


def optimal(plan: Plan) -> bool:
    """Whether a plan meets the constraints and the optimality conditions."""
    return plan.certificate.feasible and plan.certificate.kkt_residual < OPTIMAL
