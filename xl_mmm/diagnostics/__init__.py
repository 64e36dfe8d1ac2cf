"""Whether data and model are sound, and what to do where they are not.

Every check ends in the same record (`Check`): PASS, REVIEW or FAIL, a value, its limit, one sentence and the next
action. Limits and their sources stand in one list, `CHECKS`.
"""

from __future__ import annotations

from xl_mmm.diagnostics.check import CHECKS, FAIL, PASS, REVIEW, Check, Limit, overall, to_frame
from xl_mmm.diagnostics.data import data_checks
from xl_mmm.diagnostics.model import model_checks, standing_checks
from xl_mmm.diagnostics.refits import Refit, Refits
from xl_mmm.diagnostics.refitted import refit_checks

__all__ = [
    "CHECKS",
    "FAIL",
    "PASS",
    "REVIEW",
    "Check",
    "Limit",
    "Refit",
    "Refits",
    "data_checks",
    "model_checks",
    "overall",
    "refit_checks",
    "standing_checks",
    "to_frame",
]
