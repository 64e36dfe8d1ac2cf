"""Checks: one verdict, the tie-outs as native formulas, and every data and model check with what to do."""

from __future__ import annotations

from xl_mmm.book import layout as lay
from xl_mmm.book.block_keys import CERTIFICATE, CHECK_KEYS
from xl_mmm.book.calls import OVER, status_cells, whole
from xl_mmm.book.canvas import HAS_MODEL, Formula, Link, Page, nothing, when_run
from xl_mmm.book.layout import Block, Layout
from xl_mmm.book.sheets.data import HEADER_ROW
from xl_mmm.book.sheets.desk import Desk
from xl_mmm.functions.board import FIGURES
from xl_mmm.planning.year import WHOLE
from xl_mmm.tables import names as n

TOLERANCE = 0.01  # money
BELOW = "Data: nothing below the table"
AGAIN = "Fit again; if it stays, see the first lines below."
REMEDIES = {
    BELOW: "Drag the table's corner over them.",
    n.SCENARIOS: f"Mend {n.TBL_SCENARIOS}: the lines below name its cells.",
    n.PLAN: f"Mend {n.TBL_CALENDAR} or {n.TBL_SCENARIOS}: the lines below name their cells.",
    n.BOARD: f"Fit again, optimize again, or name a scenario that {n.SET_BOARD} can find.",
    n.OPTIMIZER: f"Optimize again, or mend {n.TBL_CONSTRAINTS}: the lines below name its cells.",
}
LAST = 10
HEADS = ("Check", "Status", "Value", "Threshold", "What was seen", "What to do", "Table", "Row", "Column", "Look at")
LEFT = (0, 4, 5, 6, 9)
ANCHORS = 12  # first column of the tables' places, right of the print area


def draw(desk: Desk) -> None:
    """Draw the sheet."""
    checks, refit = desk.layout.blocks["checks"], desk.layout.blocks["refit_checks"]
    page = desk.canvas.page(
        n.CHECKS,
        "Checks",
        "Can these numbers be used? Each line says what was seen and what to do about it.",
        LAST,
        {1: 44, 2: 18, 3: 14, 4: 12, 5: 72, 6: 44, 7: 14, 8: 7, 9: 8, 10: 18, 11: 3, 12: 15, 13: 14, 14: 8, 15: 8},
        chip=1,
        row=15.0,
    )
    ties = tie_outs(desk)
    _verdict(page, desk.layout)
    page.section(lay.TIES_ROW - 1, 1, LAST, f"Tie-outs: native formulas across the sheets, to {TOLERANCE:g}")
    heads = ["Tie-out", "Status", "Difference", "Tolerance", "What is compared", "If it fails", "", "", "", "Look at"]
    page.headers(lay.TIES_ROW, 1, heads, LEFT, (1,))
    for i, (label, formula, meaning) in enumerate(ties):
        row = lay.TIES_ROW + 1 + i
        cell = f"D{row + 1}"
        page.put(row, 1, label, "td_left")
        judged = f'IF({cell}="","{n.NOT_RUN}",IF({cell}<=E{row + 1},"{n.PASS}","{n.FAIL}"))'
        page.put(row, 2, Formula(f'=IF(ISERROR({cell}),"{n.FAIL}",{judged})'), "status")
        tied = Formula(f"={formula}") if label == BELOW else when_run(f"ABS({formula})")
        page.put(row, 3, tied, "td", "#,##0.000000")
        page.put(row, 4, TOLERANCE, "td", "0.00")
        page.put(row, 5, meaning, "note")
        remedy = REMEDIES.get(label.partition(":")[0] if label != BELOW else BELOW, AGAIN)
        page.put(row, 6, remedy, "note")
        page.row(row, 7, [None] * 3, "rule")
        where = label.split(":")[0].split(" ")[0]
        page.put(row, 10, Link(f"{where}!A1", f"{where} →"), "link_right")
    looks: dict[str, tuple[str, str | None]] = dict.fromkeys(CHECK_KEYS, ("check_left", None))
    looks |= {"status": ("check_status", None), **dict.fromkeys(("value", "threshold"), ("check", "#,##0.00"))}
    looks |= dict.fromkeys(("row", "column"), ("check", "0"))
    again = "Fitted again by the last run: on weeks not seen, with a channel more or less, on parts of the window"
    page.section(refit.row - 2, 1, LAST, again)
    page.headers(refit.row - 1, 1, [*HEADS[:6], "", "", "", ""], LEFT, (1,))
    fine = dict.fromkeys(("value", "threshold"), ("check", "#,##0.00#"))  # half a percent of the KPI is a limit
    page.kept("refit_checks", looks | fine)
    page.section(checks.row - 2, 1, LAST, "Data and model, as they stand")
    page.headers(checks.row - 1, 1, list(HEADS), LEFT, (1,))
    page.called("checks", looks)
    _links(page, checks)
    for block in (refit, checks):
        page.rules_where_filled(block, "check", f"B{block.row + 1}:K{block.row + block.height}")
    page.status_colors(f"C{lay.TIES_ROW + 2}:C{checks.row + checks.height}")
    page.sheet.freeze_panes(4, 2)
    page.sheet.print_area(0, 0, checks.row + checks.height, LAST)
    page.sheet.protect("", {"format_columns": True, "format_rows": True})


def _links(page: Page, checks: Block) -> None:
    """Place the way to the cell that a line speaks of: its table's place, and row and column within the table."""
    tables = list(n.TABLE_SHEET)
    page.headers(checks.row - 1, ANCHORS, ["Table", "Sheet", "Row", "Column"], (0, 1))
    for i, (table, sheet) in enumerate(n.TABLE_SHEET.items()):
        row = checks.row + i
        page.put(row, ANCHORS, table, "small")
        page.put(row, ANCHORS + 1, sheet, "small")
        page.put(row, ANCHORS + 2, Formula(f"=ROW({whole(table)})"), "small", "0")
        page.put(row, ANCHORS + 3, Formula(f"=COLUMN({whole(table)})"), "small", "0")
    first, last = checks.row + 1, checks.row + len(tables)
    names, sheets, rows, columns = (
        f"${lay.letters(ANCHORS + j)}${first}:${lay.letters(ANCHORS + j)}${last}" for j in range(4)
    )
    for i in range(checks.height):
        table, down, across = (f"${checks.address(key, i)}" for key in ("table", "row", "column"))
        at = f"MATCH({table},{names},0)"
        place = f"ADDRESS(INDEX({rows},{at})+{down}-1,INDEX({columns},{at})+{across}-1,4)"
        target = f'INDEX({sheets},{at})&"!"&{place}'
        link = Formula(f'=IF({nothing(down)},"",HYPERLINK("#"&{target},{target}&" →"))')
        page.put(checks.row + i, LAST, link, "link")


def _verdict(page: Page, layout: Layout) -> None:
    """ALL CHECKS, its words for the headers, and the counts behind it."""
    statuses = status_cells(layout).split("!")[1].replace("$", "")
    page.put(4, 1, "ALL CHECKS", "headline")
    page.put(5, 1, "As shown on every sheet", "td_left")
    page.put(6, 1, "Failing", "td_left")
    page.put(7, 1, "To review", "td_left")
    page.put(6, 2, Formula(f'=SUMPRODUCT(EXACT({statuses},"{n.FAIL}")*1)'), "td", "0")
    page.put(7, 2, Formula(f'=SUMPRODUCT(EXACT({statuses},"{n.REVIEW}")*1)'), "td", "0")
    judged = f'IF({HAS_MODEL},IF(C8>0,"{n.REVIEW}","{n.PASS}"),"{n.NOT_RUN}")'
    page.put(4, 2, Formula(f'=IF(C7>0,"{n.FAIL}",{judged})'), "verdict")
    page.status_colors("C5", fill=True)
    failing = f'IF(C7=1,"{n.FAIL}: 1 CHECK","{n.FAIL}: "&C7&" CHECKS")'
    open_ones = f'IF(C8=1,"{n.REVIEW}: 1 CHECK","{n.REVIEW}: "&C8&" CHECKS")'
    words = f'=IF(C5="{n.FAIL}",{failing},IF(C5="{n.REVIEW}",{open_ones},IF(C5="{n.PASS}","ALL CHECKS PASS",C5)))'
    page.put(5, 2, Formula(words), "td")
    page.canvas.book.define_name(n.NAME_ALL_CHECKS, f"={n.CHECKS}!$C$5")


def tie_outs(desk: Desk) -> list[tuple[str, str, str]]:
    """Label, difference as a formula, and meaning of every tie-out."""
    layout, blocks = desk.layout, desk.layout.blocks
    weekly, roi, statistics = blocks["weekly"], blocks["roi"], blocks["statistics"]
    first_day, last_day = (statistics.cell("value", i) for i in range(2))
    parts = _columns(weekly, weekly.keys[3:-1])
    actual = weekly.column("actual")
    kpi, day = (structured(str(desk.inputs.setting(name))) for name in (n.SET_KPI, n.SET_DATE))
    revenue = roi.column("revenue")
    today = blocks["scenarios"].cell("outcome")
    over = blocks["constants"].cell("value", OVER)
    reasons, by_channel = blocks["bridge_reasons"], blocks["bridge_channels"]
    steps = reasons.height - 1  # rows above plan B
    certificate = blocks["certificate"]
    board = blocks["board_steps"]
    at = {key: certificate.cell("value", i) for i, key in enumerate(CERTIFICATE)}
    scenarios, plan_weeks = blocks["scenarios"], blocks["weeks"]
    shows, follows, timed = (_setting(name) for name in (n.SET_BOARD, n.SET_FOLLOWS, n.SET_FLIGHTING))
    optimized = f'EXACT({shows},"{n.OPTIMIZED_PLAN}")'
    of_shown, of_followed = (
        {key: _where(scenarios, "scenario", named, key) for key in ("outcome", "difference", "assumed")}
        for named in (shows, follows)
    )
    figure = {key: blocks["board_figures"].cell("value", list(FIGURES).index(key)) for key in ("outcome", "gain")}
    year = {key: _where(blocks["year"], "period", f'"{WHOLE}"', key) for key in ("spend", "outcome")}
    bought = "+".join(f"SUM({structured(n.COMMITTED + name, n.TBL_CALENDAR)})" for name in layout.channels)
    weekly_revenue = "+".join(_earned(weekly, layout, name) for name in layout.channels)
    last = lay.letters(len(desk.inputs.columns))
    table = whole(n.TBL_DATA)
    below = f"INDEX({n.DATA}!$B${HEADER_ROW + 2}:${last}$1048576,ROW({table})+ROWS({table})-{HEADER_ROW + 1},0)"
    return [
        (BELOW, f"COUNTA({below})", "Cells just below the table are not part of it; no function sees them"),
        (
            f"Data: {desk.kpi_unit} = Contributions",
            f'SUMIFS({kpi},{day},">="&{first_day},{day},"<="&{last_day})-SUM({parts})',
            "Sum of the KPI in Data over the window, against all components",
        ),
        (
            "Contributions: components = actual",
            f"SUM({actual})-SUM({parts})",
            "Totals of the decomposition, against the actual column",
        ),
        (
            "Contributions: bridge = actual",
            f"SUM({blocks['bridge'].column('kpi')})-SUM({actual})",
            "The bridge in total, against the actual column",
        ),
        (
            "ROI: brought = Contributions",
            f"SUM({revenue})-({weekly_revenue})",
            "Paid channels over the window, valued week by week",
        ),
        (
            "Scenarios: today = ROI",
            f'IF(EXACT({over},"{n.THE_WINDOW}"),{today}-SUM({revenue}),{today}-{at["outcome_today"]})',
            "Outcome of the first scenario, against ROI; over the year ahead, against Optimizer",
        ),
        (
            "Optimizer: today = Scenarios",
            f"{at['outcome_today']}-{today}",
            "Outcome that the plan starts from, against the first scenario",
        ),
        (
            "Scenarios: bridge = difference",
            f"ABS(SUM({reasons.column('value', steps)})-{reasons.cell('value', steps)})"
            f"+ABS(SUM({by_channel.column('value')})+{reasons.cell('value')}-{reasons.cell('value', steps)})",
            "Plan A and all reasons, and plan A and all channels, against plan B",
        ),
        (
            "Optimizer: plan = budget",
            f"SUM({blocks['plan'].column('plan')})-{at['budget']}",
            "Spend of the plan in total, against the budget",
        ),
        (
            "Board: bridge = plan",
            f"SUM({board.column('value', board.height - 1)})-{board.cell('value', board.height - 1)}",
            "Today and every channel's change, against the plan",
        ),
        (
            "Board: outcome = its plan",
            f"{figure['outcome']}-IF({optimized},{at['outcome_plan']},{of_shown['outcome']})",
            "Outcome on the Board, against the certificate, or against the scenario that it shows",
        ),
        (
            "Board: gain = its plan",
            f"{figure['gain']}-IF({optimized},{at['gain']},{of_shown['difference']}-{of_shown['assumed']})",
            "Change from today on the Board, against the certificate, or the scenario's less what it assumes",
        ),
        (
            "Plan: weeks = year",
            f"SUM({_columns(plan_weeks, plan_weeks.keys[1 : 1 + len(layout.channels)])})-{year['spend']}",
            "Spend of all channels week by week, against the year's",
        ),
        (
            "Plan: outcome = Scenarios",
            f'IF(EXACT({over},"{n.YEAR_AHEAD}"),IF(({bought}=0)*(1-EXACT({timed},"{n.OPTIMIZED_FLIGHTING}")),'
            f"{year['outcome']}-({of_followed['outcome']}-{of_followed['assumed']}),0),0)",
            "Over the year ahead, nothing committed or timed: what the plan brings, against its scenario",
        ),
        *(
            (
                f"ROI × spend: {name}",
                f"{_returned(desk, i)}-{_earned(weekly, layout, name)}",
                "ROI times spend, against the channel's own weeks"
                if desk.is_money
                else "Spend over cost per KPI unit, against the channel's own weeks",
            )
            for i, name in enumerate(layout.channels)
        ),
    ]


def structured(header: str, table: str = n.TBL_DATA) -> str:
    """Structured reference to a column of a table, special characters escaped."""
    escaped = "".join(f"'{c}" if c in "[]#'@" else c for c in header)
    return f"{table}[{escaped}]"


def _setting(name: str) -> str:
    """Read a setting that is a text, its default where the cell is blank."""
    value = f'INDEX({n.TBL_SETTINGS}[{n.H_VALUE}],MATCH("{name}",{n.TBL_SETTINGS}[{n.H_SETTING}],0))'
    return f'IF({value}="","{n.SETTING[name].default}",{value})'


def _where(block: Block, named: str, text: str, key: str) -> str:
    """Read a column of a block in the row of a name."""
    return f"SUMPRODUCT(EXACT({block.column(named)},{text})*1,{block.column(key)})"


def _columns(weekly: Block, keys: tuple[str, ...]) -> str:
    """Rectangle from the first to the last of neighboring columns."""
    last = weekly.address(keys[-1], weekly.height - 1, absolute=True)
    return f"{weekly.cell(keys[0])}:{last}"


def _earned(weekly: Block, layout: Layout, name: str) -> str:
    """Value a medium's contribution period by period."""
    key = f"c{layout.components.index(name)}"
    return f"SUMPRODUCT({weekly.column(key)},{weekly.column('value')})"


def _returned(desk: Desk, i: int) -> str:
    """ROI times spend of channel `i`, or what its cost per unit implies."""
    roi = desk.layout.blocks["roi"]
    if desk.is_money:
        back, spend = roi.cell("roi", i), roi.cell("spend", i)
        return f"IF({nothing(back)},0,{back}*{spend})"
    cost, brought, spend = (roi.cell(key, i) for key in ("cpik", "revenue", "spend"))
    return f"IF({nothing(cost)},{brought},{spend}/{cost})"
