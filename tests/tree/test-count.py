"""What count.py makes of logs as meson writes them. Usage: test-count.py SOURCE-FOLDER"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

COUNT = Path(sys.argv[1]) / "tests/count.py"
SUITE = '<testsuite name="sonde.{suite}">{cases}</testsuite>'
CASE = '<testcase name="{name}" classname="sonde.{suite}">{verdict}</testcase>'

# A program is its result, and the verdicts of its cases.
GOOD = ("OK", ["", "", "<skipped/>"])
BAD = ("ERROR", ["", "<failure/>", "<failure/>"])
DEAD = ("ERROR", ["", ""])      # by a signal, or a sanitizer after the last line
LATE = ("TIMEOUT", [])
NONE = ("SKIP", ["<skipped/>"])


def write_logs(build, programs):
    logs = build / "meson-logs"
    logs.mkdir(parents=True)
    suites, lines = [], []
    for number, (result, verdicts) in enumerate(programs):
        name = f"sonde:cli+threads / program-{number}"
        cases = [CASE.format(name=f"{i} case", suite=name, verdict=verdict) for i, verdict in enumerate(verdicts)]
        suites.append(SUITE.format(suite=name, cases="".join(cases)))
        lines.append(json.dumps({"name": name, "result": result}))
    (logs / "testlog.junit.xml").write_text(f"<testsuites>{''.join(suites)}</testsuites>")
    (logs / "testlog.json").write_text("\n".join(lines))


def count(root, builds, chosen=False):
    """The last line and the status where each of @builds has run its programs, or none for None."""
    folders = [root / str(number) for number in range(len(builds))]
    for folder, programs in zip(folders, builds):
        if programs is not None:
            write_logs(folder, programs)
    command = [sys.executable, COUNT, *(["--chosen"] if chosen else []), *folders]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return result.stdout.strip(), result.returncode


TESTS = {
    "all is well": ([[GOOD, NONE], [GOOD]], False, "4 passed, 0 failed, 3 skipped", 0),
    "cases that failed": ([[GOOD, BAD], [GOOD]], False, "5 passed, 2 failed, 2 skipped", 1),
    "programs that died or were late, without a case that failed": ([[GOOD, DEAD, LATE], [DEAD]], False, "6 passed, 3 failed, 1 skipped", 1),
    "all three in the second build": ([[GOOD], [DEAD, BAD, LATE]], False, "5 passed, 4 failed, 1 skipped", 1),
    "nothing passed": ([[NONE]], False, "0 passed, 0 failed, 1 skipped", 1),
    "a suite that one build lacks": ([[GOOD], None], True, "2 passed, 0 failed, 1 skipped", 0),
    "a build without a log": ([[GOOD], None], False, "", 1),
}

print(f"1..{len(TESTS)}")
failed = 0
for number, (title, (builds, chosen, line, status)) in enumerate(TESTS.items(), 1):
    with tempfile.TemporaryDirectory() as folder:
        found = count(Path(folder), builds, chosen)
    if found != (line, status):
        failed += 1
        print(f"# found {found}, expected {(line, status)}")
    print(f"{'ok' if found == (line, status) else 'not ok'} {number} - {title}")
sys.exit(1 if failed else 0)
