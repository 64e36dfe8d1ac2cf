"""How far draws of `bayes` lie from the long runs of NUTS in `tests/golden/nuts_reference.json`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from xl_mmm.response import media_contribution, outcome_weights

if TYPE_CHECKING:
    from xl_mmm.posterior import Posterior

GOLDEN = Path(__file__).parents[1] / "golden" / "nuts_reference.json"
RUNS = json.loads(GOLDEN.read_text(encoding="utf-8"))["data_sets"]
MEAN_APART, SD_APART = 0.05, 0.05  # of NUTS's standard deviation
ENOUGH = 10_000  # effective draws on both sides
SPARED = 1e-4  # share of the draws
AT_ONCE = 256  # draws whose contributions by week are held at once


@dataclass(frozen=True, slots=True)
class Difference:
    """One quantity: (ours − NUTS) / sd of NUTS for the mean, ours / NUTS − 1 for the standard deviation."""

    place: str
    name: str
    mean: float
    sd: float


def quantities(posterior: Posterior) -> dict[tuple[str, str], np.ndarray]:
    """Return (place, name) -> (draw,), everything that the reference holds."""
    media, data = posterior.media, posterior.dataset
    found = {
        (name, parameter): values[:, k]
        for parameter, values in media.values.items()
        for k, name in enumerate(media.names)
    }
    gained, money, weights = [], [], outcome_weights(data)
    for block in posterior.blocks(AT_ONCE):
        contribution = media_contribution(block)[0]
        gained.append(contribution.sum(axis=1))
        money.append(np.einsum("btk,t->bk", contribution, weights))
    total, revenue = np.concatenate(gained), np.concatenate(money)
    for k, name in enumerate(media.names):
        found[name, "coefficient"] = media.coefficient[:, k]
        found[name, "contribution"] = total[:, k]
        if k < len(data.channels):
            found[name, "roi"] = revenue[:, k] / data.spend[data.window, k].sum()
        else:
            found[name, "share"] = total[:, k] / data.window_kpi.sum()
    found["media", "contribution"] = total.sum(axis=1)
    for j, (name, group) in enumerate(zip(posterior.design.names, posterior.design.group, strict=True)):
        found["controls" if group == "control" else "baseline", name] = posterior.linear[:, j]
    return {**found, ("noise", "sigma"): posterior.sigma, ("noise", "rho"): posterior.rho}


def differences(name: str, *posteriors: Posterior) -> list[Difference]:
    """Compare posteriors of one model with a reference run of the same data, quantity by quantity, draws together.

    The `SPARED` of the draws that lie farthest out count for no standard deviation: a coefficient's tail is so heavy
    that two draws of 70,000 can make a fifth of it. Of a normal they make a thousandth.
    """
    run, each = RUNS[name], [quantities(one) for one in posteriors]
    assert all(one.dataset.sha == run["data"] for one in posteriors), "the data are not those of the reference"
    ours = {key: np.concatenate([one[key] for one in each]) for key in each[0]}
    found = []
    for place, held in run["quantities"].items():
        for quantity, theirs in held.items():
            own, sd = ours[place, quantity], theirs["sd"]
            away = np.abs(own - own.mean())
            near = own[away <= np.quantile(away, 1 - SPARED)]
            found.append(Difference(place, quantity, (own.mean() - theirs["mean"]) / sd, near.std() / sd - 1))
    return found
