"""Behaviors of the emulator that concern login tokens, roles, credentials and the protocol."""

from __future__ import annotations

from service_errors.rows import CONFIRMED, DOCUMENTED, INFERRED, INVENTED

from fidelity.entries import Behavior, emulated, unit

_LOGINS = unit("test_login_tokens.py::")
_ROLES = unit("test_roles.py::")
_SERVICE = unit("test_service.py::")
_TAGS = unit("test_tag_operations.py::")
_TOKENS = unit("test_open_id_tokens.py::")
_WIRE = unit("test_wire.py::")
_BASIC_FLOW = emulated("test_basic_flow.py::")
_ROLE_GUIDE = "developer guide, Role-based access control"
_TAG_GUIDE = "developer guide, Attributes for access control"
_IAM_ROLES = "developer guide, IAM roles"

LOGIN_TOKENS = [
    Behavior(
        "A login token is rejected as soon as it expires, without a grace period.",
        CONFIRMED,
        _LOGINS + "test_a_token_is_rejected_from_the_second_of_its_expiry",
        "a published response; the guide mentions five minutes",
    ),
    Behavior(
        "A token's format is checked before its provider is.",
        CONFIRMED,
        _LOGINS + "test_the_form_of_a_token_is_checked_before_its_provider",
        "flutter_cognito_plugin#13",
    ),
    Behavior(
        "For OpenID Connect providers, `azp` takes precedence over `aud`.",
        DOCUMENTED,
        _LOGINS + "test_oidc_providers_prefer_the_authorized_party_to_the_audience",
        "developer guide, OIDC providers",
    ),
    Behavior(
        "Google tokens may have the issuer `accounts.google.com` without `https://`.",
        INFERRED,
        _LOGINS + "test_the_issuer_of_google_may_omit_the_scheme",
    ),
    Behavior(
        "With `ServerSideTokenCheck`, users who signed out, were deleted or were disabled are"
        " rejected.",
        DOCUMENTED,
        emulated("test_sign_in.py::test_a_user_who_is_no_longer_signed_in_is_rejected"),
        "API reference, CognitoIdentityProvider; the rejection of disabled users is inferred",
    ),
    Behavior(
        "SAML assertions are accepted up to five minutes before they become valid.",
        INVENTED,
        unit("test_saml_assertions.py::test_the_clock_of_the_provider_may_be_ahead"),
    ),
]

ROLES = [
    Behavior(
        "Guests get the pool's role for guests, and signed-in users get the pool's role "
        "for signed-in users.",
        DOCUMENTED,
        _ROLES + "test_guests_and_users_have_a_role_each",
        _ROLE_GUIDE,
    ),
    Behavior(
        "A `Token` mapping selects `cognito:preferred_role`, or the role in `CustomRoleArn` if"
        " `cognito:roles` contains it.",
        DOCUMENTED,
        _ROLES + "test_a_token_has_a_preferred_role_and_the_caller_may_choose_another",
        _ROLE_GUIDE + "; `cognito:roles` as an array: aws-sdk-net#943",
    ),
    Behavior(
        "A token with one role in `cognito:roles`, without a preferred role, gets this role.",
        INVENTED,
        _ROLES + "test_ambiguous_role_resolution_decides_for_a_token_without_a_role",
    ),
    Behavior(
        "The first rule that matches selects the role.",
        DOCUMENTED,
        _ROLES + "test_the_first_matching_rule_decides",
        _ROLE_GUIDE,
    ),
    Behavior(
        "A rule compares case-sensitively and without wildcards. `NotEqual` does not match a"
        " missing claim.",
        DOCUMENTED,
        _ROLES + "test_a_rule_compares_one_claim",
        _ROLE_GUIDE + "; case sensitivity is inferred",
    ),
    Behavior(
        "`Contains` matches an item of an array.",
        CONFIRMED,
        _ROLES + "test_a_rule_compares_one_claim",
        "stackd",
    ),
    Behavior(
        "`Equals` matches an array with one item.",
        INVENTED,
        _ROLES + "test_a_rule_compares_one_claim",
    ),
    Behavior(
        (
            "If a request has several logins, the first login with a role mapping for its provider"
            " selects the role."
        ),
        INVENTED,
        _ROLES + "test_the_first_login_with_a_mapping_decides",
    ),
    Behavior(
        "A SAML response offers roles. If it offers several, `CustomRoleArn` selects one.",
        DOCUMENTED,
        _ROLES + "test_a_saml_provider_offers_roles",
        "developer guide, SAML providers",
    ),
]

PRINCIPAL_TAGS = [
    Behavior(
        "If `UseDefaults` is true, the default map (`client` from `aud`, `username` from `sub`) is used"
        " instead of the map in the request.",
        CONFIRMED,
        _TAGS + "test_the_default_map_replaces_the_map_of_the_request",
        "stackd",
    ),
    Behavior(
        "If `UseDefaults` is false and there is no map, the principal tags are disabled.",
        CONFIRMED,
        _TAGS + "test_an_empty_map_disables_principal_tags",
        "stackd",
    ),
    Behavior(
        "A tag whose claim is missing is omitted.",
        CONFIRMED,
        unit("test_principal_tags.py::test_a_missing_claim_leaves_no_tags"),
        "a published response",
    ),
    Behavior(
        "Policies use the tags in the enhanced and in the basic flow.",
        CONFIRMED,
        emulated("test_principal_tags.py::test_a_policy_sees_the_tags_in_both_flows"),
        "published tokens",
    ),
    Behavior(
        "The trust policy must allow `sts:TagSession`.",
        CONFIRMED,
        emulated("test_principal_tags.py::test_a_trust_policy_must_allow_the_tags"),
        "an article by catnekaise",
    ),
    Behavior(
        "All tags together have at most 460 bytes.",
        DOCUMENTED,
        emulated("test_session_tags.py::test_tags_in_a_token_have_the_same_limits"),
        _TAG_GUIDE + "; how AWS counts is not published",
    ),
]

OPEN_ID_TOKENS = [
    Behavior(
        "The header (`RS512`, `JWS`), the claims and their order are the same as in real tokens.",
        CONFIRMED,
        _TOKENS + "test_header_and_claims_are_in_the_order_of_real_tokens",
        "published tokens",
    ),
    Behavior(
        "`amr` names the user pool and the user.",
        CONFIRMED,
        _LOGINS + "test_a_user_pool_token_is_verified",
        "published tokens",
    ),
    Behavior(
        "`amr` contains the name and the ARN of the OpenID Connect provider, and the user.",
        CONFIRMED,
        _LOGINS + "test_an_oidc_token_is_verified",
        "published tokens",
    ),
    Behavior(
        "For Google, Apple and Amazon, `amr` names the provider, the application and the user.",
        INFERRED,
        _LOGINS + "test_the_issuer_of_google_may_omit_the_scheme",
        "tokens for Facebook",
    ),
    Behavior(
        "`amr` names the SAML provider and the user.",
        INFERRED,
        _LOGINS + "test_a_saml_response_is_verified",
    ),
    Behavior(
        "`amr` names the developer provider, the pool and the user.",
        CONFIRMED,
        _SERVICE + "test_a_developer_user_gets_an_identity_and_credentials",
        "published tokens",
    ),
    Behavior(
        "The token of a guest does not contain the ARN of the pool.",
        INFERRED,
        _SERVICE + "test_an_open_id_token_is_valid_for_ten_minutes",
        "one published token",
    ),
    Behavior(
        "The token of GetOpenIdToken is valid for ten minutes.",
        CONFIRMED,
        _BASIC_FLOW + "test_a_token_is_valid_for_ten_minutes",
        "published tokens",
    ),
    Behavior(
        "Clients can discover the issuer and its public keys.",
        DOCUMENTED,
        emulated("test_discovery.py::test_a_token_is_verified_by_discovery"),
        "developer guide, Trust policies",
    ),
    Behavior(
        "China and AWS GovCloud have their own issuers.",
        DOCUMENTED,
        _TOKENS + "test_each_partition_has_its_own_issuer",
        "developer guide, Trust policies",
    ),
]

CREDENTIALS = [
    Behavior(
        "The session name is `CognitoIdentityCredentials`, and access key IDs begin with `ASIA`.",
        CONFIRMED,
        emulated("test_sign_in.py::test_a_guest_has_the_arn_of_its_role"),
        "published CloudTrail events",
    ),
    Behavior(
        "Credentials of the enhanced flow last for one hour, and are then rejected.",
        DOCUMENTED,
        emulated("test_emulator.py::test_every_service_rejects_expired_credentials"),
        "developer guide, Authentication flow",
    ),
    Behavior(
        "Credentials of the enhanced flow expire at a whole second.",
        CONFIRMED,
        unit("test_service.py::test_credentials_expire_at_a_whole_second"),
        "a published response",
    ),
    Behavior(
        "Credentials of the basic flow last for up to 12 hours.",
        DOCUMENTED,
        _BASIC_FLOW + "test_a_session_lasts_for_the_requested_duration",
        "API reference, AssumeRoleWithWebIdentity",
    ),
    Behavior(
        "The trust policy of the role is evaluated, with the condition keys `aud`, `amr` "
        "and `sub`.",
        DOCUMENTED,
        emulated("test_trust_policies.py::test_the_conditions_of_a_trust_policy"),
        "developer guide, Trust policies; an explicit `Deny`: stackd",
    ),
    Behavior(
        "Policies can contain `${cognito-identity.amazonaws.com:sub}`.",
        DOCUMENTED,
        emulated("test_permissions.py::test_an_identity_can_use_its_own_prefix"),
        _IAM_ROLES,
    ),
    Behavior(
        "In the enhanced flow, a session policy limits guests to certain services.",
        DOCUMENTED,
        emulated(
            "test_permissions.py::test_the_guest_session_policy_limits_guests_to_certain_services"
        ),
        _IAM_ROLES,
    ),
    Behavior(
        "The session policy for guests does not limit signed-in users.",
        DOCUMENTED,
        _SERVICE + "test_no_session_policy_limits_the_credentials_of_users",
        _IAM_ROLES,
    ),
    Behavior(
        "The session policy for guests does not apply in the basic flow.",
        DOCUMENTED,
        _BASIC_FLOW + "test_the_guest_session_policy_does_not_apply_in_the_basic_flow",
        _IAM_ROLES,
    ),
]

PROTOCOL = [
    Behavior(
        "The headers, the JSON members and the compact format of an error are the same as in AWS.",
        CONFIRMED,
        _WIRE + "test_an_error_has_the_captured_form",
        "amazon-cognito-ios#13",
    ),
    Behavior(
        "Web pages may read all responses (CORS).",
        CONFIRMED,
        _WIRE + "test_browsers_may_read_responses_and_their_headers",
        "amplify-js#2443, amplify-swift#3124",
    ),
    Behavior(
        "Operations without output return an empty body.",
        INFERRED,
        _WIRE + "test_an_operation_without_output_has_an_empty_body",
    ),
    Behavior(
        "GetId, GetOpenIdToken, GetCredentialsForIdentity and UnlinkIdentity need no signature.",
        DOCUMENTED,
        unit("test_validation.py::test_the_model_determines_which_operations_are_public"),
        "API reference",
    ),
    Behavior(
        "A request is validated before its pool is looked up.",
        CONFIRMED,
        _SERVICE + "test_parameters_are_validated_before_the_pool_is_looked_up",
        "a published response",
    ),
    Behavior(
        "Operations have quotas in requests per second. The emulator enforces the quotas "
        "after a call to `Emulator.enforce_quotas`.",
        DOCUMENTED,
        "tests/unit/emulator/test_quotas.py::test_requests_above_the_published_quota_are_throttled",
        "developer guide, Quotas; how AWS counts is not published",
    ),
]
