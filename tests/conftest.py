"""Fixtures: the shipped codebook, small real-looking reports, and the development data where it is present."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from toolkit.codebook import Codebook, load_codebook

# The same cases at every run, so that a red test is about the change; `--hypothesis-profile=default` draws new ones.
settings.register_profile("repeatable", derandomize=True)
settings.load_profile("repeatable")

SHARED = Path(__file__).resolve().parents[2] / "shared"

REPORT = """澄江县司法局2023年工作总结
发布日期：2024-01-05　来源：县司法局　浏览次数：88
2023年，县司法局在县委、县政府的领导下，各项工作取得新进展。现将有关情况报告如下：
一、主要工作
（一）人民调解工作
一是排查纠纷。全县调委会共排查矛盾纠纷832件，调解成功815件。二是建强队伍。新聘专职调解员12名，培训4期。
（二）社区矫正工作
全年接收社区矫正对象96人，解除81人，对外出人员使用电子定位，未发生脱管。
二、存在的问题
行政执法监督力量不足，部分乡镇法制审核流于形式。
三、下一步打算
1.推进法律援助应援尽援，农民工讨薪案件当天受理、当天指派。
2.启动“八五”普法终期验收。
（图为调解现场）
"""


@pytest.fixture(scope="session")
def codebook() -> Codebook:
    return load_codebook()


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "澄江县.txt"
    path.write_text(REPORT, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def shared() -> Path:
    if not (SHARED / "reports").is_dir():
        pytest.skip("the development reports are not beside this checkout")
    return SHARED
