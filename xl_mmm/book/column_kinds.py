"""What a column of text means: numbers with which separators, dates in which order, or just text.

Nothing is guessed. `1,234` alone could be a thousand or a little over one, `03/04/2024` could be in March or in
April; a reading is taken only when some value of the column (for numbers: of the file, which one program wrote) rules
the other one out. Otherwise the column is refused by name. Values that fit no reading stay text as typed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from xl_mmm.errors import CellError
from xl_mmm.rules import is_blank, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Convention = Literal["point", "comma"]  # which of them is the decimal separator
Order = Literal["day", "month"]  # which of them comes first

_SPACE = "[ \u00a0\u2009\u202f'\u2019]"  # group separators that are never decimal
_SPACED = re.compile(rf"[+-]?\d{{1,3}}(?:{_SPACE}\d{{3}})+([.,]\d+)?")
_NUMBER = {
    "point": re.compile(r"[+-]?(\d+|[1-9]\d{0,2}(,\d{3})+)?(\.\d*)?([eE][+-]?\d+)?"),
    "comma": re.compile(r"[+-]?(\d+|[1-9]\d{0,2}(\.\d{3})+)?(,\d*)?([eE][+-]?\d+)?"),
}
_MARK = {"point": ".", "comma": ","}
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")  # 1,234 and 1.234: thousands or decimals
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z|\+00:00)?)?")
_NUMERIC_DATE = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?: 0{1,2}:00(?::00)?)?")
_NAMED_DATE = re.compile(r"(?:(\d{1,2})[ -]([A-Za-z]{3,9})[ ,-]{1,2}(\d{4}))|(?:([A-Za-z]{3,9}) (\d{1,2}),? (\d{4}))")
_MONTH_NAMES = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_MONTHS = {word: number for number, name in enumerate(_MONTH_NAMES, start=1) for word in (name, name[:3])}


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its values read.

    Attributes
    ----------
    values
        None, float, date or text.
    remarks
        Sentences about what was detected.
    """

    values: list[object]
    remarks: tuple[str, ...] = ()


def file_convention(columns: Iterable[Sequence[object]]) -> Convention | None:
    """Return the decimal separator that some value of the file proves, None when none does or they differ."""
    proven: set[Convention] = set()
    for values in columns:
        texts = [value.strip() for value in values if isinstance(value, str)]
        # One stray text must not decide for a file, so only columns that read as numbers throughout are heard.
        for convention, other in (("point", "comma"), ("comma", "point")):
            if _reads(texts, convention) and not _reads(texts, other):
                proven.add("point" if convention == "point" else "comma")
    return proven.pop() if len(proven) == 1 else None


def _reads(texts: Iterable[str], convention: str) -> bool:
    found = [text for text in texts if text]
    return bool(found) and all(_is_number(text, convention) for text in found)


def _is_number(text: str, convention: str) -> bool:
    if _SPACED.fullmatch(text):
        mark = _SPACED.fullmatch(text)
        return mark is not None and (mark[1] is None or mark[1][0] == _MARK[convention])
    return any(character.isdigit() for character in text) and _NUMBER[convention].fullmatch(text) is not None


def read_column(name: str, values: Sequence[object], convention: Convention | None) -> Column:
    """Read a column of raw values.

    Parameters
    ----------
    name
        Header, for sentences.
    values
        Raw values; only a column whose filled values are all text is interpreted.
    convention
        Decimal separator that the rest of the file proves.

    Returns
    -------
    Column
        Values as numbers or dates where all fit one reading; as typed otherwise.

    Raises
    ------
    CellError
        When two readings fit and nothing decides.
    """
    kept: list[object] = [None if is_blank(value) else value for value in values]
    filled = [value for value in kept if value is not None]
    texts = [value.strip() for value in filled if isinstance(value, str)]
    if len(texts) != len(filled):
        return Column(kept, _strays(name, kept, [type(value) is not str for value in kept if value is not None]))
    for read in (_dates, _numbers):
        found = read(name, texts, convention)
        if found is not None:
            readings, remarks = found
            placed = _placed(kept, readings)
            return Column(placed, (*remarks, *_strays(name, kept, [reading is not None for reading in readings])))
    return Column(kept, (f"Column {name!r}: text.",) if texts else ())


def _numbers(
    name: str, texts: list[str], convention: Convention | None
) -> tuple[list[float | None], tuple[str, ...]] | None:
    """Read the texts that are numbers; None where a text is none, and None in all when most are none."""
    numeric = [text for text in texts if _is_number(text, "point") or _is_number(text, "comma")]
    if 2 * len(numeric) < len(texts) or not numeric:
        return None
    fits = [each for each in _MARK if _reads(numeric, each)]
    if not fits:
        point = next(text for text in numeric if not _is_number(text, "comma"))
        comma = next(text for text in numeric if not _is_number(text, "point"))
        raise CellError(
            f"Column {name!r} mixes decimal points and commas ({shown(point)} and {shown(comma)}). "
            "Export it with one decimal separator."
        )
    remarks = []
    chosen = fits[0]
    doubtful = next((text for text in numeric if _EITHER.fullmatch(text)), None)
    if len(fits) == 2 and doubtful is not None:
        if convention is None:
            raise CellError(
                f"Column {name!r}: {shown(doubtful)} can mean {_number(doubtful, 'point'):g} or "
                f"{_number(doubtful, 'comma'):g}, and no value of the file decides. Write the numbers without "
                "thousands separators and not with exactly three decimals, or supply an .xlsx file."
            )
        chosen = convention
        remarks.append(f"Column {name!r}: decimal {chosen}, as the file's other columns prove.")
    elif chosen == "comma":
        remarks.append(f"Column {name!r}: decimal comma.")
    grouped = [text for text in numeric if _grouped(text, chosen)]
    if grouped:
        remarks.append(f"Column {name!r}: thousands separators, such as in {shown(grouped[0])}, were taken out.")
    return [_number(text, chosen) if _is_number(text, chosen) else None for text in texts], tuple(remarks)


def _placed(kept: list[object], readings: Sequence[object]) -> list[object]:
    """Put the readings among the blanks; what has no reading stays as typed."""
    following = iter(readings)
    placed = []
    for value in kept:
        reading = None if value is None else next(following)
        placed.append(value if reading is None else reading)
    return placed


def _strays(name: str, kept: list[object], sound: list[bool]) -> tuple[str, ...]:
    """Say which values do not read like the rest of their column."""
    if all(sound):
        return ()
    rows = [row for row, value in enumerate(kept) if value is not None]
    first = rows[sound.index(False)]
    return (
        f"Column {name!r}: {sound.count(False)} of {len(sound)} values do not read like the rest, the first is "
        f"{shown(kept[first])} in data row {first + 1}; kept as typed, the check names each cell.",
    )


def _number(text: str, convention: str) -> float:
    bare = re.sub(_SPACE, "", text)
    bare = bare.replace(",", "") if convention == "point" else bare.replace(".", "").replace(",", ".")
    return float(bare)


def _grouped(text: str, convention: str) -> bool:
    mark = "," if convention == "point" else "."
    return mark in text or _SPACED.fullmatch(text) is not None


def _dates(
    name: str, texts: list[str], convention: Convention | None
) -> tuple[list[date | None], tuple[str, ...]] | None:
    """Read the texts that are dates; None in all when most are none."""
    del convention  # dates have no decimals; the readers share one signature
    for pattern, reader, what in ((_ISO, _iso, "year first"), (_NAMED_DATE, _named, "with month names")):
        read = [reader(text) if pattern.fullmatch(text) else None for text in texts]
        if 2 * sum(day is not None for day in read) >= len(texts) > 0:
            return read, (f"Column {name!r}: dates, {what}.",)
    matches = [_NUMERIC_DATE.fullmatch(text) for text in texts]
    dated = [text for text, match in zip(texts, matches, strict=True) if match]
    if 2 * len(dated) < len(texts) or not dated:
        return None
    if all(match[2] == "." for match in matches if match):  # with points the day always comes first
        read = [_day(int(m[4]), int(m[3]), int(m[1])) if m else None for m in matches]
        return read, (f"Column {name!r}: dates, day.month.year.",)
    readings: dict[Order, list[date | None]] = {
        "day": [_day(int(m[4]), int(m[3]), int(m[1])) if m else None for m in matches],
        "month": [_day(int(m[4]), int(m[1]), int(m[3])) if m else None for m in matches],
    }
    order, why = _order(name, texts, readings)
    return readings[order], (f"Column {name!r}: dates, {order} first, since {why}.",)


def _order(name: str, texts: list[str], readings: dict[Order, list[date | None]]) -> tuple[Order, str]:
    """Return the one order that the whole column allows, and why; or refuse."""
    pairs = list(zip(texts, readings["day"], readings["month"], strict=True))
    only_day = next((text for text, day, month in pairs if day and not month), None)
    only_month = next((text for text, day, month in pairs if month and not day), None)
    if only_day and only_month:
        raise CellError(
            f"Column {name!r} mixes dates with the day first ({shown(only_day)}) and with the month first "
            f"({shown(only_month)}). Write the dates as YYYY-MM-DD."
        )
    if only_day or only_month:
        return "day" if only_day else "month", f"{shown(only_day or only_month)} can be read in no other order"
    if readings["day"] == readings["month"]:
        return "day", "both orders give the same dates"
    even = [order for order, days in readings.items() if _even([day for day in days if day])]
    if len(even) == 1:
        return even[0], "only so are the dates evenly spaced"
    row = next(i for i, day in enumerate(readings["day"]) if day != readings["month"][i])
    raise CellError(
        f"Column {name!r}: {shown(texts[row])} can be {readings['day'][row]} or {readings['month'][row]}, and no value "
        "of the column decides. Write the dates as YYYY-MM-DD."
    )


def _even(days: list[date]) -> bool:
    """Whether the distinct days, in order, are equally far apart (in days or in months)."""
    distinct = sorted(set(days))
    if len(distinct) < 3:
        return False
    steps = {second - first for first, second in pairwise(distinct)}
    months = {(second.year - first.year) * 12 + second.month - first.month for first, second in pairwise(distinct)}
    same_day = len({day.day for day in distinct}) == 1
    return steps in ({timedelta(1)}, {timedelta(7)}) or (same_day and months == {1})


def _iso(text: str) -> date | None:
    match = _ISO.fullmatch(text)
    return _day(int(match[1]), int(match[2]), int(match[3])) if match else None


def _named(text: str) -> date | None:
    match = _NAMED_DATE.fullmatch(text)
    if match is None:
        return None
    day, month, year = (match[1], match[2], match[3]) if match[1] else (match[5], match[4], match[6])
    return _day(int(year), _MONTHS[month.lower()], int(day)) if month.lower() in _MONTHS else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
