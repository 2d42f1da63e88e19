"""No value of a report is kept, wherever it stands; what is told of it is its digest."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.repositories.findings import key
from collectors.repositories.imports import read_report
from collectors.repositories.imports.providers import provider_of_rule
from keyproof.errors import DocumentError
from tests.collectors.repositories.imports import reports
from tests.collectors.repositories.imports.reports import name_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from collectors.repositories.imports import ImportedReport

BUILDERS: dict[str, Callable[[str], bytes]] = {
    "gitleaks": lambda secret: json.dumps([reports.gitleaks(secret)]).encode(),
    "betterleaks": lambda secret: json.dumps(
        {
            "schema_version": "1",
            "findings": [reports.betterleaks(secret, "0" * 64)],
            "scan": reports.betterleaks_scan(),
        }
    ).encode(),
    "trufflehog": lambda secret: reports.lines(
        reports.trufflehog_log(), reports.trufflehog(secret)
    ),
    "kingfisher": lambda secret: json.dumps(
        reports.kingfisher_envelope(reports.kingfisher(secret))
    ).encode(),
    "github": lambda secret: json.dumps([reports.github(secret)]).encode(),
    "sarif": lambda secret: json.dumps(
        reports.sarif("gitleaks", reports.sarif_result(secret))
    ).encode(),
}
ALL = pytest.mark.parametrize("build", BUILDERS.values(), ids=BUILDERS)
SEEDS = st.integers(min_value=0, max_value=2**32)
MAKERS = st.sampled_from([reports.openai_key, reports.opaque_key])


def shown(report: ImportedReport) -> str:
    return repr(report) + json.dumps(asdict(report), default=sorted)


def told(content: bytes) -> str:
    """Everything that comes of a report, or the message that refuses it."""
    try:
        return shown(read_report(content, "report", name_key=name_key))
    except DocumentError as error:
        return str(error)


def holds_part_of(text: str, secret: str) -> bool:
    return any(part in text for part in reports.parts(secret))


@ALL
@given(make=MAKERS, seed=SEEDS)
def test_no_part_of_a_secret_is_kept(
    build: Callable[[str], bytes], make: Callable[[int], str], seed: int
) -> None:
    secret = make(seed)

    report = read_report(build(secret), "report", name_key=name_key)

    assert report.findings[0].fingerprint == key("", "", secret).fingerprint
    assert report.findings[0].hint == secret[-4:]
    assert not holds_part_of(shown(report), secret)


@given(make=MAKERS, seed=SEEDS)
def test_names_of_files_and_rules_lose_the_secrets_of_the_whole_report(
    make: Callable[[int], str], seed: int
) -> None:
    secret, other = make(seed), make(seed + 7)
    entries = [
        reports.gitleaks(
            other,
            rule=f"rule-{secret}",
            File=f"{secret}/{other}{secret}.env",
            Link=f"/blob/{other}",
        ),
        reports.gitleaks(secret, Link=f"https://x:{secret}@example.com/{other}/blob/main/a"),
    ]

    report = read_report(json.dumps(entries).encode(), "report", name_key=name_key)

    assert not holds_part_of(shown(report), secret)
    assert not holds_part_of(shown(report), other)
    assert "redacted" in str(report.findings[0].path)


def test_the_other_half_of_a_pair_is_kept_from_names_of_files() -> None:
    public, secret = reports.opaque_key(1), reports.opaque_key(2)
    part = {"rule_id": "aws", "match": {"value": secret}}
    pair = reports.betterleaks(
        public,
        "0" * 64,
        location={"path": f"{secret}.env"},
        component_sets=[{"components": [part]}],
    )
    older = reports.gitleaks(
        public,
        File=f"{secret}.env",
        RequiredSets=[{"components": [{"RuleID": "aws", "Secret": secret}]}],
    )
    newer = {"schema_version": "1", "findings": [pair], "scan": reports.betterleaks_scan()}

    for document in (newer, [older]):
        report = read_report(json.dumps(document).encode(), "report", name_key=name_key)

        assert report.faults == ()
        assert not holds_part_of(shown(report), secret)


def test_of_two_secrets_that_begin_alike_the_longer_one_goes() -> None:
    short = reports.opaque_key(1)
    long = short + reports.opaque_key(2)
    entries = [reports.gitleaks(short), reports.gitleaks(long, File=f"{long}.env")]

    report = read_report(json.dumps(entries).encode(), "report", name_key=name_key)

    assert not holds_part_of(shown(report), long)


def mutated(document: Any, draw: Callable[[st.SearchStrategy[Any]], Any]) -> Any:
    """Put another value in the place of one, or take it away."""
    odd: st.SearchStrategy[Any] = st.sampled_from(
        [None, True, -1, 10**20, 1e308, "", "\u0000\u001b[2J", [], {}, [[]], "é"]
    )
    if isinstance(document, dict) and document:
        name = draw(st.sampled_from(sorted(document)))
        changed = dict(document)
        if draw(st.booleans()):
            changed[name] = mutated(document[name], draw)
        elif draw(st.booleans()):
            del changed[name]
        else:
            changed[name] = draw(odd)
        return changed
    if isinstance(document, list) and document and draw(st.booleans()):
        return [mutated(document[0], draw), *document[1:], *draw(st.lists(odd, max_size=2))]
    return draw(odd)


@ALL
@given(data=st.data())
def test_a_report_with_other_values_is_read_or_refused(
    build: Callable[[str], bytes], data: st.DataObject
) -> None:
    secret = reports.openai_key(5)
    documents = [json.loads(line) for line in build(secret).splitlines()]
    documents[-1] = mutated(documents[-1], data.draw)

    text = told(reports.lines(*documents))

    assert "\n" not in text
    assert not holds_part_of(text, secret)


@ALL
@given(data=st.data())
def test_a_report_with_other_bytes_is_read_or_refused(
    build: Callable[[str], bytes], data: st.DataObject
) -> None:
    secret = reports.openai_key(6)
    content = bytearray(build(secret))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(content[: data.draw(st.integers(1, len(content)))])

    text = told(cut)

    assert "\n" not in text


@pytest.mark.parametrize("value", ["REDACTED", "[REDACTED:3a6820b9]", "", "********", "sk-proj-…"])
@pytest.mark.parametrize("name", ["gitleaks", "trufflehog", "kingfisher", "github", "sarif"])
def test_a_redacted_finding_counts_and_its_rule_names_the_provider(name: str, value: str) -> None:
    (found,) = read_report(BUILDERS[name](value), "report", name_key=name_key).findings

    assert (found.provider, found.kind) == ("openai", None)
    assert (found.fingerprint, found.hint) == (None, None)


def test_the_beginning_of_a_secret_is_no_secret_and_is_not_kept() -> None:
    secret = reports.openai_key(8)
    entry = reports.gitleaks(secret[:60] + "...", Message="")

    report = read_report(json.dumps([entry]).encode(), "report", name_key=name_key)

    assert (report.findings[0].fingerprint, report.findings[0].hint) == (None, None)
    assert not holds_part_of(shown(report), secret)


def test_a_secret_of_another_kind_is_a_finding_without_a_provider() -> None:
    secret = reports.opaque_key(3)
    entry = reports.gitleaks(secret, rule="generic-api-key")

    (found,) = read_report(json.dumps([entry]).encode(), "report", name_key=name_key).findings

    assert (found.provider, found.kind) == (None, None)
    assert found.fingerprint == key("", "", secret).fingerprint


def test_a_value_without_a_shape_is_named_by_what_stands_before_it() -> None:
    secret = reports.opaque_key(4)
    entry = reports.gitleaks(secret, rule="generic-api-key", Match=f"COHERE_API_KEY={secret}")

    (found,) = read_report(json.dumps([entry]).encode(), "report", name_key=name_key).findings

    assert (found.provider, found.kind, found.hint) == ("cohere", "api_key", secret[-4:])


def test_a_name_for_another_value_does_not_count() -> None:
    secret = reports.opaque_key(5)
    match = f"COHERE_API_KEY={reports.opaque_key(6)} {secret}"
    entry = reports.gitleaks(secret, rule="generic-api-key", Match=match)

    (found,) = read_report(json.dumps([entry]).encode(), "report", name_key=name_key).findings

    assert found.provider is None


def test_a_short_value_could_be_guessed_back_and_has_no_digest() -> None:
    entry = reports.gitleaks("hunter2-hunter2", rule="generic-password")

    report = read_report(json.dumps([entry]).encode(), "report", name_key=name_key)

    assert (report.findings[0].fingerprint, report.findings[0].hint) == (None, None)
    assert "hunter2-hunt" not in shown(report)


@pytest.mark.parametrize(
    ("rule", "provider"),
    [
        ("openai-api-key", "openai"),
        ("OpenAIAdmin", "openai"),
        ("openai_api_key", "openai"),
        ("betterleaks.openai-api-key", "openai"),
        ("kingfisher.openai.1", "openai"),
        ("AzureOpenAI", "azure_openai"),
        ("kingfisher.azureopenai.1", "azure_openai"),
        ("azure_openai_key", "azure_openai"),
        ("anthropic-admin-api-key", "anthropic"),
        ("pinecone-api-key.2", "pinecone"),
        ("gcp-api-key", "google"),
        ("GoogleGeminiAPIKey", "google"),
        ("google_api_key", "google"),
        ("GoogleOauth2", None),
        ("aws-amazon-bedrock-api-key-long-lived", "bedrock"),
        ("aws-secret-access-key", "aws"),
        ("aws-access-token", None),
        ("yandex-aws-access-token", None),
        ("hf_user_access_token", "huggingface"),
        ("huggingface-organization-api-token", "huggingface"),
        ("langchain-langsmith-service-key", "langsmith"),
        ("langfuse-public-key.1", None),
        ("langfuse-secret-key.1", "langfuse"),
        ("veles.secrets/grokxaiapikey", "xai"),
        ("XAI", "xai"),
        ("NVAPI", "nvidia"),
        ("WeightsAndBiases", "wandb"),
        ("fal-api-key.1", "fal"),
        ("voyageai-api-key", "voyage"),
        ("zai-api-key", "zhipu"),
        ("github-pat", "github"),
        ("cloudflare-origin-ca-key", None),
        ("azure-storage-account-key", None),
        ("generic-api-key", None),
        ("falcon-token", None),
        ("private-key", None),
        (None, None),
    ],
)
def test_the_names_that_tools_have_for_a_provider(rule: str | None, provider: str | None) -> None:
    assert provider_of_rule(rule) == provider
