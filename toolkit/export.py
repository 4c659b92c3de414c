"""An export for those who work in scikit-learn: a plain pipeline of its own, as a joblib file, which is code.

A joblib file runs what it holds when it is loaded, so nothing of the toolkit ever loads one; the model folder of
:mod:`toolkit.store` is what is passed on. What is exported is a baseline that needs scikit-learn alone: TF-IDF of
characters and one logistic regression a theme, learned from the same training reports. It knows neither structure nor
stages and is weaker than the model; the note beside it says all that.
"""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path
from typing import Any

from toolkit.codebook import load_codebook
from toolkit.errors import DataError, InputError
from toolkit.experiment import Training
from toolkit.files import write_whole
from toolkit.labels import load_reports
from toolkit.resources import VERSION, shipped

CODE = (
    "THIS FILE IS CODE. Loading a joblib file runs whatever its maker put in. Load it only if you made it yourself, "
    "with joblib.load and the scikit-learn named here; fazhi never loads it."
)


def export_sklearn(config: Training, base: Path, path: Path) -> dict[str, Any]:
    """Learn the plain pipeline from the reports of ``config``, write it to ``path``, and give the note put beside it.

    ``joblib.load(path).predict(texts)`` gives an indicator matrix, a column for each of the note's ``themes``.

    Raises:
        InputError: the name does not end in ``.joblib``, or it can't be written.
        FazhiError: labels or configuration are wrong.
    """
    if path.suffix != ".joblib":
        raise InputError("an export is named .joblib", where=path, remedy="a model to pass on is a folder: fazhi train")
    import joblib  # heavy, and for those who export alone
    import sklearn
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import make_pipeline

    codebook = load_codebook(base / config.data.codebook if config.data.codebook else None)
    folder = base / config.data.reports if config.data.reports else shipped("labels", "reports")
    reports = [r for r in load_reports(folder, codebook) if r.entry is None or r.entry.split == "train"]
    texts = [item.text for report in reports for item in report.document.items]
    found = [themes for report in reports for themes in report.themes]
    # A theme without an example, or with nothing else, is no question to a regression.
    themes = [name for name in codebook.theme_ids if 0 < sum(name in each for each in found) < len(found)]
    if not themes:
        raise DataError("no theme with examples", where=folder, remedy="label some items first")
    chars = config.features.chars
    pipeline = make_pipeline(
        TfidfVectorizer(analyzer="char", ngram_range=(1, chars.max), min_df=chars.min_df, sublinear_tf=True),
        OneVsRestClassifier(LogisticRegression(C=10.0, solver="liblinear", random_state=config.learn.seed)),
    ).fit(texts, [[int(name in each) for name in themes] for each in found])
    stream = io.BytesIO()
    joblib.dump(pipeline, stream, compress=3)
    data = stream.getvalue()
    note = {
        "warning": CODE,
        "themes": themes,
        "items": len(texts),
        "toolkit": VERSION,
        "scikit_learn": sklearn.__version__,
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    write_whole(path, data)
    write_whole(path.with_name(path.name + ".json"), (json.dumps(note, ensure_ascii=False, indent=1) + "\n").encode())
    return note
