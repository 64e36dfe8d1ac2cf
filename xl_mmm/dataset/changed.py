"""The same market seen otherwise: a channel less, a channel more, still columns out, a later start, other money.

Each gives a new dataset; figures, references of controls and findings stay as they are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from xl_mmm.dataset.record import MONEY, as_panel, assemble
from xl_mmm.errors import SpecError

if TYPE_CHECKING:
    from xl_mmm.dataset.panel import Array, GeoPanel
    from xl_mmm.dataset.record import Dataset
    from xl_mmm.rules import Roles


def without_channel(dataset: Dataset, channel: str) -> Dataset:
    """Return the dataset without a paid channel.

    Raises
    ------
    SpecError
        No such channel, or the only one.
    """
    if channel not in dataset.channels or len(dataset.channels) == 1:
        raise SpecError(f"{channel!r} cannot be left out of the channels {', '.join(dataset.channels)}.")
    k, panel, roles = dataset.channels.index(channel), as_panel(dataset), dataset.roles
    fewer = replace(panel, spend=np.delete(panel.spend, k, axis=2), media=np.delete(panel.media, k, axis=2))
    media = {name: header for name, header in roles.media.items() if name != channel}
    kept = tuple(name for name in roles.spend if name != channel)
    return _made(dataset, fewer, replace(roles, spend=kept, media=media))


def without_still(dataset: Dataset) -> Dataset:
    """Return the dataset without what never moves in the window: media that never ran, controls that stay the same.

    Raises
    ------
    SpecError
        No paid channel ran.
    """
    panel, roles, window = as_panel(dataset), dataset.roles, dataset.window
    ran, sent = (figures[:, window].max(axis=(0, 1)) > 0 for figures in (panel.media, panel.organic_media))
    moves = np.ptp(panel.control_values[:, window], axis=(0, 1)) > 0
    if ran.all() and sent.all() and moves.all():
        return dataset
    if not ran.any():
        raise SpecError(f"None of {', '.join(dataset.channels)} ran in the window: there is nothing to learn.")
    channels = tuple(name for name, keep in zip(roles.spend, ran, strict=True) if keep)
    fewer = replace(
        panel, spend=panel.spend[..., ran], media=panel.media[..., ran], organic_media=panel.organic_media[..., sent],
        control_values=panel.control_values[..., moves],
    )  # fmt: skip
    kept = replace(
        roles, spend=channels, media={name: header for name, header in roles.media.items() if name in channels},
        organic=tuple(name for name, keep in zip(roles.organic, sent, strict=True) if keep),
        controls=tuple(name for name, keep in zip(roles.controls, moves, strict=True) if keep),
    )  # fmt: skip
    return _made(dataset, fewer, kept)


def with_shifted_copy(dataset: Dataset, channel: str, periods: int, name: str) -> Dataset:
    """Return the dataset with a further paid channel: money and media of another, later by `periods`.

    The rows go round: what is shifted past the last row comes in at the first.

    Raises
    ------
    SpecError
        No such channel, or the name is taken.
    """
    if channel not in dataset.channels or name in (*dataset.channels, *dataset.organic, *dataset.controls):
        raise SpecError(f"{name!r} cannot be added as a copy of {channel!r}.")
    k, panel, roles = dataset.channels.index(channel), as_panel(dataset), dataset.roles
    spend, media = (
        np.concatenate([figures, np.roll(figures[..., [k]], periods, axis=1)], axis=2)
        for figures in (panel.spend, panel.media)
    )
    exposure = {name: f"{name} {roles.media[channel]}"} if channel in roles.media else {}
    more = replace(roles, spend=(*roles.spend, name), media={**roles.media, **exposure})
    return _made(dataset, replace(panel, spend=spend, media=media), more)


def with_later_start(dataset: Dataset, periods: int) -> Dataset:
    """Return the dataset with the window's first `periods` rows as history.

    Raises
    ------
    SpecError
        No window would be left.
    """
    if not 0 <= periods < dataset.n_weeks:
        raise SpecError(f"A window of {dataset.n_weeks} periods cannot start {periods} later.")
    return _made(dataset, as_panel(dataset), dataset.roles, dataset.n_history + periods)


def with_spend_times(dataset: Dataset, factors: Array) -> Dataset:
    """Return the dataset with spend times factors, (n_rows, n_channels): another currency, or units at their cost.

    Exposure that is the spend itself moves along; exposure in units of its own stays.

    Raises
    ------
    SpecError
        A factor that is not a number above zero.
    """
    if factors.shape != dataset.spend.shape or not (np.isfinite(factors).all() and (factors > 0).all()):
        raise SpecError(f"Spend needs a table of {dataset.spend.shape} factors above zero.")
    panel, own = as_panel(dataset), np.array([unit != MONEY for unit in dataset.media_units])
    media = panel.media * np.where(own, 1.0, factors)
    return _made(dataset, replace(panel, spend=panel.spend * factors, media=media), dataset.roles)


def _made(dataset: Dataset, panel: GeoPanel, roles: Roles, n_history: int | None = None) -> Dataset:
    """Assemble a panel as the dataset was, the controls' references as they are."""
    known = zip(dataset.controls, dataset.control_reference.tolist(), strict=True)
    references = {name: level for name, level in known if name in roles.controls}
    start = dataset.n_history if n_history is None else n_history
    made = assemble(panel, dataset.dates, roles, dataset.grain, start, dataset.faults, references)
    given = {name: level for name, level in dataset.given_references.items() if name in roles.controls}
    return replace(made, given_references=given)
