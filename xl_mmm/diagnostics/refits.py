"""What the checks that fit again are handed: the same choices on other data, and a way to say how far they are."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from xl_mmm.experiments import usable_tests

if TYPE_CHECKING:
    from xl_mmm.dataset import Dataset
    from xl_mmm.posterior import Posterior
    from xl_mmm.spec import ModelSpec

Progress = Callable[[int, int], None]
STEPS = 100  # of progress, each fit with ranges; a fit without takes some of them
STEPS_OF_ESTIMATE = 10


class Refit(Protocol):
    """Fits again by the model's own method and seed."""

    def __call__(self, dataset: Dataset, spec: ModelSpec, *, ranges: bool, progress: Progress | None) -> Posterior:
        """Return the model of `dataset`; of one draw unless its ranges are wanted."""


@dataclass(frozen=True, slots=True)
class Refits:
    """A model as the checks need it that fit it again.

    Attributes
    ----------
    estimate
        The estimate of the whole data as a posterior of one draw: what estimates of other data are compared with.
    fit
        Fits again.
    """

    estimate: Posterior
    fit: Refit


@dataclass(slots=True)
class Work:
    """Fits one after the other and reports how far they are.

    Attributes
    ----------
    refit
        Fits again.
    expected
        Steps of all the fits to come: `STEPS` with ranges, `STEPS_OF_ESTIMATE` without.
    progress
        Called with (steps done, steps expected); None reports nothing.
    done
        Steps so far.
    """

    refit: Refit
    expected: int
    progress: Progress | None
    done: int = 0

    def fit(self, dataset: Dataset, spec: ModelSpec, *, ranges: bool) -> Posterior:
        """Fit the choices that still make sense on these data, and count the work.

        Raises
        ------
        FitError, SpecError
            The data cannot carry the model.
        """
        steps = STEPS if ranges else STEPS_OF_ESTIMATE
        try:
            return self.refit(dataset, choices_for(spec, dataset), ranges=ranges, progress=self._part(steps))
        finally:
            self.done += steps
            self._tell(self.done)

    def _part(self, steps: int) -> Progress | None:
        """Return a report of one fit that moves the whole by `steps`."""
        if self.progress is None:
            return None
        return lambda done, total: self._tell(self.done + steps * done // max(total, 1))

    def _tell(self, done: int) -> None:
        if self.progress is not None:
            self.progress(min(done, self.expected), self.expected)


def choices_for(spec: ModelSpec, dataset: Dataset) -> ModelSpec:
    """Return the choices that data cut from the model's own still have a use for.

    Channels that are left out lose their choices, and lift tests are kept that these data hold whole: a test of weeks
    that are kept back would give the answer away.
    """
    names = (*dataset.channels, *dataset.organic)
    kept = {name: choice for name, choice in spec.channels.items() if name in names}
    return dataclasses.replace(spec, channels=kept, lift_tests=usable_tests(dataset, spec.lift_tests))
