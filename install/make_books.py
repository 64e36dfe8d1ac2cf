"""Make the shipped workbooks, the pictures of the functions and their list anew. For maintainers only.

    python install/make_books.py            into workbook/
    python install/make_books.py FOLDER     elsewhere

Three flavors of one book, filled with the demo's market and its results: `xl_mmm.xlsm` (live), `xl_mmm_buttons.xlsm`
(values and buttons, for macOS) and `xl_mmm.xlsx` (values). The pictures, which need LibreOffice, show the live one's
numbers. Run it whenever a sheet, a function or the macros change; tests compare what is shipped with what the code
makes.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ["LOGNAME"] = "demo"  # who ran it, in the log of the shipped books

import make_pictures

from xl_mmm.book.demonstration import demo_inputs
from xl_mmm.book.job import COMPARE, FREEZE, carry_over, keep_book, run_book
from xl_mmm.book.template import BUTTONS, LIVE, VALUES, build_book
from xl_mmm.functions.help import functions_md

HERE = Path(__file__).resolve().parent.parent / "workbook"
BOOKS = {LIVE: "xl_mmm.xlsm", BUTTONS: "xl_mmm_buttons.xlsm", VALUES: "xl_mmm.xlsx"}


def main(folder: Path) -> None:
    """Write every book, the pictures of the functions and FUNCTIONS.md."""
    write_books(folder)
    make_pictures.main(folder)
    (folder / "FUNCTIONS.md").write_text(functions_md(), encoding="utf-8")


def write_books(folder: Path, kept: Path | None = None) -> None:
    """Write the three books with what is kept in the book `kept`; without it one is run and compares the methods."""
    _, inputs = demo_inputs()
    for flavor, name in BOOKS.items():
        build_book(folder / name, inputs, flavor)
    rest = list(BOOKS.values())
    if kept is None:
        kept = folder / rest.pop(0)
        run_book(kept)
        keep_book(kept, COMPARE)
        keep_book(kept, FREEZE)
    for name in rest:
        carry_over(kept, folder / name)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
