"""Writes what fuzzing begins with: the small model of fuzz-model.c into model/, and seed-* into corpus/TARGET/. Whatever else lies there
was found by a fuzzer and stays. Usage: make-seeds.py, anywhere (Python alone is enough)"""
import io
import json
import random
import struct
import zipfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
SOURCE = FOLDER.parent.parent


def write(target, name, data):
    path = FOLDER / "corpus" / target / f"seed-{name}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode() if isinstance(data, str) else data)


def pieces(**files):
    """Several files in one input, as fuzz_split () takes them apart; _ stands for a dot, __ for a slash."""
    parts = []
    for name, data in files.items():
        parts.append(f"=== {name.replace('__', '/').replace('_', '.')}\n".encode() + (data.encode() if isinstance(data, str) else data))
    return b"\n".join(parts)


# ------------------------------------------------------------------ safetensors

def safetensors(tensors, metadata=None, pad=True):
    header, data = {}, b""
    if metadata is not None:
        header["__metadata__"] = metadata
    for name, (dtype, shape, raw) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8) if pad else b""
    return struct.pack("<Q", len(text)) + text + data


SIZES = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "F8_E4M3": 1, "F8_E5M2": 1, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U64": 8,
         "U32": 4, "U16": 2, "U8": 1, "BOOL": 1, "F4": 1}


def safetensors_seeds():
    one = {"a": ("F32", [2, 3], struct.pack("<6f", *range(6)))}
    write("safetensors", "one", safetensors(one))
    write("safetensors", "metadata", safetensors(one, {"format": "pt", "sonde": "{}"}))
    write("safetensors", "empty", safetensors({}))
    write("safetensors", "odd-header", safetensors({"b/ü\n": ("U8", [3], b"abc")}, pad=False))
    write("safetensors", "all-types", safetensors({d.lower(): (d, [2], bytes(range(2 * size))) for d, size in SIZES.items()}))
    write("safetensors", "shapes", safetensors({"scalar": ("F64", [], bytes(8)), "none": ("I8", [0, 5], b""), "eight": ("U8", [1] * 8, b"x")}))
    index = {"metadata": {"total_size": 24}, "weight_map": {"a": "a.safetensors", "b": "b.safetensors"}}
    two = {"b": ("I16", [2], b"abcd"), "unused": ("U8", [1], b"x")}
    write("safetensors-index", "two", pieces(model_safetensors_index_json=json.dumps(index), a_safetensors=safetensors(one), b_safetensors=safetensors(two)))
    write("safetensors-index", "outside", pieces(model_safetensors_index_json='{"weight_map":{"a":"../a.safetensors"}}', a_safetensors=safetensors(one)))
    write("safetensors-index", "one", pieces(model_safetensors_index_json='{"weight_map":{"a":"a.safetensors"}}', a_safetensors=safetensors(one)))


# ------------------------------------------------------------------ arrays

def npy(descr, shape, data, fortran=False, version=1):
    header = repr({"descr": descr, "fortran_order": fortran, "shape": shape}).encode()
    header += b" " * (-(len(header) + 11) % 16) + b"\n"
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(header)) + header + data


def npz(members, method=zipfile.ZIP_STORED):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return target.getvalue()


DESCRIPTION = {
    "format": 2, "model": "A model, 3 layers", "layers": 3,
    "stages": [
        {"id": "in", "short-label": "In", "label": "Input", "axis-label": "input", "site": "mlp.in", "formula": "x", "aliases": [{"library": "Lens", "name": "blocks.{layer}.in"}]},
    ],
    "conditions": [
        {"id": "first", "title": "First", "attributive": "First", "short-title": "1st", "short-attributive": "1st", "rows": 3,
         "tokens": {"sequence": [0, 0, 1], "position": [0, 1, 0], "id": [5, 6, 5], "text": [" a", "\u00e9", " a"], "kept": [1, 1, 1]}},
    ],
}


def arrays_seeds():
    floats = struct.pack("<6f", *range(6))
    write("arrays-npy", "c", npy("<f4", (3, 2), floats))
    write("arrays-npy", "fortran", npy("<f4", (2, 3), floats, fortran=True))
    write("arrays-npy", "swapped", npy(">f8", (3, 1), struct.pack(">3d", 1, 2, 3), version=2))
    write("arrays-npy", "three-axes", npy("<i2", (2, 3, 2), bytes(24), version=3))
    write("arrays-npy", "half", npy("<f2", (4, 3), bytes(24)))
    write("arrays-npy", "objects", npy("|O", (2,), b"\x80\x04."))
    write("arrays-npy", "records", npy([("a", "<f4"), ("b", "<i4", (2,))], (1,), bytes(12)))
    names = {f"first/L{layer}/{stage}.npy": npy("<f4", (3, 2), floats) for layer in (0, 1) for stage in ("in", "out")}
    write("arrays-npz", "stored", npz(names))
    write("arrays-npz", "deflated", npz(names, zipfile.ZIP_DEFLATED))
    write("arrays-npz", "described", npz({"first/L0/in.npy": npy("<f4", (3, 2), floats), "sonde.json": json.dumps(DESCRIPTION)}))
    write("arrays-npz", "strange", npz({"readme.txt": b"x", "folder/": b"", "L0_1.npy": npy("<f8", (4, 1), bytes(32))}))
    write("arrays-labels", "all", "condition,row,sequence,position,token_id,text,kept\none,0,0,0,5, a,1\none,1,0,1,6,\" \"\"b\"\"\",1\ntwo,2,1,0,7,c,0\ntwo,3,1,1,8,d,1\n")
    write("arrays-labels", "text", "text\na\nb\nc\nd\ne\n\"f\r\n\"\n")
    write("arrays-labels", "windows", "\ufeffrow,label,other\r\n5,a,\r\n0,b,x\r\n")
    write("arrays-labels", "positions", "sequence,position,kept\n0,0,1\n0,1,1\n0,2,1\n1,0,1\n1,1,1\n1,2,1\n")
    write("arrays-options", "own", pieces(names="first/L0/in\nfirst/L0/out\nsecond/L0/in", stages="out,in", conditions="second"))
    write("arrays-options", "lens", pieces(names="blocks.0.mlp.hook_pre\nblocks.1.mlp.hook_pre\nblocks.0.attn.hook_q", pattern="transformer-lens"))
    write("arrays-options", "hugging-face", pieces(names="transformer.h.0.mlp.c_fc\nmodel.layers.1.mlp.act", axes="sequence,position,feature"))
    write("arrays-options", "notebook", pieces(names="L6_2\nL6_3\nh[6].mlp.output\nparams/h_6/mlp/c_fc", pattern="auto", axes="auto"))
    write("arrays-options", "expression", pieces(names="x-0-a\nx-1-a", pattern="(?<condition>x)-(?<layer>[0-9]+)-(?<stage>.*)"))
    write("arrays-options", "layers", pieces(names="acts", axes="layer,row,feature", pattern="plain"))


# ------------------------------------------------------------------ what the library says of itself

def json_seeds():
    write("json", "kinds", '{"a":[1,-2.5e-8,true,false,null,"\\u00e9\\ud83d\\udc08\\n"],"b":{"c":{}},"":[[]]}')
    write("json", "numbers", '{"i":9223372036854775807,"j":-9223372036854775808,"k":1e308,"l":1e-308,"m":0.1,"n":123456789012345678901234567890}')
    write("json", "deep", '{"a":' + "[" * 60 + "]" * 60 + "}")
    write("results", "files", json.dumps({"files": ["report.pdf", "figures/a.svg", "tables/old.csv", "../precious.svg", "other/precious.csv", "/etc/x"]}))
    write("results", "others", json.dumps({"files": ["notes.svg", "figures/notes.txt", "other", "figures", "tables"]}))
    write("results", "more", '{"x":{"files":1},"files":["figures/deep/precious.svg",1,null,"figures/../../precious.svg"],"y":[]}')
    write("capture-description", "one", json.dumps(DESCRIPTION))
    write("capture-description", "plain", json.dumps({"format": 2, "model": "", "layers": 1, "stages": [{"id": "a", "short-label": "A", "label": "A", "axis-label": "a", "site": "a", "formula": "a"}], "conditions": [{"id": "b", "rows": 1}]}))


def diff_seeds():
    described = {
        "format": 2, "model": "GPT-2", "layers": 2,
        "stages": [{"id": name, "short-label": name, "label": name, "axis-label": name, "site": site, "formula": name} for name, site in (("input", "mlp.in"), ("block", "block"))],
        "conditions": [{"id": "one", "title": "One", "rows": 3, "tokens": {"sequence": [0, 0, 0, 1], "position": [0, 1, 2, 0], "id": [73, 116, 256, 5], "text": ["I", "t", " a", "&"], "kept": [1, 0, 1, 1]}}],
    }
    names = [f"one/L{layer}/{stage}" for layer in (0, 1) for stage in ("input", "block")]
    one, other = ({name: ("F32", [3, 4], struct.pack("<12f", *(i + shift for i in range(12)))) for name in names} for shift in (0, 0.5))
    text = {"sonde": json.dumps(described, separators=(",", ":"))}
    zipped = {name + ".npy": npy("<f4", (3, 4), raw) for name, (_, _, raw) in other.items()}
    write("diff", "captures", pieces(a_safetensors=safetensors(one, text), b_npz=npz({**zipped, "sonde.json": text["sonde"]})))
    write("diff", "equal", pieces(a_safetensors=safetensors(one, text), b_safetensors=safetensors(one, text)))
    write("diff", "model", pieces(b_safetensors=safetensors(one, text)))
    write("diff", "no-description", pieces(a_npz=npz(zipped), b_npz=npz(zipped)) + b" ")


def recipe_seeds():
    for path in sorted((SOURCE / "data/recipes").glob("*.recipe")):
        write("recipe", path.stem, "\n".join(line for line in path.read_text(encoding="utf-8").splitlines() if line and line[0] != "#") + "\n")
    write("recipe", "small", MODEL_RECIPE)
    write("recipe", "provider", "[Recipe]\nchain=cosine\ntap=mlp-stages\ntitle[de]=Ein\n\n[Condition a-1]\nkind=prefix\n[Provider arrays]\naxes=row,feature\nstages=a,b\n")
    for name, chain in {
        "plain": "mlp-stages ! cosine ! rsa ! laminar",
        "properties": "residual ! cosine cross-limits=-0.3:0.3,auto ! rsa method=spearman layer=3",
        "quoted": "named-sites sites='mlp.pre,mlp.post' ! distribution ! dimensionality threshold=\"95\"",
        "hello": "attention ! hello",
        "wrong": "rsa ! ! cosine",
    }.items():
        write("chain", name, chain)


def manifest_seeds():
    good = "[Plugin]\nModule=one\nName=One\nName[de]=Eins\nDescription=Does one thing\nAuthors=A;B\nVersion=1\nX-Sonde-API=1\nX-Sonde-Kind=analyzer\n"
    write("manifest", "analyzer", pieces(plugins__one_plugin=good))
    write("manifest", "provider", pieces(plugins__one_plugin=good.replace("analyzer", "model-provider") + "X-Sonde-Opens=*.one;./x/*\n",
                                         plugins__two__two_plugin=good.replace("Module=one", "Module=two\nDepends=one;three\nLoader=c")))
    write("manifest", "same-name", pieces(plugins__one_plugin=good, plugins__two__two_plugin=good))
    write("manifest", "disabled", pieces(sonde__settings_ini="[Settings]\ndisabled-plugins=['one', 'two']\n", plugins__one_plugin=good))
    write("manifest", "python", pieces(plugins__one_plugin="[Plugin]\nModule=one\nLoader=cobol\nName=x\nX-Sonde-API=9\nX-Sonde-Kind=tap\n"))


def isolation_seeds():
    """Written as GVariant reads texts; the letter in front says what of."""
    style = "((0.0,0.0,0.0,1.0),1.0,uint32 1,3.0,(0.0,0.0,0.0,1.0),0.5)"
    table = "(b'odd',b'A table',[(b'text',byte 0x00,nothing,b'Texts',<[b'a',b'b']>),(b'n',byte 0x01,just b'1',b'Counts',<[int64 1,2]>),(b'x',byte 0x02,nothing,b'Shares',<[0.5,nan]>)])"
    marks = f"<[{{'kind':<'line'>,'x':<[0.0,1.0]>,'y':<[0.0,1.0]>,'style':<{style}>}},{{'kind':<'bar'>,'position':<1.0>,'height':<2.0>,'width':<0.5>,'style':<{style}>}}]>"
    panel = f"(uint32 0,uint32 0,{{'title':<b'P'>,'marks':{marks},'x-limits':<(0.0,2.0)>}})"
    figure = f"{{'name':<b'f'>,'title':<b'F'>,'rows':<uint32 1>,'columns':<uint32 1>,'width':<100.0>,'height':<100.0>,'panels':<[{panel}]>}}"
    tensor = "(b'a/L0',uint32 1,[uint64 1,2],<[uint32 0,1065353216]>)"
    write("isolation", "empty", "R([],[],[],[],[])")
    write("isolation", "table", f"R([{table}],[],[],[(b'A number',b'9')],[b'One.'])")
    write("isolation", "figure", f"R([],[{figure}],[],[],[])")
    write("isolation", "tensor", f"R([],[],[{tensor}],[],[])")
    write("isolation", "description", f"D(['reads'],['uses'],[('a','b','c','d')],[{table.replace(chr(91) + 'b' + chr(39) + 'a' + chr(39) + ',b' + chr(39) + 'b' + chr(39) + chr(93), chr(64) + 'aay []')}],['figure'])")
    write("isolation", "bytes", b"r" + bytes(8))
    write("isolation", "packet", b"p" + struct.pack("<QII", 5, 0, 0) + b"hello")


# ------------------------------------------------------------------ models

def symbols():
    """GPT-2's character for each byte."""
    visible = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [b for b in range(256) if b not in visible]
    return {b: chr(b) if b in visible else chr(256 + others.index(b)) for b in range(256)}


CONFIG = {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "n_layer": 2, "n_head": 2, "n_embd": 4, "n_positions": 12, "n_inner": None,
          "vocab_size": 260, "layer_norm_epsilon": 1e-05, "activation_function": "gelu_new", "tie_word_embeddings": True}
MORE_TOKENS = ["\u0120a", "\u0120c", "\u0120ca", "<|endoftext|>"]
MERGES = "#version: 0.2\n\u0120 a\n\u0120 c\n\u0120c a\n"
TEXT = "It is a cat and a car, a cap, a can and a cave: so a few are a lot.\n"
MODEL_RECIPE = """[Recipe]
title=A small one
tap=mlp-stages
chain=distribution ! cosine ! rsa ! dimensionality ! laminar
target=\\sa

[Condition one]
kind=prefix
drop=1

[Condition many]
kind=windows
window=3
keep=last

[Analyzer dimensionality]
threshold=90
"""


def model_tensors():
    rng = random.Random(7)
    width, inner = CONFIG["n_embd"], 4 * CONFIG["n_embd"]
    shapes = {"wte.weight": [CONFIG["vocab_size"], width], "wpe.weight": [CONFIG["n_positions"], width]}
    for layer in range(CONFIG["n_layer"]):
        for name, shape in {"ln_1.weight": [width], "ln_1.bias": [width], "attn.c_attn.weight": [width, 3 * width], "attn.c_attn.bias": [3 * width],
                            "attn.c_proj.weight": [width, width], "attn.c_proj.bias": [width], "ln_2.weight": [width], "ln_2.bias": [width],
                            "mlp.c_fc.weight": [width, inner], "mlp.c_fc.bias": [inner], "mlp.c_proj.weight": [inner, width],
                            "mlp.c_proj.bias": [width]}.items():
            shapes[f"h.{layer}.{name}"] = shape
    shapes.update({"ln_f.weight": [width], "ln_f.bias": [width]})
    tensors = {}
    for name, shape in shapes.items():
        n = shape[0] * (shape[1] if len(shape) > 1 else 1)
        tensors[name] = ("F16", shape, struct.pack(f"<{n}e", *(rng.gauss(1 if name.endswith(("1.weight", "2.weight", "f.weight")) and "ln_" in name else 0, 0.3) for _ in range(n))))
    return tensors


def vocabulary():
    tokens = {symbol: byte for byte, symbol in symbols().items()}
    tokens.update({token: 256 + i for i, token in enumerate(MORE_TOKENS)})
    return tokens


def model_seeds():
    model = FOLDER / "model"
    model.mkdir(exist_ok=True)
    files = {"config.json": json.dumps(CONFIG), "vocab.json": json.dumps(vocabulary(), separators=(",", ":")), "merges.txt": MERGES, "text.txt": TEXT,
             "fuzz.recipe": MODEL_RECIPE}
    for name, text in files.items():
        (model / name).write_text(text, encoding="utf-8")
    (model / "model.safetensors").write_bytes(safetensors(model_tensors(), {"format": "pt"}))
    write("model", "whole", b"")
    write("model", "config", pieces(config_json=json.dumps(CONFIG)))
    write("model", "recipe", pieces(fuzz_recipe=MODEL_RECIPE))
    write("model", "text", pieces(text_txt=TEXT))
    write("model", "merges", pieces(merges_txt=MERGES, text_txt="a ca <|endoftext|> a ca a ca\n"))
    write("model", "weights", pieces(model_safetensors=safetensors(model_tensors())))
    write("model", "residual", pieces(fuzz_recipe=MODEL_RECIPE.replace("mlp-stages", "residual")))
    write("gpt2-config", "small", json.dumps(CONFIG))
    write("gpt2-config", "demo", (SOURCE / "data/demo-model/config.json").read_bytes())
    write("gpt2-config", "switches", json.dumps({**CONFIG, "activation_function": "relu", "scale_attn_weights": False, "scale_attn_by_inverse_layer_idx": True, "n_inner": 7}))
    write("gpt2-vocabulary", "bytes", json.dumps({s: b for b, s in symbols().items()}, ensure_ascii=False, separators=(",", ":")))
    write("gpt2-vocabulary", "escaped", json.dumps(vocabulary(), separators=(",", ":")))
    write("gpt2-vocabulary", "few", '{\n  "a": 0, "\\u0120b": 1\n}')
    write("gpt2-merges", "few", "#version: 0.2\na b\nab c\na a\naa aa\nb b\n")
    write("gpt2-merges", "none", "#version: 0.2\n")
    write("gpt2-merges", "order", "c a\nb ca\na bca\nc b\n\nb b\nb bb\n")
    write("gpt2-tokenizer", "text", "I'll drink 23 coffees, they've said: it's  5\u00bd \u20ac!\n\n\td\u00e9j\u00e0 vu <|endoftext|> \u6771\u4eac \U0001f408\u200d\u2b1b")
    write("gpt2-tokenizer", "spaces", "a  b   \n \u00a0\u2003 c \r\n\r\n")
    write("gpt2-tokenizer", "marks", "e\u0301\u0301\u0301 \u0661\u0662 \u00bd'S'T'RE'VE'M'LL'D's't're've'm'll'd")
    write("gpt2-tokenizer", "not-utf-8", b"abc\xff\xc3(\xe2\x82")


# ------------------------------------------------------------------ checkpoints

def checkpoint_seeds():
    """The head of a frame holds checksums that Python has not: it is what the target itself wrote."""
    description = '{\n  "model" : "0123",\n  "layers" : "0, 1"\n}'
    head = bytes.fromhex("736f6e6465006631 a68106c359b5aff2bf5553acd541a248 1000000000000000 eedb4dced808a3f7e4bc67a0bd28cb33") + bytes(16)
    frame = head + b"0123456789abcdef"
    write("checkpoint", "empty", pieces(lock=""))
    write("checkpoint", "whole", pieces(checkpoint_json=description, frame=frame, lock=""))
    write("checkpoint", "damaged", pieces(checkpoint_json=description, frame=frame[:-1] + b"x"))
    write("checkpoint", "short", pieces(checkpoint_json=description, frame=frame[:40]))
    write("checkpoint", "killed", pieces(checkpoint_json=description, frame_part=frame[:70]))
    write("checkpoint", "other-run", pieces(checkpoint_json=description.replace("0123", "4\\n56").replace(", 1", "")))
    write("checkpoint", "more", pieces(checkpoint_json=description.replace("}", ', "more": {"a": [1, null]}}')))
    write("checkpoint", "no-description", pieces(frame=frame))


def main():
    checkpoint_seeds()
    safetensors_seeds()
    arrays_seeds()
    json_seeds()
    diff_seeds()
    recipe_seeds()
    manifest_seeds()
    isolation_seeds()
    model_seeds()


main()
