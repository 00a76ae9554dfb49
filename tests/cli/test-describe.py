# SPDX-License-Identifier: LGPL-2.1-or-later
"""What plugins and recipes say of themselves: that they say it, that it is true, and that command line, recipes, checks and provenance
keep to it. Each test goes over every plugin there is."""

import json
import re
import zipfile

from harness import check, contains, equal, main, only, read_results, read_table, tests_of

# texts that a property of a text takes, where any other than its default is asked for
TEXTS = {"layer": "first", "cross-condition": "all", "cross-limits": "-0.5:0.5", "sites": "block.input,block",
         "pattern": "sonde", "axes": "row,feature", "stages": "gelu,input", "conditions": "many-sequences", "rows": "origins.csv"}
NOT_A_NUMBER = "much"


def inspect(box, name):
    return json.loads(box.sonde("inspect", name, "--json").out)


def plugins(box, kind=None):
    names = [(entry["name"], entry["kind"]) for entry in json.loads(box.sonde("list", "--json").out)]
    check(len(names) > 10, f"there are few plugins: {names}")
    return [inspect(box, name) for name, found in names if kind in (None, found)]


# --------------------------------------------------------------- what is told

def test_manifests(box):
    """Everything in a manifest, and the files that it came from, in JSON and on the page."""
    version = box.sonde("--version").out.split()[1]
    for plugin in plugins(box):
        name = plugin["name"]
        for key in ("title", "description", "copyright"):
            check(plugin.get(key), f"{name} has no {key}")
        equal((plugin["licence"], plugin["version"], plugin["api"], plugin["loader"]), ("LGPL-2.1-or-later", version, "1", "python3" if name.endswith("-python") else "c"), f"licence, version, interface and loader of {name}")
        check(plugin["authors"], f"{name} has no authors")
        for key in ("manifest", "module"):
            check(plugin[key].startswith(f"{box.environment['SONDE_PLUGIN_PATH']}/{name}/"), f"{key} of {name}: {plugin[key]}")
            with open(plugin[key], "rb") as file:
                check(file.read(1), f"{key} of {name} is empty")
        page = box.sonde("inspect", name).out
        contains(page, [plugin[key] for key in ("title", "description", "copyright", "licence", "manifest", "module", "state")], f"inspect {name}")
        contains(page, plugin["authors"], f"inspect {name}")


def test_properties_are_explained(box):
    """Each has a blurb, and each value of an enumeration a meaning; the page has them all."""
    enumerations = 0
    for plugin in plugins(box):
        page = box.sonde("inspect", plugin["name"]).out
        for p in plugin["properties"]:
            place = f"{plugin['name']}.{p['name']}"
            check(len(p.get("description", "")) > 15, f"{place} is not explained: {p}")
            contains(page, [f"  {p['name']} ({p['type']})\n      {p['description']}\n      {p['range']}; default “{p['default']}”\n"], f"page of {place}")
            for value in p.get("values", []):
                enumerations += 1
                check(len(value.get("description", "")) > 5, f"{place}={value['name']} is not explained")
                check(re.search(rf"^ +{re.escape(value['name'])} +{re.escape(value['description'])}$", page, re.M), f"{place}={value['name']} is not on the page")
                contains(p["range"], [value["name"]], f"range of {place}")
    check(enumerations > 2, "no property has values")
    conditions = only([s for s in inspect(box, "mlp-progression")["settings"] if s["name"] == "one-sequence"], "conditions")
    for p in conditions["properties"]:
        check(p["description"] and all(value.get("description") for value in p.get("values", [])), f"the condition's {p['name']} is not explained")


def test_analyzers_tell_what_passes(box):
    """Inputs with the shapes of whoever attaches them, attachments with shapes and units, columns with types, figures with words."""
    for plugin in plugins(box, "analyzer"):
        name = plugin["name"]
        equal([i["name"] for i in plugin["inputs"]], plugin["reads"] + plugin["uses"], f"inputs of {name}")
        for i in plugin["inputs"]:
            check(i["attached-by"] and i["shape"] and i["unit"], f"{name} reads {i}")
            for other in i["attached-by"]:
                contains([a["name"] for a in inspect(box, other)["attaches"]], [i["name"]], f"what {other} attaches")
        for a in plugin["attaches"]:
            check(a.get("shape") and a.get("unit") and a.get("description"), f"{name} attaches {a}")
        check(plugin["figures"] and all(f.get("description") for f in plugin["figures"]), f"figures of {name}")
        for table in plugin["tables"]:
            check(table.get("description") and all(c.get("description") for c in table["columns"]), f"{name} has a table {table}")
            check(all(c.get("unit") for c in table["columns"] if c["type"] == "number"), f"numbers without units: {table}")


def test_what_cannot_be_read_is_told(box):
    """Nobody knows what a plugin attaches that cannot be loaded: that of one that is broken is told where others read it."""
    manifest = box.root / "home/.local/share/sonde/plugins/broken/broken.plugin"
    check("warnings" not in inspect(box, "rsa"), "a warning without a reason")
    manifest.parent.mkdir(parents=True)
    manifest.write_text("[Plugin]\nModule=broken\nName=Broken\nX-Sonde-Kind=analyzer\nX-Sonde-API=1\n")
    (told,) = inspect(box, "rsa")["warnings"]
    contains(told, ["what broken attaches is not known", "libbroken.so"], "the warning")
    contains(box.sonde("inspect", "rsa").out, [told], "the page")
    check("warnings" not in inspect(box, "distribution"), "a warning where nothing is read upstream")
    manifest.write_text(manifest.read_text().replace("analyzer", "tap"))
    check("warnings" not in inspect(box, "rsa"), "a tap attaches nothing")


def test_taps_tell_what_they_want(box):
    """Without a model; with one it is the same. A tap that goes by its property says nothing before."""
    taps = {plugin["name"]: plugin["wants"] for plugin in plugins(box, "tap")}
    equal(sorted(name for name, wants in taps.items() if not wants), ["named-sites"], "taps that say nothing")
    for name, wants in taps.items():
        if wants:
            run = box.run(name, "!", "distribution", *box.inputs(), output=f"of-{name}")
            stages = read_results(run)["provenance"]["tap"]["stages"]
            equal([(w["id"], w["site"]) for w in wants], [(s["id"], s["site"]) for s in stages], f"stages of {name}")
            contains(box.sonde("inspect", name).out, [w["site"] for w in wants], f"inspect {name}")


def test_examples_run(box):
    """The example of each analyzer, word by word, on the demo model and text: all declared tables and figures are there, and each
    column has the declared type."""
    for plugin in plugins(box, "analyzer"):
        report = box.run(*plugin["example"].split(), output=f"example-of-{plugin['name']}")
        contains(plugin["example"].split(), [plugin["name"]], f"example of {plugin['name']}")
        for figure in plugin["figures"]:
            check((report / f"figures/{figure['name']}.svg").is_file(), f"the example of {plugin['name']} draws no figure {figure['name']}")
        results = read_results(report)
        for table in plugin["tables"]:
            rows = read_table(report, table["name"])
            check(rows, f"the example of {plugin['name']} leaves the table {table['name']} empty")
            equal(list(rows[0]), [c["name"] for c in table["columns"]], f"columns of {table['name']}")
            types = {"string": str, "integer": int, "number": (int, float, type(None))}
            for c in table["columns"]:
                check(all(isinstance(row[c["name"]], types[c["type"]]) for row in results["tables"][table["name"]]["rows"]), f"{table['name']}.{c['name']} is no {c['type']}")
        contains(box.sonde("inspect", plugin["name"]).out, [f"  sonde run {plugin['example']}\n"], f"inspect {plugin['name']}")


# ------------------------------------------------ properties, by every way in

def other_value(p):
    """A value of the property that is not its default."""
    if p["name"] in TEXTS and "values" not in p:
        return TEXTS[p["name"]]
    if "values" in p:
        return next(value["name"] for value in reversed(p["values"]) if value["name"] != p["default"])
    if p["type"] == "gboolean":
        return "false" if p["default"] == "true" else "true"
    low, high = bounds(p)
    default = float(p["default"])
    value = default + 1 if default + 1 <= high else (low + default) / 2
    return f"{value:g}"


def bounds(p):
    numbers = re.fullmatch(r"a (?:whole )?number(?: from (\S+))?(?: to (\S+))?", p["range"])
    check(numbers, f"what range is “{p['range']}”?")
    low, high = numbers.groups()
    return float(low or "-inf"), float(high or "inf")


def wrong_values(p):
    """Values that it must refuse: none where any text is one."""
    if "values" in p or p["type"] == "gboolean":
        return ["nonesuch"]
    if p["type"] == "gchararray":
        return []
    low, high = bounds(p)
    return [NOT_A_NUMBER, *(f"{low - 1:.12g}" for _ in [0] if low > float("-inf")), *(f"{high + 1:.12g}" for _ in [0] if high < float("inf"))]


def chain_of(plugin):
    """Words of a chain in which the plugin stands, without properties, and the place behind its name."""
    if plugin["kind"] == "tap":
        words = [plugin["name"], "!", "distribution"]
    else:
        words = [word for word in plugin["example"].split() if "=" not in word]
    return words, words.index(plugin["name"]) + 1


def properties_in(results, plugin):
    provenance = results["provenance"]
    if plugin["kind"] == "tap":
        return provenance["tap"]["properties"]
    return only([element["properties"] for element in provenance["chain"] if element["plugin"] == plugin["name"]], "elements of the chain")


def write_recipe(box, plugin, words, values):
    tap, chain = (words[0], words[2:]) if plugin["kind"] == "tap" else ("mlp-stages", words)
    group = "".join(f"{name}={value}\n" for name, value in values.items())
    (box.work / "own.recipe").write_text(f"[Recipe]\ntap={tap}\nchain={' '.join(chain)}\ntarget=\\scoffee\n[Condition one-sequence]\nkind=prefix\n"
                                         f"[Condition many-sequences]\nkind=windows\n[Analyzer {plugin['name']}]\n{group}")


def test_every_property_by_every_way(box):
    """A word of the chain, a group of a recipe, --set: accepted, and written to results.json as it was given."""
    seen = 0
    for plugin in plugins(box, "analyzer") + plugins(box, "tap"):
        values = {p["name"]: other_value(p) for p in plugin["properties"]}
        seen += len(values)
        words, place = chain_of(plugin)
        assignments = [f"{name}={value}" for name, value in values.items()]
        settings = [word for assignment in assignments for word in ("--set", f"{plugin['name']}.{assignment}")]
        write_recipe(box, plugin, words, values)
        for way, arguments in (("chain", words[:place] + assignments + words[place:]), ("recipe", ["own.recipe"]), ("set", [*words, *settings])):
            report = box.run(*arguments, *box.inputs(), output=f"{plugin['name']}-{way}")
            equal(properties_in(read_results(report), plugin), values, f"properties of {plugin['name']}, by the way of {way}")
        origins = {s["name"]: {p["name"]: (p["value"], p["origin"]) for p in s["properties"]} for s in inspect(box, "own.recipe")["settings"]}
        equal(origins[plugin["name"]], {name: (value, "group") for name, value in values.items()}, f"inspect of a recipe with {plugin['name']}")
    check(seen > 10, f"only {seen} properties were tried")


def test_every_property_refuses(box):
    """A value out of range, with the range; a name that it has not, with those that it has."""
    for plugin in plugins(box, "analyzer") + plugins(box, "tap"):
        name = plugin["name"]
        words, place = chain_of(plugin)
        for p in plugin["properties"]:
            for value in wrong_values(p):
                write_recipe(box, plugin, words, {p["name"]: value})
                for arguments in ([*words[:place], f"{p['name']}={value}", *words[place:]], ["own.recipe"], [*words, "--set", f"{name}.{p['name']}={value}"]):
                    told = box.sonde("run", *arguments, "--dry-run", *box.inputs(), status=1).err
                    contains(told, [f"“{value}” is no value for {name}.{p['name']}", p["range"]], f"sonde run {arguments}")
        known = ", ".join(p["name"] for p in plugin["properties"])
        write_recipe(box, plugin, words, {"nonesuch": "1"})
        for arguments in ([*words[:place], "nonesuch=1", *words[place:]], ["own.recipe"], [*words, "--set", f"{name}.nonesuch=1"]):
            told = box.sonde("run", *arguments, "--dry-run", *box.inputs(), status=1).err
            contains(told, [f"{name} has no property “nonesuch”", f"its properties are {known}" if known else "nor any other"], f"sonde run {arguments}")


def test_properties_of_providers(box):
    """Of what opens arrays: --set and a recipe's group, and results.json."""
    box.sonde("capture", *box.inputs(), "-o", "whole.npz", "--quiet")
    with zipfile.ZipFile(box.work / "whole.npz") as whole, zipfile.ZipFile(box.work / "a.npz", "w") as bare:
        for member in whole.namelist():
            if member.endswith(".npy"):  # without what it says of itself, which leaves nothing to be said of its rows
                bare.writestr(member, whole.read(member))
    for plugin in plugins(box, "model-provider"):
        name, values = plugin["name"], {p["name"]: other_value(p) for p in plugin["properties"]}
        known = ", ".join(values)
        told = box.sonde("inspect", "a.npz", "--set", f"{name}.nonesuch=1", status=1).err
        contains(told, [f"its properties are {known}" if known else "nor any other"], f"unknown property of {name}")
        if not values:
            continue
        rows = json.loads(box.sonde("inspect", "a.npz", "--json").out)["conditions"][1]["rows"]
        (box.work / "origins.csv").write_text("condition,row,token_id\n" + "".join(f"many-sequences,{i},7\n" for i in range(rows)))
        group = "".join(f"{key}={value}\n" for key, value in values.items())
        (box.work / "own.recipe").write_text(f"[Recipe]\nchain=dimensionality layer=0\n[Condition c]\nkind=prefix\n[Provider {name}]\n{group}")
        settings = [word for key, value in values.items() for word in ("--set", f"{name}.{key}={value}")]
        for output, arguments in (("set", ["dimensionality", "layer=0", *settings]), ("recipe", ["own.recipe"])):
            report = box.run(*arguments, "--capture", "a.npz", output=output)
            equal(read_results(report)["provenance"]["capture"]["properties"], values, f"properties of {name}, by the way of {output}")
        settings = only([s for s in inspect(box, "own.recipe")["settings"] if s["name"] == name], "providers of the recipe")
        equal({p["name"]: (p["value"], p["origin"]) for p in settings["properties"]}, {key: (value, "group") for key, value in values.items()}, "inspect of a recipe with a provider")


def test_stages_of_a_capture(box):
    """Chosen and ordered, of a capture that says of itself what it holds."""
    box.sonde("capture", *box.inputs(), "-o", "a.npz", "--quiet")
    for stages in ("gelu,input", "projection"):
        told = json.loads(box.sonde("inspect", "a.npz", "--set", f"arrays.stages={stages}", "--json").out)
        equal(",".join(stage["id"] for stage in told["stages"]), stages, "stages")


# -------------------------------------------------------------------- recipes

def test_inspect_recipe(box):
    """Title, words, conditions, tap, chain, target, and every property with its value and where it comes from."""
    recipe = inspect(box, "mlp-progression")
    equal((recipe["kind"], recipe["tap"], recipe["target"]), ("recipe", "mlp-stages", " coffee"), "recipe")
    equal([(s["name"], s["kind"]) for s in recipe["settings"]], [("one-sequence", "condition"), ("many-sequences", "condition"), ("mlp-stages", "tap"),
          *((word, "analyzer") for word in recipe["chain"].split() if word != "!")], "what has properties")
    found = {(s["name"], p["name"]): (p["value"], p["origin"]) for s in recipe["settings"] for p in s["properties"]}
    equal(found["cosine", "cross-limits"], ("-0.3:0.3,auto", "group"), "cross-limits")
    equal(found["rsa", "method"], ("pearson", "default"), "method")
    equal(found["many-sequences", "keep"], ("last", "group"), "keep")
    page = box.sonde("inspect", "mlp-progression").out
    contains(page, [recipe["title"], recipe["description"], recipe["chain"], "“ coffee”", recipe["file"]], "inspect mlp-progression")
    check(re.search(r"^  cross-limits +-0\.3:0\.3,auto +the recipe$", page, re.M), page)
    for name in ("representation-geometry", "chain"):
        equal(inspect(box, name)["kind"], "recipe", name)


def test_inspect_own_recipe(box):
    """A file; a chain with properties in it; and what is wrong with one."""
    (box.work / "own.recipe").write_text("[Recipe]\ntitle=A\\x1b title\ntap=mlp-stages\nchain=cosine layer=last ! rsa method=kendall\n[Condition c]\nkind=lines\n[Analyzer rsa]\ny-low=-0.5\n")
    recipe = inspect(box, "own.recipe")
    found = {(s["name"], p["name"]): (p["value"], p["origin"]) for s in recipe["settings"] for p in s["properties"]}
    equal([found[key] for key in (("cosine", "layer"), ("rsa", "layer"), ("rsa", "method"), ("rsa", "y-low"), ("c", "kind"))],
          [("last", "chain"), ("middle", "default"), ("kendall", "chain"), ("-0.5", "group"), ("lines", "group")], "values and origins")
    contains(box.sonde("inspect", "own.recipe").out, ["the recipe's chain"], "page")
    (box.work / "bad.recipe").write_text("[Recipe]\ntap=mlp-stages\nchain=cosine ! nonesuch\n[Condition c]\nkind=lines\n")
    contains(box.sonde("inspect", "bad.recipe", status=1).err, ["nonesuch"], "a recipe with an unknown plugin")
    contains(box.sonde("inspect", "mlp-progression", "--set", "arrays.axes=row,feature", status=1).err, ["is a recipe"], "--set with a recipe")
    contains(box.sonde("inspect", "nonesuch", status=1).err, ["no recipe, file or folder"], "an unknown name")


# ----------------------------------------------------------------------- help

def test_help_of_a_chain(box):
    """After the usual help: every property of what the words name, and of the conditions."""
    plain = box.sonde("run", "--help").out
    for words in (["mlp-stages", "!", "cosine", "!", "rsa"], ["cosine ! rsa"], ["mlp-progression"], ["named-sites", "!", "distribution"]):
        told = box.sonde("run", *words, "--help")
        check(told.out.startswith(plain) and told.err == "", f"help of {words} begins with the usual help")
        names = {plugin for word in words for plugin in word.split() if plugin not in ("!", "mlp-progression", "mlp-stages")}
        for name in names:
            contains(told.out, [f"\nProperties of {name} ("], f"help of {words}")
            for p in inspect(box, name)["properties"]:
                contains(told.out, [f"  {p['name']} ({p['type']})\n      {p['description']}\n      {p['range']}; default “{p['default']}”"], f"help of {words}")
        contains(told.out, ["there are one-sequence, many-sequences", "  window (guint)"], f"help of {words}")
    contains(box.sonde("run", "mlp-progression", "--help").out, ["default “auto”; here “-0.3:0.3,auto”"], "help of a recipe")
    contains(box.sonde("run", "cosine", "layer=last", "--help").out, ["default “middle”; here “last”"], "help of a chain with a property")
    for words in (["nonesuch"], ["cosine", "!", "nonesuch"], ["cosine", "nonesuch=1"]):
        told = box.sonde("run", *words, "--help")
        equal((told.out, len(told.warnings)), (plain, 1), f"help of {words}")
        contains(told.err, ["nonesuch"], f"help of {words}")


if __name__ == "__main__":
    main(tests_of(globals()))
