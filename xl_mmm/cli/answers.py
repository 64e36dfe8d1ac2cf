"""What the command line answers when something goes wrong, and while it works."""

from __future__ import annotations

import contextlib
import json
import sys
from typing import TYPE_CHECKING, Any

import typer

from xl_mmm.errors import MmmError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

INPUT_AT_FAULT, OURS = 1, 3


@contextlib.contextmanager
def answering(context: typer.Context, *, as_json: bool = False) -> Iterator[None]:
    """Turn what goes wrong into sentences and an exit code."""
    try:
        yield
    except MmmError as error:
        messages = _sentences(error)
        if as_json:
            emit(verdict("fail", messages, None))
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
            emit(verdict("fail", [sentence], None))
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
def progress_bar(title: str) -> Iterator[Callable[[int, int], None] | None]:
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


def verdict(status: str, messages: Sequence[str], data_sha: str | None) -> dict[str, Any]:
    """Return what `check --json` prints."""
    return {"status": status, "messages": list(messages), "data_sha": data_sha, "written": []}


def emit(record: dict[str, Any]) -> None:
    """Print one line of JSON; ASCII, so that no console's encoding can break it."""
    typer.echo(json.dumps(record, allow_nan=False))
