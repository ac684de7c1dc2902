"""AWS::Cognito: user pools with their app clients, users, groups, resource servers and domains."""

from collections.abc import Mapping
from typing import Any

from limen.control.openapi.keyword import ENFORCED, Verdict, refused, stored
from limen.control.pools.documents import CLIENT, DOMAIN, EVERYWHERE, GROUP, POOL, RESOURCE_SERVER
from limen.control.pools.errors import invalid_parameter
from limen.control.stacks.kind import (
    Kind,
    Made,
    Properties,
    Record,
    Work,
    properties,
    replaced_only,
    unless_missing,
    without,
)
from limen.control.stacks.members import members_of, tags_of

SERVICE = "cognito-idp"

_AT_CREATION = ("Schema", "AliasAttributes", "UsernameAttributes", "UsernameConfiguration")
_LEFT_OUT = ("EnabledMfas", "WebAuthnRelyingPartyID", "WebAuthnUserVerification", "WebAuthnFactorConfiguration")


def _create_pool(work: Work, name: str, values: Properties) -> Made:
    named = {"UserPoolName": work.name_for(name, most=128)} | values
    pool = work.create(SERVICE, "CreateUserPool", _pool_members(named))["UserPool"]
    return _made_pool(work, pool["Id"], pool["Arn"])


def _update_pool(work: Work, record: Record, after: Properties) -> Made:
    pool_id = record.made.physical_id
    added = _added_attributes(record.properties.get("Schema", []), after.get("Schema", []))
    if added:
        work.create(SERVICE, "AddCustomAttributes", {"UserPoolId": pool_id, "CustomAttributes": added})
    members = {"UserPoolId": pool_id} | without(_pool_members(after), *_AT_CREATION)
    work.create(SERVICE, "UpdateUserPool", members)
    return record.made


def _delete_pool(work: Work, record: Record) -> None:
    unless_missing(lambda: work.run(SERVICE, "DeleteUserPool", {"UserPoolId": record.made.physical_id}))


def _pool_members(values: Properties) -> Properties:
    members = without(values, "UserPoolName", "UserPoolTags", *_LEFT_OUT)
    if values.get("UserPoolName"):
        members["PoolName"] = values["UserPoolName"]
    if values.get("UserPoolTags"):
        members["UserPoolTags"] = tags_of(values["UserPoolTags"])
    return members


def _added_attributes(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Attributes of a pool come, and never change or go."""
    known = {each.get("Name"): each for each in before}
    if any(each not in after for each in before):
        raise invalid_parameter("Existing schema attributes cannot be modified or deleted.")
    return [each for each in after if each.get("Name") not in known]


def _made_pool(work: Work, pool_id: str, arn: str) -> Made:
    issuer = work.call.settings.issuer_of(pool_id)
    attributes = {
        "Arn": arn,
        "UserPoolId": pool_id,
        "ProviderName": issuer.removeprefix("https://"),
        "ProviderURL": issuer,
    }
    return Made(pool_id, attributes, (POOL, work.scope, pool_id))


def _create_client(work: Work, name: str, values: Properties) -> Made:
    """Its secret is no attribute: what a stack made is kept as it is, and a secret only sealed."""
    named = {"ClientName": work.name_for(name, most=128)} | values
    client = work.create(SERVICE, "CreateUserPoolClient", named)["UserPoolClient"]
    attributes = {"ClientId": client["ClientId"], "Name": client["ClientName"]}
    return Made(client["ClientId"], attributes, (CLIENT, client["UserPoolId"], client["ClientId"]))


def _update_client(work: Work, record: Record, after: Properties) -> Made:
    members = {"ClientId": record.made.physical_id} | without(after, "GenerateSecret", "ClientSecret")
    work.create(SERVICE, "UpdateUserPoolClient", members)
    return record.made


def _delete_client(work: Work, record: Record) -> None:
    _delete_of_pool(work, record, "DeleteUserPoolClient", "ClientId")


def _create_group(work: Work, name: str, values: Properties) -> Made:
    named = {"GroupName": work.name_for(name, most=128)} | values
    group = work.create(SERVICE, "CreateGroup", named)["Group"]
    document = (GROUP, f"{group['UserPoolId']}/groups", group["GroupName"])
    return Made(group["GroupName"], {"GroupName": group["GroupName"]}, document)


def _update_group(work: Work, record: Record, after: Properties) -> Made:
    work.create(SERVICE, "UpdateGroup", {"GroupName": record.made.physical_id} | after)
    return record.made


def _delete_group(work: Work, record: Record) -> None:
    _delete_of_pool(work, record, "DeleteGroup", "GroupName")


def _create_server(work: Work, name: str, values: Properties) -> Made:
    server = work.create(SERVICE, "CreateResourceServer", values)["ResourceServer"]
    document = (RESOURCE_SERVER, server["UserPoolId"], server["Identifier"])
    return Made(server["Identifier"], {"Identifier": server["Identifier"]}, document)


def _update_server(work: Work, record: Record, after: Properties) -> Made:
    work.create(SERVICE, "UpdateResourceServer", after)
    return record.made


def _delete_server(work: Work, record: Record) -> None:
    _delete_of_pool(work, record, "DeleteResourceServer", "Identifier")


def _create_domain(work: Work, name: str, values: Properties) -> Made:
    work.create(SERVICE, "CreateUserPoolDomain", values)
    return Made(str(values["Domain"]), {}, (DOMAIN, EVERYWHERE, str(values["Domain"])))


def _update_domain(work: Work, record: Record, after: Properties) -> Made:
    work.create(SERVICE, "UpdateUserPoolDomain", after)
    return record.made


def _delete_domain(work: Work, record: Record) -> None:
    _delete_of_pool(work, record, "DeleteUserPoolDomain", "Domain")


def _create_user(work: Work, name: str, values: Properties) -> Made:
    named = {"Username": work.name_for(name, most=128)} | values
    user = work.create(SERVICE, "AdminCreateUser", named)["User"]
    return Made(user["Username"])


def _delete_user(work: Work, record: Record) -> None:
    _delete_of_pool(work, record, "AdminDeleteUser", "Username")


def _attach(work: Work, name: str, values: Properties) -> Made:
    work.create(SERVICE, "AdminAddUserToGroup", values)
    return Made(f"{values['UserPoolId']}|{values['GroupName']}|{values['Username']}")


def _detach(work: Work, record: Record) -> None:
    members = members_of(SERVICE, "AdminRemoveUserFromGroup", record.properties)
    unless_missing(lambda: work.run(SERVICE, "AdminRemoveUserFromGroup", members))


def _delete_of_pool(work: Work, record: Record, operation: str, member: str) -> None:
    members = {"UserPoolId": record.properties["UserPoolId"], member: record.made.physical_id}
    unless_missing(lambda: work.run(SERVICE, operation, members))


def _judge_mfa(value: Any) -> Verdict:
    return ENFORCED if value == "OFF" else refused("Limen has no multi-factor authentication")


def _judge_triggers(value: Any) -> Verdict:
    is_empty = not isinstance(value, Mapping) or not any(value.values())
    return ENFORCED if is_empty else refused("Limen runs no Lambda triggers of user pools")


_MESSAGES = stored("codes and invitations go to the outbox of the data directory, in Limen's words")
_NO_MFA = stored("Limen has no multi-factor authentication")

COGNITO_KINDS = (
    Kind(
        "AWS::Cognito::UserPool",
        properties(
            "UserPoolName Policies DeletionProtection AutoVerifiedAttributes AdminCreateUserConfig UserPoolTags Schema "
            "AliasAttributes! UsernameAttributes! UsernameConfiguration! DeviceConfiguration UserPoolAddOns",
            MfaConfiguration=_judge_mfa,
            LambdaConfig=_judge_triggers,
            EmailConfiguration=_MESSAGES,
            SmsConfiguration=_MESSAGES,
            SmsVerificationMessage=_MESSAGES,
            SmsAuthenticationMessage=_MESSAGES,
            EmailVerificationMessage=_MESSAGES,
            EmailVerificationSubject=_MESSAGES,
            VerificationMessageTemplate=_MESSAGES,
            AccountRecoverySetting=stored("a code for a forgotten password goes to any verified address"),
            UserAttributeUpdateSettings=stored("a changed address counts at once, and is not verified until its code"),
            UserPoolTier=stored("there is one tier"),
            EnabledMfas=_NO_MFA,
            WebAuthnRelyingPartyID=_NO_MFA,
            WebAuthnUserVerification=_NO_MFA,
            WebAuthnFactorConfiguration=_NO_MFA,
        ),
        _create_pool,
        _update_pool,
        _delete_pool,
    ),
    Kind(
        "AWS::Cognito::UserPoolClient",
        properties(
            "UserPoolId! ClientName GenerateSecret! RefreshTokenValidity AccessTokenValidity IdTokenValidity "
            "TokenValidityUnits ReadAttributes WriteAttributes ExplicitAuthFlows SupportedIdentityProviders "
            "CallbackURLs LogoutURLs DefaultRedirectURI AllowedOAuthFlows AllowedOAuthScopes RefreshTokenRotation "
            "AllowedOAuthFlowsUserPoolClient PreventUserExistenceErrors EnableTokenRevocation AuthSessionValidity",
            AnalyticsConfiguration=stored("Limen sends no analytics"),
            EnablePropagateAdditionalUserContextData=stored("Limen has no threat protection"),
        ),
        _create_client,
        _update_client,
        _delete_client,
        required=("UserPoolId",),
    ),
    Kind(
        "AWS::Cognito::UserPoolGroup",
        properties("UserPoolId! GroupName! Description Precedence RoleArn"),
        _create_group,
        _update_group,
        _delete_group,
        required=("UserPoolId",),
    ),
    Kind(
        "AWS::Cognito::UserPoolResourceServer",
        properties("UserPoolId! Identifier! Name Scopes"),
        _create_server,
        _update_server,
        _delete_server,
        required=("UserPoolId", "Identifier", "Name"),
    ),
    Kind(
        "AWS::Cognito::UserPoolDomain",
        properties(
            "UserPoolId! Domain! ManagedLoginVersion",
            CustomDomainConfig=refused("Limen serves sign-in pages under no domain of one's own"),
        ),
        _create_domain,
        _update_domain,
        _delete_domain,
        required=("UserPoolId", "Domain"),
    ),
    Kind(
        "AWS::Cognito::UserPoolUser",
        properties(
            "UserPoolId! Username! UserAttributes! DesiredDeliveryMediums! ForceAliasCreation! MessageAction! "
            "ClientMetadata! ValidationData!"
        ),
        _create_user,
        replaced_only,
        _delete_user,
        required=("UserPoolId",),
    ),
    Kind(
        "AWS::Cognito::UserPoolUserToGroupAttachment",
        properties("UserPoolId! Username! GroupName!"),
        _attach,
        replaced_only,
        _detach,
        required=("UserPoolId", "Username", "GroupName"),
    ),
)
