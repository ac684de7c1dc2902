"""What a custom domain name costs: the same route by its API's own host, and below a mapping of a domain name."""

from collections.abc import Iterator
from contextlib import contextmanager

from bench.client import Probe
from bench.limen_server import LimenServer, proxy_api, write_api
from bench.load import Request
from bench.machine import PROXY_CORE, pin
from bench.peers import Peer, fresh_directory, running_backend
from bench.report import Row, ratio_row
from bench.rounds import Options, run_rounds

NAME = "api.shop.example"
MAPPINGS = 200
"""Of the domain name: as many as an account may have at AWS."""


def measure_domains(options: Options) -> list[Row]:
    with running_backend() as backend, running_hosts(backend) as (own, named):
        rounds = run_rounds([own, named], Request("/orders/42"), options)
    return [
        ratio_row(
            "domains",
            f"one of {MAPPINGS} mappings: CPU per request to the API's own host",
            [measured.cpu_us for measured in rounds[named.name]],
            [measured.cpu_us for measured in rounds[own.name]],
            "us",
            target="<= 1.1",
            is_sound=not any(measured.load.failed for each in rounds.values() for measured in each),
        )
    ]


@contextmanager
def running_hosts(backend: int) -> Iterator[tuple[Peer, Peer]]:
    """One Limen by two of its names, as two peers."""
    directory = fresh_directory("limen")
    server = LimenServer(directory, write_api(proxy_api(backend), directory / "openapi.json"))
    try:
        server.wait_until_ready()
        probe = Probe(server.port)
        server.running.wait_until(lambda: probe.answers("/orders/42"))
        probe.close()
        api_id = _map(server)
        pin(server.running.pid, PROXY_CORE)
        own = Peer("own", server.running, server.port, headers={"Host": server.host_of(api_id)})
        named = Peer("named", server.running, server.port, "/shop/v7", {"Host": f"{NAME}:{server.port}"})
        yield own, named
    finally:
        server.stop()


def _map(server: LimenServer) -> str:
    """The id of the API."""
    client = server.client()
    api_id = str(client.get_apis()["Items"][0]["ApiId"])
    certificate = "arn:aws:acm:us-east-1:000000000000:certificate/00000000-0000-4000-8000-000000000000"
    client.create_domain_name(DomainName=NAME, DomainNameConfigurations=[{"CertificateArn": certificate}])
    for number in range(MAPPINGS):
        client.create_api_mapping(DomainName=NAME, ApiId=api_id, Stage="$default", ApiMappingKey=f"shop/v{number}")
    return api_id
