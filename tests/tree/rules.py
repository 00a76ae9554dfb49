"""Rules that the tree keeps: each is a function whose name says it, and that gives a sentence for each fault."""


def run_rules(rules):
    print(f"1..{len(rules)}")
    for number, rule in enumerate(rules, 1):
        faults = list(rule())
        print(f"{'not ok' if faults else 'ok'} {number} - {rule.__name__}")
        for fault in faults:
            print(f"# {fault}")
