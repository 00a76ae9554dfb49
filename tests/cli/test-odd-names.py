# SPDX-License-Identifier: LGPL-2.1-or-later
"""Names and texts that other programs trip over: quotes, line ends, control characters, all scripts, bytes that are no text."""

import json
import os
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree

from harness import FIGURES, check, contains, equal, main, make_model, make_text, read_results, read_table, tests_of

WORDS = {
    "quotation marks": ' say "no", ’tis ok;',
    "a comma and a line end": " one,\ntwo\r\nthree\rfour",
    "control characters": " a\x01b\x07c\x1b[31md\x7fe\tf\x0bg\x0c",
    "what spreadsheets run": ' =1+1 @SUM +1 -1 "=cmd"',
    "right to left": " قهوة שלום \u202eabc\u202c",
    "emoji": " 👩‍👩‍👧‍👦☕️🇻🇳",
    "Chinese, Japanese, Korean": " 咖啡コーヒー커피",
    "combining marks": " e\u0301\u0302 ñ Å\u200b\ufeff",
    "XML": " <b>&amp;</b> ]]> <!-- %s %n \\",
    "outside the plane": " 𝔠𝔬𝔣𝔣𝔢𝔢 \U0010ffff",
    "Pango markup": " <span foreground='red'>&",
}


def word_test(word):
    """The word is a target, so it is in the table, in the provenance and in the report; its bytes come back."""
    def test(box):
        make_model(box.work / "model", words=(word.strip("\n"),), positions=128)
        pieces = make_text(word=word)
        (box.work / "text.txt").write_bytes(pieces.encode())
        tokens = json.loads(box.sonde("tokenize", "--model", "model", "--json", stdin=pieces.encode()).out)
        report = box.run("mlp-progression", *box.inputs(), "--format", "svg,pdf,png", "--target", "w", "--set", "one-sequence.rows=100")
        rows = [row for row in read_table(report, "tokens") if row["condition"] == "one-sequence"]
        length = tokens[len(rows) - 1]["end"]
        restored = b"".join(re.sub(rb"\\x([0-9A-F]{2})", lambda match: bytes.fromhex(match[1].decode()), row["text"].encode()) for row in rows)
        equal(restored, pieces.encode()[:length], "the text that tokens.csv gives back")
        check((report / "report.pdf").read_bytes().rstrip().endswith(b"%%EOF"), "report.pdf is not whole")
        for name in FIGURES:
            ElementTree.parse(report / f"figures/{name}.svg")
        if shutil.which("pdftotext"):
            subprocess.run(["pdftotext", report / "report.pdf", "-"], capture_output=True, check=True)
    return test


def test_odd_target(box):
    """A word with marks and letters of two scripts is one token and the target: in titles, captions, warnings and metadata."""
    target = "咖啡"
    make_model(box.work / "model", words=(target, " ☕"))
    (box.work / "text.txt").write_bytes(make_text(word=target).encode())
    report = box.tiny("--target", target, "--format", "svg,pdf,png")
    equal(read_results(report)["provenance"]["text"]["target"], target, "target in the provenance")
    equal({row["text"] for row in read_table(report, "tokens") if row["kept"] == "1" and row["condition"] == "many-sequences"}, {target}, "target in tokens.csv")
    metadata = ElementTree.parse(report / "figures/rsa.svg").find("{http://www.w3.org/2000/svg}metadata")
    equal(json.loads(metadata.text)["text"]["target"], target, "target in the metadata of rsa.svg")


NAMES = {
    "spaces": b"my report  2",
    "quotes": b"it's \"mine\"",
    "no UTF-8": b"caf\xe9 \xff",
    "a line end": b"a\nb",
    "an escape sequence": b"\x1b[31mred",
    "percent": b"%s%n100%",
    "a dot": b"./.hidden",
    "a dash": b"-o",
    "a slash at the end": b"slash/",
    "parents": b"x/../y",
    "markup": b"<b>&",
}


def name_test(name):
    """As output folder, model, text and recipe."""
    def test(box):
        box.inputs()
        base = os.path.basename(os.path.normpath(name))
        work = os.fsencode(box.work)
        os.rename(work + b"/model", work + b"/" + base + b".model")
        os.rename(work + b"/text.txt", work + b"/" + base + b".txt")
        inputs = ["--model", work + b"/" + base + b".model", b"--text=" + work + b"/" + base + b".txt"]
        result = box.sonde("run", "mlp-progression", *inputs, b"--output=" + name)
        equal(result.err, "", "stderr")
        folder = os.path.normpath(os.path.join(work, name))
        check(os.path.isfile(folder + b"/report.pdf"), f"there is no report in {folder!r}: {os.listdir(work)}")
        equal(sorted(os.listdir(work)), sorted([base + b".model", base + b".txt", base]), "what is in the working folder")
        with open(folder + b"/results.json", encoding="utf-8") as file:
            results = json.load(file)
        check(all(ord(character) >= 32 for line in result.out.splitlines() for character in line), f"control characters on stdout: {result.out!r}")
        ElementTree.parse(folder + b"/figures/rsa.svg")
        check(results["provenance"]["text"]["name"].endswith(".txt"), f"the text's name in the provenance: {results['provenance']['text']['name']!r}")
        again = box.sonde("run", "mlp-progression", *inputs, b"--output=" + name, status=1)
        equal(len(again.err.splitlines()), 1, f"lines on stderr: {again.err!r}; number")
        check("\x1b" not in again.err, "an escape sequence reaches the terminal")
        box.sonde("capture", *inputs, b"--output=" + folder + b".npz", "--quiet")
        check(os.path.isfile(folder + b".npz"), "there is no capture")
    return test


def test_text_on_stdin(box):
    file = box.tiny("--format", "svg")
    text = (box.work / "text.txt").read_bytes()
    stdin = box.run("mlp-progression", "--model", "model", "--text", "-", "--format", "svg", stdin=text, output="stdin")
    for name in ("tokens", "rsa", "dimensionality"):
        equal(read_table(stdin, name), read_table(file, name), f"{name}.csv")
    (a, b) = (read_results(report)["provenance"]["text"] for report in (file, stdin))
    equal((a["sha256"], a["tokens"]), (b["sha256"], b["tokens"]), "the text in the provenance")
    box.sonde("capture", "--model", "model", "--text", "-", "-o", "a.npz", stdin=text)
    contains(box.sonde("run", "mlp-progression", "--model", "model", "--text", "-", "--output", "none", stdin=b"\xff", status=1).err, ["stdin", "byte 0"], "stdin that is not UTF-8")


def test_line_ends_of_text(box):
    """CRLF, CR, a byte-order mark and NUL are part of the text: nothing is dropped."""
    make_model(box.work / "model")
    for i, text in enumerate((b"\xef\xbb\xbf" + make_text().encode(), make_text(lead="one\r\ntwo\r\n\r\n\n").encode(), make_text(lead="nul \0 nul \0").encode(), make_text().encode().rstrip(b"\n"))):
        (box.work / "text.txt").write_bytes(text)
        tokens = json.loads(box.sonde("tokenize", "--model", "model", "--json", stdin=text).out)
        equal((tokens[0]["start"], tokens[-1]["end"]), (0, len(text)), "what the tokens cover")
        report = box.tiny(output=f"out-{i}")
        equal(read_results(report)["provenance"]["text"]["bytes"], len(text), "bytes")


if __name__ == "__main__":
    main(tests_of(globals()) + [(f"word: {name}", word_test(word)) for name, word in WORDS.items()] + [(f"name: {name}", name_test(value)) for name, value in NAMES.items()])
