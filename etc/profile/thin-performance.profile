# SPDX-License-Identifier: LGPL-2.1-or-later
# Thin pools for speed: chunks as large as the device's best I/O, and new blocks are not zeroed.
allocation {
	thin_pool_chunk_size_policy = "performance"
	thin_pool_zero = 0
}
