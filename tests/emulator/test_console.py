"""The web console, in Chromium."""

from __future__ import annotations

import http.client
import re
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from chromium import chromium, wait_until
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from cognito_credentials.emulator import Emulator, allow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cognito_credentials.emulator import IdentityPool

OWN_PREFIX = "arn:aws:s3:::game/${cognito-identity.amazonaws.com:sub}/*"
HOSTILE = "<img src=x onerror=document.title='owned'>"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(account_id="555566660003") as emulator:
        yield emulator


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with chromium(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def open_view(emulator: Emulator, browser: Any) -> Callable[[str], Any]:
    """A function that opens a view of the console, and returns the browser."""

    def open_view(name: str) -> Any:
        browser.get("about:blank")
        browser.get(f"{emulator.endpoint_url}/_emulator/#{name}")
        wait_until(browser, lambda _: browser.find_element(By.ID, name).is_displayed())
        wait_until(browser, lambda _: browser.find_element(By.ID, "now").text)
        return browser

    return open_view


@pytest.fixture
def pool(emulator: Emulator) -> IdentityPool:
    """An identity pool of a game, in an emulator without earlier calls."""
    emulator.reset()
    emulator.create_bucket("game")
    return emulator.create_identity_pool("game", guests=[], signed_in=[allow("s3:*", OWN_PREFIX)])


def text_of(browser: Any, element_id: str) -> str:
    return str(browser.find_element(By.ID, element_id).text)


def click(browser: Any, selector: str) -> None:
    wait_until(browser, lambda _: browser.find_elements(By.CSS_SELECTOR, selector))
    browser.find_element(By.CSS_SELECTOR, selector).click()


def fill(browser: Any, element_id: str, text: str) -> None:
    field = browser.find_element(By.ID, element_id)
    field.clear()
    field.send_keys(text)


def test_a_rejected_call_is_explained(
    emulator: Emulator, pool: IdentityPool, open_view: Callable[[str], Any]
):
    ann = pool.create_user("ann")
    s3 = pool.session(ann).client("s3", endpoint_url=emulator.endpoint_url)
    with pytest.raises(ClientError):
        s3.put_object(Bucket="game", Key="ben/save.json", Body=b"{}")
    browser = open_view("calls")
    click(browser, "#calls-errors")
    wait_until(browser, lambda _: "AccessDenied" in text_of(browser, "calls-rows"))
    click(browser, "#calls-rows button")
    wait_until(browser, lambda _: "Why" in text_of(browser, "call-details"))
    details = text_of(browser, "call-details")
    assert "s3:PutObject" in details
    assert "game/ben/save.json" in details


def test_new_calls_appear_and_a_reset_removes_them(
    emulator: Emulator, pool: IdentityPool, open_view: Callable[[str], Any]
):
    browser = open_view("calls")
    wait_until(browser, lambda _: "CreateIdentityPool" in text_of(browser, "calls-rows"))
    emulator.client("sts").get_caller_identity()
    wait_until(browser, lambda _: "GetCallerIdentity" in text_of(browser, "calls-rows"))
    numbers = [
        cell.text for cell in browser.find_elements(By.CSS_SELECTOR, "#calls-rows td:first-child")
    ]
    assert numbers == [str(call.number) for call in reversed(emulator.calls)]
    emulator.reset()
    wait_until(browser, lambda _: text_of(browser, "calls-rows") == "")


def test_ten_thousand_calls_are_shown_in_pages(
    emulator: Emulator, pool: IdentityPool, open_view: Callable[[str], Any]
):
    connection = http.client.HTTPConnection(emulator.host, emulator.port)
    headers = {"X-Amz-Target": "AWSCognitoIdentityService.GetId"}
    for _ in range(10_000):
        connection.request("POST", "/", b"{}", headers)
        connection.getresponse().read()
    connection.close()
    browser = open_view("calls")
    wait_until(browser, lambda _: text_of(browser, "calls-count").startswith("10000 of"))
    assert text_of(browser, "calls-page") == "Page 1 of 100"
    assert len(browser.find_elements(By.CSS_SELECTOR, "#calls-rows tr")) == 100
    click(browser, "#calls-older")
    wait_until(browser, lambda _: text_of(browser, "calls-page") == "Page 2 of 100")


def test_pools_show_their_identities_and_their_history(
    pool: IdentityPool, open_view: Callable[[str], Any]
):
    ann = pool.create_user("ann")
    identity_id = pool.provider(ann)().identity_id
    browser = open_view("pools")
    click(browser, "#pools-list button")
    wait_until(browser, lambda _: identity_id in text_of(browser, "pool-details"))
    click(browser, "#pool-details tbody button")
    wait_until(browser, lambda _: "GetCredentialsForIdentity" in text_of(browser, "pool-details"))
    assert "enabled" in text_of(browser, "pool-details")


def test_text_of_resources_is_not_interpreted(
    emulator: Emulator, pool: IdentityPool, open_view: Callable[[str], Any]
):
    with pytest.raises(ClientError):
        emulator.client("cognito-identity").list_identity_pools(MaxResults=1, NextToken=HOSTILE)
    browser = open_view("calls")
    fill(browser, "calls-text", "onerror")
    click(browser, "#calls-rows button")
    wait_until(browser, lambda _: HOSTILE in text_of(browser, "call-details"))
    assert browser.title == "Calls - emulator console"
    assert not browser.find_elements(By.TAG_NAME, "img")


def test_a_token_can_be_minted_and_decoded(
    pool: IdentityPool, open_view: Callable[[str], Any], never_printed: Any
):
    browser = open_view("tokens")
    fill(browser, "mint-provider", pool.login_provider_name)
    fill(browser, "mint-subject", "ben")
    click(browser, "#mint button")

    def read_token() -> str:
        return str(browser.find_element(By.ID, "mint-token").get_property("value"))

    wait_until(browser, lambda _: read_token())
    fill(browser, "decode-token", read_token())
    wait_until(browser, lambda _: '"sub": "ben"' in text_of(browser, "decode-result"))
    # The text contains the seconds until the token expires.
    assert "in 3" in text_of(browser, "decode-result")
    fill(browser, "decode-token", "no token")
    wait_until(browser, lambda _: "not a JSON Web Token" in text_of(browser, "decode-result"))


def test_the_clock_and_faults_can_be_changed(
    emulator: Emulator, pool: IdentityPool, open_view: Callable[[str], Any]
):
    browser = open_view("settings")
    before = emulator.clock.now()
    click(browser, "[data-seconds='3660']")
    wait_until(browser, lambda _: emulator.clock.now() >= before + 3660)
    fill(browser, "fault-operation", "GetID")
    click(browser, "#fault > button:not([type])")
    wait_until(browser, lambda _: "GetId" in text_of(browser, "status"))
    fill(browser, "fault-operation", "GetId")
    click(browser, "#fault > button:not([type])")
    wait_until(browser, lambda _: "GetId: error" in text_of(browser, "faults-list"))
    assert [fault.operation for fault in emulator.faults] == ["GetId"]
    click(browser, "#faults-clear")
    wait_until(browser, lambda _: not list(emulator.faults))


def test_the_emulator_can_be_reset(
    emulator: Emulator, pool: IdentityPool, open_view: Callable[[str], Any]
):
    browser = open_view("settings")
    click(browser, "#reset button")
    browser.switch_to.alert.accept()
    wait_until(browser, lambda _: not emulator.identity_service.list_pools())


def test_the_views_can_be_used_with_the_keyboard(
    pool: IdentityPool, open_view: Callable[[str], Any]
):
    browser = open_view("calls")
    wait_until(browser, lambda _: text_of(browser, "calls-rows"))
    browser.find_element(By.ID, "calls-text").send_keys(Keys.TAB, Keys.TAB)
    browser.switch_to.active_element.send_keys(Keys.TAB)
    assert browser.switch_to.active_element.tag_name == "button"
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    wait_until(browser, lambda _: "Parameters" in text_of(browser, "call-details"))
    assert browser.switch_to.active_element.get_attribute("id") == "call-details"


@pytest.mark.parametrize("view", ["calls", "pools", "tokens", "settings"])
def test_every_control_has_a_name_for_screen_readers(
    pool: IdentityPool, open_view: Callable[[str], Any], view: str
):
    browser = open_view(view)
    if view == "pools":
        wait_until(browser, lambda _: "game" in text_of(browser, "pools"))
    controls = browser.find_elements(By.CSS_SELECTOR, "a, button, input, select, textarea")
    shown = [control for control in controls if control.is_displayed()]
    assert len(shown) > 4
    assert [each.get_attribute("outerHTML") for each in shown if not each.accessible_name] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast_in_both_color_schemes(
    pool: IdentityPool, open_view: Callable[[str], Any], scheme: str
):
    browser = open_view("calls")
    wait_until(browser, lambda _: text_of(browser, "calls-rows"))
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    background = luminance(browser, "body", "background-color")
    assert (background > 0.5) == (scheme == "light")
    for selector in ("body", "h1", "nav a", "#calls-rows td", "#calls-rows button", "label", "th"):
        text = luminance(browser, selector, "color")
        contrast = (max(text, background) + 0.05) / (min(text, background) + 0.05)
        assert contrast >= 4.5, selector  # WCAG 2.2, success criterion 1.4.3
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def luminance(browser: Any, selector: str, name: str) -> float:
    """Return the relative luminance of a color of an element, as WCAG defines it."""
    value = browser.find_element(By.CSS_SELECTOR, selector).value_of_css_property(name)
    channels = [int(channel) / 255 for channel in re.findall(r"[0-9]+", value)[:3]]
    red, green, blue = (
        channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
        for channel in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_page_needs_no_other_server_and_no_inline_script(emulator: Emulator):
    connection = http.client.HTTPConnection(emulator.host, emulator.port)
    connection.request("GET", "/_emulator/")
    response = connection.getresponse()
    page = response.read().decode()
    policy = response.getheader("Content-Security-Policy")
    connection.close()
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "http" not in page.replace("http-equiv", "")
    assert "onclick" not in page
