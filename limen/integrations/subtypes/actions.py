"""The table of integration subtypes: what each calls, what it takes, and where that goes in the service's request.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services-reference.html;
members and protocols as in the service models.
"""

from enum import Enum
from typing import Literal, TypeAlias

from msgspec import Struct

Protocol: TypeAlias = Literal["json", "query", "rest"]

REGION = "Region"
"""The parameter of every subtype that says where the service is called; without it, in the region of the API."""


class Kind(Enum):
    """What a value is in the service's request; whatever is mapped is text."""

    TEXT = "text"
    TIME = "time"
    """Seconds since 1970. ISO 8601 is taken, and seconds or milliseconds as `$context.requestTimeEpoch` gives them."""
    LIST = "list"
    """Of texts: a JSON array, or texts between commas."""
    MAP = "map"
    """Of maps, as JSON: `{"color": {"DataType": "String", "StringValue": "red"}}`."""


class Parameter(Struct, frozen=True):
    """In a path and in a query string, `member` is the name there."""

    member: str
    kind: Kind = Kind.TEXT
    is_required: bool = False


class Action(Struct, frozen=True, kw_only=True):
    """`service` is named as host names have it."""

    service: str
    operation: str
    protocol: Protocol
    parameters: dict[str, Parameter]
    version: str = ""
    """Of the query protocol."""
    entries: str = ""
    """The member that holds one entry with all others in it."""
    path: str = "/"
    """Of REST: `{member}` is filled in; members that are not in it make the query string."""
    host_prefix: str = ""
    """What AWS's own host begins with for this operation alone."""

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(name for name, parameter in self.parameters.items() if parameter.is_required)


def _needs(member: str, kind: Kind = Kind.TEXT) -> Parameter:
    return Parameter(member, kind, is_required=True)


def _sqs(operation: str, parameters: dict[str, Parameter]) -> Action:
    return Action(service="sqs", operation=operation, protocol="query", version="2012-11-05", parameters=parameters)


def _states(operation: str, parameters: dict[str, Parameter], host_prefix: str = "") -> Action:
    return Action(
        service="states", operation=operation, protocol="json", parameters=parameters, host_prefix=host_prefix
    )


_QUEUE = _needs("QueueUrl")
_EXECUTION = {
    "StateMachineArn": _needs("stateMachineArn"),
    "Name": Parameter("name"),
    "Input": Parameter("input"),
    REGION: Parameter(REGION),
}

ACTIONS: dict[str, Action] = {
    "EventBridge-PutEvents": Action(
        service="events",
        operation="PutEvents",
        protocol="json",
        entries="Entries",
        parameters={
            "Detail": _needs("Detail"),
            "DetailType": _needs("DetailType"),
            "Source": _needs("Source"),
            "Time": Parameter("Time", Kind.TIME),
            "EventBusName": Parameter("EventBusName"),
            "Resources": Parameter("Resources", Kind.LIST),
            REGION: Parameter(REGION),
            "TraceHeader": Parameter("TraceHeader"),
        },
    ),
    "SQS-SendMessage": _sqs(
        "SendMessage",
        {
            "QueueUrl": _QUEUE,
            "MessageBody": _needs("MessageBody"),
            "DelaySeconds": Parameter("DelaySeconds"),
            "MessageAttributes": Parameter("MessageAttribute", Kind.MAP),
            "MessageDeduplicationId": Parameter("MessageDeduplicationId"),
            "MessageGroupId": Parameter("MessageGroupId"),
            "MessageSystemAttributes": Parameter("MessageSystemAttribute", Kind.MAP),
            REGION: Parameter(REGION),
        },
    ),
    "SQS-ReceiveMessage": _sqs(
        "ReceiveMessage",
        {
            "QueueUrl": _QUEUE,
            "AttributeNames": Parameter("AttributeName", Kind.LIST),
            "MaxNumberOfMessages": Parameter("MaxNumberOfMessages"),
            "MessageAttributeNames": Parameter("MessageAttributeName", Kind.LIST),
            "ReceiveRequestAttemptId": Parameter("ReceiveRequestAttemptId"),
            "VisibilityTimeout": Parameter("VisibilityTimeout"),
            "WaitTimeSeconds": Parameter("WaitTimeSeconds"),
            REGION: Parameter(REGION),
        },
    ),
    "SQS-DeleteMessage": _sqs(
        "DeleteMessage", {"ReceiptHandle": _needs("ReceiptHandle"), "QueueUrl": _QUEUE, REGION: Parameter(REGION)}
    ),
    "SQS-PurgeQueue": _sqs("PurgeQueue", {"QueueUrl": _QUEUE, REGION: Parameter(REGION)}),
    "AppConfig-GetConfiguration": Action(
        service="appconfig",
        operation="GetConfiguration",
        protocol="rest",
        path="/applications/{Application}/environments/{Environment}/configurations/{Configuration}",
        parameters={
            "Application": _needs("Application"),
            "Environment": _needs("Environment"),
            "Configuration": _needs("Configuration"),
            "ClientId": _needs("client_id"),
            "ClientConfigurationVersion": Parameter("client_configuration_version"),
            REGION: Parameter(REGION),
        },
    ),
    "Kinesis-PutRecord": Action(
        service="kinesis",
        operation="PutRecord",
        protocol="json",
        parameters={
            "StreamName": _needs("StreamName"),
            "Data": _needs("Data"),  # base64, as the service takes it
            "PartitionKey": _needs("PartitionKey"),
            "SequenceNumberForOrdering": Parameter("SequenceNumberForOrdering"),
            "ExplicitHashKey": Parameter("ExplicitHashKey"),
            REGION: Parameter(REGION),
        },
    ),
    "StepFunctions-StartExecution": _states("StartExecution", _EXECUTION),
    "StepFunctions-StartSyncExecution": _states(
        "StartSyncExecution", {**_EXECUTION, "TraceHeader": Parameter("traceHeader")}, host_prefix="sync-"
    ),
    "StepFunctions-StopExecution": _states(
        "StopExecution",
        {
            "ExecutionArn": _needs("executionArn"),
            "Cause": Parameter("cause"),
            "Error": Parameter("error"),
            REGION: Parameter(REGION),
        },
    ),
}
