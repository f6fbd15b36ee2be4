"""Doing it again changes nothing: start, restart and reprocess leave the same rows in every layer."""

from .workspace import CLIENT


def cases(program):
    yield "identity", lambda checks: identity(checks, program)


def identity(checks, program):
    workspace = program.loaded("identity")
    layers = ("bronze", "silver", "gold")
    expected = workspace.fingerprint(*layers)
    for words in (("start", CLIENT), ("restart", CLIENT), ("reprocess", CLIENT)):
        output = workspace.must(*words)
        checks.golden(f"identity-{words[0]}", output, workspace.path)
        found = workspace.fingerprint(*layers)
        checks.same(f"{len(expected)} tables and views as before {words[0]}", found, expected)
    checks.equal("batches", len(workspace.json("batches")), 1)
