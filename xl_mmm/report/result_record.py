"""What a run found, as frozen records of tables: read by findings, charts' feeds and the cells.

Numbers are finite or blank; ranges end in `_low` and `_high`; money is in the currency of the data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """The optimized plan in one line a question.

    Attributes
    ----------
    outcome_today, outcome, outcome_low, outcome_high
        Incremental revenue over the window of today's plan and of the optimized one, with range.
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

    @property
    def optimal(self) -> bool:
        """Whether the plan meets the optimality conditions."""
        from xl_mmm.planning.certificate import OPTIMAL

        return self.kkt_residual < OPTIMAL


@dataclass(frozen=True, slots=True)
class Run:
    """What is logged of a run.

    Attributes
    ----------
    time
        When it was run.
    user, method, seed, data_hash, model_hash, version, note
        As shown in `tblRuns`.
    index
        Rows of `tblRuns` above this run's; a repeated run with the same model keeps its row.
    """

    time: datetime
    user: str
    method: str
    seed: int
    data_hash: str
    model_hash: str
    version: str
    note: str = ""
    index: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Results:
    """Everything that the sheets show of one model.

    Attributes
    ----------
    contribution
        Index date; `baseline`, controls, `carry_in`, media, `residual` in KPI units; rows sum to the KPI.
    value
        (weeks,) revenue per KPI unit, or None when the KPI has no money value.
    window_end
        Last day of the last period.
    roi
        Index channel; the columns of `measures.roi`, and `cpik_low`, `cpik_high`.
    work
        Index medium; `elasticity`, `saturation` (share of the limit), `half_life` (weeks), `carried` (share of the
        contribution that comes after the week of the spend).
    parameters
        Index (channel, parameter); `mean low high unit`.
    statistics
        (statistic, value, meaning) rows; R² is called `R2`, the weighted error `wMAPE`.
    curves
        Channel -> `multiplier spend outcome outcome_low outcome_high`.
    scenarios
        Index scenario, the first row is today; `spend outcome outcome_low outcome_high difference difference_low
        difference_high p_better profit profit_difference`.
    plan
        Index channel; `today plan least most mroi_today mroi bound`.
    summary
        The plan in figures, or None when none could be made.
    checks
        `check status value threshold message action`.
    model_chunks
        The model as text in chunks of at most 8,000 characters.
    run
        The log row.
    level, margin
        Width of ranges; profit per unit of revenue.
    range_label
        What the ranges are called.
    kpi_unit, currency
        Words behind figures.
    """

    contribution: pd.DataFrame
    value: np.ndarray[Any, np.dtype[np.float64]] | None
    window_end: date
    roi: pd.DataFrame
    work: pd.DataFrame
    parameters: pd.DataFrame
    statistics: Sequence[tuple[str, float | None, str]]
    curves: Mapping[str, pd.DataFrame]
    scenarios: pd.DataFrame
    plan: pd.DataFrame
    summary: PlanSummary | None
    checks: pd.DataFrame
    model_chunks: tuple[str, ...]
    run: Run
    level: float
    margin: float
    range_label: str
    kpi_unit: str
    currency: str

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

    @property
    def revenue(self) -> pd.Series[float]:
        """Incremental revenue of each paid channel (KPI units when there is no money value)."""
        weight = 1.0 if self.value is None else self.value[:, None]
        return (self.contribution[list(self.channels)] * weight).sum()

    @property
    def less(self) -> pd.Series[float]:
        """Outcome of each paid channel with a fifth less spend."""
        import pandas as pd

        own = {name: np.interp(0.8, curve["multiplier"], curve["outcome"]) for name, curve in self.curves.items()}
        return pd.Series(own, dtype=float)

    @property
    def ranged(self) -> bool:
        """Whether any range is wider than a point."""
        return bool((self.roi["cpik_low"] != self.roi["cpik_high"]).any())

    @property
    def possible(self) -> bool:
        """Whether any plan keeps budget and bounds."""
        return self.summary is not None

    @property
    def statuses(self) -> Sequence[str]:
        """Words of the checks."""
        return [str(status) for status in self.checks["status"]]

    @property
    def model_line(self) -> str:
        """How the model was made."""
        return f"{self.run.method}, seed {self.run.seed}"

    @property
    def model_hash(self) -> str:
        """Which model."""
        return self.run.model_hash

    @property
    def data_hash(self) -> str:
        """Which data."""
        return self.run.data_hash

    @property
    def version(self) -> str:
        """Which release."""
        return self.run.version

    @property
    def flags(self) -> Sequence[str]:
        """Nothing: a run's model is never stale."""
        return ()
