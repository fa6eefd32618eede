# SPDX-License-Identifier: GPL-3.0-or-later
"""What watches likesync: rules, dashboard and log samples, against a real
Prometheus that has scraped the metrics of real runs from a real node_exporter.
Nothing but 127.0.0.1 is spoken to."""
import itertools
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request

import jsonschema
import pytest
import yaml

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[1]
ETC = TOP / "etc"
LIKESYNC = os.environ.get("LIKESYNC", str(TOP / "build/likesync"))
RULES = ETC / "prometheus/likesync.rules.yml"
DASHBOARD = json.loads((ETC / "grafana/likesync.json").read_text())
PATIENCE = 60       # seconds; a bound, not a time that is waited
PANELS = DASHBOARD["panels"]
TARGETS = [(p["title"], t["expr"]) for p in PANELS for t in p["targets"]]

sys.path[:0] = [str(TOP / "tests/demo")]
import music  # noqa: E402


def run(*command, **how):
    r = subprocess.run([str(c) for c in command], capture_output=True,
                       text=True, timeout=PATIENCE, **how)
    assert r.returncode == 0, r.stdout + r.stderr
    return r.stdout + r.stderr


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Machine:
    """A user's machine with likesync, node_exporter and Prometheus."""

    def __init__(self, top):
        self.top, self.started = top, []
        self.metrics = top / "textfile/likesync.prom"
        self.url = "http://127.0.0.1:%d" % free_port()
        for name in ("library", "inbox", "textfile", "data"):
            (top / name).mkdir()
        (top / "likesync.conf").write_text("""
[spotify]
client_id = app
liked = {0}/likes.csv
[library]
path = {0}/library
max_disk_usage = 100%
min_free = 0
[fetch]
sources = inbox
[source.inbox]
path = {0}/inbox
[state]
dir = {0}/state
[metrics]
textfile = {1}
[log]
target = stderr
""".format(top, self.metrics))

    def likesync(self, *words, **how):
        return run(LIKESYNC, "-c", self.top / "likesync.conf", *words, **how)

    def like(self, *songs):
        rows = ["Track URI,Track Name,Artist Name(s)"]
        rows += ["spotify:track:%022d,%s,%s" % (n, title, artist)
                 for n, (artist, title) in enumerate(songs)]
        (self.top / "likes.csv").write_text("\n".join(rows) + "\n")

    def start(self, name, *command):
        log = open(self.top / (name + ".log"), "w")
        self.started.append(subprocess.Popen(
            [str(c) for c in command], stdout=log, stderr=log))

    def watch(self):
        """Prometheus and what it scrapes, as fast as they can."""
        exporter = free_port()
        (self.top / "prometheus.yml").write_text(yaml.dump({
            "global": {"scrape_interval": "250ms",
                       "evaluation_interval": "250ms"},
            "rule_files": [str(RULES)],
            "scrape_configs": [{"job_name": "node", "static_configs": [
                {"targets": ["127.0.0.1:%d" % exporter]}]}]}))
        self.start("exporter", "prometheus-node-exporter",
                   "--collector.disable-defaults", "--collector.textfile",
                   "--collector.textfile.directory", self.metrics.parent,
                   "--web.listen-address=127.0.0.1:%d" % exporter)
        self.start("prometheus", "prometheus",
                   "--config.file", self.top / "prometheus.yml",
                   "--storage.tsdb.path", self.top / "data",
                   "--web.listen-address", self.url[len("http://"):])

    def ask(self, path, **query):
        with urllib.request.urlopen(
                self.url + "/api/v1/" + path + "?" +
                urllib.parse.urlencode(query), timeout=10) as answer:
            answer = json.load(answer)
        assert answer["status"] == "success", answer
        return answer["data"]

    def wait_for(self, expr):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                if self.ask("query", query=expr)["result"]:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        pytest.fail(expr + " did not come true: " +
                    (self.top / "prometheus.log").read_text()[-2000:])


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """After two runs that Prometheus has seen the outcome of: songs were got,
    one was not to be found, one file could not be analyzed."""
    m = Machine(tmp_path_factory.mktemp("machine"))
    try:
        music.make(m.top / "inbox/Bo - Bus.flac", 120, 196, 12, artist="Bo",
                   title="Bus")
        m.like(("Bo", "Bus"))
        m.likesync("auth", "import", input="a-refresh-token\n")
        m.likesync("sync")
        m.watch()
        m.wait_for("likesync_runs_total == 1")
        music.make(m.top / "inbox/Cy - Sea.flac", 96, 220, 12, artist="Cy",
                   title="Sea")
        m.like(("Bo", "Bus"), ("Cy", "Sea"), ("No", "Where"))
        m.likesync("sync")
        m.wait_for("likesync_runs_total == 2")
        m.wait_for("sum(increase(likesync_fetches_total[1m])) > 1")
        m.wait_for("likesync:in_library:ratio")
        yield m
    finally:
        for process in m.started:
            process.terminate()
        for process in m.started:
            process.wait(PATIENCE)


def test_the_rules_hold_in_cases_that_fire_and_in_cases_that_do_not():
    run("promtool", "check", "rules", "--lint-fatal", RULES)
    run("promtool", "test", "rules", HERE / "likesync.rules.test.yml")


def test_every_alert_has_a_case_that_fires():
    rules = yaml.safe_load(RULES.read_text())
    cases = (HERE / "likesync.rules.test.yml").read_text()
    for group in rules["groups"]:
        for rule in group["rules"]:
            if "alert" in rule:
                assert 'alertname="%s"' % rule["alert"] in cases


def test_every_rule_can_be_evaluated(machine):
    machine.wait_for("likesync:success:age_seconds")
    end = time.monotonic() + PATIENCE
    health = {}
    while time.monotonic() < end:
        health = {r["name"]: (r["health"], r.get("lastError"))
                  for g in machine.ask("rules")["groups"] for r in g["rules"]}
        if all(h != "unknown" for h, _ in health.values()):
            break
        time.sleep(0.1)
    assert health and set(health.values()) == {("ok", None)}, health


def test_no_rule_and_no_panel_asks_for_what_is_not_written(machine):
    written = set(re.findall(r"^(likesync_\w+)", machine.metrics.read_text(),
                             re.M))
    for text in (RULES.read_text(), json.dumps(DASHBOARD)):
        asked = set(re.findall(r"\blikesync_\w+", text))
        assert asked and asked <= written, asked - written


def test_the_metrics_are_as_prometheus_wants_them(machine):
    with open(machine.metrics) as text:
        run("promtool", "check", "metrics", stdin=text)


def test_the_dashboard_is_well_formed():
    schema = json.loads((HERE / "dashboard.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(DASHBOARD)
    assert len({p["id"] for p in PANELS}) == len(PANELS)
    for p in PANELS:
        ids = [t["refId"] for t in p["targets"]]
        assert len(set(ids)) == len(ids), p["title"]
    for p, q in itertools.combinations(PANELS, 2):
        a, b = p["gridPos"], q["gridPos"]
        assert a["x"] + a["w"] <= 24
        assert (a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"] or
                a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"]), \
            (p["title"], q["title"])


def test_the_dashboard_is_provisioned_by_its_file():
    provider, = yaml.safe_load(
        (ETC / "grafana/likesync.yaml").read_text())["providers"]
    assert provider["type"] == "file" and provider["options"]["path"]


@pytest.mark.parametrize("title, expr", TARGETS)
def test_every_query_of_the_dashboard_has_an_answer(machine, title, expr):
    now = time.time()
    answer = machine.ask("query_range", query=expr.replace("$instance", ".*"),
                         start=now - 30, end=now, step=1)
    assert answer["result"], title
    values = [float(v) for row in answer["result"] for _, v in row["values"]]
    assert values and values[-1] == values[-1], title


def test_the_variable_and_the_annotation_are_queries_too(machine):
    variable = DASHBOARD["templating"]["list"][1]["query"]["query"]
    metric, label = re.fullmatch(r"label_values\((\w+), (\w+)\)",
                                 variable).groups()
    assert machine.ask("label/%s/values" % label, **{"match[]": metric})
    for a in DASHBOARD["annotations"]["list"]:
        machine.ask("query", query=a["expr"].replace("$instance", ".*"))


def test_rsyslog_takes_its_sample():
    answer = run("rsyslogd", "-N1", "-f", ETC / "likesync.rsyslog")
    assert "error" not in answer.lower()


def test_logrotate_takes_its_sample(tmp_path):
    log = tmp_path / "likesync.log"
    log.write_text("a line\n")
    sample = (ETC / "likesync.logrotate").read_text()
    sample = sample.replace("/var/log/likesync.log", str(log))
    # Another machine's group and rsyslog need not be here.
    sample = sample.replace("root adm", "").replace(
        "/usr/lib/rsyslog/rsyslog-rotate", "true")
    conf = tmp_path / "logrotate"
    conf.write_text(sample)
    conf.chmod(0o644)
    tmp_path.chmod(0o755)
    run("logrotate", "--force", "--state", tmp_path / "state", conf)
    assert (tmp_path / "likesync.log.1").read_text() == "a line\n"
    assert log.read_text() == ""
