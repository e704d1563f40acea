#!/usr/bin/env python3
"""Reads messages with Python's own mail reader, strictly, and says what is wrong with them.

Usage: read-mail.py [--envelope-to ADDRESS] FILE...     exit code 1 if one of them has a fault

Each message must be CRLF lines of ASCII, at most 998 bytes, parse
without a defect under email.policy.strict and policy.SMTP, have exactly the header fields Durbeen sets, each once, and be
multipart/alternative of text/plain and text/html, in quoted-printable or base64, that decode without a fault. Readers who ask for
it get multipart/mixed of a text and a multipart/digest of messages with one text each, or a JSON Feed beside the text.
"""
import email.errors
import email.parser
import email.policy
import json
import re
import sys

ALWAYS = ["Date", "From", "To", "Subject", "Message-ID", "List-Id", "List-Unsubscribe", "List-Help", "List-Owner",
          "List-Post", "Auto-Submitted", "Content-Language", "Durbeen-Digest", "Durbeen-Topics", "Durbeen-Count", "Durbeen-Edition",
          "MIME-Version", "Content-Type"]
SOMETIMES = ["In-Reply-To", "References", "List-Unsubscribe-Post", "List-Archive", "Archived-At",
             "Precedence", "X-Auto-Response-Suppress"]
STORY = ["Date", "From", "Subject", "Message-ID", "Keywords", "MIME-Version", "Content-Type", "Content-Transfer-Encoding"]
ALTERNATIVE = ["multipart/alternative", "text/plain", "text/html"]
BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\x00-\x1f\x7f-\x9f]")


def faults(raw, envelope_to=None):
    found = []
    lines = raw.split(b"\r\n")
    if any(b"\n" in line or b"\r" in line for line in lines):
        found.append("a bare CR or LF")
    if any(byte > 126 or (byte < 32 and byte not in (10, 13)) for byte in raw):
        found.append("a byte that is not printable ASCII")
    if max(map(len, lines)) > 998:
        found.append("a line of more than 998 bytes")
    head = raw.split(b"\r\n\r\n")[0]
    # An address that is longer by itself cannot be broken (RFC 5322, 2.2.3).
    if any(len(line) > 78 and b" " in line.strip() for line in head.split(b"\r\n")):
        found.append("a header line of more than 78 bytes that could be folded")
    for policy in (email.policy.strict, email.policy.SMTP + email.policy.strict):
        try:
            message = email.parser.BytesParser(policy=policy).parsebytes(raw)
        except email.errors.MessageError as error:
            return found + [f"not parsed strictly: {error!r}"]
        names = message.keys()
        for name in names:
            if name not in ALWAYS + SOMETIMES or names.count(name) != 1:
                found.append(f"the field {name}")
            for defect in getattr(message[name], "defects", ()):
                found.append(f"in {name}: {defect!r}")
        found += [f"no field {name}" for name in ALWAYS if name not in names]
        for part in message.walk():
            found += [f"{part.get_content_type()}: {defect!r}" for defect in part.defects]
        if not is_built_right(message):
            found.append(f"parts {[part.get_content_type() for part in message.walk()]}")
            continue
        for part in leaves(message):
            if part["Content-Transfer-Encoding"] not in ("quoted-printable", "base64"):
                found.append(f"encoding {part['Content-Transfer-Encoding']}")
            if part.get_content_type() == "application/feed+json":
                feed = json.loads(part.get_content())
                if not part.get_filename().startswith("durbeen-") or not feed["version"].endswith("1.1"):
                    found.append("the JSON Feed is not one")
                continue
            text = part.get_content()
            if "\ufffd" in text or not text.strip():
                found.append(f"{part.get_content_type()} does not decode")
        for story in (part for part in message.walk() if part.get_content_type() == "message/rfc822"):
            story = story.get_payload(0)
            names = [name for name in story.keys() if name != "Content-Language"]
            if sorted(names) != sorted(STORY):
                found.append(f"a story with the fields {names}")
            elif BIDI.search(story["Subject"]) or len(story["From"].addresses) != 1 or story["Date"].datetime is None:
                found.append("a story with a bad header")
        if BIDI.search(message["Subject"]):
            found.append("a control in the subject")
        if len(message["To"].addresses) != 1 or len(message["From"].addresses) != 1:
            found.append("not one sender and one recipient")
        elif envelope_to and message["To"].addresses[0].addr_spec != envelope_to:
            found.append(f"To is not {envelope_to}")
        if message["Date"].datetime is None or message["Date"].datetime.tzinfo is None:
            found.append("no date with a zone")
        # Written again by a writer that is not ours, it must read the same.
        again = email.parser.BytesParser(policy=policy).parsebytes(message.as_bytes())
        texts = [[said_by(part) for part in leaves(one)] for one in (message, again)]
        if texts[0] != texts[1]:
            found.append("does not survive being written again")
    return found


def leaves(message):
    return [part for part in message.walk() if not part.is_multipart()]


def said_by(part):
    content = part.get_content()
    return content.splitlines() if isinstance(content, str) else content


def is_built_right(message):
    """The forms there are: alternatives, or a digest of stories, each perhaps with a JSON Feed behind it."""
    types = [part.get_content_type() for part in message.walk()]
    if types == ALTERNATIVE:
        return True
    if types[0] != "multipart/mixed":
        return False
    inner = [part.get_content_type() for part in message.iter_parts()]
    feed = ["application/feed+json"]
    if types[1:] == ALTERNATIVE + feed:
        return True
    # A digest without a story is its overview.
    if inner in (["text/plain"], ["text/plain"] + feed):
        return True
    if inner not in (["text/plain", "multipart/digest"], ["text/plain", "multipart/digest"] + feed):
        return False
    stories = list(list(message.iter_parts())[1].iter_parts())
    return all(part.get_content_type() == "message/rfc822" and part.get_payload(0).get_content_type() == "text/plain" for part in stories)


def main(arguments):
    envelope_to = None
    if arguments[:1] == ["--envelope-to"]:
        envelope_to, arguments = arguments[1], arguments[2:]
    if not arguments:
        sys.exit(__doc__)
    wrong = 0
    for path in arguments:
        with open(path, "rb") as file:
            found = sorted(set(faults(file.read(), envelope_to)))
        for fault in found:
            print(f"{path}: {fault}")
        wrong += bool(found)
    print(f"{len(arguments)} messages, {wrong} with faults")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
