"""What no method can estimate is refused before the search, naming the columns and the way out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from xl_mmm.errors import FitError
from xl_mmm.estimation.linear import Basis

Array = NDArray[np.float64]

FEWEST_LIVE_WEEKS = 4  # weeks with media below which an effect cannot be told from those weeks' noise
LARGEST_VIF = 1000.0  # standard errors 32 times wider than without the other columns


def check_estimable(y: Array, media: Array, basis: Basis, names: tuple[str, ...], n_shapes: int) -> None:
    """Refuse data that cannot carry the model.

    Parameters
    ----------
    y
        (week,) KPI.
    media
        (week, column) exposure.
    basis
        Factored baseline and controls.
    names
        Media columns.
    n_shapes
        Transform parameters that are searched.

    Raises
    ------
    FitError
        Constant KPI, hardly any live weeks, constant media, more parameters than weeks, columns that repeat each other.
    """
    if np.ptp(y) == 0:
        raise FitError("The KPI is the same in every week: there is nothing to explain. Check the KPI column.")
    live = (media > 0).sum(axis=0)
    if short := [name for name, n in zip(names, live, strict=True) if n < FEWEST_LIVE_WEEKS]:
        raise FitError(
            f"{', '.join(short)}: fewer than {FEWEST_LIVE_WEEKS} weeks with media in the window, so an effect cannot "
            "be told from chance. Add it to another channel or take it out.",
            short,
        )
    if still := [name for name, column in zip(names, media.T, strict=True) if np.ptp(column) == 0]:
        raise FitError(
            f"{', '.join(still)}: the same media in every week, so its effect cannot be told from the baseline. Take "
            "it out, or run a test that switches it off.",
            still,
        )
    n_parameters = len(basis.pivot) + len(names) + n_shapes
    if len(y) <= n_parameters:
        raise FitError(
            f"{len(y)} weeks cannot carry {n_parameters} parameters. Add history, merge channels, or fix transforms."
        )
    _check_collinear(media, basis, names)


def _check_collinear(media: Array, basis: Basis, names: tuple[str, ...]) -> None:
    """Refuse a column whose variance inflation factor, beside baseline and other media, exceeds `LARGEST_VIF`."""
    standard = (media - media.mean(axis=0)) / media.std(axis=0)
    own = basis.residual(standard.T).T
    alike = np.abs(np.corrcoef(standard.T).reshape(len(names), len(names)))
    np.fill_diagonal(alike, -1.0)
    for k, name in enumerate(names):
        others = np.delete(own, k, axis=1)
        left = own[:, k] - others @ np.linalg.lstsq(others, own[:, k], rcond=1e-12)[0] if len(names) > 1 else own[:, k]
        if (left**2).sum() * LARGEST_VIF < len(standard):
            twin = names[int(np.argmax(alike[k]))] if len(names) > 1 else "the baseline"
            raise FitError(
                f"{name} moves with {twin} almost exactly: their effects cannot be told apart. Add the two together "
                "as one channel, or take one out.",
                [name, twin],
            )
