"""`limen status`: workers, stages, what is not deployed."""

import json
from pathlib import Path

from tests.cli.admin import running
from tests.cli.conftest import Limen

STAGE = {
    "stageName": "$default",
    "deploymentId": "d1",
    "autoDeploy": False,
    "url": "https://a1.execute-api.us-east-1.localhost:8443",
    "undeployed": 2,
    "message": "Deployment failed: no such integration",
}
STATUS = {
    "revision": 12,
    "workers": [{"pid": 4711, "revision": 12, "connections": 3}],
    "apis": [
        {"apiId": "a1", "name": "orders", "protocolType": "HTTP", "region": "us-east-1", "stages": [STAGE]},
        {"apiId": "a2", "name": "empty", "protocolType": "HTTP", "region": "us-east-1", "stages": []},
    ],
}


def test_tables(limen: Limen, tmp_path: Path) -> None:
    with running(tmp_path, {"/_limen/status": (200, STATUS)}):
        ended = limen("status", "--data-dir", tmp_path)
    assert ended.out == (
        "revision 12\n"
        "\n"
        "WORKER  REVISION  CONNECTIONS\n"
        "4711    12        3\n"
        "\n"
        "API  NAME    STAGE     DEPLOYMENT  AUTO-DEPLOY  UNDEPLOYED  URL\n"
        "a1   orders  $default  d1          no           2           https://a1.execute-api.us-east-1.localhost:8443\n"
        "a2   empty   -         -           -            -           -\n"
        "a1/$default: Deployment failed: no such integration\n"
    )


def test_json(limen: Limen, tmp_path: Path) -> None:
    with running(tmp_path, {"/_limen/status": (200, STATUS)}):
        ended = limen("status", "--json", "--data-dir", tmp_path)
    assert json.loads(ended.out) == STATUS


def test_nobody_answers(limen: Limen, tmp_path: Path) -> None:
    with running(tmp_path, {}):
        pass
    ended = limen("status", "--data-dir", tmp_path, "--admin-port", "1")
    assert ended.code == 1
    assert ended.err.startswith("limen: no limen answers at https://localhost:1 ")
