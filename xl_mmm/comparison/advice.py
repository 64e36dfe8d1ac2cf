"""Which method to read.

The advice follows these rules, in this order, and says which of them decided:

1. A method that cannot be fitted, or whose chains did not meet, is out.
2. A method whose ranges held the weeks it had not seen less often by `SHORT` than they claim is out, unless that leaves
   none.
3. Of the others, those whose forecast of unseen weeks scores within `ALIKE` of the best (CRPS, which judges a forecast
   with its range) are as good as each other.
4. Among these the first in `TRUSTED` is read: the order in which the methods' ranges hold the truth on simulated
   markets (`tests/benchmarks/bench_bayes_coverage.py`, `bench_coverage.py`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xl_mmm.comparison.record import Candidate, Comparison

SHORT = 0.15  # of unseen weeks: 52 weeks whose misses last for four tell as much as 13, of which 90 % is 12
ALIKE = 1.10  # times the best score
TRUSTED = ("bayes", "ols", "ridge", "lasso")
READ = "read this one"


@dataclass(frozen=True, slots=True)
class Advice:
    """Which method to read.

    Attributes
    ----------
    method
        None when no method can be read.
    verdicts
        Method -> what speaks for or against it, in few words.
    rule
        What decided: `"alone"`, `"score"`, `"trust"`, `"unseen"` (nothing could be forecast), `"narrow"` (no method's
        ranges held) or `"none"`.
    """

    method: str | None
    verdicts: Mapping[str, str]
    rule: str


def advise(comparison: Comparison) -> Advice:
    """Apply the rules at the top of this module."""
    verdicts = {one.method: f"out: {one.refused}" for one in comparison.candidates if one.refused}
    able = [one for one in comparison.candidates if not one.refused]
    verdicts |= {one.method: "out: its chains did not meet" for one in able if not one.met}
    able = [one for one in able if one.met]
    honest = [one for one in able if not one.held < comparison.level - SHORT]
    narrow = bool(able) and not honest
    if honest:
        verdicts |= {one.method: f"out: {_narrow(one)}" for one in able if one not in honest}
        able = honest
    if not able:
        return Advice(None, verdicts, "none")
    best = min((one.score for one in able if not math.isnan(one.score)), default=math.nan)
    level = [one for one in able if math.isnan(best) or one.score <= ALIKE * best]
    verdicts |= {one.method: "forecasts worse" for one in able if one not in level}
    chosen = min(level, key=lambda one: TRUSTED.index(one.method))
    verdicts |= {one.method: "as good, its ranges less proven" for one in level}
    verdicts[chosen.method] = READ
    if narrow:
        return Advice(chosen.method, verdicts, "narrow")
    if math.isnan(best):
        return Advice(chosen.method, verdicts, "unseen")
    rule = "alone" if len(able) == 1 else "score" if len(level) == 1 else "trust"
    return Advice(chosen.method, verdicts, rule)


def _narrow(one: Candidate) -> str:
    return f"its ranges held only {100 * one.held:.0f} % of unseen weeks"
