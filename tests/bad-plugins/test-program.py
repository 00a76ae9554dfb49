"""What the program says of plugins with a fault: one sentence, the right exit status, and everything else goes on.
Usage: test-program.py BUILD-FOLDER HAS-INTROSPECTION"""
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

BUILD = Path(sys.argv[1])
INTROSPECTION = sys.argv[2] == "true"
FOLDER = BUILD / "tests/bad-plugins"
SOURCE = Path(__file__).resolve().parents[2]
TIMEOUT = 60

# What is refused before a plugin's code runs, and the words that its sentence has; the registry's own are few here.
UNUSABLE = {
    "bad-no-api": "X-Sonde-API", "bad-other-api": "99", "bad-unknown-kind": "X-Sonde-Kind", "bad-unknown-loader": "bad-unknown-loader",
    "bad-no-name": "bad-no-name", "bad-missing-module": "bad-missing-module", "bad-no-object": "bad-no-object",
    "bad-no-entry": "bad-no-entry", "bad-undefined-symbol": "bad-undefined-symbol", "bad-other-interface": "bad-other-interface",
    "bad-no-interface": "bad-no-interface", "bad-registers-nothing": "bad-registers-nothing",
}
# What ends a run; None: what only the contract finds.
ANALYZERS = {
    "process-both": "something wrong with these numbers", "process-neither": "process", "finish-both": "something wrong with these numbers",
    "finish-neither": "finish", "no-description": "does not describe", "infinite-number": "infinite", "nan-number": None,
    "other-table": "does not describe", "other-column": "other columns", "other-figure": "does not describe", "no-caption": None,
    "unequal": None, "ignores-cancel": None, "changes-frame": None, "changes-attached": None, "no-blurb": None, "default-outside": None,
    "other-start": None, "attaches-nothing": None, "attaches-other-shape": None, "bad-example": None,
    "refuses": "something wrong with these numbers", "two-lines": None, "complains": None,
}
TAPS = {
    "both": "something wrong with this model", "neither": "_stages", "none": "_stages", "unknown-site": "no.such.site",
    "same-id": "two stages with the id in", "id-with-slash": "slashes", "no-label": "label", "silent-refusal": None, "unequal": None,
    "other-wanted": None,
}
PROVIDERS = {
    "open-both": "something wrong with", "open-neither": "open", "not-a-model": "no model", "no-layers": "without layers", "no-reason": None,
    "opens-anything": None, "no-formula": None, "missing-file": "/no/such/file", "wrong-shape": "F32 [",
    "twice": "twice", "unasked": "nobody had asked", "nothing": "did not give site", "goes-on": None, "hides-refusal": None,
    "ignores-cancel": None, "unequal": None, "sees-others": None, "takes-any-id": None,
}
SCRIPTS = {
    "syntax": "bad-python-syntax", "import": "bad-python-import", "no-class": "bad-python-no-class", "init": "",
    "describe": "", "prepare": "prepare", "process": "process", "finish": "finish", "wrong-description": "",
    "wrong-process": "process", "wrong-finish": "finish", "nan-default": "property share is nan", "no-text": "ValueError: no ? text",
}


def environment():
    env = {key: value for key, value in os.environ.items() if not key.startswith(("SONDE_", "XDG_", "G_"))}
    return env | {"SONDE_PLUGIN_PATH": f"{FOLDER}:{BUILD / 'plugins'}", "SONDE_DATA_PATH": str(SOURCE / "data"), "LC_ALL": "C.UTF-8",
                  "GI_TYPELIB_PATH": str(BUILD / "core"), "PYTHONDONTWRITEBYTECODE": "1", "XDG_CONFIG_HOME": WORK, "HOME": WORK}


def sonde(*arguments):
    done = subprocess.run([str(BUILD / "core/sonde"), *arguments], env=environment(), cwd=WORK, stdin=subprocess.DEVNULL, capture_output=True,
                          encoding="utf-8", errors="replace", timeout=TIMEOUT, check=False)
    assert done.returncode in (0, 1), f"{arguments} ended with {done.returncode}\n{done.stderr}"
    return done


def sentences(done):
    """Those of the program; what Python or GLib print of their own is not."""
    return [line for line in done.stderr.splitlines() if line.startswith("sonde: ")]


def check(words, *arguments):
    """The status, and the one sentence with those words; none where words is None."""
    done = sonde(*arguments)
    found = sentences(done)
    if words is None:
        assert done.returncode == 0, f"{arguments} ended with {done.returncode}\n{done.stderr}"
        return
    assert done.returncode == 1 and len(found) == 1, f"{arguments} ended with {done.returncode}, not 1, or not in one sentence\n{done.stderr}"
    assert words in found[0], f"{arguments}: {words} is not in “{found[0]}”"


def run(words, *arguments):
    check(words, "run", *arguments, "--quiet", "--force", "--format", "svg", "--output", "report")


def all_are_listed():
    """`list` goes on whatever it meets, and says why each of those that it can tell cannot be used."""
    done = sonde("list", "--json")
    assert done.returncode == 0, done.stderr
    plugins = {plugin["name"]: plugin for plugin in json.loads(done.stdout)}
    assert plugins["distribution"]["state"] == "enabled"
    for name in ("bad-no-api", "bad-other-api", "bad-unknown-kind"):
        assert plugins[name]["state"] == "unavailable" and UNUSABLE[name] in plugins[name]["reason"], plugins[name]
    assert sonde("list").returncode == 0


def unusable_ones_are_refused():
    """In a chain by itself, and beside one that is sound."""
    for name, words in UNUSABLE.items():
        run(words, name)
        run(words, "distribution", "!", name)


def inspection_goes_on():
    """`inspect` describes what it can, or says in one sentence why not."""
    names = [f"bad-analyzer-{n}" for n in ANALYZERS] + [f"bad-tap-{n}" for n in TAPS] + [f"bad-provider-{n}" for n in PROVIDERS] + list(UNUSABLE)
    for name in names:
        done = sonde("inspect", name)
        assert len(sentences(done)) == (done.returncode == 1), f"{name}: {done.stderr}"
        assert done.returncode == 0 or name in sentences(done)[0], done.stderr
        assert done.returncode == 0 or name in UNUSABLE, done.stderr


def analyzers_end_in_a_sentence():
    """A run with each analyzer that has a fault."""
    for name, words in ANALYZERS.items():
        run(words, f"bad-analyzer-{name}")


def taps_end_in_a_sentence():
    """A run with each tap that has a fault."""
    for name, words in TAPS.items():
        run(words, f"bad-tap-{name}", "!", "distribution")


def providers_end_in_a_sentence():
    """A run of a model of each provider that has a fault."""
    Path(WORK, "text").write_text("text of a test, the best", encoding="utf-8")
    for name, words in PROVIDERS.items():
        source = Path(WORK, f"example.bad-provider-{name}")
        source.write_text("model", encoding="utf-8")
        run(words, "named-sites", "sites=in", "!", "distribution", "--model", str(source), "--text", "text", "--target", "e")


def scripts_end_in_a_sentence():
    """A run with each analyzer in Python that raises or returns what it must not."""
    env = environment()
    if not INTROSPECTION or subprocess.run(["/usr/bin/python3", "-c", "import gi; gi.require_version('Peas', '1.0')"], env=env, check=False, capture_output=True).returncode:
        return "libsonde was built without introspection data, or the system's Python has no PyGObject"
    for name, words in SCRIPTS.items():
        run(words, f"bad-python-{name}")
        done = sonde("inspect", f"bad-python-{name}")
        assert len(sentences(done)) == (done.returncode == 1), f"{name}: {done.stderr}"
    done = subprocess.run([str(BUILD / "core/sonde"), "inspect", "bad-python-process"], env=env | {"PYTHONHASHSEED": "x"}, cwd=WORK, stdin=subprocess.DEVNULL, capture_output=True,
                          encoding="utf-8", timeout=TIMEOUT, check=False)
    assert done.returncode == 1 and "PYTHONHASHSEED" in done.stderr and "a plugin ended the program" in done.stderr, f"where Python does not start: {done.stderr}"
    return None


def twins_do_not_meet():
    """Two classes of one name: each plugin works without the other as far as it goes, and both together end in a sentence."""
    run("bad-twin-two", "bad-twin-one", "!", "bad-twin-two")


def sound_ones_still_work():
    """With all of them in the way, a sound chain runs."""
    run(None, "distribution")


def main():
    tests = (all_are_listed, unusable_ones_are_refused, inspection_goes_on, analyzers_end_in_a_sentence, taps_end_in_a_sentence,
             providers_end_in_a_sentence, scripts_end_in_a_sentence, twins_do_not_meet, sound_ones_still_work)
    failed = 0
    print(f"1..{len(tests)}")
    for number, test in enumerate(tests, 1):
        fault = skipped = None
        try:
            skipped = test()
        except (AssertionError, OSError, ValueError, KeyError, IndexError, subprocess.TimeoutExpired) as error:
            fault, failed = f"{type(error).__name__}: {error}", failed + 1
        print(f"{'ok' if fault is None else 'not ok'} {number} - {test.__name__}{f' # SKIP {skipped}' if skipped else ''}", flush=True)
        for line in (fault or "").splitlines():
            print(f"# {line}", flush=True)
    return 1 if failed else 0


with tempfile.TemporaryDirectory(prefix="sonde-bad-") as WORK:
    status = main()
sys.exit(status)
