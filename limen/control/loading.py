"""What the control process does not load at once: what not every start needs, and what no request waits for.

The one place where it imports in functions: what it loads before then decides how long the first answer takes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from limen.aws.credentials import AccessKey
from limen.control.call import ControlSettings
from limen.control.cluster.one_node import OneNode
from limen.control.cluster.settings import ClusterSettings, FollowingSettings
from limen.control.deployed import Deployed, FileOptions
from limen.control.publisher import Publisher
from limen.control.surroundings import PortSettings, Surroundings
from limen.store.store import Store

if TYPE_CHECKING:
    from limen.control.cluster.following import FollowingControl
    from limen.control.ports import Ports


def deploy(
    store: Store, settings: ControlSettings, path: Path, options: FileOptions, parameters: Mapping[str, str]
) -> Deployed:
    """Makes served what a file says, an OpenAPI document or a template; raises FileRefusedError."""
    from limen.control.stacks.text import is_template_file

    if is_template_file(path):
        from limen.control.deploy_template import deploy_template

        return deploy_template(store, settings, path, options, parameters)
    from limen.control.deploy_files import deploy_file

    return deploy_file(store, settings, path, options)


async def watch(
    paths: Sequence[Path],
    deploy_one: Callable[[Path], Awaitable[Deployed]],
    say: Callable[[str], None],
    stop: asyncio.Event,
) -> None:
    """Deploys each file again when it is saved."""
    from limen.control.watch import redeploy_saved

    await redeploy_saved(paths, deploy_one, say, stop)


def renew_certificate(store: Store, settings: ControlSettings, noun: str, parent: str, key: str) -> None:
    """Makes one that this server issued anew."""
    from limen.control.certificates.renewal import renew_stored

    renew_stored(store, settings, noun, parent, key)


def open_cluster(store: Store, settings: ClusterSettings, publisher: Publisher) -> OneNode:
    """Where nodes share a store."""
    if not store.is_shared:
        return OneNode(publisher)
    from limen.control.cluster.cluster import Cluster

    return Cluster(store, settings, publisher)


def following_control(settings: FollowingSettings, adopt: Callable[[AccessKey], None]) -> "FollowingControl":
    """Of a gateway node; raises StoreError."""
    from limen.control.cluster.following import FollowingControl

    return FollowingControl(settings, adopt)


def load_ports(settings: PortSettings, surroundings: Surroundings) -> "Ports":
    """Takes a quarter of a second of a core: for a thread, after the workers serve."""
    from limen.control.ports import Ports

    return Ports(settings, surroundings)
