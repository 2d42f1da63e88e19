"""
Write the part of docs/access.md that tells where others answer otherwise than keyproof.

Usage: python tools/disagreements_table.py docs/access.md

All of it is kept in tests/keyproof/access/differential/disagreements.json, which the tests
there hold against keyproof and against the others themselves.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "tests" / "keyproof" / "access" / "differential"
BEGIN = "<!-- disagreements: begin -->\n"
END = "<!-- disagreements: end -->\n"
OTHERS = {"iam-simulate": "iam-simulate", "ministack": "MiniStack"}
HEAD = """\
Two other implementations of IAM's evaluation are asked the same as keyproof: the npm package
`@cloud-copilot/iam-simulate`, and MiniStack, an emulator that really enforces policies on
`GetSecretValue`. Neither is AWS. Where they differ from keyproof, AWS's documentation decides;
where it says nothing, keyproof answers `conditional`, and the other side fills the silence.

Each way of answering otherwise is one rule, which rewrites a decision into what the other side
reads in it. All rules are applied to every decision, also where both agree, and then keyproof
must answer like the other side: so a rule excuses one misreading and nothing else, and one that
says too much is found out.
"""
REPEAT = """\
The decisions are drawn at random, around the usual traps, and are the same on every run. Asked
for a principal are its identity policies (inline, managed, of groups), boundary, session policy
and the resource's policy; of iam-simulate also control policies, other accounts, KMS keys and
role trust. `make test-all` asks them all again. After it this does, in some 90 s of processor
time:

```sh
.venv/bin/pytest -m everything tests/keyproof/access/differential
```

In the tables below is the smallest case of each rule, with its number in
`tests/keyproof/access/differential/disagreements.json`, and how many of the decisions needed
the rule. One decision may need several; a rule that none of these needed is held by its case.
"""


def main(path: Path) -> None:
    """Renew what stands between the two comments of the document."""
    before, begin, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise SystemExit(f"{path} has not both of {BEGIN.strip()} and {END.strip()}")
    kept = json.loads((KEPT / "disagreements.json").read_text(encoding="utf-8"))
    path.write_text(before + begin + "\n".join(_section(kept)) + end + after, encoding="utf-8")


def _section(kept: dict[str, Any]) -> Iterator[str]:
    measured = kept["measured"]
    yield f"{_flowing(HEAD)}\n"
    yield from _figures([measured[name] for name in OTHERS])
    yield f"{_flowing(REPEAT)}\n"
    for name, called in OTHERS.items():
        yield f"### {called}\n"
        yield f"| | Asked | {called} | keyproof | AWS's words | Needed |\n|---|---|---|---|---|---|"
        for case in kept["cases"]:
            if case["other"]["name"] == name:
                yield _row(case, measured[name]["by_rule"].get(case["other"]["rule"], 0))
        yield ""


def _flowing(text: str) -> str:
    """The text with each paragraph on one line, as in the rest of the documents."""
    blocks = text.split("\n\n")
    return "\n\n".join(
        block if block.startswith("```") else " ".join(block.splitlines()) for block in blocks
    )


def _figures(measured: list[dict[str, Any]]) -> Iterator[str]:
    """How often both sides agree."""
    versions = f"iam-simulate {_simulate_version()} | MiniStack {_ministack_version()}"
    yield f"| | {versions} |\n|---|---|---|"
    rows = {
        "Decisions": [f"{each['decisions']:,}" for each in measured],
        "Answered alike": [
            f"{each['agreed']:,} ({each['agreed'] / each['decisions']:.1%})" for each in measured
        ],
        "Explained by a rule": [f"{each['decisions'] - each['agreed']:,}" for each in measured],
        "No rule is about it": [f"{each['untouched']:,}" for each in measured],
    }
    for name, figures in rows.items():
        yield f"| {name} | {' | '.join(figures)} |"
    yield ""


def _simulate_version() -> str:
    package = json.loads((KEPT / "package.json").read_text(encoding="utf-8"))
    version: str = package["dependencies"]["@cloud-copilot/iam-simulate"]
    return version


def _ministack_version() -> str:
    pinned = (ROOT / "requirements" / "ministack.txt").read_text(encoding="utf-8")
    [version] = re.findall(r"^ministack==([\d.]+)", pinned, re.MULTILINE)
    return str(version)


def _row(case: dict[str, Any], needed: int) -> str:
    other, source = case["other"], case["source"]
    words = [f"[“{_literally(source['quote'])}”]({source['cite']})", source.get("says", "")]
    cells = (
        f"`{case['id']}`",
        case["title"],
        f"{other['does']}: `{other['answer']}`",
        f"`{case['expected']}`",
        " ".join(filter(None, words)),
        f"{needed:,}",
    )
    return f"| {' | '.join(cells)} |"


def _literally(text: str) -> str:
    """The text without meaning for Markdown."""
    return re.sub(r"([*_|\[\]])", r"\\\1", text)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
