"""Hand-set parameters: completed, or refused by name."""

from __future__ import annotations

import pytest

from xl_mmm.errors import SpecError
from xl_mmm.estimation.hand_set import hand_set, overrides
from xl_mmm.spec import ChannelSpec

CHOICE = ChannelSpec(decay=0.0, max_lag=0)
GIVEN = {"half_saturation": 100, "slope": 1.0, "coefficient": 5.0}


def test_what_the_specification_fixes_is_filled_in() -> None:
    assert hand_set("tv", CHOICE, GIVEN) == {"decay": 0.0, "half_saturation": 100.0, "slope": 1.0, "coefficient": 5.0}
    assert hand_set("tv", CHOICE, {**GIVEN, "decay": 0.5})["decay"] == 0.5


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "tv lacks half_saturation, slope, coefficient"),
        (5, "tv is 5; give a mapping"),
        ({**GIVEN, "peak_lag": 1.0}, "tv has peak_lag"),
        ({**GIVEN, "slope": "1"}, "tv: slope is '1'; give a finite number"),
        ({**GIVEN, "slope": None}, "tv: slope is None"),
        ({**GIVEN, "coefficient": float("nan")}, "tv: coefficient is nan"),
        ({**GIVEN, "decay": 1.2}, "tv: decay is 1.2; allowed: 0 <= decay < 1"),
    ],
)
def test_what_is_missing_unknown_or_out_of_range_is_named(given: object, said: str) -> None:
    with pytest.raises(SpecError, match=said):
        hand_set("tv", CHOICE, given)


def test_overrides_are_finite_numbers_of_columns_of_their_group() -> None:
    names, groups = ("intercept", "price"), ("baseline", "control")
    assert overrides("controls", {"price": -2}, names, groups) == {"price": -2.0}
    with pytest.raises(SpecError, match="controls: price is nan; give a finite number"):  # NaN would mean: solve it
        overrides("controls", {"price": float("nan")}, names, groups)
    with pytest.raises(SpecError, match=r"baseline is .*, from intercept"):
        overrides("baseline", {"price": 1.0}, names, groups)
