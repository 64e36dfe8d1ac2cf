"""Start: what this is, the answers first, five steps, and the state of data, model and checks."""

from __future__ import annotations

from xl_mmm.book import layout as lay
from xl_mmm.book import styles as st
from xl_mmm.book.block_keys import CERTIFICATE
from xl_mmm.book.canvas import CHIP, HAS_MODEL, STATE, Formula, Link, Page, nothing
from xl_mmm.book.sheets.desk import Desk, finding_cell
from xl_mmm.tables import names as n

LAST = 15
NUMBERS = 12  # column of the number; low and high stand beside it
ASKS = {  # finding -> question, where its number stands
    "saturated": ("Where is spend saturated?", n.ROI),
    "underfunded": ("Which channel is underfunded?", n.ROI),
    "cut_first": ("What should be cut first?", n.ROI),
    "next_money": ("Where does the next unit of money go?", n.ROI),
    "sure": ("How sure are we? Number: ROI of media", n.CHECKS),
    "plan": ("What would a better plan bring?", n.BOARD),
}
STEPS = (
    ("Paste the data", "One row a period: date, KPI, spend by channel, other drivers. Headers are yours.", n.DATA),
    (
        "Say what you believe",
        "Which column plays which part, how media carries over and saturates, margin.",
        n.ASSUMPTIONS,
    ),
    ("Add what tests showed", "Lift tests and holdouts, with their standard errors.", n.EXPERIMENTS),
    ("Fit", "Press Fit, or xl-mmm run with this file. The model is kept; your inputs are left alone.", n.MODEL),
    (
        "Read the checks, then decide",
        "Returns by channel, plans against today, the best split of the budget.",
        n.CHECKS,
    ),
)


def draw(desk: Desk) -> None:
    """Draw the sheet."""
    page = desk.canvas.page(
        n.START,
        "Media mix model",
        "What did media earn, what would the next unit of money return, and how sure are we?",
        LAST,
        {1: 16, 2: 13, 3: 17, **dict.fromkeys(range(4, LAST + 1), 14.0), **dict.fromkeys(range(NUMBERS, LAST), 10.5)},
    )
    page.put(lay.TOP, 1, Formula(f"=IF({HAS_MODEL},{finding_cell(desk.layout, 'headline')},{STATE})"), "headline")
    page.height(lay.TOP, 24)
    _cards(desk, page)
    row = lay.TOP + 6
    page.section(row, 1, LAST, "Your questions")
    page.row(row, NUMBERS, ["Number", "low", "high"], "section_right")
    for i, (key, (ask, where)) in enumerate(ASKS.items()):
        at = row + 1 + i
        page.height(at, 22)
        page.put(at, 1, ask, "ask")
        page.row(at, 2, [None, None], "ask")
        page.put(at, 4, desk.said(key, "Answered by the first run."), "answer")
        page.row(at, 5, [None] * (NUMBERS - 5), "rule")
        numbers, look = _numbers(desk, key)
        for j, number in enumerate(numbers):
            shown = Formula(f'=IF({HAS_MODEL},IF({nothing(number)},"–",{number}),"–")')
            page.put(at, NUMBERS + j, shown, "td_bold" if j == 0 else "td", look)
        page.put(at, LAST, Link(f"{where}!A1", f"{where} →"), "link_right")
    row += len(ASKS) + 2
    page.section(row, 1, LAST, "Five steps")
    for i, (step, text, where) in enumerate(STEPS):
        at = row + 1 + i
        page.height(at, 22)
        page.put(at, 1, i + 1, "step")
        page.put(at, 2, step, "step_text")
        page.row(at, 3, [None, None], "rule")
        page.put(at, 5, text, "answer")
        page.row(at, 6, [None] * (LAST - 6), "rule")
        page.put(at, LAST, Link(f"{where}!A1", f"{where} →"), "link_right")
    _state(desk, page, row + len(STEPS) + 2)
    page.sheet.fit_to_pages(1, 1)
    page.sheet.protect("", {"format_columns": True, "format_rows": True})
    page.sheet.activate()


def _numbers(desk: Desk, key: str) -> tuple[list[str], str]:
    """Return where an answer's number, its low and its high stand, and their format."""
    blocks = desk.layout.blocks
    roi, work, today, certificate = (blocks[name] for name in ("roi", "work", "scenarios", "certificate"))
    if key == "plan":
        places = [CERTIFICATE.index(line) for line in ("gain", "gain_low", "gain_high")]
        return [certificate.cell("value", place) for place in places], desk.outcome_scale.signed
    if key == "sure":
        keys = ("roi", "roi_low", "roi_high") if desk.is_money else ("outcome", "low", "high")
        return [today.cell(end) for end in keys], st.TIMES_FORMAT if desk.is_money else desk.outcome_scale.number
    block, name = (work, "saturation") if key == "saturated" else (roi, "mroi")
    by = block.column("mroi_low" if key == "underfunded" else name)
    place = f"MATCH({'MIN' if key == 'cut_first' else 'MAX'}({by}),{by},0)"
    ends = [f'IF(COUNT({by})=0,"",INDEX({block.column(name + end)},{place}))' for end in ("", "_low", "_high")]
    return ends, st.PERCENT_FORMAT if key == "saturated" else st.TIMES_FORMAT


def _cards(desk: Desk, page: Page) -> None:
    """Four key figures, read from the sheets that own them."""
    layout, label_row, value_row = desk.layout, lay.TOP + 2, lay.TOP + 3
    total = layout.blocks["roi"].row + len(layout.channels) + 1
    certificate = layout.blocks["certificate"]
    gain = certificate.cell("value", CERTIFICATE.index("gain"))
    statistics = layout.blocks["statistics"]
    names, values = statistics.column("statistic"), statistics.column("value")
    number = desk.outcome_scale.number
    figures = (
        (f"Media {desk.outcome.lower()}", f"{n.ROI}!$D${total}", number),
        (
            "Return on spend" if desk.is_money else desk.priced("Spend"),
            f"{n.ROI}!$E${total}" if desk.is_money else f"{n.ROI}!$C${total}",
            st.TIMES_FORMAT if desk.is_money else desk.scales.spend.number,
        ),
        ("Gain from the best plan", gain, desk.outcome_scale.signed),
        ("Movement explained (R²)", f'INDEX({values},MATCH("R2",{names},0))', "0%"),
    )
    page.height(label_row, 20)
    page.height(value_row, 30)
    for i, (label, source, look) in enumerate(figures):
        col = 1 + 3 * i
        page.put(label_row, col, label, "kpi_label")
        page.put(label_row, col + 1, None, "kpi_label")
        page.put(value_row, col, Formula(f'=IF({HAS_MODEL},{source},"–")'), "kpi", look)
        page.put(value_row + 1, col, desk.said(f"card{i + 1}"), "kpi_sub")


def _state(desk: Desk, page: Page, row: int) -> None:
    runs = desk.layout.blocks["runs"]
    times = runs.column(n.H_TIME)
    page.section(row, 1, LAST, "State")
    lines: tuple[tuple[str, Formula, str | None], ...] = (
        ("Data", desk.said("data", "See Checks; nothing is estimated yet."), None),
        ("Model", Formula(f"=IF({HAS_MODEL},{finding_cell(desk.layout, 'model')},{STATE})"), None),
        ("Checks", Formula(f"={CHIP}"), None),
        ("Last run", Formula(f'=IF(COUNT({times})=0,"none",INDEX({times},COUNT({times})))'), st.TIME_FORMAT),
    )
    for i, (label, words, look) in enumerate(lines):
        page.put(row + 1 + i, 1, label, "ask_plain")
        page.put(row + 1 + i, 3, words, "plain", look)
    row += len(lines) + 2
    page.put(row, 1, "Cells", "ask_plain")
    for col, style, text in (
        (3, "input_left", "yours to change"),
        (5, "td_left", "calculated"),
        (7, "output_left", "result to read first"),
    ):
        page.put(row, col, text, style)
        page.put(row, col + 1, None, style)
