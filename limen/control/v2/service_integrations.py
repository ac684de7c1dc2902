"""AWS services that an HTTP API calls by itself: integration subtypes and their parameters.

Developer guide, Integration subtype reference; every subtype has version 1.0.
"""

from typing import Any

from msgspec import Struct

from limen.aws.errors import bad_request
from limen.control.v2.parameter_mapping import check_service_parameter


class Subtype(Struct, frozen=True):
    required: tuple[str, ...]
    optional: tuple[str, ...]


SUBTYPES: dict[str, Subtype] = {
    "EventBridge-PutEvents": Subtype(
        ("Detail", "DetailType", "Source"), ("Time", "EventBusName", "Resources", "Region", "TraceHeader")
    ),
    "SQS-SendMessage": Subtype(
        ("QueueUrl", "MessageBody"),
        (
            "DelaySeconds",
            "MessageAttributes",
            "MessageDeduplicationId",
            "MessageGroupId",
            "MessageSystemAttributes",
            "Region",
        ),
    ),
    "SQS-ReceiveMessage": Subtype(
        ("QueueUrl",),
        (
            "AttributeNames",
            "MaxNumberOfMessages",
            "MessageAttributeNames",
            "ReceiveRequestAttemptId",
            "VisibilityTimeout",
            "WaitTimeSeconds",
            "Region",
        ),
    ),
    "SQS-DeleteMessage": Subtype(("ReceiptHandle", "QueueUrl"), ("Region",)),
    "SQS-PurgeQueue": Subtype(("QueueUrl",), ("Region",)),
    "AppConfig-GetConfiguration": Subtype(
        ("Application", "Environment", "Configuration", "ClientId"), ("ClientConfigurationVersion", "Region")
    ),
    "Kinesis-PutRecord": Subtype(
        ("StreamName", "Data", "PartitionKey"), ("SequenceNumberForOrdering", "ExplicitHashKey", "Region")
    ),
    "StepFunctions-StartExecution": Subtype(("StateMachineArn",), ("Name", "Input", "Region")),
    "StepFunctions-StartSyncExecution": Subtype(("StateMachineArn",), ("Name", "Input", "Region", "TraceHeader")),
    "StepFunctions-StopExecution": Subtype(("ExecutionArn",), ("Cause", "Error", "Region")),
}


def check_service_integration(integration: dict[str, Any]) -> None:
    """An AWS_PROXY integration with an `integrationSubtype`."""
    name = integration["integrationSubtype"]
    subtype = SUBTYPES.get(name)
    if subtype is None or integration["payloadFormatVersion"] != "1.0":
        raise bad_request(f"Operation: {name} is not supported.")
    if not integration.get("credentialsArn"):
        raise bad_request(f"Role ARN must be specified for AWS integration configuration with Subtype: {name}")
    if integration.get("integrationUri"):
        raise bad_request(
            f"IntegrationUri must not be specified for AWS integration configuration with Subtype: {name}"
        )
    if integration.get("responseParameters"):
        raise bad_request(
            f"ResponseParameters are not supported for AWS integration configuration with Subtype: {name}"
        )
    parameters = integration.get("requestParameters", {})
    if any(required not in parameters for required in subtype.required):
        raise bad_request(
            f"Operation: {name} requires enabling passthrough, or defining all of the following parameters: "
            f"[{', '.join(subtype.required)}]"
        )
    for key, value in parameters.items():
        if key not in subtype.required and key not in subtype.optional:
            raise bad_request(f"Operation: {name} does not support the parameter {key}")
        check_service_parameter(key, value)
