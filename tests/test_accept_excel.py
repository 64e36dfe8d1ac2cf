"""The acceptance run: its plain parts; the rest needs Excel, and says so."""

from __future__ import annotations

import importlib.util
import json
import sys
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import xlsxwriter

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def accept() -> Any:
    spec = importlib.util.spec_from_file_location("accept_excel", ROOT / "install" / "accept_excel.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["accept_excel"] = module  # its dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (1.0, 1.0 + 1e-10, True),
        (1.0, 1.0 + 1e-8, False),
        (0.0, 1e-13, True),
        ("", None, True),
        ("a", "b", False),
        ("#N/A", None, False),
        (True, 1.0, False),
        (True, True, True),
        (datetime(2024, 1, 1), datetime(2024, 1, 1, 0, 0, 0, 400_000), True),
        (datetime(2024, 1, 1), 45292.0, False),
    ],
)
def test_cells_agree_as_a_reader_would_say(one: Any, other: Any, same: bool, accept: ModuleType) -> None:
    assert accept.same(one, other) is same
    assert accept.same(other, one) is same


def test_differences_name_the_cell_and_both_values(accept: ModuleType) -> None:
    found = accept.differences({"ROI": {"B7": 1.5, "B8": 2.0}, "Log": {"A1": "x"}}, {"ROI": {"B7": 1.5, "C9": 3.0}})
    assert found == [
        "ROI!B8: 2.0 in the file, None in Excel",
        "ROI!C9: None in the file, 3.0 in Excel",
        "Log!A1: 'x' in the file, None in Excel",
    ]


def test_cached_values_are_read_from_the_file(accept: ModuleType, tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "b.xlsx") as book:
        page = book.add_worksheet("ROI")
        page.write_formula("B7", "=1+1", value=1.5)
        page.write("A1", "=x", book.add_format())
    assert accept.cached_values(tmp_path / "b.xlsx")["ROI"]["B7"] == 1.5


def test_a_step_that_fails_is_a_finding_and_the_next_is_tried(accept: ModuleType) -> None:
    def broken(excel: object) -> str:
        accept.expect(1 + 1 == 3, "it does not add up")
        return "never"

    first, second = accept.run_steps({"a": broken, "b": lambda excel: f"{excel} it is"}, "so")
    assert (first.status, first.detail) == ("FAIL", "AssertionError: it does not add up")
    assert (second.status, second.detail) == ("PASS", "so it is")


def test_elsewhere_everything_is_open(
    accept: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(accept.sys, "platform", "linux")
    assert accept.main([]) == 2
    told = capsys.readouterr().out
    assert told.count("NOT PROVEN") == len(accept.STEPS)
    assert "PASS" not in told
    assert all(item in told for item in accept.BY_EYE)


def test_the_report_is_json(accept: ModuleType) -> None:
    report = json.loads(accept.record(accept.not_proven(), {"xl_mmm": "0"}))
    assert {finding["status"] for finding in report["findings"]} == {"NOT PROVEN"}
    assert all(finding["detail"] for finding in report["findings"])


def test_it_presses_buttons_that_exist(accept: ModuleType) -> None:
    from xl_mmm.book.vba import BUTTONS
    from xl_mmm.book.vba.macros import TOLD

    text = Path(str(accept.__file__)).read_text(encoding="utf-8")
    pressed = {button.macro for button in BUTTONS if f'"{button.macro}"' in text}
    assert pressed == {button.macro for button in BUTTONS}
    assert f'macro("{TOLD}")' in text
