"""The codec's text half: a Markdown file with YAML front matter, to and from plain values.

A document is flat: every value is text, or a list of texts. Nothing in front matter is ever read as a number, a date or
a truth value, so `no`, `1.10` and `12:30` stay what the writer wrote. `parse(d.text()) == d` for every document.
"""

import difflib
import hashlib
import re
import unicodedata
from dataclasses import dataclass, field

import yaml
from yaml.cyaml import CEmitter, CSafeLoader
from yaml.representer import SafeRepresenter
from yaml.resolver import BaseResolver

MAX_BYTES = 1_000_000
FENCE = "---"
FLAT = "front matter holds only text and lists of text"
COMMENT = "comments in front matter would be lost: put them in the text"
HEADING = re.compile(r"## (.*?)\s*#*\s*$")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
MERGE_MARKERS = ("<<<<<<< ", ">>>>>>> ")


class DocumentError(Exception):
    """What is wrong with one file: `problems` is a list of (line, message), lines counted from 1."""

    def __init__(self, problems):
        self.problems = sorted(problems)
        super().__init__("; ".join(f"{line}: {message}" for line, message in self.problems))


@dataclass(frozen=True)
class Shape:
    """What a kind of document may hold: its keys in order, which of them are lists, and its sections {field: heading}.

    The order within `unordered` lists means nothing, so they are kept sorted. A kind without sections has a free body,
    kept under the name `body`.
    """

    keys: tuple[str, ...]
    lists: frozenset[str] = frozenset()
    unordered: frozenset[str] = frozenset()
    sections: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Document:
    """One record as text: `values` maps a key, a section's field name or `body` to text or a list of texts."""

    shape: Shape = field(repr=False)
    values: dict[str, str | list[str]]
    lines: dict[str, int] = field(default_factory=dict, compare=False, repr=False)

    def text(self):
        """The one canonical form of this document, ready to be written to a file."""
        front = {key: self.values[key] for key in self.shape.keys if self.values.get(key)}
        head = yaml.dump(front, Dumper=_TextDumper, allow_unicode=True, width=10**9, sort_keys=False) if front else ""
        if self.shape.sections:
            parts = [
                f"## {heading}\n\n{self.values[name]}\n"
                for name, heading in self.shape.sections.items()
                if self.values.get(name)
            ]
            body = "\n".join(parts)
        else:
            body = f"{self.values['body']}\n" if self.values.get("body") else ""
        return f"{FENCE}\n{head}{FENCE}\n{body}"

    def digest(self):
        """A short fixed name for this text, kept on the row as `synced_hash`."""
        return hashlib.sha256(self.text().encode()).hexdigest()[:32]

    def line(self, key, position=0):
        """The line of a key, or of the character at `position` of a text; 1 where the file does not have it."""
        if key not in self.lines:
            return 1
        value = self.values.get(key, "")
        return self.lines[key] + (value[:position].count("\n") if isinstance(value, str) else 0)


class _TextDumper(CEmitter, SafeRepresenter, BaseResolver):
    def __init__(self, stream, default_style=None, default_flow_style=False, sort_keys=False, **options):
        CEmitter.__init__(self, stream, **{k: v for k, v in options.items() if k in _EMITTER_OPTIONS})
        SafeRepresenter.__init__(self, default_style=default_style, default_flow_style=False, sort_keys=sort_keys)


_EMITTER_OPTIONS = {"canonical", "indent", "width", "encoding", "allow_unicode", "line_break", "explicit_start",
                    "explicit_end", "version", "tags"}  # fmt: skip


def decode(raw):
    """Text from a file's bytes. Line ends, a byte order mark and Unicode form are normalised; the rest is refused."""
    if len(raw) > MAX_BYTES:
        raise DocumentError([(1, f"the file is larger than {MAX_BYTES // 1_000_000} MB")])
    try:
        text = raw.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise DocumentError([(line, "the file is not UTF-8 text")]) from None
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    problems = []
    for number, line in enumerate(text.split("\n"), 1):
        if said := control(line):
            problems.append((number, said))
        if line.startswith(MERGE_MARKERS):
            problems.append((number, "a merge marker was left in the file"))
    if problems:
        raise DocumentError(problems)
    return text


def control(text):
    """What is wrong with the first control character of a text; "" where it has none."""
    found = CONTROL.search(text)
    return f"a control character (U+{ord(found[0]):04X}) does not belong in text" if found else ""


def parse(text, shape):
    """A Document from text, or a DocumentError that names every problem with its line."""
    lines = text.split("\n")
    if lines[0].rstrip() != FENCE:
        raise DocumentError([(1, f"the file must start with a line of {FENCE} (front matter)")])
    try:
        end = next(i for i, line in enumerate(lines[1:], 1) if line.rstrip() == FENCE)
    except StopIteration:
        raise DocumentError([(1, f"the front matter has no closing line of {FENCE}")]) from None
    front, where = _front("\n".join(lines[1:end]) + "\n")
    problems = _misfits(front, where, shape)
    body, body_lines, body_problems = _body(lines[end + 1 :], end + 2, shape)
    if problems := problems + body_problems:
        raise DocumentError(problems)
    values = {key: sorted(value) if key in shape.unordered else value for key, value in (front | body).items() if value}
    return Document(shape, values, where | body_lines)


def _front(source):
    """{key: text or list} and {key: line} from the YAML between the fences."""
    try:
        _refuse_what_would_be_lost(source)
        root = yaml.compose(source, Loader=CSafeLoader)
    except yaml.MarkedYAMLError as error:
        line = (error.problem_mark or error.context_mark).line + 2
        raise DocumentError([(line, f"the front matter is not valid YAML: {error.problem}")]) from None
    except yaml.YAMLError as error:
        raise DocumentError([(1, f"the front matter is not valid YAML: {error}")]) from None
    if root is None:
        return {}, {}
    if not isinstance(root, yaml.MappingNode):
        raise DocumentError([(2, "front matter is a list of `key: value` lines")])
    values, where, problems = {}, {}, []
    for key_node, node in root.value:
        key, line = key_node.value, key_node.start_mark.line + 2
        if not isinstance(key_node, yaml.ScalarNode):
            problems.append((line, FLAT))
        elif key in values:
            problems.append((line, f"the key {key!r} stands twice"))
        elif isinstance(node, yaml.ScalarNode):
            values[key], where[key] = _one_line(node.value), line
        elif isinstance(node, yaml.SequenceNode) and all(isinstance(n, yaml.ScalarNode) for n in node.value):
            values[key], where[key] = [_one_line(n.value) for n in node.value], line
        else:
            problems.append((line, FLAT))
    if problems:
        raise DocumentError(problems)
    return values, where


def _one_line(value):
    return unicodedata.normalize("NFC", " ".join(value.split()))


def _refuse_what_would_be_lost(source):
    """Comments cannot be kept; anchors, tags and deep nesting are how YAML files attack. All are named by line."""
    problems, depth, end = [], 0, 0
    for token in yaml.scan(source, Loader=CSafeLoader):
        between = source[end : token.start_mark.index]
        inside = source[token.start_mark.index : token.end_mark.index]
        if isinstance(token, yaml.ScalarToken) and token.style in ("|", ">"):
            between += inside.split("\n", 1)[0]
        if "#" in between:
            problems.append((_line(source, end + between.index("#")), COMMENT))
        end = max(end, token.end_mark.index)
        if isinstance(token, (yaml.AnchorToken, yaml.AliasToken, yaml.TagToken, yaml.DirectiveToken)):
            problems.append((token.start_mark.line + 2, "anchors, aliases, tags and directives are not allowed"))
        elif isinstance(token, (yaml.DocumentStartToken, yaml.DocumentEndToken)):
            problems.append((token.start_mark.line + 2, "front matter is one YAML document"))
        elif isinstance(token, (yaml.BlockMappingStartToken, yaml.FlowMappingStartToken,
                                yaml.BlockSequenceStartToken, yaml.FlowSequenceStartToken)):  # fmt: skip
            depth += 1
            if depth > 2:
                problems.append((token.start_mark.line + 2, FLAT))
        elif isinstance(token, (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)):
            depth -= 1
        if len(problems) > 20:
            break
    else:
        if "#" in source[end:]:
            problems.append((_line(source, source.index("#", end)), COMMENT))
    if problems:
        raise DocumentError(set(problems))


def _line(source, position):
    """The line in the file of a place between the fences."""
    return source.count("\n", 0, position) + 2


def _misfits(front, where, shape):
    problems = []
    for key, value in front.items():
        if said := control(" ".join(value) if isinstance(value, list) else value):
            problems.append((where[key], said))
        elif key not in shape.keys:
            close = difflib.get_close_matches(key, shape.keys, 1)
            hint = f"did you mean {close[0]!r}?" if close else f"known keys: {', '.join(shape.keys)}"
            problems.append((where[key], f"unknown key {key!r}; {hint}"))
        elif key in shape.lists and isinstance(value, str) and value:
            problems.append((where[key], f"{key!r} is a list: write each value on a line of its own after `- `"))
        elif key not in shape.lists and isinstance(value, list):
            problems.append((where[key], f"{key!r} is one text, not a list"))
        elif isinstance(value, list) and not all(value):
            problems.append((where[key], f"{key!r} lists an empty value"))
        elif isinstance(value, list) and len(set(value)) < len(value):
            problems.append((where[key], f"{key!r} lists the same value twice"))
    return problems


def _body(lines, first, shape):
    """({field: text}, {field: line}, problems) from the lines below the front matter."""
    if not shape.sections:
        return {"body": "\n".join(lines).strip()}, {"body": first + _blank(lines)}, []
    names = {heading: name for name, heading in shape.sections.items()}
    texts, where, problems, current = {}, {}, [], None
    for number, line in enumerate(lines, first):
        if heading := HEADING.match(line):
            current = names.get(heading[1])
            if current is None:
                problems.append((number, f"unknown section {heading[1]!r}; known: {', '.join(names)}"))
            elif current in texts:
                problems.append((number, f"the section {heading[1]!r} stands twice"))
            else:
                texts[current], where[current] = [], number
        elif current:
            texts[current].append(line)
        elif line.strip() and not problems:
            problems.append((number, "text stands before the first section heading"))
    where = {name: line + 1 + _blank(texts[name]) for name, line in where.items()}
    return {name: "\n".join(part).strip() for name, part in texts.items()}, where, problems


def _blank(lines):
    """How many lines stand before the first that says something."""
    return next((i for i, line in enumerate(lines) if line.strip()), 0)
