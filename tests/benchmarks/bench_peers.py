"""Time, memory and effective draws of `bayes` beside PyMC-Marketing with nutpie and Meridian, on the same tables.

Each system runs in a process and an environment of its own, one after the other, with its documented settings: nutpie
with 4 chains of 1,000 + 1,000, Meridian with 10 chains of 2,000 + 500 + 1,000. All get the same CSV: spend, controls, a
line and two harmonics of the year (as their own option, or as columns where there is none). After each, `bayes` fits
with ever more draws until its least and its median ESS are no less than the peer's; that fit runs three times, and its
row is the middle one by time.

fit: seconds from the table in memory to the posterior, models built and compiled included, modules loaded before.
process: from starting Python to the table of ROI, imports included. peak: most memory held up to then. ESS: bulk and
tail, computed here from the draws, chain by chain, for each channel's ROI, carryover and saturation, and the noise;
least and median of these.
error: mean |ROI / truth − 1| over channels, where the truth is known.

The bars: fit 20 and 40 times faster than the two, the whole process 15 times, at equal or better ESS; at most 400 MB;
and the time of a fit grows no faster than weeks x channels from 104 x 4 to 260 x 16. On a machine that others use,
compare CPU seconds: PyMC-Marketing and Meridian use all cores, `bayes` one.

Environments are made in the user's cache folder, or taken from one that is given. PyMC-Marketing's example is run too
when XL_MMM_PEER_DATA names the folder that holds it; its spend, an index, is made money of the KPI's size for all.

    python -m tests.benchmarks.bench_peers [--environments FOLDER] [--data NAME ...] [--peers NAME ...]
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from platformdirs import user_cache_path

from xl_mmm.simulation import simulate

DRIVERS = Path(__file__).with_name("peers")
SEEDS = {"104 x 4": (104, 4, 11), "156 x 8": (156, 8, 12)}
EXAMPLE, INDEX_POINT = "pymc_mmm_example", 2_000.0  # Meridian's prior is on ROI: about 1, not thousands


@dataclass(frozen=True, slots=True)
class System:
    """A program to run: its driver, the folder and packages of its environment, its sampler's settings."""

    title: str
    driver: str
    settings: dict[str, int]
    folder: str = ""
    packages: tuple[str, ...] = ()  # none: our own environment


@dataclass(frozen=True, slots=True)
class Peer:
    """A system, and how many times faster our fit must be."""

    system: System
    faster: float


PEERS = {
    "pymc": Peer(
        System(
            "PyMC-Marketing, nutpie", "pymc_marketing_nutpie.py", {"chains": 4, "tune": 1000, "draws": 1000}, "pymc",
            ("pymc-marketing==0.19.2", "nutpie==0.16.8"),
        ),
        20.0,
    ),
    "meridian": Peer(
        System(
            "Meridian", "google_meridian.py", {"n_chains": 10, "n_adapt": 2000, "n_burnin": 500, "n_keep": 1000},
            "meridian", ("google-meridian==2.1.0",),
        ),
        40.0,
    ),
}  # fmt: skip
PROCESS_FASTER, MOST_MEMORY = 15.0, 400.0
CHAINS, MORE = 64, 1.05  # of ours; how many times more draws are tried next
ESS = ("ess", "ess_median")
GROWTH = ((104, 4), (156, 8), (208, 8), (260, 16))
GROWTH_SEEDS = (11, 12, 13)


def market(weeks: int, channels: int, seed: int) -> tuple[pd.DataFrame, dict[str, Any], dict[str, float]]:
    """Return a simulated table without history, its roles, and the true ROI."""
    made = simulate(weeks=weeks, channels=channels, seed=seed, rho=0.3, history=0)
    roles = {"date": "date", "kpi": "revenue", "spend": list(made.dataset.channels)}
    roles["controls"] = list(made.dataset.controls)
    return made.frame, roles, dict(zip(made.dataset.channels, made.truth.roi.tolist(), strict=True))


def example(folder: Path) -> tuple[pd.DataFrame, dict[str, Any], dict[str, float]]:
    """Return PyMC-Marketing's example, its roles, and its published ROI."""
    frame = pd.read_csv(folder / f"{EXAMPLE}.csv")
    frame = frame.drop(columns=["dayofyear", "t"])
    frame[["x1", "x2"]] *= INDEX_POINT
    known = json.loads((folder / f"{EXAMPLE}_truth.json").read_text())["total_contribution"]
    roles = {"date": "date_week", "kpi": "y", "spend": ["x1", "x2"], "controls": ["event_1", "event_2"]}
    return frame, roles, {name: known[name] / float(frame[name].sum()) for name in roles["spend"]}


def with_baseline(frame: pd.DataFrame, date: str) -> tuple[pd.DataFrame, list[str]]:
    """Add a line and two harmonics of the year as columns, and return their names."""
    day = pd.to_datetime(frame[date]).to_numpy().astype("datetime64[D]").astype(float)
    columns = {"trend_line": (day - day[0]) / (day[-1] - day[0]) - 0.5}
    for order in (1, 2):
        angle = 2 * np.pi * order * day / 365.25
        columns |= {f"sin_{order}": np.sin(angle), f"cos_{order}": np.cos(angle)}
    return frame.assign(**columns), list(columns)


def python_of(system: System, environments: Path) -> Path:
    """Return the system's Python; makes its environment where there is none."""
    if not system.packages:
        return Path(sys.executable)
    folder = environments / system.folder
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        print(f"making an environment for {', '.join(system.packages)}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *system.packages], check=True)
    return python


def run(system: System, python: Path, task: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Run one driver; returns its answer with seconds of the process and effective draws."""
    draws = folder / "draws.npz"
    argument = json.dumps({**task, "draws": str(draws), "settings": system.settings})
    path = dict(os.environ) if system.packages else {**os.environ, "PYTHONPATH": str(DRIVERS.parents[2])}
    started = time.time()
    done = subprocess.run([python, DRIVERS / system.driver, argument], capture_output=True, text=True, env=path)
    if done.returncode:
        raise RuntimeError(f"{system.driver} failed:\n{done.stderr[-3000:]}")
    said: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    with np.load(draws) as kept:
        ess = [size for name in kept.files for size in effective(kept[name])]
    took = {"process": said["finished"] - started, "ess": min(ess), "ess_median": float(np.median(ess))}
    return {"system": f"{system.title} {said['version']}", **said, **took}


def effective(chains: np.ndarray) -> list[float]:
    """Return bulk and tail ESS of (chain, draw)."""
    from arviz_stats.base import array_stats

    def of(how: str, prob: tuple[float, float] | None) -> float:
        return float(array_stats.ess(chains, chain_axis=0, draw_axis=1, method=how, prob=prob))

    return [of("bulk", None), of("tail", (0.05, 0.95))]


def compared(source: Callable[[], Any], name: str, pythons: dict[str, Path]) -> list[dict[str, Any]]:
    """Run the peers on one table, and ours beside each; returns a peer's row with ours inside."""
    frame, roles, truth = source()
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        wide, baseline = with_baseline(frame, roles["date"])
        wide.to_csv(folder / "data.csv", index=False)
        task = {**roles, "csv": str(folder / "data.csv"), "baseline": baseline}
        for key, python in pythons.items():
            theirs = run(PEERS[key].system, python, task, folder)
            middle = matched(theirs, task, folder)
            for row in (theirs, middle):
                row["data"] = name
                row["error"] = float(np.mean([abs(row["roi"][k] / truth[k] - 1) for k in truth]))
                print(printed(row), flush=True)
            rows.append({**theirs, "peer": key, "own": middle})
    return rows


def matched(theirs: dict[str, Any], task: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return our row with the fewest draws tried that are worth the peer's."""
    draws = theirs["ess_median"]
    while True:
        draws = CHAINS * math.ceil(draws / CHAINS)
        own = System("xl_mmm", "own.py", {"draws": draws})
        first = run(own, Path(sys.executable), task, folder)
        if all(first[size] >= theirs[size] for size in ESS):
            break
        draws *= MORE
    ours = [first, *(run(own, Path(sys.executable), task, folder) for _ in range(2))]
    middle = sorted(ours, key=lambda row: row["fit"])[1]
    return {**middle, "system": f"{middle['system']}, {draws:,} draws"}


def printed(row: dict[str, Any]) -> str:
    """Return a row of the table, in Markdown."""
    times = f"{row['fit']:.1f} | {row['cpu']:.1f} | {row['process']:.1f} | {row['peak']:.0f}"
    ess = f"{row['ess']:,.0f} | {row['ess_median']:,.0f}"
    return f"| {row['data']} | {row['system']} | {times} | {ess} | {row['error']:.0%} |"


def growth() -> bool:
    """Print CPU seconds of a fit by size, the median over seeds; return whether they grow no faster than T·K."""
    from xl_mmm.fitting import fit

    seconds = []
    for weeks, channels in GROWTH:
        own, work = [], []
        for seed in GROWTH_SEEDS:
            data = simulate(weeks=weeks, channels=channels, seed=seed, rho=0.3).dataset
            started = time.process_time()
            model = fit(data, method="bayes")
            own.append(time.process_time() - started)
            work.append(own[-1] / model.posterior.sampling.evaluations)
        seconds.append(float(np.median(own)))
        size, least = weeks * channels, GROWTH[0][0] * GROWTH[0][1]
        print(
            f"{weeks} x {channels}: {seconds[-1]:.1f} CPU s, {1e6 * np.median(work):.0f} µs a density;"
            f" {seconds[-1] / seconds[0]:.1f} times the first, T·K {size / least:.1f} times",
            flush=True,
        )
    return seconds[-1] / seconds[0] <= GROWTH[-1][0] * GROWTH[-1][1] / (GROWTH[0][0] * GROWTH[0][1])


def bars(rows: list[dict[str, Any]]) -> dict[str, bool]:
    """Return each bar and whether it holds."""
    held = {}
    for row in rows:
        own, least = row["own"], PEERS[row["peer"]].faster
        fit, cpu, process = (row[time] / own[time] for time in ("fit", "cpu", "process"))
        of = f"{row['data']}, {row['system']}"
        held[f"{of}: fit {fit:.0f} times faster, at least {least:.0f} (CPU seconds: {cpu:.0f} times)"] = fit >= least
        held[f"{of}: process {process:.0f} times faster, at least {PROCESS_FASTER:.0f}"] = process >= PROCESS_FASTER
        sizes = " and ".join(f"{own[size]:,.0f} against {row[size]:,.0f}" for size in ESS)
        held[f"{of}: least and median ESS {sizes}"] = all(own[size] >= row[size] for size in ESS)
        held[f"{of}: {own['peak']:.0f} MB, at most {MOST_MEMORY:.0f}"] = own["peak"] <= MOST_MEMORY
    return held


def main() -> int:
    """Print the table and the bars; return 1 when a bar is missed."""
    sources: dict[str, Callable[[], Any]] = {name: lambda given=given: market(*given) for name, given in SEEDS.items()}
    if folder := os.environ.get("XL_MMM_PEER_DATA"):
        sources[EXAMPLE] = lambda: example(Path(folder))
    parser = argparse.ArgumentParser(description="bayes beside its peers.")
    parser.add_argument("--environments", type=Path, default=user_cache_path("xl_mmm") / "peers")
    parser.add_argument("--data", nargs="*", choices=list(sources), default=list(sources))
    parser.add_argument("--peers", nargs="*", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--results", type=Path, help="file for the rows, one line of JSON each")
    parser.add_argument("--no-growth", action="store_true", help="leave out the sizes up to 260 x 16")
    given = parser.parse_args()
    pythons = {key: python_of(PEERS[key].system, given.environments) for key in given.peers}
    print("| data | system | fit s | CPU s | process s | peak MB | least ESS | median ESS | ROI error |")
    print("|---|---|---|---|---|---|---|---|---|")
    rows = [row for name in given.data for row in compared(sources[name], name, pythons)]
    if given.results:
        given.results.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    held = bars(rows)
    if not given.no_growth:
        held["time grows no faster than weeks x channels"] = growth()
    for bar, holds in held.items():
        print("PASS" if holds else "FAIL", bar)
    return 0 if all(held.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
