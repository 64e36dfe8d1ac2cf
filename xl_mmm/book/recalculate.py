"""Calculating the workbook's native formulas: the short list that the template uses, with Excel's semantics.

The builder computes cached values with it before it writes; the writer refreshes those that depend on what it wrote.
A formula outside the list (a user's own, an `MMM_` call) keeps its cached value and is reported: never broken, never
guessed. Formulas are evaluated once each, in the order of their dependencies; a circle is reported and left alone.
"""

from __future__ import annotations

import math
import operator as python
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from xl_mmm.book.formula import Binary, Call, Literal, Node, Reference, Scope, Unary, Unsupported, parse_formula, references
from xl_mmm.book.native_functions import (
    DIVISION,
    FUNCTIONS,
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
from xl_mmm.book.sheet_edit import Area, Place, plain
from xl_mmm.rules import CellErrorValue

Value: TypeAlias = float | str | bool | CellErrorValue | None
Cell: TypeAlias = tuple[str, int, int]  # sheet, row, column

_LAZY = frozenset({"IF", "IFERROR", "IFNA", "CHOOSE"})  # evaluate only the branch that counts
ALLOWED_FUNCTIONS = frozenset(FUNCTIONS) | _LAZY
_MAX_RANGE = 5_000_000  # cells of one range, after clipping to the used rows


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula cell.

    Attributes
    ----------
    text
        Without "=" (a leading one is dropped when it is evaluated).
    cached
        Its last known value; None when there is none.
    area
        Cells it fills when entered as an array formula.
    """

    text: str
    cached: object = None
    area: Area | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Where a table stands.

    Attributes
    ----------
    name, sheet
        Its name and sheet.
    area
        All its cells: headers, rows and totals.
    headers
        Column names.
    header_row, total_row
        Whether it shows them.
    """

    name: str
    sheet: str
    area: Area
    headers: tuple[str, ...]
    header_row: bool = True
    total_row: bool = False

    @property
    def left(self) -> int:
        """First column."""
        return self.area[1]

    def rows(self, item: str, row: int) -> tuple[int, int]:
        """First and last row of `#all`, `#data`, `#headers`, `#totals` or `#this row`; empty when last < first."""
        top, bottom = self.area[0], self.area[2]
        first, last = top + self.header_row, bottom - self.total_row
        spans = {
            "#all": (top, bottom),
            "#data": (first, last),
            "#headers": (top, first - 1),
            "#totals": (last + 1, bottom),
            "#this row": (row, row) if first <= row <= last else (1, 0),
        }
        return spans[item]


@dataclass(frozen=True, slots=True)
class Grid:
    """A workbook's cells, for evaluation.

    Attributes
    ----------
    cells
        Sheet -> place -> value, or `Formula`. Days are turned into serial numbers of the 1900 system.
    tables
        Tables that structured references name.
    names
        Defined name -> its formula.
    """

    cells: Mapping[str, Mapping[Place, object]]
    tables: Sequence[Table] = ()
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recalculation:
    """New values and what was left alone.

    Attributes
    ----------
    values
        Sheet -> place -> value of each formula that was evaluated.
    left_alone
        Formula cells concerned that were not evaluated: outside the list, filling several cells, or in a circle.
    """

    values: dict[str, dict[Place, Value]]
    left_alone: tuple[Cell, ...]


def recalculate(grid: Grid, changed: set[Cell] | None = None) -> Recalculation:
    """Evaluate native formulas.

    Parameters
    ----------
    grid
        The cells.
    changed
        Evaluate only formulas that depend on these cells, or that have no cached value; None evaluates all.

    Returns
    -------
    Recalculation
        Values by sheet and place, and the formulas left alone.

    Examples
    --------
    >>> grid = Grid({"S": {(1, 1): 2.0, (2, 1): 3.0, (3, 1): Formula("SUM(A1:A2)*10%")}})
    >>> recalculate(grid).values
    {'S': {(3, 1): 0.5}}
    """
    return _Calculation(grid, changed).run()


class _Calculation:
    """One evaluation of a grid."""

    def __init__(self, grid: Grid, changed: set[Cell] | None) -> None:
        self._changed = changed
        self._values: dict[str, dict[Place, Value]] = {}
        self._formulas: dict[Cell, Formula] = {}
        for sheet, cells in grid.cells.items():
            known = self._values[sheet] = {}
            for place, content in cells.items():
                if isinstance(content, Formula):
                    self._formulas[sheet, *place] = content
                    content = content.cached
                known[place] = plain(content, False, sheet)
        self._scope = Scope(
            sheets={sheet.casefold(): sheet for sheet in grid.cells},
            tables={table.name.casefold(): table for table in grid.tables},
            names={name.casefold(): text for name, text in grid.names.items()},
            functions=ALLOWED_FUNCTIONS,
        )
        self._bottom = max((p[0] for cells in grid.cells.values() for p in cells), default=1)
        self._right = max((p[1] for cells in grid.cells.values() for p in cells), default=1)
        self._formula_rows = _by_column(self._formulas)
        self._changed_rows = _by_column(changed or ())
        self._blocks: dict[tuple[str, Area], Block] = {}
        self._trees: dict[Cell, Node] = {}
        self._needs: dict[Cell, list[Reference]] = {}
        self._range_cells: dict[tuple[str, Area], list[Cell]] = {}

    def run(self) -> Recalculation:
        """Evaluate in the order of dependencies."""
        unknown: set[Cell] = set()
        for cell, formula in self._formulas.items():
            sheet, row, column = cell
            try:
                if formula.area is not None and formula.area != (row, column, row, column):
                    raise Unsupported(formula.text)
                tree = parse_formula(formula.text.removeprefix("="), sheet, (row, column), self._scope)
                self._needs[cell] = [self._clipped(reference) for reference in references(tree)]
                self._trees[cell] = tree
            except Unsupported:
                unknown.add(cell)
        order, circular = self._order()
        unknown |= circular
        dirty: set[Cell] = set()
        results: dict[str, dict[Place, Value]] = {}
        left_alone: list[Cell] = []
        for cell in order:
            if not self._concerned(cell, dirty):
                continue
            if cell in unknown:
                left_alone.append(cell)
                continue
            dirty.add(cell)
            sheet, row, column = cell
            value = _Evaluator(self, cell, self._formulas[cell].area is not None).result(self._trees[cell])
            self._values[sheet][row, column] = value
            results.setdefault(sheet, {})[row, column] = value
        if self._changed is None:
            left_alone = sorted(unknown)
        return Recalculation(results, tuple(left_alone))

    def _concerned(self, cell: Cell, dirty: set[Cell]) -> bool:
        """Whether a formula must be evaluated anew."""
        if self._changed is None or self._formulas[cell].cached is None:
            return True
        for reference in self._needs.get(cell, ()):
            if _within(self._changed_rows, reference):
                return True
            if any(other in dirty for other in self._formulas_in(reference)):
                return True
        return False

    def _clipped(self, reference: Reference) -> Reference:
        """Cut whole columns and rows down to the used part."""
        top, left, bottom, right = reference.area
        area = (top, left, max(top, min(bottom, self._bottom)), max(left, min(right, self._right)))
        if (area[2] - top + 1) * (area[3] - left + 1) > _MAX_RANGE:
            raise Unsupported(f"{reference.sheet}: a range of that size")
        return Reference(reference.sheet, area)

    def _formulas_in(self, reference: Reference) -> list[Cell]:
        """Formula cells within a range, each range looked up once."""
        key = (reference.sheet, reference.area)
        if key not in self._range_cells:
            self._range_cells[key] = _within(self._formula_rows, reference)
        return self._range_cells[key]

    def _order(self) -> tuple[list[Cell], set[Cell]]:
        """Formula cells so that each comes after those it reads, and the cells that stand in a circle."""
        state: dict[Cell, int] = {}  # 1 being visited, 2 done
        order: list[Cell] = []
        circular: set[Cell] = set()
        for start in self._formulas:
            if start in state:
                continue
            state[start] = 1
            path = [(start, self._precedents(start))]
            while path:
                cell, waiting = path[-1]
                if not waiting:
                    path.pop()
                    state[cell] = 2
                    order.append(cell)
                    continue
                other = waiting.pop()
                if state.get(other) == 1:
                    members = [member for member, _ in path]
                    circular.update(members[members.index(other) :])
                elif other not in state:
                    state[other] = 1
                    path.append((other, self._precedents(other)))
        return order, circular

    def _precedents(self, cell: Cell) -> list[Cell]:
        return [other for reference in self._needs.get(cell, ()) for other in self._formulas_in(reference)]

    def read(self, reference: Reference) -> Block:
        """Values of a range; complete because formulas are evaluated in order."""
        reference = self._clipped(reference)
        key = (reference.sheet, reference.area)
        block = self._blocks.get(key)
        if block is None:
            cells = self._values[reference.sheet]
            top, left, bottom, right = reference.area
            values = [cells.get((row, column)) for row in range(top, bottom + 1) for column in range(left, right + 1)]
            block = self._blocks[key] = Block(bottom - top + 1, right - left + 1, values)
        return block

    def cell(self, sheet: str, place: Place) -> Value:
        """Value of one cell."""
        return self._values[sheet].get(place)


class _Evaluator:
    """Evaluates one formula's tree."""

    def __init__(self, calculation: _Calculation, host: Cell, array: bool) -> None:
        self._calculation = calculation
        self._sheet, self._row, self._column = host
        self._array = array

    def result(self, tree: Node) -> Value:
        """Value that the cell shows: a blank result shows 0."""
        try:
            operand = self._operand(tree, self._array)
            if self._array and isinstance(operand, Block):
                operand = operand.values[0]
            value = self._single(operand, tree)
        except Failed as failed:
            return failed.value
        return 0.0 if value is None else value

    def _operand(self, node: Node, array: bool) -> Operand:
        """Value of a node: a single value or a range."""
        if isinstance(node, Literal):
            return node.value
        if isinstance(node, Reference):
            return self._calculation.read(node)
        if isinstance(node, Call):
            return self._call(node, array)
        if isinstance(node, Unary):
            return self._lifted(lambda value: _unary(node.operator, value), [node.operand], array)
        return self._lifted(lambda left, right: _binary(node.operator, left, right), [node.left, node.right], array)

    def _scalar(self, node: Node) -> Value:
        """Value of a node where one value is wanted."""
        if isinstance(node, Reference):  # the common case, without building a range
            top, left, bottom, right = node.area
            if top == bottom and left == right:
                return self._calculation.cell(node.sheet, (top, left))
        return self._single(self._operand(node, False), node)

    def _single(self, operand: Operand, node: Node) -> Value:
        """One value of an operand: of a range, the cell in the formula's own row or column."""
        if not isinstance(operand, Block):
            return operand
        if len(operand.values) == 1:
            return operand.values[0]
        if isinstance(node, Reference):
            top, left, bottom, right = node.area
            if left == right and top <= self._row <= bottom:
                return self._calculation.cell(node.sheet, (self._row, left))
            if top == bottom and left <= self._column <= right:
                return self._calculation.cell(node.sheet, (top, self._column))
            raise Failed(VALUE)
        return operand.values[0]

    def _lifted(self, function: Callable[..., Value], nodes: Sequence[Node], array: bool) -> Operand:
        """Apply a function of single values, through whole ranges where arrays are wanted."""
        if not array:
            return _caught(function, [self._scalar(node) for node in nodes])
        return _broadcast(function, [self._operand(node, True) for node in nodes])

    def _call(self, node: Call, array: bool) -> Operand:
        if node.name in _LAZY:
            return self._lazy(node, array)
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

        def one(*singles: Value) -> Value:
            filled: list[Operand] = list(arguments)
            for i, single in zip(lifted, singles, strict=True):
                if isinstance(single, CellErrorValue) and not entry.sees_errors:
                    return single
                filled[i] = single
            outcome = self._applied(entry.call, filled)
            return outcome.values[0] if isinstance(outcome, Block) else outcome

        return _broadcast(one, [arguments[i] for i in lifted])

    @staticmethod
    def _applied(function: Callable[..., Operand], arguments: Sequence[Operand]) -> Operand:
        try:
            return function(*arguments)
        except Failed as failed:
            return failed.value
        except TypeError as error:
            raise Failed(VALUE) from error  # a wrong number of arguments, which Excel does not let anybody enter

    def _lazy(self, node: Call, array: bool) -> Operand:
        arguments = node.arguments
        if node.name in ("IFERROR", "IFNA"):
            if len(arguments) != 2:
                raise Failed(VALUE)
            try:
                operand = self._operand(arguments[0], array) if array else self._scalar(arguments[0])
            except Failed as failed:
                operand = failed.value
            caught = operand == NOT_AVAILABLE if node.name == "IFNA" else isinstance(operand, CellErrorValue)
            return self._operand(arguments[1], array) if caught else operand
        condition = self._operand(arguments[0], array) if array and arguments else None
        if isinstance(condition, Block) and node.name == "IF" and len(arguments) in (2, 3):
            branches = [self._operand(a, True) for a in arguments[1:]] + ([False] if len(arguments) == 2 else [])
            return _broadcast(lambda test, yes, no: yes if to_truth(test) else no, [condition, *branches])
        if node.name == "IF":
            if not 1 < len(arguments) < 4:
                raise Failed(VALUE)
            if to_truth(self._scalar(arguments[0])):
                return self._operand(arguments[1], array)
            return self._operand(arguments[2], array) if len(arguments) == 3 else False
        choice = int(to_number(self._scalar(arguments[0])))
        if not 1 <= choice < len(arguments):
            raise Failed(VALUE)
        return self._operand(arguments[choice], array)


def _unary(operator: str, value: Value) -> Value:
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


def _binary(operator: str, left: Value, right: Value) -> Value:
    if operator in _COMPARISONS:
        return _COMPARISONS[operator](compare(left, right), 0)
    if operator == "&":
        return to_text(left) + to_text(right)
    a, b = to_number(left), to_number(right)
    if operator == "+":
        return _finite(a + b)
    if operator == "-":
        return _finite(a - b)
    if operator == "*":
        return _finite(a * b)
    if operator == "/":
        return DIVISION if b == 0 else _finite(a / b)
    return _power(a, b)


def _power(base: float, exponent: float) -> Value:
    if base == 0:
        return NUMBER if exponent == 0 else DIVISION if exponent < 0 else 0.0
    if base < 0 and not exponent.is_integer():
        return NUMBER
    try:
        return float(math.pow(base, exponent))
    except OverflowError:
        return NUMBER


def _finite(value: float) -> Value:
    return value if math.isfinite(value) else NUMBER


def _caught(function: Callable[..., Value], values: Sequence[Value]) -> Value:
    try:
        return function(*values)
    except Failed as failed:
        return failed.value


def _broadcast(function: Callable[..., Value], operands: Sequence[Operand]) -> Operand:
    """Apply a function element by element; single values, rows and columns stretch."""
    blocks = [operand for operand in operands if isinstance(operand, Block)]
    if not blocks:
        return _caught(function, [operand for operand in operands if not isinstance(operand, Block)])
    rows, columns = max(b.rows for b in blocks), max(b.columns for b in blocks)
    stretched: list[list[Value]] = []
    for operand in operands:
        if not isinstance(operand, Block):
            stretched.append([operand] * (rows * columns))
        elif (operand.rows, operand.columns) == (rows, columns):
            stretched.append(operand.values)
        else:
            stretched.append([_stretched(operand, r, c) for r in range(rows) for c in range(columns)])
    return Block(rows, columns, [_caught(function, values) for values in zip(*stretched, strict=True)])


def _stretched(block: Block, row: int, column: int) -> Value:
    r, c = (0 if block.rows == 1 else row), (0 if block.columns == 1 else column)
    return block.values[r * block.columns + c] if r < block.rows and c < block.columns else NOT_AVAILABLE


def _by_column(cells: Mapping[Cell, object] | set[Cell] | tuple[()]) -> dict[tuple[str, int], list[int]]:
    """Rows of cells by sheet and column, sorted."""
    rows: dict[tuple[str, int], list[int]] = {}
    for sheet, row, column in cells:
        rows.setdefault((sheet, column), []).append(row)
    for found in rows.values():
        found.sort()
    return rows


def _within(rows: Mapping[tuple[str, int], list[int]], reference: Reference) -> list[Cell]:
    """Indexed cells within a range."""
    sheet = reference.sheet
    top, left, bottom, right = reference.area
    found: list[Cell] = []
    for column in range(left, right + 1):
        column_rows = rows.get((sheet, column))
        if column_rows:
            span = column_rows[bisect_left(column_rows, top) : bisect_right(column_rows, bottom)]
            found += [(sheet, row, column) for row in span]
    return found
