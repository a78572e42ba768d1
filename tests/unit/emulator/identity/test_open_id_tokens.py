from __future__ import annotations

import base64
import json

import pytest
from emulator_fakes import NOW, REGION, FakeClock, issuer_key
from joserfc import jws

from cognito_credentials.emulator.errors import AwsError
from cognito_credentials.emulator.identity.errors import TokenExpiredError
from cognito_credentials.emulator.identity.open_id_tokens import OpenIdTokens, own_provider_name

ARN = f"arn:aws:cognito-identity:{REGION}:123456789012:identitypool/{REGION}:p"


def make_tokens(clock: FakeClock | None = None) -> OpenIdTokens:
    return OpenIdTokens(region=REGION, clock=clock or FakeClock())


def sign(open_id_tokens: OpenIdTokens) -> str:
    claims = open_id_tokens.make_claims(
        identity_id="i", pool_id="p", pool_arn=ARN, amr=["authenticated", "x"], lifetime=600
    )
    return open_id_tokens.sign(claims)


def decode_part(token: str, number: int) -> str:
    text = token.split(".")[number]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()


def test_header_and_claims_are_in_the_order_of_real_tokens() -> None:
    open_id_tokens = make_tokens()
    claims = open_id_tokens.make_claims(
        identity_id="i",
        pool_id="p",
        pool_arn=ARN,
        amr=["authenticated", "dev", "dev:p:alice"],
        lifetime=900,
        tags={"principal_tags": {"team": ["blue"]}},
    )
    token = open_id_tokens.sign(claims)
    assert decode_part(token, 0) == f'{{"kid":"{REGION}-1","typ":"JWS","alg":"RS512"}}'
    assert decode_part(token, 1) == (
        '{"sub":"i","aud":"p","amr":["authenticated","dev","dev:p:alice"],'
        '"https://aws.amazon.com/tags":{"principal_tags":{"team":["blue"]}},'
        '"iss":"https://cognito-identity.amazonaws.com",'
        f'"https://cognito-identity.amazonaws.com/identity-pool-arn":"{ARN}",'
        f'"exp":{int(NOW) + 900},"iat":{int(NOW)}}}'
    )


def test_claims_without_a_value_are_omitted() -> None:
    claims = make_tokens().make_claims(
        identity_id="i", pool_id="p", pool_arn=None, amr=["unauthenticated"], lifetime=600
    )
    assert list(claims) == ["sub", "aud", "amr", "iss", "exp", "iat"]


def test_a_token_verifies_against_the_published_keys() -> None:
    open_id_tokens = make_tokens()
    token = sign(open_id_tokens)
    (key,) = open_id_tokens.key_set()["keys"]
    assert {name: key[name] for name in ("kty", "alg", "use", "kid")} == {
        "kty": "RSA",
        "alg": "RS512",
        "use": "sig",
        "kid": f"{REGION}-1",
    }
    assert "d" not in key
    assert open_id_tokens.verify(token) == json.loads(decode_part(token, 1))


def test_all_emulators_of_a_process_share_the_key() -> None:
    assert make_tokens().verify(sign(make_tokens()))["sub"] == "i"


def test_a_token_expires_on_the_second() -> None:
    clock = FakeClock()
    open_id_tokens = make_tokens(clock)
    token = sign(open_id_tokens)
    clock.time = NOW + 599
    assert open_id_tokens.verify(token)
    clock.time = NOW + 600
    with pytest.raises(TokenExpiredError) as caught:
        open_id_tokens.verify(token)
    assert (caught.value.now, caught.value.expires_at) == (int(NOW) + 600, int(NOW) + 600)


def test_a_modified_or_foreign_token_is_rejected() -> None:
    open_id_tokens = make_tokens()
    header, _, signature = sign(open_id_tokens).split(".")
    forged = base64.urlsafe_b64encode(
        b'{"sub":"other","iss":"https://cognito-identity.amazonaws.com","exp":9999999999}'
    )
    with pytest.raises(AwsError, match=r"Couldn't verify signed token\."):
        open_id_tokens.verify(".".join((header, forged.decode().rstrip("="), signature)))
    foreign = jws.serialize_compact(
        {"alg": "RS256"}, '{"iss":"https://example.com"}', issuer_key(), algorithms=["RS256"]
    )
    with pytest.raises(AwsError, match="Issuer doesn't match providerName"):
        open_id_tokens.verify(foreign)
    with pytest.raises(AwsError, match="Not a valid OpenId Connect identity token"):
        open_id_tokens.verify("opaque")


@pytest.mark.parametrize(
    ("region", "name"),
    [
        ("us-east-1", "cognito-identity.amazonaws.com"),
        ("cn-north-1", "cognito-identity.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", "cognito-identity.us-gov-west-1.amazonaws.com"),
    ],
)
def test_each_partition_has_its_own_issuer(region: str, name: str) -> None:
    assert own_provider_name(region) == name
