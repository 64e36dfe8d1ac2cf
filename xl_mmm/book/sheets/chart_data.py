"""ChartData: what every chart reads, in fixed and visible cells."""

from __future__ import annotations

from xl_mmm.book import layout as lay
from xl_mmm.book import styles as st
from xl_mmm.book.sheets.desk import Desk, Looks
from xl_mmm.tables import names as n

HEADS = {
    "chart": "Chart",
    "text": "Title",
    "channel": "Channel",
    "roi": "ROI",
    "minus": "Down to low",
    "plus": "Up to high",
    "breakeven": "Break-even",
    "spend_share": "Share of spend",
    "effect_share": "Share of effect",
    "today": "Today",
    "plan": "Optimized",
    "component": "Component",
    "total": "Total",
    "base": "Hidden base",
    "up": "Up",
    "down": "Down",
    "scenario": "Scenario",
    "difference": "Difference",
    "spend": "Spend",
    "outcome": "Outcome",
    "gain": "Gain",
    "loss": "Loss",
    "low": "Low",
    "high": "High",
    "label": "Label",
    "date": "Period",
    "actual": "Actual",
    "fitted": "Fitted",
}
TITLES = {
    "titles": "Titles, computed from the numbers",
    "bars": "ROI with range",
    "shares": "Shares",
    "shift": "Budget shift",
    "waterfall": "Bridge",
    "differences": "Scenarios against today",
    "timeline": "By period, the last 104",
}
TEXT_KEYS = ("label", "chart", "text", "channel", "component", "scenario")


def draw(desk: Desk) -> None:
    """Draw the sheet."""
    layout = desk.layout
    page = desk.canvas.page(
        n.CHART_DATA,
        "Chart data",
        "What does each chart read? Every figure here is written by a run; nothing is typed.",
        13,
        {**dict.fromkeys(range(2, 18), 13.0), 1: 44.0, 10: 26.0, 14: 24.0},
    )
    stamp = page.canvas.results.get(n.CHART_DATA, {}).get("C5", layout.stamp)
    page.put(lay.TOP, 1, "Sizes of this book", "small")
    page.put(lay.TOP, 2, stamp, "small")
    for name, block in layout.blocks.items():
        if block.sheet != n.CHART_DATA or name == "timeline_names":
            continue
        numbers = _numbers(desk, name)
        page.owned(block, numbers)
        left = [j for j, key in enumerate(block.keys) if key in TEXT_KEYS]
        page.headers(block.row - 1, block.col, [HEADS.get(key, "") for key in block.keys], left)
        title = TITLES.get(
            name,
            f"Response curve {int(name[-1]) + 1}, by spend" if name.startswith("curve") else "Today",
        )
        page.section(block.row - 2, block.col, block.col + len(block.keys) - 1, title)
    names = layout.blocks["timeline_names"]
    page.owned(names, dict.fromkeys(names.keys, ("th", None)))
    page.put(names.row, layout.blocks["timeline"].col + 3, "Base", "th")
    page.sheet.protect("", {"format_columns": True, "format_rows": True})


def _numbers(desk: Desk, name: str) -> Looks:
    """Choose the looks of one feed."""
    scales, block = desk.scales, desk.layout.blocks[name]
    kpi, revenue, spend = scales.kpi.number, desk.outcome_scale.number, scales.spend.number
    number = {
        "bars": "0.00",
        "shares": st.PERCENT_1_FORMAT,
        "shift": spend,
        "waterfall": scales.kpi_total.number,
        "differences": revenue,
        "timeline": kpi,
    }.get(name, revenue)
    looks: dict[str, tuple[str, str | None]] = {
        key: ("td_left", None) if key in TEXT_KEYS else ("td", number) for key in block.keys
    }
    if "date" in looks:
        looks["date"] = ("td_left", st.DATE_FORMAT)
    if "spend" in looks:
        looks["spend"] = ("td", spend)
    if name == "titles":
        looks["text"] = ("bare_left", None)
    return looks
