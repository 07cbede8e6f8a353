#!/usr/bin/env python3
"""Collects what Rust's API crate does not carry from the Go sources of k8s.io/api and k8s.io/apimachinery.

Usage: go_types.py API_CHECKOUT APIMACHINERY_CHECKOUT > go-types.json
Facts only: field order, Go types, embedded structs, omitempty, patch and list markers, constants of string types.
"""
import json
import re
import subprocess
import sys

REVISION = "v0.36.2"
PACKAGES = [
    # short name, checkout (0 api, 1 apimachinery), path
    ("core", 0, "core/v1/types.go"),
    ("apps", 0, "apps/v1/types.go"),
    ("batch", 0, "batch/v1/types.go"),
    ("coordination", 0, "coordination/v1/types.go"),
    ("discovery", 0, "discovery/v1/types.go"),
    ("scheduling", 0, "scheduling/v1/types.go"),
    ("autoscaling", 0, "autoscaling/v1/types.go"),
    ("policy", 0, "policy/v1/types.go"),
    ("meta", 1, "pkg/apis/meta/v1/types.go"),
]
ALIASES = {"metav1": "meta", "v1": "core", "corev1": "core", "api": "core", "apiv1": "core"}


def source(checkout, path):
    command = ["git", "-C", checkout, "show", f"{REVISION}:{path}"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def qualified(go_type, package):
    """`*[]Container` of core becomes `*[]core.Container`."""
    prefix = re.match(r"^(\*|\[\]|map\[string\]|map\[[A-Za-z.]+\])*", go_type).group(0)
    # A map's named string key reads as a string.
    base = go_type[len(prefix):]
    prefix = re.sub(r"map\[[A-Za-z.]+\]", "map[string]", prefix)
    if base in ("string", "bool", "int32", "int64", "int", "byte", "float64", "uint8"):
        return prefix + base
    if "." in base:
        alias, name = base.split(".", 1)
        return f"{prefix}{ALIASES.get(alias, alias)}.{name}"
    return f"{prefix}{package}.{base}"


def field(match, package, notes):
    name, go_type, tags = match.group(1), match.group(2), match.group(3)
    tag = dict(re.findall(r'(\w+):"([^"]*)"', tags))
    json_tag = tag.get("json", "").split(",")
    result = {"go": name, "json": json_tag[0], "type": qualified(go_type, package)}
    if "omitempty" in json_tag[1:]:
        result["omitempty"] = True
    if "omitzero" in json_tag[1:]:
        result["omitzero"] = True
    for key, label in (("patchStrategy", "patchStrategy"), ("patchMergeKey", "patchMergeKey")):
        if key in tag:
            result[label] = tag[key]
    result.update(markers(notes, ("listType", "mapType", "structType")))
    keys = [note.split("=", 1)[1] for note in notes if note.startswith("+listMapKey=")]
    if keys:
        result["listMapKeys"] = keys
    return result


def markers(notes, names):
    found = {}
    for note in notes:
        for name in names:
            if note.startswith(f"+{name}="):
                found[name] = note.split("=", 1)[1]
    return found


def described(notes, constant):
    """A constant's comment as OpenAPI shows it: without the constant's name and in one line."""
    comment = " ".join(note for note in notes if not note.startswith("+")).strip()
    return " ".join(comment.removeprefix(constant).split())


def parse(text, package, types, strings):
    current, notes = None, []
    for line in text.split("\n"):
        stripped = line.strip()
        if stripped.startswith("//"):
            notes.append(stripped[2:].strip())
            continue
        start = re.match(r"^type (\w+) struct \{", line)
        if start:
            current = {"fields": [], **markers(notes, ("structType", "mapType"))}
            types[f"{package}.{start.group(1)}"] = current
            if line.rstrip().endswith("}"):
                current = None
        elif current is not None and line.startswith("}"):
            current = None
        elif current is not None:
            match = re.match(r"^\s+(\w+)\s+(\S+)\s+`(.*)`", line)
            embedded = re.match(r"^\s+([\w.]+)\s+`json:\"(,inline)?\"", line) or re.match(
                r"^\s+([\w.]+)\s+`json:\",inline\" ", line
            )
            named_embed = re.match(r"^\s+([\w.]+)\s+(`json:\"\w.*)`", line)
            if named_embed:
                name = named_embed.group(1).split(".")[-1]
                line = f"  {name} {named_embed.group(1)} {named_embed.group(2)}`"
                match = re.match(r"^\s+(\w+)\s+(\S+)\s+`(.*)`", line)
            if embedded:
                current["fields"].append({"embedded": qualified(embedded.group(1), package)})
            elif match:
                current["fields"].append(field(match, package, notes))
        else:
            named = re.match(r"^type (\w+) string", line)
            if named:
                strings[f"{package}.{named.group(1)}"] = {"enum": "+enum" in notes, "values": []}
            alias = re.match(r"^type (\w+) (map\S+|\[\]\S+)", line)
            if alias:
                types[f"{package}.{alias.group(1)}"] = {"alias": qualified(alias.group(2), package)}
            constant = re.match(r"^\s+(\w+)\s+([\w.]+)\s*=\s*\"([^\"]*)\"", line)
            if constant and f"{package}.{constant.group(2)}" in strings:
                string = strings[f"{package}.{constant.group(2)}"]
                string["values"].append(constant.group(3))
                if string["enum"]:
                    string.setdefault("docs", {})[constant.group(3)] = described(notes, constant.group(1))
        if stripped:
            notes = []
        elif current is None:
            notes = []


def main():
    types, strings = {}, {}
    for package, checkout, path in PACKAGES:
        parse(source(sys.argv[1 + checkout], path), package, types, strings)
    json.dump({"revision": REVISION, "types": types, "strings": strings}, sys.stdout, indent=0, sort_keys=True)


main()
