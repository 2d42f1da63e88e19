"""
The collection of one region's secrets from moto's server, by the number of requests at once.

Beside it stands the floor: the same calls for each secret from a bare boto3 client, with as
many threads. What the two have in common is boto3 and the emulator; the emulator's own
processor time is told apart.
"""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime
from multiprocessing.pool import ThreadPool
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import boto3
from botocore.config import Config

from benchmarks.emulator import REGION, emulated_account
from benchmarks.measurement import Sample, Stopwatch, in_child, parser, show
from collectors.aws import collection
from collectors.aws.accounts import AwsAccount
from examples.emulator import ACCOUNT
from keyproof.clock import system_clock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure each number of threads in turn, as often as asked, and print the figures."""
    options = parser(__doc__)
    options.add_argument("--secrets", type=int, default=2_000)
    options.add_argument("--threads", type=int, nargs="+", default=[1, 8, 32])
    options.add_argument("--latency-ms", type=float, default=0, help="before each answer")
    options.set_defaults(repeat=2)
    given = options.parse_args(arguments)
    samples: list[Sample] = []
    notes: dict[str, object] = {"secrets": given.secrets, "latency ms": given.latency_ms}
    with emulated_account(
        secrets=given.secrets, latency_seconds=given.latency_ms / 1_000
    ) as account:
        for _ in range(given.repeat):
            for threads in given.threads:
                for what, measure in (("keyproof", collect), ("bare boto3", call)):
                    before = account.cpu_seconds()
                    calls, sample = in_child(measure, account.environment, threads)
                    emulator = Sample(
                        what=f"{what}: emulator's CPU",
                        size=threads,
                        seconds=account.cpu_seconds() - before,
                    )
                    samples += [sample, emulator]
                    notes[f"calls of {what}"] = calls
    show("Collection", "threads", samples, notes=notes, as_json=given.json)


def collect(environment: Mapping[str, str], threads: int) -> tuple[int, Sample]:
    """Collect every source of the region, documents written; gives the number of calls too."""
    _turn_to(environment)
    stopwatch = Stopwatch(threads)
    with (
        tempfile.TemporaryDirectory() as folder,
        patch.object(collection, "REQUESTS_AT_ONCE", threads),
    ):
        coverage = collection.collect(
            [AwsAccount(id=ACCOUNT, regions=(REGION,))],
            Path(folder),
            as_of=datetime.now(UTC),
            clock=system_clock,
            organisation="Example Company",
            example=True,
        )
    calls = sum(snapshot["calls"] for snapshot in coverage["snapshots"])
    return calls, stopwatch.lap("keyproof: collect")


def call(environment: Mapping[str, str], threads: int) -> tuple[int, Sample]:
    """List the secrets and make the same four calls for each; nothing is kept."""
    _turn_to(environment)
    stopwatch = Stopwatch(threads)
    client: Any = boto3.client(
        "secretsmanager", region_name=REGION, config=Config(max_pool_connections=threads)
    )
    pages = list(client.get_paginator("list_secrets").paginate(PaginationConfig={"PageSize": 100}))
    names = [entry["ARN"] for page in pages for entry in page["SecretList"]]

    def describe(secret: str) -> None:
        client.describe_secret(SecretId=secret)
        client.list_secret_version_ids(SecretId=secret, IncludeDeprecated=True)
        client.list_resource_policies(SecretId=secret)
        client.get_resource_policy(SecretId=secret)

    with ThreadPool(threads) as pool:
        pool.map(describe, names, chunksize=1)
    return len(pages) + 4 * len(names), stopwatch.lap("bare boto3: calls")


def _turn_to(environment: Mapping[str, str]) -> None:
    os.environ.clear()
    os.environ.update(environment)


if __name__ == "__main__":
    main()
