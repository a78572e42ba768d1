from __future__ import annotations

from moto_account import MotoAccount, document

ALLOW = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}


def test_roles_have_inline_and_managed_policies(account: MotoAccount):
    arn = account.role(ALLOW, tags={"Team": "red"}, max_session_duration=7200)
    managed = account.iam_backend.create_policy("", "/", document(ALLOW), "p", [])
    account.iam_backend.attach_role_policy(managed.arn, "role")
    role = account.iam.find_role(arn)
    assert role is not None
    assert (role.arn, role.tags, role.max_session_duration) == (arn, {"Team": "red"}, 7200)
    assert role.permissions_boundary_arn is None
    assert role.trust_policy["Statement"][0]["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert [policy["Statement"] for policy in role.policies.values()] == [[ALLOW], [ALLOW]]
    assert list(role.policies)[-1] == f"managed policy '{managed.arn}'"
    assert account.iam.find_role("arn:aws:iam::1:role/none") is None


def test_managed_policies_are_found_by_arn(account: MotoAccount):
    managed = account.iam_backend.create_policy("", "/", document(ALLOW), "p", [])
    policy = account.iam.find_managed_policy(managed.arn)
    assert policy is not None
    assert policy["Statement"] == [ALLOW]
    assert account.iam.find_managed_policy("arn:aws:iam::aws:policy/None") is None


def test_users_have_access_keys_and_the_policies_of_their_groups(account: MotoAccount):
    backend = account.iam_backend
    backend.create_user("us-east-1", "eve")
    backend.create_group("group")
    backend.add_user_to_group("group", "eve")
    backend.put_group_policy("group", "p", document(ALLOW))
    key = backend.create_access_key("eve")
    user = account.iam.find_user(key.access_key_id)
    assert user is not None
    assert (user.name, user.secret_access_key) == ("eve", key.secret_access_key)
    assert key.secret_access_key not in repr(user)
    assert [policy["Statement"] for policy in user.policies.values()] == [[ALLOW]]
    assert list(user.policies) == ["inline policy 'p' of the group 'group'"]
    backend.update_access_key("eve", key.access_key_id, "Inactive")
    assert account.iam.find_user(key.access_key_id) is None
    assert account.iam.find_user("AKIAUNKNOWN") is None
