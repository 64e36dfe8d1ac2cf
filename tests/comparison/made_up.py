"""Comparisons with invented numbers: the record does not care where they come from."""

from __future__ import annotations

import math
from typing import Any

from xl_mmm.comparison import Candidate, Comparison
from xl_mmm.spec import METHODS

CHANNELS = ("tv", "search")
RETURNS = ((2.0, 1.0, 3.0), (1.0, 0.5, 1.5))


def candidate(method: str, **facts: Any) -> Candidate:
    """A method that does well, but for some facts."""
    usual: dict[str, Any] = {
        "r_squared": 0.9, "wmape": 0.05, "quarters": 4, "miss": 0.08, "held": 0.9, "score": 0.05,
        "total": (1.8, 1.2, 2.4), "returns": RETURNS,
    }  # fmt: skip
    return Candidate(method, **(usual | facts))


def refused(method: str, why: str = "too few weeks") -> Candidate:
    """A method that could not be fitted."""
    return Candidate(method, refused=why)


def comparison(*candidates: Candidate, **facts: Any) -> Comparison:
    """All four methods doing well, those given in place of the usual ones."""
    given = {one.method: one for one in candidates}
    order = facts.pop("order", 0.9 if len(given) < len(METHODS) else math.nan)
    every = tuple(given.get(method, candidate(method)) for method in METHODS)
    return Comparison(**{
        "channels": CHANNELS, "candidates": every, "level": 0.9, "is_money": True, "order": order,
        "data_sha": "d" * 64, "choices_sha": "c" * 64, **facts,
    })  # fmt: skip
