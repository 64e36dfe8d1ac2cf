"""What sentences are made of: a model's numbers, a judged plan and the words of the checks, gathered once.

Nothing here depends on a workbook's run: no time, no user. The same model, tables and plan give the same sentences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from xl_mmm.planning import Plan
    from xl_mmm.posterior import Posterior

LESS = 0.8  # multiple of today's spend that a curve's title speaks of


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """A plan in one line a question.

    Attributes
    ----------
    outcome_today, outcome, outcome_low, outcome_high
        Incremental revenue over the window of today's spend and of the plan, with range.
    gain, gain_low, gain_high
        Paired difference of the two.
    budget
        Money over the window.
    feasible
        Whether every constraint holds.
    kkt_residual
        Largest relative violation of optimality.
    shadow_price
        Revenue per extra unit of budget; None when no channel is free to move.
    binding
        Constraints that hold the plan back, in words.
    by_profit
        Whether the plan was sought for its profit, and is to be read by it.
    profit_gain, profit_gain_low, profit_gain_high
        Its profit less today's, paired; NaN without a money value.
    """

    outcome_today: float
    outcome: float
    outcome_low: float
    outcome_high: float
    gain: float
    gain_low: float
    gain_high: float
    budget: float
    feasible: bool
    kkt_residual: float
    shadow_price: float | None
    binding: tuple[str, ...]
    by_profit: bool = False
    profit_gain: float = float("nan")
    profit_gain_low: float = float("nan")
    profit_gain_high: float = float("nan")

    @property
    def optimal(self) -> bool:
        """Whether the plan meets the optimality conditions, where it has any (not for a quantile or CVaR)."""
        from xl_mmm.planning.certificate import OPTIMAL

        return not self.kkt_residual >= OPTIMAL


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """A model in figures.

    Attributes
    ----------
    contribution
        Index date; `baseline`, controls, `carry_in`, media, `residual` in KPI units; rows sum to the KPI.
    value
        (weeks,) revenue per KPI unit, or None when the KPI has no money value.
    revenue
        By paid channel: incremental revenue of the window; KPI units when there is no money value.
    roi
        Index channel; the columns of `measures.roi`.
    work
        Index medium; `saturation`, share of the limit.
    statistics
        (statistic, value, meaning) rows; R² is called `R2`, the weighted error `wMAPE`.
    less
        By paid channel: outcome when it spends `LESS` of today's.
    scenarios
        Index scenario, the first row is today; the columns of `planning.scenarios`.
    plan
        Index channel; money `today` and `plan`.
    summary
        The plan in figures; None when there is none.
    conflict
        The sentence that names limits which no plan can keep at once; empty where some plan keeps all.
    statuses
        Words of the checks: PASS, REVIEW, FAIL; an error value counts as failing.
    level, margin
        Width of ranges; profit per unit of revenue.
    ranged
        Whether there are draws to tell how sure a figure is; one draw has no range.
    range_label, kpi_unit
        What the ranges are called; word behind KPI figures.
    model_line
        How the model was made: method and seed.
    model_hash, data_hash, version
        Which model, which data, which release.
    flags
        Notes in the model's first line: that it is stale, that parameters are set by hand.
    """

    contribution: pd.DataFrame
    value: NDArray[np.float64] | None
    revenue: pd.Series[float]
    roi: pd.DataFrame
    work: pd.DataFrame
    statistics: Sequence[tuple[str, float | None, str]]
    less: pd.Series[float]
    scenarios: pd.DataFrame
    plan: pd.DataFrame
    summary: PlanSummary | None
    conflict: str
    statuses: Sequence[str]
    level: float
    margin: float
    ranged: bool
    range_label: str
    kpi_unit: str
    model_line: str
    model_hash: str
    data_hash: str
    version: str
    flags: Sequence[str]

    @property
    def channels(self) -> tuple[str, ...]:
        """Paid channels in the model's order."""
        return tuple(str(name) for name in self.roi.index)

    @property
    def media(self) -> tuple[str, ...]:
        """Paid channels, then organic media."""
        return tuple(str(name) for name in self.work.index)

    @property
    def is_money(self) -> bool:
        """Whether the KPI has a money value."""
        return self.value is not None


def gather(
    posterior: Posterior,
    *,
    scenarios: pd.DataFrame,
    plan: Plan,
    planned: bool,
    conflict: str,
    statuses: Sequence[str],
    level: float,
    kpi_unit: str,
    text: str,
    version: str,
) -> Facts:
    """Gather a model's figures.

    Parameters
    ----------
    posterior
        The model.
    scenarios
        The plans of `planning.scenarios`.
    plan, planned
        The judged plan; today's spend when nothing is planned.
    conflict, statuses, level, kpi_unit, version
        As in `Facts`.
    text
        The model as text: its first line carries checksum and notes.
    """
    import pandas as pd

    from xl_mmm.measures import MEANINGS, contribution, roi, saturation_level, summary
    from xl_mmm.measures.draws import earned
    from xl_mmm.measures.plan_revenue import plan_revenue
    from xl_mmm.posterior_text import PART, notes_of
    from xl_mmm.report.labels import LABELS
    from xl_mmm.response import outcome_weights

    dataset, statistics = posterior.dataset, summary(posterior)
    channels = pd.Index(dataset.channels, name="channel")
    revenue = earned(posterior).revenue.mean(axis=0)[: len(channels)]
    less = plan_revenue(posterior, np.full((1, len(dataset.channels)), LESS)).mean(axis=0)
    return Facts(
        contribution=contribution(posterior),
        value=None if dataset.revenue_per_kpi is None else outcome_weights(dataset),
        revenue=pd.Series(revenue, index=channels),
        roi=roi(posterior, level),
        work=saturation_level(posterior, level)[["saturation"]],
        statistics=[(LABELS[key], float(statistics[key]), meaning) for key, meaning in MEANINGS.items()],
        less=pd.Series(less, index=channels),
        scenarios=scenarios,
        plan=plan.table(),
        summary=plan_summary(plan) if planned else None,
        conflict=conflict,
        statuses=statuses,
        level=level,
        margin=posterior.spec.margin,
        ranged=posterior.n_draws > 1,
        range_label=posterior.range_label,
        kpi_unit=kpi_unit,
        model_line=f"{posterior.method}, seed {posterior.seed}",
        model_hash=text.partition("\n")[0].rpartition(PART)[2],
        data_hash=dataset.sha,
        version=version,
        flags=notes_of(text),
    )


def plan_summary(plan: Plan) -> PlanSummary:
    """Return a plan in one line a question."""
    proof = plan.certificate
    return PlanSummary(
        plan.outcome_today, plan.outcome, plan.outcome_low, plan.outcome_high, plan.gain, plan.gain_low, plan.gain_high,
        float(plan.spend.sum()), proof.feasible, proof.kkt_residual, proof.shadow_price, proof.binding,
        plan.by_profit, plan.profit_gain, plan.profit_gain_low, plan.profit_gain_high,
    )  # fmt: skip
