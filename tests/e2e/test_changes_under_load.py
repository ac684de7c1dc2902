"""Configuration changes while requests run: each is live soon, none is noticed by a client."""

import itertools

import pytest

from tests.support.apis import add_route, create_api
from tests.support.limen_process import LimenProcess, wait_until
from tests.support.recording_backend import RecordingBackend
from tests.support.steady_load import SteadyLoad

CHANGES = 100


@pytest.mark.timeout(120)
def test_a_hundred_changes_fail_no_request(limen: LimenProcess, backend: RecordingBackend) -> None:
    client = limen.client()
    backend.script("/a", body=b"a")
    backend.script("/b", body=b"b")
    api_id = create_api(client, {"GET /steady": f"{backend.url}/a", "GET /spare": f"{backend.url}/a"})
    changing = add_route(client, api_id, "GET /changing", f"{backend.url}/a")
    callers = [limen.caller(api_id) for _ in range(6)]

    with SteadyLoad(lambda: limen.caller(api_id), "/steady") as load:
        for _, side in zip(range(CHANGES), itertools.cycle("ba"), strict=False):
            client.update_integration(ApiId=api_id, IntegrationId=changing, IntegrationUri=f"{backend.url}/{side}")
            for caller in callers:
                wait_until(
                    lambda caller=caller, side=side: caller.get("/changing").body == side.encode(),
                    3,
                    lambda: f"not live in every worker: {limen.log}",
                )

    assert load.failures == []
    assert load.count > 1000
