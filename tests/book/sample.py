"""A made-up market with consistent numbers: what a book is built from in these tests."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from xl_mmm.book.inputs import BuildInputs
from xl_mmm.book.job import run_book
from xl_mmm.book.template import VALUES, build_book
from xl_mmm.report.result_record import PlanSummary, Results, Run
from xl_mmm.rules import Roles
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    from pathlib import Path

CHANNELS = ("tv", "search", "social", "online_video", "out_of_home")
SPEND = np.array([4.2e6, 2.6e6, 1.6e6, 0.9e6, 0.65e6])
MANY = tuple(f"channel {i}" for i in range(1, 16))
ROI = np.array([1.42, 2.05, 1.61, 1.18, 0.82])
MARGIN = 0.8
DRAWS = 20.0  # the fewest; these tests look at cells, not at ranges


def sample_columns(weeks: int = 156, channels: tuple[str, ...] = CHANNELS) -> dict[str, list[object]]:
    """Data of a made-up market, weekly."""
    rng = np.random.default_rng(3)
    t = np.arange(weeks)
    columns: dict[str, list[object]] = {"week": [date(2023, 11, 20) + timedelta(7 * int(i)) for i in t]}
    columns["revenue"] = list(np.round(9e5 + 1e5 * np.sin(t / 8) + 2e4 * rng.normal(size=weeks), 2))
    for k, name in enumerate(channels):
        share = rng.gamma(2.0, 1.0, weeks) * (rng.random(weeks) < 0.8)
        columns[name] = list(np.round(share / share.sum() * SPEND[k % len(SPEND)], 2))
    columns["competitor_price"] = list(np.round(20 + rng.normal(size=weeks), 2))
    return columns


def sample_inputs(weeks: int = 156, channels: tuple[str, ...] = CHANNELS) -> BuildInputs:
    """Inputs of a first book."""
    roles = Roles("week", "revenue", channels, controls=("competitor_price",))
    settings = {n.SET_MARGIN: MARGIN, n.SET_CURRENCY: "EUR", n.SET_DRAWS: DRAWS}
    return BuildInputs.start(sample_columns(weeks, channels), roles, settings)


def run_sample(path: Path, inputs: BuildInputs, flavor: str = VALUES) -> Path:
    """Build a book, run it, and return its path."""
    build_book(path, inputs, flavor)
    run_book(path)
    return path


def sample_results(inputs: BuildInputs) -> Results:
    """Results that add up: contributions to the KPI, ROI to contributions, plans to ROI."""
    rng = np.random.default_rng(5)
    layout = inputs.layout
    names = list(layout.channels)
    kpi = np.array(inputs.columns["revenue"], dtype=float)
    spend = np.array([np.sum(np.array(inputs.columns[name], dtype=float)) for name in names])
    roi = np.resize(ROI, len(names))
    weeks = pd.DatetimeIndex(inputs.columns["week"], name="date")
    shape = rng.gamma(20.0, 1.0, (len(kpi), len(names)))
    media = shape / shape.sum(axis=0) * roi * spend
    parts = pd.DataFrame(
        {"baseline": 0.0, "competitor_price": -8e3 * rng.random(len(kpi)), "carry_in": 0.0}, index=weeks
    )
    parts.loc[parts.index[:6], "carry_in"] = 4e3 / np.arange(1, 7)
    parts[names] = media
    parts["residual"] = rng.normal(0, 2e4, len(kpi))
    parts["baseline"] = kpi - parts.sum(axis=1)
    effect = media.sum(axis=0)
    table = pd.DataFrame(
        {
            "spend": spend,
            "contribution": effect,
            "roi": effect / spend,
            "roi_low": 0.7 * roi,
            "roi_high": 1.35 * roi,
            "roi_median": 0.98 * roi,
            "roi_long": 1.04 * roi,
            "net_roi": MARGIN * roi - 1,
            "mroi": 0.7 * roi,
            "mroi_low": 0.4 * roi,
            "mroi_high": roi,
            "cpik": spend / effect,
            "cpik_low": 0.8 * spend / effect,
            "cpik_high": 1.4 * spend / effect,
            "contribution_share": effect / kpi.sum(),
            "effect_share": effect / effect.sum(),
            "spend_share": spend / spend.sum(),
            "p_above_breakeven": np.clip((roi - 0.8) / 1.1, 0.02, 0.99),
            "data_share": 0.6,
        },
        index=pd.Index(names, name="channel"),
    )
    work = pd.DataFrame(
        {
            "elasticity": 0.03,
            "saturation": np.resize([0.74, 0.48, 0.39, 0.31, 0.44], len(names)),
            "half_life": np.resize([3.1, 0.6, 1.2, 1.6, 2.4], len(names)),
            "carried": 0.4,
        },
        index=table.index,
    )
    multipliers = np.linspace(0, 2, 21)
    curves = {}
    for k, name in enumerate(names):
        outcome = 2 * effect[k] * multipliers / (1 + multipliers)
        curves[name] = pd.DataFrame(
            {
                "multiplier": multipliers,
                "spend": multipliers * spend[k],
                "outcome": outcome,
                "outcome_low": 0.7 * outcome,
                "outcome_high": 1.4 * outcome,
            }
        )
    plan_spend = spend * np.resize([0.78, 1.3, 1.25, 1.05, 0.5], len(names))
    plan_spend *= spend.sum() / plan_spend.sum()
    plan = pd.DataFrame(
        {
            "today": spend,
            "plan": plan_spend,
            "least": 0.5 * spend,
            "most": 1.5 * spend,
            "mroi_today": 0.7 * roi,
            "mroi": 1.0,
            "bound": "",
        },
        index=table.index,
    )
    plan.loc[names[-1], "bound"] = "least"
    today = effect.sum()
    scenarios = pd.DataFrame(
        [_scenario(str(row[n.H_SCENARIO]), i, today, spend.sum()) for i, row in enumerate(inputs.scenarios)]
    ).set_index("scenario")
    checks = pd.DataFrame(
        [
            {
                "check": "Data: gaps in dates",
                "status": "PASS",
                "value": 0.0,
                "threshold": 0.0,
                "message": "No week is missing.",
                "action": "",
            },
            {
                "check": "Data: collinear channels",
                "status": "REVIEW",
                "value": 12.4,
                "threshold": 10.0,
                "message": "Social and online_video move together: the variance inflation factor of social is 12.4.",
                "action": "Read the two together, or run a test that separates them.",
            },
            {
                "check": "Model: fit",
                "status": "PASS",
                "value": 0.94,
                "threshold": 0.8,
                "message": "The model explains 94 % of the movement.",
                "action": "",
            },
        ]
    )
    parameters = pd.DataFrame(
        [
            (name, p, m, 0.7 * m, 1.3 * m, u)
            for name in names
            for p, m, u in (
                ("decay", 0.5, "share kept a week"),
                ("half_saturation", 31250.0, "money a week"),
                ("slope", 1.1, "none"),
            )
        ],
        columns=["channel", "parameter", "mean", "low", "high", "unit"],
    ).set_index(["channel", "parameter"])
    gain = 0.09 * today
    return Results(
        contribution=parts,
        value=np.ones(len(kpi)),
        window_end=weeks[-1].date(),
        roi=table,
        work=work,
        parameters=parameters,
        statistics=[
            ("R2", 0.94, "Share of the KPI's movement that the model explains"),
            ("wMAPE", 0.021, "Typical miss, weighted by size"),
            ("NRMSE", 0.04, "Root mean squared miss over the range"),
        ],
        curves=curves,
        scenarios=scenarios,
        plan=plan,
        summary=PlanSummary(
            today,
            today + gain,
            0.8 * today,
            1.4 * today,
            gain,
            0.3 * gain,
            2.1 * gain,
            spend.sum(),
            True,
            3e-7,
            1.08,
            (names[-1],),
        ),
        checks=checks,
        model_chunks=("xl_mmm model 3f2a9c, ols, 156 weeks, 5 channels", "x" * 8000, "y" * 5000),
        run=Run(datetime(2026, 11, 22, 18, 30), "planner", "ols", 1, "ab12cd34ef56ab12", "3f2a9c77aa10bb20", "0.1"),
        level=0.9,
        margin=MARGIN,
        range_label="bootstrap range",
        kpi_unit="revenue",
        currency="EUR",
    )


def _scenario(name: str, i: int, today: float, spend: float) -> dict[str, object]:
    change = [0.0, 0.05, -0.06, -0.02][i] * today
    width = 0.4 * abs(change)
    return {
        "scenario": name,
        "spend": spend * [1.0, 1.1, 0.9, 0.95][i],
        "outcome": today + change,
        "outcome_low": 0.8 * today,
        "outcome_high": 1.2 * today,
        "difference": change,
        "difference_low": change - width,
        "difference_high": change + width,
        "p_better": [np.nan, 0.97, 0.02, 0.2][i],
        "profit": MARGIN * (today + change) - spend,
        "profit_difference": MARGIN * change,
    }
