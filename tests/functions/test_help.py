"""FUNCTIONS.md: every function, every argument, numbers that were computed."""

from __future__ import annotations

import re

import pytest

from xl_mmm.functions import FUNCTIONS
from xl_mmm.functions.help import WORKED, functions_md, markdown_table, shown_cell, signature

PAGE = functions_md()


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda function: function.name)
def test_every_function_has_its_section(function) -> None:
    section = re.split(r"\n##+ ", PAGE.partition(f"### {function.name}\n")[2])[0]
    assert function.help in section
    assert function.example in section
    assert f"`{signature(function)}`" in section
    assert function.returns in section
    for argument in function.arguments:
        assert f"| `{argument.name}` |" in section
    assert f"[`{function.name}`](#{function.name.lower()})" in PAGE


def test_headings_follow_the_categories() -> None:
    headings = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)
    assert headings == list(dict.fromkeys(function.category for function in FUNCTIONS.values()))


def test_worked_examples_are_computed() -> None:
    assert set(WORKED) <= set(FUNCTIONS)
    adstock = PAGE.partition("### MMM_ADSTOCK")[2]
    assert "| 100 | 50 |\n| 0 | 25 |\n| 0 | 12.5 |" in adstock
    assert "| 30,000 | 0.5 |\n| 90,000 | 0.75 |" in PAGE.partition("### MMM_SATURATE")[2]


def test_optional_arguments_stand_in_brackets() -> None:
    assert signature(FUNCTIONS["MMM_ADSTOCK"]) == "MMM_ADSTOCK(spend, family, first, [second], [max_lag])"


def test_tables_and_cells_as_text() -> None:
    assert markdown_table(("a", "b"), [("x|y", "z")]) == "| a | b |\n| --- | --- |\n| x\\|y | z |\n"
    assert [shown_cell(v) for v in (1234567.0, 0.5, "a")] == ["1.23457e+06", "0.5", "a"]
