"""The workbook's VBA: the committed project is what the generator writes, safe for Excel's names, and explained."""

from __future__ import annotations

import importlib.util
import re
import warnings
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import xlsxwriter

from tests.hosts.windows import xlwings_generated_vba
from xl_mmm.book import vba
from xl_mmm.book.vba import descriptions, macros, project, results, wrappers
from xl_mmm.book.vba.buttons import BUTTONS, BY_FUNCTION, POLL, POLL_LATER, SAVE_COPY
from xl_mmm.book.vba.writing import LONGEST_LINE, MOST_CONTINUATIONS, argument_name, module, quoted, statement
from xl_mmm.errors import MmmError
from xl_mmm.functions import FUNCTIONS, Argument, Function
from xl_mmm.rules import CellErrorValue

ROOT = Path(__file__).resolve().parents[2]
REBUILD = "{} differs from what is written today. Run install/make_vba.py and commit vbaProject.bin."
BUILT = {"xlwings", "Dictionary"}  # read from the installed xlwings

OURS = {  # what olevba points at in our own modules, and why it is there
    "Workbook_Open": "gives the Function Wizard its help texts",
    "Workbook_BeforeClose": "takes back the poll under way, for which Excel would open the workbook again",
    "Run": "a word of the message that names the remedy",
    "Base64 Strings": "long names of procedures",
    "Hex Strings": "class numbers of Excel's workbook and sheets, in the attributes",
}
THEIRS = {  # the same in xlwings' standalone module and its Dictionary class, both unchanged
    "Base64 Strings": "long names of procedures",
    "Hex Strings": "a number in the address of a page, in a comment",
    "Chr": "quotation marks around paths",
    "Command": "name of a variable: the line of Python to run",
    "CreateObject": "Scripting.Dictionary, WScript.Shell and Scripting.FileSystemObject of Windows",
    "Environ": "the user's folder, for xlwings' own configuration",
    "environment": "comment on that",
    "ExpandEnvironmentStrings": "a configured path may hold %USERPROFILE%",
    "Exec": "hands the line of Python to the server",
    "FileCopy": "saves xlwings' configuration; called by its ribbon, which is not here",
    "Kill": "removes the log of the last failed run",
    "Lib": "xlwings' DLL, which connects Excel with Python; KERNEL32 loads it",
    "libc.dylib": "runs Python on macOS",
    "dylib": "the same",
    "MacScript": "finds folders on old macOS versions",
    "applescript": "runs Python on macOS through the script that `xlwings runpython install` puts there",
    "MkDir": "makes the folder of xlwings' configuration",
    "Open": "reads the configuration file and the log",
    "Output": "writes the configuration file",
    "Write": "the same",
    "binary": "compares texts; reads the log",
    "Shell": "runs Python without its server, and PowerShell is not among it",
    "WScript.Shell": "the same",
    "Run": "the same",
    "Call": "the same",
    "system": "runs Python on macOS",
    "VBProject": "Import Functions, which needs a trust setting that the workbook does not ask for",
    "VBComponents": "the same",
    "Windows": "a word in comments and names",
}
PROGRAMS = {  # names of programs in xlwings' module
    "8.dll": "its DLL, by version",
    "pywintypesXX.dll": "message of a broken installation",
    "cmd.exe": "runs Python without the server",
    "frozen_executable.exe": "comment",
    "python.exe": "comment",
    "conda.bat": "activates an environment of conda, when one is configured",
}


def olevba() -> ModuleType:
    with warnings.catch_warnings():  # of the parser that it was written for
        warnings.simplefilter("ignore")
        import oletools.olevba

    return oletools.olevba


def lines(source: str) -> list[str]:
    return source.split("\r\n")


@pytest.fixture(scope="module")
def committed() -> dict[str, str]:
    """The committed project's modules as oletools reads them, headers included."""
    parser = olevba().VBA_Parser(vba.PROJECT.name, data=vba.PROJECT.read_bytes())
    return {name.rpartition(".")[0]: source for _, _, name, source in parser.extract_macros()}


@pytest.fixture(scope="module")
def make_vba() -> Any:
    spec = importlib.util.spec_from_file_location("make_vba", ROOT / "install" / "make_vba.py")
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.fixture
def book(tmp_path: Path) -> xlsxwriter.Workbook:
    return xlsxwriter.Workbook(str(tmp_path / "book.xlsm"))


# ---------------------------------------------------------------- the committed project


def test_the_modules_are_those_that_are_expected(committed: dict[str, str]) -> None:
    documents = [project.WORKBOOK, *project.code_names().values()]
    assert sorted(committed) == sorted([*documents, *project.modules(), *BUILT])


@pytest.mark.parametrize("name", project.modules())
def test_a_module_is_the_generators(committed: dict[str, str], name: str) -> None:
    assert lines(committed[name]) == lines(project.modules()[name]), REBUILD.format(name)


def test_the_workbooks_module_holds_its_events(committed: dict[str, str]) -> None:
    header, body = _parted(committed[project.WORKBOOK])
    assert lines(body) == lines(project.events()), REBUILD.format(project.WORKBOOK)
    assert 'Attribute VB_Base = "0{00020819-0000-0000-C000-000000000046}"' in header  # Excel's workbook


def test_the_sheets_modules_are_empty(committed: dict[str, str]) -> None:
    for name in project.code_names().values():
        header, body = _parted(committed[name])
        assert body == ""
        assert 'Attribute VB_Base = "0{00020820-0000-0000-C000-000000000046}"' in header  # Excel's sheet


def test_xlwings_is_the_installed_one_with_its_notice(committed: dict[str, str], make_vba: Any) -> None:
    assert lines(committed["xlwings"]) == lines(make_vba.standalone()), REBUILD.format("xlwings")
    assert "'Copyright (C) 2014-present, Zoomer Analytics LLC." in committed["xlwings"]
    exported = make_vba.dictionary()
    _, body = _parted(exported[exported.index("Attribute VB_Name") :])
    assert lines(_parted(committed["Dictionary"])[1]) == lines(body), REBUILD.format("Dictionary")
    assert "' Dictionary v1.4.1" in body


def test_the_same_sources_give_the_same_bytes(make_vba: Any) -> None:
    assert make_vba.build() == vba.PROJECT.read_bytes(), REBUILD.format("vbaProject.bin")


def test_the_package_brings_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from flit_core import buildapi

    monkeypatch.chdir(ROOT)
    wheel = tmp_path / buildapi.build_wheel(str(tmp_path))
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read("xl_mmm/book/vba/vbaProject.bin") == vba.PROJECT.read_bytes()


def _parted(source: str) -> tuple[str, str]:
    """Return the lines of attributes and the rest."""
    match = re.match(r"(Attribute [^\r\n]*\r\n)*", source)
    assert match is not None
    return match[0], source[match.end() :]


# ---------------------------------------------------------------- what a scanner says


@pytest.mark.parametrize(("built", "explained"), [(False, OURS), (True, THEIRS)])
def test_nothing_that_olevba_lists_is_unexplained(
    committed: dict[str, str], built: bool, explained: dict[str, str]
) -> None:
    source = "\n".join(text for name, text in committed.items() if (name in BUILT) == built)
    found = {word for kind, word, _ in olevba().scan_vba(source, False) if kind in ("AutoExec", "Suspicious")}
    assert {word.lower() for word in found} == {word.lower() for word in explained}


def test_addresses_stand_in_comments_and_programs_are_explained(committed: dict[str, str]) -> None:
    source = "\n".join(committed.values())
    found = {(word, what) for kind, word, what in olevba().scan_vba(source, False) if kind == "IOC"}
    addresses = {word for word, what in found if what == "URL"}
    assert addresses
    assert {word for word, what in found if what != "URL"} == set(PROGRAMS)
    for line in source.splitlines():
        assert line.lstrip().startswith(("'", "Attribute")) or not any(address in line for address in addresses), line


# ---------------------------------------------------------------- functions


def test_wrappers_are_xlwings_own_but_for_errors() -> None:
    theirs, ours = xlwings_generated_vba(), wrappers.source(FUNCTIONS.values())
    assert _declarations(ours) == {name: _renamed(given) for name, given in _declarations(theirs).items()}
    assert _calls(ours) == {name: _renamed(given) for name, given in _calls(theirs).items()}
    assert set(_calls(ours)) == set(FUNCTIONS)


def _declarations(source: str) -> dict[str, str]:
    return dict(re.findall(r"^Function (\w+)\((.*)\)\r?$", source, re.MULTILINE))


def _calls(source: str) -> dict[str, str]:
    pattern = r'XLPy\.CallUDF\("xl_mmm\.hosts\.classic", "(\w+)", (.*?, ThisWorkbook, Application\.Caller)\)'
    return dict(re.findall(pattern, source))


def _renamed(given: str) -> str:
    """Return xlwings' text with the names that VBA keeps for itself as we write them."""
    return re.sub(r"(?<![\w.])(?!Optional|Array)[a-z]\w*", lambda match: argument_name(match[0]), given)


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_a_wrapper_gives_errors_as_errors(function: Function) -> None:
    text = "\n".join(wrappers.wrapper(function))
    assert f"#If Mac Then\n    {function.name} = CVErr(xlErrNA)\n#Else" in text
    assert f"failed:\n    {function.name} = CVErr(xlErrValue)\n#End If" in text
    assert "Err.Description" not in text
    assert f"{function.name} = {results.RESULT}(" in text


def test_an_argument_that_vba_keeps_for_itself_is_renamed() -> None:
    given = (Argument("model", "model", "The model."), Argument("to", "number", "The end.", optional=True))
    function = Function("MMM_X", "Results", "Help.", given, "=MMM_X(A1)", "Text.", lambda: None)
    text = "\n".join(wrappers.wrapper(function))
    assert "Function MMM_X(model, Optional to_)" in text
    assert "Array(model, to_)" in text


def test_every_classic_error_value_is_turned_back() -> None:
    from xl_mmm.functions.sentinel import PREFIX, sentinel

    source = results.source()
    assert f'Private Const ERROR_TEXT As String = "{PREFIX}"' in source
    for code, constant in results.ERRORS.items():
        assert sentinel(CellErrorValue(code)) == PREFIX + code
        assert f'Case "{code}"\r\n            OneCell = CVErr({constant})' in source


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_the_wizard_has_a_text_for_each_argument(function: Function) -> None:
    source = descriptions.source([function]).replace(" _\r\n", " ")
    texts = [quoted(text) for text in (function.help, *(argument.help for argument in function.arguments))]
    assert re.sub(r"\s+", " ", ", ".join([f'Describe "{function.name}"', *texts])) in re.sub(r"\s+", " ", source)


# ---------------------------------------------------------------- buttons


def test_no_macro_hides_a_function_or_another_macro() -> None:
    everything = [*FUNCTIONS, *(button.macro for button in BUTTONS), POLL, POLL_LATER, SAVE_COPY]
    everything += [results.SELF_TEST, results.RESULT, descriptions.DESCRIBE, macros.TOLD, macros.STOP_POLLING]
    everything += [*project.modules(), *BUILT, *project.code_names().values(), project.WORKBOOK]
    assert len({name.lower() for name in everything}) == len(everything)


def test_each_button_runs_a_function_that_is_there_and_says_so_in_words() -> None:
    from xl_mmm.hosts import macros as python

    source = macros.source(BUTTONS)
    assert "m.poll()" in source
    assert callable(python.poll)
    for button in BUTTONS:
        assert callable(getattr(python, button.function))
        (body,) = re.findall(rf"Public Sub {button.macro}\(\)(.*?)End Sub", source, re.DOTALL)
        assert f'RunPython "import xl_mmm.hosts.macros as m; m.{button.function}()"' in body
        assert "On Error GoTo failed" in body
        assert f'Tell "{button.caption}", Err.Description' in body
    assert BY_FUNCTION["fit"].caption == "Fit"


def test_the_buttons_fit_a_workbook(book: xlsxwriter.Workbook, validate_ooxml: Any) -> None:
    sheets = [book.add_worksheet(name) for name in project.code_names()]
    vba.attach(book)
    for row, button in enumerate(BUTTONS):
        sheets[0].insert_button(2 * row, 1, {**button.options, "width": 130, "height": 28})
    book.close()
    assert validate_ooxml(Path(book.filename)) == []


def test_code_names_are_those_of_the_project(book: xlsxwriter.Workbook, committed: dict[str, str]) -> None:
    for name in project.code_names():
        book.add_worksheet(name)
    vba.attach(book)
    assert {sheet.vba_codename for sheet in book.worksheets()} | {book.vba_codename} <= set(committed)
    book.close()


def test_macros_for_other_sheets_are_refused(book: xlsxwriter.Workbook) -> None:
    book.add_worksheet("Data")
    with pytest.raises(MmmError, match=r"built for the sheets Start, Data, .*; there are Data\."):
        vba.attach(book)
    book.close()


# ---------------------------------------------------------------- the language


def test_sources_keep_to_the_limits_of_the_editor() -> None:
    for source in project.modules().values():
        assert source.isascii()
        assert max(map(len, lines(source))) <= LONGEST_LINE
        runs = [len(run.split(" _\r\n")) - 1 for run in re.findall(r"(?:[^\r\n]* _\r\n)+", source)]
        assert max(runs, default=0) <= MOST_CONTINUATIONS


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", '""'),
        ("plain", '"plain"'),
        ('a "b"', '"a ""b"""'),
        ("3 × 4", '"3 " & ChrW(215) & " 4"'),
        ("−", "ChrW(8722)"),
        ("a\nb", '"a" & ChrW(10) & "b"'),
        ("𝛼", "ChrW(55349) & ChrW(57084)"),
    ],
)
def test_texts_are_written_so_that_no_code_page_changes_them(text: str, expected: str) -> None:
    assert quoted(text) == expected


def test_what_the_editor_does_not_take_is_refused() -> None:
    with pytest.raises(ValueError, match="VBA takes neither 26 lines"):
        statement("    f", ["1"] * 25)
    with pytest.raises(ValueError, match="nor 2006 characters"):
        statement("f", ["1" * 2002])
    with pytest.raises(ValueError, match="does not take this line of M: é"):
        module("M", ["é"])
    long = Function("MMM_X", "Results", "x" * 256, (), "=MMM_X()", "Text.", lambda: None)
    with pytest.raises(ValueError, match="MMM_X: a help text has more than 255"):
        descriptions.source([long])
