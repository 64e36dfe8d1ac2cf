"""The most that any plan could be worth, draw by draw: what regret is measured from.

A draw's own best plan is found by Lagrange's dual over bounds and budget, on cubics through the tabulated responses: at
each price of money every channel spends where its worth less the price is largest, and the lowest sum over prices is
reached by no plan within bounds and budget. Groups and other rows are not looked at, so regret is never told too small.
All draws are worked on at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from xl_mmm.planning.search import Search
    from xl_mmm.planning.setup import Setup
    from xl_mmm.planning.table import Table

Array = NDArray[np.float64]

GRID = 49  # amounts of money of a channel
HALVINGS = 40  # of the range of prices


def most_by_draw(setup: Setup, search: Search, table: Table) -> Array:
    """Return a worth that no plan within bounds and budget exceeds in a draw, (draw,), but for the grid.

    Parameters
    ----------
    setup, search, table
        The problem, its moving channels, and their responses.
    """
    program, share = search.program, np.linspace(0.0, 1.0, GRID)
    money = program.low + share[:, None] * (program.high - program.low)  # (grid, channel)
    value = np.stack([table.smooth_draws(plan)[0] for plan in money], axis=2)  # (draw, channel, grid)
    worth = program.share * value - (program.price * money).T
    rest = settled(setup, search)
    if setup.limits.budget is None:
        return np.asarray(worth.max(axis=2).sum(axis=1) + rest)
    budget = program.row_high[0]  # the budget is the first row
    steepest = float(np.abs(np.diff(worth, axis=2) / np.diff(money, axis=0).T).max())
    low = np.full(len(worth), -steepest if program.row_low[0] == budget else 0.0)
    high, least = np.full(len(worth), steepest), np.full(len(worth), np.inf)
    for _ in range(HALVINGS):
        price = (low + high) / 2
        left = worth - price[:, None, None] * money.T
        at = left.argmax(axis=2)[:, :, None]
        spent = np.take_along_axis(np.broadcast_to(money.T, left.shape), at, axis=2).sum(axis=(1, 2))
        least = np.minimum(least, np.take_along_axis(left, at, axis=2).sum(axis=(1, 2)) + price * budget)
        low, high = np.where(spent > budget, price, low), np.where(spent > budget, high, price)
    return least + rest


def settled(setup: Setup, search: Search) -> Array:
    """Return the worth of the channels that do not move, (draw,)."""
    fixed = np.setdiff1d(np.arange(len(search.rest)), search.free)
    revenue = setup.valued.revenue(setup.limits.multiples(search.rest))[:, 0, fixed].sum(axis=1)
    return np.asarray(setup.share * revenue - setup.price @ search.rest)
