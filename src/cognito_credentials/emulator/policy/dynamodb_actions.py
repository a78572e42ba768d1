"""Which permissions a DynamoDB request needs, on which tables and for which keys.

Pure. Follows "Actions, resources, and condition keys for Amazon DynamoDB" and "Using IAM policy
conditions for fine-grained access control" in its developer guide: ``dynamodb:LeadingKeys`` are
the partition key values that a request names; a Scan names none. PartiQL statements are not
read: they need permission on ``"*"``, and no condition that names leading keys holds for them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cognito_credentials.emulator.identity.json_values import mapping, sequence
from cognito_credentials.emulator.policy.policies import Question

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# Returns the name of the partition key of (table, index or None), None where there is no table.
PartitionKey = Callable[[str, str | None], str | None]
_EQUALS = re.compile(r"([#\w.]+)\s*=\s*(:\w+)")


def dynamodb_questions(
    operation: str,
    body: Mapping[str, Any],
    *,
    arn_prefix: str,
    partition_key: PartitionKey,
) -> Sequence[Question]:
    """List what must all be allowed; ``arn_prefix`` is ``arn:aws:dynamodb:REGION:ACCOUNT:``."""
    reader = _Reader(arn_prefix, partition_key)
    if operation in ("BatchGetItem", "BatchWriteItem"):
        requests = mapping(body.get("RequestItems"))
        return [
            reader.ask(operation, table, None, reader.batched_keys(table, entries))
            for table, entries in requests.items()
        ]
    if operation in ("TransactGetItems", "TransactWriteItems"):
        return list(reader.transacted(body))
    if "PartiQL" in operation or operation in _STATEMENTS:
        return [
            Question(f"dynamodb:PartiQL{verb}", None, {"dynamodb:leadingkeys": _UNREAD})
            for verb in ("Select", "Insert", "Update", "Delete")
        ]
    # Should a request name two tables, moto acts on either: both are asked for.
    named = [body.get(member) for member in ("TableName", "ResourceArn", "TableArn")]
    tables = dict.fromkeys(map(str, filter(None, named)))
    if not tables:
        is_of_all = operation.startswith("List") or operation in _OF_ALL_TABLES
        return [Question(f"dynamodb:{operation}", "*" if is_of_all else None)]
    index = body.get("IndexName")
    return [
        reader.ask(operation, table, index, reader.keys(table, index, body), body)
        for table in tables
    ]


_OF_ALL_TABLES = ("DescribeEndpoints", "DescribeLimits")
_UNREAD = ("\N{REPLACEMENT CHARACTER}",)  # a key that no policy names
_STATEMENTS = ("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction")
# What each part of a transaction is called, and the permission that it needs.
_TRANSACTED = {
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}


class _Reader:
    def __init__(self, arn_prefix: str, partition_key: PartitionKey) -> None:
        self._arn_prefix = arn_prefix
        self._partition_key = partition_key

    def ask(
        self,
        operation: str,
        table: str,
        index: str | None,
        keys: Sequence[str],
        body: Mapping[str, Any] | None = None,
    ) -> Question:
        # Whatever region and account an ARN names, moto looks in these.
        arn = f"{self._arn_prefix}table/{_name(table)}"
        context: dict[str, Sequence[str]] = {}
        if keys:
            context["dynamodb:leadingkeys"] = keys
        for member in ("Select", "ReturnValues", "ReturnConsumedCapacity"):
            if body is not None and isinstance(body.get(member), str):
                context[f"dynamodb:{member.lower()}"] = [body[member]]
        attributes = _attributes(body or {})
        if attributes:
            context["dynamodb:attributes"] = attributes
        return Question(f"dynamodb:{operation}", f"{arn}/index/{index}" if index else arn, context)

    def keys(self, table: str, index: str | None, body: Mapping[str, Any]) -> Sequence[str]:
        name = self._partition_key(_name(table), index)
        if name is None:
            return ()
        # All are read, also where AWS takes only one of them at a time: moto takes its pick.
        condition = mapping(mapping(body.get("KeyConditions")).get(name))
        names = mapping(body.get("ExpressionAttributeNames"))
        values = mapping(body.get("ExpressionAttributeValues"))
        expression = str(body.get("KeyConditionExpression", ""))
        return _values(
            *(mapping(body.get(member)).get(name) for member in ("Key", "Item")),
            *sequence(condition.get("AttributeValueList", [])),
            *(
                values.get(value)
                for attribute, value in _EQUALS.findall(expression)
                if names.get(attribute, attribute) == name
            ),
        )

    def batched_keys(self, table: str, entries: Any) -> Sequence[str]:
        # BatchGetItem: {"Keys": [...]}; BatchWriteItem: [{"PutRequest": {"Item": ...}}, ...].
        bodies: list[Mapping[str, Any]] = (
            [{"Key": key} for key in sequence(mapping(entries).get("Keys"))]
            if isinstance(entries, dict)
            else [
                mapping(request)
                for entry in sequence(entries)
                for request in mapping(entry).values()
            ]
        )
        return [key for body in bodies for key in self.keys(table, None, body)]

    def transacted(self, body: Mapping[str, Any]) -> Iterable[Question]:
        for item in sequence(body.get("TransactItems")):
            for verb, described in mapping(item).items():
                part = mapping(described)
                table = str(part.get("TableName", "*"))
                operation = _TRANSACTED.get(verb, verb)
                yield self.ask(operation, table, None, self.keys(table, None, part), part)


def _name(table: str) -> str:
    return table.rpartition("/")[2]


def _values(*attributes: Any) -> Sequence[str]:
    # {"S": "text"} -> "text"; numbers and binaries are text on the wire already.
    return [str(value) for typed in attributes for value in mapping(typed).values()]


def _attributes(body: Mapping[str, Any]) -> Sequence[str]:
    found = {*mapping(body.get("Key")), *mapping(body.get("Item"))}
    found.update(map(str, sequence(body.get("AttributesToGet", []))))
    names = mapping(body.get("ExpressionAttributeNames"))
    projected = str(body.get("ProjectionExpression", ""))
    found.update(names.get(name, name) for name in re.split(r"[\s,]+", projected) if name)
    return sorted(found | set(names.values()))
