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

from xl_mmm.errors import MmmError
from xl_mmm.fitting import FittedMMM, fit
from xl_mmm.posterior_text import LINE
from xl_mmm.simulation import simulate
from xl_mmm.spec import ChannelSpec, LiftTest, ModelSpec

MARKET = simulate(weeks=110, channels=2, seed=8, names=["tv", "search"])
SPEC = ModelSpec(
    channels={"tv": ChannelSpec(decay=(0.2, 0.8), saturation="tanh")}, knots=2, margin=0.4,
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
    assert first.startswith("xl_mmm model 1 · ols · 6 draws")
    assert all(len(line) <= LINE for line in rest)


def test_damage_and_foreign_text_are_refused(text: str) -> None:
    with pytest.raises(MmmError, match="not a stored model"):
        FittedMMM.from_text("hello")
    with pytest.raises(MmmError, match="checksum does not match"):
        FittedMMM.from_text(text[:-40] + text[-36:])
    with pytest.raises(MmmError, match="damaged"):
        FittedMMM.from_text(text[:-10] + "!!" + text[-8:])
    with pytest.raises(MmmError, match="schema 9"):
        FittedMMM.from_text(text.replace("model 1", "model 9", 1))


def resealed(text: str, change: Callable[[dict[str, Any]], object]) -> str:
    """The same model with another header, and a checksum that holds."""
    first, _, rest = text.partition("\n")
    body = zlib.decompress(base64.b64decode("".join(rest.split())))
    end = 8 + int.from_bytes(body[:8], "little")
    header = json.loads(body[8:end])
    change(header)
    head = json.dumps(header).encode()
    packed = zlib.compress(len(head).to_bytes(8, "little") + head + body[end:])
    seal = f"{first.rpartition(' ')[0]} {hashlib.sha256(packed).hexdigest()}"
    return f"{seal}\n{base64.b64encode(packed).decode()}"


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
