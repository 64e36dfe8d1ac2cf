"""Log: runs, changes and the sign-off."""

from __future__ import annotations

from xl_mmm.book import layout as lay
from xl_mmm.book import styles as st
from xl_mmm.book.sheets.desk import Desk
from xl_mmm.tables import names as n

CHANGES_COL = 12
CHANGE_ROWS = 20
SIGN_ROW = 5
SIGNERS = ("Prepared by", "Reviewed by", "Approved by")


def draw(desk: Desk) -> None:
    """Draw the sheet."""
    runs = desk.layout.blocks["runs"]
    page = desk.canvas.page(
        n.LOG,
        "Log",
        "Who ran what on which data, what was changed, and who signed it off?",
        9,
        {
            1: 17,
            2: 18,
            3: 18,
            4: 10,
            5: 15,
            6: 15,
            7: 12,
            8: 10,
            9: 26,
            10: 44,
            11: 3,
            CHANGES_COL: 13,
            CHANGES_COL + 1: 20,
            CHANGES_COL + 2: 44,
            CHANGES_COL + 3: 44,
        },
        chip=1,
    )
    page.section(SIGN_ROW - 1, 1, 10, "Sign-off")
    page.headers(SIGN_ROW, 1, ["Role", "Name", "Date", "", "Model hash"], (0, 1, 2, 3, 4))
    for i, role in enumerate(SIGNERS):
        row = SIGN_ROW + 1 + i
        page.put(row, 1, role, "td_left")
        page.put(row, 2, None, "input_left")
        page.put(row, 3, None, "input_left", st.DATE_FORMAT)
        page.put(row, 4, None, "rule")
        page.put(row, 5, None, "input_left")
    page.put(
        SIGN_ROW + 4,
        1,
        "Write down the hash of the model that you signed: it stands in every header and in the runs below.",
        "small",
    )
    page.section(lay.RUNS_ROW - 1, 1, 10, "Runs")
    page.table(n.TBL_RUNS, lay.RUNS_ROW, 1, runs.keys, runs.height, (0, 1, 2, 4, 5, 6, 8, 9))
    text: tuple[str, str | None] = ("td_left", None)
    looks: dict[str, tuple[str, str | None]] = dict.fromkeys(runs.keys, text)
    looks |= {n.H_TIME: ("td_left", st.TIME_FORMAT), n.H_SEED: ("td", "0"), n.H_R2: ("td", "0.000")}
    page.kept("runs", looks)
    headers = n.TABLE_HEADERS[n.TBL_CHANGES]
    page.section(lay.RUNS_ROW - 1, CHANGES_COL, CHANGES_COL + len(headers) - 1, "Changes to assumptions")
    area = page.table(n.TBL_CHANGES, lay.RUNS_ROW, CHANGES_COL, headers, CHANGE_ROWS, (0, 1, 2, 3))
    for i in range(area.height):
        for j, header in enumerate(headers):
            page.put(area.row + 1 + i, area.col + j, None, "input_left", st.DATE_FORMAT if header == n.H_DATE else None)
    page.sheet.fit_page = False
    page.sheet.set_print_scale(62)
    page.sheet.set_v_pagebreaks([CHANGES_COL])
    page.sheet.freeze_panes(4, 2)
