# SPDX-License-Identifier: GPL-3.0-or-later
"""What Python starts in the file that all modules are packed into."""
import sys

from likesync_telegram import main

sys.exit(main.main())
