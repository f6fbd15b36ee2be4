"""Counts checks and prints one line for each."""

import difflib
import os
import time

from .normalise import normalised


class Broken(Exception):
    """A case cannot go on; its text is the failed check."""


class Checks:
    def __init__(self, golden):
        self.golden_folder = golden
        self.recording = os.environ.get("RECORD_GOLDEN") == "1"
        self.passed = 0
        self.failed = 0
        self.backend = ""
        self.case = ""

    def run(self, name, body):
        """Runs a case; whatever breaks it is a failed check."""
        self.case = f"{self.backend} {name}".strip()
        began = time.monotonic()
        try:
            body(self)
        except Broken as broken:
            self.fail(str(broken))
        except Exception as error:  # a case that trips must not hide the cases after it
            self.fail(f"{type(error).__name__}: {error}")
        print(f"       {self.case} took {time.monotonic() - began:.1f} s", flush=True)

    def ok(self, what):
        self.passed += 1
        print(f"ok     {self.case}: {what}", flush=True)

    def fail(self, what):
        self.failed += 1
        print(f"FAIL   {self.case}: {what}", flush=True)

    def check(self, what, holds, found=""):
        if holds:
            self.ok(what)
        else:
            self.fail(f"{what}; found: {found}")

    def equal(self, what, found, expected):
        self.check(what, found == expected, f"{found!r}, expected {expected!r}")

    def same(self, what, found, expected):
        """Fingerprints by table; names those that differ."""
        differing = [name for name in expected.keys() | found.keys() if found.get(name) != expected.get(name)]
        self.check(what, not differing, f"differing are {', '.join(sorted(differing))}")

    def golden(self, name, output, workspace):
        """The exact text on stdout and the exit code, as they stand under Tests/Golden/accept."""
        folder = self.golden_folder / name
        found = {"stdout": normalised(output.stdout, workspace), "exit": f"{output.exit}\n"}
        if self.recording:
            folder.mkdir(parents=True, exist_ok=True)
            for part, text in found.items():
                (folder / part).write_text(text, encoding="utf-8")
            self.fail(f"recorded {folder}")
            return
        for part, text in found.items():
            file = folder / part
            if not file.exists():
                self.fail(f"{part} of {name} was never recorded; RECORD_GOLDEN=1 does it")
                continue
            expected = file.read_text(encoding="utf-8")
            if text == expected:
                self.ok(f"{part} of {name} as recorded")
            else:
                self.fail(f"{part} of {name} is not what was recorded\n{difference(expected, text)}")


def difference(expected, found):
    lines = difflib.unified_diff(
        expected.splitlines(), found.splitlines(), "recorded", "found", lineterm="", n=1
    )
    return "\n".join("         " + line for line in lines)
