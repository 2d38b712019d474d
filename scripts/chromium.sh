#!/bin/sh
# What the browser tests need: a Chromium, and the one library that Playwright's driver expects and a bare Debian lacks.
# Root on Debian gets both; anybody else is told how, and the tests say that they were skipped.
have_browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
have_library() { ! command -v ldconfig || ldconfig -p | grep -q libatomic.so.1; }
{ have_browser && have_library; } >/dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing Chromium for the browser tests..."
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    chromium libatomic1 fonts-noto-core >/dev/null && exit 0
fi
echo "------------------------------------------------------------------------------------------" >&2
echo "No Chromium: THE BROWSER TESTS WILL BE SKIPPED. To have them: apt-get install chromium libatomic1" >&2
echo "------------------------------------------------------------------------------------------" >&2
exit 0
