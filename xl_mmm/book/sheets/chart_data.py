"""ChartData: what every chart reads, in fixed and visible cells, as native formulas over the sheets' blocks.

Media are drawn largest first: the orders are ranks in cells, ties broken by place, so that every feed can be followed
with Excel's own arrows. Zeros stand where a chart draws nothing; the charts' labels hide them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.book import layout as lay
from xl_mmm.book import styles as st
from xl_mmm.book.calls import LEVEL, MARGIN, OVER, PERIODS
from xl_mmm.book.canvas import Formula, nothing, when_run
from xl_mmm.book.sheets import plan_feeds
from xl_mmm.book.sheets.compare import AGREEMENT
from xl_mmm.book.sheets.desk import Desk, Looks
from xl_mmm.functions.board import WORDS_SAID
from xl_mmm.report import chart_titles
from xl_mmm.report.findings import NAME_LENGTH, OTHER
from xl_mmm.spec import METHODS
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xl_mmm.book.canvas import Page
    from xl_mmm.book.layout import Block

ENDS = {"": "", "_minus": ", down to low", "_plus": ", up to high"}
HEADS = {
    **{f"{method}{end}": f"{method}{words}" for method in METHODS for end, words in ENDS.items()},
    "constant": "Constant",
    "value": "Value",
    "topic": "Topic",
    "text": "Sentence",
    "chart": "Chart",
    "channel": "Channel",
    "rank": "Rank",
    "roi": "ROI",
    "minus": "Down to low",
    "plus": "Up to high",
    "breakeven": "Break-even",
    "spend_share": "Share of spend",
    "effect_share": "Share of effect",
    "today": "Today",
    "plan": "Optimized",
    "component": "Component",
    "change": "Change",
    "level": "Level",
    "total": "Total",
    "base": "Hidden base",
    "up": "Up",
    "down": "Down",
    "scenario": "Scenario",
    "part": "Part",
    "base_up": "Hidden base",
    "base_down": "Hidden base, below",
    "up_below": "Up, below zero",
    "down_below": "Down, below zero",
    "efficiency": "Efficiency",
    "media_cost": "Media cost",
    "timing": "Timing",
    "difference": "Difference",
    "multiplier": "Multiple",
    "spend": "Spend",
    "outcome": "Outcome",
    "gain": "Gain",
    "loss": "Loss",
    "low": "Low",
    "high": "High",
    "label": "Label",
    "row": "Row",
    "date": "Period",
    "actual": "Actual",
    "fitted": "Fitted",
    "kpi": "Expected",
    "before": "A year before",
    "line": "Line",
    "floor": "Floor",
}
SECTIONS = {
    "constants": "Constants, from Assumptions",
    "year_words": "Sentences about the time ahead",
    "findings": "Sentences, computed from the numbers",
    "titles": "Titles of the charts",
    "bridge_words": "From plan A to plan B, in words",
    "by_effect": "Order by effect",
    "by_spend": "Order by spend",
    "bars": "ROI with range",
    "shares": "Shares",
    "shift": "Budget shift",
    "contrast": "Methods side by side",
    "waterfall": "Bridge",
    "differences": "Scenarios against today",
    "steps": "From plan A to plan B, by reason",
    "splits": "From plan A to plan B, by channel",
    "multipliers": "Multiples drawn",
    "outlook": "KPI ahead",
    "flighting": "Planned spend",
    "timeline": "By period, the last 104",
    "board_words": "Words of the Board",
    "board_figures": "Figures of the Board",
    "board_steps": "From today to the plan, by channel",
    "board_bridge": "The same as drawn",
    "board_returns": "Returns on the Board, largest spend first",
}
TEXT_KEYS = ("label", "chart", "text", "topic", "channel", "component", "scenario", "constant", "part", "line")
MOST_MULTIPLE = 2.0  # response curves run from nothing to twice today's spend


def draw(desk: Desk) -> None:
    """Draw the sheet."""
    layout = desk.layout
    page = desk.canvas.page(
        n.CHART_DATA,
        "Chart data",
        "What does each chart read? Every figure here follows from the other sheets; nothing is typed.",
        13,
        {**dict.fromkeys(range(2, 18), 13.0), 1: 44.0, 10: 26.0, 14: 24.0},
    )
    page.put(lay.TOP, 1, "Sizes of this book", "small")
    page.put(lay.TOP, 2, layout.stamp, "small")
    for name, block in layout.blocks.items():
        if block.sheet != n.CHART_DATA or name in ("timeline_names", "flighting_names"):
            continue
        left = [j for j, key in enumerate(block.keys) if key in TEXT_KEYS]
        page.headers(block.row - 1, block.col, [HEADS.get(key, "") for key in block.keys], left)
        curve = f"Response curve {int(name[-1]) + 1}, by spend" if name.startswith("curve") else "Today"
        page.section(block.row - 2, block.col, block.col + len(block.keys) - 1, SECTIONS.get(name, curve))
    _constants(desk, page)
    page.called("findings", {"topic": ("td_left", None), "text": ("bare_left", None)})
    page.called("year_words", {"text": ("bare_left", None)})
    _titles(desk, page)
    page.called("bridge_words", {"text": ("bare_left", None)})
    _order(page, layout.blocks["by_effect"], layout.blocks["work"], "contribution", desk.scales.kpi_total.number)
    _order(page, layout.blocks["by_spend"], layout.blocks["roi"], "spend", desk.scales.spend.number)
    _bars(desk, page)
    _shares(desk, page)
    _contrast(desk, page)
    _waterfall(desk, page)
    _differences(desk, page)
    plan_feeds.draw(desk, page)
    _curves(desk, page)
    _ahead(desk, page)
    _timeline(desk, page)
    page.sheet.protect("", {"format_columns": True, "format_rows": True})


def _fill(page: Page, block: Block, i: int, formulas: Sequence[str], looks: Looks) -> None:
    """Place one row of a feed: expressions that stay blank until there is a model."""
    for key, expression in zip(block.keys, formulas, strict=True):
        style, number = looks.get(key, ("td_left" if key in TEXT_KEYS else "td", None))
        page.put(*block.place(key, i), when_run(expression), style, number)


def _constants(desk: Desk, page: Page) -> None:
    block, weekly = desk.layout.blocks["constants"], desk.layout.blocks["weekly"]
    settings = {LEVEL: (n.SET_LEVEL, "0%"), MARGIN: (n.SET_MARGIN, "0.00"), OVER: (n.SET_PLAN_OVER, None)}
    for i, (setting, number) in settings.items():
        value = f'INDEX({n.TBL_SETTINGS}[{n.H_VALUE}],MATCH("{setting}",{n.TBL_SETTINGS}[{n.H_SETTING}],0))'
        page.put(*block.place("constant", i), setting, "td_left")
        default = n.SETTING[setting].default
        usual = f'"{default}"' if isinstance(default, str) else default
        page.put(*block.place("value", i), Formula(f'=IF({value}="",{usual},{value})'), "td", number)
    page.put(*block.place("constant", PERIODS), "Periods of the model", "td_left")
    page.put(*block.place("value", PERIODS), Formula(f"=COUNT({weekly.column('date')})"), "td", "0")


def _titles(desk: Desk, page: Page) -> None:
    block = desk.layout.blocks["titles"]
    words = desk.layout.blocks["bridge_words"]
    elsewhere = {  # charts whose finding is no sentence about the model alone
        chart_titles.METHODS: desk.layout.blocks["advice"].cell("text", AGREEMENT),
        chart_titles.STEPS: words.cell("text", 1),
        chart_titles.SPLITS: words.cell("text", 2),
        chart_titles.BOARD_BRIDGE: desk.layout.blocks["board_words"].cell("text", WORDS_SAID.index("steps")),
        chart_titles.BOARD_SPEND: desk.layout.blocks["board_words"].cell("text", WORDS_SAID.index("moved")),
        chart_titles.BOARD_RETURNS: block.cell("text", chart_titles.CHARTS.index("roi")),
    }
    year = desk.layout.blocks["year_words"]
    elsewhere |= {key: year.cell("text", 1 + i) for i, key in enumerate(chart_titles.AHEAD)}
    for i, key in enumerate(chart_titles.CHARTS):
        page.put(*block.place("chart", i), chart_titles.topic(key, money=desk.is_money), "td_left")
        other = elsewhere.get(key)
        finding = desk.said(key, "Not run yet.") if other is None else Formula(f'={other}&""')
        page.put(*block.place("text", i), finding, "bare_left")


def _order(page: Page, block: Block, source: Block, key: str, number: str) -> None:
    """Rank the rows of a table by one of its columns, the largest first."""
    totals = block.column("total")
    for i in range(block.height):
        own = block.cell("total", i)
        above = f"+SUMPRODUCT(({block.column('total', i)}={own})*1)" if i else ""
        rank = f"1+SUMPRODUCT(({totals}>{own})*1){above}"
        _fill(page, block, i, [source.cell("channel", i), source.cell(key, i), rank], {"total": ("td", number)})


def _placed(block: Block, key: str, place: int) -> str:
    """Refer to the value under `key` of the row with rank `place`."""
    return f"INDEX({block.column(key)},MATCH({place},{block.column('rank')},0))"


def _bars(desk: Desk, page: Page) -> None:
    block, roi = desk.layout.blocks["bars"], desk.layout.blocks["roi"]
    margin = desk.layout.blocks["constants"].cell("value", MARGIN)
    middle, low, high = ("roi", "roi_low", "roi_high") if desk.is_money else ("cpik", "cpik_low", "cpik_high")
    unit = n.TIMES if desk.is_money else ""
    number: Looks = dict.fromkeys(("roi", "minus", "plus", "breakeven", "high"), ("td", "0.00"))
    for i in range(block.height):
        name, value, least, most = (roi.cell(key, i) for key in ("channel", middle, low, high))
        own = f'IF(LEN({name})>{NAME_LENGTH},LEFT({name},{NAME_LENGTH - 1})&"…",{name})'
        formulas = [
            name,
            f"IF({nothing(value)},0,{value})",
            f"IF(OR({nothing(value)},{nothing(least)}),0,{value}-{least})",
            f"IF(OR({nothing(value)},{nothing(most)}),0,{most}-{value})",
            f"1/{margin}" if desk.is_money else '""',
            f"IF({nothing(most)},0,{most})",
            f'IF({nothing(value)},{own},{own}&" "&FIXED({value},2)&"{unit}")',
        ]
        _fill(page, block, i, formulas, number)


def _shares(desk: Desk, page: Page) -> None:
    blocks = desk.layout.blocks
    shares, shift, work, plan = blocks["shares"], blocks["shift"], blocks["work"], blocks["plan"]
    percent: Looks = dict.fromkeys(("spend_share", "effect_share"), ("td", st.PERCENT_1_FORMAT))
    money: Looks = dict.fromkeys(("today", "plan"), ("td", desk.scales.spend.number))
    for i in range(shares.height):
        _fill(page, shares, i, [work.cell(key, i) for key in ("channel", "spend_share", "effect_share")], percent)
        _fill(page, shift, i, [plan.cell(key, i) for key in ("channel", "today", "plan")], money)


def _contrast(desk: Desk, page: Page) -> None:
    """Show each channel's return by every method; zeros until methods were compared."""
    block, returns, roi = (desk.layout.blocks[name] for name in ("contrast", "returns", "roi"))
    for i in range(block.height):
        page.put(*block.place("channel", i), when_run(roi.cell("channel", i)), "td_left")
        for method in METHODS:
            middle, low, high = (returns.cell(f"{method}{end}", i) for end in ("", "_low", "_high"))
            differences = {"": middle, "_minus": f"{middle}-{low}", "_plus": f"{high}-{middle}"}
            for end, difference in differences.items():
                known = Formula(f"=IF({nothing(middle)},0,{difference})")
                page.put(*block.place(f"{method}{end}", i), known, "td", "0.00")
        ends = ",".join(returns.cell(f"{method}_high", i) for method in METHODS)
        page.put(*block.place("high", i), Formula(f"=MAX({ends},0)"), "td", "0.00")


def _waterfall(desk: Desk, page: Page) -> None:
    layout, blocks = desk.layout, desk.layout.blocks
    block, bridge, order = blocks["waterfall"], blocks["bridge"], blocks["by_effect"]
    base = len(layout.components) - len(layout.media) - 1  # baseline, controls, carry-in
    steps = [('"Base"', f"SUM({bridge.column('kpi', base)})")]
    steps += [(_placed(order, "channel", i + 1), _placed(order, "total", i + 1)) for i in range(layout.drawn)]
    if layout.has_other:
        first, last = block.cell("change", 1), block.address("change", layout.drawn, absolute=True)
        steps.append((f'"{OTHER}"', f"SUM({order.column('total')})-SUM({first}:{last})"))
    steps.append(('"Residual"', bridge.cell("kpi", bridge.height - 1)))
    steps.append(('"KPI"', f"SUM({bridge.column('kpi')})"))
    looks: Looks = dict.fromkeys(block.keys[1:], ("td", desk.scales.kpi_total.number))
    for i, (name, change) in enumerate(steps):
        own, level, before = block.cell("change", i), block.cell("level", i), block.cell("level", max(i - 1, 0))
        if i in (0, len(steps) - 1):
            formulas = [name, change, own, own, "0", "0", "0"]
        else:
            rise, fall = f"MAX({own},0)", f"MAX(-{own},0)"
            formulas = [name, change, f"{before}+{own}", "0", f"MIN({before},{level})", rise, fall]
        _fill(page, block, i, formulas, looks)


def _differences(desk: Desk, page: Page) -> None:
    """Every plan but the first, which is today."""
    block, plans = desk.layout.blocks["differences"], desk.layout.blocks["scenarios"]
    looks: Looks = dict.fromkeys(block.keys[1:], ("td", desk.outcome_scale.number))
    for i in range(block.height - 1):
        name, value, low, high = (
            plans.cell(key, i + 1) for key in ("scenario", "difference", "difference_low", "difference_high")
        )
        formulas = [name, value, f"MAX({value},0)", f"MIN({value},0)", low, high, f"{value}-{low}", f"{high}-{value}"]
        _fill(page, block, i, [f'IF({nothing(name)},"",{formula})' for formula in formulas], looks)


def _curves(desk: Desk, page: Page) -> None:
    layout, blocks = desk.layout, desk.layout.blocks
    multipliers, order, roi = blocks["multipliers"], blocks["by_spend"], blocks["roi"]
    spend, outcome = ("td", desk.scales.spend.number), ("td", desk.outcome_scale.number)
    for i in range(multipliers.height):
        multiple = MOST_MULTIPLE * i / (multipliers.height - 1)
        page.put(*multipliers.place("multiplier", i), multiple, "td", "0.00")
    for i in range(layout.curves):
        looks = {"multiplier": ("td", "0.00"), "spend": spend, **dict.fromkeys(("outcome", "low", "high"), outcome)}
        page.called(f"curve{i}", looks)
        place = f"MATCH({i + 1},{order.column('rank')},0)"
        point = [f"INDEX({roi.column(key)},{place})" for key in ("channel", "spend", "revenue")]
        _fill(page, blocks[f"today{i}"], 0, point, {"spend": spend, "outcome": outcome})


def _ahead(desk: Desk, page: Page) -> None:
    """Show the KPI ahead beside the year before, and what the plan spends; NA() draws nothing."""
    layout, blocks = desk.layout, desk.layout.blocks
    outlook, flighting, labels = (blocks[key] for key in ("outlook", "flighting", "flighting_names"))
    forecast, weeks, weekly, order = (blocks[key] for key in ("forecast", "weeks", "weekly", "by_spend"))
    dated = ("td_left", st.DATE_FORMAT)
    kpi: Looks = {**dict.fromkeys(outlook.keys, ("td", desk.scales.kpi.number)), "date": dated}
    money: Looks = {**dict.fromkeys(flighting.keys, ("td", desk.scales.spend.number)), "date": dated}
    drawn = min(len(layout.channels), lay.CHART_CHANNELS)
    spend = _rectangle(weeks, "w0", f"w{len(layout.channels) - 1}")
    periods = blocks["constants"].cell("value", PERIODS)
    for i in range(outlook.height):
        day = forecast.cell("date", i)
        row = f"{periods}-COUNT({forecast.column('date')})+{i + 1}"
        before = f"IF({row}<1,NA(),INDEX({weekly.column('actual')},{row}))"
        values = [day, *(forecast.cell(key, i) for key in ("kpi", "low", "high")), before]
        _fill(page, outlook, i, [f"IF({nothing(day)},NA(),{value})" for value in values], kpi)
        day = weeks.cell("date", i)
        own = [
            f"INDEX({spend},{i + 1},MATCH({place + 1},{order.column('rank')},0))" for place in range(drawn)
        ]
        if flighting.keys[-1] != f"m{drawn - 1}":
            row_of = f"{weeks.cell('w0', i)}:{weeks.address(f'w{len(layout.channels) - 1}', i, absolute=True)}"
            first, last = flighting.cell("m0", i), flighting.address(f"m{drawn - 1}", i, absolute=True)
            own.append(f"SUM({row_of})-SUM({first}:{last})")
        _fill(page, flighting, i, [f"IF({nothing(day)},NA(),{value})" for value in (day, *own)], money)
    for place, key in enumerate(labels.keys):
        name = OTHER if place == drawn else when_run(_placed(order, "channel", place + 1))
        page.put(*labels.place(key), name, "th")


def _timeline(desk: Desk, page: Page) -> None:
    """Show the last periods: `row` says which row of the weekly table each one is."""
    layout, blocks = desk.layout, desk.layout.blocks
    block, weekly, order, names = (blocks[key] for key in ("timeline", "weekly", "by_effect", "timeline_names"))
    keys = [f"c{i}" for i in range(len(layout.components))]
    first = len(layout.components) - len(layout.media) - 1
    base, media = _rectangle(weekly, keys[0], keys[first - 1]), _rectangle(weekly, keys[first], keys[-2])
    number = desk.scales.kpi.number
    looks: dict[str, tuple[str, str | None]] = dict.fromkeys(block.keys, ("td", number))
    looks |= {"row": ("td", "0"), "date": ("td_left", st.DATE_FORMAT)}
    periods = blocks["constants"].cell("value", PERIODS)
    for i in range(block.height):
        row = block.cell("row", i)
        drawn = [
            f"INDEX({media},{row},MATCH({place + 1},{order.column('rank')},0))" for place in range(layout.drawn)
        ]
        if layout.has_other:
            own = f"{block.cell('m0', i)}:{block.address(f'm{layout.drawn - 1}', i, absolute=True)}"
            drawn.append(f"SUM(INDEX({media},{row},0))-SUM({own})")
        values = [f"INDEX({weekly.column(key)},{row})" for key in ("date", "actual", "fitted")]
        formulas = [f"{periods}-{block.height - 1 - i}", *values, f"SUM(INDEX({base},{row},0))", *drawn]
        _fill(page, block, i, [formulas[0], *(f"IF({row}<1,NA(),{formula})" for formula in formulas[1:])], looks)
    page.put(names.row, block.place("base")[1], "Base", "th")
    for place, key in enumerate(names.keys):
        if place == layout.drawn:
            page.put(*names.place(key), OTHER, "th")
            continue
        page.put(*names.place(key), when_run(_placed(order, "channel", place + 1)), "th")


def _rectangle(block: Block, first: str, last: str) -> str:
    """Refer to neighboring columns as one range."""
    return f"{block.cell(first)}:{block.address(last, block.height - 1, absolute=True)}"
