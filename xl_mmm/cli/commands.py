"""The commands of `xl-mmm`, one function each.

Exit codes: 0 done; 1 the input is at fault (one sentence a fault, naming sheet and cell); 2 usage; 3 ours (a sentence
and where the details are). Results go to standard output, everything else to standard error; a progress bar is drawn
on a terminal only.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from xl_mmm.cli.answers import INPUT_AT_FAULT, answering, emit, progress_bar, verdict
from xl_mmm.cli.options import headers, pairs, revenue
from xl_mmm.cli.screens import (
    show_check,
    show_compared,
    show_demo,
    show_done,
    show_new,
    show_published,
    show_regions,
    show_run,
)

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
    with answering(context):
        from xl_mmm.book.demonstration import demo_book

        with progress_bar("Fitting the demo market") as progress:
            report = demo_book(out, seed=seed, progress=progress)
        show_demo(report)


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
    if not headers(spend, "--spend"):
        raise typer.BadParameter("Name at least one column.", param_hint="--spend")
    paid, drivers, unpaid = headers(spend, "--spend"), headers(controls, "--controls"), headers(organic, "--organic")
    exposure, rate = pairs(media), revenue(revenue_per_kpi)
    with answering(context):
        from xl_mmm.book.new import new_book
        from xl_mmm.book.template import BUTTONS
        from xl_mmm.rules import Roles
        from xl_mmm.tables.names import SET_HOLIDAYS, SET_MARGIN

        roles = Roles(date, kpi, paid, exposure, drivers, unpaid, geo, rate)
        settings = {SET_HOLIDAYS: holidays, SET_MARGIN: margin}
        flavor = BUTTONS if buttons else None
        show_new(new_book(out, source, roles, settings=settings, flavor=flavor, force=force))


@app.command()
def run(
    context: typer.Context,
    book: Annotated[Path, typer.Argument(help="The workbook.")],
    method: Annotated[str | None, typer.Option(help="ols, ridge, lasso or bayes; default: the workbook's.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write a copy here and leave BOOK alone.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the ranges; the workbook's own by default.", min=0)] = None,
) -> None:
    """Fit the workbook's model and write the results into its cells."""
    from xl_mmm.spec import METHODS

    if method is not None and method not in METHODS:
        raise typer.BadParameter(f"'{method}' is not one of {', '.join(METHODS)}.", param_hint="--method")
    _same_kind(book, out)
    with answering(context):
        from xl_mmm.book.job import run_book

        with progress_bar(f"Fitting {book.name}") as progress:
            report = run_book(book, out=out, method=method, seed=seed, progress=progress)
        show_run(report)


@app.command()
def compare(
    context: typer.Context,
    book: Annotated[Path, typer.Argument(help="The workbook.")],
    out: Annotated[Path | None, typer.Option(help="Write a copy here and leave BOOK alone.")] = None,
) -> None:
    """Fit by every method and write the comparison into the sheet Compare; the model in use stays."""
    _same_kind(book, out)
    with answering(context):
        from xl_mmm.book.job import COMPARE, keep_book

        with progress_bar(f"Comparing the methods on {book.name}") as progress:
            report = keep_book(book, COMPARE, out=out, progress=progress)
        show_compared(report)


@app.command()
def weeks(
    context: typer.Context,
    book: Annotated[Path, typer.Argument(help="The workbook.")],
    out: Annotated[Path | None, typer.Option(help="Write a copy here and leave BOOK alone.")] = None,
) -> None:
    """Time the money of the sheet Plan week by week; each channel keeps its money."""
    _same_kind(book, out)
    with answering(context):
        from xl_mmm.book.job import WEEKS, keep_book

        show_done(keep_book(book, WEEKS, out=out), WEEKS)


@app.command()
def freeze(
    context: typer.Context,
    book: Annotated[Path, typer.Argument(help="The workbook.")],
    out: Annotated[Path | None, typer.Option(help="Write a copy here and leave BOOK alone.")] = None,
) -> None:
    """Keep the plan on the sheet Plan as it stands, to hold actuals against it."""
    _same_kind(book, out)
    with answering(context):
        from xl_mmm.book.job import FREEZE, keep_book

        show_done(keep_book(book, FREEZE, out=out), FREEZE)


@app.command()
def regions(
    context: typer.Context,
    book: Annotated[Path, typer.Argument(help="A workbook of data with a region column.")],
    out: Annotated[Path | None, typer.Option(help="Write a copy here and leave BOOK alone.")] = None,
) -> None:
    """Fit every region and write the plan by region and channel into the sheet Regions."""
    _same_kind(book, out)
    with answering(context):
        from xl_mmm.book.job import REGIONS, keep_book

        with progress_bar(f"Fitting the regions of {book.name}") as progress:
            report = keep_book(book, REGIONS, out=out, progress=progress)
        show_regions(report)


@app.command()
def publish(
    context: typer.Context,
    book: Annotated[Path, typer.Argument(help="A workbook that was run.")],
    out: Annotated[Path | None, typer.Option(help="The copy (.xlsx); beside BOOK by default.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing copy.")] = False,
) -> None:
    """Make a copy of values for people without Python; its plans still move, approximately."""
    with answering(context):
        from xl_mmm.book.publish import publish_book

        show_published(publish_book(book, out, force=force))


def _same_kind(book: Path, out: Path | None) -> None:
    """Refuse a copy whose name promises another kind of file."""
    if out is not None and not out.is_dir() and out.suffix.lower() != book.suffix.lower():
        what = f"'{out.name}' would be a copy of {book.name}; give a name that ends in {book.suffix}."
        raise typer.BadParameter(what, param_hint="--out")


@app.command()
def check(
    context: typer.Context,
    book: Annotated[Path, typer.Argument(help="The workbook.")],
    as_json: Annotated[bool, typer.Option("--json", help="End with one line of JSON.")] = False,
) -> None:
    """Read the workbook, judge its data, write nothing."""
    with answering(context, as_json=as_json):
        from xl_mmm.book.job import check_book

        report = check_book(book)
        if as_json:
            emit(verdict(report.status, report.messages, report.data_sha))
        else:
            show_check(report)
        if report.status == "fail":
            raise typer.Exit(INPUT_AT_FAULT)


@app.command()
def version() -> None:
    """Print the version."""
    from xl_mmm import __version__

    typer.echo(f"xl_mmm {__version__}")


@app.command()
def functions(
    out: Annotated[Path | None, typer.Option(help="Write the list here instead of printing it.")] = None,
) -> None:
    """List the Excel functions with their arguments, an example and worked numbers."""
    from xl_mmm.functions.help import functions_md

    if out is None:
        typer.echo(functions_md())
    else:
        out.write_text(functions_md(), encoding="utf-8")


@app.command()
def doctor(
    context: typer.Context,
    book: Annotated[Path | None, typer.Argument(help="A workbook to look at as well.")] = None,
) -> None:
    """Look for what keeps Excel, Python and the workbook from working together, and say what to do."""
    with answering(context):
        from xl_mmm.hosts.doctor import as_text, run_doctor

        checks = run_doctor(book)
        typer.echo(as_text(checks))
        if any(check.status == "FAIL" for check in checks):
            raise typer.Exit(INPUT_AT_FAULT)


@app.command()
def addin(
    context: typer.Context,
    out: Annotated[Path, typer.Argument(help="The extension to write (.oxt).")] = Path("xl_mmm.oxt"),
) -> None:
    """Write LibreOffice's add-in, which makes the live workbook recalculate there."""
    with answering(context):
        from xl_mmm.hosts.libreoffice import write_addin

        made = write_addin(out)
        typer.echo(f"Made {made}. Install it with: unopkg add {made}")


def main() -> None:
    """Entry point of `xl-mmm`."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:  # a pipe on Windows would refuse a channel called Büro or 東京
            reconfigure(errors="backslashreplace")
    app()
