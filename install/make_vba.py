"""Write xl_mmm/book/vba/vbaProject.bin anew, from the registry of functions and the installed xlwings.

    python install/make_vba.py

For maintainers: run it when a function's name, arguments or help, a button, a sheet, or xlwings' version changed (a
test says so), and commit the file. It needs the development extras. The same sources give the same bytes.

xlwings' VBA (BSD 3-clause, the notice stands in its first lines) and the Dictionary class that it uses on macOS (MIT,
Tim Hall) are read from the installed package; their source is not ours and is kept nowhere else.
"""

from __future__ import annotations

import sys
import tempfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

from xl_mmm.book.vba import PROJECT
from xl_mmm.book.vba.project import WORKBOOK, code_names, events, modules

STANDALONE = "xlwings"  # name of the standard module
DICTIONARY = "Dictionary"  # name of the class module


def standalone() -> str:
    """Return xlwings' module for workbooks without its add-in, the one that `xlwings quickstart --standalone` uses."""
    return _xlwings_file("xlwings.bas")


def dictionary() -> str:
    """Return the class that xlwings' module needs on macOS, as exported from the editor."""
    return _xlwings_file("addin/Dictionary.cls")


def build() -> bytes:
    """Return the VBA project."""
    import xlsxwriter
    from pyopenvba import ExcelFile
    from pyopenvba.vba import VBAModuleKind

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheets.xlsm"  # pyOpenVBA makes a document module for each sheet of a workbook
        with xlsxwriter.Workbook(str(path)) as book:
            for name in code_names():
                book.add_worksheet(name)
        with ExcelFile(path) as file:
            project = file.add_vba_project()
            found = project.module_names()
            if found != [WORKBOOK, *code_names().values()]:
                sys.exit(f"pyOpenVBA named the document modules {', '.join(found)}.")
            file.set_module(WORKBOOK, events())
            for name, source in {**modules(), STANDALONE: standalone()}.items():
                project.add_module(name, source)
            project.add_module(DICTIONARY, dictionary(), kind=VBAModuleKind.other)
            file.save()
        with ExcelFile(path) as file:
            faults = file.validate()
        if faults:
            sys.exit("\n".join(faults))
        with zipfile.ZipFile(path) as archive:
            return archive.read("xl/vbaProject.bin")


def _xlwings_file(name: str) -> str:
    """Return a file of the installed xlwings, with VBA's line ends; the package itself is not imported."""
    spec = find_spec("xlwings")
    if spec is None or spec.origin is None:
        sys.exit("xlwings is not installed; run install/bootstrap.py first.")
    text = (Path(spec.origin).parent / name).read_text(encoding="cp1252")
    return "".join(f"{line}\r\n" for line in text.splitlines())


if __name__ == "__main__":
    project = build()
    PROJECT.write_bytes(project)
    print(f"{PROJECT.name}: {len(project):,} bytes")
