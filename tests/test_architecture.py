"""The house rules that a machine can check: sizes, docstrings, test files, imports of a worker, no stray addresses."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 40

LONG_FILES: dict[str, str] = {}
"""Files over the limit and why they are one idea nevertheless."""

LONG_FUNCTIONS: dict[str, str] = {
    "limen/gateway/exchange.py: __init__": "a line for each slot that a request begins with",
    "limen/process_settings.py: controller_settings": "a line for each value that the control process needs",
}
""" "file: function" over the limit, and why it does not come apart."""

TESTED_ELSEWHERE: dict[str, str] = {
    "limen/worker.py": "tests/e2e/test_processes.py",
    "limen/state/interface.py": "tests/state/test_messages.py",
    "limen/functions_host.py": "tests/e2e/test_functions_host.py",
    "limen/supervisor.py": "tests/e2e/test_processes.py",
    "limen/controller.py": "tests/e2e/test_processes.py",
    "limen/aws/body.py": "tests/aws/test_server.py",
    "limen/aws/call.py": "tests/aws/test_server.py",
    "limen/cli/access.py": "tests/e2e/test_access.py",
    "limen/cli/audit.py": "tests/e2e/test_audit.py",
    "limen/cli/deploy.py": "tests/e2e/test_deploy_template.py",
    "limen/cli/stacks.py": "tests/e2e/test_deploy_template.py",
    "limen/processes.py": "tests/e2e/test_processes.py",
    "limen/process_settings.py": "tests/e2e/test_processes.py",
    "limen/aws/protocols.py": "tests/aws/test_directory.py",
    "limen/aws/policies/errors.py": "tests/aws/policies/test_conditions.py",
    "limen/aws/policies/hints.py": "tests/aws/policies/test_index.py",
    "limen/aws/policies/statements.py": "tests/aws/policies/test_policy.py",
    "limen/aws/policies/texts.py": "tests/aws/policies/test_policy.py",
    "limen/aws/policies/variables.py": "tests/aws/policies/test_conditions.py",
    "limen/control/admin.py": "tests/e2e/test_boto3.py",
    "limen/control/overview.py": "tests/e2e/test_serve_file.py",
    "limen/plan/trial.py": "tests/plan/test_trial_run.py",
    "limen/plan/channel.py": "tests/e2e/test_changes_under_load.py",
    "limen/control/tags.py": "tests/control/v2/test_tags.py",
    "limen/cli/log_requests.py": "tests/cli/test_logs.py",
    "limen/cli/events/apis.py": "tests/cli/events/test_kinds.py",
    "limen/cli/events/services.py": "tests/cli/events/test_kinds.py",
    "limen/control/access/apigateway.py": "tests/control/access/test_actions.py",
    "limen/control/access/iam.py": "tests/control/access/test_actions.py",
    "limen/control/access/lambda_functions.py": "tests/control/access/test_actions.py",
    "limen/control/access/pass_role.py": "tests/control/access/test_actions.py",
    "limen/control/access/questions.py": "tests/e2e/test_iam.py",
    "limen/control/audit/events.py": "tests/control/audit/test_log.py",
    "limen/control/iam/attachments.py": "tests/control/iam/test_policies.py",
    "limen/control/iam/aws_policies.py": "tests/control/iam/test_policies.py",
    "limen/control/iam/credentials.py": "tests/e2e/test_iam.py",
    "limen/control/iam/errors.py": "tests/control/iam/test_users.py",
    "limen/control/iam/operations.py": "tests/control/iam/test_users.py",
    "limen/control/iam/tag_lists.py": "tests/control/iam/test_users.py",
    "limen/control/iam/tags.py": "tests/control/iam/test_users.py",
    "limen/control/iam/trust.py": "tests/control/iam/test_sts.py",
    "limen/control/iam/unserved.py": "tests/control/iam/test_users.py",
    "limen/control/logs/errors.py": "tests/control/logs/test_groups.py",
    "limen/control/logs/json_patterns.py": "tests/control/logs/test_patterns.py",
    "limen/control/logs/operations.py": "tests/control/logs/test_groups.py",
    "limen/control/logs/tags.py": "tests/control/logs/test_groups.py",
    "limen/control/documents.py": "tests/control/v2/test_apis.py",
    "limen/control/functions/documents.py": "tests/control/functions/test_functions.py",
    "limen/control/functions/errors.py": "tests/control/functions/test_functions.py",
    "limen/control/functions/layer_permissions.py": "tests/control/functions/test_layers.py",
    "limen/control/functions/operations.py": "tests/control/functions/test_unserved.py",
    "limen/control/functions/policies.py": "tests/control/functions/test_permissions.py",
    "limen/control/functions/uploads.py": "tests/control/functions/test_functions.py",
    "limen/config_tables.py": "tests/test_config.py",
    "limen/gateway/caller.py": "tests/features/authorizers/test_compile.py",
    "limen/control/v1/authorizer_checks.py": "tests/control/v1/test_authorizers.py",
    "limen/control/v1/usage_plan_keys.py": "tests/control/v1/test_usage_plans.py",
    "limen/control/openapi/apply.py": "tests/control/openapi/test_operations.py",
    "limen/control/openapi/extensions.py": "tests/control/openapi/test_import_http.py",
    "limen/control/openapi/inspect.py": "tests/control/test_coverage.py",
    "limen/control/openapi/json_text.py": "tests/control/openapi/test_read.py",
    "limen/control/openapi/keyword.py": "tests/control/test_coverage.py",
    "limen/control/openapi/keywords.py": "tests/control/openapi/test_import_http.py",
    "limen/control/openapi/write.py": "tests/control/openapi/test_export.py",
    "limen/control/openapi/apply_rest.py": "tests/control/openapi/test_rest_operations.py",
    "limen/control/openapi/rest_document.py": "tests/control/openapi/test_import_rest.py",
    "limen/control/openapi/rest_extensions.py": "tests/control/openapi/test_import_rest.py",
    "limen/control/openapi/rest_keywords.py": "tests/control/openapi/test_import_rest.py",
    "limen/control/openapi/rest_methods.py": "tests/control/openapi/test_import_rest.py",
    "limen/control/openapi/shapes.py": "tests/control/openapi/test_import_http.py",
    "limen/control/openapi/write_rest.py": "tests/control/openapi/test_rest_export.py",
    "limen/control/openapi/write_rest_documentation.py": "tests/control/openapi/test_rest_export.py",
    "limen/control/openapi/write_rest_methods.py": "tests/control/openapi/test_rest_export.py",
    "limen/control/openapi/write_rest_models.py": "tests/control/openapi/test_rest_export.py",
    "limen/control/openapi/write_rest_security.py": "tests/control/openapi/test_rest_export.py",
    "limen/control/openapi/yaml_text.py": "tests/control/openapi/test_read.py",
    "limen/cli/pools.py": "tests/cli/test_users.py",
    "limen/cli/token.py": "tests/cli/test_users.py",
    "limen/control/pools/accounts.py": "tests/control/pools/test_users.py",
    "limen/control/pools/admin_passwords.py": "tests/control/pools/test_recovery.py",
    "limen/control/pools/challenges.py": "tests/control/pools/test_answers.py",
    "limen/control/pools/changes.py": "tests/control/pools/test_own_user.py",
    "limen/control/pools/codes.py": "tests/control/pools/test_sign_up.py",
    "limen/control/pools/credentials.py": "tests/control/pools/test_sign_in.py",
    "limen/control/pools/documents.py": "tests/control/pools/test_pools.py",
    "limen/control/pools/domains.py": "tests/control/pools/test_pools.py",
    "limen/control/pools/errors.py": "tests/control/pools/test_sign_in.py",
    "limen/control/pools/filters.py": "tests/control/pools/test_users.py",
    "limen/control/pools/first_factor.py": "tests/control/pools/test_sign_in.py",
    "limen/control/pools/new_users.py": "tests/control/pools/test_sign_up.py",
    "limen/control/pools/pages.py": "tests/control/pools/test_users.py",
    "limen/control/pools/pool_settings.py": "tests/control/pools/test_pools.py",
    "limen/control/pools/resource_servers.py": "tests/control/pools/test_pools.py",
    "limen/control/pools/schema.py": "tests/control/pools/test_users.py",
    "limen/control/pools/token_requests.py": "tests/cli/test_users.py",
    "limen/control/oauth/authorize.py": "tests/control/oauth/test_sign_ons.py",
    "limen/control/oauth/codes.py": "tests/control/oauth/test_token.py",
    "limen/control/oauth/endpoints.py": "tests/control/oauth/test_app.py",
    "limen/control/oauth/errors.py": "tests/control/oauth/test_asked.py",
    "limen/control/oauth/forms.py": "tests/control/oauth/test_login.py",
    "limen/control/oauth/granting.py": "tests/control/oauth/test_token.py",
    "limen/control/oauth/places.py": "tests/control/oauth/test_app.py",
    "limen/control/oauth/pool_urls.py": "tests/cli/test_users.py",
    "limen/control/oauth/runner.py": "tests/e2e/test_sign_in_pages.py",
    "limen/control/deploy_template.py": "tests/e2e/test_serve_template.py",
    "limen/control/stacks/data_kinds.py": "tests/control/stacks/test_engine.py",
    "limen/control/stacks/http_stages.py": "tests/control/stacks/test_http_kinds.py",
    "limen/control/stacks/judges.py": "tests/control/stacks/test_rest_kinds.py",
    "limen/control/stacks/kind.py": "tests/control/stacks/test_engine.py",
    "limen/control/stacks/kinds.py": "tests/control/stacks/test_engine.py",
    "limen/control/stacks/log_kinds.py": "tests/control/stacks/test_engine.py",
    "limen/control/stacks/names.py": "tests/control/stacks/test_engine.py",
    "limen/control/stacks/outputs.py": "tests/control/stacks/test_engine.py",
    "limen/control/stacks/records.py": "tests/control/stacks/test_engine.py",
    "limen/control/stacks/requests.py": "tests/e2e/test_deploy_template.py",
    "limen/control/stacks/rest_api.py": "tests/control/stacks/test_rest_kinds.py",
    "limen/control/stacks/rest_stages.py": "tests/control/stacks/test_rest_kinds.py",
    "limen/control/v1/clone.py": "tests/control/v1/test_rest_apis.py",
    "limen/control/v1/documents.py": "tests/control/v1/test_rest_apis.py",
    "limen/control/v1/endpoints.py": "tests/control/v1/test_rest_apis.py",
    "limen/control/v1/integration_checks.py": "tests/control/v1/test_integrations.py",
    "limen/control/v1/mapping.py": "tests/control/v1/test_integrations.py",
    "limen/control/v1/method_documents.py": "tests/control/v1/test_methods.py",
    "limen/control/v1/model_references.py": "tests/control/v1/test_models.py",
    "limen/control/v1/operations.py": "tests/control/test_invoke.py",
    "limen/control/v1/policies.py": "tests/control/v1/test_rest_apis.py",
    "limen/control/v1/quotas.py": "tests/control/v1/test_rest_apis.py",
    "limen/control/v2/api_mappings.py": "tests/control/v2/test_domain_names.py",
    "limen/control/v2/auto_deploy.py": "tests/control/v2/test_deployments.py",
    "limen/control/v2/checks.py": "tests/control/v2/test_apis.py",
    "limen/control/v2/cors.py": "tests/control/v2/test_apis.py",
    "limen/control/v2/documents.py": "tests/control/v2/test_apis.py",
    "limen/control/v2/integration_checks.py": "tests/control/v2/test_integrations.py",
    "limen/control/v2/integration_responses.py": "tests/control/v2/test_integrations.py",
    "limen/control/model_templates.py": "tests/control/v2/test_models.py",
    "limen/control/v2/service_integrations.py": "tests/control/v2/test_integrations.py",
    "limen/control/v2/parameter_mapping.py": "tests/control/v2/test_integrations.py",
    "limen/control/v2/quick_create.py": "tests/control/v2/test_apis.py",
    "limen/control/v2/quotas.py": "tests/control/v2/test_apis.py",
    "limen/control/v2/route_responses.py": "tests/control/v2/test_routes.py",
    "limen/control/v2/stage_settings.py": "tests/control/v2/test_stages.py",
    "limen/jose/algorithms.py": "tests/jose/test_keys.py",
    "limen/jose/errors.py": "tests/jose/test_compact.py",
    "limen/features/authorizers/guarded.py": "tests/features/authorizers/test_compile.py",
    "limen/features/authorizers/cognito_names.py": "tests/features/authorizers/test_cognito.py",
    "limen/features/authorizers/tools.py": "tests/features/authorizers/test_jwt_step.py",
    "limen/features/authorizers/iam_long.py": "tests/features/authorizers/test_iam_step.py",
    "limen/downstream/http1_states.py": "tests/downstream/test_http1.py",
    "limen/functions/bootstraps/python/bootstrap.py": "tests/functions/bootstraps/python/test_paths.py",
    "limen/functions/bootstraps/python/context.py": "tests/functions/bootstraps/python/test_invocations.py",
    "limen/functions/bootstraps/python/faults.py": "tests/functions/bootstraps/python/test_invocations.py",
    "limen/functions/bootstraps/python/handlers.py": "tests/functions/bootstraps/python/test_invocations.py",
    "limen/functions/bootstraps/python/log_sink.py": "tests/functions/bootstraps/test_frames.py",
    "limen/functions/bootstraps/python/runtime_api.py": "tests/functions/bootstraps/python/test_invocations.py",
    "limen/functions/interpreters.py": "tests/functions/test_runtimes.py",
    "limen/functions/kin.py": "tests/functions/test_spawner.py",
    "limen/functions/kernel.py": "tests/functions/test_sandbox.py",
    "limen/functions/process.py": "tests/functions/test_environment_faults.py",
    "limen/functions/spawner_process.py": "tests/functions/test_spawner.py",
    "limen/functions/surroundings.py": "tests/functions/test_environment.py",
    "limen/functions/variables.py": "tests/functions/test_environment.py",
    "limen/gateway/template_context.py": "tests/integrations/rest/test_custom.py",
    "limen/plan/assembly.py": "tests/plan/test_stage.py",
    "limen/plan/rest_settings.py": "tests/plan/test_rest.py",
    "limen/gateway/ports.py": "tests/integrations/test_compile.py",
    "limen/integrations/rest/mapping_settings.py": "tests/integrations/rest/test_custom.py",
    "limen/integrations/exchange_call.py": "tests/integrations/test_http.py",
    "limen/integrations/functions/noting.py": "tests/integrations/functions/test_invoke.py",
    "limen/integrations/functions/stream.py": "tests/integrations/rest/test_function_stream.py",
    "limen/integrations/noting.py": "tests/integrations/rest/test_proxy.py",
    "limen/integrations/backends.py": "tests/integrations/test_compile.py",
    "limen/integrations/http_functions/event_headers.py": "tests/integrations/http_functions/test_events.py",
    "limen/integrations/http_functions/failures.py": "tests/integrations/http_functions/test_proxy.py",
    "limen/integrations/http_functions/settings.py": "tests/integrations/http_functions/test_proxy.py",
    "limen/integrations/subtypes/actions.py": "tests/integrations/subtypes/test_requests.py",
    "limen/integrations/service_caller.py": "tests/integrations/test_service.py",
    "limen/integrations/service_signing.py": "tests/integrations/test_service.py",
    "limen/integrations/proxy_settings.py": "tests/integrations/test_http.py",
    "limen/integrations/unserved.py": "tests/integrations/test_compile.py",
    "limen/integrations/rest/failures.py": "tests/integrations/rest/test_proxy.py",
    "limen/integrations/rest/proxy_mapping.py": "tests/integrations/rest/test_proxy.py",
    "limen/integrations/rest/raw_path.py": "tests/integrations/rest/test_uri.py",
    "limen/integrations/rest/settings.py": "tests/integrations/rest/test_proxy.py",
    "limen/store/documents.py": "tests/store/test_store.py",
    "limen/store/errors.py": "tests/store/test_store.py",
    "limen/store/tables.py": "tests/store/test_store.py",
    "limen/templates/jsonpath_filters.py": "tests/templates/test_jsonpath.py",
    "limen/templates/jsonpath_functions.py": "tests/templates/test_jsonpath.py",
    "limen/templates/jsonpath_steps.py": "tests/templates/test_jsonpath.py",
    "limen/templates/lexer.py": "tests/templates/test_parser.py",
    "limen/templates/nodes.py": "tests/templates/test_parser.py",
}
"""Modules without a test file of their own name, and without a test in their folder that imports them: where their
behaviour is shown."""

CONTROL_PLANE = (
    "limen.control",
    "limen.store",
    "limen.controller",
    "limen.supervisor",
    "botocore",
    "sqlalchemy",
    "starlette",
    "uvicorn",
)

STRAY_ADDRESSES = re.compile(
    "|".join(
        (
            re.escape("py" + "pi.org"),
            "python" + "hosted",
            "npm" + r"js\.(org|com)",
            r"--(extra-)?index" + "-url +[a-z]",
            r"(?<![\w.}$-])/(root|work|Users|home)" + r"/[\w.]",
        )
    )
)
"""Package registries, and paths that exist on one machine alone."""


def source_files(*folders: str) -> list[Path]:
    return sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py"))


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@cache
def parse(file: Path) -> ast.Module:
    return ast.parse(file.read_text(), filename=str(file), feature_version=(3, 11))


def functions(file: Path) -> Iterator[tuple[str, int]]:
    """Each function with its number of lines, without its docstring."""
    for node in ast.walk(parse(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            is_documented = ast.get_docstring(node) is not None
            docstring_lines = (first.end_lineno or first.lineno) - first.lineno + 1 if is_documented else 0
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1 - docstring_lines


def test_files_are_short() -> None:
    sizes = {name_of(file): len(file.read_text().splitlines()) for file in source_files("limen", "bench", "tests")}
    long = {name: size for name, size in sizes.items() if size > MAX_FILE_LINES}

    assert {name: size for name, size in long.items() if name not in LONG_FILES} == {}
    assert set(LONG_FILES) <= set(long), "named exceptions that are short by now"


def test_functions_are_short() -> None:
    long = {
        f"{name_of(file)}: {name}": size
        for file in source_files("limen", "bench", "examples")
        for name, size in functions(file)
        if size > MAX_FUNCTION_LINES
    }

    assert {name: size for name, size in long.items() if name not in LONG_FUNCTIONS} == {}
    assert set(LONG_FUNCTIONS) <= set(long), "named exceptions that are short by now"


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        name_of(file)
        for file in source_files("limen", "bench", "examples", "tests")
        if file.read_text().strip() and ast.get_docstring(parse(file)) is None
    ]

    assert silent == []


def test_every_package_of_limen_defines_its_words() -> None:
    packages = {file.parent for file in source_files("limen")}
    wordless = [
        name_of(package)
        for package in packages
        if not (package / "__init__.py").exists() or ast.get_docstring(parse(package / "__init__.py")) is None
    ]

    assert wordless == []


def test_every_module_has_its_tests() -> None:
    untested = [
        name_of(file)
        for file in source_files("limen")
        if file.name not in ("__init__.py", "__main__.py")
        and name_of(file) not in TESTED_ELSEWHERE
        and not is_tested_in_its_folder(file)
    ]

    assert untested == []


def test_exceptions_to_tests_are_needed() -> None:
    gone = [name for name in TESTED_ELSEWHERE if not (ROOT / name).exists()]
    missing = [test for test in TESTED_ELSEWHERE.values() if not (ROOT / test).exists()]
    needless = [name for name in TESTED_ELSEWHERE if expected_test(ROOT / name).exists()]

    assert (gone, missing, needless) == ([], [], [])


def is_tested_in_its_folder(file: Path) -> bool:
    """limen/store/sqlite.py: by tests/store/test_sqlite.py, or by another file of tests/store that imports it."""
    own_test = expected_test(file)
    module = ".".join(("limen", *file.relative_to(ROOT / "limen").with_suffix("").parts))
    imports = re.compile(rf"^(from|import) {re.escape(module)}\b", re.MULTILINE)
    return own_test.exists() or any(imports.search(test.read_text()) for test in own_test.parent.glob("*.py"))


def expected_test(file: Path) -> Path:
    """limen/store/sqlite.py -> tests/store/test_sqlite.py"""
    inside = file.relative_to(ROOT / "limen")
    return ROOT / "tests" / inside.parent / f"test_{inside.name}"


def test_a_worker_loads_nothing_of_the_control_plane() -> None:
    assert control_plane_modules("limen.worker") == []


def control_plane_modules(process: str) -> list[str]:
    script = f"import sys, {process}; print(*sys.modules)"
    finished = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr

    return [
        module
        for module in finished.stdout.split()
        if module.startswith(tuple(f"{package}." for package in CONTROL_PLANE))
        or module in CONTROL_PLANE
        or (module.startswith("limen.") and module.rpartition(".")[2] == "operations")
    ]


def test_a_functions_host_loads_nothing_of_the_control_plane() -> None:
    assert control_plane_modules("limen.functions_host") == []


def test_no_registry_and_no_machine_is_named() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for file in project_files()
        for number, line in enumerate(file.read_text(errors="ignore").splitlines(), 1)
        if STRAY_ADDRESSES.search(line)
    ]

    assert found == []


def test_pins_carry_a_hash_each() -> None:
    for file in (ROOT / "constraints").glob("*.txt"):
        entries = re.split(r"\n(?=\S)", file.read_text().strip())
        assert [entry.split("\n")[0] for entry in entries if "--hash=sha256:" not in entry] == [], file.name


def project_files() -> list[Path]:
    """What is or would be committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git work tree")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_what_is_compiled_is_there_and_defines_no_struct() -> None:
    compiled = re.findall(r'^    "(limen/[^"]+)",$', (ROOT / "tools/compile_hot_path.py").read_text(), re.MULTILINE)

    assert len(compiled) > 10
    assert [name for name in compiled if not (ROOT / name).exists()] == []
    assert [name for name in compiled if "import Struct" in (ROOT / name).read_text()] == []
