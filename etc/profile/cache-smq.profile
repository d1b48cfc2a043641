# SPDX-License-Identifier: LGPL-2.1-or-later
# Caches with the smq policy, which has no tunables.
allocation {
	cache_pool_chunk_size = 64
	cache_mode = "writethrough"
	cache_policy = "smq"
	cache_settings {
	}
}
