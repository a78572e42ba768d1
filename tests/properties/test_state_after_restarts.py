"""The emulator's identities after arbitrary operations and restarts with a state file."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from emulator_fakes import OIDC, ServiceHarness
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule
from identity_lifecycle import IdentityLifecycle

from cognito_credentials.emulator.persistence.documents import parse_state, state_document
from cognito_credentials.emulator.persistence.state_file import StateFile

OPAQUE_PROVIDER = "graph.facebook.com"


class LifecycleWithRestarts(IdentityLifecycle):
    """The operations of `IdentityLifecycle`, and restarts between them."""

    @initialize()
    def start(self) -> None:
        self.directory = tempfile.TemporaryDirectory()
        self.file = StateFile(Path(self.directory.name, "state.db"))
        self.load(ServiceHarness())
        self.allows_guests = {self.service.create_pool(): True}
        self.allows_guests[self.service.create_pool(guests=False)] = False
        self.start_model()

    def load(self, service: ServiceHarness) -> None:
        self.service = service
        service.service.restore(self.file.load(), self.file.open_journal())

    def describe(self) -> dict[str, Any]:
        """Return all state that the API shows, and the opaque tokens."""
        call = self.service.call
        shown: dict[str, Any] = {"pools": call("ListIdentityPools", MaxResults=60)}
        for pool in shown["pools"]["IdentityPools"]:
            named = {"IdentityPoolId": pool["IdentityPoolId"]}
            shown[pool["IdentityPoolId"]] = [
                call("DescribeIdentityPool", **named),
                call("GetIdentityPoolRoles", **named),
                self.call("GetPrincipalTagAttributeMap", IdentityProviderName=OIDC, **named),
                [
                    call("DescribeIdentity", IdentityId=each["IdentityId"])
                    for each in call("ListIdentities", MaxResults=60, **named)["Identities"]
                ],
            ]
        shown["tokens"] = sorted(self.service.service.snapshot().opaque_tokens)
        return shown

    @rule()
    def restart(self) -> None:
        before = self.describe()
        self.file.close()
        self.file = StateFile(self.file.path)
        self.load(ServiceHarness())
        assert self.describe() == before

    @rule()
    def export_and_import(self) -> None:
        before = self.describe()
        document = json.loads(json.dumps(state_document(self.service.service.snapshot())))
        state = parse_state(document)
        self.service.service.restore(state, self.file.replace(state))
        assert self.describe() == before

    @rule(key=st.sampled_from(["a", "b"]), value=st.text(max_size=3), number=st.integers(0, 1))
    def tag(self, key: str, value: str, number: int) -> None:
        arn = self.service.service.list_pools()[number].arn
        self.call("TagResource", ResourceArn=arn, Tags={key: value})

    @rule(key=st.sampled_from(["a", "b"]), number=st.integers(0, 1))
    def untag(self, key: str, number: int) -> None:
        arn = self.service.service.list_pools()[number].arn
        self.call("UntagResource", ResourceArn=arn, TagKeys=[key])

    @rule(claims=st.dictionaries(st.just("team"), st.just("sub")), number=st.integers(0, 1))
    def set_principal_tags(self, claims: dict[str, str], number: int) -> None:
        self.call(
            "SetPrincipalTagAttributeMap",
            IdentityPoolId=self.pools[number],
            IdentityProviderName=OIDC,
            PrincipalTags=claims,
        )

    @rule()
    def create_and_delete_a_pool(self) -> None:
        pool_id = self.service.create_pool()
        self.service.get_id(pool_id)
        self.call("DeleteIdentityPool", IdentityPoolId=pool_id)

    @rule(token=st.sampled_from(["first", "second"]), user=st.sampled_from(["u", "v"]))
    def register_an_opaque_token(self, token: str, user: str) -> None:
        self.service.service.register_opaque_token(OPAQUE_PROVIDER, token, "app", user)

    def teardown(self) -> None:
        if hasattr(self, "file"):
            self.restart()
            super().teardown()
            self.file.close()
            self.directory.cleanup()


TestStateAfterRestarts = LifecycleWithRestarts.TestCase
TestStateAfterRestarts.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
