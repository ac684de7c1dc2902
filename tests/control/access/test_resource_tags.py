"""Tags of APIs decide who may do what with them: the examples of the guide, "Using tags to control access"."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from limen.aws.call import AwsCall, Client
from limen.aws.errors import AwsError
from limen.aws.identities import Principal
from limen.control.access.guard import authorize
from limen.control.access.resource_tags import resource_tag_context
from limen.store.store import Store

SCOPE = "000000000000/us-east-1"
ALL: dict[str, Any] = {"Effect": "Allow", "Action": "apigateway:*", "Resource": "*"}
BY_TAG = ALL | {"Condition": {"StringEquals": {"aws:ResourceTag/iamrole": "readWrite"}}}


@pytest.fixture
def store() -> Iterator[Store]:
    opened = Store.open("sqlite://")
    with opened.transaction() as transaction:
        transaction.put("RestApi", SCOPE, "rest1", {"tags": {"Stage": "prod", "iamrole": "readWrite"}})
        transaction.put("Stage", "rest1", "beta", {"tags": {"Stage": "beta"}})
        transaction.put("RestApi", SCOPE, "rest2", {})
        transaction.put("Api", SCOPE, "http1", {"tags": {"iamrole": "readWrite"}})
        transaction.put("DomainName", SCOPE, "*.example.com", {"tags": {"iamrole": "readWrite"}})
    yield opened
    opened.close()


def call(method: str, path: str, *statements: dict[str, Any]) -> AwsCall:
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    arn = "arn:aws:iam::000000000000:user/ci"
    caller = Principal(kind="User", arn=arn, account="000000000000", user_id="AIDA", policies=(policy,))
    client = Client("127.0.0.1")
    return AwsCall(
        "apigateway",
        "Any",
        {},
        "000000000000",
        "us-east-1",
        "",
        "r",
        caller=caller,
        client=client,
        method=method,
        path=path,
    )


def may(store: Store, asked: AwsCall) -> bool:
    with store.reader() as reader:
        try:
            authorize(asked, reader)
        except AwsError:
            return False
    return True


@pytest.mark.parametrize(
    ("path", "is_allowed"),
    [
        ("/restapis/rest1", True),
        ("/restapis/rest1/resources/x/methods/GET", True),
        ("/restapis/rest1/stages/beta", True),
        ("/restapis/rest2", False),
        ("/restapis/none", False),
        ("/restapis", False),
        ("/v2/apis/http1/routes", True),
        ("/domainnames/*.example.com/basepathmappings", True),
        ("/tags/arn:aws:apigateway:us-east-1::%2Frestapis%2Frest1", True),
        ("/tags/arn%3Aaws%3Aapigateway%3Aus-east-1%3A%3A%2Frestapis%2Frest1", True),
        ("/v2/tags/arn:aws:apigateway:us-east-1::%2Fapis%2Fhttp1", True),
        ("/tags/arn:aws:apigateway:us-east-1::%2Frestapis%2Frest2", False),
        ("/tags/nothing", False),
    ],
)
def test_what_has_a_tag_may_be_changed(store: Store, path: str, is_allowed: bool) -> None:
    assert may(store, call("PATCH", path, BY_TAG)) is is_allowed


def test_what_has_a_tag_is_protected(store: Store) -> None:
    deny = ALL | {"Effect": "Deny", "Condition": {"StringEquals": {"aws:ResourceTag/stage": "prod"}}}
    assert not may(store, call("DELETE", "/restapis/rest1", ALL, deny))
    assert not may(store, call("POST", "/restapis/rest1/deployments", ALL, deny))
    assert may(store, call("PATCH", "/restapis/rest1/stages/beta", ALL, deny))
    assert may(store, call("DELETE", "/restapis/rest2", ALL, deny))


def test_tags_of_other_services_are_not_known(store: Store) -> None:
    allow = {"Effect": "Allow", "Action": "lambda:*", "Resource": "*"}
    deny = allow | {"Effect": "Deny", "Condition": {"StringEquals": {"aws:ResourceTag/stage": "prod"}}}
    asked = call("GET", "/2015-03-31/functions", allow, deny)
    other = AwsCall("lambda", "ListFunctions", {}, asked.account, asked.region, "", "r", caller=asked.caller)
    assert not may(store, other)


def test_the_tag_of_a_stage_itself_counts(store: Store) -> None:
    with store.reader() as reader:
        found = resource_tag_context(call("GET", "/restapis/rest1/stages/beta"), reader)
    assert found == {"aws:resourcetag/stage": "beta", "aws:resourcetag/iamrole": "readWrite"}
