"""The emulator's identities after arbitrary sequences of operations.

A model records what each successful operation must have changed. After every operation, the
emulator must list exactly the identities and login providers of the model.
"""

from __future__ import annotations

import base64
import functools
import itertools
import json
from typing import Any

from emulator_fakes import (
    ADMIN_ROLE,
    DEVELOPER,
    GUEST_ROLE,
    OIDC,
    OWN,
    REGION,
    USER_POOL,
    USER_ROLE,
    ServiceHarness,
    id_token,
)
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cognito_credentials._core.guest_policy import GUEST_SESSION_POLICY
from cognito_credentials.emulator.identity.model import is_public_operation
from cognito_credentials.emulator.identity.operations import OPERATIONS

Login = tuple[str, str]
# Each name contains an exclamation mark, which never occurs in an ID, a signature or an access key.
SUBJECTS = {USER_POOL: ("alice!", "bob!"), OIDC: ("carol!", "dave!")}
DEVELOPERS = ("ann!", "ben!")
SIGN_IN_OPERATIONS = ("GetCredentialsForIdentity", "GetOpenIdToken")
NAMES = (*SUBJECTS[USER_POOL], *SUBJECTS[OIDC], *DEVELOPERS)

ALL_LOGINS = [(provider, name) for provider, names in SUBJECTS.items() for name in names]
# An operation has no login, one login, or one login from each provider.
COMBINATIONS = [
    list(logins)
    for count in range(3)
    for logins in itertools.combinations(ALL_LOGINS, count)
    if len(dict(logins)) == count
]
public_logins = st.sampled_from(COMBINATIONS)


@functools.cache
def make_token(provider: str, subject: str) -> str:
    return id_token(provider, subject, "web") if provider == OIDC else id_token(subject=subject)


def as_parameter(logins: list[Login]) -> dict[str, str]:
    return {provider: make_token(provider, subject) for provider, subject in logins}


def decode_claims(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    return claims


class IdentityModel:
    """Expected state of one pool: the identity that owns each login, and the enabled identities."""

    def __init__(self) -> None:
        self.enabled: dict[str, bool] = {}
        self.owners: dict[Login, str] = {}

    def logins_of(self, identity_id: str) -> set[Login]:
        return {login for login, owner in self.owners.items() if owner == identity_id}

    def find_owners(self, logins: list[Login]) -> set[str]:
        return {self.owners[login] for login in logins if login in self.owners}

    def link(self, logins: list[Login], result: str, named: str | None = None) -> None:
        """Record that an operation with these logins returned the identity ID `result`."""
        merged = self.find_owners(logins) | {result}
        if named is not None:
            assert named in merged or not self.logins_of(named)
        for login, owner in self.owners.items():
            if owner in merged:
                self.owners[login] = result
        for login in logins:
            self.owners[login] = result
        for identity_id in merged | ({named} if named else set()):
            self.enabled[identity_id] = identity_id == result

    def unlink(self, identity_id: str, removed: set[Login]) -> None:
        for login in removed:
            del self.owners[login]
        self.enabled[identity_id] = bool(self.logins_of(identity_id))

    def delete(self, identity_id: str) -> None:
        self.enabled.pop(identity_id, None)
        for login in self.logins_of(identity_id):
            del self.owners[login]


class IdentityLifecycle(RuleBasedStateMachine):
    @initialize()
    def start(self) -> None:
        self.service = ServiceHarness()
        self.allows_guests = {self.service.create_pool(): True}
        self.allows_guests[self.service.create_pool(guests=False)] = False
        self.start_model()

    def start_model(self) -> None:
        self.pools = list(self.allows_guests)
        self.models = {pool_id: IdentityModel() for pool_id in self.pools}
        self.pool_of: dict[str, str] = {}  # The keys include the IDs of deleted identities.
        self.own_tokens: list[str] = []

    # --- what the rules use ---------------------------------------------------------------------

    def draw_identity(self, data: st.DataObject) -> tuple[str, IdentityModel]:
        # Identity IDs are random, so hypothesis draws a position instead of an ID; this makes
        # examples reproducible.
        position = data.draw(st.integers(0, len(self.pool_of) - 1))
        identity_id = list(self.pool_of)[position]
        return identity_id, self.models[self.pool_of[identity_id]]

    def call(self, operation: str, **parameters: Any) -> dict[str, Any] | None:
        """Call an operation, without a signature if it is public; return None after an error."""
        is_public = is_public_operation(operation)
        body = json.dumps(parameters).encode()
        status, response = self.service.send(operation, body, signed=not is_public)
        if is_public:
            self.check_that_nothing_is_revealed(parameters, response.decode())
        if status != 200:
            assert status == 400, response
            return None
        return json.loads(response) if response else {}

    def check_that_nothing_is_revealed(self, parameters: dict[str, Any], response: str) -> None:
        """Check that a response names only the users, providers and identities of its request."""
        output = json.loads(response or "{}")
        claims = decode_claims(output["Token"]) if "Token" in output else {}
        revealed = response + json.dumps(claims)
        sent = [
            (decode_claims(token)["sub"], provider)
            for provider, token in parameters.get("Logins", {}).items()
        ]
        subjects = {subject for subject, _ in sent}
        for name in NAMES:
            assert name not in revealed.replace("authenticated", "") or name in subjects
        own = {parameters.get("IdentityId"), *subjects}
        for model in self.models.values():
            for login, owner in model.owners.items():
                if login[1] in subjects:
                    own.add(owner)
        for identity_id in self.pool_of:
            assert identity_id not in revealed or identity_id in own
        for provider in (USER_POOL, OIDC, DEVELOPER):
            assert provider not in revealed or provider in parameters.get("Logins", {})

    def record(self, identity_id: str, pool_id: str, logins: list[Login]) -> None:
        self.pool_of[identity_id] = pool_id
        self.models[pool_id].link(logins, identity_id)

    # --- unsigned operations --------------------------------------------------------------------

    @rule(number=st.integers(0, 1))
    def get_guest_id(self, number: int) -> None:
        pool_id = self.pools[number]
        output = self.call("GetId", IdentityPoolId=pool_id)
        assert (output is not None) == self.allows_guests[pool_id]
        if output is not None:
            assert output["IdentityId"] not in self.pool_of
            self.record(output["IdentityId"], pool_id, [])

    @rule(number=st.integers(0, 1), logins=st.sampled_from(COMBINATIONS[1:]))
    def get_id(self, number: int, logins: list[Login]) -> None:
        pool_id = self.pools[number]
        owners = self.models[pool_id].find_owners(logins)
        output = self.call("GetId", IdentityPoolId=pool_id, Logins=as_parameter(logins))
        if output is None:
            # The identity already has another user of this provider.
            assert len(owners) > 1 or owners
            return
        if owners:
            assert output["IdentityId"] in owners
        else:
            assert output["IdentityId"] not in self.pool_of
        self.record(output["IdentityId"], pool_id, logins)

    @precondition(lambda self: self.pool_of)
    @rule(data=st.data(), operation=st.sampled_from(SIGN_IN_OPERATIONS))
    def enter_as_a_guest(self, data: st.DataObject, operation: str) -> None:
        identity_id, model = self.draw_identity(data)
        is_guest = model.enabled.get(identity_id, False) and not model.logins_of(identity_id)
        output = self.call(operation, IdentityId=identity_id)
        assert (output is not None) == (is_guest and self.allows_guests[self.pool_of[identity_id]])
        if output is not None:
            claims = self.read_claims(output, is_guest=True)
            assert claims["sub"] == output["IdentityId"] == identity_id
            assert claims["amr"] == ["unauthenticated"]

    @precondition(lambda self: self.pool_of)
    @rule(
        data=st.data(),
        logins=st.sampled_from(COMBINATIONS[1:]),
        operation=st.sampled_from(SIGN_IN_OPERATIONS),
    )
    def sign_in(self, data: st.DataObject, logins: list[Login], operation: str) -> None:
        identity_id, model = self.draw_identity(data)
        output = self.call(operation, IdentityId=identity_id, Logins=as_parameter(logins))
        if output is None:
            return
        model.link(logins, output["IdentityId"], identity_id)
        claims = self.read_claims(output, is_guest=False)
        assert claims["sub"] == output["IdentityId"]
        assert claims["amr"][0] == "authenticated"

    def read_claims(self, output: dict[str, Any], *, is_guest: bool) -> dict[str, Any]:
        """Return the claims of the token in an output, or of the token that STS received."""
        if "Token" not in output:
            return self.check_credentials(is_guest=is_guest)
        self.own_tokens.append(output["Token"])
        return decode_claims(output["Token"])

    def check_credentials(self, *, is_guest: bool) -> dict[str, Any]:
        """Check the role and the session policies of the last STS call, and return its claims."""
        call = self.service.role_sessions.calls[-1]
        assert call["role_arn"] == (GUEST_ROLE if is_guest else USER_ROLE)
        assert call["session_policies"] == ((GUEST_SESSION_POLICY,) if is_guest else ())
        claims: dict[str, Any] = call["claims"]
        return claims

    @precondition(lambda self: self.pool_of)
    @rule(data=st.data())
    def choose_a_role_as_a_guest(self, data: st.DataObject) -> None:
        identity_id, _ = self.draw_identity(data)
        assert (
            self.call("GetCredentialsForIdentity", IdentityId=identity_id, CustomRoleArn=ADMIN_ROLE)
            is None
        )

    @precondition(lambda self: self.own_tokens)
    @rule(data=st.data())
    def use_an_own_token(self, data: st.DataObject) -> None:
        token = self.own_tokens[data.draw(st.integers(0, len(self.own_tokens) - 1))]
        identity_id, model = self.draw_identity(data)
        output = self.call("GetCredentialsForIdentity", IdentityId=identity_id, Logins={OWN: token})
        if output is None:
            return
        claims = decode_claims(token)
        assert output["IdentityId"] == identity_id == claims["sub"]
        assert claims["amr"][0] == "authenticated"
        assert model.enabled[identity_id]
        assert self.check_credentials(is_guest=False)["sub"] == identity_id

    @precondition(lambda self: self.pool_of)
    @rule(data=st.data(), logins=public_logins, removed=st.sets(st.sampled_from([USER_POOL, OIDC])))
    def unlink(self, data: st.DataObject, logins: list[Login], removed: set[str]) -> None:
        identity_id, model = self.draw_identity(data)
        output = self.call(
            "UnlinkIdentity",
            IdentityId=identity_id,
            Logins=as_parameter(logins),
            LoginsToRemove=sorted(removed),
        )
        linked = model.logins_of(identity_id)
        assert (output is not None) == bool(linked & set(logins))
        if output is not None:
            model.unlink(identity_id, {login for login in linked if login[0] in removed})

    @rule(operation=st.sampled_from(sorted(OPERATIONS)), data=st.data())
    def call_a_signed_operation_unsigned(self, operation: str, data: st.DataObject) -> None:
        if is_public_operation(operation):
            return
        identity_id = self.draw_identity(data)[0] if self.pool_of else "eu-west-1:0"
        parameters = {
            "DeveloperUserIdentifier": "ann",
            "IdentityId": identity_id,
            "IdentityIdsToDelete": [identity_id],
            "IdentityPoolId": self.pools[0],
            "Logins": {DEVELOPER: "ann"},
            "MaxResults": 60,
        }
        status, body = self.service.send(operation, json.dumps(parameters).encode(), signed=False)
        assert status == 400
        assert b'"MissingAuthenticationTokenException"' in body

    # --- signed operations ----------------------------------------------------------------------

    @rule(number=st.integers(0, 1), user=st.sampled_from(DEVELOPERS), logins=public_logins)
    def sign_in_developer(self, number: int, user: str, logins: list[Login]) -> None:
        pool_id = self.pools[number]
        output = self.call(
            "GetOpenIdTokenForDeveloperIdentity",
            IdentityPoolId=pool_id,
            Logins={DEVELOPER: user, **as_parameter(logins)},
        )
        if output is not None:
            self.record(output["IdentityId"], pool_id, [(DEVELOPER, user), *logins])
            self.own_tokens.append(output["Token"])
            assert decode_claims(output["Token"])["sub"] == output["IdentityId"]

    @precondition(lambda self: self.pool_of)
    @rule(data=st.data(), user=st.sampled_from(DEVELOPERS), logins=public_logins)
    def link_developer(self, data: st.DataObject, user: str, logins: list[Login]) -> None:
        identity_id, model = self.draw_identity(data)
        developer = (DEVELOPER, user)
        owner = model.owners.get(developer, identity_id)
        output = self.call(
            "GetOpenIdTokenForDeveloperIdentity",
            IdentityPoolId=self.pool_of[identity_id],
            IdentityId=identity_id,
            Logins={DEVELOPER: user, **as_parameter(logins)},
        )
        if output is not None:
            assert owner == identity_id
            model.link([developer, *logins], output["IdentityId"], identity_id)

    @rule(number=st.integers(0, 1), users=st.permutations(DEVELOPERS))
    def merge_developers(self, number: int, users: list[str]) -> None:
        pool_id = self.pools[number]
        source, destination = ((DEVELOPER, user) for user in users)
        model = self.models[pool_id]
        output = self.call(
            "MergeDeveloperIdentities",
            IdentityPoolId=pool_id,
            DeveloperProviderName=DEVELOPER,
            SourceUserIdentifier=source[1],
            DestinationUserIdentifier=destination[1],
        )
        if output is not None:
            assert output["IdentityId"] == model.owners[destination]
            model.link([source, destination], output["IdentityId"])

    @precondition(lambda self: self.pool_of)
    @rule(data=st.data(), user=st.sampled_from(DEVELOPERS))
    def unlink_developer(self, data: st.DataObject, user: str) -> None:
        identity_id, model = self.draw_identity(data)
        developer = (DEVELOPER, user)
        output = self.call(
            "UnlinkDeveloperIdentity",
            IdentityPoolId=self.pool_of[identity_id],
            IdentityId=identity_id,
            DeveloperProviderName=DEVELOPER,
            DeveloperUserIdentifier=user,
        )
        assert (output is not None) == (model.owners.get(developer) == identity_id)
        if output is not None:
            model.unlink(identity_id, {developer})

    @precondition(lambda self: self.pool_of)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        identity_id, model = self.draw_identity(data)
        assert self.call("DeleteIdentities", IdentityIdsToDelete=[identity_id]) is not None
        model.delete(identity_id)

    @rule(number=st.integers(0, 1), is_allowed=st.booleans())
    def allow_guests(self, number: int, *, is_allowed: bool) -> None:
        pool_id = self.pools[number]
        described = self.service.call("DescribeIdentityPool", IdentityPoolId=pool_id)
        settings = {**described, "AllowUnauthenticatedIdentities": is_allowed}
        self.service.call("UpdateIdentityPool", **settings)
        self.allows_guests[pool_id] = is_allowed

    # --- invariants -----------------------------------------------------------------------------

    @invariant()
    def check_that_the_service_lists_the_identities_of_the_model(self) -> None:
        for pool_id, model in self.models.items():
            request = {"IdentityPoolId": pool_id, "MaxResults": 60}
            listed = self.service.call("ListIdentities", **request)["Identities"]
            found = {each["IdentityId"]: each.get("Logins", []) for each in listed}
            assert found == {
                identity_id: (
                    sorted({provider for provider, _ in model.logins_of(identity_id)})
                    if is_enabled
                    else ["DISABLED", REGION]
                )
                for identity_id, is_enabled in model.enabled.items()
            }
            shown = self.service.call("ListIdentities", **request, HideDisabled=True)["Identities"]
            assert {each["IdentityId"] for each in shown} == {
                identity_id for identity_id, is_enabled in model.enabled.items() if is_enabled
            }

    @invariant()
    def check_that_every_login_has_one_enabled_identity(self) -> None:
        for pool_id, model in self.models.items():
            for (provider, user), owner in model.owners.items():
                assert model.enabled[owner]
                if provider == DEVELOPER:
                    found = self.service.call(
                        "LookupDeveloperIdentity",
                        IdentityPoolId=pool_id,
                        DeveloperUserIdentifier=user,
                    )
                    assert found["IdentityId"] == owner

    def teardown(self) -> None:
        """Check that each login still belongs to its identity."""
        for pool_id, model in self.models.items():
            for login, owner in list(model.owners.items()):
                if login[0] != DEVELOPER:
                    found = self.service.get_id(pool_id, as_parameter([login]))
                    assert found == owner
