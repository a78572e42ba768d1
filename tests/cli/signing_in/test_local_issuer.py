"""Sign-in at a local issuer that does not use TLS, to get credentials from the emulator."""

from __future__ import annotations

import json
import re

from openid_provider import OpenIdProvider


def test_credentials_come_from_an_issuer_on_this_machine(command, account, home):
    with OpenIdProvider() as issuer:
        arn = account.client("iam").create_open_id_connect_provider(
            Url=issuer.url, ClientIDList=["app"], ThumbprintList=["a" * 40]
        )["OpenIDConnectProviderArn"]
        pool = account.pool(OpenIdConnectProviderARNs=[arn])
        account.set_roles(pool, authenticated=account.role(pool))
        options = ("--issuer", issuer.url, "--client-id", "app", "--identity-pool-id", pool)
        process = command.start("login", "--device", "--store", "file", *options)
        assert issuer.has_been_polled.wait(30)
        issuer.decide(is_approved=True)
        status, _, err = command.end(process)
        assert status == 0, err
        status, out, err = command("process", *options)
        assert status == 0, err
        assert re.fullmatch(r"ASIA\w{16}", json.loads(out)["AccessKeyId"])
