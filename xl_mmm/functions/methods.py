"""MMM_METHODS: the methods side by side, and which of them to read.

A comparison is kept in cells like a fit: it takes a minute, so it is made when Compare is pressed. Its numbers are
those of its own data and choices; when the model in use has others, that is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from xl_mmm.errors import CellError, MmmError
from xl_mmm.functions.asking import ROWS
from xl_mmm.functions.cells import Cells, table
from xl_mmm.functions.models import NoModel, is_blank, model_of, text_of
from xl_mmm.functions.record import Argument, Function
from xl_mmm.spec import METHODS
from xl_mmm.tables import names

if TYPE_CHECKING:
    from xl_mmm.comparison import Comparison

METHOD_HEADERS = (
    "Method", "Return", "Low", "High", "R2", "wMAPE", "Quarters", "Unseen wMAPE", "Weeks in range", "CRPS", "Verdict",
)  # fmt: skip
END_HEADERS = ("", " low", " high")
NOT_YET = "Not compared yet. Press Compare, or run xl-mmm compare with this file: it takes a minute."
OTHER_DATA = "The data changed since the methods were compared: compare again."
OTHER_CHOICES = "Assumptions or Experiments changed since the methods were compared: compare again."


def _methods(comparison: Cells, part: str, model: Cells | None, rows: float | None) -> Cells:
    if part not in PARTS:
        raise CellError(f"part is {part!r}; give one of {', '.join(PARTS)}.")
    headers, body = PARTS[part]
    text, told = text_of(comparison), part == ADVICE
    if not text.strip():
        return table(headers(None), [(NOT_YET,)] if told else [], rows)
    try:
        found = _read(text)
    except MmmError as error:
        if not told:
            raise NoModel(str(error)) from error
        return table(headers(None), [(str(error),)], rows)
    return table(headers(found), body(found, model), rows)


@lru_cache(maxsize=4)
def _read(text: str) -> Comparison:
    """Return the comparison in a text; each is read once."""
    from xl_mmm.comparison import Comparison

    return Comparison.from_text(text)


def _advice_rows(comparison: Comparison, model: Cells | None) -> list[tuple[str]]:
    from xl_mmm.report.comparison import sentences

    return [(sentence,) for sentence in [*sentences(comparison), _standing(comparison, model)]]


def _standing(comparison: Comparison, model: Cells | None) -> str:
    """Say whether the model in use has other data or choices; nothing when there is none."""
    from xl_mmm.comparison import choices_sha

    if model is None or is_blank(model):
        return ""
    try:
        posterior = model_of(model).posterior
    except NoModel:
        return ""
    if posterior.dataset.sha != comparison.data_sha:
        return OTHER_DATA
    return "" if choices_sha(posterior.spec) == comparison.choices_sha else OTHER_CHOICES


def _method_rows(comparison: Comparison, _model: Cells | None) -> list[tuple[object, ...]]:
    from xl_mmm.comparison import advise

    verdicts = advise(comparison).verdicts
    return [
        (
            one.method, *one.total, one.r_squared, one.wmape, None if one.refused else float(one.quarters), one.miss,
            one.held, one.score, verdicts[one.method],
        )
        for one in comparison.candidates
    ]  # fmt: skip


def _return_headers(comparison: Comparison | None) -> tuple[str, ...]:
    methods = METHODS if comparison is None else [one.method for one in comparison.candidates]
    return ("Channel", *(f"{method}{end}" for method in methods for end in END_HEADERS), "Ranges overlap")


def _return_rows(comparison: Comparison, _model: Cells | None) -> Iterable[tuple[object, ...]]:
    blank = (None,) * len(END_HEADERS)
    several = len(comparison.fitted) > 1
    for k, channel in enumerate(comparison.channels):
        ends = [end for one in comparison.candidates for end in (blank if one.refused else one.returns[k])]
        shared = (names.YES if comparison.overlap(k) else names.NO) if several and k in comparison.earning else None
        yield channel, *ends, shared


Headers = Callable[["Comparison | None"], tuple[str, ...]]
Body = Callable[["Comparison", "Cells | None"], Iterable[tuple[object, ...]]]
ADVICE = "advice"
PARTS: dict[str, tuple[Headers, Body]] = {
    ADVICE: (lambda _: ("Sentence",), _advice_rows),
    "methods": (lambda _: METHOD_HEADERS, _method_rows),
    "returns": (_return_headers, _return_rows),
}

METHODS_SIDE_BY_SIDE = Function(
    "MMM_METHODS",
    "Results",
    "Compares the methods of estimation: which to read and why, how well each forecasts, what each says of a channel.",
    (
        Argument("comparison", "column", "The kept comparison: a column of text on the sheet Compare."),
        Argument("part", "text", "advice (sentences), methods (a row each) or returns (a row a channel)."),
        Argument("model", "model", "The model in use, to say whether the comparison is up to date.", optional=True),
        ROWS,
    ),
    '=MMM_METHODS(Compare!$Q$14:$Q$16,"methods",Model!$D$8:$D$71)',
    "advice: one sentence a row. methods: return with range, fit, unseen quarters, verdict. returns: ranges a channel.",
    _methods,
)
