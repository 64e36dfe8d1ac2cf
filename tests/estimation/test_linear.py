"""NIST's certified regressions, refusals, and the non-negative solver against SciPy."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import nnls

from xl_mmm.errors import FitError
from xl_mmm.estimation.linear import factor, nonnegative

NIST = json.loads((Path(__file__).parents[1] / "golden" / "nist_linear.json").read_text())["cases"]
DIGITS = {
    "Norris": 9, "NoInt1": 9, "NoInt2": 9, "Longley": 9, "Pontius": 9, "Wampler1": 9, "Wampler2": 9, "Wampler3": 9,
    "Wampler4": 7.5, "Wampler5": 5.8, "Filip": 6,
}  # fmt: skip


def nist_design(name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    case = NIST[name]
    rows, certified = np.array(case["rows"]), np.array(case["certified"])
    y, x = rows[:, 0], rows[:, 1:]
    if name == "Longley":
        return np.column_stack([np.ones(len(y)), x]), y, certified
    if name.startswith("NoInt"):
        return x, y, certified
    return np.column_stack([x[:, 0] ** power for power in range(len(certified))]), y, certified


@pytest.mark.parametrize("name", NIST)
def test_nist_coefficients_have_the_promised_digits(name: str) -> None:
    design, y, certified = nist_design(name)
    error = np.abs(factor(design).solve(y) - certified) / np.abs(certified)
    assert -np.log10(error.max() + 1e-16) >= DIGITS[name]


@pytest.mark.parametrize("factor_", [1e-6, 3.0, 1e6])
@pytest.mark.parametrize("name", ["Longley", "Norris"])
def test_units_do_not_change_the_answer(name: str, factor_: float) -> None:
    design, y, _ = nist_design(name)
    scale = np.ones(design.shape[1])
    scale[-1] = factor_
    plain = factor(design).solve(y)
    np.testing.assert_allclose(factor(design * scale).solve(y) * scale, plain, rtol=1e-10)
    np.testing.assert_allclose(factor(design).solve(y * factor_) / factor_, plain, rtol=1e-10)
    np.testing.assert_allclose(factor(design[::-1]).solve(y[::-1]), plain, rtol=1e-10)


def test_a_repeated_column_is_named() -> None:
    x = np.random.default_rng(0).normal(size=(30, 2))
    with pytest.raises(FitError, match=r"repeats what price.* already say") as caught:
        factor(np.column_stack([x[:, 0] * 3, x[:, 1], x[:, 0]]), ["price", "rain", "price_again"])
    assert set(caught.value.columns) == {"price", "price_again"}


def test_an_empty_column_and_too_few_rows_are_refused() -> None:
    with pytest.raises(FitError, match="event: zero in every row"):
        factor(np.column_stack([np.ones(5), np.zeros(5)]), ["intercept", "event"])
    with pytest.raises(FitError, match="3 rows cannot carry 4"):
        factor(np.ones((3, 4)))


def test_nonnegative_agrees_with_scipy() -> None:
    rng = np.random.default_rng(1)
    for columns in (1, 3, 8, 15):
        x = rng.normal(size=(40, 60, columns)) + rng.normal(size=(40, 60, 1))
        y = (x * rng.normal(0.2, 1, size=(40, 1, columns))).sum(axis=2) + rng.normal(size=(40, 60))
        ours = nonnegative(np.matmul(x.transpose(0, 2, 1), x), np.einsum("btk,bt->bk", x, y))
        theirs = np.array([nnls(a, b)[0] for a, b in zip(x, y, strict=True)])
        np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-8)


def test_nonnegative_survives_twins() -> None:
    x = np.random.default_rng(2).normal(size=(50, 1))
    twins = np.repeat(x, 2, axis=1)
    c = nonnegative((twins.T @ twins)[None], (twins.T @ x[:, 0])[None])
    assert c.sum() == pytest.approx(1.0, rel=1e-6)
    assert (c >= 0).all()
