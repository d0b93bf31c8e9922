#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks that the documentation says what the code does, and that the code keeps the rules of CONTRIBUTING.md.

Reads the files of the source tree, compiles nothing. Prints one line for each finding; exit code 1 when there are any.
"""

import collections
import os
import re
import sys

ROOT = os.environ.get("ISOLDE_SOURCE_DIR") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FOLDERS = ["base", "bmc", "cache", "cmake", "conductor", "config", "docs", "http", "image", "redfish", "tests", "vmedia"]
SPDX = "SPDX-License-Identifier: GPL-3.0-or-later"
LONGEST_FILE = 400
# Spelled in two halves, so that this file does not hold them.
FORBIDDEN_WORDS = ["TO" + "DO", "FIX" + "ME", "X" + "XX"]

# Files that may be longer, each with its reason.
LONG_FILES = {}

findings = []


def report(path, line, text):
    findings.append(f"{path}:{line}: {text}" if line else f"{path}: {text}")


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def files_ending(*endings):
    """Paths of the project's own files, from its root; fuzz corpora and caches are none."""
    found = [name for name in sorted(os.listdir(ROOT)) if name.endswith(endings)]
    for folder in FOLDERS:
        for directory, below, names in os.walk(os.path.join(ROOT, folder)):
            below[:] = sorted(name for name in below if name not in ("corpus", "__pycache__"))
            relative = os.path.relpath(directory, ROOT)
            found += [os.path.join(relative, name) for name in sorted(names) if name.endswith(endings)]
    return found


def line_of(text, position):
    return text.count("\n", 0, position) + 1


COMMENT_OR_LITERAL = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<!\w)\'(?:\\.|[^\'\\\n])+\'', re.S)


def without_comments(text):
    """C++ with its comments blanked; literals and line numbers stay."""
    def blank(match):
        whole = match.group(0)
        return re.sub(r"[^\n]", " ", whole) if whole.startswith("/") else whole

    return COMMENT_OR_LITERAL.sub(blank, text)


def without_literals(text):
    """C++ with comments and what stands in quotes blanked."""
    return COMMENT_OR_LITERAL.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), text)


def arguments_at(text, opening):
    """What stands between the parenthesis at `opening` and its partner."""
    depth = 0
    for match in re.compile(r'"(?:\\.|[^"\\\n])*"|[()]').finditer(text, opening):
        depth += {"(": 1, ")": -1}.get(match.group(0), 0)
        if depth == 0:
            return text[opening + 1:match.start()]
    return text[opening + 1:]


def product_code():
    return [path for path in files_ending(".cpp", ".h") if not path.startswith("tests/")]


def table_rows(markdown, heading):
    """Cells of the table rows below a heading, up to the next heading of any level."""
    section = re.search(rf"^##+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", markdown, re.S | re.M)
    if not section:
        return []
    rows = [line for line in section.group(1).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[2:]]


def names_in(cell):
    return set(re.findall(r"`([^`]+)`", cell))


def compare(path, what, in_code, in_docs):
    """`in_code`: name → place in the code."""
    for name in sorted(set(in_code) - set(in_docs)):
        report(in_code[name], 0, f"{what} {name} is not in {path}")
    for name in sorted(set(in_docs) - set(in_code)):
        report(path, 0, f"{what} {name} is in no code")


# --- log events and history

LOG_CALL = re.compile(r"\blog_?\s*(?:\.|->)\s*(debug|info|warning|error|write)\s*\(")


def logged_events():
    """Event → its levels, its fields and one place."""
    events = {}
    for path in product_code():
        text = without_comments(read(path))
        for call in LOG_CALL.finditer(text):
            arguments = arguments_at(text, call.end() - 1)
            name = re.search(r'"([^"]+)"', arguments)
            if not name:
                report(path, line_of(text, call.start()), "the event of a log line must be a literal")
                continue
            levels = {call.group(1)}
            if levels == {"write"}:
                levels = {level.lower() for level in re.findall(r"LogLevel::(\w+)", arguments)}
            fields = set(re.findall(r'\{\s*"(\w+)"\s*,', arguments[name.end():]))
            event = events.setdefault(name.group(1), {"levels": set(), "fields": set(), "place": path})
            event["levels"] |= levels
            event["fields"] |= fields
    return events


def check_events():
    page = "docs/operating/events.md"
    documented = {}
    for cells in table_rows(read(page), "Log events"):
        if len(cells) != 5:
            report(page, 0, f"a row must have 5 cells: {cells[0]}")
            continue
        documented[cells[0].strip("`")] = cells
    events = logged_events()
    compare(page, "event", {name: event["place"] for name, event in events.items()}, documented)
    for name in sorted(set(events) & set(documented)):
        levels = {level.strip() for level in documented[name][1].split(",")}
        if levels != events[name]["levels"]:
            report(page, 0, f"{name} is logged as {', '.join(sorted(events[name]['levels']))}")
        if names_in(documented[name][2]) != events[name]["fields"]:
            report(page, 0, f"{name} has the fields {', '.join(sorted(events[name]['fields'])) or 'none'}")


def check_history():
    page = "docs/operating/events.md"
    in_code = {}
    for path in product_code():
        text = without_comments(read(path))
        for call in re.finditer(r"\bhistory_entry\(", text):
            literals = re.findall(r'"([^"]+)"', arguments_at(text, call.end() - 1))
            if len(literals) > 1 and literals[0] in ("INFO", "WARNING", "ERROR") and re.fullmatch(r"[a-z]+\.[a-z_]+", literals[1]):
                in_code[literals[1]] = path
    documented = [name for cells in table_rows(read(page), "Events of a node") for name in names_in(cells[0]) if "<" not in name]
    compare(page, "history event", in_code, documented)


# --- metrics, routes, options

def check_metrics():
    source, page = "conductor/daemon/metrics.cpp", "docs/operating/metrics.md"
    in_code = {name: source for name in re.findall(r'"(isolde_\w+)"', without_comments(read(source)))}
    documented = [name for cells in table_rows(read(page), "Metrics") for name in names_in(cells[0])]
    compare(page, "metric", in_code, documented)


def check_routes():
    page = "docs/api.md"
    in_code = {}
    for path in product_code():
        if path.startswith("conductor/api/") and path.endswith("_routes.cpp"):
            for method, route in re.findall(r'\{"(GET|POST|PUT|PATCH|DELETE)", "(/[^"]*)"', without_comments(read(path))):
                in_code[f"{method} {route}"] = path
    documented = set(re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) /[^`\s]*)`", read(page)))
    compare(page, "route", in_code, documented)


PROGRAMS = {
    "docs/man/isolde.1.scd": "conductor/cli/",
    "docs/man/isolde-conductor.8.scd": "conductor/daemon/main.cpp",
    "docs/man/isolde-emulator.1.scd": "redfish/emulator/options.cpp",
}


def check_options():
    for page, source in PROGRAMS.items():
        in_code = {}
        for path in product_code():
            if path.startswith(source):
                for names in re.findall(r'(?:(?:add(?:_option|_flag)?|set_version_flag)\(\s*|add_list\(\w+,\s*|\{)"([^"]+)"', without_comments(read(path))):
                    in_code.update({name: path for name in names.split(",") if name.startswith("--")})
        documented = set(re.findall(r"\*(--[a-z-]+)\*", read(page))) - {"--help"}
        if not in_code:
            report(source, 0, "no options found: has the way to declare them changed?")
        compare(page, "option", in_code, documented)


# --- rules of the code

def check_files():
    for path in files_ending(".cpp", ".h", ".cmake", ".py", ".sh", "CMakeLists.txt", ".service"):
        lines = read(path).splitlines()
        if not any(SPDX in line for line in lines[:2]):
            report(path, 1, f"must begin with {SPDX}")
        for number, line in enumerate(lines, 1):
            for word in FORBIDDEN_WORDS:
                if re.search(rf"\b{word}\b", line):
                    report(path, number, f"{word}: do it, or leave it out")
    for path in files_ending(".cpp", ".h"):
        lines = read(path).splitlines()
        if len(lines) > LONGEST_FILE and path not in LONG_FILES:
            report(path, 0, f"has {len(lines)} lines; at most {LONGEST_FILE}")
        for number, line in enumerate(lines, 1):
            if re.match(r'\s*#\s*include\s+"\.\.?/', line):
                report(path, number, "includes are by full path from the root")


TYPE = re.compile(r"\b(?:struct|class|union|enum(?:\s+class)?)\s+(?:\[\[\w+\]\]\s*)?(\w+(?:::\w+)*)\s*(?:final\s*)?(?::(?!:)[^;{}]*)?$")
NAMESPACE = re.compile(r"\b(?:inline\s+)?namespace\s*([\w:]*)\s*$")


def types_of(text):
    """Qualified names of the types that are defined in named namespaces of `text`, not inside of others."""
    code = re.sub(r"^\s*#(?:\\\n|[^\n])*", "", without_literals(text), flags=re.M)
    code = re.sub(r"\bISOLDE_[A-Z_]+(?:\([^()]*\))?", "", code)
    scopes, begin = [], 0
    for match in re.finditer(r"[;{}]", code):
        head = code[begin:match.start()]
        begin = match.end()
        if match.group(0) == "}":
            if scopes:
                scopes.pop()
        elif match.group(0) == "{":
            namespace, kind = NAMESPACE.search(head), TYPE.search(head)
            named = all(scopes)
            if kind and not namespace and named:
                yield "::".join(scopes + [kind.group(1)])
            # An empty name stands for all that is no named namespace: what is inside is nobody else's.
            scopes.append(namespace.group(1) if namespace else "")


def check_types():
    """Two types of one name in one namespace, in one program, are undefined behaviour that no tool reports."""
    places = collections.defaultdict(set)
    for path in product_code():
        for name in types_of(read(path)):
            places[name].add(path)
    for name, paths in sorted(places.items()):
        if len(paths) > 1:
            report(sorted(paths)[0], 0, f"{name} is also defined in {', '.join(sorted(paths)[1:])}")


def check_links():
    for path in files_ending(".md"):
        text = re.sub(r"```.*?```", "", read(path), flags=re.S)
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
            if "://" not in target and not os.path.exists(os.path.join(ROOT, os.path.dirname(path), target)):
                report(path, 0, f"the link to {target} leads nowhere")


def check_decisions():
    """Each record has a number of its own."""
    seen = {}
    for path in sorted(files_ending(".md")):
        number = re.match(r"docs/decisions/(\d{4})-", path)
        if number and seen.setdefault(number[1], path) != path:
            report(path, 0, f"{seen[number[1]]} has the same number")


def main():
    for check in (check_events, check_history, check_metrics, check_routes, check_options, check_files, check_types, check_links,
                  check_decisions):
        check()
    for finding in findings:
        print(finding)
    print(f"{len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
