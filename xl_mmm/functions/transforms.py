"""MMM_ADSTOCK and MMM_SATURATE: the two curves on columns of a sheet."""

from __future__ import annotations

from itertools import chain

import numpy as np

from xl_mmm.errors import CellError
from xl_mmm.functions.cells import Cell, Cells
from xl_mmm.functions.record import Argument, Function
from xl_mmm.tables.model_reader import LONGEST_LAG
from xl_mmm.transforms import ADSTOCKS, SATURATIONS, Parameter, adstock, saturation

MAX_LAG = 12.0
_SPEND = Argument("spend", "column", "Spend or exposure, one row a week; several columns are treated one by one.")


def numbers(rows: Cells, what: str) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return cells as an array.

    Raises
    ------
    CellError
        A cell is blank, text, a truth value or an error; the first one is named by row and column.
    """
    if not {float}.issuperset(map(type, chain.from_iterable(rows))):
        _refuse(rows, what)
    return np.array(rows, dtype=float)


def _refuse(rows: Cells, what: str) -> None:
    """Name the first cell that is no number."""
    for i, row in enumerate(rows, start=1):
        for j, value in enumerate(row, start=1):
            if isinstance(value, bool) or not isinstance(value, float):
                raise CellError(f"{what}: row {i}, column {j} holds {value!r}; give a number (0 for nothing).")


def _parameters(family: str, records: tuple[Parameter, ...], given: tuple[float | None, ...]) -> dict[str, float]:
    """Name the parameters given in order."""
    missing = [record.name for record, value in zip(records, given, strict=False) if value is None]
    if missing or any(value is not None for value in given[len(records) :]):
        raise CellError(f"{family} takes {', '.join(record.name for record in records)}.")
    return {record.name: float(value) for record, value in zip(records, given, strict=False) if value is not None}


def _adstock(spend: Cells, family: str, first: float | None, second: float | None, max_lag: float | None) -> Cells:
    if family not in ADSTOCKS:
        raise CellError(f"there is no adstock {family!r}; choose one of {', '.join(ADSTOCKS)}.")
    parameters = _parameters(family, ADSTOCKS[family].parameters, (first, second))
    lag = MAX_LAG if max_lag is None else max_lag
    if not 0 <= lag <= LONGEST_LAG:
        raise CellError(f"max_lag is {lag:g}; give a number of weeks from 0 to {LONGEST_LAG}.")
    found: Cells = adstock(numbers(spend, "spend"), family, parameters, max_lag=lag).tolist()
    return found


def _saturate(spend: Cells, family: str, first: float | None, second: float | None) -> Cells:
    if family not in SATURATIONS:
        raise CellError(f"there is no saturation {family!r}; choose one of {', '.join(SATURATIONS)}.")
    parameters = _parameters(family, SATURATIONS[family].parameters, (first, second))
    found: Cells = saturation(numbers(spend, "spend"), family, parameters).tolist()
    return found


def _version() -> Cell:
    from xl_mmm import __version__

    return f"xl_mmm {__version__}"


ADSTOCK = Function(
    "MMM_ADSTOCK",
    "Transforms",
    "Carries spend over into later weeks. Weights add up to one: a unit of spend stays a unit of effective spend.",
    (
        _SPEND,
        Argument("family", "text", f"Shape of the carryover: {', '.join(ADSTOCKS)}."),
        Argument("first", "number", "First parameter: decay, or weibull_shape."),
        Argument("second", "number", "Second parameter: peak_lag of delayed, weibull_scale in weeks.", optional=True),
        Argument("max_lag", "number", "Last week with any effect, 12 when blank; geometric knows none.", optional=True),
    ),
    '=MMM_ADSTOCK(tblData[TV],"geometric",0.5)',
    "Effective spend, the same rows and columns as spend.",
    _adstock,
)
SATURATE = Function(
    "MMM_SATURATE",
    "Transforms",
    "Bends effective spend by diminishing returns: 0 is no effect, 1 the limit (power and log have none).",
    (
        Argument("spend", "column", "Effective spend a week, usually from MMM_ADSTOCK."),
        Argument("family", "text", f"Shape of the saturation: {', '.join(SATURATIONS)}."),
        Argument("first", "number", "First parameter: half_saturation in money a week, exponent of power, curvature."),
        Argument("second", "number", "Second parameter: slope of hill.", optional=True),
    ),
    '=MMM_SATURATE(MMM_ADSTOCK(tblData[TV],"geometric",0.5),"hill",30000,1.2)',
    "Share of the limit, the same rows and columns as spend.",
    _saturate,
)
VERSION = Function(
    "MMM_VERSION", "Checks", "Says which release of xl_mmm answers.", (), "=MMM_VERSION()", "Text.", _version
)
