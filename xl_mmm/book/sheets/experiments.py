"""Experiments: lift tests, as they were measured."""

from __future__ import annotations

from xl_mmm.book import styles as st
from xl_mmm.book.sheets.assumptions import channel_cells
from xl_mmm.book.sheets.desk import Desk, any_date, drop_down, drop_down_cells, fill_table, name_width, number_between
from xl_mmm.tables import names as n

GUIDE_ROW, HEAD_ROW = 4, 9
SPARE = 6
GUIDE = (
    "One row a test: what was changed, what it added, how sure that is. A holdout has a negative spend change.",
    "The methods ols, ridge and lasso do not use tests: compare them with ROI. Nor does bayes in this release.",
    "Standard error: half of the 90 % range / 1.645. Population share: the part of the market tested, 1 for all of it.",
)


def draw(desk: Desk) -> None:
    """Draw the sheet."""
    headers = n.TABLE_HEADERS[n.TBL_LIFT_TESTS]
    page = desk.canvas.page(
        n.EXPERIMENTS,
        "Experiments",
        "What did tests show? Paste lift tests as they were measured.",
        10,
        {
            1: name_width(desk.layout.channels, 18),
            2: 12,
            3: 12,
            4: 14,
            5: 14,
            6: 14,
            7: 13,
            8: 12,
            9: 10,
            10: 24,
            11: 36,
        },
        chip=1,
    )
    for i, line in enumerate(GUIDE):
        page.put(GUIDE_ROW + i, 1, line, "plain")
    rows = [{n.H_UNIT: f"{desk.currency}; {desk.kpi_unit}", **row} for row in desk.inputs.lift_tests]
    height = len(rows) + SPARE
    page.section(HEAD_ROW - 1, 1, len(headers), "Lift tests")
    area = page.table(n.TBL_LIFT_TESTS, HEAD_ROW, 1, headers, height, (0, 1, 2, 6, 9, 10))
    text: tuple[str, str | None] = ("input_left", None)
    day = ("input_left", st.DATE_FORMAT)
    fill_table(
        page,
        area,
        rows,
        {
            n.H_CHANNEL: text,
            n.H_START: day,
            n.H_END: day,
            n.H_SPEND_CHANGE: ("input", "#,##0"),
            n.H_INCREMENTAL_KPI: ("input", "#,##0"),
            n.H_STANDARD_ERROR: ("input", "#,##0"),
            n.H_MEASURED_UNTIL: day,
            n.H_POPULATION_SHARE: ("input", "0.00"),
            n.H_IN_DATA: ("input", None),
            n.H_UNIT: ("note", None),
            n.H_NOTE: text,
        },
    )
    span, at = (HEAD_ROW + 1, HEAD_ROW + height), {header: 1 + j for j, header in enumerate(headers)}
    drop_down_cells(page, span, at[n.H_CHANNEL], channel_cells(desk), n.H_CHANNEL, "The paid channel that was changed.")
    any_date(page, span, at[n.H_START], n.H_START, "First day of changed spend.")
    any_date(page, span, at[n.H_END], n.H_END, "Last day of changed spend.")
    any_date(
        page,
        span,
        at[n.H_MEASURED_UNTIL],
        n.H_MEASURED_UNTIL,
        "Last day of measurement; blank: the last day of changed spend.",
    )
    for header, prompt in (
        (n.H_SPEND_CHANGE, "Money added over the test; negative for a holdout."),
        (n.H_INCREMENTAL_KPI, "Measured difference in KPI units; negative for a holdout that cost sales."),
    ):
        page.sheet.data_validation(
            span[0],
            at[header],
            span[1],
            at[header],
            {
                "validate": "decimal",
                "criteria": "between",
                "minimum": -1e15,
                "maximum": 1e15,
                "input_title": header,
                "input_message": prompt,
                "error_title": "Not a number",
                "error_message": f"{header} is a number.",
            },
        )
    number_between(
        page,
        span,
        at[n.H_STANDARD_ERROR],
        (1e-12, 1e15),
        n.H_STANDARD_ERROR,
        "How uncertain the result is, KPI units; above zero.",
    )
    number_between(
        page,
        span,
        at[n.H_POPULATION_SHARE],
        (0.0001, 1),
        n.H_POPULATION_SHARE,
        "Share of the market that was tested; 1 for all of it.",
    )
    drop_down(
        page, span, at[n.H_IN_DATA], (n.YES, n.NO), n.H_IN_DATA, "Whether the spend in Data already holds the change."
    )
    page.sheet.freeze_panes(HEAD_ROW + 1, 2)
