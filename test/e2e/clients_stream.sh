#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Answers that come a little at a time (clients_stream.py) through a proxy that stores.
. "$(dirname "$0")/clients_lib.sh"
head -c 30000000 /dev/urandom >"$T/www/half"
origin
store </dev/null
python3 "$here/clients_stream.py" "$port" "$origin_port" || bad=1
check "the log has upgrades and the tunnel" till log_has '(map(select(.host == "site.test" and .status == 101)) | length == 1) and any(.method == "CONNECT")'
