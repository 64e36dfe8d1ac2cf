"""What a run found, as frozen records of tables: read by findings, charts' feeds and the cells.

Numbers are finite or blank; ranges end in `_low` and `_high`; money is in the currency of the data.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from xl_mmm.report.facts import PlanSummary as PlanSummary

if TYPE_CHECKING:
    import pandas as pd


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
