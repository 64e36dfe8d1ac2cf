"""`fit_regions`: every region of a panel fitted by itself, and all of them together as one posterior.

There is no pooling: a region is estimated from its own rows alone, so a region with little data or little media has
wide ranges. Regions share the choices, see `xl_mmm.resolution.for_a_region` for what is scaled to their size.

The classical methods draw the same weeks for every region (one seed), so what moves all regions in a week widens the
ranges of their totals. `bayes` samples each region from a seed of its own, as if their noise were independent; where
residuals of regions move together, ranges of totals by `bayes` are too narrow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from xl_mmm.dataset.changed import without_still
from xl_mmm.errors import FitError, SpecError
from xl_mmm.fitting import FittedMMM, fit
from xl_mmm.posterior_regions import Joint, side_by_side
from xl_mmm.resolution import for_a_region
from xl_mmm.spec import ModelSpec

if TYPE_CHECKING:
    from xl_mmm.dataset import Dataset

Progress = Callable[[int, int], None]

STEPS = 1000  # of progress that a region counts for


@dataclass(frozen=True, eq=False)
class FittedRegions(Mapping[str, FittedMMM]):
    """Models by region.

    Attributes
    ----------
    dataset
        The panel.
    models
        Region -> its model. Its data lack what never moved in the region: media that never ran, controls that stay
        the same.
    """

    dataset: Dataset
    models: Mapping[str, FittedMMM]

    def __getitem__(self, region: str) -> FittedMMM:
        return self.models[region]

    def __iter__(self) -> Iterator[str]:
        return iter(self.models)

    def __len__(self) -> int:
        return len(self.models)

    @cached_property
    def joint(self) -> Joint:
        """All regions as one posterior, see `xl_mmm.posterior_regions`.

        Raises
        ------
        SpecError
            A KPI unit is worth different money in different regions.
        """
        return side_by_side({region: model.posterior for region, model in self.models.items()})


def fit_regions(
    dataset: Dataset,
    spec: ModelSpec | Mapping[str, ModelSpec] | None = None,
    *,
    method: str = "ols",
    seed: int = 1,
    draws: int | None = None,
    progress: Progress | None = None,
) -> FittedRegions:
    """Fit every region of a panel by itself.

    Parameters
    ----------
    dataset
        Data with at least two regions.
    spec
        Choices for the whole market, scaled to each region's size; or region -> choices in its own terms.
    method, seed, draws
        As in `fit`.
    progress
        As in `fit`, over all regions. What it raises ends the work, and nothing is left of it.

    Raises
    ------
    SpecError
        No regions, choices for unknown ones, or experiments on the whole market that no region can answer.
    DatasetError, FitError
        As of `Dataset.region` and `fit`, naming the region.
    """
    if dataset.geo is None or len(dataset.geo.names) < 2:
        raise SpecError("The data have fewer than two regions; name the column that holds them, or use fit.")
    regions = dataset.geo.names
    own = _specs_of(dataset, regions, spec, method)
    models = {}
    for number, region in enumerate(regions):
        report = None if progress is None else partial(_report, progress, number, len(regions))
        try:
            data = without_still(dataset.region(region))
            choices = own[region] if own else for_a_region(dataset, data, _whole(spec))
            models[region] = fit(
                data, choices, method=method, seed=region_seed(seed, region, method), draws=draws, progress=report
            )
        except FitError as error:
            raise FitError(f"{region}: {error}", error.columns) from error
        except SpecError as error:
            raise SpecError(f"{region}: {error}") from error
    return FittedRegions(dataset, models)


def region_seed(seed: int, region: str, method: str) -> int:
    """Return the seed of a region's fit: for `bayes` one of its own, whatever other regions there are."""
    if method != "bayes":
        return seed
    return int(np.random.SeedSequence([int(seed), *region.encode()]).generate_state(1)[0])


def _whole(spec: ModelSpec | Mapping[str, ModelSpec] | None) -> ModelSpec:
    return spec if isinstance(spec, ModelSpec) else ModelSpec()


def _specs_of(
    dataset: Dataset, regions: tuple[str, ...], spec: ModelSpec | Mapping[str, ModelSpec] | None, method: str
) -> Mapping[str, ModelSpec]:
    """Return the choices given by region; none where they are given for the whole market.

    Raises
    ------
    SpecError
        As `fit_regions` says.
    """
    if isinstance(spec, Mapping):
        if set(spec) != set(regions):
            wrong = ", ".join(sorted(set(spec) ^ set(regions)))
            raise SpecError(f"Choices by region need one for each of {', '.join(regions)} and no other; see {wrong}.")
        return spec
    whole = _whole(spec)
    whole.check_names((*dataset.channels, *dataset.organic), dataset.controls)
    if whole.lift_tests and whole.lift_route != "none" and method == "bayes":
        test = whole.lift_tests[0]
        raise SpecError(
            f"The lift test of {test.channel} from {test.start} was measured on the whole market, and what each region "
            "had of it is not known. Plan regions without experiments (lift_route 'none'), or give each region its own "
            "choices with the tests that were run there."
        )
    return {}


def _report(progress: Progress, number: int, count: int, done: int, expected: int) -> None:
    """Tell how far all regions are when one of them has done a part of its work."""
    progress(number * STEPS + STEPS * min(done, expected) // max(expected, 1), count * STEPS)
