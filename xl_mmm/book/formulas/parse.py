"""Formulas as trees: a small precedence parser over openpyxl's tokens.

Conventions: operators bind as in Excel, loosest first: comparison, &, + -, * /, ^, %, and a leading sign, which binds
tightest (-2^2 is 4). References are resolved while parsing, tables included, so a tree speaks only of rectangles.
What the parser does not know raises `Unsupported`: such a formula is left alone, never guessed at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol, TypeAlias

from xl_mmm.errors import CellError
from xl_mmm.rules import CellErrorValue
from xl_mmm.tables.cell_values import LAST_COLUMN, LAST_ROW, Area, Place, Stored, parse_area, parse_place

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# functions of where a range stands, not of what it holds -> fewest and most arguments
POSITIONS = {"COLUMN": (0, 1), "ROW": (0, 1)}
_LEVELS: tuple[tuple[str, ...], ...] = (("=", "<>", "<", ">", "<=", ">="), ("&",), ("+", "-"), ("*", "/"), ("^",))
_LEVEL = {operator: level for level, operators in enumerate(_LEVELS) for operator in operators}
_NAME = re.compile(r"[A-Za-z_\\][\w.\\?]*")
_COLUMNS = re.compile(r"\$?([A-Za-z]{1,3}):\$?([A-Za-z]{1,3})")
_ROWS = re.compile(r"\$?([1-9][0-9]*):\$?([1-9][0-9]*)")
_STRUCTURED = re.compile(r"([A-Za-z_\\][\w.\\]*)\[(.*)\]", re.DOTALL)
_BRACKETED = re.compile(r"\s*\[((?:'.|[^\]'])*)\]\s*([,:]?)")


class Unsupported(Exception):  # noqa: N818 - no error: a formula of the user's that is none of our business
    """A formula uses something outside the short list."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant."""

    value: Stored


@dataclass(frozen=True, slots=True)
class Reference:
    """A rectangle of one sheet."""

    sheet: str
    area: Area


@dataclass(frozen=True, slots=True)
class Unary:
    """A sign or a percent sign: `"+"`, `"-"` or `"%"`."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Call:
    """A function call; an omitted argument is a blank literal."""

    name: str
    arguments: tuple[Node, ...]


Node: TypeAlias = Literal | Reference | Unary | Binary | Call


class TableShape(Protocol):
    """What the parser needs to know of a table."""

    @property
    def sheet(self) -> str: ...  # noqa: D102
    @property
    def headers(self) -> Sequence[str]: ...  # noqa: D102
    def rows(self, item: str, row: int) -> tuple[int, int]: ...  # noqa: D102
    @property
    def left(self) -> int: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Scope:
    """Names a formula may use.

    Attributes
    ----------
    sheets, tables, names
        Lower-case name -> sheet name as written, table, defined name's formula.
    functions
        Name of each function that can be evaluated -> fewest and most arguments.
    """

    sheets: Mapping[str, str]
    tables: Mapping[str, TableShape]
    names: Mapping[str, str]
    functions: Mapping[str, tuple[int, int]]


def parse_formula(text: str, sheet: str, place: Place, scope: Scope) -> Node:
    """Parse a formula (without "=") that stands at a place of a sheet.

    Raises
    ------
    Unsupported
        It uses a function, name or notation outside the short list.
    """
    return _Parser(_tokens(text), sheet, place, scope, text).whole()


def references(node: Node) -> Iterator[Reference]:
    """All rectangles whose values a tree reads."""
    if isinstance(node, Reference):
        yield node
    elif isinstance(node, Unary):
        yield from references(node.operand)
    elif isinstance(node, Binary):
        yield from references(node.left)
        yield from references(node.right)
    elif isinstance(node, Call) and node.name not in POSITIONS:
        for argument in node.arguments:
            yield from references(argument)


def mentioned(text: str, sheet: str, place: Place, scope: Scope) -> list[Reference]:
    """Rectangles that a formula names, as far as they can be told when the formula itself cannot be parsed."""
    try:
        tokens = _tokens(text)
    except Unsupported:
        return []  # no formula that any program could read
    found: list[Reference] = []
    for token in tokens:
        if token[:2] != ("OPERAND", "RANGE"):
            continue
        try:
            found += references(_Parser([token], sheet, place, scope, text).whole())
        except Unsupported:
            continue  # a name of the user's own, which nothing we write stands behind
    return found


@lru_cache(maxsize=8192)  # a book's formulas, which are evaluated several times in a run
def _tokens(text: str) -> tuple[tuple[str, str, str], ...]:
    """Split a formula into (type, subtype, text), white space left out."""
    from openpyxl.formula.tokenizer import Tokenizer, TokenizerError

    try:
        items = Tokenizer(f"={text}").items
    except (TokenizerError, IndexError) as error:
        raise Unsupported(f"{text}: {error}") from error
    return tuple((item.type, item.subtype, item.value) for item in items if item.type != "WHITE-SPACE")


class _Parser:
    """Precedence climbing over a list of tokens."""

    def __init__(
        self, tokens: Sequence[tuple[str, str, str]], sheet: str, place: Place, scope: Scope, text: str, depth: int = 0
    ) -> None:
        self._tokens = [*tokens, ("END", "", "")]
        self._at = 0
        self._sheet, self._place, self._scope, self._text, self._depth = sheet, place, scope, text, depth

    def whole(self) -> Node:
        """Parse all tokens."""
        node = self.expression()
        if self.kind() != "END":
            raise Unsupported(self._text)
        return node

    def kind(self) -> str:
        """Type of the token to come."""
        return self._tokens[self._at][0]

    def expression(self, loosest: int = 0) -> Node:
        """Parse operators that bind as tightly as a level or tighter, from the left."""
        node = self._percent()
        while self.kind() == "OPERATOR-INFIX" and (level := self._level()) >= loosest:
            operator = self._next()[2]
            node = Binary(operator, node, self.expression(level + 1))
        return node

    def _level(self) -> int:
        """How tightly the operator to come binds; -1 for one that is not ours (a union, an intersection)."""
        return _LEVEL.get(self._tokens[self._at][2], -1)

    def _next(self) -> tuple[str, str, str]:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _percent(self) -> Node:
        node = self._signed()
        while self.kind() == "OPERATOR-POSTFIX":
            self._next()
            node = Unary("%", node)
        return node

    def _signed(self) -> Node:
        if self.kind() == "OPERATOR-PREFIX":
            operator = self._next()[2]
            if operator not in "+-":
                raise Unsupported(self._text)  # "@": asks for one cell of a spill
            return Unary(operator, self._signed())
        return self._primary()

    def _primary(self) -> Node:
        kind, subtype, value = self._next()
        if kind == "OPERAND":
            return self._operand(subtype, value)
        if kind == "PAREN" and subtype == "OPEN":
            node = self.expression()
            self._expect("PAREN")
            return node
        if kind == "FUNC" and subtype == "OPEN":
            return self._call(value[:-1].upper().removeprefix("_XLFN."))  # as files spell functions after 2007
        raise Unsupported(self._text)

    def _call(self, name: str) -> Node:
        if name not in self._scope.functions:
            raise Unsupported(name)
        arguments = self._arguments()
        fewest, most = self._scope.functions[name]
        if not fewest <= len(arguments) <= most:
            raise Unsupported(self._text)
        if name in POSITIONS and not all(map(_has_place, arguments)):
            raise Unsupported(self._text)
        return Call(name, tuple(arguments))

    def _arguments(self) -> list[Node]:
        """Parse up to the closing parenthesis; an omitted argument is blank."""
        arguments: list[Node] = []
        if self._tokens[self._at][:2] == ("FUNC", "CLOSE"):
            self._next()
            return arguments
        while True:
            blank = self.kind() == "SEP" or self._tokens[self._at][:2] == ("FUNC", "CLOSE")
            arguments.append(Literal(None) if blank else self.expression())
            kind, subtype, _ = self._next()
            if (kind, subtype) == ("FUNC", "CLOSE"):
                return arguments
            if kind != "SEP" or subtype != "ARG":
                raise Unsupported(self._text)

    def _expect(self, kind: str) -> None:
        if self._next()[:2] != (kind, "CLOSE"):
            raise Unsupported(self._text)

    def _operand(self, subtype: str, value: str) -> Node:
        if subtype == "NUMBER":
            return Literal(float(value))
        if subtype == "TEXT":
            return Literal(value[1:-1].replace('""', '"'))
        if subtype == "LOGICAL":
            return Literal(value.upper() == "TRUE")
        if subtype == "ERROR":
            return Literal(CellErrorValue(value.upper()))
        return self._range(value)

    def _range(self, value: str) -> Node:
        """Resolve `A1:B2`, `'My sheet'!A1`, `tblX[[#All],[col]]` or a defined name."""
        sheet, reference = self._sheet, value
        if "!" in value and "[" not in value:
            spoken, _, reference = value.rpartition("!")
            if spoken.startswith("'"):
                spoken = spoken[1:-1].replace("''", "'")
            known = self._scope.sheets.get(spoken.casefold())
            if known is None:
                raise Unsupported(value)
            sheet = known
        if reference.upper() == "#REF!":
            return Literal(CellErrorValue("#REF!"))
        columns, rows = _COLUMNS.fullmatch(reference), _ROWS.fullmatch(reference)
        if columns:
            first, last = (parse_place(f"{letters}1")[1] for letters in columns.groups())
            return Reference(sheet, (1, min(first, last), LAST_ROW, max(first, last)))
        if rows:
            top, bottom = int(rows[1]), int(rows[2])
            return Reference(sheet, (min(top, bottom), 1, max(top, bottom), LAST_COLUMN))
        try:
            return Reference(sheet, parse_area(reference))
        except CellError:
            return self._named(value)

    def _named(self, value: str) -> Node:
        structured = _STRUCTURED.fullmatch(value)
        name = structured[1] if structured else value
        table = self._scope.tables.get(name.casefold())
        if table is not None:
            return self._table(table, structured[2] if structured else "")
        text = self._scope.names.get(name.casefold()) if _NAME.fullmatch(value) else None
        if text is None or self._depth > 8:
            raise Unsupported(value)
        return _Parser(_tokens(text), self._sheet, self._place, self._scope, text, self._depth + 1).whole()

    def _table(self, table: TableShape, inner: str) -> Node:
        """Resolve the brackets of a structured reference to a rectangle."""
        items, columns = _specifiers(inner)
        places = {header.casefold(): i for i, header in enumerate(table.headers)}
        missing = [column for column in columns if column.casefold() not in places]
        if missing:
            return Literal(CellErrorValue("#REF!"))
        chosen = [places[column.casefold()] for column in columns] or [0, len(table.headers) - 1]
        spans = [table.rows(item, self._place[0]) for item in items]
        top, bottom = min(span[0] for span in spans), max(span[1] for span in spans)
        if top > bottom:
            return Literal(CellErrorValue("#REF!"))
        return Reference(table.sheet, (top, table.left + min(chosen), bottom, table.left + max(chosen)))


def _has_place(node: Node) -> bool:
    """Whether it is told where an argument stands: a computed range has forgotten it."""
    return isinstance(node, Reference) or (isinstance(node, Literal) and isinstance(node.value, CellErrorValue | None))


def _specifiers(inner: str) -> tuple[list[str], list[str]]:
    """Split `[#All],[col]` into items (`#all`) and column names; the items default to the data rows."""
    parts: list[str] = []
    if inner.lstrip().startswith("["):
        at = 0
        while at < len(inner):
            match = _BRACKETED.match(inner, at)
            if match is None:
                raise Unsupported(inner)
            parts.append(match[1])
            at = match.end()
    elif inner.startswith("@"):
        parts = ["#This Row", *([inner[1:].strip("[]")] if inner[1:] else [])]
    elif inner:
        parts = [inner]
    items = [part.casefold() for part in parts if part.startswith("#")]
    columns = [re.sub("'(.)", r"\1", part) for part in parts if not part.startswith("#")]
    if len(columns) > 2 or any(item not in ("#all", "#data", "#headers", "#totals", "#this row") for item in items):
        raise Unsupported(inner)
    return items or ["#data"], columns
