"""Checks of the data before anything is fitted.

Conventions: every check looks at the window only, except where history rows supply lags. A channel is named as in the
data's header. Each check of `DATA_CHECKS` yields one `Check`; what it found is one sentence, the worst first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xl_mmm.diagnostics.beliefs import check_typical_weeks
from xl_mmm.diagnostics.check import CHECKS, PASS, REVIEW, Check, judged, shown_p
from xl_mmm.diagnostics.collinearity import closest, condition_index, variance_inflation
from xl_mmm.diagnostics.demand import FREE_ROWS, lead_test
from xl_mmm.diagnostics.projection import explained
from xl_mmm.diagnostics.reported import SHOWN, listed, reported
from xl_mmm.transforms import ADSTOCKS, SATURATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from xl_mmm.dataset import Dataset
    from xl_mmm.design import Design
    from xl_mmm.spec import ModelSpec

Array = NDArray[np.float64]
MAD_TO_SD = 1.4826  # median absolute deviation of a normal variable to its standard deviation
LEAST_LOG_SPREAD = 0.3  # steady spend would make every small change an outlier
MONTH = 4.0  # weeks


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """What the data checks look at.

    Attributes
    ----------
    dataset, spec, design
        As handed to `data_checks`.
    baseline
        (n_weeks, n_columns) design columns of the window, controls included.
    names
        Paid channels, then organic media.
    media
        (n_weeks, n_names) their exposure in the window.
    """

    dataset: Dataset
    spec: ModelSpec
    design: Design
    baseline: Array
    names: tuple[str, ...]
    media: Array

    @property
    def spend(self) -> Array:
        """(n_weeks, n_channels) money in the window."""
        return self.dataset.spend[self.dataset.window]

    def day(self, week: int) -> str:
        """Return the ISO date of a week of the window."""
        return str(self.dataset.window_dates[week])


def data_checks(dataset: Dataset, spec: ModelSpec, design: Design | None = None) -> list[Check]:
    """Return every check of the data, in the order of `CHECKS`.

    Parameters
    ----------
    dataset, spec
        The data and the choices.
    design
        Baseline and control columns; built when None.
    """
    if design is None:
        from xl_mmm.design import build_design

        design = build_design(dataset, spec)
    window = dataset.window
    media = np.concatenate([dataset.media, dataset.organic_media], axis=1)[window]
    view = View(dataset, spec, design, design.matrix[window], dataset.channels + dataset.organic, media)
    return [check(view) for check in DATA_CHECKS.values()]


def _calendar(view: View) -> Check:
    n = view.dataset.n_weeks
    return reported(
        view.dataset, "calendar", f"All {n} periods follow one another, {view.day(0)} to {view.day(n - 1)}."
    )


def _duplicates(view: View) -> Check:
    return reported(view.dataset, "duplicates", "No date occurs twice.")


def _units(view: View) -> Check:
    return reported(view.dataset, "units", "Every column keeps to one unit.")


def _entries(view: View) -> Check:
    return reported(view.dataset, "entries", "Every entry reads as what its column should hold.")


def _outlier_kpi(view: View) -> Check:
    """Compare each KPI week with trend, season, controls and media (least squares), in robust standard deviations."""
    kpi = view.dataset.window_kpi
    columns = np.column_stack([view.baseline, view.media])
    if len(kpi) <= columns.shape[1] + FREE_ROWS:
        columns = np.ones((len(kpi), 1))
    residual = kpi - explained(columns, kpi)
    center = np.median(residual)
    spread = MAD_TO_SD * float(np.median(np.abs(residual - center)))
    # a flat series has no spread: rounding noise is no outlier
    spread = max(spread, 1e-6 * float(np.abs(kpi).max()), 1e-300)
    z = (residual - center) / spread
    limit = CHECKS["outlier_kpi"].review or 0.0
    order = np.argsort(-np.abs(z), kind="stable")
    odd = [int(week) for week in order if abs(z[week]) > limit]
    worst = float(np.abs(z).max())
    if not odd:
        week = int(order[0])
        farthest = f"{view.day(week)} ({z[week]:+.1f} robust sd)"
        return judged("outlier_kpi", worst, f"No KPI week is far from trend and season (farthest {farthest}).", "")
    message = "The KPI is far from its trend and season in " + listed(
        [f"{view.day(w)} ({kpi[w]:,.0f}, {residual[w] - center:+,.0f}, {z[w]:+.1f} robust sd)" for w in odd]
    )
    return judged(
        "outlier_kpi", worst, message + ".",
        f"Find out what happened on {view.day(odd[0])}: correct the figure, or add a 0/1 control for the event.",
    )  # fmt: skip


def _outlier_spend(view: View) -> Check:
    findings: list[tuple[float, str, str]] = []
    worst = 0.0
    for k, name in enumerate(view.dataset.channels):
        spend = view.spend[:, k]
        live = np.flatnonzero(spend > 0)
        if len(live) < 8:
            continue
        logs = np.log(spend[live])
        center = float(np.median(logs))
        spread = max(MAD_TO_SD * float(np.median(np.abs(logs - center))), LEAST_LOG_SPREAD)
        z = (logs - center) / spread
        worst = max(worst, float(z.max()))
        for at in np.flatnonzero(z > (CHECKS["outlier_spend"].review or 0.0)):
            times = math.exp(logs[at] - center)
            text = f"{name} {view.day(live[at])} ({spend[live[at]]:,.0f}, {times:,.0f} times a usual week)"
            findings.append((float(z[at]), text, name))
    if not findings:
        return judged("outlier_spend", worst, "No week's spend is far above the channel's usual live week.", "")
    findings.sort(key=lambda finding: -finding[0])
    return judged(
        "outlier_spend", worst, f"Spend far above the usual live week: {listed([text for _, text, _ in findings])}.",
        f"Check the invoice of {findings[0][2]} and its week: a yearly booking has to be spread over the weeks it ran.",
    )  # fmt: skip


def _control_is_kpi(view: View) -> Check:
    kpi = view.dataset.window_kpi
    controls = view.dataset.control_values[view.dataset.window]
    columns = np.column_stack([controls, kpi])
    found = [(abs(_correlation(columns[:, j], kpi)), name) for j, name in enumerate(view.dataset.controls)]
    if not found:
        return judged("control_is_kpi", 0.0, "There are no controls.", "")
    value, name = max(found, key=lambda pair: pair[0])
    return judged(
        "control_is_kpi", value, f"The control closest to the KPI is {name} (correlation {value:.3f}).",
        f"Take {name} out of the controls if sales decide it (orders, traffic): it would absorb what media earned.",
    )  # fmt: skip


def _constant(view: View) -> Check:
    data = view.dataset
    columns: list[tuple[str, Array]] = [("the KPI", data.window_kpi)]
    columns += [(name, view.media[:, k]) for k, name in enumerate(view.names)]
    columns += [(name, data.control_values[data.window, j]) for j, name in enumerate(data.controls)]
    flat = [(name, values[0]) for name, values in columns if np.ptp(values) == 0]
    if not flat:
        return judged("constant", 0, "The KPI, every channel and every control changes over the window.", "")
    findings = [f"{name} never ran" if level == 0 else f"{name} is {level:,.6g} in every week" for name, level in flat]
    return judged(
        "constant", len(flat), listed(findings) + ": nothing can be learned about it.",
        f"Leave out {' and '.join(name for name, _ in flat[:SHOWN])}, or choose a window in which it changes.",
    )  # fmt: skip


def _vif(view: View) -> Check:
    """Judge media and controls, with trend, season and holidays among the others."""
    group = np.array(view.design.group)
    fixed = view.baseline[:, (group != "control") & (np.array(view.design.names) != "intercept")]
    controls = view.baseline[:, group == "control"]
    names = list(view.names) + [n for n, g in zip(view.design.names, view.design.group, strict=True) if g == "control"]
    judged_columns = np.column_stack([view.media, controls])
    if len(names) == 0:
        return judged("vif", 1.0, "There is no media and no control.", "")
    factors = variance_inflation(np.column_stack([judged_columns, fixed]))[: len(names)]
    if np.isnan(factors).all():
        return judged("vif", 1.0, "No column changes, so none moves with another.", "")
    j = int(np.nanargmax(factors))
    value = float(factors[j])
    if CHECKS["vif"].status(value) == PASS:
        message = f"No column follows the others closely; the closest is {names[j]} (VIF {_factor(value)})."
        return judged("vif", value, message, "")
    partner, correlation = closest(judged_columns, j)
    if len(names) == 1 or abs(correlation) < 0.5:
        message = f"{names[j]} follows the trend, season and other columns taken together (VIF {_factor(value)})"
        action = (
            f"Read {names[j]} with care: its effect is hard to tell from the baseline. A geo test would settle it."
            if j < len(view.names)
            else f"Leave {names[j]} out, or do without the trend or seasonality that it repeats."
        )
    else:
        first, second = sorted((names[j], names[partner]))
        direction = "rise and fall together" if correlation > 0 else "move in opposite directions"
        message = f"{first} and {second} {direction} (correlation {correlation:.2f}, VIF {_factor(value)})"
        both_media = j < len(view.names) and partner < len(view.names)
        action = (
            f"Group {first} and {second}, or run a geo test on one of them."
            if both_media
            else f"Keep one of {first} and {second}, or read only what they did together."
        )
    if math.isfinite(value):
        message += f": separate effects are {math.sqrt(value):.1f} times less sure than if the columns moved apart."
    else:
        message += ": separate effects cannot be known at all."
    return judged("vif", min(value, 1e12), message, action)


def _condition(view: View) -> Check:
    names = [_baseline_name(name) for name in view.design.names] + list(view.names)
    result = condition_index(np.column_stack([view.baseline, view.media]))
    order = np.argsort(-result.shares, kind="stable")[:2]
    pair = " and ".join(names[i] for i in order)
    message = f"The weakest direction of the data is between {pair} (condition index {_factor(result.index)})."
    media = [names[i] for i in order if names[i] in view.names]
    action = (
        f"Group {pair}, or run a geo test on one of them."
        if len(media) == 2
        else f"Vary the spend of {media[0]} on purpose for a few weeks, or fix its range from a test."
        if media
        else "Lower the seasonality order or the number of knots, or leave out one of these controls."
    )
    return judged("condition", min(result.index, 1e12), message, action)


def _rows_per_parameter(view: View) -> Check:
    n_parameters = view.baseline.shape[1] + sum(1 + _free_transforms(view.spec, name) for name in view.names)
    value = view.dataset.n_weeks / n_parameters
    message = f"{view.dataset.n_weeks} rows for {n_parameters} parameters: {value:.1f} rows each."
    return judged(
        "rows_per_parameter", value, message,
        "Add history, group small channels, or fix carryover and saturation from earlier studies.",
    )  # fmt: skip


def _free_transforms(spec: ModelSpec, name: str) -> int:
    choices = spec.channel(name)
    parameters = ADSTOCKS[choices.adstock].parameters + SATURATIONS[choices.saturation].parameters
    return sum(not isinstance(getattr(choices, p.name), (int, float)) for p in parameters)


def _media_gap(view: View) -> Check:
    """Find money booked in weeks without exposure, and exposure in weeks without money."""
    data, findings, worst, worst_name = view.dataset, [], 0.0, ""
    for k, name in enumerate(data.channels):
        if data.media_units[k] == "money":
            continue
        spend, media = view.spend[:, k], view.media[:, k]
        unseen = (spend > 0) & (media == 0)
        free = (media > 0) & (spend == 0)
        lost = float(spend[unseen].sum() / max(spend.sum(), 1e-300))
        given = float(media[free].sum() / max(media.sum(), 1e-300))
        if max(lost, given) > worst:
            worst, worst_name = max(lost, given), name
        if unseen.any():
            findings.append(
                f"{name} spent {spend[unseen].sum():,.0f} ({lost:.1%}) in {unseen.sum()} periods without "
                f"{data.media_units[k]}, first {view.day(int(np.argmax(unseen)))}"
            )
        if free.any():
            findings.append(
                f"{name} has {data.media_units[k]} in {free.sum()} periods without spend, "
                f"first {view.day(int(np.argmax(free)))}"
            )
    if not findings:
        return judged("media_gap", worst, "Money and exposure of each channel fall in the same periods.", "")
    return judged(
        "media_gap", worst, listed(findings) + ".",
        f"Book the spend of {worst_name} in the weeks it was on air.",
    )  # fmt: skip


def _live_weeks(view: View) -> Check:
    live = (view.media > 0).sum(axis=0)
    if len(live) == 0:
        return judged("live_weeks", float(view.dataset.n_weeks), "There is no media.", "")
    limit = CHECKS["live_weeks"].review or 0.0
    few = [f"{name} ran in {n} periods" for n, name in sorted(zip(live.tolist(), view.names, strict=True)) if n < limit]
    j = int(np.argmin(live))
    message = (
        f"Too few live periods to learn a shape: {listed(few)}."
        if few
        else f"Every channel ran in at least {live[j]} periods ({view.names[j]} the fewest)."
    )
    return judged(
        "live_weeks", float(live[j]), message,
        f"Group {view.names[j]} with a similar channel, or take its curve from a test.",
    )  # fmt: skip


def _spend_follows_demand(view: View) -> Check:
    key, data = "spend_follows_demand", view.dataset
    media = np.concatenate([data.media, data.organic_media], axis=1)
    month = max(1, round(MONTH / data.period_weeks))
    limit = CHECKS[key]
    if not data.channels:
        return Check(limit.name, PASS, None, limit.review, "There is no paid media.")
    test = lead_test(data.kpi, view.design.matrix, media, data.spend, month, data.n_history)
    if test.free < FREE_ROWS:
        return Check(
            limit.name, REVIEW, None, limit.review,
            f"Not tested: the other terms leave {test.free} rows, {FREE_ROWS} are needed.",
            "Add history, or ask whoever sets the budgets whether they follow sales.",
        )  # fmt: skip
    p = np.minimum(1.0, test.p * len(data.channels))
    order = np.argsort(p, kind="stable")
    worst = int(order[0])
    flagged = [int(j) for j in order if limit.status(float(p[j])) != PASS]
    name = data.channels[worst]
    if not flagged:
        message = f"Next month's spend does not predict this month's KPI (closest {name}, {shown_p(p[worst])})."
        return judged(key, float(p[worst]), message, "")
    findings = [f"{data.channels[j]} ({shown_p(p[j])})" for j in flagged]
    return judged(
        key, float(p[worst]),
        f"Next month's spend predicts this month's KPI, as if sales set the budget: {listed(findings)}.",
        f"Ask how the budget of {name} is set; add what drives it (promotion, price, season) as a control, or run a "
        f"geo test on {name}: its ROI is likely too high.",
    )  # fmt: skip


def _correlation(a: Array, b: Array) -> float:
    a, b = a - a.mean(), b - b.mean()
    size = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / size if size > 0 else 0.0


def _factor(value: float) -> str:
    return f"{value:,.1f}" if value < 10 else f"{value:,.0f}" if value < 1e12 else "infinite"


def _baseline_name(name: str) -> str:
    return {"intercept": "the constant baseline", "trend": "the trend"}.get(name, name)


DATA_CHECKS: dict[str, Callable[[View], Check]] = {
    "calendar": _calendar,
    "duplicates": _duplicates,
    "entries": _entries,
    "outlier_kpi": _outlier_kpi,
    "outlier_spend": _outlier_spend,
    "units": _units,
    "control_is_kpi": _control_is_kpi,
    "constant": _constant,
    "vif": _vif,
    "condition": _condition,
    "rows_per_parameter": _rows_per_parameter,
    "media_gap": _media_gap,
    "live_weeks": _live_weeks,
    "typical_week": lambda view: check_typical_weeks(view.dataset, view.spec),
    "spend_follows_demand": _spend_follows_demand,
}
