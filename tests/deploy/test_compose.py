"""What is deployed fits together: schemas, names of metrics, mounted files, settings and commands that exist."""

import importlib.util
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer.main
import yaml

from pipeline import config, durations, metrics
from pipeline.commands.main import app

DEPLOY = Path(__file__).parents[2] / "deploy"
METRIC = re.compile(r"\bopinion_[a-z_]+")

RULES = {
    "type": "object",
    "additionalProperties": False,
    "required": ["groups"],
    "properties": {
        "groups": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "rules"],
                "properties": {
                    "name": {"type": "string"},
                    "interval": {"type": "string"},
                    "rules": {
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "type": "object",
                            "additionalProperties": False,
                            "required": ["alert", "expr", "labels", "annotations"],
                            "properties": {
                                "alert": {"type": "string", "pattern": "^Yuqing[A-Za-z]+$"},
                                "expr": {"type": "string"},
                                "for": {"type": "string", "pattern": "^[0-9]+[smhd]$"},
                                "labels": {
                                    "type": "object",
                                    "additionalProperties": False,
                                    "required": ["severity"],
                                    "properties": {"severity": {"enum": ["critical", "warning"]}},
                                },
                                "annotations": {
                                    "type": "object",
                                    "additionalProperties": False,
                                    "required": ["summary", "description"],
                                    "properties": {"summary": {"type": "string"}, "description": {"type": "string"}},
                                },
                            },
                        },
                    },
                },
            },
        }
    },
}


def read(name: str) -> Any:
    return yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))


def exported() -> set[str]:
    """Every metric that the product gives, from the code that gives it."""
    modules = [module.__file__ for module in (metrics, durations)]
    sources = [Path(file).read_text(encoding="utf-8") for file in modules if file]
    return {name for source in sources for name in re.findall(r'"(opinion_[a-z_]+)"', source)}


def base(name: str) -> str:
    return re.sub(r"_(total|bucket|sum|count)$", "", name)


def dashboards() -> list[Any]:
    return [json.loads(file.read_text(encoding="utf-8")) for file in sorted((DEPLOY / "grafana/dashboards").iterdir())]


def expressions() -> list[str]:
    drawn = [target["expr"] for board in dashboards() for panel in board["panels"] for target in panel["targets"]]
    return drawn + [rule["expr"] for group in read("prometheus/rules.yml")["groups"] for rule in group["rules"]]


def test_the_compose_file_is_one_by_its_specification() -> None:
    package = importlib.util.find_spec("check_jsonschema")  # carries the specification's own schema
    assert package is not None
    assert package.origin is not None
    schema = Path(package.origin).parent / "builtin_schemas/vendor/compose-spec.json"
    jsonschema.validate(read("compose.yaml"), json.loads(schema.read_text(encoding="utf-8")))


def test_every_file_that_compose_mounts_is_there_or_named_in_the_readme() -> None:
    compose = read("compose.yaml")
    readme = (DEPLOY / "README.md").read_text(encoding="utf-8")
    mounts = [v.split(":")[0] for s in compose["services"].values() for v in s.get("volumes", ())]
    files = [mount for mount in mounts if mount.startswith(".")] + [s["file"] for s in compose["secrets"].values()]
    assert files
    for file in files:
        path = DEPLOY / file
        assert path.exists() or path.name in readme, file
    named = {mount for mount in mounts if not mount.startswith(".")}
    assert named == set(compose["volumes"])


def test_only_the_desk_and_grafana_are_open_and_to_this_machine_alone() -> None:
    services = read("compose.yaml")["services"]
    assert {name: service["ports"] for name, service in services.items() if "ports" in service} == {
        "serve": ["127.0.0.1:8800:8800"],
        "grafana": ["127.0.0.1:3000:3000"],
    }
    assert services["elasticsearch"]["environment"]["xpack.security.enabled"] == "true"


def test_every_process_of_ours_runs_a_command_that_exists() -> None:
    commands = typer.main.get_command(app)
    names = commands.list_commands(None)  # type: ignore[attr-defined]
    services = read("compose.yaml")["services"]
    ours = {name: s for name, s in services.items() if s["image"].startswith("yuqing:")}
    assert set(ours) == {"prepare", "publish", "detect", "careful", "index", "serve"}
    for service in ours.values():
        said = " ".join(service.get("entrypoint", ["yuqing", *service.get("command", ())]))
        called = re.findall(r"yuqing ([a-z]+)", said)
        assert called
        assert set(called) <= set(names)
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("where", ["compose", "kubernetes"])
def test_the_configuration_is_one(where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if where == "compose":
        text = (DEPLOY / "compose/yuqing.toml").read_text(encoding="utf-8")
        services = read("compose.yaml")["services"].values()
        variables = {k: v for s in services for k, v in s.get("environment", {}).items()}
    else:
        items = read("kubernetes/yuqing.yaml")["items"]
        (text,) = (item["data"]["yuqing.toml"] for item in items if item["kind"] == "ConfigMap")
        pods = [item["spec"]["template"]["spec"] for item in items if "template" in item.get("spec", {})]
        variables = {e["name"]: e["value"] for pod in pods for c in pod["containers"] for e in c.get("env", ())}
    file = tmp_path / "yuqing.toml"
    file.write_text(text, encoding="utf-8")
    for name, value in variables.items():
        if name.startswith("YUQING_"):
            monkeypatch.setenv(name, value)
    settings = config.load(file)
    assert settings.kafka.brokers
    assert settings.elasticsearch.url.startswith("https://")
    assert settings.elasticsearch.api_key_file is not None
    assert tomllib.loads(text)["web"]["tls_cert"]


def test_kubernetes_pods_run_as_nobody_with_everything_mounted_that_they_mount() -> None:
    items = read("kubernetes/yuqing.yaml")["items"]
    pods = {i["metadata"]["name"]: i["spec"] for i in items if "template" in i.get("spec", {})}
    assert set(pods) == {"yuqing-prepare", "detect", "careful", "index", "serve"}
    for spec in pods.values():
        pod = spec["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"]
        volumes = {volume["name"] for volume in pod["volumes"]}
        volumes |= {claim["metadata"]["name"] for claim in spec.get("volumeClaimTemplates", ())}
        for container in pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"]
            assert {mount["name"] for mount in container["volumeMounts"]} <= volumes


def test_the_rules_are_rules() -> None:
    jsonschema.validate(read("prometheus/rules.yml"), RULES)
    assert read("prometheus/prometheus.yml")["rule_files"] == ["rules.yml"]


def test_every_metric_drawn_or_ruled_on_exists_and_every_one_that_exists_is_drawn() -> None:
    used = {base(name) for expression in expressions() for name in METRIC.findall(expression)}
    assert used == exported()


def test_expressions_are_balanced_and_count_only_counters() -> None:
    for expression in expressions():
        for opening, closing in ("()", "{}", "[]"):
            assert expression.count(opening) == expression.count(closing), expression
        for name in re.findall(r"(?:rate|increase)\((\w+)", expression):
            assert name.endswith(("_total", "_bucket")), expression


def test_dashboards_have_their_own_names_and_panels_that_do_not_overlap() -> None:
    boards = dashboards()
    assert len({board["uid"] for board in boards}) == len(boards) == 2
    for board in boards:
        cells: set[tuple[int, int]] = set()
        for panel in board["panels"]:
            place = panel["gridPos"]
            assert place["x"] + place["w"] <= 24
            covered = {
                (x, y)
                for x in range(place["x"], place["x"] + place["w"])
                for y in range(place["y"], place["y"] + place["h"])
            }
            assert not covered & cells, panel["title"]
            cells |= covered
