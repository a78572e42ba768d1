"""Sign-in with a device code."""

from __future__ import annotations

import pytest
from issuer_application import URL, Application

from cognito_credentials.emulator.issuer.tables import Table


def open_page(application: Application, code: str):
    return application.send(f"GET /device?user_code={code}")


def test_a_device_gets_tokens_after_the_user_has_signed_in(application: Application):
    device = application.start_device()
    assert device["verification_uri"] == f"{URL}/device"
    assert device["verification_uri_complete"].endswith(f"?user_code={device['user_code']}")
    assert application.poll(device["device_code"])["error"] == "authorization_pending"
    page = open_page(application, device["user_code"])
    assert device["user_code"] in page.body.decode()
    assert application.submit(page, user="ann").status == 200
    application.clock.advance(device["interval"])
    tokens = application.poll(device["device_code"])
    claims = application.claims(tokens["id_token"])
    assert (claims["sub"], claims["aud"]) == ("ann", "app")
    assert tokens["refresh_token"]
    assert application.poll(device["device_code"])["error"] == "invalid_grant"


def test_a_device_that_polls_too_often_must_slow_down(application: Application):
    code = application.start_device()["device_code"]
    polls = []
    for seconds in (0, 1, 0.5, 2, 11, 10):
        application.clock.advance(seconds)
        polls.append(application.poll(code)["error"])
    pending, slow_down = "authorization_pending", "slow_down"
    assert polls == [pending, pending, slow_down, slow_down, pending, slow_down]


def test_a_device_code_expires(application: Application):
    device = application.start_device()
    application.clock.advance(600)
    assert application.poll(device["device_code"])["error"] == "expired_token"
    assert open_page(application, device["user_code"]).status == 400


def test_the_user_can_deny_access(application: Application):
    device = application.start_device()
    page = open_page(application, device["user_code"])
    assert application.submit(page, cancel="1").status == 200
    assert application.poll(device["device_code"])["error"] == "access_denied"


def test_a_user_code_is_used_once(application: Application):
    device = application.start_device()
    page = open_page(application, device["user_code"])
    application.submit(page, user="ann")
    assert open_page(application, device["user_code"]).status == 400
    assert b'name="user_code"' in open_page(application, "").body


@pytest.mark.parametrize("spell", [str.lower, lambda code: code.replace("-", "%20")])
def test_a_user_code_may_be_spelled_differently(application: Application, spell):
    code = application.start_device()["user_code"]
    assert open_page(application, spell(code)).status == 200


def test_an_unknown_code_can_be_corrected(application: Application):
    page = open_page(application, "BCDF-GHJK")
    assert page.status == 400
    assert b'role="alert"' in page.body


def test_another_client_cannot_use_a_device_code(application: Application):
    code = application.start_device()["device_code"]
    response = application.request_tokens(
        "urn:ietf:params:oauth:grant-type:device_code", client_id="other", device_code=code
    )
    assert response["error"] == "invalid_grant"


def test_a_full_table_evicts_its_oldest_entry():
    table = Table[int](max_entries=2)
    keys = [table.add(number) for number in range(3)]
    assert [table.get(key) for key in keys] == [None, 1, 2]
