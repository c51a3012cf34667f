#!/usr/bin/env bash
# Run once by Gradescope, as root on Ubuntu or Debian and with a network, when the autograder is built.
set -euo pipefail
cd "$(dirname "$0")"

export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install -y --no-install-recommends python3 python3-pip python3-venv
python3 -m venv /tmp/uv
/tmp/uv/bin/python -m pip install --quiet uv
export UV_PYTHON_INSTALL_DIR=/opt/python  # not root's own folder: submissions are read by another user
umask 022
/tmp/uv/bin/uv venv --python 3.11 --python-preference managed "${AUTOGRADER:-/autograder}/venv"
/tmp/uv/bin/uv pip install --python "${AUTOGRADER:-/autograder}/venv/bin/python" --torch-backend cpu --requirement requirements.txt
