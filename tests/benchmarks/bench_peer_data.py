"""The peers' published data sets load, the one with a known truth is fitted, and 3,650 days of 50 channels are checked.

The truth is compared with a fit of default choices, whose 1,000 draws have noise of their own, and with `MANY` draws of
the same posterior, where hardly any is left: that is what the bar judges.

Run `XL_MMM_PEER_DATA=<folder> python tests/benchmarks/bench_peer_data.py`; the folder holds Robyn's, PyMC-Marketing's
and Meridian's example files, which are not part of this project. Without the folder only the speed is measured. Exits
with 1 when a file is refused or a bar is missed.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from xl_mmm.dataset import Dataset
from xl_mmm.fitting import fit
from xl_mmm.response import media_contribution
from xl_mmm.spec import METHODS

MANY = 70_000  # draws
LARGEST_ERROR = 0.05  # mean over channels, `bayes`
BAR_SECONDS = 5.0  # 3,650 rows by 50 channels, on any machine of the last ten years
MERIDIAN_CHANNELS = [f"Channel{i}_spend" for i in range(4)]
MERIDIAN: dict[str, Any] = {
    "date": "time",
    "kpi": "conversions",
    "spend": MERIDIAN_CHANNELS,
    "media": {name: name.replace("spend", "impression") for name in MERIDIAN_CHANNELS},
    "controls": ["competitor_activity_score_control", "sentiment_score_control"],
    "revenue_per_kpi": "revenue_per_conversion",
}
PEERS: dict[str, dict[str, Any]] = {
    "robyn_dt_simulated_weekly.csv": {
        "date": "DATE",
        "kpi": "revenue",
        "spend": ["tv_S", "ooh_S", "print_S", "search_S", "facebook_S"],
        "media": {"facebook_S": "facebook_I", "search_S": "search_clicks_P"},
        "organic": ["newsletter"],
        "controls": ["competitor_sales_B"],
    },
    "pymc_mmm_example.csv": {
        "date": "date_week",
        "kpi": "y",
        "spend": ["x1", "x2"],
        "controls": ["event_1", "event_2"],
    },
    "meridian_national_media.csv": MERIDIAN,
    "meridian_geo_media.csv": MERIDIAN | {"geo": "geo"},
}


def peer_files(folder: Path) -> None:
    """Load every file, print its size and what is for review; Meridian's two files must tell the same story."""
    loaded = {}
    for name, roles in PEERS.items():
        start = time.perf_counter()
        data = loaded[name] = Dataset.from_frame(pd.read_csv(folder / name), **roles)
        took = time.perf_counter() - start
        geos = 1 if data.geo is None else len(data.geo.names)
        print(f"{name:32s} {data.grain} {geos:3d} x {data.n_weeks} rows  {took:5.2f} s  {data.sha[:12]}")
        for fault in data.faults:
            print(f"    REVIEW {fault.sentence}")
    nation, regions = (loaded[f"meridian_{part}_media.csv"] for part in ("national", "geo"))
    apart = float(np.abs(regions.kpi / nation.kpi - 1).max())
    print(f"Meridian's regions add up to its nation within {apart:.1e}")
    if apart > 1e-6:
        sys.exit("the sums of the regions do not tie to the national file")


def truth(folder: Path) -> bool:
    """Compare contributions of the default specification with the published truth; return whether the bar holds."""
    known = json.loads((folder / "pymc_mmm_example_truth.json").read_text())["total_contribution"]
    data = Dataset.from_frame(pd.read_csv(folder / "pymc_mmm_example.csv"), **PEERS["pymc_mmm_example.csv"])
    held = False
    print("pymc_mmm_example, default specification: contribution against truth, 90 % range")
    for method, draws in (*((method, None) for method in METHODS), ("bayes", MANY)):
        posterior = fit(data, method=method, draws=draws).posterior
        away = np.concatenate([media_contribution(part)[0].sum(axis=1) for part in posterior.blocks(256)])
        away /= [known[name] for name in data.channels]
        away -= 1
        low, high = np.quantile(away, [0.05, 0.95], axis=0)
        of = method if draws is None else f"{method}, {draws:,} draws"
        for k, name in enumerate(data.channels):
            print(f"    {of:21s}{name:4s}{away[:, k].mean():+7.1%}  ({low[k]:+.1%} to {high[k]:+.1%})")
        error = float(np.abs(away.mean(axis=0)).mean())
        held = error <= LARGEST_ERROR and bool(((low <= 0) & (high >= 0)).all())  # of the last
        print(f"    {of:21s}mean {error:.2%}")
    print("PASS" if held else "FAIL", f"truth inside the ranges, mean error at most {LARGEST_ERROR:.0%}")
    return held


def speed() -> float:
    """Return the seconds that checking 3,650 days of 50 channels takes."""
    rng = np.random.default_rng(0)
    days = 3650
    frame = pd.DataFrame({f"channel {i}": rng.gamma(2, 100, days) for i in range(50)})
    spend = list(frame.columns)
    frame["day"], frame["sales"] = pd.date_range("2015-01-01", periods=days), rng.normal(1e5, 1e3, days)
    start = time.perf_counter()
    data = Dataset.from_frame(frame, date="day", kpi="sales", spend=spend)
    took = time.perf_counter() - start
    if data.faults:
        sys.exit(f"sound data were doubted: {data.faults[0].sentence}")
    return took


if __name__ == "__main__":
    held = True
    if os.environ.get("XL_MMM_PEER_DATA"):
        peer_files(Path(os.environ["XL_MMM_PEER_DATA"]))
        held = truth(Path(os.environ["XL_MMM_PEER_DATA"]))
    seconds = speed()
    print(f"3,650 rows x 50 channels checked in {seconds:.2f} s (bar {BAR_SECONDS:.0f} s)")
    sys.exit(not held or seconds > BAR_SECONDS)
