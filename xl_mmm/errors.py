"""Errors by stage; each message says what is wrong, where, and what to do.

Every error carries its facts as attributes, so that a host can place them (a cell, a check row, a console line)
without parsing the sentence. `MmmError` is the input's fault; anything else that escapes is ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from xl_mmm.rules import Fault

SHOWN = 10  # faults spelled out in one message; the rest are counted


class MmmError(Exception):
    """Base of all errors that a user can mend."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """One sentence a fault, for hosts that show them one by one."""
        return (str(self),)


class CellError(MmmError):
    """A workbook cell, table or file cannot be used.

    Attributes
    ----------
    messages
        One sentence per fault, each naming sheet, cell, header, the value as typed and the remedy.
    """

    def __init__(self, messages: str | Iterable[str]) -> None:
        self.messages: tuple[str, ...] = (messages,) if isinstance(messages, str) else tuple(messages)
        super().__init__(_listed(self.messages))

    @property
    def sentences(self) -> tuple[str, ...]:
        """One sentence a fault."""
        return self.messages


class DatasetError(MmmError):
    """The data break a rule that no model can repair.

    Attributes
    ----------
    faults
        The broken rules in order of place (`xl_mmm.rules.Fault`).
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(_listed(self.sentences))

    @property
    def sentences(self) -> tuple[str, ...]:
        """One sentence a fault."""
        return tuple(fault.sentence for fault in self.faults)


class SpecError(MmmError):
    """A choice in the specification is impossible or unknown."""


class FitError(MmmError):
    """The model cannot be estimated from these data.

    Attributes
    ----------
    columns
        The columns at fault, where the fault has columns.
    """

    def __init__(self, message: str, columns: Sequence[str] = ()) -> None:
        self.columns = tuple(columns)
        super().__init__(message)


class PlanError(MmmError):
    """A plan or its constraints contradict each other.

    Attributes
    ----------
    conflicts
        The constraints in conflict, in the planner's words.
    """

    def __init__(self, message: str, conflicts: Sequence[str] = ()) -> None:
        self.conflicts = tuple(conflicts)
        super().__init__(message)


def _listed(sentences: Sequence[str]) -> str:
    """Return the first `SHOWN` sentences, numbered, and a count of the rest."""
    if len(sentences) == 1:
        return sentences[0]
    lines = [f"{i}. {sentence}" for i, sentence in enumerate(sentences[:SHOWN], start=1)]
    if len(sentences) > SHOWN:
        lines.append(f"... and {len(sentences) - SHOWN} more.")
    return "\n".join(lines)
