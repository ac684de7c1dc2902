"""Caching of a real `limen serve`: APIs made with boto3, asked by many clients, before a backend that counts."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.support.cached_apis import CachedApi
from tests.support.client import Answer
from tests.support.limen_process import LimenProcess, wait_until
from tests.support.recording_backend import RecordingBackend

ANEW = {"Cache-Control": "max-age=0"}


@pytest.fixture(scope="module")
def limen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LimenProcess]:
    """With one worker: each keeps responses for itself."""
    running = LimenProcess(tmp_path_factory.mktemp("caching"), "--explain=50", workers=1)
    yield running
    running.stop()


class Asked:
    """A deployed API and a client of it."""

    def __init__(self, api: CachedApi, backend: RecordingBackend) -> None:
        self.api = api
        self.backend = backend
        self.caller = api.limen.caller(api.id)

    def get(self, path: str, headers: dict[str, str] | None = None, verb: str = "GET") -> Answer:
        return self.caller.send(verb, path, headers, b"{}" if verb == "POST" else None)

    def calls(self, *requests: str | tuple[str, dict[str, str]]) -> int:
        """How many of these requests reach the backend."""
        before = len(self.backend.requests)
        for request in requests:
            path, headers = (request, {}) if isinstance(request, str) else request
            assert self.get(path, headers).status == 200
        return len(self.backend.requests) - before


@pytest.fixture
def api(limen: LimenProcess, backend: RecordingBackend) -> CachedApi:
    return CachedApi(limen, backend.url)


@pytest.fixture
def asked(api: CachedApi, backend: RecordingBackend) -> Asked:
    """`/pets/{id}` by path, `/search` by a header and a query parameter, `/plain` by nothing; all cached for long."""
    api.method("GET", "/pets/{id}", "path.id")
    api.method("GET", "/search", "querystring.type", "header.X-Tenant")
    api.method("GET", "/plain")
    api.method("POST", "/plain")
    api.deploy()
    api.cache("/*/*/caching/requireAuthorizationForCacheControl=false")
    return Asked(api, backend)


def test_responses_are_kept_by_the_declared_parameters_alone(asked: Asked) -> None:
    first, second = asked.get("/prod/pets/7?x=1"), asked.get("/prod/pets/7?x=2")
    assert (first.body, first.status) == (second.body, second.status)
    assert first.header("x-amzn-requestid") != second.header("x-amzn-requestid")
    assert first.header("x-amzn-remapped-date") == second.header("x-amzn-remapped-date")
    assert asked.calls("/prod/pets/7", "/prod/pets/8", "/prod/pets/8", "/prod/pets/%38") == 2
    assert asked.calls("/prod/search", "/prod/search?other=1", ("/prod/search", {"X-Other": "1"})) == 1
    assert asked.calls("/prod/search?type=", "/prod/search?type=a", "/prod/search?type=a&other=1") == 2
    assert asked.calls(("/prod/search?type=a", {"X-Tenant": "t1"}), ("/prod/search?type=a", {"X-Tenant": "t2"})) == 2
    assert asked.calls(("/prod/search?type=a", {"X-Tenant": "t1"}), ("/prod/search", {"X-Tenant": ""})) == 1
    assert asked.calls("/prod/search?type=b&type=a", "/prod/search?type=a") == 1


def test_post_is_not_cached_unless_it_is_said_for_the_method(asked: Asked) -> None:
    def post_calls() -> int:
        before = len(asked.backend.requests)
        for _ in range(2):
            assert asked.get("/prod/plain", verb="POST").status == 200
        return len(asked.backend.requests) - before

    assert asked.calls("/prod/plain", "/prod/plain") == 1
    assert post_calls() == 2
    asked.api.update({"/~1plain/POST/caching/enabled": "true"})
    assert post_calls() == 1


def test_a_method_any_is_cached_as_its_verbs_are(api: CachedApi, backend: RecordingBackend) -> None:
    api.method("ANY", "/all/{proxy+}", "path.proxy")
    api.deploy()
    api.cache("/*/*/caching/requireAuthorizationForCacheControl=false")
    asked = Asked(api, backend)

    def calls(verb: str) -> int:
        before = len(backend.requests)
        for _ in range(2):
            assert asked.get("/prod/all/a", verb=verb).status == 200
        return len(backend.requests) - before

    assert [calls(verb) for verb in ("GET", "GET", "POST")] == [1, 0, 2]
    assert asked.calls("/prod/all/b", "/prod/all/a") == 1
    api.update({"/~1all~1{proxy+}/POST/caching/enabled": "true", "/~1all~1{proxy+}/GET/caching/enabled": "false"})
    assert [calls(verb) for verb in ("GET", "POST", "PUT")] == [2, 1, 2]


def test_nothing_is_cached_without_cache_setting_or_time(asked: Asked) -> None:
    asked.api.update({"/~1plain/GET/caching/ttlInSeconds": "0"})
    assert asked.calls("/prod/plain", "/prod/plain") == 2
    asked.api.update({"/~1plain/GET/caching/ttlInSeconds": "300"})
    assert asked.calls("/prod/plain", "/prod/plain") == 1
    asked.api.update({"/~1plain/GET/caching/enabled": "false"})
    assert asked.calls("/prod/plain", "/prod/plain") == 2
    asked.api.update({"/~1plain/GET/caching/enabled": "true", "/cacheClusterEnabled": "false"})
    assert asked.calls("/prod/plain", "/prod/plain") == 2


def test_responses_end_with_their_time(asked: Asked) -> None:
    asked.api.update({"/~1plain/GET/caching/ttlInSeconds": "1"})
    assert asked.calls("/prod/plain", "/prod/plain") == 1
    wait_until(lambda: asked.calls("/prod/plain") == 1, 5, lambda: "the response did not end")


def test_a_flush_is_done_when_it_is_answered(asked: Asked) -> None:
    asked.calls("/prod/plain", "/prod/pets/7")
    asked.api.flush()
    assert asked.calls("/prod/plain", "/prod/pets/7") == 2
    assert asked.calls("/prod/plain", "/prod/pets/7") == 0
    stage = asked.api.client.get_stage(restApiId=asked.api.id, stageName="prod")
    assert (stage["cacheClusterEnabled"], stage["cacheClusterStatus"]) == (True, "AVAILABLE")


def test_another_deployment_or_size_begins_with_nothing(asked: Asked) -> None:
    asked.calls("/prod/plain")
    asked.api.deploy()
    assert asked.calls("/prod/plain", "/prod/plain") == 1
    asked.api.update({"/description": "the same deployment"})
    assert asked.calls("/prod/plain") == 0
    asked.api.update({"/cacheClusterSize": "1.6"})
    assert asked.calls("/prod/plain") == 1


def test_a_canary_caches_where_it_is_told_to(asked: Asked) -> None:
    asked.calls("/prod/plain")
    asked.api.deploy(canarySettings={"percentTraffic": 100.0, "useStageCache": False})
    assert asked.calls("/prod/plain", "/prod/plain") == 2
    asked.api.update({"/canarySettings/useStageCache": "true"})
    assert asked.calls("/prod/plain", "/prod/plain") == 1


def test_failures_are_not_kept(asked: Asked) -> None:
    asked.backend.script("/plain", 500)
    assert [asked.get("/prod/plain").status for _ in range(2)] == [500, 500]
    asked.backend.script("/plain", 404)
    assert [asked.get("/prod/plain").status for _ in range(2)] == [404, 404]
    asked.backend.script("/plain", 200, (("Set-Cookie", "session=1"),))
    assert asked.calls("/prod/plain", "/prod/plain") == 2


def test_a_stampede_is_one_call_to_the_backend(asked: Asked) -> None:
    asked.backend.script("/plain", 200, (), b"slow", delay=0.5)
    found: list[bytes] = []

    def ask() -> None:
        found.append(asked.api.limen.caller(asked.api.id).get("/prod/plain").body)

    threads = [threading.Thread(target=ask) for _ in range(50)]
    before = len(asked.backend.requests)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert found == [b"slow"] * 50
    assert len(asked.backend.requests) - before == 1


def test_responses_are_compressed_for_each_client_alone(asked: Asked) -> None:
    client = asked.api.client
    change = {"op": "replace", "path": "/minimumCompressionSize", "value": "0"}
    client.update_rest_api(restApiId=asked.api.id, patchOperations=[change])
    asked.api.deploy()
    for _ in range(2):
        assert asked.get("/prod/plain").header("content-encoding") is None
        assert asked.get("/prod/plain", {"Accept-Encoding": "gzip"}).header("content-encoding") == "gzip"
        assert asked.get("/prod/plain", {"Accept-Encoding": "deflate"}).header("content-encoding") == "deflate"


def test_hits_and_misses_are_counted_and_explained(asked: Asked) -> None:
    asked.get("/prod/pets/7")
    hit = asked.get("/prod/pets/7")
    metrics = asked.api.limen.admin().get("/metrics").body.decode()
    labels = f'{{api="{asked.api.id}",stage="prod",route="GET /pets/{{id}}"}}'
    assert f"limen_cache_hits_total{labels} 1\n" in metrics
    assert f"limen_cache_misses_total{labels} 1\n" in metrics
    told = asked.api.limen.command("explain", hit.header("x-amzn-requestid") or "", "--json").stdout
    events = {event["event"]: event for event in json.loads(told)["events"]}
    assert events["cache"]["outcome"] == "hit"
    assert events["cache"]["key"] == {"method.request.path.id": "7"}
    assert events["cache"]["age_s"] < 10
    missed = asked.get("/prod/pets/8").header("x-amzn-requestid") or ""
    told = asked.api.limen.command("explain", missed).stdout
    assert "cache: miss" in told
    assert "response kept" in told


# --- max-age=0


def signed(asked: Asked, path: str, credentials: Credentials, headers: dict[str, str]) -> Answer:
    api = asked.api
    host = f"{api.limen.host_of(api.id)}:{api.limen.port}"
    request = AWSRequest("GET", f"https://{host}{path}", headers={"Host": host, **headers})
    SigV4Auth(credentials, "execute-api", "us-east-1").add_auth(request)
    return api.limen.caller(api.id).send("GET", path, dict(request.headers.items()))


def user(api: CachedApi, name: str, *actions: str) -> Credentials:
    iam = api.limen.client("iam")
    iam.create_user(UserName=name)
    statement = {"Effect": "Allow", "Action": list(actions), "Resource": f"arn:aws:execute-api:*:*:{api.id}/*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=name, PolicyName="may", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def test_max_age_0_replaces_what_is_kept(asked: Asked) -> None:
    asked.backend.script("/plain", 200, (), b"one")
    assert asked.get("/prod/plain").body == b"one"
    asked.backend.script("/plain", 200, (), b"two")
    assert asked.get("/prod/plain").body == b"one"
    assert asked.get("/prod/plain", {"Cache-Control": "no-cache"}).body == b"one"
    assert asked.get("/prod/plain", ANEW).body == b"two"
    assert asked.get("/prod/plain").body == b"two"


def test_who_may_not_replace_is_answered_by_strategy(asked: Asked) -> None:
    found = []
    asked.get("/prod/plain")
    for strategy in ("FAIL_WITH_403", "SUCCEED_WITH_RESPONSE_HEADER", "SUCCEED_WITHOUT_RESPONSE_HEADER"):
        start = "/~1plain/GET/caching"
        asked.api.update(
            {
                f"{start}/requireAuthorizationForCacheControl": "true",
                f"{start}/unauthorizedCacheControlHeaderStrategy": strategy,
            }
        )
        before = len(asked.backend.requests)
        answer = asked.get("/prod/plain", ANEW)
        assert len(asked.backend.requests) == before
        found.append((answer.status, answer.header("warning"), answer.header("x-amzn-errortype")))
    warning = "199 Cache-control headers were ignored because the caller was unauthorized."
    assert found == [(403, None, "AccessDeniedException"), (200, warning, None), (200, None, None)]


def test_a_signed_caller_needs_the_permission(api: CachedApi, backend: RecordingBackend) -> None:
    api.method("GET", "/signed", authorizationType="AWS_IAM")
    api.deploy()
    api.cache("/*/*/caching/unauthorizedCacheControlHeaderStrategy=FAIL_WITH_403")
    asked = Asked(api, backend)
    may = user(api, f"may-{api.id}", "execute-api:Invoke", "execute-api:InvalidateCache")
    may_not = user(api, f"may-not-{api.id}", "execute-api:Invoke")
    found: list[tuple[int, int]] = []
    for credentials, headers in ((may, {}), (may_not, {}), (may_not, ANEW), (may, ANEW), (may_not, {})):
        before = len(backend.requests)
        answer = signed(asked, "/prod/signed", credentials, headers)
        found.append((answer.status, len(backend.requests) - before))
    assert found == [(200, 1), (200, 0), (403, 0), (200, 1), (200, 0)]
    assert b"is not authorized to perform: execute-api:InvalidateCache on resource: arn:aws:execute-api" in (
        signed(asked, "/prod/signed", may_not, ANEW).body
    )
    assert signed(asked, "/prod/signed", Credentials("AKIANOBODY", "x"), {}).status == 403


# --- what comes before the cache


def test_an_unauthorized_caller_reaches_no_kept_response(api: CachedApi, backend: RecordingBackend) -> None:
    api.method("GET", "/signed", authorizationType="AWS_IAM")
    api.deploy()
    api.cache()
    asked = Asked(api, backend)
    credentials = user(api, f"ann-{api.id}", "execute-api:Invoke")
    assert signed(asked, "/prod/signed", credentials, {}).status == 200
    assert asked.get("/prod/signed").status == 403
    assert asked.get("/prod/signed", ANEW).status == 403


def test_a_request_that_does_not_validate_reaches_no_kept_response(api: CachedApi, backend: RecordingBackend) -> None:
    validator = api.client.create_request_validator(
        restApiId=api.id, name="parameters", validateRequestParameters=True
    )["id"]
    api.method(
        "GET",
        "/plain",
        requestValidatorId=validator,
        requestParameters={"method.request.querystring.must": True},
    )
    api.deploy()
    api.cache()
    asked = Asked(api, backend)
    assert asked.calls("/prod/plain?must=1", "/prod/plain?must=2") == 1
    assert asked.get("/prod/plain").status == 400


def test_a_log_line_tells_of_the_cache(asked: Asked, tmp_path: Path) -> None:
    asked.api.update({"/*/*/logging/loglevel": "INFO"})
    asked.get("/prod/plain")
    asked.get("/prod/plain")
    logs = asked.api.limen.data_directory / "logs"
    deadline = time.monotonic() + 10
    text = ""
    while "Cache hit" not in text and time.monotonic() < deadline:
        time.sleep(0.1)
        text = "".join(file.read_text() for file in logs.rglob("*") if file.is_file() and asked.api.id in str(file))
    assert "Cache miss" in text
    assert "Cache hit" in text


def test_a_test_invocation_is_not_answered_from_the_cache(asked: Asked) -> None:
    asked.get("/prod/plain")
    named: dict[str, Any] = {"restApiId": asked.api.id, "resourceId": asked.api.resource("/plain"), "httpMethod": "GET"}
    before = len(asked.backend.requests)
    assert asked.api.client.test_invoke_method(**named)["status"] == 200
    assert len(asked.backend.requests) == before + 1
