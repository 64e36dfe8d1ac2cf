"""One uniform result for every check, and the one list of limits.

Conventions: a check is PASS, REVIEW (usable, but read this first) or FAIL (do not use the numbers it names). Limits are
judgments with a source; `CHECKS` is the only place they stand. Shares are fractions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xl_mmm.estimation.bayes.psis import HIGHEST_K

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

PASS, REVIEW, FAIL = "PASS", "REVIEW", "FAIL"
_RANK = {PASS: 0, REVIEW: 1, FAIL: 2}


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome of one check.

    Attributes
    ----------
    name
        Label of the check, as in `CHECKS`.
    status
        `"PASS"`, `"REVIEW"` or `"FAIL"`.
    value
        The measured figure; None where there is none.
    threshold
        The limit that decides between PASS and the status given (the REVIEW limit when it passes); None where the
        check has no number.
    message
        What was found, with its numbers.
    action
        What to do next; empty when it passes.
    """

    name: str
    status: str
    value: float | None
    threshold: float | None
    message: str
    action: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """Where a check turns from PASS to REVIEW and to FAIL.

    Attributes
    ----------
    name
        Label shown in the workbook.
    stage
        `"data"` (before a fit) or `"model"` (after it).
    review, fail
        Limits; None where the check has no such step.
    worse
        `"above"` or `"below"`: the side of the limit that is worse.
    source
        Where the limit comes from.
    """

    name: str
    stage: str
    review: float | None
    fail: float | None
    worse: str
    source: str

    def status(self, value: float) -> str:
        """Return the status of `value`; what is not a number passes no limit and is a REVIEW."""
        if value != value:
            return REVIEW
        for status, limit in ((FAIL, self.fail), (REVIEW, self.review)):
            if limit is not None and (value > limit if self.worse == "above" else value < limit):
                return status
        return PASS

    def threshold(self, status: str) -> float | None:
        """Return the limit that `status` was judged by."""
        return self.fail if status == FAIL or self.review is None else self.review


CHECKS: dict[str, Limit] = {
    "calendar": Limit("Gaps in the calendar", "data", 0, None, "above", "every period once (data rules)"),
    "duplicates": Limit("Duplicate dates", "data", 0, None, "above", "every period once (data rules)"),
    "entries": Limit("Entries to confirm", "data", 0, None, "above", "data rules of status REVIEW"),
    "outlier_kpi": Limit(
        "Unusual KPI weeks", "data", 5.0, None, "above",
        "|robust z| of the residual from trend, season and controls; 3.5 is Iglewicz & Hoaglin (1993), 5 gave 1 "
        "alarm in 400 clean simulated three-year series",
    ),
    "outlier_spend": Limit(
        "Unusual spend weeks", "data", 5.0, None, "above",
        "robust z of log spend in live weeks (Iglewicz & Hoaglin 1993), scale at least 0.3",
    ),
    "units": Limit("Mixed units", "data", 0, None, "above", "columns with a jump of scale (data rules)"),
    "control_is_kpi": Limit(
        "Controls that repeat the KPI", "data", 0.98, 0.9999, "above",
        "|correlation| with the KPI; a consequence is no cause",
    ),
    "constant": Limit("Columns that never change", "data", None, 0, "above", "no variation, no estimate"),
    "vif": Limit(
        "Columns that move together (VIF)", "data", 10.0, 1000.0, "above",
        "10: Kutner et al. (2005); 1000: Meridian's pre-model limit, standard errors 32 times wider",
    ),
    "condition": Limit("Condition index", "data", 30.0, None, "above", "Belsley, Kuh & Welsch (1980)"),
    "rows_per_parameter": Limit(
        "Rows per parameter", "data", 10.0, 2.0, "below", "10: Harrell (2015); below 2 a fit interpolates"
    ),
    "media_gap": Limit(
        "Spend without media", "data", 0.0, None, "above", "share of the channel's money or media; none is expected"
    ),
    "live_weeks": Limit(
        "Live periods per channel", "data", 13.0, 4.0, "below", "a quarter; below four live periods no fit is tried"
    ),
    "typical_week": Limit(
        "Typical weeks", "data", 3.0, 30.0, "above",
        "typed over the data's, or the reverse; practice: threefold wants a new look, thirtyfold is another unit",
    ),
    "spend_follows_demand": Limit(
        "Spend that follows demand", "data", 0.01, None, "below",
        "p of next month's spend in a HAC regression, times the number of channels (Bonferroni); after Sims (1972)",
    ),
    "sampling": Limit(
        "Chains agree", "model", None, 1.01, "above",
        "nested R-hat of every reported quantity (Margossian et al. 2024; 1.01: Vehtari et al. 2021), and 1,000 "
        "independent draws behind every end of a range",
    ),
    "loo": Limit(
        "Weeks that decide alone", "model", HIGHEST_K, None, "above",
        "Pareto k of leaving one week out (Vehtari et al. 2024); fewer than 2,155 draws lower the limit",
    ),
    "r_squared": Limit("Fit: R²", "model", 0.6, 0.0, "below", "0.6 practice; below 0 the mean alone does better"),
    "mape": Limit(
        "Fit: MAPE", "model", 0.15, 0.50, "above", "Lewis (1982): under 10 % high, 10-20 % good, over 50 % poor"
    ),
    "wmape": Limit("Fit: wMAPE", "model", 0.15, 0.50, "above", "as MAPE, weighted by the KPI"),
    "nrmse": Limit("Fit: NRMSE", "model", 0.15, 0.50, "above", "RMSE / (max - min), as Robyn reports it; practice"),
    "holdout": Limit("Holdout: last 13 weeks", "model", 0.20, 0.50, "above", "wMAPE; Lewis (1982)"),
    "backtest": Limit(
        "Rolling backtest", "model", 0.20, 0.50, "above", "wMAPE over four quarters, each forecast from before it"
    ),
    "coverage": Limit(
        "Backtest: weeks inside the range", "model", 1.8, None, "above",
        "standard errors below the level: 75 % of 52 weeks for a 90 % range, √(0.9 · 0.1 / 13), misses of four "
        "neighboring weeks counted as one",
    ),
    "crps": Limit(
        "Backtest: number and range (CRPS)", "model", 1.0, None, "above",
        "CRPS (Gneiting & Raftery 2007) over that of repeating last year, with and without a range",
    ),
    "placebo": Limit(
        "Placebo channel", "model", 0.005, None, "above",
        "low end as a share of the KPI, or what the prior's low end comes to where that is more; on markets whose "
        "model is right 1 of 18 by bayes, 3 of 33 by ols, 1 of 11 by ridge, 0 of 31 by lasso (bench_checks)",
    ),
    "leave_one_out": Limit(
        "Leaving a channel out", "model", 2.0, None, "above",
        "half-widths of a 90 % range: 3.3 standard errors, which by chance the largest of 56 pairs passes in one of "
        "20; on such markets 1 of 18 by bayes, 5 of 21 by ols, 10 of 20 by lasso",
    ),
    "subsets": Limit(
        "Parts of the window agree", "model", 1.0, None, "above",
        "half-widths of a 90 % range; 80 % of the weeks differ from all by half a standard error, so 3.3 of those; on "
        "such markets 2 of 18 by bayes, 15 of 33 by ols, 29 of 31 by lasso",
    ),
    "durbin_watson": Limit(
        "Durbin-Watson", "model", 0.5, None, "above", "distance from 2; outside 1.5 to 2.5 is the customary warning"
    ),
    "ljung_box": Limit("Ljung-Box", "model", 0.01, None, "below", "p value, 10 lags (Hyndman & Athanasopoulos 2021)"),
    "breusch_pagan": Limit("Breusch-Pagan", "model", 0.01, None, "below", "p value (Koenker 1981 form)"),
    "jarque_bera": Limit("Jarque-Bera", "model", 0.01, None, "below", "p value (Jarque & Bera 1980)"),
    "negative_baseline": Limit(
        "Negative baseline", "model", 0.2, 0.8, "above", "share of draws with a negative total; Meridian's limits"
    ),
    "control_signs": Limit(
        "Signs of controls", "model", 0, None, "above", "controls whose mean estimate has not the sign given"
    ),
    "roi": Limit("Implausible ROI", "model", 0, None, "above", "channels outside the given range, or 0.1 to 10"),
    "media_share": Limit(
        "Share of media", "model", 0.7, None, "above", "practice: more is rare outside launches and pure e-commerce"
    ),
    "lift_unused": Limit("Lift tests left out", "model", 0, None, "above", "none is expected to go unused"),
    "lift_conflict": Limit(
        "Lift tests in conflict", "model", 0, None, "above",
        "tests two standard deviations from what the model without them foresees, or from each other",
    ),
    "lift_implausible": Limit(
        "Implausible lift tests", "model", 0, None, "above",
        "an effect of the wrong sign, or a return outside the prior's 99.9 % range, by more than two standard errors",
    ),
    "prior_sensitivity": Limit(
        "Belief or data", "model", 0, None, "above",
        "media whose size follows a default prior, or contradicts its prior: power scaling at 0.05 (Kallioinen et al. "
        "2024)",
    ),
    "indistinguishable": Limit(
        "Channels told apart", "model", 0.8, None, "above",
        "|correlation| of two channels' contributions over draws (response shapes when there is one draw)",
    ),
}  # fmt: skip


def judged(key: str, value: float, message: str, action: str) -> Check:
    """Return the check `key` with the status its limit gives to `value`; a PASS carries no action."""
    limit = CHECKS[key]
    status = limit.status(value)
    return Check(limit.name, status, float(value), limit.threshold(status), message, "" if status == PASS else action)


def shown_p(p: float) -> str:
    """Write a p value as a reader says it: p = 0.043, p < 0.001."""
    return f"p = {p:.3f}" if p >= 0.001 else "p < 0.001"


def overall(checks: Iterable[Check]) -> str:
    """Return the worst status; PASS when there is no check."""
    return max((check.status for check in checks), key=_RANK.__getitem__, default=PASS)


def to_frame(checks: Iterable[Check]) -> pd.DataFrame:
    """Return checks as a table: check, status, value, threshold, message, action."""
    import pandas as pd

    rows = [(c.name, c.status, c.value, c.threshold, c.message, c.action) for c in checks]
    return pd.DataFrame(rows, columns=["check", "status", "value", "threshold", "message", "action"]).astype(
        {"value": float, "threshold": float}
    )
