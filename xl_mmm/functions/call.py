"""Calling a function as every host does: coerce the arguments, remember results, turn faults into error values.

Functions are pure, so a result is kept under the function's name and its arguments as they were handed over:
recalculating a sheet of which nothing changed costs a look-up. Budgets are counts, never seconds.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import chain, count

import numpy as np

from xl_mmm.errors import CellError, MmmError
from xl_mmm.functions.cells import LONGEST, NOT_AVAILABLE, VALUE, Cell, Cells, rectangle, single
from xl_mmm.functions.models import NoModel, model_of
from xl_mmm.functions.record import Argument, Function
from xl_mmm.functions.registry import FUNCTIONS
from xl_mmm.rules import CellErrorValue
from xl_mmm.tables.names import MODEL_CHUNKS

REMEMBERED = 128  # results; a template holds about forty calls
REMEMBERED_CELLS = 400_000  # cells of arguments and results in all, 32 bytes each
SHARED = 8 * MODEL_CHUNKS  # long texts: the lines of a few models stand in many keys, and in memory once

_TRUTHS = {bool, np.bool_}
_SHORT = {float, int, type(None)}  # what most ranges consist of


@dataclass(slots=True)
class _Remembered:
    """A result with its size in cells, arguments included, and when it was last asked for."""

    found: Cell | Cells
    cells: int
    used: int


_results: dict[Hashable, _Remembered] = {}
_texts: dict[str, str] = {}
_refused: dict[str, str] = {}  # function -> why it last gave an error value
_clock = count()


def call(name: str, arguments: Sequence[object]) -> Cell | Cells:
    """Evaluate a function.

    Parameters
    ----------
    name
        Key of `FUNCTIONS`.
    arguments
        Values in order as a host has them; optional ones may be missing or None.

    Returns
    -------
    Cell or Cells
        A single value or rows. Arguments that cannot be used give #VALUE!, a model that is faulty or not there #N/A,
        and an error cell given as a single value is passed on.

    Raises
    ------
    KeyError
        There is no such function.
    TypeError
        The host handed over something that no cell holds.
    """
    try:
        return evaluate(name, arguments)
    except NoModel:
        return NOT_AVAILABLE
    except MmmError as error:
        _refused[name] = str(error)
        return NOT_AVAILABLE if _lacks_model(FUNCTIONS[name], arguments) else VALUE


def refused(name: str) -> str:
    """Return why `call` last gave an error value for a function; nothing when it never did."""
    return _refused.get(name, "")


def evaluate(name: str, arguments: Sequence[object]) -> Cell | Cells:
    """Do what `call` does, raising the `MmmError` with its sentence instead of returning an error value."""
    function = FUNCTIONS[name]
    key = (name, *map(_key, arguments))
    try:
        held = _results.get(key)
    except TypeError:  # something that cannot be hashed is in a cell: coercing it says what
        held = None
    if held is None:
        values = _coerced(function, arguments)
        passed = next((value for value in values if isinstance(value, CellErrorValue)), None)
        if passed is not None:
            return passed
        found = function.run(*values)
        _remember(key, found, sum(map(_size, values)) + _size(found))
        return _copied(found)
    held.used = next(_clock)
    return _copied(held.found)


def _lacks_model(function: Function, arguments: Sequence[object]) -> bool:
    """Whether the model that was handed over is none: that comes before whatever else is wrong with a call."""
    for argument, value in zip(function.arguments, arguments, strict=False):
        if argument.name == "model" and argument.kind == "model" and value is not None:
            try:
                model_of(rectangle(value))
            except NoModel:
                return True
    return False


def forget() -> None:
    """Drop every remembered result."""
    _results.clear()
    _texts.clear()


def _remember(key: tuple[Hashable, ...], found: Cell | Cells, cells: int) -> None:
    """Keep a result, unless it is too large; those that were not asked for the longest make room."""
    if cells > REMEMBERED_CELLS // 2:
        return
    _results[tuple(map(_shared, key))] = _Remembered(found, cells, next(_clock))
    while len(_results) > REMEMBERED or sum(one.cells for one in _results.values()) > REMEMBERED_CELLS:
        longest_ago, _ = min(_results.items(), key=lambda one: one[1].used)  # looking keys up would hash them all
        del _results[longest_ago]


def _key(value: object) -> Hashable:
    """Return an argument to compare by: shape, where truth values stand (Python takes True for 1), and the cells."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if not isinstance(value, list | tuple):
        return type(value) in _TRUTHS, value
    nested = bool(value) and isinstance(value[0], list | tuple)
    flat = tuple(chain.from_iterable(value)) if nested else tuple(value)
    shape = tuple(map(len, value)) if nested else None
    mixed = not _TRUTHS.isdisjoint(map(type, flat))
    return shape, tuple(i for i, one in enumerate(flat) if type(one) in _TRUTHS) if mixed else None, flat


def _shared(part: Hashable) -> Hashable:
    """Return a part of a key in which long texts are the ones that other keys hold already."""
    if isinstance(part, tuple):
        return part if _SHORT.issuperset(map(type, part)) else tuple(map(_shared, part))
    if not isinstance(part, str) or len(part) <= LONGEST:
        return part
    while len(_texts) >= SHARED:
        del _texts[next(iter(_texts))]
    return _texts.setdefault(part, part)


def _coerced(function: Function, arguments: Sequence[object]) -> list[Cell | Cells]:
    """One value an argument, missing ones None."""
    wanted = function.arguments
    if len(arguments) > len(wanted):
        raise CellError(f"{function.name} takes {len(wanted)} arguments, {len(arguments)} were given.")
    given = [*arguments, *[None] * (len(wanted) - len(arguments))]
    return [_argument(function, argument, value) for argument, value in zip(wanted, given, strict=True)]


def _argument(function: Function, argument: Argument, value: object) -> Cell | Cells:
    if value is None:
        if not argument.optional:
            raise CellError(f"{function.name} needs {argument.name}: {argument.help}")
        return None
    if argument.is_range:
        return rectangle(value)
    found = single(value)
    if isinstance(found, CellErrorValue):
        return found
    if found is None:
        if not argument.optional:
            raise CellError(f"{function.name}: {argument.name} is blank; {argument.help}")
        return None
    if argument.kind == "number" and (isinstance(found, bool) or not isinstance(found, float)):
        raise CellError(f"{function.name}: {argument.name} is {found!r}; give a number.")
    if argument.kind == "text" and not isinstance(found, str):
        raise CellError(f"{function.name}: {argument.name} is {found!r}; give a text.")
    return found


def _size(value: Cell | Cells) -> int:
    return len(value) * len(value[0]) if isinstance(value, list) and value else 1


def _copied(value: Cell | Cells) -> Cell | Cells:
    """Give rows that the caller may keep: what is remembered stays untouched."""
    return [list(row) for row in value] if isinstance(value, list) else value
