"""Against the client that the library signs in with: pycognito's."""

from __future__ import annotations

import pytest
from pycognito import aws_srp

from cognito_credentials.emulator.moto.srp import G, N, SrpServer, padded


def signed(
    password: str, *, asked_for: str = "Correct-horse-7"
) -> tuple[SrpServer, dict[str, str]]:
    client = aws_srp.AWSSRP("ann", password, "eu-west-1_Example", "app", client=object())
    parameters = client.get_auth_params()
    server = SrpServer(
        "Example", "user-1", asked_for, srp_a=parameters["SRP_A"], secret_block=b"session"
    )
    given = {"USERNAME": "ann", **server.challenge()}
    return server, client.process_challenge(given, parameters)


def test_the_group_is_the_clients():
    assert int(aws_srp.N_HEX, 16) == N
    assert int(aws_srp.G_HEX, 16) == G


@pytest.mark.parametrize("number", [0, 1, 0x7F, 0x80, 0xFF, 0x100, N])
def test_numbers_have_no_sign(number: int):
    assert int.from_bytes(padded(number), "big", signed=True) == number


def test_a_password_is_proven():
    server, responses = signed("Correct-horse-7")
    assert server.is_proven_by(responses)


def test_another_password_is_not():
    server, responses = signed("Wrong-horse-8")
    assert not server.is_proven_by(responses)


@pytest.mark.parametrize("member", ["TIMESTAMP", "PASSWORD_CLAIM_SIGNATURE"])
def test_what_is_signed_is_all_of_it(member: str):
    server, responses = signed("Correct-horse-7")
    assert not server.is_proven_by(responses | {member: "another"})
    del responses[member]
    assert not server.is_proven_by(responses)


@pytest.mark.parametrize("srp_a", ["", "no number", "0", f"{N:x}", f"{2 * N:x}"])
def test_a_number_that_would_prove_any_password(srp_a: str):
    with pytest.raises(ValueError, match=r"."):
        SrpServer("Example", "user-1", "x", srp_a=srp_a, secret_block=b"s")
