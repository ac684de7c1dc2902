"""`limen status`: how the running server is."""

from typing import Annotated, Any

import typer

from limen.cli.listing import callable_urls, print_columns, print_json, printable
from limen.cli.options import takes_settings
from limen.config import Settings


@takes_settings("data_dir", "host", "admin_port")
def status(
    settings: Settings, as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables")] = False
) -> None:
    """Show nodes, stages, deployments and workers. UNDEPLOYED counts changes since the deployment of a stage."""
    from limen.cli.admin_port import AdminPort

    answer = AdminPort(settings).ask("/_limen/status")
    if as_json:
        print_json(answer)
        return
    typer.echo(f"revision {printable(answer['revision'])}\n")
    if answer.get("store"):
        typer.echo(f"database {printable(answer['store'])}\n")
    if "nodes" in answer:
        print_columns(["NODE", "ROLE", "STATE", "REVISION", "CONNECTIONS", "ADDRESS", "VERSION"], _nodes(answer))
        typer.echo()
    workers = [[worker["pid"], worker["revision"], worker["connections"]] for worker in answer["workers"]]
    print_columns(["WORKER", "REVISION", "CONNECTIONS"], workers)
    typer.echo()
    stages = [_row(api, stage) for api in answer["apis"] for stage in api["stages"] or [{}]]
    print_columns(["API", "NAME", "STAGE", "DEPLOYMENT", "AUTO-DEPLOY", "UNDEPLOYED", "URL"], stages)
    for message in _messages(answer["apis"]):
        typer.echo(message)


def _nodes(answer: dict[str, Any]) -> list[list[object]]:
    """The node that answers is marked."""
    return [
        [
            f"{node['id']}{' (this one)' if node['isThis'] else ''}",
            node["role"],
            node["state"],
            node["revision"],
            node["connections"],
            node["address"],
            node["version"],
        ]
        for node in answer["nodes"]
    ]


def _row(api: dict[str, Any], stage: dict[str, Any]) -> list[object]:
    auto_deploy = ("yes" if stage["autoDeploy"] else "no") if stage else None
    details = [stage.get("stageName"), stage.get("deploymentId"), auto_deploy, stage.get("undeployed")]
    return [api["apiId"], api["name"], *details, callable_urls(stage) if stage else None]


def _messages(apis: list[dict[str, Any]]) -> list[str]:
    """What stages say of their last deployment."""
    return [
        f"{printable(api['apiId'])}/{printable(stage['stageName'])}: {printable(stage['message'])}"
        for api in apis
        for stage in api["stages"]
        if stage.get("message")
    ]
