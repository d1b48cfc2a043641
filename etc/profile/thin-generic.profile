# SPDX-License-Identifier: LGPL-2.1-or-later
# Thin pools for general use, with many snapshots: small chunks, and new blocks are zeroed.
allocation {
	thin_pool_chunk_size_policy = "generic"
	thin_pool_zero = 1
}
