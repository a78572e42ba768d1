"""A story in five parts, told against the emulator: run it with `make demo`.

Every AWS call in it is made by real boto3 over a real socket, and allowed or refused by the
policies of the roles. `AWS` sets the stage as an administrator would; `main` is the program.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from cognito_credentials import (
    Credentials,
    from_cognito_identity,
    from_cognito_identity_pool,
    login_from_id_token,
)
from cognito_credentials.emulator import Emulator
from cognito_credentials.integrations import boto3 as cognito_boto3

BUCKET, TABLE = "game-saves", "scores"
QUARTER = 15 * 60

COLOURED = sys.stdout.isatty() and "NO_COLOR" not in os.environ


def paint(code: str, text: str) -> str:
    return f"\033[{code}m{text}\033[0m" if COLOURED else text


def part(title: str) -> None:
    print(f"\n{paint('1', title)}")


def step(what: str, work: Any, *, refused: bool = False) -> Any:
    """Do one thing, and print it with its outcome and its time; stop where it went otherwise."""
    started = time.perf_counter()
    try:
        result, outcome = work(), "ok"
    except ClientError as error:
        result, outcome = None, error.response["Error"]["Code"]
    taken = f"{(time.perf_counter() - started) * 1000:6.1f} ms"
    as_told = (outcome != "ok") == refused
    if refused and as_told:
        outcome = f"refused, rightly: {outcome}"
    mark = paint("32", "✓") if as_told else paint("31", "✗")
    told = paint("33" if refused else "36", f"{outcome:<32}")
    print(f"  {mark} {what:<50} {told} {paint('2', taken)}")
    if not as_told:
        sys.exit(f"This should {'not ' if refused else ''}have worked: {what}")
    return result


class AWS:
    """The administrator's side: a user pool, an identity pool with two roles, a bucket, a table."""

    def __init__(self, emulator: Emulator) -> None:
        users = emulator.client("cognito-idp")
        user_pool = users.create_user_pool(PoolName="players")["UserPool"]["Id"]
        self.client_id = users.create_user_pool_client(
            UserPoolId=user_pool, ClientName="game", ExplicitAuthFlows=["USER_PASSWORD_AUTH"]
        )["UserPoolClient"]["ClientId"]
        self.password = "Correct-Horse-7"
        users.admin_create_user(UserPoolId=user_pool, Username="ada")
        users.admin_set_user_password(
            UserPoolId=user_pool, Username="ada", Password=self.password, Permanent=True
        )

        identities = emulator.client("cognito-identity")
        self.pool_id = identities.create_identity_pool(
            IdentityPoolName="game",
            AllowUnauthenticatedIdentities=True,
            CognitoIdentityProviders=[
                {
                    "ProviderName": f"cognito-idp.{emulator.region}.amazonaws.com/{user_pool}",
                    "ClientId": self.client_id,
                }
            ],
        )["IdentityPoolId"]
        self.iam = emulator.client("iam")
        me = "${cognito-identity.amazonaws.com:sub}"
        public = {"s3:GetObject": [f"arn:aws:s3:::{BUCKET}/public/*"]}
        roles = {
            "unauthenticated": self.role("guest", "unauthenticated", public),
            "authenticated": self.role(
                "player",
                "authenticated",
                {
                    **public,
                    "s3:*Object": [f"arn:aws:s3:::{BUCKET}/users/{me}/*"],
                    "dynamodb:*Item": [f"arn:aws:dynamodb:*:*:table/{TABLE}"],
                },
            ),
        }
        identities.set_identity_pool_roles(IdentityPoolId=self.pool_id, Roles=roles)

        s3 = emulator.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        for key in ("public/levels.json", "private/plans.txt", "users/somebody-else/save.json"):
            s3.put_object(Bucket=BUCKET, Key=key, Body=b"{}")
        emulator.client("dynamodb").create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "player", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "player", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )

    def role(self, name: str, kind: str, allowed: dict[str, list[str]]) -> str:
        """Make a role that trusts the pool for guests or for signed-in users."""
        trust = {
            "Effect": "Allow",
            "Principal": {"Federated": "cognito-identity.amazonaws.com"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {"cognito-identity.amazonaws.com:aud": self.pool_id},
                "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": kind},
            },
        }
        arn: str = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))[
            "Role"
        ]["Arn"]
        statements = [
            {"Effect": "Allow", "Action": action, "Resource": resources}
            for action, resources in allowed.items()
        ]
        self.iam.put_role_policy(
            RoleName=name, PolicyName="allowed", PolicyDocument=policy(*statements)
        )
        return arn


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def main() -> None:
    started = time.perf_counter()
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "*"  # all of AWS is on this machine
    with Emulator(credential_lifetime=QUARTER) as emulator:
        aws = AWS(emulator)
        took = time.perf_counter() - started
        print(f"AWS on {emulator.endpoint_url}, made and furnished in {took:.1f} s")
        # What a program changes to run against the emulator; the clock lets a quarter pass at once.
        here = {"endpoint_url": emulator.endpoint_url, "clock": emulator.clock}

        part("1. A guest gets credentials")
        guest = from_cognito_identity_pool(aws.pool_id, client_config=here)
        step("GetId and GetCredentialsForIdentity", guest.cached().get)
        print(f"    identity {guest.identity_id}")
        s3 = client(guest, "s3", emulator)
        step("read a public object", lambda: s3.get_object(Bucket=BUCKET, Key="public/levels.json"))
        step(
            "read a private one",
            lambda: s3.get_object(Bucket=BUCKET, Key="private/plans.txt"),
            refused=True,
        )

        part("2. The guest signs in, and stays who it is")

        def id_token() -> str:
            users = emulator.client("cognito-idp", config=Config(signature_version=UNSIGNED))
            answer = users.initiate_auth(
                ClientId=aws.client_id,
                AuthFlow="USER_PASSWORD_AUTH",
                AuthParameters={"USERNAME": "ada", "PASSWORD": aws.password},
            )
            token: str = answer["AuthenticationResult"]["IdToken"]
            return token

        assert guest.identity_id is not None
        player = from_cognito_identity(
            guest.identity_id, logins=login_from_id_token(id_token), client_config=here
        )
        first = step("sign in and link the login to the guest's identity", player.cached().get)
        print(f"    identity {player.identity_id}, the same")
        assert player.identity_id == guest.identity_id

        part("3. The player has a place of its own")
        s3, table = client(player, "s3", emulator), client(player, "dynamodb", emulator)
        mine = f"users/{player.identity_id}/save.json"
        step(
            "write to its own prefix in S3",
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
            lambda: s3.get_object(Bucket=BUCKET, Key="users/somebody-else/save.json"),
            refused=True,
        )

        part("4. The credentials expire, and the program does not notice")
        emulator.clock.advance(QUARTER)
        assert first.is_expired
        print(f"    a quarter of an hour later, {shown(first)} have expired")
        step("write again, with the same S3 client", lambda: s3.put_object(Bucket=BUCKET, Key=mine))
        second = player.cached().get()
        assert second != first
        print(
            f"    renewed on the way: {shown(second)}, good until {second.expiration:%H:%M:%S} UTC"
        )
        stale = emulator.client(
            "s3",
            aws_access_key_id=first.access_key_id,
            aws_secret_access_key=first.secret_access_key,
            aws_session_token=first.session_token,
        )
        step(
            "the old ones, used by hand",
            lambda: stale.put_object(Bucket=BUCKET, Key=mine),
            refused=True,
        )

        part("5. What was asked of Cognito")
        asked = [call.operation for call in emulator.calls if call.service == "cognito-identity"]
        for operation in ("GetId", "GetCredentialsForIdentity"):
            print(f"  {asked.count(operation)} × {operation}")
        guest.close()
        player.close()

    part("The same against a real pool")
    print(SIX_LINES)


def shown(credentials: Credentials) -> str:
    return f"{credentials.access_key_id[:4]}…{credentials.access_key_id[-4:]}"


def client(provider: Any, service: str, emulator: Emulator) -> Any:
    """Make a boto3 client whose credentials are the provider's, and never go stale."""
    session = cognito_boto3.session(provider, region_name=emulator.region)
    return session.client(service, endpoint_url=emulator.endpoint_url)


SIX_LINES = """\
  from cognito_credentials import from_cognito_identity_pool, login_from_id_token
  from cognito_credentials.integrations import boto3 as cognito_boto3

  provider = from_cognito_identity_pool(
      "us-east-1:1699ebc0-7900-4099-b910-2df94f52a030", logins=login_from_id_token(get_id_token))
  s3 = cognito_boto3.session(provider).client("s3")"""


if __name__ == "__main__":
    main()
