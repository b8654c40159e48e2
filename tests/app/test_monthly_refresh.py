"""The analyst's page: who may see it, what becomes of an upload, and a month from upload to undo in a real browser."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest
import streamlit as st
from filelock import FileLock
from playwright.sync_api import Page
from streamlit.testing.v1 import AppTest

from presentation import access, commands, inbox
from presentation.inbox import safe_name
from tests import releases
from tests.app import test_browser
from tests.app.conftest import ROOT
from tests.app.small_store import FIRST, HOME_FILE, home_file, refreshed_store
from tests.app.test_browser import NARROW, Visit, server
from tests.app.test_pages import VARIANTS, StoreOf, markup, words

browser, visit = test_browser.browser, test_browser.visit

PAGE = "pages/analyst/monthly_refresh.py"
ADDRESS = "/monthly_refresh"
TITLE, NOWHERE = "Monthly refresh", "There is no such page here"
ROLE = {"INSIGHT_LOCAL_ROLE": "analyst"}
HOSTILE = "<img src=x onerror=alert(1)>_2025-09.csv"
EVERYBODY = "0.0.0.0"  # noqa: S104 (where the page must not be)
LONG = 5 * 60_000  # milliseconds: a busy machine must not fail what is said


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., AppTest]]:
    """Opens the page on a store, as its analyst unless said otherwise."""
    monkeypatch.chdir(ROOT)
    before = st.get_option("server.address")

    def open_page(store: Path, role: str = "analyst", address: str = "localhost", **headers: str) -> AppTest:
        monkeypatch.setenv("INSIGHT_STORE", str(store))
        monkeypatch.setenv("INSIGHT_LOCAL_ROLE", role)
        monkeypatch.setattr(access, "request_headers", lambda: {"Host": "localhost:8501"} | headers)
        st.config.set_option("server.address", address)
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        app.switch_page(PAGE)
        return app.run()

    yield open_page
    st.config.set_option("server.address", before)


def upload(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    app.file_uploader[0].set_value([(name, content, "text/csv") for name, content in files])
    return app.run()


def waiting(store: Path) -> list[str]:
    return [one.path.relative_to(store / "inbox").as_posix() for one in inbox.waiting(store)]


# Who may see it


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_analyst_sees_the_page_on_every_kind_of_release_and_before_the_first(
    opened: Callable[..., AppTest], store_of: StoreOf, variant: str
) -> None:
    app = opened(store_of(variant))
    assert not app.exception
    drawn = markup(app)
    assert drawn.count("<header") == drawn.count("aria-current=page") == drawn.count("<h1 ") == 1
    assert ("<footer" in drawn) == (variant != "none")
    assert TITLE in words(app)
    assert len(app.file_uploader) == 1


@pytest.mark.parametrize(
    "asked",
    [
        {"role": ""},
        {"role": "board"},
        {"address": EVERYBODY},
        {"address": ""},
        {"address": "192.168.1.4"},
        {"Host": "insight.example.org"},
        {"Host": "localhost.example.org:8501"},
        {"Host": ""},
        {"Host": "[::1"},
        {"X-Forwarded-For": "10.0.0.7"},
        {"forwarded": "for=10.0.0.7"},
    ],
    ids=str,
)
def test_nobody_else_has_the_page_in_the_links_or_at_its_address(
    opened: Callable[..., AppTest], store_of: StoreOf, asked: dict[str, str]
) -> None:
    app = opened(store_of("full"), **asked)
    assert not app.exception
    assert NOWHERE in words(app)
    assert "INSIGHT_LOCAL_ROLE" in words(app)
    assert ADDRESS not in markup(app)
    assert not app.file_uploader
    assert not app.button


@pytest.mark.parametrize("host", ["localhost:8501", "127.0.0.1:8501", "[::1]:8501", "LOCALHOST"])
def test_the_names_of_this_machine_are_known(host: str) -> None:
    assert access.is_local({"host": host})


def test_a_store_without_a_release_is_said_to_others_as_on_every_page(
    opened: Callable[..., AppTest], store_of: StoreOf
) -> None:
    app = opened(store_of("none"), role="")
    assert "Nothing has been published yet" in words(app)
    assert not app.file_uploader


# What becomes of an upload


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("ehe_register_2025-09.csv", "ehe_register_2025-09.csv"),
        ("../../x.csv", "x.csv"),
        ("..\\..\\windows\\x.csv", "x.csv"),
        ("/etc/passwd", "passwd"),
        (HOSTILE, "img_src_x_onerror_alert_1__2025-09.csv"),
        (".hidden.csv", "hidden.csv"),
        ("-rf.csv", "rf.csv"),
        ("~$open.xlsx", "open.xlsx"),
        ("Thumbs.db", "file_Thumbs.db"),
        ("con.csv", "file_con.csv"),
        ("été 2025–09.csv", "ete_2025_09.csv"),
        ("a\x00b\n\u202ec.csv", "a_b_c.csv"),
        ("…", "file"),
        ("", "file"),
        ("..", "file"),
        ("blade-2025-10-01_person.csv", "blade-2025-10-01_person.csv"),
    ],
)
def test_a_name_from_outside_is_made_safe_and_keeps_its_end(name: str, safe: str) -> None:
    assert safe_name(name) == safe
    assert safe_name(safe) == safe


def test_a_very_long_name_keeps_its_beginning_and_the_end_by_which_its_set_is_known() -> None:
    names = {safe_name(f"Blade-2025-10-01-{'x' * 400}_{module}.csv") for module in ("sen2", "person", "activeplans")}
    assert all(len(name) <= inbox.LONGEST and name.startswith("Blade-2025-10-01-x") for name in names)
    assert len({name.rsplit("_", 1)[0] for name in names}) == 1
    assert {name.rsplit("_", 1)[1] for name in names} == {"sen2.csv", "person.csv", "activeplans.csv"}
    assert safe_name("y" * 900).startswith("yyy")


def test_an_upload_is_kept_for_its_owner_alone_below_the_month_and_agency_chosen(
    opened: Callable[..., AppTest], tmp_path: Path
) -> None:
    releases.write_store(tmp_path)
    app = opened(tmp_path)
    app.selectbox("monthly_refresh_month").select_index(2)
    app.selectbox("monthly_refresh_agency").select("health").run()
    month = app.session_state["monthly_refresh_month"]
    upload(app, ("indicator_return.csv", b"a\n"), ("../../x.csv", b"b\n"))
    assert waiting(tmp_path) == [f"{month}/health/indicator_return.csv", f"{month}/health/x.csv"]
    if os.name == "posix":
        for path in (tmp_path / "inbox", *(tmp_path / "inbox").rglob("*")):
            assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600)
    assert "2 files saved." in words(app)
    assert "Saved under a name that is safe here: x.csv." in words(app)
    assert not list((tmp_path / "inbox").rglob(".*"))


def test_hostile_names_are_told_escaped_and_lead_nowhere(opened: Callable[..., AppTest], tmp_path: Path) -> None:
    store = releases.write_store(tmp_path / "store")
    app = upload(opened(store), (HOSTILE, b"1"), ("../../../out.csv", b"2"), (f"{'z' * 300}.csv", b"3"))
    assert max(map(len, waiting(store))) <= inbox.LONGEST
    assert "out.csv" in waiting(store)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["store"]
    # A name that somebody put there by hand may be anything.
    if os.name == "posix":
        (store / "inbox" / "<img src=x onerror=alert(2)>`*.csv").write_text("x")
    app.run()
    assert "<img src=x" not in markup(app)
    assert all("<" not in label or "`" in label for label in (button.label for button in app.button))
    assert not app.exception


def test_the_same_name_again_replaces_the_one_that_waits_and_says_so(
    opened: Callable[..., AppTest], tmp_path: Path
) -> None:
    releases.write_store(tmp_path)
    app = upload(opened(tmp_path), ("a.csv", b"first"))
    upload(app, ("a.csv", b"second"))
    assert "a.csv replaced the one that waited under that name." in words(app)
    assert (tmp_path / "inbox" / "a.csv").read_bytes() == b"second"


def test_of_two_files_with_one_name_the_second_is_not_lost_without_a_word(
    opened: Callable[..., AppTest], tmp_path: Path
) -> None:
    releases.write_store(tmp_path)
    app = upload(opened(tmp_path), ("indicator_return.csv", b"health"), ("indicator_return.csv", b"care"))
    assert (tmp_path / "inbox" / "indicator_return.csv").read_bytes() == b"health"
    assert "More than one file is called indicator_return.csv, so only the first was saved." in words(app)


def test_an_upload_that_cannot_be_saved_is_said(opened: Callable[..., AppTest], tmp_path: Path) -> None:
    releases.write_store(tmp_path)
    (tmp_path / "inbox" / "a.csv").mkdir(parents=True)
    app = upload(opened(tmp_path), ("a.csv", b"x"))
    assert not app.exception
    assert "a.csv could not be saved." in words(app)
    assert waiting(tmp_path) == []


def test_a_file_that_waits_can_be_removed_again(opened: Callable[..., AppTest], tmp_path: Path) -> None:
    releases.write_store(tmp_path)
    app = upload(opened(tmp_path), ("a.csv", b"x"), ("b.csv", b"y"))
    assert app.button("refresh").disabled is False
    app.button("remove_0").click().run()
    assert waiting(tmp_path) == ["b.csv"]
    assert "a.csv was removed." in words(app)
    app.button("remove_0").click().run()
    assert app.button("refresh").disabled
    assert "No file waits." in words(app)


def test_the_largest_upload_is_stated_with_the_way_for_larger_ones(
    opened: Callable[..., AppTest], store_of: StoreOf
) -> None:
    said = words(opened(store_of("full")))
    assert f"up to {st.get_option('server.maxUploadSize')} MB each" in said
    assert "python -m pipelines refresh --inbox" in said


def test_only_what_lies_byte_for_byte_in_the_store_leaves_the_inbox(tmp_path: Path) -> None:
    inbox.save(tmp_path, "same.csv", b"12345", "2025-09", "health")
    inbox.save(tmp_path, "other.csv", b"54321")
    inbox.save(tmp_path, "written_since.csv", b"12345")
    inbox.save(tmp_path, "stem_person.csv", b"of a set")
    listed = inbox.waiting(tmp_path)
    inbox.save(tmp_path, "written_since.csv", b"12345")
    inbox.save(tmp_path, "uploaded_since.csv", b"12345")
    received = tmp_path / "received" / "2025-09" / "health" / "set"
    received.mkdir(parents=True)
    (received / "f__same.csv").write_bytes(b"12345")
    (received / "stem_person.csv").write_bytes(b"of a set")
    gone = inbox.clear_received(tmp_path, listed)
    assert sorted(one.name for one in gone) == ["same.csv", "stem_person.csv"]
    assert waiting(tmp_path) == ["other.csv", "uploaded_since.csv", "written_since.csv"]


def test_a_link_in_the_inbox_is_neither_followed_nor_listed(tmp_path: Path) -> None:
    inbox.save(tmp_path, "a.csv", b"x")
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "inbox" / "link.csv").symlink_to(tmp_path / "inbox" / "a.csv")
    (tmp_path / "inbox" / "2025-09").symlink_to(outside, target_is_directory=True)
    assert waiting(tmp_path) == ["a.csv"]
    with pytest.raises(OSError, match="leads out"):
        inbox.save(tmp_path, "b.csv", b"y", "2025-09")
    assert list(outside.iterdir()) == []


# A month, from the first file to the way back


def test_the_first_release_is_made_in_the_browser(tmp_path: Path, visit: Callable[..., Visit]) -> None:
    with server(tmp_path, **ROLE) as address:
        seen = visit()
        seen.page.goto(f"{address}{ADDRESS}")
        seen.page.wait_for_selector("text=No release is in force yet")
        drop(seen.page, HOME_FILE, home_file(12))
        press(seen.page, "Refresh")
        seen.page.wait_for_selector("section.progress")
        # Who reloads finds the refresh at work, and then what came of it.
        seen.page.reload()
        seen.page.wait_for_selector("section.progress, section.outcome")
        seen.page.wait_for_selector(f"section.outcome h2:has-text('Release {FIRST} is in force')", timeout=LONG)
        assert "It is the first release." in seen.page.locator("section.outcome").inner_text()
        assert seen.page.locator("header .sample").count() == 0
        assert seen.complaints == []
    assert waiting(tmp_path) == []


def test_a_month_is_uploaded_checked_refreshed_sent_back_and_undone_in_the_browser(
    tmp_path: Path,
    visit: Callable[..., Visit],
) -> None:
    refreshed_store(tmp_path)
    with server(tmp_path, **ROLE) as address:
        seen = visit()
        page = seen.page
        page.goto(f"{address}{ADDRESS}")
        drop(page, HOME_FILE, home_file(15, bad=1))
        drop(page, HOSTILE, b"a,b\n1,2\n")

        press(page, "Check")
        page.wait_for_selector("section.outcome h2:has-text('What the check found')", timeout=LONG)
        found = page.locator("table.receipts").inner_text()
        assert "Would be accepted" in found
        assert "Would be refused" in found
        assert "sex_unknown_code" in page.locator("table.findings").inner_text()
        fits_a_telephone(visit, address)

        press(page, "Refresh")
        page.wait_for_selector("section.outcome h2:has-text('Release 2025-09.r2 is in force')", timeout=LONG)
        said = page.locator("section.outcome").inner_text()
        assert f"It takes the place of release {FIRST}." in said
        assert "shown before" in said
        assert "2 deliveries were read: 1 was refused and 1 row was set aside." in said
        assert "2025-09.r2 is in force" in page.locator(".title .under").inner_text()
        assert page.locator("footer").inner_text().startswith("Release 2025-09.r2")

        press(page, "Write the workbooks")
        page.wait_for_selector(".workbook", timeout=LONG)
        assert "belongs to Education" in page.locator(".workbook").inner_text()
        with page.expect_download() as coming:
            page.get_by_role("button", name="Download the workbook for Education").click()
        sheets = pl.read_excel(io.BytesIO(Path(coming.value.path()).read_bytes()), sheet_id=0)
        assert coming.value.suggested_filename == "to_mend_education.xlsx"
        assert sum(sheet.height for name, sheet in sheets.items() if name not in ("Summary", "What to mend")) == 1

        fits_a_telephone(visit, address)
        page.locator("section.outcome a", has_text="Data quality").click()
        page.wait_for_selector("h1:has-text('Data quality')")
        page.locator("nav a", has_text=TITLE).click()
        press(page, f"Put release {FIRST} back in force")
        press(page, "Yes, put it back")
        page.wait_for_selector(f"section.outcome h2:has-text('Release {FIRST} is in force again')", timeout=LONG)
        page.wait_for_selector(f".title .under:has-text('{FIRST} is in force')")
        assert seen.complaints == []
        assert "Traceback" not in page.content()
    assert waiting(tmp_path) == []


def drop(page: Page, name: str, content: bytes) -> None:
    """Uploads a file and waits until it waits."""
    page.wait_for_selector("[data-testid=stFileUploaderDropzone]")
    settled(page)
    before = page.locator("p.file").count()
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
    page.wait_for_function(f"document.querySelectorAll('p.file').length > {before}")
    settled(page)


def settled(page: Page) -> None:
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")


def press(page: Page, name: str) -> None:
    settled(page)
    page.get_by_role("button", name=name, exact=True).click()


def fits_a_telephone(visit: Callable[..., Visit], address: str) -> None:
    narrow = visit(viewport=NARROW)
    narrow.page.goto(f"{address}{ADDRESS}")
    narrow.page.wait_for_selector("table.findings")
    assert not narrow.is_wider_than_its_window()
    assert narrow.complaints == []


@pytest.mark.parametrize("asked", [{}, {"listens_to": EVERYBODY, **ROLE}], ids=["no role", "a server open to others"])
def test_elsewhere_the_address_draws_that_there_is_no_such_page(
    store_of: StoreOf,
    visit: Callable[..., Visit],
    asked: dict[str, str],
) -> None:
    with server(store_of("full"), **asked) as address:
        seen = visit(viewport=NARROW)
        seen.page.goto(f"{address}{ADDRESS}")
        seen.page.wait_for_selector("footer.foot")
        assert seen.page.locator("section.state h1").inner_text() == NOWHERE
        assert seen.page.locator("header.head").count() == 1
        assert seen.page.locator("nav a", has_text=TITLE).count() == 0
        assert seen.page.locator("input[type=file], [role=dialog]").count() == 0
        assert not seen.is_wider_than_its_window()
        assert seen.complaints == []


def test_a_refresh_stopped_on_the_page_says_what_to_do(opened: Callable[..., AppTest], tmp_path: Path) -> None:
    releases.write_store(tmp_path)
    app = upload(opened(tmp_path), ("a.csv", b"x\n"))
    app.button("refresh").click().run()
    assert "Refreshing" in words(app)
    assert app.button("refresh").disabled
    assert app.button("check").disabled
    run = commands.of_store(tmp_path).work
    assert run is not None
    app.button("stop_it").click().run()
    assert run.wait(300)
    app.run()
    assert "The refresh was stopped" in words(app)
    assert "Refresh again: it goes on from there." in words(app)
    assert waiting(tmp_path) == ["a.csv"]


def test_nothing_to_send_back_is_said(opened: Callable[..., AppTest], store_of: StoreOf) -> None:
    store = store_of("none")
    app = opened(store)
    app.button("send_back").click().run()
    run = commands.of_store(store).sending_back
    assert run is not None
    assert run.wait(300)
    app.run()
    assert "There is nothing to send back" in words(app)
    assert not app.get("download_button")


def test_a_file_that_is_too_large_is_said_while_the_others_are_saved(
    tmp_path: Path, visit: Callable[..., Visit]
) -> None:
    store = releases.write_store(tmp_path / "store")
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate((int(st.get_option("server.maxUploadSize")) + 1) * 1024 * 1024)
    (tmp_path / "small.csv").write_text("a\n")
    with server(store, **ROLE) as address:
        seen = visit(viewport=NARROW)
        seen.page.goto(f"{address}{ADDRESS}")
        seen.page.locator("input[type=file]").set_input_files([large, tmp_path / "small.csv"])
        seen.page.wait_for_selector("p.file:has-text('small.csv')")
        settled(seen.page)
        refused = seen.page.locator("[data-testid=stFileChip]:visible")
        assert refused.count() == 1
        assert "large.csv" in refused.inner_text()
        assert "or smaller" in refused.inner_text()
        assert not seen.is_wider_than_its_window()
        # What is saved is not saved again with the next file.
        (store / "inbox" / "small.csv").unlink()
        seen.page.locator("input[type=file]").set_input_files(
            {"name": "more.csv", "mimeType": "text/csv", "buffer": b"b\n"}
        )
        seen.page.wait_for_selector("p.file:has-text('more.csv')")
        assert waiting(store) == ["more.csv"]


def test_a_dashboard_that_is_ended_ends_its_refresh_and_the_next_one_finds_the_files(
    tmp_path: Path, visit: Callable[..., Visit]
) -> None:
    with server(tmp_path, **ROLE) as address:
        seen = visit()
        seen.page.goto(f"{address}{ADDRESS}")
        drop(seen.page, HOME_FILE, home_file(12))
        press(seen.page, "Refresh")
        seen.page.wait_for_selector("section.progress li.now")
    # Whoever gets the lock is alone: nothing goes on that nobody could follow.
    with FileLock(tmp_path / ".lock", timeout=LONG / 1000):
        assert not (tmp_path / "in_force").exists()
    with server(tmp_path, **ROLE) as address:
        seen.page.goto(f"{address}{ADDRESS}")
        seen.page.wait_for_selector(f"p.file:has-text('{HOME_FILE}')")
        press(seen.page, "Refresh")
        seen.page.wait_for_selector(f"section.outcome h2:has-text('Release {FIRST} is in force')", timeout=LONG)
    assert waiting(tmp_path) == []
