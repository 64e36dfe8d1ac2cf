"""What a plan may do: the budget, least and most spend, groups, commitments, steps and targets.

Conventions: multiples are of the window's own spend, money is over the window, shares are fractions. Every constraint
that is given must hold: two bounds of one channel narrow each other, and none quietly replaces another. Only
`default_bounds` give way: to a channel's own bounds, in multiples or in money, and to `frozen`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from xl_mmm.errors import PlanError
from xl_mmm.spec import is_number

Bounds = tuple[float, float]

EXACT, AT_MOST, FREE = "exact", "at most", "free"
TOTALS = (EXACT, AT_MOST, FREE)

MEASURED_STEP = 0.03
"""A largest step small enough that a wrong model costs little before the next data can correct it: chosen so that plans
lose no more than 1 % of today's outcome on simulated markets (`tests/benchmarks/bench_plan_regret`)."""


@dataclass(frozen=True, slots=True)
class Group:
    """Limits of several channels together.

    Attributes
    ----------
    channels
        Its channels.
    least, most
        Money, None for no limit.
    least_share, most_share
        Fractions of what the plan spends in all, None for no limit.
    """

    channels: tuple[str, ...]
    least: float | None = None
    most: float | None = None
    least_share: float | None = None
    most_share: float | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "channels", tuple(self.channels))
        for low, high, top, unit in (
            (self.least, self.most, float("inf"), "money"), (self.least_share, self.most_share, 1.0, "a share")
        ):  # fmt: skip
            given = [value for value in (low, high) if value is not None]
            if not all(is_number(value) and 0 <= value <= top for value in given):
                raise PlanError(f"A group's limits are {low!r} and {high!r}; give {unit}, zero or more, or leave out.")
            if len(given) == 2 and given[0] > given[1]:
                raise PlanError(f"A group's least, {low!r}, is above its most, {high!r}; give the lower first.")


@dataclass(frozen=True, slots=True)
class Constraints:
    """Limits of a plan.

    Attributes
    ----------
    budget
        Money over the window; None for what was spent.
    bounds
        Channel -> (least, most), multiples of today's spend.
    default_bounds
        (least, most) of every channel without bounds of its own.
    total
        `"exact"`: the budget is spent in full; `"at most"`; `"free"`: no budget. By default exact; with a target at
        most the budget, or free when none is given.
    money_bounds
        Channel -> (least, most), money.
    groups
        Name -> limits of several channels together.
    committed
        Channel -> money already bought, which the plan cannot go below.
    minimum_if_used
        Channel -> money: the plan spends nothing there or at least this. Zero must lie within the channel's bounds.
    largest_step
        Largest change from today as a share of it, of every channel or by channel; see `MEASURED_STEP`.
    increments
        Money that spend must be a multiple of, in every channel or by channel. Frozen channels are exempt.
    frozen
        Channels that keep today's spend.
    flighting
        Channel without spend today -> money by week of the window, of which the plan spends a multiple.
    least_roi
        Revenue over cost of the plan as a whole.
    least_mroi
        Spend goes on until the next unit of cost returns less: the plan has the largest revenue − least_mroi · cost.
    least_outcome
        Outcome to reach at the least cost.
    """

    budget: float | None = None
    bounds: Mapping[str, Bounds] = field(default_factory=dict)
    default_bounds: Bounds = (0.5, 1.5)
    total: str | None = None
    money_bounds: Mapping[str, Bounds] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=dict)
    committed: Mapping[str, float] = field(default_factory=dict)
    minimum_if_used: Mapping[str, float] = field(default_factory=dict)
    largest_step: float | Mapping[str, float] | None = None
    increments: float | Mapping[str, float] | None = None
    frozen: Sequence[str] = ()
    flighting: Mapping[str, Sequence[float]] = field(default_factory=dict)
    least_roi: float | None = None
    least_mroi: float | None = None
    least_outcome: float | None = None

    def __post_init__(self) -> None:
        for name in ("bounds", "money_bounds", "groups", "committed", "minimum_if_used", "flighting"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
        object.__setattr__(self, "frozen", (self.frozen,) if isinstance(self.frozen, str) else tuple(self.frozen))
        if self.budget is not None and not (is_number(self.budget) and self.budget > 0):
            raise PlanError(f"The budget is {self.budget!r}; give money above zero.")
        for name, bounds in (("Every channel", self.default_bounds), *self.bounds.items()):
            _check_bounds(name, bounds, "multiples of today's spend")
        for name, bounds in self.money_bounds.items():
            _check_bounds(name, bounds, "amounts of money")
        if self.total is not None and self.total not in TOTALS:
            raise PlanError(f"The total is {self.total!r}; choose one of {', '.join(TOTALS)}.")
        for what, amounts, above in (
            ("the money committed", self.committed, False), ("the minimum if used", self.minimum_if_used, True),
            ("the largest step", _by_channel(self.largest_step), False),
            ("the increment", _by_channel(self.increments), True),
        ):  # fmt: skip
            _check_amounts(what, amounts, above)
        targets = {name: getattr(self, name) for name in ("least_roi", "least_mroi", "least_outcome")}
        _check_amounts("the target", {name: value for name, value in targets.items() if value is not None}, True)
        others = [name for name in ("least_roi", "least_mroi") if targets[name] is not None]
        if others and self.least_outcome is not None:
            raise PlanError(
                f"{others[0]} and least_outcome are two goals: an outcome is reached at the least cost, whatever that "
                "returns. Give one.", [others[0], "least_outcome"],
            )  # fmt: skip

    @property
    def kind_of_total(self) -> str:
        """`total`, resolved."""
        if self.total is not None:
            return self.total
        if self.least_roi is None and self.least_mroi is None and self.least_outcome is None:
            return EXACT
        return FREE if self.budget is None else AT_MOST

    def step_of(self, channel: str) -> float | None:
        """Return the largest step of a channel, a share of today; None when free."""
        return _by_channel(self.largest_step, channel).get(channel)

    def increment_of(self, channel: str) -> float:
        """Return the increment of a channel, money; zero when free."""
        return _by_channel(self.increments, channel).get(channel, 0.0)

    @property
    def named(self) -> dict[str, list[str]]:
        """Which channels each constraint names."""
        steps, increments = (set(_by_channel(one)) - {""} for one in (self.largest_step, self.increments))
        return {
            "Bounds": [*self.bounds, *self.money_bounds],
            "Groups": [name for group in self.groups.values() for name in group.channels],
            "Commitments": list(self.committed),
            "Minimums if used": list(self.minimum_if_used),
            "Largest steps": sorted(steps),
            "Increments": sorted(increments),
            "Frozen channels": list(self.frozen),
            "Flightings": list(self.flighting),
        }


def _by_channel(value: float | Mapping[str, float] | None, channel: str = "") -> dict[str, float]:
    """Return what holds by channel; one number holds for `channel`."""
    if value is None:
        return {}
    return dict(value) if isinstance(value, Mapping) else {channel: value}


def _check_amounts(what: str, amounts: Mapping[str, float], above: bool) -> None:
    for name, amount in amounts.items():
        if not is_number(amount) or amount < 0 or (above and amount == 0):
            where = f"{name}: " if name else ""
            raise PlanError(
                f"{where}{what} is {amount!r}; give a number {'above zero' if above else 'of zero or more'}.", [name]
            )


def _check_bounds(name: str, bounds: object, unit: str) -> None:
    ends = list(bounds) if isinstance(bounds, Sequence) else []
    if len(ends) != 2 or not all(map(is_number, ends)) or not 0 <= ends[0] <= ends[1]:
        raise PlanError(
            f"{name}: the bounds {bounds!r} are no (least, most) {unit}; "
            "give two numbers, zero or more, the lower first.", [name],
        )  # fmt: skip
