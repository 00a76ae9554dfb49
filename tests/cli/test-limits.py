# SPDX-License-Identifier: LGPL-2.1-or-later
"""Limits: files that are made to be slow or to fill the memory are refused in little of both, and what is one over a limit is told.

No clock is looked at: the system ends a program that has used so many seconds of the processor, or wants so much memory. Those who
compare everything with everything take ten times as long at least, the others a tenth.
"""

import json
import resource
import struct
import zipfile
import zlib

import hostile
from harness import Skip, check, contains, equal, main, make_model, make_text, npy, tests_of

SECONDS = 5         # of the processor, for a megabyte; the slowest takes half a second
SLOWER = 20         # a sanitizer's build, than another
MEMORY = 256 << 20  # bytes, for a file that is small and lies; the program alone takes about 20 MiB
ADDRESSES = 1 << 30


def limit_time(box):
    seconds = SECONDS * (SLOWER if box.installation.is_sanitized else 1)
    return lambda: resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


def limit_memory():
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESSES, ADDRESSES))


def run_hostile(box, *arguments, **more):
    """The program ends by itself, without a crash, and with one sentence where it refuses."""
    result = box.sonde(*arguments, status=None, preexec_fn=limit_time(box), **more)
    check(result.status in (0, 1), f"sonde {arguments} did not end by itself within its limit of time\n{str(result)[:2000]}")
    equal(len(result.errors), result.status, f"sentences on stderr: {result.err[:2000]}")
    return result


def put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "surrogateescape"))


def in_capture(name):
    def run(box, content):
        put(box.work / name, content)
        run_hostile(box, "run", "cosine", "--capture", name, "--dry-run")
    return run


def in_model(name):
    def run(box, content):
        put(make_model(box.work / "model") / name, content)
        run_hostile(box, "tokenize", "--model", "model", stdin=b"hello")
    return run


def in_index(box, content):
    model = make_model(box.work / "model")
    (model / "model.safetensors").unlink()
    put(model / "a", hostile.safetensors("{}"))
    put(model / "model.safetensors.index.json", content)
    run_hostile(box, "run", "mlp-progression", "--model", "model", "--dry-run")


def in_recipe(box, content):
    put(box.work / "hostile.recipe", content)
    run_hostile(box, "run", "hostile.recipe", *box.inputs(), "--dry-run")


def in_manifest(box, content):
    put(box.work / "plugins/hostile.plugin", "[Plugin]\nModule=hostile\nName=hostile\n" + content.replace(hostile.RECIPE, ""))
    run_hostile(box, "list", env={"SONDE_PLUGIN_PATH": str(box.work / "plugins")})


def in_labels(box, content):
    put(box.work / "rows.npy", npy([[1.0, 2.0, 3.0]] * 5))
    put(box.work / "rows.rows.csv", content)
    run_hostile(box, "run", "cosine", "--capture", "rows.npy", "--dry-run")


def in_report(box, content):
    put(box.work / "out/results.json", content)
    run_hostile(box, "run", "cosine", *box.inputs(), "--output", "out", "--force", "--quiet")


def in_text(box, content):
    """Every token is printed; a run refuses the text, or takes it."""
    put(box.work / "text.txt", content)
    run_hostile(box, "tokenize", "--json", stdin=content.encode())
    run_hostile(box, "run", "mlp-progression", "--text", "text.txt", "--target", "a", "--dry-run")


HOSTILE = {
    "header": (hostile.HEADERS, in_capture("hostile.safetensors")),
    "index": (hostile.INDEXES, in_index),
    "config": (hostile.CONFIGS, in_model("config.json")),
    "vocabulary": (hostile.VOCABULARIES, in_model("vocab.json")),
    "merges": (hostile.MERGES, in_model("merges.txt")),
    "recipe": (hostile.RECIPES, in_recipe),
    "manifest": (hostile.RECIPES, in_manifest),
    "archive": (hostile.ARCHIVES, in_capture("hostile.npz")),
    "array": (hostile.ARRAYS, in_capture("hostile.npy")),
    "labels": (hostile.LABELS, in_labels),
    "report": (hostile.REPORTS, in_report),
    "text": (hostile.TEXTS, in_text),
}


def hostile_test(make, run):
    """A sanitizer looks at what is touched, not at how long it takes."""
    return lambda box: run(box, make(hostile.MEGABYTE // (10 if box.installation.is_sanitized else 1)))


# ------------------------------------------------------ small files that lie

def deflated(name, head, n_zeros):
    """An archive of one member that is a head and so many zeros: a thousandth of its size."""
    packer, checksum, packed, left = zlib.compressobj(9, zlib.DEFLATED, -15), zlib.crc32(head), b"", n_zeros
    packed += packer.compress(head)
    while left > 0:
        piece = bytes(min(left, 1 << 20))
        packed, checksum, left = packed + packer.compress(piece), zlib.crc32(piece, checksum), left - len(piece)
    packed += packer.flush()
    return zip_of(name, packed, len(head) + n_zeros, checksum)


def zip_of(name, packed, size, checksum):
    """An archive of one deflated member, which may lie about its size."""
    name = name.encode()
    sizes = struct.pack("<III", checksum, len(packed), size)
    local = struct.pack("<IHHHHH", 0x04034B50, 20, 0, 8, 0, 0) + sizes + struct.pack("<HH", len(name), 0) + name
    entry = struct.pack("<IHHHHHH", 0x02014B50, 20, 20, 0, 8, 0, 0) + sizes + struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, 0) + name
    end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 1, 1, len(entry), len(local) + len(packed), 0)
    return local + packed + entry + end


def shaped(*shape):
    return hostile.npy(f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({', '.join(map(str, shape))},), }}\n")


def tensor(shape, begin, end, dtype="F32"):
    return f'{{"t":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{begin},{end}]}}}}'


def described(**changes):
    """A capture of one array of three rows that says other things of itself."""
    stage = {key: "t" for key in ("id", "short-label", "label", "axis-label", "site", "formula")}
    description = {"format": 2, "model": "m", "layers": 1, "stages": [stage], "conditions": [{"id": "c", "rows": 3}], **changes}
    header = {"__metadata__": {"sonde": json.dumps(description)}, "c/L0/t": {"dtype": "F32", "shape": [3, 2], "data_offsets": [0, 24]}}
    return hostile.safetensors(json.dumps(header), struct.pack("<6f", *range(6)))


LIES = {
    "a header that is longer than all files": ("a.safetensors", struct.pack("<Q", 2 ** 64 - 1) + b"{}", ["18446744073709551615", "100000000"]),
    "a header that is longer than its file": ("a.safetensors", struct.pack("<Q", 99_999_999) + b"{}", ["99999999"]),
    "a tensor that is larger than its file": ("a.safetensors", hostile.safetensors(tensor([1 << 30, 1], 0, 1 << 32)), ["truncated", "4294967296"]),
    "a tensor of which the size wraps around": ("a.safetensors", hostile.safetensors(tensor([1 << 62, 4], 0, 0)), ["larger than this machine can address"]),
    "a tensor of which the bytes wrap around": ("a.safetensors", hostile.safetensors(tensor([(1 << 62) + 1], 0, 4)), ["larger than this machine can address"]),
    "offsets that wrap around": ("a.safetensors", hostile.safetensors(tensor([1], 2 ** 63 - 4, 2 ** 63 - 1)), ["t"]),
    "an array that is larger than its file": ("a.npy", shaped(1 << 40, 3), ["3298534883328 bytes"]),
    "an array of which the size wraps around": ("a.npy", shaped(1 << 32, 1 << 32), ["larger than this machine can address"]),
    "an array without rows that is endless": ("a.npy", shaped(0, 1 << 62), ["a.npy"]),
    "a member that unpacks to a gigabyte": ("a.npz", deflated("a.npy", shaped(1 << 30, 1), 1 << 30), ["more than 100 times its size"]),
    "a member that says that it does": ("a.npz", zip_of("a.npy", bytes(9), (1 << 31) - 1, 0), ["more than anything can"]),
    "a member that says less": ("a.npz", zip_of("a.npy", zlib.compress(bytes(60 << 20))[2:-4], 1000, 0), ["a.npz"]),
    "a capture of many layers": ("a.safetensors", described(layers=10001), ["layers", "from 1 to 10000"]),
    "a capture of layers that are not there": ("a.safetensors", described(layers=10000), ["a.safetensors"]),
    "a capture of many rows": ("a.safetensors", described(conditions=[{"id": "c", "rows": 10_000_001}]), ["rows", "from 1 to 10000000"]),
    "a capture of rows that are not there": ("a.safetensors", described(conditions=[{"id": "c", "rows": 10_000_000}]), ["a.safetensors"]),
    "rows without end": ("a.npz", deflated("a.npy", shaped(10_000_001, 1), 10_000_001), ["10000001 rows", "at most 10000000"]),
}


def lie_test(name, content, words):
    def test(box):
        put(box.work / name, content)
        refuse_in_memory(box, words, "run", "cosine", "--capture", name)
    return test


def refuse_in_memory(box, words, *arguments):
    if box.installation.is_sanitized:
        raise Skip("a sanitizer takes more memory than is measured")
    result = box.sonde(*arguments, "--threads", "1", status=1, preexec_fn=limit_memory, env={"OPENBLAS_NUM_THREADS": "1"})
    equal(len(result.errors), 1, f"sentences on stderr: {result.err[:2000]}")
    contains(result.errors[0], words, "the sentence")


CONFIG_LIES = {
    "n_positions": 1048576, "n_embd": 65536, "n_head": 65536, "n_inner": 262144, "n_layer": 1000, "vocab_size": 10000000,
}


def test_configuration_that_lies(box):
    """Each size at its limit contradicts the weights; each one over it is told."""
    model = make_model(box.work / "model")
    config = json.loads((model / "config.json").read_text())
    for name, limit in CONFIG_LIES.items():
        for value, words in ((limit, ["config.json"]), (limit + 1, ["config.json", name, str(limit + 1), f"from 1 to {limit}"]), (2 ** 64, ["config.json"])):
            put(model / "config.json", json.dumps({**config, name: value}))
            refuse_in_memory(box, words, "run", "mlp-progression", "--model", "model")
    put(model / "config.json", json.dumps({**config, **CONFIG_LIES, "n_head": 1}))
    refuse_in_memory(box, ["config.json"], "run", "mlp-progression", "--model", "model")


def test_files_that_are_too_long(box):
    """Holes, which take no room on the disk, and none in memory: only their length is looked at."""
    for name, limit in (("config.json", 1 << 20), ("vocab.json", 64 << 20), ("merges.txt", 64 << 20)):
        model = make_model(box.work / name)
        with (model / name).open("r+b") as file:
            file.truncate(1 << 40)
        refuse_in_memory(box, [name, "1099511627776 bytes", str(limit)], "run", "mlp-progression", "--model", model)
    model = make_model(box.work / "model")
    with (box.work / "big.recipe").open("wb") as file:
        file.truncate(1 << 40)
    refuse_in_memory(box, ["big.recipe", "1099511627776 bytes", "1048576"], "run", "big.recipe", "--model", model)
    with (box.work / "big.txt").open("wb") as file:
        file.truncate(1 << 40)
    refuse_in_memory(box, ["big.txt", "256 MiB"], "run", "mlp-progression", "--model", model, "--text", "big.txt")
    put(box.work / "rows.npy", npy([[1.0, 2.0, 3.0]] * 5))
    with (box.work / "rows.rows.csv").open("wb") as file:
        file.truncate(1 << 40)
    refuse_in_memory(box, ["rows.rows.csv", "256 MiB"], "run", "cosine", "--capture", "rows.npy")


# --------------------------------------------------------- at a limit, and over it

def refused(box, words, *arguments, **more):
    result = box.sonde(*arguments, status=1, **more)
    equal(len(result.errors), 1, f"sentences on stderr: {result.err[:2000]}")
    contains(result.errors[0], words, "the sentence")


def test_recipes(box):
    inputs = box.inputs()
    recipe = hostile.RECIPE.replace("cosine", "hello") + hostile.CONDITION + "rows=20\n"
    lines = len(recipe.splitlines())
    # a title may come in as many languages as there are
    for n, title, words in ((4000 - lines, "", None), (4001 - lines, "", ["4001 groups and keys", "4000"]), (0, "t" * 400, None), (0, "t" * 401, ["title", "401 bytes", "400"])):
        more = "".join(f"title[{i}]=t\n" for i in range(n)) + (f"title={title}\n" if title else "")
        put(box.work / "odd.recipe", "# comments do not count\n" + recipe.replace("[Recipe]\n", "[Recipe]\n" + more))
        if words:
            refused(box, words, "run", "odd.recipe", *inputs, "--dry-run")
        else:
            box.sonde("run", "odd.recipe", *inputs, "--dry-run")
    for n, words in ((64, None), (65, ["“64”", "at most 64"])):
        put(box.work / "odd.recipe", hostile.RECIPE.replace("cosine", "hello") + "".join(f"[Condition {i}]\nkind=prefix\nrows=20\n" for i in range(n)))
        if words:
            refused(box, words, "run", "odd.recipe", *inputs, "--dry-run")
        else:
            box.sonde("run", "odd.recipe", *inputs, "--dry-run")
    for n, words in ((400, None), (401, ["title", "401 bytes", "400"])):
        put(box.work / "odd.recipe", recipe + f"title={'t' * n}\n")
        if words:
            refused(box, words, "run", "odd.recipe", *inputs, "--dry-run")
        else:
            box.sonde("run", "odd.recipe", *inputs, "--dry-run")


def test_chains(box):
    words = ["layer=0"] * 999
    box.sonde("run", "cosine", *words, *box.inputs(), "--dry-run")
    refused(box, ["1001 words", "1000"], "run", "cosine", *words, "layer=0", *box.inputs(), "--dry-run")


def test_windows(box):
    """The text once for each place of the target: a thousand places of a window of ten thousand tokens are ten million."""
    model = make_model(box.work / "model", positions=12000, features=2, heads=1, layers=1)
    recipe = hostile.RECIPE.replace("cosine", "hello") + "target=a\n[Condition a]\nkind=windows\nwindow=10000\n"
    put(box.work / "odd.recipe", recipe)
    for n, words in ((1000, None), (1001, ["1001 sequences of 10000 tokens", "10000000"])):
        put(box.work / "text.txt", "b" * 9999 + "a" * n)
        if words:
            refused(box, words, "run", "odd.recipe", "--model", model, "--text", "text.txt", "--dry-run")
        else:
            box.sonde("run", "odd.recipe", "--model", model, "--text", "text.txt", "--dry-run")


def described_stages(n_stages, n_aliases, letter):
    """A capture of stages that have many names each."""
    keys = ("id", "short-label", "label", "axis-label", "site", "formula")
    stages = [{**{key: f"{letter}{s}" for key in keys}, "aliases": [{"library": "l", "name": f"{letter}{s}.{a}"} for a in range(n_aliases)]} for s in range(n_stages)]
    description = {"format": 2, "model": "m", "layers": 1, "stages": stages, "conditions": [{"id": "c", "rows": 3}]}
    header = {"__metadata__": {"sonde": json.dumps(description)}}
    header |= {f"c/L0/{letter}{s}": {"dtype": "U8", "shape": [3, 1], "data_offsets": [3 * s, 3 * s + 3]} for s in range(n_stages)}
    return hostile.safetensors(json.dumps(header), bytes(3 * n_stages))


def test_names_of_stages(box):
    """Two captures at the limit of stages and names that have nothing in common; and one that has a name more."""
    put(box.work / "a.safetensors", described_stages(1000, 10, "a"))
    put(box.work / "b.safetensors", described_stages(1000, 10, "b"))
    result = box.sonde("diff", "a.safetensors", "b.safetensors", status=None, preexec_fn=limit_time(box))
    equal((result.status, len(result.errors)), (2, 1), f"two captures without a common stage: {str(result)[:1000]}\nstatus, sentences")
    for n_stages, n_aliases, words in ((101, 100, ["aliases", "at most 10000"]), (1, 100, None), (1, 101, ["aliases", "at most 100 objects"])):
        put(box.work / "a.safetensors", described_stages(n_stages, n_aliases, "a"))
        if words:
            refused(box, words, "run", "hello", "--capture", "a.safetensors", "--dry-run")
        else:
            box.sonde("run", "hello", "--capture", "a.safetensors", "--dry-run")


def test_short_lines(box):
    """Each line is tokenized by itself, and takes no longer for it."""
    put(box.work / "text.txt", hostile.fill(hostile.MEGABYTE, "ab\n"))
    put(box.work / "odd.recipe", hostile.RECIPE.replace("cosine", "hello") + "[Condition a]\nkind=lines\n")
    run_hostile(box, "run", "odd.recipe", "--text", "text.txt", "--model", make_model(box.work / "model"), "--dry-run")


def test_lines_that_are_alike_for_a_sum(box):
    """Lines of three tokens of which 1089 a + 33 b + c is the same."""
    model = make_model(box.work / "model")
    lines = [f"{chr(a)}{chr(b)}{chr(c)}" for a in range(33, 127) for b in range(33, 127) for c in range(33, 127) if 1089 * a + 33 * b + c == 1089 * 80 + 33 * 80 + 80]
    put(box.work / "text.txt", "\n".join(lines * 2000)[:hostile.MEGABYTE])
    put(box.work / "odd.recipe", hostile.RECIPE.replace("cosine", "hello") + "[Condition a]\nkind=lines\n")
    result = run_hostile(box, "run", "odd.recipe", "--model", model, "--text", "text.txt", "--dry-run")
    contains(result.err, ["identical"], "warnings")


def test_settings(box):
    model = make_model(box.work / "model")
    config = json.loads((model / "config.json").read_text())
    for n, words in ((1000 - len(config), None), (1001 - len(config), ["config.json", "more than 1000 settings"])):
        put(model / "config.json", json.dumps({**config, **{f"s{i}": 0 for i in range(n)}}))
        if words:
            refused(box, words, "run", "mlp-progression", "--model", "model", "--dry-run")
        else:
            box.sonde("tokenize", "--model", "model", stdin=b"a")


def test_manifests(box):
    start = "[Plugin]\nModule=odd\nName=Odd\n#"
    for size, said in ((64 << 10, False), ((64 << 10) + 1, True)):
        put(box.work / "plugins/odd.plugin", start + "x" * (size - len(start)))
        out = box.sonde("list", env={"SONDE_PLUGIN_PATH": str(box.work / "plugins")}).out
        equal("larger than 64 KiB" in out, said, f"that a manifest of {size} bytes is told of")


def test_fields(box):
    put(box.work / "rows.npy", npy([[1.0, 2.0, 3.0]] * 3))
    for size, words in ((65536, None), (65537, ["rows.rows.csv, line 3", "bytes in a field", "65536"])):
        put(box.work / "rows.rows.csv", "text\na\n" + "n" * size + "\nb\n")
        if words:
            refused(box, words, "run", "cosine", "--capture", "rows.npy", "--dry-run")
        else:
            box.sonde("run", "cosine", "--capture", "rows.npy", "--dry-run")


def test_members(box):
    """64 MiB that shrink to nothing are read, a byte more is not."""
    for extra, words in ((0, None), (1, ["more than 100 times its size"])):
        zeros = (64 << 20) + extra - len(shaped(1, 64 << 20))
        head = shaped(1, zeros)
        put(box.work / "a.npz", deflated("a.npy", head, zeros))
        result = box.sonde("run", "cosine", "--capture", "a.npz", "--dry-run", status=1)
        contains(result.errors[0], words or ["1 row,", "fewer than 3"], "the sentence")


def test_headers_of_arrays(box):
    """16 KiB with the twelve bytes before it."""
    for length, words in ((16384 - 12, ["fewer than 3"]), (16385 - 12, ["16385 bytes", "at most 16384"])):
        put(box.work / "a.npy", hostile.blank_header(length))
        refused(box, words, "run", "cosine", "--capture", "a.npy", "--dry-run")


def test_names_in_archives(box):
    """Names of 1,024 bytes are read, longer ones left out and told."""
    for length in (1024, 1025):
        name = "all/L0/" + "n" * (length - 7 - 4) + ".npy"
        with zipfile.ZipFile(box.work / "a.npz", "w") as archive:
            archive.writestr(name, npy([[1.0, 2.0]] * 3))
            archive.writestr("all/L0/a.npy", npy([[1.0, 2.0]] * 3))
        result = box.sonde("run", "cosine", "--capture", "a.npz", "--dry-run")
        equal("a name of more than 1024 bytes" in result.err, length == 1025, f"that a name of {length} bytes is told of: {result.err[:500]}")


def test_foretold_memory_that_does_not_fit(box):
    """Whatever a plugin foretells: sums of it do not become small again."""
    result = box.sonde("run", "cosine", *box.inputs(), "--max-memory", "1", status=1)
    contains(result.errors[0], ["memory", "--max-memory"], "the sentence")


if __name__ == "__main__":
    main(tests_of(globals()) + [(f"a lie: {name}", lie_test(*row)) for name, row in LIES.items()]
         + [(f"{group}: {name}", hostile_test(make, run)) for group, (table, run) in HOSTILE.items() for name, make in table.items()])
