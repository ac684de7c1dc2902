"""TestInvokeMethod: what a worker is asked, and how its answer is shown."""

from typing import Any

from limen.control.call import Later
from limen.control.v1.test_invoke import answer
from limen.plan.trial import Trial, TrialResult
from tests.control.v1.conftest import Control


def asked_of_worker(control: Control, verb: str = "GET", **members: Any) -> Trial:
    """What a worker is asked of a new method of that verb; `http_method` tests it with another one."""
    named = control.method(verb)
    control("PutIntegration", **named, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    later = control("TestInvokeMethod", **{**named, **members})
    assert isinstance(later, Later)
    return later.trial


def test_the_api_goes_as_it_stands_without_its_other_methods(control: Control) -> None:
    named = control.method("GET")
    control("PutIntegration", **named, type="MOCK")
    control("PutMethod", **{**named, "http_method": "POST"}, authorizationType="NONE")

    trial = control("TestInvokeMethod", **named, stageVariables={"a": "1"}).trial

    key = f"{named['resource_id']}/GET"
    assert (trial.method_key, trial.verb, trial.target, trial.body) == (key, "GET", None, b"")
    assert list(trial.api.put["Method"]) == [key]
    assert named["resource_id"] in trial.api.put["Resource"]
    assert sorted(trial.api.put["Model"]) == ["Empty", "Error"]
    assert trial.api.stage == {"stageName": "test-invoke-stage", "variables": {"a": "1"}}


def test_the_request_goes_as_it_is_given(control: Control) -> None:
    trial = asked_of_worker(
        control,
        pathWithQueryString="/pets?a=1",
        body="é",
        headers={"A": "1", "B": "2"},
        multiValueHeaders={"B": ["3", "4"]},
    )

    assert trial.target == "/pets?a=1"
    assert trial.body == "é".encode()
    assert trial.headers == [("A", "1"), ("B", "3"), ("B", "4")]


def test_a_method_for_all_verbs_is_tested_with_any(control: Control) -> None:
    assert asked_of_worker(control, "ANY").verb == "GET"
    assert asked_of_worker(control, "ANY", http_method="DELETE").verb == "DELETE"


def test_a_client_certificate_goes_with_it(control: Control) -> None:
    certificate_id = control("GenerateClientCertificate")["clientCertificateId"]

    certificate = asked_of_worker(control, clientCertificateId=certificate_id).api.client_certificate

    assert certificate is not None
    assert certificate["clientCertificateId"] == certificate_id


def test_what_is_not_there_cannot_be_tested(control: Control) -> None:
    named = control.method("GET")

    def refusal(**members: str) -> tuple[str, int, str]:
        return control.refuses("TestInvokeMethod", **{**named, **members})

    assert refusal() == ("BadRequestException", 400, "No integration defined for method")
    assert refusal(http_method="POST") == ("NotFoundException", 404, "Invalid Method identifier specified")
    assert refusal(resource_id="gone") == ("NotFoundException", 404, "Invalid Resource identifier specified")
    control("PutIntegration", **named, type="MOCK")
    assert refusal(clientCertificateId="gone")[:2] == ("NotFoundException", 404)


def test_a_result_as_aws_shows_it() -> None:
    headers = [("Content-Type", "application/json"), ("A", "1"), ("A", "2")]

    assert answer(TrialResult(status=200, headers=headers, body=b"{}", log="log\n", latency_ms=7)) == {
        "status": 200,
        "body": "{}",
        "headers": {"Content-Type": "application/json", "A": "2"},
        "multiValueHeaders": {"Content-Type": ["application/json"], "A": ["1", "2"]},
        "log": "log\n",
        "latency": 7,
    }
