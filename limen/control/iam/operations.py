"""Operations of IAM and of STS, by their names."""

from collections.abc import Callable
from functools import partial

from limen.control.call import Answer
from limen.control.iam import (
    access_keys,
    attachments,
    authorization_details,
    groups,
    policies,
    roles,
    simulate,
    sts,
    tags,
    unserved,
    users,
)
from limen.control.iam.documents import GROUP, POLICY, ROLE, USER

Operation = Callable[..., Answer]


def _of_each() -> dict[str, Operation]:
    """What is the same for users, roles and groups."""
    rows: dict[str, Operation] = {}
    for noun, kind in ((USER, "User"), (ROLE, "Role"), (GROUP, "Group")):
        rows |= {
            f"Put{kind}Policy": partial(attachments.put_inline, noun),
            f"Get{kind}Policy": partial(attachments.get_inline, noun),
            f"List{kind}Policies": partial(attachments.list_inline, noun),
            f"Delete{kind}Policy": partial(attachments.delete_inline, noun),
            f"Attach{kind}Policy": partial(attachments.attach, noun),
            f"Detach{kind}Policy": partial(attachments.detach, noun),
            f"ListAttached{kind}Policies": partial(attachments.list_attached, noun),
        }
    for noun, kind in ((USER, "User"), (ROLE, "Role")):
        rows |= {
            f"Put{kind}PermissionsBoundary": partial(attachments.put_boundary, noun),
            f"Delete{kind}PermissionsBoundary": partial(attachments.delete_boundary, noun),
        }
    for noun, kind in ((USER, "User"), (ROLE, "Role"), (POLICY, "Policy")):
        rows |= {
            f"Tag{kind}": partial(tags.tag, noun),
            f"Untag{kind}": partial(tags.untag, noun),
            f"List{kind}Tags": partial(tags.list_tags, noun),
        }
    return rows


IAM_OPERATIONS: dict[str, Operation] = {
    "CreateUser": users.create_user,
    "GetUser": users.get_user,
    "ListUsers": users.list_users,
    "UpdateUser": users.update_user,
    "DeleteUser": users.delete_user,
    "CreateAccessKey": access_keys.create_access_key,
    "ListAccessKeys": access_keys.list_access_keys,
    "UpdateAccessKey": access_keys.update_access_key,
    "DeleteAccessKey": access_keys.delete_access_key,
    "GetAccessKeyLastUsed": access_keys.get_access_key_last_used,
    "CreateGroup": groups.create_group,
    "GetGroup": groups.get_group,
    "ListGroups": groups.list_groups,
    "ListGroupsForUser": groups.list_groups_for_user,
    "UpdateGroup": groups.update_group,
    "DeleteGroup": groups.delete_group,
    "AddUserToGroup": groups.add_user_to_group,
    "RemoveUserFromGroup": groups.remove_user_from_group,
    "CreateRole": roles.create_role,
    "GetRole": roles.get_role,
    "ListRoles": roles.list_roles,
    "UpdateRole": roles.update_role,
    "UpdateRoleDescription": roles.update_role_description,
    "UpdateAssumeRolePolicy": roles.update_assume_role_policy,
    "DeleteRole": roles.delete_role,
    "CreateServiceLinkedRole": roles.create_service_linked_role,
    "DeleteServiceLinkedRole": roles.delete_service_linked_role,
    "GetServiceLinkedRoleDeletionStatus": roles.get_service_linked_role_deletion_status,
    "CreatePolicy": policies.create_policy,
    "GetPolicy": policies.get_policy,
    "ListPolicies": policies.list_policies,
    "DeletePolicy": policies.delete_policy,
    "CreatePolicyVersion": policies.create_policy_version,
    "GetPolicyVersion": policies.get_policy_version,
    "ListPolicyVersions": policies.list_policy_versions,
    "SetDefaultPolicyVersion": policies.set_default_policy_version,
    "DeletePolicyVersion": policies.delete_policy_version,
    "ListEntitiesForPolicy": policies.list_entities_for_policy,
    **_of_each(),
    "SimulatePrincipalPolicy": simulate.simulate_principal_policy,
    "SimulateCustomPolicy": simulate.simulate_custom_policy,
    "GetAccountAuthorizationDetails": authorization_details.get_account_authorization_details,
    "GetAccountSummary": unserved.get_account_summary,
    "GetAccountPasswordPolicy": unserved.get_account_password_policy,
    "GetInstanceProfile": unserved.get_instance_profile,
    "GetLoginProfile": unserved.get_login_profile,
    "ListAccountAliases": partial(unserved.nothing, "AccountAliases"),
    "ListInstanceProfiles": partial(unserved.nothing, "InstanceProfiles"),
    "ListInstanceProfilesForRole": unserved.list_instance_profiles_for_role,
    "ListOpenIDConnectProviders": partial(unserved.none_at_all, "OpenIDConnectProviderList"),
    "ListSAMLProviders": partial(unserved.none_at_all, "SAMLProviderList"),
    "ListServerCertificates": partial(unserved.nothing, "ServerCertificateMetadataList"),
    "ListMFADevices": partial(unserved.nothing_of_user, "MFADevices"),
    "ListVirtualMFADevices": partial(unserved.nothing, "VirtualMFADevices"),
    "ListSSHPublicKeys": partial(unserved.nothing_of_user, "SSHPublicKeys"),
    "ListSigningCertificates": partial(unserved.nothing_of_user, "Certificates"),
    "ListServiceSpecificCredentials": partial(unserved.nothing_of_user, "ServiceSpecificCredentials"),
}
"""What is not here answers by the not-implemented error that names it."""

STS_OPERATIONS: dict[str, Operation] = {
    "AssumeRole": sts.assume_role,
    "GetAccessKeyInfo": sts.get_access_key_info,
    "GetCallerIdentity": sts.get_caller_identity,
    "GetSessionToken": sts.get_session_token,
}
