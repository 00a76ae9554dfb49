# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is installed is hardened as distributions harden. Usage: test-hardening.py BUILD-FOLDER [PART OF A TEST'S NAME]…"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import harness
from harness import Skip, check, equal, only


def installed(box):
    """The program, the libraries and the plugins: all that is ELF."""
    found = [path for path in sorted(box.installation.root.rglob("*")) if path.is_file() and not path.is_symlink() and path.open("rb").read(4) == b"\x7fELF"]
    check(len(found) > 10, f"too few were installed: {found}")
    return found


def readelf(path, *options):
    try:
        return subprocess.run(["readelf", "--wide", *options, path], env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True).stdout
    except FileNotFoundError:
        raise Skip("readelf is missing") from None


def imports(path):
    return set(re.findall(r"\bUND (\w+)", readelf(path, "--dyn-syms")))


def need_optimisation(box):
    if box.installation.is_sanitized:
        raise Skip("a sanitizer looks at the plain functions")
    options = json.loads(Path(sys.argv[1], "meson-info/intro-buildoptions.json").read_text(encoding="utf-8"))
    if {option["name"]: option["value"] for option in options}["optimization"] in ("0", "plain"):
        raise Skip("nothing is fortified without optimisation")


def test_addresses(box):
    for path in installed(box):
        header = readelf(path, "--file-header")
        check("DYN (" in header, f"{path.name} is bound to an address")
    check("PIE" in readelf(box.installation.program, "--dynamic"), "the program is not position-independent")


def test_tables_are_read_only(box):
    """All is bound before the first line runs, and the tables of addresses are read-only from then on."""
    for path in installed(box):
        check("GNU_RELRO" in readelf(path, "--program-headers"), f"{path.name} has no RELRO")
        check(re.search(r"\(FLAGS(_1)?\).*\b(BIND_)?NOW\b", readelf(path, "--dynamic")), f"{path.name} binds lazily")


def test_nothing_is_written_and_run(box):
    for path in installed(box):
        headers = readelf(path, "--program-headers")
        stack = only(re.findall(r"GNU_STACK.*?\s([RWE ]{3})\s+0x\w+$", headers, re.MULTILINE), f"{path.name}: the stack's rights")
        equal(stack, "RW ", f"{path.name}: rights of the stack")
        check(not re.search(r"LOAD.*\sRWE\s", headers), f"{path.name} has a segment that is written and run")
        check("(TEXTREL)" not in readelf(path, "--dynamic"), f"{path.name} writes into its code when it starts")


def test_search_paths(box):
    """Only what is documented looks elsewhere than the system does: beside itself, in the prefix, whose owner chose it."""
    prefix = box.installation.program.parents[1]
    for path in installed(box):
        for places in re.findall(r"\((?:RPATH|RUNPATH)\).*\[(.*)\]", readelf(path, "--dynamic")):
            check(path.suffix != ".so" or "plugins" not in path.parts, f"{path.name} looks in {places}")
            for place in places.split(":"):
                folder = os.path.normpath(place.replace("$ORIGIN", str(path.parent)))
                check(place.startswith("$ORIGIN") and folder.startswith(f"{prefix}/lib"), f"{path.name} looks in {place}, only {prefix}/lib… expected")


def test_stack_is_guarded(box):
    for path in (box.installation.program, *box.installation.root.rglob("libsonde*.so"), *box.installation.root.rglob("plugins/*/*.so")):
        check("__stack_chk_fail" in imports(path) or path.stat().st_size < 40000, f"{path.name} guards no stack")


def test_calls_are_fortified(box):
    need_optimisation(box)
    library = only(box.installation.root.rglob("libsonde-1.so"), "libraries")
    fortified = {name for path in (box.installation.program, library) for name in imports(path) if name.endswith("_chk") and name != "__stack_chk_fail"}
    check(fortified, "no call of the C library is fortified")


if __name__ == "__main__":
    harness.main(harness.tests_of(globals()))
