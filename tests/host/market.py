"""A small market as a workbook holds it: tables as rectangles, headers first, and the model as its block of text."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from xl_mmm.book.inputs import BuildInputs
from xl_mmm.fitting import fit
from xl_mmm.functions.cells import Cells
from xl_mmm.functions.models import block_of
from xl_mmm.simulation import simulate
from xl_mmm.tables import names
from xl_mmm.tables.cell_values import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

CHANNELS = ("tv", "search")
MARGIN, DRAWS = 0.6, 40.0


@cache
def shared() -> dict[str, Cells]:
    """Return the rectangles by name: data, channels, parameters, controls, lift_tests, settings, ... and model."""
    market = simulate(60, len(CHANNELS), seed=1, history=8, controls=1, trend_break=False, names=CHANNELS)
    columns = {str(header): market.frame[header].tolist() for header in market.frame.columns}
    window = market.dataset.window_dates[0].item()
    settings = {names.SET_MARGIN: MARGIN, names.SET_DRAWS: DRAWS, names.SET_WINDOW_START: window}
    inputs = BuildInputs.start(columns, market.dataset.roles, settings)
    model = fit(market.dataset, market.spec, seed=1, draws=int(DRAWS))
    return {
        "data": _rectangle(list(columns), zip(*columns.values(), strict=True)),
        "channels": _table(names.TBL_CHANNELS, inputs.channels),
        "parameters": _table(names.TBL_PARAMETERS, inputs.parameters),
        "controls": _table(names.TBL_CONTROLS, inputs.controls),
        "lift_tests": _table(names.TBL_LIFT_TESTS, [{}]),
        "settings": _table(names.TBL_SETTINGS, [
            {names.H_SETTING: setting.name, names.H_VALUE: inputs.setting(setting.name)} for setting in names.SETTINGS
        ]),
        "scenarios": _table(names.TBL_SCENARIOS, inputs.scenarios, CHANNELS),
        "constraints": _table(names.TBL_CONSTRAINTS, inputs.constraints),
        "nothing": [[None]] * names.MODEL_CHUNKS,
        "model": block_of(model.to_text().splitlines(), names.MODEL_CHUNKS),
    }  # fmt: skip


def _table(name: str, rows: Iterable[Mapping[str, object]], columns: tuple[str, ...] = ()) -> Cells:
    key, *rest = names.TABLE_HEADERS[name]
    headers = [key, *columns, *rest]
    return _rectangle(headers, ([row.get(header) for header in headers] for row in rows))


def _rectangle(headers: list[str], rows: Iterable[Iterable[object]]) -> Cells:
    return [list(headers), *([plain(value, False, "a table") for value in row] for row in rows)]
