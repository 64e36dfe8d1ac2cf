"""Assumptions: what is believed before seeing the data. Tables stand side by side, so each may grow downwards."""

from __future__ import annotations

from xl_mmm.book import layout as lay
from xl_mmm.book import styles as st
from xl_mmm.book.canvas import Page
from xl_mmm.book.sheets.data import HEADER_ROW
from xl_mmm.book.sheets.desk import Desk, any_date, drop_down, drop_down_cells, fill_table, name_width, number_between
from xl_mmm.tables import names as n

SECTION_ROW, HEAD_ROW = 4, 5
SETTINGS_COL, CHANNELS_COL, PARAMETERS_COL, CONTROLS_COL = 1, 6, 18, 26


def draw(desk: Desk) -> None:
    """Draw the sheet."""
    inputs, layout = desk.inputs, desk.layout
    names = name_width(layout.media)
    headers = name_width(list(inputs.columns), 14, 26)
    page = desk.canvas.page(
        n.ASSUMPTIONS,
        "Assumptions",
        "What do we believe before seeing the data? Blue cells are yours to change.",
        5,
        {
            1: 20,
            2: max(17.0, headers),
            3: 19,
            4: 80,
            5: 23,
            6: names,
            7: 10,
            8: headers,
            9: headers,
            10: 14,
            11: 17,
            12: 9,
            13: 9,
            14: 9,
            15: 17,
            16: 38,
            17: 3,
            18: names,
            19: 16,
            20: 12,
            21: 12,
            22: 12,
            23: 26,
            24: 34,
            25: 3,
            26: name_width(layout.controls, 18),
            27: 13,
            28: 11,
            29: 18,
            30: 44,
        },
        chip=1,
    )
    _settings(desk, page)
    _channels(desk, page)
    _parameters(desk, page)
    _controls(desk, page)
    page.sheet.freeze_panes(HEAD_ROW + 1, 2)
    page.sheet.repeat_rows(1, HEAD_ROW)
    page.sheet.fit_page = False
    page.sheet.set_print_scale(60)
    page.sheet.set_v_pagebreaks([CHANNELS_COL, PARAMETERS_COL])


def header_cells(desk: Desk) -> str:
    """Refer to the headers of `tblData`."""
    last = lay.letters(len(desk.inputs.columns))
    return f"{n.DATA}!$B${HEADER_ROW + 1}:${last}${HEADER_ROW + 1}"


def channel_cells(desk: Desk) -> str:
    """Refer to the names in `tblChannels`."""
    col = lay.letters(CHANNELS_COL)
    return f"{n.ASSUMPTIONS}!${col}${HEAD_ROW + 2}:${col}${HEAD_ROW + 1 + len(desk.inputs.channels)}"


def _settings(desk: Desk, page: Page) -> None:
    page.section(SECTION_ROW, SETTINGS_COL, SETTINGS_COL + 3, "Settings")
    page.table(n.TBL_SETTINGS, HEAD_ROW, SETTINGS_COL, n.TABLE_HEADERS[n.TBL_SETTINGS], len(n.SETTINGS), (0, 1, 2, 3))
    for i, setting in enumerate(n.SETTINGS):
        row = HEAD_ROW + 1 + i
        unit = setting.unit.replace("money", desk.currency) if setting.kind == "money" else setting.unit
        page.put(row, SETTINGS_COL, setting.name, "td_left")
        number = st.DATE_FORMAT if setting.kind == "date" else "0%" if setting.name == n.SET_LEVEL else _number(setting)
        page.put(row, SETTINGS_COL + 1, desk.inputs.setting(setting.name), "input_left", number)
        page.put(row, SETTINGS_COL + 2, unit, "note")
        page.put(row, SETTINGS_COL + 3, setting.note, "note")
        _guard(desk, page, row, setting)


def _number(setting: n.Setting) -> str | None:
    return {"share": "0.00", "money": "#,##0", "whole": "0", "number": "0.00"}.get(setting.kind)


def _guard(desk: Desk, page: Page, row: int, setting: n.Setting) -> None:
    """Validate one setting, in its own words."""
    rows, col = (row, row), SETTINGS_COL + 1
    if setting.kind == "header":
        drop_down_cells(page, rows, col, header_cells(desk), setting.name, setting.note)
    elif setting.kind == "choice":
        drop_down(page, rows, col, setting.choices, setting.name, setting.note)
    elif setting.kind == "date":
        any_date(page, rows, col, setting.name, setting.note)
    elif setting.kind in ("whole", "share", "number", "money"):
        number_between(
            page, rows, col, (setting.low, setting.high), setting.name, setting.note, whole=setting.kind == "whole"
        )
    else:
        page.sheet.data_validation(
            row, col, row, col, {"validate": "any", "input_title": setting.name, "input_message": setting.note}
        )


def _channels(desk: Desk, page: Page) -> None:
    headers, col = n.TABLE_HEADERS[n.TBL_CHANNELS], CHANNELS_COL
    page.section(SECTION_ROW, col, col + len(headers) - 1, "Channels")
    rows = [
        {n.H_UNIT: f"{desk.outcome.lower()} per {desk.currency}" if row.get(n.H_KIND) != n.ORGANIC else "none", **row}
        for row in desk.inputs.channels
    ]
    area = page.table(n.TBL_CHANNELS, HEAD_ROW, col, headers, len(rows), (0, 1, 2, 3, 4, 5, 9, 10))
    text: tuple[str, str | None] = ("input_left", None)
    looks: dict[str, tuple[str, str | None]] = dict.fromkeys(headers, text)
    looks |= {
        n.H_MAX_LAG: ("input", '0" wk"'),
        n.H_ROI_LOW: ("input", "0.00"),
        n.H_ROI_HIGH: ("input", "0.00"),
        n.H_UNIT: ("note", None),
    }
    fill_table(page, area, rows, looks)
    span, at = (HEAD_ROW + 1, HEAD_ROW + len(rows)), {header: col + j for j, header in enumerate(headers)}
    drop_down(
        page, span, at[n.H_KIND], n.KINDS, n.H_KIND, "paid: money is spent on it. organic: exposure without spend."
    )
    drop_down_cells(
        page,
        span,
        at[n.H_SPEND_COLUMN],
        header_cells(desk),
        n.H_SPEND_COLUMN,
        "Header of Data with the money spent; blank for organic media.",
    )
    drop_down_cells(
        page,
        span,
        at[n.H_MEDIA_COLUMN],
        header_cells(desk),
        n.H_MEDIA_COLUMN,
        "Header of Data with impressions, GRPs or clicks; blank: spend itself.",
    )
    drop_down(
        page,
        span,
        at[n.H_ADSTOCK],
        n.ADSTOCKS,
        n.H_ADSTOCK,
        "How the effect fades over the weeks. geometric: a fixed share is kept each week.",
    )
    drop_down(
        page,
        span,
        at[n.H_SATURATION],
        n.SATURATIONS,
        n.H_SATURATION,
        "How more spend adds less. hill: S-shaped or concave, with a limit.",
    )
    number_between(
        page,
        span,
        at[n.H_MAX_LAG],
        (0, 104),
        n.H_MAX_LAG,
        "Last week in which spend still works; geometric has none.",
        whole=True,
    )
    for header in (n.H_ROI_LOW, n.H_ROI_HIGH):
        number_between(
            page,
            span,
            at[header],
            (0, None),
            header,
            "Your belief before seeing the data: ROI lies in this range, 90 % sure. Blank: no belief.",
        )


def _parameters(desk: Desk, page: Page) -> None:
    headers, col = n.TABLE_HEADERS[n.TBL_PARAMETERS], PARAMETERS_COL
    page.section(
        SECTION_ROW, col, col + len(headers) - 1, "Curve parameters: blank is the default; Low = High fixes it"
    )
    rows = desk.inputs.parameters
    height = max(len(rows), 1)
    area = page.table(n.TBL_PARAMETERS, HEAD_ROW, col, headers, height, (0, 1, 5, 6))
    looks: dict[str, tuple[str, str | None]] = {
        n.H_CHANNEL: ("input_left", None),
        n.H_PARAMETER: ("input_left", None),
        n.H_LOW: ("input", "#,##0.00"),
        n.H_HIGH: ("input", "#,##0.00"),
        n.H_BY_HAND: ("input", "#,##0.00"),
        n.H_UNIT: ("note", None),
        n.H_NOTE: ("input_left", None),
    }
    fill_table(page, area, rows, looks)
    span = (HEAD_ROW + 1, HEAD_ROW + height)
    drop_down_cells(page, span, col, channel_cells(desk), n.H_CHANNEL, "A channel of the table Channels.")
    meaning = "A parameter of the channel's adstock or saturation; coefficient can be set by hand alone."
    drop_down(page, span, col + 1, n.HAND_PARAMETERS, n.H_PARAMETER, meaning)
    searched = "Range that is searched; the same number twice fixes the parameter; blank: default."
    by_hand = "Replaces the estimate at once, without a fit; baseline and controls follow. Blank: the estimate."
    for j, header, words in ((2, n.H_LOW, searched), (3, n.H_HIGH, searched), (4, n.H_BY_HAND, by_hand)):
        number_between(page, span, col + j, (0, None), header, words)


def _controls(desk: Desk, page: Page) -> None:
    headers, col = n.TABLE_HEADERS[n.TBL_CONTROLS], CONTROLS_COL
    page.section(SECTION_ROW, col, col + len(headers) - 1, "Controls: drivers that are not media")
    rows = [{n.H_UNIT: "as in Data", **row} for row in desk.inputs.controls]
    height = max(len(rows), 1)
    area = page.table(n.TBL_CONTROLS, HEAD_ROW, col, headers, height, (0, 2, 3, 4))
    looks: dict[str, tuple[str, str | None]] = {
        n.H_CONTROL: ("input_left", None),
        n.H_REFERENCE: ("input", "#,##0.00"),
        n.H_SIGN: ("input_left", None),
        n.H_UNIT: ("note", None),
        n.H_NOTE: ("input_left", None),
    }
    fill_table(page, area, rows, looks)
    span = (HEAD_ROW + 1, HEAD_ROW + height)
    drop_down_cells(
        page, span, col, header_cells(desk), n.H_CONTROL, "Header of Data: price, weather, competitor, holidays."
    )
    page.sheet.data_validation(
        span[0],
        col + 1,
        span[1],
        col + 1,
        {
            "validate": "decimal",
            "criteria": "between",
            "minimum": -1e15,
            "maximum": 1e15,
            "input_title": n.H_REFERENCE,
            "input_message": "Level that the baseline holds. Blank: the window's mean, 0 for flags.",
            "error_title": "Not a number",
            "error_message": "The reference is a number in the control's own unit.",
        },
    )
    sign = "Which way more of it moves the KPI: price is negative. Blank: either. Only bayes uses it."
    drop_down(page, span, col + 2, n.SIGNS, n.H_SIGN, sign)
