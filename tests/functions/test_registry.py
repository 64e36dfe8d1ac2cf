"""The registry's contract: what is promised of every function is tested of every function."""

from __future__ import annotations

import inspect
import math
import re
from datetime import date, datetime

import numpy as np
import pytest

from tests.comparison.made_up import comparison
from tests.functions.planner import LIVE, fit, frozen, planner_tables
from xl_mmm.functions import FUNCTIONS, Cells, Function, call
from xl_mmm.functions.cells import LONGEST
from xl_mmm.functions.record import KINDS
from xl_mmm.posterior_text import LINE
from xl_mmm.rules import CellErrorValue
from xl_mmm.tables import names as n
from xl_mmm.tables.cell_values import parse_place

EVERY = pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda function: function.name)
ERRORS = {"#VALUE!", "#N/A", "#NUM!", "#DIV/0!", "#REF!", "#NULL!", "#NAME?"}
PROMISED = {
    "Model": ("FIT", "EVALUATE", "LIFT_PRIOR"),
    "Results": (
        "SUMMARY", "PARAMETERS", "PRIORS", "CONTRIBUTION", "BRIDGE", "ROI", "MEDIA", "MROI", "ELASTICITY", "HALF_LIFE",
        "RESPONSE_CURVE", "LIFT_TESTS", "FINDINGS", "METHODS",
    ),
    "Plans": (
        "SCENARIO", "COMPARE", "GOAL", "OPTIMIZE", "PLAN", "CERTIFICATE", "CALENDAR", "FORECAST", "VARIANCE", "PACING",
        "BOARD",
    ),
    "Transforms": ("ADSTOCK", "SATURATE"),
    "Checks": ("CHECK", "WHY", "VERSION"),
}  # fmt: skip
SPEAKING = {"MMM_WHY", "MMM_FINDINGS", "MMM_METHODS"}  # say in words that there is no model
FROZEN = {"MMM_VARIANCE", "MMM_PACING"}  # speak of the frozen plan, which has its own model
BLOCKS = {"MMM_FIT", "MMM_EVALUATE"}  # their texts are models
ODD = {  # what a host may hand over in place of anything
    "nothing": None,
    "blank": "",
    "number": 12.5,
    "whole": 3,
    "huge": 1e300,
    "not a number": math.nan,
    "text": "hello",
    "truth": True,
    "day": date(2024, 1, 1),
    "moment": datetime(2024, 1, 1, 6, 30),
    "serial": 45292.0,
    "error": CellErrorValue("#REF!"),
    "error by number": -2146826246,
    "one cell": [[7.0]],
    "row": ((1.0, "a", None),),
    "column": [1.0, None, "b", CellErrorValue("#N/A")],
    "rectangle": [["x", "y"], [1.0, -2.0], [True, None]],
    "array": np.array([[1.0, np.nan], [3.0, 4.0]]),
    "emptiness": [],
}


@pytest.fixture(scope="module")
def good() -> dict[str, object]:
    tables, model = planner_tables(), fit(planner_tables(LIVE))
    return {
        "data": tables[n.TBL_DATA], "channels": tables[n.TBL_CHANNELS], "controls": tables[n.TBL_CONTROLS],
        "lift_tests": tables[n.TBL_LIFT_TESTS], "settings": tables[n.TBL_SETTINGS],
        "parameters": tables[n.TBL_PARAMETERS], "scenarios": tables[n.TBL_SCENARIOS],
        "constraints": tables[n.TBL_CONSTRAINTS], "groups": tables[n.TBL_GROUPS],
        "model": model, "channel": "tv", "calendar": tables[n.TBL_CALENDAR], "frozen": frozen(model),
        "first": 0.5, "second": 0.8, "part": "methods",
        "comparison": [[line] for line in comparison().to_text().split("\n")],
    }  # fmt: skip


def arguments(function: Function, good: dict[str, object]) -> list[object]:
    own = {
        "MMM_ADSTOCK": {"spend": [[100.0], [0.0]], "family": "weibull_cdf"},
        "MMM_BOARD": {"part": "figures"},
        "MMM_CERTIFICATE": {"part": "notes"},
        "MMM_CALENDAR": {"part": "year"},
        "MMM_COMPARE": {"part": "reasons"},
        "MMM_GOAL": {"part": "words", "target": 1e5},
        "MMM_SATURATE": {"spend": [[100.0], [0.0]], "family": "hill"},
    }
    values = good | own.get(function.name, {})
    return [values.get(argument.name) for argument in function.arguments]


def legal(value: object, longest: int) -> bool:
    """Whether a cell can hold it and a Variant array can carry it."""
    if isinstance(value, CellErrorValue):
        return value.code in ERRORS
    if isinstance(value, str):
        return len(value) <= longest
    return isinstance(value, bool | date) or (type(value) is float and math.isfinite(value))


def illegal(found: object, function: Function) -> list[object]:
    longest = LINE if function.name in BLOCKS else LONGEST
    rows = found if isinstance(found, list) else [[found]]
    assert rows
    assert len({len(row) for row in rows}) == 1
    return [value for row in rows for value in row if not legal(value, longest)]


def test_every_function_that_was_promised_is_there() -> None:
    promised = {f"MMM_{name}": category for category, names in PROMISED.items() for name in names}
    assert {name: function.category for name, function in FUNCTIONS.items()} == promised


@EVERY
def test_names_are_names_and_never_cells(function: Function) -> None:
    assert FUNCTIONS[function.name] is function
    assert re.fullmatch(r"MMM(_[A-Z]+)+", function.name)
    with pytest.raises(Exception, match="is not the address"):
        parse_place(function.name)
    for argument in function.arguments:
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", argument.name)
    names = [argument.name for argument in function.arguments]
    assert len(set(names)) == len(names) <= 30


@EVERY
def test_words_fit_into_the_function_wizard(function: Function) -> None:
    for text in (function.help, function.returns, *(argument.help for argument in function.arguments)):
        assert 0 < len(text) <= 255
        assert text == " ".join(text.split())
        assert text.endswith((".", "?"))
    assert {argument.kind for argument in function.arguments} <= set(KINDS)


@EVERY
def test_optional_arguments_come_last_and_run_takes_them_all(function: Function) -> None:
    optional = [argument.optional for argument in function.arguments]
    assert optional == sorted(optional)
    assert len(inspect.signature(function.run).parameters) == len(optional)


@EVERY
def test_the_example_calls_this_function_and_no_foreign_one(function: Function) -> None:
    assert function.example.startswith(f"={function.name}(")
    assert set(re.findall(r"([A-Z][A-Z_.]*)\(", function.example)) <= set(FUNCTIONS)
    assert function.example.count("(") == function.example.count(")")


@EVERY
def test_a_good_call_gives_legal_cells_and_nothing_else(function: Function, good: dict[str, object]) -> None:
    found = call(function.name, arguments(function, good))
    assert not isinstance(found, CellErrorValue)
    assert illegal(found, function) == []


@EVERY
def test_whatever_a_cell_holds_gives_cells_or_an_error_value(function: Function, good: dict[str, object]) -> None:
    sound = arguments(function, good)
    for place in range(len(sound)):
        for kind, value in ODD.items():
            found = call(function.name, [*sound[:place], value, *sound[place + 1 :]])
            assert illegal(found, function) == [], (function.arguments[place].name, kind)


@EVERY
def test_error_cells_in_a_single_argument_are_passed_on(function: Function, good: dict[str, object]) -> None:
    sound = arguments(function, good)
    for place, argument in enumerate(function.arguments):
        if not argument.is_range:
            changed = [*sound[:place], CellErrorValue("#REF!"), *sound[place + 1 :]]
            assert call(function.name, changed) == CellErrorValue("#REF!")


@EVERY
def test_a_model_that_is_none_gives_not_available(function: Function, good: dict[str, object]) -> None:
    names = [argument.name for argument in function.arguments if not argument.optional]
    if "model" not in names or function.name in SPEAKING:
        without = function.name in SPEAKING | FROZEN
        assert without or function.category in {"Model", "Checks", "Transforms"}
        return
    for block in ([[None]], [["FAULT: 1 fault"], ["Because."]], [["NO MODEL: nothing"]], [["hello"]], [[3.0]]):
        sound: list[Cells | object] = arguments(function, good)
        sound[names.index("model")] = block
        assert call(function.name, sound) == CellErrorValue("#N/A")
