"""Small models as blocks of cells, and functions called as a host calls them."""

from __future__ import annotations

import numpy as np

from tests.posteriors import FLAT, dataset, market, posterior
from xl_mmm.fitting import FittedMMM
from xl_mmm.functions import BLANK, Cells, Function
from xl_mmm.functions.models import block_of, model_of
from xl_mmm.posterior import Posterior
from xl_mmm.tables.names import MODEL_CHUNKS

LEVEL = 0.8


def block(model: Posterior) -> Cells:
    """Put a model into its prepared cells, blanks as the functions receive them."""
    text = FittedMMM(model, model.take(slice(0, 1))).to_text()
    return [[None if value == BLANK else value for value in row] for row in block_of(text.splitlines(), MODEL_CHUNKS)]


def kept(cells: Cells) -> Posterior:
    """Return the model as the functions decode it."""
    return model_of(cells).posterior


def run(function: Function, *given: object, **named: object):
    """Run a function with arguments by position, then by name; the rest is left out."""
    names = [argument.name for argument in function.arguments]
    values = [*given, *[None] * (len(names) - len(given))]
    for name, value in named.items():
        values[names.index(name)] = value
    return function.run(*values)


def columns(rows: Cells) -> dict[str, list[object]]:
    """Read a table with headers by column."""
    return dict(zip(rows[0], map(list, zip(*rows[1:], strict=True)), strict=True))


def bursty() -> Posterior:
    """Three channels, a control, history before the window, revenue of 2 a unit, margin 0.6."""
    return market(60, 3, 40, revenue_per_kpi=2.0, margin=0.6)


def orders() -> Posterior:
    """Make the same without a money value."""
    return market(60, 3, 40, revenue_per_kpi=None)


def with_organic() -> Posterior:
    """One paid channel and one organic medium, 30 draws; one more paid channel never spent anything."""
    rng = np.random.default_rng(4)
    data = dataset(
        {"tv": rng.gamma(4.0, 25.0, 60), "idle": np.zeros(60)}, organic={"posts": rng.poisson(5.0, 60)},
        kpi=2000 + 100 * rng.normal(size=60),
    )  # fmt: skip
    one = {"decay": rng.uniform(0.2, 0.6, 30), "half_saturation": 80.0, "slope": 1.0, "coefficient": 300.0}
    return posterior(
        data, {"tv": one, "idle": one, "posts": one | {"half_saturation": 6.0, "coefficient": 50.0}}, FLAT
    )
