"""Compiles the modules that every request goes through to machine code with mypyc, from the same source, unchanged.

Run by `make install`. Without a C compiler or Python's headers Limen runs as it is, at more CPU per request: it says
so and ends well. The compiled files lie beside their sources and are out of date as soon as a source is edited;
tests/conftest.py refuses to run then, `make compile` renews them, `make pure` removes them.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]

HOT = (
    "limen/budget.py",
    "limen/clock.py",
    "limen/downstream/acceptance.py",
    "limen/downstream/body.py",
    "limen/downstream/head.py",
    "limen/downstream/http1.py",
    "limen/downstream/reply.py",
    "limen/downstream/trusted_proxies.py",
    "limen/features/access_logs/format.py",
    "limen/features/access_logs/record.py",
    "limen/features/authorizers/function_step.py",
    "limen/features/authorizers/granted.py",
    "limen/features/authorizers/iam_known.py",
    "limen/features/authorizers/iam_policies.py",
    "limen/features/authorizers/iam_step.py",
    "limen/features/authorizers/identity_sources.py",
    "limen/features/authorizers/jwt_step.py",
    "limen/features/caching/entries.py",
    "limen/features/caching/keys.py",
    "limen/features/caching/step.py",
    "limen/features/compression.py",
    "limen/features/domain_names/domains.py",
    "limen/features/domain_names/rules.py",
    "limen/features/domain_names/selection.py",
    "limen/features/explain/record.py",
    "limen/features/metrics/counting.py",
    "limen/features/throttling/admission.py",
    "limen/features/throttling/bucket.py",
    "limen/features/traces.py",
    "limen/features/usage_plans/journal.py",
    "limen/features/usage_plans/step.py",
    "limen/features/usage_plans/table.py",
    "limen/features/validation/parameters.py",
    "limen/features/validation/step.py",
    "limen/functions/capture.py",
    "limen/functions/environment.py",
    "limen/functions/function.py",
    "limen/functions/invoke_call.py",
    "limen/functions/invoke_connection.py",
    "limen/functions/invoker.py",
    "limen/functions/logs.py",
    "limen/functions/machine.py",
    "limen/functions/pool.py",
    "limen/functions/registry.py",
    "limen/functions/reports.py",
    "limen/functions/run.py",
    "limen/functions/runtime_api.py",
    "limen/functions/runtime_connection.py",
    "limen/gateway/api_key.py",
    "limen/gateway/domain_match.py",
    "limen/gateway/domains.py",
    "limen/gateway/escapes.py",
    "limen/gateway/exchange.py",
    "limen/gateway/failures.py",
    "limen/gateway/ids.py",
    "limen/gateway/key_use.py",
    "limen/gateway/method_request.py",
    "limen/gateway/overrides.py",
    "limen/gateway/paths.py",
    "limen/gateway/request_view.py",
    "limen/gateway/resources.py",
    "limen/gateway/rest_context.py",
    "limen/gateway/rest_failures.py",
    "limen/gateway/run.py",
    "limen/gateway/table.py",
    "limen/gateway/template_context.py",
    "limen/integrations/exchange_call.py",
    "limen/integrations/forwarding.py",
    "limen/integrations/functions/call.py",
    "limen/integrations/functions/invoke.py",
    "limen/integrations/functions/stream.py",
    "limen/integrations/http.py",
    "limen/integrations/http_functions/answers.py",
    "limen/integrations/http_functions/event_headers.py",
    "limen/integrations/http_functions/events.py",
    "limen/integrations/http_functions/json_text.py",
    "limen/integrations/http_functions/proxy.py",
    "limen/integrations/rest/content.py",
    "limen/integrations/rest/custom.py",
    "limen/integrations/rest/function_answer.py",
    "limen/integrations/rest/function_event.py",
    "limen/integrations/rest/function_proxy.py",
    "limen/integrations/rest/mock.py",
    "limen/integrations/rest/proxy.py",
    "limen/integrations/rest/proxy_mapping.py",
    "limen/integrations/rest/raw_path.py",
    "limen/integrations/rest/reading.py",
    "limen/integrations/rest/request_mapping.py",
    "limen/integrations/rest/responses.py",
    "limen/integrations/rest/templates.py",
    "limen/integrations/rest/treatment.py",
    "limen/integrations/rest/uri.py",
    "limen/integrations/segments.py",
    "limen/upstream/call.py",
    "limen/upstream/client.py",
    "limen/upstream/http1.py",
    "limen/upstream/pool.py",
    "limen/upstream/streamed_call.py",
)
"""None of them defines a Struct: their class is made by a metaclass, which mypyc does not compile.
Nothing of limen/templates is here: compiled functions do not count their recursion, and a template could build what
ends the process."""

GROUP = "limen.compiled"
BUILD = """
from mypyc.build import mypycify
from setuptools import setup

setup(
    name="limen-compiled",
    packages=[],
    py_modules=[],
    ext_modules=mypycify(
        ["--strict", "--no-warn-unused-ignores", "--config-file=", "--ignore-missing-imports", *{paths!r}],
        group_name={group!r},
        opt_level="3",
    ),
)
"""


def main() -> int:
    """0 also where there is nothing to compile with: plain Python serves the same. 1: our source is at fault."""
    remove_compiled()
    missing = find_missing()
    if missing:
        print(f"not compiled, {missing} is missing: Limen runs as plain Python, at more CPU per request")
        return 0
    with tempfile.TemporaryDirectory(prefix="limen-compile-") as name:
        directory = Path(name)
        shutil.copytree(ROOT / "limen", directory / "limen", ignore=shutil.ignore_patterns("__pycache__"))
        (directory / "setup.py").write_text(BUILD.format(paths=list(HOT), group=GROUP))
        built = subprocess.run(
            [sys.executable, "setup.py", "--quiet", "build_ext", "--inplace"],
            cwd=directory,
            capture_output=True,
            text=True,
            env={**os.environ, "CFLAGS": "-O3 -g0 -w"},
        )
        if built.returncode != 0:
            print(f"mypyc does not compile the hot path:\n{built.stdout}{built.stderr}")
            return 1
        for library in directory.glob("limen/**/*" + sysconfig.get_config_var("EXT_SUFFIX")):
            shutil.copy2(library, ROOT / library.relative_to(directory))
    return 0


def find_missing() -> str | None:
    headers = sysconfig.get_paths()["include"]
    compiler = (os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc").split()
    if shutil.which(compiler[0]) is None:
        return f"a C compiler ({compiler[0]})"
    if not Path(headers, "Python.h").exists():
        return "Python's header Python.h"
    command = [*compiler, "-I", headers, "-fsyntax-only", "-x", "c", "-"]
    tried = subprocess.run(command, input="#include <Python.h>\n", text=True, capture_output=True)
    return None if tried.returncode == 0 else f"a C compiler that works ({compiler[0]})"


def remove_compiled() -> None:
    for library in (ROOT / "limen").rglob("*.so"):
        library.unlink()


if __name__ == "__main__":
    if sys.argv[1:] == ["--remove"]:
        remove_compiled()
    else:
        raise SystemExit(main())
