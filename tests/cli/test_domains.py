"""`limen domains`: what is printed of domain names."""

import json
from pathlib import Path
from typing import Any

from tests.cli.admin import running
from tests.cli.conftest import Limen

MAPPING = {"path": "orders", "apiId": "a1", "apiName": "shop\x1b", "stage": "prod", "url": "https://a.test:1/orders"}
RULE = {"priority": 10, "conditions": [], "apiId": "a2", "apiName": "next", "stage": "dev"}
DOMAINS: list[dict[str, Any]] = [
    {
        "domainName": "a.test",
        "mappings": [MAPPING],
        "rules": [RULE],
        "certificate": {"issuer": "Shop CA", "expires": "2027-01-02T03:04:05Z"},
        "mutualTls": True,
        "warnings": ["clients can go around"],
    },
    {"domainName": "b.test", "mappings": [], "rules": [], "certificate": None, "mutualTls": False, "warnings": []},
]
LISTED = (
    "DOMAIN  PATH     API    STAGE  CERTIFICATE OF  UNTIL                 MUTUAL TLS\n"
    "a.test  rule 10  next   dev    Shop CA         2027-01-02T03:04:05Z  yes\n"
    "a.test  /orders  shop?  prod   Shop CA         2027-01-02T03:04:05Z  yes\n"
    "b.test  -        -      -      -               -                     no\n"
    "warning: clients can go around\n"
)


def test_domain_names_are_listed_where_no_command_is_named(limen: Limen, tmp_path: Path) -> None:
    with running(tmp_path, {"/_limen/domains": (200, DOMAINS)}):
        for words in (["domains"], ["domains", "list"]):
            ended = limen(*words, "--data-dir", tmp_path)
            assert (ended.code, ended.out) == (0, LISTED)
        assert json.loads(limen("domains", "--json", "--data-dir", tmp_path).out) == DOMAINS


def test_help_is_of_the_group(limen: Limen) -> None:
    told = limen("domains", "--help").out

    assert all(command in told for command in ("add", "list", "remove"))


def test_a_word_that_is_no_command_is_refused(limen: Limen) -> None:
    assert limen("domains", "ad").code == 2


def test_add_needs_an_api_and_a_stage(limen: Limen) -> None:
    ended = limen("domains", "add", "a.test", "--stage", "prod")

    assert ended.code == 2
    assert "--api" in ended.err
