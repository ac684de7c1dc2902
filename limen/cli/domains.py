"""`limen domains`: custom domain names of the running server, with their certificates and what answers below them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from limen.cli.failure import CommandError
from limen.cli.listing import print_columns, print_json, printable
from limen.cli.options import takes_settings
from limen.config import Settings

if TYPE_CHECKING:
    from limen.cli.admin_port import AdminPort

PATH = "/_limen/domains"
AS_JSON = typer.Option("--json", help="Print JSON")
NAME = typer.Argument(metavar="NAME", help="Such as api.example.com or *.example.com")
FILE: dict[str, Any] = {"metavar": "FILE", "exists": True, "dir_okay": False}


class _ListingGroup(TyperGroup):
    """Lists where no command is named."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        named = args and (not args[0].startswith("-") or args[0] == "--help")
        return super().parse_args(ctx, args if named else ["list", *args])


domains = typer.Typer(cls=_ListingGroup, help="Custom domain names: what is served where, until when.")


@domains.command("list")
@takes_settings("data_dir", "host", "admin_port")
def list_domains(settings: Settings, as_json: Annotated[bool, AS_JSON] = False) -> None:
    """List domain names, what answers below them, and the certificates that they show."""
    found = _port(settings).ask(PATH)
    if as_json:
        print_json(found)
        return
    titles = ["DOMAIN", "PATH", "API", "STAGE", "CERTIFICATE OF", "UNTIL", "MUTUAL TLS"]
    print_columns(titles, [row for domain in found for row in _rows(domain)])
    for domain in found:
        for warning in domain["warnings"]:
            typer.echo(f"warning: {printable(warning)}")


@domains.command("add")
@takes_settings("data_dir", "host", "admin_port")
def add(
    settings: Settings,
    name: Annotated[str, NAME],
    api: Annotated[str, typer.Option("--api", metavar="API", help="Id of an API, or its name where only one has it")],
    stage: Annotated[str, typer.Option("--stage", metavar="STAGE", help="The stage that answers")],
    path: Annotated[str, typer.Option("--path", metavar="PATH", help="Below which it answers [default: all]")] = "",
    certificate: Annotated[Path | None, typer.Option(help="Yours, as PEM [default: one is issued]", **FILE)] = None,
    key: Annotated[Path | None, typer.Option(help="Private key of the certificate, as PEM", **FILE)] = None,
    chain: Annotated[Path | None, typer.Option(help="Certificates up to its root, as PEM", **FILE)] = None,
    truststore: Annotated[
        str | None,
        typer.Option(metavar="FILE|URI", help="Mutual TLS: issuers of client certificates, a file or s3://BUCKET/KEY"),
    ] = None,
    close_api: Annotated[bool, typer.Option("--close-api", help="The API answers on domain names alone")] = False,
) -> None:
    """Serve a stage of an API on a domain name. What is so already stays as it is."""
    from limen.cli.domain_setup import DomainSetup, Wanted, read_certificate

    port = _port(settings)
    own = read_certificate(certificate, key, chain)
    wanted = Wanted(name.lower(), api, stage, path.strip("/"), own, truststore, close_api)
    trusted = port.authority.read_bytes()
    lines = DomainSetup(port, wanted).run()
    for line in lines or ["nothing changed"]:
        typer.echo(printable(line))
    if port.authority.read_bytes() != trusted:
        told = f"{port.authority} has a new authority, which may sign for {wanted.name} alone: limen trust installs it"
        typer.echo(printable(told), err=True)
    _tell_how_to_call(settings, port, wanted.name, wanted.path)


@domains.command("remove")
@takes_settings("data_dir", "host", "admin_port")
def remove(settings: Settings, name: Annotated[str, NAME]) -> None:
    """Take a domain name away with what is mapped to it. A certificate that was imported stays."""
    from limen.cli.domain_setup import remove_domain

    for line in remove_domain(_port(settings), name.lower()):
        typer.echo(printable(line))


def _port(settings: Settings) -> "AdminPort":
    from limen.cli.admin_port import AdminPort

    return AdminPort(settings)


def _rows(domain: dict[str, Any]) -> list[list[object]]:
    """A row for each path and rule; what is of the whole domain name stands in each, so that it can be searched."""
    certificate = domain["certificate"] or {}
    rest = [certificate.get("issuer"), certificate.get("expires"), "yes" if domain["mutualTls"] else "no"]
    targets = [
        *(["rule " + str(each["priority"]), each] for each in domain["rules"]),
        *(["/" + each["path"], each] for each in domain["mappings"]),
    ]
    return [
        [domain["domainName"], path, each.get("apiName"), each.get("stage"), *rest]
        for path, each in targets or [[None, {}]]
    ]


def _tell_how_to_call(settings: Settings, port: "AdminPort", name: str, path: str) -> None:
    from limen.cli.curl_line import curl_line

    domain = next((each for each in port.ask(PATH) if each["domainName"] == name), None)
    mapping = next((each for each in (domain or {}).get("mappings", ()) if each["path"] == path), None)
    if domain is None or mapping is None:
        raise CommandError(f"{name} does not look at mappings: its routing mode is ROUTING_RULE_ONLY")
    for warning in domain["warnings"]:
        typer.echo(f"warning: {printable(warning)}", err=True)
    typer.echo(mapping["url"])
    typer.echo(curl_line(domain, mapping["url"], port.authority, settings.host))
