"""`python -m bench [SCENARIO ...]`: runs scenarios, prints their rows, writes bench/results.json."""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.load import find_wrk
from bench.machine import allow_files
from bench.peers import SCRATCH
from bench.processes import BenchError
from bench.report import Row, print_rows, row, write_rows
from bench.rounds import Options
from bench.scenarios.authorizers import measure_authorizers
from bench.scenarios.caching import measure_caching
from bench.scenarios.changes import measure_changes
from bench.scenarios.cold_starts import measure_cold_starts
from bench.scenarios.creation import measure_creation
from bench.scenarios.domains import measure_domains
from bench.scenarios.exactness import measure_exactness
from bench.scenarios.functions import measure_functions, measure_node
from bench.scenarios.iam import measure_iam
from bench.scenarios.limits import measure_keys, measure_limits, measure_limits_on_valkey
from bench.scenarios.matching import measure_matching
from bench.scenarios.memory import measure_memory
from bench.scenarios.policies import measure_policies
from bench.scenarios.proxying import measure_bodies, measure_logs, measure_plain
from bench.scenarios.rest import measure_import, measure_mapping, measure_mocks, measure_rest, measure_validation
from bench.scenarios.start import measure_start
from bench.scenarios.templates import measure_templates
from bench.scenarios.waiting import measure_waiting

RESULTS = Path(__file__).parent / "results.json"

SCENARIOS: dict[str, Callable[[Options], list[Row]]] = {
    "plain": measure_plain,
    "logs": measure_logs,
    "bodies": measure_bodies,
    "domains": measure_domains,
    "rest": measure_rest,
    "rest-validation": measure_validation,
    "rest-templates": measure_mapping,
    "rest-mock": measure_mocks,
    "rest-import": measure_import,
    "caching": measure_caching,
    "functions": measure_functions,
    "functions-node": measure_node,
    "cold-starts": measure_cold_starts,
    "authorizers": measure_authorizers,
    "iam": measure_iam,
    "limits": measure_limits,
    "limits-valkey": measure_limits_on_valkey,
    "keys": measure_keys,
    "exactness": measure_exactness,
    "waiting": measure_waiting,
    "matching": measure_matching,
    "policies": measure_policies,
    "templates": measure_templates,
    "creation": measure_creation,
    "changes": measure_changes,
    "memory": measure_memory,
    "start": measure_start,
}


def main() -> int:
    """0: all targets reached; 1: one was missed; 2: something to measure with is missing."""
    arguments = parse_arguments()
    options = Options(
        rounds=arguments.rounds,
        seconds=arguments.seconds,
        peers=tuple(arguments.peers.split(",")),
        idle_timeout=arguments.idle_timeout,
    )
    allow_files(65536)
    SCRATCH.mkdir(exist_ok=True)
    rows: list[Row] = []
    try:
        find_wrk()
        for name in arguments.scenarios or SCENARIOS:
            rows += run_scenario(name, options)
            write_rows(rows, RESULTS)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("bench: stopped", file=sys.stderr)
    print_rows(rows)
    return 0 if all(line.ok for line in rows) else 1


def run_scenario(name: str, options: Options) -> list[Row]:
    """A scenario that breaks is a missed row, and the others go on."""
    print(f"{name} ...", file=sys.stderr, flush=True)
    began = time.monotonic()
    try:
        return SCENARIOS[name](options)
    except BenchError as error:
        print(f"  {name} failed: {error}", file=sys.stderr)
        return [row(name, "could be measured", 0, "", target=">= 1")]
    finally:
        print(f"  {time.monotonic() - began:.0f} s", file=sys.stderr)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"of {', '.join(SCENARIOS)}; all by default")
    parser.add_argument("--rounds", type=int, help="rounds for each peer (3; 15 between two forms of Limen)")
    parser.add_argument("--seconds", type=float, default=4.0, help="of load in each round (4)")
    parser.add_argument("--peers", default="nginx,limen,caddy", help="proxies to compare (nginx,limen,caddy)")
    parser.add_argument("--idle-timeout", type=float, default=20.0, help="seconds to wait for an idle machine (20)")
    arguments = parser.parse_args()
    unknown = set(arguments.scenarios) - set(SCENARIOS)
    if unknown:
        parser.error(f"no scenario {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}")
    return arguments


if __name__ == "__main__":
    sys.exit(main())
