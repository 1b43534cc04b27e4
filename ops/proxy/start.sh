#!/bin/sh
# TLS where a certificate and its key lie in /srv/tls, plain HTTP else; says which.
set -eu
chosen=plain
if [ -e /srv/tls/fullchain.pem ] || [ -e /srv/tls/privkey.pem ]; then
  for file in fullchain.pem privkey.pem; do
    [ -r "/srv/tls/$file" ] || { echo "/srv/tls/$file is not there or not readable for user 10001" >&2; exit 1; }
  done
  chosen=tls
fi
cp "/etc/proxy/$chosen.conf" /tmp/site.conf
echo "serving the desk: $chosen"
exec nginx -c /etc/proxy/nginx.conf
