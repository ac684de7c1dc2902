"""What `limen serve` prints when it is ready."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from limen.control.announce import ready_lines
from limen.control.overview import Endpoints
from limen.store import Store
from tests.control.domain_documents import put_api, put_domain

ENDPOINTS = Endpoints("localhost", 8443)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path}/limen.db")
    yield opened
    opened.close()


def add(store: Store, api_id: str, region: str, created: str, **deployments: str | None) -> None:
    with store.transaction() as documents:
        api = {"name": f"name of {api_id}", "_region": region, "createdDate": created}
        documents.put("Api", f"000000000000/{region}", api_id, api)
        for stage_name, deployment_id in deployments.items():
            documents.put("Stage", api_id, stage_name, {"stageName": stage_name, "deploymentId": deployment_id})


def test_the_oldest_api_has_the_bare_host_and_any_other_its_path(store: Store) -> None:
    add(store, "younger", "eu-west-1", "2026-01-02T00:00:00Z", dev="d1")
    add(store, "older", "us-east-1", "2026-01-01T00:00:00Z", prod="d1")

    assert ready_lines(store, ENDPOINTS, None) == [
        "ready: https://localhost:8443/_api/younger/dev (name of younger, "
        "https://younger.execute-api.eu-west-1.localhost:8443/dev)",
        "ready: https://localhost:8443/prod (name of older, https://older.execute-api.us-east-1.localhost:8443/prod)",
    ]


def test_the_api_of_a_file_comes_first(store: Store) -> None:
    add(store, "older", "us-east-1", "2026-01-01T00:00:00Z", dev="d1")
    add(store, "file", "us-east-1", "2026-01-02T00:00:00Z", prod="d1")

    lines = ready_lines(store, ENDPOINTS, "file")

    assert [line.split()[1] for line in lines] == [
        "https://localhost:8443/_api/older/dev",
        "https://localhost:8443/prod",
    ]


def test_a_stage_that_serves_nothing_is_not_ready(store: Store) -> None:
    add(store, "api1", "us-east-1", "2026-01-01T00:00:00Z", dev=None)

    assert ready_lines(store, ENDPOINTS, None) == []


def test_domain_names_come_first_and_a_closed_endpoint_not_at_all(store: Store) -> None:
    put_api(store, "open", "prod")
    put_api(store, "shut", "prod", closed=True)
    put_domain(store, "a.example.com", ("open", "open", "prod"), ("", "shut", "prod"))

    assert ready_lines(store, ENDPOINTS, "open") == [
        "ready: https://a.example.com:8443/open (name of open/prod)",
        "ready: https://localhost:8443/prod (name of open, https://open.execute-api.us-east-1.localhost:8443/prod)",
        "ready: https://a.example.com:8443 (name of shut/prod)",
    ]
