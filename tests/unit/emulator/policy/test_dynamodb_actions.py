from __future__ import annotations

from typing import Any

import pytest

from cognito_credentials.emulator.policy.dynamodb_actions import dynamodb_authorization_requests

PREFIX = "arn:aws:dynamodb:us-east-1:123456789012:"
KEYS = {("notes", None): "owner", ("notes", "by-day"): "day", ("logs", None): "id"}
LEADING = "dynamodb:leadingkeys"


def list_permissions(operation: str, **body: Any) -> list[tuple[str, str, list[str]]]:
    requests = dynamodb_authorization_requests(
        operation,
        body,
        arn_prefix=PREFIX,
        find_partition_key=lambda table, index: KEYS.get((table, index)),
    )
    return [
        (
            request.action.removeprefix("dynamodb:"),
            str(request.resource).removeprefix(PREFIX),
            list(request.context.get(LEADING, ())),
        )
        for request in requests
    ]


ME = {"owner": {"S": "me"}, "n": {"N": "1"}}
YOU = {"owner": {"S": "you"}}


@pytest.mark.parametrize(
    ("operation", "body", "expected"),
    [
        ("GetItem", {"TableName": "notes", "Key": ME}, [("GetItem", "table/notes", ["me"])]),
        ("PutItem", {"TableName": "notes", "Item": ME}, [("PutItem", "table/notes", ["me"])]),
        (
            "GetItem",
            {"TableName": f"{PREFIX}table/notes", "Key": ME},
            [("GetItem", "table/notes", ["me"])],
        ),
        ("Scan", {"TableName": "notes"}, [("Scan", "table/notes", [])]),
        (
            "Query",
            {
                "TableName": "notes",
                "KeyConditionExpression": "#o=:o AND begins_with(n, :n)",
                "ExpressionAttributeNames": {"#o": "owner"},
                "ExpressionAttributeValues": {":o": {"S": "me"}, ":n": {"S": "x"}},
            },
            [("Query", "table/notes", ["me"])],
        ),
        (
            "Query",
            {
                "TableName": "notes",
                "IndexName": "by-day",
                "KeyConditionExpression": "day = :d",
                "ExpressionAttributeValues": {":d": {"S": "monday"}},
            },
            [("Query", "table/notes/index/by-day", ["monday"])],
        ),
        (
            "Query",
            {
                "TableName": "notes",
                "KeyConditions": {
                    "owner": {"AttributeValueList": [{"S": "me"}], "ComparisonOperator": "EQ"}
                },
            },
            [("Query", "table/notes", ["me"])],
        ),
        (
            "BatchGetItem",
            {"RequestItems": {"notes": {"Keys": [ME, YOU]}, "logs": {"Keys": []}}},
            [("BatchGetItem", "table/notes", ["me", "you"]), ("BatchGetItem", "table/logs", [])],
        ),
        (
            "BatchWriteItem",
            {
                "RequestItems": {
                    "notes": [{"PutRequest": {"Item": ME}}, {"DeleteRequest": {"Key": YOU}}]
                }
            },
            [("BatchWriteItem", "table/notes", ["me", "you"])],
        ),
        (
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Put": {"TableName": "notes", "Item": ME}},
                    {"ConditionCheck": {"TableName": "notes", "Key": YOU}},
                ]
            },
            [("PutItem", "table/notes", ["me"]), ("ConditionCheckItem", "table/notes", ["you"])],
        ),
        (
            "ExecuteStatement",
            {"Statement": "SELECT 1"},
            [
                (f"PartiQL{statement_type}", "None", ["\N{REPLACEMENT CHARACTER}"])
                for statement_type in ("Select", "Insert", "Update", "Delete")
            ],
        ),
        # AWS accepts only one of these members. moto may use either, so permission is required for
        # both.
        (
            "PutItem",
            {"TableName": "notes", "Key": ME, "Item": YOU},
            [("PutItem", "table/notes", ["me", "you"])],
        ),
        (
            "Query",
            {
                "TableName": "notes",
                "KeyConditions": {"owner": {"AttributeValueList": [{"S": "me"}]}},
                "KeyConditionExpression": "owner = :o",
                "ExpressionAttributeValues": {":o": {"S": "you"}},
            },
            [("Query", "table/notes", ["me", "you"])],
        ),
        (
            "TagResource",
            {"TableName": "notes", "ResourceArn": f"{PREFIX}table/logs"},
            [("TagResource", "table/notes", []), ("TagResource", "table/logs", [])],
        ),
        # moto ignores everything in an ARN except the table's name.
        (
            "GetItem",
            {"TableName": "arn:aws:dynamodb:eu-west-1:1:table/x/notes", "Key": ME},
            [("GetItem", "table/notes", ["me"])],
        ),
        ("ListTables", {}, [("ListTables", "*", [])]),
        ("DescribeLimits", {}, [("DescribeLimits", "*", [])]),
        ("DeleteBackup", {"BackupArn": "x"}, [("DeleteBackup", "None", [])]),
        ("CreateTable", {"TableName": "new"}, [("CreateTable", "table/new", [])]),
        (
            "TagResource",
            {"ResourceArn": f"{PREFIX}table/notes"},
            [("TagResource", "table/notes", [])],
        ),
    ],
)
def test_the_permissions_of_each_operation(operation: str, body: dict[str, Any], expected: Any):
    assert list_permissions(operation, **body) == expected


def test_attributes_and_select_are_condition_keys():
    (request,) = dynamodb_authorization_requests(
        "Query",
        {
            "TableName": "notes",
            "Select": "SPECIFIC_ATTRIBUTES",
            "ProjectionExpression": "#t, body",
            "ExpressionAttributeNames": {"#t": "title"},
        },
        arn_prefix=PREFIX,
        find_partition_key=lambda *_: "owner",
    )
    assert request.context["dynamodb:select"] == ["SPECIFIC_ATTRIBUTES"]
    assert request.context["dynamodb:attributes"] == ["body", "title"]


@pytest.mark.parametrize(
    "body",
    [
        {"TableName": "notes", "Key": "nonsense"},
        {"TableName": "notes", "KeyConditions": {"owner": "x"}},
        {"TableName": 5},
    ],
)
def test_malformed_keys_are_ignored(body: dict[str, Any]):
    ((_, _, keys),) = list_permissions("GetItem", **body)
    assert keys == []


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("BatchGetItem", {"RequestItems": {"notes": "x"}}),
        ("BatchWriteItem", {"RequestItems": {"notes": ["x"]}}),
        ("TransactWriteItems", {"TransactItems": ["x"]}),
        ("TransactWriteItems", {"TransactItems": [{"Unknown": {}}]}),
        ("TransactGetItems", {"TransactItems": 7}),
    ],
)
def test_malformed_batches_raise_no_error(operation: str, body: dict[str, Any]):
    assert list_permissions(operation, **body) is not None
