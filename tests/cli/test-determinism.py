# SPDX-License-Identifier: LGPL-2.1-or-later
"""The same inputs give the same bytes of every SVG, PDF, CSV, PNG and tensor file, wherever and however the program runs."""

import os
import random
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from harness import SOURCE, Skip, check, equal, main, npy, read_results, read_tensors, snapshot, tests_of

KEPT = ("--format", "svg,pdf,png,npz", "--save-capture")

SURROUNDINGS = {  # changes of the environment, the umask, the name of the output
    "another zone and language": ({"TZ": "Asia/Ho_Chi_Minh", "LC_ALL": "C", "LANG": "de_DE.UTF-8", "LANGUAGE": "de:fr"}, 0o022, "out"),
    "another umask": ({}, 0o077, "out"),
    "another output folder": ({}, 0o022, "a/much longer/päth"),
    "a narrow terminal": ({"COLUMNS": "20", "LINES": "5", "TERM": "dumb", "NO_COLOR": "1"}, 0o022, "out"),
    "another screen": ({"DISPLAY": ":9", "GDK_SCALE": "2", "XDG_CURRENT_DESKTOP": "KDE", "PANGOCAIRO_BACKEND": "fc"}, 0o022, "out"),
    "no home": ({"HOME": "/nonexistent", "XDG_CONFIG_HOME": "/nonexistent", "XDG_CACHE_HOME": "/nonexistent", "XDG_DATA_HOME": "/nonexistent"}, 0o022, "out"),
    "the day after": ({"TZ": "Pacific/Kiritimati", "LC_TIME": "C"}, 0o000, "out"),
    "a zone that is none": ({"TZ": ":nowhere"}, 0o027, "out"),
    "a wide terminal": ({"COLUMNS": "1000", "LINES": "400", "TERM": "xterm-256color", "COLORTERM": "truecolor", "CLICOLOR_FORCE": "1"}, 0o022, "out"),
    "a terminal that is none": ({"COLUMNS": "-1", "LINES": "many", "TERM": None}, 0o022, "out"),
    "another allocator": ({"MALLOC_PERTURB_": "165", "G_SLICE": "always-malloc", "G_RANDOM_SEED": "5"}, 0o022, "out"),
}


def reproducible(report):
    files = {name: kind for name, kind in snapshot(report).items() if kind != "folder" and name != "results.json"}
    check(len(files) > 30, f"a report has few files: {sorted(files)}")
    return files


def same(first, second, what):
    different = sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))
    equal(different, [], f"files that {what} changes")


LOCALES = {  # what each has that could get into a number or a text, and how a program sees that
    "de_DE.UTF-8": ("LC_NUMERIC decimal_point", ","),
    "tr_TR.UTF-8": ("LC_NUMERIC decimal_point", ","),  # and an i whose capital is no I
    "ps_AF.UTF-8": ("LC_NUMERIC decimal_point", "٫"),
    "ar_SA.UTF-8": ("LC_CTYPE charmap", "UTF-8"),      # read from the right
    "ja_JP.EUC-JP": ("LC_CTYPE charmap", "EUC-JP"),    # not UTF-8
}


TRANSLATED = (SOURCE / "po/LINGUAS").read_text(encoding="utf-8").split()


def first_report(box, language="en"):
    """One report beside the boxes for each language, which all surroundings are compared with."""
    report = box.root.parent / f"first-{language}"
    return report if report.exists() else box.tiny(*KEPT, output=report, env={"LC_ALL": "C.UTF-8", "LANGUAGE": language})


def surroundings_test(environment, mask, output, language="en"):
    def test(box):
        first = first_report(box, language)
        elsewhere = box.root / "elsewhere/deep"
        elsewhere.mkdir(parents=True)
        old = os.umask(mask)
        try:
            box.sonde("run", "mlp-progression", *box.inputs(), *KEPT, "--output", output, env=environment, cwd=elsewhere)
        finally:
            os.umask(old)
        second = elsewhere / output
        same(reproducible(first), reproducible(second), "the surroundings")
        a, b = read_results(first), read_results(second)
        equal(a["provenance"], b["provenance"], "provenance")
        equal(a["tables"], b["tables"], "tables")
        for path in (second, second / "tables", second / "report.pdf", second / "capture.safetensors", second / "results.json", second / "tensors.safetensors"):
            equal(path.stat().st_mode & 0o777, (0o777 if path.is_dir() else 0o666) & ~mask, f"mode of {path.name}")
    return test


def make_locale(box, name):
    """In a folder beside the boxes, where the system has what locales are made of; once."""
    folder = box.root.parent / "locales"
    language, charset = name.split(".")
    folder.mkdir(exist_ok=True)
    if not (folder / name).exists():
        subprocess.run(["localedef", "-i", language, "-f", charset, folder / name], check=False, capture_output=True)
    environment = {"LOCPATH": str(folder), "LC_ALL": name, "LANG": name, "LANGUAGE": language}
    keyword, value = LOCALES[name]
    found = subprocess.run(["locale", keyword.split()[1]], env={**box.environment, **environment}, capture_output=True, text=True, check=False).stdout.strip()
    if found != value:
        raise Skip(f"{name} cannot be made here: the system has not what locales are made of (Debian: locales)")
    return environment


def locale_test(name):
    def test(box):
        language = name.split("_", 1)[0]
        surroundings_test(make_locale(box, name), 0o022, "out", language if language in TRANSLATED else "en")(box)
    return test


def test_terminals(box):
    """Progress is shown on a terminal and nowhere else, and gets into no file; neither does what stdin and stdout are."""
    first = first_report(box)
    for title, on_terminal in (("stderr", {"stderr"}), ("all", {"stdin", "stdout", "stderr"})):
        master, slave = os.openpty()
        streams = {name: slave if name in on_terminal else subprocess.DEVNULL for name in ("stdin", "stdout", "stderr")}
        with box.start("run", "mlp-progression", *box.inputs(), *KEPT, "--output", title, **streams) as process:
            os.close(slave)
            told = b""
            while True:
                try:
                    data = os.read(master, 65536)
                except OSError:  # the other end is closed
                    break
                if not data:
                    break
                told += data
            equal(process.wait(timeout=60), 0, f"status with {title} on a terminal: {told[-500:]}")
        os.close(master)
        check(b"layer 2 of 2" in told, f"no progress on a terminal: {told[-500:]}")
        same(reproducible(first), reproducible(box.work / title), f"a terminal as {title}")
    box.sonde("run", "mlp-progression", *box.inputs(), *KEPT, "--output", "closed", status=1, stdin=None, preexec_fn=lambda: os.closerange(0, 3), stdout=None, stderr=None)
    same(reproducible(first), reproducible(box.work / "closed"), "streams that are closed")


def test_times_and_order_of_files(box):
    """Files' times do not matter, nor the order in which a folder lists them."""
    first = first_report(box)
    box.inputs()
    for i, path in enumerate([*(box.work / "model").iterdir(), box.work / "text.txt"]):
        os.utime(path, (i * 1e8, (20 - i) * 1e8))
    same(reproducible(first), reproducible(box.tiny(*KEPT)), "files' times")

    generator = random.Random(3)
    arrays = {f"c/L{layer}/{stage}.npy": npy([[generator.gauss(0, 1) for _ in range(6)] for _ in range(8)]) for layer in range(4) for stage in ("one", "two")}
    reports, orders = [], []
    memory = Path("/dev/shm")  # lists the newest first, where other file systems have an order of their own
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() and os.access(memory, os.W_OK) else box.root) as name:
        for i, names in enumerate((sorted(arrays), sorted(arrays, reverse=True))):
            folder = Path(name) / str(i) / "arrays"
            for file in names:
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                (folder / file).write_bytes(arrays[file])
            orders.append(os.listdir(folder / "c"))
            reports.append(reproducible_few(box.run("representation-geometry", "--capture", folder, "--save-capture", output=f"arrays-{i}")))
    same(*reports, f"the order of {orders}")


def reproducible_few(report):
    return {name: kind for name, kind in snapshot(report).items() if kind != "folder" and name != "results.json"}


def test_plugins_in_any_order(box):
    """The folder of plugins lists them as it likes: which of two chances is taken must not hang on it."""
    first = first_report(box)
    source = Path(box.environment["SONDE_PLUGIN_PATH"])
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() and os.access(memory, os.W_OK) else box.root) as name:
        for i, backwards in enumerate((False, True)):
            folder = Path(name) / str(i)
            folder.mkdir()
            for path in sorted(source.iterdir(), reverse=backwards):
                (folder / path.name).symlink_to(path) if path.is_dir() else shutil.copy2(path, folder / path.name)
            same(reproducible(first), reproducible(box.tiny(*KEPT, output=f"plugins-{i}", env={"SONDE_PLUGIN_PATH": str(folder)})), f"the order of {os.listdir(folder)}")


def test_seed(box):
    """It stands in the provenance, in every file that has one, and changes no number: nothing of sonde's own is random."""
    without, seeded, again, other = (box.tiny(*KEPT, *options, output=f"seed-{i}") for i, options in enumerate(([], ["--seed", "7"], ["--seed", "7"], ["--seed", "-9223372036854775808"])))
    equal([read_results(report)["provenance"]["seed"] for report in (without, seeded, again, other)], [0, 7, 7, -2**63], "seeds in results.json")
    same(reproducible(seeded), reproducible(again), "the same seed")
    a, b = reproducible(seeded), reproducible(other)
    different = {name for name in a if a[name] != b[name]}
    telling = {name for name in a if name.endswith((".svg", ".pdf", ".png")) or name == "tensors.safetensors"}
    equal(different, telling, "files that another seed changes: those that tell it")
    equal(read_tensors(seeded / "tensors.safetensors"), read_tensors(other / "tensors.safetensors"), "tensors")
    for name in different:
        if name.endswith(".svg"):
            texts = [re.sub(r"(&quot;|\")seed\1:-?\d+", "", (report / name).read_text(encoding="utf-8"), count=1) for report in (seeded, other)]
            equal(texts[0] == texts[1], True, f"whether {name} is the same but for the seed")
    equal(read_results(seeded)["tables"], read_results(other)["tables"], "tables")


def test_nothing_is_random(box):
    """No source draws a number that no seed decides. What names a file for a moment may, and what strangers must not foresee of a hash
    table: neither the names nor the order of a table are in a result."""
    draws = re.compile(r"\b(g_rand\w*|g_random\w*|rand|srand|random|srandom|[dlm]rand48|getrandom|getentropy|arc4random\w*|g_uuid_string_random|RAND_bytes|import random|os\.urandom|secrets|uuid)\b *(\(|$)|/dev/u?random")
    found = set()
    for folder in ("core", "plugins", "data/templates"):
        for path in (SOURCE / folder).rglob("*"):
            if path.suffix in (".c", ".h", ".py", ".in") and not path.name.startswith("test"):
                text = re.sub(r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"', "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
                found |= {(path.relative_to(SOURCE).as_posix(), match[0].strip(" (")) for match in draws.finditer(text)}
    allowed = {("core/program/command-capture.c", "g_random_int"), ("core/sonde-condition-resolve.c", "g_random_int"), ("plugins/gpt2/gpt2-vocabulary.c", "g_random_int")}
    check(found == allowed, f"random numbers: {sorted(found ^ allowed)}")


def test_inputs_elsewhere(box):
    """Names of files are told, folders are not."""
    first = box.tiny(*KEPT)
    (box.root / "moved").mkdir()
    shutil.move(box.work / "model", box.root / "moved/model")
    shutil.move(box.work / "text.txt", box.root / "moved/text.txt")
    second = box.run("mlp-progression", *KEPT, "--model", "../moved/model", "--text", "../moved/text.txt", output="again")
    same(reproducible(first), reproducible(second), "the inputs' folder")
    box.work.joinpath("text.txt").write_bytes((box.root / "moved/text.txt").read_bytes())
    third = box.run("mlp-progression", *KEPT, "--model", box.root / "moved/model/", "--text", "./text.txt", output="third")
    same(reproducible(first), reproducible(third), "another way to write the inputs' paths")


def test_again_and_again(box):
    first = box.tiny(*KEPT)
    for i in range(2):
        same(reproducible(first), reproducible(box.tiny(*KEPT, output=f"again-{i}")), "nothing at all")


def test_demo(box):
    """Twelve layers of real work, several threads."""
    first = reproducible(box.run("mlp-progression", *KEPT))
    same(first, reproducible(box.run("mlp-progression", *KEPT, output="again")), "nothing at all")


def test_options_that_change_no_number(box):
    first = box.tiny(*KEPT)
    box.sonde("run", "mlp-progression", *box.inputs(), *KEPT, "--json", "--output", "json")
    same(reproducible(first), reproducible(box.work / "json"), "--json")
    forced = box.tiny(*KEPT, "--force")
    same(reproducible(first), reproducible(forced), "--force")


def test_source_date_epoch(box):
    plain = box.tiny(*KEPT)
    dated = box.tiny(*KEPT, output="dated", env={"SOURCE_DATE_EPOCH": "86400"})
    again = box.tiny(*KEPT, output="again", env={"SOURCE_DATE_EPOCH": "86400", "TZ": "America/New_York"})
    same(reproducible(dated), reproducible(again), "the zone with SOURCE_DATE_EPOCH")
    for name in ("report.pdf", "figures/rsa.pdf"):
        # the PDF format wants D: in front, cairo 1.16 leaves it out
        dates = re.findall(rb"/(?:Creation|Mod)Date \(([^)]*)\)", (dated / name).read_bytes())
        check(dates and all(date.removeprefix(b"D:").startswith(b"19700102000000Z") for date in dates), f"dates in {name} with SOURCE_DATE_EPOCH=86400: {dates}")
        dates = re.findall(rb"/CreationDate \(([^)]*)\)", (plain / name).read_bytes())
        equal(len(dates), 1, f"dates in {name}")
    a, b = reproducible(plain), reproducible(dated)
    equal({name for name in a if a[name] != b[name] and not name.endswith(".pdf")}, set(), "files that SOURCE_DATE_EPOCH changes, other than PDF")
    for odd in ("", "tomorrow", "-1", "99999999999999999999"):
        report = box.run("dimensionality", *box.inputs(), "--format", "pdf", output=f"odd{odd}", env={"SOURCE_DATE_EPOCH": odd})
        dates = re.findall(rb"/CreationDate \(([^)]*)\)", (report / "report.pdf").read_bytes())
        equal(dates, re.findall(rb"/CreationDate \(([^)]*)\)", (plain / "report.pdf").read_bytes()), f"date with SOURCE_DATE_EPOCH={odd!r}")


if __name__ == "__main__":
    main(tests_of(globals()) + [(name, surroundings_test(*row)) for name, row in SURROUNDINGS.items()] + [(f"locale {name}", locale_test(name)) for name in LOCALES])
