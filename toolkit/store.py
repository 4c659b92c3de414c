"""The model folder: numbers and names only, checked before use. Nothing is unpickled and nothing is imported from it.

::

    manifest.json           format, kind, versions, resolved configuration, names, hash of the training data, scores,
                            fingerprint of the features; for every array its file, sha256, dtype and shape; and last
                            the sha256 of all that
    <name>.<hash>.npy       one array each, named by its content

Arrays are written first; the manifest, replaced in one step, makes them the model. So a training that is killed leaves
the old model, a reader sees the one or the other, and two trainings into one folder do not mix.

Formats: 1 (arrays named ``<name>.npy``, no seal and no fingerprint) and 2, which is written. Both are read.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from toolkit.classify import ReportModel, ThemeHead
from toolkit.errors import InputError, ModelError
from toolkit.features import Units, Vocabulary, clause_spans, ngrams
from toolkit.files import PART, alone_in, read_bounded, sync_folder, write_whole
from toolkit.resources import VERSION, shipped
from toolkit.rows import STAGE_ROW, THEME_ROW
from toolkit.scorers import Substrings, Trees

FORMAT = 2
"""Number of the layout that is written."""
READABLE = (1, 2)
"""Layouts that are read; a model of another is refused with both numbers named."""
LIMIT = 1_000_000_000  # bytes of one array file
MANIFEST_LIMIT = 50_000_000  # bytes; a topic model's names its terms
LARGEST = 1e6
"""No number of a model is larger; one that is would drown every other in a sum."""
ANEW = "train the model anew"

Arrays = Mapping[str, NDArray[Any]]


def save_model(folder: Path, model: ReportModel, about: Mapping[str, Any]) -> None:
    """Write ``model`` to ``folder``, replacing the model there; ``about`` joins the manifest (config, data, scores).

    The same model and ``about`` give the same bytes.
    """
    arrays: dict[str, NDArray[Any]] = {
        "keys": model.linear.vocabulary.keys,
        "idf": model.linear.idf,
        "weights": model.linear.weights,
        "bias": model.linear.bias,
        "slope": model.themes.slope,
        "offset": model.themes.offset,
        "threshold": model.themes.threshold,
    }
    for name, trees in [("themes", model.themes.trees), *((f"stage_{k}", t) for k, t in enumerate(model.stages))]:
        arrays |= {
            f"{name}_feature": trees.feature,
            f"{name}_limit": trees.threshold,
            f"{name}_value": trees.value,
            f"{name}_base": np.array([trees.base], np.float32),
        }
    named = {"theme_ids": list(model.theme_ids), "stage_ids": list(model.stage_ids), "margin": model.margin}
    named |= {"familiar": model.familiar}
    named |= {"columns": list(_COLUMNS), "features": feature_fingerprint()}
    save_arrays(folder, "report-model", arrays, {**named, **about})


_COLUMNS = len(THEME_ROW), len(STAGE_ROW)
_FIRST_COLUMNS = 18, 69
"""Columns of models that do not say how many they were taught; columns have only ever been added at the end."""


@cache
def feature_fingerprint(columns: tuple[int, int] = _COLUMNS) -> str:
    """Changes when text is folded, cut or seen otherwise: a model learnt with other features would say nonsense.

    ``columns`` are how many of :data:`THEME_ROW` and of :data:`STAGE_ROW` the model was taught; it never asks for more.
    """
    probe = "全年调解纠纷832件；成功率98％。ＡＢc-Ⅱ①“应援尽援。”的目标！\n（图为现场）\u3000Ⅳ、é"
    keys, places = ngrams(Units.of_texts([probe]).codes)
    seen = [keys.tolist(), places.tolist(), clause_spans(probe)]
    seen += [list(THEME_ROW[: columns[0]]), list(STAGE_ROW[: columns[1]])]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:16]


def load_model(folder: str | Path | None = None) -> ReportModel:
    """The report model in ``folder``, by default the shipped ``models/themes``.

    Raises:
        ModelError: no model, another format or kind, a file that was changed, shapes that do not fit, numbers that are
            not finite.
    """
    folder = shipped("models", "themes") if folder is None else Path(folder)
    arrays, manifest = load_arrays(folder, "report-model")
    themes, stages = _ids(manifest, "theme_ids", folder), _ids(manifest, "stage_ids", folder)
    if not themes or set(themes) & set(stages):
        raise ModelError("its themes and stages are no label set", where=folder / "manifest.json", remedy=ANEW)
    margin = manifest.get("margin")
    if isinstance(margin, bool) or not isinstance(margin, int | float) or not 0 <= margin <= 1:
        raise ModelError("its manifest lacks a margin", where=folder / "manifest.json", remedy=ANEW)
    familiar = manifest.get("familiar", 0.0)
    if isinstance(familiar, bool) or not isinstance(familiar, int | float) or not 0 <= familiar <= 1:
        raise ModelError("its manifest says no share that is familiar", where=folder / "manifest.json", remedy=ANEW)
    columns = _columns(manifest, folder)
    if manifest["format"] > 1 and manifest.get("features") != feature_fingerprint(columns):
        wrote, found = str(manifest.get("toolkit"))[:20], str(manifest.get("features"))[:20]
        raise ModelError(
            f"learnt with the features of toolkit {wrote} ({found}), this is {VERSION} ({feature_fingerprint()})",
            where=folder,
            remedy=ANEW,
        )
    count, outputs, k = len(arrays.get("keys", ())), len(themes) + len(stages), len(themes)
    _expect(arrays, {"keys": ("<u8", (count,)), "idf": ("<f4", (count,)), "weights": ("<f4", (count, outputs))}, folder)
    _expect(
        arrays,
        {"bias": ("<f4", (outputs,)), **dict.fromkeys(("slope", "offset", "threshold"), ("<f4", (k,)))},
        folder,
    )
    if not (arrays["keys"][1:] > arrays["keys"][:-1]).all():
        raise ModelError("its substrings are not sorted", where=folder / "keys.npy", remedy=ANEW)
    try:
        vocabulary = Vocabulary.of(arrays["keys"])
    except ValueError as problem:
        raise ModelError(str(problem), where=folder / "keys.npy", remedy=ANEW) from None
    linear = Substrings(vocabulary, arrays["idf"], arrays["weights"], arrays["bias"])
    head = ThemeHead(
        _trees(arrays, "themes", columns[0], folder), arrays["slope"], arrays["offset"], arrays["threshold"]
    )
    trees = tuple(_trees(arrays, f"stage_{number}", columns[1], folder) for number in range(len(stages)))
    return ReportModel(linear, themes, stages, head, trees, float(margin), float(familiar))


def _columns(manifest: Mapping[str, Any], folder: Path) -> tuple[int, int]:
    """How many columns of the rows of themes and stages the trees were taught."""
    found = manifest.get("columns", list(_FIRST_COLUMNS))
    if isinstance(found, list) and len(found) == 2:
        themes, stages = found
        if type(themes) is int and type(stages) is int and 0 < themes <= _COLUMNS[0] and 0 < stages <= _COLUMNS[1]:
            return themes, stages
    raise ModelError("its columns are not those of a model", where=folder / "manifest.json", remedy=ANEW)


def _ids(manifest: Mapping[str, Any], key: str, folder: Path) -> tuple[str, ...]:
    """The label set under ``key``: distinct, printable, of a length that is an id."""
    found = manifest.get(key)
    if isinstance(found, list) and len(found) <= 1000 and len({str(name) for name in found}) == len(found):
        names = tuple(name for name in found if isinstance(name, str) and name.isprintable() and 0 < len(name) <= 200)
        if len(names) == len(found):
            return names
    raise ModelError(f"its manifest has no {key.replace('_', ' ')}", where=folder / "manifest.json", remedy=ANEW)


def _trees(arrays: Arrays, name: str, columns: int, folder: Path) -> Trees:
    shape = arrays[f"{name}_feature"].shape if f"{name}_feature" in arrays else (0, 0)
    count, inner = shape if len(shape) == 2 else (0, 0)
    kinds = {"feature": "<i2", "limit": "<f4", "value": "<f4", "base": "<f4"}
    sizes = {"feature": (count, inner), "limit": (count, inner), "value": (count, inner + 1), "base": (1,)}
    _expect(arrays, {f"{name}_{part}": (kinds[part], sizes[part]) for part in kinds}, folder, endless=f"{name}_limit")
    feature = arrays[f"{name}_feature"]
    if (
        (inner + 1) & inner
        or inner > 1023
        or count > 10_000
        or (feature.size and not (feature.min() >= 0 and feature.max() < columns))
    ):
        raise ModelError("its trees do not fit this version", where=folder / f"{name}_feature.npy", remedy=ANEW)
    base = float(arrays[f"{name}_base"][0])
    return Trees(base, feature, arrays[f"{name}_limit"], arrays[f"{name}_value"])


def _expect(
    arrays: Arrays, expected: Mapping[str, tuple[str, tuple[int, ...]]], folder: Path, endless: str = ""
) -> None:
    """Dtypes and shapes as they must be, and every number finite (``endless`` may hold +∞: a split that never is)."""
    for name, (dtype, shape) in expected.items():
        if name not in arrays:
            raise ModelError(f"no {name}.npy", where=folder, remedy=ANEW)
        found = arrays[name]
        if found.dtype.str != dtype or found.shape != shape:
            got = f"{found.dtype.str} {found.shape}"
            raise ModelError(f"is {got}, not {dtype} {shape}", where=folder / f"{name}.npy", remedy=ANEW)
        if found.dtype.kind != "f":
            continue
        numbers = found[found != np.inf] if name == endless else found
        if not np.isfinite(numbers).all():
            raise ModelError("holds numbers that are not finite", where=folder / f"{name}.npy", remedy=ANEW)
        if numbers.size and np.abs(numbers).max() > LARGEST:
            raise ModelError(f"holds numbers beyond {LARGEST:,.0f}", where=folder / f"{name}.npy", remedy=ANEW)


def save_arrays(folder: Path, kind: str, arrays: Arrays, about: Mapping[str, Any]) -> None:
    """Write a folder of ``arrays`` and a manifest with ``about``, whole or not at all.

    Raises:
        InputError: the folder cannot be written, holds other things, or another process writes into it for long.
    """
    folder = Path(folder)
    data, files = {}, {}
    for name, array in sorted(arrays.items()):
        little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        buffer = io.BytesIO()
        np.save(buffer, little, allow_pickle=False)
        digest = hashlib.sha256(buffer.getvalue()).hexdigest()
        file = f"{name}.{digest[:8]}.npy"
        data[file] = buffer.getvalue()
        files[name] = {"file": file, "sha256": digest, "dtype": little.dtype.str, "shape": list(little.shape)}
    manifest = {"format": FORMAT, "kind": kind, "toolkit": VERSION, **about, "files": files}
    text = json.dumps({**manifest, "sha256": _seal(manifest)}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with alone_in(folder):
            _refuse_others(folder)
            for file, content in data.items():
                if _hash_of(folder / file) != files[file.split(".")[0]]["sha256"]:
                    write_whole(folder / file, content)
            write_whole(folder / "manifest.json", text.encode("utf-8", "replace"))  # from here on it is the model
            for name in os.listdir(folder):  # noqa: PTH208
                if _ours(name) and name not in data and name != "manifest.json":
                    (folder / name).unlink(missing_ok=True)
            sync_folder(folder)
    except OSError as problem:
        reason = (problem.strerror or "error").lower()
        raise InputError(f"can't be written: {reason}", where=folder) from None


def _seal(manifest: Mapping[str, Any]) -> str:
    """Hash of everything a manifest says."""
    plain = json.dumps(manifest, ensure_ascii=True, sort_keys=True, allow_nan=False, separators=(",", ":"))
    return hashlib.sha256(plain.encode()).hexdigest()


def _hash_of(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _ours(name: str) -> bool:
    """Whether a model folder may hold a file of this name: what is swept, and what is no reason to refuse."""
    return name == "manifest.json" or name.endswith((".npy", PART))


def _refuse_others(folder: Path) -> None:
    """A folder with other things and no model in it is not made a model folder."""
    names = os.listdir(folder)  # noqa: PTH208
    if "manifest.json" not in names and not all(_ours(name) for name in names):
        raise InputError("is a folder with other things in it", where=folder, remedy="name a model folder or a new one")


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a model folder, its format and its seal checked.

    Raises:
        ModelError: no manifest, a broken or changed one, or one of another format.
    """
    path = folder / "manifest.json"
    if not path.exists():
        looked = "no such folder" if not folder.exists() else "no manifest.json here"
        raise ModelError(looked, where=folder, remedy="a model folder holds manifest.json and .npy files")
    try:
        text = read_bounded(path, MANIFEST_LIMIT, ModelError).decode("utf-8")
        manifest = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise ModelError("cannot be read as JSON", where=path, remedy=ANEW) from None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise ModelError("is no manifest of a model", where=path, remedy=ANEW)
    found = manifest.get("format")
    if isinstance(found, bool) or found not in READABLE:
        wrote = str(manifest.get("toolkit"))[:20]
        reads = " and ".join(str(number) for number in READABLE)
        remedy = f"this is toolkit {VERSION}, it was written by {wrote}; {ANEW}"
        raise ModelError(f"model format {str(found)[:20]}, this version reads {reads}", where=path, remedy=remedy)
    if found > 1 and manifest.get("sha256") != _seal({k: v for k, v in manifest.items() if k != "sha256"}):
        raise ModelError("was changed since it was written (sha256)", where=path, remedy=ANEW)
    return manifest


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def load_arrays(folder: Path, kind: str) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Arrays by name and the manifest of a model folder of ``kind``; every file is checked against its hash.

    Raises:
        ModelError: see :func:`load_model`.
    """
    folder = Path(folder)
    for _ in range(3):
        manifest = read_manifest(folder)
        try:
            return _load(folder, kind, manifest), manifest
        except ModelError:
            # Another process may have put a new model in the place of the one whose manifest was read.
            with suppress(ModelError):
                if read_manifest(folder) != manifest:
                    continue
            raise
    raise ModelError("is being written again and again", where=folder, remedy="wait for it to end")


def _load(folder: Path, kind: str, manifest: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    if manifest.get("kind") != kind:
        raise ModelError(f"is a {str(manifest.get('kind'))[:40]!r}, not a {kind}", where=folder)
    arrays: dict[str, NDArray[Any]] = {}
    for key, facts in manifest["files"].items():
        file = facts.get("file", key) if isinstance(facts, dict) else ""
        name = key.removesuffix(".npy")
        if not isinstance(file, str) or not re.fullmatch(r"\w{1,60}(?:\.[0-9a-f]{8})?\.npy", file):
            raise ModelError(f"names {str(file)[:60]!r}, which is no array file", where=folder / "manifest.json")
        path = folder / file
        if not path.is_file():
            raise ModelError("no such file", where=path, remedy=ANEW)
        data = read_bounded(path, LIMIT, ModelError, ANEW)
        if hashlib.sha256(data).hexdigest() != facts.get("sha256"):
            raise ModelError("was changed since it was written (sha256)", where=path, remedy=ANEW)
        found = array_of(data, path)
        if [found.dtype.str, list(found.shape)] != [facts.get("dtype"), facts.get("shape")]:
            raise ModelError("is not of the dtype and shape its manifest says", where=path, remedy=ANEW)
        arrays[name] = found
    return arrays


_HEADERS: dict[tuple[int, int], Callable[..., Any]] = {
    (1, 0): npy.read_array_header_1_0,
    (2, 0): npy.read_array_header_2_0,
}


def array_of(data: bytes, where: object) -> NDArray[Any]:
    """The plain array in the bytes of a ``.npy`` file; ``np.load`` also opens archives, and trusts the header's size.

    Raises:
        ModelError: no such file, an array of objects or records, or more or fewer bytes than the header says.
    """
    stream = io.BytesIO(data)
    try:
        shape, by_column, dtype = _HEADERS[npy.read_magic(stream)](stream)
        count = math.prod(shape)
        size = len(data) - stream.tell()
        if dtype.kind not in "fiub" or (by_column and len(shape) > 1) or min(shape, default=0) < 0:
            raise ValueError("no plain array")
        if count * dtype.itemsize != size:
            raise ValueError("another size than its header says")
        return np.frombuffer(data, dtype, count, stream.tell()).reshape(shape)
    except (ValueError, KeyError, TypeError, EOFError, OverflowError, SyntaxError, MemoryError, RecursionError):
        raise ModelError("is no plain array", where=where, remedy=ANEW) from None


def read_names(folder: str | Path | None = None, language: str = "zh") -> dict[str, str]:
    """Names of themes and stages as the model in ``folder`` was trained with them; ids where it says none."""
    manifest = read_manifest(shipped("models", "themes") if folder is None else Path(folder))
    names = manifest.get("names")
    if not isinstance(names, dict):
        return {}
    return {str(key): str(value.get(language, key)) for key, value in names.items() if isinstance(value, dict)}
