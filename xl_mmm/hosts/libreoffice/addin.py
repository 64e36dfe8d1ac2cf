"""Writing the add-in: an interface, its help and its settings, all text from the registry.

LibreOffice reads the interface definition itself; nothing is compiled. In it a function and its arguments carry their
names without underscores, which the definition language refuses.
"""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from xl_mmm.functions import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xl_mmm.functions import Argument, Function

SERVICE = "MMM"  # LibreOffice calls the add-in by this name only when it is the functions' own prefix
INTERFACE = "org.xlmmm.XMmm"
RANGE, ANYTHING, ROWS = "com::sun::star::table::XCellRange", "any", "sequence< sequence< any > >"
COMPONENT = "component.py"
PARTS = {  # file of the add-in -> what LibreOffice does with it
    "XMmm.idl": "application/vnd.sun.star.uno-typelibrary;type=RDB",
    COMPONENT: "application/vnd.sun.star.uno-component;type=Python",
    "CalcAddIns.xcu": "application/vnd.sun.star.configuration-data",
}
XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


def write_addin(target: Path, python: Path | None = None) -> Path:
    """Write the LibreOffice add-in.

    Parameters
    ----------
    target
        A file ending in `.oxt`, to be installed by LibreOffice's extension manager; or a folder that will hold the
        same files.
    python
        The Python that evaluates; this one when None. It must have xl_mmm's requirements.

    Returns
    -------
    Path
        `target`.
    """
    texts = addin_texts(python or Path(sys.executable))
    if target.suffix == ".oxt":
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as package:
            for name, text in texts.items():
                package.writestr(zipfile.ZipInfo(name), text)
        return target
    for name, text in texts.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text(text, encoding="utf-8")
    return target


def addin_texts(python: Path) -> dict[str, str]:
    """Return the add-in's files by name."""
    from xl_mmm import __version__

    functions = FUNCTIONS.values()
    return {
        "META-INF/manifest.xml": manifest(),
        "description.xml": description(__version__),
        "XMmm.idl": interface(functions),
        "CalcAddIns.xcu": catalog(functions),
        "settings.json": settings(functions, python),
        COMPONENT: Path(__file__).with_name(COMPONENT).read_text(encoding="utf-8"),
    }


def bare(name: str) -> str:
    """Return the name that a function or an argument has in the interface."""
    return name.lower().replace("_", "")


def interface(functions: Iterable[Function]) -> str:
    """Return the interface definition: a method a function.

    Models and tables are range objects, which alone bring cells with errors along; where one is left out at the end of
    a formula, LibreOffice wants its separator: `MMM_SCENARIO(model;)`. Everything else is any value, so that formulas
    can be nested: `MMM_SATURATE(MMM_ADSTOCK(...))`.
    """
    *modules, name = INTERFACE.split(".")
    methods = "\n".join(f"    {ROWS} {bare(function.name)}({_parameters(function)});" for function in functions)
    opening, closing = "".join(f"module {module} {{ " for module in modules), " };" * len(modules)
    return f"{opening}\n  interface {name} {{\n{methods}\n  }};\n{closing}\n"


def _parameters(function: Function) -> str:
    return ", ".join(f"[in] {_kind(argument)} {bare(argument.name)}" for argument in function.arguments)


def _kind(argument: Argument) -> str:
    return RANGE if argument.kind in ("model", "table") else ANYTHING


def catalog(functions: Iterable[Function]) -> str:
    """Return names and help for LibreOffice's function wizard."""
    nodes = "".join(_function_node(function) for function in functions)
    inside = _node("AddInInfo", _node(SERVICE, _node("AddInFunctions", nodes), new=True))
    return (
        f'{XML}<oor:component-data xmlns:oor="http://openoffice.org/2001/registry"'
        ' xmlns:xs="http://www.w3.org/2001/XMLSchema" oor:name="CalcAddIns" oor:package="org.openoffice.Office">'
        f"{inside}</oor:component-data>\n"
    )


def _function_node(function: Function) -> str:
    name = _property("DisplayName", function.name, language=True)
    compatible = _property("CompatibilityName", function.name, language=True)
    arguments = "".join(
        _node(bare(argument.name), _help(argument.name, argument.help), new=True) for argument in function.arguments
    )
    help_text = _property("Description", function.help, language=True)
    rest = help_text + _property("Category", "Add-In") + compatible + _node("Parameters", arguments)
    return "\n" + _node(bare(function.name), name + rest, new=True)


def _help(name: str, text: str) -> str:
    return _property("DisplayName", name, language=True) + _property("Description", text, language=True)


def _node(name: str, inside: str, *, new: bool = False) -> str:
    replace = ' oor:op="replace"' if new else ""
    return f"<node oor:name={quoteattr(name)}{replace}>{inside}</node>"


def _property(name: str, text: str, *, language: bool = False) -> str:
    value = '<value xml:lang="en">' if language else "<value>"
    return f"<prop oor:name={quoteattr(name)}>{value}{escape(text)}</value></prop>"


def settings(functions: Iterable[Function], python: Path) -> str:
    """Return what the component must know: its interface, its methods and how to start a worker.

    The worker's Python is isolated from variables and from the current folder; xl_mmm's own folder is added last, for
    an environment in which it is not installed.
    """
    folder = str(Path(__file__).resolve().parents[3])
    start = f"import sys; sys.path.append({folder!r}); from xl_mmm.hosts.libreoffice.worker import main; main()"
    found = {
        "interface": INTERFACE,
        "command": [str(python), "-I", "-c", start],
        "functions": {
            bare(function.name): {"name": function.name, "columns": _columns(function)} for function in functions
        },
    }
    return json.dumps(found, indent=2) + "\n"


def _columns(function: Function) -> list[int]:
    """Return the positions of columns that may be left out."""
    return [i for i, argument in enumerate(function.arguments) if argument.optional and argument.kind == "column"]


def manifest() -> str:
    """Return the list of parts."""
    space = "http://openoffice.org/2001/manifest"
    entries = "".join(
        f"<manifest:file-entry manifest:full-path={quoteattr(name)} manifest:media-type={quoteattr(kind)}/>\n"
        for name, kind in PARTS.items()
    )
    return f'{XML}<manifest:manifest xmlns:manifest="{space}">\n{entries}</manifest:manifest>\n'


def description(version: str) -> str:
    """Return who the add-in is."""
    space = "http://openoffice.org/extensions/description/2006"
    return (
        f'{XML}<description xmlns="{space}"><identifier value="org.xlmmm.addin"/><version value={quoteattr(version)}/>'
        '<display-name><name lang="en">xl_mmm: media mix modelling in cells</name></display-name></description>\n'
    )
