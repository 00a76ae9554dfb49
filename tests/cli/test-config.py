# SPDX-License-Identifier: LGPL-2.1-or-later
"""Settings: what the user chose once, where it is kept and what it does; in GSettings, and in a key file where its schema is not."""

import json
import shutil
import subprocess
from pathlib import Path

from harness import Skip, check, contains, equal, main, tests_of

SCHEMA = "glib-2.0/schemas/org.sonde.Sonde.gschema.xml"


def settings(box, **more):
    return {entry["key"]: (entry["value"], entry["origin"]) for entry in json.loads(box.sonde("config", "--json", **more).out)}


def key_file(box):
    return box.root / "home/.config/sonde/settings.ini"


def use_gsettings(box):
    """The installed schema, and GIO's own file for what is set."""
    if not shutil.which("glib-compile-schemas"):
        raise Skip("there is no glib-compile-schemas")
    folder = box.root / "schemas"
    folder.mkdir()
    shutil.copy(box.installation.data.parent / SCHEMA, folder)
    subprocess.run(["glib-compile-schemas", "--strict", folder], check=True)
    box.environment |= {"GSETTINGS_SCHEMA_DIR": str(folder), "GSETTINGS_BACKEND": "keyfile"}


# ---------------------------------------------------------------------- places

def choose_everything(box, place):
    """Every key, each way, from the default and back to it."""
    defaults = {"disabled-plugins": [], "format": "svg,pdf", "theme": "light", "threads": 0}
    chosen = {"disabled-plugins": ("cosine,rsa", ["cosine", "rsa"]), "format": ("png", "png"), "theme": ("dark", "dark"), "threads": ("2", 2)}
    equal(settings(box), {key: (value, "default") for key, value in defaults.items()}, "settings at first")
    for key, (text, value) in chosen.items():
        equal(box.sonde("config", key, text).out, "", f"what choosing {key} prints")
        equal(box.sonde("config", key).out, f"{text}\n", f"{key} as it was chosen")
        equal(settings(box)[key], (value, place), f"{key} in JSON")
    lines = {line.split()[0]: line.split()[1:] for line in box.sonde("config").out.splitlines()}
    equal(lines, {key: [text, *place.split(" ")] for key, (text, _) in chosen.items()}, "settings for people")
    for key in chosen:
        box.sonde("config", "--reset", key)
    equal(settings(box), {key: (value, "default") for key, value in defaults.items()}, "settings in the end")


def test_key_file(box):
    choose_everything(box, str(key_file(box)))
    equal(key_file(box).read_text().strip(), "[Settings]", "what is left in the key file")


def test_gsettings(box):
    use_gsettings(box)
    choose_everything(box, "GSettings org.sonde.Sonde")
    check(not key_file(box).exists(), "a key file was written beside GSettings")


def test_gsettings_keep_nothing(box):
    """As in a session without a message bus: the key file takes it, and what is in it goes first when GSettings can keep again."""
    use_gsettings(box)
    blocked = box.root / "home/.config/glib-2.0"
    blocked.parent.mkdir(parents=True)
    blocked.write_text("a file where GIO wants its folder\n")
    choose_everything(box, str(key_file(box)))
    box.sonde("config", "threads", "2")
    box.sonde("disable", "rsa")
    blocked.unlink()
    check(not blocked.exists(), "the file in the folder's place is still there")
    equal(settings(box)["threads"], (2, str(key_file(box))), "what the key file has, beside GSettings that keep")
    equal(settings(box)["disabled-plugins"], (["rsa"], str(key_file(box))), "plugins that the key file has")
    box.sonde("config", "threads", "3")
    equal(settings(box)["threads"], (3, "GSettings org.sonde.Sonde"), "what is chosen when GSettings keep again")
    box.sonde("enable", "rsa")
    equal(settings(box)["disabled-plugins"], ([], "default"), "plugins when all are enabled")


def test_without_a_bus(box):
    """What dconf kept while there was a message bus is read without one, and overruled: dconf takes nothing then, and says so in a log only."""
    use_gsettings(box)
    if not shutil.which("dbus-run-session") or not list(Path("/usr/lib").glob("*/gio/modules/libdconfsettings.so")):
        raise Skip("there is no dconf, or no message bus")
    (box.root / "run").mkdir(mode=0o700)
    box.environment |= {"GSETTINGS_BACKEND": "dconf", "XDG_RUNTIME_DIR": str(box.root / "run"), "DBUS_SESSION_BUS_ADDRESS": f"unix:path={box.root}/nowhere"}
    program = str(box.installation.program)
    subprocess.run(["dbus-run-session", "--", program, "config", "theme", "dark"], env=box.environment, check=True, capture_output=True)
    equal(settings(box)["theme"], ("dark", "GSettings org.sonde.Sonde"), "a theme that dconf keeps")
    box.sonde("config", "--reset", "theme")
    equal(settings(box)["theme"], ("light", str(key_file(box))), "the default, which goes before what dconf keeps")
    equal(box.sonde("config", "threads", "2").err, "", "what a choice without a bus says")
    equal(settings(box)["threads"], (2, str(key_file(box))), "a choice without a bus")


def test_gsettings_in_memory(box):
    """A backend that forgets is not taken."""
    use_gsettings(box)
    box.environment["GSETTINGS_BACKEND"] = "memory"
    choose_everything(box, str(key_file(box)))


def test_comments_stay(box):
    key_file(box).parent.mkdir(parents=True)
    key_file(box).write_text("# mine\n[Settings]\n# slow disk\nformat='png'\n[Other]\na=b\n")
    box.sonde("config", "threads", "3")
    contains(key_file(box).read_text(), ["# mine", "# slow disk", "format='png'", "threads=3", "[Other]\na=b"], "the key file")


# ------------------------------------------------------------------ what they do

def test_plugins(box):
    """enable and disable change the setting, and the setting what is enabled."""
    for prepare in (lambda box: None, use_gsettings):
        prepare(box)
        box.sonde("disable", "rsa")
        equal(box.sonde("config", "disabled-plugins").out, "rsa\n", "disabled plugins")
        box.sonde("config", "disabled-plugins", "laminar,cosine")
        states = {entry["name"]: entry["state"] for entry in json.loads(box.sonde("list", "--json").out)}
        equal({name for name, state in states.items() if state == "disabled"}, {"laminar", "cosine"}, "plugins that list says are disabled")
        box.sonde("enable", "laminar", "cosine")
        equal(settings(box)["disabled-plugins"], ([], "default"), "when all are enabled again")


def test_run(box):
    """The command line goes first, then what was chosen."""
    box.sonde("config", "format", "png,npz")
    box.sonde("config", "theme", "dark")
    box.sonde("config", "threads", "1")
    names = lambda folder: {path.suffix for path in (folder / "figures").iterdir()}
    chosen = box.run("mlp-stages", "!", "dimensionality", *box.inputs(), output="chosen")
    equal(names(chosen), {".png"}, "formats of figures that were chosen")
    check(list((chosen / "tables").glob("*.npz")), "no table in the other format that was chosen")
    said = box.run("mlp-stages", "!", "dimensionality", *box.inputs(), "--format", "svg", "--theme", "light", output="said")
    equal(names(said), {".svg"}, "formats of figures that the command line names")
    box.sonde("config", "--reset", "theme")
    light = box.run("mlp-stages", "!", "dimensionality", *box.inputs(), output="light")
    dark = box.run("mlp-stages", "!", "dimensionality", *box.inputs(), "--theme", "dark", output="dark")
    equal(*((folder / "figures/dimensionality.png").read_bytes() for folder in (chosen, dark)), "a figure in the theme that was chosen, and in the same that was said")
    check((light / "figures/dimensionality.png").read_bytes() != (dark / "figures/dimensionality.png").read_bytes(), "light and dark are the same")
    equal(json.loads((chosen / "results.json").read_text())["provenance"]["blas"]["threads"], 1, "threads that were chosen")


# -------------------------------------------------------------------- bad input

def test_bad_values(box):
    for prepare in (lambda box: None, use_gsettings):
        prepare(box)
        for key, text, expected in (("threads", "many", "0 to 1024"), ("threads", "-1", "0 to 1024"), ("threads", "1025", "0 to 1024"), ("threads", "99999999999", "0 to 1024"), ("theme", "grey", "light or dark"),
                                    ("format", "gif", "svg, pdf and png"), ("format", "", "svg, pdf and png"), ("disabled-plugins", b"\xff", "names of plugins"), ("disabled-plugins", "a,,b", "names of plugins")):
            result = box.sonde("config", key, "--", text, status=1)
            contains(result.err, [key, expected], f"config {key} {text!r}")
            equal(result.err.count("\n"), 1, f"lines of the error of config {key} {text!r}")
        equal({origin for _, origin in settings(box).values()}, {"default"}, "origins after values that were refused")


def test_bad_files(box):
    """What is kept is judged as if it had been typed; what cannot be read is not replaced."""
    key_file(box).parent.mkdir(parents=True)
    for text, told in (("[Settings]\nthreads=many\n", ["threads", "many", "sonde config --reset threads"]), ("[Settings]\nthreads=-1\n", ["threads", "-1", "0 to 1024"]),
                       ("[Settings]\nthreads='2'\n", ["threads", "'2'"]), ("[Settings]\nthreads=\n", ["threads"]), ("[Settings]\nthreads=[[[[\n", ["threads"])):
        key_file(box).write_text(text)
        for command in (["config"], ["config", "--json"], ["config", "threads"], ["run", "mlp-stages", "!", "dimensionality", *box.inputs()]):
            result = box.sonde(*command, status=1)
            contains(result.err, [str(key_file(box)), *told], f"sonde {command} with {text!r}")
            equal((result.out, result.err.count("\n")), ("", 1), f"what sonde {command} prints with {text!r}")
        box.sonde("run", "mlp-stages", "!", "dimensionality", *box.inputs(), "--threads", "1", "--force", "--quiet")
        box.sonde("config", "--reset", "threads")
        equal(settings(box)["threads"], (0, "default"), f"threads after a reset of {text!r}")
    for text in ("no key file\n", "[Settings\n"):
        key_file(box).write_text(text)
        for command in (["config"], ["config", "threads", "2"], ["config", "--reset", "threads"], ["disable", "rsa"]):
            contains(box.sonde(*command, status=1).err, [str(key_file(box)), "no key file", "remove it"], f"sonde {command} with {text!r}")
        equal(key_file(box).read_text(), text, "a file that cannot be read")


def test_usage(box):
    for arguments, told in ((["colour"], ["colour", "sonde config"]), (["--reset"], ["KEY"]), (["--reset", "theme", "dark"], ["KEY alone"]), (["theme", "dark", "light"], ["KEY"]), (["--json", "theme"], ["--json"])):
        contains(box.sonde("config", *arguments, status=2).err, told, f"config {arguments}")


def test_another_schema(box):
    """Where a schema of our name is of another version, GSettings would end the program."""
    use_gsettings(box)
    folder = box.root / "schemas"
    text = (folder / "org.sonde.Sonde.gschema.xml").read_text()
    for changed in (text.replace('name="threads" type="i"', 'name="threads" type="u"'), text.replace('name="theme"', 'name="theme-of-figures"'), text.replace(' path="/org/sonde/Sonde/"', "")):
        (folder / "org.sonde.Sonde.gschema.xml").write_text(changed)
        subprocess.run(["glib-compile-schemas", "--strict", folder], check=True)
        box.sonde("config", "threads", "2")
        equal(settings(box)["threads"], (2, str(key_file(box))), "threads beside another schema")
        key_file(box).unlink()


if __name__ == "__main__":
    main(tests_of(globals()))
