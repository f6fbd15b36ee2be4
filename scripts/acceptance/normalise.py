"""Takes out of a text what differs from run to run."""

import re

RULES = [
    (re.compile(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "TIME"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "SHA256"),
    (re.compile(r"\b[0-9a-f]{16}…"), "SHA…"),
    # The record of a trace: the real files are no part of the project.
    (re.compile(r"^( +SHA-256 SHA256\n) +.*$", re.MULTILINE), r"\1    RECORD"),
    (re.compile(r"replaced-[0-9a-f]{8}"), "replaced-SHA"),
    (re.compile(r"\bpid \d+"), "pid PID"),
    (re.compile(r"\b(\d+ h )?(\d+ min )?\d+(\.\d+)? s\b"), "SECONDS"),
]


def normalised(text, workspace):
    text = text.replace(str(workspace), "WORKSPACE")
    for pattern, word in RULES:
        text = pattern.sub(word, text)
    return text
