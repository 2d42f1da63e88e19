"""The rules and the engine: what is found, how it is named, and what is left alone."""

from __future__ import annotations

import base64
import random
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import yaml

from collectors.repositories import rule_pack
from collectors.repositories.canaries import canaries, kinds, make_key
from collectors.repositories.engine import Engine
from collectors.repositories.rule_pack import load_pack
from keyproof.errors import ConfigurationError, KeyproofError
from tests.collectors.repositories import corpus, innocents

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.repositories.engine import Hit
    from collectors.repositories.rule_pack import RulePack

SEEDS = (20261, 20262, 20263)
PROJECT_KEY = "openai.project_key"
NAMED_TYPES = frozenset(
    {
        *("openai.legacy_key", PROJECT_KEY, "openai.service_account_key", "openai.admin_key"),
        *("anthropic.api_key", "anthropic.admin_key", "anthropic.oauth_token"),
        *("pinecone.api_key", "pinecone.legacy_key", "google.api_key", "google.auth_key"),
        *("google.service_account_key", "bedrock.long_term_key", "bedrock.short_term_key"),
        *("aws.secret_access_key", "azure_openai.api_key", "azure_openai.legacy_key"),
        *("cohere.api_key", "mistral.api_key", "groq.api_key", "together.api_key"),
        *("together.legacy_key", "fireworks.api_key", "deepseek.api_key", "xai.api_key"),
        *("perplexity.api_key", "openrouter.api_key", "replicate.api_token"),
        *("huggingface.access_token", "elevenlabs.api_key", "stability.api_key"),
        *("assemblyai.api_key", "deepgram.api_key", "cerebras.api_key", "nvidia.api_key"),
        *("ai21.api_key", "voyage.api_key", "jina.api_key", "databricks.api_token"),
        *("langsmith.personal_access_token", "langsmith.service_key", "langfuse.secret_key"),
        *("portkey.api_key", "litellm.api_key", "weaviate.api_key", "qdrant.api_key"),
        *("wandb.api_key", "wandb.legacy_key", "baseten.api_key", "cloudflare.api_token"),
        *("dashscope.api_key", "deepinfra.api_key", "exa.api_key", "fal.api_key"),
        *("firecrawl.api_key", "github.personal_access_token", "github.fine_grained_token"),
        *("github.oauth_token", "github.app_token", "github.refresh_token"),
        *("helicone.api_key", "watsonx.api_key", "llamacloud.api_key", "moonshot.api_key"),
        *("ollama.api_key", "runpod.api_key", "tavily.api_key", "zhipu.api_key"),
    }
)


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> RulePack:
    return load_pack(cache_dir=tmp_path_factory.mktemp("rules"))


@pytest.fixture(scope="module")
def engine(pack: RulePack) -> Engine:
    return Engine(pack)


def _key(kind: str, seed: int = 1) -> str:
    return make_key(kind, random.Random(seed))  # noqa: S311


def _holds(hit: Hit, leak: corpus.Leak) -> bool:
    """Tell whether a hit is the key; of a service account, its private key."""
    return hit.value == leak.value or (leak.value.startswith("{") and "PRIVATE KEY" in hit.value)


def test_every_type_has_a_rule_and_every_rule_a_type(pack: RulePack) -> None:
    named = {".".join(rule.split(".")[1:3]) for rule in pack.ids}
    assert named >= NAMED_TYPES
    assert named == {".".join(kind.split(".")[:2]) for kind in kinds()}
    assert {canary.rule for canary in canaries()} == set(pack.ids)


@pytest.mark.parametrize("seed", SEEDS)
def test_each_rule_fires_on_its_positives_only(engine: Engine, seed: int) -> None:
    for canary in canaries(seed):
        for text in canary.positives:
            assert [hit.rule for hit in engine.keys_in(text.encode())] == [canary.rule], text
        for text in canary.negatives:
            assert engine.keys_in(text.encode()) == [], (canary.rule, text)


@pytest.mark.parametrize("seed", SEEDS)
def test_keys_are_found_and_named(engine: Engine, seed: int) -> None:
    found = named = 0
    leaks = list(corpus.leaks(seed))
    for leak in leaks:
        hits = engine.keys_in(leak.content)
        assert len(hits) <= 1, (leak.kind, leak.context)
        if hits and _holds(hits[0], leak):
            found += 1
            named += (hits[0].provider, hits[0].kind) == (leak.provider, leak.key_kind)
    assert found >= 0.99 * len(leaks)
    assert named >= 0.99 * len(leaks)


@pytest.mark.parametrize("seed", SEEDS)
def test_innocent_files_raise_no_alarm(engine: Engine, seed: int) -> None:
    files = innocents.files(seed)
    alarming = [file.path for file in files if engine.keys_in(file.content)]
    assert len(files) == 70
    assert len(alarming) <= 2, alarming


def test_the_canary_names_rules_that_do_not_fire(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine.prove()
    find = engine.keys_in
    blind = "keyproof.openai.project_key"
    monkeypatch.setattr(
        engine, "keys_in", lambda content: [hit for hit in find(content) if hit.rule != blind]
    )
    with pytest.raises(KeyproofError, match=r"keyproof\.openai\.project_key"):
        engine.prove()


def test_places_are_those_of_the_bytes(engine: Engine) -> None:
    one, two = _key(PROJECT_KEY), _key("mistral.api_key")
    content = f"é = 1\nOPENAI={one}\nMISTRAL_API_KEY='{two}'\n".encode()
    hits = engine.keys_in(content)
    assert [content[hit.start : hit.end].decode() for hit in hits] == [one, two]
    assert one not in repr(hits)


def test_several_keys_of_one_context(engine: Engine) -> None:
    keys = [_key("mistral.api_key", seed) for seed in range(4)]
    content = "mistral_api_keys = [\n" + "".join(f'  "{key}",\n' for key in keys) + "]\n"
    assert [hit.value for hit in engine.keys_in(content.encode())] == keys


def test_a_second_variable_is_not_the_first_ones_key(engine: Engine) -> None:
    mistral, others = _key("mistral.api_key"), _key("assemblyai.api_key")
    content = f"MISTRAL_API_KEY={mistral}\nSESSION_SECRET={others}\nDATADOG_KEY={others}\n"
    assert [hit.value for hit in engine.keys_in(content.encode())] == [mistral]


def test_the_nearest_provider_has_the_key(engine: Engine) -> None:
    key = _key("moonshot.api_key")
    content = f'OpenAI(api_key="{key}", base_url="https://api.moonshot.cn/v1")\n'
    assert [hit.provider for hit in engine.keys_in(content.encode())] == ["moonshot"]


@pytest.mark.parametrize("note", ["kingfisher:ignore", "gitleaks:allow", "nosec", "pragma: allow"])
def test_notes_hide_nothing(engine: Engine, note: str) -> None:
    assert len(engine.keys_in(f'key = "{_key(PROJECT_KEY)}"  # {note}\n'.encode())) == 1


@pytest.mark.parametrize("kind", [PROJECT_KEY, "mistral.api_key"])
def test_keys_within_base64(engine: Engine, kind: str) -> None:
    key = _key(kind)
    encoded = base64.b64encode(f"MISTRAL_API_KEY={key}\n".encode())
    content = b"data: " + encoded + b"\n"
    hits = engine.keys_in(content)
    assert [hit.value for hit in hits] == [key]
    assert content[hits[0].start : hits[0].end] == encoded


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-16-be", "utf-8-sig"])
def test_keys_within_wide_text(engine: Engine, encoding: str) -> None:
    key = _key(PROJECT_KEY)
    mark = b"\xfe\xff" if encoding == "utf-16-be" else b""
    content = mark + f"schlüssel = {key}\n".encode(encoding)
    hits = engine.keys_in(content)
    assert [hit.value for hit in hits] == [key]
    narrow = content[hits[0].start : hits[0].end]
    assert narrow.replace(b"\0", b"") == key.encode()


def test_a_mark_of_wide_text_by_accident(engine: Engine) -> None:
    content = b"\xff\xfe\x01 key=" + _key(PROJECT_KEY).encode() + b"\n"
    assert len(engine.keys_in(content)) == 1


def test_many_keys_take_linear_time(engine: Engine) -> None:
    keys = [_key("groq.api_key", seed) for seed in range(3000)]
    hits = engine.keys_in("\n".join(keys).encode())
    assert [hit.value for hit in hits] == keys


def test_commits_of_actions_are_no_keys(engine: Engine) -> None:
    sha = _key("wandb.legacy_key")
    content = f"env:\n  WANDB_TOKEN: ${{{{ secrets.KEY }}}}\nsteps:\n  - uses: setup@{sha} # v6\n"
    assert engine.keys_in(content.encode()) == []


def test_escaped_line_breaks_ahead_of_a_key(engine: Engine) -> None:
    key = _key("groq.api_key")
    assert len(engine.keys_in(rf'"text": "first\n{key}\nlast"'.encode())) == 1


def test_threads_agree(engine: Engine) -> None:
    contents = [leak.content for leak in corpus.leaks(7, core_only=True)][:400]
    alone = [engine.keys_in(content) for content in contents]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(engine.keys_in, contents)) == alone


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in for the project's rules with one that compiles at once."""
    own = _write(tmp_path / "own.yaml", _rule(id="keyproof.openai.project_key"))
    monkeypatch.setattr(rule_pack, "_OWN", own)


def _rule(**fields: object) -> dict[str, object]:
    return {
        "name": "Acme key",
        "id": "acme.acme.api_key",
        "pattern": r"\b(acme_[a-z0-9]{24})\b",
        "confidence": "high",
        "examples": ["acme_" + "k3x9q2mz7r1vb84hw0ty6jdc"],
    } | fields


def _write(path: Path, *rules: dict[str, object]) -> Path:
    path.write_text(yaml.safe_dump({"rules": list(rules)}))
    return path


@pytest.mark.usefixtures("small")
def test_a_pack_can_be_extended(tmp_path: Path) -> None:
    pack = load_pack(cache_dir=tmp_path / "cache")
    extra = _write(tmp_path / "acme.yaml", _rule())
    extended = load_pack(extra, cache_dir=tmp_path / "cache")
    assert extended.digest != pack.digest
    assert extended.ids == (*pack.ids, "acme.acme.api_key")
    hits = Engine(extended).keys_in(b"acme_" + b"k3x9q2mz7r1v" * 2)
    assert [(hit.provider, hit.kind) for hit in hits] == []  # it repeats itself
    hits = Engine(extended).keys_in(b"acme_k3x9q2mz7r1vb84hw0ty6jdc")
    assert [(hit.provider, hit.kind) for hit in hits] == [("acme", "api_key")]


@pytest.mark.usefixtures("small")
def test_an_added_rule_is_proven_by_its_examples(tmp_path: Path) -> None:
    extra = _write(tmp_path / "acme.yaml", _rule())
    with pytest.raises(KeyproofError, match=r": keyproof\.openai"):
        Engine(load_pack(extra, cache_dir=tmp_path)).prove()  # only the stand-in stays silent
    extra = _write(tmp_path / "acme.yaml", _rule(examples=["acme_short"]))
    with pytest.raises(KeyproofError, match=r"acme\.acme\.api_key"):
        Engine(load_pack(extra, cache_dir=tmp_path)).prove()


@pytest.mark.usefixtures("small")
def test_the_digest_depends_on_content_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = load_pack(cache_dir=tmp_path).digest
    assert digest.startswith("sha256:")
    moved = tmp_path / "moved.yaml"
    moved.write_bytes((tmp_path / "own.yaml").read_bytes())
    monkeypatch.setattr(rule_pack, "_OWN", moved)
    assert load_pack(cache_dir=tmp_path).digest == digest
    moved.write_bytes(moved.read_bytes() + b"# a comment\n")
    assert load_pack(cache_dir=tmp_path).digest != digest


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"pattern": "acme("}, "rule acme.acme.api_key"),
        ({"pattern": "(?<=a)b"}, "rule acme.acme.api_key"),
        ({"pattern": "a*"}, "rule acme.acme.api_key"),
        ({"pattern": ""}, "`pattern`"),
        ({"patern": "x"}, "unknown field `patern`"),
        ({"pattern_requirements": {"min_digit": 1}}, "unknown field `min_digit`"),
        ({"confidence": "superb"}, "`confidence`"),
        ({"min_entropy": "much"}, "`min_entropy`"),
        ({"visible": False}, "unknown field `visible`"),
        ({"id": "acme"}, "`id`"),
        ({"examples": []}, "`examples`"),
        ({"examples": [1]}, "`examples`"),
        ({"id": "keyproof.openai.project_key"}, "stands in"),
    ],
)
def test_bad_rules(tmp_path: Path, fields: dict[str, object], complaint: str) -> None:
    file = _write(tmp_path / "bad.yaml", _rule(**fields))
    with pytest.raises(ConfigurationError) as raised:
        load_pack(file, cache_dir=tmp_path / "cache")
    assert complaint in str(raised.value)
    assert str(file) in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("text", ["rules: [", "", "- 1", "rules: []", "rules: [1]", "\x00", "a: 1"])
def test_files_that_are_no_pack(tmp_path: Path, text: str) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text(text)
    with pytest.raises(ConfigurationError, match=r"bad\.yaml"):
        load_pack(file, cache_dir=tmp_path)


@pytest.mark.usefixtures("small")
def test_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_pack(tmp_path / "absent.yaml", cache_dir=tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigurationError, match="holds no rules"):
        load_pack(tmp_path / "empty", cache_dir=tmp_path)


@pytest.mark.usefixtures("small")
def test_a_folder_of_rules(tmp_path: Path) -> None:
    folder = tmp_path / "more"
    folder.mkdir()
    _write(folder / "a.yaml", _rule())
    _write(folder / "b.yml", _rule(id="acme.other.api_key"))
    assert len(load_pack(folder, cache_dir=tmp_path).ids) == 3


@pytest.mark.usefixtures("small")
def test_where_the_compiled_rules_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KF_RULE_CACHE_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    load_pack()
    assert list((tmp_path / "xdg" / "keyproof" / "rules").iterdir())
    monkeypatch.setenv("KF_RULE_CACHE_DIR", str(tmp_path / "named"))
    load_pack()
    assert list((tmp_path / "named").iterdir())


@pytest.mark.usefixtures("small")
def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert load_pack(cache_dir=blocked / "rules").ids
