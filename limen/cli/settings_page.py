"""docs/settings.md from the table of settings: `python -m limen.cli.settings_page > docs/settings.md`."""

from limen.cli.options import default_of
from limen.config import table

HEAD = """\
# Settings

Every setting of the process. A flag comes before an environment variable, that before the file `limen.toml` (in the
directory where `limen` is started; `--config FILE` or `LIMEN_CONFIG` names another), that before the default. A key
of the file has the name in the first column; a key that Limen does not know is an error. `LIMEN_CONFIG` itself, and
what is marked "file only", have their one place.

| Name | Flag | Environment | Default | Meaning |
|---|---|---|---|---|
"""

TAIL = """
## Tables of limen.toml

```toml
port = 8443
max_buffered = "512MB"
trusted_proxies = ["10.0.0.0/8", "2001:db8::/32"]   # addresses and networks; operations.md says what they may do

[vpc_links]                     # private integrations: id of a VPC link, or ARN of a listener or service, to an address
a1b2c3 = "10.0.0.5:8080"
"arn:aws:servicediscovery:us-east-1:000000000000:service/srv-orders" = "https://orders.internal"

[buckets]                       # directories that stand for buckets of S3; all others are asked of S3 as [aws] says
trust = "/etc/limen/trust"      # s3://trust/clients.pem is /etc/limen/trust/clients.pem

[functions]                     # Lambda functions by pattern of their ARN: "local", "aws" or a URL
permissions = "enforce"         # or "warn"
retry_delay = 60                # seconds before an asynchronous invocation that failed is repeated
visible = ["/srv/models"]       # what functions may read although it lies where secrets do
"arn:aws:lambda:*:*:function:orders-*" = "local"

[functions.runtimes]            # interpreters by the name of the runtime; else they are looked for on PATH
"python3.13" = "/opt/python3.13/bin/python"

[functions.environment]         # variables of every function, unless it sets them itself
AWS_ENDPOINT_URL = "http://localhost:4566"

[aws]                           # how AWS integrations reach AWS, or a server like it
profile = "staging"             # of the AWS configuration files: signs calls to AWS itself
endpoint_url = "http://localhost:4566"

[aws.endpoints]                 # by service, before endpoint_url
sqs = "http://localhost:9324"
s3 = "http://minioadmin:minioadmin@localhost:9000"   # with the credentials that this server wants
```

`LIMEN_AWS_ENDPOINT_URL` (one for all services) and `LIMEN_AWS_ENDPOINT_URL_SQS` (and so on) come before `[aws]`.
How calls are signed, and as whom: [aws-services.md](aws-services.md). How functions run: [functions.md](functions.md).
"""


def settings_page() -> str:
    return HEAD + "".join(_row(name) for name in table()) + TAIL


def _row(name: str) -> str:
    setting = table()[name]
    flag = f"`--{name.replace('_', '-')}`" if setting.flag else ""
    variable = f"`LIMEN_{name.upper()}`" if setting.variable else "file only"
    default = setting.shown_default or default_of(name)
    cells = (f"`{name}`", flag, variable, default, setting.meaning.replace("|", "\\|"))
    return f"| {' | '.join(cells)} |\n"


if __name__ == "__main__":
    print(settings_page(), end="")  # noqa: T201
