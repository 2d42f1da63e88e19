"""
Makes keys that are nobody's, and texts that hold them, for every rule.

A scan may say "clean" only if its rules fire, so each is shown such a text first. No key is
written down here, nor could it be: this repository is scanned too.
"""

from __future__ import annotations

import random
import re
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_ALPHABETS = {
    "a": string.ascii_letters + string.digits,
    "b": string.ascii_letters + string.digits + "+/",
    "h": "0123456789abcdef",
    "l": string.ascii_lowercase + string.digits,
    "m": string.ascii_letters,
    "u": string.ascii_uppercase + string.digits,
    "w": string.ascii_letters + string.digits + "_-",
}
_RUN = re.compile("<([a-z])([0-9]+)>")
_UUID = "<h8>-<h4>-<h4>-<h4>-<h12>"

# What a key is made of: its marks, and between < and > an alphabet and a length.
_MARKED: Mapping[str, str] = {
    "openai.project_key": "sk-proj-<w74>T3BlbkFJ<w74>",
    "openai.service_account_key": "sk-svcacct-<w74>T3BlbkFJ<w74>",
    "openai.admin_key": "sk-admin-<w58>T3BlbkFJ<w58>",
    "openai.legacy_key": "sk-<a20>T3BlbkFJ<a20>",
    "anthropic.api_key": "sk-ant-api03-<w93>AA",
    "anthropic.admin_key": "sk-ant-admin01-<w93>AA",
    "anthropic.oauth_token": "sk-ant-oat01-<w93>AA",
    "pinecone.api_key": "pcsk_<a6>_<a63>",
    "google.api_key": "AIzaSy<w33>",
    "google.auth_key": "AQ.Ab8RN6<w44>",
    "bedrock.long_term_key": "ABSKQmVkcm9ja0FQSUtleS1<b109>",
    "bedrock.short_term_key": "bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t<b400>",
    "azure_openai.api_key": "<a52>JQQJ99<a10>AAABACOG<a8>",
    "groq.api_key": "gsk_<a52>",
    "together.api_key": "tgp_v1_<w43>",
    "fireworks.api_key": "fw_<a22>",
    "xai.api_key": "xai-<a80>",
    "perplexity.api_key": "pplx-<a48>",
    "openrouter.api_key": "sk-or-v1-<h64>",
    "replicate.api_token": "r8_<a37>",
    "huggingface.access_token": "hf_<m34>",
    "huggingface.organization_token": "api_org_<m34>",
    "cerebras.api_key": "csk-<l48>",
    "nvidia.api_key": "nvapi-<w64>",
    "databricks.api_token": "dapi<h32>",
    "elevenlabs.api_key": "sk_<h48>",
    "voyage.api_key": "pa-<w43>",
    "jina.api_key": "jina_<h32><w28>",
    "langsmith.personal_access_token": "lsv2_pt_<h32>_<h10>",
    "langsmith.service_key": "lsv2_sk_<h32>_<h10>",
    "langsmith.legacy_key": "ls__<h32>",
    "langfuse.secret_key": f"sk-lf-{_UUID}",
    "wandb.api_key": "wandb_v1_<a77>",
    "cloudflare.api_token": "cfut_<a40><h8>",
    "firecrawl.api_key": "fc-<h32>",
    "github.personal_access_token": "ghp_<a36>",
    "github.fine_grained_token": "github_pat_<a22>_<a59>",
    "github.oauth_token": "gho_<a36>",
    "github.app_token": "ghs_<a36>",
    "github.refresh_token": "ghr_<a36>",
    "helicone.api_key": "sk-helicone-<l7>-<l7>-<l7>-<l7>",
    "llamacloud.api_key": "llx-<a48>",
    "runpod.api_key": "rpa_<u40><a6>",
    "tavily.api_key": "tvly-dev-<a32>",
}

# Those without a mark, with a variable that names them and a host that takes them.
_NAMED: Mapping[str, tuple[str, str, str]] = {
    "openai.legacy_key.unmarked": ("sk-<a48>", "OPENAI_API_KEY", "api.openai.com"),
    "pinecone.legacy_key": (_UUID, "PINECONE_API_KEY", "api.pinecone.io"),
    "aws.secret_access_key": ("<b40>", "AWS_SECRET_ACCESS_KEY", "s3.amazonaws.com"),
    "azure_openai.api_key.named": ("<a84>", "AZURE_OPENAI_API_KEY", "contoso.cognitiveservices"),
    "azure_openai.legacy_key": ("<h32>", "AZURE_OPENAI_API_KEY", "x.cognitiveservices.azure.com"),
    "cohere.api_key": ("<a40>", "COHERE_API_KEY", "api.cohere.com"),
    "mistral.api_key": ("<a32>", "MISTRAL_API_KEY", "api.mistral.ai"),
    "together.legacy_key": ("<h64>", "TOGETHER_API_KEY", "api.together.xyz"),
    "fireworks.legacy_key": ("<a48>", "FIREWORKS_API_KEY", "api.fireworks.ai"),
    "deepseek.api_key": ("sk-<h32>", "DEEPSEEK_API_KEY", "api.deepseek.com"),
    "ai21.api_key": ("<a32>", "AI21_API_KEY", "api.ai21.com"),
    "ai21.api_key.uuid": (_UUID, "AI21_API_KEY", "api.ai21.com"),
    "elevenlabs.legacy_key": ("<h32>", "ELEVENLABS_API_KEY", "api.elevenlabs.io"),
    "stability.api_key": ("sk-<a48>", "STABILITY_API_KEY", "api.stability.ai"),
    "assemblyai.api_key": ("<h32>", "ASSEMBLYAI_API_KEY", "api.assemblyai.com"),
    "deepgram.api_key": ("<h40>", "DEEPGRAM_API_KEY", "api.deepgram.com"),
    "portkey.api_key": ("<b27>=", "PORTKEY_API_KEY", "api.portkey.ai"),
    "litellm.api_key": ("sk-<w22>", "LITELLM_MASTER_KEY", "litellm.internal"),
    "weaviate.api_key": ("<a40>", "WEAVIATE_API_KEY", "cluster.weaviate.cloud"),
    "qdrant.api_key": ("eyJ<w33>.eyJ<w40>.<w43>", "QDRANT_API_KEY", "x.qdrant.io"),
    "qdrant.legacy_key": ("<w54>", "QDRANT_API_KEY", "x.qdrant.io"),
    "wandb.legacy_key": ("<h40>", "WANDB_API_KEY", "api.wandb.ai"),
    "baseten.api_key": ("<a8>.<a32>", "BASETEN_API_KEY", "model.api.baseten.co"),
    "cloudflare.api_token.unmarked": ("<w40>", "CLOUDFLARE_API_TOKEN", "api.cloudflare.com"),
    "dashscope.api_key": ("sk-<h32>", "DASHSCOPE_API_KEY", "dashscope.aliyuncs.com"),
    "deepinfra.api_key": ("<a32>", "DEEPINFRA_API_KEY", "api.deepinfra.com"),
    "exa.api_key": (_UUID, "EXA_API_KEY", "api.exa.ai"),
    "fal.api_key": (f"{_UUID}:<h32>", "FAL_KEY", "fal.run"),
    "watsonx.api_key": ("<w44>", "WATSONX_APIKEY", "us-south.ml.watson.ibm.com"),
    "moonshot.api_key": ("sk-<a48>", "MOONSHOT_API_KEY", "api.moonshot.cn"),
    "ollama.api_key": ("<h32>.<w24>", "OLLAMA_API_KEY", "ollama.com"),
    "zhipu.api_key": ("<h32>.<a16>", "ZHIPUAI_API_KEY", "open.bigmodel.cn"),
}
_SERVICE_ACCOUNT = "google.service_account_key"
_PLACEHOLDERS = ("x", "0", "A")
_ATTEMPTS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """Texts in which one rule must fire, and texts in which it must not."""

    rule: str
    positives: tuple[str, ...]
    negatives: tuple[str, ...]


def canaries(seed: int = 0) -> tuple[Canary, ...]:
    """Make the texts of every rule of the project; one seed gives the same ones always."""
    marked = [_of_marked(kind, shape, seed) for kind, shape in _MARKED.items()]
    named = [canary for kind in _NAMED for canary in _of_named(kind, seed)]
    return (*marked, *named, *_of_service_accounts(seed))


def kinds() -> tuple[str, ...]:
    """Every kind of key that can be made: `<provider>.<kind>`, and the variant if any."""
    return (*_MARKED, *_NAMED, _SERVICE_ACCOUNT)


def make_key(kind: str, source: random.Random) -> str:
    """Make a key of a kind; for a service account, the whole JSON document."""
    if kind == _SERVICE_ACCOUNT:
        return _service_account(source, type_first=True)
    shape = _MARKED[kind] if kind in _MARKED else _NAMED[kind][0]
    for _ in range(_ATTEMPTS):
        made = _fill(shape, source)
        variable = "".join(re.findall(r"[A-Za-z0-9]", _strip_marks(shape, made)))
        if "<m" in shape or (re.search("[0-9]", variable) and re.search("[A-Za-z]", variable)):
            return made
    raise AssertionError(kind)


def variable_of(kind: str) -> str:
    """Give a usual variable for a kind of key."""
    if kind in _NAMED:
        return _NAMED[kind][1]
    return f"{kind.partition('.')[0].upper()}_API_KEY"


def host_of(kind: str) -> str:
    """Give a host that takes a kind of key."""
    return _NAMED[kind][2] if kind in _NAMED else f"api.{kind.partition('.')[0]}.com"


def _of_marked(kind: str, shape: str, seed: int) -> Canary:
    source = random.Random(f"{kind} {seed}")  # noqa: S311 -- nobody's key, and reproducible
    key = make_key(kind, source)
    return Canary(
        rule=f"keyproof.{kind}",
        positives=(f'client = connect("{key}")\n', f"{variable_of(kind)}={key}\n"),
        negatives=(
            *(f'client = connect("{_blank(shape, letter)}")\n' for letter in _PLACEHOLDERS),
            f'client = connect("{key[: len(_RUN.split(shape)[0]) + 12]}")\n',
            f'client = connect("{_RUN.sub("${KEY}", shape)}")\n',
        ),
    )


def _of_named(kind: str, seed: int) -> tuple[Canary, Canary]:
    source = random.Random(f"{kind} {seed}")  # noqa: S311
    shape, variable, host = _NAMED[kind]
    key = make_key(kind, source)
    stem = variable.partition("_")[0]
    negatives = (
        *(f'{variable}="{_blank(shape, letter)}"\n' for letter in _PLACEHOLDERS),
        f'ETAG="{key}"\n',
        f"{stem}_CHECKSUM={key}\n",
        f'{variable}="your-{stem.lower()}-api-key-goes-here"\n',
        f"# {stem}\n\n\n\nSESSION_COOKIE={key}\n",
    )
    behind = f'curl -H "Authorization: Bearer {key}" https://{host}/v1/models\n'
    rule = f"keyproof.{kind}"
    return (
        Canary(
            rule=rule,
            positives=(f"{variable}={key}\n", f'os.environ["{variable}"] = "{key}"\n'),
            negatives=negatives,
        ),
        Canary(
            rule=rule + ("_before" if kind.count(".") > 1 else ".before"),
            positives=(behind,),
            negatives=(behind.replace(key, _blank(shape, "x")), f"x-request-id: {key} {host}\n"),
        ),
    )


def _of_service_accounts(seed: int) -> tuple[Canary, Canary]:
    source = random.Random(f"{_SERVICE_ACCOUNT} {seed}")  # noqa: S311
    first, last = (_service_account(source, type_first=order) for order in (True, False))
    rule = f"keyproof.{_SERVICE_ACCOUNT}"
    alone = first[first.index("-----") : first.rindex("-----")]
    return (
        Canary(rule=rule, positives=(first,), negatives=(alone,)),
        Canary(rule=f"{rule}.before", positives=(last,), negatives=(alone,)),
    )


def _service_account(source: random.Random, *, type_first: bool) -> str:
    body = r"\n".join(_fill("<b64>", source) for _ in range(26))
    around = "-----{} PRIVATE KEY-----"
    pem = rf"{around.format('BEGIN')}\n{body}\n{around.format('END')}\n"
    kind = '  "type": "service_account",\n'
    return (
        "{\n"
        + (kind if type_first else "")
        + f'  "project_id": "vertex-{_fill("<l6>", source)}",\n'
        + f'  "private_key_id": "{_fill("<h40>", source)}",\n'
        + f'  "private_key": "{pem}",\n'
        + '  "client_email": "vertex@project.iam.gserviceaccount.com",\n'
        + ("" if type_first else kind)
        + '  "token_uri": "https://oauth2.googleapis.com/token"\n}\n'
    )


def _fill(shape: str, source: random.Random) -> str:
    return _RUN.sub(lambda run: "".join(source.choices(_ALPHABETS[run[1]], k=int(run[2]))), shape)


def _blank(shape: str, letter: str) -> str:
    return _RUN.sub(lambda run: letter * int(run[2]), shape)


def _strip_marks(shape: str, made: str) -> str:
    """Give the random part of a key."""
    for mark in filter(None, _RUN.sub("\0", shape).split("\0")):
        made = made.replace(mark, "", 1)
    return made
