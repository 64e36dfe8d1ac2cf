"""The data sets on which `bayes` is held to another sampler (`tests/golden/nuts_reference.json`).

Simulated markets are kept by their seed; PyMC-Marketing's published example is read from a folder, since it is no part
of this project. This module needs NumPy and pandas alone, so the other sampler's environment can import it.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from xl_mmm.dataset import Dataset
from xl_mmm.simulation import simulate
from xl_mmm.spec import ChannelSpec, ModelSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    Reference = tuple[Dataset, ModelSpec]


def default_market() -> Reference:
    """Return 104 weeks of 4 channels with 26 weeks of history, autocorrelated noise; default choices."""
    return simulate(weeks=104, channels=4, seed=11, rho=0.3).dataset, ModelSpec()


def other_families() -> Reference:
    """Return 130 weeks of 3 channels and a newsletter: four pairs of families, knots, an ROI range, a rising price."""
    made = simulate(
        weeks=130, channels=3, seed=31, organic=1, rho=0.4, noise=0.03,
        adstock=("delayed", "weibull_cdf", "geometric", "binomial"),
        saturation=("logistic", "hill", "tanh", "michaelis_menten"),
    )  # fmt: skip
    believed = ChannelSpec(adstock="geometric", saturation="tanh", roi=(0.8, 3.0))
    price = 0.8 + 0.4 * np.arange(len(made.dataset.dates)) / len(made.dataset.dates)
    data = dataclasses.replace(made.dataset, revenue_per_kpi=price)
    return data, dataclasses.replace(made.spec, channels={**made.spec.channels, "Social": believed}, knots=3)


def no_revenue() -> Reference:
    """Return 90 weeks of 3 channels whose KPI is no money; no seasons, a trend, a range for a decay, a slope fixed."""
    made = simulate(weeks=90, channels=3, seed=57, controls=1, history=0, noise=0.04, saturation="hill")
    choices = {"TV": ChannelSpec(decay=(0.3, 0.8)), "Search": ChannelSpec(slope=1.0)}
    return dataclasses.replace(made.dataset, revenue_per_kpi=None), ModelSpec(channels=choices, seasonality=0)


MARKETS: dict[str, Callable[[], Reference]] = {
    "default_market": default_market,
    "other_families": other_families,
    "no_revenue": no_revenue,
}
EXAMPLE = "pymc_mmm_example"


def example(folder: Path) -> Reference:
    """Return PyMC-Marketing's example, 179 weeks of 2 channels, default choices; spend is an index, no money."""
    import pandas as pd

    frame = pd.read_csv(folder / f"{EXAMPLE}.csv")
    controls = ["event_1", "event_2"]
    return Dataset.from_frame(frame, date="date_week", kpi="y", spend=["x1", "x2"], controls=controls), ModelSpec()
