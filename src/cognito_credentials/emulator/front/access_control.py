"""Who sends a request, and whether IAM lets them: the gate in front of moto.

moto's own enforcement knows no policy variables, session policies, conditions, NotResource or
expiry of keys, and takes most resources for ``*``, so it stays off and this module decides
alone, from moto's IAM state. It lets nobody do more than their policies say: where the emulator
cannot tell which resource a request means, an Allow must be for ``"*"`` and any Deny applies.

Not evaluated: resource policies other than S3 bucket policies and role trust policies, service
control and resource control policies, S3 access points. ``aws:SecureTransport`` is always true,
since the loopback endpoint stands for one with TLS. The condition keys of a request are those
that the IAM user guide calls global, and those of S3 and DynamoDB.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cognito_credentials.emulator.front import errors
from cognito_credentials.emulator.front.errors import Protocol
from cognito_credentials.emulator.front.requests import query_parameters
from cognito_credentials.emulator.identity.json_values import parsed_mapping
from cognito_credentials.emulator.policy.dynamodb_actions import dynamodb_questions
from cognito_credentials.emulator.policy.policies import Question, Verdict, judge
from cognito_credentials.emulator.policy.resources import generic_questions
from cognito_credentials.emulator.policy.s3_actions import bucket_and_key, s3_questions
from cognito_credentials.emulator.policy.s3_grants import S3Grants

if TYPE_CHECKING:
    from cognito_credentials.emulator.front.errors import Refused
    from cognito_credentials.emulator.front.requests import ServiceCall
    from cognito_credentials.emulator.front.role_sessions import IssuedSession, MotoRoleSessions
    from cognito_credentials.emulator.front.signatures import Signature
    from cognito_credentials.emulator.http_server import HttpRequest
    from cognito_credentials.emulator.identity.ports import EmulatorClock
    from cognito_credentials.emulator.moto.services import MotoServices
    from cognito_credentials.emulator.policy.policies import Document

Context = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Caller:
    """Hold who sends a request. ``limits`` must each allow what ``policies`` allow.

    ``policies`` is None for administrators, who may do everything. Nobody at all, the sender of
    an unsigned request, is ``ANONYMOUS``.
    """

    arn: str
    user_id: str
    policies: Sequence[Document] | None
    limits: Sequence[Sequence[Document]] = ()
    context: Context = field(default_factory=dict[str, Sequence[str]])
    principals: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])


ANONYMOUS = Caller("anonymous", "", ())


@dataclass(frozen=True, slots=True)
class LongTermKeys:
    """Hold an access key that does not expire. The secret stays out of the repr."""

    access_key_id: str
    secret_access_key: str = field(repr=False)


def new_administrator_keys() -> LongTermKeys:
    """Make up an access key of the usual form."""
    letters = string.ascii_uppercase + "234567"
    return LongTermKeys(
        "AKIA" + "".join(secrets.choice(letters) for _ in range(16)), secrets.token_urlsafe(30)
    )


class AccessControl:
    """Authenticate and authorize requests for one account. Thread-safe.

    With ``enforce`` off any keys may do anything, as in plain moto; only sessions that the
    emulator issued end at their time all the same.
    """

    def __init__(
        self,
        *,
        moto: MotoServices,
        sessions: MotoRoleSessions,
        clock: EmulatorClock,
        administrator: LongTermKeys,
        enforce: bool,
    ) -> None:
        self._moto = moto
        self._sessions = sessions
        self._clock = clock
        self._administrator = administrator
        self._enforce = enforce
        self._s3 = S3Grants(moto)

    def authenticate(
        self, request: HttpRequest, call: ServiceCall, signature: Signature | None
    ) -> Caller:
        """Find who signed ``request``; raise ``Refused`` where it is nobody that may."""
        if signature is None:
            if not self._enforce:
                return self._root()
            if call.is_public or call.service == "s3":
                return ANONYMOUS
            raise errors.unsigned(call.protocol)
        caller, secret = self._holder(signature, call)
        if secret is not None and not signature.made_with(secret, request):
            raise errors.wrong_signature(call.protocol)
        if secret is not None and call.service == "s3" and not signature.covers_headers(request):
            text = "There were headers present in the request which were not signed"
            raise errors.access_denied(call.protocol, text)
        if signature.expires is not None and self._clock.now() >= signature.expires:
            raise errors.access_denied(call.protocol, "Request has expired")
        return caller

    def _holder(self, signature: Signature, call: ServiceCall) -> tuple[Caller, str | None]:
        key_id, token = signature.access_key_id, signature.session_token
        session = self._sessions.find(key_id)
        if session is not None:
            # The token is looked at first: without it AWS cannot know the session's end.
            if token != session.session_token and self._enforce:
                raise errors.wrong_session_token(call.protocol)
            if self._clock.now() >= session.expiration:
                raise errors.expired_token(call.protocol)
            if self._enforce:
                return self._session_caller(session), session.secret_access_key
        if not self._enforce:
            return self._root(), None
        if token is not None:
            raise errors.wrong_session_token(call.protocol)
        if key_id == self._administrator.access_key_id:
            return self._root(), self._administrator.secret_access_key
        found = self._moto.user_of_key(key_id)
        if found is None:
            raise errors.unknown_key(call.protocol)
        user, secret = found
        account = self._moto.account_id
        caller = Caller(
            arn=user.arn,
            user_id=user.id,
            policies=self._moto.policies_of(user),
            context={
                "aws:username": [user.name],
                "aws:userid": [user.id],
                "aws:principalarn": [user.arn],
                "aws:principalaccount": [account],
                "aws:principaltype": ["User"],
            },
            principals={"AWS": frozenset((account, self._root().arn, user.arn))},
        )
        return caller, secret

    def _root(self) -> Caller:
        account, partition = self._moto.account_id, self._moto.partition
        arn = f"arn:{partition}:iam::{account}:root"
        return Caller(arn, account, None, principals={"AWS": frozenset((account, arn))})

    def _session_caller(self, session: IssuedSession) -> Caller:
        role = self._moto.role(session.role_arn)
        if role is not None and role.id != session.role_id:
            role = None  # another one under the old name
        limits: list[Sequence[Document]] = []
        if session.policies:
            limits.append(session.policies)
        if role is not None and role.permissions_boundary_arn is not None:
            boundary = self._moto.managed_policy(role.permissions_boundary_arn)
            limits.append(() if boundary is None else (boundary,))
        return Caller(
            arn=session.arn,
            user_id=session.user_id,
            # A role that is gone allows nothing.
            policies=() if role is None else self._moto.policies_of(role),
            limits=limits,
            context=session.context,
            principals=session.principals,
        )

    def authorize(self, caller: Caller, call: ServiceCall, request: HttpRequest) -> None:
        """Raise ``Refused`` where policies do not let ``caller`` make this call."""
        if call.service != "s3" and (
            caller.policies is None
            or call.is_public
            # Always allowed, even where a policy denies it:
            or (call.service, call.operation) == ("sts", "GetCallerIdentity")
        ):
            return
        questions = self._questions(call, request)
        if call.service == "s3":
            if any(map(self._s3.is_of_another_account, questions)):
                raise errors.access_denied(call.protocol, "Access Denied")
            if self._enforce:
                self._s3.keep_moto_from_judging(questions)
        self._require_all(caller, call, request, questions)

    def authorize_absence(self, caller: Caller, call: ServiceCall, request: HttpRequest) -> None:
        """Raise ``Refused`` where ``caller`` must not learn that an S3 object is not there.

        Only who may list the bucket is told so; to others a missing object is a forbidden one.
        """
        bucket, key = bucket_and_key(request)
        if key and request.method in ("GET", "HEAD") and self._s3.has_bucket(bucket):
            question = Question("s3:ListBucket", f"arn:{self._moto.partition}:s3:::{bucket}")
            self._require_all(caller, call, request, [question])

    def _require_all(
        self, caller: Caller, call: ServiceCall, request: HttpRequest, questions: Sequence[Question]
    ) -> None:
        if caller.policies is None:
            return
        shared = {**self._global_context(call, request), **caller.context}
        for question in questions:
            asked = replace(question, context={**shared, **question.context})
            self._require(caller, call, asked, request)

    def _require(
        self, caller: Caller, call: ServiceCall, question: Question, request: HttpRequest
    ) -> None:
        own = judge(caller.policies or (), question)
        limits = [judge(documents, question) for documents in caller.limits]
        resource = Verdict.SILENT
        if call.service == "s3":
            resource = self._s3.judge(replace(question, principals=caller.principals), request)
        if Verdict.DENIED in (own, resource, *limits):
            raise self._denied(caller, call, question, "with an explicit deny in a policy")
        if any(limit is not Verdict.ALLOWED for limit in limits):
            why = f"because no session policy allows the {question.action} action"
            raise self._denied(caller, call, question, why)
        if Verdict.ALLOWED not in (own, resource):
            why = f"because no identity-based policy allows the {question.action} action"
            raise self._denied(caller, call, question, why)

    def _denied(self, caller: Caller, call: ServiceCall, question: Question, why: str) -> Refused:
        if caller is ANONYMOUS:
            return errors.access_denied(call.protocol, "Access Denied")
        where = "" if question.resource is None else f" on resource: {question.resource}"
        text = f"User: {caller.arn} is not authorized to perform: {question.action}"
        return errors.access_denied(call.protocol, f"{text}{where} {why}")

    def _questions(self, call: ServiceCall, request: HttpRequest) -> Sequence[Question]:
        moto = self._moto
        if call.service == "s3":
            return s3_questions(request, moto.partition)
        region = call.region or moto.region
        prefix = f"arn:{moto.partition}:{call.service}:{region}:{moto.account_id}:"
        is_query = call.protocol in (Protocol.QUERY, Protocol.EC2)
        parameters: Mapping[str, Any] = (
            query_parameters(request) if is_query else parsed_mapping(request.body)
        )
        if call.service == "dynamodb" and not request.header("X-Amz-Target").startswith(
            "DynamoDBStreams"
        ):
            return dynamodb_questions(
                call.operation,
                parameters,
                arn_prefix=prefix,
                partition_key=lambda table, index: self._partition_key(region, table, index),
            )
        operation = call.operation or moto.rest_operation(call.service, request) or "Unknown"
        return generic_questions(call.service, operation, parameters, request.path, prefix)

    def _partition_key(self, region: str, table: str, index: str | None) -> str | None:
        tables = self._moto.backend("dynamodb", region).tables
        if table not in tables:
            return None
        found = tables[table]
        if index is None:
            return str(found.hash_key_attr)
        for each in found.all_indexes():
            if each.name == index:
                return next(
                    str(part["AttributeName"]) for part in each.schema if part["KeyType"] == "HASH"
                )
        return None

    def _global_context(self, call: ServiceCall, request: HttpRequest) -> Context:
        now = datetime.fromtimestamp(self._clock.now(), UTC)
        context: dict[str, Sequence[str]] = {
            "aws:currenttime": [now.isoformat()],
            "aws:epochtime": [str(int(now.timestamp()))],
            "aws:requestedregion": [call.region or self._moto.region],
            "aws:securetransport": ["true"],
            "aws:sourceip": ["127.0.0.1"],
            "aws:viaawsservice": ["false"],
            "aws:principalisawsservice": ["false"],
        }
        for header, key in (("User-Agent", "aws:useragent"), ("Referer", "aws:referer")):
            if request.header(header):
                context[key] = [request.header(header)]
        return context
