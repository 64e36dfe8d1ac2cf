"""Experiments: lift tests as they were measured; beside them what each moved, and what it says as a prior."""

from __future__ import annotations

from xl_mmm.book import styles as st
from xl_mmm.book.canvas import Link, Page
from xl_mmm.book.layout import LIFT_ROW, letters
from xl_mmm.book.places import lift_columns
from xl_mmm.book.sheets.assumptions import channel_cells
from xl_mmm.book.sheets.desk import Desk, any_date, drop_down, drop_down_cells, fill_table, name_width, number_between
from xl_mmm.tables import names as n

GUIDE_ROW = 4
SPARE = 6
LAST = 13  # column where the input table ends
GUIDE = (
    "One row a test: what was changed, what it added, how sure that is. A holdout has a negative spend change and, "
    "as a rule, a negative effect.",
    f"Method bayes uses tests as the setting {n.SET_LIFT_TESTS} says: '{n.IN_THE_FIT}' lets the model explain each "
    "measured effect like the KPI, carryover and saturation included;",
    f"'{n.AS_PRIORS}' makes tests of all of a channel's spend its prior of ROI, others of marginal ROI, in place of "
    f"the believed range; '{n.LEAVE_OUT}' keeps them here only.",
    "The methods ols, ridge and lasso do not use tests: Checks says so, and the prediction beside each test shows "
    "whether the model agrees.",
    "Give the standard error or both ends of the 90 % interval. Population share: the part of the market's spend that "
    "was tested, 1 for all of it.",
)
GROUPS = (
    (2, "Effect measured"), (5, "Foreseen without tests"), (8, "Said by the model"), (11, "ROI without tests"),
    (14, "ROI in the model"),
)  # fmt: skip


def draw(desk: Desk) -> None:
    """Draw the sheet."""
    moved, priors = lift_columns()
    page = desk.canvas.page(
        n.EXPERIMENTS, "Experiments", "What did tests show, and what did they move?", LAST, _widths(desk), chip=1
    )
    for i, line in enumerate(GUIDE):
        page.put(GUIDE_ROW + i, 1, line, "plain")
    row = LIFT_ROW + 1
    page.put(LIFT_ROW - 2, 1, Link(f"{n.EXPERIMENTS}!{letters(moved)}{row}", "What each test moved →"), "link")
    page.put(LIFT_ROW - 2, 4, Link(f"{n.EXPERIMENTS}!{letters(priors)}{row}", "What each says as a prior →"), "link")
    _inputs(desk, page)
    _moved(desk, page, moved)
    _priors(page, priors)
    page.sheet.freeze_panes(LIFT_ROW + 1, 2)
    page.sheet.repeat_rows(1, LIFT_ROW)
    page.sheet.fit_page = False
    page.sheet.set_print_scale(60)
    page.sheet.set_v_pagebreaks([moved, priors])


def _widths(desk: Desk) -> dict[int, float]:
    """Column widths, part by part."""
    name, (moved, priors) = name_width(desk.layout.channels, 18), lift_columns()
    parts = {
        1: (name, 12, 12, 14, 14, 14, 13, 13, 13, 12, 10, 24, 36, 3),
        moved: (name, 12, *(10.5,) * 9, *(7.5,) * 6, 9, 42, 3),
        priors: (name, 12, 9, *(10,) * 10, 9, 9, 62),
    }
    return {first + j: width for first, widths in parts.items() for j, width in enumerate(widths)}


def _inputs(desk: Desk, page: Page) -> None:
    """Draw the table of tests."""
    headers = n.TABLE_HEADERS[n.TBL_LIFT_TESTS]
    rows = [{n.H_UNIT: f"{desk.currency}; {desk.kpi_unit}", **row} for row in desk.inputs.lift_tests]
    height = len(rows) + SPARE
    text: tuple[str, str | None] = ("input_left", None)
    day, amount = ("input_left", st.DATE_FORMAT), ("input", "#,##0")
    looks: dict[str, tuple[str, str | None]] = {
        n.H_CHANNEL: text, n.H_START: day, n.H_END: day, n.H_SPEND_CHANGE: amount, n.H_INCREMENTAL_KPI: amount,
        n.H_STANDARD_ERROR: amount, n.H_LOW_90: amount, n.H_HIGH_90: amount, n.H_MEASURED_UNTIL: day,
        n.H_POPULATION_SHARE: ("input", "0.00"), n.H_IN_DATA: text, n.H_UNIT: ("note", None), n.H_NOTE: text,
    }  # fmt: skip
    page.section(LIFT_ROW - 1, 1, len(headers), "Lift tests")
    lefts = [j for j, header in enumerate(headers) if looks[header][0] != "input"]
    area = page.table(n.TBL_LIFT_TESTS, LIFT_ROW, 1, headers, height, lefts)
    fill_table(page, area, rows, looks)
    span, at = (LIFT_ROW + 1, LIFT_ROW + height), {header: 1 + j for j, header in enumerate(headers)}
    drop_down_cells(page, span, at[n.H_CHANNEL], channel_cells(desk), n.H_CHANNEL, "The paid channel that was changed.")
    for header, prompt in (
        (n.H_START, "First day of changed spend."),
        (n.H_END, "Last day of changed spend."),
        (n.H_MEASURED_UNTIL, "Last day of measurement; blank: the last day of changed spend."),
    ):
        any_date(page, span, at[header], header, prompt)
    for header, prompt in (
        (n.H_SPEND_CHANGE, "Money added over the test; negative for a holdout."),
        (n.H_INCREMENTAL_KPI, "Measured difference in KPI units; negative for a holdout that cost sales."),
        (n.H_LOW_90, "Low end of the 90 % interval, KPI units; both ends, or the standard error."),
        (n.H_HIGH_90, "High end of the 90 % interval, KPI units; both ends, or the standard error."),
    ):
        number_between(page, span, at[header], (-1e15, 1e15), header, prompt)
    words = "How uncertain the result is, KPI units; above zero. Blank when the interval is given."
    number_between(page, span, at[n.H_STANDARD_ERROR], (1e-12, 1e15), n.H_STANDARD_ERROR, words)
    words = "Share of the market's spend that was tested; 1 for all of it."
    number_between(page, span, at[n.H_POPULATION_SHARE], (0.0001, 1), n.H_POPULATION_SHARE, words)
    words = "Whether the spend in Data already holds the change."
    drop_down(page, span, at[n.H_IN_DATA], (n.YES, n.NO), n.H_IN_DATA, words)


def _moved(desk: Desk, page: Page, col: int) -> None:
    """Draw what each test moved."""
    block = desk.layout.blocks["lift_tests"]
    page.section(LIFT_ROW - 2, col, col + len(block.keys) - 1, "What each test moved, as of the last fit")
    page.row(LIFT_ROW - 1, col + 2, [None] * (len(block.keys) - 4), "th_group")
    for place, words in GROUPS:
        page.put(LIFT_ROW - 1, col + place, words, "th_group")
    ends = ["mean", "low", "high"] * 5
    page.headers(LIFT_ROW, col, ["Channel", "Start", *ends, "Conflict z", "Verdict"], (0, 1, len(block.keys) - 1))
    effect, multiple = ("bare", "#,##0"), ("bare", "0.00")
    looks: dict[str, tuple[str, str | None]] = {
        key: multiple if key.startswith("roi") else effect for key in block.keys
    }
    looks |= {
        "channel": ("bare_left", None), "start": ("bare_left", st.DATE_FORMAT), "conflict_z": ("bare", "0.0"),
        "verdict": ("bare_left", None),
    }  # fmt: skip
    page.called("lift_tests", looks)
    page.rules_where_filled(block, "channel")


def _priors(page: Page, col: int) -> None:
    """Draw every step from a test to a prior."""
    block = page.canvas.layout.blocks["lift_priors"]
    words = "What each test says as a prior of ROI, step by step (live; used when Lift tests are ROI priors)"
    page.section(LIFT_ROW - 2, col, col + len(block.keys) - 1, words)
    steps = "mean = gamma × estimate, gamma = 1 / p exact; standard deviation = standard error × √(1 + the three taus)"
    page.put(LIFT_ROW - 1, col, steps, "small")
    heads = (
        "Channel", "Start", "Informs", "Estimate", "Standard error", "p, as a pulse", "p exact", "Gamma",
        "Tau duration", "Tau spend", "Tau recency", "Mean", "Standard deviation", "90 % low", "90 % high", "Used",
    )  # fmt: skip
    page.headers(LIFT_ROW, col, heads, (0, 1, 2, len(heads) - 1))
    looks: dict[str, tuple[str, str | None]] = dict.fromkeys(block.keys, ("bare", "0.00"))
    looks |= dict.fromkeys(("channel", "informs", "used"), ("bare_left", None))
    looks |= {"start": ("bare_left", st.DATE_FORMAT)}
    page.called("lift_priors", looks)
    page.rules_where_filled(block, "channel")
