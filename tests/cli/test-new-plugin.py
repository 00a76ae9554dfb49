"""`sonde new-plugin` as a plugin's author meets it: sonde is installed into a temporary folder, and every kind of plugin is begun,
built, tested, loaded and installed against that. Usage: test-new-plugin.py BUILD-FOLDER MESON"""
import array
import csv
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

BUILD, MESON = sys.argv[1:3]
SOURCE = Path(__file__).resolve().parents[2]
KINDS = {"lab-share": "analyzer", "lab-stream": "tap", "lab-waves": "provider"}
PYTHON_KINDS = {"py-share": "analyzer", "py-stream": "tap", "py-waves": "provider"}
TIMEOUT = 240


class Installation:
    """What `meson install` gives, in a folder of its own; and an environment in which it alone is found."""

    def __init__(self, root):
        call([MESON, "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", root / "root"], dict(os.environ))
        pc = next((root / "root").rglob("sonde-1.pc"))
        self.work = root / "work"
        self.work.mkdir()
        self.env = {key: value for key, value in os.environ.items() if not key.startswith(("SONDE_", "XDG_", "G_"))}
        self.env["PKG_CONFIG_PATH"] = f"{pc.parent}:{os.environ.get('PKG_CONFIG_PATH', '')}"
        self.env["LD_LIBRARY_PATH"] = str(pc.parent.parent)
        self.env["PATH"] = f"/usr/bin:/bin:{os.environ['PATH']}"  # what is begun in Python is tested by the first python3
        self.env["LC_ALL"] = "C.UTF-8"
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
            self.env[name] = str(root / "home" / name.lower())
            os.makedirs(self.env[name])
        self.env["SONDE_PLUGIN_PATH"] = self.variable("plugindir")
        self.env["SONDE_DATA_PATH"] = self.variable("datadir")
        self.program = self.variable("program")
        self.typelib = next((root / "root").rglob("Sonde-1.typelib"), None)
        if self.typelib:
            self.env["GI_TYPELIB_PATH"] = str(self.typelib.parent)

    def variable(self, name):
        return call(["pkg-config", f"--variable={name}", "sonde-1"], self.env).stdout.strip()

    def sonde(self, *arguments, plugins=(), status=0):
        path = ":".join([str(p) for p in plugins] + [self.env["SONDE_PLUGIN_PATH"]])
        return call([self.program, *arguments], self.env | {"SONDE_PLUGIN_PATH": path}, self.work, status)


def call(command, env, folder=None, status=0):
    done = subprocess.run([str(word) for word in command], env=env, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
                          encoding="utf-8", timeout=TIMEOUT, check=False)
    assert done.returncode == status, f"{command} ended with {done.returncode}, not {status}\n{done.stdout}\n{done.stderr}"
    return done


def states(here, plugins=()):
    return {p["name"]: (p["kind"], p["state"]) for p in json.loads(here.sonde("list", "--json", plugins=plugins).stdout)}


def refusals_say_why(here):
    """What cannot be begun is refused with one sentence, and leaves nothing behind."""
    (here.work / "taken").mkdir()
    (here.work / "dangling").symlink_to("nowhere")
    for arguments, status, words in (
        (["taken"], 1, "is there already"),
        (["dangling"], 1, "is there already"),
        (["rsa"], 1, "there is a plugin “rsa” already"),
        (["sonde-x"], 1, "choose another name"),
        ([], 2, "one name"),
        (["one", "two"], 2, "one name"),
        (["one", "--kind", "figure"], 2, "choose analyzer, tap or provider"),
        (["one", "--kin"], 2, "--help"),
        *([[name], 2, "is no name of a plugin"] for name in ("", "One", "1one", "one_two", "one-", "one--two", "-", "ö", "a/b", "..", "a" * 61)),
    ):
        done = here.sonde("new-plugin", *arguments, status=status)
        assert words in done.stderr and done.stderr.count("\n") == 1 and not done.stdout, f"{arguments}: {done.stderr}"
    assert sorted(p.name for p in here.work.iterdir()) == ["dangling", "taken"], "something was left behind"


def longest_name_is_taken(here):
    """60 bytes are a name, and so is one letter."""
    for name in ("a" * 60, "a"):
        here.sonde("new-plugin", name)
        assert (here.work / name / f"{name}-analyzer.c").is_file()


def each_kind_builds(here):
    """Every kind, begun, builds out of tree without a warning, and its own tests pass: with the very commands that the README names."""
    for name, kind in KINDS.items():
        here.sonde("new-plugin", name, "--kind", kind)
        folder = here.work / name
        for path in folder.iterdir():
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"@(name|type|api|version)@", text + path.name, re.IGNORECASE), f"{path} has a mark that nothing replaced"
        call([MESON, "setup", "-Dwerror=true", "build"], here.env, folder)
        done = call([MESON, "test", "-C", "build", "--print-errorlogs"], here.env, folder)
        assert re.search(r"^Ok: +3\b", done.stdout, re.MULTILINE), done.stdout


def each_kind_loads(here):
    """The program finds them where SONDE_PLUGIN_PATH says, and loads their code."""
    for name, kind in KINDS.items():
        build = here.work / name / "build"
        expected = ("model-provider" if kind == "provider" else kind, "enabled")
        assert states(here, [build])[name] == expected, states(here, [build])
        page = json.loads(here.sonde("inspect", name, "--json", plugins=[build]).stdout)
        assert page["name"] == name and page["description"], page


def each_kind_keeps_contract(here):
    """As it is begun it keeps what every plugin of its kind keeps, in its own test program; and a fault in it is found there."""
    for name, n_checks in (("lab-share", 40), ("lab-stream", 9), ("lab-waves", 20)):
        folder = here.work / name
        env = here.env | {"SONDE_PLUGIN_PATH": f"{folder / 'build'}:{here.env['SONDE_PLUGIN_PATH']}", "G_TEST_SRCDIR": str(folder)}
        done = call([folder / "build" / f"test-{name}"], env, here.work)
        assert len(re.findall(rf"^ok \d+ /contract/{name}/", done.stdout, re.MULTILINE)) > n_checks, done.stdout
    source = here.work / "lab-share/lab-share-analyzer.c"
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace("return !g_cancellable_set_error_if_cancelled (cancellable, error);", "return TRUE;"), encoding="utf-8")
    call([MESON, "test", "-C", "build"], here.env, source.parent, status=1)
    log = (source.parent / "build/meson-logs/testlog.txt").read_text(encoding="utf-8")
    source.write_text(text, encoding="utf-8")
    call([MESON, "test", "-C", "build"], here.env, source.parent)
    assert "lab-share, cancel: process () went on although its cancellable was cancelled" in log, log


def read_shares(report, threshold):
    """The analyzer's table, computed from the kept activations."""
    data = (report / "capture.safetensors").read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__", None)
    shares = {}
    for name, entry in header.items():
        first, end = entry["data_offsets"]
        values = array.array("f", data[8 + size + first:8 + size + end])
        if sys.byteorder == "big":
            values.byteswap()
        condition, layer, stage = name.split("/")
        shares[condition, layer[1:], stage] = sum(v > threshold for v in values) / len(values)
    return shares


def check_table(path, shares):
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["condition", "layer", "stage", "share"], rows[0]
    assert len(rows) == len(shares), f"{len(rows)} rows, {len(shares)} expected"
    for row in rows:
        expected = shares[row["condition"], row["layer"], row["stage"]]
        assert abs(float(row["share"]) - expected) < 1e-12, f"{row}, {expected} expected"


def analyzer_measures_demo_model(here):
    """In a chain on the demo model and text its table has the numbers that the kept activations give."""
    here.sonde("run", "mlp-stages", "!", "lab-share", "threshold=0.25", "!", "cosine", "--model", SOURCE / "data/demo-model",
               "--text", SOURCE / "data/demo-text.txt", "--output", "demo", "--save-capture", "--quiet", plugins=[here.work / "lab-share/build"])
    shares = read_shares(here.work / "demo", 0.25)
    assert len(shares) == 2 * 12 * 4, len(shares)
    check_table(here.work / "demo/tables/lab-share.csv", shares)
    assert (here.work / "demo/figures/lab-share.svg").is_file()


def uncovered_layers_stay_out(here):
    """A layer that comes only because another analyzer shows it is in no table."""
    here.sonde("run", "lab-share", "!", "cosine", "layer=11", "--layers", "2-3", "--output", "covered", "--quiet", plugins=[here.work / "lab-share/build"])
    with open(here.work / "covered/tables/lab-share.csv", encoding="utf-8", newline="") as file:
        assert {row["layer"] for row in csv.DictReader(file)} == {"2", "3"}


def three_kinds_fit(here):
    """The provider's model, the tap's stages and the analyzer in one chain, each from its own folder."""
    here.sonde("run", "lab-stream", "!", "lab-share", "--model", here.work / "lab-waves/example.lab-waves", "--target", "e",
               "--output", "waves", "--save-capture", "--quiet", plugins=[here.work / name / "build" for name in KINDS])
    shares = read_shares(here.work / "waves", 0)
    assert {stage for _, _, stage in shares} == {"before", "after"}, shares
    check_table(here.work / "waves/tables/lab-share.csv", shares)


def each_kind_in_python(here):
    """In Python each kind passes its own tests, the contract among them; a build without introspection says what is missing."""
    if not here.typelib:
        assert "introspection data" in here.sonde("new-plugin", "py-share", "--python", status=1).stderr
        return "libsonde was built without introspection data"
    other = here.work / "other/python3"  # as of pyenv or conda, first in PATH and without PyGObject
    other.parent.mkdir()
    other.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    other.chmod(0o755)
    env = here.env | {"PATH": f"{other.parent}:{here.env['PATH']}"}
    for name, kind in PYTHON_KINDS.items():
        here.sonde("new-plugin", name, "--python", "--kind", kind)
        folder = here.work / name
        for path in folder.iterdir():
            text = path.read_text(encoding="utf-8")
            assert not re.search(r"@(name|type|api|version)@", text + path.name, re.IGNORECASE), f"{path} has a mark that nothing replaced"
        call([MESON, "setup", "build"], env, folder)
        if not has_pygobject(here.env):
            continue
        done = call([MESON, "test", "-C", "build", "--print-errorlogs"], env, folder)
        assert re.search(r"^Ok: +4\b", done.stdout, re.MULTILINE), done.stdout
        log = (folder / "build/meson-logs/testlog.txt").read_text(encoding="utf-8")
        assert len(re.findall(rf"^ok \d+ /contract/{name}/", log, re.MULTILINE)) > 9, log
    return None if has_pygobject(here.env) else "the system's Python has no PyGObject"


def both_languages_agree(here):
    """The same numbers as from C: the analyzer's on the demo model, and those of all three kinds in one chain."""
    if not here.typelib or not has_pygobject(here.env):
        return "no plugin in Python can be loaded"
    builds = [here.work / name / "build" for name in PYTHON_KINDS]
    here.sonde("run", "py-share", "threshold=0.25", "!", "cosine", "--output", "python", "--quiet", plugins=builds)
    here.sonde("run", "py-stream", "!", "py-share", "--model", here.work / "py-waves/example.py-waves", "--target", "e", "--output", "py-waves-report", "--quiet", plugins=builds)
    for in_c, in_python in (("demo", "python"), ("waves", "py-waves-report")):
        tables = [(here.work / report / f"tables/{name}.csv").read_text(encoding="utf-8") for report, name in ((in_c, "lab-share"), (in_python, "py-share"))]
        assert tables[0] == tables[1], f"{in_c} and {in_python} differ"
        assert (here.work / in_python / "figures/py-share.svg").is_file()
    return None


def has_pygobject(env):
    """Whether the Python that libpeas starts, which is the system's, can import what begun plugins import."""
    return subprocess.run(["/usr/bin/python3", "-c", "import gi, numpy"], env=env, capture_output=True, check=False).returncode == 0


def install_puts_them_with_the_others(here):
    """`meson install` of a plugin needs no path to be set."""
    for name in KINDS:
        call([MESON, "install", "-C", "build", "--quiet"], here.env, here.work / name)
        assert states(here)[name][1] == "enabled"


def main():
    tests = (refusals_say_why, longest_name_is_taken, each_kind_builds, each_kind_loads, each_kind_keeps_contract,
             analyzer_measures_demo_model, uncovered_layers_stay_out, three_kinds_fit, each_kind_in_python, both_languages_agree, install_puts_them_with_the_others)
    failed = 0
    print(f"1..{len(tests)}")
    with tempfile.TemporaryDirectory(prefix="sonde-new-plugin-") as folder:
        here = Installation(Path(folder))
        for number, test in enumerate(tests, 1):
            fault = skipped = None
            try:
                skipped = test(here)
            except (AssertionError, OSError, ValueError, KeyError, IndexError, subprocess.TimeoutExpired) as error:
                fault, failed = f"{type(error).__name__}: {error}", failed + 1
            print(f"{'ok' if fault is None else 'not ok'} {number} - {test.__name__}{f' # SKIP {skipped}' if skipped else ''}", flush=True)
            for line in (fault or "").splitlines():
                print(f"# {line}", flush=True)
    return 1 if failed else 0


sys.exit(main())
