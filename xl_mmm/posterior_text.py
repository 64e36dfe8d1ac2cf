"""The model as text: it travels in cells, survives restarts, and evaluates alike on every machine.

Layout: a readable first line, then Base64 of a compressed body in lines of `LINE` characters. The body is a JSON
header (schema, data, choices, array names and shapes) followed by the arrays: data as float64, draws as float32, which
is exact because draws are rounded when they are made. The first line says what this is, may carry notes about how the
model stands to its sheet, and ends in a SHA-256 of everything else, itself included: a changed character is seen
wherever it stands.

Reading never executes anything: JSON and raw numbers only, with a cap on size before and after decompression.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import hashlib
import json
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from xl_mmm.design import build_design
from xl_mmm.errors import MmmError
from xl_mmm.posterior import Before, Loo, Posterior, PriorSensitivity, Sampling
from xl_mmm.response import MediaParameters
from xl_mmm.spec import ChannelSpec, LiftTest, ModelSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xl_mmm.dataset import Dataset

SCHEMA = 3
MARK = "xl_mmm model"
PART = " · "  # between the parts of the first line
FACTS = 4  # parts before the notes: mark, method, draws, data
LINE = 8_000
LARGEST = 64 * 1024 * 1024  # bytes, compressed or not

REMEDY = "Fit the model again to replace it."


def to_text(posterior: Posterior, estimate: Posterior, notes: Sequence[str] = ()) -> str:
    """Write a model as text.

    Parameters
    ----------
    posterior
        All draws.
    estimate
        The search's answer, one draw.
    notes
        What else the first line says, in few words.

    Returns
    -------
    str
        Lines of at most `LINE` characters; the first is readable.
    """
    from xl_mmm.dataset import to_arrays

    facts, arrays = to_arrays(posterior.dataset)
    arrays = {f"data:{name}": value for name, value in arrays.items()}
    for label, one in (("draws", posterior), ("estimate", estimate)):
        arrays |= {f"{label}:{name}": value.astype(np.float32) for name, value in _draws(one).items()}
    if (before := posterior.before) is not None:
        arrays |= {f"before:{f.name}": getattr(before, f.name).astype(np.float32) for f in dataclasses.fields(before)}
    layout = [(name, value.dtype.str, list(value.shape)) for name, value in arrays.items()]
    header = {
        "schema": SCHEMA, "method": posterior.method, "seed": posterior.seed, "range_label": posterior.range_label,
        "spec": spec_facts(posterior.spec), "data": facts, "arrays": layout,
        "sampling": posterior.sampling and dataclasses.asdict(posterior.sampling),
        "loo": posterior.loo and dataclasses.asdict(posterior.loo),
        "prior_sensitivity": posterior.prior_sensitivity and dataclasses.asdict(posterior.prior_sensitivity),
    }  # fmt: skip
    head = json.dumps(header, ensure_ascii=True, sort_keys=True).encode()
    body = len(head).to_bytes(8, "little") + head + b"".join(np.ascontiguousarray(a).tobytes() for a in arrays.values())
    text = base64.b64encode(zlib.compress(body, 9)).decode()
    first = PART.join([
        f"{MARK} {SCHEMA}", posterior.method, f"{posterior.n_draws} draws", f"data {posterior.dataset.sha[:12]}",
        *(" ".join(note.replace(PART.strip(), " ").split()) for note in notes),
    ])  # fmt: skip
    return "\n".join([first + PART + sealed(first, text), *(text[i : i + LINE] for i in range(0, len(text), LINE))])


def notes_of(text: str) -> tuple[str, ...]:
    """Return the notes in the first line of a stored model; none in anything else."""
    first = text.partition("\n")[0]
    return tuple(first.split(PART)[FACTS:-1]) if first.startswith(MARK) else ()


def sealed(first: str, body: str) -> str:
    """Return the checksum of the first line, as far as it stands before the checksum, and of the lines below it."""
    return hashlib.sha256(f"{first}\n{body}".encode("utf-8", "surrogatepass")).hexdigest()


def from_text(text: str) -> tuple[Posterior, Posterior]:
    """Read a model from text; returns all draws, and the search's answer.

    Raises
    ------
    MmmError
        The text is no model, is damaged, too large, or of another schema.
    """
    packed = _checked(text)
    try:
        return _read(*_unpacked(packed))
    except (zlib.error, LookupError, TypeError, ValueError, AttributeError) as error:
        # The checksum holds, so nothing was lost on the way: this was never written by `to_text`.
        raise MmmError(f"The stored model is damaged: its parts do not fit together ({error}). {REMEDY}") from error


def _read(header: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> tuple[Posterior, Posterior]:
    """Turn header and arrays into the draws and the search's answer."""
    from xl_mmm.dataset import from_arrays

    dataset = from_arrays(header["data"], _part(arrays, "data"))
    spec = _spec_from(header["spec"])
    made = (header["method"], int(header["seed"]), header["range_label"])
    draws, estimate = _part(arrays, "draws"), _part(arrays, "estimate")
    sampling, loo, follows = (header[key] for key in ("sampling", "loo", "prior_sensitivity"))
    posterior = dataclasses.replace(
        _posterior(dataset, spec, made, draws),
        sampling=sampling and Sampling(**sampling),
        loo=loo and Loo(**loo),
        prior_sensitivity=follows and PriorSensitivity(**_with_tuples(follows)),
    )
    if before := _part(arrays, "before"):
        posterior = dataclasses.replace(posterior, before=_before(before, len(spec.lift_tests)))
    return posterior, _posterior(dataset, spec, made, estimate)


def _before(arrays: dict[str, NDArray[Any]], n_tests: int) -> Before:
    """Dress what was said of the experiments before they were used."""
    before = Before(**{name: value.astype(float) for name, value in arrays.items()})
    if before.effect.shape[1:] != (n_tests,) or before.roi.shape != before.effect.shape:
        raise ValueError(f"{n_tests} experiments have effects of shape {before.effect.shape}")
    if before.believed.shape != (n_tests, 2):
        raise ValueError(f"beliefs have shape {before.believed.shape}")
    return before


def _part(arrays: dict[str, NDArray[Any]], label: str) -> dict[str, NDArray[Any]]:
    """Arrays stored under `label:name`, by name."""
    return {name.partition(":")[2]: value for name, value in arrays.items() if name.startswith(f"{label}:")}


def _checked(text: str) -> bytes:
    """Check the envelope and return what it holds."""
    first, _, rest = text.partition("\n")
    if not first.startswith(MARK):
        raise MmmError(f"This is not a stored model: it begins {first[:40]!r}. {REMEDY}")
    if len(rest) > LARGEST:
        raise MmmError(f"The stored model is larger than {LARGEST // 2**20} MB. {REMEDY}")
    schema = first.removeprefix(MARK).strip().partition(" ")[0]
    if schema != str(SCHEMA):
        raise MmmError(f"The stored model has schema {schema}, this version reads {SCHEMA}. {REMEDY}")
    said, _, checksum = first.rpartition(PART)
    body = rest.replace("\n", "")
    if sealed(said, body) != checksum:
        raise MmmError(f"The stored model is damaged: its checksum does not match. {REMEDY}")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MmmError(f"The stored model is damaged: its parts do not fit together ({error}). {REMEDY}") from error


def _unpacked(packed: bytes) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Split the compressed body into header and arrays."""
    stream = zlib.decompressobj()
    body = stream.decompress(packed, LARGEST)
    if stream.unconsumed_tail:
        raise MmmError(f"The stored model is larger than {LARGEST // 2**20} MB. {REMEDY}")
    size = int.from_bytes(body[:8], "little")
    header = json.loads(body[8 : 8 + size])
    arrays, at = {}, 8 + size
    for name, dtype, shape in header["arrays"]:
        kind = np.dtype(dtype)
        count = int(np.prod(shape))
        arrays[name] = np.frombuffer(body, kind, count, at).reshape(shape)
        at += count * kind.itemsize
    return header, arrays


def _draws(posterior: Posterior) -> dict[str, NDArray[np.float64]]:
    """All arrays of a posterior that lead with the draw axis."""
    return {
        **{f"value:{name}": value for name, value in posterior.media.values.items()},
        "coefficient": posterior.media.coefficient, "linear": posterior.linear, "sigma": posterior.sigma,
        "rho": posterior.rho,
    }  # fmt: skip


def _posterior(dataset: Dataset, spec: ModelSpec, made: tuple[str, int, str], draws: dict[str, Any]) -> Posterior:
    """Dress stored arrays as a posterior."""
    names = (*dataset.channels, *dataset.organic)
    channels = [spec.channel(name) for name in names]
    draws = {name: value.astype(float) for name, value in draws.items()}
    values = {n.partition(":")[2]: value for n, value in draws.items() if n.startswith("value:")}
    media = MediaParameters(
        names, tuple(c.adstock for c in channels), tuple(c.saturation for c in channels),
        tuple(c.max_lag for c in channels), values, draws["coefficient"],
    )  # fmt: skip
    design, n_draws = build_design(dataset, spec), len(draws["sigma"])
    wide = {"linear": (n_draws, len(design.names)), "sigma": (n_draws,), "rho": (n_draws,)}
    for name, value in draws.items():
        if value.shape != wide.get(name, (n_draws, len(names))):
            raise ValueError(f"{name} has shape {value.shape}")
    method, seed, label = made
    return Posterior(
        dataset, spec, design, method, seed, media, draws["linear"], draws["sigma"], draws["rho"],
        label,
    )  # fmt: skip


def spec_facts(spec: ModelSpec) -> dict[str, Any]:
    """Plain values of a specification."""
    plain = {f.name: getattr(spec, f.name) for f in dataclasses.fields(spec)}
    plain["channels"] = {name: dataclasses.asdict(c) for name, c in spec.channels.items()}
    plain["control_signs"] = dict(spec.control_signs)
    plain["default"] = dataclasses.asdict(spec.default)
    plain["lift_tests"] = [dataclasses.asdict(test) for test in spec.lift_tests]
    return plain


def _spec_from(plain: dict[str, Any]) -> ModelSpec:
    """Read what `spec_facts` wrote; JSON turned ranges into lists."""
    return ModelSpec(**{
        **plain,
        "channels": {name: _channel_from(facts) for name, facts in plain["channels"].items()},
        "default": _channel_from(plain["default"]),
        "lift_tests": tuple(LiftTest(**test) for test in plain["lift_tests"]),
    })  # fmt: skip


def _channel_from(facts: dict[str, Any]) -> ChannelSpec:
    """Read one channel's choices."""
    return ChannelSpec(**_with_tuples(facts))


def _with_tuples(facts: dict[str, Any]) -> dict[str, Any]:
    """Turn lists, as JSON has them, back into tuples."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in facts.items()}
