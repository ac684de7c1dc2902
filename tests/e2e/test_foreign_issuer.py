"""A real OpenID provider of others as the issuer of a JWT authorizer: found, trusted and believed over TLS."""

import json
import os
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import StartLimen
from tests.e2e.test_pool_tokens import make_http_api
from tests.support.limen_process import LimenProcess
from tests.support.node_packages import CLIENTS, node_modules
from tests.support.recording_backend import RecordingBackend
from tests.upstream.authorities import Authority

SCRIPT = Path(__file__).parents[1] / "support" / "foreign_issuer.cjs"
SECRET = "a-secret-of-the-tests-alone"
SCOPE = "orders/read"


class ForeignIssuer:
    def __init__(self, packages: Path, folder: Path, environment: dict[str, str]) -> None:
        authority = Authority(folder)
        certificate, key = authority.certify("localhost", "127.0.0.1")
        self.ca = authority.file
        self.process = subprocess.Popen(
            ["node", str(SCRIPT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment | {"NODE_PATH": str(packages / "node_modules")},
        )
        assert self.process.stdin is not None and self.process.stdout is not None
        with self.process.stdin as asked:
            json.dump({"certificate": certificate, "key": key, "secret": SECRET, "scope": SCOPE}, asked)
        told: dict[str, str] = json.loads(self.process.stdout.readline())
        self.url, self.audience = told["issuer"], told["audience"]

    def token(self, scope: str = SCOPE) -> str:
        answer = httpx.post(
            f"{self.url}/token",
            data={"grant_type": "client_credentials", "scope": scope},
            auth=("machine", SECRET),
            verify=ssl.create_default_context(cafile=str(self.ca)),
        )
        return str(answer.json()["access_token"])

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForeignIssuer]:
    running = ForeignIssuer(node_modules(source=CLIENTS), tmp_path_factory.mktemp("issuer"), dict(os.environ))
    yield running
    running.close()


@pytest.mark.timeout(660)
def test_tokens_of_a_real_issuer_pass_where_its_authority_is_trusted(
    foreign: ForeignIssuer, start_limen: StartLimen, tmp_path: Path, backend: RecordingBackend
) -> None:
    (tmp_path / "limen.toml").write_text(f'upstream_ca = "{foreign.ca}"\n')
    limen = start_limen()
    api = make_http_api(limen, backend.url, foreign.url, foreign.audience)
    other = make_http_api(limen, backend.url, foreign.url, "https://elsewhere.example.com")
    token = foreign.token()

    assert call(limen, api, token).status == 200
    assert call(limen, api, token[:-8] + "AAAAAAAA").status == 401
    wrong_audience = call(limen, other, token)
    assert (wrong_audience.status, json.loads(wrong_audience.body)) == (401, {"message": "Unauthorized"})


def test_an_issuer_of_an_authority_that_is_not_trusted_is_not_believed(
    foreign: ForeignIssuer, limen: LimenProcess, backend: RecordingBackend
) -> None:
    """AWS takes the authorizer and then asks in vain; so nobody passes."""
    api = make_http_api(limen, backend.url, foreign.url, foreign.audience)
    assert call(limen, api, foreign.token()).status == 401


def call(limen: LimenProcess, api: str, token: str) -> Any:
    return limen.caller(api).get("/", Authorization=f"Bearer {token}")
