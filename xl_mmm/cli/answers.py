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

INPUT_AT_FAULT, OURS = 1, 3


@contextlib.contextmanager
def answering(context: typer.Context, *, as_json: bool = False) -> Iterator[None]:
    """Turn what goes wrong into sentences and an exit code."""
    try:
        yield
    except MmmError as error:
        messages = error.sentences
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
        from xl_mmm.hosts.failures import keep_traceback

        sentence = f"xl-mmm failed on its own account ({type(error).__name__}). Details: {keep_traceback(error)}"
        typer.echo(sentence, err=True)
        if as_json:
            emit(verdict("fail", [sentence], None))
        raise typer.Exit(OURS) from error


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
