#!/bin/sh
# A Chromium for the browser tests. Where there is none, root on Debian installs Debian's; anybody else is told how.
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing Chromium for the browser tests..."
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-core >/dev/null && exit 0
fi
echo "------------------------------------------------------------------------------------------" >&2
echo "No Chromium: THE BROWSER TESTS WILL BE SKIPPED. To have them: apt-get install chromium" >&2
echo "------------------------------------------------------------------------------------------" >&2
exit 0
