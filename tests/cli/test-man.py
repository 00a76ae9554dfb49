# SPDX-License-Identifier: LGPL-2.1-or-later
"""The manual pages: what they say of commands, options, variables, files, settings and recipes is what the program has, no more and no
less; their examples run, and formatters have nothing to complain about."""

import itertools
import json
import os
import re
import shutil
import subprocess
from typing import NamedTuple

from harness import SLOWER, SOURCE, TABLES, Skip, check, contains, equal, main, only, read_table, tests_of

PAGES = {"sonde": 1, "sonde-recipe": 5}
ESCAPES = {r"\-": "-", r"\&": "", r"\e": "\\", r"\(aq": "'", r"\(ti": "~"}


# --------------------------------------------------------------- what is written

class Entry(NamedTuple):
    """A paragraph; tags are what stands in front of it, if something does."""
    section: str
    part: str
    depth: int  # of what it is nested in
    tags: list
    text: list

    def said(self):
        return " ".join(self.text)


def plain(text):
    text = re.sub(r"\\f.", "", text)
    return re.sub(r"\\(?:\(..|.)", lambda match: ESCAPES[match[0]], text)


def read_line(line):
    """A line's words, without macros for fonts; nothing where it is another macro."""
    if not line.startswith("."):
        return plain(line)
    macro, *words = re.findall(r'"[^"]*"|\S+', line)
    if not re.fullmatch(r"\.(?:B|I|[BIR]{2})", macro):
        return None
    return plain(("" if len(macro) == 3 else " ").join(word.strip('"') for word in words))


def path_of(box, name):
    return only(box.installation.root.glob(f"**/share/man/man{PAGES[name]}/{name}.{PAGES[name]}"), f"installed pages {name}")


def read_source(box, name):
    return path_of(box, name).read_text(encoding="ascii")


def read_entries(box, name):
    entries, depth, tagged = [Entry("", "", 0, [], [])], 0, False
    for line in read_source(box, name).splitlines():
        macro, last = line.split(" ")[0], entries[-1]
        if macro in (".SH", ".SS"):
            title = plain(line[4:]).strip('"')
            entries.append(Entry(*((title, "") if macro == ".SH" else (last.section, title)), 0, [], []))
        elif macro in (".PP", ".IP", ".TP"):
            entries.append(Entry(last.section, last.part, depth, [], []))
        depth += {".RS": 1, ".RE": -1}.get(macro, 0)
        if read_line(line) is not None:
            (entries[-1].tags if tagged else entries[-1].text).append(read_line(line))
        tagged = macro in (".TP", ".TQ") or (tagged and line.startswith(".") and read_line(line) is None)
    return entries


def tags_of(entries, section, part="", depth=0):
    return [tag for entry in entries for tag in entry.tags if (entry.section, entry.part, entry.depth) == (section, part, depth)]


def text_of(entries, section, part=None):
    return " ".join(entry.said() for entry in entries if entry.section == section and part in (None, entry.part))


def examples(box, name):
    """Those of the last section, as a shell gets them."""
    source = read_source(box, name).split("\n.SH EXAMPLES\n")[1]
    return [plain(example) for example in re.findall(r"^\.EX\n(.*?)^\.EE$", source, re.M | re.S)]


# ------------------------------------------------------------- commands, options

class Option(NamedTuple):
    short: str
    name: str
    argument: str


def read_option(text):
    match = re.fullmatch(r"(?:(-\w), )?(--[\w-]+)(?:=(\S+))?", text)
    check(match, f"“{text}” is no option")
    return Option(*match.groups(""))


def help_of(box, *command):
    return box.sonde(*command, "--help").out


def commands_of(box):
    listed = re.search(r"^Commands:\n((?:  .*\n)+)", help_of(box), re.M)
    return [line.split()[0] for line in listed[1].splitlines()]


def offered(box, command):
    """What help says of options: each, and its default where that is told."""
    lines = re.findall(r"^  ((?:-\w, )?--\S+) +(.*)$", help_of(box, command), re.M)
    return {read_option(text): (re.findall(r"\(default: (.*)\)", explanation) or [None])[0] for text, explanation in lines}


def explained(entries, command):
    """What the page says of options of a command, those of every command included."""
    parts = [entry for entry in entries if entry.section == "COMMANDS" and entry.part in ("", command)]
    found = [(read_option(tag), entry.said()) for entry in parts for tag in entry.tags]
    equal(len(dict(found)), len(found), f"different options of {command}, among {found}")
    return dict(found)


def test_heads(box):
    version = box.sonde("--version").out.strip()
    for name, section in PAGES.items():
        title = re.search(r'^\.TH (\S+) (\d) \d{4}-\d\d-\d\d "([^"]+)"', read_source(box, name), re.M)
        equal(title and title.groups(), (name.upper(), str(section), version), f"title of {name}({section})")
        check(text_of(read_entries(box, name), "NAME").startswith(f"{name} - "), f"NAME of {name}({section})")


def test_commands(box):
    entries = read_entries(box, "sonde")
    parts = [part for part, _ in itertools.groupby(entry.part for entry in entries if entry.section == "COMMANDS")]
    equal(parts, ["", *commands_of(box), "complete"], "commands")
    for command in commands_of(box):
        usage = help_of(box, command).splitlines()[1].strip().replace("…", "...")
        equal(next(entry.said() for entry in entries if entry.part == command), usage, f"usage of {command}")
    listed = re.search(r"^Options:\n((?:  .*\n)+)", help_of(box), re.M)
    equal(tags_of(entries, "OPTIONS"), [re.split("  +", line.strip())[0] for line in listed[1].splitlines()], "options without a command")


def test_options(box):
    """Each with its short form, its argument's name and its default; an option that works as that of run may leave the default to that."""
    entries = read_entries(box, "sonde")
    defaults = 0
    for command in commands_of(box):
        told, found = offered(box, command), explained(entries, command)
        equal((set(told) - set(found), set(found) - set(told)), (set(), set()), f"options of {command} that are not told, and told ones that are none")
        for option, default in told.items():
            text = found[option] + (explained(entries, "run").get(option, "") if "same defaults" in found[option] else "")
            check(len(text) > 10, f"{command} {option.name} is not explained: {text}")
            if default is not None:
                defaults += 1
                contains(text, [default], f"default of {command} {option.name}")
    check(defaults > 10, f"help told {defaults} defaults only")
    equal([option.name for option in explained(entries, "complete") if option not in explained(entries, "")], ["--describe"], "options of complete")


# ------------------------------------------------- environment, settings, report

def sources():
    paths = (path for folder in ("core", "plugins") for suffix in ("c", "h", "py") for path in (SOURCE / folder).rglob(f"*.{suffix}"))
    return {path: path.read_text(encoding="utf-8") for path in paths if not path.name.startswith("test-")}


def read_names(arguments, defined):
    """Names of variables among a call's arguments: texts, and macros that stand for one."""
    return {defined.get(word, word) for text, word in re.findall(r'(")?\b([A-Z][A-Z0-9_]+)\b', arguments) if text or word in defined}


def names_asked(text, call, defined):
    """What a call of getenv may ask for; where that is a parameter, what the function is called with in its file."""
    function = re.findall(r"^(?:static .*? ?)?(\w+) \(", text[:call.start()], re.M)[-1]
    callers = re.findall(rf"\b{function} \(([^;{{]*)", text)
    return read_names(call[1], defined) or set().union(*(read_names(arguments, defined) for arguments in callers))


def variables():
    texts = sources()
    defined = dict(match for text in texts.values() for match in re.findall(r'#define (\w+) "([A-Z][A-Z0-9_]+)"', text))
    found = set()
    for path, text in texts.items():
        if path.suffix == ".py":
            found |= set(re.findall(r"""\b(?:environ\.get\(|environ\[|getenv\()["'](\w+)["']""", text))
            continue
        for call in re.finditer(r"\b(?:g_)?getenv \(([^()]*)\)", text):
            names = names_asked(text, call, defined)
            check(names, f"{path.name}: nobody knows which variable is asked for in “{call[0]}”")
            found |= names
    return found


def test_environment(box):
    entries = read_entries(box, "sonde")
    told = {name for tag in tags_of(entries, "ENVIRONMENT") for name in tag.split(", ")}
    asked = variables()
    contains(asked, ["SONDE_PLUGIN_PATH", "SOURCE_DATE_EPOCH", "PATH"], "variables that the sources ask for")
    equal(asked - told, set(), "variables that are asked for and not told")
    equal({name for name in told if name.startswith("SONDE_")} - asked, set(), "variables that nobody asks for")


def test_settings(box):
    entries = read_entries(box, "sonde")
    settings = {setting["key"]: setting["value"] for setting in json.loads(box.sonde("config", "--json").out)}
    equal(tags_of(entries, "SETTINGS"), list(settings), "settings")
    for key, value in settings.items():
        said = only([entry for entry in entries if entry.tags == [key]], f"paragraphs of {key}").said()
        contains(said, ["Empty"] if value == [] else [str(value), "default"], f"default of {key}")


def test_report(box):
    """A report with everything in it has no file that is not told, and all that is told."""
    report = box.tiny("--format", "svg,pdf,png,npz", "--save-capture")
    entries = read_entries(box, "sonde")
    files = {str(path.relative_to(report)) for path in report.rglob("*") if path.is_file()}
    told = [name for tag in tags_of(entries, "REPORT") for name in tag.split(", ")]
    patterns = {name: re.compile(re.escape(name).replace("NAME", "[^/]+")) for name in told}
    equal({file for file in files if not any(pattern.fullmatch(file) for pattern in patterns.values())}, set(), "files that are not told")
    equal({name for name, pattern in patterns.items() if not any(pattern.fullmatch(file) for file in files)}, set(), "files that are not there")
    equal(sorted(tags_of(entries, "REPORT", "Figures")), sorted(path.stem for path in report.glob("figures/*.svg")), "figures")
    equal(sorted(tags_of(entries, "REPORT", "Tables")), sorted(path.name for path in report.glob("tables/*.csv")), "tables")
    for name, columns in TABLES.items():
        read_table(report, name)
        said = only([entry for entry in entries if entry.tags == [f"{name}.csv"]], f"paragraphs of {name}.csv").said()
        contains(said, [f": {columns.replace(',', ', ')}."], f"columns of {name}.csv")


# ------------------------------------------------------------------------ recipes

def inspect(box, text, **more):
    (box.work / "some.recipe").write_text(text)
    return box.sonde("inspect", "some.recipe", "--json", **more)


def refused(box, text, pattern):
    """What the sentence lists that refuses a recipe."""
    sentence = inspect(box, text, status=1).err
    match = re.search(pattern, sentence)
    check(match, f"the sentence lists nothing: {sentence}")
    return match[1]


def test_groups(box):
    entries = read_entries(box, "sonde-recipe")
    groups = [part for part, _ in itertools.groupby(entry.part for entry in entries if entry.section == "GROUPS") if part]
    listed = refused(box, "[Recipe]\nchain=hello\n[Nonesuch]\n[Condition x]\n", r"where (.*) are expected")
    equal(groups, re.findall(r"\[.*?\]", listed), "groups")


def test_keys(box):
    entries = read_entries(box, "sonde-recipe")
    keys = refused(box, "[Recipe]\nnonesuch=1\n[Condition x]\n", r"which takes (.*)\n").split(", ")
    translated = tags_of(entries, "GROUPS", "[Recipe]")[len(keys):]
    equal(tags_of(entries, "GROUPS", "[Recipe]"), [*keys, "title[LANGUAGE]", "description[LANGUAGE]"], "keys of [Recipe]")
    lines = [f"{key.replace('LANGUAGE', 'de')}=x" for key in translated]
    inspect(box, "\n".join(["[Recipe]", "title=x", "description=x", "tap=residual", "chain=hello", "target=x", *lines, "[Condition x]\n"]))


def test_conditions(box):
    entries = read_entries(box, "sonde-recipe")
    refusal = refused(box, "[Recipe]\nchain=hello\n[Condition x]\nnonesuch=1\n", r"its properties are (.*)\n")
    equal(tags_of(entries, "GROUPS", "[Condition ID]"), refusal.split(", "), "keys of a condition")
    settings = json.loads(inspect(box, "[Recipe]\nchain=hello\n[Condition x]\n").out)["settings"]
    condition = only([owner for owner in settings if owner["kind"] == "condition"], "conditions")
    for name, values in (("kind", tags_of(entries, "GROUPS", "[Condition ID]", depth=1)), ("keep", ["last", "all"])):
        listed = refused(box, f"[Recipe]\nchain=hello\n[Condition x]\n{name}=nonesuch\n", r"one of (.*)\n")
        equal(values, listed.split(", "), f"values of {name}")
    for number in ("rows", "window", "drop"):
        entry = only([entry for entry in entries if entry.tags == [number]], f"paragraphs of {number}")
        largest = refused(box, f"[Recipe]\nchain=hello\n[Condition x]\n{number}=nonesuch\n", r"number from \d+ to (\d+)")
        default = only([p["value"] for p in condition["properties"] if p["name"] == number], f"defaults of {number}")
        check(re.search(rf"default(?: is|,) {default}\b", entry.said()), f"default {default} of {number}: {entry.said()}")
        contains(entry.said(), [f"to {largest}"], f"largest {number}")


def test_limits(box):
    header = (SOURCE / "core/sonde-limits-private.h").read_text(encoding="utf-8")
    entries = read_entries(box, "sonde-recipe")
    for name, section, unit in (("RECIPE_ENTRIES", "LIMITS", "lines"), ("CHAIN_WORDS", "LIMITS", "words"), ("RECIPE_TITLE", "GROUPS", "bytes"),
                                ("LABEL", "GROUPS", "bytes"), ("RECIPE_CONDITIONS", "GROUPS", "")):
        number = re.search(rf"#define SONDE_MAX_{name} (\d+)", header)[1]
        contains(text_of(entries, section), [f"at most {number} {unit}".strip() if section == "GROUPS" else f"{number} {unit}"], name)


def test_recipes_that_are_installed(box):
    names = {path.stem for path in (box.installation.data / "recipes").glob("*.recipe")}
    entry = only([entry for entry in read_entries(box, "sonde-recipe") if entry.section == "FILES" and "come with" in entry.said()], "paragraphs about them")
    equal(set(re.findall(r"[a-z]+-[a-z]+|\bchain\b", entry.said())), names, "recipes")


# --------------------------------------------------------------- pages as a whole

def test_examples(box):
    """One after the other, as somebody would who tries them."""
    environment = {**box.environment, "PATH": f"{box.installation.program.parent}:{os.environ['PATH']}"}
    for name in PAGES:
        found = examples(box, name)
        check(len(found) > 2, f"{name} has few examples")
        for example in found:
            done = subprocess.run(["sh", "-e", "-c", example], cwd=box.work, env=environment, capture_output=True, encoding="utf-8", timeout=SLOWER * 60, check=False)
            check(done.returncode == 0, f"{example}\nended with {done.returncode}: {done.stderr}")
            equal([line for line in done.stderr.splitlines() if "only “all.npz” has it" not in line], [], f"what this says on stderr: {example}")


def format_pages(box, *command):
    """That a formatter has no complaints; what it makes of each page."""
    if not shutil.which(command[0]):
        raise Skip(f"there is no {command[0]}")
    for name in PAGES:
        done = subprocess.run([*command, path_of(box, name)], capture_output=True, encoding="utf-8", errors="replace", timeout=60, check=False)
        equal((done.returncode, done.stderr), (0, ""), f"{' '.join(command)}: {name}: {done.stdout[-500:]}")
        yield name, done.stdout


def test_groff(box):
    """On a terminal of 80 columns, without letters that are printed twice to be bold."""
    version = box.sonde("--version").out.strip()
    for name, page in format_pages(box, "groff", "-man", "-Tutf8", "-ww", "-P-cbou"):
        contains(page.split("\n"), ["NAME", "EXAMPLES", "SEE ALSO"], f"headings of {name}")
        contains(page.split("\n")[-2], [version], f"last line of {name}")
        equal([line for line in page.split("\n") if len(line) > 80], [], f"lines of {name} that are too long")


def test_mandoc(box):
    for name, complaints in format_pages(box, "mandoc", "-T", "lint", "-W", "warning"):
        equal(complaints, "", f"what mandoc says of {name}")


if __name__ == "__main__":
    main(tests_of(globals()))
