"""Making what the index lacks, and saying how what is there differs from what this program needs."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from pipeline.corpus.elastic import layout
from pipeline.corpus.elastic.cluster import Cluster

_TEMPLATE = f"/_index_template/{layout.ALIAS}"


class Found(NamedTuple):
    """What was made and what was there, by name, and every difference in words."""

    made: list[str]
    present: list[str]
    differences: list[str]


def create(cluster: Cluster) -> Found:
    """Make template, first index and alias where they are missing, and compare what is there, which stays as it is.

    Raises:
        TransientError: the cluster does not answer.
        StoreError: it refuses.
    """
    found = Found([], [], [])
    _template(cluster, found)
    answer = cluster.ask("PUT", f"/{layout.EARLIER}", layout.INDEX)
    if "resource_already_exists" not in answer.reason:
        cluster.checked(answer)
        found.made.append(f"索引 {layout.EARLIER}")
    indices = cluster.demand("GET", f"/{layout.PATTERN}")
    for name, index in sorted(indices.items()):
        if f"索引 {name}" not in found.made:
            found.present.append(f"索引 {name}")
        if layout.ALIAS not in index["aliases"]:
            cluster.demand("PUT", f"/{name}/_alias/{layout.ALIAS}")
            found.made.append(f"索引 {name} 的别名 {layout.ALIAS}")
        found.differences.extend(f"索引 {name} 的 {words}" for words in _differences(layout.INDEX, index))
    return found


def _template(cluster: Cluster, found: Found) -> None:
    answer = cluster.ask("GET", _TEMPLATE)
    if answer.status == 404:
        cluster.demand("PUT", _TEMPLATE, layout.TEMPLATE)
        found.made.append(f"模板 {layout.ALIAS}")
        return
    (template,) = cluster.checked(answer)["index_templates"]
    found.present.append(f"模板 {layout.ALIAS}")
    found.differences.extend(
        f"模板 {layout.ALIAS} 的 {words}" for words in _differences(layout.TEMPLATE, template["index_template"])
    )


def _differences(wanted: Mapping[str, Any], present: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wanted and otherwise there; settings beyond ours are the operator's, fields beyond ours are not."""
    there = dict(_leaves(present))
    ours = dict(_leaves(wanted))
    for name, value in ours.items():
        if there.get(name) != value:
            yield f"{name} 应为 {value}，现为 {there.get(name, '无')}"
    for name in there.keys() - ours.keys():
        if "mappings.properties." in name:
            yield f"{name} 不应有，现为 {there[name]}"


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every leaf with its path, as the server writes it back: numbers and truths as words."""
    if isinstance(value, Mapping) and value:
        for name, part in value.items():
            yield from _leaves(part, f"{path}.{name}" if path else name)
    elif isinstance(value, list | tuple):
        yield path, "、".join(map(str, value))
    else:
        yield path, "有" if value == {} else str(value).lower()
