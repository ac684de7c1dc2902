"""What the control process tells the functions host of a function: the names of AWS, only what its runs depend on."""

from typing import Any

from msgspec import Struct


class Code(Struct, frozen=True):
    """A zip file of the code directory by its SHA-256 in hex, or a directory of the user's that is run as it is."""

    sha256: str = ""
    directory: str = ""
    """Absolute; its code is live: environments are replaced when a file in it changes."""


class VersionRecord(Struct, frozen=True, kw_only=True):
    """One version. Environments of one whose record has changed are replaced."""

    version: str
    """`$LATEST` or a number."""
    runtime: str
    """`python3.11`, `nodejs20.x`, `provided.al2023` ..."""
    handler: str
    code: Code
    layers: tuple[Code, ...] = ()
    """In the order in which they are laid over each other: a later one wins."""
    timeout: int = 3
    """Seconds."""
    memory_size: int = 128
    """MB."""
    ephemeral_storage: int = 512
    """MB in /tmp."""
    environment: dict[str, str] = {}
    log_group: str
    log_format: str = "Text"
    """`Text` or `JSON`: how START, END and REPORT are written."""
    application_log_level: str = "INFO"
    system_log_level: str = "INFO"
    architecture: str = "x86_64"


class AliasRecord(Struct, frozen=True):
    version: str
    weights: dict[str, float] = {}
    """Share of the invocations that other versions get, 0.0 to 1.0."""


class EventInvokeRecord(Struct, frozen=True):
    """How asynchronous invocations are repeated and where their results go."""

    most_retries: int = 2
    most_age: int = 21600
    """Seconds."""
    on_success: str | None = None
    """ARN of a Lambda function."""
    on_failure: str | None = None


class FunctionRecord(Struct, frozen=True, kw_only=True):
    arn: str
    """Without a qualifier."""
    name: str
    account: str
    region: str
    versions: dict[str, VersionRecord]
    aliases: dict[str, AliasRecord] = {}
    policies: dict[str, dict[str, Any]] = {}
    """Resource-based policy documents by qualifier, `""` for the function itself."""
    reserved_concurrency: int | None = None
    event_invoke: dict[str, EventInvokeRecord] = {}
    """By qualifier, `$LATEST` for the function itself."""
