"""A channel less, a channel more, a later start: everything else stays."""

from __future__ import annotations

import numpy as np
import pytest

from tests.diagnostics.market import dataset, frame
from xl_mmm.dataset.changed import with_later_start, with_shifted_copy, without_channel
from xl_mmm.errors import SpecError


def test_a_channel_less():
    data = dataset(frame().assign(tv_grp=range(130)), media={"tv": "tv_grp"})
    fewer = without_channel(data, "tv")
    assert (fewer.channels, fewer.media_units, dict(fewer.roles.media)) == (("search",), ("money",), {})
    assert fewer.spend[:, 0].tolist() == data.spend[:, 1].tolist()
    assert fewer.kpi.tolist() == data.kpi.tolist()
    assert fewer.control_reference.tolist() == data.control_reference.tolist()
    kept = without_channel(data, "search")
    assert kept.media[:, 0].tolist() == list(range(130))
    assert kept.media_units == data.media_units[:1]
    assert without_channel(kept_and_more(kept), "copy").sha == kept.sha


def kept_and_more(data):
    return with_shifted_copy(data, "tv", 40, "copy")


@pytest.mark.parametrize("name", ["radio", "tv"])
def test_no_channel_or_the_only_one_cannot_go(name):
    data = dataset(frame(), spend=["tv"])
    with pytest.raises(SpecError, match="cannot be left out"):
        without_channel(data, name)


def test_a_copy_goes_round():
    data = dataset(frame().assign(tv_grp=range(130)), media={"tv": "tv_grp"})
    more = kept_and_more(data)
    assert more.channels == ("tv", "search", "copy")
    assert more.media[:40, 2].tolist() == list(range(90, 130))
    assert more.media[40:, 2].tolist() == list(range(90))
    assert more.spend[:, 2].sum() == data.spend[:, 0].sum()
    assert more.media_units[2] not in (data.media_units[0], "money")
    assert with_shifted_copy(data, "search", 1, "copy").media_units[2] == "money"
    for channel, name in (("radio", "copy"), ("tv", "search"), ("tv", "price")):
        with pytest.raises(SpecError, match="cannot be added"):
            with_shifted_copy(data, channel, 1, name)


def test_a_later_start_makes_history():
    data = dataset(frame(), window=("2022-03-07", None))
    later = with_later_start(data, 20)
    assert later.n_history == data.n_history + 20
    assert later.window_dates.tolist() == data.window_dates[20:].tolist()
    assert later.control_reference.tolist() == data.control_reference.tolist()
    with pytest.raises(SpecError, match="cannot start"):
        with_later_start(data, data.n_weeks)


def test_regions_change_alike():
    table = frame()
    data = dataset(
        table.loc[table.index.repeat(2)].assign(region=["n", "s"] * 130), geo="region",
    )  # fmt: skip
    more, fewer = kept_and_more(data), without_channel(data, "tv")
    assert more.geo is not None
    assert fewer.geo is not None
    assert (more.geo.spend.shape, fewer.geo.spend.shape) == ((2, 130, 3), (2, 130, 1))
    assert np.array_equal(more.geo.media[1, 40:, 2], data.geo.media[1, :-40, 0])
    assert more.spend[:, 2] == pytest.approx(np.roll(data.spend[:, 0], 40))
