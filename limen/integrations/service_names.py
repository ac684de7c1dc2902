"""What is to be known of AWS services to call them by a URI: names in signatures, targets of actions, versions, hosts.

Rows are named as URIs of integrations name services (`states`, not `stepfunctions`), which is botocore's
`endpointPrefix`; tests/integrations/test_service_names.py compares the table with botocore. A service that is not in
it is signed for under its own name.
https://docs.aws.amazon.com/general/latest/gr/rande.html
"""

from msgspec import Struct

from limen.aws.arn import partition_of


class ServiceName(Struct, frozen=True, kw_only=True):
    """What differs from the rule; an empty text: the rule applies, or the service has no such thing."""

    signing_name: str = ""
    host: str = ""
    """What its host names begin with."""
    target: str = ""
    """What X-Amz-Target begins with in front of `.Action`."""
    json: str = ""
    """The number in `application/x-amz-json-1.1`."""
    is_query: bool = False
    """Actions and their parameters are form fields, in the query string or in the body."""
    version: str = ""
    """The `Version` without which actions of the query protocol are refused."""
    also: tuple[str, ...] = ()
    """Other names in `LIMEN_AWS_ENDPOINT_URL_...`: those that AWS_ENDPOINT_URL_... has for it, and what people say."""


class GlobalHost(Struct, frozen=True):
    """A service with one endpoint for all regions of a partition."""

    host: str
    region: str
    """The one that it is signed for."""


def find_service(name: str) -> tuple[str, ServiceName]:
    """A subdomain and the row: `a1b2.appsync-api` is `appsync-api` under the subdomain `a1b2`."""
    known = SERVICES.get(name)
    if known is not None:
        return "", known
    subdomain, _, label = name.rpartition(".")
    return subdomain, SERVICES.get(label, ServiceName())


def signing_name_of(name: str) -> str:
    _, known = find_service(name)
    return known.signing_name or name.rpartition(".")[2]


def host_of(name: str, region: str) -> str:
    """The host that AWS answers at, as `s3.eu-central-1.amazonaws.com`."""
    partition = partition_of(region)
    everywhere = GLOBAL.get(name, {}).get(partition)
    if everywhere is not None:
        return everywhere.host
    subdomain, known = find_service(name)
    host = name
    if known.host:
        host = f"{subdomain}.{known.host.rpartition('.')[2]}" if subdomain else known.host
    return f"{host}.{region}.{SUFFIXES.get(partition, 'amazonaws.com')}"


def signing_region_of(name: str, region: str) -> str:
    everywhere = GLOBAL.get(name, {}).get(partition_of(region))
    return region if everywhere is None else everywhere.region


def setting_names_of(name: str) -> tuple[str, ...]:
    """Under which names the endpoint of a service may be set, in lower case with underscores."""
    _, known = find_service(name)
    label = name if name in SERVICES else name.rpartition(".")[2]
    return tuple(alias.replace("-", "_").replace(".", "_") for alias in (label, *known.also))


def _json(target: str, json: str = "1.1", *also: str, signing_name: str = "") -> ServiceName:
    return ServiceName(target=target, json=json, also=also, signing_name=signing_name)


def _query(version: str, *also: str, signing_name: str = "") -> ServiceName:
    return ServiceName(is_query=True, version=version, also=also, signing_name=signing_name)


def _rest(*also: str, signing_name: str = "", host: str = "") -> ServiceName:
    return ServiceName(also=also, signing_name=signing_name, host=host)


SERVICES: dict[str, ServiceName] = {
    "acm": _json("CertificateManager"),
    "api.ecr": _json("AmazonEC2ContainerRegistry_V20150921", "1.1", "ecr", signing_name="ecr"),
    "api.sagemaker": _json("SageMaker", "1.1", "sagemaker", signing_name="sagemaker"),
    "apigateway": _rest("api_gateway"),
    "appsync": _rest(),
    "appsync-api": _rest(signing_name="appsync"),
    "aps": _rest("amp"),
    "athena": _json("AmazonAthena"),
    "autoscaling": _query("2011-01-01", "auto_scaling"),
    "batch": _rest(),
    "bedrock-agent-runtime": _rest(signing_name="bedrock"),
    "bedrock-runtime": _rest(signing_name="bedrock"),
    "cloudformation": _query("2010-05-15"),
    "cloudfront": _rest(),
    "codebuild": _json("CodeBuild_20161006"),
    "codepipeline": _json("CodePipeline_20150709"),
    "cognito-identity": _json("AWSCognitoIdentityService"),
    "cognito-idp": _json("AWSCognitoIdentityProviderService", "1.1", "cognito_identity_provider"),
    "comprehend": _json("Comprehend_20171127"),
    "config": _json("StarlingDoveService", "1.1", "config_service"),
    "dynamodb": _json("DynamoDB_20120810", "1.0"),
    "ec2": _query("2016-11-15"),
    "ecs": _json("AmazonEC2ContainerServiceV20141113"),
    "elasticache": _query("2015-02-02"),
    "elasticloadbalancing": _query("2015-12-01", "elastic_load_balancing_v2", "elbv2"),
    "elasticmapreduce": _json("ElasticMapReduce", "1.1", "emr"),
    "email": _query("2010-12-01", "ses", "sesv2", signing_name="ses"),
    "es": _rest("opensearch", "elasticsearch_service"),
    "events": _json("AWSEvents", "1.1", "eventbridge"),
    "execute-api": _rest(),
    "firehose": _json("Firehose_20150804"),
    "geo": _rest("location"),
    "glue": _json("AWSGlue"),
    "iam": _query("2010-05-08"),
    "iot": _rest(),
    "iotdata": _rest("iot_data", "iot_data_plane", host="data-ats.iot"),
    "kendra": _json("AWSKendraFrontendService"),
    "kinesis": _json("Kinesis_20131202"),
    "kms": _json("TrentService"),
    "lambda": _rest(),
    "logs": _json("Logs_20140328", "1.1", "cloudwatch_logs"),
    "monitoring": _query("2010-08-01", "cloudwatch"),
    "organizations": _json("AWSOrganizationsV20161128"),
    "personalize-runtime": _rest(signing_name="personalize"),
    "pinpoint": _rest(signing_name="mobiletargeting"),
    "polly": _rest(),
    "query.timestream": _json("Timestream_20181101", "1.0", "timestream_query", signing_name="timestream"),
    "ingest.timestream": _json("Timestream_20181101", "1.0", "timestream_write", signing_name="timestream"),
    "rds": _query("2014-10-31"),
    "rds-data": _rest(),
    "redshift-data": _json("RedshiftData"),
    "rekognition": _json("RekognitionService"),
    "route53": _rest("route_53"),
    "runtime-v2-lex": _rest("lex_runtime_v2", "lexv2_runtime", signing_name="lex"),
    "runtime.lex": _rest("lex_runtime_service", "lex_runtime", signing_name="lex"),
    "runtime.sagemaker": _rest("sagemaker_runtime", signing_name="sagemaker"),
    "s3": _rest(),
    "scheduler": _rest(),
    "secretsmanager": _json("secretsmanager", "1.1", "secrets_manager"),
    "servicediscovery": _json("Route53AutoNaming_v20170314"),
    "sns": _query(""),
    "sqs": _query(""),
    "ssm": _json("AmazonSSM"),
    "states": _json("AWSStepFunctions", "1.0", "sfn", "stepfunctions", "step_functions"),
    "streams.dynamodb": _json("DynamoDBStreams_20120810", "1.0", "dynamodb_streams", signing_name="dynamodb"),
    "sts": _query("2011-06-15"),
    "swf": _json("SimpleWorkflowService", "1.0"),
    "textract": _json("Textract"),
    "transcribe": _json("Transcribe"),
    "translate": _json("AWSShineFrontendService_20170701"),
    "xray": _rest(),
}
"""Queues and topics take actions without a version, as the guides to them are written."""

GLOBAL: dict[str, dict[str, GlobalHost]] = {
    "cloudfront": {
        "aws": GlobalHost("cloudfront.amazonaws.com", "us-east-1"),
        "aws-cn": GlobalHost("cloudfront.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1"),
    },
    "iam": {
        "aws": GlobalHost("iam.amazonaws.com", "us-east-1"),
        "aws-cn": GlobalHost("iam.cn-north-1.amazonaws.com.cn", "cn-north-1"),
        "aws-us-gov": GlobalHost("iam.us-gov.amazonaws.com", "us-gov-west-1"),
    },
    "organizations": {
        "aws": GlobalHost("organizations.us-east-1.amazonaws.com", "us-east-1"),
        "aws-cn": GlobalHost("organizations.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1"),
        "aws-us-gov": GlobalHost("organizations.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
    },
    "route53": {
        "aws": GlobalHost("route53.amazonaws.com", "us-east-1"),
        "aws-cn": GlobalHost("route53.amazonaws.com.cn", "cn-northwest-1"),
        "aws-us-gov": GlobalHost("route53.us-gov.amazonaws.com", "us-gov-west-1"),
    },
}

SUFFIXES: dict[str, str] = {
    "aws-cn": "amazonaws.com.cn",
    "aws-eusc": "amazonaws.eu",
    "aws-iso": "c2s.ic.gov",
    "aws-iso-b": "sc2s.sgov.gov",
    "aws-iso-e": "cloud.adc-e.uk",
    "aws-iso-f": "csp.hci.ic.gov",
}
"""What host names end with, by partition."""
