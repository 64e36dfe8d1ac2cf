"""Rules of the header row: every role has exactly one column."""

from __future__ import annotations

from collections.abc import Sequence

from xl_mmm.rules.catalog import Fault, fault
from xl_mmm.rules.cells import is_blank
from xl_mmm.rules.roles import Roles

ROLE_WORDS = {
    "date": "date",
    "geo": "region",
    "kpi": "KPI",
    "spend": "spend",
    "media": "media",
    "organic": "organic media",
    "control": "control",
    "revenue_per_kpi": "revenue per KPI",
}
_CLOSE = 0.6  # difflib similarity from which a header is offered as what was meant


def check_headers(headers: Sequence[object], roles: Roles) -> tuple[dict[str, int], list[Fault]]:
    """Find the column of every header that `roles` names.

    Parameters
    ----------
    headers
        The header row as typed, in order, duplicates and blanks included.
    roles
        Headers by role.

    Returns
    -------
    places
        Header as named in `roles` -> position in `headers`; columns at fault are left out.
    faults
        In order of place.
    """
    texts = ["" if is_blank(header) else str(header) for header in headers]
    faults = _role_faults(roles)
    places: dict[str, int] = {}
    for wanted, role in roles.used:
        if wanted in places:
            continue
        exact = [i for i, text in enumerate(texts) if text == wanted]
        loose = exact or [i for i, text in enumerate(texts) if text and _tidy(text) == _tidy(wanted)]
        if len(loose) > 1:
            faults.append(fault("duplicate_header", column=wanted, value=wanted, header=wanted, count=len(loose)))
        elif not loose:
            faults.append(_missing(wanted, role, texts))
        else:
            places[wanted] = loose[0]
            if not exact:
                found = texts[loose[0]]
                faults.append(fault("header_space", column=wanted, value=found, header=found, wanted=wanted))
    return places, _unique(faults)


def _role_faults(roles: Roles) -> list[Fault]:
    """Contradictions within the roles themselves."""
    faults = [] if roles.spend else [fault("no_channel")]
    faults += [
        fault("unknown_channel", column=header, value=channel, header=channel, hint=_hint(channel, list(roles.spend)),
              known=_listed(list(roles.spend)))
        for channel, header in roles.media.items()
        if channel not in roles.spend
    ]  # fmt: skip
    seen: dict[str, str] = {}
    for header, role in roles.used:
        if header in seen:
            words = ROLE_WORDS[seen[header]], ROLE_WORDS[role] + " again" * (seen[header] == role)
            faults.append(fault("role_twice", column=header, value=header, first=words[0], second=words[1]))
        seen.setdefault(header, role)
    return faults


def _missing(wanted: str, role: str, texts: list[str]) -> Fault:
    known = [text for text in texts if text]
    return fault("missing_column", column=wanted, value=wanted, wanted=wanted, role=ROLE_WORDS[role],
                 hint=_hint(wanted, known), known=_listed(known))  # fmt: skip


def _hint(wanted: str, known: list[str]) -> str:
    """Name the header that was probably meant, and the letter that only looks right."""
    from difflib import get_close_matches

    folded = {_skeleton(text): text for text in reversed(known)}
    if _skeleton(wanted) in folded:
        twin = folded[_skeleton(wanted)]
        return f"; {twin!r} looks alike{_odd_letter(twin, wanted)}"
    close = get_close_matches(wanted.casefold(), [text.casefold() for text in known], n=1, cutoff=_CLOSE)
    if not close:
        return ""
    meant = next(text for text in known if text.casefold() == close[0])
    return f"; perhaps {meant!r} is meant"


def _odd_letter(found: str, wanted: str) -> str:
    import unicodedata

    for there, here in zip(found, wanted, strict=False):
        odd = there if ord(there) > 127 else here
        if there != here and ord(odd) > 127:
            whose = "its" if odd == there else "the name asked for has the"
            return f" but {whose} letter {odd!r} is {unicodedata.name(odd, 'unnamed').title()}"
    return " but is spelled differently"


# Letters of other alphabets that look like Latin ones (Unicode TR39 confusables, those a keyboard layout produces).
_LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁһкмтвнАВЕКМНОРСТХУІЈЅαορνυικτχεΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijsdhkmtbhABEKMHOPCTXYIJSaopvuiktxeABEZHIKMNOPTYX",
)


def _skeleton(text: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFKC", _tidy(text)).translate(_LOOKALIKES).casefold()


def _tidy(text: str) -> str:
    """Drop invisible characters and collapse white space."""
    visible = "".join(character for character in text if character not in "\u200b\u200c\u200d\ufeff\u00ad")
    return " ".join(visible.split())


def _listed(names: list[str], most: int = 12) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "") or "none"


def _unique(faults: list[Fault]) -> list[Fault]:
    """Keep each sentence once (a header named in two roles would report a missing column twice)."""
    return list({f.sentence: f for f in faults}.values())
