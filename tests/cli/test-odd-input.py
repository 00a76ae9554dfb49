# SPDX-License-Identifier: LGPL-2.1-or-later
"""Odd input: one sentence that says what, where, found and expected; exit status 1; and nothing is written."""

import json
import math
import os
import re
import shutil
import struct
import subprocess
import sys

from harness import Skip, check, contains, equal, main, make_model, make_text, read_results, read_table, snapshot, tests_of

NOBODY = 65534


def refused(box, arguments, words, status=1, command="run", **more):
    """What every refusal has in common. Warnings may stand before the sentence."""
    before = snapshot(box.root)
    result = box.sonde(*([command] if command else []), *arguments, status=status, **more)
    equal(result.out, "", "stdout")
    equal(len(result.errors), 1, f"lines on stderr that are no warning:\n{result.err}\nnumber")
    check(result.errors[0].startswith("sonde: "), f"the sentence begins otherwise: {result.err}")
    contains(result.errors[0], words, "the sentence")
    equal(snapshot(box.root), before, "the files")
    return result


# --------------------------------------------------------------- the model
# Each spoils a sound model in its own way and returns the words that the sentence must have.

def edit_config(**changes):
    def spoil(model):
        path = model / "config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
    return spoil


def edit_header(edit):
    """Changes the header of model.safetensors; the data stay."""
    def spoil(model):
        path = model / "model.safetensors"
        data = path.read_bytes()
        length = struct.unpack("<Q", data[:8])[0]
        header = json.loads(data[8:8 + length])
        edit(header)
        text = json.dumps(header).encode()
        path.write_bytes(struct.pack("<Q", len(text)) + text + data[8 + length:])
    return spoil


def edit_weight(name, index, value):
    def spoil(model):
        path = model / "model.safetensors"
        data = bytearray(path.read_bytes())
        length = struct.unpack("<Q", data[:8])[0]
        begin = 8 + length + json.loads(data[8:8 + length])[name]["data_offsets"][0]
        data[begin + 4 * index:begin + 4 * index + 4] = struct.pack("<f", value)
        path.write_bytes(data)
    return spoil


def write(name, content):
    return lambda model: (model / name).write_bytes(content)


def truncate(name, size):
    return lambda model: os.truncate(model / name, size(os.path.getsize(model / name)))


def remove(*names):
    return lambda model: [(model / name).unlink() for name in names]


def pickle_only(model):
    (model / "model.safetensors").rename(model / "pytorch_model.bin")


def drop_tensor(header):
    del header["h.1.mlp.c_fc.weight"]


def rename_tensor(header):
    header["h.0.ln_2.gain"] = header.pop("h.0.ln_2.weight")


def transpose_tensor(header):
    header["h.1.mlp.c_fc.weight"]["shape"].reverse()


def retype_tensor(header):
    header["h.1.mlp.c_fc.weight"]["dtype"] = "I32"


def overlap_tensors(header):
    header["wpe.weight"]["data_offsets"] = header["wte.weight"]["data_offsets"]


def enlarge_tensor(header):
    header["wte.weight"]["shape"] = [1 << 40, 1 << 40]


MODELS = {
    "another family": (edit_config(model_type="llama"), ["config.json", "llama", "gpt2"]),
    "no family": (edit_config(model_type=None), ["config.json", "model_type", "gpt2"]),
    "no configuration": (remove("config.json"), ["model", "config.json"]),
    "a truncated configuration": (truncate("config.json", lambda n: n // 2), ["config.json"]),
    "an empty configuration": (write("config.json", b""), ["config.json"]),
    "an unknown activation": (edit_config(activation_function="swish"), ["config.json", "activation_function", "swish", "gelu_new"]),
    "heads that do not divide": (edit_config(n_head=3), ["config.json", "n_embd", "8", "n_head", "3"]),
    "no layers": (edit_config(n_layer=0), ["config.json", "n_layer", "0"]),
    "a billion layers": (edit_config(n_layer=10 ** 9), ["config.json", "n_layer", "1000000000"]),
    "a layer more than there is": (edit_config(n_layer=3), ["model.safetensors", "h.2."]),
    "only a pickle": (pickle_only, ["model", "pytorch_model.bin", "pickle", "model.safetensors", "convert"]),
    "no weights": (remove("model.safetensors"), ["model", "no weights", "model.safetensors"]),
    "a tensor that is missing": (edit_header(drop_tensor), ["model.safetensors"]),
    "a tensor under another name": (edit_header(rename_tensor), ["model.safetensors", "h.0.ln_2.weight"]),
    "a tensor of another shape": (edit_header(transpose_tensor), ["model.safetensors", "h.1.mlp.c_fc.weight", "[32, 8]", "[8, 32]"]),
    "a tensor of another type": (edit_header(retype_tensor), ["model.safetensors", "h.1.mlp.c_fc.weight", "I32", "F32"]),
    "tensors that overlap": (edit_header(overlap_tensors), ["model.safetensors"]),
    "a tensor larger than the world": (edit_header(enlarge_tensor), ["model.safetensors", "wte.weight"]),
    "a vocabulary larger than the embedding": (edit_config(vocab_size=10), ["model.safetensors", "wte.weight", "[263, 8]", "[10, 8]"]),
    "weights cut at 0": (truncate("model.safetensors", lambda n: 0), ["model.safetensors"]),
    "weights cut in the length": (truncate("model.safetensors", lambda n: 5), ["model.safetensors"]),
    "weights cut in the header": (truncate("model.safetensors", lambda n: 500), ["model.safetensors"]),
    "weights cut in the data": (truncate("model.safetensors", lambda n: n - 100), ["model.safetensors"]),
    "weights cut by a byte": (truncate("model.safetensors", lambda n: n - 1), ["model.safetensors"]),
    "a header length beyond reason": (write("model.safetensors", b"\xff" * 100), ["model.safetensors"]),
    "a header that is no JSON": (write("model.safetensors", struct.pack("<Q", 8) + b"nonsense"), ["model.safetensors"]),
    "NaN in the weights": (edit_weight("h.1.mlp.c_fc.weight", 33, math.nan), ["model.safetensors", "h.1.mlp.c_fc.weight", "NaN", "[1, 1]"]),
    "infinity in the weights": (edit_weight("h.0.ln_1.bias", 3, -math.inf), ["model.safetensors", "h.0.ln_1.bias", "-inf", "[3]"]),
    "NaN in the embedding": (edit_weight("wte.weight", 8 * ord("w"), math.nan), ["model.safetensors", "wte.weight", "NaN", f"[{ord('w')}, 0]"]),
    "weights that overflow": (lambda model: [edit_weight("h.1.mlp.c_fc.weight", i, 3e38)(model) for i in range(256)], ["layer 1", "not finite"]),
    "a truncated vocabulary": (truncate("vocab.json", lambda n: n // 2), ["vocab.json"]),
    "merges that are missing": (remove("merges.txt"), ["merges.txt"]),
    "merges that the vocabulary lacks": (write("merges.txt", b"#version: 0.2\nx y\n"), ["merges.txt", "x", "y"]),
}


def model_test(spoil, words):
    def test(box):
        inputs = box.inputs()
        spoil(box.work / "model")
        refused(box, ["mlp-progression", *inputs], words)
    return test


def test_model_that_is_missing(box):
    refused(box, ["mlp-progression", "--model", "no/such/model"], ["no/such/model"])
    refused(box, ["--model", "no/such/model"], ["no/such/model"], command="tokenize")
    refused(box, ["--model", "no/such/model", "-o", "a.npz"], ["no/such/model"], command="capture")
    (box.work / "file").write_text("x")
    refused(box, ["mlp-progression", "--model", "file"], ["file", "config.json"])
    os.mkfifo(box.work / "pipe")
    check(box.sonde("run", "mlp-progression", "--model", "pipe", status=1).errors, "a pipe as a model")


def as_nobody(box):
    """Options for a run by a user who is not root, in a folder that is theirs; nothing to do where the tests are not run by root."""
    if os.geteuid() != 0:
        return {}
    for folder in (box.root.parent, box.root):
        folder.chmod(0o755)
    for folder in (box.root / "home", box.work):
        os.chown(folder, NOBODY, NOBODY)
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []}


def test_files_that_are_unreadable(box):
    inputs = box.inputs()
    user = as_nobody(box)
    for name in ("model/config.json", "model/model.safetensors", "model/vocab.json", "model/merges.txt", "text.txt"):
        (box.work / name).chmod(0)
        before = os.listdir(box.work)
        result = box.sonde("run", "mlp-progression", *inputs, status=1, **user)
        equal(len(result.errors), 1, "lines on stderr")
        contains(result.err, [name, "ermission"], f"without permission to read {name}")
        equal(os.listdir(box.work), before, "the folder")
        (box.work / name).chmod(0o644)
    box.sonde("run", "mlp-progression", *inputs, **user)


# --------------------------------------------------------- text and target

TEXTS = {
    "empty": (b"", [], ["text.txt", "empty"]),
    "shorter than a window": (b"a coffee", [], ["text.txt", "2 tokens", "10"]),
    "without the target": (b"nothing of that kind in here", [], [" coffee", "does not occur", "text.txt"]),
    "two windows": (make_text(2).encode(), [], [" coffee", "2 usable windows", "10 tokens", "3"]),
    "three windows, one too near the start": (b"coffee coffee" + make_text(2).encode(), [], [" coffee", "2 usable windows", "3"]),
    "not UTF-8 at the start": (b"\xffabc coffee", [], ["text.txt", "UTF-8", "byte 0", "0xff"]),
    "not UTF-8 within": ("Café ".encode() + b"\xe2\x98 coffee" + make_text().encode(), [], ["text.txt", "UTF-8", "byte 6"]),
    "not UTF-8 at the end": (make_text().encode() + b"\xc3", [], ["text.txt", "UTF-8", f"byte {len(make_text().encode())}"]),
    "UTF-16": (make_text().encode("utf-16"), [], ["text.txt", "UTF-8", "byte 0"]),
    "more tokens than positions": (make_text(70).encode(), [], ["one-sequence", "71 tokens", "64 positions"]),
    "a window longer than the positions": (make_text(20).encode(), ["--set", "many-sequences.window=65"], ["many-sequences", "65 tokens", "64 positions"]),
    "a prefix longer than the text": (make_text().encode(), ["--set", "one-sequence.rows=5000"], ["one-sequence", "5001 tokens", "171"]),
    "a target of several tokens": (make_text().encode(), ["--target", "coffee"], ["“coffee”", "one token", "6", "“c” (99)", "“ coffee” (12×)"]),
    "a target in capitals": (make_text().encode(), ["--target", " Coffee"], ["“ Coffee”", "one token", "“ coffee” (12×)"]),
    "a target that is absent": (make_text().encode(), ["--target", "Q"], ["“Q”", "does not occur", "text.txt"]),
    "an empty target": (make_text().encode(), ["--target", ""], ["target", "empty"]),
    "a target in the first tokens only": (make_text().encode(), ["--target", ","], ["“,”", "1 usable window"]),
}


def text_test(text, options, words):
    def test(box):
        (box.work / "text.txt").write_bytes(text)
        refused(box, ["mlp-progression", *box.inputs(), *options], words)
    return test


def test_text_that_is_missing(box):
    make_model(box.work / "model")
    refused(box, ["mlp-progression", "--model", "model", "--text", "no/such/text"], ["no/such/text"])
    refused(box, ["mlp-progression", "--model", "model", "--text", "."], ["."])
    refused(box, ["mlp-progression", "--model", "model", "--text", "-"], ["stdin", "empty"])


def test_target_in_bytes(box):
    """The shell hands over bytes: they are UTF-8 whatever the locale says, or refused with the option's name."""
    make_model(box.work / "model", words=(" café",))
    (box.work / "text.txt").write_bytes(make_text(word=" café").encode())
    for locale in ("C.UTF-8", "C"):
        report = box.tiny("--target", " café".encode(), output=locale, env={"LC_ALL": locale})
        equal({row["text"] for row in read_table(report, "tokens") if row["kept"] == "1" and row["condition"] == "many-sequences"}, {" café"}, f"target in the locale {locale}")
    refused(box, ["mlp-progression", *box.inputs(), "--target", b"\xff"], ["--target", "UTF-8", "byte 0"], status=2)


def test_model_without_tokenizer(box):
    inputs = box.inputs()
    remove("vocab.json", "merges.txt")(box.work / "model")
    refused(box, ["mlp-progression", *inputs], ["no tokenizer", "token ids", "byte 0"])
    (box.work / "text.txt").write_text(" ".join(str(i % 200) for i in range(900)))
    refused(box, ["mlp-progression", *inputs], ["target", "coffee", "token ids"])
    box.tiny("--target", "7")
    (box.work / "text.txt").write_text(" ".join("261" for i in range(600)))
    refused(box, ["mlp-progression", *inputs, "--target", "262"], ["262", "does not occur"])
    (box.work / "text.txt").write_text("1 2 3 4 5 6 7 8 9 5000 " * 5)
    refused(box, ["mlp-progression", *inputs, "--target", "5000"], ["5000"])
    refused(box, ["--model", "model"], ["model", "tokenizer"], command="tokenize")


def test_tokenize_what_is_not_utf8(box):
    refused(box, [], ["UTF-8", "byte 3"], command="tokenize", stdin=b"abc\xff")


# ------------------------------------------------------------- where it goes

def test_output_that_cannot_be(box):
    inputs = box.inputs()
    (box.work / "file").write_text("x")
    (box.work / "full").mkdir()
    (box.work / "full/file").write_text("x")
    (box.work / "dangling").symlink_to("nowhere")
    for output, words in (("full", ["full", "not empty", "--output", "--force"]), ("file", ["file", "no folder"]), ("file/below", ["file/below"]), ("file/far/below", ["file/far/below"]),
                          ("/proc/sonde", ["/proc/sonde"]), ("dangling", ["dangling"]), ("x" * 300, ["xxx"])):
        for force in ([], ["--force"]):
            if output != "full" or not force:
                refused(box, ["mlp-progression", *inputs, "--output", output, *force], words)
    for force in ([], ["--force"]):
        refused(box, ["mlp-progression", *inputs, "--output", "", *force], ["--output", "empty"], status=2)  # as an unset variable gives it


def test_output_without_permission(box):
    inputs = box.inputs()
    (box.work / "closed").mkdir()
    user = as_nobody(box)
    (box.work / "closed").chmod(0o555)
    for output in ("closed", "closed/below", "closed/far/below"):
        refused(box, ["mlp-progression", *inputs, "--output", output], ["closed", "ermission"], **user)
    refused(box, [*inputs, "-o", "closed/a.safetensors"], ["closed", "ermission"], command="capture", **user)
    refused(box, [*inputs, "-o", "closed/a.npz"], ["closed", "ermission"], command="capture", **user)


def test_capture_without_its_folder(box):
    for name in ("nowhere/a.npz", "nowhere/a.safetensors", "/nowhere/far/a.npz"):
        refused(box, [*box.inputs(), "-o", name], [f"“{name}” cannot be written", f"no folder “{os.path.dirname(name)}”", "-o"], command="capture")


def full_disk(box, size, *arguments):
    """Runs with a small file system mounted on work/disk; the result, and what is left there."""
    disk = box.work / "disk"
    disk.mkdir(exist_ok=True)
    script = f'mount -t tmpfs -o size={size} none disk && {{ "$@"; status=$?; find disk -mindepth 1 >left; exit $status; }}'
    command = ["unshare", "-rm", "sh", "-c", script, "sh", box.installation.program, *arguments]
    probe = subprocess.run(["unshare", "-rm", "mount", "-t", "tmpfs", "none", disk], capture_output=True, check=False)
    if probe.returncode != 0:
        raise Skip("no file system can be mounted here")
    result = subprocess.run(command, cwd=box.work, env=box.environment, capture_output=True, text=True, check=False, timeout=60)
    return result, (box.work / "left").read_text().split()


def test_disk_that_is_full(box):
    inputs = box.inputs()
    for size in ("8k", "64k", "200k", "400k"):
        for arguments in (["run", "mlp-progression", *inputs, "--output", "disk/out"], ["run", "mlp-progression", *inputs, "--output", "disk", "--save-capture"], ["run", "mlp-progression", *inputs, "--output", "disk/far/out"]):
            result, left = full_disk(box, size, *arguments)
            equal((result.returncode, result.stdout, len(result.stderr.splitlines()), left), (1, "", 1, []), f"{arguments[-1]} on {size}: {result.stderr}\nstatus, stdout, lines on stderr, what was left")
            contains(result.stderr, ["sonde: ", "disk", "o space left"], f"run on {size}")
    for name in ("disk/a.safetensors", "disk/a.npz"):
        result, left = full_disk(box, "8k", "capture", *inputs, "-o", name)
        equal((result.returncode, len(result.stderr.splitlines()), left), (1, 1, []), f"capture to {name}: {result.stderr}\nstatus, lines on stderr, what was left")
        contains(result.stderr, [name, "o space left"], f"capture to {name}")
        check(".part" not in result.stderr, f"a name that nobody gave: {result.stderr}")
    result, left = full_disk(box, "8m", "run", "mlp-progression", *inputs, "--output", "disk/out")
    equal((result.returncode, len(left) > 20), (0, True), f"a disk that is large enough: {result.stderr}\nstatus, files")


# ------------------------------------------------ numbers, plugins, properties, chains

def test_numbers_that_cannot_be(box):
    for options, words in (("--threads 0", ["1", "1024"]), ("--threads -1", ["1", "1024"]), ("--threads 1025", ["1", "1024"]), ("--max-memory 0", ["size", "500M"]), ("--isolate --isolate-memory 1K", ["1K", "16M"]),
                           ("--isolate --isolate-time 0", ["above 0"]), ("--isolate --isolate-time nan", ["above 0"]), ("--isolate-time 5", ["--isolate"])):
        refused(box, ["mlp-progression", *box.inputs(), *options.split()], [*words, options.split()[-2]], status=2)


CHAINS = {
    "no such recipe": ("nonesuch", ["“nonesuch” is no plugin", "no recipe “nonesuch”", "mlp-progression"]),
    "no such recipe file": ("nonesuch.recipe", ["nonesuch.recipe"]),
    "no such plugin": ("cosine ! nonesuch", ["nonesuch", "cosine", "dimensionality", "distribution", "laminar", "rsa"]),
    "a plugin of another kind": ("gpt2 ! cosine", ["gpt2"]),
    "no such property": ("cosine nonesuch=1", ["cosine", "nonesuch", "layer", "max-bins", "cross-condition", "cross-limits"]),
    "no such value": ("cosine ! rsa method=fourier", ["fourier", "rsa.method", "pearson, spearman, kendall, rho-a"]),
    "a value out of range": ("dimensionality threshold=100.5", ["100.5", "dimensionality.threshold", "0", "100"]),
    "no number": ("dimensionality threshold=many", ["many", "dimensionality.threshold", "number"]),
    "not a number": ("dimensionality threshold=nan", ["nan", "dimensionality.threshold"]),
    "a negative count": ("distribution max-bins=-1", ["-1", "distribution.max-bins"]),
    "half a bin": ("distribution max-bins=1.5", ["1.5", "distribution.max-bins", "whole number"]),
    "a count beyond all": ("distribution max-bins=99999999999999999999", ["99999999999999999999", "distribution.max-bins"]),
    "a layer that is none": ("cosine layer=9", ["cosine", "9", "0", "1"]),
    "colour limits that are none": ("cosine cross-limits=x:y", ["cosine", "x:y"]),
    "a condition that is none": ("cosine cross-condition=nonesuch", ["cosine", "nonesuch", "one-sequence", "many-sequences"]),
    "a missing input": ("rsa", ["rsa reads `cosine`, which nothing before it attaches: put `cosine` in front"]),
    "a recipe in a chain": ("mlp-progression ! cosine", ["mlp-progression is a recipe, and a recipe stands alone"]),
    "a wrong order": ("rsa ! cosine", ["rsa reads `cosine`, which nothing before it attaches: put `cosine` in front"]),
    "nothing to profile": ("cosine ! laminar", ["laminar reads", "put", "in front"]),
    "the same twice": ("cosine ! cosine", ["cosine", "twice"]),
    "a tap in the middle": ("cosine ! mlp-stages", ["mlp-stages", "tap", "beginning"]),
    "a tap alone": ("mlp-stages !", ["!"]),
    "nothing before the first": ("! cosine", ["!"]),
    "two exclamation marks": ("cosine ! ! rsa", ["!"]),
    "no exclamation mark": ("cosine rsa", ["rsa", "!"]),
    "a property of nothing": ("mlp-progression --set nonesuch.layer=1", ["nonesuch", "distribution, cosine, rsa, dimensionality, laminar"]),
    "a property that is none": ("mlp-progression --set rsa.nonesuch=1", ["rsa", "nonesuch", "layer, method, y-low"]),
    "a property of a condition that is none": ("mlp-progression --set one-sequence.nonesuch=1", ["one-sequence", "nonesuch", "rows", "drop"]),
    "a value that is none": ("mlp-progression --set rsa.method=", ["rsa.method", "pearson, spearman, kendall, rho-a"]),
    "a layer beyond the last": ("mlp-progression --layers 2", ["2", "0", "1"]),
    "layers backwards": ("mlp-progression --layers 1-0", ["1-0"]),
    "layers that are none": ("mlp-progression --layers some", ["some", "middle"]),
    "layers without an end": ("mlp-progression --layers 1-", ["1-", "0-1"]),
    "a layer below the first": ("mlp-progression --layers -1", ["-1", "0-1"]),
    "no layers": ("mlp-progression --layers ,", [","]),
    "a recipe and more": ("mlp-progression cosine", ["mlp-progression"]),
}


def chain_test(line, words):
    return lambda box: refused(box, [*line.split(), *box.inputs()], words)


RECIPES = {
    "empty": ("", ["odd", "[Recipe]"]),
    "no key file": ("nonsense", ["odd"]),
    "another group": ("[Recipe]\ntap=mlp-stages\nchain=cosine\n[Else]\na=b\n[Condition a]\nkind=prefix\n", ["odd", "[Else]"]),
    "another key": ("[Recipe]\nnonesuch=1\n", ["odd", "nonesuch", "chain"]),
    "no condition": ("[Recipe]\ntap=mlp-stages\nchain=cosine\n", ["odd", "condition"]),
    "no chain": ("[Recipe]\ntap=mlp-stages\n[Condition a]\nkind=windows\n", ["odd", "no chain"]),
    "no tap": ("[Recipe]\nchain=cosine\ntarget=\\scoffee\n[Condition a]\nkind=windows\n", ["tap"]),
    "another kind of condition": ("[Recipe]\ntap=mlp-stages\nchain=cosine\n[Condition a]\nkind=suffix\n", ["odd", "suffix", "prefix, windows, lines"]),
    "a condition that is a path": ("[Recipe]\ntap=mlp-stages\nchain=cosine\n[Condition ../a]\nkind=prefix\n", ["odd", "../a"]),
    "no target": ("[Recipe]\ntap=mlp-stages\nchain=cosine\n[Condition a]\nkind=windows\n", ["a", "target"]),
    "an analyzer that is none": ("[Recipe]\ntap=mlp-stages\nchain=cosine\n[Condition a]\nkind=prefix\n[Analyzer rsa]\nmethod=pearson\n", ["rsa"]),
    "no UTF-8": (b"[Recipe]\ntap=mlp-stages\nchain=cosine\ntitle=\xff\n[Condition a]\nkind=prefix\n", ["odd", "UTF-8", "byte 43"]),
    "a byte 0": ("[Recipe]\ntap=mlp-stages\0\nchain=cosine\n[Condition a]\nkind=prefix\n", ["odd", "UTF-8", "byte 23"]),
    "an escape that is none": ("[Recipe]\ntap=mlp-stages\nchain=cosine\n[Condition a]\nkind=pre\\fix\n", ["odd", "kind"]),
    "an empty chain": ("[Recipe]\ntap=mlp-stages\nchain=\n[Condition a]\nkind=prefix\n", ["the chain is empty", "name"]),
    "a quote that stays open": ("[Recipe]\ntap=mlp-stages\nchain=cosine 'x\n[Condition a]\nkind=prefix\n", ["cosine 'x"]),
}


def recipe_test(text, words):
    def test(box):
        (box.work / "odd.recipe").write_bytes(text if isinstance(text, bytes) else text.encode())
        refused(box, ["odd.recipe", *box.inputs()], words)
    return test


def test_inspect_what_is_not_there(box):
    refused(box, ["nonesuch"], ["nonesuch", "rsa"], command="inspect")
    for command in ("enable", "disable"):
        refused(box, ["nonesuch"], ["nonesuch", "gpt2", "mlp-stages", "rsa"], command=command)


# ------------------------------------------- warned about, and carried on

REPEATED = ["a b c d e f g coffee"] * 3
WARNINGS = {
    "a target too near the start": ("a coffee" + make_text(), [], ["1 window", "skipped", "coffee", "first 9 tokens"]),
    "two targets too near the start": (" coffee coffee" + make_text(), [], ["2 windows", "skipped", "coffee", "first 9 tokens"]),
    "fewer than ten rows": (make_text(9), [], ["9 rows", "10"]),
    "three rows": (make_text(3), [], ["3 rows", "10"]),
    "identical windows": (make_text(10) + "one two three coffee" * 3, [], ["many-sequences", "2 of 13", "identical"]),
    "a cap on bins": (make_text(), ["--set", "distribution.max-bins=5"], ["5", "bins"]),
    "a cap on cosine bins": (make_text(), ["--set", "cosine.max-bins=2"], ["2", "bins"]),
}


def warning_test(text, options, words):
    def test(box):
        (box.work / "text.txt").write_text(text)
        result = box.sonde("run", "mlp-progression", *box.inputs(), *options)
        equal(result.errors, [], "lines on stderr that are no warnings")
        told = [line.removeprefix("sonde: warning: ") for line in result.warnings]
        check(any(all(word in line for word in words) for line in told), f"no warning has {words}: {told}")
        report = box.work / "sonde-report"
        equal(read_results(report)["warnings"], told, "warnings in results.json")
        rows = len([row for row in read_table(report, "tokens") if row["kept"] == "1" and row["condition"] == "many-sequences"])
        equal({int(row["rows"]) for row in read_table(report, "dimensionality")}, {rows}, "rows in both conditions")
        quiet = box.sonde("run", "mlp-progression", *box.inputs(), *options, "--quiet", "--output", "quiet")
        equal(quiet.warnings, result.warnings, "warnings with --quiet")
        equal(quiet.out, "", "stdout with --quiet")
        page = subprocess.run(["pdftotext", report / "report.pdf", "-"], capture_output=True, text=True, check=False) if shutil.which("pdftotext") else None
        if page:
            contains(re.sub(r"\s+", " ", page.stdout), [re.sub(r"\s+", " ", line)[:40] for line in told], "report.pdf")
    return test


def test_rows_that_are_all_equal(box):
    """All windows the same: similarities are 1, scores undefined. Nothing is invented."""
    (box.work / "text.txt").write_text("one two three coffee" * 12)
    result = box.sonde("run", "mlp-progression", *box.inputs())
    equal(result.errors, [], "lines on stderr that are no warnings")
    rows = [row for row in read_table(box.work / "sonde-report", "rsa") if row["condition"] == "many-sequences"]
    equal({row["score"] for row in rows}, {""}, "scores")
    rows = [row for row in read_table(box.work / "sonde-report", "dimensionality") if row["condition"] == "many-sequences"]
    equal({(row["participation_ratio"], row["effective_dimension"], row["notebook_index"]) for row in rows}, {("", "", "")}, "dimensions")
    contains("\n".join(result.warnings), ["identical", "undefined"], "warnings")
    json.loads((box.work / "sonde-report/results.json").read_text(), parse_constant=lambda name: sys.exit(f"{name} is no JSON"))


def name_tests(prefix, table, make):
    return [(f"{prefix}: {name}", make(*row)) for name, row in table.items()]


if __name__ == "__main__":
    main(tests_of(globals()) + name_tests("model", MODELS, model_test) + name_tests("text", TEXTS, text_test) + name_tests("chain", CHAINS, chain_test)
         + name_tests("recipe", RECIPES, recipe_test) + name_tests("warning", WARNINGS, warning_test))
