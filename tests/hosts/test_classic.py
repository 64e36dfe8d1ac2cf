"""Excel on Windows, through xlwings' own code: `import_udfs`, `XLPython().CallUDF`, its converters. See `windows`."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from tests.host.cases import CASES, resolved
from tests.host.market import CHANNELS, shared
from tests.hosts.windows import ERRORS, MISSING, MODULE, as_com, com_date, excel, xlwings_generated_vba
from tests.hosts.windows import cells as placed
from xl_mmm import functions
from xl_mmm.functions import FUNCTIONS
from xl_mmm.functions.asking import DAY_ZERO
from xl_mmm.functions.sentinel import PREFIX, sentinel
from xl_mmm.hosts import failures
from xl_mmm.rules import CellErrorValue
from xl_mmm.tables import names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.host.cases import Case
    from tests.hosts.windows import Excel, Workbook

VALUE = sentinel(functions.VALUE)


@pytest.fixture(scope="module")
def running() -> Iterator[Excel]:
    with excel() as found:
        yield found


@pytest.fixture(scope="module")
def book(running: Excel) -> Workbook:
    return running.import_functions()


@pytest.fixture(autouse=True)
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "functions.log"
    monkeypatch.setattr(failures, "log_file", lambda: path)
    return path


@pytest.fixture
def arrived(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What reaches `functions.call` on the other side of xlwings."""
    found: list[Any] = []

    def call(name: str, arguments: tuple[object, ...]) -> functions.Cell:
        found.extend(arguments)
        return 1.0

    monkeypatch.setattr(functions, "call", call)
    return found


def handed_over(result: functions.Cell | functions.Cells) -> object:
    """Return a result as `CallUDF` gives it to VBA: a single value bare, one row flat."""
    rows = result if isinstance(result, list) else [[result]]
    told = [[sentinel(cell) if isinstance(cell, CellErrorValue) else cell for cell in row] for row in rows]
    if len(told) > 1:
        return told
    return told[0][0] if len(told[0]) == 1 else told[0]


# ---------------------------------------------------------------- what xlwings makes of the module


def test_import_functions_accepts_the_module_and_writes_one_wrapper_a_function(book: Workbook) -> None:
    (vba,) = book.imported
    written = dict(re.findall(r"^Function (\w+)\((.*)\)$", vba, re.M))
    assert written == {
        name: ", ".join(("Optional " if argument.optional else "") + argument.name for argument in function.arguments)
        for name, function in FUNCTIONS.items()
    }
    assert vba.count(f'XLPy.CallUDF("{MODULE}"') == 2 * len(FUNCTIONS)
    assert "Volatile" not in vba
    assert "CommandBars" not in vba  # call_in_wizard=False writes zeros on opening


def test_the_function_wizard_shows_the_records_help(book: Workbook) -> None:
    assert book.helped.keys() == FUNCTIONS.keys()
    for name, function in FUNCTIONS.items():
        shown = book.helped[name]
        assert (shown["Description"], shown["Category"]) == (function.help, "xl_mmm")
        assert (shown["ArgumentDescriptions"] or []) == [argument.help for argument in function.arguments]


def test_the_generated_module_is_there_for_whoever_compares(book: Workbook) -> None:
    assert xlwings_generated_vba() == book.imported[0]


# ---------------------------------------------------------------- what crosses the border


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (placed([[1.0, 2.0], [3.0, 4.0]]), [[1.0, 2.0], [3.0, 4.0]]),
        (placed([[1.0]]), [[1.0]]),
        (placed([[None]]), [[None]]),  # blank, but not missing
        (placed([[1.0, 2.0]]), [[1.0, 2.0]]),
        (placed([[1.0], [2.0]]), [[1.0], [2.0]]),
        (placed([[True, "tv", None, -5.0]]), [[True, "tv", None, -5.0]]),
        (placed([[Decimal("12.5")], [0.0]]), [[12.5], [0.0]]),  # cells formatted as currency
        ((1.0, 2.0), [[1.0, 2.0]]),  # {1,2}, or one row from another function
        (((1.0,), (2.0,)), [[1.0], [2.0]]),
        (3.0, [[3.0]]),
        (MISSING, None),
    ],
)
def test_a_range_arrives_as_a_rectangle(running: Excel, arrived: list[Any], given: object, expected: object) -> None:
    assert running.call("MMM_ADSTOCK", given, "geometric", 0.5, MISSING, MISSING) == 1.0
    assert (None if arrived[0] is None else [list(row) for row in arrived[0]]) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (placed([[0.5]]), 0.5),
        (placed([[None]]), None),
        (placed([["a"]]), "a"),
        (placed([[False]]), False),
        (Decimal("0.5"), 0.5),
        (0.5, 0.5),
        (MISSING, None),
        (placed([[0.5, 0.6]]), ((0.5, 0.6),)),  # refused later, with a sentence
    ],
)
def test_a_single_value_arrives_as_it_is(running: Excel, arrived: list[Any], given: object, expected: object) -> None:
    running.call("MMM_ADSTOCK", placed([[1.0]]), "geometric", given, MISSING, MISSING)
    assert arrived[2] == expected
    assert type(arrived[2]) is type(expected)


def test_dates_and_errors_arrive_as_what_the_cells_hold(running: Excel, arrived: list[Any]) -> None:
    column = [[com_date(2024, 1, 1)], *([code] for code in ERRORS.values())]
    running.call("MMM_ADSTOCK", placed(column), "geometric", 0.5, MISSING, MISSING)
    rows = functions.cells.rectangle(arrived[0])
    assert rows == [[date(2024, 1, 1)], *([CellErrorValue(name)] for name in ERRORS)]


def test_results_are_numbers_and_texts(running: Excel, monkeypatch: pytest.MonkeyPatch) -> None:
    def answers(found: functions.Cell | functions.Cells) -> object:
        monkeypatch.setattr(functions, "call", lambda name, arguments: found)
        return running.call("MMM_VERSION")

    assert answers(1.5) == 1.5
    assert answers(functions.NOT_AVAILABLE) == f"{PREFIX}#N/A"
    assert answers([["a", 1.0], [functions.NUMBER, ""]]) == [["a", 1.0], [f"{PREFIX}#NUM!", ""]]
    assert answers([["a", functions.NUMBER]]) == ["a", f"{PREFIX}#NUM!"]  # xlwings hands one row over flat
    assert answers([[True], [False]]) == [[True], [False]]


# ---------------------------------------------------------------- every function


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.function} {case.name}")
def test_the_cases_of_every_host(running: Excel, case: Case) -> None:
    found = running.call(case.function, *map(as_com, resolved(case)))
    assert found == handed_over(functions.call(case.function, resolved(case)))
    assert failures.last_failures(1) == []


def test_days_are_dates_here_and_serial_numbers_elsewhere(running: Excel) -> None:
    tables = shared()
    headers, *weeks = tables["data"]
    dated = [headers, *([DAY_ZERO + timedelta(day), *values] for day, *values in weeks)]
    settings = [
        [name, DAY_ZERO + timedelta(value) if name == names.SET_WINDOW_START else value, *rest]
        for name, value, *rest in tables["settings"]
    ]
    others = [tables[name] for name in ("channels", "controls", "lift_tests")]
    found = running.call("MMM_CHECK", *map(as_com, [dated, *others, settings]))
    assert found == functions.call("MMM_CHECK", [tables["data"], *others, tables["settings"]])
    assert "FAIL" not in [row[1] for row in found]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_arguments_left_out(running: Excel, name: str) -> None:
    arguments = FUNCTIONS[name].arguments
    found = running.call(name, *[MISSING] * len(arguments))
    assert found == handed_over(functions.call(name, []))
    if any(not argument.optional for argument in arguments):
        assert found == VALUE


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        (None, None),
        (ERRORS["#REF!"], CellErrorValue("#REF!")),
        (ERRORS["#SPILL!"], CellErrorValue("#SPILL!")),
        ("some text", "some text"),
        (True, True),
        (-7.5, -7.5),
        (com_date(2024, 1, 1), date(2024, 1, 1)),
    ],
    ids=str,
)
def test_one_strange_cell_everywhere(running: Excel, name: str, cell: object, meant: functions.Cell, log: Path) -> None:
    arguments = FUNCTIONS[name].arguments
    found = running.call(name, *[placed([[cell]])] * len(arguments))
    told = [[[meant]] if argument.is_range else meant for argument in arguments]
    assert found == handed_over(functions.call(name, told))
    assert failures.last_failures(1) == []


@pytest.mark.parametrize(
    ("name", "position"),
    [
        (function.name, position)
        for function in FUNCTIONS.values()
        for position, argument in enumerate(function.arguments)
        if not argument.is_range
    ],
)
def test_an_error_in_a_single_value_is_passed_on(running: Excel, name: str, position: int) -> None:
    usable = {"number": 1.0, "text": "a"}
    given: list[object] = [usable.get(argument.kind, placed([[1.0]])) for argument in FUNCTIONS[name].arguments]
    given[position] = ERRORS["#DIV/0!"]
    assert running.call(name, *given) == f"{PREFIX}#DIV/0!"


def usable(function: functions.Function, *, optional: bool) -> list[object]:
    """Return arguments that a function can answer to, optional ones too or left out."""
    tables = shared()
    values: dict[str, object] = {
        **tables,
        "kept": tables["model"],
        "spend": 5e4 if function.name == "MMM_MROI" else [[5e4], [7e4]],  # money of one channel, of all, of weeks
        "family": "power" if function.name == "MMM_SATURATE" else "geometric",
        "first": 0.5,
        "channel": CHANNELS[0],
        "part": {"MMM_METHODS": "methods", "MMM_CERTIFICATE": "notes"}.get(function.name, "words"),
        "plan": "Today",
        "multipliers": [[0.5, 1.0, 2.0]],
        "level": 0.8,
        "max_lag": 4.0,
    }
    return [values.get(argument.name) if optional or not argument.optional else None for argument in function.arguments]


@pytest.mark.parametrize("optional", [True, False], ids=["every argument", "what is needed"])
@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
def test_real_tables_and_a_real_model(running: Excel, function: functions.Function, optional: bool) -> None:
    arguments = usable(function, optional=optional)
    found = running.call(function.name, *map(as_com, arguments))
    assert found == handed_over(functions.call(function.name, arguments))
    assert PREFIX not in str(found)


# ---------------------------------------------------------------- what fails


def test_an_unexpected_failure_is_an_error_value_and_is_written_down(
    running: Excel, monkeypatch: pytest.MonkeyPatch, log: Path
) -> None:
    def fails(name: str, arguments: object) -> functions.Cell:
        raise ZeroDivisionError("nobody thought of this")

    monkeypatch.setattr(functions, "call", fails)
    assert running.call("MMM_ADSTOCK", placed([[1234.5], [6.0]]), "geometric", 0.5, MISSING, MISSING) == VALUE
    (entry,) = failures.last_failures(5)
    assert "MMM_ADSTOCK(2 × 1 cells, str, float, nothing, nothing)" in entry
    assert "ZeroDivisionError: nobody thought of this" in entry
    assert "1234.5" not in entry


def test_bad_arguments_are_no_failures(running: Excel, log: Path) -> None:
    assert running.call("MMM_ADSTOCK", placed([["x"]]), "geometric", 0.5) == VALUE
    assert not log.exists()


# ---------------------------------------------------------------- starting


def test_starting_loads_no_statistics_and_our_part_of_it_no_tables() -> None:
    program = (
        "import sys\nimport {}\nprint([name for name in ('scipy', 'statsmodels', 'pandas') if name in sys.modules])"
    )
    for module, loaded in (("xl_mmm.functions", "[]"), ("xl_mmm.hosts.classic", "['pandas']")):  # pandas is xlwings'
        command = [sys.executable, "-c", program.format(module)]
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
        assert answer.stdout.strip() == loaded
