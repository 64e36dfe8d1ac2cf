"""What the buttons do; VBA calls them through `RunPython "import xl_mmm.hosts.macros as m; m.fit()"`.

Long work runs in a process of its own on a copy of the workbook (`xl_mmm.hosts.jobs`); Excel stays usable and `poll`,
which Excel calls every second, shows the progress and in the end writes once. Nothing is written when Cancel was
pressed, when the work failed, or when an input changed meanwhile. An input is never written.
"""

from __future__ import annotations

import functools
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xl_mmm.book import files
from xl_mmm.book.region_places import NO_SHEET
from xl_mmm.book.vba.buttons import BUTTONS, BY_FUNCTION
from xl_mmm.errors import SHOWN, CellError, MmmError
from xl_mmm.hosts import failures, jobs, open_book
from xl_mmm.tables import names

if TYPE_CHECKING:
    from collections.abc import Callable

PRINTED = (names.START, names.SCENARIOS, names.OPTIMIZER, names.REGIONS, names.PLAN, names.BOARD)  # for readers
CHANGED = "An input changed while the computation ran, so nothing was written. Press the button again."
_BETWEEN_POLLS = 1.0  # seconds
_PLACE = re.compile(r"(?:'((?:[^']|'')+)'|(\w+))!([A-Z]{1,3}[0-9]{1,7})\b")


def _button(action: Callable[[Any], None]) -> Callable[[], None]:
    """Make a button of a function of the workbook: what goes wrong becomes a message, never a dead Excel."""

    @functools.wraps(action)
    def pressed() -> None:
        book = open_book.caller()
        try:
            action(book)
        except MmmError as error:
            open_book.say(book, _listed(error.sentences), fault=True)
        except Exception as error:
            if open_book.is_refused(error):  # a press that Excel does not allow at the moment does nothing
                return
            where = failures.keep_traceback(error)
            open_book.show_status(book, None)
            sentence = f"xl_mmm failed on its own account ({type(error).__name__}). Details: {where}"
            open_book.say(book, sentence, fault=True)

    return pressed


# ---------------------------------------------------------------- long work


@_button
def fit(book: Any) -> None:
    """Fit the model and keep it in the workbook."""
    _begin(book, "fit")


@_button
def scenarios(book: Any) -> None:
    """Compute the scenarios anew from the kept model."""
    _begin(book, "scenarios")


@_button
def optimize(book: Any) -> None:
    """Search the best budget and keep it in the workbook."""
    _begin(book, "optimize")


@_button
def compare(book: Any) -> None:
    """Fit by every method and keep the comparison in the workbook."""
    _begin(book, "compare")


@_button
def weeks(book: Any) -> None:
    """Time the plan's money week by week and keep that in the workbook."""
    _begin(book, "weeks")


@_button
def regions(book: Any) -> None:
    """Fit every region and keep the plan by region in the workbook."""
    if names.REGIONS not in {sheet.name for sheet in book.sheets}:
        raise CellError(NO_SHEET)
    _begin(book, "regions")


@_button
def freeze(book: Any) -> None:
    """Freeze the plan of the time ahead in the workbook."""
    _begin(book, "freeze")


@_button
def poll(book: Any) -> None:
    """Show how far the work is; write the results when they are there."""
    _watch(book)


@_button
def cancel(book: Any) -> None:
    """End the work; nothing is written."""
    name = open_book.full_name(book)
    job = jobs.current(name)
    if job is not None and job.writing:
        open_book.say(book, "The results are being written already; this takes a moment.")
        return
    jobs.forget(name)
    open_book.show_status(book, None)
    stopped = "Nothing is running." if job is None else f"{_caption(job)} stopped. Nothing was written."
    open_book.say(book, stopped)


def _begin(book: Any, task: str) -> None:
    """Start the work, unless some is under way."""
    name = open_book.full_name(book)
    job = jobs.current(name)
    if job is not None and jobs.state(job) != jobs.FAILED:
        polled = jobs.is_polled(job)
        if jobs.state(job) == jobs.RUNNING:
            told = f"{_status(job)} It is still running; wait for it, or press Cancel first."
            open_book.say(book, told)
        if not polled:  # Excel was closed or its polling ended: take it up again
            _watch(book)
        return
    open_book.place(book)  # a workbook that was never saved is refused here
    inputs = open_book.inputs_hash(book)
    job = jobs.start(name, str(book.name), task, inputs, functools.partial(open_book.save_copy, book))
    _watch(book)


def _watch(book: Any) -> None:
    """Look once, and again in a second as long as there is work.

    Excel calls again on Windows; on macOS Excel does not wait for this process, which so stays and looks itself.
    """
    while _goes_on(book):
        if not open_book.ON_MAC and _taken(open_book.poll_again, book):
            return
        time.sleep(_BETWEEN_POLLS)


def _taken(call: Callable[[Any], None], book: Any) -> bool:
    """Make a call and return whether Excel took it."""
    try:
        call(book)
    except Exception as error:
        if not open_book.is_refused(error):
            raise
        return False
    return True


def _goes_on(book: Any) -> bool:
    """Look, and take a refusal as a reason to look again."""
    try:
        return _look(book)
    except Exception as error:
        if open_book.is_refused(error):
            return True
        name = open_book.full_name(book)
        job = jobs.current(name)
        jobs.forget(name)
        open_book.show_status(book, None)
        if job is not None and job.writing:
            message = f"Excel took only a part of the results ({error}). Press the button again: it writes all of them."
            raise CellError(message) from error
        raise


def _look(book: Any) -> bool:
    """Show, write or explain; return whether there is more to wait for."""
    name = open_book.full_name(book)
    job = jobs.current(name)
    if job is None:
        open_book.show_status(book, None)
        return False
    jobs.note_poll(job)
    state = jobs.state(job)
    if state == jobs.RUNNING:
        open_book.show_status(book, _status(job))
        return True
    if state == jobs.FAILED:
        reason = jobs.reason(job)
        _end(book, name)
        open_book.say(book, f"{reason}\n\nNothing was written.", fault=True)
        return False
    if not job.writing and open_book.inputs_hash(book) != job.inputs:
        _end(book, name)
        open_book.say(book, CHANGED, fault=True)
        return False
    result = jobs.result(job)
    if not job.writing:
        open_book.refuse_inputs(book, result.cells)
        files.back_up(open_book.place(book), files.read_file(job.copy))
        jobs.begin_writing(job)
    open_book.write(book, result.cells)
    _end(book, name)
    open_book.say(book, _listed((result.headline, *result.remarks)))
    return False


def _end(book: Any, name: str) -> None:
    jobs.forget(name)
    open_book.show_status(book, None)


def _status(job: jobs.Job) -> str:
    done = jobs.progress(job)
    far = f"{done[0]:,} of {done[1]:,}" if done else "starting"
    return f"{_caption(job)}: {far}."


def _caption(job: jobs.Job) -> str:
    return BY_FUNCTION[job.task].caption


# ---------------------------------------------------------------- quick work


@_button
def check(book: Any) -> None:
    """Judge the data and go to the first faulty cell."""
    import tempfile

    from xl_mmm.book.job import check_book

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / str(book.name)
        open_book.save_copy(book, copy)
        report = check_book(copy)
    place = next(filter(None, map(_PLACE.match, report.messages)), None)
    if place is not None:
        open_book.select(book, (place[1] or place[2]).replace("''", "'"), place[3])
    open_checks = [f"{each.name}: {each.message}" for each in report.checks if each.status != names.PASS]
    if report.messages or open_checks:
        told = _listed((*report.messages, *open_checks))
        open_book.say(book, f"Data: {report.status.upper()}\n\n{told}", fault=report.status == "fail")
    else:
        open_book.say(book, "Data: PASS. Every rule and every check of the data holds.")


@_button
def export_pdf(book: Any) -> None:
    """Print the sheets for readers into a PDF beside the workbook."""
    place = open_book.place(book)
    present = {sheet.name for sheet in book.sheets}
    pdf = open_book.free_name(place.parent, place.stem, ".pdf")
    book.to_pdf(str(pdf), include=[sheet for sheet in PRINTED if sheet in present])
    open_book.say(book, f"Made {pdf}.")


@_button
def restore(book: Any) -> None:
    """Open the newest backup as a workbook of its own; the one in front stays as it is."""
    place = open_book.place(book)
    kept = files.backups(place)
    if not kept:
        raise CellError(f"There is no backup of {place.name} yet: one is made whenever results are written.")
    when = _time_of(kept[0])
    target = open_book.free_name(place.parent, f"{place.stem} as of {when:%Y-%m-%d %H.%M}", place.suffix)
    question = f"Open this workbook as it was on {when:%Y-%m-%d at %H:%M}? It opens as {target.name}; this one stays."
    if not open_book.ask(book, question):
        return
    files.restore(target, kept[0])
    book.app.books.open(str(target))


@_button
def help(book: Any) -> None:  # noqa: A001 - the button's name
    """Say where help is and go to the glossary."""
    from xl_mmm import __version__

    open_book.select(book, names.GLOSSARY, "A1")
    root = Path(__file__).resolve().parents[2]
    pages = [root / "README.md", root / "workbook" / "FUNCTIONS.md", root / "install" / "README.md"]
    lines = [
        f"xl_mmm {__version__}",
        f"Sheet {names.START} lists the five steps; sheet {names.GLOSSARY} defines every figure.",
        *(f"{button.caption}: {button.tooltip}" for button in BUTTONS),
        "If a button does nothing: xl-mmm doctor, in a terminal, says why.",
        *(str(page) for page in pages if page.exists()),
    ]
    open_book.say(book, "\n".join(lines))


def _time_of(backup: Path) -> datetime:
    """Return when a backup was made, in local time; its name holds it in UTC."""
    stamp = datetime.strptime(backup.name[:17], "%Y-%m-%dT%H%M%S")
    return stamp.replace(tzinfo=UTC).astimezone()


def _listed(sentences: Any) -> str:
    """Join the first ten sentences and count the rest."""
    told = list(sentences)
    more = [f"... and {len(told) - SHOWN} more."] if len(told) > SHOWN else []
    return "\n".join([*told[:SHOWN], *more])
