"""Which action on which resource a call is weighed by, for each service."""

from collections.abc import Iterator
from typing import Any

import pytest

from limen.aws.call import AwsCall
from limen.aws.directory import Meant
from limen.aws.identities import Principal
from limen.aws.service_model import load_service
from limen.control.access.actions import askings_of
from limen.control.operations import OPERATIONS
from limen.store.store import Store

ACCOUNT = "000000000000"
GATEWAY, IAM = "arn:aws:apigateway:us-east-1::", f"arn:aws:iam::{ACCOUNT}:"
RULES = f"arn:aws:apigateway:us-east-1:{ACCOUNT}:/domainnames/a.test/routingrules"
LAMBDA, LOGS = f"arn:aws:lambda:us-east-1:{ACCOUNT}:", f"arn:aws:logs:us-east-1:{ACCOUNT}:"
SERVICES = {name: load_service(name) for name in OPERATIONS}
CALLER = Principal(kind="User", arn=f"{IAM}user/x/ci", account=ACCOUNT, user_id="AIDA", name="ci")
ROLE = f"{IAM}role/fn"


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    opened = Store.open("sqlite://")
    with opened.transaction() as transaction:
        transaction.put("IamUser", f"{ACCOUNT}/iam", "ana", {"UserName": "ana", "Arn": f"{IAM}user/team/ana"})
    yield opened
    opened.close()


def asked(
    store: Store, service: str, name: str, labels: dict[str, str], members: dict[str, Any]
) -> list[tuple[str, str]]:
    operation = SERVICES[service].operation(name)
    call = AwsCall(
        service,
        name,
        {**labels, **members},
        ACCOUNT,
        "us-east-1",
        "AKID",
        "request",
        caller=CALLER,
        method=operation.method,
        path=Meant(operation, labels).path,
    )
    with store.reader() as reader:
        return [(asking.action, asking.resource) for asking in askings_of(call, reader)]


@pytest.mark.parametrize(
    ("service", "operation", "labels", "members", "expected"),
    [
        ("apigateway", "GetRestApis", {}, {}, [("apigateway:GET", f"{GATEWAY}/restapis")]),
        (
            "apigatewayv2",
            "CreateApiMapping",
            {"domainName": "a.test"},
            {"apiId": "a1", "stage": "prod"},
            [("apigateway:POST", f"{GATEWAY}/domainnames/a.test/apimappings")],
        ),
        *(
            (
                "apigatewayv2",
                operation,
                {"domainName": "a.test"} | ({"routingRuleId": rule} if rule != "*" else {}),
                {},
                [(action, f"{RULES}/{rule}")],
            )
            for operation, rule, action in (
                ("CreateRoutingRule", "*", "apigateway:CreateRoutingRule"),
                ("ListRoutingRules", "*", "apigateway:ListRoutingRules"),
                ("GetRoutingRule", "r1", "apigateway:GetRoutingRule"),
                ("PutRoutingRule", "r1", "apigateway:CreateRoutingRule"),
                ("DeleteRoutingRule", "r1", "apigateway:DeleteRoutingRule"),
            )
        ),
        (
            "apigatewayv2",
            "CreateDomainName",
            {},
            {"domainName": "a.test", "mutualTlsAuthentication": {"truststoreUri": "s3://b/k"}},
            [
                ("apigateway:POST", f"{GATEWAY}/domainnames"),
                ("apigateway:AddCertificateToDomain", f"{GATEWAY}/domainnames"),
                ("s3:GetObject", "arn:aws:s3:::b/k"),
            ],
        ),
        *(
            (
                "apigateway",
                "UpdateDomainName",
                {"domain_name": "a.test"},
                {"patchOperations": [{"op": op, "path": f"/mutualTlsAuthentication/{name}", "value": value}]},
                [
                    ("apigateway:PATCH", f"{GATEWAY}/domainnames/a.test"),
                    (f"apigateway:{action}", f"{GATEWAY}/domainnames/a.test"),
                ],
            )
            for op, name, value, action in (
                ("replace", "truststoreUri", "", "RemoveCertificateFromDomain"),
                ("remove", "truststoreUri", None, "RemoveCertificateFromDomain"),
                ("remove", "truststoreUri", "s3://trust/c", "RemoveCertificateFromDomain"),
                ("replace", "truststoreVersion", "2", "AddCertificateToDomain"),
            )
        ),
        (
            "apigateway",
            "PutIntegration",
            {"restapi_id": "a1", "resource_id": "r", "http_method": "GET"},
            {"type": "AWS", "credentials": ROLE},
            [
                ("apigateway:PUT", f"{GATEWAY}/restapis/a1/resources/r/methods/GET/integration"),
                ("iam:PassRole", ROLE),
            ],
        ),
        (
            "apigateway",
            "PutIntegration",
            {"restapi_id": "a1", "resource_id": "r", "http_method": "GET"},
            {"credentials": "arn:aws:iam::*:user/*"},
            [("apigateway:PUT", f"{GATEWAY}/restapis/a1/resources/r/methods/GET/integration")],
        ),
        (
            "apigateway",
            "UpdateRestApi",
            {"restapi_id": "a1"},
            {"patchOperations": [{"op": "replace", "path": "/policy", "value": "{}"}]},
            [
                ("apigateway:PATCH", f"{GATEWAY}/restapis/a1"),
                ("apigateway:UpdateRestApiPolicy", f"{GATEWAY}/restapis/a1"),
            ],
        ),
        (
            "apigateway",
            "ImportRestApi",
            {},
            {
                "body": b'{"x-amazon-apigateway-pol\\u0069cy": {}, "paths": {"/": {"get": '
                b'{"x-amazon-apigateway-integration": {"credentials": "' + ROLE.encode() + b'"}}}}}'
            },
            [
                ("apigateway:POST", f"{GATEWAY}/restapis"),
                ("apigateway:UpdateRestApiPolicy", f"{GATEWAY}/restapis"),
                ("iam:PassRole", ROLE),
            ],
        ),
        (
            "apigateway",
            "DeleteRestApi",
            {"restapi_id": "a1/stages/x"},
            {},
            [("apigateway:DELETE", f"{GATEWAY}/restapis/a1%2Fstages%2Fx")],
        ),
        (
            "apigateway",
            "TagResource",
            {"resource_arn": f"{GATEWAY}/restapis/a1"},
            {},
            [("apigateway:PUT", f"{GATEWAY}/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Frestapis%2Fa1")],
        ),
        (
            "apigatewayv2",
            "UpdateRoute",
            {"apiId": "a1", "routeId": "r1"},
            {},
            [("apigateway:PATCH", f"{GATEWAY}/apis/a1/routes/r1")],
        ),
        (
            "lambda",
            "Invoke",
            {"FunctionName": "orders:live"},
            {},
            [("lambda:InvokeFunction", f"{LAMBDA}function:orders:live")],
        ),
        (
            "lambda",
            "Invoke",
            {"FunctionName": f"{LAMBDA}function:orders"},
            {"Qualifier": "2"},
            [("lambda:InvokeFunction", f"{LAMBDA}function:orders:2")],
        ),
        (
            "lambda",
            "CreateFunction",
            {},
            {"FunctionName": "orders", "Role": ROLE},
            [("lambda:CreateFunction", f"{LAMBDA}function:orders"), ("iam:PassRole", ROLE)],
        ),
        (
            "lambda",
            "CreateFunction",
            {},
            {"FunctionName": "orders", "Code": {"S3Bucket": "code", "S3Key": "a/b.zip"}},
            [("lambda:CreateFunction", f"{LAMBDA}function:orders"), ("s3:GetObject", "arn:aws:s3:::code/a/b.zip")],
        ),
        (
            "lambda",
            "UpdateFunctionCode",
            {"FunctionName": "orders"},
            {"S3Bucket": "code", "S3Key": "b.zip", "S3ObjectVersion": "7"},
            [
                ("lambda:UpdateFunctionCode", f"{LAMBDA}function:orders"),
                ("s3:GetObjectVersion", "arn:aws:s3:::code/b.zip"),
            ],
        ),
        (
            "lambda",
            "PublishLayerVersion",
            {"LayerName": "deps"},
            {"Content": {"S3Bucket": "code", "S3Key": "b.zip"}},
            [("lambda:PublishLayerVersion", f"{LAMBDA}layer:deps"), ("s3:GetObject", "arn:aws:s3:::code/b.zip")],
        ),
        (
            "lambda",
            "CreateFunction",
            {},
            {"FunctionName": "orders", "Code": {"S3Bucket": "local-directory", "S3Key": "/srv"}},
            [("lambda:CreateFunction", f"{LAMBDA}function:orders")],
        ),
        (
            "apigateway",
            "CreateDomainName",
            {},
            {"domainName": "a.test", "mutualTlsAuthentication": {"truststoreUri": "s3://trust/clients.pem"}},
            [
                ("apigateway:POST", f"{GATEWAY}/domainnames"),
                ("apigateway:AddCertificateToDomain", f"{GATEWAY}/domainnames"),
                ("s3:GetObject", "arn:aws:s3:::trust/clients.pem"),
            ],
        ),
        (
            "apigateway",
            "UpdateDomainName",
            {"domain_name": "a.test"},
            {
                "patchOperations": [
                    {"op": "replace", "path": "/mutualTlsAuthentication/truststoreUri", "value": "s3://trust/c"},
                    {"op": "replace", "path": "/mutualTlsAuthentication/truststoreVersion", "value": "7"},
                ]
            },
            [
                ("apigateway:PATCH", f"{GATEWAY}/domainnames/a.test"),
                ("apigateway:AddCertificateToDomain", f"{GATEWAY}/domainnames/a.test"),
                ("s3:GetObjectVersion", "arn:aws:s3:::trust/c"),
            ],
        ),
        (
            "lambda",
            "GetLayerVersion",
            {"LayerName": "deps", "VersionNumber": "3"},
            {},
            [("lambda:GetLayerVersion", f"{LAMBDA}layer:deps:3")],
        ),
        ("lambda", "ListFunctions", {}, {}, [("lambda:ListFunctions", "*")]),
        ("lambda", "TagResource", {"Resource": "arn:x"}, {}, [("lambda:TagResource", "arn:x")]),
        ("acm", "RequestCertificate", {}, {"DomainName": "a.test"}, [("acm:RequestCertificate", "*")]),
        (
            "acm",
            "DeleteCertificate",
            {},
            {"CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/1"},
            [("acm:DeleteCertificate", "arn:aws:acm:us-east-1:000000000000:certificate/1")],
        ),
        ("logs", "DescribeLogGroups", {}, {}, [("logs:DescribeLogGroups", f"{LOGS}log-group::log-stream:")]),
        (
            "logs",
            "FilterLogEvents",
            {},
            {"logGroupIdentifier": f"{LOGS}log-group:orders:*"},
            [("logs:FilterLogEvents", f"{LOGS}log-group:orders:log-stream:")],
        ),
        (
            "logs",
            "GetLogEvents",
            {},
            {"logGroupName": "orders", "logStreamName": "s"},
            [("logs:GetLogEvents", f"{LOGS}log-group:orders:log-stream:s")],
        ),
        ("iam", "ListUsers", {}, {}, [("iam:ListUsers", "arn:aws:iam::000000000000:user/")]),
        ("iam", "ListRoles", {}, {"PathPrefix": "/x/"}, [("iam:ListRoles", "arn:aws:iam::000000000000:role/x/")]),
        ("iam", "ListPolicies", {}, {}, [("iam:ListPolicies", "*")]),
        ("iam", "GetUser", {}, {"UserName": "Ana"}, [("iam:GetUser", f"{IAM}user/team/ana")]),
        ("iam", "GetUser", {}, {}, [("iam:GetUser", CALLER.arn)]),
        ("iam", "CreateUser", {}, {"UserName": "new", "Path": "/x/"}, [("iam:CreateUser", f"{IAM}user/x/new")]),
        (
            "iam",
            "AddUserToGroup",
            {},
            {"UserName": "ana", "GroupName": "team"},
            [("iam:AddUserToGroup", f"{IAM}group/team")],
        ),
        (
            "iam",
            "AttachUserPolicy",
            {},
            {"UserName": "ana", "PolicyArn": "arn:p"},
            [("iam:AttachUserPolicy", f"{IAM}user/team/ana")],
        ),
        ("iam", "DeletePolicy", {}, {"PolicyArn": "arn:p"}, [("iam:DeletePolicy", "arn:p")]),
        ("iam", "CreatePolicy", {}, {"PolicyName": "p"}, [("iam:CreatePolicy", f"{IAM}policy/p")]),
        ("sts", "GetCallerIdentity", {}, {}, []),
        ("sts", "GetFederationToken", {}, {"Name": "x"}, [("sts:GetFederationToken", "*")]),
    ],
)
def test_what_a_call_asks(
    store: Store,
    service: str,
    operation: str,
    labels: dict[str, str],
    members: dict[str, Any],
    expected: list[tuple[str, str]],
):
    assert asked(store, service, operation, labels, members) == expected


def test_every_operation_is_weighed_but_for_three(store: Store):
    unweighed = set()
    for service, operations in OPERATIONS.items():
        for name in operations:
            operation = SERVICES[service].operation(name)
            members = operation.input.members if operation.input is not None else {}
            required = {wire: "x" for wire, member in members.items() if member.is_required}
            if not asked(store, service, name, {"x": "y"}, required):
                unweighed.add((service, name))

    assert unweighed == {("sts", "GetCallerIdentity"), ("sts", "GetSessionToken"), ("sts", "AssumeRole")}


def test_what_a_call_carries_is_context(store: Store):
    call = AwsCall("iam", "AttachUserPolicy", {"UserName": "ana", "PolicyArn": "arn:p"}, ACCOUNT, "us-east-1", "", "r")
    tagging = AwsCall("iam", "TagUser", {"UserName": "a", "Tags": [{"Key": "T", "Value": "1"}]}, ACCOUNT, "", "", "r")
    with store.reader() as reader:
        assert askings_of(call, reader)[0].context == {"iam:policyarn": "arn:p"}
        assert askings_of(tagging, reader)[0].context == {"aws:requesttag/t": "1", "aws:tagkeys": ["T"]}


def test_rules_are_weighed_by_priority_and_base_paths(store: Store) -> None:
    def rule(priority: int, path: str) -> dict[str, Any]:
        return {"priority": priority, "conditions": [{"matchBasePaths": {"anyOf": [path]}}]}

    with store.transaction() as transaction:
        transaction.put("RoutingRule", "domain/a.test", "r1", rule(1, "old"))
    members = {"domainName": "a.test", "routingRuleId": "r1", **rule(2, "new")}
    call = AwsCall("apigatewayv2", "PutRoutingRule", members, ACCOUNT, "us-east-1", "AKID", "request", caller=CALLER)
    with store.reader() as reader:
        (asking,) = askings_of(call, reader)
    assert asking.context == {
        "apigateway:request/priority": "2",
        "apigateway:request/conditionbasepaths": ["new"],
        "apigateway:resource/priority": "1",
        "apigateway:resource/conditionbasepaths": ["old"],
    }


@pytest.mark.parametrize(("version", "action"), [("7", "s3:GetObjectVersion"), ("", "s3:GetObject")])
def test_another_version_of_a_truststore_is_one_of_the_object_that_the_domain_name_has(
    store: Store, version: str, action: str
) -> None:
    stored = {"domainName": "a.test", "mutualTlsAuthentication": {"truststoreUri": "s3://trust/c"}}
    with store.transaction() as transaction:
        transaction.put("DomainName", f"{ACCOUNT}/us-east-1", "a.test", stored)
    members = {"domainName": "a.test", "mutualTlsAuthentication": {"truststoreVersion": version}}
    call = AwsCall("apigatewayv2", "UpdateDomainName", members, ACCOUNT, "us-east-1", "AKID", "request", caller=CALLER)
    with store.reader() as reader:
        asked = [(asking.action, asking.resource) for asking in askings_of(call, reader)]
    assert (action, "arn:aws:s3:::trust/c") in asked
