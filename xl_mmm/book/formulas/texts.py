"""Functions that make or measure text: LEFT and its kind, ADDRESS, HYPERLINK."""

from __future__ import annotations

import math
import re

from xl_mmm.book.formulas.values import VALUE, Failed, to_number, to_text, to_truth
from xl_mmm.tables.cell_values import Stored, column_letters


def _characters(count: Stored) -> int:
    """How many characters are asked for."""
    number = math.trunc(to_number(count))
    if number < 0:
        raise Failed(VALUE)
    return number


def left(text: Stored, count: Stored = 1.0) -> Stored:
    """First characters of a text."""
    return to_text(text)[: _characters(count)]


def right(text: Stored, count: Stored = 1.0) -> Stored:
    """Last characters of a text."""
    found, number = to_text(text), _characters(count)
    return found[-number:] if number else ""


def middle(text: Stored, start: Stored, count: Stored) -> Stored:
    """Characters of a text from a place on."""
    found, first, number = to_text(text), math.trunc(to_number(start)), _characters(count)
    return found[first - 1 : first - 1 + number] if first >= 1 else VALUE


def length(text: Stored) -> Stored:
    """Count the characters of a text, as Python counts them."""
    return float(len(to_text(text)))


def exact(left: Stored, right: Stored) -> Stored:
    """Whether two texts are the same, capitals included."""
    return to_text(left) == to_text(right)


def hyperlink(link: Stored, shown: Stored = None) -> Stored:
    """Value of a link's cell: its friendly name."""
    to_text(link)
    return link if shown is None else shown


def address(row: Stored, column: Stored, kind: Stored = 1.0, a1: Stored = True, sheet: Stored = None) -> Stored:
    """Text of a cell's address."""
    i, j, k = int(to_number(row)), int(to_number(column)), int(to_number(kind))
    if i < 1 or j < 1 or k not in (1, 2, 3, 4) or not to_truth(a1):
        return VALUE
    cell = f"{'$' if k in (1, 3) else ''}{column_letters(j)}{'$' if k in (1, 2) else ''}{i}"
    if sheet is None:
        return cell
    name = to_text(sheet)
    quoted = name if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.]*", name) else "'" + name.replace("'", "''") + "'"
    return f"{quoted}!{cell}"
