#!/usr/bin/env python3
"""Holds relevance and topics to what they reached: relevance_gate.py DURBEEN LABELLED [CORPUS]

LABELLED is a folder with dev.jsonl (in groups) and authored.jsonl. Entries are judged by weights that have not seen them: the
groups of the first by each other, the second by the first. The shipped model must be what training on both makes. CORPUS is a
folder of feed documents with a MANIFEST.tsv; of entries in documents that never name Pakistan hardly one may be let through.
"""
import json, pathlib, re, subprocess, sys

durbeen, labelled = sys.argv[1], pathlib.Path(sys.argv[2])
root = pathlib.Path(__file__).resolve().parent.parent.parent
config = ["--config", str(root / "config/durbeen.toml")]
failures = []


def run(*words):
    done = subprocess.run([durbeen, *map(str, words), *config], capture_output=True, text=True, errors="replace")
    if done.returncode not in (0, 1):
        sys.exit(f"relevance_gate: durbeen {words[0]}: exit code {done.returncode}: {done.stderr}")
    return done.stdout


def hold(what, value, least):
    print(f"  {what:<48} {value:.3f}, at least {least}")
    if value < least:
        failures.append(what)


def figures(name, wanted, **least):
    found = next(v for v in json.loads(run(*wanted))["variants"] if v["name"] == name)
    for key, bound in least.items():
        value = found[key]
        hold(f"{wanted[1].name}, {key}", value["value"] if isinstance(value, dict) else value, bound)
    return found


dev, authored = labelled / "dev.jsonl", labelled / "authored.jsonl"
across = figures("each group judged by the others", ["eval", dev, "--json"],
                 precision=0.90, f1=0.90, average_precision=0.95, macro_topic_f1=0.80)
urdu = next((s["f1"] for s in across["strata"] if s["name"] == "language ur"), None)
if urdu is not None:
    hold("dev.jsonl, Urdu f1", urdu, 0.85)
figures("trained on the other files", ["eval", authored, "--train", dev, "--json"],
        precision=0.95, f1=0.87, average_precision=0.95, macro_topic_f1=0.79)

if run("train", dev, authored, "--output", "-") != (root / "config/relevance.model").read_text():
    failures.append("config/relevance.model is not what durbeen train makes of the labelled entries; train it again")

if len(sys.argv) > 3:
    corpus = pathlib.Path(sys.argv[3])
    entries = alarms = 0
    for line in (corpus / "MANIFEST.tsv").read_text().splitlines()[1:]:
        columns = line.split("\t")
        if re.search("pakistan-mentions|India|Pakistan|South Asia|Dawn|Afghan", columns[-1]):
            continue
        verdicts = [json.loads(v) for v in run("match", "--json", corpus / columns[0]).splitlines()]
        entries += len(verdicts)
        alarms += sum(v["relevant"] for v in verdicts)
    print(f"  false alarms: {alarms} in {entries} entries that are not about South Asia, at most one in a thousand")
    if alarms * 1000 > entries:
        failures.append("false alarms")

for failure in failures:
    print(f"relevance_gate: {failure}", file=sys.stderr)
sys.exit(1 if failures else 0)
