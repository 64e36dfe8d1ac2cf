"""Models in cells: decoded once, refused when damaged, never longer than their cells."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.functions.planner import LIVE, fit, planner_tables
from xl_mmm.fitting import FittedMMM
from xl_mmm.functions import Cells
from xl_mmm.functions import models as m
from xl_mmm.tables import names as n


@pytest.fixture(scope="module")
def block() -> Cells:
    return fit(planner_tables(LIVE))


@pytest.fixture
def decodings(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    texts: list[str] = []
    read = FittedMMM.from_text

    def counted(text: str) -> FittedMMM:
        texts.append(text)
        return read(text)

    monkeypatch.setattr(FittedMMM, "from_text", counted)
    m._models.clear()
    yield texts
    m._models.clear()


def test_a_text_is_decoded_once(block: Cells, decodings: list[str]) -> None:
    first = m.model_of(block)
    copy = [["".join(list(str(value)))] if value else [None] for (value,) in block]
    assert m.model_of(copy) is first
    assert len(decodings) == 1
    for i in range(2 * m.DECODED):
        m.model_of(m.block_of(m.model_lines(first, [f"note {i}"])))
    assert len(m._models) == m.DECODED


def test_a_block_goes_out_and_comes_back(block: Cells) -> None:
    model = m.model_of(block)
    assert m.block_of(m.model_lines(model)) == block
    assert len(block) == n.MODEL_CHUNKS
    assert m.notes(block) == ()
    flagged = m.block_of(m.model_lines(model, [f"{m.STALE}data changed"]))
    assert m.notes(flagged) == ("STALE: data changed",)


def test_no_line_is_dropped_swapped_or_repeated_unseen(block: Cells, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xl_mmm.posterior_text.LINE", 400)
    lines = [row for row in m.block_of(m.model_lines(m.model_of(block))) if row[0]]
    assert len(lines) > 5
    for i in range(1, len(lines)):
        dropped = [*lines[:i], *lines[i + 1 :]]
        repeated = [*lines[:i], lines[i], *lines[i:]]
        swapped = [*lines[: i - 1], lines[i], lines[i - 1], *lines[i + 1 :]]
        for damaged in (dropped, repeated, swapped):
            with pytest.raises(m.NoModel, match=r"damaged|not a stored model"):
                m.model_of(damaged)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([[None]], "Nothing is estimated yet"),
        ([["NO MODEL: nothing is estimated yet."]], "Nothing is estimated yet"),
        ([["FAULT: 1 fault, told by MMM_WHY."], ["tblData row 3: wrong."]], "tblData row 3: wrong."),
        ([["FAULT"]], "FAULT"),
        ([[3.0]], "not a stored model"),
        ([["xl_mmm model 3 · ols"]], "checksum"),
        ([["xl_mmm model 1 · ols"]], "schema 1, this version reads 3"),
    ],
)
def test_what_is_no_model_says_so(cells: Cells, words: str) -> None:
    with pytest.raises(m.NoModel):
        m.model_of(cells)
    assert words in m.sentences_of(cells)[0]


def test_an_oversized_text_is_refused_unread(block: Cells, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xl_mmm.posterior_text.LARGEST", 1000)
    m._models.clear()
    with pytest.raises(m.NoModel, match="larger than"):
        m.model_of(block)


def test_more_lines_than_cells_are_a_fault() -> None:
    assert m.block_of(["a"], 3) == [["a"], [""], [""]]
    assert m.sentences_of(m.block_of(["a", "b", "c"], 2)) == [
        "The model needs 3 cells and 2 are kept for it. Keep fewer draws."
    ]


def test_a_model_gets_as_many_cells_as_the_block_it_takes_the_place_of() -> None:
    assert m.height_of(None) == m.height_of([["a"]]) == n.MODEL_CHUNKS
    assert m.height_of([[None]] * 100) == 100


def test_each_reason_has_its_sentence(block: Cells) -> None:
    model = m.model_of(block)
    said = [f"{m.STALE}other dates, {m.CHOICES_CHANGED}", f"{m.BY_HAND}tv decay 0.5", "something else"]
    first, second, third, fourth = m.sentences_of(m.block_of(m.model_lines(model, said)))
    assert first.startswith("The sheet has other dates than the model was made for")
    assert second.startswith("The choices on Assumptions or Experiments changed")
    assert "tv decay 0.5" in third
    assert fourth == "something else"
