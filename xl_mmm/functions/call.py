"""Calling a function as every host does: coerce the arguments, remember results, turn faults into error values.

Functions are pure, so a result is kept under the function's name and its arguments: recalculating a sheet of which
nothing changed costs a look-up. Budgets are counts, never seconds.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from itertools import chain

from xl_mmm.errors import CellError, MmmError
from xl_mmm.functions.cells import NOT_AVAILABLE, VALUE, Cell, Cells, rectangle, single
from xl_mmm.functions.models import NoModel
from xl_mmm.functions.record import Argument, Function
from xl_mmm.functions.registry import FUNCTIONS
from xl_mmm.rules import CellErrorValue

REMEMBERED = 128  # results; a template holds about forty calls
LARGEST_REMEMBERED = 200_000  # cells of arguments and result beyond which nothing is kept

_results: OrderedDict[Hashable, Cell | Cells] = OrderedDict()


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
    """
    try:
        return evaluate(name, arguments)
    except NoModel:
        return NOT_AVAILABLE
    except MmmError:
        return VALUE


def evaluate(name: str, arguments: Sequence[object]) -> Cell | Cells:
    """Do what `call` does, raising the `MmmError` with its sentence instead of returning an error value."""
    function = FUNCTIONS[name]
    values = _coerced(function, arguments)
    passed = next((value for value in values if isinstance(value, CellErrorValue)), None)
    if passed is not None:
        return passed
    key, size = (name, *map(_key, values)), sum(map(_size, values))
    if key in _results:
        _results.move_to_end(key)
        return _copied(_results[key])
    found = function.run(*values)
    if size + _size(found) <= LARGEST_REMEMBERED:
        _results[key] = found
        if len(_results) > REMEMBERED:
            _results.popitem(last=False)
    return _copied(found)


def forget() -> None:
    """Drop every remembered result."""
    _results.clear()


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
    if found is None or isinstance(found, CellErrorValue):
        return found
    if argument.kind == "number" and (isinstance(found, bool) or not isinstance(found, float)):
        raise CellError(f"{function.name}: {argument.name} is {found!r}; give a number.")
    if argument.kind == "text" and not isinstance(found, str):
        raise CellError(f"{function.name}: {argument.name} is {found!r}; give a text.")
    return found


def _key(value: Cell | Cells) -> Hashable:
    """Return a value to compare by, types beside values: a truth value is no number, which Python alone would say."""
    if isinstance(value, list):
        return tuple(map(tuple, value)), tuple(map(type, chain.from_iterable(value)))
    return type(value), value


def _size(value: Cell | Cells) -> int:
    return len(value) * len(value[0]) if isinstance(value, list) and value else 1


def _copied(value: Cell | Cells) -> Cell | Cells:
    """Give rows that the caller may keep: what is remembered stays untouched."""
    return [list(row) for row in value] if isinstance(value, list) else value
