"""The reference: everything public is documented, gi-docgen has nothing to complain about, links lead somewhere, examples work.

Usage: test-docs.py SOURCE-FOLDER BUILD-FOLDER PROGRAM GIR GI-DOCGEN COMPILER…   GIR and GI-DOCGEN may be empty
"""
import html.parser
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from pathlib import Path

SOURCE, BUILD, PROGRAM = (Path(argument).resolve() for argument in sys.argv[1:4])
GIR, DOCGEN, COMPILER = sys.argv[4], sys.argv[5], sys.argv[6:]
PAGES = sorted((SOURCE / "data/docs").glob("*.md"))
GUIDES = [SOURCE / name for name in ("README.md", "plugins/README.md", ".github/CONTRIBUTING.md")]
CORE = "{http://www.gtk.org/introspection/core/1.0}"
GLIB = "{http://www.gtk.org/introspection/glib/1.0}"
CALLABLES = ("function", "method", "constructor", "virtual-method", "callback")
DOCUMENTED = CALLABLES + ("class", "interface", "record", "union", "enumeration", "bitfield", "member", "field", "constant", "property", "alias")


class Skipped(Exception):
    """Something that a test needs is not installed."""


# ---- what the introspection data say ----

def has_doc(element):
    return element.find(CORE + "doc") is not None


def undocumented_parts(element, name):
    """Parameters and what is returned."""
    for parameter in element.iterfind(f"{CORE}parameters/{CORE}parameter"):
        if not has_doc(parameter):
            yield f"parameter {parameter.get('name')} of {name}"
    returned = element.find(f"{CORE}return-value")
    if returned is not None and not has_doc(returned) and returned.find(f"{CORE}type[@name='none']") is None:
        yield f"what {name} returns"


def is_ours(element, parent):
    """Not what a macro made: class structs and their members, and fields of no meaning to others."""
    return not (element.get(GLIB + "is-gtype-struct-for") and not element.get("name").endswith("Interface")
                or parent.get(GLIB + "is-gtype-struct-for") and not parent.get("name").endswith("Interface")
                or element.get("name") == "parent_iface" or element.get("private") == "1" or element.get("moved-to"))


def undocumented(parent, path):
    for element in parent:
        kind = element.tag.split("}")[1]
        if kind not in DOCUMENTED or not is_ours(element, parent):
            continue
        name = ".".join([*path, element.get("name")])
        method = kind == "field" and element.find(CORE + "callback") is not None
        if not has_doc(element) and not method:  # the scanner has no place for a comment there
            yield f"{kind} {name}"
        if kind in CALLABLES:
            yield from undocumented_parts(element, name)
        if not method:
            yield from undocumented(element, [*path, element.get("name")])


def test_documented():
    """Every public symbol, parameter, member and field has a comment."""
    if not GIR:
        raise Skipped("no introspection data")
    namespace = ElementTree.parse(GIR).getroot().find(CORE + "namespace")
    names = list(undocumented(namespace, []))
    assert len(list(namespace)) > 100, "the introspection data are nearly empty"
    assert not names, f"{len(names)} without a comment:\n" + "\n".join(names)


# ---- what gi-docgen makes ----

def docgen(command, folder, *arguments):
    config = folder / "sonde.toml"
    config.write_text((SOURCE / "data/docs/sonde.toml.in").read_text(encoding="utf-8").replace("@version@", "0"), encoding="utf-8")
    done = subprocess.run([DOCGEN, command, "--quiet", "--fatal-warnings", "--config", config, *arguments, GIR],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "WARNING" not in done.stderr + done.stdout, done.stdout + done.stderr


class Links(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.links, self.anchors = [], set()

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.anchors.update(value for value in (attrs.get("id"), attrs.get("name")) if value)
        for key in ("href", "src"):
            if attrs.get(key):
                self.links.append(attrs[key])


def broken_links(folder):
    pages = {}
    for path in folder.rglob("*.html"):
        pages[path] = Links()
        pages[path].feed(path.read_text(encoding="utf-8"))
    assert len(pages) > 100, "there are hardly any pages"
    for path, page in pages.items():
        for link in page.links:
            if re.match(r"[a-z]+:", link):
                continue
            name, _, anchor = link.partition("#")
            target = (path.parent / name).resolve() if name else path
            if not target.is_file():
                yield f"{path.name}: {link}"
            elif anchor and target in pages and anchor not in pages[target].anchors:
                yield f"{path.name}: {link}, where no such place is"


def test_reference():
    """gi-docgen makes the reference without a warning, and every link in it leads somewhere."""
    if not GIR or not DOCGEN:
        raise Skipped("no gi-docgen, or no introspection data")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        docgen("generate", folder, "--content-dir", SOURCE / "data/docs", "--output-dir", folder / "out")
        docgen("check", folder)
        listed = re.findall(r'"([a-z-]+\.md)"', (folder / "sonde.toml").read_text(encoding="utf-8"))
        assert sorted(listed) == [page.name for page in PAGES], "sonde.toml.in does not list the pages that there are"
        broken = list(broken_links(folder / "out"))
        assert not broken, "\n".join(broken)


def test_guides():
    """Every link in the guides leads to a file of the tree."""
    broken = []
    for path in GUIDES:
        for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8")):
            if not re.match(r"[a-z]+:|#", link) and not (path.parent / link.partition("#")[0]).exists():
                broken.append(f"{path.name}: {link}")
    assert not broken, "\n".join(broken)


# ---- examples ----

def flags(*what):
    return subprocess.run(["pkg-config", *what, "gio-2.0", "cairo", "libpeas-1.0"], capture_output=True, text=True, check=True).stdout.split()


def environment(folder):
    (folder / "bin").mkdir()
    (folder / "bin/sonde").symlink_to(PROGRAM)
    return {**os.environ, "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "HOME": str(folder), "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_DATA_HOME": str(folder / "data"), "SONDE_PLUGIN_PATH": str(BUILD / "plugins"), "SONDE_DATA_PATH": str(SOURCE / "data"),
            "LD_LIBRARY_PATH": f"{BUILD / 'core'}:{BUILD / 'core/testing'}", "GI_TYPELIB_PATH": str(BUILD / "core"), "PYTHONPATH": str(BUILD / "core/python"), "LC_ALL": "C.UTF-8"}


def run(command, folder, env):
    done = subprocess.run(command, cwd=folder / "work", env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\n(exit status {done.returncode})"


def run_c(text, folder, env):
    """A program runs; a part of a plugin is compiled, and everything that it calls is there."""
    folders = [part for part in ("core", "core/testing") if (SOURCE / part).is_dir()]
    libraries = ["-lsonde-1", "-lsonde-testing-1"][:len(folders)]
    program = re.search(r"^main \(", text, re.MULTILINE)
    (folder / "example.c").write_text(text, encoding="utf-8")
    kind = [] if program else ["-shared", "-fPIC", "-Wl,-z,defs"]
    run([*COMPILER, "-std=gnu17", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Wno-missing-field-initializers", "-Werror", *kind, *(f"-I{SOURCE / part}" for part in folders), *flags("--cflags"),
         folder / "example.c", "-o", folder / "example", *(f"-L{BUILD / part}" for part in folders), *libraries, *flags("--libs")], folder, env)
    if program:
        run([folder / "example"], folder, env)


def run_sh(text, folder, env):
    run(["sh", "-eu", "-c", text], folder, env)


def run_python(text, folder, env):
    for python in (sys.executable, "/usr/bin/python3"):
        if GIR and subprocess.run([python, "-c", "import gi"], capture_output=True, check=False).returncode == 0:
            run([python, "-c", text], folder, env)
            return
    raise Skipped("no PyGObject, or no introspection data")


RUNNERS = {"c": run_c, "sh": run_sh, "python": run_python}


def examples(path):
    for match in re.finditer(r"^```(\w+)\n(.*?)^```$", path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
        yield match.group(1), match.group(2)


def test_page(path):
    """Every example of a page works. Those of a page share a folder."""
    folder = Path(tempfile.mkdtemp()).resolve()
    try:
        (folder / "work").mkdir()
        env = environment(folder)
        for language, text in examples(path):
            RUNNERS[language](text, folder, env)
    finally:
        shutil.rmtree(folder)


def test_quotes():
    """What the guide quotes of the tutorial stands there."""
    tutorial = (SOURCE / "plugins/hello/hello-analyzer.c").read_text(encoding="utf-8")
    quotes = [text for language, text in examples(SOURCE / "plugins/README.md") if language == "c"]
    assert len(quotes) > 5, "the guide quotes hardly anything"
    for text in quotes:
        assert text.rstrip() in tutorial, f"not in hello-analyzer.c:\n{text}"


def main():
    tests = [(test_documented, ()), (test_reference, ()), (test_guides, ()), (test_quotes, ())]
    tests += [(test_page, (page,)) for page in PAGES if list(examples(page))]
    print(f"1..{len(tests)}")
    for number, (test, arguments) in enumerate(tests, 1):
        name = " ".join([test.__name__, *(argument.name for argument in arguments)])
        try:
            test(*arguments)
            print(f"ok {number} - {name}", flush=True)
        except Skipped as reason:
            print(f"ok {number} - {name} # SKIP {reason}", flush=True)
        except (AssertionError, subprocess.SubprocessError, OSError) as error:
            print(f"not ok {number} - {name}")
            print("\n".join(f"# {line}" for line in str(error).splitlines()), flush=True)


main()
