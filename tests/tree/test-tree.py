"""Rules of the tree that a compiler does not see. Usage: test-tree.py SOURCE-FOLDER"""
import re
import subprocess
import sys
from pathlib import Path

from rules import run_rules

SOURCE = Path(sys.argv[1])
PLUGINS = sorted(p.parent for p in SOURCE.glob("plugins/*/meson.build"))
MARKED = re.compile(r'\b(?:N?_|N?C_|Q_)\s*\(\s*"|\bg_dngettext\b|\bg_param_spec_(?:boolean|double|enum|int|string|uint) \(')


def core_files():
    return [p for pattern in ("*.c", "*.h", "*.py") for p in (SOURCE / "core").rglob(pattern)]


def plugins_are_whole():
    """Every plugin folder has a manifest, a README, a test and its name in plugins/meson.build."""
    listed = re.findall(r"'([a-z0-9-]+)'", (SOURCE / "plugins/meson.build").read_text(encoding="utf-8"))
    for folder in PLUGINS:
        name = folder.name
        if not (folder / f"{name}.plugin.desktop.in").is_file():
            yield f"{name} has no manifest {name}.plugin.desktop.in"
        if not (folder / "README.md").is_file():
            yield f"{name} has no README.md"
        if not list(folder.glob("test-*")):
            yield f"{name} has no test"
        if name not in listed:
            yield f"{name} is not in plugins/meson.build"


def tutorials_are_short():
    """A whole analyzer, comments and all, is less than a hundred lines in C and less than forty in Python."""
    for name, limit in (("hello/hello-analyzer.c", 100), ("hello-python/hello-python.py", 40)):
        n_lines = len((SOURCE / "plugins" / name).read_text(encoding="utf-8").splitlines())
        if n_lines >= limit:
            yield f"{name} has {n_lines} lines"


def prefixes_are_unique():
    """Every GType of a plugin begins with its module's name, so that no two plugins can register the same one."""
    for folder in PLUGINS:
        prefix = "".join(part.capitalize() for part in folder.name.split("-"))
        for path in (p for p in folder.glob("*.c") if not p.name.startswith("test-")):
            for name in re.findall(r"G_DEFINE_(?:FINAL_)?TYPE(?:_WITH_CODE)?\s*\(\s*(\w+)", path.read_text(encoding="utf-8")):
                if not name.startswith(prefix):
                    yield f"{path.name} defines {name}, which does not begin with {prefix}"


def core_names_no_plugin():
    """Nothing in core/ names a plugin."""
    names = "|".join(re.escape(p.name) for p in PLUGINS if p.name not in ("arrays", "attention", "cosine", "distribution", "dimensionality", "residual"))
    for path in core_files():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(rf"\b(?:{names}|gpt-?2|mlp)\b", line, re.IGNORECASE):
                yield f"{path.relative_to(SOURCE)}:{number}: {line.strip()}"


def numerics_know_no_glib():
    """Nothing in core/math/ includes GLib."""
    for path in (SOURCE / "core/math").glob("*.[ch]"):
        if re.search(r"#include\s*<(?:glib|gio|gobject)", path.read_text(encoding="utf-8")):
            yield f"{path.name} includes GLib"


def potfiles_are_complete():
    """po/POTFILES.in names exactly the files with sentences for people."""
    listed = set((SOURCE / "po/POTFILES.in").read_text(encoding="utf-8").split())
    sources = [p for folder in ("core", "plugins") for p in (SOURCE / folder).rglob("*.c") if not p.name.startswith("test-")]
    sources += [p for pattern in ("core/**/*.py", "plugins/*/*.py") for p in SOURCE.glob(pattern)]
    marked = {str(p.relative_to(SOURCE)) for p in sources if MARKED.search(p.read_text(encoding="utf-8"))}
    marked |= {str(p.relative_to(SOURCE)) for pattern in ("plugins/*/*.plugin.desktop.in", "data/*.gschema.xml", "data/*.metainfo.xml.in", "data/recipes/recipe-texts.c") for p in SOURCE.glob(pattern)}
    yield from (f"{name} is missing" for name in sorted(marked - listed))
    yield from (f"{name} does not belong there" for name in sorted(listed - marked))


def plurals_name_their_catalogue():
    """ngettext () would look into the catalogue of whatever program has loaded the library."""
    for path in (*core_files(), *(SOURCE / "plugins").rglob("*.c")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(r"(?<!\w)n?gettext \(", line):
                yield f"{path.relative_to(SOURCE)}:{number}: {line.strip()}: g_dngettext (GETTEXT_PACKAGE, …) expected"


def texts_of_recipes_are_translated():
    """data/recipes/recipe-texts.c has what people read in recipes, each text once, in their order."""
    told = re.findall(r'^NC_ \("recipe", "(.*)"\)$', (SOURCE / "data/recipes/recipe-texts.c").read_text(encoding="utf-8"), re.MULTILINE)
    lines = [line.partition("=") for path in sorted(SOURCE.glob("data/recipes/*.recipe")) for line in path.read_text(encoding="utf-8").splitlines()]
    texts = list(dict.fromkeys(text for key, _, text in lines if key in ("title", "description", "attributive", "short-title", "short-attributive")))
    yield from (f"“{text}” is missing" for text in texts if text not in told)
    yield from (f"no recipe says “{text}”" for text in told if text not in texts)
    if len(texts) < 10:
        yield f"recipes have {len(texts)} texts only"


def error_codes_are_documented():
    """Every error code has a line in its doc comment."""
    text = (SOURCE / "core/sonde-error.h").read_text(encoding="utf-8")
    for code in re.findall(r"^  (SONDE_ERROR_\w+),", text, re.MULTILINE):
        if f"@{code}:" not in text:
            yield f"{code} is not documented"


def threats_are_shown():
    """Each row of the tables in tests/THREATS.md names a test, and every file that it names has the functions and tests behind its name."""
    text = (SOURCE / "tests/THREATS.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| ") and not line.startswith("| who")]
    if len(rows) < 25:
        yield f"tests/THREATS.md has {len(rows)} rows"
    for row in rows:
        if len(row) != 4 or not re.search(r"`(?:tests|plugins)/[\w/.-]+`", row[3]):
            yield f"no test shows “{row[0].strip('| ')}: {row[1]}”"
            continue
        for cell in row[2:]:
            path = None
            for word in re.findall(r"`([^`]+)`", cell):
                if re.fullmatch(r"[\w-]+/[\w/.-]+\.(?:c|h|py)", word):
                    path = SOURCE / word
                    if not path.is_file():
                        yield f"there is no {word}"
                elif path is not None and path.is_file() and re.fullmatch(r"[a-z_]\w+", word):
                    if not re.search(rf"(?:def |^|\*){word} ?\(", path.read_text(encoding="utf-8"), re.MULTILINE):
                        yield f"{path.relative_to(SOURCE)} has no {word} ()"


def limits_are_documented():
    """Every limit that a header defines has its value and its name in a line of the page for people, and that has no others."""
    pages = [(SOURCE / "core/sonde-limits-private.h", SOURCE / "data/docs/limits.md")]
    pages += [(path, path.parent / "README.md") for path in sorted(SOURCE.glob("plugins/*/*-limits.h"))]
    for header, page in pages:
        defined = set()
        for line in re.findall(r"^#define \w.*", header.read_text(encoding="utf-8"), re.MULTILINE):
            match = re.fullmatch(r"#define (\w+_MAX_\w+) (?:(\d+)|\((\d+) << ([123]0)\)) +/\* .+ \*/", line)
            if not match:
                yield f"{header.name}: “{line}” has another form than NAME, number and reason"
                continue
            name, number, mantissa, power = match.groups()
            value = f"{int(number):,}" if number else f"{mantissa} {dict(zip(('10', '20', '30'), ('KiB', 'MiB', 'GiB')))[power]}"
            defined.add((value, name))
        listed = set(re.findall(r"^\| ([\d,]+(?: [KMG]iB)?) \| .+ \| `(\w+_MAX_\w+)` \|$", page.read_text(encoding="utf-8"), re.MULTILINE))
        assert defined, f"{header} defines nothing"
        yield from (f"{page.name} does not say {value} for {name}" for value, name in sorted(defined - listed))
        yield from (f"{page.name} says {value} for {name}, which {header.name} does not" for value, name in sorted(listed - defined))


def scripts_are_valid():
    """The shell scripts parse."""
    for name in ("data/demo", "data/prepare.sh", "tests/run", ".ci/run"):
        if subprocess.run(["sh", "-n", SOURCE / name], check=False).returncode:
            yield f"{name} does not parse"


def main():
    rules = (plugins_are_whole, tutorials_are_short, prefixes_are_unique, core_names_no_plugin, numerics_know_no_glib,
             potfiles_are_complete, plurals_name_their_catalogue, texts_of_recipes_are_translated, error_codes_are_documented, threats_are_shown, limits_are_documented, scripts_are_valid)
    run_rules(rules)
    assert PLUGINS, "no plugin was found"


main()
