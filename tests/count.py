"""Print "N passed, N failed, N skipped" of a JUnit file, and fail where nothing passed or anything failed."""
import sys
import xml.etree.ElementTree as ElementTree


def main():
    cases = list(ElementTree.parse(sys.argv[1]).iter("testcase"))
    failed = sum(case.find("failure") is not None or case.find("error") is not None for case in cases)
    skipped = sum(case.find("skipped") is not None for case in cases)
    passed = len(cases) - failed - skipped
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


sys.exit(main())
