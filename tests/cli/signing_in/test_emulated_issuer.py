"""Sign-in at the emulator's issuer, with a browser and with a device code."""

from __future__ import annotations

import json
import re

import pytest
from chromium import read_sign_in_url, wait_for_heading, wait_until

from cognito_credentials.stores import FileStore

# An ID token of this age has expired, but `login` accepts it, because clocks may differ.
EXPIRED_SECONDS = 3640


@pytest.fixture(scope="module")
def issuer(signing_emulator):
    return signing_emulator.issuer


@pytest.fixture(scope="module")
def pool(account, issuer):
    arn = account.client("iam").create_open_id_connect_provider(
        Url=issuer.url, ClientIDList=["app"], ThumbprintList=["0" * 40]
    )["OpenIDConnectProviderArn"]
    pool = account.pool(OpenIdConnectProviderARNs=[arn])
    account.set_roles(pool, authenticated=account.role(pool))
    return pool


@pytest.fixture
def options(issuer, pool):
    return ("--issuer", issuer.url, "--client-id", "app", "--identity-pool-id", pool)


def start_login(command, options, *more):
    return command.start("login", "--store", "file", *options, *more, BROWSER="true %s")


def read_device_url(process):
    return next(word for line in process.stderr for word in line.split() if "user_code=" in word)


def enter_name(browser, name):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    browser.find_element(By.ID, "user").send_keys(name, Keys.ENTER)


def sign_in_as(browser, command, options, name):
    process = start_login(command, options)
    browser.get(read_sign_in_url(process))
    enter_name(browser, name)
    wait_for_heading(browser, "You are signed in")
    status, out, err = command.end(process)
    assert status == 0, err
    return out


def test_credentials_are_available_after_signing_in_with_a_browser(
    command, options, browser, issuer
):
    assert f"ann@example.com at {issuer.url}" in sign_in_as(browser, command, options, "ann")
    status, out, err = command("process", *options)
    assert status == 0, err
    assert re.fullmatch(r"ASIA\w{16}", json.loads(out)["AccessKeyId"])


def test_a_recent_user_signs_in_with_one_key(command, options, browser, home):
    sign_in_as(browser, command, options, "ben")
    assert command("logout", *options)[0] == 0
    from selenium.webdriver.common.keys import Keys

    process = start_login(command, options)
    browser.get(read_sign_in_url(process))
    # The browser moves the focus when it renders the page, which can be after `get` has returned.
    wait_until(browser, lambda browser: browser.switch_to.active_element.text == "ben")
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    wait_for_heading(browser, "You are signed in")
    assert "ben@example.com" in command.end(process)[1]


def test_a_canceled_sign_in_ends_the_command(command, options, browser):
    from selenium.webdriver.common.by import By

    process = start_login(command, options)
    browser.get(read_sign_in_url(process))
    browser.find_element(By.NAME, "cancel").click()
    wait_for_heading(browser, "You are not signed in")
    status, out, err = command.end(process)
    assert (status, out) == (3, "")
    assert "access_denied" in err


def test_the_page_shows_names_as_text_and_obeys_its_policy(command, options, browser):
    from selenium.webdriver.common.by import By

    name = "<img src=x onerror=document.title='changed'>"
    process = start_login(command, options)
    url = read_sign_in_url(process)
    process.kill()
    process.communicate()
    browser.get(url)
    enter_name(browser, name)
    wait_until(browser, lambda _: "code=" in browser.current_url)
    browser.get(url)
    buttons = [button.text for button in browser.find_elements(By.NAME, "user")]
    assert name in buttons
    assert browser.title == "Sign in"
    assert browser.find_elements(By.TAG_NAME, "img") == []
    # If the content security policy blocked the style, the browser's default margin would apply.
    heading = browser.find_element(By.TAG_NAME, "h1")
    assert heading.value_of_css_property("margin-top") == "0px"
    assert [log for log in browser.get_log("browser") if "Content Security" in log["message"]] == []


def test_a_device_signs_in_with_a_code(command, options, browser, issuer, home):
    process = start_login(command, options, "--device")
    browser.get(read_device_url(process))
    enter_name(browser, "dora")
    wait_for_heading(browser, "You are signed in")
    status, out, err = command.end(process)
    assert status == 0, err
    assert f"dora@example.com at {issuer.url}" in out
    assert command("process", *options)[0] == 0


def test_a_denied_device_is_not_signed_in(command, options, browser):
    from selenium.webdriver.common.by import By

    process = start_login(command, options, "--device")
    browser.get(read_device_url(process))
    browser.find_element(By.NAME, "cancel").click()
    wait_for_heading(browser, "You are not signed in")
    status, out, err = command.end(process)
    assert (status, out) == (3, "")
    assert "access_denied" in err


def test_a_redirect_can_be_pasted(command, options, browser):
    process = start_login(command, options, "--no-browser")
    browser.get(read_sign_in_url(process))
    enter_name(browser, "eve")
    wait_until(browser, lambda _: "code=" in browser.current_url)
    status, out, err = command.end(process, browser.current_url + "\n")
    assert status == 0, err
    assert "eve@example.com" in out


def test_an_expired_session_is_refreshed_until_the_user_signs_out(
    command, options, browser, signing_emulator, home
):
    signing_emulator.clock.advance(-EXPIRED_SECONDS)
    try:
        sign_in_as(browser, command, options, "finn")
    finally:
        signing_emulator.clock.advance(EXPIRED_SECONDS)
    sessions = FileStore(home / ".aws" / "cognito-credentials" / "sessions")
    (key,) = sessions.list_keys()
    before = json.loads(sessions.get(key))["session"]
    processes = [command.start("process", *options) for _ in range(3)]
    assert {command.end(process)[0] for process in processes} == {0}
    after = json.loads(sessions.get(key))["session"]
    assert after["refresh_token"] != before["refresh_token"]
    assert after["expires_at"] > before["expires_at"]
    status, _, err = command("logout", *options)
    assert (status, err) == (0, "")
    assert command("process", *options)[0] == 3
