"""From hosts and paths to stages and routes, as a client sees it."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limen.gateway.errors import BAD_REQUEST, HEADERS_TOO_LARGE, NOT_FOUND, REQUEST_TOO_LARGE
from limen.gateway.exchange import Exchange, Response
from limen.gateway.failures import answer_failure, failure_plan, name_request
from limen.gateway.paths import Paths
from limen.gateway.route_plan import RoutePlan
from limen.gateway.stage_plan import StagePlan
from limen.gateway.table import KNOWN_HOSTS, Table
from tests.support.exchanges import answer, exchange, header_map


def plan(name: str) -> RoutePlan:
    """Answers with where it was reached: its name, the path below the stage and the parameters."""

    def tell(exchange: Exchange) -> None:
        text = f"{name} {exchange.route_path.decode()} {exchange.path.decode()} {exchange.path_parameters}"
        exchange.response = Response(200, [], text.encode())

    return RoutePlan(key=name, inbound=(tell,), outbound=(name_request,), records=(), failure_response=answer_failure)


def stage(api_id: str, name: str, *route_keys: str, disabled: bool = False) -> StagePlan:
    edit = Paths[RoutePlan]().edit()
    for key in route_keys:
        edit.put(key, plan(f"{api_id}/{name}: {key}"))
    return StagePlan(
        account="000000000000",
        region="us-east-1",
        api_id=api_id,
        name=name,
        variables={},
        disabled=failure_plan(NOT_FOUND) if disabled else None,
        paths=edit.done(),
        not_found=failure_plan(NOT_FOUND),
        preflight=failure_plan(NOT_FOUND),
        bad_request=failure_plan(BAD_REQUEST),
        body_too_large=failure_plan(REQUEST_TOO_LARGE),
        headers_too_large=failure_plan(HEADERS_TOO_LARGE),
    )


def table(*stages: StagePlan, first: str | None = "first") -> Table:
    made = Table("gateway.test")
    for each in stages:
        made.put(each)
    made.first_api = first
    return made


def ask(table: Table, request_line: str, host: str = "localhost:8443", head_size: int = 100) -> str:
    return tell(table, exchange(request_line, host=host, head_size=head_size))


def tell(table: Table, asked: Exchange) -> str:
    table.dispatch(asked)
    response = answer(asked)
    text = response.body.decode()
    return text if response.status == 200 else f"{response.status} {text}"


SERVED = table(
    stage("first", "$default", "GET /a", "ANY /files/{proxy+}", "GET /prod/x"),
    stage("first", "prod", "GET /a", "GET /", "GET /{id}"),
    stage("other", "dev", "GET /a"),
    stage("bare", "$default", "GET /", "GET /_api/x"),
    stage("closed", "$default", "GET /a", disabled=True),
)

FORBIDDEN = '403 {"message":"Forbidden"}'
NOT_THERE = '404 {"message":"Not Found"}'


@pytest.mark.parametrize(
    "host",
    [
        "first.execute-api.us-east-1.gateway.test:8443",
        "first.execute-api.us-east-1.gateway.test",
        "FIRST.Execute-API.us-east-1.GATEWAY.test.:443",
        "first.execute-api.us-east-1.amazonaws.com",
        "localhost:8443",
        "127.0.0.1:8443",
        "[::1]:8443",
        "api.example.com",
        "",
    ],
)
def test_an_api_is_reached_by_its_hosts_and_the_first_by_any_other(host: str) -> None:
    assert ask(SERVED, "GET /a", host) == "first/$default: GET /a /a /a {}"


@pytest.mark.parametrize(
    ("request_line", "host", "answered"),
    [
        ("GET /prod/a", "localhost", "first/prod: GET /a /a /prod/a {}"),
        ("GET /prod", "localhost", "first/prod: GET / / /prod {}"),
        ("GET /prod/", "localhost", "first/prod: GET / / /prod/ {}"),
        ("GET /%70rod/a", "localhost", "first/prod: GET /a /a /%70rod/a {}"),
        ("GET /PROD/a", "localhost", NOT_THERE),
        ("GET /prod/x", "localhost", "first/prod: GET /{id} /x /prod/x {'id': 'x'}"),
        ("GET /prod/x/y", "localhost", NOT_THERE),
        ("GET /prod/a?q=1", "localhost", "first/prod: GET /a /a /prod/a {}"),
        ("GET /$default/a", "localhost", NOT_THERE),
        ("GET /a", "other.execute-api.us-east-1.gateway.test", NOT_THERE),
        ("GET /dev/a", "other.execute-api.us-east-1.gateway.test", "other/dev: GET /a /a /dev/a {}"),
        ("GET /a", "other.execute-api.eu-west-1.gateway.test", FORBIDDEN),
        ("GET /a", "nobody.execute-api.us-east-1.gateway.test", FORBIDDEN),
        ("GET /a", "x.first.execute-api.us-east-1.gateway.test", "first/$default: GET /a /a /a {}"),
        ("GET /a", "closed.execute-api.us-east-1.gateway.test", NOT_THERE),
        ("GET /missing", "localhost", NOT_THERE),
        ("GET /files/..%2f..%2fetc", "localhost", '400 {"message":"Bad Request"}'),
        ("GET /prod/../a", "localhost", '400 {"message":"Bad Request"}'),
        ("GET /%zz/a", "localhost", '400 {"message":"Bad Request"}'),
        ("OPTIONS /a", "localhost", NOT_THERE),
    ],
)
def test_the_first_segment_names_the_stage(request_line: str, host: str, answered: str) -> None:
    assert ask(SERVED, request_line, host) == answered


@pytest.mark.parametrize(
    ("request_line", "answered"),
    [
        ("GET /_api/first/$default/a", "first/$default: GET /a /a /a {}"),
        ("GET /_api/first/%24default/a", "first/$default: GET /a /a /a {}"),
        ("GET /_api/first/$default/prod/x", "first/$default: GET /prod/x /prod/x /prod/x {}"),
        ("GET /_api/first/prod/a", "first/prod: GET /a /a /prod/a {}"),
        ("GET /_api/first/prod", "first/prod: GET / / /prod {}"),
        ("GET /_api/other/dev/a", "other/dev: GET /a /a /dev/a {}"),
        ("GET /_api/other/$default/a", NOT_THERE),
        ("GET /_api/first/a", NOT_THERE),
        ("GET /_api/first", NOT_THERE),
        ("GET /_api/nobody/dev/a", FORBIDDEN),
        ("GET /_api", FORBIDDEN),
        ("GET /_api/bare/$default", "bare/$default: GET / / / {}"),
        ("GET /_auth/pool", NOT_THERE),
        ("GET /_portal", NOT_THERE),
        ("GET /_limen", NOT_THERE),
        ("GET /_else", NOT_THERE),
    ],
)
def test_the_path_form_reaches_every_api_on_a_bare_host(request_line: str, answered: str) -> None:
    assert ask(SERVED, request_line) == answered


def test_reserved_paths_are_an_apis_own_on_its_own_host() -> None:
    assert ask(SERVED, "GET /_api/x", "bare.execute-api.us-east-1.gateway.test").startswith(
        "bare/$default: GET /_api/x"
    )


def test_a_bare_host_without_an_api_is_forbidden() -> None:
    assert ask(table(first=None), "GET /") == FORBIDDEN


def test_a_head_over_the_limit_of_http_apis_is_refused() -> None:
    assert ask(SERVED, "GET /a", head_size=10_240).startswith("first/$default")
    assert ask(SERVED, "GET /a", head_size=10_241) == '431 {"message":"Request Header Fields Too Large"}'


@pytest.mark.parametrize(
    ("request_line", "host", "answered"),
    [
        ("POST /a", "localhost", '413 {"message":"Request Entity Too Large"}'),
        ("POST /prod/nowhere", "localhost", '413 {"message":"Request Entity Too Large"}'),
        ("POST /a", "closed.execute-api.us-east-1.gateway.test", NOT_THERE),
        ("POST /a", "unknown.execute-api.us-east-1.gateway.test", FORBIDDEN),
    ],
)
def test_a_body_too_large_is_answered_by_the_stage(request_line: str, host: str, answered: str) -> None:
    asked = exchange(request_line, host=host)
    asked.is_too_large = True

    assert tell(SERVED, asked) == answered


def test_every_answer_is_json_and_names_its_request() -> None:
    for request_line, host in [("GET /a", "x.execute-api.us-east-1.gateway.test"), ("GET /..", "localhost")]:
        asked = exchange(request_line, host=host)
        SERVED.dispatch(asked)
        headers = header_map(answer(asked))
        assert headers["content-type"] == "application/json"
        assert headers["apigw-requestid"] == asked.request_id.decode()
    served = exchange("GET /a")
    SERVED.dispatch(served)
    assert header_map(answer(served))["apigw-requestid"] == served.request_id.decode()


def test_a_changed_stage_is_served_at_once_and_a_removed_one_no_more() -> None:
    changing = table(stage("first", "$default", "GET /a"))
    own_host = "new.execute-api.us-east-1.gateway.test"
    assert ask(changing, "GET /dev/b", own_host) == FORBIDDEN
    changing.put(stage("new", "dev", "GET /b"))
    assert ask(changing, "GET /dev/b", own_host) == "new/dev: GET /b /b /dev/b {}"
    changing.put(stage("new", "dev", "GET /c"))
    assert ask(changing, "GET /dev/b", own_host) == NOT_THERE
    changing.remove("new", "dev")
    changing.remove("new", "dev")
    assert ask(changing, "GET /dev/c", own_host) == FORBIDDEN
    changing.remove("first", "$default")
    assert ask(changing, "GET /a") == FORBIDDEN


def test_an_api_without_a_stage_finds_nothing_and_forbids_nothing() -> None:
    changing = table(first=None)
    own_host = "new.execute-api.us-east-1.gateway.test"
    assert ask(changing, "GET /a", own_host) == FORBIDDEN
    changing.put_api("new", "us-east-1")
    changing.put_api("new", "us-east-1")
    assert ask(changing, "GET /a", own_host) == NOT_THERE
    assert ask(changing, "GET /_api/new/prod/a") == NOT_THERE
    assert ask(changing, "GET /a", "new.execute-api.eu-west-1.gateway.test") == FORBIDDEN
    changing.put(stage("new", "$default", "GET /a"))
    assert ask(changing, "GET /a", own_host) == "new/$default: GET /a /a /a {}"
    changing.remove("new", "$default")
    assert ask(changing, "GET /a", own_host) == NOT_THERE
    changing.remove_api("new")
    changing.remove_api("new")
    assert ask(changing, "GET /a", own_host) == FORBIDDEN


def test_only_the_apis_that_are_kept_stay() -> None:
    changing = table(stage("first", "$default", "GET /a"), stage("gone", "$default", "GET /a"))
    changing.put_api("empty", "us-east-1")
    changing.keep_apis({"first": "us-east-1"})
    assert ask(changing, "GET /a") == "first/$default: GET /a /a /a {}"
    for api_id in ("gone", "empty"):
        assert ask(changing, "GET /a", f"{api_id}.execute-api.us-east-1.gateway.test") == FORBIDDEN


def test_an_exchange_ends_on_the_plan_that_it_began_with() -> None:
    changing = table()

    def change(exchange: Exchange) -> None:
        changing.put(stage("first", "$default", "GET /b"))

    begun = stage("first", "$default", "GET /a")
    edit = begun.paths.edit()
    old = plan("old")
    edit.put("GET /a", RoutePlan("old", (change, *old.inbound), old.outbound, (), answer_failure))
    changing.put(StagePlan(**{name: getattr(begun, name) for name in begun.__struct_fields__} | {"paths": edit.done()}))
    assert ask(changing, "GET /a").startswith("old /a")
    assert ask(changing, "GET /a") == NOT_THERE


def test_ever_new_hosts_do_not_fill_the_memory() -> None:
    served = table(stage("first", "$default", "GET /a"))
    for number in range(KNOWN_HOSTS * 2):
        served._learn_host(b"%d.example.com" % number)
    assert len(served._hosts) <= KNOWN_HOSTS
    served._learn_host(b"x" * 10_000)
    assert b"x" * 10_000 not in served._hosts


@given(st.binary(max_size=60), st.binary(max_size=40).map(lambda path: b"/" + path))
def test_whatever_is_sent_is_answered(host: bytes, path: bytes) -> None:
    asked = exchange()
    asked.host, asked.path = host, path
    SERVED.dispatch(asked)
    assert answer(asked).status in (200, 400, 403, 404)


@pytest.mark.parametrize(
    ("request_line", "wanted", "answered"),
    [
        ("POST /prod/a", "GET", "rest/prod: GET /a"),
        ("GET /prod/b", "POST", "rest/prod: POST /b"),
        ("POST /prod/a", "HEAD", NOT_THERE),
        ("HEAD /prod/b", "POST", NOT_THERE),
        ("POST /prod/a", "get", NOT_THERE),
    ],
)
def test_a_header_overrides_the_method_where_the_stage_obeys(request_line: str, wanted: str, answered: str) -> None:
    obeying = msgspec.structs.replace(stage("rest", "prod", "GET /a", "POST /b"), obeys_method_override=True)
    asked = exchange(request_line, {"X-HTTP-Method-Override": wanted}, host="rest.execute-api.us-east-1.gateway.test")

    assert tell(table(obeying), asked).startswith(answered)


def test_other_stages_do_not_look_at_the_override() -> None:
    asked = exchange("GET /a", {"X-HTTP-Method-Override": "POST"})

    assert tell(SERVED, asked).startswith("first/$default: GET /a")


POOL_REQUESTS = [
    ("cognito-idp.us-east-1.gateway.test:8443", "GET /us-east-1_x/.well-known/jwks.json"),
    ("cognito-idp.us-east-1.amazonaws.com", "POST /"),
    ("shop.auth.us-east-1.gateway.test", "GET /login"),
    ("localhost:8443", "GET /_auth/us-east-1_x/login"),
]


@pytest.mark.parametrize(("host", "request_line"), POOL_REQUESTS)
def test_user_pools_are_asked_on_hosts_of_their_own_and_below_auth(host: str, request_line: str) -> None:
    made = table(stage("first", "$default", "$default"))
    assert ask(made, request_line, host).startswith("404")

    made.put_pools(pool_plan())

    assert ask(made, request_line, host) == "pools"


def test_an_apis_own_host_has_no_user_pools() -> None:
    made = table(stage("first", "$default", "$default"))
    made.put_pools(pool_plan())

    assert "first/$default" in ask(made, "GET /_auth/us-east-1_x/login", "first.execute-api.us-east-1.gateway.test")
    assert "first/$default" in ask(made, "GET /_author", "localhost")


def pool_plan() -> RoutePlan:
    def tell(exchange: Exchange) -> None:
        exchange.response = Response(200, [], b"pools")

    return RoutePlan(key="pools", inbound=(tell,), outbound=(), records=(), failure_response=answer_failure)
