"""The permissions that a DynamoDB request needs, with its tables and partition keys.

This module follows "Actions, resources, and condition keys for Amazon DynamoDB" and "Using IAM
policy conditions for fine-grained access control" in the DynamoDB developer guide. The values of
`dynamodb:LeadingKeys` are the partition key values in a request; a Scan contains none. PartiQL
statements are not parsed. PartiQL statements need permission on `"*"`, and do not match conditions
on leading keys.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from cognito_credentials.emulator.json_values import as_mapping, as_sequence
from cognito_credentials.emulator.policy.evaluation import AuthorizationRequest

PartitionKeyLookup = Callable[[str, str | None], str | None]
"""Function that returns the name of a table's or index's partition key; None if it does not exist."""

# The expression also matches names without a value. Otherwise, the search would try again at every
# character of such a name, which takes quadratic time for a long name.
_EQUALS = re.compile(r"([#\w.]++)(?:\s*+=\s*+(:\w+))?")
_ACTIONS_ON_ALL_TABLES = ("DescribeEndpoints", "DescribeLimits")
# Stands for the partition keys in PartiQL statements; no policy contains this key.
_UNPARSED_KEYS = ("\N{REPLACEMENT CHARACTER}",)
_STATEMENT_OPERATIONS = ("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction")
# Maps each kind of item in a transaction to the action that it requires.
_TRANSACTION_ACTIONS = {
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}


def dynamodb_authorization_requests(
    operation: str,
    parameters: Mapping[str, Any],
    *,
    arn_prefix: str,
    find_partition_key: PartitionKeyLookup,
) -> Sequence[AuthorizationRequest]:
    """Return the permissions that `operation` needs, all of which must be allowed.

    `arn_prefix` is `arn:aws:dynamodb:REGION:ACCOUNT:`.
    """
    reader = _RequestReader(arn_prefix, find_partition_key)
    if operation in ("BatchGetItem", "BatchWriteItem"):
        requests = as_mapping(parameters.get("RequestItems"))
        return [
            reader.make_request(operation, table, None, reader.find_batch_keys(table, entries))
            for table, entries in requests.items()
        ]
    if operation in ("TransactGetItems", "TransactWriteItems"):
        return list(reader.make_transaction_requests(parameters))
    if "PartiQL" in operation or operation in _STATEMENT_OPERATIONS:
        return [
            AuthorizationRequest(
                f"dynamodb:PartiQL{kind}", None, {"dynamodb:leadingkeys": _UNPARSED_KEYS}
            )
            for kind in ("Select", "Insert", "Update", "Delete")
        ]
    # If a request names two tables, moto may access either of them, so permission is required on
    # both.
    names = [parameters.get(member) for member in ("TableName", "ResourceArn", "TableArn")]
    tables = dict.fromkeys(map(str, filter(None, names)))
    if not tables:
        is_on_all_tables = operation.startswith("List") or operation in _ACTIONS_ON_ALL_TABLES
        return [AuthorizationRequest(f"dynamodb:{operation}", "*" if is_on_all_tables else None)]
    index = parameters.get("IndexName")
    return [
        reader.make_request(
            operation, table, index, reader.find_keys(table, index, parameters), parameters
        )
        for table in tables
    ]


class _RequestReader:
    def __init__(self, arn_prefix: str, find_partition_key: PartitionKeyLookup) -> None:
        self._arn_prefix = arn_prefix
        self._find_partition_key = find_partition_key

    def make_request(
        self,
        operation: str,
        table: str,
        index: str | None,
        keys: Sequence[str],
        parameters: Mapping[str, Any] | None = None,
    ) -> AuthorizationRequest:
        # moto ignores the region and the account in an ARN, and uses the region and the account of
        # the request.
        arn = f"{self._arn_prefix}table/{_table_name(table)}"
        context: dict[str, Sequence[str]] = {}
        if keys:
            context["dynamodb:leadingkeys"] = keys
        for member in ("Select", "ReturnValues", "ReturnConsumedCapacity"):
            if parameters is not None and isinstance(parameters.get(member), str):
                context[f"dynamodb:{member.lower()}"] = [parameters[member]]
        attributes = _find_attributes(parameters or {})
        if attributes:
            context["dynamodb:attributes"] = attributes
        resource = f"{arn}/index/{index}" if index else arn
        return AuthorizationRequest(f"dynamodb:{operation}", resource, context)

    def find_keys(
        self, table: str, index: str | None, parameters: Mapping[str, Any]
    ) -> Sequence[str]:
        name = self._find_partition_key(_table_name(table), index)
        if name is None:
            return ()
        # AWS accepts only one of these members at a time. moto accepts several members and uses any
        # of them, so the keys of all members are included.
        condition = as_mapping(as_mapping(parameters.get("KeyConditions")).get(name))
        names = as_mapping(parameters.get("ExpressionAttributeNames"))
        values = as_mapping(parameters.get("ExpressionAttributeValues"))
        expression = str(parameters.get("KeyConditionExpression", ""))
        return _to_texts(
            *(as_mapping(parameters.get(member)).get(name) for member in ("Key", "Item")),
            *as_sequence(condition.get("AttributeValueList", [])),
            *(
                values.get(value)
                for attribute, value in _EQUALS.findall(expression)
                if value and names.get(attribute, attribute) == name
            ),
        )

    def find_batch_keys(self, table: str, entries: Any) -> Sequence[str]:
        # BatchGetItem: {"Keys": [...]}; BatchWriteItem: [{"PutRequest": {"Item": ...}}, ...].
        items: list[Mapping[str, Any]] = (
            [{"Key": key} for key in as_sequence(as_mapping(entries).get("Keys"))]
            if isinstance(entries, dict)
            else [
                as_mapping(request)
                for entry in as_sequence(entries)
                for request in as_mapping(entry).values()
            ]
        )
        return [key for item in items for key in self.find_keys(table, None, item)]

    def make_transaction_requests(
        self, parameters: Mapping[str, Any]
    ) -> Iterable[AuthorizationRequest]:
        for item in as_sequence(parameters.get("TransactItems")):
            for kind, members in as_mapping(item).items():
                part = as_mapping(members)
                table = str(part.get("TableName", "*"))
                action = _TRANSACTION_ACTIONS.get(kind, kind)
                yield self.make_request(
                    action, table, None, self.find_keys(table, None, part), part
                )


def _table_name(table: str) -> str:
    return table.rpartition("/")[2]


def _to_texts(*attributes: Any) -> Sequence[str]:
    # {"S": "text"} -> "text". In JSON, numbers and binary values are also strings.
    return [str(value) for typed in attributes for value in as_mapping(typed).values()]


def _find_attributes(parameters: Mapping[str, Any]) -> Sequence[str]:
    found = {*as_mapping(parameters.get("Key")), *as_mapping(parameters.get("Item"))}
    found.update(map(str, as_sequence(parameters.get("AttributesToGet", []))))
    names = as_mapping(parameters.get("ExpressionAttributeNames"))
    projection = str(parameters.get("ProjectionExpression", ""))
    found.update(names.get(name, name) for name in re.split(r"[\s,]+", projection) if name)
    return sorted(found | set(names.values()))
