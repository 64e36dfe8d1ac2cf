"""A planner's tables as a host hands them over, and the functions that make a model of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from tests.book.bad_files import good
from xl_mmm.functions import Cells, call
from xl_mmm.functions.models import model_of
from xl_mmm.planning.frozen import frozen_text
from xl_mmm.planning.planned_year import YearAsked, planned_year
from xl_mmm.tables import names as n
from xl_mmm.tables.cell_values import serial

DRAWS = 24.0
Tables = dict[str, Cells]
Edit = Callable[[Tables], object]


def planner_tables(*edits: Edit) -> Tables:
    """The sound workbook's tables, header row first, after some edits."""
    tables = {name: [list(table.headers), *map(list, table.rows)] for name, table in good().tables.items()}
    for edit in (setting(n.SET_METHOD, "ols"), setting(n.SET_DRAWS, DRAWS), *edits):
        edit(tables)
    return tables


def setting(name: str, value: object) -> Edit:
    def edit(tables: Tables) -> None:
        next(row for row in tables[n.TBL_SETTINGS] if row[0] == name)[1] = value

    return edit


def put(table: str, row: int, header: str, value: object) -> Edit:
    """Put a value under a header; the first data row is row 2, as in the functions' own messages."""

    def edit(tables: Tables) -> None:
        tables[table][row - 1][tables[table][0].index(header)] = value

    return edit


def by_hand(parameter: str, value: object, channel: str = "tv") -> Edit:
    """Set a parameter by hand: tv's decay has row 2 of tblParameters, anything else takes the spare row 3."""

    def edit(tables: Tables) -> None:
        rows = tables[n.TBL_PARAMETERS]
        row = next((row for row in rows if row[:2] == [channel, parameter]), rows[2])
        row[:2], row[4] = [channel, parameter], value

    return edit


def serials(tables: Tables) -> None:
    """Turn every date into its serial number, as all hosts but one hand it over."""
    for rows in tables.values():
        for row in rows:
            row[:] = [serial(value, date1904=False) if isinstance(value, date) else value for value in row]


LIVE = setting(n.SET_REFIT, n.LIVE)


def fit(tables: Tables, kept: Cells | None = None) -> Cells:
    order = (n.TBL_DATA, n.TBL_CHANNELS, n.TBL_CONTROLS, n.TBL_LIFT_TESTS, n.TBL_SETTINGS)
    return call("MMM_FIT", [*(tables.get(name) for name in order), kept, tables.get(n.TBL_PARAMETERS)])


def frozen(model: Cells) -> Cells:
    """The plan of the last year once more, frozen with the model."""
    fitted = model_of(model)
    year = planned_year(fitted.posterior, YearAsked())
    return [[line] for line in frozen_text(year, fitted.to_text(), "2026-11-23").split("\n")]


def evaluate(tables: Tables, model: Cells | None = None) -> Cells:
    order = (n.TBL_DATA, n.TBL_CHANNELS, n.TBL_CONTROLS, n.TBL_SETTINGS, n.TBL_PARAMETERS)
    return call("MMM_EVALUATE", [*(tables.get(name) for name in order), model])


def check(tables: Tables, model: Cells | None = None, rows: float | None = None) -> Cells:
    order = (n.TBL_DATA, n.TBL_CHANNELS, n.TBL_CONTROLS, n.TBL_LIFT_TESTS, n.TBL_SETTINGS, n.TBL_PARAMETERS)
    return call("MMM_CHECK", [*(tables.get(name) for name in order), *[None] * 4, model, None, None, rows])


def why(model: Cells) -> list[object]:
    return [row[0] for row in call("MMM_WHY", [model])]
