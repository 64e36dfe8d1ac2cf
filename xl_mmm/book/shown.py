"""What a workbook's sheets show, read back from the file: what a run prints is what stands in the cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from xl_mmm.book.calls import LEVEL
from xl_mmm.book.contents import open_book
from xl_mmm.book.gate import pass_gate
from xl_mmm.book.sheet_cells import read_sheet
from xl_mmm.errors import CellError
from xl_mmm.functions.sentences import ROW_OF
from xl_mmm.tables.names import SET_LEVEL

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from xl_mmm.book.block import Block
    from xl_mmm.book.layout import Layout
    from xl_mmm.book.sheet_cells import SheetCells

Row = dict[str, object]
BLOCKS = ("roi", "work", "plan", "refit_checks", "checks", "advice", "methods")


@dataclass(frozen=True, slots=True)
class Shown:
    """Blocks of results as rows; blank rows are left out.

    Attributes
    ----------
    sentences
        Topic -> sentence.
    level
        Width of the ranges.
    roi, work, plan
        One row a channel, keys as in the layout.
    checks
        Checks that fitted again, then those of data and model.
    advice, methods
        Sentences about the methods, and one row a method; nothing until they were compared.
    """

    sentences: Mapping[str, str]
    level: float
    roi: tuple[Row, ...]
    work: tuple[Row, ...]
    plan: tuple[Row, ...]
    checks: tuple[Row, ...]
    advice: tuple[str, ...]
    methods: tuple[Row, ...]


def shown(path: Path, layout: Layout) -> Shown:
    """Read what a workbook shows.

    Raises
    ------
    CellError
        The file is damaged.
    """
    book = open_book(pass_gate(path))
    names = {layout.blocks[block].sheet for block in ("findings", *BLOCKS)}
    sheets = {name: read_sheet(book, name) for name in names}
    rows: dict[str, tuple[Row, ...]] = {}
    for name in BLOCKS:
        rows[name] = _rows(sheets[layout.blocks[name].sheet], layout.blocks[name])
    findings = layout.blocks["findings"]
    cells = sheets[findings.sheet]
    row, column = findings.place("text")
    sentences = {key: str(cells.value(row + i + 1, column + 1) or "") for key, i in ROW_OF.items()}
    checks = (*rows["refit_checks"], *rows["checks"])
    advice = tuple(str(row["text"]) for row in rows["advice"])
    level = _level(sheets, layout)
    return Shown(sentences, level, rows["roi"], rows["work"], rows["plan"], checks, advice, rows["methods"])


def block_rows(path: Path, layout: Layout, name: str) -> tuple[Row, ...]:
    """Read the rows of one block, keys as in the layout; blank rows are left out.

    Raises
    ------
    CellError
        The file is damaged.
    """
    block = layout.blocks[name]
    return _rows(read_sheet(open_book(pass_gate(path)), block.sheet), block)


def _rows(cells: SheetCells, block: Block) -> tuple[Row, ...]:
    found = [
        {key: cells.value(block.row + i + 1, block.col + j + 1) for j, key in enumerate(block.keys)}
        for i in range(block.height)
    ]
    return tuple(row for row in found if row[block.keys[0]] is not None)


def _level(sheets: Mapping[str, SheetCells], layout: Layout) -> float:
    block = layout.blocks["constants"]
    row, column = block.place("value", LEVEL)
    value = sheets[block.sheet].value(row + 1, column + 1)
    if not isinstance(value, float):
        raise CellError(f"{block.cell('value', LEVEL)}: {value!r} is no width of ranges. Correct {SET_LEVEL}.")
    return value
