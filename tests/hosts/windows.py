"""xlwings' classic path on any machine: what stands for Windows here is only pywin32 and two attributes of ctypes.

`excel()` puts the stand-ins in place, imports the genuine `xlwings.udfs`, `xlwings.com_server` and
`xlwings._xlwindows`, gives a small Excel to call them from, and takes everything away again. Values cross as COM has
them: a range of one cell is a bare value, of more a tuple of tuples; blanks are None, numbers floats, errors and
missing arguments whole numbers, dates aware datetimes, cells formatted as currency Decimals.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import datetime
import importlib
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest import mock

from xl_mmm.functions import FUNCTIONS
from xl_mmm.rules import CellErrorValue

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MODULE = "xl_mmm.hosts.classic"
MISSING = -2147352572  # DISP_E_PARAMNOTFOUND, what an argument left out arrives as
ERRORS = {
    "#NULL!": -2146826288,
    "#DIV/0!": -2146826281,
    "#VALUE!": -2146826273,
    "#REF!": -2146826265,
    "#NAME?": -2146826259,
    "#NUM!": -2146826252,
    "#N/A": -2146826246,
    "#SPILL!": -2146826243,
    "#CALC!": -2146826238,
}
RANGE_ID = "{00020846-0000-0000-C000-000000000046}"
GENUINE = ("xlwings._xlwindows", "xlwings.udfs", "xlwings.com_server")
DECORATORS = ("func", "arg", "ret", "script", "sub", "import_udfs", "get_udf_module", "serve")

Values = tuple[tuple[object, ...], ...]


class ComError(Exception):
    """`pywintypes.com_error`: what COM says when a name is not there."""

    hresult = -2147352567


class ComTime(datetime.datetime):
    """`pywintypes.TimeType`: a date of a cell, said to be in UTC."""


def com_date(year: int, month: int, day: int) -> ComTime:
    return ComTime(year, month, day, tzinfo=datetime.UTC)


# ---------------------------------------------------------------- a small Excel


@dataclass(eq=False)
class Cells:
    """A range of a sheet, as much of it as xlwings asks for."""

    values: Values
    Row: int = 1
    Column: int = 1
    CLSID: str = RANGE_ID

    @property
    def _oleobj_(self) -> object:
        attributes = SimpleNamespace(iid=RANGE_ID)
        return SimpleNamespace(GetTypeInfo=lambda: SimpleNamespace(GetTypeAttr=lambda: attributes))

    @property
    def Value(self) -> object:
        return self.values[0][0] if self.Count == 1 else self.values

    @property
    def Count(self) -> int:
        return len(self.values) * len(self.values[0])

    @property
    def Worksheet(self) -> object:
        return SimpleNamespace(Parent=Workbook())

    @property
    def Rows(self) -> object:
        return SimpleNamespace(Count=len(self.values))

    @property
    def Columns(self) -> object:
        return SimpleNamespace(Count=len(self.values[0]))


def cells(rows: Sequence[Sequence[object]]) -> Cells:
    """Put rows on a sheet."""
    return Cells(tuple(map(tuple, rows)))


def as_com(argument: object) -> object:
    """Return an argument of a function as Excel hands it over: rows are put on a sheet, None is left out."""
    if isinstance(argument, list):
        return cells([[None if cell is None else as_com(cell) for cell in row] for row in argument])
    if isinstance(argument, CellErrorValue):
        return ERRORS[argument.code]
    if isinstance(argument, datetime.date):
        return com_date(argument.year, argument.month, argument.day)
    return MISSING if argument is None else argument


@dataclass(eq=False)
class Workbook:
    """A workbook that keeps what is imported into its VBA project and what help is set."""

    Name: str = "book.xlsm"
    Worksheets: tuple[object, ...] = ()  # xlwings looks for embedded code in sheets
    imported: list[str] = field(default_factory=list)
    helped: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def Application(self) -> object:
        return SimpleNamespace(Version="16.0", Hwnd=0, MacroOptions=self._help)

    @property
    def VBProject(self) -> object:
        return SimpleNamespace(VBComponents=_Components(self))

    def _help(self, macro: str, **options: Any) -> None:
        self.helped[macro.partition("!")[2]] = options


@dataclass(eq=False)
class _Components:
    book: Workbook

    def __call__(self, name: str) -> object:
        raise ComError(name)  # a new workbook has no such module yet

    def Remove(self, component: object) -> None:
        raise ComError(component)

    def Import(self, path: str) -> None:
        self.book.imported.append(Path(path).read_text(encoding="utf-8"))


@dataclass(eq=False)
class Excel:
    """Excel with the UDF server running.

    Attributes
    ----------
    server
        xlwings' own `XLPython`, the object that the workbook's VBA calls.
    """

    server: Any

    def call(self, name: str, *arguments: object) -> object:
        """Return what a formula's call gives; the VBA function hands over every argument, missing ones too."""
        arguments += (MISSING,) * (len(FUNCTIONS[name].arguments) - len(arguments))
        return self.server.CallUDF(MODULE, name, arguments, Workbook(), cells([[None]]))

    def import_functions(self) -> Workbook:
        """Return a workbook after "Import Functions"."""
        udfs = importlib.import_module("xlwings.udfs")
        book = Workbook()
        with contextlib.redirect_stdout(None):
            udfs.import_udfs(MODULE, book)
        return book


# ---------------------------------------------------------------- pywin32


class _Library:
    """A DLL whose every function answers 0."""

    def __init__(self, *_: object) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        function = mock.Mock(return_value=0)
        setattr(self, name, function)
        return function


class _Libraries:
    def __getattr__(self, name: str) -> _Library:
        return _Library()


def _unwrap(value: object) -> object:
    raise ComError(value)  # a value of a cell is no object of ours


def _pywin32() -> dict[str, ModuleType]:
    """Return the modules that xlwings asks for, with the names it uses."""
    server = {
        "util": {"wrap": lambda found, iid=None: found, "unwrap": _unwrap},
        "policy": {"DefaultPolicy": object},
        "dispatcher": {},
        "exception": {},
    }
    classes = {name: type(name, (), {}) for name in ("CDispatch", "CoClassBaseClass", "DispatchBaseClass")}
    contents: dict[str, dict[str, object]] = {
        "pywintypes": {"com_error": ComError, "error": ComError, "TimeType": ComTime, "IID": str},
        "pythoncom": {
            "__file__": "pythoncom.dll",
            "CoInitialize": lambda: None,
            "IID_IDispatch": "IDispatch",
            "IID_IEnumVARIANT": "IEnumVARIANT",
            "TypeIIDs": {"IDispatch": type("PyIDispatch", (), {})},
            "ole_error": ComError,
        },
        "win32process": {"GetWindowThreadProcessId": lambda window: (0, 1)},
        **{name: {} for name in ("win32api", "win32con", "win32event", "win32gui", "win32timezone")},
        "win32com": {},
        "win32com.client": {"Dispatch": lambda found, **_: found, "DispatchEx": lambda found, **_: found, **classes},
        "win32com.server": {},
        **{f"win32com.server.{name}": content for name, content in server.items()},
    }
    modules = {name: ModuleType(name) for name in contents}
    for name, module in modules.items():
        vars(module).update(contents[name])
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(modules[parent], child, module)
    return modules


@contextlib.contextmanager
def excel() -> Iterator[Excel]:
    """Stand in for Windows as long as the block runs."""
    import xlwings

    modules = _pywin32()
    before = {name: getattr(xlwings, name) for name in DECORATORS if hasattr(xlwings, name)}
    with contextlib.ExitStack() as stack:
        for name in (*modules, *GENUINE, MODULE):  # one by one: other modules imported meanwhile stay
            stack.callback(_put_back, name, sys.modules.pop(name, None))
        sys.modules.update(modules)
        with mock.patch.multiple(ctypes, create=True, windll=_Libraries(), oledll=_Libraries(), PyDLL=_Library):
            windows, udfs, server = map(importlib.import_module, GENUINE)
        stack.callback(atexit.unregister, windows.cleanup)  # it would look for Excel's processes
        stack.callback(server.loop.close)
        stack.callback(udfs.com_executor.shutdown)
        engine = xlwings.Engine(impl=windows.engine)
        stack.enter_context(mock.patch.dict(xlwings.engines.engines_by_name, {engine.name: engine}))
        for name, value in _windows_names(udfs, server).items():
            stack.callback(_restore, xlwings, name, before.get(name))
            setattr(xlwings, name, value)
        yield Excel(server.XLPython())


def _windows_names(udfs: Any, server: Any) -> dict[str, object]:
    """Return the names that `xlwings/__init__.py` binds on Windows."""
    return {
        "func": udfs.xlfunc,
        "arg": udfs.xlarg,
        "ret": udfs.xlret,
        "script": udfs.xlsub,
        "sub": udfs.xlsub,
        "import_udfs": udfs.import_udfs,
        "get_udf_module": udfs.get_udf_module,
        "serve": server.serve,
    }


def _put_back(name: str, module: ModuleType | None) -> None:
    sys.modules.pop(name, None)
    if module is not None:
        sys.modules[name] = module


def _restore(owner: ModuleType, name: str, value: object) -> None:
    if value is None:
        delattr(owner, name)
    else:
        setattr(owner, name, value)


def xlwings_generated_vba() -> str:
    """Return the VBA module that xlwings itself writes for our functions."""
    with excel() as running:
        (text,) = running.import_functions().imported
    return text
