# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a report of a fault needs: `--version --verbose` prints it ready to paste, `--verbose` of each command and G_MESSAGES_DEBUG tell it
as it goes; stdout stays what it is."""

import json
import re

from harness import check, contains, equal, main, tests_of

TITLES = ["libraries:", "system:", "language:", "fonts:", "plugin dirs:", "data dirs:", "settings:", "plugins:", "environment:"]


def sections(page):
    """The lines under each title."""
    found = {}
    for line in page.splitlines():
        title = line[:13].strip()
        if title:
            found[title] = lines = []
        lines.append(line[13:].strip())
    return found


def test_ready_to_paste(box):
    broken = box.root / "home/.local/share/sonde/plugins/broken"
    broken.mkdir(parents=True)
    (broken / "broken.plugin").write_text("[Plugin]\nModule=broken\nName=Broken\nX-Sonde-API=1\nX-Sonde-Kind=analyzer\n")
    box.sonde("config", "theme", "dark")
    box.sonde("disable", "rsa")
    page = box.sonde("--version", "--verbose", env={"SECRET_TOKEN": "abc", "OMP_NUM_THREADS": "3"}).out
    first, _, rest = page.partition("\n")
    check(re.fullmatch(r"sonde \d+\.\d+\.\d+", first), f"first line: {first}")
    found = sections(rest)
    equal(list(found), TITLES, "titles")
    contains(" ".join(found["libraries:"]), ["OpenBLAS ", "threads", "GLib ", "libpeas ", "JSON-GLib ", "cairo ", "Pango ", "xxHash "], "libraries")
    contains(" ".join(found["system:"]), ["Linux", "processors", "memory"], "system")
    equal(found["fonts:"], ["DejaVu Sans"], "fonts")
    listed = {entry["name"]: entry for entry in json.loads(box.sonde("list", "--json").out)}
    told = {line.split()[0]: line for line in found["plugins:"]}
    equal(set(told), set(listed), "plugins")
    for name, entry in listed.items():
        contains(told[name], [entry["state"], *(entry.get(key, "").replace(f"{box.root}/home/", "~/") for key in ("directory", "reason"))], f"line of {name}")
    place = "~/.config/sonde/settings.ini"
    equal(found["settings:"], [place, f"disabled-plugins: rsa ({place})", f"theme: dark ({place})"], "settings")
    contains(found["environment:"], ["OMP_NUM_THREADS=3", "GSETTINGS_BACKEND=memory"], "environment")
    check("SECRET" not in page and f"{box.root}/home" not in page, f"it says who the user is:\n{page}")


def test_is_english(box):
    pages = [[line for line in box.sonde("--version", "--verbose", env={"LANGUAGE": language}).out.splitlines() if "LANGUAGE=" not in line and not line.startswith("language:")] for language in ("de", "fr")]
    equal(*pages, "reports in two languages")


def test_every_command(box):
    """stdout is what it is without; stderr begins with the same report, and goes on with what happens."""
    inputs = box.inputs()
    (box.work / "some.txt").write_text("coffee")
    for arguments, told in (
        (["run", "mlp-stages", "!", "dimensionality", *inputs, "--json", "--force"], ["asked gpt2 whether it opens", "loaded dimensionality from", "stage gelu", "condition one-sequence", "2 of 2 layers", "dimensionality is done", "files"]),
        (["capture", "mlp-stages", *inputs, "-o", "capture.npz"], ["loaded mlp-stages from", "2 of 2 layers"]), (["diff", "capture.npz", "capture.npz"], []), (["list"], []), (["list", "--json"], []), (["inspect", "rsa"], ["loaded rsa"]),
        (["disable", "rsa"], []), (["enable", "rsa"], []), (["config"], []), (["tokenize", *inputs[:2], "--json"], ["asked gpt2"]),
    ):
        plain = box.sonde(*arguments)
        verbose = box.sonde(*arguments, "--verbose")
        if "run" not in arguments:
            equal(verbose.out, plain.out, f"stdout of sonde {arguments} --verbose")
        else:
            equal(json.loads(verbose.out).keys(), json.loads(plain.out).keys(), "what run prints with --verbose")
        contains(verbose.err, ["sonde 0.", *TITLES[:-1], *told], f"stderr of sonde {arguments} --verbose")


def test_messages_of_debugging(box):
    """As those who know GLib ask for them, of one part at a time; processes of --isolate as well."""
    run = ["run", "mlp-stages", "!", "dimensionality", *box.inputs(), "--quiet", "--force"]
    check("DEBUG" not in box.sonde(*run).err, "messages that nobody asked for")
    told = box.sonde(*run, env={"G_MESSAGES_DEBUG": "sonde"})
    contains(told.err, ["sonde-DEBUG", "2 of 2 layers"], "stderr with G_MESSAGES_DEBUG")
    check("GLib" not in told.err and "libraries:" not in told.err, f"more than was asked for:\n{told.err}")
    equal(told.out, "", "stdout with G_MESSAGES_DEBUG")
    isolated = box.sonde(*run, "--isolate", "--verbose")
    numbers = set(re.findall(r"\(sonde:(\d+)\): sonde-DEBUG", isolated.err))
    check(len(numbers) == 2, f"messages of {len(numbers)} processes, of 2 expected:\n{isolated.err}")


if __name__ == "__main__":
    main(tests_of(globals()))
