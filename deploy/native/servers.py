"""Start and stop a real Kafka broker and a real Elasticsearch node on this machine, without containers.

Both are fetched by package name with Maven and run on loopback from one folder; ``servers.json`` in it names addresses
and processes. ``start`` waits until they answer, leaves running ones alone, and says in words what is missing.
"""

import argparse
import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
KAFKA, ELASTICSEARCH = "kafka", "elasticsearch"
OLDEST_JAVA = 17  # what Kafka 4 needs
JAVA_FOR_NINE = 21  # with an older one it is Elasticsearch 8
ELASTICSEARCH_8 = ["-Des.version=8.19.21", "-Des.major=8", "-Des.other=9", "-Dmaven.compiler.release=17"]
PATIENCE = 150.0  # seconds until a server must answer, and until it must have stopped
CLUSTER_ID = "MkU3OEVBNTcwNTJENDM2Qg"  # any 16 bytes in base64url; fixed, so that a start can be repeated

KAFKA_SETTINGS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    # one node: nothing is copied to another
    "default.replication.factor": "1",
    "min.insync.replicas": "1",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "4",
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "log.segment.bytes": "67108864",
    "log.cleaner.dedupe.buffer.size": "16777216",
    "message.max.bytes": "4194304",
    "replica.fetch.max.bytes": "4194304",
    # a broker that was killed waits for the lease of its predecessor: 9 s by default
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
}


class Note(TypedDict):
    """What ``servers.json`` says of a server."""

    address: str
    port: int
    pid: int


class ServersError(Exception):
    """Something is missing or did not start; the text says what to do."""


def find_java() -> Path:
    """Return the home of the newest JDK of this machine.

    Raises:
        ServersError: there is none of version 17 or newer, or no Maven.
    """
    if shutil.which("mvn") is None:
        raise ServersError("缺少 Maven（命令 mvn）：Debian 上请执行 apt-get install maven")
    homes = {Path(os.environ["JAVA_HOME"])} if os.environ.get("JAVA_HOME") else set()
    homes |= {path.resolve().parent.parent for path in Path("/usr/lib/jvm").glob("*/bin/javac")}
    if (javac := shutil.which("javac")) is not None:
        homes.add(Path(javac).resolve().parent.parent)
    versions = {home: _java_version(home) for home in homes if (home / "bin/javac").exists()}
    newest = max(versions, key=lambda home: versions[home], default=None)
    if newest is None or versions[newest] < OLDEST_JAVA:
        found = "、".join(f"{home}（{version}）" for home, version in sorted(versions.items())) or "无"
        raise ServersError(
            f"缺少 JDK {OLDEST_JAVA} 或更新的版本（现有：{found}）：Debian 上请执行"
            " apt-get install openjdk-17-jdk-headless，或以 JAVA_HOME 指明"
        )
    return newest


def _java_version(home: Path) -> int:
    said = subprocess.run([home / "bin/java", "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0


class Servers:
    """The two servers of one folder."""

    def __init__(self, folder: Path, ports: dict[str, int]) -> None:
        """Take a folder for data, logs and ``servers.json``; a port of 0 is a free one."""
        self.folder = folder.resolve()
        self.ports = ports
        self._notes = self.folder / "servers.json"

    def start(self, names: list[str]) -> None:
        """Start the servers that do not run and wait until they answer."""
        java = find_java()
        self.folder.mkdir(parents=True, exist_ok=True)
        notes = self._read()
        homes = {KAFKA: _built_kafka(java), ELASTICSEARCH: _built_elasticsearch(java)}
        launch = {KAFKA: self._launch_kafka, ELASTICSEARCH: self._launch_elasticsearch}
        for name in names:
            if not self._alive(notes.get(name)):
                port = notes[name]["port"] if name in notes else self.ports[name] or _free_port()
                pid = launch[name](java, homes[name], port)
                notes[name] = Note(address=_address(name, port), port=port, pid=pid)
        self._notes.write_text(json.dumps(notes, indent=2), encoding="utf-8")
        for name in names:
            self._await_answer(name, notes[name])

    def stop(self, names: list[str]) -> None:
        """Tell the servers to stop, and wait until they have."""
        notes = self._read()
        running = [notes[name] for name in names if self._alive(notes.get(name))]
        for note in running:
            os.kill(note["pid"], signal.SIGTERM)
        end = time.monotonic() + PATIENCE
        while any(map(self._alive, running)):
            if time.monotonic() > end:
                for note in filter(self._alive, running):
                    os.kill(note["pid"], signal.SIGKILL)
            time.sleep(0.1)

    def status(self) -> dict[str, tuple[str, bool]]:
        """Return each server's address and whether it runs."""
        return {name: (note["address"], self._alive(note)) for name, note in self._read().items()}

    def _read(self) -> dict[str, Note]:
        if not self._notes.exists():
            return {}
        notes: dict[str, Note] = json.loads(self._notes.read_text(encoding="utf-8"))
        return notes

    def _alive(self, note: Note | None) -> bool:
        """Say whether the noted process is still the server of this folder, not another that got its number."""
        if note is None:
            return False
        with contextlib.suppress(OSError):
            command = Path(f"/proc/{note['pid']}/cmdline").read_bytes()
            return os.fsencode(self.folder) in command
        return False

    def _launch_kafka(self, java: Path, lib: Path, port: int) -> int:
        home = self.folder / KAFKA
        controller = _free_port()
        settings = home / "server.properties"
        home.mkdir(exist_ok=True)
        values = KAFKA_SETTINGS | {
            "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller}",
            "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
            "log.dirs": str(home / "data"),
        }
        settings.write_text("".join(f"{name}={value}\n" for name, value in values.items()), encoding="utf-8")
        logging = f"-Dlog4j2.configurationFile={HERE / KAFKA / 'log4j2.properties'}"
        run = [str(java / "bin/java"), logging, "-cp", f"{lib}/*"]
        if not (home / "data/meta.properties").exists():
            tool = [*run, "kafka.tools.StorageTool", "format", "--standalone", "--cluster-id", CLUSTER_ID]
            subprocess.run([*tool, "--config", settings], check=True, capture_output=True)
        flags = ["-Xms256m", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Djava.awt.headless=true"]
        return _spawn([run[0], *flags, *run[1:], "kafka.Kafka", str(settings)], home / "server.log")

    def _launch_elasticsearch(self, java: Path, home: Path, port: int) -> int:
        data = self.folder / ELASTICSEARCH
        for part in ("logs", "tmp"):
            (data / part).mkdir(parents=True, exist_ok=True)
        modules = "org.elasticsearch.nativeaccess,org.elasticsearch.foreign,org.apache.lucene.core"
        return _spawn(
            [
                *(str(java / "bin/java"), "-Xms512m", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
                *(f"-Djava.io.tmpdir={data / 'tmp'}", "-Dlog4j.shutdownHookEnabled=false", f"-Des.path.home={home}"),
                "-Dorg.elasticsearch.nativeaccess.enableVectorLibrary=false",
                *("--add-modules=jdk.net,ALL-MODULE-PATH", f"--enable-native-access={modules}"),
                *("--module-path", str(home / "lib"), "-cp", str(home / "boot/elasticsearch-server-1.jar")),
                *("yuqing.server.Server", str(home), f"path.data={data / 'nodes'}", f"path.logs={data / 'logs'}"),
                *(f"http.port={port}", "transport.port=0"),
            ],
            data / "server.log",
        )

    def _await_answer(self, name: str, note: Note) -> None:
        log = self.folder / name / "server.log"
        end = time.monotonic() + PATIENCE
        while not _answers(name, note["address"], log):
            if not self._alive(note) or time.monotonic() > end:
                tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-8:])
                raise ServersError(f"{name} 没有起来，日志 {log} 的末尾：\n{tail}")
            time.sleep(0.1)


def _address(name: str, port: int) -> str:
    return f"127.0.0.1:{port}" if name == KAFKA else f"http://127.0.0.1:{port}"


def _answers(name: str, address: str, log: Path) -> bool:
    if name == KAFKA:
        host, port = address.split(":")
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), timeout=1):
            return b"Kafka Server started" in log.read_bytes()
        return False
    health = f"{address}/_cluster/health?wait_for_status=yellow&timeout=1s"
    with contextlib.suppress(OSError), urllib.request.urlopen(health, timeout=5) as answer:  # noqa: S310 (loopback)
        return bool(answer.status == 200)
    return False


def _built_kafka(java: Path) -> Path:
    project = HERE / KAFKA
    lib = project / "target/lib"
    with _once(project) as fresh:
        if fresh:
            goals = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={lib}"]
            _maven(project, java, goals)
    return lib


def _built_elasticsearch(java: Path) -> Path:
    project = HERE / ELASTICSEARCH
    home = project / "target/home"
    variant = [] if _java_version(java) >= JAVA_FOR_NINE else ELASTICSEARCH_8
    with _once(project, " ".join(variant)) as fresh:
        if fresh:
            _maven(project, java, ["package", *variant])
            (home / "plugins").mkdir(exist_ok=True)
            machine = {"x86_64": "linux-x64", "aarch64": "linux-aarch64"}.get(os.uname().machine, "linux-x64")
            native = home / "lib/platform" / machine
            native.mkdir(parents=True, exist_ok=True)
            (native / "libzstd.so").symlink_to(_find_zstd())
    return home


def _find_zstd() -> Path:
    for folder in ("/usr/lib", "/lib", "/usr/lib64"):
        for path in sorted(Path(folder).glob("**/libzstd.so.1")):
            return path
    raise ServersError("缺少压缩库 libzstd.so.1：Debian 上请执行 apt-get install libzstd1")


@contextlib.contextmanager
def _once(project: Path, variant: str = "") -> Iterator[bool]:
    """Say whether the project is still to be built, in this variant; one process builds, the others wait."""
    target = project / "target"
    target.mkdir(exist_ok=True)
    done = target / "built"
    with (target / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        sources = [path for path in project.rglob("*") if path.is_file() and target not in path.parents]
        built = done.read_text(encoding="utf-8") if done.exists() else None
        fresh = built != variant or any(path.stat().st_mtime > done.stat().st_mtime for path in sources)
        if fresh:
            for old in target.iterdir():
                if old.is_dir():
                    shutil.rmtree(old)
        yield fresh
        if fresh:
            done.write_text(variant, encoding="utf-8")


def _maven(project: Path, java: Path, goals: list[str]) -> None:
    environment = os.environ | {"JAVA_HOME": str(java)}
    ran = subprocess.run(
        ["mvn", "-B", "-q", "-f", str(project / "pom.xml"), *goals],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if ran.returncode:
        raise ServersError(f"Maven 没能备好 {project.name}：\n{(ran.stdout + ran.stderr)[-2000:]}")


def _spawn(command: list[str], log: Path) -> int:
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
        )
    return process.pid


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="在本机启停真实的 Kafka 与 Elasticsearch（不用容器）")
    parser.add_argument("command", choices=("start", "stop", "status"))
    parser.add_argument("--folder", type=Path, default=ROOT / "build/servers", help="数据、日志与 servers.json 的目录")
    parser.add_argument("--kafka-port", type=int, default=9092, help="0 为任选")
    parser.add_argument("--elasticsearch-port", type=int, default=9200, help="0 为任选")
    parser.add_argument("--only", choices=(KAFKA, ELASTICSEARCH), help="只管其中一个")
    given = parser.parse_args()
    servers = Servers(given.folder, {KAFKA: given.kafka_port, ELASTICSEARCH: given.elasticsearch_port})
    names = [given.only] if given.only else [KAFKA, ELASTICSEARCH]
    try:
        if given.command == "start":
            servers.start(names)
        elif given.command == "stop":
            servers.stop(names)
    except ServersError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for name, (address, running) in servers.status().items():
        sys.stdout.write(f"{name:14}{address:28}{'运行中' if running else '已停止'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
