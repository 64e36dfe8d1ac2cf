"""What the charts read: a model's results arranged as the rows of ChartData."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xl_mmm.report import chart_titles, findings

if TYPE_CHECKING:
    import pandas as pd

    from xl_mmm.book.layout import Layout
    from xl_mmm.report.result_record import Results

Rows = tuple[str, Sequence[Sequence[object]]]  # block, rows of values in the order of its keys


def feeds(r: Results, layout: Layout) -> list[Rows]:
    """Return the rows of every block of ChartData."""
    parts, totals = r.contribution, r.contribution.sum()
    largest = findings.largest(r)[: layout.drawn]
    rest = [name for name in r.media if name not in largest]
    shown = parts.iloc[-layout.chart_periods :]
    dates = shown.index.to_numpy().astype("datetime64[D]")
    actual, left = shown.sum(axis=1).to_numpy(), shown["residual"].to_numpy()
    base = shown.drop(columns=["residual", *r.media]).sum(axis=1).to_numpy()
    drawn = [shown[name].to_numpy() for name in largest] + (
        [shown[rest].sum(axis=1).to_numpy()] if layout.has_other else []
    )
    timeline = [
        [dates[t], actual[t], actual[t] - left[t], base[t], *(part[t] for part in drawn)] for t in range(len(shown))
    ]
    steps = [("Base", totals.drop([*r.media, "residual"]).sum()), *((name, totals[name]) for name in largest)]
    if layout.has_other:
        steps.append((findings.OTHER, totals[rest].sum()))
    steps.append(("Residual", totals["residual"]))
    breakeven = 1.0 / r.margin
    rows: list[Rows] = [
        (
            "titles",
            [
                [chart_titles.topic(key, money=r.is_money), text]
                for key, text in chart_titles.titles(r, layout.curves).items()
            ],
        ),
        ("bars", [_bar(r, name, breakeven) for name in r.channels]),
        ("shares", [[name, *r.roi.loc[name, ["spend_share", "effect_share"]]] for name in r.channels]),
        ("shift", [[name, *row[["today", "plan"]]] for name, row in r.plan.iterrows()]),
        ("waterfall", _waterfall(steps)),
        ("differences", [_difference(name, row) for name, row in list(r.scenarios.iterrows())[1:]]),
        ("timeline_names", [[*largest, *([findings.OTHER] if layout.has_other else [])]]),
        ("timeline", timeline),
    ]
    for i, name in enumerate(findings.by_spend(r)[: layout.curves]):
        curve = r.curves[name][["spend", "outcome", "outcome_low", "outcome_high"]]
        rows.append((f"curve{i}", [list(row) for row in curve.itertuples(index=False)]))
        rows.append((f"today{i}", [[r.roi.loc[name, "spend"], r.revenue[name]]]))
    return rows


def _bar(r: Results, name: str, breakeven: float) -> list[object]:
    own = r.roi.loc[name]
    if not r.is_money:
        cost, least, most = (findings.at(r.roi, name, key) for key in ("cpik", "cpik_low", "cpik_high"))
        label = f"{findings.short(name)} {findings.money(cost)}"
        return [name, cost, cost - least, most - cost, None, most, label]
    middle, low, high = own["roi"], own["roi_low"], own["roi_high"]
    return [
        name,
        middle,
        middle - low,
        high - middle,
        breakeven,
        high,
        f"{findings.short(name)} {findings.times(findings.at(r.roi, name, 'roi'))}",
    ]


def _difference(name: object, row: pd.Series[float]) -> list[object]:
    middle = row["difference"]
    low, high = row["difference_low"], row["difference_high"]
    return [
        name,
        middle,
        middle if middle >= 0 else None,
        middle if middle < 0 else None,
        low,
        high,
        middle - low,
        high - middle,
    ]


def _waterfall(steps: Sequence[tuple[str, float]]) -> list[Sequence[object]]:
    """Arrange the steps from the baseline to the KPI as totals, hidden bases, rises and falls."""
    level = steps[0][1]
    rows: list[Sequence[object]] = [[steps[0][0], level, None, None, None]]
    for name, change in steps[1:]:
        start, level = level, level + change
        rise, fall = (change, None) if change >= 0 else (None, -change)
        rows.append([name, None, min(start, level), rise, fall])
    return [*rows, ["KPI", level, None, None, None]]
