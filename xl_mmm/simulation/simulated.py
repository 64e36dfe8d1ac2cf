"""An invented market as an analyst gets it, with the truth beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from xl_mmm.dataset import Dataset
from xl_mmm.errors import SpecError
from xl_mmm.rules.calendar import PERIOD_WEEKS
from xl_mmm.simulation.market import HABITS, KNOTS, Array, make_control, make_market, make_spend, wandering
from xl_mmm.simulation.truth import Truth, draw_truth, response
from xl_mmm.spec import ADSTOCK_NAMES, SATURATION_NAMES, ChannelSpec, ModelSpec

if TYPE_CHECKING:
    import pandas as pd

MAX_LAG = 12  # weeks

ORGANIC_NAMES = ("Newsletter", "Blog", "PR")
CONTROL_NAMES = ("Promotion", "Price index", "Competitor index", "Temperature")


@dataclass(frozen=True, slots=True, eq=False)
class Simulated:
    """A market, as an analyst gets it and as it is.

    Attributes
    ----------
    frame
        The table, history rows included; first column `date`, then `revenue`.
    dataset
        The table as `Dataset`.
    spec
        Choices under which the model can be right: the true families, knots if the trend bends.
    truth
        What made the data.
    """

    frame: pd.DataFrame
    dataset: Dataset
    spec: ModelSpec
    truth: Truth

    def contribution(self, multipliers: Mapping[str, float] | ArrayLike = 1.0) -> Array:
        """Return (n_weeks, n_names) the true contribution when the window's media are scaled.

        Parameters
        ----------
        multipliers
            Name -> factor (names left out stay), or an array: scalar, (n_names,) or (n_weeks, n_names). An array over
            the paid channels alone leaves organic media as they are.
        """
        full = np.ones((self.dataset.n_weeks, len(self.truth.names)))
        if isinstance(multipliers, Mapping):
            unknown = set(multipliers) - set(self.truth.names)
            if unknown:
                raise SpecError(f"No channel is called {sorted(unknown)}; the market has {self.truth.names}.")
            full *= [multipliers.get(name, 1.0) for name in self.truth.names]
        else:
            factors = np.asarray(multipliers, dtype=float)
            width = factors.shape[-1] if factors.ndim else len(self.truth.names)
            full[:, :width] *= factors
        media = np.concatenate([self.dataset.media, self.dataset.organic_media], axis=1)
        media[self.dataset.window] *= full
        columns = []
        for j, name in enumerate(self.truth.names):
            total, carried = response(media[:, j], self.dataset, self.spec.channel(name), self.truth.parameters[name])
            columns.append((total - carried)[self.dataset.window])
        return np.column_stack(columns)

    def outcome(self, multipliers: Mapping[str, float] | ArrayLike = 1.0) -> float:
        """Return the incremental revenue of paid media in the window under a plan, money."""
        return float(self.contribution(multipliers)[:, : len(self.dataset.channels)].sum())


def simulate(
    weeks: int = 156,
    channels: int = 4,
    *,
    seed: int,
    adstock: str | Sequence[str] = "geometric",
    saturation: str | Sequence[str] = "hill",
    rho: float = 0.0,
    noise: float = 0.05,
    confounding: float = 0.5,
    trend_break: bool = True,
    history: int = 26,
    organic: int = 0,
    controls: int = 2,
    grain: str = "weekly",
    start: str = "2021-01-04",
    names: Sequence[str] | None = None,
) -> Simulated:
    """Make a market of a plausible mid-sized retailer.

    Parameters
    ----------
    weeks, history
        Weeks of the window and before it; the number of rows follows from `grain`.
    channels, organic, controls
        How many of each; the first control is a promotion that raises sales and spend alike.
    seed
        Same seed, same market.
    adstock, saturation
        Family of all channels, or one for each (paid, then organic).
    rho, noise
        Autocorrelation and standard deviation of the noise, the latter as a share of the mean KPI.
    confounding
        How far spend follows demand: 0 not at all; at 1 a promotion raises the spend of a channel such as search by
        80 %.
    trend_break
        Whether the trend bends at a quarter, the half or three quarters of the window.
    grain
        `"daily"`, `"weekly"` or `"monthly"`.
    start
        First day of the window.
    names
        Names of the paid channels.

    Returns
    -------
    Simulated

    Raises
    ------
    SpecError
        When a family is unknown or the number of names does not fit.
    """
    rng = np.random.default_rng(seed)
    paid = _channel_names(channels, names)
    unpaid = [_nth(ORGANIC_NAMES, j, "Organic") for j in range(organic)]
    carryovers = _families(adstock, channels + organic, ADSTOCK_NAMES)
    curves = _families(saturation, channels + organic, SATURATION_NAMES)
    dates, n_history = _dates(weeks, history, grain, start)
    period = PERIOD_WEEKS[grain]
    market = make_market(rng, dates, n_history, period, trend_break, controls > 0)
    spend = [make_spend(rng, HABITS[k % len(HABITS)], market, confounding) for k in range(channels)]
    sends = [np.round(rng.uniform(2e4, 8e4) * period * wandering(rng, len(dates), period)) for _ in range(organic)]
    others = [make_control(rng, j, len(dates), period) for j in range(1, controls)]
    control_names = [_nth(CONTROL_NAMES, j, "Control") for j in range(controls)]
    columns: dict[str, NDArray[Any]] = {"date": dates, "revenue": market.baseline}
    columns |= dict(zip(paid, spend, strict=True)) | dict(zip(unpaid, sends, strict=True))
    columns |= dict(zip(control_names, [market.promotion, *others][:controls], strict=True))
    parts = {"spend": paid, "organic": unpaid, "controls": control_names}
    spec = ModelSpec(
        channels={
            name: ChannelSpec(adstock=carryover, saturation=curve, max_lag=MAX_LAG)
            for name, carryover, curve in zip([*paid, *unpaid], carryovers, curves, strict=True)
        },
        knots=KNOTS if trend_break else 0,
    )
    without_kpi, _ = _as_dataset(columns, parts, grain, dates[n_history])
    truth, columns["revenue"] = draw_truth(rng, without_kpi, spec, market, rho, noise)
    dataset, frame = _as_dataset(columns, parts, grain, dates[n_history])
    return Simulated(frame=frame, dataset=dataset, spec=spec, truth=truth)


def _dates(weeks: int, history: int, grain: str, start: str) -> tuple[NDArray[np.datetime64], int]:
    """Return first days of all periods, and how many of them lie before the window."""
    if grain not in PERIOD_WEEKS:
        raise SpecError(f"grain is {grain!r}; choose one of {', '.join(PERIOD_WEEKS)}.")
    rows, before = (round(length / PERIOD_WEEKS[grain]) for length in (weeks, history))
    steps = np.arange(-before, rows)
    if grain == "monthly":
        return (np.datetime64(start, "M") + steps).astype("datetime64[D]"), before
    return np.datetime64(start, "D") + steps * (1 if grain == "daily" else 7), before


def _as_dataset(
    columns: Mapping[str, NDArray[Any]], parts: Mapping[str, list[str]], grain: str, first: np.datetime64
) -> tuple[Dataset, pd.DataFrame]:
    import pandas as pd

    frame = pd.DataFrame(dict(columns))
    window = (str(first), None)
    spend, controls, organic = parts["spend"], parts["controls"], parts["organic"]
    dataset = Dataset.from_frame(
        frame, date="date", kpi="revenue", spend=spend, controls=controls, organic=organic, window=window, grain=grain
    )
    return dataset, frame


def _channel_names(channels: int, names: Sequence[str] | None) -> list[str]:
    if names is None:
        return [_nth(tuple(habit.name for habit in HABITS), k, "Channel") for k in range(channels)]
    if len(names) != channels:
        raise SpecError(f"{len(names)} names are given for {channels} channels.")
    return list(names)


def _nth(known: tuple[str, ...], k: int, otherwise: str) -> str:
    return known[k] if k < len(known) else f"{otherwise} {k + 1}"


def _families(given: str | Sequence[str], count: int, known: tuple[str, ...]) -> list[str]:
    families = [given] * count if isinstance(given, str) else list(given)
    if len(families) != count or not set(families) <= set(known):
        raise SpecError(
            f"{given!r} does not name a family for each of {count} channels; choose from {', '.join(known)}."
        )
    return families
