#!/bin/sh
# Debian's Python comes without what `python3 -m venv` needs. Root installs it; anybody else is told how.
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null \
    && exec "$1" -m venv .venv
fi
echo "Python cannot make a virtual environment here. On Debian: apt-get install python3-venv" >&2
exit 1
