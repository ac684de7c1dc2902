"""AWS services that an HTTP API calls by itself: what AWS refuses of an integration with a subtype.

Developer guide, Integration subtype reference; every subtype has version 1.0.
"""

from typing import Any

from limen.aws.errors import bad_request
from limen.control.v2.parameter_mapping import check_response_parameters, check_value
from limen.integrations.subtypes.actions import ACTIONS
from limen.integrations.subtypes.values import find_value_problem


def check_service_integration(integration: dict[str, Any]) -> None:
    """An AWS_PROXY integration with an `integrationSubtype`."""
    name = integration["integrationSubtype"]
    action = ACTIONS.get(name)
    if action is None or integration["payloadFormatVersion"] != "1.0":
        raise bad_request(f"Operation: {name} is not supported.")
    if not integration.get("credentialsArn"):
        raise bad_request(f"Role ARN must be specified for AWS integration configuration with Subtype: {name}")
    if integration.get("integrationUri"):
        raise bad_request(
            f"IntegrationUri must not be specified for AWS integration configuration with Subtype: {name}"
        )
    parameters = integration.get("requestParameters", {})
    if any(required not in parameters for required in action.required):
        raise bad_request(
            f"Operation: {name} requires enabling passthrough, or defining all of the following parameters: "
            f"[{', '.join(action.required)}]"
        )
    for key, value in parameters.items():
        parameter = action.parameters.get(key)
        if parameter is None:
            raise bad_request(f"Operation: {name} does not support the parameter {key}")
        check_value(key, value, find_value_problem(value, parameter.kind) if value else None)
    check_response_parameters(integration.get("responseParameters", {}))
