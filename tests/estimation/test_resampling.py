"""Block length, block structure, inflation."""

from __future__ import annotations

import numpy as np

from xl_mmm.estimation.resampling import block_length, moving_blocks


def test_block_length_by_hand() -> None:
    assert block_length(64) == 6  # 1.5 x 4
    assert block_length(156) == 9  # 1.5 x 5.38 = 8.07, rounded up
    assert block_length(2) == 2


def test_draws_are_runs_of_the_centred_inflated_residuals() -> None:
    residual = np.arange(20.0) ** 1.5
    draws = moving_blocks(residual, 4, 50, np.random.default_rng(3))
    expected = (residual - residual.mean()) * np.sqrt(20 / 16)
    assert draws.shape == (50, 20)
    length = block_length(20)
    for start in range(0, 20, length):
        block = draws[:, start : start + length]
        place = np.abs(expected[None, :] - block[:, :1]).argmin(axis=1)
        for row, at in zip(block, place, strict=True):
            np.testing.assert_allclose(row, expected[at : at + block.shape[1]])


def test_same_seed_same_draws() -> None:
    residual = np.random.default_rng(0).normal(size=40)
    first, second = (moving_blocks(residual, 3, 5, np.random.default_rng(9)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
