"""Choices: what is accepted is understood, what is not understood is refused; nothing falls back to a default."""

from __future__ import annotations

import numpy as np
import pytest

from xl_mmm.errors import SpecError
from xl_mmm.spec import ChannelSpec, ModelSpec


def test_numbers_of_numpy_and_lists_are_choices_like_ours() -> None:
    assert ChannelSpec(decay=np.float32(0.25), slope=np.int64(1)) == ChannelSpec(decay=0.25, slope=1.0)
    assert ChannelSpec(decay=[0.25, 0.5]) == ChannelSpec(decay=(0.25, 0.5))
    assert ChannelSpec(max_lag=np.int64(6)).max_lag == 6


@pytest.mark.parametrize("value", ["0.5", True, float("nan"), float("inf"), (0.1, float("inf")), ("a", "b"), {}])
def test_what_is_no_choice_is_refused(value: object) -> None:
    with pytest.raises(SpecError, match=r"decay is .*; give a finite number, a range \(low, high\), or None"):
        ChannelSpec(decay=value)


@pytest.mark.parametrize("value", [(0.5, 0.5), (0.5, 0.2), (0.1, 0.2, 0.3)])
def test_a_range_has_two_ends_in_order(value: tuple[float, ...]) -> None:
    with pytest.raises(SpecError, match=r"a range is .* with low below high"):
        ChannelSpec(decay=value)


@pytest.mark.parametrize("value", [-1, 2.5, float("nan"), "12"])
def test_counts_are_whole_numbers(value: object) -> None:
    with pytest.raises(SpecError, match="max_lag is"):
        ChannelSpec(max_lag=value)
    with pytest.raises(SpecError, match="seasonality is"):
        ModelSpec(seasonality=value)
    with pytest.raises(SpecError, match="knots is"):
        ModelSpec(knots=value)


@pytest.mark.parametrize("value", [0.0, 1.2, float("nan"), "0.5"])
def test_margin_is_a_fraction(value: object) -> None:
    with pytest.raises(SpecError, match="margin is"):
        ModelSpec(margin=value)


def test_signs_of_controls_are_two_words_and_belong_to_controls() -> None:
    spec = ModelSpec(control_signs={"price": "negative"})
    spec.check_names(("tv",), ("price", "rain"))
    with pytest.raises(SpecError, match="No control is called 'price'; the data have rain"):
        spec.check_names(("tv",), ("rain",))
    with pytest.raises(SpecError, match="No control is called 'price'; the data have none"):
        spec.check_names(("tv",), ())
    with pytest.raises(SpecError, match="The sign of the control 'price' is 'down'; choose one of positive, negative"):
        ModelSpec(control_signs={"price": "down"})


def test_choices_of_a_channel_are_a_channel_spec() -> None:
    with pytest.raises(SpecError, match="The choices of tv are"):
        ModelSpec(channels={"tv": {"decay": 0.5}})


def test_a_belief_about_the_size_is_on_one_quantity() -> None:
    assert (ChannelSpec().prior_on, ChannelSpec().size) == ("roi", None)
    assert (ChannelSpec(mroi=(0.5, 2.0)).prior_on, ChannelSpec(mroi=(0.5, 2.0)).size) == ("mroi", (0.5, 2.0))
    assert ChannelSpec(share=0.04).size == 0.04


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({"roi": (1.0, 2.0), "share": 0.1}, "roi and share are both given"),
        ({"mroi": 1.2}, "cannot be fixed: give a range"),
        ({"mroi": (0.0, 1.2)}, "mroi is .* above zero"),
        ({"share": (0.1, 1.2)}, "a fraction of the KPI, at most 1"),
        ({"share": -0.1}, "share is -0.1; it must be above zero"),
        ({"half_life": 2.0, "decay": 0.5}, "half_life and decay are both given"),
        ({"half_effect_spend": 2.0, "half_saturation": 5.0}, "half_effect_spend and half_saturation are both given"),
        ({"half_life": (0.0, 2.0)}, "half_life is .* above zero"),
        ({"half_effect_spend": 0.0}, "half_effect_spend is 0.0; it must be above zero"),
        ({"half_life": 2.0, "adstock": "delayed"}, "give decay and peak_lag, or choose geometric or binomial"),
        ({"half_life": 2.0, "adstock": "weibull_pdf"}, "give weibull_shape and weibull_scale"),
        ({"half_effect_spend": 9.0, "saturation": "power"}, "no full effect to take half of; give exponent"),
        ({"half_effect_spend": 9.0, "saturation": "log"}, "give curvature"),
        ({"typical_week": 0.0}, "typical_week is 0.0; give media units a week, above zero"),
        ({"typical_week": "1"}, "typical_week is '1'"),
    ],
)
def test_beliefs_that_contradict_or_say_nothing_are_refused(choices: dict, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        ChannelSpec(**choices)
