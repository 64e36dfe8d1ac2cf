"""Evaluating one formula's tree over the cells it reads.

Where one value is wanted, a range gives the cell in the formula's own row or column, as in Excel without a spill.
Inside SUMPRODUCT and in array formulas, operators and functions work through whole ranges. `MMM_` functions get the
whole ranges they ask for, in any formula.
"""

from __future__ import annotations

import math
import operator as python
from collections.abc import Callable, Sequence
from typing import Protocol

from xl_mmm.book.formulas.functions import FUNCTIONS, MOST_ARGUMENTS
from xl_mmm.book.formulas.parse import POSITIONS, Call, Literal, Node, Reference, Unary
from xl_mmm.book.formulas.values import (
    DIVISION,
    NOT_AVAILABLE,
    NUMBER,
    VALUE,
    Block,
    Failed,
    Operand,
    compare,
    to_number,
    to_text,
    to_truth,
)
from xl_mmm.functions import FUNCTIONS as OWN
from xl_mmm.functions import call as call_own
from xl_mmm.rules import CellErrorValue
from xl_mmm.tables.cell_values import Area, Place, Stored, plain

# functions that evaluate only the branch that counts -> fewest and most arguments
LAZY = {"IF": (2, 3), "IFERROR": (2, 2), "IFNA": (2, 2), "CHOOSE": (2, MOST_ARGUMENTS)}

ROUNDING = 2.0**-48  # LibreOffice's limit, relative


class Cells(Protocol):
    """Where values come from."""

    def read(self, reference: Reference) -> Block:
        """Values of a range."""

    def cell(self, sheet: str, place: Place) -> Stored:
        """Value of one cell."""


class Cancelled(Exception):  # noqa: N818 - no error of the formula's: it cannot be evaluated now
    """A function broke down, so the formula has no value; the text says which and why."""


class Evaluator:
    """Evaluates one formula's tree.

    Parameters
    ----------
    cells
        Where values come from.
    host, area
        The formula's first cell, and all the cells it fills.
    array
        Whether it was entered as an array formula.
    """

    def __init__(self, cells: Cells, host: tuple[str, int, int], area: Area, *, array: bool) -> None:
        self._cells = cells
        self._sheet, self._row, self._column = host
        self._area = area
        self._array = array

    def result(self, tree: Node) -> Block:
        """Values that the cells show, one without an array formula: a blank result shows 0.

        Raises
        ------
        Cancelled
            A function broke down.
        """
        try:
            operand = self._operand(tree, self._array)
            if not self._array:
                operand = self._single(operand, tree)
        except Failed as failed:
            operand = failed.value
        found = operand if isinstance(operand, Block) else Block(1, 1, [operand])
        return Block(found.rows, found.columns, [0.0 if value is None else value for value in found.values])

    def _operand(self, node: Node, array: bool) -> Operand:
        """Value of a node: a single value or a range."""
        if isinstance(node, Literal):
            return node.value
        if isinstance(node, Reference):
            return self._cells.read(node)
        if isinstance(node, Call):
            return self._call(node, array)
        if isinstance(node, Unary):
            return self._lifted(lambda value: _unary(node.operator, value), [node.operand], array)
        return self._lifted(lambda left, right: _binary(node.operator, left, right), [node.left, node.right], array)

    def _scalar(self, node: Node) -> Stored:
        """Value of a node where one value is wanted."""
        if isinstance(node, Reference):  # the common case, without building a range
            top, left, bottom, right = node.area
            if top == bottom and left == right:
                return self._cells.cell(node.sheet, (top, left))
        return self._single(self._operand(node, False), node)

    def _single(self, operand: Operand, node: Node) -> Stored:
        """One value of an operand: of a range, the cell in the formula's own row or column."""
        if not isinstance(operand, Block):
            return operand
        if len(operand.values) == 1:
            return operand.values[0]
        if isinstance(node, Reference):
            top, left, bottom, right = node.area
            if left == right and top <= self._row <= bottom:
                return self._cells.cell(node.sheet, (self._row, left))
            if top == bottom and left <= self._column <= right:
                return self._cells.cell(node.sheet, (top, self._column))
            raise Failed(VALUE)
        return operand.values[0]

    def _lifted(self, function: Callable[..., Stored], nodes: Sequence[Node], array: bool) -> Operand:
        """Apply a function of single values, through whole ranges where arrays are wanted."""
        if not array:
            return _caught(function, [self._scalar(node) for node in nodes])
        return _broadcast(function, [self._operand(node, True) for node in nodes])

    def _call(self, node: Call, array: bool) -> Operand:
        if node.name in LAZY:
            return self._lazy(node, array)
        if node.name in POSITIONS:
            return self._position(node, array)
        if node.name in OWN:
            return self._own(node, array)
        entry = FUNCTIONS[node.name]
        array = array or entry.arrays
        whole = entry.ranges == (-1,)
        arguments: list[Operand] = []
        for i, argument in enumerate(node.arguments):
            takes_range = whole or i in entry.ranges
            operand = self._operand(argument, array) if takes_range or array else self._scalar(argument)
            if not entry.sees_errors and isinstance(operand, CellErrorValue):
                return operand
            arguments.append(operand)
        lifted = [i for i, o in enumerate(arguments) if isinstance(o, Block) and not whole and i not in entry.ranges]
        if not lifted:
            return self._applied(entry.call, arguments)

        def one(*singles: Stored) -> Stored:
            filled: list[Operand] = list(arguments)
            for i, single in zip(lifted, singles, strict=True):
                if isinstance(single, CellErrorValue) and not entry.sees_errors:
                    return single
                filled[i] = single
            outcome = self._applied(entry.call, filled)
            return outcome.values[0] if isinstance(outcome, Block) else outcome

        return _broadcast(one, [arguments[i] for i in lifted])

    def _position(self, node: Call, array: bool) -> Operand:
        """ROW and COLUMN: numbers of the rows or columns of a range; where one value is wanted, the first."""
        area = self._area
        if node.arguments and node.arguments[0] != Literal(None):
            argument = node.arguments[0]
            if not isinstance(argument, Reference):  # the parser lets nothing else through but an error value
                return self._operand(argument, False)
            area = argument.area
        first, last = (area[0], area[2]) if node.name == "ROW" else (area[1], area[3])
        if not array or first == last:
            return float(first)
        numbers: list[Stored] = [float(number) for number in range(first, last + 1)]
        return Block(len(numbers), 1, numbers) if node.name == "ROW" else Block(1, len(numbers), numbers)

    def _own(self, node: Call, array: bool) -> Operand:
        """Call an `MMM_` function: rectangles where it asks for a range, an omitted argument as None."""
        arguments: list[object] = []
        for given, wanted in zip(node.arguments, OWN[node.name].arguments, strict=False):
            if given == Literal(None):
                arguments.append(None)
                continue
            operand = self._operand(given, array or wanted.is_range)
            if isinstance(operand, Block) and (wanted.is_range or len(operand.values) > 1):
                arguments.append(operand.lines())
            else:
                value = operand.values[0] if isinstance(operand, Block) else operand
                arguments.append([[value]] if wanted.is_range else value)
        try:
            found = call_own(node.name, arguments)
            rows = found if isinstance(found, list) else [[found]]
            values = [plain(value, False, node.name) for row in rows for value in row]
            if len({len(row) for row in rows}) > 1:
                raise TypeError("its rows differ in length")
        except Exception as error:  # a fault of ours: it must not take the other formulas along
            raise Cancelled(f"{node.name} broke down: {type(error).__name__}: {error}") from error
        return Block(len(rows), len(rows[0]), values) if values else VALUE

    @staticmethod
    def _applied(function: Callable[..., Operand], arguments: Sequence[Operand]) -> Operand:
        try:
            return function(*arguments)
        except Failed as failed:
            return failed.value

    def _lazy(self, node: Call, array: bool) -> Operand:
        """IF and its kind: one condition picks a branch, the others are not evaluated; an array evaluates all."""
        first, *others = node.arguments
        errors = node.name in ("IFERROR", "IFNA")
        try:
            tested = _unwrapped(self._operand(first, True)) if array else self._scalar(first)
        except Failed as failed:
            if not errors:
                raise
            tested = failed.value
        if isinstance(tested, Block):
            return _broadcast(_CHOICES[node.name], [tested, *(self._operand(branch, True) for branch in others)])
        if errors:
            return self._operand(others[0], array) if _is_caught(node.name, tested) else tested
        branch = 1 - to_truth(tested) if node.name == "IF" else int(to_number(tested)) - 1
        if node.name == "IF" and branch == len(others):
            return False  # IF without an else
        if not 0 <= branch < len(others):
            raise Failed(VALUE)
        return self._operand(others[branch], array)


def _is_caught(name: str, value: Stored) -> bool:
    """Whether IFERROR or IFNA replaces a value."""
    return value == NOT_AVAILABLE if name == "IFNA" else isinstance(value, CellErrorValue)


def _chosen(place: Stored, *values: Stored) -> Stored:
    number = int(to_number(place))
    return values[number - 1] if 1 <= number <= len(values) else VALUE


# element by element, where the condition is an array
_CHOICES: dict[str, Callable[..., Stored]] = {
    "IF": lambda test, yes, no=False: yes if to_truth(test) else no,
    "IFERROR": lambda value, instead: instead if _is_caught("IFERROR", value) else value,
    "IFNA": lambda value, instead: instead if _is_caught("IFNA", value) else value,
    "CHOOSE": _chosen,
}


def _unary(operator: str, value: Stored) -> Stored:
    if operator == "+":
        if isinstance(value, CellErrorValue):
            raise Failed(value)
        return value
    number = to_number(value)
    return -number if operator == "-" else number / 100


_COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "=": python.eq,
    "<>": python.ne,
    "<": python.lt,
    ">": python.gt,
    "<=": python.le,
    ">=": python.ge,
}


def _binary(operator: str, left: Stored, right: Stored) -> Stored:
    if operator in _COMPARISONS:
        return _COMPARISONS[operator](compare(left, right), 0)
    if operator == "&":
        return to_text(left) + to_text(right)
    a, b = to_number(left), to_number(right)
    if operator == "+":
        return _finite(_snapped(a + b, a))
    if operator == "-":
        return _finite(_snapped(a - b, a))
    if operator == "*":
        return _finite(a * b)
    if operator == "/":
        return DIVISION if b == 0 else _finite(a / b)
    return _power(a, b)


def _snapped(result: float, operand: float) -> float:
    """Give 0 where a difference is nothing but rounding error: LibreOffice always does, Excel in a final operation."""
    return 0.0 if abs(result) < ROUNDING * abs(operand) else result


def _power(base: float, exponent: float) -> Stored:
    if base == 0:
        return NUMBER if exponent == 0 else DIVISION if exponent < 0 else 0.0
    if base < 0 and not exponent.is_integer():
        return NUMBER
    try:
        return float(math.pow(base, exponent))
    except OverflowError:
        return NUMBER


def _finite(value: float) -> Stored:
    return value if math.isfinite(value) else NUMBER


def _caught(function: Callable[..., Stored], values: Sequence[Stored]) -> Stored:
    try:
        return function(*values)
    except Failed as failed:
        return failed.value


def _broadcast(function: Callable[..., Stored], operands: Sequence[Operand]) -> Operand:
    """Apply a function element by element; single values, rows and columns stretch."""
    blocks = [operand for operand in operands if isinstance(operand, Block)]
    if not blocks:
        return _caught(function, [operand for operand in operands if not isinstance(operand, Block)])
    rows, columns = max(b.rows for b in blocks), max(b.columns for b in blocks)
    stretched: list[list[Stored]] = []
    for operand in operands:
        if not isinstance(operand, Block):
            stretched.append([operand] * (rows * columns))
        else:
            stretched.append(operand.fitted(rows, columns).values)
    return _unwrapped(Block(rows, columns, [_caught(function, values) for values in zip(*stretched, strict=True)]))


def _unwrapped(operand: Operand) -> Operand:
    """Return the value of a rectangle of one cell, which is no array."""
    return operand.values[0] if isinstance(operand, Block) and len(operand.values) == 1 else operand
