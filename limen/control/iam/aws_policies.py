"""The managed policies that AWS has in every account: those that functions, gateways and their builders need.

https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html. AWS has more than a thousand; any of
them can be attached, one that is not in this table allows nothing here.
"""

from typing import Any

import orjson

from limen.store.documents import Document
from limen.store.reader import Reader

AWS_PREFIX = "arn:aws:iam::aws:policy/"
POLICY = "IamPolicy"

_LOGS = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
_VPC = (
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
)
_PUSH_LOGS = (
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:PutLogEvents",
    "logs:GetLogEvents",
    "logs:FilterLogEvents",
)
_IAM_READS = ("iam:GenerateCredentialReport", "iam:GenerateServiceLastAccessedDetails", "iam:Get*", "iam:List*")
_READ_LAMBDA = ("lambda:Get*", "lambda:List*", "logs:DescribeLogGroups", "logs:FilterLogEvents", "logs:GetLogEvents")
_APIS = "arn:aws:apigateway:*::/*"
_SERVICE_ROLE = "service-role/"


def _allow(*actions: str, resource: str = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


_STATEMENTS: dict[str, tuple[dict[str, Any], ...]] = {
    "AdministratorAccess": (_allow("*"),),
    "PowerUserAccess": (
        {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"},
        _allow("iam:CreateServiceLinkedRole", "iam:DeleteServiceLinkedRole", "iam:ListRoles"),
    ),
    "IAMFullAccess": (_allow("iam:*"),),
    "IAMReadOnlyAccess": (_allow(*_IAM_READS, "iam:SimulateCustomPolicy", "iam:SimulatePrincipalPolicy"),),
    "AmazonAPIGatewayAdministrator": (_allow("apigateway:*", resource=_APIS),),
    "AmazonAPIGatewayInvokeFullAccess": (
        _allow("execute-api:Invoke", "execute-api:ManageConnections", resource="arn:aws:execute-api:*:*:*"),
    ),
    "AmazonCognitoPowerUser": (_allow("cognito-identity:*", "cognito-idp:*", "cognito-sync:*", "iam:ListRoles"),),
    "AmazonCognitoReadOnly": (_allow("cognito-idp:Describe*", "cognito-idp:Get*", "cognito-idp:List*"),),
    "AWSLambda_FullAccess": (
        _allow("lambda:*", "iam:GetPolicy", "iam:GetPolicyVersion", "iam:GetRole", "iam:GetRolePolicy", "iam:List*"),
        _allow("logs:DescribeLogStreams", "logs:GetLogEvents", "logs:FilterLogEvents", "logs:DescribeLogGroups"),
        {
            **_allow("iam:PassRole"),
            "Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
        },
    ),
    "AWSLambda_ReadOnlyAccess": (_allow(*_READ_LAMBDA),),
    "AWSLambdaExecute": (
        _allow("logs:*", resource="arn:aws:logs:*:*:*"),
        _allow("s3:GetObject", "s3:PutObject", resource="arn:aws:s3:::*"),
    ),
    "AWSXrayWriteOnlyAccess": (
        _allow("xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets"),
    ),
    "AWSXRayDaemonWriteAccess": (
        _allow("xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets"),
    ),
    "CloudWatchLogsFullAccess": (_allow("logs:*"),),
    "CloudWatchLogsReadOnlyAccess": (
        _allow("logs:Describe*", "logs:Get*", "logs:List*", "logs:FilterLogEvents", "logs:TestMetricFilter"),
    ),
    _SERVICE_ROLE + "AmazonAPIGatewayPushToCloudWatchLogs": (_allow(*_PUSH_LOGS),),
    _SERVICE_ROLE + "AWSLambdaBasicExecutionRole": (_allow(*_LOGS),),
    _SERVICE_ROLE + "AWSLambdaVPCAccessExecutionRole": (_allow(*_LOGS, *_VPC),),
    _SERVICE_ROLE + "AWSLambdaRole": (_allow("lambda:InvokeFunction"),),
    _SERVICE_ROLE + "AWSLambdaDynamoDBExecutionRole": (
        _allow(*_LOGS, "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"),
        _allow("dynamodb:ListStreams"),
    ),
    _SERVICE_ROLE + "AWSLambdaSQSQueueExecutionRole": (
        _allow(*_LOGS, "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
    ),
    _SERVICE_ROLE + "AWSLambdaKinesisExecutionRole": (
        _allow(*_LOGS, "kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords"),
        _allow("kinesis:GetShardIterator", "kinesis:ListShards", "kinesis:ListStreams", "kinesis:SubscribeToShard"),
    ),
}
"""By path and name."""

AWS_POLICIES: dict[str, str] = {
    AWS_PREFIX + name: orjson.dumps({"Version": "2012-10-17", "Statement": statements}).decode()
    for name, statements in _STATEMENTS.items()
}
"""Documents by ARN."""


def is_of_aws(arn: str) -> bool:
    return arn.startswith(AWS_PREFIX)


def document_of(reader: Reader, parent: str, arn: str) -> str | None:
    """The default version of a managed policy as JSON; None where it is not there, or its content is not known."""
    if is_of_aws(arn):
        return AWS_POLICIES.get(arn)
    policy = reader.get(POLICY, parent, arn.rpartition("/")[2].lower())
    return default_document(policy) if policy is not None and policy["Arn"] == arn else None


def default_document(policy: Document) -> str:
    text: str = policy["_versions"][policy["DefaultVersionId"]]["Document"]
    return text
