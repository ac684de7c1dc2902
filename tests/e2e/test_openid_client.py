"""A user pool as a foreign library knows it: openid-client finds everything by discovery and accepts every answer."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_sign_in_pages import CALLBACK, PASSWORD, Browser, Shop, issuer, names_below_localhost
from tests.support.limen_process import LimenProcess
from tests.support.node_packages import CLIENTS, node_modules

__all__ = ["names_below_localhost"]

SCRIPT = Path(__file__).parents[1] / "support" / "openid_app.cjs"


@pytest.mark.timeout(660)
def test_an_app_signs_a_user_in_with_a_library_of_others(limen: LimenProcess) -> None:
    packages = node_modules(source=CLIENTS)
    shop, browser = Shop(limen), Browser(limen)
    shop.admin.admin_set_user_password(UserPoolId=shop.id, Username="ana", Password=PASSWORD, Permanent=True)
    bye = "https://shop.example.com/bye"
    with start_app(packages, limen) as app:
        sent = talk(app, {"issuer": issuer(shop), "client": shop.web, "redirect": CALLBACK, "bye": bye})
        assert "url" in sent, sent
        page = browser.get(sent["url"], follow_redirects=True)
        back = browser.submit(page, username="ana", password=PASSWORD)
        done = talk(app, back.headers["location"])

    assert "error" not in done, done
    assert (done["claims"]["email"], done["claims"]["aud"]) == ("ana@example.com", shop.web)
    assert done["user"]["sub"] == done["claims"]["sub"] == done["refreshed"]
    assert done["revoked"] == "invalid_grant"
    assert browser.get(done["bye"]).headers["location"] == bye


def start_app(packages: Path, limen: LimenProcess) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        ["node", str(SCRIPT)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=limen.environment | {"NODE_PATH": str(packages / "node_modules"), "NODE_EXTRA_CA_CERTS": str(limen.ca)},
    )


def talk(app: "subprocess.Popen[str]", line: Any) -> Any:
    """Sends a line and reads one."""
    assert app.stdin is not None and app.stdout is not None
    app.stdin.write((line if isinstance(line, str) else json.dumps(line)) + "\n")
    app.stdin.flush()
    return json.loads(app.stdout.readline())
