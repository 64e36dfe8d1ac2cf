"""From a fitted model to the record that the sheets show: every measure, plan and check, gathered once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from xl_mmm.diagnostics import to_frame
from xl_mmm.errors import PlanError
from xl_mmm.measures import (
    MEANINGS,
    cpik,
    elasticity,
    half_life,
    immediate_and_carried,
    parameters,
    response_curve,
    roi,
    saturation_level,
    summary,
)  # fmt: skip
from xl_mmm.planning import optimize, scenarios
from xl_mmm.report.labels import LABELS
from xl_mmm.report.result_record import PlanSummary, Results, Run
from xl_mmm.report.window import last_day
from xl_mmm.response import outcome_weights
from xl_mmm.tables import names

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from xl_mmm.diagnostics import Check
    from xl_mmm.fitting import FittedMMM
    from xl_mmm.planning import Constraints
    from xl_mmm.tables.asked import Asked

def model_text(model: FittedMMM) -> str:
    """Return the model as the text that travels in cells, or why it cannot.

    A model of many rows or draws is longer than the cells kept for it; what was fitted is then in the results alone.
    """
    text = model.to_text()
    lines = text.splitlines()
    if len(lines) > names.MODEL_CHUNKS:
        return f"{lines[0]}; not kept: its text fills {len(lines)} cells and {names.MODEL_CHUNKS} are reserved"
    return text


def collect(model: FittedMMM, inputs: Asked, checks: Sequence[Check], text: str, run: Run) -> Results:
    """Gather a model's results.

    Parameters
    ----------
    model
        The fitted model.
    inputs
        The workbook's choices: scenarios, constraints, level of the ranges, words.
    checks
        Checks of data and model.
    text
        The model as text (`model_text`).
    run
        The log row.
    """
    posterior, dataset, level = model.posterior, model.dataset, inputs.level
    returns = roi(posterior, level)
    plan, best = _plan(model, inputs, returns)
    statistics = summary(posterior)
    return Results(
        contribution=model.contribution(),
        value=None if dataset.revenue_per_kpi is None else outcome_weights(dataset),
        window_end=last_day(dataset),
        roi=returns.assign(**{end: cpik(posterior, level)[end] for end in ("cpik_low", "cpik_high")}),
        work=_work(model),
        parameters=parameters(posterior, level),
        statistics=[(LABELS.get(key, key), float(statistics[key]), meaning) for key, meaning in MEANINGS.items()],
        curves={name: response_curve(posterior, name, level=level) for name in dataset.channels},
        scenarios=scenarios(posterior, {plan.name: plan.multipliers for plan in inputs.scenarios}, level=level),
        plan=plan,
        summary=best,
        checks=to_frame(checks),
        model_chunks=tuple(text.splitlines()),
        run=run,
        level=level,
        margin=inputs.margin,
        range_label=posterior.range_label,
        kpi_unit=str(inputs.settings.get(names.SET_KPI_UNIT) or names.SETTING[names.SET_KPI_UNIT].default),
        currency=str(inputs.settings.get(names.SET_CURRENCY) or "money"),
    )


def _work(model: FittedMMM) -> pd.DataFrame:
    """Return what a channel does beside its return, organic media included."""
    import pandas as pd

    posterior = model.posterior
    return pd.DataFrame({
        "elasticity": elasticity(posterior)["elasticity"],
        "saturation": saturation_level(posterior)["saturation"],
        "half_life": half_life(posterior)["half_life"],
        "carried": immediate_and_carried(posterior)["carried_share"],
    }).loc[list(posterior.media.names)]  # fmt: skip


def _plan(model: FittedMMM, inputs: Asked, returns: pd.DataFrame) -> tuple[pd.DataFrame, PlanSummary | None]:
    """Return the optimized plan by channel with its summary; no summary where no plan meets the constraints."""
    try:
        best = optimize(model, inputs.constraints, level=inputs.level)
    except PlanError:  # told on the sheet: no plan keeps every bound; the bounds stand beside it
        return _no_plan(inputs.constraints, returns), None
    proof = best.certificate
    return best.table(), PlanSummary(
        best.outcome_today, best.outcome, best.outcome_low, best.outcome_high, best.gain, best.gain_low, best.gain_high,
        float(best.spend.sum()), proof.feasible, proof.kkt_residual, proof.shadow_price, proof.binding,
    )  # fmt: skip


def _no_plan(constraints: Constraints, returns: pd.DataFrame) -> pd.DataFrame:
    """Return today's spend and its bounds, no plan beside them."""
    today = returns["spend"]
    bounds = np.array([constraints.bounds.get(str(name), constraints.default_bounds) for name in today.index])
    return today.to_frame("today").assign(
        plan=np.nan, least=bounds[:, 0] * today, most=bounds[:, 1] * today, mroi_today=returns["mroi"], mroi=np.nan,
        bound="",
    )  # fmt: skip
