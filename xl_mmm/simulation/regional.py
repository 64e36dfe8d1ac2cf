"""Regions with known truth: markets of different sizes and responses in one panel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from xl_mmm.dataset import Dataset
from xl_mmm.simulation.simulated import Simulated, simulate

if TYPE_CHECKING:
    import pandas as pd

    from xl_mmm.spec import ModelSpec

REGION = "region"


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedRegions:
    """A panel, as an analyst gets it and as it is.

    Attributes
    ----------
    frame
        The table, history rows included; first columns `region`, `date`, `revenue`.
    dataset
        The table as `Dataset`.
    spec
        Choices under which every region's model can be right.
    markets
        Region -> its market with its truth.
    """

    frame: pd.DataFrame
    dataset: Dataset
    spec: ModelSpec
    markets: Mapping[str, Simulated]

    def outcome(self, multiples: Mapping[tuple[str, str], float]) -> float:
        """Return the true incremental revenue of paid media when (region, channel) spend is scaled; 1 if left out."""
        return sum(
            market.outcome({name: multiples.get((region, name), 1.0) for name in market.dataset.channels})
            for region, market in self.markets.items()
        )


def simulate_regions(sizes: Mapping[str, float], *, seed: int, **options: Any) -> SimulatedRegions:
    """Make one market for each region, of its own size, demand, buying and response.

    Parameters
    ----------
    sizes
        Region -> size, a multiple of the retailer that `simulate` makes.
    seed
        Same seed, same regions.
    options
        As `simulate` has them, but for families: the response is a Hill curve of geometric carryover.
    """
    import pandas as pd

    seeds = np.random.SeedSequence(seed).generate_state(len(sizes))
    markets = {
        region: sized(simulate(seed=int(own), **options), size)
        for own, (region, size) in zip(seeds, sizes.items(), strict=True)
    }
    first = next(iter(markets.values()))
    frame = pd.concat(
        [market.frame.assign(**{REGION: region}) for region, market in markets.items()], ignore_index=True
    )
    frame = frame[[REGION, *first.frame.columns]]
    roles, window = first.dataset.roles, first.dataset.window_dates[0]
    dataset = Dataset.from_frame(
        frame, date="date", kpi="revenue", spend=roles.spend, controls=roles.controls, organic=roles.organic,
        geo=REGION, window=(str(window), None), grain=first.dataset.grain,
    )  # fmt: skip
    return SimulatedRegions(frame, dataset, first.spec, markets)


def sized(market: Simulated, size: float) -> Simulated:
    """Return the same market with money `size` times as large, its response along with it."""
    paid = list(market.dataset.channels)
    frame = market.frame.copy()
    frame[["revenue", *paid]] *= size
    own, truth = market.dataset, market.truth
    dataset = Dataset.from_frame(
        frame, date="date", kpi="revenue", spend=paid, controls=own.controls, organic=own.organic,
        window=(str(own.window_dates[0]), None), grain=own.grain,
    )  # fmt: skip
    grown = {
        name: {key: value * size if key in _scaled(name in paid) else value for key, value in values.items()}
        for name, values in truth.parameters.items()
    }
    larger = replace(
        truth, parameters=grown, contribution=truth.contribution * size, carry_in=truth.carry_in * size,
        baseline=truth.baseline * size, controls=truth.controls * size, noise=truth.noise * size,
    )  # fmt: skip
    return Simulated(frame, dataset, market.spec, larger)


def _scaled(is_paid: bool) -> tuple[str, ...]:
    """Return the parameters in money; organic media keep their own unit."""
    return ("coefficient", "half_saturation") if is_paid else ("coefficient",)
