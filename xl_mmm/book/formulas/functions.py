"""The spreadsheet functions that the template uses, one entry of `FUNCTIONS` each; later releases add entries.

In a range, SUM and its kind skip text, truth values and blanks, and pass on the first error; see `formulas.values` for
single values.
"""

from __future__ import annotations

import inspect
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal, localcontext

from xl_mmm.book.formulas import texts
from xl_mmm.book.formulas.criteria import is_blank, selector, wildcard
from xl_mmm.book.formulas.values import (
    DIVISION,
    NOT_AVAILABLE,
    NUMBER,
    NUMERIC,
    REFERENCE,
    VALUE,
    Block,
    Failed,
    Operand,
    compare,
    rank,
    to_number,
    to_truth,
)
from xl_mmm.rules import CellErrorValue
from xl_mmm.tables.cell_values import Stored

MOST_ARGUMENTS = 255


def _numbers(operands: Sequence[Operand]) -> Iterator[float]:
    """Numbers of ranges (others skipped) and of single values (converted); an error ends the calculation."""
    for operand in operands:
        if not isinstance(operand, Block):
            yield to_number(operand)
            continue
        for value in operand.values:
            if type(value) is float:
                yield value
            elif type(value) is CellErrorValue:
                raise Failed(value)


def _total(numbers: Iterable[float]) -> float:
    """Exactly rounded sum."""
    try:
        total = math.fsum(numbers)
    except (OverflowError, ValueError) as error:  # beyond the largest number, or infinities of both signs
        raise Failed(NUMBER) from error
    if not math.isfinite(total):
        raise Failed(NUMBER)
    return total


def _sum(*operands: Operand) -> Stored:
    return _total(_numbers(operands))


def _average(*operands: Operand) -> Stored:
    numbers = list(_numbers(operands))
    return _total(numbers) / len(numbers) if numbers else DIVISION


def _maximum(*operands: Operand) -> Stored:
    return max(_numbers(operands), default=0.0)


def _minimum(*operands: Operand) -> Stored:
    return min(_numbers(operands), default=0.0)


def _count(*operands: Operand) -> Stored:
    singles = [o for o in operands if not isinstance(o, Block)]
    countable = [s for s in singles if isinstance(s, float | bool) or (isinstance(s, str) and NUMERIC.fullmatch(s))]
    in_ranges = sum(type(value) is float for o in operands if isinstance(o, Block) for value in o.values)
    return float(len(countable) + in_ranges)


def _count_filled(*operands: Operand) -> Stored:
    return float(sum(v is not None for o in operands for v in (o.values if isinstance(o, Block) else [o])))


def _truths(operands: Sequence[Operand]) -> list[bool]:
    found = []
    for operand in operands:
        if isinstance(operand, Block):
            for value in operand.values:
                if isinstance(value, CellErrorValue):
                    raise Failed(value)
            found += [bool(value) for value in operand.values if isinstance(value, float | bool)]
        else:
            found.append(to_truth(operand))
    if not found:
        raise Failed(VALUE)
    return found


def _and(*operands: Operand) -> Stored:
    return all(_truths(operands))


def _or(*operands: Operand) -> Stored:
    return any(_truths(operands))


def _not(value: Stored) -> Stored:
    return not to_truth(value)


def _rounded(value: Stored, digits: Stored, how: str) -> Stored:
    """Round on the decimal text a person sees (15 digits), as Excel does."""
    number, places = to_number(value), int(to_number(digits))
    with localcontext() as context:
        context.prec = 700  # the largest number has 309 digits before the point
        exact = Decimal(f"{number:.15g}")
        return float(exact.quantize(Decimal(1).scaleb(-places), rounding=how)) if abs(places) < 300 else number


def _round(value: Stored, digits: Stored) -> Stored:
    return _rounded(value, digits, ROUND_HALF_UP)  # half goes away from zero


def _fixed(value: Stored, digits: Stored = 2.0, plain: Stored = False) -> Stored:
    """Write a number with so many decimals, thousands separated unless `plain`; in English, as a fresh Excel does."""
    places = int(to_number(digits))
    number = to_number(_round(value, float(places)))
    return f"{number:{'' if to_truth(plain) else ','}.{max(places, 0)}f}"


def _round_up(value: Stored, digits: Stored) -> Stored:
    return _rounded(value, digits, ROUND_UP)


def _round_down(value: Stored, digits: Stored) -> Stored:
    return _rounded(value, digits, ROUND_DOWN)


def _absolute(value: Stored) -> Stored:
    return abs(to_number(value))


def _integer(value: Stored) -> Stored:
    return float(math.floor(to_number(value)))


def _root(value: Stored) -> Stored:
    number = to_number(value)
    return math.sqrt(number) if number >= 0 else NUMBER


def _index(block: Operand, row: Stored, column: Stored = None) -> Operand:
    """Value at a row and column of a range; 0 or blank means the whole of it."""
    area = _block(block)
    i, j = int(to_number(row)), int(to_number(column))
    if area.rows == 1 and column is None:  # in a single row the one number counts columns
        i, j = (1, i) if i else (0, 0)
    if not (0 <= i <= area.rows and 0 <= j <= area.columns):
        return REFERENCE
    rows = range(area.rows) if i == 0 else range(i - 1, i)
    columns = range(area.columns) if j == 0 else range(j - 1, j)
    values = [area.values[r * area.columns + c] for r in rows for c in columns]
    return values[0] if len(values) == 1 else Block(len(rows), len(columns), values)


def _match(sought: Stored, block: Operand, kind: Stored = 1.0) -> Stored:
    """Place of a value in a row or column: exact for 0 (text with * and ?), else the last not beyond it."""
    if isinstance(sought, CellErrorValue):
        return sought
    values, order = _block(block).values, to_number(kind)
    if order == 0:
        text = sought.casefold() if isinstance(sought, str) else None
        pattern = wildcard(text) if text is not None and re.search(r"[*?~]", text) else None
        for i, value in enumerate(values, start=1):
            if text is not None:
                hit = isinstance(value, str) and (
                    pattern.fullmatch(value.casefold()) is not None if pattern else value.casefold() == text
                )
            else:
                hit = _comparable(sought, value) and compare(sought, value) == 0
            if hit:
                return float(i)
        return NOT_AVAILABLE
    last: Stored = NOT_AVAILABLE
    for i, value in enumerate(values, start=1):
        if not _comparable(sought, value):
            continue
        if compare(value, sought) * order > 0:
            break
        last = float(i)
    return last


def _comparable(sought: Stored, value: Stored) -> bool:
    if value is None or isinstance(value, CellErrorValue):
        return False
    return rank(0.0 if sought is None else sought) == rank(value)


def _block(operand: Operand) -> Block:
    if isinstance(operand, CellErrorValue):
        raise Failed(operand)
    return operand if isinstance(operand, Block) else Block(1, 1, [operand])


def _selected(pairs: Sequence[Operand]) -> tuple[int, list[bool]]:
    """Which places meet every (range, criterion) pair."""
    if len(pairs) < 2 or len(pairs) % 2:
        raise Failed(VALUE)
    areas = [_block(operand) for operand in pairs[::2]]
    if any((area.rows, area.columns) != (areas[0].rows, areas[0].columns) for area in areas):
        raise Failed(VALUE)
    chosen = [True] * len(areas[0].values)
    for area, criterion in zip(areas, pairs[1::2], strict=True):
        test = selector(_block(criterion).values[0])
        chosen = [was and test(value) for was, value in zip(chosen, area.values, strict=True)]
    return len(chosen), chosen


def _count_where(*pairs: Operand) -> Stored:
    return float(sum(_selected(pairs)[1]))


def _chosen_numbers(block: Operand, pairs: Sequence[Operand]) -> list[float]:
    size, chosen = _selected(pairs)
    values = _block(block).values
    if len(values) != size:
        raise Failed(VALUE)
    picked = [value for value, is_in in zip(values, chosen, strict=True) if is_in]
    return list(_numbers([Block(len(picked), 1, picked)]))


def _sum_where(block: Operand, *pairs: Operand) -> Stored:
    return _total(_chosen_numbers(block, pairs))


def _average_where(block: Operand, *pairs: Operand) -> Stored:
    numbers = _chosen_numbers(block, pairs)
    return _total(numbers) / len(numbers) if numbers else DIVISION


def _sum_where_one(area: Operand, criterion: Operand, block: Operand = None) -> Stored:
    return _sum_where(area if block is None else block, area, criterion)


def _sum_product(*operands: Operand) -> Stored:
    blocks = [_block(operand) for operand in operands]
    if any((b.rows, b.columns) != (blocks[0].rows, blocks[0].columns) for b in blocks):
        return VALUE
    for block in blocks:
        for value in block.values:
            if type(value) is CellErrorValue:
                return value
    factors = [[v if type(v) is float else 0.0 for v in b.values] for b in blocks]
    return _total(math.prod(row) for row in zip(*factors, strict=True))


def _ranked(block: Operand, place: Stored, *, largest: bool) -> Stored:
    numbers, k = sorted(_numbers([block]), reverse=largest), math.ceil(to_number(place))
    return numbers[k - 1] if 1 <= k <= len(numbers) else NUMBER


def _large(block: Operand, place: Stored) -> Stored:
    return _ranked(block, place, largest=True)


def _small(block: Operand, place: Stored) -> Stored:
    return _ranked(block, place, largest=False)


def _is_number(value: Stored) -> Stored:
    return type(value) is float


def _is_text(value: Stored) -> Stored:
    return isinstance(value, str)


def _is_error(value: Stored) -> Stored:
    return isinstance(value, CellErrorValue)


def _is_not_available(value: Stored) -> Stored:
    return value == NOT_AVAILABLE


def _sign(value: Stored) -> Stored:
    number = to_number(value)
    return float((number > 0) - (number < 0))


def _rows(block: Operand) -> Stored:
    return float(_block(block).rows)


def _columns(block: Operand) -> Stored:
    return float(_block(block).columns)


def _not_available() -> Stored:
    return NOT_AVAILABLE


@dataclass(frozen=True, slots=True)
class NativeFunction:
    """How a function is called.

    Attributes
    ----------
    call
        Takes the evaluated arguments.
    ranges
        Positions that take a range whole; -1 means all. Elsewhere a range gives the one cell beside the formula.
    sees_errors
        Whether it is handed error values, rather than returning them unseen.
    arrays
        Whether operators inside its arguments work through whole ranges.
    """

    call: Callable[..., Operand]
    ranges: tuple[int, ...] = ()
    sees_errors: bool = False
    arrays: bool = False

    @property
    def arity(self) -> tuple[int, int]:
        """Fewest and most arguments."""
        parameters = inspect.signature(self.call).parameters.values()
        if any(parameter.kind is parameter.VAR_POSITIONAL for parameter in parameters):
            return max(1, len(parameters) - 1), MOST_ARGUMENTS
        return sum(parameter.default is parameter.empty for parameter in parameters), len(parameters)


_ALL = (-1,)
_PAIRS = tuple(range(1, 60, 2))  # the criteria ranges after a leading range
FUNCTIONS: dict[str, NativeFunction] = {
    "ABS": NativeFunction(_absolute),
    "ADDRESS": NativeFunction(texts.address),
    "AND": NativeFunction(_and, _ALL),
    "AVERAGE": NativeFunction(_average, _ALL),
    "AVERAGEIFS": NativeFunction(_average_where, (0, *_PAIRS), sees_errors=True),
    "COLUMNS": NativeFunction(_columns, _ALL),
    "COUNT": NativeFunction(_count, _ALL, sees_errors=True),
    "COUNTA": NativeFunction(_count_filled, _ALL, sees_errors=True),
    "COUNTIF": NativeFunction(_count_where, (0,), sees_errors=True),
    "COUNTIFS": NativeFunction(_count_where, tuple(range(0, 60, 2)), sees_errors=True),
    "EXACT": NativeFunction(texts.exact),
    "FIXED": NativeFunction(_fixed),
    "HYPERLINK": NativeFunction(texts.hyperlink),
    "INDEX": NativeFunction(_index, (0,)),
    "INT": NativeFunction(_integer),
    "ISBLANK": NativeFunction(is_blank, sees_errors=True),
    "ISERROR": NativeFunction(_is_error, sees_errors=True),
    "ISNA": NativeFunction(_is_not_available, sees_errors=True),
    "ISNUMBER": NativeFunction(_is_number, sees_errors=True),
    "ISTEXT": NativeFunction(_is_text, sees_errors=True),
    "LARGE": NativeFunction(_large, (0,)),
    "LEFT": NativeFunction(texts.left),
    "LEN": NativeFunction(texts.length),
    "MATCH": NativeFunction(_match, (1,)),
    "MAX": NativeFunction(_maximum, _ALL),
    "MID": NativeFunction(texts.middle),
    "MIN": NativeFunction(_minimum, _ALL),
    "NA": NativeFunction(_not_available),
    "NOT": NativeFunction(_not),
    "OR": NativeFunction(_or, _ALL),
    "RIGHT": NativeFunction(texts.right),
    "ROUND": NativeFunction(_round),
    "ROUNDDOWN": NativeFunction(_round_down),
    "ROUNDUP": NativeFunction(_round_up),
    "ROWS": NativeFunction(_rows, _ALL),
    "SIGN": NativeFunction(_sign),
    "SMALL": NativeFunction(_small, (0,)),
    "SQRT": NativeFunction(_root),
    "SUM": NativeFunction(_sum, _ALL),
    "SUMIF": NativeFunction(_sum_where_one, (0, 2), sees_errors=True),
    "SUMIFS": NativeFunction(_sum_where, (0, *_PAIRS), sees_errors=True),
    "SUMPRODUCT": NativeFunction(_sum_product, _ALL, arrays=True),
}
