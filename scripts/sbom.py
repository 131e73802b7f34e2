"""Narrows a software bill of materials to what is built in, and takes out what differs between two machines.

Run by scripts/sbom: `sbom.py BILL TREE ROOT` for a program, where TREE has the lines of `cargo tree`; `sbom.py --page SECONDS` for the page,
whose bill comes from npm by standard input and is dated by that commit.
"""

import datetime
import json
import pathlib
import sys


def of_program(bill, tree, root):
    """What `cargo tree` names, and paths within the project."""
    bill = json.loads(pathlib.Path(bill).read_text().replace(f"file://{root}", "file://."))
    # `name v1.2.3 (path or nothing)`
    built = {tuple(line.split()[:2]) for line in pathlib.Path(tree).read_text().splitlines() if line}
    bill["components"] = [part for part in bill["components"] if (part["name"], f"v{part['version']}") in built]
    kept = {part["bom-ref"] for part in bill["components"]} | {bill["metadata"]["component"]["bom-ref"]}
    # The program itself and what is left of it.
    bill["dependencies"] = [
        {**edge, "dependsOn": [name for name in edge.get("dependsOn", []) if name in kept]} for edge in bill["dependencies"] if edge["ref"] in kept
    ]
    missing = built - {(part["name"], f"v{part['version']}") for part in bill["components"]} - {tuple(_own(bill))}
    if missing:
        sys.exit(f"sbom: the bill lacks {sorted(missing)}")
    return bill


def _own(bill):
    """The package that the program is in, by its purl `pkg:cargo/NAME@VERSION?…`."""
    name, version = bill["metadata"]["component"]["purl"].split("?")[0].removeprefix("pkg:cargo/").split("@")
    return name, f"v{version}"


def of_page(bill, seconds):
    """The moment of the commit, and no number by chance."""
    del bill["serialNumber"]
    moment = datetime.datetime.fromtimestamp(int(seconds), datetime.timezone.utc)
    bill["metadata"]["timestamp"] = moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    return bill


def main():
    if sys.argv[1] == "--page":
        bill = of_page(json.load(sys.stdin), sys.argv[2])
    else:
        bill = of_program(*sys.argv[1:4])
    json.dump(bill, sys.stdout, indent=2)
    print()


if __name__ == "__main__":
    main()
