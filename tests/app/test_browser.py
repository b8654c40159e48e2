"""The dashboard in a real browser, each page opened first by its own address on a server that has just started."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests import releases
from tests.app.conftest import ROOT

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "microsoft-edge", "msedge")
QUIET = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
DEFAULT = "overview"
PAGES = sorted(p.stem for p in (ROOT / "pages").rglob("*.py"))
# They are in nobody's links but the analyst's (test_monthly_refresh.py opens them as one).
FOR_THE_ANALYST = {p.stem for p in (ROOT / "pages" / "analyst").glob("*.py")}
# What must be drawn, beyond the frame, on the pages that draw.
DRAWN = {"overview": "img.spark", "metric": ".js-plotly-plot .main-svg", "deliveries": "img.marks",
         "definitions": "table.catalogue"}  # fmt: skip
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}

StoreOf = Callable[[str], Path]


def browser_path() -> str:
    """The machine's own browser; a test without one cannot say anything, and says so."""
    named = os.environ.get("BROWSER_PATH")
    found = named or next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if not found:
        pytest.fail("No browser was found: install Chromium, Chrome or Edge, or name one in BROWSER_PATH.")
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_playwright() as playwright:
        flags = [*QUIET, "--disable-gpu", *(["--no-sandbox"] if is_root else [])]
        opened = playwright.chromium.launch(executable_path=browser_path(), args=flags)
        yield opened
        opened.close()


@contextmanager
def server(store: Path, listens_to: str = "127.0.0.1", **settings: str) -> Iterator[str]:
    """A dashboard that has just started and that nobody has visited; gives its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true",
               f"--server.address={listens_to}", f"--server.port={port}"]  # fmt: skip
    environment = {k: v for k, v in os.environ.items() if k != "INSIGHT_LOCAL_ROLE"}
    environment |= {"INSIGHT_STORE": str(store), **settings}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/_stcore/health", process)
        yield address
    finally:
        process.terminate()
        process.wait()


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if process.poll() is not None:
            pytest.fail("The dashboard did not start.")
        try:
            with urllib.request.urlopen(address):  # noqa: S310 – our own server
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail("The dashboard did not answer within a minute.")


@pytest.fixture(scope="module")
def running(store_of: StoreOf) -> Iterator[str]:
    with server(store_of("full")) as address:
        yield address


class Visit:
    """One reader's window, and whatever the browser complained of in it."""

    def __init__(self, context: BrowserContext) -> None:
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._heard)

    def _heard(self, message: object) -> None:
        kind, text, where = message.type, message.text, message.location.get("url", "")  # type: ignore[attr-defined]
        # Deep links ask for two files of Streamlit's own below the page's address before they find them at the root.
        own = "/_stcore/" in where or where.endswith("/host-config")
        if kind == "error" and not (own and "404" in text):
            self.complaints.append(text)

    def open(self, address: str, name: str, query: str = "") -> None:
        """Open a page by its address and wait until all of it is there."""
        self.page.goto(f"{address}/{'' if name == DEFAULT else name}{query}")
        self.page.wait_for_selector("footer.foot, section.state")
        if name in DRAWN:
            self.page.wait_for_selector(DRAWN[name])
        self.page.wait_for_function("document.fonts.status === 'loaded'")

    def is_wider_than_its_window(self) -> bool:
        """Whether a reader has to scroll sideways."""
        return bool(self.page.evaluate("[...document.querySelectorAll('html, [data-testid=stMain]')]"
                                       ".some(e => e.scrollWidth > e.clientWidth)"))  # fmt: skip


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Visit]]:
    contexts: list[BrowserContext] = []

    def start(scheme: str = "light", viewport: dict[str, int] = WIDE) -> Visit:
        contexts.append(browser.new_context(viewport=viewport, color_scheme=scheme))  # type: ignore[arg-type]
        return Visit(contexts[-1])

    yield start
    for context in contexts:
        context.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_deep_link_opens_its_page_inside_the_frame_on_a_cold_server(
    store_of: StoreOf, visit: Callable[..., Visit], name: str
) -> None:
    with server(store_of("full")) as address:
        seen = visit()
        seen.open(address, name)
        assert seen.page.locator("header.head").count() == 1
        assert seen.page.locator("nav a[aria-current]").count() == (name not in FOR_THE_ANALYST)
        assert seen.page.locator("[role=dialog]").count() == 0
        title = seen.page.locator("h1").first.inner_text()
        assert seen.page.title() == f"{title} – Inclusion Insight"
        assert seen.complaints == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_telephone(running: str, visit: Callable[..., Visit], name: str) -> None:
    seen = visit(viewport=NARROW)
    seen.open(running, name)
    assert not seen.is_wider_than_its_window()
    assert seen.complaints == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_dark_for_readers_who_want_it_dark(running: str, visit: Callable[..., Visit], name: str) -> None:
    seen = visit("dark")
    seen.open(running, name)
    ink, paper = seen.page.evaluate(
        "[getComputedStyle(document.querySelector('h1')).color,"
        " getComputedStyle(document.querySelector('.stApp')).backgroundColor]"
    )
    assert (ink, paper) == ("rgb(233, 237, 241)", "rgb(17, 22, 27)")
    assert seen.complaints == []


def test_the_chart_of_a_dark_page_is_dark_at_first_sight(running: str, visit: Callable[..., Visit]) -> None:
    seen = visit("dark")
    seen.open(running, "metric")
    paper = seen.page.evaluate("document.querySelector('.js-plotly-plot').layout.template.layout.paper_bgcolor")
    assert paper == "#11161B"


def test_a_link_of_the_overview_opens_its_measure_without_loading_the_app_again(
    running: str, visit: Callable[..., Visit]
) -> None:
    seen = visit()
    seen.open(running, "overview")
    loads: list[str] = []
    seen.page.on("load", lambda _: loads.append("load"))
    seen.page.locator("a", has_text="Children electively home educated").click()
    seen.page.wait_for_selector(DRAWN["metric"])
    assert seen.page.url.endswith("/metric?metric=ehe_count")
    seen.page.go_back()
    seen.page.wait_for_selector(DRAWN["overview"])
    assert loads == []
    assert seen.complaints == []


def test_a_line_of_the_definitions_opens_at_the_top_and_the_search_is_kept(
    running: str, visit: Callable[..., Visit]
) -> None:
    seen = visit()
    seen.open(running, "definitions")
    loads: list[str] = []
    seen.page.on("load", lambda _: loads.append("load"))
    box = seen.page.get_by_label("Search")
    box.fill("count")
    box.press("Enter")
    seen.page.wait_for_function("document.querySelector('.title .under').innerText.includes('“count”')")
    seen.page.locator("table.catalogue a").last.click()
    seen.page.wait_for_selector("dl.feeding")
    assert seen.page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop") == 0
    assert "metric=" in seen.page.url
    assert box.input_value() == "count"
    seen.page.locator("dl.feeding a").first.click()
    seen.page.wait_for_selector("table.uses")
    assert loads == []
    assert seen.complaints == []


def _focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.tagName + ' ' + document.activeElement.textContent"))


def test_the_title_has_the_focus_after_a_link_was_followed(running: str, visit: Callable[..., Visit]) -> None:
    seen = visit()
    seen.open(running, "overview")
    link = seen.page.locator("a", has_text="Children electively home educated")
    link.focus()
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_function("document.activeElement.tagName === 'H1'")
    assert _focused(seen.page) == "H1 Children electively home educated"
    seen.page.locator("p.over a").first.click()
    seen.page.wait_for_function("document.activeElement.textContent === 'September 2025'")
    assert _focused(seen.page) == "H1 September 2025"
    assert seen.complaints == []


PAGE_BEING_DRAWN = """
    <div data-testid="stApp" data-test-script-state="running">
      <header class="head" data-answers=""><a href="/next" data-page>Next</a></header><h1 tabindex="-1">First</h1>
    </div>"""
# What Streamlit does: call the module, say how far the script is, replace what was drawn.
LISTEN = """async (code) => {
      const module = await import(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
      window.asked = [];
      module.default({ setTriggerValue: (name, value) => asked.push(value) });
    }"""
SCRIPT_IS = "(state) => { document.querySelector('[data-testid=stApp]').dataset.testScriptState = state; }"
DRAW_THE_NEXT = """() => {
      document.querySelector("header").dataset.answers = asked[0].click;
      document.querySelector("h1").outerHTML = '<h1 tabindex="-1">Next</h1>';
    }"""


def test_whoever_clicks_before_a_page_is_all_there_gets_the_title_of_the_next(visit: Callable[..., Visit]) -> None:
    page = visit().page
    page.set_content(PAGE_BEING_DRAWN)
    page.evaluate(LISTEN, (ROOT / "presentation" / "links.js").read_text(encoding="utf-8"))
    page.locator("a").press("Enter")
    assert page.evaluate("asked.map(({ to }) => to)") == ["/next"]
    for state in ("notRunning", "running", "notRunning"):  # the first page ends; the click itself is dealt with
        page.evaluate(SCRIPT_IS, state)
        page.wait_for_timeout(200)
        assert _focused(page) == "A Next"
    page.evaluate(SCRIPT_IS, "running")
    page.evaluate(DRAW_THE_NEXT)
    page.wait_for_timeout(200)
    assert _focused(page) == "A Next"
    page.evaluate(SCRIPT_IS, "notRunning")
    page.wait_for_function("document.activeElement.tagName === 'H1'")
    assert _focused(page) == "H1 Next"


def test_the_skip_link_leads_to_the_title(running: str, visit: Callable[..., Visit]) -> None:
    seen = visit()
    seen.open(running, "overview")
    seen.page.locator("a.skip").focus()
    assert seen.page.locator("a.skip").bounding_box()["width"] > 60  # type: ignore[index]
    seen.page.keyboard.press("Enter")
    assert _focused(seen.page) == "H1 September 2025"
    assert seen.page.url == f"{running}/"


# Cells of one row whose text runs into the next cell, or out of the window.
COLLIDE = """[...document.querySelectorAll('.overview td')].filter(td => {
  const range = document.createRange(); range.selectNodeContents(td);
  return [...range.getClientRects()].some(r => r.width > 2 && r.right > td.getBoundingClientRect().right + 1);
}).map(td => td.textContent)"""


@pytest.mark.parametrize("width", [390, 800, 961, 1000, 1100, 1280, 1440])
@pytest.mark.parametrize("name", ["overview", "deliveries"])
def test_no_cell_runs_into_the_next(running: str, visit: Callable[..., Visit], width: int, name: str) -> None:
    seen = visit(viewport={"width": width, "height": 900})
    seen.open(running, name)
    assert seen.page.evaluate(COLLIDE) == []
    assert not seen.is_wider_than_its_window()


def test_target_and_month_of_the_data_have_lines_of_their_own_on_a_telephone(
    running: str, visit: Callable[..., Visit]
) -> None:
    seen = visit(viewport=NARROW)
    seen.open(running, "overview")
    row = seen.page.locator("tr", has_text="Plans issued within 20 weeks, all plans")
    target, fresh = row.locator("td.target").bounding_box(), row.locator("td.fresh").bounding_box()
    assert target
    assert fresh
    assert fresh["y"] >= target["y"] + target["height"]


@pytest.mark.parametrize("width", [390, 800, 961, 1200, 1280])
def test_no_selector_cuts_its_month(running: str, visit: Callable[..., Visit], width: int) -> None:
    seen = visit(viewport={"width": width, "height": 900})
    seen.open(running, "metric", "?metric=ehe_count")
    cut = seen.page.evaluate(
        "[...document.querySelectorAll('[data-testid=stSelectbox] *')]"
        ".filter(e => (e.value || e.textContent) === 'September 2025' && e.scrollWidth > e.clientWidth + 1"
        " && e.clientWidth > 20).length"
    )
    assert seen.page.locator("[data-testid=stSelectbox]").count() == 5
    assert cut == 0
    halves = [seen.page.locator(f"h2:has-text('{title}')").bounding_box() for title in
              ("The figures", "What this measure is")]  # fmt: skip
    assert all(halves)
    assert (halves[1]["y"] > halves[0]["y"]) == (width <= 960)  # type: ignore[index]


# The words at the ends of the lines of a chart that its picture cuts off, or that lie on the dates under it.
CUT = """(() => { const picture = document.querySelector('.js-plotly-plot .main-svg').getBoundingClientRect();
  const dates = [...document.querySelectorAll('.xtick text')].map(e => e.getBoundingClientRect());
  return [...document.querySelectorAll('.annotation-text')].filter(e => { const own = e.getBoundingClientRect();
    return own.right > picture.right || dates.some(d => d.left < own.right && d.right > own.left
      && d.top < own.bottom - 2 && d.bottom > own.top + 2); }).map(e => e.textContent); })()"""


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("query", ["nd_avg_wait_weeks", "ehcp_caseload_count", "ehe_count&by=sex&category=F"])
def test_the_last_figure_stands_whole_beside_its_line(
    running: str, visit: Callable[..., Visit], width: int, query: str
) -> None:
    seen = visit(viewport={"width": width, "height": 900})
    seen.open(running, "metric", f"?metric={query}")
    seen.page.wait_for_selector(".annotation-text")
    assert seen.page.evaluate(CUT) == []
    assert not seen.is_wider_than_its_window()


def test_a_theme_chosen_on_the_overview_shows_all_its_measures_and_leads_back(
    running: str, visit: Callable[..., Visit]
) -> None:
    seen = visit(viewport=NARROW)
    seen.open(running, "overview", "?theme=health_waits")
    assert seen.page.locator("h1").inner_text() == "Health waits"
    assert not seen.is_wider_than_its_window()
    seen.page.locator("p.over a").click()
    seen.page.wait_for_function("document.querySelector('h1').textContent === 'September 2025'")
    assert seen.page.url == f"{running}/"
    assert seen.complaints == []


def test_the_text_is_set_in_inter(running: str, visit: Callable[..., Visit]) -> None:
    seen = visit()
    seen.open(running, "overview")
    # A busy browser may not have begun to fetch it when the page is there.
    seen.page.wait_for_function("[...document.fonts].some(f => f.family.includes('Inter') && f.status == 'loaded')")
    assert "Inter" in seen.page.evaluate("getComputedStyle(document.querySelector('h1')).fontFamily")


def test_a_page_that_fails_says_so_and_shows_no_traceback(visit: Callable[..., Visit], tmp_path: Path) -> None:
    broken = releases.tables("first_month")
    broken["metric_value"] = [row | {"status": "unheard of"} for row in broken["metric_value"]]
    releases.write_release(tmp_path / "releases" / f"{releases.RELEASE_ID}.duckdb", broken)
    (tmp_path / "in_force").write_text(releases.RELEASE_ID)
    with server(tmp_path) as address:
        seen = visit()
        seen.page.goto(address)
        seen.page.wait_for_selector("section.state")
        assert "Something is not right" in seen.page.locator("section.state").inner_text()
        assert "Traceback" not in seen.page.content()
