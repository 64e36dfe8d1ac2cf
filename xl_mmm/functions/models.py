"""Models as blocks of cells: from the text in cells to draws, and back; each text is decoded once.

A block is a column of text: the lines of `posterior_text`, blank below the last. Its first line says what it is: a
model (`xl_mmm model ...`), a fault (`FAULT ...` and the sentences below it), or that nothing is estimated yet.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from xl_mmm.errors import MmmError
from xl_mmm.functions.cells import BLANK, Cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xl_mmm.fitting import FittedMMM

FAULT = "FAULT"
NOTHING_YET = "NO MODEL"
DECODED = 4  # models kept in memory

_models: OrderedDict[str, FittedMMM] = OrderedDict()


class NoModel(MmmError):  # noqa: N818 - it is the block that is at fault or empty, told by MMM_WHY
    """The block holds no model: a fault, or nothing estimated yet."""


def text_of(block: Cells) -> str:
    """Return the block's lines as one text, blanks left out."""
    return "\n".join(str(value) for row in block for value in row if value is not None)


def model_of(block: Cells) -> FittedMMM:
    """Return the model in a block.

    Raises
    ------
    NoModel
        The block is blank, a fault, or damaged.
    """
    from xl_mmm.fitting import FittedMMM

    text = text_of(block)
    if text in _models:
        _models.move_to_end(text)
        return _models[text]
    if not text or text.startswith((FAULT, NOTHING_YET)):
        raise NoModel(text or "Nothing is estimated yet.")
    try:
        model = FittedMMM.from_text(text)
    except MmmError as error:
        raise NoModel(str(error)) from error
    _models[text] = model
    if len(_models) > DECODED:
        _models.popitem(last=False)
    return model


def block_of(lines: Sequence[str], height: int) -> Cells:
    """Return lines as a column of `height` cells, blank below the last.

    Raises
    ------
    MmmError
        There are more lines than cells.
    """
    if len(lines) > height:
        raise MmmError(f"The model needs {len(lines)} cells and {height} are kept for it. Keep fewer draws.")
    cells: Cells = [[line] for line in lines]
    return cells + [[BLANK] for _ in range(height - len(lines))]
