# SPDX-License-Identifier: LGPL-2.1-or-later
"""Files that are made to be slow: a megabyte each, of whatever makes a careless reader do everything with everything."""

import io
import json
import random
import struct
import zipfile

MEGABYTE = 1_000_000  # less than the limit of those files that may have 1 MiB
FIRST_LETTER, N_LETTERS, N_PLACES = 93, 33, 7  # of words_with_hash(): none of them has to be escaped in JSON


def colliding_words(n):
    """n words of one length that g_str_hash() cannot tell apart: in it, "az", "bY" and "c8" are the same."""
    pairs, length = ("az", "bY", "c8"), 1
    while 3 ** length < n:
        length += 1
    return ["".join(pairs[number // 3 ** place % 3] for place in range(length)) for number in range(n)]


def words_with_hash(value, n):
    """Up to ten words of seven letters whose g_str_hash() is the value: its steps are the digits of a number to the base 33."""
    start = 5381
    for _ in range(N_PLACES):
        start = start * 33 + FIRST_LETTER
    number, words = (value - start) % 2 ** 32, []
    while number < N_LETTERS ** N_PLACES and len(words) < n:
        words.append("".join(chr(FIRST_LETTER + number // N_LETTERS ** (N_PLACES - 1 - i) % N_LETTERS) for i in range(N_PLACES)))
        number += 2 ** 32
    return words


def crowded_words(n, modulus, factor):
    """n words that fall into one place of a table whose size is the modulus, though they have many hashes."""
    inverse, words = pow(factor, -1, 2 ** 32), []
    for product in range(5, 2 ** 32, modulus):
        words += words_with_hash(product * inverse % 2 ** 32, 9)
        if len(words) >= n:
            break
    return words[:n]


def safetensors(header, data=b""):
    text = header if isinstance(header, bytes) else header.encode()
    return struct.pack("<Q", len(text)) + text + data


def object_of(names, value):
    return "{" + ",".join(f'"{name}":{value}' for name in names) + "}"


def npy(header, data=b""):
    return b"\x93NUMPY\x02\x00" + struct.pack("<I", len(header)) + header.encode() + data


def fill(size, pattern):
    """The pattern again and again, to at most so many bytes."""
    return pattern * (size // len(pattern.encode()))


def numbered(size, form):
    """form.format (0), form.format (1), … joined by commas, to about so many bytes."""
    parts, length = [], 0
    while length < size:
        parts.append(form.format(len(parts)))
        length += len(parts[-1].encode()) + 1
    return ",".join(parts)


# ------------------------------------------------------------ JSON headers

def tiny_tensors(size):
    names = numbered(size, '"{0:05x}":{{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}')
    return safetensors("{" + names + "}")


def descending_tensors(size):
    n = size // 66
    parts = [f'"{i:05x}":{{"dtype":"U8","shape":[1],"data_offsets":[{n - i - 1},{n - i}]}}' for i in range(n)]
    return safetensors("{" + ",".join(parts) + "}", bytes(n))


def overlapping_tensors(size):
    n = size // 66
    parts = [f'"{i:05x}":{{"dtype":"U8","shape":[{i + 1}],"data_offsets":[0,{i + 1}]}}' for i in range(n)]
    return safetensors("{" + ",".join(parts) + "}", bytes(n))


def metadata(names):
    return safetensors('{"__metadata__":' + object_of(names, '""') + "}")


HEADERS = {
    "tiny tensors": tiny_tensors,
    "tensors from the last to the first": descending_tensors,
    "tensors that overlap": overlapping_tensors,
    "metadata": lambda size: metadata(f"{i:07d}" for i in range(size // 13)),
    "metadata of one hash": lambda size: metadata(colliding_words(size // 26)),
    **{f"metadata in one place of {modulus}, times {factor}": lambda size, modulus=modulus, factor=factor: metadata(crowded_words(size // 13, modulus, factor))
       for modulus in (65521, 131071) for factor in (1, 11)},
    "one key, again and again": lambda size: safetensors("{" + ",".join(['"a":{}'] * (size // 7)) + "}"),
    "arrays in arrays": lambda size: safetensors('{"a":' + "[" * size),
    "objects in objects": lambda size: safetensors('{"a":' * (size // 5)),
    "one long name": lambda size: safetensors('{"' + "n" * size + '":{}}'),
    "one name of escapes": lambda size: safetensors('{"' + "\\u0041" * (size // 6) + '":{}}'),
    "one name of surrogates": lambda size: safetensors('{"' + "\\ud83d\\ude00" * (size // 12) + '":{}}'),
    "a string without end": lambda size: safetensors('{"' + "n" * size),
    "numbers": lambda size: safetensors('{"a":{"dtype":"U8","shape":[' + ",".join("1" for _ in range(size // 2)) + "]}}"),
    "a long number": lambda size: safetensors('{"a":' + "1" * size + "}"),
    "a long fraction": lambda size: safetensors('{"a":0.' + "1" * size + "}"),
    "blanks": lambda size: safetensors("{" + " " * size),
    "lines": lambda size: safetensors("{" + "\n" * size + "x"),
    "bytes that are no UTF-8": lambda size: safetensors(b"{" + b'"' + b"\xff" * size),
}

INDEXES = {
    "names": lambda size: '{"weight_map":' + object_of((f"{i:07d}" for i in range(size // 14)), '"a"') + "}",
    "names of one hash": lambda size: '{"weight_map":' + object_of(colliding_words(size // 27), '"a"') + "}",
    "names in one place": lambda size: '{"weight_map":' + object_of(crowded_words(size // 14, 131071, 11), '"a"') + "}",
    "files": lambda size: '{"weight_map":{' + numbered(size, '"{0:06x}":"{0:06x}"') + "}}",
}

# --------------------------------------------------------- a model directory

CONFIGS = {
    "members": lambda size: "{" + numbered(size, '"{0:07d}":0') + "}",
    "members of one hash": lambda size: object_of(colliding_words(size // 26), "0"),
    "members in one place": lambda size: object_of(crowded_words(size // 12, 131071, 11), "0"),
    "one member, again and again": lambda size: "{" + ",".join(['"a":0'] * (size // 6)) + "}",
    "arrays in arrays": lambda size: '{"a":' + "[" * size,
    "arrays beside arrays": lambda size: '{"a":[' + fill(size, "[],") + "0]}",
    "a long string": lambda size: '{"a":"' + "n" * size + '"}',
    "a string of escapes": lambda size: '{"a":"' + "\\u0041" * (size // 6) + '"}',
    "a long number": lambda size: '{"n_layer":' + "1" * size + "}",
    "a long exponent": lambda size: '{"layer_norm_epsilon":1e' + "9" * size + "}",
    "lines": lambda size: "{" + "\n" * size,
}


def byte_symbols():
    """What a vocabulary writes for each byte."""
    visible = [*range(0x21, 0x7f), *range(0xa1, 0xad), *range(0xae, 0x100)]
    others = iter(range(256, 512))
    return [chr(byte) if byte in visible else chr(next(others)) for byte in range(256)]


def vocabulary(tokens):
    """A vocabulary of all single bytes, and these."""
    symbols = byte_symbols()
    words = [*symbols, *("".join(symbols[byte] for byte in token) for token in tokens)]
    return json.dumps({word: i for i, word in enumerate(words)}, ensure_ascii=False)


def crowded_tokens(n):
    """At most 65,536 tokens of eight bytes that differ in the last two: a hash that multiplies the eight as one number and looks at the
    lowest bits of the product does not see them."""
    return [b"crowds" + bytes((i >> 8, i & 255)) for i in range(n)]


VOCABULARIES = {
    "tokens": lambda size: vocabulary(f"{i:06x}".encode() for i in range(size // 16)),
    "tokens in one place": lambda size: vocabulary(crowded_tokens(size // 21)),
    "one token, again and again": lambda size: "{" + ",".join(['"a":0'] * (size // 6)) + "}",
    "one id, again and again": lambda size: "{" + numbered(size, '"{0:06x}":0') + "}",
    "one long token": lambda size: vocabulary([b"n" * size]),
    "tokens that begin alike": lambda size: vocabulary(b"n" * i for i in range(2, int((2 * size) ** 0.5))),
    "an empty object": lambda size: "{" + " " * size + "}",
    "arrays in arrays": lambda size: '{"a":' + "[" * size,
}

MERGES = {
    "lines that are empty": lambda size: "\n" * size,
    "one endless line": lambda size: "a" * size,
    "one endless line with a space": lambda size: "a" * (size // 2) + " " + "a" * (size // 2),
    "one merge, again and again": lambda size: fill(size, "a b\n"),
    "spaces": lambda size: " " * size,
    "no UTF-8": lambda size: "a b\n" * (size // 4) + "\udcff",
}

# -------------------------------------------------------------- recipes

RECIPE = "[Recipe]\ntap=mlp-stages\nchain=cosine\n"
CONDITION = "[Condition a]\nkind=prefix\n"

RECIPES = {
    "keys": lambda size: RECIPE + CONDITION + "".join(f"{i:06x}=\n" for i in range(size // 8)),
    "keys of one hash": lambda size: RECIPE + CONDITION + "".join(f"{word}=\n" for word in colliding_words(size // 22)),
    "groups": lambda size: RECIPE + CONDITION + "".join(f"[{i:06x}]\n" for i in range(size // 9)),
    "groups of one hash": lambda size: RECIPE + CONDITION + "".join(f"[{word}]\n" for word in colliding_words(size // 23)),
    "one group, again and again": lambda size: RECIPE + CONDITION + fill(size, "[Condition b]\n"),
    "one key, again and again": lambda size: RECIPE + CONDITION + fill(size, "kind=prefix\n"),
    "conditions": lambda size: RECIPE + "".join(f"[Condition {i}]\nkind=prefix\n" for i in range(size // 30)),
    "comments": lambda size: RECIPE + CONDITION + fill(size, "#\n"),
    "empty lines": lambda size: RECIPE + CONDITION + "\n" * size,
    "one endless line": lambda size: RECIPE + "title=" + "n" * size + "\n" + CONDITION,
    "one endless chain": lambda size: RECIPE.replace("chain=cosine", "chain=" + fill(size, "cosine ! ") + "rsa") + CONDITION,
    "one endless chain of properties": lambda size: RECIPE.replace("chain=cosine", "chain=cosine " + fill(size, "layer=0 ")) + CONDITION,
    "quotes": lambda size: RECIPE.replace("chain=cosine", "chain=" + fill(size, "'' ")) + CONDITION,
    "escapes": lambda size: RECIPE + "description=" + fill(size, "\\s") + "\n" + CONDITION,
    "a title in many languages": lambda size: RECIPE + "".join(f"title[{i:04x}]=t\n" for i in range(size // 14)) + CONDITION,
    "one long condition": lambda size: RECIPE + "[Condition " + "a" * size + "]\nkind=prefix\n",
    "one long kind": lambda size: RECIPE + "[Condition a]\nkind=" + "a" * size + "\n",
    "a list of conditions without end": lambda size: RECIPE + CONDITION + "[Analyzer cosine]\ncross-condition=" + fill(size, "a,") + "\n",
}

# --------------------------------------------------------------- archives

def archive(members):
    """A zip archive of (name, data): deflated where that makes them smaller."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as zip_file:
        for name, data in members:
            zip_file.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED if len(data) > 200 else zipfile.ZIP_STORED)
    return packed.getvalue()


ONE = npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1), }\n", b"\0")


def blank_header(length):
    text = "{'descr': '|u1', 'fortran_order': False, 'shape': (1, 1), }"
    return npy(text + " " * (length - len(text)), b"\0")


def nested_header(length):
    return npy("{'descr': " + "[" * (length - 10))


ARCHIVES = {
    "members": lambda size: archive((f"{i:06x}.npy", ONE) for i in range(size // 190)),
    "members of one hash": lambda size: archive((f"{word}.npy", ONE) for word in colliding_words(size // 206)),
    "folders": lambda size: archive((f"{i:06x}/", b"") for i in range(size // 90)),
    "long names": lambda size: archive((f"{i:06x}" + "n" * 60000, b"") for i in range(size // 121000)),
    "long headers": lambda size: archive((f"{i:06x}.npy", blank_header(65500)) for i in range(size // 350)),
    "long headers that fail": lambda size: archive((f"{i:06x}.npy", nested_header(65500)) for i in range(size // 350)),
    "names that climb": lambda size: archive(("../" * 15000 + str(i), b"") for i in range(size // 90000)),
    "layers": lambda size: archive((f"{i}.npy", ONE) for i in range(size // 190)),
    "stages": lambda size: archive((f"all/L0/{i:06x}.npy", ONE) for i in range(size // 200)),
    "conditions": lambda size: archive((f"{i:06x}/L0/a.npy", ONE) for i in range(size // 200)),
}

ARRAYS = {
    "a header of blanks": lambda size: blank_header(size),
    "a header of brackets": lambda size: nested_header(size),
    "many axes": lambda size: npy("{'descr': '|u1', 'fortran_order': False, 'shape': (" + "1," * (size // 2) + "), }\n"),
    "a long string": lambda size: npy("{'descr': '" + "n" * size + "', }\n"),
    "a long number": lambda size: npy("{'descr': '|u1', 'fortran_order': False, 'shape': (" + "1" * size + "), }\n"),
    "zeros": lambda size: bytes(size),
}

# ------------------------------------------------------------------- tables

LABELS = {
    "rows": lambda size: "row,text\n" + "".join(f"{i},\n" for i in range(size // 7)),
    "conditions": lambda size: "condition,text\n" + "".join(f"{i:06x},\n" for i in range(size // 8)),
    "conditions of one hash": lambda size: "condition,text\n" + "".join(f"{word},\n" for word in colliding_words(size // 24)),
    "one row, again and again": lambda size: "row,text\n" + fill(size, "0,\n"),
    "columns": lambda size: "text," * (size // 5),
    "fields": lambda size: "text\n" + "," * size,
    "one endless field": lambda size: "text\n" + "n" * size,
    "a quoted field without end": lambda size: 'text\n"' + "n" * size,
    "quotes": lambda size: 'text\n"' + '""' * (size // 2) + '"\n',
    "quoted lines": lambda size: 'text\n"' + "\n" * size + '"\n',
    "empty lines": lambda size: "text\n" + "\n" * size,
    "sequences": lambda size: "sequence,position\n" + "".join(f"{i},0\n" for i in range(size // 9)),
}

# -------------------------------------------------------------------- texts

# Words that begin with these, and have two letters more, were all in one place of a table: see crowded_tokens().
CROWDED = ("jfmrc", "makpr", "jtrwb", "zpoez", "mhafi", "akcxk", "cdmij", "fqnug", "lecxl", "wbvtt", "kdjpz", "pmhfz", "rlnlg", "mqxdz")


def crowded_text(size):
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    words = [f"{start}{a}{b}" for start in CROWDED for a in letters for b in letters]
    return fill(size, " " + " ".join(words))


def mixed_letters(size):
    generator = random.Random(2)
    return "".join(generator.choices("etaoinshrdlu", k=size))


TEXTS = {
    "one letter": lambda size: "a" * size,
    "two letters": lambda size: fill(size, "ab"),
    "spaces": lambda size: " " * size,
    "spaces and letters": lambda size: fill(size, "  a"),
    "line ends": lambda size: "\n" * size,
    "line ends of two characters": lambda size: fill(size, "\r\n"),
    "blanks of all kinds": lambda size: fill(size, " \t\n\u00a0\u3000"),
    "digits": lambda size: fill(size, "1234567890"),
    "apostrophes": lambda size: "'" * size,
    "contractions": lambda size: fill(size, "'ll've're"),
    "combining marks": lambda size: "a" + fill(size, "\u0301"),
    "emoji with joiners": lambda size: fill(size, "\U0001f469\u200d"),
    "one word of mixed letters": mixed_letters,
    "one word that merges deeply": lambda size: fill(size, "thetheinginganderand"),
    "the end of a text, nearly": lambda size: fill(size, "<|endoftext|"),
    "the end of a text": lambda size: fill(size, "<|endoftext|>"),
    "letters of four bytes": lambda size: fill(size, "\U00020000"),
    "different words": lambda size: " ".join(f"{i:06x}" for i in range(size // 7)),
    "words in one place": crowded_text,
}

# ------------------------------------------------------------------ reports

REPORTS = {
    "files": lambda size: '{"files":[' + numbered(size, '"f{0}"') + "]}",
    "keys in one place": lambda size: object_of(crowded_words(size // 12, 131071, 11), "0"),
    "arrays in arrays": lambda size: '{"files":' + "[" * size,
    "numbers before the files": lambda size: '{"x":[' + "0," * (size // 2) + '0],"files":["a"]}',
    "a name that climbs": lambda size: '{"files":["' + "../" * (size // 3) + '"]}',
}
