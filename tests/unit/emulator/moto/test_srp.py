"""Tests with the client of pycognito, which this library uses to sign users in."""

from __future__ import annotations

import pytest
from pycognito import aws_srp

from cognito_credentials.emulator.moto.srp import G, N, SrpServer, to_padded_bytes


def respond(
    password: str, *, correct_password: str = "Correct-horse-7"
) -> tuple[SrpServer, dict[str, str]]:
    client = aws_srp.AWSSRP("ann", password, "eu-west-1_Example", "app", client=object())
    parameters = client.get_auth_params()
    server = SrpServer(
        "Example", "user-1", correct_password, srp_a=parameters["SRP_A"], secret_block=b"session"
    )
    challenge = {"USERNAME": "ann", **server.challenge()}
    return server, client.process_challenge(challenge, parameters)


def test_client_and_server_use_the_same_group():
    assert int(aws_srp.N_HEX, 16) == N
    assert int(aws_srp.G_HEX, 16) == G


@pytest.mark.parametrize("number", [0, 1, 0x7F, 0x80, 0xFF, 0x100, N])
def test_padded_numbers_are_never_negative(number: int):
    assert int.from_bytes(to_padded_bytes(number), "big", signed=True) == number


def test_the_proof_of_the_right_password_is_accepted():
    server, responses = respond("Correct-horse-7")
    assert server.verify_proof(responses)


def test_the_proof_of_another_password_is_rejected():
    server, responses = respond("Wrong-horse-8")
    assert not server.verify_proof(responses)


@pytest.mark.parametrize("member", ["TIMESTAMP", "PASSWORD_CLAIM_SIGNATURE"])
def test_the_proof_covers_every_member(member: str):
    server, responses = respond("Correct-horse-7")
    assert not server.verify_proof(responses | {member: "another"})
    del responses[member]
    assert not server.verify_proof(responses)


@pytest.mark.parametrize("srp_a", ["", "not hexadecimal", "0", f"{N:x}", f"{2 * N:x}"])
def test_an_invalid_public_number_is_rejected(srp_a: str):
    with pytest.raises(ValueError, match=r"srp_a|invalid literal"):
        SrpServer("Example", "user-1", "x", srp_a=srp_a, secret_block=b"s")
