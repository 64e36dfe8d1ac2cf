from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from tests.diagnostics.market import dataset, frame
from xl_mmm.measures import MEANINGS
from xl_mmm.report.labels import LABELS
from xl_mmm.report.window import last_day


@pytest.mark.parametrize(
    ("dates", "last"),
    [
        (pd.date_range("2024-01-01", periods=60, freq="D"), date(2024, 2, 29)),
        (pd.date_range("2024-01-01", periods=60, freq="7D"), date(2025, 2, 23)),
        (pd.date_range("2020-01-01", periods=60, freq="MS"), date(2024, 12, 31)),
    ],
)
def test_the_last_day_of_the_last_period(dates, last):
    assert last_day(dataset(frame(60).assign(week=dates))) == last


def test_statistics_have_a_label_each():
    assert list(LABELS) == list(MEANINGS)
