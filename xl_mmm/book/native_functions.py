"""The spreadsheet functions that the template uses, with Excel's rules for blanks, text and errors.

Conventions: a number is a float, a blank None, a range a `Block`. In a range, SUM and its kind skip text, truth values
and blanks, and pass on the first error; a single value is converted (`"3"` is 3, TRUE is 1, a blank 0). Text compares
without case. A function is one entry of `FUNCTIONS`; later releases add entries.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal, localcontext
from functools import lru_cache
from typing import TypeAlias

from xl_mmm.book.formula import Scalar
from xl_mmm.book.sheet_edit import column_letters
from xl_mmm.rules import CellErrorValue

DIVISION, VALUE, NOT_AVAILABLE = CellErrorValue("#DIV/0!"), CellErrorValue("#VALUE!"), CellErrorValue("#N/A")
NUMBER, REFERENCE = CellErrorValue("#NUM!"), CellErrorValue("#REF!")
_NUMERIC = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_CRITERION = re.compile(r"(<>|<=|>=|=|<|>)?(.*)", re.DOTALL)


@dataclass(slots=True)
class Block:
    """A rectangle of values, row by row.

    Attributes
    ----------
    rows, columns
        Its size.
    values
        `rows * columns` values.
    """

    rows: int
    columns: int
    values: list[Scalar]


Operand: TypeAlias = Scalar | Block


class Failed(Exception):  # noqa: N818 - carries an error value to the call that returns it
    """A calculation came to an error value."""

    def __init__(self, value: CellErrorValue) -> None:
        self.value = value
        super().__init__(value.code)


def to_number(value: Scalar) -> float:
    """Number of a single value: a blank is 0, TRUE is 1, numeric text converts."""
    if isinstance(value, float):
        return value
    if value is None:
        return 0.0
    if isinstance(value, bool | int):
        return float(value)
    if isinstance(value, CellErrorValue):
        raise Failed(value)
    if _NUMERIC.fullmatch(value):
        return float(value)
    raise Failed(VALUE)


def to_text(value: Scalar) -> str:
    """Text of a single value, numbers as a cell of format General shows them in full (15 digits)."""
    if isinstance(value, CellErrorValue):
        raise Failed(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return value
    digits = f"{value:.15g}"
    if "e" not in digits:
        return "0" if digits == "-0" else digits
    if abs(value) >= 1e21 or abs(value) < 1e-19:
        mantissa, exponent = digits.split("e")
        return f"{mantissa}E{exponent}"
    return format(Decimal(digits), "f")


def to_truth(value: Scalar) -> bool:
    """Truth of a single value: numbers other than 0, and the words TRUE and FALSE."""
    if isinstance(value, str):
        if value.casefold() in ("true", "false"):
            return value.casefold() == "true"
        raise Failed(VALUE)
    return to_number(value) != 0


def equal_numbers(left: float, right: float) -> bool:
    """Whether two numbers agree to 15 digits, which is as far as a spreadsheet compares."""
    if left == right:
        return True
    return math.isclose(left, right, rel_tol=1e-14) and f"{left:.15g}" == f"{right:.15g}"


def compare(left: Scalar, right: Scalar) -> int:
    """Order of two values: -1, 0 or 1. Numbers come before text before truth values; a blank takes the other's kind."""
    for value in (left, right):
        if isinstance(value, CellErrorValue):
            raise Failed(value)
    if left is None:
        left = _blank_like(right)
    if right is None:
        right = _blank_like(left)
    ranks = _rank(left), _rank(right)
    if ranks[0] != ranks[1]:
        return -1 if ranks[0] < ranks[1] else 1
    if isinstance(left, str) and isinstance(right, str):
        a, b = left.casefold(), right.casefold()
        return (a > b) - (a < b)
    x, y = to_number(left), to_number(right)
    return 0 if equal_numbers(x, y) else (x > y) - (x < y)


def _blank_like(value: Scalar) -> Scalar:
    if isinstance(value, str):
        return ""
    return False if isinstance(value, bool) else 0.0


def _rank(value: Scalar) -> int:
    if isinstance(value, bool):
        return 2
    return 1 if isinstance(value, str) else 0


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


def _sum(*operands: Operand) -> Scalar:
    return _finite(math.fsum(_numbers(operands)))


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise Failed(NUMBER)
    return value


def _average(*operands: Operand) -> Scalar:
    numbers = list(_numbers(operands))
    return math.fsum(numbers) / len(numbers) if numbers else DIVISION


def _maximum(*operands: Operand) -> Scalar:
    return max(_numbers(operands), default=0.0)


def _minimum(*operands: Operand) -> Scalar:
    return min(_numbers(operands), default=0.0)


def _count(*operands: Operand) -> Scalar:
    singles = [o for o in operands if not isinstance(o, Block)]
    countable = [s for s in singles if isinstance(s, float | bool) or (isinstance(s, str) and _NUMERIC.fullmatch(s))]
    in_ranges = sum(type(value) is float for o in operands if isinstance(o, Block) for value in o.values)
    return float(len(countable) + in_ranges)


def _count_filled(*operands: Operand) -> Scalar:
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


def _and(*operands: Operand) -> Scalar:
    return all(_truths(operands))


def _or(*operands: Operand) -> Scalar:
    return any(_truths(operands))


def _not(value: Scalar) -> Scalar:
    return not to_truth(value)


def _round(value: Scalar, digits: Scalar, how: str = ROUND_HALF_UP) -> Scalar:
    """Round half away from zero on the decimal text a person sees, as Excel does."""
    number, places = to_number(value), int(to_number(digits))
    with localcontext() as context:
        context.prec = 400
        exact = Decimal(f"{number:.15g}")
        return float(exact.quantize(Decimal(1).scaleb(-places), rounding=how)) if abs(places) < 300 else number


def _round_up(value: Scalar, digits: Scalar) -> Scalar:
    return _round(value, digits, ROUND_UP)


def _round_down(value: Scalar, digits: Scalar) -> Scalar:
    return _round(value, digits, ROUND_DOWN)


def _absolute(value: Scalar) -> Scalar:
    return abs(to_number(value))


def _integer(value: Scalar) -> Scalar:
    return float(math.floor(to_number(value)))


def _root(value: Scalar) -> Scalar:
    number = to_number(value)
    return math.sqrt(number) if number >= 0 else NUMBER


def _index(block: Operand, row: Scalar, column: Scalar = None) -> Operand:
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


def _match(sought: Scalar, block: Operand, kind: Scalar = 1.0) -> Scalar:
    """Place of a value in a row or column: exact for 0 (text with * and ?), else the last not beyond it."""
    if isinstance(sought, CellErrorValue):
        return sought
    values, order = _block(block).values, to_number(kind)
    if order == 0:
        text = sought.casefold() if isinstance(sought, str) else None
        pattern = _wildcard(text) if text is not None and re.search(r"[*?~]", text) else None
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
    last: Scalar = NOT_AVAILABLE
    for i, value in enumerate(values, start=1):
        if not _comparable(sought, value):
            continue
        if compare(value, sought) * order > 0:
            break
        last = float(i)
    return last


def _comparable(sought: Scalar, value: Scalar) -> bool:
    if value is None or isinstance(value, CellErrorValue):
        return False
    return _rank(0.0 if sought is None else sought) == _rank(value)


def _block(operand: Operand) -> Block:
    if isinstance(operand, CellErrorValue):
        raise Failed(operand)
    return operand if isinstance(operand, Block) else Block(1, 1, [operand])


@lru_cache(maxsize=1024)
def _wildcard(text: str) -> re.Pattern[str]:
    """Pattern of a text with * and ?; ~ makes the next one plain."""
    pieces = re.findall(r"~[*?~]|.", text, re.DOTALL)
    wild = {"*": ".*", "?": "."}
    return re.compile("".join(wild.get(p) or re.escape(p[-1]) for p in pieces), re.DOTALL)


def _selector(criterion: Scalar) -> Callable[[Scalar], bool]:
    """Test of a SUMIFS criterion: a value, or text such as `">=5"`, `"<>x"`, `"tv*"`."""
    if isinstance(criterion, CellErrorValue):
        return lambda value: value == criterion
    if not isinstance(criterion, str):
        return _equals(criterion if isinstance(criterion, bool) else to_number(criterion))
    match = _CRITERION.fullmatch(criterion)
    operator, rest = (match[1] or "", match[2]) if match else ("", criterion)
    wanted: Scalar = float(rest) if _NUMERIC.fullmatch(rest) else rest
    if rest.casefold() in ("true", "false"):
        wanted = rest.casefold() == "true"
    if operator in ("", "=", "<>"):
        if rest:
            equals = _equals(wanted)
        elif operator:
            equals = _is_blank
        else:
            equals = _is_empty
        return (lambda value: not equals(value)) if operator == "<>" else equals
    rank = _rank(wanted)

    def ordered(value: Scalar) -> bool:
        if value is None or isinstance(value, CellErrorValue) or _rank(value) != rank:
            return False
        order = compare(value, wanted)
        return (order < 0 and "<" in operator) or (order > 0 and ">" in operator) or (order == 0 and "=" in operator)

    return ordered


def _is_blank(value: Scalar) -> bool:
    return value is None


def _is_empty(value: Scalar) -> bool:
    return value is None or value == ""


def _equals(wanted: Scalar) -> Callable[[Scalar], bool]:
    if isinstance(wanted, bool):
        return lambda value: isinstance(value, bool) and value == wanted
    if isinstance(wanted, str):
        pattern = _wildcard(wanted.casefold())
        return lambda value: isinstance(value, str) and pattern.fullmatch(value.casefold()) is not None
    number = to_number(wanted)

    def matches(value: Scalar) -> bool:
        if isinstance(value, str):
            return _NUMERIC.fullmatch(value) is not None and equal_numbers(float(value), number)
        return type(value) is float and equal_numbers(value, number)

    return matches


def _selected(pairs: Sequence[Operand]) -> tuple[int, list[bool]]:
    """Which places meet every (range, criterion) pair."""
    if len(pairs) < 2 or len(pairs) % 2:
        raise Failed(VALUE)
    areas = [_block(operand) for operand in pairs[::2]]
    if any((area.rows, area.columns) != (areas[0].rows, areas[0].columns) for area in areas):
        raise Failed(VALUE)
    chosen = [True] * len(areas[0].values)
    for area, criterion in zip(areas, pairs[1::2], strict=True):
        test = _selector(_block(criterion).values[0])
        chosen = [was and test(value) for was, value in zip(chosen, area.values, strict=True)]
    return len(chosen), chosen


def _count_where(*pairs: Operand) -> Scalar:
    return float(sum(_selected(pairs)[1]))


def _chosen_numbers(block: Operand, pairs: Sequence[Operand]) -> list[float]:
    size, chosen = _selected(pairs)
    values = _block(block).values
    if len(values) != size:
        raise Failed(VALUE)
    picked = [value for value, is_in in zip(values, chosen, strict=True) if is_in]
    return list(_numbers([Block(len(picked), 1, picked)]))


def _sum_where(block: Operand, *pairs: Operand) -> Scalar:
    return _finite(math.fsum(_chosen_numbers(block, pairs)))


def _average_where(block: Operand, *pairs: Operand) -> Scalar:
    numbers = _chosen_numbers(block, pairs)
    return math.fsum(numbers) / len(numbers) if numbers else DIVISION


def _sum_where_one(area: Operand, criterion: Operand, block: Operand = None) -> Scalar:
    return _sum_where(area if block is None else block, area, criterion)


def _sum_product(*operands: Operand) -> Scalar:
    blocks = [_block(operand) for operand in operands]
    if any((b.rows, b.columns) != (blocks[0].rows, blocks[0].columns) for b in blocks):
        return VALUE
    for block in blocks:
        for value in block.values:
            if type(value) is CellErrorValue:
                return value
    factors = [[v if type(v) is float else 0.0 for v in b.values] for b in blocks]
    return _finite(math.fsum(math.prod(row) for row in zip(*factors, strict=True)))


def _ranked(block: Operand, place: Scalar, *, largest: bool) -> Scalar:
    numbers, k = sorted(_numbers([block]), reverse=largest), math.ceil(to_number(place))
    return numbers[k - 1] if 1 <= k <= len(numbers) else NUMBER


def _large(block: Operand, place: Scalar) -> Scalar:
    return _ranked(block, place, largest=True)


def _small(block: Operand, place: Scalar) -> Scalar:
    return _ranked(block, place, largest=False)


def _is_number(value: Scalar) -> Scalar:
    return type(value) is float


def _is_text(value: Scalar) -> Scalar:
    return isinstance(value, str)


def _is_error(value: Scalar) -> Scalar:
    return isinstance(value, CellErrorValue)


def _is_not_available(value: Scalar) -> Scalar:
    return value == NOT_AVAILABLE


def _rows(block: Operand) -> Scalar:
    return float(_block(block).rows)


def _columns(block: Operand) -> Scalar:
    return float(_block(block).columns)


def _not_available() -> Scalar:
    return NOT_AVAILABLE


def _hyperlink(link: Scalar, shown: Scalar = None) -> Scalar:
    to_text(link)
    return link if shown is None else shown


def _address(row: Scalar, column: Scalar, kind: Scalar = 1.0, a1: Scalar = True, sheet: Scalar = None) -> Scalar:
    i, j, k = int(to_number(row)), int(to_number(column)), int(to_number(kind))
    if i < 1 or j < 1 or k not in (1, 2, 3, 4) or not to_truth(a1):
        return VALUE
    cell = f"{'$' if k in (1, 3) else ''}{column_letters(j)}{'$' if k in (1, 2) else ''}{i}"
    if sheet is None:
        return cell
    name = to_text(sheet)
    quoted = name if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.]*", name) else "'" + name.replace("'", "''") + "'"
    return f"{quoted}!{cell}"


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


_ALL = (-1,)
_PAIRS = tuple(range(1, 60, 2))  # the criteria ranges after a leading range
FUNCTIONS: dict[str, NativeFunction] = {
    "ABS": NativeFunction(_absolute),
    "ADDRESS": NativeFunction(_address),
    "AND": NativeFunction(_and, _ALL),
    "AVERAGE": NativeFunction(_average, _ALL),
    "AVERAGEIFS": NativeFunction(_average_where, (0, *_PAIRS), sees_errors=True),
    "COLUMNS": NativeFunction(_columns, _ALL),
    "COUNT": NativeFunction(_count, _ALL, sees_errors=True),
    "COUNTA": NativeFunction(_count_filled, _ALL, sees_errors=True),
    "COUNTIF": NativeFunction(_count_where, (0,), sees_errors=True),
    "COUNTIFS": NativeFunction(_count_where, tuple(range(0, 60, 2)), sees_errors=True),
    "HYPERLINK": NativeFunction(_hyperlink),
    "INDEX": NativeFunction(_index, (0,)),
    "INT": NativeFunction(_integer),
    "ISBLANK": NativeFunction(_is_blank, sees_errors=True),
    "ISERROR": NativeFunction(_is_error, sees_errors=True),
    "ISNA": NativeFunction(_is_not_available, sees_errors=True),
    "ISNUMBER": NativeFunction(_is_number, sees_errors=True),
    "ISTEXT": NativeFunction(_is_text, sees_errors=True),
    "LARGE": NativeFunction(_large, (0,)),
    "MATCH": NativeFunction(_match, (1,)),
    "MAX": NativeFunction(_maximum, _ALL),
    "MIN": NativeFunction(_minimum, _ALL),
    "NA": NativeFunction(_not_available),
    "NOT": NativeFunction(_not),
    "OR": NativeFunction(_or, _ALL),
    "ROUND": NativeFunction(_round),
    "ROUNDDOWN": NativeFunction(_round_down),
    "ROUNDUP": NativeFunction(_round_up),
    "ROWS": NativeFunction(_rows, _ALL),
    "SMALL": NativeFunction(_small, (0,)),
    "SQRT": NativeFunction(_root),
    "SUM": NativeFunction(_sum, _ALL),
    "SUMIF": NativeFunction(_sum_where_one, (0, 2), sees_errors=True),
    "SUMIFS": NativeFunction(_sum_where, (0, *_PAIRS), sees_errors=True),
    "SUMPRODUCT": NativeFunction(_sum_product, _ALL, arrays=True),
}
