"""Sentences of a timing never contradict its figures."""

from __future__ import annotations

import numpy as np
import pytest

from xl_mmm.report.findings import money
from xl_mmm.report.timing_words import CLOSE, TimingFacts, sentences
from xl_mmm.tables import names as n


def facts(seed: int) -> TimingFacts:
    rng = np.random.default_rng(seed)
    size = 10 ** rng.uniform(0, 8)
    low, gain, high = np.sort(rng.normal(scale=size, size=3) + rng.choice([-size, 0, size]))
    gap = None if rng.random() < 0.2 else float(10 ** rng.uniform(-7, -1))
    name = rng.choice([n.TODAY, "Cut"])
    return TimingFacts(str(name), "2026-01-05", "even", float(gain), float(low), float(high), "revenue", gap, 3.0, 0.9)


@pytest.mark.parametrize("seed", range(60))
def test_words_follow_the_figures(seed: int) -> None:
    given = facts(seed)
    what, proof, follow = sentences(given)
    assert (f"{money(given.gain)} more revenue than even" in what) == (given.low > 0)
    assert ("not enough evidence" in what) == (given.low <= 0 < given.gain)
    assert ("no better than even" in what) == (given.gain <= 0 and given.low <= 0)
    assert f"90 % range {money(given.low, sign=True)} to {money(given.high, sign=True)}" in what
    assert ("not proven" in proof) == (given.gap is None)
    assert ("by more than" in proof) == (given.gap is not None and given.gap >= CLOSE)
    assert "0.0 %" not in proof
    assert n.OPTIMIZED_FLIGHTING in follow
    assert max(map(len, (what, proof, follow))) <= 255
