"""Keys of the columns of blocks, in the order in which they stand, and which blocks are kept by whom."""

from __future__ import annotations

from xl_mmm.spec import METHODS

CERTIFICATE = (
    "outcome_today", "outcome_plan", "gain", "gain_low", "gain_high", "p_better", "downside", "profit_gain", "budget",
    "feasible", "kkt", "shadow_price", "binding", "worth", "upper_bound", "gap",
)  # fmt: skip
ROI_KEYS = (
    "channel", "spend", "revenue", "roi", "roi_low", "roi_high", "p_above_breakeven", "net_roi", "mroi", "mroi_low",
    "mroi_high", "cpik", "cpik_low", "cpik_high",
)  # fmt: skip
WORK_KEYS = (
    "channel", "contribution", "contribution_share", "effect_share", "spend_share", "roi_median", "roi_long",
    "elasticity", "saturation", "half_life", "carried", "data_share", "saturation_low", "saturation_high",
)  # fmt: skip
METHOD_KEYS = (
    "method", "total", "total_low", "total_high", "r_squared", "wmape", "quarters", "miss", "held", "score", "verdict",
)  # fmt: skip
ENDS = ("", "_low", "_high")
RETURN_KEYS = ("channel", *(f"{method}{end}" for method in METHODS for end in ENDS), "overlap")
SPLITS = ("spend", "efficiency", "media_cost", "timing")
SCENARIO_KEYS = (
    "scenario", "spend", "outcome", "low", "high", "difference", "difference_low", "difference_high", "p_better",
    "profit", "profit_difference", "roi", "roi_low", "roi_high", "assumed",
)  # fmt: skip
STEP_KEYS = ("part", "change", "level", "base_up", "base_down", "up", "up_below", "down", "down_below", "total")
CHECK_KEYS = ("check", "status", "value", "threshold", "message", "action", "table", "row", "column")
PLAN_KEYS = ("channel", "today", "plan", "change", "change_share", "least", "most", "mroi_today", "mroi", "bound")

FROZEN = ("frozen",)  # written when a plan is frozen
TIMED = ("timing", "timing_words")  # written when its weeks are optimized
KEPT = ("kept", "kept_plan", "kept_search", "refit_checks", "runs")  # written by a run
COMPARED = ("compared",)  # written by a comparison; all other blocks are computed
