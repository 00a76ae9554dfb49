# SPDX-License-Identifier: LGPL-2.1-or-later
"""The library as others build against it: which symbols it has, headers that compile by themselves, in C and in C++, and what
pkg-config says."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from harness import SOURCE, Skip, check, contains, equal, main, only, tests_of

SYMBOLS = SOURCE / "core/libsonde.symbols"


def root_of(box):
    return box.installation.data.parent.parent


def include_folder(box):
    return only(root_of(box).glob("include/sonde-1"), "installed header folders")


def headers(box):
    folder = include_folder(box)
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.h"))


def tool(*names):
    for name in names:
        if name and shutil.which(name):
            return name
    raise Skip(f"there is no {names[-1]}")


def environment(box):
    """pkg-config that knows the installation where it lies now, and not where it was to go."""
    pc = only(root_of(box).rglob("sonde-1.pc"), "installed .pc files")
    text = pc.read_text(encoding="utf-8")
    here = box.root / "pkgconfig"
    here.mkdir(exist_ok=True)
    (here / "sonde-1.pc").write_text(re.sub("^prefix=.*$", f"prefix={root_of(box)}", text, count=1, flags=re.M), encoding="utf-8")
    return {**os.environ, "PKG_CONFIG_PATH": f"{here}:{os.environ.get('PKG_CONFIG_PATH', '')}"}


def call(command, **more):
    done = subprocess.run([os.fspath(word) for word in command], capture_output=True, encoding="utf-8", timeout=60, check=False, **more)
    check(done.returncode == 0, f"{command} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def flags(box):
    return call([tool(os.environ.get("PKG_CONFIG"), "pkg-config"), "--cflags", "sonde-1"], env=environment(box)).split()


def exported(box):
    """What the library shows; names with a dot are the compiler's own, beside functions of which there are several for several processors."""
    library = box.environment["LD_LIBRARY_PATH"] + "/libsonde-1.so"
    lines = call([tool(os.environ.get("NM"), "nm"), "-D", "--defined-only", library]).splitlines()
    return {line.split()[-1] for line in lines if "." not in line.split()[-1]}


def declared(box):
    """The functions that the installed headers declare and do not define."""
    source = box.work / "all.c"
    source.write_text("".join(f"#include <{name}>\n" for name in headers(box)))
    text = call([tool(os.environ.get("CC"), "cc"), "-E", "-P", *flags(box), source])
    inline = set(re.findall(r"static inline [^;{}()]*?\b(sonde_\w+)\s*\(", text))
    return set(re.findall(r"\b(sonde_\w+)\s*\(", text)) - inline


def test_installed_files_find_the_library(box):
    """Below a prefix of one's own, before ldconfig has run, or where all was moved, nothing else says where libsonde is."""
    readelf = tool(os.environ.get("READELF"), "readelf")
    library = Path(box.environment["LD_LIBRARY_PATH"])
    for path in (box.installation.program, library / "libsonde-testing-1.so"):
        place = only(re.findall(r"R(?:UN)?PATH.*\[(.*)\]", call([readelf, "-d", path])), f"places where {path.name} looks for libraries")
        equal(os.path.normpath(place.replace("$ORIGIN", str(path.parent))), str(library), f"where {path.name} looks for libraries, which are beside it")


def test_symbols_are_those_that_are_listed(box):
    """A symbol that goes breaks whatever uses it: the library then needs another soversion. One that comes is added to the list."""
    listed = SYMBOLS.read_text(encoding="utf-8").split()
    equal(listed, sorted(set(listed)), f"order of {SYMBOLS.name}: sorted as LC_ALL=C does, and each once")
    found = exported(box)
    gone, new = sorted(set(listed) - found), sorted(found - set(listed))
    check(not gone, f"the library no longer has {gone}: whatever was built against it breaks. Bring them back, or change the soversion and take them from core/{SYMBOLS.name}")
    check(not new, f"the library has symbols that core/{SYMBOLS.name} does not list: where they are meant to stay for ever, add these lines, sorted: {new}")


def test_symbols_are_those_that_are_declared(box):
    found, known = exported(box), declared(box)
    check(len(known) > 300, f"only {len(known)} functions are declared: the headers were not read")
    equal((sorted(found - known), sorted(known - found)), ([], []), "symbols that no installed header declares, and declared functions that the library does not have")


def compile_alone(box, compiler, suffix, name, more):
    source = box.work / f"alone.{suffix}"
    source.write_text(f"#include <{name}>\n")
    call([compiler, "-fsyntax-only", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror", *more, *flags(box), source])


def test_headers_compile_alone(box):
    """Each of them, first in a file, in C of the standard and in C++."""
    names = headers(box)
    contains(names, ["sonde.h", "sonde-plugin.h", "math/sonde-math.h", "figure/sonde-figure.h"], "installed headers")
    for name in names:
        compile_alone(box, tool(os.environ.get("CC"), "cc"), "c", name, ["-std=c11", "-Wpedantic", "-Wstrict-prototypes"])
    compiler = tool(os.environ.get("CXX"), "c++")
    for name in names:
        compile_alone(box, compiler, "cc", name, ["-std=c++17"])


def test_one_header_reaches_all(box):
    """sonde.h has whatever is installed, but for plugins' own header and the numerics."""
    source = box.work / "one.c"
    source.write_text("#include <sonde.h>\n")
    found = set(re.findall(rf'{re.escape(str(include_folder(box)))}/([\w/-]+\.h)', call([tool(os.environ.get("CC"), "cc"), "-M", *flags(box), source])))
    equal(set(headers(box)) - found, {"sonde-plugin.h", "math/sonde-math.h"}, "headers that sonde.h does not reach")


PLUGIN_IN_CPP = """
#include <sonde-plugin.h>
#include <math/sonde-math.h>

struct LabTap { GObject parent_instance; };
struct LabTapClass { GObjectClass parent_class; };
static GPtrArray *dup_stages (SondeTap *, SondeModel *, GError **) { return nullptr; }
static void iface_init (SondeTapInterface *iface) { iface->dup_stages = dup_stages; }
G_DEFINE_TYPE_WITH_CODE (LabTap, lab_tap, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_TAP, iface_init))
static void lab_tap_class_init (LabTapClass *) { const float x = 1; sonde_math_all_finite (&x, 1, 1, nullptr, nullptr); }
static void lab_tap_init (LabTap *) {}
SONDE_PLUGIN_REGISTER (SONDE_TYPE_TAP, lab_tap_get_type ())
"""


def test_plugin_in_cpp(box):
    """Names are C's in C++ too: it links, loads, and says for which interface it was built."""
    folder = box.root / "home/.local/share/sonde/plugins/lab"
    folder.mkdir(parents=True)
    (folder / "lab.plugin").write_text("[Plugin]\nModule=lab\nName=Lab\nX-Sonde-API=1\nX-Sonde-Kind=tap\n")
    (box.work / "lab.cc").write_text(PLUGIN_IN_CPP)
    call([tool(os.environ.get("CXX"), "c++"), "-shared", "-fPIC", "-fvisibility=hidden", *flags(box), box.work / "lab.cc", "-o", folder / "liblab.so"])
    contains(box.sonde("inspect", "lab").out, ["lab\n", "enabled"], "a plugin in C++")


def test_pkg_config(box):
    config, env = tool(os.environ.get("PKG_CONFIG"), "pkg-config"), environment(box)
    call([config, "--validate", "sonde-1"], env=env)

    def variable(name):
        return call([config, f"--variable={name}", "sonde-1"], env=env).strip()

    level = re.search(r"^#define SONDE_PLUGIN_API (\d+)$", (include_folder(box) / "sonde-plugin.h").read_text(encoding="utf-8"), re.M).group(1)
    equal(variable("pluginapi"), level, "level of the plugin interfaces")
    equal(variable("plugindir"), box.environment["SONDE_PLUGIN_PATH"], "folder of the plugins")
    equal(variable("datadir"), str(box.installation.data), "folder of the data")
    equal(variable("program"), str(box.installation.program), "program")
    equal(f"sonde {call([config, '--modversion', 'sonde-1'], env=env).strip()}", box.sonde("--version").out.strip(), "version")


if __name__ == "__main__":
    main(tests_of(globals()))
