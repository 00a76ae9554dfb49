# SPDX-License-Identifier: LGPL-2.1-or-later
"""Code is loaded from where nobody else can have put it, and from nowhere else. What is refused is listed, with what to do."""

import grp
import importlib
import json
import os
import pwd
import re
import shlex
import shutil
import subprocess

from harness import Skip, check, contains, equal, main, tests_of

plugins = importlib.import_module("test-list")

NOBODY = 65534
MARK = """
#include <fcntl.h>
#include <unistd.h>
__attribute__ ((constructor)) static void mark (void) {{ close (open ("{path}", O_CREAT | O_WRONLY, 0600)); }}
"""


class Marked(plugins.Folder):
    """Plugins that leave a mark when their code is loaded."""

    def __init__(self, box):
        super().__init__(box)
        self.path.chmod(0o755)
        self.mark = box.root / "mark"

    def marked_module(self, name="fine"):
        self.module(name, before=MARK.format(path=self.mark))
        return self.path / name

    def marked_script(self, name="fine"):
        self.script(name, f"open({str(self.mark)!r}, 'w').close()\nimport gi\ngi.require_version('Sonde', '1')\nfrom gi.repository import GObject, Sonde\n"
                          f"class {name.capitalize()}Tap(GObject.Object, Sonde.Tap):\n    pass\n")
        return self.path / name

    def check_loaded(self, name="fine"):
        """It is sound: the test that refuses it must be able to fail."""
        equal(self.entry(name, "--check")["state"], "enabled", f"state of {name}")
        check(self.mark.exists(), f"{name} leaves no mark")
        self.mark.unlink()

    def check_refused(self, words, name="fine", state="unavailable", env=None):
        """Its code is not loaded by anything, and what is said leads to it being loaded again."""
        entry = self.entry(name, "--check", env=env, status=1)
        equal(entry["state"], state, f"state of {name}")
        contains(entry["reason"], words, f"reason of {name}")
        check("\n" not in entry["reason"] + entry["remedy"], f"lines in {entry}")
        contains(self.box.sonde("list", env={**self.env, **(env or {})}).out, [entry["reason"], entry["remedy"]], "list")
        told = self.box.sonde("run", name, "!", "cosine", env={**self.env, **(env or {})}, status=1)
        contains(told.errors[-1], [name, entry["reason"]], "a run")
        self.box.sonde("run", name, "!", "cosine", "--isolate", env={**self.env, **(env or {})}, status=1)
        self.box.sonde("inspect", name, env={**self.env, **(env or {})}, status=None)
        check(not self.mark.exists(), f"the code of {name} was loaded although {entry['reason']}")
        return entry

    def check_mended(self, entry, name="fine"):
        """The command that the remedy names is enough."""
        command = re.search(r"call “(.*)”$", entry["remedy"])
        check(command, f"the remedy names no command: {entry['remedy']}")
        words = [word for word in shlex.split(command[1]) if word != "sudo"]
        subprocess.run(words, check=True, timeout=60)
        self.check_loaded(name)


def need_root():
    if os.geteuid() != 0:
        raise Skip("only root can give files to others")


# ------------------------------------------------------------- plugins in C

def test_writable_by_others(box):
    """The module, the manifest, their folder, the folder of all plugins, one above it: whichever everybody may write to."""
    folder = Marked(box)
    plugin = folder.marked_module()
    folder.check_loaded()
    for path in (plugin / "libfine.so", plugin / "fine.plugin", plugin, folder.path):
        mode = path.stat().st_mode & 0o777
        path.chmod(mode | 0o002)
        entry = folder.check_refused(["everybody may write to", f"“{path}”", f"{mode | 2:04o}"])
        contains(entry["remedy"], ["look at", "chmod go-w", str(path)], "remedy")
        folder.check_mended(entry)
        path.chmod(mode)
    deep = box.root / "a/b/c"
    deep.mkdir(parents=True)
    folder.path.rename(deep / "plugins")
    folder.path = deep / "plugins"
    folder.env = {"SONDE_PLUGIN_PATH": f"{folder.path}:{box.environment['SONDE_PLUGIN_PATH']}"}
    folder.check_loaded()
    (box.root / "a/b").chmod(0o777)
    folder.check_mended(folder.check_refused(["everybody may write to", f"“{box.root}/a/b”"]))


def test_others_beside_it_go_on(box):
    folder = Marked(box)
    folder.marked_module("fine")
    folder.module("other")
    (folder.path / "fine/libfine.so").chmod(0o777)
    folder.check_refused(["libfine.so"])
    equal((folder.entry("other", "--check", status=1)["state"], folder.entry("rsa", "--check", status=1)["state"]), ("enabled", "enabled"), "states of others")


def test_name_of_another(box):
    """A plugin of the same name in a folder that is refused takes nothing from the one that is sound."""
    folder = Marked(box)
    folder.marked_module("rsa")
    folder.path.chmod(0o777)
    states = {entry["state"]: entry["manifest"] for (name, _), entry in folder.listed().items() if name == "rsa"}
    equal(states, {"unavailable": f"{folder.path}/rsa/rsa.plugin", "enabled": f"{box.environment['SONDE_PLUGIN_PATH']}/rsa/rsa.plugin"}, "plugins called rsa")
    box.run("cosine", "!", "rsa", *box.inputs(), env=folder.env)
    check(not folder.mark.exists(), "the code in the other folder was loaded")


def test_sticky_folder_above(box):
    """As /tmp: others may add to it, but not rename what is there. Not for plugins themselves."""
    folder = Marked(box)
    folder.marked_module()
    box.root.chmod(0o1777)
    folder.check_loaded()
    folder.path.chmod(0o1777)
    folder.check_refused(["everybody may write to", f"“{folder.path}”", "1777"])


def test_groups(box):
    """A group that is the user's own, without anybody else in it, may write; no other."""
    folder = Marked(box)
    plugin = folder.marked_module()
    module = plugin / "libfine.so"
    me = pwd.getpwuid(os.geteuid())
    own = grp.getgrgid(me.pw_gid)
    module.chmod(0o775)
    if own.gr_name == me.pw_name and set(own.gr_mem) <= {me.pw_name}:
        os.chown(module, -1, own.gr_gid)
        folder.check_loaded()
    others = [group.gr_gid for group in grp.getgrall() if group.gr_gid != me.pw_gid] if os.geteuid() == 0 else [group for group in os.getgroups() if group != me.pw_gid]
    if not others:
        raise Skip("there is no other group to give a file to")
    os.chown(module, -1, others[0])
    entry = folder.check_refused(["a group may write to", "libfine.so", "0775"])
    folder.check_mended(entry)


def test_lists_of_access(box):
    """A list of access adds others to the group's right, which alone would do."""
    folder = Marked(box)
    module = folder.marked_module() / "libfine.so"
    try:
        done = subprocess.run(["setfacl", "-m", f"u:{NOBODY}:rw", module], capture_output=True, check=False)
    except FileNotFoundError:
        raise Skip("there is no setfacl") from None
    if done.returncode != 0:
        raise Skip("the file system has no lists of access")
    folder.check_refused(["a group may write to", "libfine.so"])


def test_belongs_to_another(box):
    """As when sudo runs the program with a SONDE_PLUGIN_PATH of somebody else: root loads nobody else's code."""
    need_root()
    folder = Marked(box)
    plugin = folder.marked_module()
    for path in (plugin / "libfine.so", plugin / "fine.plugin", plugin, folder.path):
        os.chown(path, NOBODY, -1)
        entry = folder.check_refused([f"“{path}”", "belongs to another user", pwd.getpwuid(NOBODY).pw_name])
        contains(entry["remedy"], ["chown", str(path)], "remedy")
        folder.check_mended(entry)


def test_links(box):
    """What a link leads to is looked at, and all on the way; a link of somebody else is not followed."""
    folder = Marked(box)
    plugin = folder.marked_module()
    (box.root / "open").mkdir()
    (box.root / "shut").mkdir(0o755)
    target = box.root / "open/elsewhere"
    plugin.rename(target)
    plugin.symlink_to("../open/elsewhere")
    folder.check_loaded()
    (box.root / "open").chmod(0o777)
    folder.check_refused(["everybody may write to", f"“{box.root}/open”"])
    # nor where it only passes through
    (box.root / "open/way").symlink_to("../shut")
    target.rename(box.root / "shut/elsewhere")
    plugin.unlink()
    plugin.symlink_to("../open/way/elsewhere")
    folder.check_refused(["everybody may write to", f"“{box.root}/open”"])
    (box.root / "open").chmod(0o755)
    folder.check_loaded()
    module = box.root / "shut/elsewhere/libfine.so"
    (box.root / "open/code").mkdir()
    module.rename(box.root / "open/code/libfine.so")
    module.symlink_to("../../open/code/libfine.so")
    folder.check_loaded()
    (box.root / "open/code/libfine.so").chmod(0o666)
    folder.check_refused(["everybody may write to", f"“{box.root}/open/code/libfine.so”"])
    (box.root / "open/code/libfine.so").chmod(0o644)
    plugin.unlink()
    plugin.symlink_to("fine")
    equal([name for name, _ in folder.listed() if name == "fine"], [], "plugins behind a link to itself")


def test_links_of_another(box):
    need_root()
    folder = Marked(box)
    plugin = folder.marked_module()
    plugin.rename(box.root / "elsewhere")
    plugin.symlink_to(box.root / "elsewhere")
    folder.check_loaded()
    os.lchown(plugin, NOBODY, -1)
    folder.check_refused([f"“{plugin}”", "belongs to another user"])


def test_not_the_current_folder(box):
    """A folder that somebody works in may be a stranger's."""
    folder = Marked(box)
    folder.marked_module()
    (box.work / "fine").symlink_to(folder.path / "fine")
    for path in (".", "", ":", "fine", "./fine::"):
        equal([name for name, _ in folder.listed(env={"SONDE_PLUGIN_PATH": f"{path}:{box.environment['SONDE_PLUGIN_PATH']}"}) if name == "fine"], [], f"plugins with the path {path!r}")
    check(not folder.mark.exists(), "its code was loaded")


def test_folders_of_the_program(box):
    """Whoever can write where the library lies can change the program itself: no plugin is refused for it."""
    need_root()
    folder = box.installation.data.parent.parent
    inner = box.environment["SONDE_PLUGIN_PATH"]
    states = {plugin["name"]: plugin["state"] for plugin in json.loads(box.sonde("list", "--json").out)}
    os.chown(folder, NOBODY, -1)
    try:
        equal({plugin["name"]: plugin["state"] for plugin in json.loads(box.sonde("list", "--json").out)}, states, "states where the prefix belongs to somebody")
        os.chown(inner, NOBODY, -1)
        found = [plugin for plugin in json.loads(box.sonde("list", "--json").out) if plugin["manifest"].startswith(inner)]
        equal({plugin["state"] for plugin in found}, {"unavailable"}, "states where their folder belongs to somebody")
    finally:
        os.chown(folder, 0, -1)
        os.chown(inner, 0, -1)


# --------------------------------------------------------- plugins in Python

def python_folder(box):
    folder = Marked(box)
    plugins.needs_python(folder)
    return folder


def test_python_files(box):
    """The script, what it may import from its folder, and what was compiled of both."""
    folder = python_folder(box)
    plugin = folder.marked_script()
    (plugin / "beside.py").write_text("x = 1\n")
    (plugin / "package").mkdir()
    (plugin / "package/__init__.py").write_text("")
    (plugin / "package/native.cpython-311-x86_64-linux-gnu.so").write_bytes(b"")
    (plugin / "__pycache__").mkdir()
    (plugin / "__pycache__/other.cpython-311.pyc").write_bytes(b"")
    (plugin / "notes.txt").write_text("")
    (plugin / "notes.txt").chmod(0o666)
    folder.check_loaded()
    for name in ("fine.py", "beside.py", "package", "package/__init__.py", "package/native.cpython-311-x86_64-linux-gnu.so", "__pycache__", "__pycache__/other.cpython-311.pyc", "."):
        path = plugin / name
        mode = path.stat().st_mode & 0o777
        path.chmod(mode | 0o002)
        folder.check_mended(folder.check_refused(["everybody may write to", str(path)]))
        path.chmod(mode)
    (box.root / "open").mkdir(mode=0o777)
    (box.root / "open").chmod(0o777)
    (box.root / "open/later.py").write_text("x = 1\n")
    (plugin / "later.py").symlink_to(box.root / "open/later.py")
    folder.check_refused([f"“{box.root}/open”"])


def test_python_of_data(box):
    """What stands around every plugin in Python is code too, though it lies with the data."""
    folder = python_folder(box)
    folder.marked_script()
    data = box.root / "data"
    (data / "python/gi/overrides").mkdir(parents=True)
    (data / "python/gi/overrides/Sonde.py").write_text(f"open({str(folder.mark)!r}, 'w').close()\n")
    env = {"SONDE_DATA_PATH": f"{data}:{box.environment['SONDE_DATA_PATH']}"}
    data.chmod(0o777)
    entry = folder.check_refused(["in Python", "everybody may write to", f"“{data}”"], env=env)
    contains(entry["remedy"], ["chmod go-w", str(data)], "remedy")
    equal(folder.entry("rsa", env=env)["state"], "enabled", "state of a plugin in C")
    data.chmod(0o755)
    (data / "python/gi/overrides/Sonde.py").chmod(0o666)
    folder.check_refused(["in Python", f"“{data}/python/gi/overrides/Sonde.py”"], env=env)


def test_python_finds_nothing_here(box):
    """A path in the environment that ends in a colon stands for the current folder, whoever filled that."""
    folder = python_folder(box)
    folder.marked_script()
    for name in ("json", "numpy", "gi"):
        (box.work / f"{name}.py").write_text(f"open({str(box.root / 'trap')!r}, 'w').close()\n")
    for name in ("Sonde-1", "Peas-1.0", "Gio-2.0", "GObject-2.0", "GLib-2.0"):
        (box.work / f"{name}.typelib").write_bytes(b"none that can be read")
    for variable in ("PYTHONPATH", "GI_TYPELIB_PATH"):
        old = box.environment.get(variable, "")
        for value in (f"{old}:", f":{old}", f".:{old}", f"{old}::"):
            equal(folder.entry("fine", "--check", env={variable: value})["state"], "enabled", f"state with {variable}={value}")
            check(not (box.root / "trap").exists(), f"a module in the current folder was imported with {variable}={value}")


# --------------------------------------------------------------- other rights

def test_setuid(box):
    """A program with others' rights takes nothing from the environment, and no build folder beside it."""
    need_root()
    if box.installation.is_sanitized:
        raise Skip("a sanitizer does not run with other rights")
    program = box.installation.build / "tests/core/print-paths"
    (box.root / "core").mkdir()
    copy = box.root / "core/print-paths"
    copy.write_bytes(program.read_bytes())
    (box.root / "sonde-build-tree.ini").write_text(f"[Build]\ndata={box.root}\npython={box.root}\n")
    env = {**box.environment, "SONDE_PLUGIN_PATH": "/plugins-of-somebody", "SONDE_DATA_PATH": "/data-of-somebody", "XDG_DATA_HOME": "/home-of-somebody"}
    env.pop("LD_LIBRARY_PATH")
    copy.chmod(0o755)
    plain = subprocess.run([copy], env=env, capture_output=True, text=True, check=True, timeout=60).stdout
    contains(plain, ["privileged: no", "/plugins-of-somebody", "/data-of-somebody", "/home-of-somebody/sonde/plugins", f"{box.root}/plugins"], "paths of a plain program")
    os.chown(copy, NOBODY, -1)
    copy.chmod(0o4755)
    told = subprocess.run([copy], env=env, capture_output=True, text=True, check=True, timeout=60).stdout
    if "privileged: yes" not in told:
        raise Skip("programs get no other rights in this folder")
    check("somebody" not in told and str(box.root) not in told, f"paths of a program with others' rights: {told}")
    contains(told, ["plugins: /", "data: /"], "paths of a program with others' rights")


# --------------------------------------------------- what strangers' files name

def test_loaders(box):
    """Plugins are in C or in Python: no other loader is asked for, whatever a manifest says."""
    folder = Marked(box)
    for loader in ("lua5.1", "gjs", "python", "../fine", "C++"):
        name = re.sub(r"\W", "-", f"with-{loader}")
        folder.manifest(name, Loader=loader)
        (folder.path / name / f"{name}.lua").write_text(f"io.open('{folder.mark}', 'w')\n")
        (folder.path / name / f"{name}.py").write_text(f"open({str(folder.mark)!r}, 'w')\n")
        entry = folder.check_refused([loader], name=name)
        contains(entry["remedy"], ["in C", "python3"], "remedy")


def test_modules_elsewhere(box):
    """A manifest that names a module by a path, out of its folder."""
    folder = Marked(box)
    folder.marked_module("elsewhere")
    (folder.path / "elsewhere").rename(box.root / "elsewhere")
    for name, module in (("up", "../../elsewhere/libelsewhere.so"), ("absolute", f"{box.root}/elsewhere/libelsewhere.so"), ("sly", "../../elsewhere/elsewhere")):
        folder.manifest(name, Module=module)
        found = [entry for entry in folder.listed("--check", status=1).values() if entry["manifest"].endswith(f"/{name}.plugin")]
        equal([entry["state"] for entry in found], ["unavailable"], f"states of {name}")
        contains(found[0]["reason"], ["Module", module], f"reason of {name}")
        check(not folder.mark.exists(), f"{module} was loaded")
        check(found[0]["remedy"], "there is no remedy")


def test_strangers_recipe(box):
    """A recipe enables what is installed, and nothing by a path."""
    folder = Marked(box)
    folder.marked_module()
    for chain, tap in ((f"{folder.path}/fine/libfine.so", "mlp-stages"), ("cosine", f"{folder.path}/fine"), ("fine ! cosine", "fine"), ("cosine ! `touch mark`", "mlp-stages"), ("cosine ! $(touch mark)", "mlp-stages")):
        (box.work / "odd.recipe").write_text(f"[Recipe]\ntap={tap}\nchain={chain}\n[Condition a]\nkind=prefix\n")
        told = box.sonde("run", "odd.recipe", *box.inputs(), status=1)
        equal(len(told.errors), 1, f"sentences: {told.err}; number")
        check(not folder.mark.exists() and not (box.work / "mark").exists(), f"the recipe with {chain} and {tap} ran code")
    (box.work / "odd.recipe").write_text("[Recipe]\ntap=mlp-stages\nchain=cosine\ntarget=\\scoffee\n[Condition a]\nkind=prefix\n[Analyzer cosine]\nmodule=/x.so\n")
    contains(box.sonde("run", "odd.recipe", *box.inputs(), status=1).err, ["module"], "a property that is none")


def test_completion(box):
    """What a shell puts on the command line is no command, whatever a plugin or a recipe is called."""
    folder = Marked(box)
    for name in ("x$(touch mark)", "x`touch mark`", "x;touch mark", "x&touch", "x|sh", "x>mark", "x\"y", "x'y", "x y", "x\\\\y"):
        path = folder.path / f"p{len(list(folder.path.iterdir()))}.plugin"
        path.write_text(f"[Plugin]\nModule={name}\nName=x\nX-Sonde-API=1\nX-Sonde-Kind=analyzer\n")
    recipes = box.root / "home/.local/share/sonde/recipes"
    recipes.mkdir(parents=True)
    for name in ("y$(touch mark)", "y;touch mark", "yes"):
        shutil.copy(box.installation.data / "recipes/mlp-progression.recipe", recipes / f"{name}.recipe")
    contains([name for name, _ in folder.listed()], ["x;touch mark", "x$(touch mark)"], "names of plugins")
    for words in (["inspect", "x"], ["run", "x"], ["run", ""], ["enable", "x"], ["run", "--set", "x"], ["inspect", ""]):
        offered = box.sonde("complete", "--", *words, env=folder.env).out.splitlines()
        equal([word for word in offered if word.startswith("x")], [], f"words that {words} may end in")
    equal([word for word in box.sonde("complete", "--", "run", "y").out.splitlines()], ["yes"], "names of recipes that are offered")


if __name__ == "__main__":
    main(tests_of(globals()))
