"""The variables in the environment of a function's process: those of AWS, the user's own, none of ours.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

from collections.abc import Mapping

from limen.functions.records import FunctionRecord, VersionRecord


def variables_of(
    function: FunctionRecord, version: VersionRecord, log_stream: str, passed: Mapping[str, str]
) -> dict[str, str]:
    """`passed` is what the settings of the host give to every function; reserved names win over the user's.

    No credentials are made up: a function that calls AWS has them from its own variables or from `passed`. Without
    any, SDKs would ask the metadata service of a machine in the cloud, and wait for it in vain elsewhere.
    """
    reserved = {
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": version.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(version.memory_size),
        "AWS_LAMBDA_LOG_GROUP_NAME": version.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_LOG_FORMAT": version.log_format,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_REGION": function.region,
        "AWS_DEFAULT_REGION": function.region,
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
    }
    if not version.runtime.startswith("provided"):
        reserved["AWS_EXECUTION_ENV"] = f"AWS_Lambda_{version.runtime}"
    if version.log_format == "JSON":
        reserved["AWS_LAMBDA_LOG_LEVEL"] = version.application_log_level
    defaults = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR"}
    return {**defaults, **passed, **version.environment, **reserved}
