"""Print "N passed, N failed, N skipped", summed over logs of meson, and fail where nothing passed or anything failed.
Usage: count.py [--chosen] BUILD…

--chosen: of what was chosen a build may have had none to run, and has no log.

A program that dies, runs out of time or meets a sanitizer after its last line of TAP has no case that failed: it counts as one.
"""
import json
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

GOOD = {"OK", "SKIP", "EXPECTEDFAIL"}


def has_failed(case):
    return case.find("failure") is not None or case.find("error") is not None


def name_program(name):
    return name.rsplit(" / ", 1)[-1]


def count(logs):
    cases = list(ElementTree.parse(logs / "testlog.junit.xml").iter("testcase"))
    failed = sum(map(has_failed, cases))
    skipped = sum(case.find("skipped") is not None for case in cases)
    # a program is the name or, where it speaks TAP, the class of its cases
    with_failure = {name_program(case.get(key)) for case in filter(has_failed, cases) for key in ("name", "classname")}
    programs = map(json.loads, (logs / "testlog.json").read_text(encoding="utf-8").splitlines())
    broken = {name_program(program["name"]) for program in programs if program["result"] not in GOOD}
    return len(cases) - failed - skipped, failed + len(broken - with_failure), skipped


def main():
    chosen = "--chosen" in sys.argv[1:2]
    builds = [Path(build, "meson-logs") for build in sys.argv[1 + chosen :]]
    counts = [count(logs) for logs in builds if not chosen or (logs / "testlog.json").exists()]
    passed, failed, skipped = (sum(column) for column in zip((0, 0, 0), *counts))
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


sys.exit(main())
