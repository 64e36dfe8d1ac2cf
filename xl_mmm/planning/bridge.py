"""From plan A to plan B: what changes, channel by channel and reason by reason, adding up to the difference exactly.

Outcome is incremental revenue of the window from paid media, plus what a plan's assumptions add to today's baseline
(`planning.outcome`). Media revenue is a sum of one response a channel, so channels share nothing: a channel's part is
its own revenue under B less that under A. The baseline is linear, so market and each control have a part of their own.

Within a channel, let X be its money, R its revenue in the window, C what its money earns after the window ends and no
longer counts (carry-out, no later spend), L = R + C all that its money brings, and r = L / X its long return. Then

    R_B - R_A  =  spend + efficiency + media cost + carryover timing

carryover timing    -(C_B - C_A): effect that moves out of the window, or back into it, with the weeks of the money;
media cost          L at B's price of media less L at A's, the money's weeks and sums unchanged;
spend               the change of money at the mean of the two long returns, (X_B - X_A) (r_A + r_B) / 2;
efficiency          the change of the long return on the mean of the two sums, (r_B - r_A) (X_A + X_B) / 2: a saturated
                    channel returns less on more money, and other weeks may return more or less.

Price and money act on each other, so each is taken before and after the other and the two answers are averaged
(Shapley 1953); spend and efficiency already are such averages. No part depends on an order, and the bridge from B to A
is the same with signs turned. A channel without money under one plan has no return there: all it brings is spend.

Every part is a function of the draw, A and B in the same draw, so ranges of parts and of their sums are paired.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import PlanError
from xl_mmm.measures.draws import interval
from xl_mmm.measures.plan_revenue import plan_carry_out, plan_revenue
from xl_mmm.planning.outcome import MULTIPLES
from xl_mmm.planning.scenario import Scenario, WeeklyPlan, assumed
from xl_mmm.planning.scenario_table import as_scenarios, with_today

if TYPE_CHECKING:
    import pandas as pd

    from xl_mmm.planning.periods import Horizon
    from xl_mmm.posterior import Posterior

Array = NDArray[np.float64]

SPEND, EFFICIENCY, MEDIA_COST, TIMING = REASONS = ("spend", "efficiency", "media_cost", "timing")
MARKET = "market"


@dataclass(frozen=True, slots=True, eq=False)
class Bridge:
    """The difference between two plans, taken apart.

    Attributes
    ----------
    names
        Names of A and B.
    channels, controls
        Names.
    level
        Width of the ranges.
    money
        (plan, channel) spend of A and of B.
    outcomes
        (draw, plan) outcome of A and of B.
    media
        (reason, draw, channel) parts in the order of `REASONS`.
    baseline
        (draw, driver) parts of the market and of each control.
    """

    names: tuple[str, str]
    channels: tuple[str, ...]
    controls: tuple[str, ...]
    level: float
    money: Array
    outcomes: Array
    media: Array
    baseline: Array

    @property
    def difference(self) -> Array:
        """(draw,) outcome of B less that of A."""
        difference: Array = self.outcomes[:, 1] - self.outcomes[:, 0]
        return difference

    def by_reason(self) -> pd.DataFrame:
        """Return A, each reason, and B.

        Returns
        -------
        DataFrame
            Index `part`: A's name, `REASONS`, `market`, controls, B's name; `value low high` in money, mean over draws
            and range. The values between the plans add up to the difference of theirs.
        """
        parts = np.column_stack([self.outcomes[:, 0], *self.media.sum(axis=2), self.baseline, self.outcomes[:, 1]])
        return self._table((self.names[0], *REASONS, MARKET, *self.controls, self.names[1]), parts)

    def by_channel(self) -> pd.DataFrame:
        """Return what each channel, the market and each control change.

        Returns
        -------
        DataFrame
            Index `part`: channels, `market`, controls; `money` more or less spent; `value low high`; and the means of
            `REASONS`, which add up to `value` (NaN where there is no money). Values add up to the difference.
        """
        table = self._table(
            (*self.channels, MARKET, *self.controls), np.column_stack([self.media.sum(axis=0), self.baseline])
        )
        blank = np.full(self.baseline.shape[1], np.nan)
        table.insert(0, "money", np.concatenate([self.money[1] - self.money[0], blank]))
        for reason, draws in zip(REASONS, self.media, strict=True):
            table[reason] = np.concatenate([draws.mean(axis=0), blank])
        return table

    def _table(self, names: Sequence[str], draws: Array) -> pd.DataFrame:
        import pandas as pd

        low, high = interval(draws, self.level)
        columns = {"value": draws.mean(axis=0), "low": low, "high": high}
        return pd.DataFrame(columns, index=pd.Index(names, name="part"))


def bridge(
    posterior: Posterior,
    table: pd.DataFrame | Mapping[str, Mapping[str, float]] | Sequence[Scenario],
    start: str,
    end: str,
    *,
    unit: str = MULTIPLES,
    level: float = 0.90,
    horizon: Horizon | None = None,
) -> Bridge:
    """Take the difference between two plans apart.

    Parameters
    ----------
    posterior
        Draws of the model.
    table, unit, horizon
        Plans as in `scenarios`.
    start, end
        Names of A and B; `Today` is always there.
    level
        Width of the ranges.

    Raises
    ------
    PlanError
        A name that no plan has, or what `scenarios` refuses.
    """
    plans = with_today(posterior, as_scenarios(table, unit), horizon)
    for name in (start, end):
        if name not in plans:
            raise PlanError(f"No scenario is called {name!r}; there are {', '.join(plans)}.", [name])
    return bridge_between(posterior, (start, end), plans[start], plans[end], level)


def bridge_between(
    posterior: Posterior, names: tuple[str, str], a: WeeklyPlan, b: WeeklyPlan, level: float = 0.90
) -> Bridge:
    """Take the difference between two plans apart, both week by week."""
    money = np.stack([a.spend(posterior), b.spend(posterior)])
    moved = ((a.multiples != b.multiples) | (a.exposure != b.exposure)).any(axis=0)
    columns = tuple(np.flatnonzero(moved).tolist())
    whole = plan_revenue(posterior, a.exposure)
    inside = np.stack([whole, whole])
    media = np.zeros((len(REASONS), *whole.shape))
    if columns:
        inside[:, :, moved], media[:, :, moved] = _parts(posterior, a, b, columns, money[:, moved])
    baseline = np.stack([assumed(posterior, a), assumed(posterior, b)])
    return Bridge(
        names, posterior.dataset.channels, posterior.dataset.controls, level, money,
        (inside.sum(axis=2) + baseline.sum(axis=2)).T, media, baseline[1] - baseline[0],
    )  # fmt: skip


def _parts(
    posterior: Posterior, a: WeeklyPlan, b: WeeklyPlan, columns: tuple[int, ...], money: Array
) -> tuple[Array, Array]:
    """Return what some channels earn under either plan, (plan, draw, channel), and (reason, draw, channel) parts."""

    def after(plan: WeeklyPlan) -> Array:
        """Return what a plan's money brings after the window, (draw, channel)."""
        return plan_carry_out(posterior, plan.exposure, columns)

    def brings(plan: WeeklyPlan) -> Array:
        """Return all that a plan's money brings, (draw, channel)."""
        return plan_revenue(posterior, plan.exposure, columns) + after(plan)

    inside = np.stack([plan_revenue(posterior, plan.exposure, columns) for plan in (a, b)])
    long = np.stack([brings(a), brings(b)])
    if np.array_equal(a.media_cost, b.media_cost):
        cost, moved, spend = np.zeros_like(long[0]), long[1] - long[0], _volume(money, long)
    else:
        a_at_b = brings(dataclasses.replace(a, media_cost=b.media_cost))
        b_at_a = brings(dataclasses.replace(b, media_cost=a.media_cost))
        cost = (a_at_b - long[0] + long[1] - b_at_a) / 2
        moved = (b_at_a - long[0] + long[1] - a_at_b) / 2
        spend = (_volume(money, np.stack([long[0], b_at_a])) + _volume(money, np.stack([a_at_b, long[1]]))) / 2
    return inside, np.stack([spend, moved - spend, cost, after(a) - after(b)])


def _volume(money: Array, brought: Array) -> Array:
    """Return the change of money at the mean of the two returns, (draw, channel).

    Parameters
    ----------
    money
        (plan, channel).
    brought
        (plan, draw, channel): what the money brings.
    """
    spent = np.broadcast_to(money[:, None], brought.shape) > 0
    rate = np.divide(brought, money[:, None], out=np.zeros_like(brought), where=spent)
    mean = rate.sum(axis=0) / np.maximum(spent.sum(axis=0), 1)
    volume: Array = (money[1] - money[0]) * mean
    return volume
