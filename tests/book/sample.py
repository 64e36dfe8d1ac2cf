"""A made-up market with consistent numbers: what a book is built from in these tests."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from xl_mmm.book.inputs import BuildInputs
from xl_mmm.book.job import run_book
from xl_mmm.book.template import VALUES, build_book
from xl_mmm.rules import Roles
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    from pathlib import Path

CHANNELS = ("tv", "search", "social", "online_video", "out_of_home")
SPEND = np.array([4.2e6, 2.6e6, 1.6e6, 0.9e6, 0.65e6])
MANY = tuple(f"channel {i}" for i in range(1, 16))
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
    settings = {n.SET_MARGIN: MARGIN, n.SET_CURRENCY: "EUR", n.SET_DRAWS: DRAWS, n.SET_METHOD: "ols"}
    return BuildInputs.start(sample_columns(weeks, channels), roles, settings)


def run_sample(path: Path, inputs: BuildInputs, flavor: str = VALUES) -> Path:
    """Build a book, run it, and return its path."""
    build_book(path, inputs, flavor)
    run_book(path)
    return path
