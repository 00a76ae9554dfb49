# SPDX-License-Identifier: LGPL-2.1-or-later
"""The user's language: catalogues are whole and fit, everything that people read is in them, and nothing that programs read is."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from harness import SOURCE, Skip, check, contains, equal, main, tests_of, write_npz

BUILD = Path(sys.argv[1]).resolve()
LANGUAGES = (SOURCE / "po/LINGUAS").read_text(encoding="utf-8").split()
MARK = "⟦", "⟧"


def need_gettext():
    if not shutil.which("msgfmt") or not shutil.which("xgettext"):
        raise Skip("there is no gettext")


def run(*command, **more):
    done = subprocess.run([os.fspath(word) for word in command], capture_output=True, text=True, encoding="utf-8", check=False, **more)
    check(done.returncode == 0, f"{command} ended with {done.returncode}: {done.stderr[-2000:]}")
    return done


def write_template(box):
    """What xgettext finds, as po/meson.build has it look."""
    kinds = re.search(r"foreach kind : \[(.*)\]", (SOURCE / "po/meson.build").read_text(encoding="utf-8"))[1]
    keywords = [f"--keyword=g_param_spec_{kind}:3" for kind in re.findall(r"'(\w+)'", kinds)] + ["--keyword=Description"]
    keywords += ["--keyword=_", "--keyword=N_", "--keyword=C_:1c,2", "--keyword=NC_:1c,2", "--keyword=g_dngettext:2,3", "--flag=g_dngettext:2:pass-c-format", "--flag=g_dngettext:3:pass-c-format", "--flag=g_strdup_printf:1:c-format", "--flag=g_string_append_printf:2:c-format", "--flag=g_set_error:4:c-format"]
    path = box.work / "sonde.pot"
    found = run("xgettext", "--from-code=UTF-8", f"--directory={SOURCE}", f"--files-from={SOURCE / 'po/POTFILES.in'}", f"--output={path}", *keywords)
    equal(found.stderr, "", "what xgettext says of the sources")
    return path


def read_messages(path):
    """The texts of a catalogue, each with its context and plural."""
    text = re.sub(r'"\n"', "", run("msgcat", "--no-location", "--no-wrap", path).stdout)
    return [entry for entry in re.findall(r'^(?:msgctxt "(.*)"\n)?msgid "(.*)"(?:\nmsgid_plural "(.*)")?$', text, re.M) if entry[1]]


# ------------------------------------------------------------------ catalogues

def test_catalogues_are_whole(box):
    """Each has every text of the sources and no other, nothing doubtful among them, and msgfmt finds no format that it breaks."""
    need_gettext()
    equal(LANGUAGES, ["de", "es", "fr", "ja", "pt_BR", "zh_CN"], "languages")
    wanted = read_messages(write_template(box))
    check(len(wanted) > 1000, f"{len(wanted)} texts only")
    for language in LANGUAGES:
        path = SOURCE / f"po/{language}.po"
        equal(sorted(set(read_messages(path)) ^ set(wanted)), [], f"texts that only one of {language}.po and the sources has")
        told = run("msgfmt", "--check", "--statistics", "--output-file=/dev/null", path).stderr
        check(re.fullmatch(r"\d+ translated messages\.\n", told), f"{language}.po: {told}")


def test_options_are_kept(box):
    """Options and variables of the environment are called the same in every language."""
    need_gettext()
    for language in LANGUAGES:
        text = re.sub(r'"\n"', "", run("msgcat", "--no-location", "--no-wrap", SOURCE / f"po/{language}.po").stdout)
        for entry in text.split("\n\n"):
            source = re.search(r'^msgid "(.*)"$', entry, re.M)
            for translated in re.findall(r'^msgstr(?:\[0\])? "(.*)"$', entry, re.M):
                if source and source[1] and "msgid_plural" not in entry:
                    for pattern in (r"--[a-z][\w-]+", r"\b[A-Z]+_[A-Z_]+\b"):
                        equal(sorted(re.findall(pattern, translated)), sorted(re.findall(pattern, source[1])), f"{language}: {translated}")


# ------------------------------------------------- what is translated, what is not

def mark_everything(box):
    """A catalogue that puts every text between marks, in the place of the German one."""
    need_gettext()
    pot, po = write_template(box), box.work / "marked.po"
    lines = ['msgid ""\nmsgstr "Language: de\\nContent-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=2; plural=(n != 1);\\n"\n']
    begin, end = MARK
    for context, singular, plural in read_messages(pot):
        def marked(text):
            core = re.sub(r"^(?:\\n| )+|(?:\\n| )+$", "", text)
            return text.replace(core, f"{begin}{core}{end}", 1) if core else text
        if context:
            lines.append(f'msgctxt "{context}"\nmsgid "{singular}"\nmsgstr "{marked(singular)}"\n')
            continue
        if plural:
            lines.append(f'msgid "{singular}"\nmsgid_plural "{plural}"\nmsgstr[0] "{marked(singular)}"\nmsgstr[1] "{marked(plural)}"\n')
        else:
            lines.append(f'msgid "{singular}"\nmsgstr "{marked(singular)}"\n')
    po.write_text("\n".join(lines), encoding="utf-8")
    catalogue = box.installation.data.parent / "locale/de/LC_MESSAGES/sonde.mo"
    check(catalogue.is_file(), "no German catalogue is installed")
    kept = catalogue.with_suffix(".kept")
    catalogue.rename(kept)
    run("msgfmt", f"--output-file={catalogue}", po)
    return lambda: kept.replace(catalogue)


GERMAN = {"LANGUAGE": "de", "LC_ALL": "C.UTF-8"}


def test_people_read_translations(box):
    """Help, lists and pages have no line that was forgotten."""
    restore = mark_everything(box)
    try:
        for command in ("run", "capture", "diff", "list", "inspect", "enable", "disable", "config", "tokenize", "new-plugin"):
            page = box.sonde(command, "--help", env=GERMAN).out
            for line in re.findall(r"^  (?:-\w, )?--\S+ +(.*)$", page, re.M):
                check(line.startswith(MARK[0]), f"help of {command} says {line!r} in English")
        for line in box.sonde("list", env=GERMAN).out.splitlines():
            check(not line or MARK[0] in line, f"list says {line!r} in English")
        box.inputs()
        names = [entry["name"] for entry in json.loads(box.sonde("list", "--json").out)]
        for name in [*names, "mlp-progression", "representation-geometry", box.work / "model"]:
            for line in box.sonde("inspect", name, env=GERMAN).out.splitlines():
                check(not re.search(r"[a-z] [a-z]+ [a-z]+ [a-z]", line) or MARK[0] in line or MARK[1] in line or line.startswith("  sonde run"), f"inspect {name} says {line!r} in English")
        contains(box.sonde("run", "nonesuch", env=GERMAN, status=1).err, MARK, "an error")
        for arguments, status in ((["--help"], 0), (["--nonesuch"], 2), ([], 2)):
            result = box.sonde("run", "--locale", "de", *arguments, status=status)
            contains(result.out + result.err, MARK, f"run --locale de {arguments}")
    finally:
        restore()


def strip_run(results):
    return {key: value for key, value in results.items() if key not in ("phases", "finished", "arguments", "files")}


def test_programs_read_english(box):
    """The same numbers, tables, captures and JSON in every language; the pages and figures in the one that was asked for."""
    restore = mark_everything(box)
    try:
        options = ["--format", "svg,npz", "--save-capture"]
        english, german = box.tiny(*options, "--locale", "en", output="english"), box.tiny(*options, "--locale", "de", output="german")
        for name in ["capture.safetensors", "tensors.safetensors", *(f"tables/{path.name}" for path in (english / "tables").iterdir())]:
            equal((german / name).read_bytes(), (english / name).read_bytes(), f"{name} in two languages")
        documents = [json.loads((folder / "results.json").read_text(encoding="utf-8")) for folder in (english, german)]
        equal(*(json.dumps(strip_run(document)) for document in documents), "results.json in two languages")
        check(MARK[0] not in json.dumps(documents[1], ensure_ascii=False), "results.json is translated")
        for figure in (german / "figures").glob("*.svg"):
            text = figure.read_text(encoding="utf-8")
            contains(text, ['xml:lang="de"', f">{MARK[0]}"], f"{figure.name} in German")
        check(b"/Lang (de)" in (german / "report.pdf").read_bytes(), "the report is in no language")
        for command in (["list", "--json"], ["inspect", "rsa", "--json"], ["inspect", "mlp-progression", "--json"], ["config", "--json"], ["inspect", box.work / "model", "--json"],
                        ["diff", english / "capture.safetensors", german / "capture.safetensors", "--json"], ["tokenize", "--model", box.work / "model", "--json"]):
            equal(box.sonde(*command, env=GERMAN).out, box.sonde(*command).out, f"JSON of {command} in two languages")
    finally:
        restore()


def test_failures(box):
    """How an analyzer's process ended is said in English in results.json, whatever else is."""
    restore = mark_everything(box)
    try:
        bad = {"SONDE_PLUGIN_PATH": str(BUILD / "tests/bad-plugins")}
        for deed in ("segfault", "exit", "kill", "hang"):
            told = []
            for locale in ("en", "de"):
                result = box.sonde("run", "mlp-stages", "!", "crash", f"deed={deed}", "method=process", "!", "cosine", *box.inputs(), "--isolate", "--isolate-time", "2", "--output", f"{deed}-{locale}",
                                   "--format", "svg", "--quiet", "--locale", locale, env=bad, status=1)
                told.append(json.dumps(strip_run(json.loads((box.work / f"{deed}-{locale}/results.json").read_text(encoding="utf-8")))))
            equal(*told, f"results.json in two languages after {deed}")
            contains(result.err, MARK, f"what German says of {deed}")
    finally:
        restore()


def test_names_stay(box):
    """What somebody calls his arrays is theirs, even where it is a word that sonde has a translation of."""
    write_npz(box.work / "mine.npz", {f"Text/L0/{stage}": [[(i * j) % 7 + i for j in range(4)] for i in range(12)] for stage in ("state", "absolute", "rows")})
    box.sonde("run", "representation-geometry", "--capture", "mine.npz", "--format", "svg", "--output", "out", "--quiet", "--locale", "de")
    text = (box.work / "out/figures/cosine-cross-stage.svg").read_text(encoding="utf-8")
    check("Zustand" not in text and "absolut " not in text, "an array's name was translated in a figure")
    page = box.sonde("inspect", "mine.npz", env=GERMAN).out
    contains(page, ["state", "absolute"], "the page on arrays")
    check("Zustand" not in page and "absolut " not in page, f"an array's name was translated:\n{page}")


def test_isolated_analyzers(box):
    """Processes of their own speak the same language, and their words for programs are English."""
    restore = mark_everything(box)
    try:
        plain, isolated = (box.tiny("--format", "svg", "--locale", "de", *more, output=output) for output, more in (("plain", []), ("isolated", ["--isolate"])))
        for path in (plain / "figures").iterdir():
            equal((isolated / "figures" / path.name).read_bytes(), path.read_bytes(), f"{path.name} from another process")
        equal(*(json.dumps(strip_run(json.loads((folder / "results.json").read_text(encoding="utf-8")))) for folder in (plain, isolated)), "results.json from another process")
    finally:
        restore()


# --------------------------------------------------------------------- choices

def test_locale(box):
    """Names of languages as people write them; any other is refused before anything runs."""
    for name, language in (("de", "de"), ("de_AT.UTF-8", "de"), ("pt", "pt-BR"), ("pt-BR", "pt-BR"), ("zh_CN", "zh-CN"), ("zh", "zh-CN"), ("ja", "ja"), ("C", "en"), ("en_GB", "en"), ("POSIX", "en"), ("pt_PT", "pt-BR"), ("zh-Hans", "zh-CN"), ("DE", "de")):
        report = box.tiny("--format", "svg", "--force", "--locale", name, env={"LC_ALL": "C"})
        contains((report / "figures/rsa.svg").read_text(encoding="utf-8"), [f'xml:lang="{language}"'], f"--locale {name}")
    for name in ("xx", "", "deutsch", "d", "../de", "z", "zh_TW", "zh_Hant"):
        result = box.sonde("run", "mlp-progression", "--locale", name, status=2)
        contains(result.err, ["choose one of", *LANGUAGES], f"--locale {name!r}")
    for languages, language in (("fr", "fr"), ("xx:fr", "fr"), ("fr:en", "fr"), ("en:fr", "en"), ("en_US:de", "en"), ("xx", "en")):
        report = box.tiny("--format", "svg", "--force", env={"LC_ALL": "C.UTF-8", "LANGUAGE": languages})
        contains((report / "figures/rsa.svg").read_text(encoding="utf-8"), [f'xml:lang="{language}"'], f"the system's language with LANGUAGE={languages}")


def test_plurals(box):
    """One and many differ where the language has both."""
    text = (SOURCE / "po/de.po").read_text(encoding="utf-8")
    pairs = re.findall(r'^msgstr\[0\] (.*(?:\n".*)*)\nmsgstr\[1\] (.*(?:\n".*)*)', text, re.M)
    check(len(pairs) >= 5 and sum(one != many for one, many in pairs) >= len(pairs) // 2, f"plurals in German: {pairs}")


def test_letters_that_no_font_has(box):
    """Tests draw with DejaVu alone, which has no Chinese and no Japanese: one sentence says so, and what to do."""
    for language, letters in (("ja", "fonts-noto-cjk"), ("zh_CN", "fonts-noto-cjk")):
        done = box.sonde("run", "mlp-progression", *box.inputs(), "--format", "svg", "--output", language, "--quiet", "--locale", language)
        equal(done.err.count(letters), 1, f"sentences on fonts for {language} in {done.err!r}")
        check(re.search(r"U\+[0-9A-F]{4}", done.err), f"it names no letter: {done.err}")
    for name in ("a", "b"):
        box.sonde("capture", "mlp-stages", *box.inputs(), "-o", f"{name}.safetensors", "--quiet")
    done = box.sonde("diff", "a.safetensors", "b.safetensors", "--figure", "d.svg", env={"LC_ALL": "C.UTF-8", "LANGUAGE": "ja"})
    equal(done.err.count("fonts-noto-cjk"), 1, f"sentences on fonts after sonde diff in {done.err!r}")
    done = box.sonde("run", "mlp-progression", *box.inputs(), "--format", "svg", "--output", "es", "--quiet", "--locale", "es")
    check("fonts-noto" not in done.err, f"a sentence on fonts where there are all letters: {done.err}")


def test_letters_are_the_language_s(box):
    """Of letters that Chinese and Japanese write differently each has its own, where the system has a font of both. (In a report, a
    point or a bracket behind Latin letters is theirs to pango, and may be of either.)"""
    if box.installation.is_sanitized:
        raise Skip("LeakSanitizer takes what cairo does with such fonts for a fault of ours")
    families = [f"Noto Sans CJK {region}" for region in ("SC", "JP")]
    system = {name: value for name, value in os.environ.items() if name != "FONTCONFIG_FILE"}
    if not shutil.which("fc-list") or not all(run("fc-list", family, "file", env=system).stdout for family in families):
        raise Skip("there is no Noto Sans CJK")
    accepted = "".join(f'<acceptfont><pattern><patelt name="family"><string>{family}</string></patelt></pattern></acceptfont>' for family in families)
    config = box.work / "fonts.conf"
    config.write_text((SOURCE / "tests/fonts.conf").read_text(encoding="utf-8").replace("<acceptfont>", f"{accepted}<acceptfont>", 1), encoding="utf-8")
    for language, wanted in (("zh_CN", b"sc"), ("ja", b"jp")):
        done = box.sonde("run", "mlp-progression", *box.inputs(), "--output", language, "--quiet", "--locale", language, env={"FONTCONFIG_FILE": str(config)})
        equal(done.err.count("fonts-noto-cjk"), 0, f"sentences on fonts for {language}")
        for path in (box.work / language / "figures").glob("*.pdf"):
            equal(set(re.findall(rb"NotoSansCJK(\w\w)-", path.read_bytes())), {wanted}, f"variants of letters in {language}/{path.name}")


if __name__ == "__main__":
    main(tests_of(globals()))
