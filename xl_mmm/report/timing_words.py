"""Sentences about a plan whose weeks were timed: what the timing brings, how good it can be, how to follow it.

Every word follows from a comparison that a reader can redo with the figures of `planning.timing.TimedYear`.
"""

from __future__ import annotations

from dataclasses import dataclass

from xl_mmm.report.findings import money, percent
from xl_mmm.report.year_words import as_called
from xl_mmm.tables import names as n

CLOSE = 0.0005  # a gap that rounds to nothing


@dataclass(frozen=True, slots=True)
class TimingFacts:
    """A timing in figures.

    Attributes
    ----------
    name
        The scenario whose money was timed.
    first
        First day of its first period, ISO.
    flighting
        The template it is compared with.
    gain, low, high
        What it brings more than that, with range.
    unit
        Words behind outcomes.
    gap
        Share by which any other timing could be better; None where not proven.
    most
        Most that a period may hold, multiples of a channel's mean.
    level
        Width of the range.
    """

    name: str
    first: str
    flighting: str
    gain: float
    low: float
    high: float
    unit: str
    gap: float | None
    most: float
    level: float


def sentences(timing: TimingFacts) -> list[str]:
    """Return three sentences."""
    ends = f"{money(timing.low, sign=True)} to {money(timing.high, sign=True)}"
    within = f"{percent(timing.level)} range {ends}"
    what = f"{as_called(timing.name)}, from {timing.first}, timed period by period"
    if timing.low > 0:
        found = f"{money(timing.gain)} more {timing.unit} than {timing.flighting}, for the same money ({within})."
    elif timing.gain > 0:
        gain = money(timing.gain, sign=True)
        found = f"{gain} {timing.unit} beside {timing.flighting}; not enough evidence ({within})."
    else:
        found = f"no better than {timing.flighting} ({within})."
    proof = "How much better another timing could be is not proven: some media hurt in some draws."
    if timing.gap is not None:
        above = f" by more than {timing.gap:.1%}".replace("%", " %") if timing.gap >= CLOSE else ""
        limits = f"at most {timing.most:g} times a channel's mean in a period, commitments stand"
        proof = f"No other timing beats it{above}: {limits}."
    follow = f"To follow it, choose {n.OPTIMIZED_FLIGHTING!r} under {n.SET_FLIGHTING} on {n.ASSUMPTIONS}."
    return [f"{what}: {found}", proof, follow]
