"""Criteria of SUMIFS and its kind: a value, or text such as `">=5"`, `"<>x"`, `"tv*"`."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from xl_mmm.book.formulas.values import NUMERIC, compare, equal_numbers, rank, to_number
from xl_mmm.rules import CellErrorValue
from xl_mmm.tables.cell_values import Stored

_CRITERION = re.compile(r"(<>|<=|>=|=|<|>)?(.*)", re.DOTALL)


@lru_cache(maxsize=1024)
def wildcard(text: str) -> re.Pattern[str]:
    """Pattern of a text with * and ?; ~ makes the next one plain."""
    pieces = re.findall(r"~[*?~]|.", text, re.DOTALL)
    wild = {"*": ".*", "?": "."}
    return re.compile("".join(wild.get(p) or re.escape(p[-1]) for p in pieces), re.DOTALL)


def selector(criterion: Stored) -> Callable[[Stored], bool]:
    """Test of a SUMIFS criterion: a value, or text such as `">=5"`, `"<>x"`, `"tv*"`."""
    if isinstance(criterion, CellErrorValue):
        return lambda value: value == criterion
    if not isinstance(criterion, str):
        return _equals(criterion if isinstance(criterion, bool) else to_number(criterion))
    match = _CRITERION.fullmatch(criterion)
    operator, rest = (match[1] or "", match[2]) if match else ("", criterion)
    wanted: Stored = float(rest) if NUMERIC.fullmatch(rest) else rest
    if rest.casefold() in ("true", "false"):
        wanted = rest.casefold() == "true"
    if operator in ("", "=", "<>"):
        if rest:
            equals = _equals(wanted)
        elif operator:
            equals = is_blank
        else:
            equals = _is_empty
        return (lambda value: not equals(value)) if operator == "<>" else equals
    kind = rank(wanted)

    def ordered(value: Stored) -> bool:
        if value is None or isinstance(value, CellErrorValue) or rank(value) != kind:
            return False
        order = compare(value, wanted)
        return (order < 0 and "<" in operator) or (order > 0 and ">" in operator) or (order == 0 and "=" in operator)

    return ordered


def is_blank(value: Stored) -> bool:
    """Whether a cell is truly empty."""
    return value is None


def _is_empty(value: Stored) -> bool:
    return value is None or value == ""


def _equals(wanted: Stored) -> Callable[[Stored], bool]:
    if isinstance(wanted, bool):
        return lambda value: isinstance(value, bool) and value == wanted
    if isinstance(wanted, str):
        pattern = wildcard(wanted.casefold())
        return lambda value: isinstance(value, str) and pattern.fullmatch(value.casefold()) is not None
    number = to_number(wanted)

    def matches(value: Stored) -> bool:
        if isinstance(value, str):
            return NUMERIC.fullmatch(value) is not None and equal_numbers(float(value), number)
        return type(value) is float and equal_numbers(value, number)

    return matches
