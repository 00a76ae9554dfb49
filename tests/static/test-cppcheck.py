"""What cppcheck finds in core/ and plugins/, each a fault. Usage: test-cppcheck.py SOURCE-FOLDER

The headers of other libraries are left out: cppcheck knows what GLib's functions do from its own list, and reads us in seconds. tests/
is not looked at: it holds what is broken on purpose.
"""
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(sys.argv[1])
FOLDERS = ("core", "core/figure", "core/math", "core/isolation", "core/testing", "plugins/gpt2", "plugins/arrays")
ERRORS = 9


def look(*places):
    command = [
        "cppcheck", "--quiet", f"--error-exitcode={ERRORS}", "-j", str(os.cpu_count()), "--std=c11", "--library=gtk", "--inline-suppr",
        "--enable=warning,performance,portability", "--suppress=missingInclude", f"--suppressions-list={SOURCE / 'tests/static/cppcheck.supp'}",
        "--template={file}:{line}: {id}: {message}", '-DGETTEXT_PACKAGE="sonde"', "-D__x86_64__",
        *(f"-I{SOURCE / folder}" for folder in FOLDERS), *places,
    ]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def finds_a_leak():
    """What finds nothing in the tree might not have looked."""
    with tempfile.TemporaryDirectory(prefix="sonde-cppcheck-") as folder:
        Path(folder, "leak.c").write_text('void f (void) { char *text = g_strdup ("lost"); }\n', encoding="utf-8")
        done = look(folder)
    return done.returncode == ERRORS and "memleak" in done.stderr


def main():
    if not shutil.which("cppcheck"):
        print("1..0 # SKIP cppcheck is not installed")
        return
    done = look(SOURCE / "core", SOURCE / "plugins")
    print(f"1..2\n{'ok' if finds_a_leak() else 'not ok'} 1 - a leak is found")
    print(f"{'not ok' if done.returncode else 'ok'} 2 - the tree")
    for line in (done.stdout + done.stderr).splitlines():
        print(f"# {line}")


main()
