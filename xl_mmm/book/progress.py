"""How far a job is, as one number that only grows."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[int, int], None]  # (steps done, steps in all)

FIT_STEPS, CHECK_STEPS = 200, 800  # of progress: the checks fit five times with ranges, and often without


def never_back(progress: Progress) -> Progress:
    """Return a report that never goes back: sampling expects more work while its chains have not met."""
    furthest = 0

    def tell(done: int, total: int) -> None:
        nonlocal furthest
        furthest = max(furthest, done)
        progress(furthest, total)

    return tell


def parts(progress: Progress | None) -> tuple[Progress | None, Progress | None]:
    """Split a run's progress: the fit, then the checks that fit again, each as it goes from none to all of its work."""
    if progress is None:
        return None, None
    forward = never_back(progress)

    def fitting(done: int, total: int) -> None:
        forward(FIT_STEPS * done // max(total, 1), FIT_STEPS + CHECK_STEPS)

    def checking(done: int, total: int) -> None:
        forward(FIT_STEPS + CHECK_STEPS * done // max(total, 1), FIT_STEPS + CHECK_STEPS)

    return fitting, checking
