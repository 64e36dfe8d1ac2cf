"""Plans: what a budget would bring, and the best one within its constraints."""

from xl_mmm.planning.bridge import Bridge, bridge
from xl_mmm.planning.certificate import Certificate, Cost
from xl_mmm.planning.constraints import Constraints, Group
from xl_mmm.planning.evidence import moves
from xl_mmm.planning.goal import Goal, goal_seek
from xl_mmm.planning.judge import conflict, judge, optimal, possible, proven
from xl_mmm.planning.objective import Objective
from xl_mmm.planning.optimize import optimize
from xl_mmm.planning.outcome import PlanOutcome, evaluate_plan
from xl_mmm.planning.periods import Horizon
from xl_mmm.planning.plan import Plan
from xl_mmm.planning.regions import RegionsPlan, optimize_regions
from xl_mmm.planning.scenario import PlanLine, Scenario
from xl_mmm.planning.scenario_table import scenarios
from xl_mmm.planning.searched import Searched
from xl_mmm.planning.weeks import WeeksPlan, optimize_weeks

__all__ = [
    "Bridge",
    "Certificate",
    "Constraints",
    "Cost",
    "Goal",
    "Group",
    "Horizon",
    "Objective",
    "Plan",
    "PlanLine",
    "PlanOutcome",
    "RegionsPlan",
    "Scenario",
    "Searched",
    "WeeksPlan",
    "bridge",
    "conflict",
    "evaluate_plan",
    "goal_seek",
    "judge",
    "moves",
    "optimal",
    "optimize",
    "optimize_regions",
    "optimize_weeks",
    "possible",
    "proven",
    "scenarios",
]
