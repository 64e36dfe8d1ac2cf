"""A small market as a workbook holds it: tables as rectangles, headers first, and the model as its block of text."""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import TYPE_CHECKING

from tests.comparison.made_up import comparison
from tests.functions.planner import frozen
from xl_mmm.book.inputs import BuildInputs, total
from xl_mmm.functions import Cell, Cells, call
from xl_mmm.simulation import simulate
from xl_mmm.tables import names
from xl_mmm.tables.cell_values import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

CHANNELS = ("tv", "search")
MARGIN, DRAWS = 0.6, 40.0
LIFT_TEST = {
    names.H_CHANNEL: "search", names.H_START: date(2021, 6, 7), names.H_END: date(2021, 7, 4),
    names.H_SPEND_CHANGE: -9000.0, names.H_INCREMENTAL_KPI: -12000.0, names.H_STANDARD_ERROR: 3000.0,
}  # fmt: skip
FX = {names.H_CURRENCY: "USD", names.H_RATE: 0.9, names.H_FROM: date(2020, 1, 6)}
GROUP = {names.H_GROUP: "all", names.H_CHANNELS: ", ".join(CHANNELS), names.H_MOST: 1.0, names.H_IN: names.SHARE}


@cache
def shared() -> dict[str, Cells]:
    """Return the rectangles by name: data, channels, parameters, controls, lift_tests, settings, ... and model."""
    market = simulate(60, len(CHANNELS), seed=1, history=8, controls=1, trend_break=False, names=CHANNELS)
    columns = {str(header): market.frame[header].tolist() for header in market.frame.columns}
    window = market.dataset.window_dates[0].item()
    settings = {names.SET_METHOD: "ols", names.SET_MARGIN: MARGIN, names.SET_DRAWS: DRAWS}
    settings[names.SET_WINDOW_START] = window
    inputs = BuildInputs.start(columns, market.dataset.roles, settings)
    tables = {
        "data": _rectangle(list(columns), zip(*columns.values(), strict=True)),
        "channels": _table(names.TBL_CHANNELS, inputs.channels),
        "parameters": _table(names.TBL_PARAMETERS, inputs.parameters),
        "controls": _table(names.TBL_CONTROLS, inputs.controls),
        "lift_tests": _table(names.TBL_LIFT_TESTS, [LIFT_TEST, {}]),
        "settings": _settings(inputs),
        "live": _settings(BuildInputs.start(columns, market.dataset.roles, {**settings, names.SET_REFIT: names.LIVE})),
        "scenarios": _rows(names.scenario_headers(CHANNELS, market.dataset.controls), inputs.scenarios),
        "constraints": _table(names.TBL_CONSTRAINTS, inputs.constraints),
        "groups": _table(names.TBL_GROUPS, [GROUP]),
        "fx": _table(names.TBL_FX, [FX]),
        "costs": _table(names.TBL_COSTS, [{}]),
        "calendar": _rows(names.calendar_headers(CHANNELS, market.dataset.controls), [{names.H_MARKET: None}]),
        "nothing": [[None]] * names.MODEL_CHUNKS,
        "comparison": [[line] for line in comparison(channels=CHANNELS).to_text().split("\n")],
        "plan": [[1.1 * total(columns[name])] for name in CHANNELS],
    }
    order = ("data", "channels", "controls", "lift_tests", "live", "nothing", "parameters")
    model = _block(call("MMM_FIT", [tables[name] for name in order]))
    return {**tables, "model": model, "frozen": frozen(model), "actuals": _longer(tables["data"])}


def _longer(data: Cells) -> Cells:
    """Return the data with two more weeks, like the last."""
    return [*data, *([float(str(data[-1][0])) + 7.0 * week, *data[-1][1:]] for week in (1, 2))]


def _block(answer: Cell | Cells) -> Cells:
    assert isinstance(answer, list)
    return answer


def _settings(inputs: BuildInputs) -> Cells:
    rows = [{names.H_SETTING: name, names.H_VALUE: inputs.setting(name)} for name in names.SETTING]
    return _table(names.TBL_SETTINGS, rows)


def _table(name: str, rows: Iterable[Mapping[str, object]]) -> Cells:
    return _rows(names.TABLE_HEADERS[name], rows)


def _rows(headers: Sequence[str], rows: Iterable[Mapping[str, object]]) -> Cells:
    return _rectangle(headers, ([row.get(header) for header in headers] for row in rows))


def _rectangle(headers: Sequence[str], rows: Iterable[Iterable[object]]) -> Cells:
    return [list(headers), *([plain(value, False, "a table") for value in row] for row in rows)]
