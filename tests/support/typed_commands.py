"""What a user types to make an API a product and to see what it is used for: a shell, aws, curl, limen."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.limen_process import LimenProcess

SET_UP = """
eval "$(limen env)"
aws apigateway import-rest-api --body "$DOCUMENT" --query id --output text > api
API=$(cat api)
aws apigateway create-deployment --rest-api-id $API --stage-name prod > deployment
aws apigateway create-usage-plan --name gold --throttle rateLimit=100,burstLimit=200 \\
    --quota limit=10000,period=DAY --api-stages apiId=$API,stage=prod --query id --output text > plan
aws apigateway create-api-key --name acme --enabled --query '[id, value]' --output text > key
aws apigateway create-usage-plan-key --usage-plan-id $(cat plan) --key-id $(cut -f1 key) --key-type API_KEY > member
"""
CALL = """
curl -sS --cacert "$CA" -w ' %{http_code}' "$URL/prod/pets" > without
curl -sS --cacert "$CA" -w ' %{http_code}' -H "x-api-key: $(cut -f2 key)" "$URL/prod/pets" > with
curl -sS --cacert "$CA" -w ' %{http_code}\\n' -H "x-api-key: $(cut -f2 key)" "$URL/prod/pets?n=[1-700]" > many
"""
LOOK = """
eval "$(limen env)"
DAYS="--start-date $(date -u -d yesterday +%F) --end-date $(date -u +%F)"
for _ in 1 2 3 4 5; do
    aws apigateway get-usage --usage-plan-id $(cat plan) $DAYS --query "sum(items.*[] | [*][0])" --output text > used
    test "$(cat used)" != "$EXPECTED" || break
done
limen keys list > keys
limen keys create other --plan gold > other
limen keys rotate acme --grace 1h > rotated
limen usage show --plan gold --start $(date -u -d yesterday +%F) > shown
limen usage verify --start $(date -u -d yesterday +%F) > verified
limen usage export --plan gold --start $(date -u -d yesterday +%F) > exported.csv
limen usage export --plan gold --start $(date -u -d yesterday +%F) --json > exported.json
"""


class Shell:
    """Has a directory of its own, in which the output of each command is a file."""

    def __init__(self, directory: Path, control: LimenProcess) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self._environment = control.environment | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }

    def type(self, commands: str, **variables: str) -> None:
        typed = subprocess.run(
            ["bash", "-euc", commands],
            env=self._environment | variables,
            cwd=self.directory,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
        assert typed.returncode == 0, typed.stderr

    def __getitem__(self, name: str) -> str:
        return (self.directory / name).read_text().strip()


def walk_through(directory: Path, control: LimenProcess, gateway: LimenProcess, document: str) -> None:
    """All of it on a control node, calls at a gateway."""
    shell = Shell(directory, control)
    shell.type(SET_UP, DOCUMENT=document)
    url = f"https://{gateway.host_of(shell['api'])}:{gateway.port}"
    shell.type(CALL, CA=str(gateway.ca), URL=url)

    assert shell["without"] == '{"message":"Forbidden"} 403'
    assert shell["with"].endswith("200")
    statuses = [line.rsplit(" ", 1)[-1] for line in shell["many"].splitlines()]
    assert set(statuses) == {"200", "429"}
    assert '{"message":"Too Many Requests"} 429' in shell["many"]
    admitted = str(1 + statuses.count("200"))

    shell.type(LOOK, EXPECTED=admitted)
    assert shell["used"] == admitted
    assert "acme" in shell["keys"]
    assert len(shell["other"]) == len(shell["rotated"]) == 40
    assert [
        line.split()[1:5] for line in shell["shown"].splitlines() if "acme" in line and f" {admitted} " in line
    ] == [["gold", "acme", "-", admitted]]
    assert shell["verified"].endswith("counters and ledger agree")
    assert shell["exported.csv"].splitlines()[1].endswith(f"GET /pets,{admitted}")
    assert f'"calls": {admitted}' in shell["exported.json"]
