#!/bin/sh
# TLS where a certificate and its key lie in /srv/tls, plain HTTP else; says which. A proxy in front of this one is
# believed where FRONT_PROXIES names it.
set -eu
chosen=plain
if [ -e /srv/tls/fullchain.pem ] || [ -e /srv/tls/privkey.pem ]; then
  for file in fullchain.pem privkey.pem; do
    [ -r "/srv/tls/$file" ] || { echo "/srv/tls/$file is not there or not readable for user 10001" >&2; exit 1; }
  done
  chosen=tls
fi
cp "/etc/proxy/$chosen.conf" /tmp/site.conf
: >/tmp/front.conf
for network in $(echo "${FRONT_PROXIES:-}" | tr ',' ' '); do
  case $network in
    */0* | *[!0-9a-fA-F.:/]*) echo "FRONT_PROXIES names $network: give the proxy's own address or network, as 10.20.0.7 or 10.20.0.0/24" >&2; exit 1 ;;
  esac
  echo "set_real_ip_from $network;" >>/tmp/front.conf
done
# Whom the one in front names is the one who asks: from the end of its list, as each adds who asked it.
[ ! -s /tmp/front.conf ] || printf '%s\n' 'real_ip_header X-Forwarded-For;' 'real_ip_recursive on;' >>/tmp/front.conf
nginx -q -t -c /etc/proxy/nginx.conf
echo "serving the desk: $chosen${FRONT_PROXIES:+, behind $FRONT_PROXIES}"
exec nginx -c /etc/proxy/nginx.conf
