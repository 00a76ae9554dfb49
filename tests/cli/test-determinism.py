# SPDX-License-Identifier: LGPL-2.1-or-later
"""The same inputs give the same bytes of every SVG, PDF, CSV, PNG and tensor file, wherever and however the program runs."""

import os
import re
import shutil

from harness import check, equal, main, read_results, snapshot, tests_of

KEPT = ("--format", "svg,pdf,png,npz", "--save-capture")

SURROUNDINGS = {  # changes of the environment, the umask, the name of the output
    "another zone and language": ({"TZ": "Asia/Ho_Chi_Minh", "LC_ALL": "C", "LANG": "de_DE.UTF-8", "LANGUAGE": "de:fr"}, 0o022, "out"),
    "another umask": ({}, 0o077, "out"),
    "another output folder": ({}, 0o022, "a/much longer/päth"),
    "a narrow terminal": ({"COLUMNS": "20", "LINES": "5", "TERM": "dumb", "NO_COLOR": "1"}, 0o022, "out"),
    "another screen": ({"DISPLAY": ":9", "GDK_SCALE": "2", "XDG_CURRENT_DESKTOP": "KDE", "PANGOCAIRO_BACKEND": "fc"}, 0o022, "out"),
    "another allocator": ({"MALLOC_PERTURB_": "165", "G_SLICE": "always-malloc", "G_RANDOM_SEED": "5"}, 0o022, "out"),
}


def reproducible(report):
    files = {name: kind for name, kind in snapshot(report).items() if kind != "folder" and name != "results.json"}
    check(len(files) > 30, f"a report has few files: {sorted(files)}")
    return files


def same(first, second, what):
    different = sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))
    equal(different, [], f"files that {what} changes")


def first_report(box):
    """One report beside the boxes, which all surroundings are compared with."""
    report = box.root.parent / "first"
    return report if report.exists() else box.tiny(*KEPT, output=report)


def surroundings_test(environment, mask, output):
    def test(box):
        first = first_report(box)
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
    main(tests_of(globals()) + [(name, surroundings_test(*row)) for name, row in SURROUNDINGS.items()])
