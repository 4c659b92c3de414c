"""Outside benchmarks: exclusive labels, names that teach, the measures, and the table."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from toolkit.benchmark import read_benchmark, run_benchmark
from toolkit.cli import main
from toolkit.errors import DataError
from toolkit.evaluate import mean_row_f1
from toolkit.learn import ThemeClassifier

SUBJECTS = {
    "农学": ("水稻在{}个试验点增产", "小麦育种筛选出{}个品系", "土壤墒情连续{}天偏低", "大豆播种面积扩大{}亩"),
    "医学": ("门诊随访患者{}例", "手术后住院{}天痊愈", "疫苗接种{}剂次", "血压监测覆盖{}名病人"),
    "气象": ("暴雨预警发布{}次", "台风路径偏北{}公里", "气温回升{}度", "雷达观测到{}处强对流"),
}
ROOT = Path(__file__).parents[1]


def texts(times: int = 4) -> tuple[list[str], list[str]]:
    pairs = [(line.format(7 * n + 3), name) for n in range(times) for name, lines in SUBJECTS.items() for line in lines]
    return [text for text, _ in pairs], [name for _, name in pairs]


def test_exclusive_labels_are_a_softmax_of_one() -> None:
    lines, names = texts()
    model = ThemeClassifier(exclusive=True, damped=True, min_df=1, max_ngram=2, folds=3).fit(lines, names)
    probabilities = model.predict_proba(["大豆育种增产明显", "住院病人术后随访", "", "台风带来暴雨"])
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    assert [model.predict_themes([line])[0] for line in ("大豆育种增产明显", "住院病人术后随访")] == [
        ("农学",),
        ("医学",),
    ]
    assert (model.predict(lines).sum(axis=1) == 1).all()
    right = [model.classes_[row.argmax()] == name for row, name in zip(model.predict(lines), names, strict=True)]
    assert np.mean(right) == 1.0
    assert (model.out_of_fold_.sum(axis=1) == 1).all() and model.out_of_fold_.shape == (len(lines), 3)
    assert 0.05 < model.sharpness_ < 60


@pytest.mark.parametrize("labels", [[("a",), ("a", "b")] * 6, [("a",), ()] * 6])
def test_exclusive_refuses_none_and_several(labels: list[tuple[str, ...]]) -> None:
    with pytest.raises(DataError, match=r"row 1 has [02] labels; give one label a text"):
        ThemeClassifier(exclusive=True, min_df=1, folds=2).fit([f"第{n}行" for n in range(12)], labels)


@pytest.mark.parametrize("exclusive", [True, False])
def test_the_name_of_a_label_teaches_it(exclusive: bool) -> None:
    lines, names = texts()
    settings = {"exclusive": exclusive, "min_df": 1, "max_ngram": 2, "folds": 3, "trees": 10}
    plain, taught = (ThemeClassifier(names=use, **settings).fit(lines, names) for use in (False, True))
    column = list(taught.classes_).index("气象")
    asked = ["象"]  # stands in no training text
    assert taught.predict_proba(asked)[0, column] > plain.predict_proba(asked)[0, column]
    assert taught.out_of_fold_.shape == plain.out_of_fold_.shape == (len(lines), 3)


def test_damped_counts_change_what_is_learned_and_defaults_do_not() -> None:
    lines, names = texts()
    twice = [line + line for line in lines]
    plain = ThemeClassifier(min_df=1, folds=3, trees=10).fit(twice, names)
    again = ThemeClassifier(min_df=1, folds=3, trees=10, damped=False, names=False, exclusive=False).fit(twice, names)
    damped = ThemeClassifier(min_df=1, folds=3, trees=10, damped=True).fit(twice, names)
    assert np.array_equal(plain.model_.linear.weights, again.model_.linear.weights)
    assert not np.array_equal(plain.model_.linear.weights, damped.model_.linear.weights)


def test_mean_row_f1() -> None:
    truth = np.array([[1, 1, 0], [0, 0, 1], [0, 0, 0], [1, 0, 0]], bool)
    predicted = np.array([[1, 0, 0], [0, 0, 1], [0, 0, 0], [0, 1, 0]], bool)
    assert mean_row_f1(truth, predicted) == pytest.approx((2 / 3 + 1 + 1 + 0) / 4)
    assert mean_row_f1(truth[:0], predicted[:0]) == 1.0


def written(folder: Path, more: str = "") -> Path:
    for name, times in (("train", 4), ("test", 1)):
        rows = [{"text": text, "labels": [label]} for text, label in zip(*texts(times), strict=True)]
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    path = folder / "small.toml"
    path.write_text(
        'name = "small"\nmeasure = "accuracy"\ntrain = ["train.jsonl", "train.jsonl"]\ntest = "test.jsonl"\n'
        "[classifier]\nexclusive = true\nmin_df = 1\nfolds = 3\n[grid]\nmax_ngram = [1, 2]\n"
        '[[published]]\nname = "guessing"\nkind = "chance"\nvalue = 0.333\n' + more,
        encoding="utf-8",
    )
    return path


def test_the_table_names_choice_and_published_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path)
    assert main(["benchmark", str(path), "-o", str(tmp_path / "out.md")]) == 0
    assert "small: accuracy 1.0000" in capsys.readouterr().out
    table = (tmp_path / "out.md").read_text("utf-8")
    assert "not like for like" in table and "| guessing | chance | 33.30 |" in table
    assert "| **ours** (mean of 2: 100.0, 100.0) | supervised | **100.00** |" in table
    assert table.count("| max_ngram=") == 2 and "12 test texts" in table


def test_the_choice_does_not_hang_on_the_test_texts(tmp_path: Path) -> None:
    path = written(tmp_path)
    one = run_benchmark(read_benchmark(path), tmp_path)
    rows = [json.loads(line) for line in (tmp_path / "test.jsonl").read_text("utf-8").splitlines()]
    turned = [{**row, "labels": ["医学"]} for row in rows]
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in turned)
    (tmp_path / "test.jsonl").write_text(lines, encoding="utf-8")
    two = run_benchmark(read_benchmark(path), tmp_path)
    assert one.tried == two.tried and one.chosen == two.chosen and two.mean < one.mean


def test_absent_data_and_unknown_parameters_are_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path)
    (tmp_path / "train.jsonl").unlink()
    assert main(["benchmark", str(path)]) == 1
    [line] = capsys.readouterr().err.strip().splitlines()
    assert "no benchmark data here" in line and "train.jsonl" in line
    other = written(tmp_path, "[extra]\n")
    assert main(["benchmark", str(other)]) == 1
    assert "unknown key 'extra'" in capsys.readouterr().err
    path.write_text(path.read_text("utf-8").replace("[extra]\n", "").replace("max_ngram", "ngrams"), encoding="utf-8")
    assert main(["benchmark", str(path)]) == 1
    [line] = capsys.readouterr().err.strip().splitlines()
    assert "unknown parameter 'ngrams'; allowed: c, clauses, damped" in line


def test_csldcp_floor(shared: Path) -> None:
    path = ROOT / "experiments" / "benchmarks" / "csldcp.toml"
    if not (shared / "benchmarks" / "csldcp").is_dir():
        pytest.skip("the benchmark data are not beside this checkout")
    config = read_benchmark(path)
    # As the grid chooses; the whole run is `fazhi benchmark`.
    config = config.model_copy(update={"train": config.train[:1], "grid": {"max_ngram": (2,), "damped": (True,)}})
    assert run_benchmark(config, path.parent).mean >= 0.45
