"""The model folder: numbers and names only, checked before use. Nothing is unpickled and nothing is imported from it.

::

    manifest.json     format, kind, versions, resolved configuration, names, hash of the training data, scores,
                      and for every array file its sha256, dtype and shape
    <name>.npy        one array each, loaded with ``allow_pickle=False``

A folder is written whole beside its place and then moved there, so an interrupted training leaves the old model.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from toolkit.classify import STAGE_ROW, THEME_ROW, ReportModel, Substrings, ThemeHead, Trees
from toolkit.errors import InputError, ModelError
from toolkit.features import Vocabulary
from toolkit.resources import VERSION, shipped

FORMAT = 1
"""Number of the layout; a model of another format is refused with both numbers named."""
LIMIT = 1_000_000_000  # bytes of one array file

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
    save_arrays(folder, "report-model", arrays, {**named, **about})


def load_model(folder: str | Path | None = None) -> ReportModel:
    """The report model in ``folder``, by default the shipped ``models/themes``.

    Raises:
        ModelError: no model, another format or kind, a file that was changed, shapes that do not fit, numbers that are
            not finite.
    """
    folder = shipped("models", "themes") if folder is None else Path(folder)
    arrays, manifest = load_arrays(folder, "report-model")
    try:
        themes, stages = tuple(manifest["theme_ids"]), tuple(manifest["stage_ids"])
        margin = float(manifest["margin"])
    except (KeyError, TypeError, ValueError):
        raise ModelError("its manifest lacks names or margin", where=folder, remedy="train the model anew") from None
    count, outputs, k = len(arrays.get("keys", ())), len(themes) + len(stages), len(themes)
    _expect(arrays, {"keys": ("<u8", (count,)), "idf": ("<f4", (count,)), "weights": ("<f4", (count, outputs))}, folder)
    _expect(
        arrays,
        {"bias": ("<f4", (outputs,)), **dict.fromkeys(("slope", "offset", "threshold"), ("<f4", (k,)))},
        folder,
    )
    if not (arrays["keys"][1:] > arrays["keys"][:-1]).all():
        raise ModelError("its substrings are not sorted", where=folder / "keys.npy", remedy="train the model anew")
    linear = Substrings(Vocabulary.of(arrays["keys"]), arrays["idf"], arrays["weights"], arrays["bias"])
    head = ThemeHead(
        _trees(arrays, "themes", len(THEME_ROW), folder), arrays["slope"], arrays["offset"], arrays["threshold"]
    )
    trees = tuple(_trees(arrays, f"stage_{number}", len(STAGE_ROW), folder) for number in range(len(stages)))
    return ReportModel(linear, themes, stages, head, trees, margin)


def _trees(arrays: Arrays, name: str, columns: int, folder: Path) -> Trees:
    shape = arrays[f"{name}_feature"].shape if f"{name}_feature" in arrays else (0, 0)
    count, inner = shape if len(shape) == 2 else (0, 0)
    kinds = {"feature": "<i2", "limit": "<f4", "value": "<f4", "base": "<f4"}
    sizes = {"feature": (count, inner), "limit": (count, inner), "value": (count, inner + 1), "base": (1,)}
    _expect(arrays, {f"{name}_{part}": (kinds[part], sizes[part]) for part in kinds}, folder, endless=f"{name}_limit")
    feature = arrays[f"{name}_feature"]
    if (inner + 1) & inner or (feature.size and not (feature.min() >= 0 and feature.max() < columns)):
        raise ModelError("its trees do not fit this version", where=folder / f"{name}_feature.npy", remedy="train anew")
    base = float(arrays[f"{name}_base"][0])
    return Trees(base, feature, arrays[f"{name}_limit"], arrays[f"{name}_value"])


def _expect(
    arrays: Arrays, expected: Mapping[str, tuple[str, tuple[int, ...]]], folder: Path, endless: str = ""
) -> None:
    """Dtypes and shapes as they must be, and every number finite (``endless`` may hold +∞: a split that never is)."""
    for name, (dtype, shape) in expected.items():
        if name not in arrays:
            raise ModelError(f"no {name}.npy", where=folder, remedy="train the model anew")
        found = arrays[name]
        if found.dtype.str != dtype or found.shape != shape:
            got = f"{found.dtype.str} {found.shape}"
            raise ModelError(
                f"is {got}, not {dtype} {shape}", where=folder / f"{name}.npy", remedy="train the model anew"
            )
        bad = np.isnan(found).any() if name == endless else not np.isfinite(found).all()
        if bad:
            raise ModelError(
                "holds numbers that are not finite", where=folder / f"{name}.npy", remedy="train the model anew"
            )


def save_arrays(folder: Path, kind: str, arrays: Arrays, about: Mapping[str, Any]) -> None:
    """Write a folder of ``arrays`` and a manifest with ``about``, whole or not at all.

    Raises:
        InputError: the folder cannot be written.
    """
    folder = Path(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        building = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as problem:
        raise InputError(f"cannot be written: {problem.strerror}", where=folder) from None
    try:
        files: dict[str, Any] = {}
        for name, array in sorted(arrays.items()):
            little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
            buffer = io.BytesIO()
            np.save(buffer, little, allow_pickle=False)
            data = buffer.getvalue()
            _write(building / f"{name}.npy", data)
            digest = hashlib.sha256(data).hexdigest()
            files[f"{name}.npy"] = {"sha256": digest, "dtype": little.dtype.str, "shape": list(little.shape)}
        manifest = {"format": FORMAT, "kind": kind, "toolkit": VERSION, **about, "files": files}
        text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        _write(building / "manifest.json", text.encode())
        building.chmod(0o755)
        _move(building, folder)
    except OSError as problem:
        raise InputError(f"cannot be written: {problem.strerror}", where=folder) from None
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _move(building: Path, folder: Path) -> None:
    """Put ``building`` in the place of ``folder``; what stood there goes only when the new one stands."""
    if not folder.exists():
        building.rename(folder)
        return
    if not (folder / "manifest.json").is_file() and any(folder.iterdir()):
        raise InputError("is a folder with other things in it", where=folder, remedy="name a model folder or a new one")
    old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    folder.rename(old / "model")
    try:
        building.rename(folder)
    except OSError:
        (old / "model").rename(folder)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a model folder, its format checked.

    Raises:
        ModelError: no manifest, a broken one, or one of another format.
    """
    path = folder / "manifest.json"
    try:
        manifest = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        looked = "no such folder" if not folder.exists() else "no manifest.json here"
        raise ModelError(looked, where=folder, remedy="a model folder holds manifest.json and .npy files") from None
    except (OSError, ValueError, RecursionError):
        raise ModelError("cannot be read as JSON", where=path, remedy="train the model anew") from None
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise ModelError("is no manifest of a model", where=path, remedy="train the model anew")
    if manifest.get("format") != FORMAT:
        found = str(manifest.get("format"))[:20]
        wrote = str(manifest.get("toolkit"))[:20]
        remedy = f"this is toolkit {VERSION}, it was written by {wrote}; train the model anew"
        raise ModelError(f"model format {found}, this version reads {FORMAT}", where=path, remedy=remedy)
    return manifest


def load_arrays(folder: Path, kind: str) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
    """Arrays by name and the manifest of a model folder of ``kind``; every file is checked against its hash.

    Raises:
        ModelError: see :func:`load_model`.
    """
    folder = Path(folder)
    manifest = read_manifest(folder)
    if manifest.get("kind") != kind:
        raise ModelError(f"is a {str(manifest.get('kind'))[:40]!r}, not a {kind}", where=folder)
    arrays: dict[str, NDArray[Any]] = {}
    for name, facts in manifest["files"].items():
        path = folder / name
        if Path(name).name != name or not name.endswith(".npy") or not isinstance(facts, dict):
            raise ModelError(f"names {name[:60]!r}, which is no array file", where=folder / "manifest.json")
        try:
            if path.stat().st_size > LIMIT:
                raise ModelError(f"larger than {LIMIT:,} bytes", where=path)
            data = path.read_bytes()
        except OSError as problem:
            raise ModelError(
                (problem.strerror or "cannot be read").lower(), where=path, remedy="train the model anew"
            ) from None
        if hashlib.sha256(data).hexdigest() != facts.get("sha256"):
            raise ModelError("was changed since it was written (sha256)", where=path, remedy="train the model anew")
        try:
            arrays[name.removesuffix(".npy")] = np.load(io.BytesIO(data), allow_pickle=False)
        except (ValueError, EOFError, OSError, MemoryError):
            raise ModelError("is no plain array", where=path, remedy="train the model anew") from None
    return arrays, manifest


def read_names(folder: str | Path | None = None, language: str = "zh") -> dict[str, str]:
    """Names of themes and stages as the model in ``folder`` was trained with them; ids where it says none."""
    manifest = read_manifest(shipped("models", "themes") if folder is None else Path(folder))
    names = manifest.get("names")
    if not isinstance(names, dict):
        return {}
    return {str(key): str(value.get(language, key)) for key, value in names.items() if isinstance(value, dict)}
