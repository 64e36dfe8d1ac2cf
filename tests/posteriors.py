"""Small models made by hand: every number is chosen, nothing is fitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from xl_mmm.dataset import Dataset
from xl_mmm.design import build_design
from xl_mmm.posterior import Posterior
from xl_mmm.response import MediaParameters
from xl_mmm.spec import ChannelSpec, ModelSpec
from xl_mmm.transforms import ADSTOCKS, SATURATIONS

FLAT = ModelSpec(seasonality=0, trend=False)


def dataset(
    spend: Mapping[str, Sequence[float]],
    *,
    kpi: Sequence[float] | None = None,
    organic: Mapping[str, Sequence[float]] | None = None,
    controls: Mapping[str, Sequence[float]] | None = None,
    history: int = 0,
    revenue_per_kpi: float | None = 1.0,
    start: str = "2024-01-01",
) -> Dataset:
    """Weekly data from columns; the first `history` rows come before the window."""
    n = len(next(iter(spend.values())))
    dates = pd.date_range(start, periods=n, freq="7D")
    frame = pd.DataFrame({"week": dates, "kpi": np.linspace(1000.0, 2000.0, n) if kpi is None else kpi})
    for columns in (spend, organic or {}, controls or {}):
        for name, values in columns.items():
            frame[name] = np.asarray(values, dtype=float)
    return Dataset.from_frame(
        frame, date="week", kpi="kpi", spend=list(spend), organic=list(organic or {}) or None,
        controls=list(controls or {}), revenue_per_kpi=revenue_per_kpi,
        window=(dates[history], dates[-1]) if history else None,
    )  # fmt: skip


def posterior(
    data: Dataset, shapes: Mapping[str, Mapping[str, object]], spec: ModelSpec = FLAT, *, baseline: float = 500.0,
    method: str = "ols",
) -> Posterior:
    """Make a model with the given shapes.

    `shapes`: medium -> `adstock`, `saturation` (geometric, hill by default), `coefficient` and the families'
    parameters, each a number or one number per draw.
    """
    names = (*data.channels, *data.organic)
    n_draws = max(np.size(v) for shape in shapes.values() for v in shape.values() if not isinstance(v, str))
    adstock = tuple(str(shapes[name].get("adstock", "geometric")) for name in names)
    saturation = tuple(str(shapes[name].get("saturation", "hill")) for name in names)
    families = {
        p.name
        for k in range(len(names))
        for p in (*ADSTOCKS[adstock[k]].parameters, *SATURATIONS[saturation[k]].parameters)
    }

    def column(name: str, key: str) -> np.ndarray:
        return np.broadcast_to(np.asarray(shapes[name].get(key, np.nan), dtype=float), (n_draws,))

    values = {key: np.column_stack([column(name, key) for name in names]) for key in sorted(families)}
    design = build_design(data, spec)
    linear = np.zeros((n_draws, len(design.names)))
    linear[:, 0] = baseline
    media = MediaParameters(
        names, adstock, saturation, tuple(int(shapes[name].get("max_lag", 12)) for name in names), values,
        np.column_stack([column(name, "coefficient") for name in names]),
    )  # fmt: skip
    return Posterior(
        data, spec, design, method, 1, media, linear, np.full(n_draws, 10.0), np.zeros(n_draws), "90 % test range"
    )


def market(
    n_weeks: int = 60, n_channels: int = 3, n_draws: int = 40, *, slope: float = 1.0, seed: int = 0, history: int = 8,
    revenue_per_kpi: float | None = 1.0, margin: float = 1.0,
) -> Posterior:
    """Make a bursty market of several channels with draws scattered around chosen shapes."""
    rng = np.random.default_rng(seed)
    names = [f"channel{k}" for k in range(n_channels)]
    on = rng.random((n_weeks + history, n_channels)) < 0.6
    spend = np.where(on, rng.gamma(4.0, 25.0 * (1 + np.arange(n_channels)), (n_weeks + history, n_channels)), 0.0)
    data = dataset(
        dict(zip(names, spend.T, strict=True)), history=history, revenue_per_kpi=revenue_per_kpi,
        kpi=2000 + 100 * rng.normal(size=n_weeks + history), controls={"price": rng.normal(size=n_weeks + history)},
    )  # fmt: skip
    shapes: dict[str, dict[str, object]] = {}
    for k, name in enumerate(names):
        shapes[name] = {
            "decay": 1 / (1 + np.exp(-rng.normal(0.2 - 0.3 * k, 0.3, n_draws))),
            "half_saturation": np.exp(rng.normal(np.log(90.0 * (1 + k)), 0.2, n_draws)),
            "slope": np.exp(rng.normal(np.log(slope), 0.05, n_draws)) if slope != 1.0 else 1.0,
            "coefficient": np.exp(rng.normal(np.log(250.0 + 150.0 * k), 0.3, n_draws)),
        }
    spec = ModelSpec(seasonality=1, trend=True, margin=margin)
    model = posterior(data, shapes, spec, baseline=1200.0)
    model.linear[:, 1:] = rng.normal(0, 20, (n_draws, len(model.design.names) - 1))
    return model


__all__ = ["FLAT", "ChannelSpec", "ModelSpec", "dataset", "market", "posterior"]
