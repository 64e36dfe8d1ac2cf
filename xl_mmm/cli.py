"""`xl-mmm`: the command line.

Exit codes: 0 done; 1 the input is at fault (one sentence a fault, naming sheet and cell); 2 usage; 3 ours (a sentence
and where the details are). Results go to standard output, everything else to standard error; a progress bar is drawn
on a terminal only.
"""

from __future__ import annotations

import contextlib
import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from xl_mmm.errors import MmmError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from rich.console import Console

    from xl_mmm.book.demonstration import DemoReport
    from xl_mmm.book.job import CheckReport, NewReport, RunReport
    from xl_mmm.book.shown import Shown
    from xl_mmm.diagnostics import Check

INPUT_AT_FAULT, OURS = 1, 3
PIPED_WIDTH = 200
STATUS_STYLE = {"PASS": "green", "REVIEW": "yellow", "FAIL": "bold red"}

app = typer.Typer(
    name="xl-mmm",
    help="Media mix modelling that lives in the workbook.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def _options(
    context: typer.Context,
    traceback: Annotated[bool, typer.Option("--traceback", help="Show the traceback of an internal error.")] = False,
) -> None:
    """Media mix modelling that lives in the workbook."""
    context.obj = {"traceback": traceback}


@app.command()
def demo(
    context: typer.Context,
    out: Annotated[Path | None, typer.Option(help="Folder for the two workbooks; a new one by default.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the simulated market and of the fit.", min=0)] = 1,
) -> None:
    """Run the whole job on a simulated market."""
    with _answering(context):
        from xl_mmm.book.demonstration import demo_book

        with _progress("Fitting the demo market") as progress:
            report = demo_book(out, seed=seed, progress=progress)
        _show_demo(report)


@app.command()
def new(
    context: typer.Context,
    out: Annotated[Path, typer.Argument(help="The workbook to make: .xlsm is live, .xlsx holds values.")],
    source: Annotated[Path, typer.Option("--from", help="Table to take in: CSV, Parquet or xlsx.")],
    date: Annotated[str, typer.Option(help="Header of the date column.")],
    kpi: Annotated[str, typer.Option(help="Header of the KPI.")],
    spend: Annotated[str, typer.Option(help="Headers of the spend columns: tv,search.")],
    controls: Annotated[str, typer.Option(help="Headers of the controls: price,promo.")] = "",
    media: Annotated[str, typer.Option(help="Media units of channels: tv=tv_grp,search=clicks.")] = "",
    organic: Annotated[str, typer.Option(help="Headers of unpaid media.")] = "",
    geo: Annotated[str | None, typer.Option(help="Header of the region.")] = None,
    holidays: Annotated[str | None, typer.Option(help="Country of the holidays: US, DE.")] = None,
    margin: Annotated[float, typer.Option(help="Profit per unit of revenue before media, 0 to 1.")] = 1.0,
    revenue_per_kpi: Annotated[str, typer.Option(help="1 when the KPI is revenue; a number; a header; or none.")] = "1",
    buttons: Annotated[bool, typer.Option("--buttons", help="An .xlsm with values and buttons (macOS).")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing workbook.")] = False,
) -> None:
    """Build a workbook from a table; nothing is fitted yet."""
    if out.suffix.lower() not in (".xlsx", ".xlsm"):
        raise typer.BadParameter(f"'{out.name}' does not end in .xlsx or .xlsm.", param_hint="OUT")
    if buttons and out.suffix.lower() != ".xlsm":
        raise typer.BadParameter("Buttons need macros: give a name that ends in .xlsm.", param_hint="--buttons")
    if not 0 < margin <= 1:
        raise typer.BadParameter(f"{margin} is no share above 0 and up to 1.", param_hint="--margin")
    if not _headers(spend, "--spend"):
        raise typer.BadParameter("Name at least one column.", param_hint="--spend")
    paid, drivers, unpaid = _headers(spend, "--spend"), _headers(controls, "--controls"), _headers(organic, "--organic")
    exposure, rate = _pairs(media), _revenue(revenue_per_kpi)
    with _answering(context):
        from xl_mmm.book.job import new_book
        from xl_mmm.book.template import BUTTONS
        from xl_mmm.rules import Roles
        from xl_mmm.tables.names import SET_HOLIDAYS, SET_MARGIN

        roles = Roles(date, kpi, paid, exposure, drivers, unpaid, geo, rate)
        settings = {SET_HOLIDAYS: holidays, SET_MARGIN: margin}
        flavor = BUTTONS if buttons else None
        _show_new(new_book(out, source, roles, settings=settings, flavor=flavor, force=force))


@app.command()
def run(
    context: typer.Context,
    book: Annotated[Path, typer.Argument(help="The workbook.")],
    method: Annotated[str | None, typer.Option(help="ols, ridge or lasso; the workbook's own by default.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write a copy here and leave BOOK alone.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the ranges; the workbook's own by default.", min=0)] = None,
) -> None:
    """Fit the workbook's model and write the results into its cells."""
    from xl_mmm.spec import METHODS

    if method is not None and method not in METHODS:
        raise typer.BadParameter(f"'{method}' is not one of {', '.join(METHODS)}.", param_hint="--method")
    if out is not None and not out.is_dir() and out.suffix.lower() != book.suffix.lower():
        what = f"'{out.name}' would be a copy of {book.name}; give a name that ends in {book.suffix}."
        raise typer.BadParameter(what, param_hint="--out")
    with _answering(context):
        from xl_mmm.book.job import run_book

        with _progress(f"Fitting {book.name}") as progress:
            report = run_book(book, out=out, method=method, seed=seed, progress=progress)
        _show_run(report)


@app.command()
def check(
    context: typer.Context,
    book: Annotated[Path, typer.Argument(help="The workbook.")],
    as_json: Annotated[bool, typer.Option("--json", help="End with one line of JSON.")] = False,
) -> None:
    """Read the workbook, judge its data, write nothing."""
    with _answering(context, as_json=as_json):
        from xl_mmm.book.job import check_book

        report = check_book(book)
        if as_json:
            _emit(_verdict(report.status, report.messages, report.data_sha))
        else:
            _show_check(report)
        if report.status == "fail":
            raise typer.Exit(INPUT_AT_FAULT)


@app.command()
def version() -> None:
    """Print the version."""
    from xl_mmm import __version__

    typer.echo(f"xl_mmm {__version__}")


def main() -> None:
    """Entry point of `xl-mmm`."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:  # a pipe on Windows would refuse a channel called Büro or 東京
            reconfigure(errors="backslashreplace")
    app()


# ---------------------------------------------------------------- errors and progress


@contextlib.contextmanager
def _answering(context: typer.Context, *, as_json: bool = False) -> Iterator[None]:
    """Turn what goes wrong into sentences and an exit code."""
    try:
        yield
    except MmmError as error:
        messages = _sentences(error)
        if as_json:
            _emit(_verdict("fail", messages, None))
        else:
            for message in messages:
                typer.echo(message, err=True)
        raise typer.Exit(INPUT_AT_FAULT) from error
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        if (context.obj or {}).get("traceback"):
            raise
        sentence = f"xl-mmm failed on its own account ({type(error).__name__}). Details: {_log(error)}"
        typer.echo(sentence, err=True)
        if as_json:
            _emit(_verdict("fail", [sentence], None))
        raise typer.Exit(OURS) from error


def _sentences(error: MmmError) -> list[str]:
    """Return one sentence per fault."""
    messages: Sequence[str] = getattr(error, "messages", ())
    faults = getattr(error, "faults", ())
    return list(messages) or [fault.sentence for fault in faults] or [str(error)]


def _log(error: Exception) -> Path:
    """Keep the traceback in the user's log folder and return the file."""
    import traceback
    from datetime import UTC, datetime

    from platformdirs import user_log_path

    folder = user_log_path("xl_mmm")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{datetime.now(UTC):%Y-%m-%dT%H%M%S}.log"
    path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    return path


@contextlib.contextmanager
def _progress(title: str) -> Iterator[Callable[[int, int], None] | None]:
    """Yield a progress callback that draws a bar on a terminal, None when the output is piped."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    share = TextColumn("{task.percentage:>3.0f} %")
    columns = (TextColumn("{task.description}"), BarColumn(), share, TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _verdict(status: str, messages: Sequence[str], data_sha: str | None) -> dict[str, Any]:
    return {"status": status, "messages": list(messages), "data_sha": data_sha, "written": []}


def _emit(record: dict[str, Any]) -> None:
    """Print one line of JSON; ASCII, so that no console's encoding can break it."""
    typer.echo(json.dumps(record, allow_nan=False))


# ---------------------------------------------------------------- options


def _headers(text: str, option: str) -> tuple[str, ...]:
    """Split `a,b`; a header that holds a comma is written `"a,b"`."""
    import csv

    if not text.strip():
        return ()
    headers = tuple(item.strip() for item in next(csv.reader([text], skipinitialspace=True)))
    if not all(headers):
        raise typer.BadParameter(f"'{text}' has nothing between two commas, or at an end.", param_hint=option)
    return headers


def _pairs(text: str) -> dict[str, str]:
    """Split `tv=tv_grp,search=clicks`."""
    pairs = {}
    for item in _headers(text, "--media"):
        channel, equals, column = item.partition("=")
        if not equals or not channel.strip() or not column.strip():
            raise typer.BadParameter(f"'{item}' is not of the form channel=column.", param_hint="--media")
        pairs[channel.strip()] = column.strip()
    return pairs


def _revenue(text: str) -> float | str | None:
    """Return a number, a header, or None for `none`."""
    if text.strip().lower() == "none":
        return None
    try:
        rate = float(text)
    except ValueError:
        return text
    if not 0 < rate < math.inf:
        what = f"{text} is no worth of a unit; give a number above 0, a header, or none for a KPI without revenue."
        raise typer.BadParameter(what, param_hint="--revenue-per-kpi")
    return rate


# ---------------------------------------------------------------- screens


def _console() -> Console:
    """Return a console for standard output; in a pipe a line is as long as it needs to be."""
    from rich.console import Console

    return Console(highlight=False) if sys.stdout.isatty() else Console(highlight=False, width=PIPED_WIDTH)


def _show_new(report: NewReport) -> None:
    console = _console()
    for line in report.detected:
        console.print(line, markup=False, soft_wrap=True)
    _print_checks(console, report.checks, only_open=True)
    kept = f" The file as it was is kept at {report.backup}." if report.backup else ""
    done = f"Made {report.path}.{kept} Next: look at Assumptions, then `xl-mmm run {report.path}`."
    console.print(done, markup=False, soft_wrap=True)


def _show_run(report: RunReport, truth: Mapping[str, float] | None = None) -> None:
    """Print what stands in the cells now."""
    from xl_mmm.book.shown import shown

    console = _console()
    for remark in report.remarks:
        console.print(remark, markup=False, soft_wrap=True)
    found = shown(report.path, report.layout)
    _print_findings(console, found, truth or {})
    _print_checks(console, [_check(row) for row in found.checks], only_open=True)
    kept = f" The file as it was is kept at {report.backup}." if report.backup else ""
    console.print(f"Wrote {report.n_written:,} cells to {report.path}.{kept}", soft_wrap=True, markup=False)


def _show_demo(report: DemoReport) -> None:
    console = _console()
    console.print(f"A simulated market, so the truth is known: {report.what}.", soft_wrap=True, markup=False)
    _show_run(report.run, report.truth)
    live = f"{report.live.name} is the same, live in Excel for Windows or LibreOffice"
    console.print(f"Open {report.run.path}; {live} ({report.seconds:.1f} s in all).", soft_wrap=True, markup=False)


def _show_check(report: CheckReport) -> None:
    console = _console()
    for message in report.messages:
        console.print(message, markup=False, soft_wrap=True)
    _print_checks(console, report.checks, only_open=False)
    style = STATUS_STYLE[report.status.upper()]
    console.print(report.status.upper(), style=style, end=" ")
    console.print(report.path, markup=False, soft_wrap=True)


def _check(row: Mapping[str, object]) -> Check:
    """Return a row of Checks as a record."""
    from xl_mmm.diagnostics import Check

    check, status, message, action = (str(row[key] or "") for key in ("check", "status", "message", "action"))
    value, threshold = row["value"], row["threshold"]
    return Check(
        check, status, value if isinstance(value, float) else None,
        threshold if isinstance(threshold, float) else None, message, action,
    )  # fmt: skip


def _print_findings(console: Console, found: Shown, truth: Mapping[str, float]) -> None:
    """Print one row per channel, then the answers in words."""
    from rich.markup import escape
    from rich.table import Table

    from xl_mmm.book.layout import ANSWERS

    console.print(found.sentences["headline"], markup=False, style="bold", soft_wrap=True)
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    table.add_column("channel")
    ranges = f"{found.level:.0%} {found.sentences['card4']}"
    value = "roi" if any(row["roi"] is not None for row in found.roi) else "cpik"
    headers = ["spend", "ROI" if value == "roi" else "cost per KPI", ranges, *(["truth"] if truth else [])]
    for header in [*headers, "next unit returns", "of its limit", "optimized spend"]:
        table.add_column(header, justify="right")
    for own, work, plan in zip(found.roi, found.work, found.plan, strict=False):  # organic media follow in `work`
        name = str(own["channel"])
        ends = f"{_number(own[f'{value}_low'])} to {_number(own[f'{value}_high'])}"
        cells = [_whole(own["spend"]), _number(own[value]), ends]
        cells += [_number(truth.get(name))] if truth else []
        table.add_row(escape(name), *cells, _number(own["mroi"]), _percent(work["saturation"]), _whole(plan["plan"]))
    console.print(table)
    for topic in ANSWERS:
        console.print(found.sentences[topic], markup=False, soft_wrap=True)


def _number(value: object) -> str:
    """Return three significant digits, blank for what is not known."""
    if not isinstance(value, float):
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}" if abs(value) < 0.01 else f"{value:.2f}"


def _whole(value: object) -> str:
    return f"{value:,.0f}" if isinstance(value, float) else ""


def _percent(value: object) -> str:
    return f"{value:.0%}" if isinstance(value, float) else ""


def _print_checks(console: Console, checks: Sequence[Check], *, only_open: bool) -> None:
    """Print the count of each status, then the checks (those that are not PASS) with what to do."""
    if not checks:
        return
    from collections import Counter

    from rich.markup import escape

    counts = Counter(check.status for check in checks)
    tally = ", ".join(f"[{style}]{counts[status]} {status}[/{style}]" for status, style in STATUS_STYLE.items())
    console.print(f"Checks: {tally}")
    for check in checks:
        if only_open and check.status == "PASS":
            continue
        style = STATUS_STYLE[check.status]
        console.print(
            f"  [{style}]{check.status:6}[/{style}] {escape(check.name)}: {escape(check.message)}", soft_wrap=True
        )
        if check.action:
            console.print(f"         -> {check.action}", markup=False, soft_wrap=True)


if __name__ == "__main__":
    main()
