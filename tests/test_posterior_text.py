"""The model as text: same numbers, readable first line, damage refused."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xl_mmm import posterior_text
from xl_mmm.errors import MmmError
from xl_mmm.fitting import FittedMMM, fit
from xl_mmm.posterior_text import LINE, notes_of, to_text
from xl_mmm.simulation import simulate
from xl_mmm.spec import ChannelSpec, LiftTest, ModelSpec

MARKET = simulate(weeks=110, channels=2, seed=8, names=["tv", "search"])
SPEC = ModelSpec(
    channels={"tv": ChannelSpec(decay=(0.2, 0.8), saturation="tanh")}, knots=2, margin=0.4,
    control_signs={"Price index": "negative"},
    lift_tests=(LiftTest("tv", "2021-08-02", "2021-08-30", -1e4, -2e4, 5e3),),
)  # fmt: skip


@pytest.fixture(scope="module")
def text() -> str:
    return fit(MARKET.dataset, SPEC, draws=6).to_text()


def test_the_same_numbers_come_out(text: str) -> None:
    model = fit(MARKET.dataset, SPEC, draws=6)
    read = FittedMMM.from_text(text)
    np.testing.assert_array_equal(read.posterior.media.coefficient, model.posterior.media.coefficient)
    np.testing.assert_array_equal(read.contribution().to_numpy(), model.contribution().to_numpy())
    assert read.spec == model.spec
    assert read.dataset.sha == model.dataset.sha
    assert read.to_text() == text


def test_the_first_line_is_readable_and_no_line_is_long(text: str) -> None:
    first, *rest = text.split("\n")
    assert first.startswith("xl_mmm model 3 · ols · 6 draws · data ")
    assert all(len(line) <= LINE for line in rest)


def test_damage_and_foreign_text_are_refused(text: str) -> None:
    with pytest.raises(MmmError, match="not a stored model"):
        FittedMMM.from_text("hello")
    with pytest.raises(MmmError, match="checksum does not match"):
        FittedMMM.from_text(text[:-40] + text[-36:])
    with pytest.raises(MmmError, match="damaged"):
        FittedMMM.from_text(text[:-10] + "!!" + text[-8:])
    with pytest.raises(MmmError, match="schema 9"):
        FittedMMM.from_text(text.replace("model 3", "model 9", 1))


@given(st.data())
def test_no_character_can_be_changed(text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters().filter(lambda c: c != text[place]))
    with pytest.raises(MmmError):
        FittedMMM.from_text(text[:place] + other + text[place + 1 :])


def test_no_line_can_be_dropped_or_swapped(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posterior_text, "LINE", 1000)
    lines = FittedMMM.from_text(text).to_text().split("\n")
    assert len(lines) > 3
    for i in range(len(lines)):
        with pytest.raises(MmmError):
            FittedMMM.from_text("\n".join(lines[:i] + lines[i + 1 :]))
    for i in range(len(lines) - 1):
        with pytest.raises(MmmError):
            FittedMMM.from_text("\n".join([*lines[:i], lines[i + 1], lines[i], *lines[i + 2 :]]))


def test_notes_stand_in_the_first_line_and_are_sealed(text: str) -> None:
    model = FittedMMM.from_text(text)
    noted = to_text(model.posterior, model.estimate, ["STALE: data changed", "BY HAND: tv decay"])
    assert notes_of(noted) == ("STALE: data changed", "BY HAND: tv decay")
    assert notes_of(text) == notes_of("hello · a · b · c · d · e") == ()
    assert FittedMMM.from_text(noted).to_text() == text
    with pytest.raises(MmmError, match="checksum"):
        FittedMMM.from_text(noted.replace("STALE: data changed · ", "", 1))


def resealed(text: str, change: Callable[[dict[str, Any]], object]) -> str:
    """The same model with another header, and a checksum that holds."""
    first, _, rest = text.partition("\n")
    body = zlib.decompress(base64.b64decode("".join(rest.split())))
    end = 8 + int.from_bytes(body[:8], "little")
    header = json.loads(body[8:end])
    change(header)
    head = json.dumps(header).encode()
    packed = base64.b64encode(zlib.compress(len(head).to_bytes(8, "little") + head + body[end:])).decode()
    said = first.rpartition(" · ")[0]
    checksum = hashlib.sha256(f"{said}\n{packed}".encode()).hexdigest()
    return f"{said} · {checksum}\n{packed}"


def last_shape(header: dict[str, Any]) -> None:
    header["arrays"][-1][2] = [10**9]


def fewer_channels(header: dict[str, Any]) -> None:
    (place,) = (i for i, array in enumerate(header["arrays"]) if array[0] == "draws:coefficient")
    header["arrays"][place][2] = [12, 1]


@pytest.mark.parametrize(
    "change",
    [
        lambda header: header.pop("spec"), lambda header: header.update(data=None), last_shape, fewer_channels,
        lambda header: header["spec"].update(colour="red"), lambda header: header["arrays"][0].__setitem__(1, "|O"),
    ],
)  # fmt: skip
def test_a_body_that_nobody_wrote_is_refused_whatever_its_checksum(text: str, change: Callable[..., object]) -> None:
    assert FittedMMM.from_text(resealed(text, lambda header: None)).to_text() == text
    with pytest.raises(MmmError, match="its parts do not fit together"):
        FittedMMM.from_text(resealed(text, change))
