# SPDX-License-Identifier: LGPL-2.1-or-later
"""`sonde list`: no plugin is missing without a reason, and each reason comes with what to do. The host survives them all."""

import json
import os
import re
import shutil
import subprocess

from harness import Skip, check, contains, equal, main, only, tests_of

TAP = """
#include <sonde-plugin.h>
{before}
#define {name}_TYPE_TAP ({name}_tap_get_type ())
G_DECLARE_FINAL_TYPE ({type}Tap, {name}_tap, {name}, TAP, GObject)
struct _{type}Tap {{ GObject parent_instance; }};
static GPtrArray *dup_stages (SondeTap *tap, SondeModel *model, GError **error) {{ {body} return NULL; }}
static void iface_init (SondeTapInterface *iface) {{ iface->dup_stages = dup_stages; }}
G_DEFINE_FINAL_TYPE_WITH_CODE ({type}Tap, {name}_tap, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_TAP, iface_init))
static void {name}_tap_class_init ({type}TapClass *klass) {{}}
static void {name}_tap_init ({type}Tap *self) {{}}
{registration}
"""
REGISTER = "SONDE_PLUGIN_REGISTER (SONDE_TYPE_TAP, {name}_TYPE_TAP)"
BY_HAND = """G_MODULE_EXPORT void peas_register_types (PeasObjectModule *module);
void peas_register_types (PeasObjectModule *module) {{ peas_object_module_register_extension_type (module, SONDE_TYPE_TAP, {name}_TYPE_TAP); }}"""
KEYS = {"Module": "{name}", "Name": "{name}", "X-Sonde-API": "1", "X-Sonde-Kind": "tap"}


def flags(box):
    root = box.installation.data.parent.parent
    dependencies = subprocess.run(["pkg-config", "--cflags", "gio-unix-2.0", "cairo", "libpeas-1.0"], capture_output=True, text=True, check=True).stdout.split()
    return [f"-I{root}/include/sonde-1", *dependencies]


class Folder:
    """Where a test puts its plugins; they are found there beside ours."""

    def __init__(self, box):
        self.box = box
        self.path = box.root / "plugins"
        self.path.mkdir()
        self.env = {"SONDE_PLUGIN_PATH": f"{self.path}:{box.environment['SONDE_PLUGIN_PATH']}"}

    def manifest(self, name, text=None, **keys):
        (self.path / name).mkdir()
        lines = {**KEYS, **{key.replace("_", "-"): value for key, value in keys.items()}}
        text = "[Plugin]\n" + "".join(f"{key}={value.format(name=name)}\n" for key, value in lines.items() if value is not None) if text is None else text
        (self.path / name / f"{name}.plugin").write_text(text)

    def module(self, name, before="", body="", registration=REGISTER, type_name=None, **keys):
        if not shutil.which("cc"):
            raise Skip("there is no C compiler")
        self.manifest(name, **keys)
        type_name = type_name or name
        source = self.path / name / f"{name}.c"
        source.write_text(TAP.format(name=type_name, type=type_name.capitalize(), before=before, body=body, registration=registration.format(name=type_name)))
        subprocess.run(["cc", "-shared", "-fPIC", "-fvisibility=hidden", *flags(self.box), source, "-o", self.path / name / f"lib{name}.so"], check=True, timeout=60)

    def script(self, name, text):
        self.manifest(name, Loader="python3")
        (self.path / name / f"{name}.py").write_text(text)

    def listed(self, *options, env=None, status=0):
        done = self.box.sonde("list", "--json", *options, env={**self.env, **(env or {})}, status=status)
        equal(done.err, "", f"what list {options} writes on stderr")
        return {(entry["name"], entry["manifest"]): entry for entry in json.loads(done.out)}

    def entry(self, name, *options, env=None, status=0):
        return only([entry for (found, _), entry in self.listed(*options, env=env, status=status).items() if found == name], f"entries of {name}")


def refused(folder, name, reason, remedy, *options, **more):
    """The entry has both sentences; the table has them too; inspect tells them; a run is refused with them."""
    entry = folder.entry(name, *options, **more)
    equal(entry["state"], "unavailable", f"state of {name}")
    contains(entry["reason"], reason, f"reason of {name}")
    contains(entry["remedy"], remedy, f"remedy of {name}")
    return entry


# --------------------------------------------------------- without any code

def test_manifests(box):
    """What manifests and files tell; no code is loaded for it."""
    folder = Folder(box)
    cases = {
        "old-level": ({"X_Sonde_API": "0"}, ["interface 0", "has 1"], ["build it anew", "sonde-1"]),
        "no-level": ({"X_Sonde_API": None}, ["no X-Sonde-API"], ["X-Sonde-API=1"]),
        "odd-level": ({"X_Sonde_API": "one"}, ["“one”", "no number"], ["X-Sonde-API=1"]),
        "odd-kind": ({"X_Sonde_Kind": "figure"}, ["X-Sonde-Kind", "model-provider, tap, analyzer"], ["manifest"]),
        "no-kind": ({"X_Sonde_Kind": None}, ["X-Sonde-Kind"], ["manifest"]),
        "no-name": ({"Name": None}, ["no Name"], ["no-name.plugin"]),
        "no-module-key": ({"Module": None}, ["no Module"], ["no-module-key.plugin"]),
        "no-module": ({}, ["libno-module.so", "not there"], ["build and install"]),
        "no-script": ({"Loader": "python3"}, ["no-script.py", "not there"], ["build and install"]),
        "odd-loader": ({"Loader": "lua5.1"}, ["lua5.1"], ["in C", "python3"]),
    }
    for name, (keys, _, _) in cases.items():
        folder.manifest(name, **keys)
    texts = {
        "garbage": ("what is this\n", ["cannot be read", "what is this"]),
        "empty": ("", ["no group [Plugin]"]),
        "other-group": ("[Module]\nName=x\n", ["no group [Plugin]"]),
    }
    for name, (text, _) in texts.items():
        folder.manifest(name, text)
    for name, (_, reason, remedy) in cases.items():
        refused(folder, name, reason, remedy)
    for name, (_, reason) in texts.items():
        refused(folder, name, reason, [f"{name}.plugin"])
    page = box.sonde("list", env=folder.env).out
    for name, entry in ((entry["name"], entry) for entry in folder.listed().values() if entry["state"] == "unavailable"):
        check(re.search(rf"^{re.escape(name)} .*unavailable\n    why not: {re.escape(entry['reason'])}\n    what to do: {re.escape(entry['remedy'])}\n    manifest: {re.escape(entry['manifest'])}$", page, re.M), f"no lines for {name}:\n{page}")
        contains(box.sonde("inspect", name, env=folder.env).out, [entry["reason"], entry["remedy"]], f"inspect {name}")
    told = box.sonde("run", "old-level", "!", "cosine", env=folder.env, status=1).err
    contains(told, ["old-level is unavailable", "interface 0", "build it anew"], "a run with a plugin that is unavailable")


def test_traps(box):
    """A manifest that is a pipe, a device or a gigabyte is listed and never read; what lies beside it says why it is passed over."""
    folder = Folder(box)
    folder.manifest("beside")
    for name, make in (("pipe", os.mkfifo), ("device", lambda path: path.symlink_to("/dev/zero")), ("large", lambda path: path.touch() or os.truncate(path, 1 << 30))):
        path = folder.path / f"{name}.plugin"
        make(path)
        refused(folder, name, ["no file, or larger than 64 KiB"], [path.name])
        refused(folder, "beside", [path.name, "cannot be read"], ["remove", path.name])
        equal(folder.entry("rsa")["state"], "enabled", "a plugin in another folder")
        path.unlink()


def test_no_escapes(box):
    """Nothing that a manifest says reaches the terminal as it is."""
    folder = Folder(box)
    red = "\x1b[31m"
    folder.manifest("red", Description=red, Version=red, Website=red, Authors=f"{red};b", Depends=red, X_Sonde_License=red, X_Sonde_Opens=f"*.{red}")
    (folder.path / f"{red}.plugin").write_text(f"[Plugin]\nModule=m{red}\nName={red}\nX-Sonde-API=1\nX-Sonde-Kind=analyzer\n")
    for command in ["list"], ["inspect", "red"], ["inspect", f"m{red}"], ["complete", "--describe", "--", "inspect", ""], ["complete", "--", "run", "m"]:
        done = box.sonde(*command, env=folder.env)
        check("\x1b" not in done.out + done.err, f"{command} writes to the terminal: {done.out!r}")


def test_needs(box):
    """A plugin whose Depends is not there, is unavailable, or is a plugin that depends on it in turn."""
    folder = Folder(box)
    folder.module("lonely", Depends="nowhere")
    folder.module("alone", Depends="lonely")
    folder.module("round", Depends="about")
    folder.module("about", Depends="round")
    folder.module("happy", Depends="round;cosine")
    refused(folder, "lonely", ["depends on the plugin nowhere", "not there"], ["install"])
    refused(folder, "alone", ["depends on the plugin lonely", "unavailable"], ["lonely"])
    listed = folder.listed("--check", status=1)
    equal([entry["state"] for (name, _), entry in listed.items() if name in ("round", "about", "happy")], ["enabled"] * 3, "plugins that depend on each other, and one on them")


def test_same_name(box):
    """Which one is used: the first folder of the path. The others are listed, with its manifest. One file in two ways is one plugin."""
    folder = Folder(box)
    folder.module("twin")
    shutil.copytree(folder.path / "twin", folder.path / "twin-2")
    os.symlink(folder.path / "twin", folder.path / "twin-3")
    second = box.root / "home/.local/share/sonde/plugins/rsa"
    shutil.copytree(f"{box.environment['SONDE_PLUGIN_PATH']}/rsa", second)
    twins = [entry for (name, _), entry in folder.listed().items() if name == "twin"]
    equal(sorted(entry["state"] for entry in twins), ["enabled", "unavailable"], "states of two plugins of one name")
    used = only((entry for entry in twins if entry["state"] == "enabled"), "plugins that are used")
    contains(only((entry["reason"] for entry in twins if entry["state"] == "unavailable"), "reasons"), ["is used instead", used["manifest"]], "reason")
    hidden = folder.listed()["rsa", str(second / "rsa.plugin")]
    equal(hidden["state"], "unavailable", "the second rsa")
    contains(hidden["reason"], [f"{box.environment['SONDE_PLUGIN_PATH']}/rsa/rsa.plugin"], "reason of the second rsa")
    contains(hidden["remedy"], ["SONDE_PLUGIN_PATH"], "remedy of the second rsa")
    equal(json.loads(box.sonde("inspect", "rsa", "--json", env=folder.env).out)["state"], "enabled", "the first rsa")


# ----------------------------------------------------------------- with code

def test_modules(box):
    """What only loading tells: list --check, inspect and a run say it, each in one sentence, and the program lives on."""
    folder = Folder(box)
    folder.module("good")
    folder.module("by_hand", registration="SONDE_PLUGIN_EXPORT_API\n" + BY_HAND)
    folder.module("level", before="#undef SONDE_PLUGIN_API\n#define SONDE_PLUGIN_API 0")
    folder.module("silent", registration=BY_HAND)
    folder.module("gone", before="void sonde_gone (void);", body="sonde_gone ();")
    folder.module("lost", before="void other_lost (void);", body="other_lost ();")
    folder.module("mute", registration="SONDE_PLUGIN_EXPORT_API\nG_MODULE_EXPORT GType keep (void);\nGType keep (void) {{ return {name}_TYPE_TAP; }}")
    folder.module("second", type_name="good")
    folder.module("wrong", X_Sonde_Kind="analyzer")
    folder.module("hanger", Depends="level")
    folder.module("needy")
    (box.work / "far.c").write_text("int far_away (void) { return 1; }\n")
    subprocess.run(["cc", "-shared", "-fPIC", "far.c", "-o", "libfar-away.so"], cwd=box.work, check=True, timeout=60)
    subprocess.run(["cc", "-shared", "-fPIC", "-fvisibility=hidden", *flags(box), folder.path / "needy/needy.c", "-Wl,--no-as-needed", "-L.", "-lfar-away", "-o", folder.path / "needy/libneedy.so"], cwd=box.work, check=True, timeout=60)
    folder.manifest("text")
    (folder.path / "text/libtext.so").write_text("no module")
    cases = {
        "level": (["module was built for plugin interface 0", "has 1"], ["build it anew"]),
        "silent": (["does not say for which plugin interface"], ["SONDE_PLUGIN_EXPORT_API"]),
        "gone": (["undefined symbol: sonde_gone"], ["has no such function", "correct its name", "anew"]),
        "lost": (["undefined symbol: other_lost"], ["link it"]),
        "needy": (["libfar-away.so", "cannot open"], ["install the library libfar-away.so"]),
        "mute": (["peas_register_types"], ["SONDE_PLUGIN_REGISTER"]),
        "second": (["GoodTap"], ["names of their own"]),
        "wrong": (["of kind analyzer", "registers no such class"], ["correct"]),
        "hanger": (["depends on the plugin level"], ["level"]),
        "text": (["does not open"], ["build it anew"]),
    }
    states = {name: entry["state"] for (name, _), entry in folder.listed().items()}
    equal({states[name] for name in cases}, {"enabled"}, "states without a check")
    for name, (reason, remedy) in cases.items():
        refused(folder, name, reason, remedy, "--check", status=1)
        if name != "second":  # alone it is the first
            told = box.sonde("inspect", name, env=folder.env, status=1)
            contains(told.err, reason, f"inspect {name}")
            equal((told.out, told.err.count("\n")), ("", 1), f"inspect {name}")
    checked = folder.listed("--check", status=1)
    equal({name: entry["state"] for (name, _), entry in checked.items() if name not in cases}, {name: "enabled" for (name, _) in checked if name not in cases}, "states of whatever else is there")
    contains([name for name, _ in checked], ["good", "by_hand", "rsa"], "plugins that can be loaded")
    contains(box.sonde("run", "level", "!", "cosine", env=folder.env, status=1).err, ["level", "interface 0"], "a run through a tap of another level")


def test_check_succeeds(box):
    box.sonde("disable", "rsa")
    states = {entry["name"]: entry["state"] for entry in json.loads(box.sonde("list", "--check", "--json").out)}
    equal((states.pop("rsa"), set(states.values())), ("disabled", {"enabled"}), "states of our plugins")


# --------------------------------------------------------------------- Python

def needs_python(folder):
    folder.script("probe", "import gi\ngi.require_version('Sonde', '1')\nfrom gi.repository import GObject, Sonde\nclass ProbeTap(GObject.Object, Sonde.Tap):\n    pass\n")
    if "GI_TYPELIB_PATH" not in folder.box.environment:
        raise Skip("libsonde was built without introspection data")
    found = subprocess.run(["/usr/bin/python3", "-c", "import gi; gi.require_version('Peas', '1.0')"], capture_output=True, text=True, check=False)
    if found.returncode != 0:
        raise Skip(f"the system's Python: {found.stderr.strip().splitlines()[-1]}")
    equal(folder.entry("probe", "--check")["state"], "enabled", "a plugin in Python")


def test_python(box):
    """The last line of the traceback, with the file and the line in the plugin; nothing on stderr beside it."""
    folder = Folder(box)
    needs_python(folder)
    folder.script("thrower", "import os\n\ndef f():\n    raise ValueError('no luck')\n\nf()\n")
    folder.script("typo", "x = 1\ndef x(:\n")
    folder.script("importer", "import nothing_here\n")
    folder.script("namespace", "import gi\ngi.require_version('Nothing', '1.0')\n")
    folder.script("classless", "x = 1\n")
    folder.script("starter", "import gi\ngi.require_version('Sonde', '1')\nfrom gi.repository import GObject, Sonde\n\nclass StarterTap(GObject.Object, Sonde.Tap):\n    def __init__(self):\n        raise RuntimeError('in the middle')\n")
    for name, reason, remedy in (
        ("thrower", ["ValueError: no luck (thrower.py, line 4)"], ["authors"]),
        ("typo", ["SyntaxError", "typo.py, line 2"], ["authors"]),
        ("importer", ["No module named 'nothing_here' (importer.py, line 1)"], ["install that module"]),
        ("namespace", ["Namespace Nothing not available (namespace.py, line 2)"], ["gir1.2-"]),
        ("classless", ["of kind tap", "registers no such class"], ["authors"]),
        ("starter", ["RuntimeError: in the middle", "starter.py, line 7"], ["authors"]),
    ):
        refused(folder, name, reason, remedy, "--check", status=1)
        told = box.sonde("inspect", name, env=folder.env, status=1)
        contains(told.err, reason, f"inspect {name}")
        equal((told.out, told.err.count("\n")), ("", 1), f"inspect {name}")
    equal(folder.entry("probe", "--check", status=1)["state"], "enabled", "one that works, among them")
    without = folder.entry("probe", "--check", env={"GI_TYPELIB_PATH": None}, status=1)
    if without["state"] == "unavailable":  # else the system has one too
        contains(without["reason"], ["Namespace Sonde not available (probe.py, line 2)"], "reason without the library's typelib")
        contains(without["remedy"], ["-Dintrospection=enabled"], "remedy without the library's typelib")


def test_no_python(box):
    """Without Python's bindings each plugin in Python is refused with what to install, and those in C work."""
    folder = Folder(box)
    needs_python(folder)
    folder.script("other", "x = 1\n")
    (box.root / "without/gi").mkdir(parents=True)
    (box.root / "without/gi/__init__.py").write_text("raise ImportError('not installed')\n")
    for name in ("probe", "other"):
        refused(folder, name, ["in Python cannot be loaded"], ["python3-gi"], "--check", env={"PYTHONPATH": str(box.root / "without")}, status=1)
    equal(folder.entry("rsa", "--check", env={"PYTHONPATH": str(box.root / "without")}, status=1)["state"], "enabled", "a plugin in C")


if __name__ == "__main__":
    main(tests_of(globals()))
