#!/bin/sh
# 一次性：为三种用途各发一把 API 密钥，各给最小的权限；已有则不动。写库的不能删，检索的不能写。
set -eu
ask() {
  curl --silent --show-error --fail --cacert /certs/ca/ca.crt --user "elastic:$(cat /run/secrets/elastic_password)" \
    --header 'Content-Type: application/json' "$@"
}
issue() { # 文件名 集群权限 索引权限
  [ -s "/keys/$1.key" ] && return
  ask --request POST https://elasticsearch:9200/_security/api_key --data "{
    \"name\": \"yuqing-$1\",
    \"role_descriptors\": {\"yuqing-$1\": {
      \"cluster\": [$2],
      \"indices\": [{\"names\": [\"opinion-mentions\", \"opinion-mentions-*\"], \"privileges\": [$3]}]
    }}
  }" | sed -n 's/.*"encoded":"\([^"]*\)".*/\1/p' >"/keys/$1.key.new"
  [ -s "/keys/$1.key.new" ]
  mv "/keys/$1.key.new" "/keys/$1.key"
}
umask 0077
issue admin '"manage_index_templates"' '"manage"'
issue index '' '"read", "index", "create_index", "maintenance", "view_index_metadata"'
issue search '' '"read", "maintenance", "view_index_metadata"'
chown 10001:10001 /keys/*.key
chmod 0400 /keys/*.key
chmod 0755 /keys
