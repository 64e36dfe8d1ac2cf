"""Models as blocks of cells: from the text in cells to draws, and back; each text is decoded once.

A block is a column of text: the lines of `posterior_text`, blank below the last. Its first line says what it is: a
model (`xl_mmm model ...`, its notes between the facts and the checksum), a fault (`FAULT ...` and the sentences below
it), or that nothing is estimated yet (`NO MODEL ...`).
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from xl_mmm.errors import MmmError
from xl_mmm.functions.cells import BLANK, Cells
from xl_mmm.tables.names import MODEL_CHUNKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xl_mmm.fitting import FittedMMM

FAULT = "FAULT"
NOTHING_YET = "NO MODEL"
REFIT = "Press Fit, or run xl-mmm run, to fit it again."
NOTHING_SENTENCE = "Nothing is estimated yet. Press Fit, or run xl-mmm run."
NO_MODEL = f"{NOTHING_YET}: {NOTHING_SENTENCE}"
STALE, BY_HAND = "STALE: ", "BY HAND: "  # how the notes of a model begin
DATA_CHANGED, CHOICES_CHANGED = "data changed", "choices changed"
DECODED = 4  # models kept in memory

_STALE_SENTENCES = {
    DATA_CHANGED: "The data changed since the fit: the kept parameters are applied to the data as they are now.",
    CHOICES_CHANGED: "The choices on Assumptions or Experiments changed since the fit: the model still holds the old.",
}
_models: OrderedDict[str, FittedMMM] = OrderedDict()


class NoModel(MmmError):  # noqa: N818 - it is the block that is at fault or empty, told by MMM_WHY
    """The block holds no model: a fault, or nothing estimated yet."""


def text_of(block: Cells) -> str:
    """Return the block's lines as one text, blanks left out."""
    return "\n".join([str(value) for row in block for value in row if value is not None and value != BLANK])


def is_blank(block: Cells | None) -> bool:
    """Whether nothing was estimated yet: no text at all, or the words for it."""
    text = "" if block is None else text_of(block)
    return not text.strip() or text.startswith(NOTHING_YET)


def model_of(block: Cells) -> FittedMMM:
    """Return the model in a block.

    Raises
    ------
    NoModel
        The block is blank, a fault, or damaged.
    """
    text = text_of(block)
    if text in _models:
        _models.move_to_end(text)
        return _models[text]
    if is_blank(block) or text.startswith(FAULT):
        raise NoModel(text or NO_MODEL)
    from xl_mmm.fitting import FittedMMM

    try:
        model = FittedMMM.from_text(text)
    except MmmError as error:
        raise NoModel(str(error)) from error
    _models[text] = model
    if len(_models) > DECODED:
        _models.popitem(last=False)
    return model


def notes(block: Cells) -> tuple[str, ...]:
    """Return the notes of the model in a block: `STALE: ...`, `BY HAND: ...`; none when it is fitted and current."""
    from xl_mmm.posterior_text import notes_of

    return notes_of(text_of(block))


def is_stale(block: Cells) -> bool:
    """Whether the model in a block is flagged as older than the sheet."""
    return any(note.startswith(STALE) for note in notes(block))


def block_of(lines: Sequence[str], height: int = MODEL_CHUNKS) -> Cells:
    """Return lines as a column of `height` cells, blank below the last; a fault when they do not fit."""
    if len(lines) > height:
        lines = fault_lines([f"The model needs {len(lines)} cells and {height} are kept for it. Keep fewer draws."])
    cells: Cells = [[line] for line in lines]
    return cells + [[BLANK] for _ in range(height - len(lines))]


def height_of(block: Cells | None) -> int:
    """Return how many cells a model gets that takes the place of a block."""
    return MODEL_CHUNKS if block is None else max(len(block), MODEL_CHUNKS)


def fault_lines(sentences: Sequence[str]) -> list[str]:
    """Return the lines that stand for no model, and why."""
    count = "1 fault" if len(sentences) == 1 else f"{len(sentences)} faults"
    return [f"{FAULT}: {count}, told by MMM_WHY.", *sentences]


def model_lines(model: FittedMMM, said: Sequence[str] = ()) -> list[str]:
    """Return a model as lines, with its notes."""
    from xl_mmm.posterior_text import to_text

    return to_text(model.posterior, model.estimate, said).split("\n")


def sentences_of(block: Cells) -> list[str]:
    """Return why the numbers of a block cannot be had, or not be taken at face value; none when it is sound."""
    text = text_of(block)
    if is_blank(block):
        return [NOTHING_SENTENCE]
    if text.startswith(FAULT):
        first, *rest = text.split("\n")
        return rest or [first]
    try:
        model_of(block)
    except NoModel as error:
        return [str(error)]
    return [sentence for note in notes(block) for sentence in _note_sentences(note)]


def _note_sentences(note: str) -> list[str]:
    """Spell out a note of a model."""
    if note.startswith(STALE):
        return [
            f"{_STALE_SENTENCES.get(reason, _other(reason))} {REFIT}" for reason in note.removeprefix(STALE).split(", ")
        ]
    if note.startswith(BY_HAND):
        return [f"Set by hand in place of the estimate: {note.removeprefix(BY_HAND)}. Clear By hand to return to it."]
    return [note]


def _other(reason: str) -> str:
    """Say that the sheet has what the model was not made for: other dates, channels, controls."""
    return f"The sheet has {reason} than the model was made for: the numbers are the kept model's, on its own data."
