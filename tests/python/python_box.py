# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of Python share: an installed tree that Python and its plugins find, and plugins that fail as they are told."""

import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "cli"))

import harness  # noqa: E402
from harness import SOURCE, Skip, check, contains, equal, only, read_table  # noqa: E402, F401

EXAMPLES = SOURCE / "data/examples/python"


def list_environment(box, *plugins):
    """For the program and for Python: the installed typelib, and plugins beside the installed ones."""
    installed = box.installation
    root = installed.program.parents[1]
    typelib = only(root.glob("**/Sonde-1.typelib"), "installed typelibs").parent
    path = os.pathsep.join([*(os.fspath(folder) for folder in plugins), installed.environment["SONDE_PLUGIN_PATH"]])
    return {"GI_TYPELIB_PATH": str(typelib), "SONDE_PLUGIN_PATH": path, "PYTHONDONTWRITEBYTECODE": "1"}


def need_python():
    """PyGObject for the Python that runs this, which was chosen for that, and libpeas's data for the one that the program starts."""
    for command in ([sys.executable, "-c", "import gi, numpy"], ["/usr/bin/python3", "-c", "import gi, numpy; gi.require_version('Peas', '1.0')"]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Skip(f"{command[0]}: {done.stderr.strip().splitlines()[-1]}")


def python(box, script, *arguments, plugins=(), status=0):
    """A script in a Python of its own, as a user has it after `meson install`."""
    overrides = only((box.installation.program.parents[1]).glob("**/share/sonde/python"), "installed folders for Python")
    environment = {**box.environment, **list_environment(box, *plugins), "PYTHONPATH": str(overrides)}
    command = [sys.executable, "-c", script] if isinstance(script, str) else [sys.executable, os.fspath(script)]
    done = subprocess.run([*command, *(os.fspath(a) for a in arguments)], env=environment, cwd=box.work, capture_output=True, text=True, timeout=120, check=False)
    check(status is None or done.returncode == status, f"{script}: status {done.returncode}, expected {status}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}")
    return done


def write_plugin(folder, name, kind, code):
    """A plugin of one file; its folder."""
    place = folder / name
    place.mkdir(parents=True)
    (place / f"{name}.plugin").write_text(f"[Plugin]\nModule={name}\nIAge=2\nLoader=python3\nName={name}\nDescription=test\nX-Sonde-API=1\nX-Sonde-Kind={kind}\n")
    (place / f"{name}.py").write_text(f'import gi\n\ngi.require_version("Sonde", "1")\nfrom gi.repository import GLib, GObject, Sonde\n{code}')
    return folder


def main(namespace):
    harness.prefer_python_with("gi", "numpy")
    harness.main([(name, lambda box, function=function: (need_python(), function(box))) for name, function in harness.tests_of(namespace)])
