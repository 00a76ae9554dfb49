"""Every sentence of an error names what to do next, or what is expected, which says it.
Usage: test-sentences.py SOURCE-FOLDER

A sentence is what `_ ()` marks inside a call that makes an error: g_set_error () and its kin, or a file's own helper (fail, refuse and
the like), which puts it into a sentence of its own. Then either a piece or the helper's sentence has the next step.
"""
import re
import sys
from pathlib import Path
from typing import NamedTuple

SOURCE = Path(sys.argv[1])
TOKEN = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|\w+|[(){};,]", re.DOTALL)
MAKER = re.compile(r"(?:g_set_error|g_error_new)(?:_literal)?|fail_usage")
HELPER = re.compile(r"(?:\w+_)?(?:fail|refuse|lose)(?:_\w+)?")
MARK = ("_", "N_", "ngettext")

# What a sentence may end in, after a colon, a comma, a semicolon or “or”: something that somebody can do.
VERBS = """add ask begin build call capture check choose close compare convert correct declare delete divide download enable end export free get give
install keep leave let lower make move name open pass put raise read remove rename repair report run save say see set shorten show start tell try
unset update use wait write""".split()
FORMS = [re.compile(form) for form in (
    rf"(?:^|(?:[:;,]|\bor|\band)(?: either)? )(?:{'|'.join(VERBS)})\b",  # “…: choose another name”
    r"\bexpected\b",                                              # “…, expected 1 to 10000”
    r"“sonde [-\w%]+",                                             # “sonde list” shows them
    r"\bat (?:most|least)\b|\bmore than %|\bfewer than %|\blarger than %|\bbetween % and\b",  # the limit that it passes
    r"\bfrom %?\S+ to %?\S+|\bcount from 0\b|\bnumbered from\b",   # the range that it leaves
    r"(?:which|it|--\w+|%s|capture) takes\b|\bcan be read\b",   # what it takes
    r"\b(?:are|is) possible\b|\bthere (?:are|is) %s|\bneither .* nor\b|\bits? (?:has|properties are|own are) %s|\ball that it has: %s|\bnear it are %s",  # what there is instead
)]

# Sentences without such a form: why each needs none.
AROUND = "stands in the middle of one that says to leave the analyzer out, or to tell its authors"
EXCEPTIONS = {
    "the plugin %s in “%s” cannot be loaded: %s: %s": "its last part is a remedy",
    "the plugin %s is unavailable: %s: %s": "its last part is a remedy",
    "it closed the connection to the program and went on": AROUND,
    "its process sent an answer that nobody can read": AROUND,
    "it took longer than the %g s that a call may take (--isolate-time)": AROUND,
    "the plugin was interrupted": "whoever interrupted it knows what to do next",
    "its module does not open: %s": "dup_remedy_for_module () gives the remedy",
    "its module was built for plugin interface %u, and this program has %d, whatever its manifest says": "dup_rebuild () gives the remedy",
    "its script does not load: %s": "dup_remedy_for_python () gives the remedy",
    "it may have been disabled": "its remedy is the sentence on the file of settings",
    "“%s” belongs to another user, %s": "dup_command () gives the remedy",
    "everybody may write to “%s” (its mode is %04o)": "dup_command () gives the remedy",
    "a group may write to “%s” (its mode is %04o)": "dup_command () gives the remedy",
}


class Literal(NamedTuple):
    line: int
    text: str
    function: str  # in which it stands
    marked: bool
    calls: tuple  # around it, the innermost last: name, number of the call, number of the argument


def find_literals(text):
    stack, last, function, depth, n_calls = [], "", "", 0, 0
    tokens = [match for match in TOKEN.finditer(text) if not match.group().startswith("/")]
    place = 0
    while place < len(tokens):
        token = tokens[place].group()
        if token.startswith('"'):
            start, parts = tokens[place].start(), []
            # the format of a size stands between two literals
            while place < len(tokens) and (tokens[place].group().startswith('"') or re.fullmatch(r"G_\w+_FORMAT|PRI\w+", tokens[place].group())):
                parts.append(tokens[place].group()[1:-1] if tokens[place].group().startswith('"') else "u")
                place += 1
            yield Literal(text.count("\n", 0, start) + 1, "".join(parts), function, bool(stack) and stack[-1][0] in MARK, tuple(map(tuple, stack)))
            last = ""
            continue
        if token == "(":
            function = last if depth == 0 else function
            n_calls += 1
            stack.append([last, n_calls, 0])
        elif token == ")" and stack:
            stack.pop()
        elif token == "," and stack:
            stack[-1][2] += 1
        elif token in "{};":
            stack = []
            depth += (token == "{") - (token == "}")
        last = token
        place += 1


def has_form(sentence):
    return any(form.search(sentence) for form in FORMS)


class Call(NamedTuple):
    name: str
    line: int
    arguments: dict  # number of the argument: its literals, of which a condition chooses


def find_calls(literals):
    """The calls that make an error, with the literals that people read."""
    found = {}
    for literal in literals:
        around = [call for call in literal.calls if MAKER.fullmatch(call[0]) or HELPER.fullmatch(call[0])]
        if literal.marked and around:
            name, number, argument = around[-1]
            call = found.setdefault(number, Call(name, literal.line, {}))
            call.arguments.setdefault(argument, []).append(literal.text)
    return list(found.values())


def find_templates(literals):
    """By the name of a function: the sentences of errors that it makes, or what it hands on to another helper."""
    made, handed = {}, {}
    for literal in literals:
        if literal.marked and any(MAKER.fullmatch(call[0]) for call in literal.calls):
            made.setdefault(literal.function, []).append(literal.text)
        elif literal.marked and HELPER.fullmatch(literal.function):
            handed.setdefault(literal.function, []).append(literal.text)
    return {**handed, **made}


def is_good(call, templates):
    """Some part of it says what to do, whatever a condition chooses."""
    if any(all(map(has_form, texts)) for texts in call.arguments.values()):
        return True
    texts = templates.get(call.name, [])
    return bool(texts) and all(map(has_form, texts))


def files():
    for folder in ("core", "plugins"):
        for path in sorted((SOURCE / folder).rglob("*.c")):
            if not path.name.startswith("test-") and "testing" not in path.parts:
                yield path


SAMPLE = """
static gboolean
fail (const char *problem, GError **error)
{
  g_set_error (error, D, C, _ ("%s is odd: %s"), "x", problem);
}
static void
f (GError **error)
{
  fail (_ ("it is red"), error);
  g_set_error_literal (error, D, C, cold ? _ ("wear a coat") : _ ("there is %" G_GSIZE_FORMAT " too much"));
  g_set_error (error, D, C, _ ("%s has no layer: %s"), name, _ ("choose another"));
  fail (wet ? _ ("leave it off") : _ ("it is green, expected red"), error);
}
"""


def check_itself():
    """The checker finds what is wrong in a sample, and nothing else."""
    literals = list(find_literals(SAMPLE))
    bad = [call.line for call in find_calls(literals) if not is_good(call, find_templates(literals))]
    return [] if bad == [5, 10, 11] else [f"lines {bad} of the sample"]


def find_in_python():
    """What is raised in Python, as calls of one literal."""
    for path in sorted((SOURCE / "core").rglob("*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for text in re.findall(r"\b_\(\"((?:[^\"\\]|\\.)*)\"", line):
                yield Call("raise", number, {0: [text]}), path


def find_faults():
    """(call, place) of those that say nothing of the kind; and how many there are."""
    faults, n_calls = [], 0
    literals = {path: list(find_literals(path.read_text(encoding="utf-8"))) for path in files()}
    shared = {}  # by folder: a helper may stand in another file
    for path, found in literals.items():
        shared.setdefault(path.parent, {}).update(find_templates(found))
    for call, path in find_in_python():
        n_calls += 1
        if not is_good(call, {}):
            faults.append((call, path.relative_to(SOURCE)))
    for path, found in literals.items():
        templates = {**shared[path.parent], **find_templates(found)}
        for call in find_calls(found):
            n_calls += 1
            if not is_good(call, templates):
                faults.append((call, path.relative_to(SOURCE)))
    return faults, n_calls


def main():
    faults, n_calls = find_faults()
    said = [text for call, _ in faults for texts in call.arguments.values() for text in texts]
    wrong = [f"{path}:{call.line}: {texts[0]}" for call, path in faults for texts in call.arguments.values() if texts[0] not in EXCEPTIONS]
    unused = [f"nothing says “{text}” any more" for text in EXCEPTIONS if text not in said]
    print("1..3")
    for number, (name, lines) in enumerate((("every error's sentence names what to do next", wrong), ("every exception is one", unused),
                                            ("sentences without a next step are found", check_itself())), 1):
        print(f"{'not ok' if lines else 'ok'} {number} - {name}")
        for line in lines:
            print(f"# {line}")
    print(f"# {n_calls} sentences")
    assert n_calls > 400, "sentences are looked for in the wrong places"


main()
