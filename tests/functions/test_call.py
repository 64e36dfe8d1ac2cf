"""The one way to call: arguments coerced, results remembered and never shared, faults as error values."""

from __future__ import annotations

from datetime import date
from importlib import import_module

import numpy as np
import pytest

from xl_mmm.errors import CellError, PlanError
from xl_mmm.functions import FUNCTIONS, NOT_AVAILABLE, VALUE, Argument, Function, call
from xl_mmm.functions.call import evaluate, forget
from xl_mmm.functions.models import NoModel
from xl_mmm.rules import CellErrorValue

calling = import_module("xl_mmm.functions.call")  # the package shows the function under this name


class Counted:
    """A function that notes what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []

    def __call__(self, *values: object) -> object:
        self.asked.append(values)
        first = values[0]
        if first == [["fault"]]:
            raise PlanError("a fault")
        if first == [["none"]]:
            raise NoModel("no model")
        if first == [["bug"]]:
            raise ZeroDivisionError
        return [["kept", 1.0]]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Counted:
    run = Counted()
    arguments = (
        Argument("table", "table", "A table."), Argument("number", "number", "A number.", optional=True),
        Argument("text", "text", "A text.", optional=True),
    )  # fmt: skip
    monkeypatch.setitem(FUNCTIONS, "MMM_X", Function("MMM_X", "Checks", "Help.", arguments, "=MMM_X(A1)", "Rows.", run))
    forget()
    return run


def test_arguments_arrive_coerced(counted: Counted) -> None:
    call("MMM_X", [((1, None), ("", True)), 2, "a"])
    call("MMM_X", [date(2024, 1, 1)])
    call("MMM_X", [np.array([1.0, 2.0]), [[3]], [["b"]]])
    assert counted.asked == [
        ([[1.0, None], [None, True]], 2.0, "a"),
        ([[date(2024, 1, 1)]], None, None),
        ([[1.0], [2.0]], 3.0, "b"),
    ]


@pytest.mark.parametrize(
    "arguments",
    [[], [None], [[[1.0]], "text"], [[[1.0]], True], [[[1.0]], None, 2.0], [[[1.0]], [1, 2]], [[[1.0]], 1, "a", 4]],
)
def test_arguments_that_cannot_be_used_give_an_error_value(counted: Counted, arguments: list[object]) -> None:
    assert call("MMM_X", arguments) == VALUE
    assert counted.asked == []
    with pytest.raises(CellError, match=r"MMM_X|one cell"):
        evaluate("MMM_X", arguments)


def test_faults_become_error_values_and_bugs_do_not_hide(counted: Counted) -> None:
    assert call("MMM_X", [[["fault"]]]) == VALUE
    assert call("MMM_X", [[["none"]]]) == NOT_AVAILABLE
    assert call("MMM_X", [[[1.0]], CellErrorValue("#DIV/0!")]) == CellErrorValue("#DIV/0!")
    with pytest.raises(ZeroDivisionError):
        call("MMM_X", [[["bug"]]])
    with pytest.raises(TypeError, match="a cell cannot hold a dict"):
        call("MMM_X", [[[{}]]])
    with pytest.raises(TypeError, match="differ in length"):
        call("MMM_X", [[[1.0], [1.0, 2.0]]])
    with pytest.raises(KeyError):
        call("MMM_NONE", [])


def test_the_same_cells_are_computed_once(counted: Counted) -> None:
    table = [[float(i * j) for j in range(12)] for i in range(156)]
    for form in (table, tuple(map(tuple, table)), [[int(v) for v in row] for row in table], np.array(table)):
        assert call("MMM_X", [form, 1.0]) == [["kept", 1.0]]
    assert len(counted.asked) == 1
    call("MMM_X", [[*table[:-1], [*table[-1][:-1], 7.0]], 1.0])
    assert len(counted.asked) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ([[1.0]], [[True]]), ([[0, True]], [[False, 1]]), ([[1.0, 2.0]], [[1.0], [2.0]]), ([1.0, 2.0], [[1.0, 2.0]]),
        ([["a"]], [[CellErrorValue("a")]]), (np.array([1.0]), np.array([True])), ([["1"]], [[1.0]]),
    ],
)  # fmt: skip
def test_cells_that_only_look_alike_are_told_apart(counted: Counted, one: object, other: object) -> None:
    call("MMM_X", [one])
    call("MMM_X", [other])
    assert len(counted.asked) == 2
    assert counted.asked[0] != counted.asked[1] or repr(counted.asked[0]) != repr(counted.asked[1])


def test_what_a_caller_does_to_a_result_stays_its_own(counted: Counted) -> None:
    first = call("MMM_X", [[[1.0]]])
    first[0][0] = "spoilt"
    first.append([])
    assert call("MMM_X", [[[1.0]]]) == [["kept", 1.0]]
    assert len(counted.asked) == 1


def test_memory_is_bounded_and_what_is_in_use_stays(counted: Counted) -> None:
    hot = [["hot"]]
    for i in range(3 * calling.REMEMBERED):
        call("MMM_X", [[[float(i)]]])
        call("MMM_X", [hot])
    assert len(calling._results) == calling.REMEMBERED
    assert sum(values[0] == hot for values in counted.asked) == 1
    large = [[0.0] * 100 for _ in range(1000)]
    for i in range(8):
        call("MMM_X", [[[float(i), *row[1:]] for row in large]])
    assert sum(one.cells for one in calling._results.values()) <= calling.REMEMBERED_CELLS
    forget()
    call("MMM_X", [[[0.0] * 1000 for _ in range(1000)]])
    assert calling._results == {}, "a result too large is not kept"


def test_long_texts_stand_in_memory_once(counted: Counted) -> None:
    text = "x" * 8000
    for i in range(20):
        call("MMM_X", [[[text[:-1] + "x"]], float(i)])
    assert len({id(key[1][2][0]) for key in calling._results}) == 1
    for i in range(2 * calling.SHARED):
        call("MMM_X", [[[text + str(i)]]])
    assert len(calling._texts) <= calling.SHARED
