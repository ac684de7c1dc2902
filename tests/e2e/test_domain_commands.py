"""How people meet custom domain names: `limen domains`, the commands of docs/domain-names.md, a template of SAM."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest
from cryptography import x509

from tests.e2e.conftest import StartLimen
from tests.support.client_certificates import SERVER, Wish, bundle, make, make_authority, make_client, make_root
from tests.support.limen_process import LimenProcess
from tests.support.recording_backend import RecordingBackend

NAME = "api.shop.test"
FOR_PROD = ("domains", "add", NAME, "--api", "shop", "--stage", "prod")
DOCUMENT = Path(__file__).parents[2] / "docs" / "domain-names.md"


@pytest.fixture
def shop(start_limen: StartLimen, tmp_path: Path, backend: RecordingBackend) -> Iterator[LimenProcess]:
    """A server with the HTTP API `shop` and its stage `prod`, and a directory that stands for the bucket `trust`."""
    (tmp_path / "trust").mkdir()
    (tmp_path / "limen.toml").write_text(f'[buckets]\ntrust = "{tmp_path / "trust"}"\n')
    running = start_limen()
    client = running.client()
    api = client.create_api(Name="shop", ProtocolType="HTTP", Target=backend.url)
    client.create_stage(ApiId=api["ApiId"], StageName="prod", AutoDeploy=True)
    yield running


def shell(limen: LimenProcess, commands: str, **variables: str) -> str:
    """What commands print that are typed in the directory of the server."""
    typed = subprocess.run(
        ["bash", "-euc", commands],
        env=limen.environment
        | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "NO_PROXY": "*"}
        | variables,
        cwd=limen.directory,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert typed.returncode == 0, typed.stdout + typed.stderr
    return typed.stdout


def add(limen: LimenProcess, *arguments: str | Path) -> list[str]:
    return limen.command(*FOR_PROD, *arguments).stdout.splitlines()


def test_one_command_serves_an_api_on_a_name(shop: LimenProcess) -> None:
    *lines, url, curl = add(shop, "--path", "orders")

    assert [line.split(" ")[0] for line in lines] == ["+", "+", "+"]
    assert url == f"https://{NAME}:{shop.port}/orders"
    assert json.loads(shell(shop, f"{curl.replace('/orders', '/orders/42')} -sS"))["target"] == "/42"
    assert shell(shop, f"{curl.replace('/orders', '/other')} -sS") == '{"message":"Forbidden"}'

    assert add(shop, "--path", "orders") == ["nothing changed", url, curl]
    [_, row] = shop.command("domains").stdout.splitlines()
    assert row.split()[:4] == [NAME, "/orders", "shop", "prod"]
    assert row.endswith("no")
    [domain] = json.loads(shop.command("domains", "list", "--json").stdout)
    assert domain["certificate"]["expires"] > "2026"
    assert all(url in shop.command(command).stdout for command in ("routes", "status"))
    assert [line[0] for line in shop.command("domains", "remove", NAME).stdout.splitlines()] == ["-", "-"]
    assert shop.client("acm").list_certificates()["CertificateSummaryList"] == []


def test_a_certificate_that_is_brought_is_the_one_that_is_served(shop: LimenProcess) -> None:
    root = make_root("Shop Root")
    names = x509.SubjectAlternativeName([x509.DNSName(NAME)])
    wish = Wish(is_authority=False, signs=False, uses=(SERVER,), extensions=((names, False),))
    server = make(NAME, root, wish)
    certificate, key = server.write(shop.directory, "server")
    root.write(shop.directory, "root")

    Path(certificate).write_text(server.pem + root.pem)

    brought = ("--certificate", certificate, "--key", key)
    *_, curl = add(shop, *brought)

    assert "--cacert" not in curl
    assert json.loads(shell(shop, f"{curl} -sS --cacert root.pem"))["target"] == "/"
    assert "Shop Root" in shop.command("domains").stdout
    assert add(shop, *brought)[0] == "nothing changed"


def test_who_has_to_trust_another_authority_is_told(shop: LimenProcess) -> None:
    told = shop.command("domains", "add", "api.shop.com", "--api", "shop", "--stage", "prod")

    assert "has a new authority, which may sign for api.shop.com alone: limen trust installs it" in told.stderr
    curl = told.stdout.splitlines()[-1]
    assert json.loads(shell(shop, f"{curl} -sS"))["target"] == "/"


def test_a_truststore_in_a_file_makes_mutual_tls(shop: LimenProcess) -> None:
    root = make_root()
    issuer = make_authority(root)
    make_client(issuer, "ana").write(shop.directory, "CLIENT")
    (shop.directory / "CLIENT-key.pem").rename(shop.directory / "CLIENT-KEY.pem")
    (shop.directory / "clients.pem").write_text(bundle(issuer, root))

    open_before = shop.command(*FOR_PROD, "--truststore", "clients.pem")
    (shop.directory / "both.pem").write_text(root.pem + root.key_pem)
    refused = shop.command(*FOR_PROD, "--truststore", "both.pem", check=False)
    assert (refused.returncode, "contains a private key" in refused.stderr) == (1, True)
    assert len(list((shop.data_directory / "buckets" / "limen-truststores").iterdir())) == 1
    assert "warning: clients can go around the mutual TLS" in open_before.stderr
    *_, curl = add(shop, "--truststore", "clients.pem", "--close-api")

    assert json.loads(shell(shop, f"{curl} -sS"))["target"] == "/"
    without = re.sub(r"--cert \S+ --key \S+ ", "", curl)
    assert shell(shop, f"{without} -sS -w ' %{{http_code}}'") == '{"message":"Forbidden"} 403'
    [api] = shop.client().get_apis()["Items"]
    assert api["DisableExecuteApiEndpoint"]
    assert shop.caller(api["ApiId"]).get("/prod/").status in (403, 404)
    listed = shop.command("domains").stdout
    assert (listed.splitlines()[1].split()[-1], "warning" in listed) == ("yes", False)
    assert add(shop, "--truststore", "clients.pem", "--close-api")[0] == "nothing changed"


def test_the_documented_commands_do_what_they_say(shop: LimenProcess) -> None:
    """Every block of the page, one after another in one shell."""
    root = make_root()
    issuer = make_authority(root)
    make_client(issuer, "ana").write(shop.directory, "ana")
    (shop.directory / "trust" / "clients.pem").write_text(bundle(issuer, root))
    [api] = shop.client().get_apis()["Items"]
    blocks = re.findall(r"^```\n(.*?)^```$", DOCUMENT.read_text(), re.DOTALL | re.MULTILINE)
    text = "\necho '#'\n".join(blocks).replace(":8443", f":{shop.port}").replace(".limen/ca.pem", str(shop.ca))
    commands = 'eval "$(limen env)"\n' + text.replace(".venv/bin/", "").replace("curl ", "curl -sS ")

    printed = shell(shop, commands, API=api["ApiId"])

    first, *others = printed.split("#\n")
    assert '"target": "/42"' in first.replace('":"', '": "')
    assert NAME in first.splitlines()[-1]
    assert any('"target": "/' in other.replace('":"', '": "') for other in others)


TEMPLATE = """
    Transform: AWS::Serverless-2016-10-31
    Resources:
      Shop:
        Type: AWS::Serverless::HttpApi
        Properties:
          StageName: prod
          DisableExecuteApiEndpoint: true
          Domain:
            DomainName: sam.shop.test
            CertificateArn: arn:aws:acm:us-east-1:000000000000:certificate/12345678-1234-1234-1234-123456789012
            BasePath: [orders]
            SecurityPolicy: TLS_1_2
            MutualTlsAuthentication: {TruststoreUri: s3://trust/clients.pem}
            Route53: {HostedZoneName: shop.test.}
          DefinitionBody:
            openapi: 3.0.1
            info: {title: shop, version: "1"}
            paths:
              /{proxy+}:
                x-amazon-apigateway-any-method:
                  x-amazon-apigateway-integration:
                    {type: http_proxy, httpMethod: ANY, uri: "BACKEND/{proxy}", payloadFormatVersion: "1.0"}
"""


def test_a_domain_of_sam_is_served(shop: LimenProcess, backend: RecordingBackend) -> None:
    root = make_root()
    ana = make_client(root, "ana")
    ana.write(shop.directory, "ana")
    (shop.directory / "trust" / "clients.pem").write_text(bundle(root))
    template = shop.directory / "shop.yaml"
    template.write_text(dedent(TEMPLATE).replace("BACKEND", backend.url))

    checked = shop.command("check", template).stdout
    deployed = shop.command("deploy", template).stdout

    assert "Limen has no DNS: point the name at this server" in checked
    assert "warning" not in checked
    assert "+ " in deployed
    call = f"curl -sS --cacert {shop.ca} --resolve sam.shop.test:{shop.port}:127.0.0.1"
    url = f"https://sam.shop.test:{shop.port}/orders/42"
    assert shell(shop, f"{call} {url}") == '{"message":"Forbidden"}'
    assert json.loads(shell(shop, f"{call} --cert ana.pem --key ana-key.pem {url}"))["target"] == "/42"
    assert "nothing changed" in shop.command("deploy", template).stdout

    lines = [line for line in template.read_text().splitlines() if "MutualTls" not in line]
    template.write_text("\n".join(lines))
    shop.command("deploy", template)
    assert json.loads(shell(shop, f"{call} {url}"))["target"] == "/42"
    shop.command("deploy", template, "--delete")
    assert shop.client().get_domain_names()["Items"] == []
