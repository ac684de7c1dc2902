"""What runs after an exchange of a stage that has an access log."""

from limen.features.access_logs.format import FindVariable, compile_format
from limen.features.access_logs.settings import AccessLogSettings, log_group_of
from limen.features.access_logs.writer import AccessLogs
from limen.gateway.exchange import Exchange
from limen.gateway.route_plan import Record


def compile_access_log(
    settings: AccessLogSettings | None, find_variable: FindVariable, logs: AccessLogs, *, is_canary: bool = False
) -> Record | None:
    """A record that writes a line; PlanError where the destination is no log group.

    A canary writes to the log of its stage and to one of its own (guide, "Canary release deployment in API Gateway").
    """
    if settings is None or not settings.destination_arn or not settings.format:
        return None
    line = compile_format(settings.format, find_variable)
    group = log_group_of(settings.destination_arn)
    write = logs.log(group).write
    write_of_canary = logs.log(f"{group}/Canary").write if is_canary else None

    def log_access(exchange: Exchange) -> None:
        text = line(exchange)
        write(text)
        if write_of_canary is not None:
            write_of_canary(text)

    return log_access
