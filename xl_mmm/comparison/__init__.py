"""Methods side by side on the same data and choices, and which of them to read.

`methods` fits and forecasts, `record` is what they said, `advice` applies the rules.
"""

from __future__ import annotations

from xl_mmm.comparison.advice import Advice, advise
from xl_mmm.comparison.methods import choices_sha, compare
from xl_mmm.comparison.record import MARK, Candidate, Comparison

__all__ = ["MARK", "Advice", "Candidate", "Comparison", "advise", "choices_sha", "compare"]
