"""TestInvokeMethod: a method run as it stands, deployed or not, by a worker, with the log of its execution."""

from collections.abc import Mapping
from typing import Any

from limen.aws.errors import bad_request
from limen.control.call import Call, Later
from limen.control.v1.documents import find, find_rest_api
from limen.control.v1.method_documents import check_verb, find_method, key_of
from limen.control.v1.resources import find_resource
from limen.integrations.rest.scope import TEST_STAGE
from limen.plan.snapshot import NOUNS, Document, StageUpdate
from limen.plan.trial import Trial, TrialCaller, TrialResult
from limen.store.documents import Document as Stored

ANY = "ANY"
VERB_OF_ANY = "GET"
"""What a method for all verbs is tested with where nobody says."""


def test_invoke_method(call: Call, members: dict[str, Any]) -> Later:
    method = _find_method(call, members)
    if "methodIntegration" not in method:
        raise bad_request("No integration defined for method")
    verb = members["http_method"]
    trial = Trial(
        api=_freeze(call, members, method),
        method_key=key_of(method),
        verb=VERB_OF_ANY if verb == ANY else verb,
        target=members.get("pathWithQueryString") or None,
        headers=headers_of(members),
        body=(members.get("body") or "").encode(),
        caller=_caller(call),
    )
    return Later(trial, answer)


def _caller(call: Call) -> TrialCaller | None:
    caller = call.aws.caller
    return None if caller is None else TrialCaller(caller.access_key_id, caller.account, caller.user_id, caller.arn)


def answer(result: TrialResult) -> dict[str, Any]:
    """What a worker found, as AWS shows it."""
    multiple: dict[str, list[str]] = {}
    for name, value in result.headers:
        multiple.setdefault(name, []).append(value)
    return {
        "status": result.status,
        "body": result.body.decode("utf-8", "replace"),
        "headers": {name: values[-1] for name, values in multiple.items()},
        "multiValueHeaders": multiple,
        "log": result.log,
        "latency": result.latency_ms,
    }


def _find_method(call: Call, members: dict[str, Any]) -> Document:
    """The method of that verb, or the one for all verbs."""
    check_verb(members["http_method"])
    resource = find_resource(call, members)
    every: Stored | None = call.documents.get("Method", members["restapi_id"], f"{resource['id']}/{ANY}")
    own = call.documents.get("Method", members["restapi_id"], f"{resource['id']}/{members['http_method']}")
    return own or every or find_method(call, members)


def headers_of(members: dict[str, Any]) -> list[tuple[str, str]]:
    """Names that have several values come with those alone."""
    multiple: Mapping[str, list[str]] = members.get("multiValueHeaders") or {}
    single: Mapping[str, str] = members.get("headers") or {}
    found = [(name, value) for name, value in single.items() if name not in multiple]
    return found + [(name, value) for name, values in multiple.items() for value in values]


def _freeze(call: Call, members: dict[str, Any], method: Document) -> StageUpdate:
    """The API as it is now, on a stage that has nothing but the variables of the call."""
    api = find_rest_api(call, members["restapi_id"])
    certificate_id = members.get("clientCertificateId")
    certificate = find(call, "ClientCertificate", call.scope, certificate_id) if certificate_id else None
    put = {noun: dict(call.documents.list(noun, api["id"])) for noun in NOUNS["REST"] if noun != "Method"}
    return StageUpdate(
        api_id=api["id"],
        stage_name=TEST_STAGE,
        revision=call.documents.revision,
        full=True,
        protocol="REST",
        account=call.aws.account,
        region=call.aws.region,
        api=api,
        stage={"stageName": TEST_STAGE, "variables": members.get("stageVariables") or {}},
        client_certificate=certificate,
        put={**put, "Method": {key_of(method): method}},
    )
