"""Resource-based policies of functions."""

import json

import pytest

from tests.control.functions.conftest import ARN, Lambda


def add(functions: Lambda, sid: str = "api", **members):
    given = {"FunctionName": "hello", "StatementId": sid, "Action": "lambda:InvokeFunction", "Principal": "*"}
    return json.loads(functions("AddPermission", **given | members)["Statement"])


def test_a_statement_is_written_as_aws_writes_it(functions: Lambda) -> None:
    functions.create()
    statement = add(
        functions,
        Principal="apigateway.amazonaws.com",
        SourceArn="arn:aws:execute-api:us-east-1:000000000000:abc/*",
        SourceAccount="000000000000",
    )
    assert statement == {
        "Sid": "api",
        "Effect": "Allow",
        "Principal": {"Service": "apigateway.amazonaws.com"},
        "Action": "lambda:InvokeFunction",
        "Resource": f"{ARN}:hello",
        "Condition": {
            "StringEquals": {"AWS:SourceAccount": "000000000000"},
            "ArnLike": {"AWS:SourceArn": "arn:aws:execute-api:us-east-1:000000000000:abc/*"},
        },
    }
    policy = functions("GetPolicy", FunctionName="hello")
    assert json.loads(policy["Policy"]) == {"Version": "2012-10-17", "Id": "default", "Statement": [statement]}


@pytest.mark.parametrize(
    ("principal", "written"),
    [
        ("*", "*"),
        ("111122223333", {"AWS": "arn:aws:iam::111122223333:root"}),
        ("arn:aws:iam::111122223333:role/x", {"AWS": "arn:aws:iam::111122223333:role/x"}),
        ("events.amazonaws.com", {"Service": "events.amazonaws.com"}),
    ],
)
def test_principals_are_told_apart(functions: Lambda, principal: str, written: object) -> None:
    functions.create()
    assert add(functions, Principal=principal)["Principal"] == written


def test_further_conditions_have_their_keys(functions: Lambda) -> None:
    functions.create()
    statement = add(
        functions,
        PrincipalOrgID="o-1234567890",
        EventSourceToken="token",
        FunctionUrlAuthType="NONE",
        InvokedViaFunctionUrl=True,
    )
    assert statement["Condition"] == {
        "StringEquals": {
            "lambda:EventSourceToken": "token",
            "lambda:FunctionUrlAuthType": "NONE",
            "aws:PrincipalOrgID": "o-1234567890",
        },
        "Bool": {"lambda:InvokedViaFunctionUrl": "true"},
    }


def test_a_qualifier_has_a_policy_of_its_own(functions: Lambda) -> None:
    functions.create(Publish=True)
    functions("CreateAlias", FunctionName="hello", Name="live", FunctionVersion="1")
    assert add(functions, Qualifier="live")["Resource"] == f"{ARN}:hello:live"
    assert add(functions, FunctionName="hello:1")["Resource"] == f"{ARN}:hello:1"
    missing = ("ResourceNotFoundException", 404, "The resource you requested does not exist.")
    assert functions.refuses("GetPolicy", FunctionName="hello") == missing
    assert len(json.loads(functions("GetPolicy", FunctionName="hello:live")["Policy"])["Statement"]) == 1
    given = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "*"}
    latest = functions.refuses("AddPermission", FunctionName="hello:$LATEST", **given)
    assert latest[2] == "We currently do not support adding policies for $LATEST."
    assert functions.refuses("AddPermission", FunctionName="hello:none", **given)[1] == 404


def test_statements_are_taken_out_one_by_one(functions: Lambda) -> None:
    functions.create()
    add(functions, "a")
    add(functions, "b")
    functions("RemovePermission", FunctionName="hello", StatementId="a")
    missing = ("ResourceNotFoundException", 404, "Statement a is not found in resource policy.")
    assert functions.refuses("RemovePermission", FunctionName="hello", StatementId="a") == missing
    functions("RemovePermission", FunctionName="hello", StatementId="b")
    assert functions.refuses("GetPolicy", FunctionName="hello")[1] == 404


def test_what_aws_refuses_is_refused_in_its_words(functions: Lambda) -> None:
    functions.create()
    add(functions, "a")

    def refusal(**members):
        given = {"FunctionName": "hello", "StatementId": "a", "Action": "lambda:InvokeFunction", "Principal": "*"}
        return functions.refuses("AddPermission", **given | members)

    assert refusal() == (
        "ResourceConflictException",
        409,
        "The statement id (a) provided already exists. Please provide a new statement id, or remove the existing "
        "statement.",
    )
    message = "The provided principal was invalid. Please check the principal and try again."
    assert refusal(StatementId="b", Principal="nobody")[2] == message
    assert refusal(StatementId="b", RevisionId="old")[1] == 412
    revision = functions("GetPolicy", FunctionName="hello")["RevisionId"]
    add(functions, "b", RevisionId=revision)
    code, status, _ = refusal(StatementId="c", SourceArn=f"arn:aws:s3:::{'x' * 21000}")
    assert (code, status) == ("PolicyLengthExceededException", 400)


@pytest.mark.parametrize("name", ["hello", "hello:1", "hello:live"])
def test_a_policy_has_the_revision_of_what_it_is_of(functions: Lambda, name: str) -> None:
    functions.create(Publish=True)
    functions("CreateAlias", FunctionName="hello", Name="live", FunctionVersion="1")

    def revision() -> str:
        if name.endswith("live"):
            return str(functions("GetAlias", FunctionName="hello", Name="live")["RevisionId"])
        return str(functions("GetFunctionConfiguration", FunctionName=name)["RevisionId"])

    before = revision()
    add(functions, FunctionName=name, RevisionId=before)
    assert functions("GetPolicy", FunctionName=name)["RevisionId"] == revision() != before
    stale = functions.refuses("RemovePermission", FunctionName=name, StatementId="api", RevisionId=before)
    assert stale == (
        "PreconditionFailedException",
        412,
        "The Revision Id provided does not match the latest Revision Id. "
        "Call the GetPolicy API to retrieve the latest Revision Id",
    )
    functions("RemovePermission", FunctionName=name, StatementId="api", RevisionId=revision())


def test_without_a_policy_there_is_no_statement_to_remove(functions: Lambda) -> None:
    functions.create()
    assert functions.refuses("RemovePermission", FunctionName="hello", StatementId="a") == (
        "ResourceNotFoundException",
        404,
        "No policy is associated with the given resource.",
    )
