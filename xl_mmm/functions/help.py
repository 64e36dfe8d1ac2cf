"""FUNCTIONS.md: every function with its arguments, an example and what it returns, printed from the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from xl_mmm.functions.call import evaluate
from xl_mmm.functions.registry import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xl_mmm.functions.cells import Cell
    from xl_mmm.functions.record import Function

KIND_WORDS = {
    "model": "block of text", "table": "table with its headers", "column": "column, row or cell",
    "number": "number", "text": "text",
}  # fmt: skip
WORKED: dict[str, tuple[object, ...]] = {  # function -> arguments short enough to be checked on paper
    "MMM_ADSTOCK": ([[100.0], [0.0], [0.0]], "geometric", 0.5),
    "MMM_SATURATE": ([[0.0], [30_000.0], [90_000.0]], "hill", 30_000.0, 1.0),
}
PICTURES = "pictures"  # folder beside the page
INTRODUCTION = """# Functions

Every formula below is one call. Tables are handed over with their headers (`tblData[#All]`); the model is the block of
text on the sheet Model, and every result is computed from that text alone.

- A result that is a table fills a range. On a prepared range, `rows` says how many rows it has: exactly so many come
  back, without headers and blank below the last; more rows than prepared give `#VALUE!`, never a table cut short. Left
  out, the headers come first.
- Arguments that cannot be used give `#VALUE!`. A model that is at fault, damaged or not there gives `#N/A`:
  `MMM_WHY(model)` says why. Blank cells come back as empty text.
- Same cells, same numbers: nothing is random, nothing is volatile, nothing leaves the machine.

The examples stand on the shipped workbook `xl_mmm.xlsm`; the pictures show what they give there, typed into a sheet of
one's own: ten rows at most, and "…" for what is left out. This page is printed by `xl-mmm functions`.
"""


def functions_md() -> str:
    """Return the page: categories in order of the registry, a section a function."""
    categories = list(dict.fromkeys(function.category for function in FUNCTIONS.values()))
    parts = [INTRODUCTION, _contents(categories)]
    for category in categories:
        parts.append(f"## {category}\n")
        parts += [_section(function) for function in _of(category)]
    return "\n".join(parts)


def signature(function: Function) -> str:
    """Return the call with its arguments, optional ones in brackets: `MMM_ROI(model, [level], [rows])`."""
    names = (f"[{argument.name}]" if argument.optional else argument.name for argument in function.arguments)
    return f"{function.name}({', '.join(names)})"


def picture(function: Function) -> str:
    """Return where the example's picture is, seen from the page."""
    return f"{PICTURES}/{function.name.lower()}.png"


def _of(category: str) -> list[Function]:
    return [function for function in FUNCTIONS.values() if function.category == category]


def _contents(categories: Sequence[str]) -> str:
    rows = [(category, f"[`{f.name}`](#{f.name.lower()})", f.help) for category in categories for f in _of(category)]
    return markdown_table(("", "function", "what it does"), rows)


def _section(function: Function) -> str:
    parts = [f"### {function.name}\n", f"{function.help}\n", f"```excel\n{function.example}\n```\n"]
    parts.append(f"![The example and the cells that {function.name} fills]({picture(function)})\n")
    parts.append(f"`{signature(function)}`\n")
    if function.arguments:
        rows = [
            (f"`{a.name}`", KIND_WORDS[a.kind] + (", optional" if a.optional else ""), a.help)
            for a in function.arguments
        ]
        parts.append(markdown_table(("argument", "takes", "meaning"), rows))
    parts.append(f"Returns: {function.returns}\n")
    if function.name in WORKED:
        parts.append(_worked(function, WORKED[function.name]))
    return "\n".join(parts)


def _worked(function: Function, arguments: tuple[object, ...]) -> str:
    """Return the first argument's column beside the result, computed now."""
    given, *others = arguments
    result = evaluate(function.name, arguments)
    if not isinstance(given, list) or not isinstance(result, list):
        raise TypeError(f"{function.name}: a worked example is a column that becomes a column")
    named = zip(function.arguments[1:], others, strict=False)
    words = ", ".join(f"{argument.name} {shown_cell(value)}" for argument, value in named)  # type: ignore[arg-type]
    rows = [(shown_cell(a[0]), shown_cell(b[0])) for a, b in zip(given, result, strict=True)]
    return f"Worked example, {words}:\n\n" + markdown_table((function.arguments[0].name, "result"), rows)


def shown_cell(value: Cell) -> str:
    """Write a cell as a reader sees it: whole numbers without a point, others to six digits."""
    return f"{value:,.6g}" if isinstance(value, float) else str(value)


def markdown_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; bars inside cells are escaped."""
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join(f"| {' | '.join(text.replace('|', chr(92) + '|') for text in line)} |" for line in lines) + "\n"
