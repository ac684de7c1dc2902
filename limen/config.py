"""Every setting of the process in one table: its name, what it may be, its default and its meaning.

The fields of `Settings` are the table. The flag `--admin-port`, the variable `LIMEN_ADMIN_PORT`, the key `admin_port`
of limen.toml and the page docs/settings.md all come from the field `admin_port`. A flag comes before a variable, a
variable before the file, the file before the default.
"""

import os
from pathlib import Path
from typing import Annotated, get_args, get_type_hints

from msgspec import Struct, field

from limen import config_values as values
from limen.config_tables import AwsSettings, FunctionSettings, read_aws, read_buckets, read_functions
from limen.config_values import Throttle

CONFIG_FILE = "limen.toml"


class SettingsError(Exception):
    """A setting is wrong; the message, one line, names it and where it was given."""


class Setting(Struct, frozen=True):
    """What is said of a setting beside its name, type and default."""

    parse: values.Parse
    meaning: str
    flag: bool = True
    variable: bool = True
    shown_value: str = "TEXT"
    shown_default: str | None = None


class Settings(Struct, frozen=True, kw_only=True):
    """The settings of one `limen` process."""

    type: Annotated[
        str | None,
        Setting(
            values.one_of("rest", "http"),
            "API type that a FILE becomes",
            shown_value="rest|http",
            shown_default="by what the file holds",
        ),
    ] = None
    stage: Annotated[
        str | None,
        Setting(
            values.matching(r"\$default|[A-Za-z0-9_-]{1,128}", "a stage name: letters, digits, - and _, or $default"),
            "Stage that a FILE is deployed to",
            shown_value="NAME",
            shown_default="$default, or prod for a REST API",
        ),
    ] = None
    watch: Annotated[bool, Setting(values.truth, "Deploy a FILE again whenever it is saved")] = False
    host: Annotated[str, Setting(values.address, "Address that both ports listen on", shown_value="ADDRESS")] = (
        "127.0.0.1"
    )
    port: Annotated[int, Setting(values.port, "Port of the APIs; 0 takes any free one", shown_value="PORT")] = 8443
    admin_port: Annotated[int, Setting(values.port, "Port of the AWS APIs, health and metrics", shown_value="PORT")] = (
        8444
    )
    workers: Annotated[
        int,
        Setting(
            values.whole_number(1, 1024), "Gateway processes", shown_value="N", shown_default="one for each CPU core"
        ),
    ] = field(default_factory=lambda: _count_cores())
    data_dir: Annotated[
        Path,
        Setting(values.path, "Directory of the store, certificates, credentials and logs", shown_value="DIRECTORY"),
    ] = Path(".limen")
    public_url: Annotated[
        str | None,
        Setting(
            values.base_url,
            "URL under which clients reach the API port, where it differs",
            shown_value="URL",
            shown_default="https://localhost:PORT",
        ),
    ] = None
    store: Annotated[
        str | None,
        Setting(
            values.store_url,
            "Where documents are kept: sqlite:///FILE or postgresql+psycopg://...",
            shown_value="URL",
            shown_default="limen.db in the data directory",
        ),
    ] = None
    state: Annotated[
        str,
        Setting(
            values.state_url,
            "Where limits, usage and caches are shared: memory (one machine), valkey://... or redis://... (many)",
            shown_value="URL",
        ),
    ] = "memory"
    ledger_days: Annotated[
        int,
        Setting(values.whole_number(1, 3650), "Days that the ledger of usage is kept by the minute", flag=False),
    ] = 35
    role: Annotated[
        str,
        Setting(
            values.one_of("all", "control", "gateway", later=("functions",)),
            "What this node does: all, control (the AWS APIs) or gateway (serves what others deploy)",
            shown_value="all|control|gateway",
        ),
    ] = "all"
    cluster_host: Annotated[
        str | None,
        Setting(
            values.address, "Address that the cluster port listens on", shown_value="ADDRESS", shown_default="host"
        ),
    ] = None
    cluster_port: Annotated[
        int, Setting(values.port, "Port on which nodes ask each other, by mutual TLS", shown_value="PORT")
    ] = 8445
    cluster_address: Annotated[
        str | None,
        Setting(
            values.address,
            "Name or address that other nodes reach this one by",
            flag=False,
            shown_default="cluster_host, or the name of the machine",
        ),
    ] = None
    allow_stored: Annotated[
        bool, Setting(values.truth, "Accept files with security settings that are stored but not enforced")
    ] = False
    quotas: Annotated[
        str,
        Setting(values.one_of("off", "aws"), "Counts of resources that AWS allows: off or aws", shown_value="off|aws"),
    ] = "off"
    state_loss: Annotated[
        str,
        Setting(
            values.one_of("open", "closed"),
            "While the shared state is away: open admits each worker's share of the limits, closed admits nothing; "
            "a stage's tag limen:state-loss comes first",
            shown_value="open|closed",
        ),
    ] = "open"
    account_throttle: Annotated[
        Throttle | None,
        Setting(
            values.throttle,
            "Requests per second and burst of all APIs of a region together, such as 10000,5000, or off",
            shown_value="RATE,BURST",
            shown_default="off, or 10000,5000 with --quotas aws",
        ),
    ] = None
    usage_delay: Annotated[
        float,
        Setting(
            values.usage_delay,
            "Seconds for which GetUsage does not tell of a call, or aws for about as long as AWS takes",
            shown_value="SECONDS|aws",
        ),
    ] = 0.0
    rate_limit_headers: Annotated[
        bool, Setting(values.truth, "Add RateLimit and RateLimit-Policy to responses of what is limited")
    ] = False
    dev_clock: Annotated[
        bool, Setting(values.truth, "Let limen clock move the clock of limits and caches; for tests alone")
    ] = False
    drain_timeout: Annotated[
        float, Setting(values.seconds, "Seconds that requests may take to end when Limen stops", shown_value="SECONDS")
    ] = 30.0
    max_buffered: Annotated[
        int,
        Setting(
            values.size,
            "Bodies held in memory by a worker; beyond it clients wait",
            shown_value="SIZE",
            shown_default="256MB",
        ),
    ] = 256 << 20
    cache_memory: Annotated[
        int,
        Setting(values.size, "Responses that a worker keeps in its memory", shown_value="SIZE", shown_default="64MB"),
    ] = 64 << 20
    access_log: Annotated[
        str,
        Setting(
            values.one_of("files", "stdout"),
            "Where access logs go: files in DATA-DIR/logs, or stdout",
            shown_value="files|stdout",
        ),
    ] = "files"
    explain: Annotated[
        int,
        Setting(
            values.whole_number(0, 1000),
            "Requests of each stage that are kept for limen explain; 0 keeps none",
            shown_value="N",
        ),
    ] = 0
    trusted_proxies: Annotated[
        tuple[str, ...],
        Setting(values.networks, "Networks of proxies whose X-Forwarded-For counts", flag=False, shown_default="none"),
    ] = ()
    proxy_protocol: Annotated[
        str,
        Setting(
            values.one_of("off", "required"), "PROXY protocol on the API port, for trusted proxies alone", flag=False
        ),
    ] = "off"
    region: Annotated[
        str,
        Setting(
            values.matching(r"[a-z]{2,3}(-[a-z]+)+-[0-9]{1,2}", "a region such as eu-central-1"),
            "Region of APIs made from files",
            flag=False,
        ),
    ] = "us-east-1"
    account_id: Annotated[
        str, Setting(values.matching(r"[0-9]{12}", "12 digits"), "Account that APIs belong to", flag=False)
    ] = "000000000000"
    suffix: Annotated[str, Setting(values.host_name, "What the host names of APIs end with", flag=False)] = "localhost"
    extra_hosts: Annotated[
        tuple[str, ...],
        Setting(
            values.host_names,
            "Further names and addresses for the server certificate, separated by commas",
            flag=False,
            shown_default="none",
        ),
    ] = ()
    upstream_ca: Annotated[
        str | None,
        Setting(
            lambda value: str(values.path(value)),
            "File of further certificate authorities that backends are trusted by",
            flag=False,
            shown_default="none",
        ),
    ] = None
    access_key_id: Annotated[
        str | None,
        Setting(
            values.matching(r"[A-Za-z0-9_]{3,128}", "3 to 128 letters, digits or _"),
            "Access key of the admin port",
            flag=False,
            shown_default="generated in the data directory",
        ),
    ] = None
    secret_access_key: Annotated[
        str | None,
        Setting(
            values.matching(r"[!-~]{3,128}", "3 to 128 characters without spaces"),
            "Its secret",
            flag=False,
            shown_default="generated in the data directory",
        ),
    ] = None
    key_file: Annotated[
        Path | None,
        Setting(
            values.path,
            "File of the key that stored credentials are sealed with",
            shown_default="key in the data directory",
        ),
    ] = None
    audit_size: Annotated[
        int, Setting(values.size_or_none, "Audit log that is kept; 0 keeps none", shown_default="64MB")
    ] = 64 << 20
    functions: Annotated[
        FunctionSettings,
        Setting(
            read_functions,
            'Table: ARN pattern to "local", "aws" or a URL; permissions, runtimes, retry_delay, environment, visible',
            flag=False,
            variable=False,
            shown_default="all local, enforce",
        ),
    ] = FunctionSettings()
    functions_concurrency: Annotated[
        int,
        Setting(
            values.whole_number(1, 100_000),
            "Invocations of Lambda functions that may run at once; more are refused with 429",
            flag=False,
        ),
    ] = 1000
    debug: Annotated[
        tuple[str, ...],
        Setting(
            values.function_names,
            "Lambda function to start under a debugger; may be given several times",
            shown_value="NAME",
            shown_default="none",
        ),
    ] = ()
    vpc_links: Annotated[
        dict[str, str],
        Setting(
            values.table_of(values.backend),
            "Table: id of a VPC link, or ARN of a listener or Cloud Map service, to an address",
            flag=False,
            variable=False,
            shown_default="none",
        ),
    ] = {}
    buckets: Annotated[
        dict[str, str],
        Setting(
            read_buckets,
            "Table: bucket of S3 to a directory that stands for it; objects are read from it where AWS would read S3",
            flag=False,
            variable=False,
            shown_default="none",
        ),
    ] = {}
    aws: Annotated[
        AwsSettings,
        Setting(
            read_aws,
            "Table: where AWS integrations call services: profile for AWS itself, endpoint_url or endpoints by service "
            "for servers like it; also `LIMEN_AWS_ENDPOINT_URL[_SERVICE]`",
            flag=False,
            variable=False,
            shown_default="none",
        ),
    ] = AwsSettings()


def _count_cores() -> int:
    """The cores that this process may use, which in a container are fewer than the machine's."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def table() -> dict[str, Setting]:
    """The settings by name, in the order of the table."""
    hints = get_type_hints(Settings, include_extras=True)
    return {name: get_args(hints[name])[1] for name in Settings.__struct_fields__}
