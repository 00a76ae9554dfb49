# SPDX-License-Identifier: LGPL-2.1-or-later
"""Completion: what `sonde complete` offers, from what it comes, what it loads, and what bash makes of it."""

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time

from harness import Skip, check, contains, equal, main, tests_of

COMMANDS = ["run", "capture", "diff", "list", "inspect", "enable", "disable", "config", "tokenize", "new-plugin"]


def offered(box, *words, **more):
    """The candidates for the last word."""
    done = box.sonde("complete", "--", *words, **more)
    equal(done.err, "", f"what completion of {words} writes on stderr")
    return done.out.splitlines()


def names(box, *kinds):
    return [entry["name"] for entry in json.loads(box.sonde("list", "--json").out) if entry["kind"] in kinds and entry["state"] == "enabled"]


def properties(box, name):
    return json.loads(box.sonde("inspect", name, "--json").out)["properties"]


def test_commands(box):
    equal(offered(box, ""), [*COMMANDS, "--help", "--version"], "first words")
    contains(box.sonde("--help").out, COMMANDS, "help")
    check("complete" not in box.sonde("--help").out, "help speaks of the command for shells")
    equal((offered(box, "in"), offered(box, "nonesuch"), offered(box, "nonesuch", ""), offered(box)), (["inspect"], [], [], [*COMMANDS, "--help", "--version"]), "words that are begun")


def test_options(box):
    """Those that help lists, of every command."""
    for command in COMMANDS:
        told = re.findall(r"^  (?:-\w, )?(--[\w-]+)(=?)", box.sonde(command, "--help").out, re.M)
        equal(sorted(offered(box, command, "--")), sorted(f"{name}{equals}" for name, equals in told), f"options of {command}")
    equal(offered(box, "run", "cosine", "!", "rsa", "--f"), ["--force", "--format="], "options behind a chain")


def test_values_of_options(box):
    """Words that an option takes; nothing where it takes a file, so that the shell completes that."""
    equal(offered(box, "new-plugin", "--kind", ""), ["analyzer", "tap", "provider"], "--kind")
    equal(offered(box, "new-plugin", "--kind=t"), ["--kind=tap"], "--kind=")
    equal(offered(box, "run", "--theme", ""), ["light", "dark"], "--theme")
    for words in (["run", "--model", ""], ["run", "--model="], ["run", "-o", ""], ["capture", "-o", ""], ["diff", ""], ["run", "--nonesuch="]):
        equal(offered(box, *words), [], f"candidates for {words}")
    equal(offered(box, "run", "--model", "rsa", "cos"), ["cosine"], "a word behind an option's value")
    equal(offered(box, "run", "--model=rsa", "cos"), ["cosine"], "a word behind an option with its value")


def test_chains(box):
    analyzers, taps = names(box, "analyzer"), names(box, "tap")
    equal(sorted(offered(box, "run", "")), sorted([*analyzers, *taps, "mlp-progression", "representation-geometry"]), "first words of a run")
    equal(sorted(offered(box, "run", "mlp-stages", "!", "")), analyzers, "behind a tap")
    equal(offered(box, "run", "cosine", "!", "rsa", "!", ""), [name for name in analyzers if name not in ("cosine", "rsa")], "those that are not there yet")
    equal(offered(box, "run", "mlp-progression", ""), [], "a recipe stands alone")
    equal(offered(box, "run", "nonesuch", ""), [], "behind something unknown")
    for name in [*analyzers, *taps]:
        equal(offered(box, "run", name, ""), ["!", *(f"{p['name']}=" for p in properties(box, name))], f"behind {name}")
        for p in properties(box, name):
            equal(offered(box, "run", "x", "!", name, f"{p['name']}="), [f"{p['name']}={value['name']}" for value in p.get("values", [])], f"values of {name}.{p['name']}")
    equal(offered(box, "run", "cosine", "!", "rsa", "method=s"), ["method=spearman"], "a value that is begun")
    equal(offered(box, "run", "cosine", "'!'", "rsa", "'meth"), ["method="], "quoted words")
    equal(offered(box, "run", "cosine", "\\!", "rsa", "\"meth"), ["method="], "words with a backslash and an open quote")
    equal(sorted(offered(box, "capture", "")), sorted([*taps, "mlp-progression", "representation-geometry"]), "first words of a capture")
    equal(offered(box, "capture", "named-sites", ""), ["sites="], "behind a capture's tap")


def test_settings(box):
    owners = ["one-sequence.", "many-sequences.", "cosine.", "rsa.", "mlp-stages.", "arrays.", "gpt2."]
    equal(offered(box, "run", "cosine", "!", "rsa", "--set", ""), owners, "owners of properties in a chain")
    equal(offered(box, "run", "cosine", "!", "rsa", "--set=m"), ["--set=many-sequences.", "--set=mlp-stages."], "owners that are begun")
    contains(offered(box, "run", "mlp-progression", "--set", ""), ["laminar.", "mlp-stages.", "one-sequence.", "arrays."], "owners of properties in a recipe")
    equal(offered(box, "run", "--set", "rsa."), [f"rsa.{p['name']}=" for p in properties(box, "rsa")], "properties")
    equal(offered(box, "run", "rsa", "--set", "rsa.method=k"), ["rsa.method=kendall"], "a value")
    equal(offered(box, "run", "mlp-progression", "--set", "one-sequence.kind="), [f"one-sequence.kind={word}" for word in ("prefix", "windows", "lines")], "values of a condition")
    equal(offered(box, "inspect", "x.npz", "--set", ""), ["arrays.", "gpt2."], "owners of properties where a file is opened")
    equal(offered(box, "diff", "--set", "arrays.pat"), ["arrays.pattern="], "properties where files are opened")
    equal(offered(box, "run", "--set", "nonesuch."), [], "of something unknown")


def test_names(box):
    every = names(box, "analyzer", "tap", "model-provider")
    equal(sorted(offered(box, "inspect", "")), sorted([*every, "mlp-progression", "representation-geometry"]), "what can be inspected")
    equal(offered(box, "inspect", "rsa", ""), [], "a second word")
    box.sonde("disable", "rsa")
    equal((offered(box, "enable", ""), sorted(offered(box, "disable", ""))), (["rsa"], sorted(set(every) - {"rsa"})), "what can be enabled, and disabled")
    check("rsa" not in offered(box, "run", "cosine", "!", ""), "a plugin that is disabled is offered in a chain")
    equal(offered(box, "run", "rsa", "meth"), [], "a property of a plugin that is disabled")


def test_descriptions(box):
    """For shells that show them: a tab, and the line that help or inspect has."""
    told = dict(line.split("\t") for line in box.sonde("complete", "--describe", "--", "run", "cosine", "!", "rsa", "method=").out.splitlines())
    equal(told, {f"method={value['name']}": value["description"] for value in next(p for p in properties(box, "rsa") if p["name"] == "method")["values"]}, "values with descriptions")
    for words in ([""], ["run", ""], ["run", "--"], ["run", "--set", ""], ["run", "mlp-stages", "!", ""]):
        for line in box.sonde("complete", "--describe", "--", *words).out.splitlines():
            check(re.fullmatch(r"\S+\t\S.*", line), f"{words}: {line!r} has no description")


def test_a_broken_plugin_says_nothing(box):
    folder = box.root / "home/.local/share/sonde/plugins/broken"
    folder.mkdir(parents=True)
    (folder / "broken.plugin").write_text("[Plugin]\nModule=broken\nName=Broken\nX-Sonde-API=1\nX-Sonde-Kind=tap\n")
    (folder / "libbroken.so").write_text("no module")
    contains(offered(box, "run", "br"), ["broken"], "a plugin of which nobody knows yet that it is broken")
    equal(offered(box, "run", "broken", ""), ["!"], "behind it")


def test_config(box):
    """Keys of the settings, with what they are for, and the words that each takes."""
    keys = [entry["key"] for entry in json.loads(box.sonde("config", "--json").out)]
    equal(offered(box, "config", ""), keys, "keys")
    equal((offered(box, "config", "theme", ""), offered(box, "config", "threads", ""), offered(box, "config", "nonesuch", "")), (["light", "dark"], [], []), "values")
    equal(offered(box, "config", "theme", "dark", ""), [], "behind a value")
    told = dict(line.split("\t") for line in box.sonde("complete", "--describe", "--", "config", "").out.splitlines())
    check(set(told) == set(keys) and all(told.values()), f"descriptions of keys: {told}")


# ------------------------------------------------------------------- at a cost

def loaded(box, *words):
    prefix = box.root / "bindings"
    box.sonde("complete", "--", *words, env={"LD_DEBUG": "files", "LD_DEBUG_OUTPUT": str(prefix)})
    text = "".join(path.read_text(errors="replace") for path in box.root.glob("bindings.*"))
    for path in box.root.glob("bindings.*"):
        path.unlink()
    check("libsonde-1" in text, "the dynamic loader wrote nothing down")
    return set(re.findall(r"sonde-1/plugins/([\w-]+)/lib", text))


def test_loads_what_it_needs(box):
    """Names load no code; a property loads that of the plugin that has it."""
    for words in ([""], ["run", ""], ["run", "--"], ["run", "cosine", "!", ""], ["inspect", ""], ["run", "rsa", "--set", ""], ["run", "mlp-progression", "--set", "one-sequence."], ["enable", ""]):
        equal(loaded(box, *words), set(), f"plugins that completion of {words} loads")
    equal(loaded(box, "run", "cosine", "!", "rsa", "method="), {"rsa"}, "plugins that completion of a property loads")
    equal(loaded(box, "run", "cosine", "!", "rsa", "--set", "cosine.l"), {"cosine"}, "plugins that completion of a setting loads")


def test_is_fast(box):
    for words in (["run", ""], ["run", "cosine", "!", "rsa", "method="]):
        box.check_fast(50, "complete", "--", *words)


# --------------------------------------------------------------------- shells

class Shell:
    """A real one on a terminal of its own."""

    def __init__(self, box, command, setup, script):
        path = box.installation.data.parent / script
        check(path.is_file(), f"no completion for {command[0]} is installed")
        if not shutil.which(command[0]):
            raise Skip(f"there is no {command[0]}")
        environment = {**box.environment, "PATH": f"{box.installation.program.parent}:{os.environ['PATH']}", "PS1": "> ", "TERM": "dumb", "INPUTRC": "/dev/null", "HISTFILE": ""}
        self.name = command[0]
        try:
            self.process, self.terminal = pty.fork()
        except OSError as error:
            raise Skip(f"there is no terminal to be had: {error}") from None
        if self.process == 0:
            os.chdir(box.work)
            os.execvpe(command[0], command, environment)
        self.write(setup.format(path=path, folder=path.parent))
        self.write("echo rea''dy\n")
        self.read(lambda text: "ready\r\n" in text)

    def write(self, text):
        os.write(self.terminal, text.encode())

    def read(self, is_enough, seconds=20):
        text, end = "", time.monotonic() + seconds
        while time.monotonic() < end and not is_enough(text):
            if select.select([self.terminal], [], [], 0.1)[0]:
                text += os.read(self.terminal, 65536).decode("utf-8", "replace")
        return text

    def complete(self, line, expected, after=""):
        """The line as it stands after a tab; or what keys after it print."""
        def is_there(text):
            return expected in text if after else text.endswith(expected)

        self.write("\x15")  # away with what stood there
        self.write(f"{line}\t{after}")
        text = self.read(is_there)
        check(is_there(text), f"{self.name} makes {text!r} of {line!r} and a tab, {expected!r} expected")

    def close(self):
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.terminal)


def test_bash(box):
    (box.work / "some-file.npz").write_text("")
    bash = Shell(box, ["bash", "--norc", "--noprofile", "-i"], ". {path}\n", "bash-completion/completions/sonde")
    try:
        for line, expected in (
            ("sonde ins", "sonde inspect "),
            ("sonde run cosine ! rs", "sonde run cosine ! rsa "),
            ("sonde run cosine '!' rs", "sonde run cosine '!' rsa "),
            ("sonde run cosine ! rsa meth", "sonde run cosine ! rsa method="),
            ("sonde run cosine ! rsa method=sp", "sonde run cosine ! rsa method=spearman "),
            ("sonde run rsa --set rsa.met", "sonde run rsa --set rsa.method="),
            ("sonde run rsa --set rsa.method=k", "sonde run rsa --set rsa.method=kendall "),
            ("sonde run rsa --set=rsa.method=k", "sonde run rsa --set=rsa.method=kendall "),
            ("sonde run cosine cross-limits= ! rsa method=k", "sonde run cosine cross-limits= ! rsa method=kendall "),
            ("sonde run --text 'a b' cosine ! rsa method=k", "sonde run --text 'a b' cosine ! rsa method=kendall "),
            ("sonde run cosine cross-limits=-1:1 --capt", "sonde run cosine cross-limits=-1:1 --capture="),
            ("sonde inspect some", "sonde inspect some-file.npz "),
            ("sonde run cosine --capture some", "sonde run cosine --capture some-file.npz "),
            ("sonde run cosine --capture=some", "sonde run cosine --capture=some-file.npz "),
        ):
            bash.complete(line, expected)
    finally:
        bash.close()


ZSH = """fpath=({folder} $fpath); autoload -Uz compinit; compinit -D -u; setopt no_bang_hist
show () {{ print -r -- "<$BUFFER>"; BUFFER=; }}; zle -N show; bindkey '^P' show
"""


def test_zsh(box):
    (box.work / "some-file.npz").write_text("")
    zsh = Shell(box, ["zsh", "-f", "-i"], ZSH, "zsh/site-functions/_sonde")
    try:
        for line, expected in (
            ("sonde ins", "sonde inspect "),
            ("sonde run cosine '!' rs", "sonde run cosine '!' rsa "),
            ("sonde run cosine ! rsa meth", "sonde run cosine ! rsa method="),
            ("sonde run cosine ! rsa method=sp", "sonde run cosine ! rsa method=spearman "),
            ("sonde run rsa --set rsa.method=k", "sonde run rsa --set rsa.method=kendall "),
            ("sonde config th", "sonde config th"),
            ("sonde config theme d", "sonde config theme dark "),
            ("sonde inspect some", "sonde inspect some-file.npz "),
            ("sonde run cosine --capture=some", "sonde run cosine --capture=some-file.npz "),
        ):
            zsh.complete(line, f"<{expected}>\r\n", "\x10")
    finally:
        zsh.close()


def test_fish(box):
    """Which completes without a terminal."""
    script = box.installation.data.parent / "fish/vendor_completions.d/sonde.fish"
    check(script.is_file(), "no completion for fish is installed")
    if not shutil.which("fish"):
        raise Skip("there is no fish")
    (box.work / "some-file.npz").write_text("")
    environment = {**box.environment, "PATH": f"{box.installation.program.parent}:{os.environ['PATH']}", "TERM": "dumb"}

    def candidates(line):
        done = subprocess.run(["fish", "--no-config", "-c", f"source {script}; complete -C '{line}'"], env=environment, cwd=box.work, capture_output=True, text=True, check=True)
        return [row.split("\t")[0] for row in done.stdout.splitlines()]

    for line, expected in (("sonde ins", ["inspect"]), ("sonde run cosine ! rs", ["rsa"]), ("sonde run cosine ! rsa method=sp", ["method=spearman"]), ("sonde config theme d", ["dark"]),
                           ("sonde run rsa --set rsa.method=k", ["rsa.method=kendall"]), ("sonde inspect some", ["some-file.npz"])):
        equal(candidates(line), expected, f"what fish makes of {line!r}")
    check({"theme", "threads"} <= set(candidates("sonde config th")), "fish offers no settings")


if __name__ == "__main__":
    main(tests_of(globals()))
