"""The rights of each role and policy of infra/template.yaml as a table.

Run by scripts/rights, with the Python that has PyYAML.
"""

import argparse
import pathlib
import re
import sys

import yaml

TEMPLATE = pathlib.Path("infra/template.yaml")
DOCUMENT = pathlib.Path("docs/security.md")
BEGIN = "<!-- scripts/rights --write puts the table here -->"
END = "<!-- up to here -->"
PARAMETER = re.compile(r"\$\{[^}]*\}")


class Loader(yaml.SafeLoader):
    """YAML with the short forms of CloudFormation, such as `!Ref`, as pairs of form and value."""


def form(loader, name, node):
    if isinstance(node, yaml.ScalarNode):
        return (name, loader.construct_scalar(node))
    if isinstance(node, yaml.SequenceNode):
        return (name, loader.construct_sequence(node, deep=True))
    return (name, loader.construct_mapping(node, deep=True))


Loader.add_multi_constructor("!", form)


def fail(message):
    sys.exit(f"rights: {message}")


def listed(value):
    return value if isinstance(value, list) else [value]


def statements(document):
    """Each statement, with the condition of the stack under which it is there at all."""
    for statement in listed(document["Statement"]):
        match statement:
            case dict():
                yield statement, None
            case ("If", [condition, dict() as then, ("Ref", "AWS::NoValue")]):
                yield then, condition
            case _:
                fail(f"a statement of a form that is not known: {statement}")


def resource(value):
    """What a right is on, in words."""
    match value:
        case "*":
            return "everything: AWS knows no narrower right"
        case ("GetAtt", "Bucket.Arn"):
            return "the bucket"
        case ("GetAtt", name) if name.endswith(".Arn"):
            return f"`{name.removesuffix('.Arn')}`"
        case ("Ref", parameter):
            return f"the groups that `{parameter}` names"
        case ("Sub", text) if text.startswith("${Bucket.Arn}/"):
            return f"`{text.removeprefix('${Bucket.Arn}/')}`"
        case ("Sub", text) if ":execute-api:" in text:
            method, _, path = text.split("/$default/", 1)[1].partition("/")
            return "every path" if method == "*" else f"`{method} /{path}`"
        case ("Sub", text) if text.startswith("arn:"):
            return f"`{PARAMETER.sub('*', text).split(':', 5)[-1]}`, in any region"
    fail(f"a resource of a form that is not known: {value}")


def limits(statement):
    """What a statement asks for beside its resource."""
    told = []
    for operator, tests in statement.get("Condition", {}).items():
        for key, value in tests.items():
            match (operator, key):
                case ("StringLikeIfExists", "s3:prefix"):
                    told.append("below " + ", ".join(f"`{prefix.removesuffix('*')}`" for prefix in listed(value)))
                case ("Null", "autoscaling:LaunchConfigurationName"):
                    told.append("not with a launch configuration")
                case _:
                    fail(f"a condition of a form that is not known: {operator} {key}")
    return told


def rows(name, documents, known):
    """The lines of one role or policy. `known` has long statements of those before it, which are not told again."""
    for document in documents:
        for statement, condition in statements(document):
            if len(listed(statement["Resource"])) > 10:
                first = next((who for who, earlier in known if earlier == statement), None)
                if first:
                    yield f"| {name} | what {first} may | |"
                    continue
                known.append((name, statement))
            if statement["Effect"] != "Allow":
                fail(f"`{name}` has a statement that does not allow: {statement}")
            may = ", ".join(f"`{action}`" for action in listed(statement["Action"]))
            on = ", ".join(resource(value) for value in listed(statement["Resource"]))
            extra = limits(statement) + ([f"only where the stack has `{condition}`"] if condition else [])
            yield f"| {name} | {may} | {'; '.join([on, *extra])} |"


def table(template):
    lines, known = ["| who | may | on |", "| --- | --- | --- |"], []
    for name, found in template["Resources"].items():
        properties = found.get("Properties", {})
        match found["Type"]:
            case "AWS::IAM::Role":
                if "ManagedPolicyArns" in properties:
                    fail(f"`{name}` has managed policies, whose rights do not stand in the template")
                lines += rows(name, [policy["PolicyDocument"] for policy in properties.get("Policies", [])], known)
            case "AWS::IAM::ManagedPolicy":
                lines += rows(name, [properties["PolicyDocument"]], known)
            case "AWS::Serverless::Function" if "Role" not in properties:
                fail(f"`{name}` has no role of its own, so that SAM makes one")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(prog="rights")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--check", action="store_true")
    way.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    made = table(yaml.load(TEMPLATE.read_text(), Loader))
    if not (asked.check or asked.write):
        print(made)
        return
    text = DOCUMENT.read_text()
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        fail(f"{DOCUMENT} has no place for the table: it stands between `{BEGIN}` and `{END}`")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    wanted = f"{before}{BEGIN}\n\n{made}\n\n{END}{after}"
    if asked.write:
        DOCUMENT.write_text(wanted)
    elif text != wanted:
        fail(f"{DOCUMENT} has another table than {TEMPLATE}: run `scripts/rights --write`")


if __name__ == "__main__":
    main()
