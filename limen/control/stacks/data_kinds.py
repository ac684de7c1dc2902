"""Types that are accepted as data: nothing runs behind them, but Ref and Fn::GetAtt give what looks right."""

from typing import Any

from msgspec import Struct

from limen.aws.arn import partition_of
from limen.aws.ids import new_id
from limen.control.stacks.kind import Kind, Made, Properties, Property, Record, Work

_NO_CREDENTIALS = "who may do what with other services is not asked for on this machine"
_NO_EVENTS = "nothing sends its events"
_ELSEWHERE = "it is not made here: point LIMEN_AWS_ENDPOINT_URL to a server that has it"
_NO_DNS = "Limen has no DNS: point the name at this server"

_ARN = "arn:{partition}:{service}:{region}:{account}:"
_GLOBAL_ARN = "arn:{partition}:{service}::{account}:"


class _Row(Struct, frozen=True):
    """`name`: the property that names the resource, None where AWS gives an id of its own."""

    type: str
    reason: str
    name: str | None = None
    ref: str = "{name}"
    attributes: dict[str, str] = {}
    is_lowercase: bool = False


_ROWS = (
    _Row(
        "AWS::IAM::Role",
        _NO_CREDENTIALS,
        "RoleName",
        attributes={"Arn": _GLOBAL_ARN + "role{path}{name}", "RoleId": "AROA{ID}"},
    ),
    _Row("AWS::IAM::Policy", _NO_CREDENTIALS, "PolicyName", attributes={"Id": "{name}"}),
    _Row(
        "AWS::IAM::ManagedPolicy",
        _NO_CREDENTIALS,
        "ManagedPolicyName",
        ref=_GLOBAL_ARN + "policy{path}{name}",
        attributes={"PolicyArn": _GLOBAL_ARN + "policy{path}{name}", "PolicyId": "ANPA{ID}"},
    ),
    _Row("AWS::IAM::RolePolicy", _NO_CREDENTIALS, "PolicyName"),
    _Row(
        "AWS::DynamoDB::Table",
        _ELSEWHERE,
        "TableName",
        attributes={
            "Arn": _ARN + "table/{name}",
            "StreamArn": _ARN + "table/{name}/stream/2020-01-01T00:00:00.000",
        },
    ),
    _Row(
        "AWS::SQS::Queue",
        _ELSEWHERE,
        "QueueName",
        ref="https://sqs.{region}.amazonaws.com/{account}/{name}",
        attributes={
            "Arn": _ARN + "{name}",
            "QueueName": "{name}",
            "QueueUrl": "https://sqs.{region}.amazonaws.com/{account}/{name}",
        },
    ),
    _Row("AWS::SQS::QueuePolicy", _NO_CREDENTIALS),
    _Row(
        "AWS::SNS::Topic",
        _ELSEWHERE,
        "TopicName",
        ref=_ARN + "{name}",
        attributes={"TopicArn": _ARN + "{name}", "TopicName": "{name}"},
    ),
    _Row("AWS::SNS::Subscription", _NO_EVENTS, ref=_ARN + "{id}", attributes={"Arn": _ARN + "{id}"}),
    _Row("AWS::SNS::TopicPolicy", _NO_CREDENTIALS),
    _Row(
        "AWS::S3::Bucket",
        _ELSEWHERE,
        "BucketName",
        is_lowercase=True,
        attributes={
            "Arn": "arn:{partition}:s3:::{name}",
            "DomainName": "{name}.s3.amazonaws.com",
            "RegionalDomainName": "{name}.s3.{region}.amazonaws.com",
            "DualStackDomainName": "{name}.s3.dualstack.{region}.amazonaws.com",
            "WebsiteURL": "http://{name}.s3-website-{region}.amazonaws.com",
        },
    ),
    _Row("AWS::S3::BucketPolicy", _NO_CREDENTIALS),
    _Row("AWS::Events::Rule", _NO_EVENTS, "Name", attributes={"Arn": _ARN + "rule/{name}"}),
    _Row("AWS::Events::EventBus", _ELSEWHERE, "Name", attributes={"Arn": _ARN + "event-bus/{name}", "Name": "{name}"}),
    _Row("AWS::Scheduler::Schedule", _NO_EVENTS, "Name", attributes={"Arn": _ARN + "schedule/default/{name}"}),
    _Row("AWS::IoT::TopicRule", _NO_EVENTS, "RuleName", attributes={"Arn": _ARN + "rule/{name}"}),
    _Row("AWS::Logs::SubscriptionFilter", _NO_EVENTS, "FilterName"),
    _Row("AWS::Lambda::EventSourceMapping", "nothing polls its source", ref="{id}", attributes={"Id": "{id}"}),
    _Row(
        "AWS::StepFunctions::StateMachine",
        _ELSEWHERE,
        "StateMachineName",
        ref=_ARN + "stateMachine:{name}",
        attributes={"Arn": _ARN + "stateMachine:{name}", "Name": "{name}"},
    ),
    _Row("AWS::Kinesis::Stream", _ELSEWHERE, "Name", attributes={"Arn": _ARN + "stream/{name}", "StreamId": "{name}"}),
    _Row("AWS::SecretsManager::Secret", _ELSEWHERE, "Name", ref=_ARN + "secret:{name}", attributes={"Id": "{name}"}),
    _Row("AWS::SSM::Parameter", _ELSEWHERE, "Name", attributes={"Type": "String"}),
    _Row(
        "AWS::KMS::Key",
        "nothing is encrypted with a key of KMS",
        ref="{id}",
        attributes={"Arn": _ARN + "key/{id}", "KeyId": "{id}"},
    ),
    _Row("AWS::CloudWatch::Alarm", "nothing watches metrics", "AlarmName", attributes={"Arn": _ARN + "alarm:{name}"}),
    _Row("AWS::CodeDeploy::Application", "an alias moves to a new version at once", "ApplicationName"),
    _Row("AWS::CodeDeploy::DeploymentGroup", "an alias moves to a new version at once", "DeploymentGroupName"),
    _Row("AWS::Route53::HostedZone", _NO_DNS, ref="Z{ID}", attributes={"Id": "Z{ID}"}),
    _Row("AWS::Route53::RecordSet", _NO_DNS, "Name"),
    _Row("AWS::Route53::RecordSetGroup", _NO_DNS),
    _Row(
        "AWS::CloudFormation::WaitConditionHandle",
        "nothing is waited for",
        ref="https://cloudformation-waitcondition-{region}.s3.amazonaws.com/{id}",
    ),
)

_SERVICES = {"Events": "events", "CloudWatch": "cloudwatch", "StepFunctions": "states"}


def _kind(row: _Row) -> Kind:
    def create(work: Work, name: str, values: Properties) -> Made:
        return _made(row, work, _identity(row, work, name, values))

    def update(work: Work, record: Record, after: Properties) -> Made:
        return record.made

    def delete(work: Work, record: Record) -> None:
        return None

    named = {row.name: Property(replaces=True)} if row.name else {}
    return Kind(row.type, named, create, update, delete, takes_any=row.reason)


def _identity(row: _Row, work: Work, name: str, values: Properties) -> dict[str, Any]:
    given = values.get(row.name) if row.name else None
    made_name = str(given or work.name_for(name, most=63))
    service = row.type.split("::")[1]
    identifier = new_id(17)
    return {
        "name": made_name.lower() if row.is_lowercase and not given else made_name,
        "id": identifier,
        "ID": identifier.upper(),
        "path": str(values.get("Path") or "/"),
        "service": _SERVICES.get(service, service.lower()),
    }


def _made(row: _Row, work: Work, identity: dict[str, Any]) -> Made:
    aws = work.call.aws
    words = identity | {"region": aws.region, "account": aws.account, "partition": partition_of(aws.region)}
    attributes = {name: form.format(**words) for name, form in row.attributes.items()}
    return Made(row.ref.format(**words), attributes)


DATA_KINDS = tuple(_kind(row) for row in _ROWS)
