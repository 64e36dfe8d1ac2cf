"""Smooth curves through tabulated responses: fast stand-ins for the exact ones while a plan is sought."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Spline:
    """One cubic spline per channel over a shared grid from 0 (least) to 1 (most).

    Attributes
    ----------
    least, room
        (channel,) money at grid 0, and from there to grid 1.
    curve
        (position, derivative order) -> (position, channel).
    """

    least: Array
    room: Array
    curve: Callable[[Array, int], Array]

    @classmethod
    def through(cls, grid: Array, x: Array, values: Array) -> Spline:
        """Interpolate.

        Parameters
        ----------
        grid
            (point,) from 0 to 1.
        x, values
            (point, channel) money and revenue.
        """
        from scipy.interpolate import CubicSpline

        return cls(x[0], x[-1] - x[0], CubicSpline(grid, values))

    def value(self, x: Array) -> float:
        """Return revenue of a plan, (channel,) money."""
        return float(self._at(x, 0).sum())

    def slope(self, x: Array) -> Array:
        """Return marginal revenue per unit of money, (channel,)."""
        return self._at(x, 1) / self.room

    def bend(self, x: Array) -> Array:
        """Return the slope's derivative, (channel,)."""
        return self._at(x, 2) / self.room**2

    def _at(self, x: Array, order: int) -> Array:
        position = np.clip((x - self.least) / self.room, 0.0, 1.0)
        return np.diagonal(self.curve(position, order)).copy()
