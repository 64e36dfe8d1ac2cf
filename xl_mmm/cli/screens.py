"""What is printed: one screen a job, the same figures and sentences as in the workbook."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console

    from xl_mmm.book.demonstration import DemoReport
    from xl_mmm.book.new import NewReport
    from xl_mmm.book.publish import PublishReport
    from xl_mmm.book.reports import CheckReport, RunReport
    from xl_mmm.book.shown import Shown
    from xl_mmm.diagnostics import Check

PIPED_WIDTH = 200
STATUS_STYLE = {"PASS": "green", "REVIEW": "yellow", "FAIL": "bold red"}


def _console() -> Console:
    """Return a console for standard output; in a pipe a line is as long as it needs to be."""
    from rich.console import Console

    return Console(highlight=False) if sys.stdout.isatty() else Console(highlight=False, width=PIPED_WIDTH)


def show_new(report: NewReport) -> None:
    """Print what was found in the table, and what to do next."""
    console = _console()
    for line in report.detected:
        console.print(line, markup=False, soft_wrap=True)
    _print_checks(console, report.checks, only_open=True)
    kept = f" The file as it was is kept at {report.backup}." if report.backup else ""
    fails = any(check.status == "FAIL" for check in report.checks)
    first = "mend what fails above" if fails else "look at Assumptions"
    done = f"Made {report.path}.{kept} Next: {first}, then `xl-mmm run {report.path}`."
    console.print(done, markup=False, soft_wrap=True)


def show_published(report: PublishReport) -> None:
    """Print what a published copy does, and what it does not."""
    console, off = _console(), f"{100 * report.error:.2g} %"
    moves = f"Moving: {', '.join(report.moving) or 'no scenario'}; largest error found {off} of today's outcome."
    still = f" Standing still: {', '.join(report.still)}." if report.still else ""
    console.print(f"Made {report.path}: values only. {moves}{still}", markup=False, soft_wrap=True)


def show_run(report: RunReport, truth: Mapping[str, float] | None = None) -> None:
    """Print what stands in the cells now."""
    from xl_mmm.book.shown import shown

    console = _console()
    for remark in report.remarks:
        console.print(remark, markup=False, soft_wrap=True)
    found = shown(report.path, report.layout)
    _print_findings(console, found, truth or {})
    _print_checks(console, [_check(row) for row in found.checks], only_open=True)
    _print_written(console, report)


def show_done(report: RunReport, task: str) -> None:
    """Print what a task has kept, and where."""
    from xl_mmm.book.job import KEEPING

    console = _console()
    for remark in report.remarks:
        console.print(remark, markup=False, soft_wrap=True)
    console.print(KEEPING[task].done, markup=False, soft_wrap=True)
    _print_written(console, report)


def show_regions(report: RunReport) -> None:
    """Print the plan by region as it stands on the sheet."""
    from rich.markup import escape
    from rich.table import Table

    from xl_mmm.book.shown import block_rows

    console = _console()
    for remark in report.remarks:
        console.print(remark, markup=False, soft_wrap=True)
    words, totals, market = (
        block_rows(report.path, report.layout, name) for name in ("region_words", "region_totals", "region_market")
    )
    for i, row in enumerate(words[:3]):
        console.print(str(row["text"]), markup=False, style="bold" if i == 0 else None, soft_wrap=True)
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for i, header in enumerate(("region", "today", "plan", "ROI today", "range", "gain", "range")):
        table.add_column(header, justify="left" if i == 0 else "right")
    for row in (*totals, *market):
        returned, gained = (f"{show(row[low])} to {show(row[high])}" for show, low, high in (
            (_number, "roi_low", "roi_high"), (_whole, "gain_low", "gain_high"),
        ))  # fmt: skip
        table.add_row(
            escape(str(row["name"])), _whole(row["today"]), _whole(row["plan"]), _number(row["roi"]), returned,
            _whole(row["gain"]), gained,
        )  # fmt: skip
    console.print(table)
    _print_written(console, report)


def show_compared(report: RunReport) -> None:
    """Print which method to read, and the methods side by side."""
    from rich.markup import escape
    from rich.table import Table

    from xl_mmm.book.shown import shown

    console = _console()
    for remark in report.remarks:
        console.print(remark, markup=False, soft_wrap=True)
    found = shown(report.path, report.layout)
    for i, sentence in enumerate(found.advice):
        console.print(sentence, markup=False, style="bold" if i == 0 else None, soft_wrap=True)
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for i, header in enumerate(("method", "return", "range", "R²", "unseen misses", "weeks inside", "verdict")):
        table.add_column(header, justify="left" if i in (0, 6) else "right")
    for row in found.methods:
        ends = f"{_number(row['total_low'])} to {_number(row['total_high'])}"
        shares = [_percent(row[key]) for key in ("r_squared", "miss", "held")]
        words = (escape(str(row[key] or "")) for key in ("method", "verdict"))
        table.add_row(next(words), _number(row["total"]), ends, *shares, next(words))
    console.print(table)
    _print_written(console, report)


def _print_written(console: Console, report: RunReport) -> None:
    kept = f" The file as it was is kept at {report.backup}." if report.backup else ""
    console.print(f"Wrote {report.n_written:,} cells to {report.path}.{kept}", soft_wrap=True, markup=False)


def show_demo(report: DemoReport) -> None:
    """Print a demo's run beside the truth."""
    console = _console()
    console.print(f"A simulated market, so the truth is known: {report.what}.", soft_wrap=True, markup=False)
    show_run(report.run, report.truth)
    live = f"{report.live.name} is the same, live in Excel for Windows or LibreOffice"
    console.print(f"Open {report.run.path}; {live} ({report.seconds:.1f} s in all).", soft_wrap=True, markup=False)


def show_check(report: CheckReport) -> None:
    """Print every finding and the verdict."""
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

    from xl_mmm.report.findings import ANSWERS

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
