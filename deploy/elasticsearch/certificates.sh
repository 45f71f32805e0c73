#!/bin/sh
# 一次性：自建 CA，为 Elasticsearch 与值班页面各签一张证书；已有则不动。
set -eu
cd /usr/share/elasticsearch
[ -f /certs/ca/ca.crt ] || {
  bin/elasticsearch-certutil ca --silent --pem --days 3650 --out /tmp/ca.zip
  unzip -q -o /tmp/ca.zip -d /certs
}
cat >/tmp/instances.yml <<'INSTANCES'
instances:
  - {name: elasticsearch, dns: [elasticsearch, localhost], ip: [127.0.0.1]}
  - {name: serve, dns: [serve, localhost], ip: [127.0.0.1]}
INSTANCES
[ -f /certs/serve/serve.crt ] || {
  bin/elasticsearch-certutil cert --silent --pem --days 825 --in /tmp/instances.yml \
    --ca-cert /certs/ca/ca.crt --ca-key /certs/ca/ca.key --out /tmp/certs.zip
  unzip -q -o /tmp/certs.zip -d /certs
}
chown -R 1000:0 /certs/ca /certs/elasticsearch
chown -R 10001:0 /certs/serve
chmod 0755 /certs /certs/ca /certs/elasticsearch /certs/serve
chmod 0644 /certs/ca/ca.crt /certs/elasticsearch/elasticsearch.crt /certs/serve/serve.crt
chmod 0400 /certs/ca/ca.key /certs/elasticsearch/elasticsearch.key /certs/serve/serve.key
