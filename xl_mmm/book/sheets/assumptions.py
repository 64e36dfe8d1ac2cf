"""Assumptions: what is believed before seeing the data. Tables stand side by side, so each may grow downwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.book import layout as lay
from xl_mmm.book import styles as st
from xl_mmm.book.canvas import Page
from xl_mmm.book.places import (
    CHANNELS_COL,
    CONTROLS_COL,
    COSTS_COL,
    FX_COL,
    PARAMETERS_COL,
    PRIORS_COL,
    SETTINGS_COL,
)  # fmt: skip
from xl_mmm.book.sheets.data import HEADER_ROW
from xl_mmm.book.sheets.desk import Desk, any_date, drop_down, drop_down_cells, fill_table, name_width, number_between
from xl_mmm.functions.beliefs import PRIOR_HEADERS
from xl_mmm.tables import names as n

if TYPE_CHECKING:
    from xl_mmm.book.inputs import Row

SECTION_ROW, HEAD_ROW = 4, 5
ANY_SIZE = "[>=100]#,##0;[<0.1]0.0000;0.00"  # shares of the KPI to money a week, never below zero
SMALL = "0.00####"  # KPI per money may be tiny
SPARE_MONEY = 4  # blank rows of rates and costs in a new book
NUMBERS = (n.H_MAX_LAG, n.H_PRIOR_LOW, n.H_PRIOR_HIGH, n.H_TYPICAL_WEEK)


def draw(desk: Desk) -> None:
    """Draw the sheet."""
    page = desk.canvas.page(
        n.ASSUMPTIONS,
        "Assumptions",
        "What do we believe before seeing the data? Blue cells are yours to change.",
        5,
        _widths(desk),
        chip=1,
    )
    _settings(desk, page)
    _channels(desk, page)
    _parameters(desk, page)
    _controls(desk, page)
    _rates(desk, page)
    _costs(desk, page)
    _priors(desk, page)
    page.sheet.freeze_panes(HEAD_ROW + 1, 2)
    page.sheet.repeat_rows(1, HEAD_ROW)
    page.sheet.fit_page = False
    page.sheet.set_print_scale(60)
    page.sheet.set_v_pagebreaks([CHANNELS_COL, PARAMETERS_COL, FX_COL, PRIORS_COL])


def _widths(desk: Desk) -> dict[int, float]:
    """Column widths, table by table."""
    names, headers = name_width(desk.layout.media), name_width(list(desk.inputs.columns), 14, 26)
    units = name_width([_channel_unit(desk, row) for row in desk.inputs.channels], 17, 34)
    tables = {
        SETTINGS_COL: (20, max(17.0, headers), 19, 80, 23),
        CHANNELS_COL: (names, 10, headers, headers, 14, 17, 9, 9, 11, 11, 14, 10, units, 38, 3),
        PARAMETERS_COL: (names, 19, 12, 12, 12, 26, 34, 3),
        CONTROLS_COL: (name_width(desk.layout.controls, 18), 13, 11, 18, 44, 3),
        FX_COL: (12, 16, 13, 40, 3),
        COSTS_COL: (names, 10, 13, 11, 13, 40, 3),
        PRIORS_COL: (names, 21, 15, 16, 15, 15, 15, 15, 22, 11, 20),
    }
    return {first + j: width for first, widths in tables.items() for j, width in enumerate(widths)}


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
        {n.H_UNIT: _channel_unit(desk, row), **row} for row in desk.inputs.channels
    ]
    lefts = [j for j, header in enumerate(headers) if header not in NUMBERS]
    area = page.table(n.TBL_CHANNELS, HEAD_ROW, col, headers, len(rows), lefts)
    text: tuple[str, str | None] = ("input_left", None)
    looks: dict[str, tuple[str, str | None]] = dict.fromkeys(headers, text)
    looks |= {
        n.H_MAX_LAG: ("input", '0" wk"'),
        n.H_PRIOR_LOW: ("input", SMALL),
        n.H_PRIOR_HIGH: ("input", SMALL),
        n.H_TYPICAL_WEEK: ("input", "#,##0"),
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
    drop_down(
        page,
        span,
        at[n.H_PRIOR_ON],
        tuple(n.PRIORS),
        n.H_PRIOR_ON,
        "What you believe something about: ROI, mROI (of the next unit of money), or share of the KPI. Organic: share.",
    )
    paid = f"Of the spend column, or of its cost in {n.TBL_COSTS}. Blank: {_reporting(desk)}."
    look = {"validate": "any", "input_title": n.H_CURRENCY, "input_message": paid}
    page.sheet.data_validation(span[0], at[n.H_CURRENCY], span[1], at[n.H_CURRENCY], look)
    belief = "Your belief before seeing the data: in this range, 90 % sure. A share is a fraction. Blank: default."
    for header in (n.H_PRIOR_LOW, n.H_PRIOR_HIGH):
        number_between(page, span, at[header], (0, None), header, belief)
    number_between(
        page,
        span,
        at[n.H_TYPICAL_WEEK],
        (0, None),
        n.H_TYPICAL_WEEK,
        "Exposure in a usual active week: default curves follow it. Kept when data are added; blank: from the data.",
    )


def _channel_unit(desk: Desk, row: Row) -> str:
    """Say what the numbers of a channel's row are in."""
    medium = row.get(n.H_MEDIA_COLUMN)
    week = f"{desk.currency if medium is None else medium} a week"
    if row.get(n.H_KIND) == n.ORGANIC:
        return f"share of {desk.kpi_unit}; {week}"
    return f"{desk.outcome.lower()} per {desk.currency}; {week}"


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


def _rates(desk: Desk, page: Page) -> None:
    """Draw what other currencies are worth."""
    headers, col = n.TABLE_HEADERS[n.TBL_FX], FX_COL
    words = f"Exchange rates: {_reporting(desk)} for one unit of the currency"
    page.section(SECTION_ROW, col, col + len(headers) - 1, words)
    height = len(desk.inputs.fx) + SPARE_MONEY
    area = page.table(n.TBL_FX, HEAD_ROW, col, headers, height, (0, 2, 3))
    looks: dict[str, tuple[str, str | None]] = {
        n.H_CURRENCY: ("input_left", None), n.H_RATE: ("input", "#,##0.0000##"),
        n.H_FROM: ("input_left", st.DATE_FORMAT), n.H_NOTE: ("input_left", None),
    }  # fmt: skip
    fill_table(page, area, desk.inputs.fx, looks)
    span = (HEAD_ROW + 1, HEAD_ROW + height)
    number_between(page, span, col + 1, (0, None), n.H_RATE, "Reporting currency for one unit: EUR 0.92 for 1 USD.")
    any_date(page, span, col + 2, n.H_FROM, "First day of the rate; blank: from the first period on.")


def _costs(desk: Desk, page: Page) -> None:
    """Draw what units of media cost."""
    headers, col = n.TABLE_HEADERS[n.TBL_COSTS], COSTS_COL
    words = "Media costs: spend of a channel without a spend column = units × cost"
    page.section(SECTION_ROW, col, col + len(headers) - 1, words)
    height = len(desk.inputs.costs) + SPARE_MONEY
    area = page.table(n.TBL_COSTS, HEAD_ROW, col, headers, height, (0, 1, 4, 5))
    looks: dict[str, tuple[str, str | None]] = {
        n.H_CHANNEL: ("input_left", None), n.H_UNIT: ("input_left", None), n.H_COST: ("input", "#,##0.00##"),
        n.H_PER: ("input", "#,##0"), n.H_FROM: ("input_left", st.DATE_FORMAT), n.H_NOTE: ("input_left", None),
    }  # fmt: skip
    fill_table(page, area, desk.inputs.costs, looks)
    span = (HEAD_ROW + 1, HEAD_ROW + height)
    drop_down_cells(page, span, col, channel_cells(desk), n.H_CHANNEL, "A channel with a media column.")
    units = "What is priced: CPM 1,000 impressions, CPC a click, CPV a view, GRP a rating point, unit anything else."
    drop_down(page, span, col + 1, tuple(n.COST_UNITS), n.H_UNIT, units)
    number_between(page, span, col + 2, (0, None), n.H_COST, "Money of the channel's currency for so many units.")
    number_between(page, span, col + 3, (0, None), n.H_PER, "Units that the cost is for. Blank: 1,000 for CPM, else 1.")
    any_date(page, span, col + 4, n.H_FROM, "First day of the cost; blank: from the first period on.")


def _reporting(desk: Desk) -> str:
    """Name the reporting currency."""
    return str(desk.inputs.setting(n.SET_CURRENCY) or "reporting currency")


def _priors(desk: Desk, page: Page) -> None:
    """Place what was believed beside what was found; a call fills it."""
    block = desk.layout.blocks["priors"]
    page.section(SECTION_ROW, block.col, block.col + len(block.keys) - 1, "Believed before, found after")
    page.headers(HEAD_ROW, block.col, PRIOR_HEADERS, (0, 1, 8, 10))
    text, number = ("bare_left", None), ("bare", ANY_SIZE)
    looks = dict.fromkeys(block.keys, number) | dict.fromkeys(("channel", "unknown", "unit", "belief"), text)
    page.called("priors", looks | {"from_data": ("bare", "0%")})
    page.rules_where_filled(block, "channel")
