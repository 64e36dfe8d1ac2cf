"""The peers' published data sets load, the one with a known truth is fitted, and 3,650 days of 50 channels are checked.

Run `XL_MMM_PEER_DATA=<folder> python tests/benchmarks/bench_peer_data.py`; the folder holds Robyn's, PyMC-Marketing's
and Meridian's example files, which are not part of this project. Without the folder only the speed is measured. Exits
with 1 when a file is refused or the bar is missed.
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


def truth(folder: Path) -> None:
    """Compare contributions of the default specification with the published truth, by method."""
    known = json.loads((folder / "pymc_mmm_example_truth.json").read_text())["total_contribution"]
    data = Dataset.from_frame(pd.read_csv(folder / "pymc_mmm_example.csv"), **PEERS["pymc_mmm_example.csv"])
    print("pymc_mmm_example, default specification: contribution against truth, 90 % range")
    for method in METHODS:
        draws = media_contribution(fit(data, method=method).posterior)[0].sum(axis=1)
        for k, name in enumerate(data.channels):
            low, high = np.quantile(draws[:, k], [0.05, 0.95]) / known[name] - 1
            mean = draws[:, k].mean() / known[name] - 1
            print(f"    {method:6s}{name:4s}{mean:+7.1%}  ({low:+.1%} to {high:+.1%})")


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
    if os.environ.get("XL_MMM_PEER_DATA"):
        peer_files(Path(os.environ["XL_MMM_PEER_DATA"]))
        truth(Path(os.environ["XL_MMM_PEER_DATA"]))
    seconds = speed()
    print(f"3,650 rows x 50 channels checked in {seconds:.2f} s (bar {BAR_SECONDS:.0f} s)")
    sys.exit(seconds > BAR_SECONDS)
