"""Writing VBA: names, texts and lines that its editor accepts.

VBA's limits: 1,023 characters a line, 24 continuations a statement, source in the machine's own code page. So source is
ASCII, and other characters are given by number.
"""

from __future__ import annotations

import re

LONGEST_LINE = 1023
MOST_CONTINUATIONS = 24

# words that cannot name an argument ([MS-VBAL] 3.3.5.2), in lower case
_RESERVED = """
abs addressof and any array as attribute boolean byref byte byval call case cbool cbyte ccur cdate cdbl cdec circle
cint clng clnglng clngptr close const csng cstr currency cvar cverr date debug decimal declare defbool defbyte
defcur defdate defdbl defdec defint deflng deflnglng deflngptr defobj defsng defstr defvar dim do doevents double
each else elseif empty end endif enum eqv erase event exit false fix for friend function get global gosub goto if
imp implements in input inputb int integer is lbound len lenb let like line lock long longlong longptr loop lset me
mod new next not nothing null on open option optional or paramarray preserve print private pset public put
raiseevent redim rem resume return rset scale seek select set sgn shared single spc static stop string sub tab then
to true type typeof ubound unlock until variant wend while with withevents write xor
"""
RESERVED = frozenset(_RESERVED.split())


def argument_name(name: str) -> str:
    """Return a name that VBA takes for an argument; what the language keeps for itself gets a line below it."""
    return f"{name}_" if name.lower() in RESERVED else name


def quoted(text: str) -> str:
    """Return a text as a VBA expression.

    Examples
    --------
    >>> print(quoted('a "b" × c'))
    "a ""b"" " & ChrW(215) & " c"
    """
    pieces = [piece for piece in re.split(r"([^ -~])", text) if piece]
    literals = [_literal(piece) if " " <= piece[0] <= "~" else _by_number(piece) for piece in pieces]
    return " & ".join(literals) or '""'


def statement(start: str, parts: list[str]) -> list[str]:
    """Return a call as lines, one a part.

    Parameters
    ----------
    start
        What stands before the first part, indented.
    parts
        Arguments.

    Raises
    ------
    ValueError
        A line or the number of lines is more than VBA takes.
    """
    indent = " " * (len(start) - len(start.lstrip()) + 4)
    lines = [start, *(indent + part for part in parts)]
    lines = [line + ("," if 0 < i < len(lines) - 1 else "") for i, line in enumerate(lines)]
    lines = [f"{line} _" for line in lines[:-1]] + lines[-1:]
    if len(lines) - 1 > MOST_CONTINUATIONS or max(map(len, lines)) > LONGEST_LINE:
        raise ValueError(f"VBA takes neither {len(lines)} lines nor {max(map(len, lines))} characters: {lines[0]}")
    return lines


def module(name: str, lines: list[str]) -> str:
    """Return a standard module's source as VBA keeps it: ASCII, lines ending in CR LF.

    Raises
    ------
    ValueError
        A line is too long or holds other characters.
    """
    bad = [line for line in lines if len(line) > LONGEST_LINE or not line.isascii()]
    if bad:
        raise ValueError(f"VBA does not take this line of {name}: {bad[0]}")
    return "".join(f"{line}\r\n" for line in [f'Attribute VB_Name = "{name}"', *lines])


def _literal(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def _by_number(character: str) -> str:
    """Return one character outside of ASCII's printable ones; VBA counts in UTF-16."""
    units = character.encode("utf-16-le")
    return " & ".join(f"ChrW({units[i] + 256 * units[i + 1]})" for i in range(0, len(units), 2))
