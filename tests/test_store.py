"""The model folder: data only, checked before use, replaced in one step."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.conftest import REPORT
from tests.faults.small import world
from toolkit.errors import FazhiError, InputError, ModelError
from toolkit.files import PART, read_bounded, sole_writer, whole_file, write_whole
from toolkit.read import from_lines
from toolkit.store import FORMAT, _seal, load_arrays, load_model, save_arrays, save_model
from toolkit.structure import parse

FORMATS = sorted((Path(__file__).parent / "data").glob("model-format-*"))
DOCUMENT = parse(from_lines("a.txt", REPORT))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The oldest fixture as this version writes it."""
    folder = tmp_path_factory.mktemp("store") / "model"
    save_model(folder, load_model(FORMATS[0]), {"names": {}})
    return folder


@pytest.fixture
def model(written: Path, tmp_path: Path) -> Path:
    return shutil.copytree(written, tmp_path / "model")


def sealed(folder: Path, **changes: Any) -> None:
    """Change the manifest as somebody would who knows the format."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text("utf-8")) | changes
    manifest.pop("sha256", None)
    path.write_text(json.dumps({**manifest, "sha256": _seal(manifest)}), encoding="utf-8")


def replaced(folder: Path, name: str, data: bytes, **facts: Any) -> None:
    """Put other bytes in the place of an array, with the hash that belongs to them."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    entry = manifest["files"][name]
    (folder / entry["file"]).write_bytes(data)
    entry |= {"sha256": hashlib.sha256(data).hexdigest(), **facts}
    sealed(folder, files=manifest["files"])


def array_bytes(array: Any, **options: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def test_a_model_of_every_format_is_read() -> None:
    """One folder of each released format stands beside the tests and stays there."""
    assert [path.name for path in FORMATS] == [f"model-format-{number + 1}" for number in range(FORMAT)]
    said = []
    for folder in FORMATS:
        predictions = load_model(folder).predict(DOCUMENT)
        assert len(predictions) == len(DOCUMENT.items)
        said.append([(p.stage, p.theme_ids, round(p.stage_probability, 5)) for p in predictions])
    assert said[0] == said[1]
    assert {theme for _, themes, _ in said[0] for theme in themes} == {"mediation", "legal_aid"}


def test_the_same_model_gives_the_same_bytes(written: Path, tmp_path: Path) -> None:
    for _ in range(2):
        save_model(tmp_path / "again", load_model(written), {"names": {}})
    names = sorted(path.name for path in written.iterdir())
    assert sorted(path.name for path in (tmp_path / "again").iterdir()) == names
    assert all((tmp_path / "again" / name).read_bytes() == (written / name).read_bytes() for name in names)


class _Bomb:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("echo run > pwned",)


def _archive() -> bytes:
    stream = io.BytesIO()
    np.savez(stream, a=np.zeros(3))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (array_bytes(np.array([_Bomb()], object), allow_pickle=True), "is no plain array"),
        (pickle.dumps(_Bomb()), "is no plain array"),
        (_archive(), "is no plain array"),
        (array_bytes(np.zeros(3, [("a", "<f4")])), "is no plain array"),
        (array_bytes(np.array(["a"])), "is no plain array"),
        (array_bytes(np.zeros(3, np.float32))[:-1], "is no plain array"),
        (array_bytes(np.zeros(3, np.float32)) + b"x", "is no plain array"),
        (array_bytes(np.zeros(3, np.float32)).replace(b"(3,)", b"(9999999999999,)"), "is no plain array"),
        (array_bytes(np.zeros(3, np.float32)).replace(b"(3,)", b"__import__('os').system('echo run > pwned')"), "is no plain array"),
        (b"", "is no plain array"),
        (array_bytes(np.zeros(3, np.float64)), "not of the dtype and shape its manifest says"),
    ],
    ids=["objects", "pickle", "archive", "records", "text", "short", "long", "huge", "code", "empty", "dtype"],
)  # fmt: skip
def test_arrays_that_are_no_arrays_are_refused_and_nothing_runs(
    model: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, message: str
) -> None:
    """Their hashes are right: who made the folder wrote them."""
    monkeypatch.chdir(model)
    replaced(model, "bias", data)
    with pytest.raises(ModelError, match=message):
        load_model(model)
    assert not (model / "pwned").exists()


def _with(name: str, change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        array = change(load_arrays(folder, "report-model")[0][name].copy())
        replaced(folder, name, array_bytes(array), dtype=array.dtype.str, shape=list(array.shape))

    return damage


def _set(value: float) -> Callable[[np.ndarray], np.ndarray]:
    def change(array: np.ndarray) -> np.ndarray:
        array.flat[0] = value
        return array

    return change


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_with("weights", _set(np.nan)), "weights.npy: holds numbers that are not finite"),
        (_with("idf", _set(np.inf)), "idf.npy: holds numbers that are not finite"),
        (_with("themes_limit", _set(-np.inf)), "themes_limit.npy: holds numbers that are not finite"),
        (_with("weights", _set(1e30)), "weights.npy: holds numbers beyond 1,000,000"),
        (_with("bias", lambda a: a[:-1]), "bias.npy: is <f4 .*, not <f4"),
        (_with("weights", lambda a: a.astype(np.float64)), "weights.npy: is <f8"),
        (_with("keys", lambda a: a[::-1]), "its substrings are not sorted"),
        (_with("keys", _set(0)), "keys.npy: a substring holds a break"),
        (_with("keys", _set(1)), "keys.npy: a substring stands without its parts"),
        (_with("themes_feature", _set(9999)), "its trees do not fit"),
        (_with("themes_feature", _set(-1)), "its trees do not fit"),
        (lambda f: sealed(f, theme_ids=["mediation"]), "is <f4 .*, not <f4"),
        (lambda f: sealed(f, theme_ids=["mediation", "mediation"]), "no theme ids"),
        (lambda f: sealed(f, theme_ids=["mediation", "\x1b[31m"]), "no theme ids"),
        (lambda f: sealed(f, theme_ids="ab"), "no theme ids"),
        (lambda f: sealed(f, theme_ids=["mediation", "noise"]), "no label set"),
        (lambda f: sealed(f, stage_ids=None), "no stage ids"),
        (lambda f: sealed(f, margin="0.1"), "lacks a margin"),
        (lambda f: sealed(f, margin=True), "lacks a margin"),
        (lambda f: sealed(f, kind="topic-model"), "is a 'topic-model', not a report-model"),
        (lambda f: sealed(f, features="0000", toolkit="0.0.9"), r"features of toolkit 0.0.9 \(0000\), this is \d"),
        (lambda f: sealed(f, format=9, toolkit="7.0"), r"model format 9, this version reads 1 and 2; this is toolkit .*, it was written by 7.0"),
        (lambda f: sealed(f, files={"a": {"file": "../../../etc/passwd"}}), "no array file"),
        (lambda f: sealed(f, files={"a": 3}), "no array file"),
        (lambda f: sealed(f, files=[]), "no manifest of a model"),
        (lambda f: next(f.glob("bias*")).unlink(), "no such file"),
        (lambda f: next(f.glob("bias*")).write_bytes(b"x"), r"was changed since it was written \(sha256\)"),
        (lambda f: (f / "manifest.json").write_text("[" * 100_000), "cannot be read as JSON"),
        (lambda f: (f / "manifest.json").write_text('{"format": 2, "files": {}, "margin": NaN}'), "cannot be read as JSON"),
        (lambda f: (f / "manifest.json").write_bytes(b"\xff\xfe"), "cannot be read as JSON"),
        (lambda f: (f / "manifest.json").unlink(), "no manifest.json here"),
        (shutil.rmtree, "no such folder"),
    ],
)  # fmt: skip
def test_a_model_that_is_not_whole_is_refused(model: Path, damage: Callable[[Path], Any], message: str) -> None:
    damage(model)
    with pytest.raises(ModelError, match=message) as caught:
        load_model(model)
    assert "\n" not in str(caught.value)


def test_a_changed_manifest_is_noticed(model: Path) -> None:
    """Somebody swaps two themes by hand: every item would bear the other's name."""
    path = model / "manifest.json"
    text = path.read_text("utf-8")
    swapped = re.sub(r'"mediation",\s*"legal_aid"', '"legal_aid", "mediation"', text)
    assert swapped != text
    path.write_text(swapped, encoding="utf-8")
    with pytest.raises(ModelError, match=r"manifest.json: was changed since it was written"):
        load_model(model)


@pytest.mark.parametrize("columns", [None, 3, [18], [18, 999], [0, 69], [True, 69], ["18", 69]])
def test_columns_that_no_toolkit_taught_are_refused(model: Path, columns: object) -> None:
    sealed(model, columns=columns)
    with pytest.raises(ModelError, match=r"manifest.json: its columns are not those of a model"):
        load_model(model)


def test_a_model_taught_more_columns_is_not_read_as_one_of_fewer(model: Path) -> None:
    """The fingerprint is over the columns themselves, so another number of them is another fingerprint."""
    sealed(model, columns=[17, 69])
    with pytest.raises(ModelError, match=r"learnt with the features of toolkit"):
        load_model(model)


def test_a_pipe_in_a_model_folder_does_not_hang(model: Path) -> None:
    path = next(model.glob("bias*"))
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(ModelError, match="no such file"):
        load_model(model)


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("不要动")
    with pytest.raises(InputError, match="is a folder with other things in it"):
        save_arrays(tmp_path, "x", {"a": np.zeros(2)}, {})
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_new_model_takes_the_old_one_s_files_and_no_others(model: Path) -> None:
    (model / "notes.md").write_text("mine")
    save_arrays(model, "x", {"a": np.zeros(2)}, {})
    assert {path.name.split(".")[0] for path in model.iterdir()} == {"notes", "manifest", "a"}
    arrays, _ = load_arrays(model, "x")
    assert arrays["a"].tolist() == [0.0, 0.0]


def test_a_folder_that_can_t_be_written_is_a_plain_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="can't be written"):
        save_arrays(tmp_path / "file" / "model", "x", {"a": np.zeros(2)}, {})


WRITER = """
import sys, numpy as np
from pathlib import Path
from toolkit.store import save_arrays
own = int(sys.argv[2])
for turn in range(40):
    arrays = {f"a{k}": np.full(200 + k, 1000 * own + turn, np.float32) for k in range(4)}
    save_arrays(Path(sys.argv[1]), "x", arrays, {"turn": [own, turn]})
"""


def test_two_processes_that_write_one_folder_do_not_mix(tmp_path: Path) -> None:
    """Whoever reads meanwhile sees one process's model or the other's, whole."""
    folder = tmp_path / "model"
    save_arrays(folder, "x", {f"a{k}": np.full(3, -1, np.float32) for k in range(4)}, {"turn": [-1, 0]})
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(folder), str(own)]) for own in (1, 2)]
    seen = set()
    while any(writer.poll() is None for writer in writers):
        arrays, manifest = load_arrays(folder, "x")
        own, turn = manifest["turn"]
        assert {float(value) for array in arrays.values() for value in array} == {
            -1.0 if own < 0 else 1000 * own + turn
        }
        seen.add(own)
    assert [writer.wait(60) for writer in writers] == [0, 0]
    assert len(seen) > 1
    arrays, manifest = load_arrays(folder, "x")
    assert len(list(folder.iterdir())) == 5  # four arrays and the manifest: nothing of an earlier turn is left


TRAINER = """
import sys
from pathlib import Path
from toolkit.experiment import read_config, run_training
base = Path(sys.argv[1])
config = read_config(base / "small.toml")
import toolkit.learn
print("ready", flush=True)
for _ in range(50):
    run_training(config, base)
"""


def test_a_training_that_is_killed_leaves_a_whole_model(tmp_path: Path, model: Path) -> None:
    base = world(tmp_path)
    old = (model / "manifest.json").read_bytes()
    for wait in (0.05, 0.6):
        with subprocess.Popen([sys.executable, "-c", TRAINER, str(base)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None and process.stdout.readline() == b"ready\n"
            time.sleep(wait)
            process.send_signal(signal.SIGKILL)
        assert load_model(model).predict(DOCUMENT)
        if wait < 0.1:
            assert (model / "manifest.json").read_bytes() == old


def test_a_file_is_whole_or_not_there(tmp_path: Path) -> None:
    path = tmp_path / "out" / "a.jsonl"
    write_whole(path, b"old")
    with pytest.raises(KeyError), whole_file(path) as file:
        file.write("new")
        raise KeyError
    assert path.read_bytes() == b"old"
    with whole_file(path) as file:
        file.write("一\n")
    assert path.read_bytes() == "一\n".encode()
    assert [found.name for found in path.parent.iterdir()] == ["a.jsonl"]


def test_a_link_is_written_through_and_a_device_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to("real.csv")
    write_whole(tmp_path / "link.csv", b"new")
    assert (tmp_path / "link.csv").is_symlink() and (tmp_path / "real.csv").read_text() == "new"
    with pytest.raises(InputError, match="is no plain file"):
        write_whole(Path("/dev/null"), b"x")


def test_what_a_killed_process_left_is_swept_and_a_living_one_s_is_not(tmp_path: Path) -> None:
    dead, alive, young = (tmp_path / f".{name}.csv.abc{PART}" for name in ("dead", "alive", "young"))
    for path in (dead, alive, young):
        path.write_text("half")
        os.utime(path, (0, 0) if path is not young else None)
    fcntl = pytest.importorskip("fcntl")
    with alive.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        write_whole(tmp_path / "out.csv", b"x")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([alive.name, young.name, "out.csv"])


def test_a_second_writer_of_one_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.unfinished"
    with sole_writer(path), pytest.raises(InputError, match="another process is writing this"), sole_writer(path):
        pass
    with sole_writer(path):
        pass


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: None, "no such file"),
        (lambda p: p.mkdir(), "is a folder, not a file"),
        (lambda p: p.write_bytes(b"x" * 11), "11 bytes, more than 10; split it"),
        (lambda p: p.symlink_to("/dev/zero"), "more than 10 bytes; split it"),
    ],
)
def test_reading_is_bounded(tmp_path: Path, make: Callable[[Path], Any], message: str) -> None:
    make(tmp_path / "a")
    with pytest.raises(FazhiError, match=message):
        read_bounded(tmp_path / "a", 10)
