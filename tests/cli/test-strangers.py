# SPDX-License-Identifier: LGPL-2.1-or-later
"""What files of strangers name: no code, no path out of their folder, no command; and nothing in them reaches a terminal, a page or a
drawing as anything but text."""

import hashlib
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import threading
import time
import xml.etree.ElementTree as ElementTree
import zipfile

from harness import Skip, check, contains, equal, main, make_model, make_text, npy, read_results, read_table, snapshot, tests_of

RUN = ("mlp-progression", "--text", "text.txt", "--target", " coffee", "--quiet")


def prepare(box, name="model"):
    make_model(box.work / name)
    (box.work / "text.txt").write_text(make_text())
    return box.work / name


def refused(box, arguments, words, command="run", status=1):
    """One sentence, and nothing is left behind."""
    before = snapshot(box.work)
    result = box.sonde(command, *arguments, status=status)
    equal((result.out, len(result.errors)), ("", 1), f"stdout and lines on stderr of {arguments}:\n{result}")
    contains(result.errors[0], words, f"the sentence of {arguments}")
    equal(snapshot(box.work), before, "the files")
    return result.errors[0]


# ------------------------------------------------------------------ no code

def test_code_beside_a_model(box):
    """What other programs would run is not looked at, whether Python is started or not; nor by a program that works in that folder."""
    model = prepare(box)
    mark = box.root / "mark"
    plain = box.run(*RUN[:-1], "--model", "model", output="plain")
    code = f"open({str(mark)!r}, 'w').close()\n"
    config = json.loads((model / "config.json").read_text())
    config |= {"auto_map": {"AutoModel": "modeling_gpt2.Model", "AutoConfig": "configuration.Config"}, "trust_remote_code": True, "custom_pipelines": {"x": {"impl": "pipeline.X"}},
               "architectures": ["modeling_gpt2.Model"], "_name_or_path": "../../etc/passwd", "transformers_version": "$(touch mark)"}
    (model / "config.json").write_text(json.dumps(config))
    for name in ("modeling_gpt2.py", "configuration.py", "pipeline.py", "__init__.py", "sitecustomize.py", "usercustomize.py", "numpy.py", "gi.py", "json.py", "sonde.py"):
        (model / name).write_text(code)
    (model / "evil.plugin").write_text("[Plugin]\nModule=evil\nLoader=python3\nName=evil\nX-Sonde-API=1\nX-Sonde-Kind=analyzer\n")
    (model / "evil.py").write_text(code)
    (model / "tokenizer_config.json").write_text('{"auto_map": {"AutoTokenizer": ["evil.Tokenizer", null]}}')
    (model / "pytorch_model.bin").write_bytes(b"cos\nsystem\n(S'touch mark'\ntR.")
    box.run(*RUN[:-1], "--model", model, output="coded", cwd=box.work)
    for name in ("rsa", "tokens", "dimensionality"):
        equal(read_table(box.work / "coded", name), read_table(plain, name), f"{name}.csv")
    usable = [plugin["state"] for plugin in json.loads(box.sonde("list", "--check", "--json", status=None).out) if plugin["name"] == "hello-python"]
    box.sonde("run", "mlp-stages", "!", "hello-python", "--model", ".", "--text", "../text.txt", "--target", " coffee", "--quiet", "--output", "../python", cwd=model, status=0 if usable == ["enabled"] else None)
    check("evil" not in box.sonde("list", cwd=model).out, "a plugin in the model's folder is listed")
    check(not mark.exists() and not (model / "mark").exists() and not (box.work / "mark").exists(), "code in the model's folder ran")


# -------------------------------------------------- no path out of the folder

def shard(model):
    """The weights, by an index."""
    (model / "model.safetensors").rename(model / "a.safetensors")
    data = (model / "a.safetensors").read_bytes()
    names = json.loads(data[8:8 + struct.unpack("<Q", data[:8])[0]])
    index = model / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {name: "a.safetensors" for name in names}}))
    return index


def test_names_in_an_index(box):
    """Files beside the index, and no others: whatever it names is not even opened, or the pipe outside would hold us."""
    model = prepare(box)
    index = shard(model)
    box.run(*RUN[:-1], "--model", "model", output="sound")
    os.mkfifo(box.work / "outside.safetensors")
    (model / "sub").mkdir()
    (model / "sub/a.safetensors").write_bytes(b"")
    text = index.read_text()
    for name in ("../outside.safetensors", f"{box.work}/outside.safetensors", "sub/a.safetensors", "..", ".", "", "sub\\..\\..\\outside.safetensors", "./a.safetensors", "/dev/zero", "a.safetensors/../../outside.safetensors"):
        index.write_text(text.replace('"h.1.mlp.c_fc.weight": "a.safetensors"', f'"h.1.mlp.c_fc.weight": {json.dumps(name)}'))
        refused(box, [*RUN, "--model", "model"], ["h.1.mlp.c_fc.weight", "the name of a file in the same folder is expected"])
    for value in ("null", "1", "[]", '{"a": 1}'):
        index.write_text(text.replace('"h.1.mlp.c_fc.weight": "a.safetensors"', f'"h.1.mlp.c_fc.weight": {value}'))
        refused(box, [*RUN, "--model", "model"], ["h.1.mlp.c_fc.weight"])


def test_links_in_a_model(box):
    """A link out of the folder is refused, whichever file it is; one within the folder is a file."""
    model = prepare(box)
    outside = box.root / "outside"
    shutil.copytree(model, outside)
    for name in ("config.json", "vocab.json", "merges.txt", "model.safetensors"):
        path = model / name
        path.unlink()
        for target in (outside / name, f"../../outside/{name}", "/etc/passwd", "/proc/self/environ"):
            path.symlink_to(target)
            sentence = refused(box, [*RUN, "--model", "model"], [name, "a link out of its directory"])
            check("root:" not in sentence and "PATH=" not in sentence, f"what lies outside is told: {sentence}")
            path.unlink()
        shutil.copy(outside / name, model / f"real-{name}")
        path.symlink_to(f"real-{name}")
        box.run(*RUN[:-1], "--model", "model", output=f"with-{name}")
    shard(model)
    (model / "a.safetensors").unlink()
    (model / "a.safetensors").symlink_to(outside / "model.safetensors")
    refused(box, [*RUN, "--model", "model"], ["a.safetensors", "a link out of its directory"])
    # whoever names a folder by a link trusts it
    (box.work / "link").symlink_to(outside)
    box.run(*RUN[:-1], "--model", "link", output="by-link")


def test_links_in_a_cache(box):
    """A snapshot's links to the blobs beside it are what downloads leave; no others, nor a snapshot that is elsewhere."""
    hub = box.work / "models--owner--name"
    snapshot_folder = hub / "snapshots/0123abcd"
    make_model(snapshot_folder)
    (box.work / "text.txt").write_text(make_text())
    (hub / "blobs").mkdir()
    (hub / "refs").mkdir()
    (hub / "refs/main").write_text("0123abcd")
    for i, path in enumerate(sorted(snapshot_folder.iterdir())):
        path.rename(hub / f"blobs/{i:064x}")
        path.symlink_to(f"../../blobs/{i:064x}")
    report = box.run(*RUN[:-1], "--model", hub, "--sha256", output="cached")
    files = {file["name"]: file for file in read_results(report)["provenance"]["model"]["files"]}
    for path in snapshot_folder.iterdir():
        equal(files[path.name]["sha256"], hashlib.sha256(path.read_bytes()).hexdigest(), f"sha256 of {path.name}, whatever the cache calls it")
    (hub / "secret").write_text("secret")
    (snapshot_folder / "merges.txt").unlink()
    (snapshot_folder / "merges.txt").symlink_to("../../secret")
    check("secret" not in refused(box, [*RUN, "--model", hub], ["merges.txt", "a link out of its directory"]).replace(f"{hub}/secret", ""), "the content is told")
    shutil.rmtree(snapshot_folder)
    make_model(box.root / "elsewhere")
    snapshot_folder.symlink_to(box.root / "elsewhere")
    refused(box, [*RUN, "--model", hub], ["0123abcd", "a link out of"])
    for reference in ("../../../elsewhere", f"{box.root}/elsewhere", ".", "..", "", "a\nb", "../snapshots/0123abcd"):
        (hub / "refs/main").write_text(reference)
        refused(box, [*RUN, "--model", hub], ["names no directory"])


def test_names_in_an_archive(box):
    """Members of an npz are read where they are, never unpacked; names that climb are refused."""
    good = npy([[1.0, 2.0], [3.0, 5.0], [8.0, 1.0]])
    for name in ("../x.npy", "/tmp/x.npy", "a/../../x.npy", "..\\x.npy", "a//x.npy", "./x.npy", "C:\\x.npy", ".."):
        with zipfile.ZipFile(box.work / "a.npz", "w") as archive:
            archive.writestr("a/L0/s.npy", good)
            archive.writestr(name, good)
        result = box.sonde("run", "cosine", "--capture", "a.npz", "--quiet", "--force", status=None)
        equal(sorted(path.name for path in box.root.iterdir()), ["home", "work"], "what is outside")
        equal({path.name for path in box.work.iterdir()} - {"sonde-report"}, {"a.npz"}, f"what is beside an archive with {name!r}")
        check(result.status in (0, 1), f"an archive with {name!r}: {result}")
        if ".." in name.split("/") or name.startswith("/"):
            equal(result.status, 1, f"status with {name!r}")
            contains(result.err, ["no plain relative path", "rename"], f"the sentence with {name!r}")


def test_links_among_arrays(box):
    """In a folder of arrays, links that lead out of it are passed over, and that is said."""
    (box.work / "arrays").mkdir()
    (box.work / "arrays/L0.npy").write_bytes(npy([[1.0, 2.0], [3.0, 5.0], [8.0, 1.0]]))
    (box.root / "secret.npy").write_bytes(npy([[9.0, 9.0], [9.0, 8.0], [9.0, 1.0]]))
    (box.work / "arrays/L1.npy").symlink_to(box.root / "secret.npy")
    (box.work / "arrays/L2.npy").symlink_to("/dev/zero")
    os.mkfifo(box.work / "arrays/L3.npy")
    told = box.sonde("inspect", "arrays", cwd=box.work).out
    shown = box.sonde("inspect", "./arrays", "--json").out
    check("L1" in shown and "secret" not in shown, f"the folder: {shown}")
    contains(shown, ["a link to something that is no file in this folder", "no regular file"], "what is passed over")
    check(told, "inspect says nothing")


def test_paths_in_a_recipe(box):
    """A recipe names files beside it; the command line names any."""
    (box.work / "arrays.npy").write_bytes(npy([[1.0, 2.0], [3.0, 5.0], [8.0, 1.0]]))
    (box.work / "mine").mkdir()
    rows = "row,label\n0,cat\n1,dog\n2,cow\n"
    (box.work / "mine/rows.csv").write_text(rows)
    (box.root / "rows.csv").write_text(rows)
    (box.work / "mine/out.csv").symlink_to(box.root / "rows.csv")
    (box.work / "mine/link.csv").symlink_to("rows.csv")

    def write(value):
        (box.work / "mine/a.recipe").write_text(f"[Recipe]\nchain=cosine\n[Condition a]\nkind=prefix\n[Provider arrays]\nrows={value}\n")

    for value in ("rows.csv", "link.csv", "./rows.csv"):
        write(value)
        box.sonde("run", "mine/a.recipe", "--capture", "arrays.npy", "--quiet", "--force")
    for value in (str(box.root / "rows.csv"), "../../rows.csv", "../mine/rows.csv", "out.csv", "/etc/passwd"):
        write(value)
        shutil.rmtree(box.work / "sonde-report", ignore_errors=True)
        refused(box, ["mine/a.recipe", "--capture", "arrays.npy", "--quiet"], ["recipe a", "is no file beside the recipe", value])
        box.sonde("inspect", "mine/a.recipe", status=None)
    write("rows.csv")
    box.sonde("run", "mine/a.recipe", "--capture", "arrays.npy", "--quiet", "--force", "--set", f"arrays.rows={box.root}/rows.csv")


# ------------------------------------------ pipes, devices and folders as files

def make_socket(path):
    here = os.getcwd()
    os.chdir(path.parent)
    with socket.socket(socket.AF_UNIX) as file:
        file.bind(path.name)
    os.chdir(here)


SPECIALS = {"a pipe": os.mkfifo, "a folder": os.mkdir, "a device that never ends": lambda path: path.symlink_to("/dev/zero"), "an empty device": lambda path: path.symlink_to("/dev/null"),
            "a link to itself": lambda path: path.symlink_to(path.name), "a socket": make_socket}


def each_special(path):
    kept = path.with_name("kept")
    if path.exists():
        path.rename(kept)
    for what, make in SPECIALS.items():
        make(path)
        yield what
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    if kept.exists():
        kept.rename(path)


def check_refusal(box, what, *arguments, status=1):
    """It does not wait: the harness would end it."""
    result = box.sonde(*arguments, status=status)
    equal((result.out, len(result.errors)), ("", 1), f"stdout and sentences with {what}:\n{result}")
    return result.errors[0]


def test_specials_in_a_model(box):
    model = prepare(box)
    for name in ("config.json", "vocab.json", "merges.txt", "model.safetensors"):
        for what in each_special(model / name):
            told = check_refusal(box, f"{name} as {what}", "run", *RUN, "--model", "model")
            contains(told, [name], f"{name} as {what}")
    shard(model)
    for name in ("model.safetensors.index.json", "a.safetensors"):
        for what in each_special(model / name):
            check_refusal(box, f"{name} as {what}", "run", *RUN, "--model", "model")
    hub = box.work / "models--a--b"
    (hub / "refs").mkdir(parents=True)
    shutil.copytree(model, hub / "snapshots/abc")
    for what in each_special(hub / "refs/main"):
        box.sonde("tokenize", "--model", hub)
    for what in each_special(hub / "snapshots"):
        check_refusal(box, f"snapshots as {what}", "tokenize", "--model", hub)


def test_specials_as_arrays(box):
    for name in ("a.safetensors", "a.npz", "a.npy"):
        for what in each_special(box.work / name):
            check_refusal(box, f"{name} as {what}", "run", "cosine", "--capture", name, "--quiet")
            check_refusal(box, f"{name} as {what}", "diff", name, name, status=2)
            check_refusal(box, f"{name} as {what}", "inspect", f"./{name}")
    (box.work / "a.npy").write_bytes(npy([[1.0, 2.0], [3.0, 5.0], [8.0, 1.0]]))
    for what in each_special(box.work / "rows.csv"):
        check_refusal(box, f"rows.csv as {what}", "run", "cosine", "--capture", "a.npy", "--set", "arrays.rows=rows.csv", "--quiet")


def test_specials_as_recipes(box):
    prepare(box)
    for what in each_special(box.work / "a.recipe"):
        contains(check_refusal(box, f"a recipe as {what}", "run", "a.recipe", "--model", "model"), ["a.recipe"], f"a recipe as {what}")
        contains(check_refusal(box, f"a recipe as {what}", "inspect", "./a.recipe"), ["a.recipe"], f"a recipe as {what}")


def test_specials_as_text(box):
    """A device that never ends stops at the limit; a pipe is read, as shells give one for <(…)."""
    prepare(box)
    contains(check_refusal(box, "a device as text", "run", "mlp-progression", "--model", "model", "--text", "/dev/zero"), ["larger than 256 MiB"], "a device as text")
    for name in (".", "/dev/null"):
        check_refusal(box, f"{name} as text", "run", "mlp-progression", "--model", "model", "--text", name)
    os.mkfifo(box.work / "pipe")
    writer = threading.Thread(target=lambda: (box.work / "pipe").write_text(make_text()))
    writer.start()
    box.run("mlp-progression", "--model", "model", "--text", "pipe", output="piped")
    writer.join()


def test_a_file_that_grows(box):
    """Somebody goes on writing to it: the run ends all the same, in a sentence or with what was there."""
    prepare(box)
    stop = threading.Event()

    def write():
        with open(box.work / "text.txt", "ab", buffering=0) as file:
            while not stop.is_set():
                file.write(b"a b c d e f g h i j coffee " * 40)
                time.sleep(0.001)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        result = box.sonde("run", *RUN, "--model", "model", "--set", "many-sequences.window=8", status=None)
    finally:
        stop.set()
        writer.join()
    check(result.status in (0, 1) and len(result.errors) == result.status, f"a text that grows: {result}")


# ----------------------------------------------------------- nothing but text

ESCAPES = ("\x1b[31mred", "\x1b]0;title\x07", "\x9b31m", "a\rb", "a\nb", "a\tb\x08", "\x7f", "\u202edrawkcab", "\u2066x\u2069", "\u061cx\u200f", "a\u2028b")
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")


def check_terminal(text, what):
    found = FORBIDDEN.search(text)
    check(not found, f"{what} writes {found and found[0]!r} to the terminal: {text!r}")


def test_names_on_a_terminal(box):
    """Names of tensors, members, files, stages and tokens, in every command that shows them."""
    good = npy([[1.0, 2.0], [3.0, 5.0], [8.0, 1.0]])
    for odd in ESCAPES:
        with zipfile.ZipFile(box.work / "a.npz", "w") as archive:
            for name in (f"a/L0/{odd}", f"{odd}/L0/s", f"L0/{odd}", f"{odd}.0.mlp"):
                archive.writestr(f"{name}.npy", good)
        other = box.work / f"{odd.replace('/', '')}.safetensors"
        header = json.dumps({odd: {"dtype": "F32", "shape": [3, 2], "data_offsets": [0, 24]}, "a/L0/s": {"dtype": odd, "shape": [3, 2], "data_offsets": [24, 48]}}).encode()
        other.write_bytes(struct.pack("<Q", len(header)) + header + bytes(48))
        for arguments in (["inspect", "./a.npz"], ["inspect", other], ["inspect", "./a.npz", "--json"], ["inspect", other, "--json"], ["diff", "a.npz", other], ["diff", "a.npz", "a.npz"], ["diff", "a.npz", "a.npz", "--json"],
                          ["run", "cosine", "--capture", "a.npz", "--force"], ["run", "cosine", "--capture", other, "--force"], ["run", "cosine", "--capture", "a.npz", "--dry-run"], ["run", "cosine", "--capture", "a.npz", "--json", "--force"],
                          ["run", odd.replace("/", "")], ["inspect", odd], ["run", "cosine", "--set", f"cosine.layer={odd}"], ["run", "cosine", "--set", f"arrays.pattern={odd}(", "--capture", "a.npz"], ["enable", odd], ["new-plugin", odd], [odd]):
            result = box.sonde(*arguments, status=None)
            check(result.status in (0, 1, 2), f"{arguments}: {result}")
            check_terminal(result.out, f"{arguments} on stdout")
            check_terminal(result.err, f"{arguments} on stderr")
        other.unlink()


def test_tokens_on_a_terminal(box):
    """What a vocabulary says that its tokens are."""
    odd = "\x1b[31m\x9b\u202e"
    make_model(box.work / "model", words=(odd,))
    (box.work / "text.txt").write_text(make_text(word=odd))
    for arguments in (["tokenize", "--model", "model"], ["tokenize", "--model", "model", "--json"]):
        result = box.sonde(*arguments, stdin=(make_text(word=odd)).encode())
        check_terminal(result.out + result.err, f"{arguments}")
    equal(json.loads(result.out)[13 + 12]["text"] in make_text(word=odd), True, "a token's text, read back")
    for target in (odd, "x" + odd, odd + odd, "ab"):
        for arguments in (["run", "mlp-progression"], ["run", "mlp-progression", "--dry-run"], ["run", "mlp-progression", "--json"]):
            result = box.sonde(*arguments, "--model", "model", "--text", "text.txt", "--target", target, "--force", status=None)
            check_terminal(result.out + result.err, f"{arguments} with the target {target!r}")


MARKUP = ' </text></svg><script>alert(1)</script>]]>--><a href="javascript:1" onload="x">&lt;'
SIGNS = " </><!--]]>&\"'"  # a word of the model, as letters and signs are never one
PARTS = {"svg", "g", "path", "rect", "use", "defs", "symbol", "clipPath", "image", "metadata", "title", "desc", "text", "linearGradient", "radialGradient", "stop", "mask", "pattern", "filter", "feColorMatrix", "feImage", "circle", "line", "polyline", "polygon", "ellipse"}


def check_drawing(path):
    """An SVG that draws and does nothing else."""
    for element in ElementTree.parse(path).iter():
        name = element.tag.rpartition("}")[2]
        check(name in PARTS, f"{path.name} has an element {name}")
        for key, value in element.attrib.items():
            key = key.rpartition("}")[2]
            check(not key.startswith("on"), f"{path.name} has an attribute {key}")
            if key == "href":
                check(value.startswith(("#", "data:image/png;base64,")), f"{path.name} refers to {value[:80]}")


def test_markup_in_drawings(box):
    """Words, titles and names that look like parts of an SVG or a page."""
    make_model(box.work / "model", words=(SIGNS,), positions=256)
    (box.work / "text.txt").write_text(make_text(word=SIGNS, lead=MARKUP))
    (box.work / "odd.recipe").write_text(f"[Recipe]\ntitle={MARKUP}\ndescription={MARKUP}\ntap=mlp-stages\nchain=distribution ! cosine ! rsa\n"
                                         f"[Condition one]\nkind=prefix\nrows=20\ntitle={MARKUP}\n[Condition many]\nkind=windows\ntitle={MARKUP}\n")
    for recipe in ("mlp-progression", "odd.recipe"):
        report = box.run(recipe, "--model", "model", "--text", "text.txt", "--target", SIGNS, "--format", "svg,pdf", output=f"out-{recipe}")
        drawings = list(report.glob("figures/*.svg"))
        check(len(drawings) > 2, f"there are no drawings: {drawings}")
        for path in drawings:
            check_drawing(path)
            equal(json.loads(ElementTree.parse(path).find("{http://www.w3.org/2000/svg}metadata").text)["text"]["target"], SIGNS, f"the target in the metadata of {path.name}")


def test_actions_in_documents(box):
    """A PDF that shows and does nothing else, whatever the words in it are."""
    signs = " )>>\\(/%%<<"
    make_model(box.work / "model", words=(signs,), positions=256)
    (box.work / "text.txt").write_text(make_text(word=signs))
    title = ") >> /OpenAction << /S /JavaScript /JS (app.alert(1)) >> endobj (\\\\) %%EOF /Launch \\\\"
    (box.work / "odd.recipe").write_text(f"[Recipe]\ntitle={title}\ntap=mlp-stages\nchain=cosine\n[Condition one]\nkind=prefix\nrows=20\ntitle={title}\n")
    report = box.run("odd.recipe", "--model", "model", "--text", "text.txt", "--target", signs, "--format", "pdf", output="out")
    pdf = (report / "report.pdf").read_bytes()
    # strings and streams are not objects: what is left is what a reader acts on
    bare = re.sub(rb"stream\r?\n.*?endstream", b"", pdf, flags=re.DOTALL)
    bare = re.sub(rb"\((?:[^()\\]|\\.)*\)", b"()", bare, flags=re.DOTALL)
    for action in (b"/OpenAction", b"/JavaScript", b"/JS", b"/Launch", b"/URI", b"/AA", b"/EmbeddedFile", b"/GoToR", b"/SubmitForm"):
        check(action not in bare, f"report.pdf has {action.decode()}")
    if not shutil.which("pdfinfo"):
        raise Skip("there is no pdfinfo")
    told = subprocess.run(["pdfinfo", report / "report.pdf"], capture_output=True, text=True, check=True).stdout
    check(re.search(r"JavaScript:\s+no", told), f"pdfinfo says {told}")
    check(re.search(r"OpenAction", told), f"the title is not in it: {told}")


def test_formulas_in_tables(box):
    """A CSV file holds the text that there is, as RFC 4180 says; whether a program takes it for a formula is that program's choice."""
    word = "=|'+@-"
    make_model(box.work / "model", words=(word,))
    (box.work / "text.txt").write_text(make_text(word=word))
    report = box.run("mlp-progression", "--model", "model", "--text", "text.txt", "--target", word, "--format", "svg", output="out")
    equal({row["text"] for row in read_table(report, "tokens") if row["kept"] == "1" and row["condition"] == "many-sequences"}, {word}, "text in tokens.csv")


def test_links_in_the_output(box):
    """A folder of reports in which somebody put links: what they lead to stays as it is."""
    prepare(box)
    precious = box.root / "precious"
    precious.mkdir()
    (precious / "file").write_text("precious")
    for name in ("figures", "tables", "results.json", "report.pdf", "tables/rsa.csv", "figures/rsa.svg", "capture.safetensors", "."):
        out = box.work / "out"
        report = out / name
        if name != ".":
            report.parent.mkdir(parents=True)
        report.symlink_to(precious if name in ("figures", "tables", ".") else precious / "file") if name != "." else out.symlink_to(precious)
        result = box.sonde("run", *RUN, "--model", "model", "--save-capture", "--output", "out", status=None)
        equal(result.status, 1, f"status with a link at {name}: {result}")
        equal(snapshot(precious), {"file": hashlib.sha256(b"precious").hexdigest()}, f"what a link at {name} leads to")
        result = box.sonde("run", *RUN, "--model", "model", "--save-capture", "--output", "out", "--force", status=None)
        check(result.status in (0, 1), f"a link at {name}, with --force: {result}")
        if name != ".":
            equal(snapshot(precious), {"file": hashlib.sha256(b"precious").hexdigest()}, f"what a link at {name} leads to, with --force")
        out.unlink() if out.is_symlink() else shutil.rmtree(out)
        shutil.rmtree(precious)
        precious.mkdir()
        (precious / "file").write_text("precious")


if __name__ == "__main__":
    main(tests_of(globals()))
