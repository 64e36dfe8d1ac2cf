"""A small clean market whose columns the tests spoil one at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from xl_mmm.dataset import Dataset
from xl_mmm.fitting import evaluate
from xl_mmm.spec import ChannelSpec, ModelSpec


def frame(n_weeks: int = 130, seed: int = 5) -> pd.DataFrame:
    """Weekly sales from two channels, a price and a season; every check of the data passes or is about size."""
    rng = np.random.default_rng(seed)
    week = np.arange(n_weeks)
    tv = np.round(rng.lognormal(9, 0.5, n_weeks) * (rng.random(n_weeks) < 0.6))
    search = np.round(rng.lognormal(8, 0.3, n_weeks))
    price = np.round(10 + rng.normal(0, 0.5, n_weeks), 2)
    sales = 90_000 + 60 * week + 4_000 * np.sin(2 * np.pi * week / 52.18) + 120 * np.sqrt(tv) + 150 * np.sqrt(search)
    sales = np.round(sales - 3_000 * (price - 10) + rng.normal(0, 1_500, n_weeks))
    return pd.DataFrame({
        "week": pd.date_range("2022-01-03", periods=n_weeks, freq="7D"),
        "sales": sales, "tv": tv, "search": search, "price": price,
    })  # fmt: skip


POWER = ChannelSpec(saturation="power")
MEDIA: dict[str, dict[str, float]] = {
    "tv": {"decay": 0.0, "exponent": 0.5, "coefficient": 120.0},
    "search": {"decay": 0.0, "exponent": 0.5, "coefficient": 150.0},
}  # what `frame` is made with


def noiseless(spec: ModelSpec, **roles: Any) -> pd.DataFrame:
    """Weekly sales that the model describes exactly: its own fitted values; `spec` with `POWER` by default."""
    table = frame()
    posterior = evaluate(dataset(table, **roles), spec, MEDIA).posterior
    rows = posterior.design.matrix @ posterior.linear[0]
    media = 120.0 * np.sqrt(table["tv"]) + 150.0 * np.sqrt(table["search"])
    return table.assign(sales=rows + media.to_numpy())


def dataset(table: pd.DataFrame, **roles: Any) -> Dataset:
    """Read `frame` with its usual roles, some of them replaced."""
    usual: dict[str, Any] = {"date": "week", "kpi": "sales", "spend": ["tv", "search"], "controls": ["price"]}
    return Dataset.from_frame(table, **{**usual, **roles})
