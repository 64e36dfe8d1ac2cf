"""The optimizer's work on a book: the plan that is kept, what its search proved, and its row among the scenarios."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xl_mmm.book.kept import fill
from xl_mmm.book.scenario_row import NewRow, optimized_row
from xl_mmm.errors import PlanError, SpecError
from xl_mmm.functions.horizon import planned_by
from xl_mmm.functions.kept_search import searched_cells
from xl_mmm.planning import Searched, optimize
from xl_mmm.planning.searched import problem_of
from xl_mmm.tables import names

if TYPE_CHECKING:
    from xl_mmm.book.kept import Cells
    from xl_mmm.book.layout import Layout
    from xl_mmm.book.reader import BookInputs
    from xl_mmm.posterior import Posterior


@dataclass(frozen=True, slots=True)
class FoundPlan:
    """A plan as cells hold it; without any, no plan keeps the limits.

    Attributes
    ----------
    spend
        Money by paid channel, in the book's order.
    search
        What the search proved.
    row
        The plan as a new scenario.
    """

    spend: tuple[float, ...]
    search: tuple[str | float | None, ...]
    row: NewRow


def planned(posterior: Posterior, inputs: BookInputs) -> FoundPlan:
    """Search for the best plan that a book asks for.

    Parameters
    ----------
    posterior
        The model as the book holds it: what was proved is kept under its name.
    inputs
        The book.

    Raises
    ------
    PlanError
        Limits that contradict each other, naming them, or a target out of reach.
    SpecError
        A year ahead that cannot be.
    """
    posterior = planned_by(posterior, inputs.settings).posterior
    plan = optimize(posterior, inputs.constraints, objective=inputs.objective, level=inputs.level)
    searched = Searched.of(posterior, inputs.constraints, inputs.objective, plan)
    spend = {str(name): float(money) for name, money in plan.spend.items()}
    today = {str(name): float(money) for name, money in plan.spend_today.items()}
    note = f"Found by Optimize: {_goal(inputs)}; search {searched.problem[:8]}"
    row = NewRow({})
    if names.TBL_SCENARIOS in inputs.tables:
        row = optimized_row(inputs.tables[names.TBL_SCENARIOS], inputs.scenarios, spend, today, note)
    return FoundPlan(tuple(spend.values()), tuple(searched_cells(searched)), row)


def refused(posterior: Posterior, inputs: BookInputs, error: PlanError | SpecError) -> FoundPlan:
    """Return what is kept when no plan was found: the reason, for as long as model and limits stay."""
    try:
        posterior = planned_by(posterior, inputs.settings).posterior
    except (PlanError, SpecError):  # what is to be planned cannot be: `error` says so, and there is no problem to name
        return FoundPlan((), (), NewRow({}, f"{names.OPTIMIZER}: {error}"))
    searched = Searched(problem_of(posterior, inputs.constraints, inputs.objective), None, (), str(error))
    return FoundPlan((), tuple(searched_cells(searched)), NewRow({}, f"{names.OPTIMIZER}: {error}"))


def plan_cells(found: FoundPlan, layout: Layout) -> Cells:
    """Place a plan in the blocks that keep it, and in its row."""
    cells: Cells = {}
    fill(cells, layout.blocks["kept_plan"], [[money] for money in found.spend], "The plan")
    fill(cells, layout.blocks["kept_search"], [[cell] for cell in found.search], "What the search proved")
    for sheet, own in found.row.cells.items():
        cells.setdefault(sheet, {}).update(own)
    return cells


def _goal(inputs: BookInputs) -> str:
    """Say what the plan is for."""
    asked, objective = inputs.constraints, inputs.objective
    if asked.least_outcome is not None:
        return f"least cost of an outcome of {asked.least_outcome:,.0f}"
    goal = f"most {objective.maximize}"
    if asked.least_mroi is not None:
        goal = f"spend until the next unit returns {asked.least_mroi:g}"
    if objective.risk != "mean":
        word = next(word for word, risk in names.RISKS.items() if risk == objective.risk)
        goal += f", {word} of the draws"
    return goal if asked.least_roi is None else f"{goal}, ROI of at least {asked.least_roi:g}"
