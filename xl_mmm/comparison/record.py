"""What several methods make of the same data: a record, and its text form.

Conventions: a return is what a unit of money brought over the window (ROI; KPI units per money where the KPI has no
revenue), as (mean over draws, low, high). NaN stands for what could not be measured; the text holds six digits.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xl_mmm.errors import MmmError
from xl_mmm.posterior_text import LINE, PART, sealed

Return = tuple[float, float, float]

MARK = "xl_mmm comparison 1"
AGAIN = "Compare again to replace it."
UNKNOWN = (math.nan, math.nan, math.nan)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What one method makes of the data.

    Attributes
    ----------
    method
        Its name.
    refused
        Why it could not be fitted; empty when it was.
    met
        Whether its chains agree; True for methods without chains.
    r_squared, wmape
        Fit on the weeks seen.
    quarters
        Quarters that were forecast from before them.
    miss, held, score
        wMAPE of those forecasts, share of weeks inside their range, CRPS as a share of the mean KPI.
    total, returns
        Return on all paid media, and by channel.
    """

    method: str
    refused: str = ""
    met: bool = True
    r_squared: float = math.nan
    wmape: float = math.nan
    quarters: int = 0
    miss: float = math.nan
    held: float = math.nan
    score: float = math.nan
    total: Return = UNKNOWN
    returns: tuple[Return, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Methods on the same data and choices.

    Attributes
    ----------
    channels
        Paid channels.
    candidates
        One a method.
    level
        Width of the ranges.
    is_money
        Whether returns are ROI.
    order
        Mean rank correlation of the channels' returns over all pairs of methods; NaN with fewer than two of either.
    data_sha, choices_sha
        What was compared on.
    """

    channels: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    level: float
    is_money: bool
    order: float
    data_sha: str
    choices_sha: str

    @property
    def fitted(self) -> tuple[Candidate, ...]:
        """Methods that could be fitted."""
        return tuple(one for one in self.candidates if not one.refused)

    def overlap(self, k: int) -> bool:
        """Whether the ranges of channel `k` have a value in common, over all fitted methods; False without any."""
        ranges = [one.returns[k][1:] for one in self.fitted if not math.isnan(one.returns[k][0])]
        return bool(ranges) and max(low for low, _ in ranges) <= min(high for _, high in ranges)

    @property
    def earning(self) -> tuple[int, ...]:
        """Channels that money was spent on."""
        return tuple(k for k in range(len(self.channels)) if any(not math.isnan(o.returns[k][0]) for o in self.fitted))

    def to_text(self) -> str:
        """Return the comparison as checksummed text, its first line readable."""
        methods = ", ".join(one.method for one in self.candidates)
        first = PART.join([MARK, methods, f"data {self.data_sha[:12]}"])
        body = json.dumps(_plain(dataclasses.asdict(self)), sort_keys=True)
        return "\n".join([first + PART + sealed(first, body), *(body[i : i + LINE] for i in range(0, len(body), LINE))])

    @classmethod
    def from_text(cls, text: str) -> Comparison:
        """Read what `to_text` wrote.

        Raises
        ------
        MmmError
            The text is no comparison, or damaged.
        """
        first, _, rest = text.partition("\n")
        said, _, checksum = first.rpartition(PART)
        body = rest.replace("\n", "")
        if not first.startswith(MARK):
            raise MmmError(f"This is no comparison of methods: it begins {first[:40]!r}. {AGAIN}")
        if sealed(said, body) != checksum:
            raise MmmError(f"The comparison is damaged: its checksum does not match. {AGAIN}")
        facts = json.loads(body)
        candidates = tuple(
            Candidate(**{**one, "total": _return(one["total"]), "returns": tuple(map(_return, one["returns"]))})
            for one in (_numbers(one) for one in facts.pop("candidates"))
        )
        return cls(**{**_numbers(facts), "channels": tuple(facts["channels"]), "candidates": candidates})


def _plain(value: Any) -> Any:
    """Return a value as JSON knows it: six digits, null for what is no number."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return None if math.isnan(value) else float(f"{value:.6g}")
    return value


def _numbers(facts: dict[str, Any]) -> dict[str, Any]:
    """Return facts with NaN for null."""
    return {key: math.nan if value is None else value for key, value in facts.items()}


def _return(values: Sequence[float | None]) -> Return:
    point, low, high = (math.nan if value is None else float(value) for value in values)
    return point, low, high
