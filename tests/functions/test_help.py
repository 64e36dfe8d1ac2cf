"""FUNCTIONS.md: every function, every argument, numbers that were computed, and pictures of them."""

from __future__ import annotations

import dataclasses
import importlib
import json
import re
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.host.shipped import layout
from xl_mmm.book.calls import calls
from xl_mmm.functions import FUNCTIONS
from xl_mmm.functions.help import (
    PICTURES,
    WORKED,
    functions_md,
    markdown_table,
    picture,
    shown_cell,
    signature,
)

PAGE = functions_md()
ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "workbook"
LARGEST = 40_000  # bytes of a picture


def chunks(path: Path) -> dict[bytes, bytes]:
    """Take a PNG apart, each part checked against its own checksum."""
    data, found, at = path.read_bytes(), {}, 8
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    while at < len(data):
        (size,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + size]
        assert struct.unpack_from(">I", data, at + 8 + size) == (zlib.crc32(kind + body),)
        found[kind] = body
        at += size + 12
    return found


@pytest.fixture(scope="module")
def examples() -> dict[str, Any]:
    """What the examples give in the shipped live book today."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "install"))
        pictures = importlib.import_module("make_pictures")
    return {one.name: one for one in pictures.worked_examples(SHIPPED / "xl_mmm.xlsm")}


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda function: function.name)
def test_every_function_has_its_section(function) -> None:
    section = re.split(r"\n##+ ", PAGE.partition(f"### {function.name}\n")[2])[0]
    assert function.help in section
    assert f"```excel\n{function.example}\n```" in section
    assert f"]({picture(function)})" in section
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


def test_the_shipped_page_is_the_one_printed() -> None:
    made_anew = "workbook/FUNCTIONS.md differs from what is printed today: run install/make_books.py."
    assert (SHIPPED / "FUNCTIONS.md").read_bytes() == functions_md().encode(), made_anew


def test_pictures_and_functions_are_the_same_set() -> None:
    found = {path.relative_to(SHIPPED).as_posix() for path in (SHIPPED / PICTURES).iterdir()}
    assert found == {picture(function) for function in FUNCTIONS.values()}


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda function: function.name)
def test_the_picture_is_a_small_png_with_something_on_it(function) -> None:
    path = SHIPPED / picture(function)
    parts = chunks(path)
    width, height, depth, color = struct.unpack(">IIBB", parts[b"IHDR"][:10])
    assert (depth, color) == (8, 3)
    assert 400 <= width <= 800
    assert 60 <= height <= 400
    assert path.stat().st_size <= LARGEST
    places = np.frombuffer(zlib.decompress(parts[b"IDAT"]), np.uint8).reshape(height, width + 1)[:, 1:]
    palette = np.frombuffer(parts[b"PLTE"], np.uint8).reshape(-1, 3)
    inked = (palette[places] < 128).all(axis=2).mean()
    assert 0.01 < inked < 0.5


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda function: function.name)
def test_the_picture_shows_today_s_numbers(function, examples) -> None:
    told = json.loads(chunks(SHIPPED / picture(function))[b"tEXt"].removeprefix(b"Comment\0"))
    today = examples[function.name]
    assert told["formula"] == today.formula == function.example
    assert [len(row) for row in told["cells"]] == [len(row) for row in today.cells]
    for drawn, calculated in zip(told["cells"], today.cells, strict=True):
        for one, other in zip(drawn, calculated, strict=True):
            assert one == (other if isinstance(other, str) else pytest.approx(other, rel=1e-4, abs=1e-6))


def test_examples_that_name_cells_name_the_book_s_own() -> None:
    own = [re.sub(r",\d+\)$", ")", call) for call in calls(layout()).values()]  # without the rows of its block
    for name in ("MMM_PLAN", "MMM_CERTIFICATE", "MMM_FINDINGS"):
        assert FUNCTIONS[name].example in own


def test_an_example_without_a_result_is_refused(monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "install"))
    pictures = importlib.import_module("make_pictures")
    wrong = dataclasses.replace(FUNCTIONS["MMM_MROI"], example='=MMM_MROI(Model!$D$8:$D$71,"nobody")')
    monkeypatch.setitem(pictures.FUNCTIONS, "MMM_MROI", wrong)
    with pytest.raises(ValueError, match=r"nobody.*#VALUE!.*xl_mmm\.xlsm"):
        pictures.worked_examples(SHIPPED / "xl_mmm.xlsm")
