"""The main path, on another field: a codebook of schools and clinics trains, scores, explains and labels like the shipped one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from toolkit.cli import main
from toolkit.errors import ConfigError, DataError
from toolkit.experiment import read_config, run_training
from toolkit.features import text_key
from toolkit.store import load_model

THEMES = {
    "clinics": ("基层医疗", ["乡镇卫生院添置彩超{}台", "家庭医生签约{}人", "村卫生室改造{}间", "巡回诊疗{}场次"]),
    "vaccines": ("预防接种", ["接种流感疫苗{}剂次", "新建接种门诊{}处", "查漏补种儿童{}名", "冷链设备检修{}台次"]),
    "schools": ("学校建设", ["新建寄宿制小学{}所", "改造教学楼{}栋", "增加学位{}个", "招聘教师{}名"]),
}
OPENINGS = ["一年来，", "上半年，", "县里统筹安排，", "按照年初部署，", "在群众支持下，"]


def folder_of(base: Path, reports: int = 12, heldout: int = 3, secret: str = "") -> Path:
    """A codebook and labelled reports of health and education below ``base``; the last ``heldout`` are held out."""
    draw = np.random.default_rng(1)
    codebook, labelled = base / "codebook", base / "reports"
    codebook.mkdir(parents=True)
    labelled.mkdir()
    (codebook / "themes.toml").write_text(
        "".join(f'[[theme]]\nid = "{i}"\nzh = "{zh}"\nen = "{i}"\n' for i, (zh, _) in THEMES.items()), encoding="utf-8"
    )
    (codebook / "stages.toml").write_text(
        '[[stage]]\nid = "done"\nzh = "已办"\nen = "Done"\n[[stage]]\nid = "next"\nzh = "将办"\nen = "Next"\n',
        encoding="utf-8",
    )
    index = []
    for number in range(reports):
        split = "heldout" if number >= reports - heldout else "train"
        rows, lines, at = [], [], 0
        for row in range(12):
            names = list(draw.permutation(list(THEMES))[: 1 + row % 2])
            plan = row >= 8
            parts = [draw.choice(THEMES[name][1]).format(draw.integers(3, 90)) for name in names]
            line = ("下一步，计划" if plan else draw.choice(OPENINGS)) + "，".join(parts) + "。"
            if secret and split == "heldout":
                line = line[:-1] + f"，{secret}。"
            rows.append(
                {
                    "id": f"r{number}-{row}",
                    "start": at,
                    "end": at + len(line),
                    "stage": "next" if plan else "done",
                    "themes": [str(n) for n in names],
                }
            )
            lines.append(line)
            at += len(line) + 1
        text = "\n".join(lines)
        (labelled / f"r{number}.txt").write_text(text, encoding="utf-8")
        (labelled / f"r{number}.jsonl").write_text(
            "\n".join(json.dumps(r, ensure_ascii=False) for r in rows), encoding="utf-8"
        )
        digest = hashlib.sha256(text.encode()).hexdigest()
        index.append(
            {
                "id": f"r{number}",
                "file": f"r{number}.txt",
                "title": f"报告{number}",
                "year": 2024,
                "date": "2025-01-10",
                "place": "泠川县",
                "level": "county",
                "kind": "work_summary",
                "split": split,
                "sha256": digest,
            }
        )
    (labelled / "index.jsonl").write_text("\n".join(json.dumps(e, ensure_ascii=False) for e in index), encoding="utf-8")
    config = base / "health.toml"
    config.write_text(
        'name = "health"\nmodel = "model"\n[data]\ncodebook = "codebook"\nreports = "reports"\n[features.chars]\nmin_df = 2\n[learn]\nfolds = 3\ntrees = 20\n',
        encoding="utf-8",
    )
    return config


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    base = tmp_path_factory.mktemp("health")
    heard: list[str] = []
    run_training(read_config(folder_of(base, secret="氪疆鼹鼠计划")), base, say=heard.append)
    return base, heard


def test_scores_of_both_kinds_stand_in_the_manifest_beside_the_whole_configuration(
    trained: tuple[Path, list[str]],
) -> None:
    base, heard = trained
    manifest = json.loads((base / "model" / "manifest.json").read_text("utf-8"))
    assert manifest["data"]["reports"] == 9
    assert manifest["config"]["learn"]["folds"] == 3
    for name in ("cross_validated", "heldout"):
        scores = manifest["scores"][name]
        assert scores["micro_f1"] > 0.9
        assert scores["stage_accuracy"] > 0.9
        assert set(scores["themes"]) == set(THEMES)
    assert any("3 held out" in line for line in heard)


def test_no_vocabulary_sees_a_held_out_report(trained: tuple[Path, list[str]]) -> None:
    """A phrase that stands in every held-out item, and nowhere else, is no feature of the model."""
    keys = set(load_model(trained[0] / "model").linear.vocabulary.keys.tolist())
    assert text_key("卫生") in keys
    assert not {text_key(part) for part in ("氪", "鼹鼠", "氪疆", "鼠计划")} & keys


def test_what_is_held_out_changes_no_array(trained: tuple[Path, list[str]], tmp_path: Path) -> None:
    """Weights, trees, calibration and thresholds are the same to the byte whatever the held-out reports say."""
    run_training(read_config(folder_of(tmp_path, secret="接种流感疫苗")), tmp_path)
    here, there = (sorted(p.name for p in (base / "model").glob("*.npy")) for base in (trained[0], tmp_path))
    assert here == there  # arrays are named by their hash


def test_the_command_line_trains_classifies_explains_and_evaluates_it(
    trained: tuple[Path, list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base, _ = trained
    model, new = str(base / "model"), tmp_path / "新报告.txt"
    new.write_text("全年家庭医生签约5200人，村卫生室改造14间。\n下一步，计划新建寄宿制小学2所。", encoding="utf-8")
    out = tmp_path / "out.xlsx"
    assert main(["classify", str(new), "--model", model, "--codebook", str(base / "codebook"), "-o", str(out)]) == 0
    assert out.stat().st_size > 2000
    assert main(["classify", str(new), "--model", model]) == 0
    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert ([t["id"] for t in first["themes"]], first["stage"]) == (["clinics"], "done")
    assert ([t["id"] for t in second["themes"]], second["stage"]) == (["schools"], "next")
    assert main(["explain", str(new), first["id"], "--model", model]) == 0
    assert "基层医疗" in capsys.readouterr().out
    gold = tmp_path / "gold.jsonl"
    gold.write_text(
        "\n".join(
            json.dumps(
                {"id": r["id"], "text": r["text"], "stage": r["stage"], "themes": [t["id"] for t in r["themes"]]},
                ensure_ascii=False,
            )
            for r in (first, second)
        ),
        encoding="utf-8",
    )
    assert main(["evaluate", str(gold), "--model", model, "--codebook", str(base / "codebook"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["micro_f1"] == 1.0


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("learn.folds=1", "learn.folds: input should be greater than or equal to 2, got 1"),
        ("learn.c=0", "learn.c: input should be greater than 0, got 0"),
        ("features.chars.max=9", "features.chars.max: input should be less than or equal to 4, got 9"),
        ("learn.colour=1", "unknown key 'learn.colour'"),
        ("name=../x", "name: "),
        ("learn", "'learn' sets nothing"),
    ],
)
def test_a_wrong_override_is_named(tmp_path: Path, override: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message.replace(".", r"\.")):
        read_config(folder_of(tmp_path), [override])


def test_fewer_reports_than_folds_is_one_plain_line_and_no_model(tmp_path: Path) -> None:
    config = folder_of(tmp_path, reports=3, heldout=1)
    with pytest.raises(DataError, match="2 reports for 3 folds"):
        run_training(read_config(config), tmp_path)
    assert not (tmp_path / "model").exists()


def test_a_caption_that_names_a_theme_is_no_doubtful_label(tmp_path: Path) -> None:
    """Noise carries no theme by definition, so no model's word for one makes its label a suspect."""
    config = folder_of(tmp_path)
    with (tmp_path / "codebook" / "stages.toml").open("a", encoding="utf-8") as file:
        file.write('[[stage]]\nid = "noise"\nzh = "非正文"\nen = "Noise"\n')
    index = [json.loads(line) for line in (tmp_path / "reports" / "index.jsonl").read_text("utf-8").splitlines()]
    for entry in index:
        text, rows = tmp_path / "reports" / entry["file"], tmp_path / "reports" / f"{entry['id']}.jsonl"
        body, caption = text.read_text("utf-8"), "（图为接种流感疫苗230剂次、新建接种门诊9处现场）"
        row = {"id": f"{entry['id']}-caption", "start": len(body) + 1, "end": len(body) + 1 + len(caption)}
        row |= {"stage": "noise", "themes": []}
        text.write_text(f"{body}\n{caption}", encoding="utf-8")
        rows.write_text(f"{rows.read_text('utf-8')}\n{json.dumps(row)}", encoding="utf-8")
        entry["sha256"] = hashlib.sha256(text.read_bytes()).hexdigest()
    lines = "\n".join(json.dumps(entry, ensure_ascii=False) for entry in index)
    (tmp_path / "reports" / "index.jsonl").write_text(lines, encoding="utf-8")
    run = run_training(read_config(config), tmp_path)
    assert [suspect.item for suspect in run.suspects if suspect.item.endswith("-caption")] == []
