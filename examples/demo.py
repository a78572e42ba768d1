"""Demo in five parts, run with the emulator: `make demo`.

All calls go over real sockets. Role policies allow or deny the calls to S3 and DynamoDB.
`create_account` creates the resources; `main` is the demo.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Any

from botocore.exceptions import ClientError

from cognito_credentials import (
    Credentials,
    from_cognito_identity,
    from_cognito_identity_pool,
    login_from_id_token,
)
from cognito_credentials.emulator import Emulator, IdentityPool, allow
from cognito_credentials.integrations import boto3 as cognito_boto3

BUCKET, TABLE = "game-saves", "scores"
LIFETIME_SECONDS = 15 * 60

USES_COLOR = sys.stdout.isatty() and "NO_COLOR" not in os.environ


def paint(code: str, text: str) -> str:
    return f"\033[{code}m{text}\033[0m" if USES_COLOR else text


def part(title: str) -> None:
    print(f"\n{paint('1', title)}")


def step(title: str, action: Any, *, is_denied: bool = False) -> Any:
    """Run an action and print its outcome and duration; exit if the outcome is unexpected."""
    started = time.perf_counter()
    try:
        result, outcome = action(), "ok"
    except ClientError as error:
        result, outcome = None, error.response["Error"]["Code"]
    duration = f"{(time.perf_counter() - started) * 1000:6.1f} ms"
    is_expected = (outcome != "ok") == is_denied
    if is_denied and is_expected:
        outcome = f"denied as expected: {outcome}"
    mark = paint("32", "✓") if is_expected else paint("31", "✗")
    label = paint("33" if is_denied else "36", f"{outcome:<34}")
    print(f"  {mark} {title:<50} {label} {paint('2', duration)}")
    if not is_expected:
        sys.exit(f"This step should have {'failed' if is_denied else 'succeeded'}: {title}")
    return result


def create_account(emulator: Emulator) -> IdentityPool:
    """Create a bucket, a table, and an identity pool with two roles."""
    emulator.create_bucket(
        BUCKET,
        {
            "public/levels.json": "{}",
            "private/plans.txt": "{}",
            "users/another-player/save.json": "",
        },
    )
    emulator.create_table(TABLE, key="player")
    public = allow("s3:GetObject", f"arn:aws:s3:::{BUCKET}/public/*")
    own_files = f"arn:aws:s3:::{BUCKET}/users/${{cognito-identity.amazonaws.com:sub}}/*"
    return emulator.create_identity_pool(
        "game",
        guests=[public],
        signed_in=[
            public,
            allow("s3:*Object", own_files),
            allow("dynamodb:*Item", f"arn:aws:dynamodb:*:*:table/{TABLE}"),
        ],
    )


def main() -> None:
    started = time.perf_counter()
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "*"  # The emulator runs on this machine.
    with Emulator(credential_lifetime=LIFETIME_SECONDS) as emulator:
        pool = create_account(emulator)
        ada = pool.create_user("ada")
        duration = time.perf_counter() - started
        print(f"The emulator runs at {emulator.endpoint_url}; set up in {duration:.1f} s")
        # Other programs need only the endpoint. The demo also uses the emulator's clock, so that it
        # can skip 15 minutes.
        config = {"endpoint_url": emulator.endpoint_url, "clock": emulator.clock}

        part("1. A guest gets credentials")
        guest = from_cognito_identity_pool(pool.id, client_config=config)
        step("GetId and GetCredentialsForIdentity", guest.cached().get)
        print(f"    identity {guest.identity_id}")
        s3 = client(guest, "s3", emulator)
        step("read a public object", lambda: s3.get_object(Bucket=BUCKET, Key="public/levels.json"))
        step(
            "read a private object",
            lambda: s3.get_object(Bucket=BUCKET, Key="private/plans.txt"),
            is_denied=True,
        )

        part("2. The guest signs in and keeps the identity")
        assert guest.identity_id is not None
        player = from_cognito_identity(
            guest.identity_id, logins=login_from_id_token(ada.id_token), client_config=config
        )
        first = step("sign in and link the login to the identity", player.cached().get)
        print(f"    identity {player.identity_id} (unchanged)")
        assert player.identity_id == guest.identity_id

        part("3. The role policy gives each player a private prefix")
        s3, table = client(player, "s3", emulator), client(player, "dynamodb", emulator)
        mine = f"users/{player.identity_id}/save.json"
        step(
            "write to the player's prefix in S3",
            lambda: s3.put_object(Bucket=BUCKET, Key=mine, Body=b'{"level": 7}'),
        )
        saved = step("read it back", lambda: s3.get_object(Bucket=BUCKET, Key=mine)["Body"].read())
        assert saved == b'{"level": 7}'
        row = {"player": {"S": player.identity_id}, "score": {"N": "4711"}}
        step("write an item to DynamoDB", lambda: table.put_item(TableName=TABLE, Item=row))
        key = {"player": row["player"]}
        found = step("read it back", lambda: table.get_item(TableName=TABLE, Key=key)["Item"])
        assert found == row
        step(
            "read another player's prefix",
            lambda: s3.get_object(Bucket=BUCKET, Key="users/another-player/save.json"),
            is_denied=True,
        )

        part("4. The credentials expire, and the program continues")
        emulator.advance(seconds=LIFETIME_SECONDS)
        assert first.is_expired
        print(f"    15 minutes later, {shorten(first)} has expired")
        step("write again with the same S3 client", lambda: s3.put_object(Bucket=BUCKET, Key=mine))
        second = player.cached().get()
        assert second != first
        print(
            f"    refreshed automatically: {shorten(second)}, expires at {second.expiration:%H:%M:%S} UTC"
        )
        stale = emulator.client(
            "s3",
            aws_access_key_id=first.access_key_id,
            aws_secret_access_key=first.secret_access_key,
            aws_session_token=first.session_token,
        )
        step(
            "write with the expired credentials",
            lambda: stale.put_object(Bucket=BUCKET, Key=mine),
            is_denied=True,
        )

        part("5. Calls to Cognito")
        operations = [
            call.operation for call in emulator.calls if call.service == "cognito-identity"
        ]
        for operation in ("GetId", "GetCredentialsForIdentity"):
            print(f"  {operations.count(operation)} × {operation}")
        guest.close()
        player.close()

    part("The same with a real identity pool")
    print(EXAMPLE)


def shorten(credentials: Credentials) -> str:
    return f"{credentials.access_key_id[:4]}…{credentials.access_key_id[-4:]}"


def client(provider: Any, service: str, emulator: Emulator) -> Any:
    """Return a boto3 client with credentials from the provider."""
    session = cognito_boto3.session(provider, region_name=emulator.region)
    return session.client(service, endpoint_url=emulator.endpoint_url)


EXAMPLE = """\
  from cognito_credentials import from_cognito_identity_pool, login_from_id_token
  from cognito_credentials.integrations import boto3 as cognito_boto3

  provider = from_cognito_identity_pool(
      "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030", logins=login_from_id_token(get_id_token))
  s3 = cognito_boto3.session(provider).client("s3")"""


if __name__ == "__main__":
    main()
