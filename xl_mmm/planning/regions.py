"""Plans by region: the best spend of every channel in every region, within limits of channels and of regions.

Conventions
-----------
* A plan is over cells, the paid channels of the joint posterior (`TV | North`); the search is the national one.
* What is said of a channel holds for its total over regions: bounds, amounts and commitments become a group of its
  cells. Each cell stays within the default bounds, widened as far as the channel's own.
* What a total cannot say is kept by every cell: frozen, the largest step, increments. A minimum if used has no meaning
  for a total, and is asked for by cell.
* What is said of a cell, under its name, is said of it alone, beside what holds for its channel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import PlanError
from xl_mmm.measures.curves import curves_of
from xl_mmm.measures.draws import interval, window_spend
from xl_mmm.planning.constraints import Bounds, Constraints, Group
from xl_mmm.planning.optimize import optimize

if TYPE_CHECKING:
    import pandas as pd

    from xl_mmm.planning.objective import Objective
    from xl_mmm.planning.plan import Plan
    from xl_mmm.posterior_regions import Joint

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class RegionsPlan:
    """A plan by region and channel.

    Attributes
    ----------
    plan
        Over cells, with its certificate.
    joint
        The model.
    level
        Width of the ranges.
    """

    plan: Plan
    joint: Joint
    level: float

    def table(self) -> pd.DataFrame:
        """Return the plan by region and channel.

        Returns
        -------
        DataFrame
            Index (`region`, `channel`). `today plan` money; `outcome_today outcome` incremental revenue of the window
            (KPI units without revenue) and `gain`, their difference with `gain_low gain_high` by paired draws (all of
            them: those of a classical fit flatter a part of the plan as `optimize` says of the whole);
            `roi roi_low roi_high` of today, `roi_plan`, `mroi_today mroi` of the next unit; `bound` where one is met.
        """
        import pandas as pd

        index = pd.MultiIndex.from_tuples(self.joint.cells, names=["region", "channel"])
        facts = self._summed(np.eye(len(index)))
        table = pd.DataFrame(facts, index=index)
        for name in ("mroi_today", "mroi", "bound"):
            table[name] = getattr(self.plan, name).to_numpy()
        return table

    def by_region(self) -> pd.DataFrame:
        """Return totals by region, with the columns of `table` that add up, their ranges, and ROI."""
        return self._total("region", self.joint.regions, [region for region, _ in self.joint.cells])

    def by_channel(self) -> pd.DataFrame:
        """Return totals by channel, as `by_region`."""
        return self._total("channel", self.joint.channels, [channel for _, channel in self.joint.cells])

    def total(self) -> pd.DataFrame:
        """Return the whole market's total, one row, as `by_region`; the range of its gain is the plan's own."""
        found = self._total("all", ("total",), ["total"] * len(self.joint.cells))
        return found.assign(gain_low=self.plan.gain_low, gain_high=self.plan.gain_high)

    def _total(self, what: str, names: tuple[str, ...], of_cell: list[str]) -> pd.DataFrame:
        import pandas as pd

        members = np.array([[float(own == name) for own in of_cell] for name in names])
        return pd.DataFrame(self._summed(members), index=pd.Index(names, name=what))

    def _summed(self, members: Array) -> dict[str, Array]:
        """Return the columns that add up, for sums of cells (sum, cell) of zeros and ones."""
        multiples = np.vstack([np.ones(len(self.plan.multiples)), self.plan.multiples.to_numpy()])
        multiples[0] = np.where(self.plan.spend_today > 0, 1.0, 0.0)
        revenue = curves_of(self.joint.posterior).revenue(multiples) @ members.T  # (draw, plan, sum)
        before, after = revenue[:, 0], revenue[:, 1]
        today, plan = (members @ money.to_numpy() for money in (self.plan.spend_today, self.plan.spend))
        low, high = interval(after - before, self.level)
        spent = np.where(today > 0, today, np.nan)
        roi_low, roi_high = interval(before / spent, self.level)
        return {
            "today": today, "plan": plan, "outcome_today": before.mean(axis=0), "outcome": after.mean(axis=0),
            "gain": (after - before).mean(axis=0), "gain_low": low, "gain_high": high,
            "roi": before.mean(axis=0) / spent, "roi_low": roi_low, "roi_high": roi_high,
            "roi_plan": after.mean(axis=0) / np.where(plan > 0, plan, np.nan),
        }  # fmt: skip


def optimize_regions(
    joint: Joint,
    constraints: Constraints | None = None,
    *,
    regions: Mapping[str, Bounds] | None = None,
    objective: Objective | None = None,
    level: float = 0.90,
) -> RegionsPlan:
    """Find the spend by region and channel that is worth most.

    Parameters
    ----------
    joint
        All regions as one posterior: `fit_regions(...).joint`.
    constraints
        Of channels over all regions, or of cells; see the module for what that means.
    regions
        Region -> (least, most) money over all its channels.
    objective, level
        As in `optimize`; fees of a channel hold in every region.

    Returns
    -------
    RegionsPlan

    Raises
    ------
    PlanError
        As `optimize`, and names that are neither a channel nor a cell.
    """
    of_cells = constraints_of_cells(joint, constraints or Constraints(), regions or {})
    if objective is not None:
        objective = replace(objective, fees=_by_cell(joint, objective.fees))
    return RegionsPlan(optimize(joint.posterior, of_cells, objective=objective, level=level), joint, level)


def constraints_of_cells(joint: Joint, constraints: Constraints, regions: Mapping[str, Bounds]) -> Constraints:
    """Return constraints of channels and regions as constraints of cells.

    Raises
    ------
    PlanError
        A region or channel that the model does not have, or a minimum if used of a channel's total.
    """
    channels = set(joint.channels)
    if whole := sorted(channels & set(constraints.minimum_if_used)):
        raise PlanError(
            f"{', '.join(whole)}: a minimum if used is of one region's buying, and there are "
            f"{len(joint.regions)} regions: give it by region ({joint.of_channel(whole[0])[0]!r}).", whole,
        )  # fmt: skip
    if whole := sorted(channels & set(constraints.flighting)):
        raise PlanError(f"{', '.join(whole)}: no region has a response to a channel that never ran.", whole)
    today = dict(zip(joint.posterior.dataset.channels, window_spend(joint.posterior).tolist(), strict=True))
    groups = _groups_as_given(joint, constraints)
    bounds = {name: ends for name, ends in constraints.bounds.items() if name not in channels}
    money = {name: ends for name, ends in constraints.money_bounds.items() if name not in channels}
    for channel in joint.channels:
        cells = joint.of_channel(channel)
        total = sum(today[cell] for cell in cells)
        ends = [tuple(end * total for end in constraints.bounds[channel])] if channel in constraints.bounds else []
        ends += [constraints.money_bounds[channel]] if channel in constraints.money_bounds else []
        if channel in constraints.committed:
            ends.append((constraints.committed[channel], float("inf")))
        for number, (least, most) in enumerate(ends):
            most_said = most if most < np.inf else None
            groups[f"{channel} in all regions" + " again" * number] = Group(cells, least, most_said)
        reach = [end / total for pair in ends for end in pair if end < np.inf] if total > 0 else []
        if reach and channel not in constraints.frozen:
            low, high = constraints.default_bounds
            for cell in cells:
                if cell not in bounds and cell not in money:
                    bounds[cell] = (min(low, *reach), max(high, *reach))
    for region, (least, most) in regions.items():
        groups[f"all of {region}"] = Group(joint.in_region(region), least, most)
    return replace(
        constraints, bounds=bounds, money_bounds=money, groups=groups,
        committed={name: amount for name, amount in constraints.committed.items() if name not in channels},
        largest_step=_each(joint, constraints.largest_step), increments=_each(joint, constraints.increments),
        frozen=[cell for name in constraints.frozen for cell in _cells_of(joint, name)],
    )  # fmt: skip


def _groups_as_given(joint: Joint, constraints: Constraints) -> dict[str, Group]:
    """Return the groups with cells in place of channels."""
    return {
        name: replace(group, channels=tuple(cell for one in group.channels for cell in _cells_of(joint, one)))
        for name, group in constraints.groups.items()
    }


def _cells_of(joint: Joint, name: str) -> tuple[str, ...]:
    """Return a channel's cells; any other name is left to be a cell's."""
    return joint.of_channel(name) if name in joint.channels else (name,)


def _by_cell(joint: Joint, amounts: Mapping[str, float]) -> dict[str, float]:
    """Give every cell its channel's amount, or the one given for the cell."""
    spread = {cell: amount for name, amount in amounts.items() for cell in _cells_of(joint, name)}
    return spread | {name: amount for name, amount in amounts.items() if name not in joint.channels}


def _each(joint: Joint, amounts: float | Mapping[str, float] | None) -> float | Mapping[str, float] | None:
    """Return what holds for every cell: one number, or amounts by cell."""
    return _by_cell(joint, amounts) if isinstance(amounts, Mapping) else amounts
