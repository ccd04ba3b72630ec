"""The report in a real Chromium: it fits phone, laptop and paper, asks for nothing, and hostile text stays text."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.scene import Scene, make_scene
from tests.tui.browser import CHROMIUM, DRIVER, Browser, browser, until

pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="no Chromium with its driver here")

NASTY = '=HYPERLINK("http://example.org/?leak","look")'
HOSTILE = f"""\
name: <script>document.title="owned"</script>
version: "1"
unit: page
dimensions:
  - id: tone
    label: <img src=x onerror=alert(1)>
    kind: nominal
    question: How?
    absent: {{}}
    categories: [{{id: warm, label: '{NASTY}'}}, {{id: cold, label: '$\\frac{{1}}$ & </svg><script>1</script>'}}]
  - {{id: parts, kind: multilabel, question: What?, absent: {{}}, categories: [{{id: x}}, {{id: y}}]}}
"""
SIZES = {"phone": (390, 844), "laptop": (1280, 800), "paper": (718, 1047)}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """Sixty texts whose codebook and variables attack; a model with confidences, and gold."""
    folder = tmp_path_factory.mktemp("browser")
    halves = ["<b>old</b>" if number % 2 else "new" for number in range(60)]
    scene = make_scene(folder / "study", 60, variables={"half": halves}, book=HOSTILE)
    model = [f"{'warm' if number % 3 else 'cold'}@0.{5 + number % 5}" for number in range(60)]
    scene.run({"tone": model, "parts": ["x;y" if number % 2 else "x" for number in range(60)]}, confidence=True)
    gold = ["warm" if number % 4 else "cold" for number in range(60)]
    scene.gold("ada <script>", {"tone": gold, "parts": ["x"] * 60})
    figures = "figures: [{dimension: tone}, {dimension: parts, by: tone}, {dimension: tone, by: half, show: counts}]\n"
    (scene.folder / "report.yaml").write_text(figures, encoding="utf-8")
    for options in ([str(folder / "report.html")], ["--review", str(folder / "review.html")]):
        result = scene.call("report", *options)
        assert result.exception is None, result.exception
    return scene


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browser(tmp_path_factory.mktemp("chromium")) as found:
        yield found


def tell(opened: Browser, command: str, **values: Any) -> Any:
    """A command of Chromium's own protocol."""
    return opened._do("POST", "/goog/cdp/execute", {"cmd": command, "params": values})


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_wider_than_the_screen_and_every_drawing_is_there(
    scene: Scene, opened: Browser, size: str, scheme: str
) -> None:
    width, height = SIZES[size]
    tell(
        opened,
        "Emulation.setDeviceMetricsOverride",
        width=width,
        height=height,
        deviceScaleFactor=1,
        mobile=size == "phone",
    )
    media = "print" if size == "paper" else "screen"
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    tell(opened, "Emulation.setEmulatedMedia", media=media, features=features)
    opened.open((scene.folder.parent / "report.html").as_uri())
    assert opened.script("return document.documentElement.scrollWidth") <= width
    drawings = opened.script(
        "return [...document.querySelectorAll('figure svg')].map(one => one.getBoundingClientRect().width)"
    )
    assert len(drawings) >= 5
    assert min(drawings) > width / 2
    paper, ink = opened.script(
        "const style = getComputedStyle(document.body); return [style.backgroundColor, style.color]"
    )
    dark = scheme == "dark" and media == "screen"  # paper is white whatever the screen is
    assert (sum(map(int, paper[4:-1].split(", "))) < 200) is dark
    assert (sum(map(int, ink[4:-1].split(", "))) > 500) is dark


def test_no_request_leaves_the_file_and_hostile_text_is_text(scene: Scene, opened: Browser) -> None:
    opened.complaints()
    opened.open((scene.folder.parent / "report.html").as_uri())
    assert opened.script("return performance.getEntriesByType('resource').length") == 0
    assert opened.script("return document.querySelectorAll('script, img, link, iframe, object, embed').length") == 0
    assert opened.script("return document.title") == '<script>document.title="owned"</script>'
    text = opened.script("return document.body.innerText")
    assert NASTY in text
    assert "<img src=x onerror=alert(1)>" in text
    assert "ada <script>" in text
    assert opened.complaints() == []


def test_the_policy_stops_whatever_would_be_asked_for(scene: Scene, opened: Browser) -> None:
    """The page's own words cannot fetch; what a browser's user adds to it cannot either."""
    opened.open((scene.folder.parent / "report.html").as_uri())
    stopped = opened.script(
        "return new Promise(done => { document.addEventListener('securitypolicyviolation', e => done(e.effectiveDirective));"
        "const image = new Image(); image.src = 'https://example.org/x.png'; setTimeout(() => done('sent'), 5000); })"
    )
    assert stopped == "img-src"


def test_an_expert_fills_the_review_copy_and_its_file_comes_back_as_memos(
    scene: Scene, opened: Browser, tmp_path: Path
) -> None:
    tell(opened, "Browser.setDownloadBehavior", behavior="allow", downloadPath=str(tmp_path))
    opened.open((scene.folder.parent / "review.html").as_uri())
    opened.script(
        "document.querySelector('input[name=name]').value = 'Dr Vos';"
        "const first = document.querySelector('fieldset[data-pattern]');"
        "first.querySelector('input[value=disagree]').click();"
        "first.querySelector('textarea').value = 'Too few texts.';"
        "document.getElementById('download').click();"
    )
    saved = tmp_path / "answers.json"
    until(lambda: saved.exists() and saved.stat().st_size, 30)
    (answer,) = json.loads(saved.read_text(encoding="utf-8"))["answers"]
    assert (answer["verdict"], answer["comment"]) == ("disagree", "Too few texts.")
    assert scene.call("report", "--review-in", str(saved)).exception is None
    with scene.store() as store:
        (memo,) = store.reviews()
        expert = {coder.id: coder.name for coder in store.coders()}[memo.coder_id]
    assert (expert, memo.verdict, memo.comment) == ("Dr Vos", "disagree", "Too few texts.")
    again = scene.call("report", "--review-in", str(saved))
    assert "0 answers taken in as memos, 1 known already" in again.stderr
    assert scene.call("report", str(tmp_path / "r.html")).exception is None
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "1 expert reviewed the patterns found, with their evidence: 1 answer, 1 in disagreement, 1 comment." in page


def test_the_report_prints(scene: Scene, opened: Browser) -> None:
    tell(opened, "Emulation.clearDeviceMetricsOverride")
    opened.open((scene.folder.parent / "report.html").as_uri())
    printed = base64.b64decode(tell(opened, "Page.printToPDF", printBackground=True)["data"])
    assert printed.startswith(b"%PDF")
    assert printed.count(b"/Type /Page\n") + printed.count(b"/Type /Page ") + printed.count(b"/Type/Page") >= 3
