"""Helpers that set up and use an emulated AWS account with boto3."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from cognito_credentials.emulator import Emulator

PASSWORD = "Correct-horse-7"


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any, resource: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def error_of(call: Any, /, **arguments: Any) -> tuple[str, str]:
    """Return the code and the message of the error that `call` must raise."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


@dataclass
class Account:
    """The emulated account, with methods that create resources with random names."""

    emulator: Emulator
    # Clients are reused, because creating a boto3 client takes a tenth of a second.
    clients: dict[tuple[str, bool], Any] = field(default_factory=dict)

    def client(self, service: str, keys: dict[str, Any] | None = None, **options: Any) -> Any:
        if keys or options:
            return self.emulator.client(service, **(keys or {}), **options)
        if (service, True) not in self.clients:
            self.clients[service, True] = self.emulator.client(service)
        return self.clients[service, True]

    def unsigned(self, service: str) -> Any:
        if (service, False) not in self.clients:
            config = Config(signature_version=UNSIGNED)
            self.clients[service, False] = self.emulator.client(service, config=config)
        return self.clients[service, False]

    def role(
        self,
        pool: str,
        *statements: dict[str, Any],
        amr: str = "authenticated",
        trust: dict[str, Any] | None = None,
        actions: Any = "sts:AssumeRoleWithWebIdentity",
        **options: Any,
    ) -> str:
        """Create a role that the identities of `pool` may assume, and return its ARN."""
        iam = self.client("iam")
        name = f"role-{secrets.token_hex(4)}"
        trusted = trust or {
            "Effect": "Allow",
            "Principal": {"Federated": "cognito-identity.amazonaws.com"},
            "Action": actions,
            "Condition": {
                "StringEquals": {"cognito-identity.amazonaws.com:aud": pool},
                "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": amr},
            },
        }
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trusted), **options)
        if statements:
            iam.put_role_policy(
                RoleName=name, PolicyName="inline", PolicyDocument=document(*statements)
            )
        return str(role["Role"]["Arn"])

    def pool(self, **options: Any) -> str:
        """Create an identity pool that allows guests, and return its ID."""
        made = self.client("cognito-identity").create_identity_pool(
            **{"IdentityPoolName": "pool", "AllowUnauthenticatedIdentities": True, **options}
        )
        return str(made["IdentityPoolId"])

    def user_pool(self) -> UserPool:
        """Create a user pool with one client."""
        idp = self.client("cognito-idp")
        pool_id = idp.create_user_pool(PoolName="users")["UserPool"]["Id"]
        client = idp.create_user_pool_client(
            UserPoolId=pool_id, ClientName="app", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"]
        )
        return UserPool(self, pool_id, client["UserPoolClient"]["ClientId"])

    def set_roles(self, pool: str, **roles: str) -> None:
        self.client("cognito-identity").set_identity_pool_roles(IdentityPoolId=pool, Roles=roles)

    def bucket(self) -> str:
        name = f"bucket-{secrets.token_hex(4)}"
        self.client("s3").create_bucket(Bucket=name)
        return name

    def delete_bucket(self, name: str) -> None:
        """Delete a bucket and its objects, because all emulators of a process share bucket names."""
        s3 = self.client("s3")
        for item in s3.list_objects_v2(Bucket=name).get("Contents", ()):
            s3.delete_object(Bucket=name, Key=item["Key"])
        s3.delete_bucket(Bucket=name)

    def identity(self, pool: str, logins: dict[str, str] | None = None) -> str:
        extra = {"Logins": logins} if logins else {}
        response = self.unsigned("cognito-identity").get_id(IdentityPoolId=pool, **extra)
        return str(response["IdentityId"])

    def credentials(self, identity: str, logins: dict[str, str] | None = None) -> dict[str, str]:
        """Get credentials in the enhanced flow, and return them as arguments for `client`."""
        extra = {"Logins": logins} if logins else {}
        response = self.unsigned("cognito-identity").get_credentials_for_identity(
            IdentityId=identity, **extra
        )
        credentials = response["Credentials"]
        return {
            "aws_access_key_id": credentials["AccessKeyId"],
            "aws_secret_access_key": credentials["SecretKey"],
            "aws_session_token": credentials["SessionToken"],
        }

    def back_end_variables(self) -> dict[str, str]:
        """Create an IAM user who may sign in developer users; return variables with the access key."""
        iam, name = self.client("iam"), f"back-end-{secrets.token_hex(4)}"
        iam.create_user(UserName=name)
        statement = allow("cognito-identity:GetOpenIdTokenForDeveloperIdentity", "*")
        iam.put_user_policy(UserName=name, PolicyName="inline", PolicyDocument=document(statement))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return {
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        }

    def guest(self, *statements: dict[str, Any]) -> tuple[str, dict[str, str]]:
        """Create a guest with these permissions, and return its identity ID and credentials."""
        pool = self.pool()
        self.set_roles(pool, unauthenticated=self.role(pool, *statements, amr="unauthenticated"))
        identity = self.identity(pool)
        return identity, self.credentials(identity)


@dataclass
class UserPool:
    """A user pool with one client, and the calls that an application makes to it."""

    account: Account
    id: str
    client_id: str

    @property
    def provider(self) -> str:
        return f"cognito-idp.us-east-1.amazonaws.com/{self.id}"

    def sign_up(self, name: str) -> None:
        idp = self.account.client("cognito-idp")
        idp.admin_create_user(UserPoolId=self.id, Username=name)
        idp.admin_set_user_password(
            UserPoolId=self.id, Username=name, Password=PASSWORD, Permanent=True
        )

    def sign_in(self, name: str) -> dict[str, str]:
        response = self.account.unsigned("cognito-idp").initiate_auth(
            ClientId=self.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
        )
        tokens: dict[str, str] = response["AuthenticationResult"]
        return tokens

    def logins(self, name: str) -> dict[str, str]:
        return {self.provider: self.sign_in(name)["IdToken"]}
