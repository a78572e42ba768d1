"""Error messages that are checked outside test_service_texts.py."""

from __future__ import annotations

from service_errors.rows import CONFIRMED, DOCUMENTED, GENERIC, INFERRED, INVENTED

from cognito_credentials.emulator.identity.errors import UnconfirmedText
from fidelity.entries import ListedText, emulated, unit

_ACCESS = emulated("test_service_texts.py::TestAccess::")
_DENIED = "AccessDeniedException"
_BASIC_FLOW = emulated("test_basic_flow.py::")
_STS = "tests/unit/emulator/front/test_sts.py::test_invalid_tokens_have_the_messages_of_sts"

OTHER_TEXTS = [
    ListedText(
        "a policy does not allow a signed request",
        _DENIED,
        "User: <ARN> is not authorized to perform: <action> on resource: <ARN>",
        CONFIRMED,
        _ACCESS + "test_a_missing_permission_names_the_resource",
        "terraform-provider-aws#15773",
    ),
    ListedText(
        "SetIdentityPoolRoles: the caller is not permitted to pass the role",
        _DENIED,
        "User: <ARN> is not authorized to perform: iam:PassRole on resource: <ARN>",
        CONFIRMED,
        _ACCESS + "test_roles_may_only_be_set_by_a_principal_that_may_pass_them",
        "aws-api-gateway-developer-portal#11; until 2017, AWS used other wording",
    ),
    ListedText(
        "the access key is unknown",
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
        INFERRED,
        _ACCESS + "test_a_wrong_key_or_signature_is_rejected",
        GENERIC,
    ),
    ListedText(
        "the signature is wrong",
        "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided. Check your"
        " AWS Secret Access Key and signing method. Consult the service documentation for"
        " details.",
        INFERRED,
        _ACCESS + "test_a_wrong_key_or_signature_is_rejected",
        GENERIC,
    ),
    ListedText(
        "a quota is exceeded (`Emulator.enforce_quotas`)",
        "TooManyRequestsException",
        "Rate exceeded",
        INFERRED,
        emulated("test_faults.py::test_requests_above_the_quota_are_throttled"),
        "amplify-android#3001 has the code, amplify-js#13608 the text",
    ),
    ListedText(
        "CreateIdentityPool: the region has 1,000 pools",
        "LimitExceededException",
        UnconfirmedText.TOO_MANY_POOLS,
        DOCUMENTED,
        unit("test_pools.py::test_a_region_has_at_most_a_thousand_pools"),
        "developer guide, Quotas: the limit",
    ),
    ListedText(
        "a value is a string instead of a structure",
        "SerializationException",
        UnconfirmedText.EXPECTED_STRUCTURE,
        INFERRED,
        unit("test_value_types.py::test_a_value_of_another_type_is_rejected"),
        GENERIC,
    ),
    ListedText(
        "a message quotes a value that may be a secret",
        "ValidationException",
        UnconfirmedText.REDACTED,
        INVENTED,
        unit("test_validation.py::test_an_error_never_contains_a_login_token"),
    ),
    ListedText(
        "ListIdentities, DescribeIdentity: the first item of `Logins`, if the identity is disabled",
        "",
        UnconfirmedText.DISABLED,
        INFERRED,
        unit(
            "test_identity_operations.py::test_an_identity_without_its_last_login_is_inaccessible"
        ),
        "amplify-js#1015 (the console); ministack",
    ),
]

STS_TEXTS = [
    ListedText(
        "the trust policy rejects the token, or the role does not exist",
        "AccessDenied",
        "Not authorized to perform sts:AssumeRoleWithWebIdentity",
        CONFIRMED,
        _BASIC_FLOW + "test_a_token_of_another_pool_is_rejected",
        "developer guide, Trust policies",
    ),
    ListedText(
        "the token has expired",
        "ExpiredTokenException",
        "Token expired: current date/time <now> must be before the expiration date/time <time>",
        CONFIRMED,
        _BASIC_FLOW + "test_a_token_is_valid_for_ten_minutes",
        "a published response",
    ),
    ListedText(
        "the token is not a JWT",
        "InvalidIdentityToken",
        "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access"
        " Token)",
        CONFIRMED,
        _STS,
        "amplify-js#9704",
    ),
    ListedText(
        "the token has no `iss`",
        "InvalidIdentityToken",
        "Missing a required claim: iss",
        CONFIRMED,
        _BASIC_FLOW + "test_the_issuer_of_a_token_is_checked",
        "stackd",
    ),
    ListedText(
        "the `iss` of the token is not a URL",
        "InvalidIdentityToken",
        "Issuer must be a valid URL",
        CONFIRMED,
        _BASIC_FLOW + "test_the_issuer_of_a_token_is_checked",
        "stackd",
    ),
    ListedText(
        "the token has another issuer",
        "InvalidIdentityToken",
        "No OpenIDConnect provider found in your account for <issuer>",
        INFERRED,
        _BASIC_FLOW + "test_the_issuer_of_a_token_is_checked",
        "often quoted, without a source",
    ),
    ListedText(
        "the signature of the token is wrong",
        "InvalidIdentityToken",
        "Couldn't verify signed token.",
        INFERRED,
        _STS,
    ),
    ListedText(
        "the role limits the duration",
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        INFERRED,
        _BASIC_FLOW + "test_the_role_limits_the_duration",
    ),
]
