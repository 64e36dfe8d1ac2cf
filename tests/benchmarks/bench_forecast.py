"""How well the next quarter is forecast: rolling origins on Robyn's and Meridian's published data.

From each origin (every 13 weeks, at least 104 weeks before it) `bayes` with default choices is fitted to the weeks up
to it and forecasts the 13 weeks after it by `model.forecast`, given the media that were bought. Controls are once
known, once repeated from the year before. Beside it: the same weeks of the year before (seasonal-naive; its range from
its own misses before the origin), and statsmodels' ETS with a damped trend and an additive season of 52 weeks. Reported
are the share of weeks inside the 90 % range, its width, and wMAPE = Σ|error| / Σ actual.

    XL_MMM_PEER_DATA=FOLDER python -m tests.benchmarks.bench_forecast

Returns 1 when the range of `bayes` with known controls holds less than 80 or more than 97 % of all weeks.
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pandas as pd

from tests.benchmarks.bench_peer_data import PEERS
from xl_mmm.dataset import Dataset
from xl_mmm.fitting import fit

FILES = ("robyn_dt_simulated_weekly.csv", "meridian_national_media.csv")
AHEAD, YEAR, LEAST, LEVEL = 13, 52, 104, 0.90
BAR = (0.80, 0.97)


class Ranged(NamedTuple):
    """A forecast of the weeks after an origin, each (AHEAD,)."""

    point: np.ndarray
    low: np.ndarray
    high: np.ndarray


class Origin(NamedTuple):
    """What is known at an origin, and what came."""

    table: pd.DataFrame
    at: int
    roles: dict[str, object]

    @property
    def kpi(self) -> np.ndarray:
        """The KPI of all weeks."""
        return self.table[self.roles["kpi"]].to_numpy(dtype=float)


def by_bayes(origin: Origin, *, controls_known: bool) -> Ranged:
    """Fit to the past and forecast."""
    past = origin.table.head(origin.at)
    coming = origin.table.iloc[origin.at : origin.at + AHEAD].copy()
    if not controls_known:
        names = list(origin.roles["controls"])
        coming[names] = origin.table[names].iloc[origin.at - YEAR : origin.at - YEAR + AHEAD].to_numpy()
    model = fit(Dataset.from_frame(past, **origin.roles), method="bayes")
    found = model.forecast(coming, LEVEL)
    return Ranged(*(found[name].to_numpy() for name in ("kpi", "kpi_low", "kpi_high")))


def seasonal_naive(origin: Origin) -> Ranged:
    """Repeat the same weeks of the year before; the range is that of its own misses so far."""
    y = origin.kpi[: origin.at]
    point = y[origin.at - YEAR : origin.at - YEAR + AHEAD]
    low, high = np.quantile(y[YEAR:] - y[:-YEAR], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Ranged(point, point + low, point + high)


def ets(origin: Origin) -> Ranged:
    """Exponential smoothing by statsmodels."""
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    y = pd.Series(origin.kpi[: origin.at])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted = ETSModel(
            y, error="add", trend="add", damped_trend=True, seasonal="add", seasonal_periods=YEAR
        ).fit(disp=False)
        frame = fitted.get_prediction(start=origin.at, end=origin.at + AHEAD - 1).summary_frame(alpha=1 - LEVEL)
    return Ranged(*(frame[name].to_numpy() for name in ("mean", "pi_lower", "pi_upper")))


FORECASTERS: dict[str, Callable[[Origin], Ranged]] = {
    "bayes, controls known": lambda origin: by_bayes(origin, controls_known=True),
    "bayes, controls of last year": lambda origin: by_bayes(origin, controls_known=False),
    "seasonal-naive": seasonal_naive,
    "ETS (statsmodels)": ets,
}


def main() -> int:
    """Print a table for each file and for both; return 1 when the bar is missed."""
    folder = Path(os.environ["XL_MMM_PEER_DATA"])
    held: dict[str, list[np.ndarray]] = {name: [] for name in FORECASTERS}
    for file in FILES:
        table, roles = pd.read_csv(folder / file), PEERS[file]
        origins = list(range(len(table) - AHEAD, LEAST - 1, -AHEAD))
        print(f"{file}: {len(origins)} origins of {AHEAD} weeks", flush=True)
        for name, forecaster in FORECASTERS.items():
            started, inside, width, error, actual = time.process_time(), [], [], [], []
            for at in origins:
                origin = Origin(table, at, roles)
                came, found = origin.kpi[at : at + AHEAD], forecaster(origin)
                inside.append((found.low <= came) & (came <= found.high))
                width.append(found.high - found.low)
                error.append(np.abs(found.point - came))
                actual.append(came)
            held[name] += inside
            took = (time.process_time() - started) / len(origins)
            wmape, wide = np.sum(error) / np.sum(actual), np.sum(width) / np.sum(actual)
            print(
                f"    {name:30s} inside {np.mean(inside):6.1%}  width {wide:6.1%}  wMAPE {wmape:6.1%}  {took:5.1f} s",
                flush=True,
            )
    covered = float(np.mean(held["bayes, controls known"]))
    print(f"bayes, controls known, all weeks: {covered:.1%} inside (bar {BAR[0]:.0%} to {BAR[1]:.0%})")
    return int(not BAR[0] <= covered <= BAR[1])


if __name__ == "__main__":
    sys.exit(main())
