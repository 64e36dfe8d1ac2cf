"""What only the data's scale can settle, written into a first book's Assumptions once and kept at a refresh.

Typical weeks, which default ranges of curves are relative to; and, where the KPI has no revenue, the default range of
KPI per money, which is relative to both sums. Blank cells would take them from the data at each fit.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

from xl_mmm.tables import names as n
from xl_mmm.tables.asked import ask
from xl_mmm.tables.table_rows import TableRows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xl_mmm.book.inputs import BuildInputs, CellValue, Row
    from xl_mmm.dataset import Dataset

DIGITS = 3  # of a default range: nobody believes more
TYPICAL_DIGITS = 4  # of a typical week: a number to read, and the same after a trip through a file
NOTE = "Default range from the data's own scale when this book was made."


def with_scale(inputs: BuildInputs, data: Mapping[str, list[CellValue]]) -> BuildInputs:
    """Return the inputs with typical weeks, and default ranges where scale decides; unchanged if `data` cannot be read.

    Parameters
    ----------
    inputs
        A first book's.
    data
        Header -> cells of its `tblData`.
    """
    from xl_mmm.resolution import typical_week

    dataset = _dataset(inputs, data)
    if dataset is None:
        return inputs
    weeks = (float(f"{week:.{TYPICAL_DIGITS}g}") for week in typical_week(dataset))
    typical = dict(zip((*dataset.channels, *dataset.organic), weeks, strict=True))
    prior = _default_range(dataset)
    rows = []
    for row in inputs.channels:
        scaled = {n.H_TYPICAL_WEEK: typical[str(row[n.H_CHANNEL])], **row}
        rows.append({**prior, **scaled} if row[n.H_KIND] == n.PAID else scaled)
    return dataclasses.replace(inputs, channels=tuple(rows))


def _default_range(dataset: Dataset) -> Row:
    """Return the default belief of KPI per money; nothing where the KPI has revenue."""
    if dataset.revenue_per_kpi is not None:
        return {}
    from xl_mmm.bayesian.unknowns import default_size
    from xl_mmm.estimation.search_space import NORMAL_90

    prior = default_size(dataset)
    ends = (math.exp(prior.location + sign * NORMAL_90 * prior.scale) for sign in (-1, 1))
    low, high = (float(f"{end:.{DIGITS}g}") for end in ends)
    return {n.H_PRIOR_ON: "ROI", n.H_PRIOR_LOW: low, n.H_PRIOR_HIGH: high, n.H_NOTE: NOTE}


def _dataset(inputs: BuildInputs, data: Mapping[str, list[CellValue]]) -> Dataset | None:
    """Read the inputs as a later run would; None when a fault would stop it."""
    columns: list[list[object]] = [list(values) for values in data.values()]
    settings = [{n.H_SETTING: name, n.H_VALUE: value} for name, value in inputs.settings.items()]
    tables = (
        TableRows(n.TBL_DATA, n.DATA, 1, 1, tuple(data), tuple(columns)),
        _table(n.TBL_SETTINGS, settings),
        _table(n.TBL_CHANNELS, inputs.channels),
        _table(n.TBL_CONTROLS, inputs.controls),
        _table(n.TBL_FX, inputs.fx),
        _table(n.TBL_COSTS, inputs.costs),
    )
    return ask({table.name: table for table in tables}).dataset


def _table(name: str, rows: Sequence[Row]) -> TableRows:
    headers = n.TABLE_HEADERS[name]
    columns: tuple[list[object], ...] = tuple([row.get(header) for row in rows] for header in headers)
    return TableRows(name, n.TABLE_SHEET[name], 1, 1, headers, columns)
