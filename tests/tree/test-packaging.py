"""The Debian packages have what is installed, and ask for what it needs. Usage: test-packaging.py SOURCE-FOLDER BUILD-FOLDER"""
import json
import os
import re
import sys
from pathlib import Path

from rules import run_rules

SOURCE, BUILD = Path(sys.argv[1]), Path(sys.argv[2])
DEBIAN = SOURCE / "data/packaging/debian"
# modules of a package that data/prepare.sh lists by another one
SAME_PACKAGE = {"cairo": "cairo-svg", "cairo-pdf": "cairo-svg", "gobject-2.0": "gio-unix-2.0"}
# what every build has, and what comes with meson
ESSENTIAL = {"gcc", "libc6-dev", "ninja-build"}


def read(path):
    return path.read_text(encoding="utf-8")


def introspect(name):
    return json.loads(read(BUILD / f"meson-info/intro-{name}.json"))


def paragraphs(path):
    """Of a file in Debian's format: a dictionary each, without comments."""
    for text in re.split(r"\n\n+", re.sub(r"^#.*\n", "", read(path), flags=re.MULTILINE).strip()):
        yield {field: value.strip() for field, value in re.findall(r"^([\w-]+):((?:.*\n?)(?:[ \t].*\n?)*)", text, re.MULTILINE)}


def packages_of(field):
    """Names and what stands behind them: {"libcairo2-dev": "(>= 1.16)"}."""
    return dict((entry.strip() + " ").split(" ", 1) for entry in field.split(",") if entry.strip())


CONTROL = list(paragraphs(DEBIAN / "control"))
BINARIES = {paragraph["Package"]: paragraph for paragraph in CONTROL[1:]}


def patterns():
    """Which package takes what: the lines of its .install file."""
    for path in sorted(DEBIAN.glob("*.install")):
        yield from ((path.stem, line.split()[0]) for line in read(path).splitlines() if line and line[0] != "#")


def takes(pattern, path):
    return re.fullmatch(re.escape(pattern).replace(r"\*", "[^/]*") + "(/.*)?", path) is not None


def installed():
    """Where the packages' build has what this build installs."""
    options = {option["name"]: option["value"] for option in introspect("buildoptions")}
    for path in introspect("installed").values():
        path = os.path.relpath(path, options["prefix"])
        path = re.sub(r".*/(?:dist|site)-packages/", "lib/python3/dist-packages/", path)
        if path.startswith(options["libdir"] + "/") and "-packages/" not in path:
            path = f"lib/multiarch/{os.path.relpath(path, options['libdir'])}"
        yield f"usr/{path}"


def every_file_has_one_package():
    """Whatever is installed is in one package, and no package waits for what is not."""
    paths, lines = sorted(installed()), list(patterns())
    assert len(paths) > 90, paths
    for path in paths:
        found = [package for package, pattern in lines if takes(pattern, path)]
        if len(found) != 1:
            yield f"{path} is in {' and '.join(found) or 'no package'}"
    without = [words for words, there in (("gir|python", "Sonde-1.gir"), ("doc/", "share/doc/Sonde-1")) if not any(path.endswith(there) for path in paths)]
    for package, pattern in lines:
        if not any(takes(pattern, path) for path in paths) and not any(re.search(words, pattern) for words in without):
            yield f"{package} has {pattern}, which is not installed"


def every_package_has_files():
    files = {path.stem for path in DEBIAN.glob("*.install")}
    yield from (f"{name} has no .install file" for name in sorted(BINARIES.keys() - files))
    yield from (f"{name}.install is of no package" for name in sorted(files - BINARIES.keys()))


def version_is_the_project_s():
    found, version = re.match(r"sonde \((.*)\)", read(DEBIAN / "changelog")).group(1), introspect("projectinfo")["version"]
    if found != version:
        yield f"changelog begins with {found}, and meson.build has {version}"


def builds_have_what_they_need():
    """A package for each dependency () of any meson.build, of the same version; and all others that data/prepare.sh installs."""
    depends = packages_of(CONTROL[0]["Build-Depends"])
    rows = [line.split() for line in re.search("\nsonde_needs='\n(.*?)'", read(SOURCE / "data/prepare.sh"), re.DOTALL).group(1).splitlines()]
    yield from (f"Build-Depends has no {row[0]}" for row in rows if row[0] not in depends.keys() | ESSENTIAL)
    package_of = {name: package for package, kind, name in rows if kind == "module"}
    n_dependencies = 0
    for path in [SOURCE / "meson.build", *(path for folder in ("core", "plugins", "data", "tests") for path in SOURCE.glob(f"{folder}/**/meson.build") if "templates" not in path.parts)]:
        for name, version in re.findall(r"dependency\('([\w.-]+)'(?:, version: '([^']+)')?", read(path)):
            n_dependencies += 1
            package = package_of.get(SAME_PACKAGE.get(name, name))
            if package is None and name != "dl":
                yield f"{path.relative_to(SOURCE)} needs {name}, of which data/prepare.sh names no package"
            elif version and f"({version})" not in depends.get(package, ""):
                yield f"{path.relative_to(SOURCE)} needs {name} {version}, and Build-Depends has {package} {depends.get(package)}"
    assert n_dependencies > 10, n_dependencies


def plugins_name_their_interface():
    """The library says which level of plugin interfaces it has, and packages with plugins ask for it; those in Python are apart, with what Python needs."""
    level = re.search(r"^#define SONDE_PLUGIN_API (\d+)$", read(SOURCE / "core/sonde-plugin.h"), re.MULTILINE).group(1)
    name = "sonde-plugin-api-${sonde:PluginApi}"
    if name not in packages_of(BINARIES["libsonde-1-0"]["Provides"]):
        yield "libsonde-1-0 does not provide the interface"
    taken = {pattern.rpartition("/")[2]: package for package, pattern in patterns() if "/plugins/" in pattern}
    for path in SOURCE.glob("plugins/*/*.plugin.desktop.in"):
        package = "sonde-plugins-python" if "\nLoader=python3\n" in read(path) else "sonde-plugins"
        if taken.get(path.parent.name) != package:
            yield f"{path.parent.name} is in {taken.get(path.parent.name, 'no package')}, {package} expected"
        if name not in packages_of(BINARIES[package]["Depends"]):
            yield f"{package} does not depend on the interface"
        if f"\nX-Sonde-API={level}\n" not in read(path):
            yield f"{path.parent.name} is of another level than {level}"


def symbols_are_the_library_s():
    listed = set(read(SOURCE / "core/libsonde.symbols").split())
    found = dict(re.findall(r"^ (sonde_\w+)@Base (\S+)$", read(DEBIAN / "libsonde-1-0.symbols"), re.MULTILINE))
    yield from (f"{name} is missing" for name in sorted(listed - found.keys()))
    yield from (f"{name} is none of the library's" for name in sorted(found.keys() - listed))
    version = tuple(map(int, introspect("projectinfo")["version"].split(".")))
    yield from (f"{name} came with {since}, which is to be" for name, since in found.items() if tuple(map(int, since.split("."))) > version)


def copyright_is_of_what_is_there():
    """Each group of files in copyright is one, and its licence is in there too."""
    groups = list(paragraphs(DEBIAN / "copyright"))[1:]
    licences = {group["License"].split("\n")[0] for group in groups if "\n" in group["License"]}
    for group in groups:
        yield from (f"there is no {pattern}" for pattern in group.get("Files", "").split() if not list(SOURCE.glob(pattern)))
        if group["License"].split("\n")[0] not in licences:
            yield f"the text of {group['License']} is missing"


RULES = (every_file_has_one_package, every_package_has_files, version_is_the_project_s, builds_have_what_they_need, plugins_name_their_interface, symbols_are_the_library_s, copyright_is_of_what_is_there)

run_rules(RULES)
