"""Print "N passed, N failed, N skipped", summed over logs of meson, and fail where nothing passed or anything failed.
Usage: count.py BUILD/meson-logs/testlog…

A program that dies, runs out of time or meets a sanitizer after its last line of TAP has no case that failed: it counts as one.
Where a log is missing, nothing of what was chosen was there to run.
"""
import json
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

GOOD = {"OK", "SKIP", "EXPECTEDFAIL"}


def has_failed(case):
    return case.find("failure") is not None or case.find("error") is not None


def count(log):
    if not Path(f"{log}.junit.xml").exists():
        return 0, 0, 0
    cases = list(ElementTree.parse(f"{log}.junit.xml").iter("testcase"))
    failed = sum(map(has_failed, cases))
    skipped = sum(case.find("skipped") is not None for case in cases)
    # a program is the name or, where it speaks TAP, the class of its cases
    with_failure = {part for case in filter(has_failed, cases) for part in (case.get("name"), case.get("classname").split(".", 1)[-1])}
    programs = map(json.loads, Path(f"{log}.json").read_text(encoding="utf-8").splitlines())
    broken = [program["name"].rsplit(" / ", 1)[-1] for program in programs if program["result"] not in GOOD]
    return len(cases) - failed - skipped, failed + sum(name not in with_failure for name in broken), skipped


def main():
    passed, failed, skipped = (sum(column) for column in zip(*map(count, sys.argv[1:])))
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


sys.exit(main())
