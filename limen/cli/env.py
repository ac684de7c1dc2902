"""`limen env`: what SDKs and the aws command need to talk to this Limen, for `eval "$(limen env)"`."""

import shlex

import typer

from limen.cli.options import takes_settings
from limen.config import Settings

ENDPOINT_VARIABLES = (
    "AWS_ENDPOINT_URL_ACM",
    "AWS_ENDPOINT_URL_APIGATEWAYV2",
    "AWS_ENDPOINT_URL_API_GATEWAY",
    "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS",
    "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER",
    "AWS_ENDPOINT_URL_IAM",
    "AWS_ENDPOINT_URL_LAMBDA",
    "AWS_ENDPOINT_URL_STS",
)
"""AWS SDKs name them after the service id: "ApiGatewayV2", "API Gateway"."""


@takes_settings("data_dir", "host", "admin_port")
def env(settings: Settings) -> None:
    """Print shell exports for AWS SDKs. Use it as: eval "$(limen env)"."""
    from limen.cli.admin_port import AdminPort

    admin = AdminPort(settings)
    variables = {
        **dict.fromkeys(ENDPOINT_VARIABLES, admin.url),
        "AWS_CA_BUNDLE": str(admin.authority),
        "AWS_ACCESS_KEY_ID": admin.credentials.access_key_id,
        "AWS_SECRET_ACCESS_KEY": admin.credentials.secret_access_key,
        "AWS_DEFAULT_REGION": admin.region,
        "AWS_REGION": admin.region,
    }
    for name, value in variables.items():
        typer.echo(f"export {name}={shlex.quote(value)}")
