"""Form and tests of the Rego itself."""

from __future__ import annotations

from tests.policies.opa import POLICIES, opa

SOURCES = (POLICIES / "sec004", POLICIES / "checks")


def test_sources_are_formatted() -> None:
    run = opa("fmt", "--fail", "--list", *SOURCES)

    assert (run.returncode, run.stdout) == (0, b""), run.stderr


def test_sources_pass_the_strict_compiler() -> None:
    run = opa("check", "--strict", *SOURCES)

    assert run.returncode == 0, run.stderr


def test_rego_tests_pass() -> None:
    run = opa("test", *SOURCES)

    assert run.returncode == 0, run.stdout


def test_rego_tests_cover_every_line() -> None:
    run = opa("test", "--coverage", "--threshold", "100", *SOURCES)

    assert run.returncode == 0, run.stderr
