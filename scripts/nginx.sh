#!/bin/sh
# What the tests of deploy/nginx.conf need: an nginx. Root on Debian gets one that is not started; anybody else is told
# how, and the tests say that they were skipped.
PATH=$PATH:/usr/sbin
command -v nginx >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing nginx for the tests..."
  # Debian starts a server with its package, unless this says no.
  rules=/usr/sbin/policy-rc.d
  if [ ! -e $rules ]; then
    printf '#!/bin/sh\nexit 101\n' >$rules && chmod +x $rules
    trap 'rm -f $rules' EXIT
  fi
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends nginx >/dev/null && exit 0
fi
echo "------------------------------------------------------------------------------------------" >&2
echo "No nginx: ITS TESTS WILL BE SKIPPED. To have them: apt-get install nginx" >&2
echo "------------------------------------------------------------------------------------------" >&2
exit 0
