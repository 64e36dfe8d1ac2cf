"""MMM_FIT: the kept model, applied, flagged, or fitted again; never a wrong number."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from tests.functions.planner import LIVE, Tables, fit, planner_tables, put, serials, setting, why
from xl_mmm.functions import BLANK, NOT_AVAILABLE, Cells, call
from xl_mmm.functions.call import forget
from xl_mmm.functions.models import model_of, notes
from xl_mmm.tables import names as n


@pytest.fixture(scope="module")
def kept() -> Cells:
    return fit(planner_tables(LIVE))


def spend(block: Cells) -> float:
    return call("MMM_ROI", [block])[1][1]


def test_nothing_kept_is_no_model_and_says_what_to_do() -> None:
    for blank in (None, [[None]], [[""]] * 64, [["NO MODEL: nothing is estimated yet."]]):
        block = fit(planner_tables(), blank)
        assert block[0][0].startswith("NO MODEL")
        assert len(block) == n.MODEL_CHUNKS
        assert call("MMM_ROI", [block]) == NOT_AVAILABLE
        assert why(block) == ["Nothing is estimated yet. Press Fit, or run xl-mmm run."]


def test_live_fits_with_the_settings_and_the_same_bits(kept: Cells) -> None:
    model = model_of(kept)
    assert (model.method, model.posterior.seed, model.posterior.n_draws) == ("ols", 1, 24)
    assert kept[0][0].startswith("xl_mmm model 3 · ols · 24 draws")
    forget()
    assert fit(planner_tables(LIVE)) == kept
    ridge = fit(planner_tables(LIVE, setting(n.SET_METHOD, "ridge"), setting(n.SET_SEED, 7.0)))
    assert (model_of(ridge).method, model_of(ridge).posterior.seed) == ("ridge", 7)


def test_the_same_data_return_the_kept_text_itself(kept: Cells) -> None:
    assert fit(planner_tables(), kept) == kept
    assert fit(planner_tables(serials), kept) == kept
    assert why(kept) == [BLANK]


def test_a_changed_spend_cell_moves_the_numbers_at_once_and_is_flagged(kept: Cells) -> None:
    block = fit(planner_tables(put(n.TBL_DATA, 7, "tv", 50_000.0)), kept)
    assert notes(block) == ("STALE: data changed",)
    assert "· STALE: data changed ·" in block[0][0]
    before, after = model_of(kept), model_of(block)
    np.testing.assert_array_equal(after.posterior.media.coefficient, before.posterior.media.coefficient)
    np.testing.assert_array_equal(after.posterior.linear, before.posterior.linear)
    assert spend(block) - spend(kept) == pytest.approx(50_000.0 - planner_tables()[n.TBL_DATA][6][2])
    assert after.contribution()["tv"].iloc[5] > before.contribution()["tv"].iloc[5]
    (sentence,) = why(block)
    assert "data changed" in sentence
    assert "Press Fit" in sentence


def test_what_is_flagged_may_be_kept_and_stays_flagged(kept: Cells) -> None:
    changed = planner_tables(put(n.TBL_DATA, 7, "tv", 50_000.0))
    stale = fit(changed, kept)
    assert fit(changed, stale) == stale
    assert notes(fit(planner_tables(), stale)) == ("STALE: data changed",)
    assert fit(planner_tables(), kept) == kept, "undoing the edit undoes the flag"


def later(tables: Tables) -> None:
    for row in tables[n.TBL_DATA][1:]:
        row[0] += timedelta(days=7)


def new_week(tables: Tables) -> None:
    last = tables[n.TBL_DATA][-1]
    tables[n.TBL_DATA].append([last[0] + timedelta(days=7), *last[1:]])


def renamed(tables: Tables) -> None:
    put(n.TBL_CHANNELS, 2, n.H_CHANNEL, "television")(tables)
    for name, header in ((n.TBL_LIFT_TESTS, n.H_CHANNEL), (n.TBL_PARAMETERS, n.H_CHANNEL)):
        put(name, 2, header, "television")(tables)
    put(n.TBL_CONSTRAINTS, 2, n.H_CHANNEL, "television")(tables)


def without_control(tables: Tables) -> None:
    tables[n.TBL_CONTROLS][1] = [None] * 5


@pytest.mark.parametrize(
    ("edit", "reason"),
    [(later, "dates"), (new_week, "dates"), (renamed, "channels"), (without_control, "controls")],
)
def test_other_dates_and_columns_leave_the_kept_model_on_its_own_data(edit: object, reason: str, kept: Cells) -> None:
    block = fit(planner_tables(edit), kept)
    assert notes(block)[0].startswith(f"STALE: other {reason}")
    assert model_of(block).dataset.sha == model_of(kept).dataset.sha
    assert call("MMM_ROI", [block]) == call("MMM_ROI", [kept])
    assert f"other {reason}" in why(block)[0]


@pytest.mark.parametrize(
    "edit",
    [
        setting(n.SET_SEASONALITY, 1.0),
        setting(n.SET_METHOD, "lasso"),
        put(n.TBL_CHANNELS, 2, n.H_SATURATION, "tanh"),
        put(n.TBL_PARAMETERS, 2, n.H_HIGH, 0.7),
        put(n.TBL_CONTROLS, 2, n.H_REFERENCE, 11.0),
    ],
)
def test_other_choices_are_flagged_and_change_no_number(edit: object, kept: Cells) -> None:
    block = fit(planner_tables(edit), kept)
    assert notes(block) == ("STALE: choices changed",)
    assert call("MMM_ROI", [block]) == call("MMM_ROI", [kept])


def test_the_margin_is_always_the_sheet_s_and_nothing_is_stale(kept: Cells) -> None:
    block = fit(planner_tables(setting(n.SET_MARGIN, 0.5)), kept)
    assert notes(block) == ()
    assert (model_of(kept).spec.margin, model_of(block).spec.margin) == (0.4, 0.5)
    one, other = ([row[7] for row in call("MMM_ROI", [each])[1:]] for each in (kept, block))
    assert [0.5 * (a + 1) / 0.4 - 1 for a in one] == pytest.approx(other)


def test_a_fault_in_a_table_stops_every_number_and_names_its_place(kept: Cells) -> None:
    for refit in (setting(n.SET_REFIT, n.ON_REQUEST), LIVE):
        block = fit(planner_tables(refit, put(n.TBL_DATA, 4, "tv", -120.0)), kept)
        assert block[0] == ["FAULT: 1 fault, told by MMM_WHY."]
        assert call("MMM_ROI", [block]) == NOT_AVAILABLE
        assert why(block)[0].startswith("tblData row 4, tv, 2023-01-16: -120 is negative.")


def test_many_faults_are_told_in_place_order_and_counted() -> None:
    edits = [put(n.TBL_DATA, row, "tv", -1.0) for row in range(2, 32)]
    told = why(fit(planner_tables(*edits)))
    assert told[0].startswith("tblData row 2, ")
    assert told[-1] == "... and 20 more."


def test_what_cannot_be_estimated_is_a_fault() -> None:
    def doubled(tables: Tables) -> None:
        for row in tables[n.TBL_DATA][1:]:
            row[4] = 2.0 * row[5]
        tables[n.TBL_CONTROLS][2] = ["clicks", None, None, None, None]
        put(n.TBL_CHANNELS, 3, n.H_MEDIA_COLUMN, None)(tables)

    block = fit(planner_tables(LIVE, doubled))
    assert block[0][0].startswith("FAULT")
    assert call("MMM_ROI", [block]) == NOT_AVAILABLE
    assert "clicks" in why(block)[0]
    assert "price" in why(block)[0]


def test_a_model_too_long_for_its_cells_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("xl_mmm.posterior_text.LINE", 50)
    forget()
    block = fit(planner_tables(LIVE))
    assert block[0][0].startswith("FAULT")
    assert "Keep fewer draws" in why(block)[0]
    forget()


def test_tables_that_are_not_handed_over_are_faults() -> None:
    tables = planner_tables()
    block = call("MMM_FIT", [tables[n.TBL_DATA], tables[n.TBL_CHANNELS]])
    assert why(block)[0].startswith("tblSettings: The table tblSettings is not handed over.")
    swapped = call("MMM_FIT", [tables[n.TBL_DATA], tables[n.TBL_SETTINGS], None, None, tables[n.TBL_SETTINGS]])
    assert any("has no column 'Kind'" in str(line) for line in why(swapped))


@pytest.mark.parametrize("damage", ["other", "lost", "added", "foreign", "schema", "error cell"])
def test_a_damaged_kept_model_is_a_fault_with_its_sentence(damage: str, kept: Cells) -> None:
    lines = [row[0] for row in kept]
    body = lines[1]
    lines[:2] = {
        "other": [lines[0], body[:100] + ("A" if body[100] != "A" else "B") + body[101:]],
        "lost": [lines[0], body[:-4]],
        "added": [lines[0].replace("24 draws", "25 draws"), body],
        "foreign": ["My notes", body],
        "schema": [lines[0].replace("model 3", "model 1"), body],
        "error cell": [call("MMM_ROI", [[[None]]]), body],
    }[damage]
    block = fit(planner_tables(), [[line] for line in lines])
    assert block[0][0].startswith("FAULT")
    assert call("MMM_ROI", [block]) == call("MMM_ROI", [[[line] for line in lines]]) == NOT_AVAILABLE
    assert "Fit the model again" in why(block)[0]
    assert "Fit the model again" in why([[line] for line in lines])[0]
