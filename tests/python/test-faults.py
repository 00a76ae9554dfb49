# SPDX-License-Identifier: LGPL-2.1-or-later
"""Whatever a plugin in Python raises: exit status 1 and one sentence with class, method, file and line; no traceback, and the host lives on."""

import os
import re
import shutil
import signal
import subprocess
import time

from python_box import Skip, check, contains, equal, list_environment, main, python, write_plugin

HEAD = '''
import os, sys, time
WHERE, _, KIND = os.environ.get("FAULT", "").partition(":")

def fault(where):
    if where != WHERE:
        return False
    if KIND == "exit":
        sys.exit(3)
    if KIND == "loop":
        while True:
            pass
    if KIND == "sleep":
        time.sleep(60)
    if KIND == "own":
        raise GLib.Error("a sentence of my own")
    if KIND == "mute":
        class Mute(Exception):
            def __str__(self): raise ValueError
        raise Mute
    if KIND == "wrong":
        return True
    raise {"": ValueError, "key": KeyError, "interrupt": KeyboardInterrupt, "lines": OSError}[KIND]("of no use\\nat all")
'''

ANALYZER = HEAD + '''
class FaultyAnalyzer(GObject.Object, Sonde.Analyzer):
    __gtype_name__ = "FaultyAnalyzer"
    def __init__(self):
        super().__init__()
        fault("__init__")
        self.table = Sonde.new_table("faulty", "Nothing", x=int)
    def do_describe(self):
        description = Sonde.Description.new()
        description.add_table(self.table)
        return 3 if fault("describe") else description
    def do_prepare(self, investigation):
        return None if fault("prepare") else True
    def do_estimate(self, estimate):
        fault("estimate")
    def do_process(self, frame, cancellable):
        return "x" if fault("process") else True
    def do_finish(self, cancellable):
        result = Sonde.Result.new()
        result.add_table(self.table)
        return [] if fault("finish") else result
'''

TAP = HEAD + '''
class FaultyTap(GObject.Object, Sonde.Tap):
    __gtype_name__ = "FaultyTap"
    def do_dup_stages(self, model):
        if fault("dup_stages"):
            return [1]
        return [Sonde.Stage.new_for_site(model, "s", "S", "Stage", "the stage", "mlp.in", True)]
    def do_dup_wanted(self):
        return [1] if fault("dup_wanted") else [Sonde.Stage.new("s", "S", "Stage", "the stage", "mlp.in", "")]
'''

PROVIDER = HEAD + '''
import array

class FaultyModel(GObject.Object, Sonde.Model, Sonde.Tokenizer):
    __gtype_name__ = "FaultyModel"
    def do_get_name(self): return 1 if fault("get_name") else "Faulty"
    def do_get_n_layers(self): return "a" if fault("get_n_layers") else 2
    def do_get_max_positions(self): return -1 if fault("get_max_positions") else 0
    def do_dup_sites(self): return [7] if fault("dup_sites") else [Sonde.Site.new("x", "x", 3, True)]
    def do_dup_warnings(self): return [None] if fault("dup_warnings") else []
    def do_get_tokenizer(self): return 5 if fault("get_tokenizer") else self
    def do_foreach_file(self, func, data): fault("foreach_file"); func("config", __file__)
    def do_estimate(self, batch, selection, estimate): fault("estimate")
    def do_run(self, batch, selection, func, data, cancellable):
        if fault("run"):
            return None
        n = batch.get_n_rows()
        for i in range(selection.get_n_pairs()):
            layer, site = selection.get_pair(i)
            func(layer, site, Sonde.Tensor.new(Sonde.Dtype.F32, [n, 3], GLib.Bytes.new(array.array("f", [(j * j + layer) % 5 for j in range(3 * n)]).tobytes())))
        return True
    def do_encode(self, text, length, tokens):
        for i, byte in enumerate(text):
            tokens.add(byte, i, i + 1)
        return None if fault("encode") else True
    def do_dup_token(self, number): return 8 if fault("dup_token") else GLib.Bytes.new(bytes([number]))
    def do_get_n_tokens(self): return None if fault("get_n_tokens") else 256

class FaultyTap(GObject.Object, Sonde.Tap):
    __gtype_name__ = "FaultyModelTap"
    def do_dup_stages(self, model): return [Sonde.Stage.new_for_site(model, "x", "X", "X", "x", "x", True)]

class FaultyProvider(GObject.Object, Sonde.ModelProvider):
    __gtype_name__ = "FaultyProvider"
    def do_probe(self, path):
        return 100 if fault("probe") else (100, None) if path.endswith(".faulty") else (0, "no")
    def do_open(self, path, cancellable): return self if fault("open") else FaultyModel()
    def do_dup_sites(self): return 9 if fault("provider.dup_sites") else []
'''

ONE_TAP = '''
class OnetapTap(GObject.Object, Sonde.Tap):
    __gtype_name__ = "OnetapTap"
    def do_dup_stages(self, model): return [Sonde.Stage.new_for_site(model, "x", "X", "X", "x", "x", True)]
'''


def place(box, kind, code):
    folder = box.work / "plugins"
    if not folder.exists():
        write_plugin(folder, "faulty", kind, code)
        write_plugin(folder, "onetap", "tap", ONE_TAP)
    return list_environment(box, folder)


def refused(box, environment, fault, command, words, lines=1):
    """One sentence, status 1, nothing on stdout, no report."""
    result = box.sonde(*command, env={**environment, "FAULT": fault}, status=None)
    equal(result.status, 1, f"status for {fault}, with {result.err!r}")
    contains(result.err, [str(box.work / "plugins/faulty/faulty.py"), " line ", *words], f"the sentence for {fault}")
    equal((result.out, len(result.errors)), ("", lines), f"stdout and lines on stderr for {fault}: {result.err!r}")
    check("Traceback" not in result.err and not (box.work / "out").exists(), f"{fault} left a traceback or a report: {result.err}")
    return result.err


def line_of(box, text):
    lines = (box.work / "plugins/faulty/faulty.py").read_text().splitlines()
    return 1 + next(i for i, line in enumerate(lines) if text in line)


def test_analyzers(box):
    environment = place(box, "analyzer", ANALYZER)
    run = ["run", "faulty", "--output", "out", "--quiet"]
    for method in ("__init__", "describe", "prepare", "estimate", "process", "finish"):
        text = refused(box, environment, method, run, ["FaultyAnalyzer", f" {method}: ", "ValueError: of no use at all"])
        check(f"line {line_of(box, 'raise {')}" in text, f"the innermost line of the plugin's: {text}")
    for method, found, due in (("describe", "int", "Description"), ("prepare", "None", "bool"), ("process", "str", "bool"), ("finish", "list", "Result")):
        text = refused(box, environment, f"{method}:wrong", run, [f"gave {found}, where {due} is expected"])
        check(f"line {line_of(box, f'def do_{method}')}" in text, f"the line of the method: {text}")
    for fault, word in (("process:exit", "SystemExit: 3"), ("describe:exit", "SystemExit"), ("finish:key", "KeyError"), ("process:mute", "Mute")):
        refused(box, environment, fault, run, [word])
    refused(box, environment, "describe", ["inspect", "faulty"], ["describe"])
    refused(box, environment, "__init__", ["inspect", "faulty"], ["__init__"])
    own = box.sonde(*run, env={**environment, "FAULT": "process:own"}, status=1).err
    equal(own, "sonde: faulty: a sentence of my own\n", "a sentence of the plugin's own")
    equal(box.sonde(*run, env={**environment, "FAULT": "process:interrupt"}, status=130).errors, ["sonde: interrupted; nothing was left behind"], "KeyboardInterrupt")
    check("Traceback" in box.sonde(*run, env={**environment, "FAULT": "process", "G_MESSAGES_DEBUG": "sonde"}, status=1).err, "whoever looks for a fault sees the traceback")
    box.sonde(*run, env=environment)


def test_names_of_files(box):
    for name in (".hidden", "a/b", "../b", "n" * 201):
        shutil.rmtree(box.work / "plugins", ignore_errors=True)
        environment = place(box, "analyzer", ANALYZER.replace('new_table("faulty"', f'new_table("{name}"'))
        result = box.sonde("run", "faulty", "--output", "out", "--quiet", env=environment, status=1)
        contains(result.err, [f"FaultyAnalyzer: “{name}” is no name for a table", "200 bytes", "without a slash", "tell its authors"], "the sentence")
        equal((len(result.errors), (box.work / "out").exists()), (1, False), f"lines on stderr, and whether there is a report: {result.err}")


def test_taps(box):
    environment = place(box, "tap", TAP)
    run = ["run", "faulty", "!", "dimensionality", "--output", "out", "--quiet"]
    refused(box, environment, "dup_stages", run, ["FaultyTap failed in dup_stages", "ValueError"])
    refused(box, environment, "dup_stages:wrong", run, ["gave list, where a list of Stage is expected"])
    equal(box.sonde(*run, env={**environment, "FAULT": "dup_stages:own"}, status=1).err, "sonde: a sentence of my own\n", "a sentence of the plugin's own")
    refused(box, environment, "dup_wanted", ["inspect", "faulty"], ["FaultyTap failed in dup_wanted", "ValueError"])
    refused(box, environment, "dup_wanted:wrong", ["inspect", "faulty"], ["gave list, where a list of Stage is expected"])
    contains(box.sonde("inspect", "faulty", env=environment).out, ["mlp.in"], "what the tap wants")


def test_providers(box):
    environment = place(box, "model-provider", PROVIDER)
    (box.work / "x.faulty").touch()
    (box.work / "text.txt").write_text("many words, one text, and e at the end of some more, and the rest")
    run = ["run", "onetap", "!", "dimensionality", "--model", "x.faulty", "--text", "text.txt", "--target", "e", "--output", "out", "--quiet"]
    box.sonde(*run, env=environment)
    shutil.rmtree(box.work / "out")
    for method, who in (("probe", "FaultyProvider"), ("open", "FaultyProvider"), *((name, "FaultyModel") for name in (
            "get_name", "get_n_layers", "get_max_positions", "dup_sites", "dup_warnings", "get_tokenizer", "foreach_file", "estimate", "run", "encode", "get_n_tokens"))):
        refused(box, environment, method, run, [who, f" {method}: ", "ValueError: of no use at all"])
        if method not in ("foreach_file", "estimate"):
            refused(box, environment, f"{method}:wrong", run, [f" {method}: TypeError: it gave "])
    refused(box, environment, "provider.dup_sites", ["inspect", "faulty"], ["dup_sites"])


def test_the_host_lives_on(box):
    """In Python: each fault is an exception with the sentence, and the next run works."""
    place(box, "analyzer", ANALYZER)
    script = '''
import os, gi
gi.require_version("Sonde", "1")
from gi.repository import GLib, GObject, Sonde
registry = Sonde.Registry.new()
class Tokens(GObject.Object, Sonde.Tokenizer):
    def do_encode(self, text, length, tokens): return True
    def do_dup_token(self, number): raise ValueError("no token")
tokens = Tokens()
assert tokens.dup_token(3) is None  # it cannot fail, so that the next that can does
try:
    tokens.encode(b"a")
except GLib.Error as error:
    assert "failed in dup_token: ValueError: no token" in error.message, error.message
assert tokens.encode(b"a") == []
Sonde.run_recipe("mlp-stages ! faulty", registry=registry, layers="0")
import faulty
for where in ("describe", "prepare", "estimate", "process", "finish"):
    faulty.WHERE = where
    try:
        Sonde.run_recipe("mlp-stages ! faulty", registry=registry, layers="0")
        print("nothing was raised")
    except GLib.Error as error:
        print(error.matches(Sonde.error_quark(), Sonde.Error.PLUGIN), error.message)
faulty.WHERE = ""
print(len(Sonde.run_recipe("mlp-stages ! faulty", registry=registry, layers="0")))
def refuse(layer, site, tensor, data):
    raise LookupError("my own")
batch = Sonde.Batch.new()
batch.add([1, 2], [0])
selection = Sonde.Selection.new()
model = registry.open_model(Sonde.paths_find_data("demo-model"))
selection.add(0, model.list_sites()[1].name)
try:
    model.run(batch, selection, refuse)
except LookupError as error:
    print(error)
'''
    done = python(box, script, plugins=[box.work / "plugins"])
    lines = done.stdout.splitlines()
    equal((len(lines), done.stderr), (7, ""), f"lines, and stderr: {lines}")
    for where, line in zip(("describe", "prepare", "estimate", "process", "finish"), lines):
        contains(line, ["True ", f"failed in {where}: ValueError: of no use at all", "faulty.py, line"], "an error")
    equal(lines[5:], ["1", "'my own'" if "'my own'" in lines[6] else "my own"], "results afterwards, and what the caller's function raised")


def interrupt(box, environment, fault, number, again=False):
    process = box.start("run", "faulty", "--output", "out", "--quiet", env={**environment, "FAULT": fault}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        time.sleep(2.5)
        check(process.poll() is None, f"it ended by itself: {process.returncode}")
        start = time.monotonic()
        process.send_signal(number)
        if again:
            time.sleep(0.3)
            process.send_signal(number)
        err = process.communicate(timeout=20)[1]
        return process.returncode, err, time.monotonic() - start
    finally:
        process.kill()
        process.wait()


def test_ctrl_c_in_python_code(box):
    """A loop without end in Python ends at once; what waits in C ends with the second signal, as everywhere."""
    environment = place(box, "analyzer", ANALYZER)
    for number in (signal.SIGINT, signal.SIGTERM):
        status, err, seconds = interrupt(box, environment, "process:loop", number)
        equal((status, err), (130, "sonde: interrupted; nothing was left behind\n"), "status and stderr")
        check(seconds < 10, f"it took {seconds:.2f} seconds")
    for fault in ("process:sleep", "describe:loop"):
        status, _, seconds = interrupt(box, environment, fault, signal.SIGINT, again=True)
        equal((status, seconds < 10), (130, True), f"{fault}: status after the second signal, and whether that was soon")
    check(not (box.work / "out").exists(), "there is a report")


def test_without_the_overrides(box):
    """The sentence is less, and still one: nothing hangs or crashes where Python does not find what helps it."""
    environment = place(box, "analyzer", ANALYZER.replace('Sonde.new_table("faulty", "Nothing", x=int)', "None").replace("description.add_table(self.table)", "pass").replace("result.add_table(self.table)", "pass"))
    if python(box, "import gi.overrides, os; print(any(os.path.exists(p + '/Sonde.py') for p in gi.overrides.__path__))", status=0).stdout.count("True") > 1:
        raise Skip("the overrides are installed for this Python")
    overrides, hidden = box.installation.data / "python", box.installation.data / "hidden"
    overrides.rename(hidden)
    try:
        result = box.sonde("run", "faulty", "--output", "out", "--quiet", env={**environment, "FAULT": "process"}, status=1)
    finally:
        hidden.rename(overrides)
    check(re.search(r"FaultyAnalyzer failed in process without saying why", result.err), result.err)


if __name__ == "__main__":
    main(globals())
