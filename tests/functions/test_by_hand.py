"""MMM_EVALUATE: parameters set by hand move the numbers at once, without a fit."""

from __future__ import annotations

import numpy as np
import pytest

from tests.functions.planner import LIVE, by_hand, evaluate, fit, planner_tables, put, why
from xl_mmm.fitting import evaluate as hand_model
from xl_mmm.functions import NOT_AVAILABLE, Cells, call
from xl_mmm.functions.input_tables import inputs_of
from xl_mmm.functions.models import model_of, notes
from xl_mmm.tables import names as n


@pytest.fixture(scope="module")
def fitted() -> Cells:
    return fit(planner_tables(LIVE))


def test_nothing_by_hand_is_the_fitted_model_itself(fitted: Cells) -> None:
    assert evaluate(planner_tables(), fitted) == fitted
    without = planner_tables()
    del without[n.TBL_PARAMETERS]
    assert evaluate(without, fitted) == fitted


def test_a_parameter_is_replaced_in_every_draw_and_the_rest_follows(fitted: Cells) -> None:
    block = evaluate(planner_tables(by_hand("decay", 0.55)), fitted)
    before, after = model_of(fitted).posterior, model_of(block).posterior
    assert np.ptp(before.media.values["decay"][:, 0]) > 0
    np.testing.assert_array_equal(after.media.values["decay"][:, 0], np.float32(0.55))
    np.testing.assert_array_equal(after.media.values["decay"][:, 1], before.media.values["decay"][:, 1])
    np.testing.assert_array_equal(after.media.coefficient, before.media.coefficient)
    assert (after.linear != before.linear).any()
    assert notes(block) == ("BY HAND: tv decay 0.55",)
    assert why(block) == ["Set by hand in place of the estimate: tv decay 0.55. Clear By hand to return to it."]
    assert call("MMM_ROI", [block])[1] != call("MMM_ROI", [fitted])[1]


def test_twice_the_coefficient_is_twice_the_contribution(fitted: Cells) -> None:
    one, two = (evaluate(planner_tables(by_hand("coefficient", c)), fitted) for c in (1e4, 2e4))
    first, second = (model_of(block).contribution() for block in (one, two))
    np.testing.assert_allclose(second["tv"], 2 * first["tv"], rtol=1e-12)
    np.testing.assert_allclose(first.sum(axis=1), second.sum(axis=1), rtol=1e-12)


def test_flags_of_the_fitted_model_stay(fitted: Cells) -> None:
    tables = planner_tables(put(n.TBL_DATA, 7, "tv", 50_000.0), by_hand("slope", 1.5))
    block = evaluate(tables, fit(tables, fitted))
    assert notes(block) == ("STALE: data changed", "BY HAND: tv slope 1.5")
    assert len(why(block)) == 2


def test_without_a_model_every_parameter_is_given() -> None:
    rows = [
        ("tv", "decay", 0.5), ("tv", "half_saturation", 2e4), ("tv", "slope", 1.2), ("tv", "coefficient", 9e4),
        ("search", "decay", 0.1), ("search", "half_saturation", 9e3), ("search", "slope", 1.0),
        ("search", "coefficient", 5e4),
    ]  # fmt: skip
    tables = planner_tables()
    head = tables[n.TBL_PARAMETERS][0]
    tables[n.TBL_PARAMETERS] = [head, *([name, p, None, None, value, None, None] for name, p, value in rows)]
    block = evaluate(tables)
    order = (n.TBL_DATA, n.TBL_CHANNELS, n.TBL_CONTROLS, n.TBL_SETTINGS, n.TBL_PARAMETERS)
    inputs = inputs_of({name: tables[name] for name in order})
    own = hand_model(inputs.dataset, inputs.spec, inputs.by_hand)
    np.testing.assert_array_equal(model_of(block).contribution().to_numpy(), own.contribution().to_numpy())
    del tables[n.TBL_PARAMETERS][4]
    lacking = evaluate(tables)
    assert lacking[0][0].startswith("FAULT")
    assert why(lacking)[0].startswith("tv lacks coefficient")


@pytest.mark.parametrize(
    ("parameter", "value", "words"),
    [("decay", 1.2, "tblParameters row 2, By hand, tv: 1.2 is out of bounds for decay"),
     ("decay", "half", "tblParameters row 2, By hand, tv: 'half'"),
     ("coefficient", -1.0, "tblParameters row 3, By hand, tv: -1 is out of bounds for coefficient")],
)  # fmt: skip
def test_a_value_out_of_its_range_is_a_fault(parameter: str, value: object, words: str, fitted: Cells) -> None:
    tables = planner_tables(by_hand(parameter, value))
    for block in (evaluate(tables, fitted), fit(tables, fitted)):
        assert block[0][0].startswith("FAULT")
        assert call("MMM_ROI", [block]) == NOT_AVAILABLE
        assert why(block)[0].startswith(words)


def test_a_parameter_of_another_family_than_the_model_s_is_a_fault(fitted: Cells) -> None:
    tables = planner_tables(put(n.TBL_CHANNELS, 2, n.H_SATURATION, "tanh"), by_hand("exponent", 0.5))
    tables[n.TBL_CHANNELS][1][5] = "power"
    block = evaluate(tables, fitted)
    assert block[0][0].startswith("FAULT")
    assert "tv: exponent has no meaning in this model" in why(block)[0]


def test_faults_and_missing_models_pass_through() -> None:
    tables = planner_tables(by_hand("decay", 0.5))
    fault, nothing = fit(planner_tables(put(n.TBL_DATA, 4, "tv", -1.0))), fit(planner_tables())
    assert evaluate(tables, fault) == fault
    assert evaluate(tables, nothing) == nothing
    foreign = evaluate(tables, [["hello"]])
    assert foreign[0][0].startswith("FAULT")
    assert why(foreign)[0].startswith("This is not a stored model: it begins 'hello'.")
