"""URLs of stages on custom domain names."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from limen.control.domain_urls import is_closed, urls_of_stages
from limen.store import Store
from tests.control.domain_documents import put_api, put_domain


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path}/limen.db")
    yield opened
    opened.close()


def urls(store: Store) -> dict[tuple[str, str], list[str]]:
    with store.reader() as reader:
        return dict(urls_of_stages(reader, 8443))


def test_each_mapping_is_a_url_of_its_stage(store: Store) -> None:
    put_api(store, "api1", "dev", "prod")
    put_domain(store, "b.example.com", ("orders/v1", "api1", "prod"), ("", "api1", "dev"))
    put_domain(store, "a.example.com", ("", "api1", "prod"))

    assert urls(store) == {
        ("api1", "dev"): ["https://b.example.com:8443"],
        ("api1", "prod"): ["https://a.example.com:8443", "https://b.example.com:8443/orders/v1"],
    }


def test_a_mapping_without_a_stage_leads_to_all(store: Store) -> None:
    put_api(store, "api1", "dev", "prod")
    put_domain(store, "a.example.com", ("v1", "api1", ""))
    put_domain(store, "b.example.com", ("", "api1", ""))

    assert urls(store)["api1", "prod"] == ["https://a.example.com:8443/v1/prod", "https://b.example.com:8443/prod"]


def test_mappings_that_nobody_looks_at_are_no_urls(store: Store) -> None:
    put_api(store, "api1", "prod")
    put_domain(store, "a.example.com", ("", "api1", "prod"), routingMode="ROUTING_RULE_ONLY")

    assert urls(store) == {}


def test_an_endpoint_is_closed_when_that_is_deployed(store: Store) -> None:
    def closed() -> bool:
        with store.reader() as reader:
            return is_closed(reader, "api1", "prod")

    put_api(store, "api1", "prod")
    put_api(store, "api1", "prod", closed=True, deployed=False)
    assert not closed()

    put_api(store, "api1", "prod", closed=True)
    assert closed()
