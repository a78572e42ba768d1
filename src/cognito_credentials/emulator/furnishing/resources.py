"""The methods of `Emulator` that create resources in its account."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cognito_credentials.emulator.argument_checks import check_name, check_text, check_type
from cognito_credentials.emulator.furnishing import pool_creation
from cognito_credentials.emulator.furnishing.access import AdministratorAccess, get_client
from cognito_credentials.emulator.furnishing.identity_pools import IdentityPool
from cognito_credentials.emulator.furnishing.resource_names import check_bucket_name


class ResourceMethods:
    """Methods of `Emulator` that create resources, with the permissions of an administrator.

    The methods call the same AWS operations as a client, so `Emulator.client` can list, change and
    delete everything that they create.
    """

    def create_identity_pool(
        self: AdministratorAccess,
        name: str = "pool",
        *,
        guests: Sequence[Mapping[str, Any]] | None = None,
        signed_in: Sequence[Mapping[str, Any]] | None = None,
        **parameters: Any,
    ) -> IdentityPool:
        """Create an identity pool, with a role for guests, for signed-in users, or for both.

        If the pool allows signed-in users, a user pool is created with it.

        Args:
            name: The name of the identity pool and of the user pool, and the prefix of the role
                names. The name need not be unique.
            guests: The permissions of guests, as statements of an IAM policy: for example
                `[allow("s3:GetObject", "arn:aws:s3:::game/public/*")]`. `[]` allows guests without
                permissions. None, the default, allows no guests.
            signed_in: The permissions of signed-in users, in the same form.
            **parameters: Further parameters of CreateIdentityPool, for example
                `AllowClassicFlow=True`.

        Raises:
            TypeError: If `name` is not a string, `guests` or `signed_in` is not a list of
                statements, or `CognitoIdentityProviders` is not a list.
            ValueError: If `name` is empty, neither `guests` nor `signed_in` is passed, or a
                statement has an element that IAM does not know.
            botocore.exceptions.ClientError: If a service rejects a parameter or a statement.
            botocore.exceptions.ParamValidationError: If one of `parameters` is unknown or has the
                wrong type.
            RuntimeError: If the emulator is not running.
        """
        check_name("name", name)
        return pool_creation.create_identity_pool(
            self, name, guests=guests, signed_in=signed_in, parameters=parameters
        )

    def create_bucket(
        self: AdministratorAccess, name: str, objects: Mapping[str, bytes | str] | None = None
    ) -> None:
        """Create an S3 bucket.

        Args:
            name: The name of the bucket.
            objects: The contents of objects by key. Text is encoded as UTF-8.

        Raises:
            botocore.exceptions.ClientError: If S3 rejects the bucket, for example because it
                exists.
            RuntimeError: If the emulator is not running.
            TypeError: If an argument has the wrong type.
            ValueError: If `name` is not a name that S3 accepts, or a string cannot be encoded.
        """
        check_bucket_name("name", name)
        objects = {} if objects is None else objects
        check_type("objects", objects, Mapping, "a dict of contents by key")
        for key, content in objects.items():
            check_text("objects", key)
            check_type(f"objects[{key!r}]", content, str | bytes, "a str or bytes")
            if isinstance(content, str):
                check_text(f"objects[{key!r}]", content)
        s3 = get_client(self, "s3")
        constraint = {}
        if self.region != "us-east-1":  # S3 rejects this region as a `LocationConstraint`.
            constraint["CreateBucketConfiguration"] = {"LocationConstraint": self.region}
        s3.create_bucket(Bucket=name, **constraint)
        for key, content in objects.items():
            s3.put_object(Bucket=name, Key=key, Body=content)

    def create_table(
        self: AdministratorAccess,
        name: str,
        *,
        key: str,
        sort_key: str | None = None,
        items: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        """Create a DynamoDB table whose keys are strings.

        Args:
            name: The name of the table.
            key: The name of the partition key.
            sort_key: The name of the sort key. Default: the table has no sort key.
            items: Items with Python values, as for `Table.put_item` in boto3, for example
                `[{"user": "ann", "score": 7}]`.

        Raises:
            botocore.exceptions.ClientError: If DynamoDB rejects the table or an item.
            TypeError: If an argument has the wrong type, or boto3 cannot convert a value: pass a
                `Decimal` instead of a float.
            ValueError: If a name is empty, or DynamoDB cannot store a number.
            RuntimeError: If the emulator is not running.
        """
        from boto3.dynamodb.types import TypeSerializer

        check_name("name", name)
        check_name("key", key)
        if sort_key is not None:
            check_name("sort_key", sort_key)
        check_type("items", items, Iterable, "a list of dicts")
        items = list(items)
        for item in items:
            check_type("items", item, Mapping, "a list of dicts")
        serialize = TypeSerializer().serialize
        try:
            serialized = [
                {each: serialize(value) for each, value in item.items()} for item in items
            ]
        except ArithmeticError:
            raise ValueError("items must contain numbers of at most 38 digits") from None
        names = {"HASH": key} if sort_key is None else {"HASH": key, "RANGE": sort_key}
        dynamodb = get_client(self, "dynamodb")
        dynamodb.create_table(
            TableName=name,
            KeySchema=[{"AttributeName": each, "KeyType": kind} for kind, each in names.items()],
            AttributeDefinitions=[
                {"AttributeName": each, "AttributeType": "S"} for each in names.values()
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        for item in serialized:
            dynamodb.put_item(TableName=name, Item=item)
