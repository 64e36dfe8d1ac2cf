"""The plan by region for a book: every region fitted, all planned together, and the sheet Regions as values.

The budget, limits and goal are those of the sheet Optimizer, which hold for channels over all regions
(`xl_mmm.planning.regions`). Parameters by hand are of the whole market and are left aside.
"""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from xl_mmm import __version__
from xl_mmm.book.kept import fill
from xl_mmm.book.region_places import CELL_KEYS, NO_SHEET, NOTES, TOTAL_KEYS
from xl_mmm.errors import CellError, DatasetError, FitError, MmmError, PlanError, SpecError
from xl_mmm.functions.certificate import LINE, fitted, proof_rows
from xl_mmm.functions.horizon import planned_by
from xl_mmm.measures import contribution, repeated
from xl_mmm.planning import moves, optimize_regions
from xl_mmm.planning.evidence import price_of_money
from xl_mmm.posterior_regions import check_one_value
from xl_mmm.regions import fit_regions
from xl_mmm.report.certificate import CAUTION, Circumstances, evidence, notes
from xl_mmm.report.findings import money
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from xl_mmm.book.kept import Cells
    from xl_mmm.book.layout import Layout
    from xl_mmm.book.progress import Progress
    from xl_mmm.book.reader import BookInputs
    from xl_mmm.dataset import Dataset
    from xl_mmm.functions.horizon import Planned
    from xl_mmm.planning import Plan, RegionsPlan
    from xl_mmm.posterior_regions import Joint

DONE = "The budget is planned by region and channel."
MOST_NAMED = 6  # limits that are named
NOTHING = 1e-4  # share of today's spend up to which a region counts as keeping its own
ALIKE = 0.25  # correlation of the residuals of regions from which on it is said


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A plan by region, and what it is held against.

    Attributes
    ----------
    plan
        Over what the settings plan: the window, or the year ahead.
    window
        All regions over the window.
    over
        What is planned.
    """

    plan: RegionsPlan
    window: Joint
    over: Planned


def regions_cells(inputs: BookInputs, layout: Layout, progress: Progress | None = None) -> Cells:
    """Return the cells of the sheet Regions.

    Raises
    ------
    CellError
        No regions, a region that cannot be fitted, experiments on the whole market, or limits that no plan keeps.
    """
    found = _found(inputs, layout, progress)
    cells: Cells = {}
    blocks = layout.blocks
    try:
        for name, rows in _rows(found, inputs).items():
            fill(cells, blocks[name], rows, f"{n.REGIONS}: {name}")
    except MmmError as error:
        raise CellError(f"{n.REGIONS}: {error}") from error
    return cells


def _found(inputs: BookInputs, layout: Layout, progress: Progress | None) -> Found:
    dataset = _regional(inputs, layout)
    spec = inputs.spec
    if inputs.method == "bayes" and spec.lift_tests and spec.lift_route != "none":
        raise CellError(
            f"{n.EXPERIMENTS}: these lift tests were measured on the whole market, and what each region had of them is "
            f"not known. For a plan by region set {n.SET_LIFT_TESTS!r} on {n.ASSUMPTIONS} to {n.LEAVE_OUT!r}."
        )
    try:
        check_one_value(dataset.region(region) for region in _names(dataset))
        models = fit_regions(
            dataset, spec, method=inputs.method, seed=inputs.seed, draws=inputs.draws, progress=progress
        )
        joint = models.joint
    except (DatasetError, FitError) as error:
        raise CellError([f"{n.DATA}: {sentence}" for sentence in error.sentences]) from error
    except SpecError as error:
        raise CellError(f"{n.ASSUMPTIONS}: {error}") from error
    try:
        over = planned_by(joint.posterior, inputs.settings)
        ahead = replace(joint, posterior=over.posterior)
        plan = optimize_regions(ahead, inputs.constraints, objective=inputs.objective, level=inputs.level)
    except (PlanError, SpecError) as error:
        raise CellError(f"{n.OPTIMIZER}: {error}") from error
    return Found(plan, joint, over)


def _regional(inputs: BookInputs, layout: Layout) -> Dataset:
    """Return data whose regions are those that the book was built for."""
    dataset = inputs.dataset
    assert dataset is not None  # callers have refused books with faults
    if not layout.regions:
        raise CellError(NO_SHEET)
    if len(_names(dataset)) != layout.regions:
        raise CellError(
            f"{n.DATA} holds {len(_names(dataset))} regions, the book was built for {layout.regions}: build it again "
            "with xl-mmm new."
        )
    return dataset


def _names(dataset: Dataset) -> tuple[str, ...]:
    return () if dataset.geo is None else dataset.geo.names


def _rows(found: Found, inputs: BookInputs) -> dict[str, list[list[object]]]:
    """Return the rows of every block."""
    plan = found.plan
    table = plan.table().reset_index()
    told = _circumstances(found, inputs)
    said: list[Sequence[object]] = [
        (kind if i == 0 else None, line)
        for kind, sentence in _in_order([*notes(plan.plan, told), *_held(plan.plan), *_shared_noise(found)])
        for i, line in enumerate(textwrap.wrap(sentence, LINE))
    ]
    return {
        "region_words": [[line] for line in _words(found, inputs, told)],
        "region_totals": _sums(plan.by_region(), TOTAL_KEYS),
        "region_market": _sums(plan.total().rename({"total": n.ALL_REGIONS}), TOTAL_KEYS),
        "region_channels": _sums(plan.by_channel(), TOTAL_KEYS),
        "region_cells": _listed(table, CELL_KEYS),
        "region_proof": [list(line) for line in proof_rows(plan.plan)],
        "region_ties": [[value] for value in _ties(found, inputs)],
        "region_notes": [list(line) for line in fitted(said, 2, NOTES)],
    }


def _in_order(said: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Put cautions of single cells last: there may be many."""
    return sorted(said, key=lambda note: note[0] == CAUTION)


def _shared_noise(found: Found) -> list[tuple[str, str]]:
    """Say when ranges of totals take as independent what is not."""
    joint, method = found.window, found.over.posterior.method
    if method != "bayes" or joint.together < ALIKE:
        return []
    return [
        (
            "Ranges",
            f"What the model does not explain moves together in the regions (correlation {joint.together:.2f}), and "
            f"{method} fits each by itself: where regions are bought alike, ranges of totals are too narrow.",
        )
    ]


def _held(plan: Plan) -> list[tuple[str, str]]:
    """Say which limits cost most, where some hold the plan."""
    costs = sorted(plan.certificate.costs, key=lambda cost: math.inf if math.isnan(cost.per_unit) else -cost.per_unit)
    if not costs:
        return []
    named = [
        cost.constraint if math.isnan(cost.per_unit) else f"{cost.constraint} ({cost.per_unit:,.2f})"
        for cost in costs[:MOST_NAMED]
    ]
    told = "; ".join(named)
    more = f"; and {len(costs) - MOST_NAMED} more" if len(costs) > MOST_NAMED else ""
    return [("Limits", f"What holds the plan back, by what one more unit of room brings: {told}{more}.")]


def _sums(totals: pd.DataFrame, keys: tuple[str, ...]) -> list[list[object]]:
    return _listed(totals.rename_axis("name").reset_index(), keys)


def _listed(table: pd.DataFrame, keys: tuple[str, ...]) -> list[list[object]]:
    """Return a table's columns in the order of a block."""
    own = table.assign(change=table["plan"] - table["today"])
    return [list(row) for row in own[list(keys)].itertuples(index=False, name=None)]


def _circumstances(found: Found, inputs: BookInputs) -> Circumstances:
    """Return what must be known beside the plan's own figures."""
    posterior, plan = found.over.posterior, found.plan.plan
    ranged = posterior.n_draws > 1
    single = moves(posterior, plan, inputs.level) if ranged else None
    return Circumstances(
        planned=True, conflict="", refused="",
        risk=next(word for word, risk in n.RISKS.items() if risk == inputs.objective.risk), same_problem=True,
        outcome=_outcome(found, inputs), level=inputs.level, ranged=ranged,
        unsure=() if single is None else tuple(map(str, single.index[~single["sure"]])), price=price_of_money(plan),
    )  # fmt: skip


def _outcome(found: Found, inputs: BookInputs) -> str:
    is_money = found.over.posterior.dataset.revenue_per_kpi is not None
    return "revenue" if is_money else str(inputs.settings.get(n.SET_KPI_UNIT) or "KPI")


def _words(found: Found, inputs: BookInputs, told: Circumstances) -> list[str]:
    """Return the lines above the tables."""
    dataset, plan, own = inputs.dataset, found.plan.plan, found.over.posterior
    assert dataset is not None  # callers have refused books with faults
    by_region = found.plan.by_region()
    shift = {str(region): float(moved) for region, moved in (by_region["plan"] - by_region["today"]).items()}
    headline = (
        f"Planned by region and channel, {money(float(plan.spend.sum()))} brings {money(plan.gain, sign=True)} "
        f"{told.outcome} against today; {where(shift, NOTHING * float(plan.spend_today.sum()))}."
    )
    window = own.dataset.window_dates
    stamp = (
        f"Made {datetime.now(UTC).date().isoformat()} for {window[0]} to {window[-1]}: {len(found.plan.joint.regions)} "
        f"regions, each fitted by itself, {own.method}, seed {inputs.seed}, {own.n_draws} draws, {own.range_label}; "
        f"data {dataset.sha[:12]}; xl_mmm {__version__}"
    )
    return [headline, evidence(plan, told), stamp, dataset.sha[:6]]


def where(shift: Mapping[str, float], nothing: float) -> str:
    """Say which region gets most and which gives most.

    Parameters
    ----------
    shift
        Region -> money of the plan less today's.
    nothing
        Money up to which nothing moved.
    """
    most, least = max(shift, key=shift.__getitem__), min(shift, key=shift.__getitem__)
    told = []
    if shift[most] > nothing:
        told.append(f"most goes to {most} ({money(shift[most], sign=True)})")
    if shift[least] < -nothing:
        told.append(f"most comes from {least} ({money(shift[least], sign=True)})")
    return ", ".join(told) or "regions keep their money"


def _ties(found: Found, inputs: BookInputs) -> list[float]:
    """Return what the regions add up to beside what the data hold."""
    dataset, over = inputs.dataset, found.over
    assert dataset is not None  # callers have refused books with faults
    if over.ahead:
        own = over.posterior.dataset
        assert over.horizon.periods is not None  # a year ahead has an end
        same = repeated(dataset, over.horizon.periods, own.window_dates[0]).plan_spend
    else:
        same = dataset.spend[dataset.window]
    return [
        float(found.plan.plan.spend_today.sum()), float(same.sum()),
        float(contribution(found.window.posterior).to_numpy().sum()), float(dataset.window_kpi.sum()),
    ]  # fmt: skip
