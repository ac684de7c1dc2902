"""One operation, one transaction."""

import pytest

from limen.aws.call import AwsCall
from limen.aws.errors import AwsError
from limen.aws.service_model import load_service
from limen.control.call import ControlSettings
from limen.control.invoke import make_invoke
from limen.control.operations import OPERATIONS
from limen.store import Store

NOT_YET = ("Portal", "ProductPage", "ProductRestEndpointPage", "RoutingRule")


def call(operation, **members):
    return AwsCall("apigatewayv2", operation, members, "000000000000", "us-east-1", "key", "request")


@pytest.fixture
def store(tmp_path):
    opened = Store.open(f"sqlite:///{tmp_path}/limen.db")
    yield opened
    opened.close()


def test_every_operation_of_http_apis_is_there():
    known = set(load_service("apigatewayv2").operation_names)
    missing = known - OPERATIONS["apigatewayv2"].keys()
    assert all(any(family in operation for family in NOT_YET) for operation in missing)
    assert OPERATIONS["apigatewayv2"].keys() <= known


def test_operations_of_rest_apis_have_the_names_of_aws():
    assert OPERATIONS["apigateway"].keys() <= set(load_service("apigateway").operation_names)


def test_an_invocation_that_only_tries_out_writes_nothing(store, monkeypatch):
    def try_out(call, members):
        assert not hasattr(call.documents, "put")
        return {"status": 200}

    monkeypatch.setitem(OPERATIONS["apigateway"], "TestInvokeMethod", try_out)
    aws = AwsCall("apigateway", "TestInvokeMethod", {}, "000000000000", "us-east-1", "key", "request")
    assert make_invoke(store, ControlSettings("000000000000"))(aws) == {"status": 200}


def test_a_missing_operation_is_refused_by_name(store):
    with pytest.raises(AwsError, match="Limen does not implement CreatePortal yet") as refused:
        make_invoke(store, ControlSettings("000000000000"))(call("CreatePortal"))
    assert refused.value.status == 400


def test_a_failure_takes_back_all_that_was_done(store, monkeypatch):
    def create_and_fail(call, members):
        call.documents.put("Api", call.scope, "abc", {})
        raise AwsError("BadRequestException", "no", 400)

    monkeypatch.setitem(OPERATIONS["apigatewayv2"], "CreateApi", create_and_fail)
    with pytest.raises(AwsError):
        make_invoke(store, ControlSettings("000000000000"))(call("CreateApi"))
    with store.reader() as reader:
        assert [*reader.all("Api")] == []


def test_a_store_that_others_hold_is_a_conflict(tmp_path):
    url = f"sqlite:///{tmp_path}/limen.db"
    ours, theirs = Store.open(url, busy_timeout=0.05), Store.open(url)
    invoke = make_invoke(ours, ControlSettings("000000000000"))
    with theirs.transaction() as transaction:
        transaction.put("Api", "a", "b", {})
        with pytest.raises(AwsError) as refused:
            invoke(call("CreateApi", name="a", protocolType="HTTP"))
    assert (refused.value.code, refused.value.status) == ("ConflictException", 409)
    ours.close()
    theirs.close()
