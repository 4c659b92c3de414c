"""The page in a real browser: opened from a file, network off, every control used, judged by axe, printed."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.test_report import DOCUMENTS, ROWS, row
from toolkit.report import build_report

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="no Chromium on this machine")

MORE = [
    *ROWS,
    row("澄江.txt", 4, "办理法律援助案件41件，挽回损失26万元。", ["legal_aid"], headings=["二、法律援助"]),
    row("云岭.txt", 2, "办理法律援助案件52件。", ["legal_aid"], start=20),
    row("云岭.txt", 3, "行政复议力量不足。", ["admin_review"], stage="problem", start=40),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory, codebook) -> Path:
    topics = [{"id": "mediation", "name": "人民调解", "terms": ["调解", "纠纷"], "share": 0.4}]
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(build_report(MORE, DOCUMENTS, codebook, topics), encoding="utf-8")
    return path


def open_page(browser: Any, path: Path, **options: Any) -> Any:
    """A page opened from its file without a network; ``page.said`` holds what went wrong, ``page.asked`` what it asked for."""
    context = browser.new_context(offline=True, **options)
    page = context.new_page()
    page.said, page.asked = [], []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(path.as_uri())
    return page


@pytest.fixture
def page(browser: Any, path: Path) -> Iterator[Any]:
    page = open_page(browser, path)
    yield page
    assert page.said == []
    page.context.close()


def visible_items(page: Any) -> list[str]:
    return [node.get_attribute("id") for node in page.query_selector_all("article") if node.is_visible()]


def settled(page: Any, count: int) -> list[str]:
    playwright.expect(page.locator("#count")).to_have_text(f"{count} 个条目")
    return visible_items(page)


def test_it_opens_from_a_file_and_asks_for_nothing_else(page: Any, path: Path) -> None:
    assert [url for url in page.asked if not url.startswith("data:")] == [path.as_uri()]
    assert page.title() == "报告主题分析" and len(visible_items(page)) == len(MORE)


def test_theme_stage_report_and_text_filter_together(page: Any) -> None:
    page.select_option("#f-theme", "legal_aid")
    assert settled(page, 3) == ["r1-2", "r1-4", "r2-2"]
    page.select_option("#f-where", "y:1")
    assert settled(page, 1) == ["r2-2"]
    page.click("#filter button[type=reset]")
    settled(page, len(MORE))  # the next count may be the same as the last
    page.select_option("#f-stage", "problem")
    assert settled(page, 1) == ["r2-3"]
    page.click("#filter button[type=reset]")
    settled(page, len(MORE))  # the next count may be the same as the last
    page.check("#f-uncertain")
    assert settled(page, 1) == ["r2-1"]
    page.uncheck("#f-uncertain")
    settled(page, len(MORE))
    # full-width digits and capitals are found too, and words in any order
    page.fill("#f-text", "４１件 法律援助")
    assert settled(page, 1) == ["r1-4"]
    page.fill("#f-text", "没有这句话")
    assert settled(page, 0) == [] and page.is_visible("#none")


def test_a_click_on_a_bar_or_a_cell_shows_its_items(page: Any) -> None:
    page.click(".bar[data-theme=legal_aid]")
    assert settled(page, 3) == ["r1-2", "r1-4", "r2-2"]
    assert page.evaluate("document.activeElement.id") == "h-items"
    page.click("button[data-theme=legal_aid][data-where='d:2']")
    assert settled(page, 1) == ["r2-2"]
    page.click("button[data-theme=legal_aid][data-where='p:1']")
    assert settled(page, 2) == ["r1-2", "r1-4"]


def test_a_link_shows_its_item_even_when_it_is_filtered_out(browser: Any, path: Path) -> None:
    page = open_page(browser, path)
    page.select_option("#f-theme", "admin_review")
    settled(page, 1)
    page.evaluate("location.hash = '#r1-2'")
    settled(page, len(MORE))
    assert page.evaluate("document.querySelector(':target').id") == "r1-2"
    page.goto(path.as_uri() + "#r2-3")
    page.reload()
    playwright.expect(page.locator("#r2-3")).to_be_in_viewport()
    assert page.said == []
    page.context.close()


def test_the_keyboard_alone_reaches_and_works_the_controls(page: Any) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.focus(".bar")
    page.keyboard.press("Enter")
    shown = settled(page, 3)
    assert shown and page.evaluate("document.activeElement.id") == "h-items"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "f-theme"


# A glyph is a box when it looks like the one of a character no font has. Drawn with the page's font alone, every
# character of the page must differ from it; the box itself proves that the test can fail.
TOFU = """
([text, family]) => {
  const canvas = document.createElement('canvas'); canvas.width = canvas.height = 40;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const draw = (c) => { context.clearRect(0, 0, 40, 40); context.font = `28px ${family}`; context.fillText(c, 4, 30);
    return context.getImageData(0, 0, 40, 40).data.join(); };
  const box = draw('\\u{10FFFD}');
  return [...new Set(text)].filter((c) => c.trim() && draw(c) === box);
}
"""


def test_no_character_of_the_page_is_an_empty_box(browser: Any, path: Path) -> None:
    page = open_page(browser, path)
    page.evaluate("document.fonts.ready")
    text = page.evaluate("document.body.innerText")
    assert len(set(re.findall(r"[\u4e00-\u9fff]", text))) > 100
    assert page.evaluate(TOFU, [text, "Page"]) == []
    assert page.evaluate(TOFU, [text + "\U0010fffc", "Page"]) == ["\U0010fffc"]
    held = page.evaluate("document.fonts.check('16px Page', '调解') && [...document.fonts].map((f) => f.status)")
    assert held == ["loaded"]
    page.context.close()


def test_every_character_is_in_the_font_the_page_carries(path: Path) -> None:
    import base64

    from fontTools.ttLib import TTFont

    html = path.read_text(encoding="utf-8")
    font = base64.b64decode(re.search(r"base64,([^)]*)\)", html).group(1))
    held = set(TTFont(io.BytesIO(font)).getBestCmap())
    body = html.split("<body>")[1].split("<script>")[0]
    assert {c for c in body if ord(c) not in held and not c.isspace()} == set()
    assert ord("鹬") not in held


@pytest.mark.parametrize("width", [1366, 400])
def test_axe_finds_no_serious_violation(browser: Any, path: Path, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    # axe is put into the page by hand, which the page's own policy would forbid
    page = open_page(browser, path, bypass_csp=True, viewport={"width": width, "height": 768})
    found = axe.Axe().run(page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")] == []
    page.context.close()


@pytest.mark.parametrize("width", [1366, 400])
def test_no_width_scrolls_sideways(browser: Any, path: Path, width: int) -> None:
    page = open_page(browser, path, viewport={"width": width, "height": 768})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


def test_hostile_rows_run_nothing(browser: Any, tmp_path: Path, codebook) -> None:
    evils = [
        "<script>window.hit = 1</script>",
        "<img src=x onerror='window.hit = 1'>",
        "</style><script>hit=1</script>",
        '" autofocus onfocus="hit=1',
        "\u202e=cmd|' /C calc'!A0",
        "长" * 10_000,
    ]
    rows = [row(evil, n, evil, ["mediation"], headings=[evil]) for n, evil in enumerate(evils)]
    path = tmp_path / "evil.html"
    known = {evil: {"title": evil, "place": evil, "year": 2023 + n} for n, evil in enumerate(evils)}
    path.write_text(
        build_report(
            rows, known, codebook, [{"id": evils[0], "name": evils[1], "terms": evils, "share": 1.0}], title=evils[0]
        ),
        encoding="utf-8",
    )
    page = open_page(browser, path)
    assert page.evaluate("window.hit === undefined") and page.said == []
    assert page.text_content("#r1-1 .text") == evils[0] and page.title() == evils[0]
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    page.context.close()


def test_our_policy_lets_no_other_script_run(browser: Any, path: Path) -> None:
    page = open_page(browser, path)
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.hit = 1'; document.body.append(s); }"
    )
    assert page.evaluate("window.hit === undefined") and "Content Security Policy" in page.said[0]
    page.context.close()


def test_it_prints_on_a4_with_every_item_and_no_controls(browser: Any, path: Path) -> None:
    pypdfium2 = pytest.importorskip("pypdfium2")
    page = open_page(browser, path)
    pdf = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True, print_background=True))
    page.context.close()
    width, height = pdf[0].get_size()
    assert (round(width), round(height)) == (595, 842)
    text = "".join(pdf[n].get_textpage().get_text_range() for n in range(len(pdf)))
    flat = re.sub(r"[\sa-z]", "", text)  # marks carry the letter of their theme
    assert all(re.sub(r"\s", "", wanted["text"]) in flat for wanted in MORE)
    assert "只看存疑" not in flat and "跳到条目" not in flat
    # the folded lists of figures are printed too
    assert "41件" in flat and flat.count("挽回损失") >= 2


@pytest.mark.parametrize("scripts", [True, False])
def test_folded_lists_are_printed_with_and_without_scripts(browser: Any, path: Path, scripts: bool) -> None:
    pypdfium2 = pytest.importorskip("pypdfium2")
    page = open_page(browser, path, java_script_enabled=scripts)
    assert not page.locator("#figures details td").first.is_visible()
    pdf = pypdfium2.PdfDocument(page.pdf(prefer_css_page_size=True))
    flat = re.sub(r"\s", "", "".join(pdf[n].get_textpage().get_text_range() for n in range(len(pdf))))
    part = flat[
        flat.index("正文中的数字及其单位") : flat.index(
            "各主题均有提及" if "各主题均有提及" in flat else "未提及的主题"
        )
    ]
    assert "办理法律援助案件" in part and "26万元" in part
    if scripts:
        assert not page.locator("#figures details td").first.is_visible()
    page.context.close()


def test_two_hundred_reports_open_and_filter_in_seconds(browser: Any, tmp_path: Path, codebook) -> None:
    import time

    rows = [
        row(f"{n}.txt", k, f"第{n}份报告的第{k}条，调解纠纷{n + k}件。", ["mediation"] if k % 2 else ["legal_aid"])
        for n in range(200)
        for k in range(40)
    ]
    path = tmp_path / "many.html"
    path.write_text(build_report(rows, {}, codebook), encoding="utf-8")
    assert path.stat().st_size < 15_000_000
    started = time.monotonic()
    page = open_page(browser, path)
    page.fill("#f-text", "第199份报告的第7条")
    playwright.expect(page.locator("#count")).to_have_text("1 个条目")
    assert page.evaluate("[...document.querySelectorAll('article:not([hidden])')].map((a) => a.id)") == ["r200-8"]
    page.evaluate("location.hash = '#r150-3'")
    playwright.expect(page.locator("#r150-3")).to_be_in_viewport()
    assert time.monotonic() - started < 30 and page.said == []
    page.context.close()


def test_an_english_page_is_judged_too(browser: Any, tmp_path: Path, codebook) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    path = tmp_path / "english.html"
    path.write_text(build_report(MORE, DOCUMENTS, codebook, language="en"), encoding="utf-8")
    page = open_page(browser, path, bypass_csp=True)
    page.select_option("#f-theme", "legal_aid")
    playwright.expect(page.locator("#count")).to_have_text("3 items")
    found = axe.Axe().run(page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")] == []
    assert page.said == []
    page.context.close()
