"""AWS::ApiGateway::*: what an account has beside its REST APIs: keys, usage plans, links."""

from typing import Any

from limen.control.openapi.keyword import ENFORCED, Verdict, refused, stored
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
from limen.control.v1.api_keys import NO_DISTINCT_ID, put_key
from limen.control.v1.documents import find
from limen.control.v1.usage_plans import replace_usage_plan

SERVICE = "apigateway"


def _tagged(values: Properties) -> Properties:
    return values | {"Tags": tags_of(values["Tags"])} if values.get("Tags") else without(values, "Tags")


# --- API keys and usage plans


def _create_key(work: Work, name: str, values: Properties) -> Made:
    made = work.create(SERVICE, "CreateApiKey", {"Name": work.name_for(name)} | _tagged(values))
    return Made(made["id"], {"APIKeyId": made["id"]}, ("ApiKey", work.scope, made["id"]))


def _update_key(work: Work, record: Record, after: Properties) -> Made:
    key = find(work.call, "ApiKey", work.scope, record.made.physical_id)
    kept = {name: value for name, value in key.items() if name in ("id", "createdDate", "name") or name[0] == "_"}
    members = members_of(SERVICE, "CreateApiKey", without(_tagged(after), "StageKeys", "GenerateDistinctId"))
    stages = [f"{each.get('RestApiId')}/{each.get('StageName')}" for each in after.get("StageKeys") or []]
    put_key(work.call, {"enabled": False, "stageKeys": stages, **kept, **members})
    return record.made


def _delete_key(work: Work, record: Record) -> None:
    unless_missing(lambda: work.run(SERVICE, "DeleteApiKey", {"api_Key": record.made.physical_id}))


def _judge_distinct_id(value: Any) -> Verdict:
    return refused(NO_DISTINCT_ID) if value in (False, "false") else ENFORCED


def _keep_key(work: Work, values: Properties) -> Properties:
    """A stack remembers no value, as the key does not."""
    if "Value" not in values:
        return values
    return values | {"Value": work.call.settings.key_values.digest(work.scope, str(values["Value"]))}


def _plan_members(work: Work, name: str, values: Properties) -> Properties:
    named = without(_tagged(values), "UsagePlanName") | {"name": values.get("UsagePlanName") or work.name_for(name)}
    return members_of(SERVICE, "CreateUsagePlan", named)


def _create_plan(work: Work, name: str, values: Properties) -> Made:
    made = work.run(SERVICE, "CreateUsagePlan", _plan_members(work, name, values))
    return Made(made["id"], {"Id": made["id"]}, ("UsagePlan", work.scope, made["id"]))


def _update_plan(work: Work, record: Record, after: Properties) -> Made:
    before = find(work.call, "UsagePlan", work.scope, record.made.physical_id)
    members = _plan_members(work, record.name, {"UsagePlanName": before["name"]} | after)
    replace_usage_plan(work.call, record.made.physical_id, members)
    return record.made


def _delete_plan(work: Work, record: Record) -> None:
    """A plan with stages cannot be deleted: they leave it first."""

    def delete() -> None:
        plan = find(work.call, "UsagePlan", work.scope, record.made.physical_id)
        replace_usage_plan(work.call, plan["id"], plan | {"apiStages": []})
        work.run(SERVICE, "DeleteUsagePlan", {"usageplanId": plan["id"]})

    unless_missing(delete)


def _create_plan_key(work: Work, name: str, values: Properties) -> Made:
    made = work.create(SERVICE, "CreateUsagePlanKey", values)
    plan_id = str(values["UsagePlanId"])
    physical_id = f"{made['id']}:{plan_id}"
    return Made(physical_id, {"Id": physical_id}, ("UsagePlanKey", f"{plan_id}/keys", made["id"]))


def _delete_plan_key(work: Work, record: Record) -> None:
    key_id, _, plan_id = record.made.physical_id.partition(":")
    unless_missing(lambda: work.run(SERVICE, "DeleteUsagePlanKey", {"usageplanId": plan_id, "keyId": key_id}))


# --- links, certificates, the account


def _create_link(work: Work, name: str, values: Properties) -> Made:
    made = work.create(SERVICE, "CreateVpcLink", _tagged(values))
    return Made(made["id"], {"VpcLinkId": made["id"]}, ("RestVpcLink", work.scope, made["id"]))


def _update_link(work: Work, record: Record, after: Properties) -> Made:
    changes = {"/name": after.get("Name"), "/description": after.get("Description")}
    work.patch("UpdateVpcLink", {"vpclink_id": record.made.physical_id}, changes)
    return record.made


def _delete_link(work: Work, record: Record) -> None:
    unless_missing(lambda: work.run(SERVICE, "DeleteVpcLink", {"vpclink_id": record.made.physical_id}))


def _create_certificate(work: Work, name: str, values: Properties) -> Made:
    made = work.create(SERVICE, "GenerateClientCertificate", _tagged(values))
    certificate_id = made["clientCertificateId"]
    attributes = {"ClientCertificateId": certificate_id}
    return Made(certificate_id, attributes, ("ClientCertificate", work.scope, certificate_id))


def _update_certificate(work: Work, record: Record, after: Properties) -> Made:
    named = {"clientcertificate_id": record.made.physical_id}
    work.patch("UpdateClientCertificate", named, {"/description": after.get("Description")})
    return record.made


def _delete_certificate(work: Work, record: Record) -> None:
    members = {"clientcertificate_id": record.made.physical_id}
    unless_missing(lambda: work.run(SERVICE, "DeleteClientCertificate", members))


def _put_account(work: Work, name: str, values: Properties) -> Made:
    work.patch("UpdateAccount", {}, {"/cloudwatchRoleArn": values.get("CloudWatchRoleArn")})
    return Made(work.call.aws.account, {"Id": work.call.aws.account})


def _update_account(work: Work, record: Record, after: Properties) -> Made:
    return _put_account(work, record.name, after)


def _keep_account(work: Work, record: Record) -> None:
    """As CloudFormation has it: the setting of the account stays."""


ACCOUNT_KINDS = (
    Kind(
        "AWS::ApiGateway::ApiKey",
        properties(
            "CustomerId Description Enabled GenerateDistinctId! Name! StageKeys Tags Value!",
            GenerateDistinctId=_judge_distinct_id,
        ),
        _create_key,
        _update_key,
        _delete_key,
        keep=_keep_key,
    ),
    Kind(
        "AWS::ApiGateway::UsagePlan",
        properties("ApiStages Description Quota Tags Throttle UsagePlanName"),
        _create_plan,
        _update_plan,
        _delete_plan,
    ),
    Kind(
        "AWS::ApiGateway::UsagePlanKey",
        properties("KeyId! KeyType! UsagePlanId!"),
        _create_plan_key,
        replaced_only,
        _delete_plan_key,
        required=("KeyId", "KeyType", "UsagePlanId"),
    ),
    Kind(
        "AWS::ApiGateway::VpcLink",
        properties("Description Name Tags TargetArns!"),
        _create_link,
        _update_link,
        _delete_link,
        required=("Name", "TargetArns"),
    ),
    Kind(
        "AWS::ApiGateway::ClientCertificate",
        properties("Description Tags"),
        _create_certificate,
        _update_certificate,
        _delete_certificate,
    ),
    Kind(
        "AWS::ApiGateway::Account",
        properties("CloudWatchRoleArn", CloudWatchRoleArn=stored("logs go to files, for which no role is needed")),
        _put_account,
        _update_account,
        _keep_account,
    ),
)
