"""A made-up market in figures that add up: what sentences are made of in these tests."""

from __future__ import annotations

import numpy as np
import pandas as pd

from xl_mmm.report.facts import Facts, PlanSummary

CHANNELS = ("tv", "search", "social", "online_video", "out_of_home")
SPEND = np.array([4.2e6, 2.6e6, 1.6e6, 0.9e6, 0.65e6])
ROI = np.array([1.42, 2.05, 1.61, 1.18, 0.82])
PLANNED = np.array([0.78, 1.3, 1.25, 1.05, 0.5])
MARGIN = 0.8
WEEKS = 156


def sample_facts(channels: tuple[str, ...] = CHANNELS) -> Facts:
    """Facts of these channels: contributions add up to the KPI, ROI and plan to the spend."""
    rng = np.random.default_rng(5)
    names, n = list(channels), len(channels)
    spend, roi = np.resize(SPEND, n), np.resize(ROI, n)
    kpi = 9e5 + 1e5 * np.sin(np.arange(WEEKS) / 8) + 2e4 * rng.normal(size=WEEKS)
    effect = roi * spend
    shape = rng.gamma(20.0, 1.0, (WEEKS, n))
    parts = pd.DataFrame(
        {"baseline": 0.0, "price": -8e3 * rng.random(WEEKS), "carry_in": 0.0},
        index=pd.date_range("2023-11-20", periods=WEEKS, freq="7D", name="date"),
    )
    parts[names] = shape / shape.sum(axis=0) * effect
    parts["residual"] = rng.normal(0, 2e4, WEEKS)
    parts["baseline"] = kpi - parts.sum(axis=1)
    index = pd.Index(names, name="channel")
    returns = {
        "spend": spend, "roi": roi, "roi_low": 0.7 * roi, "roi_high": 1.35 * roi, "mroi": 0.7 * roi,
        "mroi_low": 0.4 * roi, "mroi_high": roi, "cpik": 1 / roi, "effect_share": effect / effect.sum(),
        "spend_share": spend / spend.sum(), "p_above_breakeven": np.clip((roi - 0.8) / 1.1, 0.02, 0.99),
    }  # fmt: skip
    planned = spend * np.resize(PLANNED, n)
    today = float(effect.sum())
    gain = 0.09 * today
    return Facts(
        contribution=parts,
        value=np.ones(WEEKS),
        revenue=pd.Series(effect, index=index),
        roi=pd.DataFrame(returns, index=index),
        work=pd.DataFrame({"saturation": np.resize([0.74, 0.48, 0.39, 0.31, 0.44], n)}, index=index),
        statistics=[("R2", 0.94, ""), ("wMAPE", 0.021, "")],
        less=pd.Series(0.89 * effect, index=index),
        scenarios=pd.DataFrame(
            {
                "difference": [0.0, 0.05 * today, -0.06 * today], "difference_low": [0.0, 0.01 * today, -0.1 * today],
                "difference_high": [0.0, 0.09 * today, -0.02 * today], "p_better": [np.nan, 0.97, 0.02],
            },
            index=pd.Index(["Today", "Ten percent more", "Ten percent less"], name="scenario"),
        ),
        plan=pd.DataFrame({"today": spend, "plan": planned * spend.sum() / planned.sum()}, index=index),
        summary=PlanSummary(
            today, today + gain, 0.8 * today, 1.4 * today, gain, 0.3 * gain, 2.1 * gain, float(spend.sum()), True, 3e-7,
            1.08, (names[-1],),
        ),
        conflict="",
        statuses=["PASS", "REVIEW", "PASS"],
        level=0.9,
        margin=MARGIN,
        ranged=True,
        range_label="bootstrap range",
        kpi_unit="revenue",
        model_line="ols, seed 1",
        model_hash="3f2a9c77aa10bb20",
        data_hash="ab12cd34ef56ab12",
        version="0.1",
        flags=(),
    )  # fmt: skip
